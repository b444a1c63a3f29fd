#include "model/probe.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/schedule.h"

enum {
    PREEMPTED_WITHIN = 12,   // steps of both lanes, in the plans that count them
    STEPS_IN_ALL = 24 << 20, // beyond which no further plan is begun
    STEPS_OF_ONE = SCHEDULE_STEPS_MAX,
};

// Lane `first` makes `n_before` steps, lane `other` n_between, and then each as far as it can,
// `first` first. Without numbers: until it has loaded for an update, and until it has stored one.
struct plan {
    uint16_t first, other;
    uint32_t n_before, n_between;
    bool is_by_update;
};

enum phase { PHASE_BEFORE, PHASE_BETWEEN, PHASE_AFTER };

struct probe {
    const struct program *prog;
    struct stepper_options options;
    struct plan plan;
    size_t n_plans;       // begun
    uint32_t n_preempted; // n_before + n_between of this one; 0: no preemption, 1: by update
    uint64_t n_steps;
    struct stepper *stepper; // NULL: between two plans
    enum phase phase;
    uint16_t lane;    // that runs
    uint64_t n_phase; // steps in this phase, of the lane it is about
    bool has_loaded;  // in this phase
    size_t broken;    // which `always`, SIZE_MAX: none
    uint16_t *lanes;  // the schedule of this plan
    size_t n, cap;
    struct probe_result result;
    char fault[200]; // in words
    bool is_over;
};

struct probe *probe_new(const struct program *prog, const struct stepper_options *options)
{
    struct probe *probe = mem_alloc(sizeof *probe);
    *probe = (struct probe){.prog = prog, .options = *options, .result.text = ""};
    return probe;
}

void probe_free(struct probe *probe)
{
    if (!probe)
        return;
    stepper_free(probe->stepper);
    mem_free(probe->lanes);
    mem_free(probe);
}

// The next pair of two lanes; false behind the last.
static bool next_pair(const struct probe *probe, struct plan *plan)
{
    size_t n_lanes = probe->prog->n_lanes;
    do {
        if (++plan->other < n_lanes)
            continue;
        plan->other = 1;
        plan->first++;
    } while (plan->first < n_lanes && plan->first == plan->other);
    return plan->first < n_lanes;
}

// False when there is none left.
static bool next_plan(struct probe *probe)
{
    struct plan *plan = &probe->plan;
    if (probe->n_plans++ == 0) {
        *plan = (struct plan){.first = 1, .other = 1, .n_before = UINT32_MAX};
        return true;
    }
    if (probe->prog->n_lanes < 3 || probe->n_steps >= STEPS_IN_ALL)
        return false;
    if (probe->n_preempted > 0 && next_pair(probe, plan))
        return true;
    // By update, and then of two steps 1 + 1, of three 1 + 2 and 2 + 1, ...
    if (plan->n_before + 1 < probe->n_preempted) {
        plan->n_before++;
    } else {
        probe->n_preempted++;
        plan->n_before = 1;
    }
    plan->first = 1;
    plan->other = 2;
    plan->n_between = probe->n_preempted - plan->n_before;
    plan->is_by_update = probe->n_preempted == 1;
    return probe->n_preempted <= PREEMPTED_WITHIN;
}

static void begin(struct probe *probe)
{
    probe->stepper = stepper_new(probe->prog, &probe->options);
    probe->phase = PHASE_BEFORE;
    probe->lane = probe->plan.first;
    probe->n_phase = probe->n = 0;
    probe->has_loaded = false;
    probe->broken = SIZE_MAX;
}

static void enter(struct probe *probe, enum phase phase, uint16_t lane)
{
    probe->phase = phase;
    probe->lane = lane;
    probe->n_phase = 0;
    probe->has_loaded = false;
}

// Preempts, where the plan says so.
static void turn(struct probe *probe)
{
    const struct plan *plan = &probe->plan;
    bool is_loaded = stepper_lane(probe->stepper, probe->lane).has_loaded;
    if (probe->phase == PHASE_BEFORE && probe->lane == plan->first &&
        (plan->is_by_update ? is_loaded : probe->n_phase == plan->n_before))
        enter(probe, PHASE_BETWEEN, plan->other);
    else if (probe->phase == PHASE_BETWEEN &&
             (plan->is_by_update ? probe->has_loaded && !is_loaded
                                 : probe->n_phase == plan->n_between))
        enter(probe, PHASE_AFTER, plan->first);
    else
        probe->has_loaded |= is_loaded;
}

