#ifndef EXPORT_FILM_ROW_H
#define EXPORT_FILM_ROW_H

#include "view/frame.h"
#include "view/theme.h"

#include <stdio.h>

// One row of a frame as SVG, with its baseline at y = 0. Private to films.

// A look that has a class.
struct film_style {
    uint32_t fill; // 0xRRGGBB
    unsigned attributes;
};

struct film_styles {
    struct film_style *items;
    size_t n, cap;
};

void film_styles_write(const struct film_styles *styles, FILE *out); // as CSS, for paths and texts
// Newly allocated; "" for a row without anything to be seen.
char *film_row_svg(const struct frame *frame, int y, const struct theme *theme,
                   struct film_styles *styles);

#endif
