#ifndef VIEW_PARAGRAPH_H
#define VIEW_PARAGRAPH_H

#include "view/frame.h"

// Text of any length, wrapped at its blanks. Newlines in it are blanks like others.

// How wide a paragraph is drawn in a window of w columns: wide rows are hard to read.
int paragraph_columns(int w);
// Rows that it takes when they are at most `columns` wide.
int paragraph_rows(const char *text, int columns);
// Draws it from row y on, as wide as the area; returns the row after it. Rows outside are clipped.
int paragraph_draw(struct area area, int y, enum role role, const char *text);

#endif
