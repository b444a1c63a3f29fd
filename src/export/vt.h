#ifndef EXPORT_VT_H
#define EXPORT_VT_H

#include "view/theme.h"

#include <stddef.h>
#include <stdint.h>

// A terminal that is none: it keeps what a recording writes as cells, and nothing else comes of it.
//
// It knows what our own recordings write and what full-screen programs write most: characters,
// cursor moves, erasing, inserting and deleting, scrolling, the colours. Everything else
// (titles, questions, modes, other character sets) is read to its end and ignored.
struct vt;

struct vt_cell {
    char utf8[5];       // one character of width 1, safe to print
    struct style style; // colours as xterm numbers them
};

// w, h: at least 1.
struct vt *vt_new(int w, int h);
void vt_free(struct vt *vt);                 // accepts NULL
void vt_resize(struct vt *vt, int w, int h); // and empties it
void vt_reset(struct vt *vt);
int vt_width(const struct vt *vt);
int vt_height(const struct vt *vt);
// A sequence or a character may be cut anywhere and go on with the next call.
void vt_write(struct vt *vt, const char *bytes, size_t len_bytes);
const struct vt_cell *vt_at(const struct vt *vt, int x, int y);

#endif