// Who makes the next step: main as soon as it can, else who is running, or, where that lane can
// not, the first behind it that can.
static size_t choose(struct probe *probe)
{
    size_t n_lanes = probe->prog->n_lanes, lane = probe->lane;
    if (stepper_is_enabled(probe->stepper, 0))
        return 0;
    if (probe->phase == PHASE_BETWEEN && !stepper_is_enabled(probe->stepper, lane)) {
        enter(probe, PHASE_AFTER, probe->plan.first);
        lane = probe->lane;
    }
    while (!stepper_is_enabled(probe->stepper, lane))
        lane = lane + 1 < n_lanes ? lane + 1 : 1;
    return lane;
}

static void step(struct probe *probe)
{
    size_t lane = choose(probe);
    probe->lanes = mem_room(probe->lanes, &probe->cap, probe->n + 1, sizeof *probe->lanes);
    probe->lanes[probe->n++] = (uint16_t)lane;
    probe->n_steps++;
    stepper_step(probe->stepper, lane);
    const struct stepper_output out = stepper_output(probe->stepper);
    for (size_t i = 0; i < out.n_events; i++)
        if (out.events[i].kind == EVENT_BROKEN && probe->broken == SIZE_MAX)
            probe->broken = out.events[i].object;
    stepper_forget(probe->stepper);
    if (lane == 0)
        return;
    if (probe->phase == PHASE_AFTER)
        probe->lane = (uint16_t)lane;
    if (lane == probe->lane) {
        probe->n_phase++;
        turn(probe);
    }
}

static int64_t read_cell(const void *context, size_t cell)
{
    return stepper_cell(context, cell);
}

static bool fails(struct probe *probe, enum explore_goal_kind kind, const char *text)
{
    probe->result = (struct probe_result){
        .has_failed = true, .kind = kind, .text = text, .lanes = probe->lanes, .n = probe->n};
    return true;
}

// What is wrong with the run as it stands now.
static bool judge(struct probe *probe)
{
    const struct program *prog = probe->prog;
    if (probe->broken != SIZE_MAX)
        return fails(probe, GOAL_ALWAYS, prog->always[probe->broken].text);
    for (size_t i = 0; i < prog->n_lanes; i++) {
        struct stepper_lane lane = stepper_lane(probe->stepper, i);
        if (lane.fault == FAULT_NONE)
            continue;
        text_format(probe->fault, sizeof probe->fault, "line %u: %s", lane.fault_line,
                    machine_fault_text(lane.fault));
        return fails(probe, GOAL_FAULT, probe->fault);
    }
    if (stepper_is_stuck(probe->stepper))
        return fails(probe, GOAL_DEADLOCK, "deadlock");
    for (size_t i = 0; i < prog->n_expects && stepper_is_over(probe->stepper); i++) {
        bool holds = false;
        machine_judge(prog, &prog->expects[i], read_cell, probe->stepper, &holds);
        if (!holds)
            return fails(probe, GOAL_EXPECT, prog->expects[i].text);
    }
    return false;
}

static bool has_ended(const struct probe *probe)
{
    return stepper_is_over(probe->stepper) || stepper_is_stuck(probe->stepper) ||
           probe->broken != SIZE_MAX || probe->n >= STEPS_OF_ONE;
}

bool probe_run(struct probe *probe, uint64_t n_steps)
{
    uint64_t until = probe->n_steps + n_steps;
    while (!probe->is_over && probe->n_steps < until) {
        if (!probe->stepper && !next_plan(probe)) {
            probe->is_over = true;
            break;
        }
        if (!probe->stepper)
            begin(probe);
        while (!has_ended(probe) && probe->n_steps < until)
            step(probe);
        if (!has_ended(probe))
            break;
        probe->is_over = judge(probe);
        stepper_free(probe->stepper);
        probe->stepper = NULL;
    }
    return probe->is_over;
}

struct probe_result probe_result(const struct probe *probe)
{
    return probe->result;
}
