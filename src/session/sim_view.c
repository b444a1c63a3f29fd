// What a session says of a simulated run.
#include "session/sim.h"

#include "base/text.h"

#include <string.h>

// Asleep or computing, so that it makes no step before it has done with that.
static bool is_away(const struct session *s, size_t lane)
{
    return s->sim->lanes[lane].awake_ns > s->sim->now_ns;
}

static enum lane_state state_of(const struct session *s, size_t lane, enum lane_state state)
{
    const struct sim_lane *own = &s->sim->lanes[lane];
    if (is_away(s, lane) && own->end_ns > s->sim->now_ns)
        return own->is_asleep ? LANE_SLEEPING : state == LANE_HOLDING ? state : LANE_RUNNING;
    if (lane == 0 && own->end_ns == UINT64_MAX && state == LANE_RUNNING)
        for (size_t i = 1; i < s->prog->n_lanes; i++)
            if (s->sim->lanes[i].end_ns != UINT64_MAX && s->sim->lanes[i].end_ns > s->sim->now_ns)
                return LANE_JOINING;
    return state;
}

static void refresh_lane(struct session *s, size_t lane)
{
    struct session_lane *view = &s->lanes[lane];
    const struct sim_lane *own = &s->sim->lanes[lane];
    struct stepper_lane model = stepper_lane(s->sim->stepper, lane);
    view->is_started = own->start_ns != UINT64_MAX;
    view->start_ns = view->is_started ? own->start_ns : 0;
    view->end_ns = own->end_ns <= s->sim->now_ns ? own->end_ns : UINT64_MAX;
    view->state = view->is_started ? state_of(s, lane, model.state) : LANE_NEW;
    view->pc = model.next ? (uint32_t)(model.next - s->prog->ops) : (uint32_t)s->prog->n_ops;
    view->has_loaded = model.has_loaded;
    view->loaded = model.loaded;
    view->waits_for = model.waits_for;
    view->owner = EVENT_NO_OBJECT;
    if (model.state == LANE_BLOCKED && model.waits_for < s->prog->n_locks &&
        s->prog->locks[model.waits_for].type == LOCK_MUTEX)
        view->owner = stepper_holder(s->sim->stepper, model.waits_for);
    bool is_waiting = view->state == LANE_BLOCKED && own->waits_for != EVENT_NO_OBJECT;
    view->waits_since_ns = is_waiting ? own->wait_ns : UINT64_MAX;
    view->sleep_from_ns = own->asleep_ns;
    view->sleep_until_ns = own->awake_ns;
    view->has_acknowledged = true;
    view->updates = own->updates;
    view->item = own->item;
    if (model.fault != FAULT_NONE && !view->failure[0]) {
        text_format(view->failure, sizeof view->failure, "%s in line %u",
                    machine_fault_text(model.fault), model.fault_line);
        s->has_failed = true;
    }
}

void sim_refresh_lanes(struct session *s)
{
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++)
        refresh_lane(s, lane);
}

void sim_view(const struct session *s, struct session_view *view)
{
    view->schedule = s->sim->schedule;
    view->n_steps = s->sim->at;
    view->n_known_steps = s->sim->n;
    view->step_ns = SIM_STEP_NS;
}

bool sim_is_over(const struct session *s)
{
    return stepper_is_over(s->sim->stepper);
}

void sim_why_not(const struct session *s, size_t lane, char *out, size_t size)
{
    const struct session_lane *view = &s->lanes[lane];
    if (!view->is_started)
        text_format(out, size, "has not started");
    else if (s->sim->lanes[lane].end_ns != UINT64_MAX)
        text_format(out, size, "has ended");
    else if (view->state == LANE_JOINING)
        text_format(out, size, "waits for a lane to end");
    else if (view->state == LANE_BLOCKED && view->owner < s->prog->n_lanes)
        text_format(out, size, "waits for %s, held by %s", s->prog->locks[view->waits_for].name,
                    s->lanes[view->owner].name);
    else if (view->state == LANE_BLOCKED && view->waits_for < s->prog->n_locks)
        text_format(out, size, "waits for %s", s->prog->locks[view->waits_for].name);
    else
        text_format(out, size, "cannot step now");
}

void sim_tell_stuck(struct session *s)
{
    size_t size = sizeof s->deadlock;
    size_t n = text_format(s->deadlock, size, "deadlock: ");
    const char *separator = "";
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++) {
        char why[160];
        if (s->lanes[lane].state != LANE_BLOCKED)
            continue;
        sim_why_not(s, lane, why, sizeof why);
        n += text_format(s->deadlock + n, size - n, "%s%s %s", separator, s->lanes[lane].name, why);
        separator = "; ";
    }
    session_tell_later(s, s->deadlock + n, size - n);
}

struct session_item sim_item_view(const struct session *s, size_t item)
{
    uint32_t lane = s->sim->item_lanes[item];
    struct session_item view = {.lane = lane ? lane : EVENT_NO_OBJECT};
    view.is_done = stepper_item(s->sim->stepper, item, &view.result);
    return view;
}
