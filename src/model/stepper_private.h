#ifndef MODEL_STEPPER_PRIVATE_H
#define MODEL_STEPPER_PRIVATE_H

#include "model/stepper.h"

// The stepper's state; private to its files. What a lane is made of mirrors the engine's lane,
// because both must say the same of the same ops.

enum { STEP_WITH_MAX = 32, STEP_PENDING_MAX = MACHINE_DEPTH_MAX + 2 };

enum step_how { STEP_OFF, STEP_HELD, STEP_LOCK_FREE };

struct step_with {
    uint32_t lock;
    enum step_how how;
};

// An update that has loaded and not yet stored.
struct step_pending {
    uint64_t id; // of the write that the load read
    int64_t value;
    uint64_t step;
    uint32_t cell;
    uint32_t depth; // of the machine's calls
};

struct step_lane {
    struct machine machine;
    const struct op *next; // fetched and not done; NULL: bookkeeping is going on
    enum lane_state state;
    uint16_t index;
    uint8_t with_flags; // ACCESS_... of accesses made now
    bool is_started;
    bool is_ended;
    bool is_waiting; // at a condition, and not notified yet
    bool is_again;   // it does a statement again, whose compare-and-swap had failed
    uint32_t waits_for;
    uint32_t await_turn; // of the condition, when the lane began to wait at it
    uint32_t n_with;
    uint32_t n_held; // locks
    uint32_t n_pending;
    uint64_t arrived; // when it came to its next op: order among those that wait for a lock
    uint64_t steps;
    uint64_t retries;
    uint64_t pause_ns; // of the last step
    struct random dice;
    struct step_with with[STEP_WITH_MAX];
    struct step_pending pending[STEP_PENDING_MAX];
};

struct step_cell {
    uint64_t id; // of its last write
    int64_t value;
};

// A lock, a semaphore or a condition.
struct step_lock {
    uint32_t holder; // LOCK_NOBODY when free
    uint32_t turn;   // acquisitions so far; takes and posts, or waits and notifies
    uint32_t n_waiting;
    int64_t count; // of a semaphore
};

// Of one input of the pool.
struct step_result {
    int64_t value;
    bool is_there;
};

struct stepper {
    const struct program *prog;
    const struct lock_kind *kind;
    bool lock_on;
    uint64_t steps;
    uint64_t clock_ns; // what elapsed() is
    uint64_t arrivals;
    uint64_t n_lines; // printed so far, all lanes
    size_t n_ended;
    struct step_lane *lanes;
    struct step_cell *cells; // main's; in private memory those of each other lane follow
    bool is_private;
    uint64_t *write_seq; // [lane * n_cells + cell]: writes made so far
    struct step_lock *locks;
    uint16_t *waiting; // [lock * n_lanes ...]: who waits, longest first
    uint32_t n_taken;  // inputs of the pool that workers have begun
    struct step_result *results;

    struct event *events;
    size_t n_events, cap_events;
    struct update *updates;
    size_t n_updates, cap_updates;
    struct stepper_line *lines;
    size_t n_kept_lines, cap_lines;
};

// The cells that a lane works on.
static inline struct step_cell *step_cells(const struct stepper *s, const struct step_lane *lane)
{
    return &s->cells[s->is_private ? lane->index * s->prog->n_cells : 0];
}

// --- stepper_memory.c: LOAD, STORE and the ATOMIC ops
void step_load(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_store(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_atomic(struct stepper *s, struct step_lane *lane, const struct op *op);
// For machine_judge; the context is step_cells of the lane that judges.
int64_t step_read_cell(const void *cells, size_t cell);

// --- stepper_pool.c: the queue of inputs and what becomes of them
void step_take(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_give(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_result(struct stepper *s, struct step_lane *lane, const struct op *op);

// --- stepper_condition.c: wait and notify of conditions
void step_await(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_retake(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_notify(struct stepper *s, struct step_lane *lane, const struct op *op);

// --- stepper_sync.c: with, acquire and release, wait and post of semaphores
void step_enter(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_leave(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_acquire(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_release(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_wait(struct stepper *s, struct step_lane *lane, const struct op *op);
void step_post(struct stepper *s, struct step_lane *lane, const struct op *op);
// Whether the op takes a lock, or one from a semaphore, here and now; then *lock is its number.
bool step_takes(const struct stepper *s, const struct op *op, size_t *lock);
// Whether the op gives a lock back here and now.
bool step_gives(const struct stepper *s, const struct step_lane *lane, const struct op *op);
// The lane has come to its next op: it waits if that takes a lock that is held, or one from a
// semaphore that has none.
void step_arrive(struct stepper *s, struct step_lane *lane);
bool step_may_take(const struct stepper *s, const struct step_lane *lane, size_t lock);
// What an error of the run leaves: every `with` that the lane is in gives its lock back.
void step_unwind(struct stepper *s, struct step_lane *lane);
// The lock is taken: false, and the lane has failed, when it holds it already.
bool step_take_lock(struct stepper *s, struct step_lane *lane, const struct op *op, size_t lock);
void step_give_back(struct stepper *s, struct step_lane *lane, size_t lock);
// What protects the lane's accesses now, after a lock was taken or given back.
void step_refresh_flags(struct step_lane *lane);
// `always` over several cells, before the lane gives its last lock back.
void step_judge_always(struct stepper *s, const struct step_lane *lane);
// The lane begins to wait for a lock or a semaphore.
void step_wait_for(struct stepper *s, struct step_lane *lane, size_t lock);
// Takes it out of those that wait.
void step_leave_queue(struct stepper *s, const struct step_lane *lane, size_t lock);

// --- stepper.c
void step_report(struct stepper *s, const struct step_lane *lane, enum event_kind kind,
                 uint32_t object, int64_t value, uint32_t turn);

#endif
