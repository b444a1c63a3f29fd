#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_explore.h"

// Every number here was computed by other means: it is a fact about the scenario.

static const char race_text[] = "param  N = 1\n"
                                "shared counter = 0\n"
                                "lock   guard off\n"
                                "def increment():\n"
                                "    for _ in range(N):\n"
                                "        with guard:\n"
                                "            counter += 1\n"
                                "lane A = increment()\n"
                                "lane B = increment()\n"
                                "after:\n"
                                "    print(\"Final Counter: {counter}\")\n"
                                "expect counter == lanes * N\n";

static const char bank_text[] = "shared balance = 100\n"
                                "lock   guard off\n"
                                "def withdraw():\n"
                                "    with guard:\n"
                                "        if balance >= 80:\n"
                                "            balance -= 80\n"
                                "lane A = withdraw()\n"
                                "lane B = withdraw()\n"
                                "always balance >= 0\n";

static struct program *compile_race(int64_t lanes, int64_t n)
{
    struct lang_setting setting = {"N", n};
    return scenario_compile_with(
        race_text, &(struct lang_options){.settings = &setting, .n_settings = 1, .n_lanes = lanes});
}

static const struct {
    int64_t lanes, n;
    long states_kept, states_live; // model U
    const char *schedules, *finals;
    long states_access; // model F
    const char *schedules_access;
    long states_locked; // model K
    const char *schedules_locked;
} table[] = {
    {2, 1, 22, 21, "20", "1:18 2:2", 13, "6", 21, "2"},
    {2, 2, 138, 116, "924", "2:702 3:216 4:6", 75, "70", 83, "6"},
    {2, 3, 585, 439, "48620", "2:648 3:30780 4:15714 5:1458 6:20", 305, "924", 223, "20"},
    {3, 1, 175, 141, "1680", "1:1404 2:270 3:6", 84, "90", 76, "6"},
};

static void check_race(size_t row, struct explore_options options, long states,
                       const char *schedules, const char *finals)
{
    char text[512];
    for (int plain = 0; plain < 2; plain++) {
        options.wants_plain = plain;
        struct explored e = explore_all(compile_race(table[row].lanes, table[row].n), &options);
        assert_int_equal(e.result->status, EXPLORE_COMPLETE);
        assert_int_equal(states_of(&e), states);
        assert_string_equal(e.result->schedules, schedules);
        assert_string_equal(e.result->stuck_schedules, "0");
        assert_string_equal(e.result->n_deadlocks, "0");
        if (finals)
            assert_string_equal(finals_text(&e, 0, text), finals);
        explored_free(&e);
    }
}

static void test_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        check_race(i, (struct explore_options){0}, table[i].states_live, table[i].schedules,
                   table[i].finals);
        check_race(i, (struct explore_options){.registers = REGISTERS_KEPT}, table[i].states_kept,
                   table[i].schedules, table[i].finals);
        check_race(i, (struct explore_options){.grain = GRAIN_ACCESS, .registers = REGISTERS_KEPT},
                   table[i].states_access, table[i].schedules_access, NULL);
        check_race(i, (struct explore_options){.lock_on = true, .registers = REGISTERS_KEPT},
                   table[i].states_locked, table[i].schedules_locked, NULL);
    }
}

static void test_examples(void **state)
{
    (void)state;
    struct explored e = explore_all(compile_race(2, 1), &(struct explore_options){0});
    assert_string_equal(failure_of(&e, GOAL_EXPECT)->schedules, "18");
    assert_shortest(&e, GOAL_EXPECT, "A A B A B B");
    assert_fewest(&e, GOAL_EXPECT, "B2 A3 B1");
    explored_free(&e);
    e = explore_all(compile_race(2, 3), &(struct explore_options){0});
    assert_fewest(&e, GOAL_EXPECT, "B2 A9 B7");
    explored_free(&e);
    e = explore_all(compile_race(2, 3), &(struct explore_options){.lock_on = true});
    assert_int_equal(e.result->n_failures, 0);
    explored_free(&e);
}

static void test_bank(void **state)
{
    (void)state;
    char text[512];
    struct explore_options options = {.registers = REGISTERS_KEPT};
    struct explored e = explore_all(scenario_compile(bank_text), &options);
    assert_int_equal(states_of(&e), 44);
    assert_string_equal(e.result->schedules, "252");
    assert_string_equal(finals_text(&e, 0, text), "-60:40 20:212");
    assert_string_equal(failure_of(&e, GOAL_ALWAYS)->schedules, "40");
    assert_shortest(&e, GOAL_ALWAYS, "A A A A B A B B B B");
    explored_free(&e);
    options.lock_on = true;
    e = explore_all(scenario_compile(bank_text), &options);
    assert_string_equal(e.result->schedules, "2");
    assert_string_equal(finals_text(&e, 0, text), "20:2");
    explored_free(&e);
}

static const char opposite_text[] = "lock one\n"
                                    "lock two\n"
                                    "def forth():\n"
                                    "    with one:\n"
                                    "        with two:\n"
                                    "            pass\n"
                                    "def back():\n"
                                    "    with two:\n"
                                    "        with one:\n"
                                    "            pass\n"
                                    "lane A = forth()\n"
                                    "lane B = back()\n";

static const char same_text[] = "lock one\n"
                                "lock two\n"
                                "def forth():\n"
                                "    with one:\n"
                                "        with two:\n"
                                "            pass\n"
                                "lane A = forth()\n"
                                "lane B = forth()\n";

