#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

// Whole files: read with a bound, written so that nobody finds half of one.

// Reads an ordinary file. *text is newly allocated, with a NUL behind its last byte, also where
// this fails. `what` it should be is for the message: "a scenario".
bool file_read(const char *path, const char *what, size_t max_bytes, char **text, size_t *len_bytes,
               struct error *err);

// By its name alone; `ending` as ".lane".
bool file_is_named(const char *path, const char *ending);
// The first bytes of a file, at most `size`; returns how many. 0 where nothing can be read.
size_t file_begin(const char *path, char *out, size_t size);

// A new file of these bytes takes the place of the old one, if there is one, at once: whatever
// happens meanwhile, one of the two is there, and whole. It is on the disk when this returns.
bool file_replace(const char *path, const char *bytes, size_t len_bytes, struct error *err);

#endif
