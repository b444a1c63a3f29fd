#ifndef LANG_LIBRARY_H
#define LANG_LIBRARY_H

#include <stddef.h>

// The scenarios that ship inside the program. The table is made at build time from
// assets/scenarios, in the order of the names, and ends with a NULL name.
struct library_entry {
    const char *name;
    const char *text; // NUL-terminated
    size_t len_bytes;
};

extern const struct library_entry library[];

// NULL when there is none of that name.
const struct library_entry *library_find(const char *name);

#endif
