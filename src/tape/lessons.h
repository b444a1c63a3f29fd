#ifndef TAPE_LESSONS_H
#define TAPE_LESSONS_H

#include <stddef.h>

// The lessons that ship inside the program. The table is made at build time from assets/lessons,
// in the order of the names, which begin with a number for that, and ends with a NULL name.
struct lesson_entry {
    const char *name; // "05-race"
    const char *text; // of the tape, NUL-terminated
    size_t len_bytes;
};

extern const struct lesson_entry lessons[];

// The name without its number: "race".
const char *lesson_name(const struct lesson_entry *lesson);
// By either name. NULL when there is none.
const struct lesson_entry *lesson_find(const char *name);

#endif
