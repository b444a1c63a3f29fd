#ifndef VIEW_DIGITS_H
#define VIEW_DIGITS_H

#include "view/frame.h"

// Numbers that can be read from the last row of a hall: seven segments, made of blocks.
//
//   w columns, rows rows          stroke_x columns, stroke_y half rows
struct digit_size {
    int w, rows;
    int stroke_x, stroke_y;
};

// The largest size at which `digits` digits fit into w columns and h rows; NULL when none does.
const struct digit_size *digits_fit(int digits, int w, int h);
int digits_width(const struct digit_size *size, int digits);

// Right-aligned: the last digit ends before column x_end. Row y is the topmost.
void digits_draw(struct area area, int x_end, int y, enum role role, const struct digit_size *size,
                 long long number);
// Of digits, - and the letters of OFF and On.
void digits_draw_text(struct area area, int x_end, int y, enum role role,
                      const struct digit_size *size, const char *text);

#endif
