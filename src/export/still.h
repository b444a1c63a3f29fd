#ifndef EXPORT_STILL_H
#define EXPORT_STILL_H

#include "session/session.h"

#include <stdio.h>

// The screen of an ended run as a picture, as it would look with these choices.
struct still {
    int w, h;          // columns and rows, 1 to FRAME_W_MAX and FRAME_H_MAX
    const char *theme; // one of the themes; NULL: the default
    bool is_ascii;
    bool has_time; // this time of the run is in the middle of the lanes:
    uint64_t t_ns; // else its end is shown
};

// As SVG. What could not be written shows in ferror(out).
void still_write(FILE *out, struct session *session, const struct still *still);

#endif
