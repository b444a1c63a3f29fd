#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/library.h"
#include "support_explore_naive.h"

// Conditions, explored. The numbers were counted by hand: while a lane holds the lock nobody else
// can step, so a schedule is no more than the order in which lanes take it.

static const struct explore_options on = {.lock_on = true};

// A notify that comes first is gone.
static void test_notify_without_a_waiter(void **state)
{
    (void)state;
    struct explored e = explore_all(scenario_compile("lock g\n"
                                                     "condition c with g\n"
                                                     "def sleeper():\n"
                                                     "    with g:\n"
                                                     "        wait c\n"
                                                     "def caller():\n"
                                                     "    with g:\n"
                                                     "        notify c\n"
                                                     "lane A = sleeper()\n"
                                                     "lane B = caller()\n"),
                                    &on);
    assert_true(e.result->is_complete);
    // A A B B B A A, and B B B A A.
    assert_int_equal(states_of(&e), 13);
    assert_string_equal(e.result->schedules, "1");
    assert_string_equal(e.result->stuck_schedules, "1");
    assert_string_equal(e.result->n_deadlocks, "1");
    assert_shortest(&e, GOAL_DEADLOCK, "B B B A A");
    assert_fewest(&e, GOAL_DEADLOCK, "B3 A2");
    explored_free(&e);
}

// C wakes one lane, once both wait, and that one wakes the other.
static const char first_text[] = "shared n = 0\n"
                                 "shared first = 0\n"
                                 "shared woken = 0\n"
                                 "lock g\n"
                                 "condition c with g\n"
                                 "def sleeper(me):\n"
                                 "    with g:\n"
                                 "        if n == 0:\n"
                                 "            first = me\n"
                                 "        n += 1\n"
                                 "        wait c\n"
                                 "        if woken == 0:\n"
                                 "            woken = me\n"
                                 "        notify c\n"
                                 "def caller():\n"
                                 "    with g:\n"
                                 "        if n == 2:\n"
                                 "            notify c\n"
                                 "lane A = sleeper(1)\n"
                                 "lane B = sleeper(2)\n"
                                 "lane C = caller()\n"
                                 "expect woken == first\n";

static bool serves_in_order(const struct lock_kind *kind)
{
    return strcmp(kind->name, "ticket") == 0 || strcmp(kind->name, "mcs") == 0;
}

static void test_who_waited_longest_is_first(void **state)
{
    (void)state;
    char text[512];
    for (const struct lock_kind *const *kind = lock_kinds; *kind; kind++) {
        if ((*kind)->is_lock_free)
            continue;
        struct explore_options options = {.lock_on = true, .lock_kind = *kind};
        struct explored e = explore_all(scenario_compile(first_text), &options);
        // C is the last of three in 2 of 3! orders; else both wait for ever. Where the lock serves
        // in order, whoever is first, the others come by number.
        assert_string_equal(e.result->schedules, "2");
        assert_string_equal(e.result->stuck_schedules, serves_in_order(*kind) ? "1" : "4");
        assert_string_equal(finals_text(&e, 2, text), "1:1 2:1");
        assert_int_equal(e.result->n_failures, 1);
        assert_non_null(failure_of(&e, GOAL_DEADLOCK));
        explored_free(&e);
    }
}

// D wakes all three, once all of them wait.
static const char all_text[] = "shared n = 0\n"
                               "lock g\n"
                               "condition c with g\n"
                               "def sleeper():\n"
                               "    with g:\n"
                               "        n += 1\n"
                               "        wait c\n"
                               "def caller():\n"
                               "    with g:\n"
                               "        if n == 3:\n"
                               "            notify_all c\n"
                               "lane A = sleeper()\n"
                               "lane B = sleeper()\n"
                               "lane C = sleeper()\n"
                               "lane D = caller()\n";

static void test_notify_all(void **state)
{
    (void)state;
    for (const struct lock_kind *const *kind = lock_kinds; *kind; kind++) {
        if ((*kind)->is_lock_free)
            continue;
        struct explore_options options = {.lock_on = true, .lock_kind = *kind};
        struct explored e = explore_all(scenario_compile(all_text), &options);
        // 3! ways to begin to wait, and 3! to take the lock again; D is not the last in 4! - 3!.
        // In order: whoever is first, the others come by number and again as they waited.
        bool is_ordered = serves_in_order(*kind);
        assert_string_equal(e.result->schedules, is_ordered ? "3" : "36");
        assert_string_equal(e.result->stuck_schedules, is_ordered ? "1" : "18");
        explored_free(&e);
    }
}

