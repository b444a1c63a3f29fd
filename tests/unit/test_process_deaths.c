// Processes that are killed in the middle of a write, or of what they print.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "session/private.h"
#include "support_process.h"

#include <signal.h>
#include <stdio.h>

// Stops the first lane again and again until that happens between a write and its record; false
// when it ended before.
static bool stop_in_a_store(struct session *s)
{
    for (;;) {
        pid_t pid = (pid_t)session_view(s).lanes[1].pid;
        if (pid == 0)
            return false;
        kill(pid, SIGSTOP);
        pump_until(s, is_stopped, "the first lane stopped");
        if (session_view(s).lanes[1].end_ns != UINT64_MAX)
            return false;
        if (is_in_a_store(s, 1))
            return true;
        kill(pid, SIGCONT);
        pump_until(s, goes_on, "the first lane going on");
    }
}

// Killed in the middle of a store: the write counts exactly if it was made.
static void test_killed_in_a_store(void **state)
{
    (void)state;
    size_t made = 0, not_made = 0, missed = 0;
    while (made < 5 && missed < 60) {
        struct watch w;
        struct session *s = open_processes(
            &w, race, &(struct how){.memory = "shared", .lock = 0, .n_lanes = 3, .n = 200000});
        pump_until(s, all_started, "the start of all lanes");
        bool is_caught = stop_in_a_store(s);
        uint64_t published = atomic_load(&run_updates(&s->run, 1)->head);
        if (is_caught)
            assert_true(session_kill_lane(s, 1));
        pump_until(s, is_over, "the end of those that live");
        struct session_view view = session_view(s);
        assert_true(view.is_ended);
        check_identities(&view);
        uint64_t counted = view.lanes[1].updates;
        missed += !is_caught;
        made += is_caught && counted == published + 1;
        not_made += is_caught && counted == published;
        assert_true(!is_caught || counted - published <= 1);
        assert_int_equal(strstr(view.lanes[1].death, "loaded and not stored") != NULL,
                         is_caught && counted == published);
        session_free(s);
    }
    print_message("killed after the write %zu times, before it %zu times; missed %zu\n", made,
                  not_made, missed);
    assert_true(made >= 5);
}

// Kills lanes at random moments until only two are left; returns how many.
static size_t kill_some(struct session *s, struct random *random)
{
    struct session_view view = session_view(s);
    size_t kills = 0;
    for (size_t lane = 1; lane + 2 < view.n_lanes; lane++) {
        uint64_t moment_ns = clock_now_ns() + random_below(random, 600 * NS_PER_US);
        while (clock_now_ns() < moment_ns)
            session_pump(s);
        kills += session_kill_lane(s, lane);
    }
    return kills;
}

static bool has_printed(const struct session_view *view)
{
    return view->n_output >= 4;
}

// A line that nobody will print any more does not keep back those after it.
static void test_output_goes_on(void **state)
{
    (void)state;
    struct watch w;
    struct random random = random_stream(number_from("RACELANE_SEED", 11), 4);
    struct session *s = open_processes(&w,
                                       "def talk(n):\n"
                                       "    for i in range(3000):\n"
                                       "        print(\"{n} {i}\")\n"
                                       "lane talk(n) for n in [1, 2, 3, 4]\n",
                                       &(struct how){.memory = "shared", .lock = -1});
    pump_until(s, has_printed, "some output");
    size_t kills = kill_some(s, &random);
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_true(view.is_ended);
    size_t last[5] = {0};
    for (size_t i = 0; i < view.n_output; i++) {
        unsigned lane, number;
        assert_int_equal(sscanf(view.output[i].text, "%u %u", &lane, &number), 2);
        assert_true(lane >= 1 && lane <= 4 && number == last[lane]);
        last[lane]++;
    }
    assert_true(kills <= 2 && last[3] == 3000 && last[4] == 3000);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_in_a_store),
        cmocka_unit_test(test_output_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
