#ifndef TRACE_TIMELINE_SAVED_H
#define TRACE_TIMELINE_SAVED_H

#include "trace/timeline_lane.h"

// A page of a saved run, NULL when it cannot be read.
const struct cached_page *timeline_saved_page(const struct timeline *tl, size_t lane,
                                              uint64_t page);
// The node of the page; when that cannot be read, of the newest before it and the oldest after it
// that can, NULL where there is none.
struct node_pair timeline_saved_nodes(const struct timeline *tl, size_t lane, uint64_t page);

// Puts the marks of the ledger that came after the page had been written where they belong.
void timeline_saved_flags(const struct timeline_lane *lane, struct cached_page *page);

#endif