// Each notify wakes one: then the others are no longer what they were, either.
static const char chain_text[] = "shared n = 0\n"
                                 "lock g\n"
                                 "condition c with g\n"
                                 "def sleeper():\n"
                                 "    with g:\n"
                                 "        n += 1\n"
                                 "        wait c\n"
                                 "def caller():\n"
                                 "    for _ in range(3):\n"
                                 "        with g:\n"
                                 "            notify c\n"
                                 "lane A = sleeper()\n"
                                 "lane B = sleeper()\n"
                                 "lane C = sleeper()\n"
                                 "lane D = caller()\n";

static void check_exchangeable(const char *source)
{
    struct explore_options plain = {.lock_on = true, .wants_plain = true};
    struct explored with = explore_all(scenario_compile(source), &on);
    struct explored without = explore_all(scenario_compile(source), &plain);
    assert_true(with.result->used_symmetry);
    assert_false(without.result->used_symmetry);
    assert_string_equal(with.result->n_states, without.result->n_states);
    assert_string_equal(with.result->n_deadlocks, without.result->n_deadlocks);
    assert_string_equal(with.result->schedules, without.result->schedules);
    assert_true(with.result->n_explored * 3 < without.result->n_explored);
    explored_free(&with);
    explored_free(&without);
}

static void test_waiting_lanes_are_exchangeable(void **state)
{
    (void)state;
    check_exchangeable(all_text);
    check_exchangeable(chain_text);
}

static void test_without_the_lock(void **state)
{
    (void)state;
    struct error err;
    struct explored e = explore_all(scenario_compile(all_text), &(struct explore_options){0});
    const struct explore_failure *failure = failure_of(&e, GOAL_FAULT);
    assert_non_null(failure);
    assert_non_null(strstr(failure->text, "line 7: wait or notify without"));
    assert_string_equal(failure->schedules, e.result->schedules);
    assert_string_equal(e.result->n_deadlocks, "0");
    explored_free(&e);
    for (const struct lock_kind *const *kind = lock_kinds; *kind; kind++) {
        struct explore_options options = {.lock_on = true, .lock_kind = *kind};
        struct program *prog = scenario_compile(all_text);
        struct explore *x = explore_new(prog, &options, &err);
        assert_int_equal(x != NULL, !(*kind)->is_lock_free);
        assert_true(x || strstr(err.text, "takes no lock"));
        explore_free(x);
        program_free(prog);
    }
}

static void check_after(const char *does, enum explore_goal_kind kind, bool fails)
{
    char source[512];
    snprintf(source, sizeof source,
             "shared n = 0\n"
             "lock g\n"
             "condition c with g\n"
             "def work():\n"
             "    with g:\n"
             "        notify_all c\n"
             "lane A = work()\n"
             "after:\n"
             "    acquire g\n"
             "%s"
             "always n == 0\n",
             does);
    struct explored e = explore_all(scenario_compile(source), &on);
    assert_int_equal(e.result->n_failures, fails);
    assert_int_equal(failure_of(&e, kind) != NULL, fails);
    explored_free(&e);
}

// Behind its joins main is alone.
static void test_main_alone(void **state)
{
    (void)state;
    check_after("    notify c\n    notify_all c\n    release g\n", GOAL_DEADLOCK, false);
    check_after("    wait c\n    release g\n", GOAL_DEADLOCK, true);
    check_after("    release g\n    notify c\n", GOAL_FAULT, true);
    check_after("    release g\n    wait c\n", GOAL_FAULT, true);
}

static void test_called_one_after_another(void **state)
{
    (void)state;
    struct lang_options lang = {.mode = "sequential"};
    struct explored e = explore_all(scenario_compile_with(first_text, &lang), &on);
    assert_string_equal(e.result->schedules, "0");
    assert_string_equal(e.result->stuck_schedules, "1");
    explored_free(&e);
}

// --- what is found is what the stepper does

struct played {
    bool is_stuck, has_failed;
    uint64_t broken; // `always` that were broken
    uint64_t newly;  // by the last step
    uint64_t wrong;  // `expect` that do not hold at the end
};

