#ifndef EXPORT_FILM_H
#define EXPORT_FILM_H

#include "view/frame.h"
#include "view/theme.h"

#include <stdint.h>
#include <stdio.h>

// Frames as a picture that moves: one SVG file that needs nothing else, and begins again at its
// end. Each row of cells is drawn once for each way that it ever looks, whenever and wherever that
// is. Text stays text.
//
// It is written at the end, and not before: a film that is broken off is an empty file.
struct film;

// Every film begins with these bytes.
extern const char film_start[];

enum {
    FILM_STEP_MS = 100,
    FILM_MAX_BYTES = 64 << 20, // of rows in memory
    FILM_BYTES_PER_S =
        24 << 10,      // of the file, about; what is shorter than FILM_SHORT_S may have as
    FILM_SHORT_S = 20, // much as if it took so long
};

struct film *film_new(void);
void film_free(struct film *film); // accepts NULL
// t_ns: since the film began, never less than before. Of what changes within FILM_STEP_MS only the
// last is kept, and of less than that where the file would be too large. False: there is no room
// for it, and the film ends where it was.
bool film_frame(struct film *film, const struct frame *frame, const struct theme *theme,
                uint64_t t_ns);
// What could not be written shows in ferror(out).
void film_write(struct film *film, FILE *out);

#endif
