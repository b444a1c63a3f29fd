// What the locks, semaphores and conditions of a simulated run have cost, from the model's events.
#include "session/sim.h"

static void begin_wait(struct sim_lane *lane, const struct event *event)
{
    lane->waits_for = event->object;
    lane->wait_ns = event->t_ns;
}

// What a lane does at the end of a sleep or a computation comes later than the step in which the
// model does it, so that a wait or a hold may end before it began: it took no time then.
static uint64_t span(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? to_ns - from_ns : 0;
}

// If it has waited for that; else it found it free.
static void end_wait(struct sim_lock *lock, struct sim_lane *lane, const struct event *event)
{
    if (lane->waits_for != event->object)
        return;
    uint64_t ns = span(lane->wait_ns, event->t_ns);
    lane->waits_for = EVENT_NO_OBJECT;
    lock->contended++;
    lock->waits[run_wait_bucket(ns)]++;
    lock->wait_max_ns = ns > lock->wait_max_ns ? ns : lock->wait_max_ns;
}

static void begin_hold(struct session *s, struct sim_lock *lock, const struct event *event)
{
    struct sim_lane *lane = &s->sim->lanes[event->lane];
    lock->since_ns = event->t_ns;
    // A wait at a condition is over once the lane has the lock again.
    if (lane->notified != EVENT_NO_OBJECT)
        s->sim->locks[lane->notified].acquisitions++;
    lane->notified = EVENT_NO_OBJECT;
}

static void end_hold(struct sim_lock *lock, const struct event *event)
{
    uint64_t ns = span(lock->since_ns, event->t_ns);
    lock->held_ns += ns;
    if (lock->hold_max_lane != EVENT_NO_OBJECT && ns <= lock->hold_max_ns)
        return;
    lock->hold_max_ns = ns;
    lock->hold_max_from_ns = lock->since_ns;
    lock->hold_max_lane = event->lane;
}

void sim_note_lock(struct session *s, const struct event *event)
{
    if (event->object >= s->prog->n_locks)
        return;
    struct sim_lock *lock = &s->sim->locks[event->object];
    struct sim_lane *lane = &s->sim->lanes[event->lane];
    switch (event->kind) {
    case EVENT_CONTEND:
    case EVENT_AWAIT:
        begin_wait(lane, event);
        break;
    case EVENT_ACQUIRE:
        lock->acquisitions++;
        end_wait(lock, lane, event);
        begin_hold(s, lock, event);
        break;
    case EVENT_TOOK:
        lock->acquisitions++;
        end_wait(lock, lane, event);
        break;
    case EVENT_NOTIFIED:
        end_wait(lock, lane, event);
        lane->notified = event->object;
        break;
    case EVENT_RELEASE:
        end_hold(lock, event);
        break;
    case EVENT_POST:
    case EVENT_NOTIFY:
        lock->posts++;
        break;
    default: // concerns no lock, though its object may be a number like one
        break;
    }
}

void sim_begin_locks(struct session *s)
{
    for (size_t i = 0; i < s->prog->n_locks; i++)
        s->sim->locks[i] = (struct sim_lock){.hold_max_lane = EVENT_NO_OBJECT};
}

static struct session_wait wait_of(const struct session *s, size_t lock)
{
    struct session_waits waits;
    session_waits(s, lock, &waits);
    return session_wait_of(&waits, s->sim->locks[lock].wait_max_ns);
}

struct session_lock sim_lock_view(const struct session *s, size_t lock)
{
    const struct sim_lock *own = &s->sim->locks[lock];
    uint32_t holder = stepper_holder(s->sim->stepper, lock);
    bool is_held = holder != LOCK_NOBODY;
    return (struct session_lock){
        .name = s->prog->locks[lock].name,
        .acquisitions = own->acquisitions,
        .contended = own->contended,
        .wait = wait_of(s, lock),
        .owner = is_held ? holder : EVENT_NO_OBJECT,
        .since_ns = is_held ? own->since_ns : UINT64_MAX,
        .held_ns = own->held_ns,
        .hold_max_ns = own->hold_max_ns,
        .hold_max_from_ns = own->hold_max_from_ns,
        .hold_max_lane = own->hold_max_lane,
    };
}

struct session_semaphore sim_semaphore_view(const struct session *s, size_t lock)
{
    return (struct session_semaphore){
        .name = s->prog->locks[lock].name,
        .initial = s->prog->locks[lock].initial,
        .value = stepper_semaphore(s->sim->stepper, lock),
        .waits = s->sim->locks[lock].acquisitions,
        .contended = s->sim->locks[lock].contended,
        .posts = s->sim->locks[lock].posts,
        .wait = wait_of(s, lock),
    };
}

struct session_condition sim_condition_view(const struct session *s, size_t lock)
{
    const struct lock_decl *decl = &s->prog->locks[lock];
    return (struct session_condition){
        .name = decl->name,
        .lock = s->prog->locks[decl->lock].name,
        .waits = s->sim->locks[lock].acquisitions,
        .notifies = s->sim->locks[lock].posts,
        .wait = wait_of(s, lock),
    };
}
