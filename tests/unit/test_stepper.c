#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_stepper.h"
#include "sync/lock_kind.h"

// The numbers of schedules are facts of the model, computed once by other means.

static const char race_text[] = "param  N = 1\n"
                                "shared counter = 0\n"
                                "lock   guard off\n"
                                "\n"
                                "def increment():\n"
                                "    for _ in range(N):\n"
                                "        with guard:\n"
                                "            counter += 1\n"
                                "\n"
                                "lane A = increment()\n"
                                "lane B = increment()\n";

static const char bank_text[] = "shared balance = 100\n"
                                "lock   guard off\n"
                                "\n"
                                "def withdraw():\n"
                                "    with guard:\n"
                                "        if balance >= 80:\n"
                                "            balance -= 80\n"
                                "\n"
                                "lane A = withdraw()\n"
                                "lane B = withdraw()\n";

static const char deadlock_text[] = "lock one\n"
                                    "lock two\n"
                                    "\n"
                                    "def forth():\n"
                                    "    with one:\n"
                                    "        with two:\n"
                                    "            pass\n"
                                    "\n"
                                    "def back():\n"
                                    "    with two:\n"
                                    "        with one:\n"
                                    "            pass\n"
                                    "\n"
                                    "lane A = forth()\n"
                                    "lane B = back()\n";

static struct program *compile_race(int64_t n)
{
    struct lang_setting setting = {"N", n};
    return scenario_compile_with(race_text,
                                 &(struct lang_options){.settings = &setting, .n_settings = 1});
}

static void test_shortest_loss(void **state)
{
    (void)state;
    struct program *prog = compile_race(1);
    struct stepper *s = play(prog, &unlocked, "AABABB");
    assert_true(stepper_is_over(s));
    assert_int_equal(stepper_cell(s, 0), 1);
    struct stepper_output out = stepper_output(s);
    assert_int_equal(out.n_updates, 2);
    // B stored over A's 1, having loaded what was there before A.
    const struct update *a = &out.updates[0], *b = &out.updates[1];
    assert_int_equal(a->id, write_id(1, 1));
    assert_int_equal(a->old, WRITE_INITIAL);
    assert_int_equal(a->loaded, WRITE_INITIAL);
    assert_int_equal(a->t_ns, 4);
    assert_int_equal(a->load_age_ns, 3);
    assert_int_equal(b->id, write_id(2, 1));
    assert_int_equal(b->old, a->id);
    assert_int_equal(b->loaded, WRITE_INITIAL);
    assert_int_equal(b->value, 1);
    assert_int_equal(b->loaded_value, 0);
    assert_int_equal(b->flags, ACCESS_UPDATE | ACCESS_OFF);
    stepper_free(s);

    s = play(prog, &unlocked, "AAABBB");
    assert_int_equal(stepper_cell(s, 0), 2);
    stepper_free(s);
    program_free(prog);
}

static void test_steps_per_lane(void **state)
{
    (void)state;
    struct program *prog = compile_race(1);
    struct stepper *s = play(prog, &unlocked, "AAABBB");
    assert_int_equal(stepper_lane(s, 0).steps, 0);
    assert_int_equal(stepper_lane(s, 1).steps, 3);
    assert_int_equal(stepper_lane(s, 2).steps, 3);
    stepper_free(s);
    s = play(prog, &locked, "AAAAABBBBB");
    assert_int_equal(stepper_lane(s, 1).steps, 5);
    assert_int_equal(stepper_lane(s, 2).steps, 5);
    assert_int_equal(stepper_steps(s), 10);
    stepper_free(s);
    program_free(prog);

    prog = compile_race(7);
    s = play(prog, &unlocked, "AAAAAAAAAAAAAAAAAAAAA");
    assert_int_equal(stepper_lane(s, 1).state, LANE_FINISHED);
    stepper_free(s);
    program_free(prog);
}

static void test_lock_excludes(void **state)
{
    (void)state;
    struct program *prog = compile_race(1);
    for (const struct lock_kind *const *kind = lock_kinds; *kind; kind++) {
        struct stepper_options options = {.lock_kind = *kind, .lock_on = true};
        if ((*kind)->is_lock_free)
            continue;
        struct stepper *s = play(prog, &options, "A");
        assert_false(stepper_is_enabled(s, 2));
        assert_int_equal(stepper_lane(s, 1).state, LANE_HOLDING);
        assert_int_equal(stepper_lane(s, 2).state, LANE_BLOCKED);
        assert_int_equal(stepper_lane(s, 2).waits_for, 0);
        for (int i = 0; i < 4; i++)
            stepper_step(s, 1);
        assert_true(stepper_is_enabled(s, 2));
        for (int i = 0; i < 5; i++)
            stepper_step(s, 2);
        assert_true(stepper_is_over(s));
        assert_int_equal(stepper_cell(s, 0), 2);
        assert_int_equal(stepper_output(s).updates[0].flags, ACCESS_UPDATE | ACCESS_HELD);
        stepper_free(s);
    }
    program_free(prog);
}

