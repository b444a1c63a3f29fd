#include "session/sim.h"

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

#include <string.h>

enum {
    PUMP_BUDGET_NS = 6 * NS_PER_MS, // of one pump at native speed
    PUMP_STEPS = 64,                // between two looks at the clock
    STEPS_PER_MS = 250,             // at native speed, on a clock that is not the machine's
    STEPS_MAX = 16384,              // of those, in one pump
    SCHEDULER_STREAM = 1 << 20,     // of random numbers, beyond those of the lanes
};

struct sim *sim_new(const struct program *prog)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    sim->lanes = mem_array(prog->n_lanes, sizeof *sim->lanes);
    sim->locks = mem_array(prog->n_locks, sizeof *sim->locks);
    sim->item_lanes = mem_array(prog->pool.n_items, sizeof *sim->item_lanes);
    return sim;
}

void sim_free(struct sim *sim)
{
    if (!sim)
        return;
    sim_past_forget(sim, 0);
    mem_free(sim->pasts);
    stepper_free(sim->stepper);
    mem_free(sim->schedule);
    mem_free(sim->wish);
    mem_free(sim->lanes);
    mem_free(sim->locks);
    mem_free(sim->item_lanes);
    mem_free(sim);
}

static void note_lane(struct session *s, const struct event *event)
{
    struct sim_lane *lane = &s->sim->lanes[event->lane];
    switch (event->kind) {
    case EVENT_START:
        lane->start_ns = event->t_ns;
        break;
    case EVENT_FINISH:
    case EVENT_FAIL:
        lane->end_ns = event->t_ns;
        break;
    case EVENT_LOAD:
        lane->load_ns = event->t_ns;
        break;
    case EVENT_STORE:
        lane->updates += (event->flags & ACCESS_UPDATE) != 0;
        if (session_has_copies(s, event->lane))
            s->copies[event->lane * s->prog->n_cells + event->object] = event->value;
        break;
    case EVENT_TAKE:
        lane->item = event->object;
        s->sim->item_lanes[event->object] = event->lane;
        break;
    case EVENT_GIVE:
        lane->item = EVENT_NO_OBJECT;
        break;
    default: // concerns no lane's own state
        break;
    }
}

// A claim that the ledger's merging judges itself is not told twice.
static bool is_judged_elsewhere(const struct session *s, const struct event *event)
{
    return event->kind == EVENT_BROKEN && s->prog->always[event->object].cell >= 0 &&
           !session_has_copies(s, event->lane);
}

static void show_event(struct session *s, struct event event)
{
    struct feed *feed = &s->feeds[event.lane];
    if (event.t_ns < feed->last_ns)
        event.t_ns = feed->last_ns;
    feed->last_ns = event.t_ns;
    s->events++;
    note_lane(s, &event);
    sim_note_lock(s, &event);
    if (is_judged_elsewhere(s, &event))
        return;
    if (event.kind == EVENT_BROKEN)
        session_broken(s, event.object, event.t_ns, event.lane);
    if (s->timeline)
        timeline_append(s->timeline, &event);
}

// What a lane did in a step it did at once; what comes after a sleep or a computation in it comes
// later, and so does main's waking from its join.
static void show_events(struct session *s, const struct stepper_output *out, uint64_t pause_ns)
{
    uint64_t now_ns = s->sim->now_ns;
    bool is_sleeping = out->n_events > 0 && out->events[0].kind == EVENT_SLEEP;
    bool is_later = pause_ns > 0 && !is_sleeping; // a computation leaves no event of its own
    for (size_t i = 0; i < out->n_events; i++) {
        struct event event = out->events[i];
        event.t_ns = is_later ? now_ns + pause_ns : now_ns;
        bool is_sleep = event.kind == EVENT_SLEEP;
        if (is_sleep) {
            s->sim->lanes[event.lane].asleep_ns = now_ns;
            s->sim->lanes[event.lane].is_asleep = true;
        }
        is_later |= is_sleep;
        show_event(s, event);
    }
}

