#ifndef EXPORT_MERGE_H
#define EXPORT_MERGE_H

#include "trace/timeline.h"

// The events of all lanes in the order of time; at equal times the lower lane comes first. It takes
// an event a lane.
struct merge;

struct merged {
    struct event event;
    uint64_t n_unreadable; // not 0: instead of so many events, which cannot be read from the file;
                           // `event` has their lane, and the time of the one before them
};

struct merge *merge_open(const struct timeline *tl, size_t n_lanes);
void merge_close(struct merge *merge);
// False after the last.
bool merge_next(struct merge *merge, struct merged *out);

#endif
