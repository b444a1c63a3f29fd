// Simulated runs: forward, back, by whoever is chosen; the same seed and schedule, the same
// picture.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "model/schedule.h"
#include "support_random_program.h"
#include "support_sim.h"

#include <stdio.h>
#include <stdlib.h>

enum { PICTURES_MAX = 512 };

static void test_forward_and_back(void **state)
{
    (void)state;
    struct session *s = open_sim(race, 7, NULL);
    char *pictures[PICTURES_MAX];
    size_t n = 0;
    do
        pictures[n++] = picture(s);
    while (step(s) && n < PICTURES_MAX);
    assert_true(session_view(s).is_ended);
    assert_true(n > 20);
    assert_int_equal(session_view(s).n_steps, n - 1);
    for (size_t at = n; at-- > 0;) {
        check_picture(s, pictures[at]);
        assert_int_equal(back(s), at > 0);
    }
    for (size_t at = 0; at < n; at++) {
        check_picture(s, pictures[at]);
        assert_int_equal(step(s), at + 1 < n);
    }
    for (size_t i = 0; i < n; i++)
        free(pictures[i]);
    session_free(s);
}

// Digest of everything that can be asked of a session.
static uint64_t digest(const struct session *s)
{
    struct session_view view = session_view(s);
    uint64_t sum = view.n_steps * 31 + view.now_ns + view.events;
    for (size_t cell = 0; cell < view.prog->n_cells; cell++) {
        const struct ledger_cell *counts = ledger_cell(view.ledger, cell);
        sum = sum * 1000003 + (uint64_t)view.cells[cell];
        sum = sum * 1000003 + counts->updates * 7 + counts->lost;
        sum = sum * 1000003 + (uint64_t)counts->lost_amount;
    }
    for (size_t lane = 0; lane < view.n_lanes; lane++) {
        const struct session_lane *l = &view.lanes[lane];
        sum = sum * 1000003 + (uint64_t)l->state * 5 + l->pc * 3 + l->updates + l->end_ns;
    }
    return sum * 1000003 + view.n_output;
}

// Random steps of random lanes and random rewinds: what is known of a step never differs.
static void test_random_walks(void **state)
{
    (void)state;
    uint64_t seed = number_from("RACELANE_SEED", 11);
    uint64_t steps = number_from("RACELANE_STEPS", 4000);
    struct random random = random_stream(seed, 9);
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    for (uint64_t made = 0, programs = 0; made < steps; programs++) {
        char *text = random_program(seed + programs);
        struct session *s = open_sim(text, programs, NULL);
        uint64_t digests[PICTURES_MAX] = {0};
        size_t known = 0;
        for (int i = 0; i < 200; i++, made++) {
            struct error err;
            size_t at = session_view(s).n_steps;
            if (at >= PICTURES_MAX - 1)
                break;
            if (at <= known && digests[at])
                assert_int_equal(digests[at], digest(s));
            digests[at] = digest(s);
            known = at > known ? at : known;
            size_t n = session_view(s).n_known_steps;
            switch (random_below(&random, 6)) {
            case 0:
                session_step_back(s, &err);
                break;
            case 1:
                assert_true(session_seek(s, random_below(&random, n + 1), &err));
                break;
            case 2:
                // A choice of one's own makes what came after it history.
                if (session_step(s, random_below(&random, session_view(s).n_lanes), &err))
                    memset(digests + at + 1, 0, (PICTURES_MAX - at - 1) * sizeof digests[0]);
                break;
            default:
                step(s);
                break;
            }
        }
        session_free(s);
        mem_free(text);
    }
}

static void play(struct session *s)
{
    while (step(s))
        ;
}

