#ifndef TRACE_TIMELINE_LANE_H
#define TRACE_TIMELINE_LANE_H

#include "trace/timeline_nodes.h"

// The inside of a timeline, for the files that write and read it.

// A stretch in which the kernel measured that the lane waited for a core. The wait is spread over
// the time in which the lane was running (index 0) or holding a lock (1), evenly.
struct waited {
    uint64_t t0_ns, t1_ns;
    struct {
        uint64_t busy0_ns; // in that state before t0
        uint64_t busy_ns;  // in it from t0 to t1
        uint64_t wait0_ns; // waited in it before t0
        uint64_t wait_ns;  // waited in it from t0 to t1
    } in[2];
};

// A measurement that waits for the present to pass it.
struct preemption {
    uint64_t t0_ns, t1_ns, waited_ns;
};

// LOSS or LOST of stores that came so late that the sums behind them were left as they are: added
// on reading from that time on, when the page behind the store's own begins.
struct late_marks {
    uint64_t *t_ns; // rising
    size_t n, cap;
};

// Everything that a lane did before some instant.
struct reading {
    struct sum sum; // without the kernel's measurements
    struct walker walker;
    uint64_t index;        // of the first event that is not in it
    uint64_t waited_ns[2]; // for a core, as in struct waited
    bool is_exact;
};

// One lane. Events are kept in pages, the newest of which is open; each page has a node, which
// outlives it:
//
//     nodes       |         |    |    |    |    |
//     pages                      [    ][   ][   ][  open
//     events      0 given up ... first_kept ...      n_events
//
// Everything up to the newest event is in `sum`, and after it the lane is in its state.
struct timeline_lane {
    bool has_begun;
    uint64_t first_ns; // of the first event
    uint64_t known_ns; // of the newest event
    uint64_t end_ns;   // UINT64_MAX: not ended
    struct walker walker;
    struct sum sum;
    uint64_t n_events;
    struct nodes nodes;

    struct event **pages; // of a ring of cap_pages; the newest is open
    size_t first_place, n_pages, cap_pages;
    uint64_t first_page; // number of the oldest that is kept
    size_t open_cap;     // events that the newest has room for

    struct late_marks late[2];    // LOSS, LOST
    struct preemption *preempted; // not yet passed by the present
    size_t n_preempted, cap_preempted;
    struct waited *waited; // by time
    size_t n_waited, cap_waited;
};

// The last answer of timeline_sum_at: columns that tile time ask for each edge twice.
struct memo {
    size_t lane;
    uint64_t t_ns, version;
    struct reading reading;
};

struct timeline {
    size_t n_lanes;
    uint64_t advanced_ns;
    uint64_t newest_ns;
    uint64_t version; // changes with everything that could change an answer
    struct memo *memo;

    uint16_t *full; // lanes in the order in which they filled a page that is still kept; a ring
    size_t first_full, n_full, cap_full;
    size_t pages_max; // full ones that are kept
    struct timeline_lane lanes[];
};

// Everything that a lane did before t_ns: the time up to it (not beyond the present), the marks of
// older events.
void timeline_read(const struct timeline *tl, size_t lane, uint64_t t_ns, struct reading *out);
// What lies between two readings of a lane, with what the kernel measured.
struct sum timeline_between(const struct reading *from, const struct reading *to);
// Fills in waited_ns of a reading at t_ns, the rest of which is there.
void timeline_read_waited(const struct timeline_lane *lane, uint64_t t_ns, struct reading *out);
// Moves what was waited between two readings from RUNNING and HOLDING to PREEMPTED. Where detail is
// given up one of the two may be known as less than was waited in it; then the other gives the
// rest.
void timeline_preempt(uint64_t state_ns[LANE_STATE_COUNT], const struct reading *from,
                      const struct reading *to);

// Events of a page that is kept, NULL when it is given up. *n: how many it has.
const struct event *timeline_page_events(const struct timeline_lane *lane, uint64_t page,
                                         size_t *n);

#endif
