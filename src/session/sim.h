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
// that happens, and going back is beginning again and stopping earlier.

#define SIM_STEP_NS (100 * (uint64_t)NS_PER_MS)

struct sim_lane {
    uint64_t start_ns, end_ns; // UINT64_MAX: not yet
    uint64_t awake_ns;         // it does nothing before
    uint64_t asleep_ns;        // since when
    uint64_t load_ns;          // of the load of the update that it is in
    uint64_t updates;
    uint32_t item;     // of the pool
    uint32_t notified; // at that condition, its lock not taken again yet; or EVENT_NO_OBJECT
    bool is_asleep;    // until awake_ns, else it computes
};

// A lock, a semaphore or a condition, whose acquisitions are the waits that are over.
struct sim_lock {
    uint64_t acquisitions, contended, posts;
};

struct sim {
    struct stepper *stepper;
    uint16_t *schedule; // lanes
    size_t n, cap;      // steps that are known: those made, and those taken back
    size_t at;          // steps made
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
bool sim_seek(struct session *s, size_t step); // to after so many steps of the known schedule
// Who makes the next step, SIM_ANYBODY when nobody can.
uint16_t sim_next(const struct session *s);
bool sim_pump(struct session *s);

// --- sim_view.c: what the session says of it
void sim_refresh_lanes(struct session *s);
// What the view says of a simulated run.
void sim_view(const struct session *s, struct session_view *view);
bool sim_is_over(const struct session *s);
void sim_tell_stuck(struct session *s); // who waits for whom, into s->deadlock
struct session_lock sim_lock_view(const struct session *s, size_t lock);
struct session_semaphore sim_semaphore_view(const struct session *s, size_t lock);
struct session_condition sim_condition_view(const struct session *s, size_t lock);
struct session_item sim_item_view(const struct session *s, size_t item);
// Why the lane cannot step now, as a clause.
void sim_why_not(const struct session *s, size_t lane, char *out, size_t size);

#endif
