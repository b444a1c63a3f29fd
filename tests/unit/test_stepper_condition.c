#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/library.h"
#include "model/stepper_private.h"
#include "support_scenario_condition.h"
#include "support_stepper.h"

// The model's conditions.

enum { RUNS = 200 };

static const char bell_text[] = "lock l\n"
                                "condition bell with l\n"
                                "def sleeper():\n"
                                "    with l:\n"
                                "        wait bell\n"
                                "def ringer():\n"
                                "    with l:\n"
                                "        notify bell\n"
                                "lane A = sleeper()\n"
                                "lane B = sleeper()\n"
                                "lane C = ringer()\n"
                                "lane D = ringer()\n";

static void check_lane(const struct stepper *s, size_t lane, enum lane_state state, bool is_enabled,
                       uint32_t waits_for)
{
    assert_int_equal(stepper_lane(s, lane).state, state);
    assert_int_equal(stepper_is_enabled(s, lane), is_enabled);
    assert_int_equal(stepper_lane(s, lane).waits_for, waits_for);
}

// acquire, wait, retake, release: four steps, with the lock free between the second and the third.
static void who_waits_longest_is_woken_first(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(bell_text);
    struct stepper *s = play(prog, &locked, "BB");
    check_lane(s, 2, LANE_BLOCKED, false, 1);
    assert_int_equal(stepper_lane(s, 2).next->code, OP_RETAKE);
    assert_int_equal(s->locks[0].holder, LOCK_NOBODY);
    stepper_step(s, 1);
    stepper_step(s, 1);
    check_lane(s, 1, LANE_BLOCKED, false, 1);
    stepper_step(s, 3);
    check_lane(s, 2, LANE_BLOCKED, false, 1); // not notified yet
    stepper_step(s, 3);
    check_lane(s, 2, LANE_BLOCKED, false, 0); // notified; now it waits for the lock
    check_lane(s, 1, LANE_BLOCKED, false, 1);
    stepper_step(s, 3);
    check_lane(s, 2, LANE_BLOCKED, true, 0);
    stepper_step(s, 2);
    check_lane(s, 2, LANE_HOLDING, true, EVENT_NO_OBJECT);
    stepper_step(s, 2);
    check_lane(s, 1, LANE_BLOCKED, false, 1);
    for (const char *c = "DDDAA"; *c; c++)
        stepper_step(s, (size_t)(*c - 'A') + 1);
    assert_true(stepper_is_over(s));
    assert_int_equal(stepper_lane(s, 1).steps, 4);
    stepper_free(s);
    program_free(prog);
}

static void a_notify_for_nobody_is_gone(void **state)
{
    (void)state;
    char text[2048];
    struct program *prog = scenario_compile(bell_text);
    struct stepper *s = play(prog, &locked, "CCCAABB");
    check_lane(s, 1, LANE_BLOCKED, false, 1);
    check_lane(s, 2, LANE_BLOCKED, false, 1);
    for (const char *c = "DDDAA"; *c; c++)
        stepper_step(s, (size_t)(*c - 'A') + 1);
    assert_true(stepper_is_stuck(s)); // B
    stepper_free(s);
    s = play(prog, &locked, "CCCAADDDAA");
    describe(prog, s, text, sizeof text);
    char *from = strstr(text, "1 C");
    assert_non_null(from);
    assert_string_equal(
        from, "1 C acquire; 1 A wait; 1 B wait; 1 D wait; 2 C notify 0; 3 C release; 3 C finish; "
              "4 A acquire; 5 A release; 5 A wait for notify; "
              "6 D acquire; 7 D notify 1; 7 A notified; 7 A wait; 8 D release; "
              "8 D finish; 9 A acquire; 10 A release; 10 A finish; "
              "10 main joined; 10 main join");
    stepper_free(s);
    program_free(prog);
}

// The woken lane has to come by the lock again, by the rule of its kind.
static void others_may_take_the_lock_first(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(bell_text);
    struct stepper *s = play(prog, &locked, "AACC"); // C holds, A is notified
    stepper_step(s, 3);
    assert_true(stepper_is_enabled(s, 1) && stepper_is_enabled(s, 2) && stepper_is_enabled(s, 4));
    stepper_step(s, 4);
    assert_false(stepper_is_enabled(s, 1));
    stepper_free(s);
    const struct stepper_options in_turn = {.lock_on = true, .lock_kind = lock_kind_find("ticket")};
    s = play(prog, &in_turn, "AABBCCC"); // D, who stands before the lock, came earlier
    assert_true(stepper_is_enabled(s, 4));
    assert_false(stepper_is_enabled(s, 1));
    stepper_free(s);
    program_free(prog);
}

static void notify_all_wakes_all(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("shared n = 0\nlock l\ncondition bell with l\n"
                         "def sleeper():\n    with l:\n        wait bell\n        n += 1\n"
                         "def ringer():\n    with l:\n        notify_all bell\n"
                         "lane A = sleeper()\nlane B = sleeper()\nlane C = ringer()\n");
    struct stepper *s = play(prog, &locked, "AABBCC");
    struct stepper_output out = stepper_output(s);
    const struct event *notify = NULL;
    for (size_t i = 0; i < out.n_events; i++)
        if (out.events[i].kind == EVENT_NOTIFY)
            notify = &out.events[i];
    assert_non_null(notify);
    assert_int_equal(notify->value, 2);
    assert_int_equal(notify->object, 1);
    stepper_free(s);
    // Stuck is every schedule in which the bell rings before both wait.
    struct explored e = explore(prog, &locked);
    assert_int_equal(schedules_ending_in(&e, 2), e.n_schedules);
    assert_true(e.n_schedules > 0 && e.n_stuck > 0);
    program_free(prog);
}

