#ifndef TRACE_TIMELINE_SUM_H
#define TRACE_TIMELINE_SUM_H

#include "trace/timeline.h"

// What a lane did in some stretch of time, summed up: the part of a column that buckets can tell.
struct sum {
    uint64_t state_ns[LANE_STATE_COUNT];
    uint64_t marks[MARK_COUNT];
    uint64_t gap_events;
};

// The mark that an event leaves, MARK_COUNT for none.
enum mark mark_of(uint8_t kind);

static inline void sum_count(struct sum *sum, const struct event *event, enum mark mark)
{
    if (mark == MARK_COUNT)
        return;
    sum->marks[mark]++;
    if (mark == MARK_GAP)
        sum->gap_events += (uint64_t)event->value;
}

void sum_add(struct sum *sum, const struct sum *other);

// Adds to `out` the part [x0_ns, x1_ns) of the states in `sum`, which covers len_ns in all, as if
// they were spread evenly. Parts that tile the whole add up to it, and each part to its length.
void sum_share_states(const struct sum *sum, uint64_t len_ns, uint64_t x0_ns, uint64_t x1_ns,
                      struct sum *out);

// The part [x0, x1) of `amount` spread evenly over `len`: parts that tile the whole add up to it.
uint64_t sum_part(uint64_t amount, uint64_t len, uint64_t x0, uint64_t x1);

// Moves up to `wanted_ns` from RUNNING and HOLDING, in proportion, to PREEMPTED.
struct sum_move {
    uint64_t running_ns;
    uint64_t holding_ns;
};
struct sum_move sum_preemptible(const struct sum *sum, uint64_t wanted_ns);
void sum_preempt(struct sum *sum, struct sum_move move);

#endif
