#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/stepper.h"
#include "support_engine.h"
#include "support_random_program.h"
#include "support_scenario_condition.h"

// The engine does what the model does: real lanes are led step by step through random schedules of
// random programs, and must report exactly what the stepper reports.

enum { PROGRAMS = 250, STEPS_MAX = 3000 };

struct walk {
    uint64_t seed;
    struct random random;
    struct engine engine;
    struct stepper *stepper;
    struct run_spec spec;
};

static bool is_turn_taken(struct engine *e)
{
    // Pairs with the release of the lane that has stepped.
    return atomic_load_explicit(&e->run.header->control.turn, memory_order_acquire) == RUN_NO_TURN;
}

static void give_turn(struct walk *w, size_t lane)
{
    struct run_control *control = &w->engine.run.header->control;
    uint64_t deadline = clock_now_ns() + ENGINE_DEADLINE_NS;
    atomic_store_explicit(&control->turn, (uint32_t)lane, memory_order_release);
    futex_wake_all(&control->turn);
    while (!is_turn_taken(&w->engine)) {
        if (clock_now_ns() > deadline)
            fail_msg("lane %zu made no step; RACELANE_SEED=%llu\n%s", lane,
                     (unsigned long long)w->seed, w->engine.prog->source);
        futex_wait(&control->turn, (uint32_t)lane, deadline);
    }
}

static void walk_to_end(struct walk *w)
{
    while (!stepper_is_over(w->stepper)) {
        size_t enabled[PROGRAM_LANES_MAX + 1];
        size_t n = 0;
        for (size_t lane = 0; lane < w->engine.prog->n_lanes; lane++)
            if (stepper_is_enabled(w->stepper, lane))
                enabled[n++] = lane;
        assert_true(n > 0);
        size_t lane = enabled[random_below(&w->random, n)];
        stepper_step(w->stepper, lane);
        give_turn(w, lane);
        assert_true(stepper_steps(w->stepper) < STEPS_MAX);
    }
}

static void check(const struct walk *w, const char *what, size_t lane, size_t index, int64_t engine,
                  int64_t model)
{
    if (engine == model)
        return;
    fail_msg(
        "%s number %zu of lane %zu: engine %lld, model %lld; RACELANE_SEED=%llu lock %s %s\n%s",
        what, index, lane, (long long)engine, (long long)model, (unsigned long long)w->seed,
        lock_kinds[w->spec.lock_kind]->name, w->spec.lock_on ? "on" : "off",
        w->engine.prog->source);
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

// Events that only one side has: the session makes some of them, and a lane that is led never has
// to wait for a lock. Without a pace the engine reports an update's load in the update alone.
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
        return false;
    case EVENT_LOAD:
        return w->spec.pace_ns || !(event->flags & ACCESS_UPDATE);
    case EVENT_SKIP:
        return w->spec.pace_ns;
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
    case EVENT_GIL_WAIT:
    case EVENT_GIL_TAKE:
    case EVENT_GIL_DROP:
    case EVENT_CHECK:
    case EVENT_SLEEP:
    case EVENT_WAKE:
    case EVENT_SPAWN:
    case EVENT_JOIN:
    case EVENT_JOINED:
    case EVENT_PRINT:
    case EVENT_PAUSE:
    case EVENT_RESUME:
    case EVENT_TOGGLE:
    case EVENT_BROKEN:
    case EVENT_GAP:
    case EVENT_KIND_COUNT:
        return true;
    }
    return true;
}

static void compare_events(const struct walk *w, size_t lane)
{
    struct stepper_output out = stepper_output(w->stepper);
    const struct engine_lane *real = &w->engine.lanes[lane];
    size_t n = 0;
    for (size_t i = 0; i < out.n_events; i++) {
        const struct event *model = &out.events[i];
        if (model->lane != lane || !is_compared(w, model))
            continue;
        const struct event *event = &real->events[n];
        check(w, "events", lane, n, n < real->n_events, true);
        check(w, "event.kind", lane, n, event->kind, model->kind);
        check(w, "event.value", lane, n, event->value, model->value);
        check(w, "event.object", lane, n, event->object, model->object);
        check(w, "event.turn", lane, n, event->turn, model->turn);
        check(w, "event.pc", lane, n, event->pc, model->pc);
        check(w, "event.lane", lane, n, event->lane, model->lane);
        check(w, "event.flags", lane, n, event->flags, model->flags);
        n++;
    }
    check(w, "number of events", lane, 0, (int64_t)real->n_events, (int64_t)n);
}

static void compare_lane(const struct walk *w, size_t lane)
{
    const struct run_lane *shared = &w->engine.run.lanes[lane];
    struct stepper_lane model = stepper_lane(w->stepper, lane);
    compare_updates(w, lane);
    compare_events(w, lane);
    check(w, "state", lane, 0, shared->state, model.state);
    check(w, "fault", lane, 0, shared->fault, model.fault);
    check(w, "fault's line", lane, 0, shared->fault_line, model.fault_line);
    check(w, "retries", lane, 0, (int64_t)shared->retries, (int64_t)model.retries);
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

static void walk(struct program *prog, uint64_t seed)
{
    struct walk *w = mem_alloc(sizeof *w);
    w->seed = seed;
    w->random = random_stream(seed, 1);
    uint32_t n_kinds = 0;
    while (lock_kinds[n_kinds])
        n_kinds++;
    w->spec = (struct run_spec){
        .seed = seed,
        .is_followed = 1,
        .pace_ns = random_below(&w->random, 2),
        .lock_on = random_below(&w->random, 3) > 0,
        .lock_kind = (uint32_t)random_below(&w->random, n_kinds),
    };
    w->stepper =
        stepper_new(prog, &(struct stepper_options){.lock_kind = lock_kinds[w->spec.lock_kind],
                                                    .seed = seed,
                                                    .lock_on = w->spec.lock_on});
    engine_start(&w->engine, prog, &w->spec);
    walk_to_end(w);
    engine_join(&w->engine);
    for (size_t lane = 0; lane < prog->n_lanes; lane++) {
        compare_lane(w, lane);
        compare_prints(w, lane);
    }
    for (size_t cell = 0; cell < prog->n_cells; cell++)
        check(w, "cell", 0, cell, engine_cell(&w->engine, cell), stepper_cell(w->stepper, cell));
    stepper_free(w->stepper);
    engine_free(&w->engine);
    mem_free(w);
}

static void test_random_programs(void **state)
{
    (void)state;
    uint64_t seed = seed_of_tests();
    for (size_t i = 0; i < scaled(PROGRAMS); i++) {
        char *text = random_program(seed + i);
        walk(scenario_compile(text), seed + i);
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
             seed + i);
        walk(scenario_compile(queue_text), seed + i);
        walk(scenario_compile(broken_text), seed + i);
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
        walk(scenario_compile(faulty), seed + i);
        walk(scenario_compile_with(faulty, &sequential), seed + i);
        walk(i % 4 ? scenario_compile(built_in) : scenario_compile_with(built_in, &sequential),
             seed + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_programs),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_chosen_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
