#ifndef TRACE_TIMELINE_PYRAMID_H
#define TRACE_TIMELINE_PYRAMID_H

#include "trace/timeline_sum.h"

// One lane's buckets at all levels. Bucket `index` of level k covers the 2^k times
// TIMELINE_BUCKET_NS that begin at index times that. Each level keeps its newest buckets in a ring:
//
//     level 2      [   oldest    |             |  next - 1   ]
//     level 1             [      |      |      |      |      ]
//     level 0                              [   |   |   |   |   ]
//
// Buckets of levels below PYRAMID_WIDE are at most 2^31 ns long and are stored in 32-bit words.
enum { PYRAMID_WIDE = 12, PYRAMID_WORDS = LANE_STATE_COUNT + MARK_COUNT + 1 };

struct level {
    void *words;     // cap buckets of PYRAMID_WORDS words each
    uint64_t oldest; // index of the oldest bucket kept
    uint64_t next;   // index after the newest
    uint32_t cap;
    bool has_evicted;
};

struct pyramid {
    struct level levels[TIMELINE_LEVELS];
    uint32_t buckets_max; // of one level
};

static inline unsigned level_shift(size_t level)
{
    return 20 + (unsigned)level;
}

// Buckets a level that such a pyramid may keep, within the memory; at least a few.
uint32_t pyramid_buckets_for(size_t bytes);
void pyramid_clear(struct pyramid *pyramid); // gives the memory back

// Adds to the bucket at t_ns of each level from `level` up. Nothing where that bucket is gone.
void pyramid_add(struct pyramid *pyramid, size_t level, uint64_t t_ns, const struct sum *sum);
// Adds [t0_ns, t1_ns) in one state to all levels.
void pyramid_add_span(struct pyramid *pyramid, enum lane_state state, uint64_t t0_ns,
                      uint64_t t1_ns);
// Moves time from RUNNING and HOLDING to PREEMPTED in the bucket at t_ns of each level from
// `level`.
void pyramid_preempt(struct pyramid *pyramid, size_t level, uint64_t t_ns, struct sum_move move);

// Adds what the bucket holds to `out`; nothing when it is not kept.
void pyramid_read(const struct pyramid *pyramid, size_t level, uint64_t index, struct sum *out);

// From when on a level serves: what is older is read from the level above. An edge of buckets of
// that level.
uint64_t pyramid_serves_from(const struct pyramid *pyramid, size_t level);

#endif
