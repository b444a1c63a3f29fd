#ifndef EXPORT_MERGE_H
#define EXPORT_MERGE_H

#include "trace/timeline.h"

// The events of all lanes in the order of time; at equal times the lower lane comes first. Nothing
// is copied: it takes a few words a lane.
struct merge;

struct merge *merge_open(const struct timeline *tl, size_t n_lanes);
void merge_close(struct merge *merge);
// NULL after the last.
const struct event *merge_next(struct merge *merge);

#endif
