#ifndef EXPORT_VT_PRIVATE_H
#define EXPORT_VT_PRIVATE_H

#include "export/vt.h"

#include <stdbool.h>

// The two halves of the terminal that is none: what bytes mean, and what happens to the cells.

enum { VT_PARAMETERS_MAX = 16, VT_PARAMETER_MAX = 9999 };

enum vt_state {
    VT_GROUND,
    VT_ESCAPE,      // after ESC
    VT_ESCAPE_SKIP, // one more byte belongs to it: a character set
    VT_CSI,
    VT_STRING,        // OSC, DCS and the like, up to their end
    VT_STRING_ESCAPE, // in one of them, after an ESC that may be its end
};

struct vt {
    int w, h;
    struct vt_cell *cells; // [w * h]
    int x, y;
    bool is_wrap_due; // the last column was written: the next character goes to the next row
    struct style pen;
    int saved_x, saved_y;
    struct style saved_pen;
    int top, bottom; // rows that scroll, [top, bottom)

    enum vt_state state;
    int parameters[VT_PARAMETERS_MAX]; // of a CSI; -1: not given
    int n_parameters;
    char prefix;     // '?', '>' ... or '\0'
    bool is_strange; // has intermediate bytes: no sequence that is known here
    char partial[4]; // of a character that is not whole yet
    size_t n_partial;
};

// --- vt_cells.c
void vt_put(struct vt *vt, const char *utf8, size_t len_bytes, int columns);
void vt_erase(struct vt *vt, int x0, int y0, int x1, int y1); // the rectangle [x0, x1) x [y0, y1)
// The rows [from, to) go up by n rows, down when n is negative.
void vt_scroll(struct vt *vt, int from, int to, int n);
// The cells from x on of the cursor's row go left by n, right when n is negative.
void vt_shift(struct vt *vt, int n);
void vt_line_feed(struct vt *vt);
void vt_move(struct vt *vt, int x, int y); // as near as there is room

// --- vt_csi.c: a sequence that has come to its end
void vt_csi(struct vt *vt, char final);

#endif