static void take_updates(struct session *s, const struct stepper_output *out)
{
    for (size_t i = 0; i < out->n_updates; i++) {
        struct update update = out->updates[i];
        uint16_t lane = write_lane(update.id);
        uint64_t age_ns = s->sim->now_ns - s->sim->lanes[lane].load_ns;
        update.t_ns = s->sim->now_ns;
        update.load_age_ns = age_ns < UINT32_MAX ? (uint32_t)age_ns : UINT32_MAX;
        ledger_push(s->ledger, lane, &update, 1);
    }
    if (out->n_updates)
        session_merge(s);
}

static void take_lines(struct session *s, const struct stepper_output *out)
{
    for (size_t i = 0; i < out->n_lines; i++) {
        const struct stepper_line *line = &out->lines[i];
        size_t len = strlen(line->text);
        char *safe = mem_alloc(3 * len + 4);
        text_safe(safe, 3 * len + 4, line->text, len);
        session_add_line(
            s, (struct session_output){.text = safe, .t_ns = s->sim->now_ns, .lane = line->lane});
    }
}

// Of a lane outside every update nothing old can be built on any more.
static void settle_ledger(struct session *s)
{
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++)
        if (!stepper_lane(s->sim->stepper, lane).has_loaded)
            ledger_quiet(s->ledger, lane, ledger_merged(s->ledger));
    ledger_collect(s->ledger);
}

static void take_in(struct session *s, uint64_t pause_ns)
{
    struct stepper_output out = stepper_output(s->sim->stepper);
    show_events(s, &out, pause_ns);
    take_updates(s, &out);
    take_lines(s, &out);
    settle_ledger(s);
    stepper_forget(s->sim->stepper);
}

static bool can_step(const struct session *s, size_t lane)
{
    return stepper_is_enabled(s->sim->stepper, lane);
}

// When the lane could step at the earliest: not while it sleeps; and main not before the last of
// those that it has joined has really ended.
static uint64_t awake_ns(const struct session *s, size_t lane)
{
    uint64_t awake = s->sim->lanes[lane].awake_ns;
    for (size_t i = 1; lane == 0 && i < s->prog->n_lanes; i++)
        if (s->sim->lanes[i].end_ns != UINT64_MAX && s->sim->lanes[i].end_ns > awake)
            awake = s->sim->lanes[i].end_ns;
    return awake;
}

// From when on the next step can be made, by anybody; UINT64_MAX: never.
static uint64_t ready_ns(const struct session *s)
{
    uint64_t ready = UINT64_MAX;
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++) {
        if (!can_step(s, lane))
            continue;
        uint64_t awake = awake_ns(s, lane);
        ready = awake < ready ? awake : ready;
    }
    return ready != UINT64_MAX && ready < s->sim->now_ns ? s->sim->now_ns : ready;
}

uint16_t sim_next(const struct session *s)
{
    const struct sim *sim = s->sim;
    if (sim->at < sim->n)
        return sim->schedule[sim->at];
    uint64_t ready = ready_ns(s);
    uint64_t n = 0;
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++)
        n += can_step(s, lane) && awake_ns(s, lane) <= ready;
    if (n == 0)
        return SIM_ANYBODY;
    struct random dice = random_stream(s->spec.seed, SCHEDULER_STREAM + sim->at);
    uint64_t chosen = random_below(&dice, n);
    size_t lane = 0;
    while (!can_step(s, lane) || awake_ns(s, lane) > ready || chosen-- > 0)
        lane++;
    return (uint16_t)lane;
}

