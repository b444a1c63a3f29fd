// How many updates a run makes with the lock on and off.
#include "session/sim.h"

#define ENOUGH_NS (100 * (uint64_t)NS_PER_MS) // of a phase, before its rate is told

static uint64_t load64(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

// Begun, not at its end, and not stopped from outside.
static bool is_going(const struct session *s, size_t lane)
{
    const struct run_lane *shared = &s->run.lanes[lane];
    // Relaxed: one that has ended meanwhile is found by the next look, and what lies between does
    // not count then.
    return load64(&shared->start_ticks) && !load64(&shared->end_ticks) &&
           !session_is_dead(s, lane) &&
           !(atomic_load_explicit(&shared->n_stops, memory_order_relaxed) & 1);
}

static bool all_are_going(const struct session *s)
{
    for (size_t lane = 0; lane < s->run.n_lanes; lane++)
        if (!is_going(s, lane))
            return false;
    return true;
}

static enum lock_meter meter_of(const struct session *s)
{
    bool explores = session_orders_are_going(s);
    return !session_has_lock(s)                ? METER_NO_LOCK
           : s->prog->n_cells == 0             ? METER_NO_UPDATES
           : s->sim                            ? METER_MODELLED
           : s->prog->mode == MODE_SEQUENTIAL  ? METER_SEQUENTIAL
           : s->is_ended || s->is_host_gone    ? METER_ENDED
           : s->is_paused                      ? METER_PAUSED
           : s->pace_ns > 0                    ? METER_PACED
           : !s->is_settled                    ? METER_TURNING
           : explores                          ? METER_EXPLORES
           : s->is_arranging                   ? METER_ARRANGES
           : s->is_deadlocked                  ? METER_DEADLOCK
           : !s->is_ready || !all_are_going(s) ? METER_LANES
                                               : METER_COUNTS;
}

// The clock first, then the counts, the same each time: between two looks lies what was made.
static struct lock_look look(const struct session *s)
{
    struct lock_look now = {.t_ns = session_now_ns(s)};
    for (size_t lane = 0; lane < s->run.n_lanes; lane++) {
        now.updates += load64(&s->run.lanes[lane].updates);
        now.held_ns += session_ticks_span(s, load64(&s->run.lanes[lane].held_ticks));
    }
    return now;
}

void session_look_at_lock(struct session *s)
{
    struct lock_look before = s->lock_look;
    s->lock_look.is_open = false;
    if (s->sim || !s->is_ready || !session_has_lock(s))
        return;
    struct lock_look now = look(s);
    // Asked after the counts were read: a lane that is still there has been there all the while.
    now.is_open = meter_of(s) == METER_COUNTS;
    s->lock_look = now;
    if (!before.is_open || !now.is_open)
        return;
    struct session_lock_phase *phase = s->lock_word & 1 ? &s->lock_on : &s->lock_off;
    phase->span_ns += now.t_ns - before.t_ns;
    phase->updates += now.updates - before.updates;
    phase->held_ns += now.held_ns - before.held_ns;
}

void session_close_lock_look(struct session *s)
{
    session_look_at_lock(s);
    s->lock_look.is_open = false;
}

struct session_lock_cost session_lock_cost(const struct session *s)
{
    return (struct session_lock_cost){.meter = meter_of(s), .on = s->lock_on, .off = s->lock_off};
}

bool session_lock_rate(const struct session_lock_phase *phase, double *per_s)
{
    bool is_known = phase->span_ns >= ENOUGH_NS;
    *per_s = is_known ? (double)phase->updates * 1e9 / (double)phase->span_ns : 0;
    return is_known;
}
