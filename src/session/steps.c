// A simulated run, step by step, as the keys and a schedule ask for it.
#include "session/sim.h"

#include "base/mem.h"
#include "lang/problem.h"
#include "model/schedule.h"

static bool is_simulated(const struct session *s, struct error *err)
{
    if (s->sim)
        return true;
    return error_set(err, "real lanes make no single steps; {simulate} simulates this scenario");
}

bool session_simulate(struct session *s, bool is_wanted, struct error *err)
{
    s->spec.is_simulated = is_wanted;
    if (session_begin_run(s, s->prog, err))
        return true;
    s->spec.is_simulated = s->sim != NULL;
    return false;
}

static bool refuse_step(const struct session *s, size_t lane, struct error *err)
{
    char why[160];
    if (s->is_ended)
        return error_set(err, "the run has ended; {back} goes back");
    if (s->is_deadlocked)
        return error_set(err, "a deadlock: no lane can step; {back} goes back");
    if (lane == SESSION_ANY_LANE)
        return error_set(err, "no lane can step");
    sim_why_not(s, lane, why, sizeof why);
    return error_set(err, "%s %s", s->lanes[lane].name, why);
}

bool session_step(struct session *s, size_t lane, struct error *err)
{
    if (!is_simulated(s, err))
        return false;
    s->is_paused = true;
    if (lane != SESSION_ANY_LANE && lane >= s->prog->n_lanes)
        return error_set(err, "there is no lane %zu", lane);
    return sim_step(s, (uint16_t)lane) || refuse_step(s, lane, err);
}

bool session_step_back(struct session *s, struct error *err)
{
    if (!is_simulated(s, err))
        return false;
    s->is_paused = true;
    if (s->sim->at == 0)
        return error_set(err, "this is the beginning");
    return sim_seek(s, s->sim->at - 1);
}

bool session_seek(struct session *s, size_t step, struct error *err)
{
    if (!is_simulated(s, err))
        return false;
    return sim_seek(s, step) || error_set(err, "only %zu steps are known", s->sim->n);
}

static uint32_t line_of(const struct session *s, size_t lane)
{
    uint32_t pc = s->lanes[lane].pc;
    return pc < s->prog->n_ops ? s->prog->ops[pc].line : 0;
}

bool session_next_line(struct session *s, struct error *err)
{
    enum { STEPS_MAX = 10000 };
    if (!is_simulated(s, err))
        return false;
    s->is_paused = true;
    uint16_t lane = sim_next(s);
    uint32_t line = lane == SIM_ANYBODY ? 0 : line_of(s, lane);
    int steps = 0;
    while (lane != SIM_ANYBODY && steps < STEPS_MAX && sim_step(s, lane)) {
        steps++;
        if (line_of(s, lane) != line)
            return true;
    }
    return steps > 0 || refuse_step(s, SESSION_ANY_LANE, err);
}

char *session_schedule(const struct session *s)
{
    struct session_view view = session_view(s);
    return schedule_text(s->prog, view.schedule, view.n_steps);
}

// Tried at once, so that a mistake in it is told before there is any screen.
bool session_load_schedule(struct session *s, const char *text, struct lang_problems *problems)
{
    struct error err;
    uint16_t *lanes = NULL;
    size_t n = 0;
    char why[160];
    bool is_right = schedule_parse(s->prog, text, &lanes, &n, &err);
    if (!is_right)
        problem_add(problems, (struct place){0}, "--%s", err.text);
    for (size_t i = 0; i < n && is_right; i++) {
        is_right = sim_step(s, lanes[i]);
        if (is_right)
            continue;
        sim_why_not(s, lanes[i], why, sizeof why);
        problem_add(problems, (struct place){0}, "--schedule: step %zu: %s %s", i + 1,
                    s->lanes[lanes[i]].name, why);
    }
    mem_free(lanes);
    return is_right && sim_seek(s, 0);
}
