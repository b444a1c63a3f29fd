#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/library.h"
#include "model/stepper.h"
#include "support_engine.h"
#include "support_random_program.h"
#include "support_scenario_condition.h"

// The engine does what the model does: real lanes, threads and processes, follow random schedules
// of the model, and must report exactly what it reports.

enum { PROGRAMS = 250, SCENARIO_RUNS = 6, STEPS_MAX = 20000 };

struct walk {
    uint64_t seed;
    const char *name;
    struct engine engine;
    struct stepper *stepper;
    struct run_spec spec;
    uint16_t *schedule;
    size_t cap;
};

// Any lane that may, to the end or into a deadlock.
static void draw_schedule(struct walk *w, const struct program *prog)
{
    struct random random = random_stream(w->seed, 1);
    while (!stepper_is_over(w->stepper) && !stepper_is_stuck(w->stepper)) {
        uint16_t lane = (uint16_t)random_below(&random, prog->n_lanes);
        if (!stepper_is_enabled(w->stepper, lane))
            continue;
        stepper_step(w->stepper, lane);
        w->schedule = mem_room(w->schedule, &w->cap, w->spec.n_followed + 1, sizeof *w->schedule);
        w->schedule[w->spec.n_followed++] = lane;
        assert_true(w->spec.n_followed < STEPS_MAX);
    }
}

// The schedule is over, and every lane has ended or waits for what will not come.
static bool is_deadlocked(struct engine *e)
{
    if (run_followed(&e->run) < e->run.header->spec.n_followed)
        return false;
    for (size_t lane = 0; lane < e->run.n_lanes; lane++) {
        uint32_t state = engine_state(e, lane);
        uint32_t other = atomic_load_explicit(&e->run.lanes[lane].waits_for, memory_order_relaxed);
        bool is_joining =
            state == LANE_JOINING && other < e->run.n_lanes && !engine_has_ended(e, other);
        if (!engine_has_ended(e, lane) && state != LANE_BLOCKED && !is_joining)
            return false;
    }
    return true;
}

static void check(const struct walk *w, const char *what, size_t lane, size_t index, int64_t engine,
                  int64_t model)
{
    if (engine == model)
        return;
    fail_msg(
        "%s: %s number %zu of lane %zu: engine %lld, model %lld; RACELANE_SEED=%llu lock %s %s "
        "mode %s\n%s",
        w->name, what, index, lane, (long long)engine, (long long)model,
        (unsigned long long)w->seed, lock_kinds[w->spec.lock_kind]->name,
        w->spec.lock_on ? "on" : "off", mode_names[w->engine.prog->mode], w->engine.prog->source);
}

static void compare_updates(const struct walk *w, size_t lane)
{
    struct stepper_output out = stepper_output(w->stepper);
    const struct engine_lane *real = &w->engine.lanes[lane];
    size_t n = 0;
    for (size_t i = 0; i < out.n_updates; i++) {
        const struct update *model = &out.updates[i];
        if (write_lane(model->id) != lane)
            continue;
        const struct update *update = &real->updates[n];
        check(w, "updates", lane, n, n < real->n_updates, true);
        check(w, "update.id", lane, n, (int64_t)update->id, (int64_t)model->id);
        check(w, "update.old", lane, n, (int64_t)update->old, (int64_t)model->old);
        check(w, "update.loaded", lane, n, (int64_t)update->loaded, (int64_t)model->loaded);
        check(w, "update.value", lane, n, update->value, model->value);
        check(w, "update.cell", lane, n, update->cell, model->cell);
        check(w, "update.flags", lane, n, update->flags, model->flags);
        check(w, "update.pc", lane, n, update->pc, model->pc);
        if (model->flags & ACCESS_UPDATE)
            check(w, "update.loaded_value", lane, n, update->loaded_value, model->loaded_value);
        n++;
    }
    check(w, "number of updates", lane, 0, (int64_t)real->n_updates, (int64_t)n);
}

