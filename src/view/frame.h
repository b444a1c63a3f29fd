#ifndef VIEW_FRAME_H
#define VIEW_FRAME_H

#include "view/glyph.h"
#include "view/role.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A grid of character cells: what one moment of the screen looks like. Views draw into it; the
// terminal, the exporters and the tests read it. Knows nothing of terminals.
struct frame;

enum { FRAME_W_MAX = 500, FRAME_H_MAX = 200 };

struct cell {
    char utf8[5];       // one character of width 1, the rest is NUL: cells compare by memcmp
    uint8_t role;       // enum role: what the cell means; the theme decides what that looks like
    uint8_t attributes; // enum style_attribute, on top of what the role has
    uint8_t reserved;   // 0
};

static_assert(sizeof(struct cell) == 8, "cells are compared as bytes");

// Blank, of role TEXT. Sizes are cut to 1 .. FRAME_*_MAX.
struct frame *frame_new(int w, int h, enum glyph_set glyphs);
void frame_free(struct frame *frame); // accepts NULL
void frame_clear(struct frame *frame);
int frame_width(const struct frame *frame);
int frame_height(const struct frame *frame);
enum glyph_set frame_glyphs(const struct frame *frame);
// x in [0, width), y in [0, height).
const struct cell *frame_at(const struct frame *frame, int x, int y);
bool frame_equal(const struct frame *a, const struct frame *b);
void frame_copy(struct frame *to, const struct frame *from); // of the same size

// A rectangle of a frame; drawing outside it is clipped. x and y of the drawing functions count
// from the area's own corner.
struct area {
    struct frame *frame;
    int x, y, w, h;
};

struct area frame_area(struct frame *frame);
// The part of `area` that begins at (x, y) in it and is at most w by h; may be empty.
struct area area_part(struct area area, int x, int y, int w, int h);

// Each returns the column after the last one written, so that a line is drawn piece by piece.
// Text is made safe first. What is not ASCII is translated when the frame is ASCII only.
int draw_text(struct area area, int x, int y, enum role role, const char *utf8);
int draw_textf(struct area area, int x, int y, enum role role, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
// Cut to at most `columns`, with a mark at the end when something was cut.
int draw_text_cut(struct area area, int x, int y, int columns, enum role role, const char *utf8);
// Ends before column `x_end`; returns the column it began at. Nothing is drawn left of the area.
int draw_right(struct area area, int x_end, int y, enum role role, const char *utf8);
int draw_glyph(struct area area, int x, int y, enum role role, enum glyph glyph);
// `n` times the same.
int draw_run(struct area area, int x, int y, int n, enum role role, enum glyph glyph);
int draw_column(struct area area, int x, int y, int n, enum role role, enum glyph glyph);
void draw_fill(struct area area, enum role role);
// Adds enum style_attribute flags to what is there.
void draw_attributes(struct area area, int x, int y, int n, unsigned attributes);

#endif