static void test_same_seed_same_run(void **state)
{
    (void)state;
    char *schedules[3];
    static const uint64_t seeds[3] = {5, 5, 6};
    for (size_t i = 0; i < 3; i++) {
        struct session *s = open_sim(race, seeds[i], NULL);
        play(s);
        schedules[i] = session_schedule(s);
        session_free(s);
    }
    assert_string_equal(schedules[0], schedules[1]);
    assert_string_not_equal(schedules[0], schedules[2]);
    // And the schedule alone, under another seed.
    struct session *again = open_sim(race, 99, schedules[0]);
    play(again);
    char *text = session_schedule(again);
    assert_string_equal(text, schedules[0]);
    mem_free(text);
    session_free(again);
    for (size_t i = 0; i < 3; i++)
        mem_free(schedules[i]);
}

static void test_a_schedule_that_loses(void **state)
{
    (void)state;
    struct session *s = open_sim(race, 1, "AABABB");
    for (int i = 0; i < 6; i++)
        assert_true(step(s));
    struct session_view view = session_view(s);
    assert_int_equal(ledger_cell(view.ledger, 0)->lost, 1);
    assert_int_equal(view.cells[0], 1);
    const struct ledger_entry *entry = ledger_log_at(view.ledger, 1);
    assert_int_equal(entry->lane, 2);
    assert_int_equal(entry->victim, 1);
    assert_int_equal(entry->t_ns, 500 * NS_PER_MS);
    assert_int_equal(entry->load_age_ns, 300 * NS_PER_MS);
    session_free(s);
}

static void test_schedules_with_mistakes(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"AXB", "`XB` begins with no lane"},
        {"A99", "step 10: A has ended"},
        {"main", "step 1: main waits for a lane to end"},
        {"A9999999", "more than 1048576 steps"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct lang_problems problems;
        assert_null(try_open(race, 1, wrong[i][0], &problems));
        if (!strstr(problems.items[0].text, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], problems.items[0].text);
    }
}

static void test_who_waits_for_whom(void **state)
{
    (void)state;
    struct error err;
    struct session *s = open_sim("shared x = 0\n"
                                 "lock guard\n"
                                 "lock other\n"
                                 "def a():\n"
                                 "    with guard:\n"
                                 "        with other:\n"
                                 "            x += 1\n"
                                 "def b():\n"
                                 "    with other:\n"
                                 "        with guard:\n"
                                 "            x += 1\n"
                                 "lane A = a()\n"
                                 "lane B = b()\n",
                                 1, NULL);
    assert_true(session_step(s, 1, &err));
    assert_true(session_step(s, 2, &err));
    assert_false(session_step(s, 1, &err));
    assert_non_null(strstr(err.text, "deadlock"));
    struct session_view view = session_view(s);
    assert_true(view.is_deadlocked);
    assert_non_null(strstr(view.trouble, "A waits for other, held by B"));
    assert_non_null(strstr(view.trouble, "B waits for guard, held by A"));
    assert_true(session_step_back(s, &err));
    assert_false(session_view(s).is_deadlocked);
    session_free(s);
}

// Sleeping lanes overlap on the virtual clock, and who sleeps ends when it has slept.
static void test_virtual_time(void **state)
{
    (void)state;
    struct session *s = open_sim("def nap(n):\n"
                                 "    sleep(n)\n"
                                 "lane A = nap(2)\n"
                                 "lane B = nap(3)\n"
                                 "after:\n"
                                 "    print(\"{elapsed():.1f}\")\n",
                                 1, NULL);
    assert_true(step(s) && step(s));
    struct session_view view = session_view(s);
    assert_int_equal(view.lanes[1].state, LANE_SLEEPING);
    assert_int_equal(view.lanes[2].state, LANE_SLEEPING);
    assert_int_equal(view.lanes[0].state, LANE_JOINING);
    play(s);
    view = session_view(s);
    assert_true(view.is_ended);
    uint64_t first = view.lanes[1].end_ns, second = view.lanes[2].end_ns;
    assert_true(first >= 2 * NS_PER_S && first < 2 * NS_PER_S + 300 * NS_PER_MS);
    assert_true(second >= 3 * NS_PER_S && second < 3 * NS_PER_S + 300 * NS_PER_MS);
    assert_string_equal(view.output[0].text[0] == '3' ? "3" : view.output[0].text, "3");
    session_free(s);
}

