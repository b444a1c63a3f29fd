// The GIL: the lock itself, and what threads do under it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_session.h"
#include "sync/gil.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

// --- the lock

enum { INTERVAL_NS = 2 * NS_PER_MS };

struct taker {
    struct gil *gil;
    uint32_t lane;
    _Atomic uint32_t is_asking, has_it, may_drop;
    bool is_asked;
};

static void take(struct gil *gil, uint32_t lane)
{
    gil_ask(gil);
    while (!gil_take(gil, lane))
        ;
}

static void *taker_main(void *context)
{
    struct taker *taker = context;
    atomic_store(&taker->is_asking, 1);
    take(taker->gil, taker->lane);
    atomic_store(&taker->has_it, 1);
    while (!atomic_load(&taker->may_drop))
        sched_yield();
    taker->is_asked = gil_drop(taker->gil, taker->lane);
    while (taker->is_asked && !gil_await_switch(taker->gil, taker->lane))
        ;
    return NULL;
}

static void await(const _Atomic uint32_t *flag)
{
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    while (!atomic_load((_Atomic uint32_t *)(uintptr_t)flag)) {
        assert_true(clock_now_ns() < deadline_ns);
        sched_yield();
    }
}

static _Atomic uint32_t shown_holder;
static _Atomic uint64_t shown_switches;
static const struct gil_shown shown = {&shown_holder, &shown_switches};

// Nobody asks before an interval has passed, and who is asked waits until another has it.
static void test_asked_and_switched(void **state)
{
    (void)state;
    struct gil *gil = gil_new(INTERVAL_NS, shown);
    struct taker other = {.gil = gil, .lane = 2};
    pthread_t thread;
    take(gil, 1);
    assert_int_equal(gil_holder(gil), 1);
    assert_false(gil_is_wanted(gil));
    uint64_t since_ns = clock_now_ns();
    assert_int_equal(pthread_create(&thread, NULL, taker_main, &other), 0);
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    while (!gil_is_wanted(gil))
        assert_true(clock_now_ns() < deadline_ns);
    assert_true(clock_now_ns() - since_ns >= INTERVAL_NS);
    assert_false(atomic_load(&other.has_it));
    assert_true(gil_drop(gil, 1));
    while (!gil_await_switch(gil, 1))
        assert_true(clock_now_ns() < deadline_ns);
    await(&other.has_it);
    assert_int_equal(gil_holder(gil), 2);
    assert_false(gil_is_wanted(gil));
    assert_int_equal(gil_switches(gil), 2);
    atomic_store(&other.may_drop, 1);
    pthread_join(thread, NULL);
    assert_false(other.is_asked);
    assert_int_equal(gil_holder(gil), GIL_NOBODY);
    gil_free(gil);
}

// Who drops it because it was asked for does not wait for one that has gone away.
static void test_given_up(void **state)
{
    (void)state;
    struct gil *gil = gil_new(INTERVAL_NS, shown);
    take(gil, 1);
    gil_ask(gil);
    assert_false(gil_take(gil, 2));
    assert_true(gil_is_wanted(gil));
    assert_true(gil_drop(gil, 1));
    gil_give_up(gil);
    assert_true(gil_await_switch(gil, 1));
    take(gil, 1);
    assert_false(gil_drop(gil, 1));
    gil_free(gil);
}

// --- threads under it

static const char race[] = "param N = 300000\n"
                           "shared counter = 0\n"
                           "def add():\n"
                           "    for _ in range(N):\n"
                           "        counter += 1\n"
                           "lane A = add()\n"
                           "lane B = add()\n";

static const char race_call[] = "param N = 300000\n"
                                "shared counter = 0\n"
                                "def one():\n"
                                "    return 1\n"
                                "def add():\n"
                                "    for _ in range(N):\n"
                                "        counter = counter + one()\n"
                                "lane A = add()\n"
                                "lane B = add()\n";

static struct session *open_gil(struct watch *w, const char *text, const char *gil)
{
    struct lang_options lang = {.gil = gil};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = text,
                                                     .len_bytes = strlen(text),
                                                     .lang = &lang,
                                                     .lock = -1,
                                                     .switch_interval_ns = INTERVAL_NS,
                                                     .seed = 7});
}

static uint64_t lost_under(const char *text, const char *gil)
{
    struct watch w;
    struct session *s = open_gil(&w, text, gil);
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    const struct ledger_cell *cell = ledger_cell(view.ledger, 0);
    assert_int_equal(cell->updates, 600000);
    assert_int_equal(cell->lost, 600000 - view.cells[0]);
    assert_true(view.gil_switches > 2);
    uint64_t lost = cell->lost;
    session_free(s);
    return lost;
}

