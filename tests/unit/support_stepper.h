#ifndef SUPPORT_STEPPER_H
#define SUPPORT_STEPPER_H

#include "base/text.h"
#include "model/stepper.h"
#include "support_scenario.h"

#include <stdlib.h>

enum { STEPS_MAX = 32, FINALS_MAX = 8 };

static const struct stepper_options unlocked = {.lock_on = false};
static const struct stepper_options locked = {.lock_on = true};

// Steps by the letters of a schedule: m is main, A the first lane.
static inline struct stepper *play(const struct program *prog,
                                   const struct stepper_options *options, const char *schedule)
{
    struct stepper *s = stepper_new(prog, options);
    for (; *schedule; schedule++) {
        size_t lane = *schedule == 'm' ? 0 : (size_t)(*schedule - 'A') + 1;
        assert_true(stepper_is_enabled(s, lane));
        stepper_step(s, lane);
    }
    return s;
}

// Every schedule of a program: how many there are for each final value of its first cell.
struct explored {
    const struct program *prog;
    const struct stepper_options *options;
    size_t n_schedules, n_stuck, n_finals;
    char first_stuck[STEPS_MAX + 1];
    struct {
        int64_t value;
        size_t n;
    } finals[FINALS_MAX];
};

static inline void count_final(struct explored *e, int64_t value)
{
    size_t i = 0;
    while (i < e->n_finals && e->finals[i].value != value)
        i++;
    assert_true(i < FINALS_MAX);
    e->finals[i].value = value;
    e->finals[i].n++;
    e->n_finals += i == e->n_finals;
}

static inline void explore_from(struct explored *e, char *schedule, size_t n)
{
    assert_true(n < STEPS_MAX);
    schedule[n] = '\0';
    struct stepper *s = play(e->prog, e->options, schedule);
    if (stepper_is_over(s)) {
        e->n_schedules++;
        count_final(e, e->prog->n_cells ? stepper_cell(s, 0) : 0);
    } else if (stepper_is_stuck(s)) {
        if (e->n_stuck++ == 0)
            memcpy(e->first_stuck, schedule, n + 1);
    }
    for (size_t lane = 0; lane < e->prog->n_lanes; lane++)
        if (stepper_is_enabled(s, lane)) {
            schedule[n] = lane ? (char)('A' + lane - 1) : 'm';
            explore_from(e, schedule, n + 1);
        }
    stepper_free(s);
}

static inline struct explored explore(const struct program *prog,
                                      const struct stepper_options *options)
{
    char schedule[STEPS_MAX + 1];
    struct explored e = {.prog = prog, .options = options};
    explore_from(&e, schedule, 0);
    return e;
}

static inline size_t schedules_ending_in(const struct explored *e, int64_t value)
{
    for (size_t i = 0; i < e->n_finals; i++)
        if (e->finals[i].value == value)
            return e->finals[i].n;
    return 0;
}

// What a lane is told to have done, in words.
static inline void describe(const struct program *prog, const struct stepper *s, char *out,
                            size_t size)
{
    struct stepper_output made = stepper_output(s);
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < made.n_events; i++) {
        const struct event *event = &made.events[i];
        n += text_format(out + n, size - n, "%s%d %s %s", i ? "; " : "", (int)event->t_ns,
                         prog->lanes[event->lane].name, event_info[event->kind].label);
        bool has_value = event->kind == EVENT_LOAD || event->kind == EVENT_STORE ||
                         event->kind == EVENT_TOOK || event->kind == EVENT_POST ||
                         event->kind == EVENT_NOTIFY;
        if (event->kind == EVENT_TAKE || event->kind == EVENT_GIVE)
            n += text_format(out + n, size - n, " %u: %d", event->object, (int)event->value);
        else if (has_value)
            n += text_format(out + n, size - n, " %d", (int)event->value);
    }
}

static inline uint64_t first_seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

// Any lane that may, until none may.
static inline struct stepper *play_any(const struct program *prog,
                                       const struct stepper_options *options, uint64_t seed)
{
    struct stepper *s = stepper_new(prog, options);
    struct random random = random_stream(seed, 5);
    while (!stepper_is_over(s) && !stepper_is_stuck(s)) {
        size_t lane = (size_t)random_below(&random, prog->n_lanes);
        if (stepper_is_enabled(s, lane))
            stepper_step(s, lane);
    }
    return s;
}

#endif