// A computation is as long at the end of a lane as anywhere else.
static void test_a_computation_at_the_end(void **state)
{
    (void)state;
    struct session *s = open_sim("def work():\n"
                                 "    compute(500ms)\n"
                                 "lane A = work()\n"
                                 "lane B = work()\n",
                                 1, NULL);
    play(s);
    struct session_view view = session_view(s);
    assert_true(view.is_ended);
    for (size_t lane = 1; lane <= 2; lane++) {
        assert_int_equal(view.lanes[lane].state, LANE_FINISHED);
        assert_true(view.lanes[lane].end_ns - view.lanes[lane].start_ns >= 500 * NS_PER_MS);
        assert_true(view.lanes[lane].end_ns <= view.now_ns);
    }
    session_free(s);
}

// Run again with the same seed: the steps by hand are still known.
static void test_again_by_the_same_steps(void **state)
{
    (void)state;
    struct error err;
    struct session *s = open_sim("shared x = 0\n"
                                 "def add():\n"
                                 "    for _ in range(3):\n"
                                 "        x += 1\n"
                                 "lane A = add()\n"
                                 "lane B = add()\n",
                                 1, NULL);
    for (size_t i = 0; i < 4; i++)
        assert_true(session_step(s, 1 + i % 2, &err));
    assert_true(session_restart(s, session_view(s).seed, &err));
    assert_int_equal(session_view(s).n_steps, 0);
    assert_int_equal(session_view(s).n_known_steps, 4);
    assert_true(session_restart(s, session_view(s).seed + 1, &err));
    assert_int_equal(session_view(s).n_known_steps, 0);
    session_free(s);
}

static void test_lines_and_keys(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct session *live = open_text(&w, race);
    assert_false(session_step(live, 1, &err));
    assert_non_null(strstr(err.text, "{simulate} simulates"));
    assert_true(session_simulate(live, true, &err));
    assert_true(session_view(live).is_simulated);
    assert_true(session_next_line(live, &err));
    assert_false(session_gil_next(live, &err));
    assert_true(session_mode_next(live, &err));
    assert_true(session_view(live).is_simulated && session_view(live).is_private);
    play(live);
    assert_int_equal(session_view(live).lanes[1].copies[0], 3);
    assert_int_equal(session_view(live).cells[0], 0);
    assert_true(session_simulate(live, false, &err));
    pump_until(live, is_ended, "the real run's end");
    session_free(live);
}

static void explore_to_the_end(struct session *s)
{
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    while (session_orders(s).status == EXPLORE_GOING) {
        assert_true(clock_now_ns() < deadline_ns);
        session_pump(s);
    }
}

// Every interleaving is tried beside the run, and one that fails is played.
static void test_orders_and_find(void **state)
{
    (void)state;
    struct error err;
    struct session *s = open_sim(race, 7, NULL);
    assert_false(session_orders(s).is_begun);
    assert_true(session_find(s, &err));
    explore_to_the_end(s);
    struct session_orders orders = session_orders(s);
    assert_true(orders.result->is_complete);
    assert_string_equal(orders.result->n_states, "439");
    assert_string_equal(orders.result->schedules, "48620");
    assert_true(session_view(s).is_simulated);
    play(s);
    assert_false(session_view(s).claims[0].holds);
    assert_int_equal(session_view(s).cells[0], 3);
    // With the lock on nothing fails, and that is said.
    session_lock_toggle(s);
    assert_false(session_orders(s).is_begun);
    assert_true(session_orders_begin(s, &err));
    explore_to_the_end(s);
    assert_false(session_find(s, &err));
    assert_non_null(strstr(err.text, "none fails"));
    session_free(s);
}

