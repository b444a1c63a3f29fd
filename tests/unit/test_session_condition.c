// Sessions whose lanes wait at conditions: threads, processes that are killed or stopped meanwhile,
// the GIL, the switch of the lock, and waits in vain.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "session/private.h"
#include "support_scenario_condition.h"
#include "support_session.h"
#include "sync/lock_kind.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct how {
    const char *mode, *gil, *lock_kind;
    const char *param;
    int64_t value;
    int lock;
};

static struct session_options options_of(const char *text, const struct how *how,
                                         struct lang_options *lang, struct lang_setting *setting)
{
    *setting = (struct lang_setting){how->param, how->value};
    *lang = (struct lang_options){.mode = how->mode,
                                  .memory = "shared",
                                  .gil = how->gil,
                                  .settings = setting,
                                  .n_settings = how->param ? 1 : 0};
    return (struct session_options){.name = "test",
                                    .text = text,
                                    .len_bytes = strlen(text),
                                    .lang = lang,
                                    .lock_kind = how->lock_kind,
                                    .lock = how->lock,
                                    .seed = 7};
}

static struct session *open_how(struct watch *w, const char *text, const struct how *how)
{
    struct lang_options lang;
    struct lang_setting setting;
    struct session_options options = options_of(text, how, &lang, &setting);
    return open_session(w, &options);
}

static bool is_over(const struct session_view *view)
{
    return view->is_ended || view->is_deadlocked;
}

static void check_all_finished(const struct session_view *view)
{
    if (!view->is_ended || view->trouble)
        fail_msg("ended %d: %s", view->is_ended, view->trouble ? view->trouble : "");
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        assert_int_equal(view->lanes[lane].state, LANE_FINISHED);
    for (size_t i = 0; i < view->n_claims; i++)
        assert_true(view->claims[i].is_judged && view->claims[i].holds);
}

static void test_buffer(void **state)
{
    (void)state;
    static const struct how hows[] = {{.mode = "threads"},
                                      {.mode = "processes"},
                                      {.mode = "threads", .gil = "3.10"},
                                      {.mode = "threads", .gil = "3.9"},
                                      {.mode = "threads", .lock_kind = "ticket"},
                                      {.mode = "threads", .lock_kind = "mcs"}};
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
        struct watch w;
        struct how how = hows[i];
        how.lock = 1;
        struct session *s = open_how(&w, buffer_text, &how);
        pump_until(s, is_over, "the end");
        struct session_view view = session_view(s);
        check_all_finished(&view);
        assert_int_equal(ledger_cell(view.ledger, 0)->lost, 0);
        struct session_condition full = session_condition(s, 1);
        assert_string_equal(full.name, "not_full");
        assert_string_equal(full.lock, "guard");
        assert_int_equal(full.notifies, 600);
        session_free(s);
    }
}

// A claim over several cells is judged before a lane gives its lock back to wait.
static void test_always_at_a_wait(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_how(&w, broken_text, &(struct how){.mode = "threads", .lock = 1});
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_true(view.is_ended);
    // Unless C came first, and nobody waited.
    assert_int_equal(view.claims[0].holds, view.cells[0] == 0);
    session_free(s);
}

static void test_in_the_order_of_waiting(void **state)
{
    (void)state;
    static const char *const modes[] = {"threads", "processes"};
    for (size_t i = 0; i < 10; i++) {
        struct watch w;
        struct session *s =
            open_how(&w, queue_text, &(struct how){.mode = modes[i % 2], .lock = 1});
        pump_until(s, is_over, "the end");
        struct session_view view = session_view(s);
        check_all_finished(&view);
        assert_int_equal(view.n_output, 3);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(view.output[k].text[0], '0' + (int)k);
        session_free(s);
    }
}

// --- waits in vain

static void check_deadlock(const char *text, const char *mode, const char *sentence)
{
    struct watch w;
    struct session *s = open_how(&w, text, &(struct how){.mode = mode, .lock = 1});
    pump_until(s, is_over, "a deadlock");
    struct session_view view = session_view(s);
    assert_true(view.is_deadlocked);
    assert_string_equal(view.trouble, sentence);
    session_free(s);
}