// Events that only one side has: the session makes some of them, the model has no GIL, a lane that
// follows waits for its turn and never for a lock. Without a pace the engine reports an update's
// load in the update alone.
static bool is_compared(const struct walk *w, const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_CONTEND:
    case EVENT_STORE:
    case EVENT_RECOVER:
    case EVENT_STOPPED:
    case EVENT_CONTINUED:
    case EVENT_PAUSE:
    case EVENT_RESUME:
    case EVENT_GIL_WAIT:
    case EVENT_GIL_TAKE:
    case EVENT_GIL_DROP:
    case EVENT_CHECK:
        return false;
    case EVENT_LOAD:
        return w->spec.pace_ns || !(event->flags & ACCESS_UPDATE);
    case EVENT_SKIP:
        return w->spec.pace_ns;
    case EVENT_BROKEN: // of one cell: judged by who merges its writes
        return w->engine.prog->always[event->object].cell < 0;
    case EVENT_KILL:
    case EVENT_ACQUIRE:
    case EVENT_RELEASE:
    case EVENT_TOOK:
    case EVENT_POST:
    case EVENT_AWAIT:
    case EVENT_NOTIFY:
    case EVENT_NOTIFIED:
    case EVENT_TAKE:
    case EVENT_GIVE:
    case EVENT_SLEEP:
    case EVENT_WAKE:
    case EVENT_SPAWN:
    case EVENT_JOIN:
    case EVENT_JOINED:
    case EVENT_PRINT:
    case EVENT_TOGGLE:
    case EVENT_GAP:
    case EVENT_KIND_COUNT:
        return true;
    }
    return true;
}

// The first of the lane's events from `at` on that is compared.
static size_t next_compared(const struct walk *w, const struct engine_lane *real, size_t at)
{
    while (at < real->n_events && !is_compared(w, &real->events[at]))
        at++;
    return at;
}

static void compare_events(const struct walk *w, size_t lane)
{
    struct stepper_output out = stepper_output(w->stepper);
    const struct engine_lane *real = &w->engine.lanes[lane];
    size_t n = 0, at = 0;
    for (size_t i = 0; i < out.n_events; i++) {
        const struct event *model = &out.events[i];
        if (model->lane != lane || !is_compared(w, model))
            continue;
        at = next_compared(w, real, at);
        check(w, "events", lane, n, at < real->n_events, true);
        const struct event *event = &real->events[at++];
        check(w, "event.kind", lane, n, event->kind, model->kind);
        check(w, "event.value", lane, n, event->value, model->value);
        check(w, "event.object", lane, n, event->object, model->object);
        check(w, "event.turn", lane, n, event->turn, model->turn);
        check(w, "event.pc", lane, n, event->pc, model->pc);
        check(w, "event.lane", lane, n, event->lane, model->lane);
        check(w, "event.flags", lane, n, event->flags, model->flags);
        n++;
    }
    check(w, "more events", lane, n, next_compared(w, real, at) < real->n_events, false);
}

static void wait_for_deadlock(struct walk *w)
{
    engine_wait(&w->engine, is_deadlocked, "the deadlock that the schedule leads into");
    while (engine_drain(&w->engine))
        ;
}

static void compare_end(const struct walk *w, size_t lane)
{
    const struct run_lane *shared = &w->engine.run.lanes[lane];
    struct stepper_lane model = stepper_lane(w->stepper, lane);
    check(w, "retries", lane, 0, (int64_t)shared->retries, (int64_t)model.retries);
    check(w, "state", lane, 0, shared->state, model.state);
    check(w, "fault", lane, 0, shared->fault, model.fault);
    check(w, "fault's line", lane, 0, shared->fault_line, model.fault_line);
}

static void compare_prints(const struct walk *w, size_t lane)
{
    struct stepper_output out = stepper_output(w->stepper);
    const char *printed = w->engine.lanes[lane].printed;
    for (size_t i = 0; i < out.n_lines; i++) {
        const struct stepper_line *line = &out.lines[i];
        if (line->lane != lane)
            continue;
        size_t len = strlen(line->text);
        check(w, "a printed line", lane, i,
              printed && strncmp(printed, line->text, len) == 0 && printed[len] == '\n', true);
        printed += len + 1;
    }
    check(w, "more printed", lane, 0, printed && *printed, false);
}

