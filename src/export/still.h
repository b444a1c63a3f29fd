#ifndef EXPORT_STILL_H
#define EXPORT_STILL_H

#include "base/error.h"
#include "session/session.h"

#include <stdio.h>

// The screen of an ended run as a picture, as it would look with these choices.
struct still {
    int w, h;          // columns and rows, 1 to FRAME_W_MAX and FRAME_H_MAX
    const char *theme; // NULL: the default
    bool is_ascii;
    bool has_time; // this time of the run is in the middle of the lanes:
    uint64_t t_ns; // else its end is shown
};

// As SVG. False where the theme is not known or the time is after the run's end. What could not be
// written shows in ferror(out).
bool still_write(FILE *out, struct session *session, const struct still *still, struct error *err);

#endif
