#ifndef ENGINE_LANE_H
#define ENGINE_LANE_H

#include "base/random.h"
#include "engine/run.h"
#include "prog/machine.h"

// One lane on a thread or a process: the machine, and how this executor reaches memory and waits.
// Private to the engine.

enum {
    LANE_WITH_MAX = 32,
    LANE_PENDING_MAX = MACHINE_DEPTH_MAX + 2,
    LANE_WAIT_SLICE_NS = 20 * NS_PER_MS, // longest wait for a lock between two looks at the gate
};

// How a `with` that the lane is in was entered.
enum with_how { WITH_OFF, WITH_HELD, WITH_LOCK_FREE };

struct lane_with {
    uint32_t lock;
    enum with_how how;
};

// An update that has loaded and not yet stored.
struct lane_pending {
    uint64_t id; // of the write that the load read
    int64_t value;
    uint64_t ticks;
    uint32_t cell;
    uint32_t depth; // of the machine's calls
    uint16_t pc;
    uint8_t flags; // enum access_flag
    bool is_shown; // the load has been reported by an event of its own
};

struct lane {
    const struct run *run;
    const struct program *prog;
    struct run_control *control;
    struct run_lane *shared;
    struct run_cell *cells; // everybody's, or the lane's own
    struct ring *updates;
    struct ring *events;
    uint16_t index;
    bool is_following; // a schedule
    bool is_bare;
    bool is_process;
    bool has_gil;
    struct gil *gil;     // NULL: there is none
    uint32_t polls_seen; // machine.n_polls at the last check point
    bool is_leaving;     // told to end
    bool has_turn;       // is_following: it makes step `turn` of the schedule
    uint32_t turn;
    uint32_t is_tsc;
    uint32_t seen_seq;  // control.seq at the last look
    uint32_t lock_seen; // control.lock_word, as acknowledged
    uint32_t phase;     // of the outermost `with` that it is in
    uint8_t with_flags; // ACCESS_... of accesses made now
    uint32_t n_with;
    uint32_t n_held; // locks
    uint32_t n_pending;
    uint32_t await_turn; // of the condition, when the lane began to wait at it
    uint32_t n_holds;    // waits for room in vain, one after the other
    bool owes_answer;    // the ledger has asked while the lane was inside an update
    bool is_again;       // it does a statement again, whose compare-and-swap had failed
    bool is_settled;     // at the outermost `with`, every lane had acknowledged the switch
    uint64_t pace_ns;
    uint64_t paused_ns; // all pauses that are over, at the last look
    uint64_t began_ticks;
    struct random jitter; // of the pace
    struct random dice;   // random() of the program
    uint64_t burn_per_ms; // see engine/burn.h
    struct lane_with with[LANE_WITH_MAX];
    struct lane_pending pending[LANE_PENDING_MAX];
    uint64_t *write_seq; // per cell: writes made so far
    uint64_t n_updates;
    uint64_t sum_amounts;
    struct machine machine;
};

void lane_init(struct lane *lane, const struct run *run, const struct program *prog, size_t index);
void lane_free(struct lane *lane);

// Runs the lane to its end, in the calling thread. `effect` does the START and JOIN of main; NULL
// for other lanes.
typedef void (*lane_starter)(void *context, const struct op *op);
void lane_run(struct lane *lane, enum lane_kind kind, lane_starter effect, void *context);

// --- used among the lane's files

static inline uint64_t lane_ticks(const struct lane *lane)
{
    return clock_ticks(lane->is_tsc);
}

// Ticks that stand still during a pause: for measuring how long something took. A pause counts once
// it is over, so of two such times the later may be a little less: see lane_span.
static inline uint64_t lane_unpaused(const struct lane *lane, uint64_t ticks)
{
    return ticks - atomic_load_explicit(&lane->control->paused_ticks, memory_order_relaxed);
}

static inline uint64_t lane_unpaused_ticks(const struct lane *lane)
{
    return lane_unpaused(lane, lane_ticks(lane));
}

// From one to another: 0 where a pause began before the first and the lane had not noticed.
static inline uint64_t lane_span(uint64_t from_ticks, uint64_t to_ticks)
{
    return to_ticks > from_ticks ? to_ticks - from_ticks : 0;
}

// Nanoseconds since the run began, pauses not counted.
uint64_t lane_elapsed_ns(const struct lane *lane);

void lane_report(struct lane *lane, enum event_kind kind, uint32_t object, int64_t value,
                 uint32_t turn);