static void compare(const struct walk *w)
{
    const struct program *prog = w->engine.prog;
    for (size_t lane = 0; lane < prog->n_lanes; lane++) {
        // In a process's own memory the model keeps no records of its writes.
        if (lane == 0 || !program_is_private(prog))
            compare_updates(w, lane);
        compare_events(w, lane);
        compare_prints(w, lane);
        compare_end(w, lane);
    }
    for (size_t cell = 0; cell < prog->n_cells; cell++)
        check(w, "cell", 0, cell, engine_cell(&w->engine, cell), stepper_cell(w->stepper, cell));
    check(w, "steps followed", 0, 0, run_followed(&w->engine.run), w->spec.n_followed);
}

static uint32_t pick_kind(struct random *random, const struct program *prog)
{
    uint32_t n_kinds = 0;
    while (lock_kinds[n_kinds])
        n_kinds++;
    for (;;) {
        uint32_t kind = (uint32_t)random_below(random, n_kinds);
        if (!program_uses_processes(prog) || lock_kinds[kind]->is_robust)
            return kind;
    }
}

// True when it ended, false for a deadlock.
static bool walk(struct program *prog, const char *name, uint64_t seed)
{
    struct random random = random_stream(seed, 2);
    struct walk *w = mem_alloc(sizeof *w);
    w->seed = seed;
    w->name = name;
    w->spec = (struct run_spec){
        .seed = seed,
        .pace_ns = random_below(&random, 2),
        .lock_on = random_below(&random, 3) > 0,
        .lock_kind = pick_kind(&random, prog),
        .burn_per_ms = 1, // compute() takes no time to speak of
    };
    w->stepper =
        stepper_new(prog, &(struct stepper_options){.lock_kind = lock_kinds[w->spec.lock_kind],
                                                    .seed = seed,
                                                    .lock_on = w->spec.lock_on});
    draw_schedule(w, prog);
    engine_start_following(&w->engine, prog, &w->spec, w->schedule);
    bool has_ended = !stepper_is_stuck(w->stepper);
    if (has_ended)
        engine_join(&w->engine);
    else
        wait_for_deadlock(w);
    compare(w);
    if (!has_ended) {
        engine_stop(&w->engine);
        engine_join(&w->engine);
    }
    stepper_free(w->stepper);
    engine_free(&w->engine);
    mem_free(w->schedule);
    mem_free(w);
    return has_ended;
}

static void test_random_programs(void **state)
{
    (void)state;
    uint64_t seed = seed_of_tests();
    for (size_t i = 0; i < scaled(PROGRAMS); i++) {
        char *text = random_program(seed + i);
        walk(scenario_compile(text), "random program", seed + i);
        mem_free(text);
    }
}

// What random programs have not, since with them a lane may wait for ever. With the lock off all
// lanes fail.
static void test_conditions(void **state)
{
    (void)state;
    uint64_t seed = seed_of_tests();
    struct lang_setting setting = {"N", 4};
    for (uint64_t i = 0; i < scaled(60); i++) {
        walk(scenario_compile_with(buffer_text,
                                   &(struct lang_options){.settings = &setting, .n_settings = 1}),
             "buffer", seed + i);
        walk(scenario_compile(queue_text), "queue", seed + i);
        walk(scenario_compile(broken_text), "broken", seed + i);
    }
}

// What random programs do not have: calls of lanes one after another, faults, built-ins, locks
// that are taken and given back by name.
static void test_chosen_programs(void **state)
{
    (void)state;
    static const char faulty[] = "shared x = 0\n"
                                 "shared row[2] = 5\n"
                                 "lock guard\n"
                                 "lock other\n"
                                 "def dive(n):\n"
                                 "    return dive(n + 1)\n"
                                 "def divide(n):\n"
                                 "    with guard:\n"
                                 "        with other:\n"
                                 "            x = 7 // (x - n)\n"
                                 "def reach(n):\n"
                                 "    with guard:\n"
                                 "        row[n] += 1\n"
                                 "def grow(n):\n"
                                 "    while n > 0:\n"
                                 "        x = n\n"
                                 "        n = n * n\n"
                                 "def plunge(n):\n"
                                 "    x = dive(n)\n"
                                 "lane A = divide(0)\n"
                                 "lane B = reach(2)\n"
                                 "lane C = grow(9)\n"
                                 "lane D = plunge(1)\n"
                                 "lane E = reach(1)\n";
    static const char built_in[] = "shared x = 0\n"
                                   "lock guard\n"
                                   "def roll():\n"
                                   "    for i in range(6, 0, -2):\n"
                                   "        acquire(guard)\n"
                                   "        x += random(1, 6)\n"
                                   "        release(guard)\n"
                                   "        sleep(0.0001)\n"
                                   "        compute(0.001)\n"
                                   "    print(\"rolled {x} {factorial(25)}\")\n"
                                   "lane A = roll()\n"
                                   "lane B = roll()\n";
    uint64_t seed = seed_of_tests();
    for (uint64_t i = 0; i < 12; i++) {
        struct lang_options sequential = {.mode = "sequential"};
        walk(scenario_compile(faulty), "faulty", seed + i);
        walk(scenario_compile_with(faulty, &sequential), "faulty", seed + i);
        walk(i % 4 ? scenario_compile(built_in) : scenario_compile_with(built_in, &sequential),
             "built-in", seed + i);
    }
}

