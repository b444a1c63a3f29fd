// The run's clock: nanoseconds since it began, in which pauses take no time.
#include "session/saved.h"
#include "session/sim.h"

void session_set_clock(struct session *s, uint64_t now_ns)
{
    // Whoever changes the clock changes where it stands.
    if (!s->has_clock && s->sim)
        s->sim->played_ns = now_ns;
    s->has_clock = true;
    s->clock_ns = now_ns;
}

uint64_t session_clock_ns(const struct session *s)
{
    return s->has_clock ? s->clock_ns : clock_now_ns();
}

uint64_t session_without_pauses(const struct session *s, uint64_t raw_ns)
{
    uint64_t t_ns = raw_ns;
    for (size_t i = s->n_pauses; i-- > 0;) {
        const struct pause_span *pause = &s->pauses[i];
        if (raw_ns >= pause->to_ns)
            t_ns -= pause->to_ns - pause->from_ns;
        else if (raw_ns > pause->from_ns)
            t_ns -= raw_ns - pause->from_ns;
    }
    if (s->is_paused && raw_ns > s->paused_at_ns)
        t_ns -= raw_ns - s->paused_at_ns;
    return t_ns;
}

uint64_t session_now_ns(const struct session *s)
{
    if (s->sim)
        return s->sim->now_ns;
    if (s->saved)
        return s->saved->now_ns;
    if (!s->is_ready)
        return 0;
    if (s->is_ended)
        return s->end_ns;
    return session_ticks_ns(s, clock_ticks(s->run.header->host.scale.is_tsc));
}
