#ifndef TRACE_TIMELINE_H
#define TRACE_TIMELINE_H

#include "trace/event.h"
#include "trace/timeline_walk.h"

#include <stdbool.h>
#include <stddef.h>

// Everything that has happened, per lane, in order, within a stated amount of memory.
//
// Events are kept in pages. Of each page it is also known what the lane had done in all until it
// began: how long in each state, how many marks of each kind. So what a lane did in any stretch of
// time is the difference of two sums, each of which is found by bisection and a walk over part of a
// page: exact, at any zoom, at a cost that does not depend on how much happened in it. When the
// memory is used up the oldest pages are given up first, then their sums are thinned out: what gets
// lost with age is resolution, never totals, and a column says so.
//
// Written by one caller (session), read by views and exporters on the same thread: no locks.
// Pointers it hands out stay valid until the next timeline_append or timeline_advance.
struct timeline;

enum { TIMELINE_PAGE = 256 }; // events of a page

// Marks on a lane, the most important first: when one column holds several, the first wins.
enum mark {
    MARK_LOSS,   // a store that overwrote somebody's update; also a STORE
    MARK_LOST,   // an update that was overwritten (at the victim's store); also a STORE
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
    bool is_exact;   // false: detail was given up at one of its edges; what lies between two sums
                     // that are known is then spread evenly, its marks put where it begins
    bool has_events; // any mark
};

// memory_bytes: for all lanes together, at least a few MiB; taken only as it is needed. A lane has
// at least its newest page.
struct timeline *timeline_new(size_t n_lanes, size_t memory_bytes);
void timeline_free(struct timeline *tl); // accepts NULL
// To be told of each page just before it is given up, while it can still be read: those of a lane
// in their order.
typedef void (*timeline_give_up)(void *context, const struct timeline *tl, size_t lane,
                                 uint64_t page);
void timeline_on_give_up(struct timeline *tl, timeline_give_up give_up, void *context);

// Events of one lane must arrive in the order of their t_ns; one that is a little older than the
// one before it (clocks of two cores) is taken at that one's time. Changes the lane's state by
// event_info[kind].state_after; what RESUME, WAKE, JOINED and RELEASE go back to depends on the
// state before and on the locks that the lane still holds.
void timeline_append(struct timeline *tl, const struct event *event);
// Appends of each update in turn the load, where no event of its own has told it, and the store.
void timeline_append_updates(struct timeline *tl, size_t lane, const struct update *updates,
                             size_t n);

// What the ledger has found out of a store that has been appended: ACCESS_LOSS or ACCESS_LOST.
// `mark` is the store's write_mark (event.turn), t_ns about when it was, never later. Counted from
// now on even when its page has been given up.
struct timeline_marked {
    uint64_t index; // of the event; UINT64_MAX: it is not kept any more
    bool is_known;  // it had been marked so before, and nothing has happened
};
struct timeline_marked timeline_mark_store(struct timeline *tl, size_t lane, uint64_t t_ns,
                                           size_t cell, uint32_t mark, uint8_t flag);

// The state of a lane, as known to the lane, now (at its newest event).
enum lane_state timeline_state(const struct timeline *tl, size_t lane);

// Adds time that the kernel measured the lane to be runnable but not on a core within
// [t0_ns, t1_ns): moves it from RUNNING/HOLDING to PREEMPTED there, evenly. Done by the
// timeline_advance that reaches t1_ns. Time that was neither is not moved. Stretches of one lane
// come in their order and do not overlap.
void timeline_preempted(struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t t1_ns,
                        uint64_t waited_ns);

// What has been measured so, as far as it has been taken in: stretches of time in order, apart from
// each other. Neighbours become one where there are very many. waited_ns is what was moved.
struct stretch {
    uint64_t t0_ns, t1_ns, waited_ns;
};
size_t timeline_stretches(const struct timeline *tl, size_t lane);
struct stretch timeline_stretch(const struct timeline *tl, size_t lane, size_t index);

// Declares that nothing older than now_ns is still to come: the present.
void timeline_advance(struct timeline *tl, uint64_t now_ns);
// The present, or the time of the newest event if that is later. What a lane does is known up to
// the present or to its own newest event.
uint64_t timeline_now(const struct timeline *tl);

// Columns of a lane from t0_ns on will be asked for: the pages of a saved run that they begin in
// are brought nearer, all at once. Changes no answer.
void timeline_expect(const struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t width_ns,
                     size_t n_columns);

// What a lane did in [t0_ns, t1_ns); t1_ns may lie in the future, which is in no state. Columns
// that tile time add up exactly to what the lane did in all of it.
void timeline_column(const struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t t1_ns,
                     struct column *out);

// What several lanes did together in one column.
struct crowd {
    uint64_t state_ns[LANE_STATE_COUNT];
    uint64_t losses, broken; // marks LOSS and BROKEN: others say nothing of many lanes
};

// Adds to columns[0 .. n_columns) what one lane did in as many columns of width_ns each, the first
// of which begins at t0_ns: what timeline_column says of each of them, in one pass.
void timeline_crowd(const struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t width_ns,
                    size_t n_columns, struct crowd *columns);

// The events of a lane are numbered from 0; those before timeline_first are given up, those before
// timeline_count have happened.
uint64_t timeline_first(const struct timeline *tl, size_t lane);
uint64_t timeline_count(const struct timeline *tl, size_t lane);
// Events of all lanes without the gap events, which stand for dropped ones: those that are kept and
// those that were given up.
struct timeline_kept {
    uint64_t kept, given_up;
};
struct timeline_kept timeline_kept(const struct timeline *tl);
// Of a saved run: whether something that was wanted so far could not be read.
bool timeline_has_unreadable(const struct timeline *tl);
const struct event *timeline_at(const struct timeline *tl, size_t lane, uint64_t index);
// Whether that is no event, but stands for one on a page of a saved run that cannot be read.
static inline bool timeline_is_unreadable(const struct event *event)
{
    return event->kind == EVENT_GAP && event->value == 0; // a true gap has lost something
}
// Number of the first kept event at or after t_ns; timeline_count() when there is none.
uint64_t timeline_find(const struct timeline *tl, size_t lane, uint64_t t_ns);
// For a caller that follows a lane's states event by event, with walk_event: how the lane stood
// before that event, or before the first one after it of which that is known: of a page whose sum
// is kept and, of a saved run, can be read. Returns the number of that event, timeline_count() when
// there is none. `index` is timeline_first() or begins a page.
uint64_t timeline_walk_from(const struct timeline *tl, size_t lane, uint64_t index,
                            struct walker *walker);
// The first kept event at or after number `index` that leaves the mark, and the last one before it;
// UINT64_MAX when there is none. Found by the sums, so it costs the same however far it is.
uint64_t timeline_next_mark(const struct timeline *tl, size_t lane, enum mark mark, uint64_t index);
uint64_t timeline_previous_mark(const struct timeline *tl, size_t lane, enum mark mark,
                                uint64_t index);
// The kept STORE with that write_mark; UINT64_MAX when there is none.
uint64_t timeline_find_store(const struct timeline *tl, size_t lane, size_t cell, uint32_t mark);
// The kept LOAD that the update of that STORE was computed from; UINT64_MAX when there is none.
uint64_t timeline_find_load(const struct timeline *tl, size_t lane, uint64_t store);
// Where a lane's exact detail begins.
uint64_t timeline_detail_from(const struct timeline *tl, size_t lane);

// Start and end of a lane, 0 / UINT64_MAX while they have not happened.
uint64_t timeline_start(const struct timeline *tl, size_t lane);
uint64_t timeline_end(const struct timeline *tl, size_t lane);

#endif