static void note_events(struct played *played, struct stepper *s)
{
    struct stepper_output out = stepper_output(s);
    played->newly = 0;
    for (size_t i = 0; i < out.n_events; i++) {
        played->has_failed |= out.events[i].kind == EVENT_FAIL;
        if (out.events[i].kind == EVENT_BROKEN)
            played->newly |= UINT64_C(1) << out.events[i].object;
    }
    played->newly &= ~played->broken;
    played->broken |= played->newly;
    stepper_forget(s);
}

// The schedule, and then main's own steps behind the joins.
static struct played play(const struct explored *e, const uint16_t *lanes, size_t n)
{
    struct played played = {0};
    const struct program *prog = e->prog;
    struct stepper *s = stepper_new(prog, &(struct stepper_options){.lock_on = true});
    note_events(&played, s);
    for (size_t i = 0; i < n; i++) {
        assert_true(stepper_is_enabled(s, lanes[i]));
        stepper_step(s, lanes[i]);
        note_events(&played, s);
    }
    while (stepper_is_enabled(s, 0))
        stepper_step(s, 0);
    played.is_stuck = stepper_is_stuck(s);
    for (size_t i = 0; i < prog->n_expects && stepper_is_over(s); i++) {
        bool holds = false;
        machine_judge(prog, &prog->expects[i], step_read_cell, s->cells, &holds);
        played.wrong |= (uint64_t)!holds << i;
    }
    stepper_free(s);
    return played;
}

static size_t number_of(const struct claim *claims, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(claims[i].text, text) == 0)
            return i;
    fail_msg("no claim %s", text);
    return 0;
}

static void check_played(const struct explored *e, const struct explore_failure *failure,
                         const uint16_t *lanes, size_t n)
{
    const struct program *prog = e->prog;
    struct played played = play(e, lanes, n);
    switch (failure->kind) {
    case GOAL_EXPECT:
        assert_true(played.wrong >> number_of(prog->expects, prog->n_expects, failure->text) & 1);
        return;
    case GOAL_ALWAYS:
        assert_true(played.newly >> number_of(prog->always, prog->n_always, failure->text) & 1);
        return;
    case GOAL_FAULT:
        assert_true(played.has_failed);
        return;
    case GOAL_DEADLOCK:
        assert_true(played.is_stuck);
        return;
    }
}

// A scenario that ships, made small; `fails` is NULL when nothing does.
static void check_scenario(const char *name, int64_t n, int64_t broken, const char *fails,
                           enum explore_goal_kind kind)
{
    struct lang_setting settings[] = {{"N", n}, {"broken", broken}};
    struct lang_options lang = {.settings = settings, .n_settings = 2};
    struct explored e = explore_all(scenario_compile_with(library_find(name)->text, &lang), &on);
    const struct explore_result *r = e.result;
    assert_true(r->is_complete && !r->is_endless);
    assert_string_equal(r->n_deadlocks, "0");
    assert_int_equal(failure_of(&e, kind) != NULL, fails != NULL);
    assert_true(fails || r->n_failures == 0);
    if (fails)
        assert_string_equal(failure_of(&e, kind)->text, fails);
    for (size_t i = 0; i < r->n_failures; i++) {
        const struct explore_failure *failure = &r->failures[i];
        assert_true(failure->has_shortest && failure->has_fewest);
        assert_true(failure->n_shortest <= failure->n_fewest);
        check_played(&e, failure, failure->shortest, failure->n_shortest);
        check_played(&e, failure, failure->fewest_switches, failure->n_fewest);
    }
    explored_free(&e);
}

static void test_scenarios_that_ship(void **state)
{
    (void)state;
    check_scenario("buffer", 2, 0, NULL, GOAL_ALWAYS);
    check_scenario("buffer", 2, 1, "items >= 0", GOAL_ALWAYS);
    check_scenario("readers", 1, 0, NULL, GOAL_ALWAYS);
    check_scenario("readers", 1, 1, "not (writing and readers > 0)", GOAL_ALWAYS);
    check_scenario("readers", 1, 1, "torn == 0", GOAL_EXPECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify_without_a_waiter),
        cmocka_unit_test(test_who_waited_longest_is_first),
        cmocka_unit_test(test_notify_all),
        cmocka_unit_test(test_waiting_lanes_are_exchangeable),
        cmocka_unit_test(test_without_the_lock),
        cmocka_unit_test(test_main_alone),
        cmocka_unit_test(test_called_one_after_another),
        cmocka_unit_test(test_scenarios_that_ship),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