static void without_the_lock_it_is_an_error(void **state)
{
    (void)state;
    static const char *const words[] = {"wait", "notify", "notify_all"};
    static const struct {
        const char *before; // with four spaces each
        bool lock_on;
    } cases[] = {{"    acquire l\n    release l\n", true},
                 {"    acquire l\n    release l\n", false}};
    for (size_t i = 0; i < ARRAY_LEN(words) * ARRAY_LEN(cases); i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "lock l\ncondition c with l\ndef f():\n%s    %s c\nlane A = f()\n",
                 cases[i % 2].before, words[i / 2]);
        struct program *prog = scenario_compile(text);
        struct stepper *s = play(prog, cases[i % 2].lock_on ? &locked : &unlocked, "AAA");
        assert_int_equal(stepper_lane(s, 1).fault, FAULT_CONDITION);
        assert_int_equal(stepper_lane(s, 1).fault_line, 6);
        stepper_free(s);
        program_free(prog);
    }
    // The switch of the lock: `with` does not hold it then.
    struct program *prog = scenario_compile(bell_text);
    struct stepper *s = play(prog, &unlocked, "ABCD");
    assert_true(stepper_is_over(s));
    for (size_t lane = 1; lane <= 4; lane++)
        assert_int_equal(stepper_lane(s, lane).fault, FAULT_CONDITION);
    stepper_free(s);
    program_free(prog);
}

static size_t count_broken(const struct stepper *s)
{
    struct stepper_output out = stepper_output(s);
    size_t n = 0;
    for (size_t i = 0; i < out.n_events; i++)
        n += out.events[i].kind == EVENT_BROKEN;
    return n;
}

// `always` over several cells is judged before the lock is given back to wait, too.
static void always_is_judged_at_a_wait(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(broken_text);
    struct stepper *s = stepper_new(prog, &locked);
    while (s->locks[1].n_waiting == 0)
        stepper_step(s, 1);
    assert_int_equal(count_broken(s), 1);
    while (!stepper_is_over(s))
        for (size_t lane = 3; lane > 0; lane--)
            if (stepper_is_enabled(s, lane))
                stepper_step(s, lane);
    assert_int_equal(count_broken(s), 1);
    stepper_free(s);
    program_free(prog);
}

static void a_right_program_is_never_stuck(void **state)
{
    (void)state;
    struct lang_setting setting = {"N", 5};
    struct program *buffer = scenario_compile_with(
        buffer_text, &(struct lang_options){.settings = &setting, .n_settings = 1});
    struct program *queue = scenario_compile(queue_text);
    for (uint64_t seed = first_seed(); seed < first_seed() + RUNS; seed++) {
        struct stepper_options options = {.lock_kind = lock_kinds[seed % 5], .lock_on = true};
        struct stepper *s = play_any(buffer, &options, seed);
        if (!stepper_is_over(s) || count_broken(s) || stepper_cell(s, 1) != 10)
            fail_msg("buffer: RACELANE_SEED=%llu", (unsigned long long)seed);
        stepper_free(s);
        s = play_any(queue, &options, seed);
        struct stepper_output out = stepper_output(s);
        if (!stepper_is_over(s) || out.n_lines != 3 || strcmp(out.lines[0].text, "0") != 0 ||
            strcmp(out.lines[1].text, "1") != 0 || strcmp(out.lines[2].text, "2") != 0)
            fail_msg("queue: RACELANE_SEED=%llu", (unsigned long long)seed);
        stepper_free(s);
    }
    program_free(buffer);
    program_free(queue);
}

// What ships: the right variant of each never fails, the broken one does with some schedule.
static void shipped_variants(void **state)
{
    (void)state;
    static const struct {
        const char *name, *param;
        int64_t right, broken;
    } cases[] = {{"deadlock", "ordered", 1, 0},
                 {"philosophers", "ordered", 1, 0},
                 {"buffer", "broken", 0, 1},
                 {"peterson", "broken", 0, 1},
                 {"readers", "broken", 0, 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t n_failed[2] = {0};
        for (size_t k = 0; k < 2; k++) {
            const struct lang_setting settings[] = {
                {"N", 4}, {cases[i].param, k ? cases[i].broken : cases[i].right}};
            struct program *prog = scenario_compile_with(
                library_find(cases[i].name)->text,
                &(struct lang_options){.settings = settings, .n_settings = 2});
            for (uint64_t seed = first_seed(); seed < first_seed() + RUNS; seed++) {
                struct stepper *s = play_any(prog, &locked, seed);
                bool holds = true;
                if (stepper_is_over(s))
                    assert_true(machine_judge(prog, &prog->expects[0], step_read_cell,
                                              step_cells(s, &s->lanes[0]), &holds));
                n_failed[k] += !stepper_is_over(s) || !holds || count_broken(s) > 0;
                stepper_free(s);
            }
            program_free(prog);
        }
        if (n_failed[0] || n_failed[1] < RUNS / 20)
            fail_msg("%s: %zu and %zu of %d failed", cases[i].name, n_failed[0], n_failed[1], RUNS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_longest_is_woken_first),
        cmocka_unit_test(a_notify_for_nobody_is_gone),
        cmocka_unit_test(others_may_take_the_lock_first),
        cmocka_unit_test(notify_all_wakes_all),
        cmocka_unit_test(without_the_lock_it_is_an_error),
        cmocka_unit_test(always_is_judged_at_a_wait),
        cmocka_unit_test(a_right_program_is_never_stuck),
        cmocka_unit_test(shipped_variants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