static void test_deadlock(void **state)
{
    (void)state;
    for (const struct lock_kind *const *kind = lock_kinds; *kind; kind++) {
        if ((*kind)->is_lock_free)
            continue;
        struct explore_options options = {.lock_on = true, .lock_kind = *kind};
        struct explored e = explore_all(scenario_compile(opposite_text), &options);
        bool has_queue = strcmp((*kind)->name, "ticket") == 0 || strcmp((*kind)->name, "mcs") == 0;
        if (!has_queue)
            assert_int_equal(states_of(&e), 19);
        assert_string_equal(e.result->n_deadlocks, "1");
        assert_string_equal(e.result->schedules, "4");
        assert_string_equal(e.result->stuck_schedules, "2");
        assert_shortest(&e, GOAL_DEADLOCK, "A B");
        explored_free(&e);
    }
    struct explored e =
        explore_all(scenario_compile(same_text), &(struct explore_options){.lock_on = true});
    assert_int_equal(states_of(&e), 16);
    assert_string_equal(e.result->n_deadlocks, "0");
    explored_free(&e);
}

// Numbers of schedules pass 64 bits: (3nk)! / ((3k)!)^n.
static void test_big_numbers(void **state)
{
    (void)state;
    struct explored e = explore_all(compile_race(2, 10), &(struct explore_options){0});
    assert_string_equal(e.result->schedules, "118264581564861424"); // 60 over 30
    explored_free(&e);
    e = explore_all(compile_race(2, 15), &(struct explore_options){0});
    assert_string_equal(e.result->schedules, "103827421287553411369671120"); // 90 over 45
    explored_free(&e);
}

static void test_endless(void **state)
{
    (void)state;
    char text[512];
    struct explored e = explore_all(scenario_compile("shared flag = 0\n"
                                                     "shared x = 0\n"
                                                     "def first():\n"
                                                     "    x = 1\n"
                                                     "    flag = 1\n"
                                                     "def second():\n"
                                                     "    while flag == 0:\n"
                                                     "        pass\n"
                                                     "    x += 1\n"
                                                     "lane A = first()\n"
                                                     "lane B = second()\n"
                                                     "expect x == 3\n"),
                                    &(struct explore_options){0});
    assert_true(e.result->is_complete);
    assert_true(e.result->is_endless);
    assert_null(e.result->schedules);
    assert_string_equal(finals_text(&e, 1, text), "2:?");
    assert_null(failure_of(&e, GOAL_EXPECT)->schedules);
    assert_shortest(&e, GOAL_EXPECT, "A A B B B B B");
    explored_free(&e);
}

static void test_memory(void **state)
{
    (void)state;
    struct explored e =
        explore_all(compile_race(3, 10), &(struct explore_options){.memory_max_bytes = 1 << 20});
    assert_int_equal(e.result->status, EXPLORE_MEMORY);
    assert_false(e.result->is_complete);
    assert_null(e.result->schedules);
    assert_true(e.result->peak_bytes <= 1 << 20);
    assert_true(states_of(&e) > 1000);
    explored_free(&e);
}

static void test_random_values(void **state)
{
    (void)state;
    char text[512];
    struct explored e = explore_all(scenario_compile("shared x = 0\n"
                                                     "def roll():\n"
                                                     "    x = random(1, 3)\n"
                                                     "lane A = roll()\n"),
                                    &(struct explore_options){0});
    assert_string_equal(finals_text(&e, 0, text), "1:1 2:1 3:1");
    assert_string_equal(e.result->schedules, "3");
    explored_free(&e);
    e = explore_all(scenario_compile("shared x = 0\n"
                                     "def roll():\n"
                                     "    x = random(1, 1000000)\n"
                                     "lane A = roll()\n"),
                    &(struct explore_options){0});
    assert_int_equal(e.result->status, EXPLORE_FAILED);
    assert_non_null(strstr(explore_trouble(e.x), "random()"));
    explored_free(&e);
}

static void test_faults(void **state)
{
    (void)state;
    char text[512];
    struct explored e = explore_all(scenario_compile("shared x = 0\n"
                                                     "lock g\n"
                                                     "def divide():\n"
                                                     "    with g:\n"
                                                     "        x = 4 // x\n"
                                                     "def set():\n"
                                                     "    with g:\n"
                                                     "        x = 2\n"
                                                     "lane A = divide()\n"
                                                     "lane B = set()\n"
                                                     "after:\n"
                                                     "    x += 10\n"
                                                     "expect x == 12\n"),
                                    &(struct explore_options){.lock_on = true});
    // A fails first and gives its lock back, or comes second.
    assert_string_equal(finals_text(&e, 0, text), "12:2");
    assert_string_equal(failure_of(&e, GOAL_FAULT)->text, "line 5: division by zero");
    assert_string_equal(failure_of(&e, GOAL_FAULT)->schedules, "1");
    assert_shortest(&e, GOAL_FAULT, "A A A");
    explored_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),   cmocka_unit_test(test_examples),
        cmocka_unit_test(test_bank),        cmocka_unit_test(test_deadlock),
        cmocka_unit_test(test_big_numbers), cmocka_unit_test(test_endless),
        cmocka_unit_test(test_memory),      cmocka_unit_test(test_random_values),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
