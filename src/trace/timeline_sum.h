#ifndef TRACE_TIMELINE_SUM_H
#define TRACE_TIMELINE_SUM_H

#include "trace/timeline.h"
#include "trace/timeline_walk.h"

// What a lane did up to some instant, or in some stretch of time, summed up.
struct sum {
    uint64_t state_ns[LANE_STATE_COUNT];
    uint64_t marks[MARK_COUNT];
    uint64_t gap_events;
};

// The mark that an event leaves, MARK_COUNT for none. LOSS and LOST are flags of a store and come
// on top, see sum_count.
extern const uint8_t event_marks[EVENT_KIND_COUNT];
static inline enum mark mark_of(uint8_t kind)
{
    return (enum mark)event_marks[kind];
}

// Of one of which the ledger has not found out anything.
static inline void sum_count_new(struct sum *sum, const struct event *event)
{
    enum mark mark = mark_of(event->kind);
    if (mark == MARK_COUNT)
        return;
    sum->marks[mark]++;
    if (mark == MARK_GAP)
        sum->gap_events += (uint64_t)event->value;
}

static inline void sum_count(struct sum *sum, const struct event *event)
{
    sum_count_new(sum, event);
    if (event->kind == EVENT_STORE) {
        sum->marks[MARK_LOSS] += (event->flags & ACCESS_LOSS) != 0;
        sum->marks[MARK_LOST] += (event->flags & ACCESS_LOST) != 0;
    }
}

// Takes a lane on over n events, the newest that it did: sum and walker are as of *t_ns, and then
// of the last event's time.
void sum_walk(struct sum *sum, struct walker *walker, uint64_t *t_ns, const struct event *events,
              size_t n);

// amount * x / len, rounded down.
static inline uint64_t sum_scale(uint64_t amount, uint64_t x, uint64_t len)
{
    uint64_t product;
    if (!__builtin_mul_overflow(amount, x, &product))
        return product / len;
    return (uint64_t)((unsigned __int128)amount * x / len);
}

// Adds to `out` the first x_ns of what lies between two sums that are len_ns apart, as if its
// states were spread evenly: all of them together are x_ns.
void sum_spread(const struct sum *from, const struct sum *to, uint64_t len_ns, uint64_t x_ns,
                struct sum *out);

// to - from.
struct sum sum_between(const struct sum *from, const struct sum *to);
// States that rounding has made smaller than before are 0 and the longest gives what they lack, so
// that all together are what they were.
void sum_states_between(const uint64_t from_ns[LANE_STATE_COUNT],
                        const uint64_t to_ns[LANE_STATE_COUNT], uint64_t out_ns[LANE_STATE_COUNT]);
void sum_settle(uint64_t state_ns[LANE_STATE_COUNT]);
static inline uint64_t sum_marks_between(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0;
}

#endif
