#ifndef TRACE_TIMELINE_H
#define TRACE_TIMELINE_H

#include "trace/event.h"

#include <stdbool.h>
#include <stddef.h>

// Everything that has happened, per lane, in order, within a stated amount of memory.
//
// Two layers. The newest events are kept as they are, per lane. All events ever seen are also
// summed into buckets of time, in a pyramid: level k has buckets of 2^k times TIMELINE_BUCKET_NS,
// the newest TIMELINE_BUCKETS of each level are kept (fewer when there are so many lanes that the
// memory does not reach). So any stretch of time can be asked for at any zoom at a cost that does
// not depend on how much happened in it; what gets lost with age is resolution, never totals, and
// a column says so.
//
// Written by one caller (session), read by views and exporters on the same thread: no locks.
// Pointers it hands out stay valid until the next timeline_append or timeline_advance.
struct timeline;

enum { TIMELINE_LEVELS = 24, TIMELINE_BUCKETS = 1024 };
#define TIMELINE_BUCKET_NS (UINT64_C(1) << 20)

// Marks on a lane, the most important first: when one column holds several, the first wins.
enum mark {
    MARK_LOSS,   // a store that overwrote somebody's update
    MARK_LOST,   // an update that was overwritten (at the victim's store)
    MARK_BROKEN, // `always` did not hold
    MARK_END,    // finish, fail or kill
    MARK_START,  // start
    MARK_PRINT,
    MARK_TOGGLE,
    MARK_RECOVER,
    MARK_TAKE, // an input of the pool
    MARK_GIVE, // its result
    MARK_ACQUIRE,
    MARK_RELEASE,
    MARK_STORE,
    MARK_LOAD,
    MARK_GIL,   // took the GIL
    MARK_CHECK, // a check point of the GIL
    MARK_GAP,
    MARK_COUNT
};

// What one lane did in a stretch of time [t0_ns, t1_ns).
struct column {
    uint64_t state_ns[LANE_STATE_COUNT]; // sums to the part of the stretch that is known
    uint64_t marks[MARK_COUNT];          // how many of each
    uint64_t gap_events;                 // events dropped here, by the lane's own count
    enum lane_state main_state;          // the one with the most time; at equal, the later in enum;
                                         // LANE_NEW when nothing is known
    bool is_exact;      // false: finer detail was given up here; marks may lie up to one bucket off
    bool has_events;    // any mark
    struct event event; // the newest event of the most important mark, when is_exact
};

// memory_bytes: for all lanes together, at least a few MiB; divided evenly and taken only as it is
// needed. What waits for timeline_advance comes on top.
struct timeline *timeline_new(size_t n_lanes, size_t memory_bytes);
void timeline_free(struct timeline *tl); // accepts NULL

// Events of one lane must arrive in the order of their t_ns; one that is a little older than the
// one before it (clocks of two cores) is taken at that one's time. The ledger's LOSS and LOST may
// come in any order: they are placed at the time they say, in the buckets if its detail is gone,
// by the next timeline_advance that reaches that time, and not seen before. Changes the lane's
// state by event_info[kind].state_after; what RESUME, WAKE, JOINED and RELEASE go back to depends
// on the state before and on the locks that the lane still holds.
void timeline_append(struct timeline *tl, const struct event *event);

// The state of a lane, as known to the lane, now (at its newest event).
enum lane_state timeline_state(const struct timeline *tl, size_t lane);

// Adds time that the kernel measured the lane to be runnable but not on a core within
// [t0_ns, t1_ns): moves it from RUNNING/HOLDING to PREEMPTED there, evenly. Done by the next
// timeline_advance that reaches t1_ns. Time that was neither is not moved.
void timeline_preempted(struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t t1_ns,
                        uint64_t waited_ns);

// Declares that nothing older than now_ns is still to come, except for LOSS and LOST: the present.
void timeline_advance(struct timeline *tl, uint64_t now_ns);
// The present, or the time of the newest event if that is later. What a lane does is known up to
// the present or to its own newest event.
uint64_t timeline_now(const struct timeline *tl);

// What a lane did in [t0_ns, t1_ns); t1_ns may lie in the future, which is in no state. Where there
// are only buckets, the time of one that reaches over an edge is shared in proportion, and its
// marks all belong to the column in which it begins: over columns that tile time, of one width,
// marks add up exactly.
void timeline_column(const struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t t1_ns,
                     struct column *out);

// What several lanes did together in one column.
struct crowd {
    uint64_t state_ns[LANE_STATE_COUNT];
    uint64_t marks[MARK_COUNT];
};

// Adds to columns[0 .. n_columns) what one lane did in as many columns of width_ns each, the first
// of which begins at t0_ns. As timeline_column says it of each of them, but at a cost that hardly
// depends on n_columns, and less exact where buckets are read: time is then spread evenly over a
// bucket, and rounded down. For the overview of a thousand lanes.
void timeline_crowd(const struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t width_ns,
                    size_t n_columns, struct crowd *columns);

// The newest events of a lane that are kept, oldest first: indices 0 .. count - 1.
size_t timeline_count(const struct timeline *tl, size_t lane);
const struct event *timeline_at(const struct timeline *tl, size_t lane, size_t index);
// Index of the first kept event at or after t_ns; timeline_count() when there is none.
size_t timeline_find(const struct timeline *tl, size_t lane, uint64_t t_ns);
// Where a lane's exact detail begins: before it, only buckets are left.
uint64_t timeline_detail_from(const struct timeline *tl, size_t lane);

// Start and end of a lane, 0 / UINT64_MAX while they have not happened.
uint64_t timeline_start(const struct timeline *tl, size_t lane);
uint64_t timeline_end(const struct timeline *tl, size_t lane);

#endif