// Of the instant `ticks`, which has just been read. Loads that the lane has kept for their stores
// to tell are reported before.
void lane_report_at(struct lane *lane, uint64_t ticks, enum event_kind kind, uint32_t object,
                    int64_t value, uint32_t turn);
void lane_set_state(struct lane *lane, enum lane_state state);

// Looks at the controls: pause (waits here), stop, kill, switch of the lock, pace, the ledger's
// question. Every wait of a lane comes by here.
void lane_gate(struct lane *lane);

static inline bool lane_must_look(const struct lane *lane)
{
    // Pairs with the release in run_tell.
    return atomic_load_explicit(&lane->control->seq, memory_order_acquire) != lane->seen_seq;
}

// Says that the lane is about to wait, and that it goes on; see enum run_idle.
void lane_idle(struct lane *lane);
void lane_busy(struct lane *lane);

// Answers the ledger's question: the lane is between two statements, and its records are out.
void lane_answer(struct lane *lane);

// Acknowledges the switch of the lock, if the lane is outside every `with`.
void lane_acknowledge(struct lane *lane, uint32_t lock_word);

void lane_wait_pace(struct lane *lane);
void lane_sleep(struct lane *lane, uint64_t ns);
// Waits a moment for room in the channel of updates. False: the run is being thrown away.
bool lane_hold_for_room(struct lane *lane);
void lane_print(struct lane *lane, const char *text);
// Until another lane has written over what this lane has loaded, for `arrange`. False: nobody did
// within two seconds.
bool lane_wait_overwritten(struct lane *lane, const struct lane_pending *pending);

// Following a schedule. Before each op: waits for the lane's turn, if the op is a step.
void lane_follow(struct lane *lane, const struct op *op);
void lane_end_turn(struct lane *lane); // its step is over, with all that follows at once

// At native speed a load is told by the store that it is for, which saves an event. Whatever the
// lane reports in between, it reports the load first, so that each lane's events are in its own
// order.
void lane_tell_loads(struct lane *lane);

// LOAD, STORE and the ATOMIC ops.
void lane_load(struct lane *lane, const struct op *op);
void lane_store(struct lane *lane, const struct op *op);
void lane_atomic(struct lane *lane, const struct op *op);

// wait and post of semaphores.
void lane_wait_semaphore(struct lane *lane, const struct op *op);
void lane_post_semaphore(struct lane *lane, const struct op *op);

// wait and notify of conditions; wait is both await and retake.
void lane_await(struct lane *lane, const struct op *op);
void lane_retake(struct lane *lane, const struct op *op);
void lane_notify(struct lane *lane, const struct op *op);

// The GIL. All do nothing where there is none. Take: waits until the lane has it, or must end.
void lane_gil_take(struct lane *lane);
void lane_gil_drop(struct lane *lane);  // around whatever waits
void lane_gil_check(struct lane *lane); // before each op: there may be a check point
void lane_gil_yield(struct lane *lane); // at a check point: lets another have it that wants it

// The pool: TAKE, GIVE and RESULT.
void lane_take(struct lane *lane, const struct op *op);
void lane_give(struct lane *lane, const struct op *op);
void lane_result(struct lane *lane, const struct op *op);

// The lane begins to wait for a lock, a semaphore or a condition: when that was, in ticks without
// pauses. Before it says what it waits for.
uint64_t lane_begin_wait(struct lane *lane);
// Adds a wait for a lock, a semaphore or a condition that began at since_ticks to its statistics.
// Returns when it ended, in ticks without pauses.
uint64_t lane_count_wait(struct lane *lane, uint32_t number, uint64_t since_ticks);

// with, acquire and release.
void lane_enter(struct lane *lane, const struct op *op);
void lane_leave(struct lane *lane, const struct op *op);
void lane_acquire(struct lane *lane, const struct op *op);
void lane_release(struct lane *lane, const struct op *op);
// What an error of the run leaves, as an exception would: every `with` that the lane is in.
void lane_unwind(struct lane *lane);

// The parts of these, for waiting at a condition. Take: false when the lane has failed, because it
// holds the lock already, or must end.
bool lane_owns(const struct lane *lane, uint32_t number);
bool lane_take_lock(struct lane *lane, const struct op *op, uint32_t number);
void lane_give_back(struct lane *lane, uint32_t number);
// What protects the lane's accesses now, after a lock was taken or given back.
void lane_refresh_flags(struct lane *lane);
// `always` over several cells, before the lane gives its last lock back.
void lane_judge_always(struct lane *lane);

#endif