// A queue serves in the order of arrival; a mutex whoever the schedule has come first.
static void test_lock_order(void **state)
{
    (void)state;
    struct lang_options three = {.n_lanes = 3};
    struct program *prog = scenario_compile_with(race_text, &three);
    struct stepper_options ticket = {.lock_kind = lock_kind_find("ticket"), .lock_on = true};
    struct stepper *s = play(prog, &ticket, "BBBBB");
    assert_true(stepper_is_enabled(s, 1));
    assert_false(stepper_is_enabled(s, 3));
    stepper_free(s);
    s = play(prog, &ticket, "BBBBBAAAAACCCCC");
    assert_true(stepper_is_over(s));
    stepper_free(s);
    s = play(prog, &locked, "BBBBB");
    assert_true(stepper_is_enabled(s, 1));
    assert_true(stepper_is_enabled(s, 3));
    stepper_free(s);
    program_free(prog);
}

static void test_every_schedule_of_race(void **state)
{
    (void)state;
    struct program *prog = compile_race(1);
    struct explored e = explore(prog, &unlocked);
    assert_int_equal(e.n_schedules, 20);
    assert_int_equal(e.n_stuck, 0);
    assert_int_equal(schedules_ending_in(&e, 1), 18);
    assert_int_equal(schedules_ending_in(&e, 2), 2);
    e = explore(prog, &locked);
    assert_int_equal(e.n_schedules, 2);
    assert_int_equal(schedules_ending_in(&e, 2), 2);
    program_free(prog);

    prog = compile_race(2);
    e = explore(prog, &unlocked);
    assert_int_equal(e.n_schedules, 924);
    assert_int_equal(schedules_ending_in(&e, 2), 702);
    assert_int_equal(schedules_ending_in(&e, 3), 216);
    assert_int_equal(schedules_ending_in(&e, 4), 6);
    e = explore(prog, &locked);
    assert_int_equal(e.n_schedules, 6);
    assert_int_equal(schedules_ending_in(&e, 4), 6);
    program_free(prog);
}

static void test_every_schedule_of_three_lanes(void **state)
{
    (void)state;
    struct lang_options three = {.n_lanes = 3};
    struct program *prog = scenario_compile_with(race_text, &three);
    struct explored e = explore(prog, &unlocked);
    assert_int_equal(e.n_schedules, 1680);
    assert_int_equal(schedules_ending_in(&e, 1), 1404);
    assert_int_equal(schedules_ending_in(&e, 2), 270);
    assert_int_equal(schedules_ending_in(&e, 3), 6);
    e = explore(prog, &locked);
    assert_int_equal(e.n_schedules, 6);
    program_free(prog);
}

static void test_every_schedule_of_bank(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(bank_text);
    struct explored e = explore(prog, &unlocked);
    assert_int_equal(e.n_schedules, 252);
    assert_int_equal(schedules_ending_in(&e, 20), 212);
    assert_int_equal(schedules_ending_in(&e, -60), 40);
    e = explore(prog, &locked);
    assert_int_equal(e.n_schedules, 2);
    assert_int_equal(schedules_ending_in(&e, 20), 2);
    program_free(prog);
}

static void test_every_schedule_of_deadlock(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(deadlock_text);
    struct explored e = explore(prog, &locked);
    assert_int_equal(e.n_schedules, 4);
    assert_int_equal(e.n_stuck, 2);
    assert_string_equal(e.first_stuck, "AB");
    program_free(prog);
}

// Compare-and-swap: no schedule loses, however they are interleaved.
static void test_lock_free_never_loses(void **state)
{
    (void)state;
    struct program *prog = compile_race(1);
    struct stepper_options options = {.lock_kind = lock_kind_find("atomic"), .lock_on = true};
    struct explored e = explore(prog, &options);
    assert_true(e.n_schedules > 2);
    assert_int_equal(schedules_ending_in(&e, 2), e.n_schedules);

    // `with` takes no step; B's update is done again, since A stored in between.
    struct stepper *s = play(prog, &options, "ABAABBBBB");
    assert_true(stepper_is_over(s));
    assert_int_equal(stepper_lane(s, 2).retries, 1);
    assert_int_equal(stepper_output(s).updates[1].flags, ACCESS_UPDATE | ACCESS_ATOMIC);
    assert_int_equal(stepper_output(s).updates[1].loaded, write_id(1, 1));
    stepper_free(s);
    program_free(prog);
}

static void test_main_waits_without_steps(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("def hello(who):\n"
                                            "    print(\"{who} is here\")\n"
                                            "lane A = hello(\"A\")\n"
                                            "lane B = hello(\"B\")\n"
                                            "after:\n"
                                            "    print(\"done\")\n");
    struct stepper *s = stepper_new(prog, &unlocked);
    assert_int_equal(stepper_lane(s, 0).state, LANE_JOINING);
    assert_int_equal(stepper_lane(s, 0).waits_for, 1);
    stepper_step(s, 2);
    assert_false(stepper_is_enabled(s, 0));
    stepper_step(s, 1);
    assert_true(stepper_is_enabled(s, 0));
    stepper_step(s, 0);
    assert_true(stepper_is_over(s));
    struct stepper_output out = stepper_output(s);
    assert_int_equal(out.n_lines, 3);
    assert_string_equal(out.lines[0].text, "B is here");
    assert_string_equal(out.lines[1].text, "A is here");
    assert_string_equal(out.lines[2].text, "done");
    stepper_forget(s);
    assert_int_equal(stepper_output(s).n_lines, 0);
    stepper_free(s);
    program_free(prog);
}

