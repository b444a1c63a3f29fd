#include "tape/lessons.h"

#include <string.h>

const char *lesson_name(const struct lesson_entry *lesson)
{
    return lesson->name + strspn(lesson->name, "0123456789-");
}

const struct lesson_entry *lesson_find(const char *name)
{
    for (const struct lesson_entry *lesson = lessons; lesson->name; lesson++)
        if (strcmp(lesson->name, name) == 0 || strcmp(lesson_name(lesson), name) == 0)
            return lesson;
    return NULL;
}
