#ifndef EXPORT_COHERENCE_H
#define EXPORT_COHERENCE_H

#include "session/session.h"

// The stores of a run, as its timeline kept them, in the order of coherence of each cell: every
// store after the one that it replaced. A cell of its own that a process has counts by itself. A
// store whose predecessor has been given up has no known place; it comes in the order of time.
struct coherence_step {
    const struct event *store;
    uint64_t index;  // among the events of its lane
    bool is_own;     // to the lane's own copy of the cell
    bool is_linked;  // the store that it replaced is known:
    size_t old_lane; // this one's
    uint64_t old_index;
    uint64_t old_ns; // and its time
};
typedef void (*coherence_sink)(void *context, const struct coherence_step *step);

// Returns how many stores came whose predecessor is not known; none in a complete run. Not with
// is_bare: without the ledger no store knows what it replaced.
uint64_t coherence_walk(const struct session_view *view, coherence_sink sink, void *context);

#endif
