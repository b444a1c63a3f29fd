#ifndef TRACE_TIMELINE_LANE_H
#define TRACE_TIMELINE_LANE_H

#include "trace/timeline_events.h"
#include "trace/timeline_pyramid.h"

// The inside of a timeline, for the two files that write and read it.

// A measurement of the kernel that waits for the present to pass it.
struct preemption {
    uint64_t t0_ns, t1_ns, waited_ns;
};

// One lane. Its time is cut in four:
//
//     0 ........ first_ns ................. open_ns ............ known_ns ........ present
//       LANE_NEW            the pyramid's             `open`'s             `state`
//
// where open_ns is where the level-0 bucket begins that known_ns lies in. Only `open` is touched by
// most events; it goes to all levels when an event lies beyond that bucket. The exact events lie
// over all of it.
struct timeline_lane {
    bool has_begun;
    enum lane_state state;        // since known_ns
    enum lane_state state_before; // the one that RESUME goes back to
    uint64_t locks_held;          // bit (lock % 64)
    uint64_t first_ns;            // of the first event
    uint64_t known_ns;            // of the newest event
    uint64_t open_ns;
    uint64_t end_ns; // UINT64_MAX: not ended
    struct sum open;
    struct events events;
    struct pyramid pyramid;

    struct late_event *late; // marks of the ledger that wait for timeline_advance
    size_t n_late, late_cap;
    uint64_t late_order;
    struct preemption *preempted;
    size_t n_preempted, preempted_cap;
    bool was_preempted; // some time is in the buckets that the events do not know of
};

struct timeline {
    size_t n_lanes;
    uint64_t advanced_ns;
    uint64_t newest_ns;
    struct timeline_lane lanes[];
};

// Everything in the bucket `index` of a level, what is still open too.
struct sum timeline_bucket(const struct timeline_lane *lane, size_t level, uint64_t index);

// The largest level whose buckets are not wider than the column. An eighth is tolerated, so that
// columns that differ by rounding from a power of two are all cut alike. *is_narrow: they are
// wider.
size_t timeline_level_for(uint64_t width_ns, bool *is_narrow);

#endif