static void make_step(struct session *s, uint16_t lane)
{
    struct sim *sim = s->sim;
    uint64_t awake = awake_ns(s, lane);
    sim->now_ns = awake > sim->now_ns ? awake : sim->now_ns;
    sim->lanes[lane].is_asleep = false;
    stepper_set_clock(sim->stepper, sim->now_ns);
    stepper_step(sim->stepper, lane);
    uint64_t pause_ns = stepper_lane(sim->stepper, lane).pause_ns;
    sim->lanes[lane].awake_ns = sim->now_ns + pause_ns;
    take_in(s, pause_ns);
    sim->now_ns += SIM_STEP_NS;
    sim->at++;
    s->is_deadlocked = stepper_is_stuck(sim->stepper);
    sim_past_note(s);
}

static void end_run(struct session *s)
{
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++) {
        uint64_t end_ns = s->sim->lanes[lane].end_ns;
        if (end_ns != UINT64_MAX && end_ns > s->sim->now_ns)
            s->sim->now_ns = end_ns;
        ledger_ended(s->ledger, lane);
    }
    ledger_collect(s->ledger);
    s->end_ns = s->sim->now_ns;
    s->is_ended = true;
    s->overlap_ns = session_overlap_ns(s);
    session_judge_end(s);
}

static void after_step(struct session *s)
{
    sim_refresh_lanes(s);
    if (s->is_deadlocked)
        sim_tell_stuck(s);
    if (sim_is_over(s) && !s->is_ended)
        end_run(s);
    sim_refresh_lanes(s);
    if (s->timeline)
        timeline_advance(s->timeline, s->sim->now_ns);
}

// The step that comes next is chosen.
static void choose(struct sim *sim)
{
    if (sim->n_chosen <= sim->at)
        sim->n_chosen = sim->at + 1;
    mem_free(sim->wish);
    sim->wish = NULL;
    sim->n_wish = 0;
}

bool sim_step(struct session *s, uint16_t lane)
{
    struct sim *sim = s->sim;
    uint16_t next = sim_next(s);
    if (s->is_ended || next == SIM_ANYBODY)
        return false;
    bool is_chosen = lane != SIM_ANYBODY;
    if (!is_chosen)
        lane = next;
    if (!can_step(s, lane))
        return false;
    if (lane != next || sim->at == sim->n) {
        sim->schedule = mem_room(sim->schedule, &sim->cap, sim->at + 1, sizeof *sim->schedule);
        sim->schedule[sim->at] = lane;
        sim->n = sim->at + 1;
        sim_past_forget(sim, sim->at);
        if (sim->n_chosen > sim->at)
            sim->n_chosen = sim->at;
    }
    if (is_chosen)
        choose(sim);
    make_step(s, lane);
    after_step(s);
    return true;
}

void sim_begin(struct session *s)
{
    struct sim *sim = s->sim;
    const struct program *prog = s->prog;
    const struct stepper_options options = {.lock_kind = lock_kinds[s->spec.lock_kind],
                                            .seed = s->spec.seed,
                                            .lock_on = s->spec.lock_on};
    stepper_free(sim->stepper);
    sim->at = 0;
    sim->now_ns = sim->credit_ns = 0;
    for (size_t lane = 0; lane < prog->n_lanes; lane++)
        sim->lanes[lane] = (struct sim_lane){
            .start_ns = UINT64_MAX,
            .end_ns = UINT64_MAX,
            .item = EVENT_NO_OBJECT,
            .waits_for = EVENT_NO_OBJECT,
            .notified = EVENT_NO_OBJECT,
        };
    sim_begin_locks(s);
    memset(sim->item_lanes, 0, prog->pool.n_items * sizeof *sim->item_lanes);
    sim->stepper = stepper_new(prog, &options);
    take_in(s, 0);
    s->is_deadlocked = stepper_is_stuck(sim->stepper);
    after_step(s);
}

bool sim_seek(struct session *s, size_t step)
{
    struct sim *sim = s->sim;
    if (step > sim->n)
        return false;
    if (step < sim->at && !sim_past_restore(s, step))
        session_begin_again(s);
    while (sim->at < step)
        make_step(s, sim->schedule[sim->at]);
    after_step(s);
    return true;
}

