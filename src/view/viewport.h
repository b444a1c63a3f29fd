#ifndef VIEW_VIEWPORT_H
#define VIEW_VIEWPORT_H

#include "view/frame.h"

#include <stdint.h>

// The slice of time on screen. Columns are counted from the beginning of the run, so that the
// picture scrolls by whole columns and a moment never changes its column while the zoom stands.
struct viewport {
    uint64_t ns_per_column;
    uint64_t first; // number of the leftmost column
    int columns;
};

// Zoom levels: 1, 2, 5 steps from 1 ns to 500 s per column.
enum { ZOOM_LEVELS = 36 };
uint64_t zoom_ns(int level); // of 0 .. ZOOM_LEVELS - 1
// The closest zoom at which [0, now_ns] fits.
int zoom_fit(uint64_t now_ns, int columns);
// The zoom at which one op can be told from the next at this pace.
int zoom_pace(uint64_t pace_ns);

// Columns from the left edge; may lie outside [0, columns).
int64_t viewport_column(const struct viewport *port, uint64_t t_ns);
uint64_t viewport_time(const struct viewport *port, int column); // where a column begins

// An instant in the unit that fits the distance between two of them, to that distance.
char *time_text(char out[24], uint64_t t_ns, uint64_t step_ns);

// How much a column is worth: "20 ms". out: 24 bytes.
char *zoom_text(char out[24], uint64_t ns_per_column);

// The scale: labels at whole steps. Drawn into row 0 of an area as wide as the plot.
void axis_draw(struct area area, const struct viewport *port);

#endif
