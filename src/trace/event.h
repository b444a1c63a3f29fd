#ifndef TRACE_EVENT_H
#define TRACE_EVENT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

// What a lane is doing, and since when: the colour of its row.
enum lane_state {
    LANE_NEW,       // not started
    LANE_RUNNING,   // on a core, as far as the lane itself knows
    LANE_HOLDING,   // in a critical section: it holds at least one lock
    LANE_BLOCKED,   // waits for a lock
    LANE_GIL,       // waits for the GIL
    LANE_SLEEPING,  // sleep(): I/O
    LANE_JOINING,   // main waits for a lane to end
    LANE_PAUSED,    // at the gate
    LANE_STOPPED,   // a process, by a signal from outside; learned from the kernel
    LANE_PREEMPTED, // runnable, not on a core; measured by the kernel, never reported by the lane
    LANE_FINISHED,
    LANE_KILLED,
    LANE_FAILED,
    LANE_STATE_COUNT
};

const char *lane_state_name(enum lane_state state); // "running", "waiting", ... as in the reports

enum event_kind {
#define EVENT(name, label, state_after, help) EVENT_##name,
#include "trace/events.def"
#undef EVENT
    EVENT_KIND_COUNT
};

struct event_info {
    const char *label;
    const char *help;
    int state_after; // enum lane_state, or -1: unchanged
};

extern const struct event_info event_info[EVENT_KIND_COUNT];

enum { EVENT_NO_OBJECT = UINT16_MAX };

// How an access to a shared cell was protected: event.flags of LOAD and STORE, update.flags.
enum access_flag {
    ACCESS_UPDATE = 1,    // part of an update, else a plain read or a blind write
    ACCESS_ATOMIC = 2,    // one indivisible step (atomic x += e, or lock kind `atomic`)
    ACCESS_HELD = 4,      // the lane held a lock
    ACCESS_OFF = 8,       // the lane was inside `with` of a lock that it had found switched off
    ACCESS_ARRANGED = 32, // the lane was held between load and store on purpose, by `arrange`
    ACCESS_SETTLING = 16, // the lock had been switched and not yet acknowledged by every lane
    ACCESS_AGAIN = 64, // LOAD: in a statement that is done again, because its compare-and-swap had
                       // found the cell changed (lock kind `atomic`)
    // STORE, in a timeline, where the ledger has put them (AGAIN says nothing of a store):
    ACCESS_LOSS = 64,  // it overwrote somebody's updates
    ACCESS_LOST = 128, // what it wrote was overwritten so
};

// One fact about one lane. Fixed size, no pointers: the same bytes live in a ring, in a timeline
// and in a file.
struct event {
    uint64_t t_ns; // since the run began (in a ring: raw ticks, see base/clock.h)
    int64_t value; // as trace/events.def says
    uint32_t turn; // the object's own count at this event; orders hand-offs exactly. Of a LOAD the
                   // write_mark of what it read, of a STORE that of what it wrote
    uint32_t replaced; // STORE, in a timeline: the write_mark of the write that it replaced
    uint16_t pc;       // index of the op in the program
    uint16_t object;   // cell, lock, lane or input, EVENT_NO_OBJECT when none
    uint16_t lane;
    uint8_t kind;  // enum event_kind
    uint8_t flags; // enum access_flag
};

static_assert(sizeof(struct event) == 32, "struct event is a file format");

// The id of a write to a shared cell: which lane, and the how-manieth write of that lane to that
// cell (from 1). WRITE_INITIAL is the value that the cell began with. 54 bits of sequence wrap
// after 18e15 writes of one lane to one cell: over 500 years at a million a second.
enum { WRITE_SEQ_BITS = 54 };
#define WRITE_INITIAL UINT64_C(0)
// No write has this id: stands where one is not known.
#define WRITE_UNKNOWN UINT64_MAX

static inline uint64_t write_id(uint16_t lane, uint64_t seq)
{
    return ((uint64_t)lane << WRITE_SEQ_BITS) | seq;
}

static inline uint16_t write_lane(uint64_t id)
{
    return (uint16_t)(id >> WRITE_SEQ_BITS);
}

static inline uint64_t write_seq(uint64_t id)
{
    return id & ((UINT64_C(1) << WRITE_SEQ_BITS) - 1);
}

// The id of a write in 32 bits, for the event of a LOAD: the lane in full, of the sequence the low
// bits. Among the writes that a load may have read it is unmistakable while no lane has made 4
// million more to that cell since.
enum { WRITE_MARK_SEQ_BITS = 22 };

static inline uint32_t write_mark(uint64_t id)
{
    uint64_t seq = write_seq(id) & ((UINT64_C(1) << WRITE_MARK_SEQ_BITS) - 1);
    return (uint32_t)((uint64_t)write_lane(id) << WRITE_MARK_SEQ_BITS | seq);
}

// One write to a shared cell, with the load that it was computed from: what the ledger of lost
// updates is made of. Never dropped. A blind write has loaded == old (it counts as if it had read
// what it replaced), loaded_value is then whatever; an atomic one has loaded == old truly.
struct update {
    uint64_t t_ns;        // of the store (in a ring: raw ticks)
    uint64_t id;          // this write
    uint64_t old;         // the write that it replaced: what the exchange returned
    uint64_t loaded;      // the write that its load had read
    int64_t value;        // written
    int64_t loaded_value; // read
    uint32_t load_age_ns; // how long before the store the load was (ticks in a ring); saturates
    uint32_t pc;          // of the STORE op
    uint32_t phase;       // how often the lock had been switched when the lane entered `with`
    uint16_t cell;
    uint8_t flags;         // enum access_flag
    uint8_t load_is_event; // 1: the load was reported by an event of its own as well
};

static_assert(sizeof(struct update) == 64, "struct update is a file format, one cache line");

// Whether the update stands for a LOAD too, which no event of its own has told.
static inline bool update_has_load(const struct update *update)
{
    return (update->flags & ACCESS_UPDATE) && !update->load_is_event;
}

// The STORE that the update is, as an event of the lane.
static inline struct event event_of_store(const struct update *update, uint16_t lane)
{
    return (struct event){
        .t_ns = update->t_ns,
        .value = update->value,
        .turn = write_mark(update->id),
        .replaced = write_mark(update->old),
        .pc = (uint16_t)update->pc,
        .object = update->cell,
        .lane = lane,
        .kind = EVENT_STORE,
        .flags = update->flags,
    };
}

// And the LOAD that it was computed from.
static inline struct event event_of_load(const struct update *update, uint16_t lane)
{
    uint64_t age_ns = update->load_age_ns;
    return (struct event){
        .t_ns = update->t_ns - (age_ns < update->t_ns ? age_ns : update->t_ns),
        .value = update->loaded_value,
        .turn = write_mark(update->loaded),
        .pc = (uint16_t)update->pc,
        .object = update->cell,
        .lane = lane,
        .kind = EVENT_LOAD,
        .flags = update->flags,
    };
}

#endif