static void test_sequential_has_one_schedule(void **state)
{
    (void)state;
    struct lang_options options = {.mode = "sequential"};
    struct program *prog = scenario_compile_with(race_text, &options);
    struct explored e = explore(prog, &unlocked);
    assert_int_equal(e.n_schedules, 1);
    assert_int_equal(schedules_ending_in(&e, 2), 1);
    program_free(prog);
}

static void test_events(void **state)
{
    (void)state;
    char text[1024];
    struct program *prog = compile_race(1);
    struct stepper *s = play(prog, &locked, "AAAAABBBBB");
    describe(prog, s, text, sizeof text);
    assert_string_equal(text, "0 main start; 0 main start lane; 0 A start; 0 main start lane; "
                              "0 B start; 0 main join; 1 A acquire; 1 B wait; 2 A LOAD 0; "
                              "4 A STORE 1; 5 A release; 5 A finish; 5 main joined; 5 main join; "
                              "6 B acquire; 7 B LOAD 1; 9 B STORE 2; 10 B release; 10 B finish; "
                              "10 main joined; 10 main finish");
    stepper_free(s);
    program_free(prog);
}

static void test_faults(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("shared x = 0\n"
                                            "lock guard\n"
                                            "def divide():\n"
                                            "    with guard:\n"
                                            "        x = 1 // x\n"
                                            "def add():\n"
                                            "    with guard:\n"
                                            "        x += 1\n"
                                            "def dive(n):\n"
                                            "    return dive(n + 1)\n"
                                            "def plunge():\n"
                                            "    x = dive(0)\n"
                                            "lane A = divide()\n"
                                            "lane B = add()\n"
                                            "lane C = plunge()\n");
    struct stepper *s = play(prog, &locked, "AAA");
    assert_int_equal(stepper_lane(s, 1).state, LANE_FAILED);
    assert_int_equal(stepper_lane(s, 1).fault, FAULT_DIVISION);
    assert_int_equal(stepper_lane(s, 1).fault_line, 5);
    // The error left the `with`, so the lock is free again.
    while (stepper_is_enabled(s, 2))
        stepper_step(s, 2);
    assert_int_equal(stepper_lane(s, 2).state, LANE_FINISHED);
    while (stepper_is_enabled(s, 3))
        stepper_step(s, 3);
    assert_int_equal(stepper_lane(s, 3).fault, FAULT_DEPTH);
    assert_int_equal(stepper_lane(s, 3).fault_line, 10);
    assert_true(stepper_is_over(s));
    stepper_free(s);
    program_free(prog);
}

static void test_lock_kept_by_a_lane_that_ended(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("lock guard\n"
                                            "def keep():\n"
                                            "    acquire(guard)\n"
                                            "def want():\n"
                                            "    with guard:\n"
                                            "        pass\n"
                                            "lane A = keep()\n"
                                            "lane B = want()\n");
    struct stepper *s = play(prog, &locked, "A");
    assert_int_equal(stepper_lane(s, 1).state, LANE_FINISHED);
    assert_true(stepper_is_stuck(s));
    stepper_free(s);
    program_free(prog);
}

static void test_same_seed_same_numbers(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("shared x = 0\n"
                                            "def roll():\n"
                                            "    x = random(1, 1000000)\n"
                                            "lane A = roll()\n"
                                            "lane B = roll()\n");
    int64_t values[2];
    for (uint64_t seed = 1; seed <= 2; seed++)
        for (int again = 0; again < 2; again++) {
            struct stepper *s = play(prog, &(struct stepper_options){.seed = seed}, "AABB");
            assert_true(stepper_is_over(s));
            int64_t value = stepper_cell(s, 0);
            assert_true(again == 0 || value == values[seed - 1]);
            values[seed - 1] = value;
            stepper_free(s);
        }
    assert_true(values[0] != values[1]);
    program_free(prog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortest_loss),
        cmocka_unit_test(test_steps_per_lane),
        cmocka_unit_test(test_lock_excludes),
        cmocka_unit_test(test_lock_order),
        cmocka_unit_test(test_every_schedule_of_race),
        cmocka_unit_test(test_every_schedule_of_three_lanes),
        cmocka_unit_test(test_every_schedule_of_bank),
        cmocka_unit_test(test_every_schedule_of_deadlock),
        cmocka_unit_test(test_lock_free_never_loses),
        cmocka_unit_test(test_main_waits_without_steps),
        cmocka_unit_test(test_sequential_has_one_schedule),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_lock_kept_by_a_lane_that_ended),
        cmocka_unit_test(test_same_seed_same_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
