// Locks and semaphores between processes: who holds one may die with it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/private.h"
#include "support_process.h"

static bool has_printed(const struct session_view *view)
{
    return view->n_output >= 4;
}

static const char keeper[] = "shared counter = 5\n"
                             "lock guard\n"
                             "def keep():\n"
                             "    with guard:\n"
                             "        counter += 1 + slow()\n"
                             "def slow():\n"
                             "    sleep(20)\n"
                             "    return 0\n"
                             "def next():\n"
                             "    sleep(20ms)\n"
                             "    with guard:\n"
                             "        counter += 10\n"
                             "lane A = keep()\n"
                             "lane B = next()\n";

static bool waits_for_the_keeper(const struct session_view *view)
{
    return view->lanes[1].state == LANE_SLEEPING && view->lanes[1].has_loaded &&
           view->lanes[2].state == LANE_BLOCKED && view->lanes[2].owner == 1;
}

// The next one takes the lock over, and what was half done is told.
static void test_killed_with_the_lock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w, keeper, &(struct how){.memory = "shared", .lock = -1});
    pump_until(s, waits_for_the_keeper, "B waiting for A");
    assert_true(session_kill_lane(s, 1));
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_true(view.is_ended);
    assert_int_equal(view.last_dead, 1);
    assert_int_equal(view.lanes[1].signal, SIGKILL);
    assert_string_equal(view.lanes[1].death,
                        "killed by SIGKILL holding guard, with counter 5 loaded and not stored");
    assert_int_equal(view.lanes[2].state, LANE_FINISHED);
    assert_int_equal(session_lock(s, 0).recovered, 1);
    assert_int_equal(view.cells[0], 15);
    assert_false(session_kill_lane(s, 1));
    session_free(s);
}

static bool is_deadlocked(const struct session_view *view)
{
    return view->is_deadlocked;
}

// Processes can be killed with a lock, and the next one takes it over: the deadlock is gone.
static void test_a_kill_resolves_a_deadlock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w,
                                       "lock one\n"
                                       "lock two\n"
                                       "def forth():\n"
                                       "    with one:\n"
                                       "        sleep(0.05)\n"
                                       "        with two:\n"
                                       "            pass\n"
                                       "def back():\n"
                                       "    with two:\n"
                                       "        sleep(0.05)\n"
                                       "        with one:\n"
                                       "            pass\n"
                                       "lane A = forth()\n"
                                       "lane B = back()\n",
                                       &(struct how){.memory = "shared", .lock = -1});
    pump_until(s, is_deadlocked, "a deadlock");
    assert_non_null(session_view(s).trouble);
    assert_true(session_kill_lane(s, 1));
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    assert_false(view.is_deadlocked);
    assert_null(view.trouble);
    assert_int_equal(view.lanes[2].state, LANE_FINISHED);
    session_free(s);
}

// Stopped from outside with the lock: shown, and the others wait, until it goes on or dies.
static void test_stopped_with_the_lock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w, keeper, &(struct how){.memory = "shared", .lock = -1});
    pump_until(s, waits_for_the_keeper, "B waiting for A");
    pid_t pid = (pid_t)session_view(s).lanes[1].pid;
    kill(pid, SIGSTOP);
    pump_until(s, is_stopped, "A stopped");
    assert_int_equal(session_view(s).lanes[2].state, LANE_BLOCKED);
    kill(pid, SIGCONT);
    pump_until(s, goes_on, "A going on");
    kill(pid, SIGSTOP);
    pump_until(s, is_stopped, "A stopped again");
    assert_true(session_kill_lane(s, 1));
    pump_until(s, is_over, "the end");
    assert_int_equal(session_view(s).cells[0], 15);
    session_free(s);
}

// What a lane that came to its end has not given back stays taken, as between threads.
static void test_ended_with_the_lock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w,
                                       "shared x = 0\n"
                                       "lock guard\n"
                                       "def keep():\n"
                                       "    acquire guard\n"
                                       "    x += 1\n"
                                       "def next():\n"
                                       "    sleep(50ms)\n"
                                       "    with guard:\n"
                                       "        x += 1\n"
                                       "lane A = keep()\n"
                                       "lane B = next()\n",
                                       &(struct how){.memory = "shared", .lock = -1});
    pump_until(s, is_over, "a deadlock");
    struct session_view view = session_view(s);
    assert_true(view.is_deadlocked);
    assert_non_null(strstr(view.trouble, "held by A, which has ended"));
    session_free(s);
}

// --- semaphores

static const char turns[] = "semaphore ping = 1\n"
                            "semaphore pong = 0\n"
                            "def first():\n"
                            "    for _ in range(50):\n"
                            "        wait ping\n"
                            "        print(\"Ping\")\n"
                            "        post pong\n"
                            "def second():\n"
                            "    for _ in range(50):\n"
                            "        wait pong\n"
                            "        print(\"Pong\")\n"
                            "        sleep(1ms)\n"
                            "        post ping\n"
                            "lane A = first()\n"
                            "lane B = second()\n";

static void test_semaphores(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w, turns, &(struct how){.lock = -1});
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_true(view.is_ended);
    assert_int_equal(view.n_output, 100);
    for (size_t i = 0; i < view.n_output; i++)
        assert_string_equal(view.output[i].text, i % 2 ? "Pong" : "Ping");
    struct session_semaphore ping = session_semaphore(s, 0);
    assert_int_equal(ping.value, 1);
    assert_int_equal(ping.waits, 50);
    assert_int_equal(ping.posts, 50);
    session_free(s);
}

static void test_nobody_left_to_post(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w, turns, &(struct how){.lock = -1});
    pump_until(s, has_printed, "some turns");
    assert_true(session_kill_lane(s, 2));
    pump_until(s, is_over, "a deadlock");
    struct session_view view = session_view(s);
    assert_true(view.is_deadlocked);
    assert_non_null(strstr(view.trouble, "A waits for ping, and nobody is left to post"));
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_with_the_lock),
        cmocka_unit_test(test_a_kill_resolves_a_deadlock),
        cmocka_unit_test(test_stopped_with_the_lock),
        cmocka_unit_test(test_ended_with_the_lock),
        cmocka_unit_test(test_semaphores),
        cmocka_unit_test(test_nobody_left_to_post),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
