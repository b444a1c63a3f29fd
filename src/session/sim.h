#ifndef SESSION_SIM_H
#define SESSION_SIM_H

#include "model/stepper.h"
#include "session/private.h"

// A run of the model instead of real lanes: one step at a time, forward and back, on a virtual
// clock. Private to the session.
//
// Every step takes SIM_STEP_NS; a sleep or a computation takes what it says, beside the others'
// steps; while nobody can step the clock jumps to when somebody wakes. Who makes step k is what the
// schedule says, or, beyond its end, drawn from the seed and k. So seed and schedule say everything
// that happens, and going back is beginning again, or at a state that was kept on the way, and
// stopping earlier.

#define SIM_STEP_NS (100 * (uint64_t)NS_PER_MS)

struct sim_lane {
    uint64_t start_ns, end_ns; // UINT64_MAX: not yet
    uint64_t awake_ns;         // it does nothing before
    uint64_t asleep_ns;        // since when
    uint64_t load_ns;          // of the load of the update that it is in
    uint64_t updates;
    uint64_t wait_ns;   // since when it waits for a lock, a semaphore or a condition
    uint32_t waits_for; // the one it waits for, EVENT_NO_OBJECT
    uint32_t notified;  // at which condition, until it has the lock again; EVENT_NO_OBJECT
    uint32_t item;      // of the pool
    bool is_asleep;     // until awake_ns, else it computes
};

// As struct run_lock has it of real lanes, on the virtual clock.
struct sim_lock {
    uint64_t acquisitions, contended, posts;
    uint64_t wait_max_ns;
    uint64_t since_ns, held_ns; // of holds
    uint64_t hold_max_ns, hold_max_from_ns;
    uint32_t hold_max_lane; // EVENT_NO_OBJECT: no hold is over
    uint64_t waits[RUN_WAIT_BUCKETS];
};

struct sim {
    struct stepper *stepper;
    uint16_t *schedule;     // lanes
    size_t n, cap;          // steps that are known: those made, and those taken back
    size_t at;              // steps made
    size_t n_chosen;        // steps up to the last whose lane was chosen: by hand, or by a schedule
    struct sim_past *pasts; // states to go back to, the oldest first
    size_t n_pasts, cap_pasts;
    bool is_past_full; // no more are kept
    uint16_t *wish;    // all of those, where the lock lets only some of them be made
    size_t n_wish;
    uint64_t now_ns;
    uint64_t credit_ns; // virtual time that has been waited for and not used yet
    uint64_t played_ns; // on the real clock: credit was given last
    struct sim_lane *lanes;
    struct sim_lock *locks;
    uint32_t *item_lanes; // per input of the pool, who took it
};

struct sim *sim_new(const struct program *prog);
void sim_free(struct sim *sim); // accepts NULL

// To the beginning, with an empty past: ledger, timeline, output and claims of the session are new.
void sim_begin(struct session *s);
// One step of `lane`, or of whoever is next (SIM_ANYBODY); a choice of its own makes the rest of
// the schedule history. False: that lane cannot step, or nobody can.
enum { SIM_ANYBODY = UINT16_MAX };
bool sim_step(struct session *s, uint16_t lane);
// The run as s->spec says now, from its beginning, with the chosen part of the schedule as far as
// the lanes can step by it; says in s->kept_schedule how far.
bool sim_begin_kept(struct session *s, struct error *err);
bool sim_seek(struct session *s, size_t step); // to after so many steps of the known schedule
// Who makes the next step, SIM_ANYBODY when nobody can.
uint16_t sim_next(const struct session *s);
bool sim_pump(struct session *s);

// --- sim_locks.c
void sim_note_lock(struct session *s, const struct event *event);
void sim_begin_locks(struct session *s);
struct session_lock sim_lock_view(const struct session *s, size_t lock);
struct session_semaphore sim_semaphore_view(const struct session *s, size_t lock);
struct session_condition sim_condition_view(const struct session *s, size_t lock);

// --- sim_past.c: states on the way, so that going back is not beginning again
void sim_past_note(struct session *s); // after each step: keeps the state now and then
// To the newest that is kept of those up to `step`; false when there is none.
bool sim_past_restore(struct session *s, size_t step);
void sim_past_forget(struct sim *sim, size_t step); // those after `step`: it is another schedule

// --- sim_view.c: what the session says of it
void sim_refresh_lanes(struct session *s);
// What the view says of a simulated run.
void sim_view(const struct session *s, struct session_view *view);
bool sim_is_over(const struct session *s);
void sim_tell_stuck(struct session *s); // who waits for whom, into s->deadlock
struct session_item sim_item_view(const struct session *s, size_t item);
// Why the lane cannot step now, as a clause.
void sim_why_not(const struct session *s, size_t lane, char *out, size_t size);

#endif
