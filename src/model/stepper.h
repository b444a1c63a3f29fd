#ifndef MODEL_STEPPER_H
#define MODEL_STEPPER_H

#include "prog/machine.h"
#include "sync/lock_kind.h"
#include "trace/event.h"

// The bare stepper: the same programs as the engine's, run in one thread, one step at a time, by
// whoever holds the schedule. Deterministic: program, options and the sequence of lanes that were
// told to step say everything that happens.
//
// A step is an op with is_step in prog/ops.def, with three exceptions: `with` takes no step while
// the lock is switched off, and a lock of a kind that takes no lock is never a step. Everything
// else (loops over a range, calls, main's starting and joining of lanes) happens together with the
// step before it. Time does not exist: sleep is one step, elapsed() is 0, and the time of an event
// is the number of the step that made it.
struct stepper;

struct stepper_options {
    const struct lock_kind *lock_kind; // NULL: the default
    uint64_t seed;                     // of random()
    bool lock_on;                      // the switch of the lock
};

// `prog` is borrowed and must outlive the stepper. Main has started what it starts at once, and
// every lane that has no step to make has ended.
struct stepper *stepper_new(const struct program *prog, const struct stepper_options *options);
void stepper_free(struct stepper *s); // accepts NULL
// A second one that stands where `s` does; what happened is left to `s`, as if forgotten.
struct stepper *stepper_copy(const struct stepper *s);
size_t stepper_bytes(const struct stepper *s); // that a copy takes, nearly

// Whether the lane could make a step now: it has begun, has not ended, and the lock that it is in
// front of may be taken by it; a semaphore, when it is positive. A lane that waits at a condition
// is enabled once it has been notified and the condition's lock may be taken by it.
bool stepper_is_enabled(const struct stepper *s, size_t lane);
// One step of a lane that is enabled.
void stepper_step(struct stepper *s, size_t lane);
// Every lane has ended.
bool stepper_is_over(const struct stepper *s);
// Not over, and no lane is enabled: a deadlock, a wait for a lane that ended with the lock, or for
// a post or a notify that will not come.
bool stepper_is_stuck(const struct stepper *s);

uint64_t stepper_steps(const struct stepper *s);            // made so far, by all lanes
int64_t stepper_cell(const struct stepper *s, size_t cell); // in private memory, main's
// The cell that the lane works on: its own copy where processes have some.
int64_t stepper_lane_cell(const struct stepper *s, size_t lane, size_t cell);
// What elapsed() is from now on; 0 until it is told.
void stepper_set_clock(struct stepper *s, uint64_t now_ns);

// Who holds a lock (LOCK_NOBODY), what a semaphore counts, and what came of an input of the pool:
// false while there is no result.
uint32_t stepper_holder(const struct stepper *s, size_t lock);
int64_t stepper_semaphore(const struct stepper *s, size_t lock);
bool stepper_item(const struct stepper *s, size_t item, int64_t *result);

// One lane as it stands between two steps.
struct stepper_lane {
    enum lane_state state;
    uint64_t steps;        // made so far
    const struct op *next; // its next step; NULL when it has ended, or waits in join
    uint32_t waits_for;    // lock, semaphore or condition when BLOCKED, lane when JOINING, else
                           // EVENT_NO_OBJECT
    enum machine_fault fault;
    uint32_t fault_line;
    bool has_loaded;   // inside an update: it has loaded and not yet stored
    int64_t loaded;    // the value
    uint64_t pause_ns; // its last step was a sleep or a computation of so long
    uint64_t retries;  // of updates that found the cell changed, lock kind `atomic`
};
struct stepper_lane stepper_lane(const struct stepper *s, size_t lane);

// What happened, in order, since the beginning or the last stepper_forget. Events are those that a
// session makes of an engine's run: every LOAD and STORE is one, as are START, FINISH and FAIL.
// Several may belong to one step. Borrowed, valid until the next step.
struct stepper_line {
    uint64_t step;
    uint16_t lane;
    char *text; // one line, as it was printed: not yet safe for a terminal
};
struct stepper_output {
    const struct event *events;
    size_t n_events;
    const struct update *updates; // of all lanes, in coherence order; in private memory main's
    size_t n_updates;
    const struct stepper_line *lines;
    size_t n_lines;
};
struct stepper_output stepper_output(const struct stepper *s);
void stepper_forget(struct stepper *s);

#endif
