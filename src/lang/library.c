#include "lang/library.h"

#include <string.h>

const struct library_entry *library_find(const char *name)
{
    for (const struct library_entry *entry = library; entry->name; entry++)
        if (strcmp(entry->name, name) == 0)
            return entry;
    return NULL;
}