static void test_nobody_is_left(void **state)
{
    (void)state;
    static const char lost_wakeup[] = "lock l\ncondition c with l\n"
                                      "def early():\n    with l:\n        notify c\n"
                                      "def late():\n    sleep(100ms)\n    with l:\n        wait c\n"
                                      "lane A = early()\nlane B = late()\n";
    check_deadlock(lost_wakeup, "threads", "deadlock: B waits for c, and nobody is left to notify");
    check_deadlock(lost_wakeup, "processes",
                   "deadlock: B waits for c, and nobody is left to notify");
    check_deadlock(
        "lock l\nlock m\ncondition c with l\n"
        "def a():\n    with m:\n        with l:\n            wait c\n"
        "def b():\n    sleep(100ms)\n    with m:\n        pass\n"
        "lane A = a()\nlane B = b()\n",
        "threads",
        "deadlock: A waits for c, B waits for m, held by A, and nobody is left to notify");
    check_deadlock("lock l\ncondition c with l\nsemaphore s = 0\n"
                   "def a():\n    with l:\n        wait c\n"
                   "def b():\n    wait s\n"
                   "lane A = a()\nlane B = b()\nlane C = a()\nlane D = a()\n",
                   "threads",
                   "deadlock: A waits for c, B waits for s, C waits for c and 1 more waits, and "
                   "nobody is left to post or notify");
    check_deadlock("lock l\ncondition c with l\ndef a():\n    with l:\n        wait c\n"
                   "lane A = a()\n",
                   "sequential", "deadlock: A waits for c, and nobody is left to notify");
}

static bool a_waits(const struct session_view *view)
{
    return view->lanes[1].state == LANE_BLOCKED && view->lanes[1].waits_for == 1;
}

// Notified is not stuck, however long the machine takes to let the lane go on: all lanes stand
// still here, and the notify comes from outside.
static void test_slow_is_no_deadlock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_how(&w,
                                 "lock l\ncondition c with l\ndef a():\n    with l:\n"
                                 "        wait c\nlane A = a()\n",
                                 &(struct how){.mode = "threads", .lock = 1});
    pump_until(s, a_waits, "A waiting");
    assert_int_equal(kill(w.launch.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(w.launch.pid, &w.launch.status, WUNTRACED), w.launch.pid);
    struct condition_lanes lanes = run_condition_lanes(&s->run);
    assert_int_equal(condition_notify(run_lock_memory(&s->run, 1), 1, &lanes), 1);
    uint64_t until_ns = clock_now_ns() + 3 * DEADLOCK_AFTER_NS;
    while (clock_now_ns() < until_ns)
        pump(s);
    assert_false(session_view(s).is_deadlocked);
    kill(w.launch.pid, SIGCONT);
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    check_all_finished(&view);
    session_free(s);
}

// --- the switch and the kinds

static const char bell[] = "lock l\ncondition c with l\n"
                           "def sleeper():\n    with l:\n        wait c\n"
                           "def ringer():\n    sleep(200ms)\n    with l:\n        notify c\n"
                           "lane A = sleeper()\nlane B = ringer()\n";

static void test_switched_off(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_how(&w, bell, &(struct how){.mode = "threads", .lock = 0});
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_true(view.is_ended && view.has_failed);
    assert_string_equal(
        view.lanes[1].failure,
        "wait or notify without holding the condition's lock (is it off?) in line 5");
    assert_int_equal(view.lanes[2].state, LANE_FAILED);
    session_free(s);

    // While A waits: B cannot notify, and that is told.
    s = open_how(&w, bell, &(struct how){.mode = "threads", .lock = 1});
    pump_until(s, a_waits, "A waiting");
    session_lock_toggle(s);
    pump_until(s, is_over, "a deadlock");
    view = session_view(s);
    assert_true(view.is_deadlocked);
    assert_int_equal(view.lanes[2].state, LANE_FAILED);
    assert_string_equal(view.trouble, "deadlock: A waits for c, and nobody is left to notify");
    session_free(s);
}

