// What the keys ask of a running session: controls in the run's memory, and a word to the lanes.
#include "session/sim.h"

#include "base/mem.h"

static const uint64_t paces_ns[] = {
    0,        1000000,   2000000,   5000000,   10000000,   20000000,
    50000000, 120000000, 250000000, 500000000, 1000000000,
};

bool session_has_lock(const struct session *s)
{
    for (size_t i = 0; i < s->prog->n_locks; i++)
        if (s->prog->locks[i].type == LOCK_MUTEX)
            return true;
    return false;
}

void session_pause(struct session *s, bool paused)
{
    if (s->sim) {
        s->is_paused = paused;
        s->sim->played_ns = session_clock_ns(s);
        return;
    }
    s->wants_pause = paused;
    if (paused == s->is_paused || s->is_ended || !s->is_ready)
        return;
    session_close_lock_look(s);
    struct run_header *h = s->run.header;
    uint64_t ticks = clock_ticks(h->host.scale.is_tsc);
    uint64_t ns = clock_to_ns(&h->host.scale, ticks) - s->began_ns;
    if (paused) {
        s->paused_at_ns = ns;
        s->paused_at_ticks = ticks;
    } else {
        s->pauses = mem_room(s->pauses, &s->cap_pauses, s->n_pauses + 1, sizeof *s->pauses);
        s->pauses[s->n_pauses++] = (struct pause_span){.from_ns = s->paused_at_ns, .to_ns = ns};
        atomic_fetch_add_explicit(&h->control.paused_ticks, ticks - s->paused_at_ticks,
                                  memory_order_relaxed);
    }
    s->is_paused = paused;
    // Pairs with the acquire at a lane's gate: it sees how long the pause was.
    atomic_store_explicit(&h->control.is_paused, paused, memory_order_release);
    run_tell(&s->run, RUN_WAKE);
}

void session_lock_toggle(struct session *s)
{
    if (s->sim && session_has_lock(s)) {
        // The model's lanes cannot acknowledge: the other run begins instead.
        s->spec.lock_on = !s->spec.lock_on;
        session_forget_orders(s);
        struct error err;
        sim_begin_kept(s, &err);
        return;
    }
    if (s->is_ended || !session_has_lock(s))
        return;
    session_close_lock_look(s);
    s->lock_word = (((s->lock_word >> 1) + 1) << 1) | !(s->lock_word & 1);
    s->is_settled = false;
    s->spec.lock_on = s->lock_word & 1;
    session_forget_orders(s);
    for (size_t i = 0; i < s->prog->n_lanes; i++)
        s->lanes[i].has_acknowledged = false;
    atomic_store_explicit(&s->run.header->control.lock_word, s->lock_word, memory_order_seq_cst);
    run_tell(&s->run, RUN_WAKE);
}

const char *session_kept_schedule(const struct session *s)
{
    return s->sim ? s->kept_schedule : "";
}

void session_set_pace(struct session *s, uint64_t pace_ns)
{
    session_close_lock_look(s);
    s->pace_ns = s->spec.pace_ns = pace_ns;
    if (!s->run.header)
        return;
    atomic_store_explicit(&s->run.header->control.pace_ns, pace_ns, memory_order_relaxed);
    run_tell(&s->run, RUN_WAKE);
}

void session_pace_slower(struct session *s)
{
    for (size_t i = 0; i < ARRAY_LEN(paces_ns); i++)
        if (paces_ns[i] > s->pace_ns) {
            session_set_pace(s, paces_ns[i]);
            return;
        }
}

void session_pace_faster(struct session *s)
{
    for (size_t i = ARRAY_LEN(paces_ns); i-- > 0;)
        if (paces_ns[i] < s->pace_ns) {
            session_set_pace(s, paces_ns[i]);
            return;
        }
}

void session_pace_native(struct session *s)
{
    session_set_pace(s, 0);
}

bool session_arrange(struct session *s)
{
    uint32_t none = RUN_ARRANGE_NONE;
    bool is_locked = session_has_lock(s) && (s->lock_word & 1);
    // Under the GIL the lane that waits for the other's store would keep it from running.
    if (s->sim || s->is_private || s->prog->mode == MODE_SEQUENTIAL)
        return false;
    bool has_gil = s->prog->gil != GIL_OFF && s->prog->mode == MODE_THREADS;
    if (s->is_ended || session_is_bare(s) || is_locked || has_gil)
        return false;
    session_close_lock_look(s);
    // Fails when one is wanted or under way already, which is as good.
    atomic_compare_exchange_strong_explicit(&s->run.header->control.arrange, &none,
                                            RUN_ARRANGE_WANTED, memory_order_relaxed,
                                            memory_order_relaxed);
    return true;
}

bool session_kill_lane(struct session *s, size_t lane)
{
    if (s->sim || s->is_ended || lane == 0 || lane >= s->run.n_lanes || s->feeds[lane].is_ended)
        return false;
    return run_kill_lane(&s->run, lane);
}