static void test_what_a_switch_can_split(void **state)
{
    (void)state;
    uint64_t lost_3_9 = 0, lost_call = 0;
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    for (int i = 0; i < 3; i++)
        assert_int_equal(lost_under(race, "3.10"), 0);
    // A switch may happen to come at a harmless moment every time.
    while (lost_3_9 == 0 || lost_call == 0) {
        assert_true(clock_now_ns() < deadline_ns);
        lost_3_9 += lost_under(race, "3.9");
        lost_call += lost_under(race_call, "3.10");
    }
}

// The events of the run, in the order of time, as to who holds the GIL.
static void test_one_at_a_time(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_gil(&w,
                                 "def crunch():\n"
                                 "    compute(60ms)\n"
                                 "def fetch():\n"
                                 "    for _ in range(5):\n"
                                 "        sleep(4ms)\n"
                                 "lane A = crunch()\n"
                                 "lane B = crunch()\n"
                                 "lane IO = fetch()\n",
                                 "3.10");
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    const struct timeline *tl = view.timeline;
    uint64_t held = 0, held_by_io = 0, forced = 0;
    size_t holder = SIZE_MAX;
    size_t at[4] = {0};
    for (;;) {
        // The earliest event that has not been looked at.
        const struct event *next = NULL;
        for (size_t lane = 0; lane < view.n_lanes; lane++) {
            if (at[lane] == timeline_count(tl, lane))
                continue;
            const struct event *event = timeline_at(tl, lane, at[lane]);
            if (!next || event->t_ns < next->t_ns)
                next = event;
        }
        if (!next)
            break;
        at[next->lane]++;
        if (next->kind == EVENT_GIL_TAKE) {
            held++;
            held_by_io += next->lane == 3;
            assert_int_equal(holder, SIZE_MAX);
            holder = next->lane;
        } else if (next->kind == EVENT_GIL_DROP) {
            forced += next->value == 1;
            assert_int_equal(holder, next->lane);
            holder = SIZE_MAX;
        }
    }
    assert_true(held >= 10);
    // Nobody is made to let go before an interval has passed.
    assert_true(forced >= 5 && forced <= view.now_ns / INTERVAL_NS + 2);
    // The one that waits gets its turn between those that compute:
    assert_true(held_by_io > 5); // to begin, and after each sleep
    assert_true(view.lanes[3].gil_wait_ns > 0);
    session_free(s);
}

static bool is_blocked(const struct session_view *view)
{
    return view->lanes[2].state == LANE_BLOCKED;
}

// A lock is waited for without the GIL; pause and stop reach who waits for either.
static void test_locks_and_pause(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_gil(&w,
                                 "shared x = 0\n"
                                 "lock guard\n"
                                 "def keep():\n"
                                 "    with guard:\n"
                                 "        compute(200ms)\n"
                                 "        x += 1\n"
                                 "def want():\n"
                                 "    with guard:\n"
                                 "        x += 1\n"
                                 "lane A = keep()\n"
                                 "lane B = want()\n"
                                 "lane C = keep()\n",
                                 "3.9");
    pump_until(s, is_blocked, "B waiting for the lock");
    session_pause(s, true);
    session_pause(s, false);
    pump_until(s, is_ended, "the end");
    assert_int_equal(session_view(s).cells[0], 3);
    assert_int_equal(ledger_cell(session_view(s).ledger, 0)->lost, 0);
    session_free(s);
}

// Who was notified has the GIL again before it goes on.
static void test_conditions(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_gil(&w,
                                 "shared counter = 0\n"
                                 "shared go = 0\n"
                                 "lock l\n"
                                 "condition changed with l\n"
                                 "def add():\n"
                                 "    with l:\n"
                                 "        while not go:\n"
                                 "            wait changed\n"
                                 "    for _ in range(200000):\n"
                                 "        counter += 1\n"
                                 "def start():\n"
                                 "    sleep(50ms)\n"
                                 "    with l:\n"
                                 "        go = 1\n"
                                 "        notify_all changed\n"
                                 "lane A = add()\n"
                                 "lane B = add()\n"
                                 "lane C = start()\n",
                                 "3.10");
    pump_until(s, is_ended, "the end");
    assert_int_equal(session_view(s).cells[0], 400000);
    session_free(s);
}

static void test_key(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct session *s = open_text(&w, race);
    static const enum gil_dial dials[] = {GIL_3_10, GIL_3_9, GIL_OFF};
    for (size_t i = 0; i < 3; i++) {
        assert_true(session_gil_next(s, &err));
        assert_int_equal(session_view(s).gil, dials[i]);
    }
    assert_true(session_mode_next(s, &err));
    assert_false(session_gil_next(s, &err));
    assert_non_null(strstr(err.text, "each process has a GIL of its own"));
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked_and_switched),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_what_a_switch_can_split),
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_locks_and_pause),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