// A second consumer takes the item before who was notified has the lock again.
static const char stolen[] = "shared items = 0\n"
                             "lock g\n"
                             "condition filled with g\n"
                             "def produce():\n"
                             "    for _ in range(2):\n"
                             "        with g:\n"
                             "            items += 1\n"
                             "            notify filled\n"
                             "def consume():\n"
                             "    with g:\n"
                             "        if items == 0:\n"
                             "            wait filled\n"
                             "        items -= 1\n"
                             "lane P = produce()\n"
                             "lane C = consume()\n"
                             "lane D = consume()\n"
                             "always items >= 0\n";

static void test_find_at_a_condition(void **state)
{
    (void)state;
    struct error err;
    struct session *s = open_sim(stolen, 7, NULL);
    assert_true(session_find(s, &err));
    explore_to_the_end(s);
    assert_true(session_orders(s).result->is_complete);
    assert_true(session_view(s).is_simulated);
    // D waits, P notifies, C comes by, and D takes what is not there.
    struct session_view view = session_view(s);
    assert_true(view.n_known_steps > 0);
    assert_int_equal(view.n_steps, 0);
    assert_true(session_view(s).claims[0].holds);
    assert_true(session_seek(s, view.n_known_steps - 1, &err));
    assert_true(session_view(s).claims[0].holds);
    assert_int_equal(session_condition(s, 1).waits, 1);
    assert_int_equal(session_condition(s, 1).notifies, 1);
    assert_string_equal(session_condition(s, 1).lock, "g");
    assert_true(step(s));
    assert_false(session_view(s).claims[0].holds);
    assert_int_equal(session_view(s).cells[0], -1);
    // Who waits is not over with it when notified, but when it has the lock again.
    assert_true(session_seek(s, 0, &err));
    assert_int_equal(session_condition(s, 1).waits, 0);
    while (session_condition(s, 1).notifies == 0)
        assert_true(step(s));
    assert_int_equal(session_condition(s, 1).waits, 0);
    session_free(s);
}

static const char long_race[] = "shared counter = 0\n"
                                "def add():\n"
                                "    for _ in range(10000):\n"
                                "        counter += 1\n"
                                "lane A = add()\n"
                                "lane B = add()\n"
                                "expect counter == 20000\n";

// Too many for exploring: one is found all the same, and told apart.
static void test_find_beyond_exploring(void **state)
{
    (void)state;
    struct error err;
    struct session *s = open_sim(long_race, 7, NULL);
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    assert_true(session_find(s, &err));
    while (session_orders(s).is_wanted) {
        assert_true(clock_now_ns() < deadline_ns);
        session_pump(s);
    }
    struct session_orders orders = session_orders(s);
    assert_true(orders.is_played);
    assert_true(orders.is_of_probe);
    assert_false(orders.result->is_complete);
    assert_int_equal(orders.result->n_failures, 0);
    struct session_view view = session_view(s);
    assert_true(view.is_simulated);
    assert_int_equal(view.n_steps, 0);
    assert_true(session_seek(s, view.n_known_steps, &err));
    view = session_view(s);
    assert_true(view.is_ended);
    assert_false(view.claims[0].holds);
    assert_int_equal(ledger_cell(view.ledger, 0)->lost, 1);
    // Once more, as it is known now.
    assert_true(session_find(s, &err));
    assert_true(session_orders(s).is_played);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward_and_back),
        cmocka_unit_test(test_random_walks),
        cmocka_unit_test(test_same_seed_same_run),
        cmocka_unit_test(test_a_schedule_that_loses),
        cmocka_unit_test(test_schedules_with_mistakes),
        cmocka_unit_test(test_who_waits_for_whom),
        cmocka_unit_test(test_virtual_time),
        cmocka_unit_test(test_a_computation_at_the_end),
        cmocka_unit_test(test_again_by_the_same_steps),
        cmocka_unit_test(test_lines_and_keys),
        cmocka_unit_test(test_orders_and_find),
        cmocka_unit_test(test_find_at_a_condition),
        cmocka_unit_test(test_find_beyond_exploring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