// What ships, made short.
static const struct {
    const char *name, *param;
    int64_t value;
} shipped[] = {
    {"race", "N", 6},     {"race-call", "N", 6},     {"bank", "N", 3},
    {"peterson", "N", 2}, {"buffer", "N", 4},        {"readers", "N", 2},
    {"deadlock", "N", 3}, {"pingpong", "rounds", 1}, {"philosophers", "N", 1},
    {"pool", NULL, 0},    {"processes", NULL, 0},
};

static struct program *compile_shipped(size_t which, const char *mode)
{
    struct lang_setting setting = {shipped[which].param, shipped[which].value};
    struct lang_options options = {
        .settings = &setting, .n_settings = setting.name != NULL, .mode = mode};
    return scenario_compile_with(library_find(shipped[which].name)->text, &options);
}

static void follow_shipped(const char *mode, size_t n_runs)
{
    uint64_t seed = seed_of_tests();
    size_t n_ended = 0, n_deadlocks = 0;
    for (size_t i = 0; i < n_runs; i++)
        for (size_t which = 0; which < ARRAY_LEN(shipped); which++) {
            if (walk(compile_shipped(which, mode), shipped[which].name, seed + i))
                n_ended++;
            else
                n_deadlocks++;
        }
    print_message("%zu runs ended, %zu in a deadlock\n", n_ended, n_deadlocks);
    assert_true(n_ended > 0 && n_deadlocks > 0);
}

static void test_shipped_as_threads(void **state)
{
    (void)state;
    follow_shipped("threads", scaled(SCENARIO_RUNS * 3));
}

static void test_shipped_as_processes(void **state)
{
    (void)state;
    follow_shipped("processes", SCENARIO_RUNS);
}

static bool is_on_its_way(struct engine *e)
{
    return run_followed(&e->run) >= 5;
}

// False: the lane had ended before it could be killed.
static bool follow_and_kill(const char *mode)
{
    struct lang_setting setting = {"N", 50};
    struct lang_options options = {
        .settings = &setting, .n_settings = 1, .mode = mode, .memory = "shared"};
    struct walk w = {.seed = seed_of_tests(), .spec = {.pace_ns = NS_PER_MS}};
    struct program *prog = scenario_compile_with(library_find("race")->text, &options);
    w.stepper = stepper_new(prog, &(struct stepper_options){.lock_on = false});
    draw_schedule(&w, prog);
    engine_start_following(&w.engine, prog, &w.spec, w.schedule);
    engine_wait(&w.engine, is_on_its_way, "the first steps");
    bool is_killed = run_kill_lane(&w.engine.run, 1);
    engine_join(&w.engine);
    assert_int_equal(engine_state(&w.engine, 2), LANE_FINISHED);
    assert_int_equal(w.engine.lanes[2].n_updates, setting.value);
    assert_int_equal(run_followed(&w.engine.run), w.spec.n_followed);
    stepper_free(w.stepper);
    engine_free(&w.engine);
    mem_free(w.schedule);
    return is_killed;
}

// The turns of a lane that has died are nobody's: the others go on with theirs.
static void test_a_lane_that_dies(void **state)
{
    (void)state;
    while (!follow_and_kill("threads"))
        ;
    while (!follow_and_kill("processes"))
        ;
}

int main(void)
{
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed_of_tests());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_programs),      cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_chosen_programs),      cmocka_unit_test(test_shipped_as_threads),
        cmocka_unit_test(test_shipped_as_processes), cmocka_unit_test(test_a_lane_that_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
