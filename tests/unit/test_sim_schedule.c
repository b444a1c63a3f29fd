// Schedules of simulated runs that somebody chose, and what comes of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/schedule.h"
#include "support_sim.h"

static char *known_schedule(const struct session *s)
{
    struct session_view view = session_view(s);
    return schedule_text(view.prog, view.schedule, view.n_known_steps);
}

static void check_kept(struct session *s, const char *schedule, const char *said)
{
    char *known = known_schedule(s);
    assert_int_equal(session_view(s).n_steps, 0);
    assert_string_equal(known, schedule);
    assert_string_equal(session_kept_schedule(s), said);
    mem_free(known);
}

// The lock is switched: the schedule that somebody chose is followed as far as it goes, what was
// drawn is drawn anew.
static void test_the_lock_under_a_schedule(void **state)
{
    (void)state;
    struct error err;
    struct session *s = open_sim(race, 7, NULL);
    assert_true(step(s) && step(s));
    session_lock_toggle(s);
    check_kept(s, "", "");
    session_lock_toggle(s);
    // LOAD of both lanes, then both store: with the lock, B cannot come between.
    for (const char *lane = "ABAABB"; *lane; lane++)
        assert_true(session_step(s, (size_t)(*lane - 'A') + 1, &err));
    assert_true(step(s));
    session_lock_toggle(s);
    assert_true(session_view(s).lock_wanted);
    check_kept(s, "A1", "your schedule holds to step 1 of 6, then B waits for guard, held by A");
    session_lock_kind_next(s);
    check_kept(s, "A1", "your schedule holds to step 1 of 6, then B waits for guard, held by A");
    session_lock_toggle(s);
    check_kept(s, "A1 B1 A2 B2", "from the beginning, by the same 6 steps");
    session_lock_toggle(s);
    // Who chooses otherwise has made another schedule.
    assert_true(session_step(s, 2, &err));
    session_lock_toggle(s);
    check_kept(s, "B1", "from the beginning, by the same 1 step");
    session_free(s);
}

// What the model's lanes did at a condition is counted as real lanes count it.
static void test_counts_at_a_condition(void **state)
{
    (void)state;
    struct session *s = open_sim("shared ready = 0\n"
                                 "lock guard\n"
                                 "condition changed with guard\n"
                                 "def hear():\n"
                                 "    with guard:\n"
                                 "        while not ready:\n"
                                 "            wait changed\n"
                                 "def tell():\n"
                                 "    with guard:\n"
                                 "        ready = 1\n"
                                 "        notify changed\n"
                                 "lane A = hear()\n"
                                 "lane B = tell()\n",
                                 7, "A4 B4");
    while (session_view(s).n_steps < 8)
        assert_true(step(s));
    struct session_condition changed = session_condition(s, 1);
    assert_string_equal(changed.name, "changed");
    assert_string_equal(changed.lock, "guard");
    assert_int_equal(changed.notifies, 1);
    assert_int_equal(changed.waits, 0);
    while (step(s))
        ;
    assert_int_equal(session_condition(s, 1).waits, 1);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_lock_under_a_schedule),
        cmocka_unit_test(test_counts_at_a_condition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
