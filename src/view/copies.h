#ifndef VIEW_COPIES_H
#define VIEW_COPIES_H

#include "view/digits.h"
#include "view/scene.h"

// What there is to show of the counter where each process has a copy of it: nothing is lost, and
// no two need be equal.

// Each process with its copy and its updates, as many as there is room for. Returns the row after.
int copies_draw_table(const struct scene *scene, struct area area);
// "A's 57  B's 57" in one row, as many as fit.
void copies_draw_row(const struct scene *scene, struct area area);
// The copy of the lane at the cursor, else of the first, under a heading of its own.
void copies_draw_big(const struct scene *scene, struct area area, const struct digit_size *size);

#endif
