#ifndef EXPORT_ANSI_SHIFT_H
#define EXPORT_ANSI_SHIFT_H

#include "view/theme.h"

#include <stdbool.h>

// A cell as it looks, whatever it means. Of a blank only what is seen.
struct glyph_look {
    char utf8[5];
    struct style style;
};

bool look_is_same(const struct glyph_look *a, const struct glyph_look *b);
bool style_is_same(struct style a, struct style b);

// Part of a row that goes to the left, as a picture that scrolls does: cells [x + n, end) to
// [x, end - n), and n blanks behind them.
struct shift {
    int x, end, n;
};

// Whether a shift makes `next` of `shown`, rows of w cells, in fewer bytes than writing what
// changed.
bool shift_find(struct shift *shift, const struct glyph_look *shown, const struct glyph_look *next,
                int w);
void shift_apply(const struct shift *shift, struct glyph_look *row);

#endif
