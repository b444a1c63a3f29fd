#ifndef TRACE_TIMELINE_SAVED_H
#define TRACE_TIMELINE_SAVED_H

#include "trace/timeline_lane.h"

// The timeline of a saved run. Its pages are read from the file when they are wanted; those that
// cannot be read are a gap: what the lane did on either side of it is known, and inside is not,
// just as where pages were given up.
struct saved_gaps;

struct saved_gaps *saved_gaps_new(void);
void saved_gaps_free(struct saved_gaps *gaps);          // accepts NULL
bool saved_gaps_are_any(const struct saved_gaps *gaps); // found so far

// A page of a saved run, NULL when it cannot be read.
const struct cached_page *timeline_saved_page(const struct timeline *tl, size_t lane,
                                              uint64_t page);
// The node of the page; when that cannot be read, where the gap begins and where it ends. NULL
// where there is none. Valid until the next call.
struct node_pair timeline_saved_nodes(const struct timeline *tl, size_t lane, uint64_t page);
// Stands for the events of a page that cannot be read. Valid until the next call.
const struct event *timeline_saved_hidden(const struct timeline *tl, size_t lane, uint64_t page);
// When a page begins; the lane's newest event for one behind the last.
uint64_t timeline_saved_time(const struct timeline_lane *lane, uint64_t page);

// How many pages begin before then.
uint64_t timeline_saved_before(const struct timeline_lane *lane, uint64_t t_ns);

// Puts the marks of the ledger that came after the page had been written where they belong.
void timeline_saved_flags(const struct timeline_lane *lane, struct cached_page *page);

#endif