// The chosen steps, owned by the caller from then on.
static uint16_t *take_chosen(struct sim *sim, size_t *n)
{
    uint16_t *lanes = sim->wish;
    *n = sim->n_wish;
    sim->wish = NULL;
    sim->n_wish = 0;
    if (lanes)
        return lanes;
    *n = sim->n_chosen;
    lanes = mem_array(*n, sizeof *lanes);
    for (size_t i = 0; i < *n; i++)
        lanes[i] = sim->schedule[i];
    return lanes;
}

bool sim_begin_kept(struct session *s, struct error *err)
{
    char why[160] = "";
    size_t n, kept = 0;
    uint16_t *lanes = take_chosen(s->sim, &n);
    bool has_begun = session_begin_run(s, s->prog, err);
    while (has_begun && kept < n && sim_step(s, lanes[kept]))
        kept++;
    const char *name = kept < n ? s->prog->lanes[lanes[kept]].name : "";
    if (has_begun && kept < n)
        sim_why_not(s, lanes[kept], why, sizeof why);
    if (!has_begun || !sim_seek(s, 0)) {
        mem_free(lanes);
        return false;
    }
    if (kept < n)
        text_format(s->kept_schedule, sizeof s->kept_schedule,
                    "your schedule holds to step %zu of %zu, then %s %s", kept, n, name, why);
    else if (n)
        text_format(s->kept_schedule, sizeof s->kept_schedule,
                    "from the beginning, by the same %zu step%s", n, n == 1 ? "" : "s");
    s->sim->wish = lanes;
    s->sim->n_wish = n;
    return true;
}

// Virtual time until the next step is over.
static uint64_t next_cost_ns(const struct session *s)
{
    uint64_t ready = ready_ns(s);
    if (s->sim->at < s->sim->n) {
        uint64_t awake = awake_ns(s, s->sim->schedule[s->sim->at]);
        ready = awake > s->sim->now_ns ? awake : s->sim->now_ns;
    }
    return ready == UINT64_MAX ? 0 : ready - s->sim->now_ns + SIM_STEP_NS;
}

// At native speed on a clock that somebody moves: no number of steps depends on this machine.
static bool play_by_clock(struct session *s, uint64_t passed_ns)
{
    uint64_t steps = passed_ns / (NS_PER_MS / STEPS_PER_MS);
    steps = steps < STEPS_MAX ? steps : STEPS_MAX;
    bool is_going = steps > 0;
    for (uint64_t i = 0; is_going && i < steps; i++)
        is_going = sim_step(s, SIM_ANYBODY);
    return steps > 0;
}

static bool play_at_once(struct session *s)
{
    uint64_t deadline_ns = clock_now_ns() + PUMP_BUDGET_NS;
    bool is_going = true;
    while (is_going && clock_now_ns() < deadline_ns)
        for (int i = 0; is_going && i < PUMP_STEPS; i++)
            is_going = sim_step(s, SIM_ANYBODY);
    return true;
}

bool sim_pump(struct session *s)
{
    struct sim *sim = s->sim;
    uint64_t now_ns = session_clock_ns(s);
    uint64_t passed_ns = now_ns > sim->played_ns ? now_ns - sim->played_ns : 0;
    sim->played_ns = now_ns;
    if (s->is_paused || s->is_ended || s->is_deadlocked)
        return false;
    if (s->pace_ns == 0)
        return s->has_clock ? play_by_clock(s, passed_ns) : play_at_once(s);
    // A step takes a pace of real time.
    unsigned __int128 more = (unsigned __int128)passed_ns * SIM_STEP_NS / s->pace_ns;
    sim->credit_ns += more < UINT32_MAX * (uint64_t)NS_PER_US ? (uint64_t)more : 0;
    bool changed = false;
    for (int i = 0; i < PUMP_STEPS && sim->credit_ns >= next_cost_ns(s); i++) {
        sim->credit_ns -= next_cost_ns(s);
        if (!sim_step(s, SIM_ANYBODY))
            break;
        changed = true;
    }
    return changed;
}
