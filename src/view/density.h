#ifndef VIEW_DENSITY_H
#define VIEW_DENSITY_H

#include "view/scene.h"

// The overview: all lanes at once, each row a group of neighbours. The height of a column says how
// many of them are there and how busy: full when all of them run, half when all of them wait.

// The rows below main's.
void density_draw(const struct scene *scene, struct area rows);

// "68-134": which lanes, counted from 1, share a row with this one. out: 48 bytes.
char *density_range(const struct session_view *view, size_t lane, size_t group, char out[48]);
// The first lane of the group that a lane is in, 0 for main.
size_t density_first(size_t lane, size_t group);

#endif
