#ifndef EXPORT_SVG_CELL_H
#define EXPORT_SVG_CELL_H

#include "view/frame.h"
#include "view/theme.h"

#include <stdio.h>

// What a cell is in a picture; for pictures of one frame, and for those that move.

// Size of a cell and of its type, in the picture's units.
enum { CELL_W = 10, CELL_H = 20, FONT_SIZE = 16, BASELINE = 15, MARGIN = 10 };

#define SVG_FONTS "'JetBrains Mono','DejaVu Sans Mono',monospace"

// Characters that are rectangles, in twentieths of a cell's height and tenths of its width.
struct svg_block {
    const char *utf8;
    int x, y, w, h;
    int arm_x, arm_y, arm_w, arm_h; // a second one; nothing: arm_w 0
};

const struct svg_block *svg_block_of(const struct cell *cell); // NULL: it is none

struct svg_look {
    uint32_t fg, bg; // 0xRRGGBB
    bool has_bg;
    unsigned attributes; // enum style_attribute; what is reversed has its colours changed already
};

struct svg_look svg_look_of(const struct cell *cell, const struct theme *theme);

bool svg_is_blank(const struct cell *cell);
// Whether the cell at x goes on with the text that began with `first`: one blank between two words
// is part of it.
bool svg_goes_on(const struct frame *frame, int x, int y, const struct cell *first);
void svg_put_escaped(FILE *out, const char *utf8);

#endif
