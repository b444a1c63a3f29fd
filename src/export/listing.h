#ifndef EXPORT_LISTING_H
#define EXPORT_LISTING_H

#include <stddef.h>

// What ships: the scenarios inside the program, in the order of the course.

struct listing_item {
    const char *name;
    char *section;     // "5"; "" when the title has none
    char *full_title;  // as written
    const char *title; // the part of it after the section
    char *about;
};

// Newly allocated, with *n items; ends with listing_free.
struct listing_item *listing_make(size_t *n);
void listing_free(struct listing_item *items, size_t n);

char *listing_json(void); // an array of objects; newly allocated, as all here
char *listing_text(void);

#endif
