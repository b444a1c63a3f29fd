#ifndef VIEW_LANE_ROW_H
#define VIEW_LANE_ROW_H

#include "view/scene.h"

// The plot of one lane: its line in row 0 of the area and, where there is a second row, the labels
// of its loads and stores, how full folded columns are, or how far a sleep has come.
void lane_row_draw(const struct scene *scene, size_t lane, struct area plot);

// A bar of `columns` cells, `done` of `whole` filled.
void bar_draw(struct area area, int x, int y, int columns, enum role role, uint64_t done,
              uint64_t whole);

#endif
