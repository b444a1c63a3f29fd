#ifndef VIEW_LAYOUT_H
#define VIEW_LAYOUT_H

#include "view/scene.h"

// Who gets which part of the screen. An area without rows or columns is not there.
struct layout {
    bool is_too_small;
    struct area header, axis, lanes, rate, counter, source, about, losses, pool, output, message,
        keys;
    bool has_lanes_heading; // the axis has a heading of its own above it
    int lane_rows;          // of each lane below main
    size_t visible;         // lanes below main that fit; of the overview: rows
    size_t group;           // as in the scene
    struct lane_columns columns;
};

enum { LAYOUT_MIN_W = 40, LAYOUT_MIN_H = 10 };

// Of the scene, only what cannot change by scrolling is read. The frame of `whole` may be NULL.
struct layout layout_make(const struct scene *scene, struct area whole);

#endif