static void test_no_lock_no_condition(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct lang_problems problems;
    struct lang_options lang;
    struct lang_setting setting;
    struct session_options options =
        options_of(bell, &(struct how){.lock_kind = "atomic", .lock = 1}, &lang, &setting);
    const struct session_launcher launcher = {start_host, stop_host, host_ended, &w.launch};
    w.launch = (struct launch){.pid = 0};
    assert_null(session_open(&options, &launcher, &problems, &err));
    assert_int_equal(problems.n, 1);
    assert_non_null(strstr(problems.items[0].text, "--lock-kind atomic takes no lock"));

    // The key goes past it.
    struct session *s = open_how(&w, bell, &(struct how){.mode = "threads", .lock = 1});
    size_t n_kinds = 0;
    while (lock_kinds[n_kinds])
        n_kinds++;
    for (size_t i = 0; i < n_kinds - 1; i++) {
        assert_string_not_equal(session_view(s).lock_kind, "atomic");
        session_lock_kind_next(s);
    }
    assert_string_equal(session_view(s).lock_kind, "mutex");
    // One after another makes no sense.
    assert_true(session_mode_next(s, &err));
    assert_int_equal(session_view(s).mode, MODE_PROCESSES);
    assert_true(session_mode_next(s, &err));
    assert_int_equal(session_view(s).mode, MODE_THREADS);
    session_free(s);
}

// --- killed, stopped, paused

static bool a_is_paused(const struct session_view *view)
{
    return view->lanes[1].state == LANE_PAUSED;
}

static void test_paused(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_how(&w, bell, &(struct how){.mode = "processes", .lock = 1});
    pump_until(s, a_waits, "A waiting");
    session_pause(s, true);
    pump_until(s, a_is_paused, "A at the gate");
    session_pause(s, false);
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    check_all_finished(&view);
    session_free(s);
}

// A waits longer than B; C notifies one of them after a while, and stays until that one went on.
static const char one_for_two[] = "param pause = 200\n"
                                  "shared n = 0\n"
                                  "shared ready = 0\n"
                                  "lock l\n"
                                  "condition c with l\n"
                                  "condition changed with l\n"
                                  "def take(me):\n"
                                  "    with l:\n"
                                  "        while ready < me:\n"
                                  "            wait changed\n"
                                  "        ready += 1\n"
                                  "        notify_all changed\n"
                                  "        wait c\n"
                                  "        n += 1\n"
                                  "        notify_all changed\n"
                                  "def give():\n"
                                  "    with l:\n"
                                  "        while ready < 2:\n"
                                  "            wait changed\n"
                                  "    sleep(pause * 1ms)\n"
                                  "    with l:\n"
                                  "        notify c\n"
                                  "        print(\"notified\")\n"
                                  "        while n == 0:\n"
                                  "            wait changed\n"
                                  "lane C = give()\n"
                                  "lane A = take(0)\n"
                                  "lane B = take(1)\n";

enum { LANE_C = 1, LANE_A, LANE_B };

static bool has_ended(const struct session_view *view, size_t lane)
{
    return view->lanes[lane].end_ns != UINT64_MAX;
}

static bool waits_for_c(const struct session_view *view, size_t lane)
{
    return view->lanes[lane].state == LANE_BLOCKED && view->lanes[lane].waits_for == 1;
}

static bool both_wait(const struct session_view *view)
{
    return (waits_for_c(view, LANE_A) && waits_for_c(view, LANE_B)) || view->n_output > 0;
}

static bool has_notified(const struct session_view *view)
{
    return view->n_output > 0;
}

static bool a_is_stopped(const struct session_view *view)
{
    return view->lanes[LANE_A].state == LANE_STOPPED || has_ended(view, LANE_A);
}

// Killed while it waits: the notify goes to the next one. Main is in join for another lane and has
// not confirmed the death of a thread then.
static void test_killed_before_the_notify(void **state)
{
    (void)state;
    static const char *const modes[] = {"threads", "processes"};
    for (size_t i = 0; i < 2; i++) {
        struct watch w;
        struct session *s =
            open_how(&w, one_for_two,
                     &(struct how){.mode = modes[i], .param = "pause", .value = 1500, .lock = 1});
        pump_until(s, both_wait, "A and B waiting");
        assert_true(session_kill_lane(s, LANE_A));
        pump_until(s, is_over, "the end");
        struct session_view view = session_view(s);
        assert_true(view.is_ended);
        assert_int_equal(view.lanes[LANE_A].state, LANE_KILLED);
        assert_int_equal(view.lanes[LANE_B].state, LANE_FINISHED);
        assert_int_equal(view.cells[0], 1);
        session_free(s);
    }
}

