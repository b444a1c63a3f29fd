// A few schedules, tried by themselves: whatever is told as failing fails when it is played.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/probe.h"
#include "support_stepper.h"

#include <string.h>

enum { SLICE_STEPS = 700, SLICES_MAX = 1 << 20 };

static const char race[] = "param N = 2000\n"
                           "shared counter = 0\n"
                           "lock guard\n"
                           "def add():\n"
                           "    for _ in range(N):\n"
                           "        with guard:\n"
                           "            counter += 1\n"
                           "lane A = add()\n"
                           "lane B = add()\n"
                           "after:\n"
                           "    print(\"over\")\n"
                           "expect counter == lanes * N\n";
static const char ring[] = "lock one\n"
                           "lock two\n"
                           "def up():\n"
                           "    with one:\n"
                           "        with two:\n"
                           "            sleep(1ms)\n"
                           "def down():\n"
                           "    with two:\n"
                           "        with one:\n"
                           "            sleep(1ms)\n"
                           "lane A = up()\n"
                           "lane B = down()\n";
static const char gone[] = "shared items = 1\n"
                           "def take():\n"
                           "    if items > 0:\n"
                           "        items -= 1\n"
                           "lane A = take()\n"
                           "lane B = take()\n"
                           "always items >= 0\n";
static const char division[] = "shared n = 1\n"
                               "def clear():\n    n = 0\n    n = 1\n"
                               "def divide():\n    x = 8 // n\n"
                               "lane A = clear()\n"
                               "lane B = divide()\n";
static const char wrong[] = "shared n = 1\n"
                            "def f():\n    n = 2\n"
                            "lane A = f()\n"
                            "expect n == 1\n";

static void run_to_its_end(struct probe *probe)
{
    for (int i = 0; !probe_run(probe, SLICE_STEPS); i++)
        assert_true(i < SLICES_MAX);
}

static bool has_fault(const struct stepper *s, const struct program *prog)
{
    for (size_t lane = 0; lane < prog->n_lanes; lane++)
        if (stepper_lane(s, lane).fault != FAULT_NONE)
            return true;
    return false;
}

static int64_t read_cell(const void *s, size_t cell)
{
    return stepper_cell(s, cell);
}

static bool is_broken(const struct stepper *s, const char *text, const struct program *prog)
{
    const struct stepper_output out = stepper_output(s);
    for (size_t i = 0; i < out.n_events; i++)
        if (out.events[i].kind == EVENT_BROKEN &&
            strcmp(prog->always[out.events[i].object].text, text) == 0)
            return true;
    return false;
}

static void check_fails_so(const struct program *prog, const struct stepper *s,
                           const struct probe_result *result)
{
    bool holds = true;
    switch (result->kind) {
    case GOAL_EXPECT:
        assert_true(stepper_is_over(s));
        assert_string_equal(result->text, prog->expects[0].text);
        assert_true(machine_judge(prog, &prog->expects[0], read_cell, s, &holds));
        assert_false(holds);
        break;
    case GOAL_ALWAYS:
        assert_true(is_broken(s, result->text, prog));
        break;
    case GOAL_FAULT:
        assert_true(has_fault(s, prog));
        assert_non_null(strstr(result->text, "line 6: "));
        break;
    case GOAL_DEADLOCK:
        assert_true(stepper_is_stuck(s));
        break;
    }
}

// Plays what was found. Returns how many updates of the first cell it lost.
static int64_t check(const char *text, const struct stepper_options *options,
                     enum explore_goal_kind kind)
{
    struct program *prog = scenario_compile(text);
    struct probe *probe = probe_new(prog, options);
    run_to_its_end(probe);
    struct probe_result result = probe_result(probe);
    assert_true(result.has_failed);
    assert_int_equal(result.kind, kind);
    struct stepper *s = stepper_new(prog, options);
    for (size_t i = 0; i < result.n; i++) {
        assert_true(stepper_is_enabled(s, result.lanes[i]));
        stepper_step(s, result.lanes[i]);
    }
    check_fails_so(prog, s, &result);
    const struct stepper_output out = stepper_output(s);
    int64_t n_updates = 0;
    for (size_t i = 0; i < out.n_updates; i++)
        n_updates += (out.updates[i].flags & ACCESS_UPDATE) != 0;
    int64_t lost = prog->n_cells ? n_updates - stepper_cell(s, 0) : 0;
    stepper_free(s);
    probe_free(probe);
    program_free(prog);
    return lost;
}

static void check_finds_none(const char *text, const struct stepper_options *options)
{
    struct program *prog = scenario_compile(text);
    struct probe *probe = probe_new(prog, options);
    run_to_its_end(probe);
    assert_false(probe_result(probe).has_failed);
    assert_true(probe_run(probe, SLICE_STEPS));
    probe_free(probe);
    program_free(prog);
}

// The smallest that can be: one update is lost, of 4,000.
static void test_a_lost_update(void **state)
{
    (void)state;
    assert_int_equal(check(race, &unlocked, GOAL_EXPECT), 1);
    check_finds_none(race, &locked);
}

static void test_other_failures(void **state)
{
    (void)state;
    check(ring, &locked, GOAL_DEADLOCK);
    check(gone, &unlocked, GOAL_ALWAYS);
    check(division, &unlocked, GOAL_FAULT);
    // Without any preemption, and with one lane alone.
    check(wrong, &unlocked, GOAL_EXPECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lost_update),
        cmocka_unit_test(test_other_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
