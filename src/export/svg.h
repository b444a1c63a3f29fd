#ifndef EXPORT_SVG_H
#define EXPORT_SVG_H

#include "view/frame.h"
#include "view/theme.h"

#include <stdio.h>

// A frame as a picture: one SVG file that needs nothing else. Every run of cells is placed at its
// column, blocks and lines are drawn as rectangles, so that no font can tear the picture.
void svg_write(FILE *out, const struct frame *frame, const struct theme *theme);

#endif