// A is stopped from outside, given the notify, and killed before it could use it. False when A was
// too fast.
static bool kill_after_the_notify(int64_t pause_ms)
{
    struct watch w;
    struct session *s = open_how(
        &w, one_for_two,
        &(struct how){.mode = "processes", .param = "pause", .value = pause_ms, .lock = 1});
    pump_until(s, both_wait, "A and B waiting");
    struct session_view view = session_view(s);
    pid_t pid = (pid_t)view.lanes[LANE_A].pid;
    bool is_caught = !has_notified(&view) && pid;
    if (is_caught) {
        kill(pid, SIGSTOP);
        pump_until(s, a_is_stopped, "A stopped");
        is_caught = session_view(s).lanes[LANE_A].state == LANE_STOPPED;
    }
    if (is_caught) {
        pump_until(s, has_notified, "C having notified");
        uint64_t until_ns = clock_now_ns() + 100 * NS_PER_MS;
        while (clock_now_ns() < until_ns)
            pump(s);
        view = session_view(s);
        // The notify is A's, as long as it lives.
        assert_int_equal(view.lanes[LANE_B].state, LANE_BLOCKED);
        assert_false(view.is_deadlocked);
        assert_true(session_kill_lane(s, LANE_A));
        pump_until(s, is_over, "the end");
        view = session_view(s);
        assert_true(view.is_ended);
        assert_int_equal(view.lanes[LANE_B].state, LANE_FINISHED);
        assert_int_equal(view.cells[0], 1);
    }
    session_free(s);
    return is_caught;
}

static void test_killed_after_the_notify(void **state)
{
    (void)state;
    int64_t pause_ms = 200;
    while (!kill_after_the_notify(pause_ms)) {
        pause_ms *= 2;
        assert_true(pause_ms < 20000);
    }
}

// Takers that are killed at any moment, waiting or not: those that live go on to the end.
static const char takers[] = "shared items = 0\n"
                             "shared done = 0\n"
                             "lock l\n"
                             "condition c with l\n"
                             "def give():\n"
                             "    for _ in range(4000):\n"
                             "        with l:\n"
                             "            items += 1\n"
                             "            notify c\n"
                             "    with l:\n"
                             "        done = 1\n"
                             "        notify_all c\n"
                             "def take():\n"
                             "    while 1:\n"
                             "        with l:\n"
                             "            while items == 0 and not done:\n"
                             "                wait c\n"
                             "            if items == 0:\n"
                             "                return\n"
                             "            items -= 1\n"
                             "lane G = give()\n"
                             "lane T[7] = take()\n";

static bool all_started(const struct session_view *view)
{
    return view->lanes[view->n_lanes - 1].is_started;
}

static void test_killed_at_any_moment(void **state)
{
    (void)state;
    const char *seed_text = getenv("RACELANE_SEED");
    uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : (uint64_t)time(NULL);
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    struct random random = random_stream(seed, 9);
    for (size_t i = 0; i < 12; i++) {
        struct watch w;
        struct session *s = open_how(&w, takers, &(struct how){.mode = "processes", .lock = 1});
        pump_until(s, all_started, "the start of all lanes");
        for (size_t lane = 2; lane < 7; lane++) {
            uint64_t moment_ns = clock_now_ns() + random_below(&random, 3 * NS_PER_MS);
            while (clock_now_ns() < moment_ns)
                session_pump(s);
            session_kill_lane(s, lane);
        }
        pump_until(s, is_over, "the end of those that live");
        struct session_view view = session_view(s);
        if (!view.is_ended)
            fail_msg("RACELANE_SEED=%llu: %s", (unsigned long long)seed, view.trouble);
        assert_int_equal(view.cells[0], 0);
        for (size_t lane = 7; lane < view.n_lanes; lane++)
            assert_int_equal(view.lanes[lane].state, LANE_FINISHED);
        session_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer),
        cmocka_unit_test(test_always_at_a_wait),
        cmocka_unit_test(test_in_the_order_of_waiting),
        cmocka_unit_test(test_nobody_is_left),
        cmocka_unit_test(test_slow_is_no_deadlock),
        cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_no_lock_no_condition),
        cmocka_unit_test(test_paused),
        cmocka_unit_test(test_killed_before_the_notify),
        cmocka_unit_test(test_killed_after_the_notify),
        cmocka_unit_test(test_killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
