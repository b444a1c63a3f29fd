// What locks, semaphores and conditions have cost: exact where the model says what happens, and
// what must hold of real lanes however they run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "session/private.h"
#include "support_scenario_condition.h"
#include "support_session.h"

static const char race[] = "param N = 1\n"
                           "shared counter = 0\n"
                           "lock guard\n"
                           "def add():\n"
                           "    for _ in range(N):\n"
                           "        with guard:\n"
                           "            counter += 1\n"
                           "lane A = add()\n"
                           "lane B = add()\n";

static const char endless[] = "shared counter = 0\n"
                              "lock   guard off\n"
                              "def increment():\n"
                              "    while counter >= 0:\n"
                              "        with guard:\n"
                              "            counter += 1\n"
                              "lane A = increment()\n"
                              "lane B = increment()\n";

// Ever longer holds.
static const char growing[] = "param N = 1\n"
                              "shared counter = 0\n"
                              "lock guard\n"
                              "def add():\n"
                              "    for i in range(N):\n"
                              "        with guard:\n"
                              "            for _ in range(i * 20):\n"
                              "                counter += 1\n"
                              "lane A = add()\n";

struct how {
    const char *text, *lock_kind, *gil, *mode, *schedule;
    int64_t n, lanes;
    bool is_simulated, is_bare;
};

static struct session *open_how(struct watch *w, const struct how *how)
{
    struct lang_setting setting = {"N", how->n};
    struct lang_options lang = {.settings = &setting,
                                .n_settings = how->n ? 1 : 0,
                                .n_lanes = how->lanes,
                                .mode = how->mode,
                                .memory = how->mode ? "shared" : NULL,
                                .gil = how->gil};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = how->text,
                                                     .len_bytes = strlen(how->text),
                                                     .lang = &lang,
                                                     .lock_kind = how->lock_kind,
                                                     .lock = -1,
                                                     .seed = 7,
                                                     .is_bare = how->is_bare,
                                                     .is_simulated = how->is_simulated,
                                                     .schedule = how->schedule});
}

static void step(struct session *s, size_t n)
{
    struct error err;
    for (size_t i = 0; i < n; i++)
        assert_true(session_step(s, SESSION_ANY_LANE, &err));
}

enum { STEP_MS = 100 }; // of the virtual clock

// A takes the lock in the first step and gives it back in the fifth, then B does so.
static void check_both_done(const struct session *s)
{
    struct session_lock lock = session_lock(s, 0);
    struct session_waits waits;
    session_waits(s, 0, &waits);
    assert_int_equal(lock.acquisitions, 2);
    assert_int_equal(lock.contended, 1);
    assert_int_equal(lock.owner, EVENT_NO_OBJECT);
    assert_true(lock.since_ns == UINT64_MAX);
    assert_int_equal(lock.wait.max_ns, 5 * STEP_MS * NS_PER_MS);
    assert_int_equal(lock.wait.p50_ns, lock.wait.max_ns);
    assert_int_equal(lock.wait.p99_ns, lock.wait.max_ns);
    assert_int_equal(lock.held_ns, 8 * STEP_MS * NS_PER_MS);
    assert_int_equal(lock.hold_max_ns, 4 * STEP_MS * NS_PER_MS);
    assert_int_equal(lock.hold_max_from_ns, 0);
    assert_int_equal(lock.hold_max_lane, 1);
    assert_int_equal(waits.n, 1);
    assert_int_equal(waits.counts[session_wait_bucket(5 * STEP_MS * (uint64_t)NS_PER_MS)], 1);
}

static void test_modelled_figures_are_exact(void **state)
{
    (void)state;
    struct watch w;
    struct session *s =
        open_how(&w, &(struct how){.text = race, .is_simulated = true, .schedule = "A5B5"});
    step(s, 3);
    struct session_view view = session_view(s);
    assert_int_equal(session_lock(s, 0).owner, 1);
    assert_int_equal(session_lock(s, 0).since_ns, 0);
    assert_int_equal(session_lock(s, 0).hold_max_lane, EVENT_NO_OBJECT);
    assert_int_equal(session_lock(s, 0).contended, 0);
    assert_int_equal(view.lanes[2].state, LANE_BLOCKED);
    assert_int_equal(view.lanes[2].waits_since_ns, 0);
    assert_true(view.lanes[1].waits_since_ns == UINT64_MAX);
    step(s, 4);
    assert_int_equal(session_lock(s, 0).owner, 2);
    assert_int_equal(session_lock(s, 0).since_ns, 5 * STEP_MS * NS_PER_MS);
    assert_true(session_view(s).lanes[2].waits_since_ns == UINT64_MAX);
    step(s, 3);
    check_both_done(s);
    // The same after going back and forth.
    struct error err;
    assert_true(session_seek(s, 2, &err));
    assert_int_equal(session_lock(s, 0).acquisitions, 1);
    assert_int_equal(session_lock(s, 0).wait.max_ns, 0);
    assert_true(session_seek(s, 10, &err));
    check_both_done(s);
    assert_int_equal(session_lock_cost(s).meter, METER_MODELLED);
    session_free(s);
}

static uint64_t sum_of(const struct session *s, size_t lock)
{
    struct session_waits waits;
    uint64_t sum = 0;
    session_waits(s, lock, &waits);
    for (uint32_t i = 0; i < SESSION_WAIT_BUCKETS; i++)
        sum += waits.counts[i];
    assert_int_equal(sum, waits.n);
    return sum;
}

static uint32_t last_bucket(const struct session *s, size_t lock)
{
    struct session_waits waits;
    uint32_t last = 0;
    session_waits(s, lock, &waits);
    for (uint32_t i = 0; i < SESSION_WAIT_BUCKETS; i++)
        if (waits.counts[i])
            last = i;
    return last;
}

static void check_waits(const struct session *s, size_t lock, const struct session_wait *wait,
                        uint64_t n)
{
    assert_int_equal(sum_of(s, lock), n);
    assert_true(wait->p50_ns <= wait->p99_ns && wait->p99_ns <= wait->max_ns);
    assert_true(wait->max_ns <= session_view(s).now_ns);
    assert_int_equal(last_bucket(s, lock), n ? session_wait_bucket(wait->max_ns) : 0);
}

// After the end, when nobody changes them any more. Only one lane at a time holds a lock, so all
// holds together are no longer than the run.
static void check_lock(const struct session *s, size_t number)
{
    struct session_lock lock = session_lock(s, number);
    struct session_view view = session_view(s);
    check_waits(s, number, &lock.wait, lock.contended);
    assert_true(lock.contended <= lock.acquisitions);
    assert_int_equal(lock.owner, EVENT_NO_OBJECT);
    assert_true(lock.hold_max_ns <= lock.held_ns && lock.held_ns <= view.now_ns);
    assert_int_equal(lock.hold_max_lane != EVENT_NO_OBJECT, lock.acquisitions > 0);
    if (lock.acquisitions == 0)
        return;
    const struct session_lane *lane = &view.lanes[lock.hold_max_lane];
    assert_true(lock.hold_max_from_ns >= lane->start_ns);
    // Each time is rounded down.
    assert_true(lock.hold_max_from_ns + lock.hold_max_ns <= lane->end_ns + 1);
    assert_true(lock.hold_max_ns * lock.acquisitions >= lock.held_ns);
}

static void test_real_locks_of_every_kind(void **state)
{
    (void)state;
    static const struct how hows[] = {
        {.lock_kind = "mutex"}, {.lock_kind = "tas"},   {.lock_kind = "ticket"},
        {.lock_kind = "mcs"},   {.lock_kind = "futex"}, {.lock_kind = "mutex", .gil = "3.9"},
        {.mode = "processes"},
    };
    enum { N = 2000, LANES = 4 };
    for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
        struct watch w;
        struct how how = hows[i];
        how.text = race;
        how.n = N;
        how.lanes = LANES;
        struct session *s = open_how(&w, &how);
        pump_until(s, is_ended, "the end");
        assert_int_equal(session_lock(s, 0).acquisitions, N * LANES);
        check_lock(s, 0);
        session_free(s);
    }
}

static void test_conditions_and_semaphores(void **state)
{
    (void)state;
    static const struct how hows[] = {
        {.n = 50}, {.n = 50, .gil = "3.9"}, {.is_simulated = true, .n = 5}};
    struct error err;
    for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
        struct watch w;
        struct how how = hows[i];
        how.text = buffer_text;
        struct session *s = open_how(&w, &how);
        while (how.is_simulated && session_step(s, SESSION_ANY_LANE, &err))
            continue;
        pump_until(s, is_ended, "the end");
        check_lock(s, 0);
        for (size_t lock = 1; lock <= 2; lock++) {
            struct session_condition condition = session_condition(s, lock);
            assert_string_equal(condition.lock, "guard");
            check_waits(s, lock, &condition.wait, condition.waits);
            assert_int_equal(condition.notifies, 2 * how.n);
        }
        session_free(s);
    }
    struct watch w;
    struct session *s = open_how(&w, &(struct how){.text = "semaphore turn = 1\n"
                                                           "def go():\n"
                                                           "    for _ in range(100):\n"
                                                           "        wait turn\n"
                                                           "        post turn\n"
                                                           "lane A = go()\n"
                                                           "lane B = go()\n"});
    pump_until(s, is_ended, "the end");
    struct session_semaphore turn = session_semaphore(s, 0);
    assert_int_equal(turn.waits, 200);
    check_waits(s, 0, &turn.wait, turn.contended);
    assert_int_equal(session_lock_cost(s).meter, METER_NO_LOCK);
    session_free(s);
}

// One lane alone never waits: its holds are what its events say, nanosecond for nanosecond.
static void test_the_longest_hold_is_that_of_the_events(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_how(&w, &(struct how){.text = growing, .n = 30});
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    uint64_t longest = 0, from = 0, since = 0, held = 0, n = 0;
    assert_int_equal(view.dropped, 0);
    for (size_t i = 0; i < timeline_count(view.timeline, 1); i++) {
        const struct event *event = timeline_at(view.timeline, 1, i);
        if (event->kind == EVENT_ACQUIRE)
            since = event->t_ns;
        if (event->kind != EVENT_RELEASE)
            continue;
        n++;
        held += event->t_ns - since;
        from = event->t_ns - since > longest ? since : from;
        longest = event->t_ns - since > longest ? event->t_ns - since : longest;
    }
    struct session_lock lock = session_lock(s, 0);
    assert_int_equal(n, 30);
    // Of an event each of both times is rounded, of a hold the span: they are one apart at most.
    assert_in_range(lock.hold_max_ns + 1, longest, longest + 2);
    assert_in_range(lock.held_ns + n, held, held + 2 * n);
    assert_int_equal(lock.hold_max_lane, 1);
    assert_true(lock.hold_max_from_ns == from || lock.hold_max_ns + 1 >= longest);
    check_lock(s, 0);
    session_free(s);
}

static bool is_asleep(const struct session_view *view)
{
    return view->lanes[1].state == LANE_SLEEPING;
}

// The run's clock stands still in a pause, so a hold or a wait that counted one would be longer
// than the run.
static void test_a_pause_is_no_hold(void **state)
{
    (void)state;
    enum { PAUSE_MS = 300 };
    struct watch w;
    struct session *s = open_how(&w, &(struct how){.text = "lock guard\n"
                                                           "def nap():\n"
                                                           "    with guard:\n"
                                                           "        sleep(50ms)\n"
                                                           "def go():\n"
                                                           "    sleep(10ms)\n"
                                                           "    with guard:\n"
                                                           "        pass\n"
                                                           "lane A = nap()\n"
                                                           "lane B = go()\n"});
    pump_until(s, is_asleep, "A sleeps");
    struct session_view view = session_view(s);
    assert_int_equal(session_lock(s, 0).owner, 1);
    assert_true(session_lock(s, 0).since_ns <= view.now_ns);
    session_pause(s, true);
    uint64_t until = clock_now_ns() + PAUSE_MS * (uint64_t)NS_PER_MS;
    while (clock_now_ns() < until)
        pump(s);
    session_pause(s, false);
    pump_until(s, is_ended, "the end");
    check_lock(s, 0);
    assert_true(session_lock(s, 0).hold_max_ns >= 50 * (uint64_t)NS_PER_MS);
    assert_int_equal(session_lock(s, 0).hold_max_lane, 1);
    assert_int_equal(session_lock_cost(s).meter, METER_NO_UPDATES);
    session_free(s);
}

static struct session *asked; // by the claims below, which get but a view

static bool has_off(const struct session_view *view)
{
    (void)view;
    return session_lock_cost(asked).off.span_ns > 20 * (uint64_t)NS_PER_MS;
}

static bool has_on(const struct session_view *view)
{
    (void)view;
    return session_lock_cost(asked).on.span_ns > 20 * (uint64_t)NS_PER_MS;
}

// On a busy machine the lanes may get no core for longer than a rate takes.
static bool is_enough(const struct session_lock_phase *phase)
{
    double rate;
    return session_lock_rate(phase, &rate) && phase->updates > 0;
}

static bool has_both_rates(const struct session_view *view)
{
    struct session_lock_cost cost = session_lock_cost(asked);
    if (!is_enough(&cost.on))
        return false;
    if (view->lock_wanted && view->lock == SWITCH_ON && !is_enough(&cost.off))
        session_lock_toggle(asked);
    return is_enough(&cost.off);
}

static void check_stands_still(struct session *s, enum lock_meter meter)
{
    struct session_lock_cost before = session_lock_cost(s);
    assert_int_equal(before.meter, meter);
    uint64_t until = clock_now_ns() + 30 * (uint64_t)NS_PER_MS;
    while (clock_now_ns() < until)
        pump(s);
    struct session_lock_cost after = session_lock_cost(s);
    assert_int_equal(after.on.span_ns + after.off.span_ns, before.on.span_ns + before.off.span_ns);
    assert_int_equal(after.on.updates + after.off.updates, before.on.updates + before.off.updates);
}

// What counts is a part of what was done, and nothing counts that would mislead.
static void test_the_cost_of_the_lock(void **state)
{
    (void)state;
    for (int is_bare = 0; is_bare < 2; is_bare++) {
        struct watch w;
        struct session *s = asked =
            open_how(&w, &(struct how){.text = endless, .is_bare = is_bare});
        pump_until(s, has_off, "time with the lock off");
        assert_int_equal(session_lock_cost(s).on.span_ns, 0);
        session_lock_toggle(s);
        assert_int_equal(session_lock_cost(s).meter, METER_TURNING);
        pump_until(s, has_on, "time with the lock on");
        session_pause(s, true);
        check_stands_still(s, METER_PAUSED);
        session_pause(s, false);
        session_pace_slower(s);
        check_stands_still(s, METER_PACED);
        session_pace_native(s);
        pump_until(s, has_both_rates, "enough of both");
        assert_true(session_kill_lane(s, 1) && session_kill_lane(s, 2));
        pump_until(s, is_ended, "the end");
        struct session_lock_cost cost = session_lock_cost(s);
        struct session_view view = session_view(s);
        assert_int_equal(cost.meter, METER_ENDED);
        assert_true(cost.on.span_ns + cost.off.span_ns <= view.now_ns);
        assert_true(cost.on.updates > 0 && cost.off.updates > 0);
        assert_true(cost.on.updates + cost.off.updates <=
                    view.lanes[1].updates + view.lanes[2].updates);
        // Whoever updates with the lock on has taken it.
        assert_true(cost.on.updates <= session_lock(s, 0).acquisitions);
        session_free(s);
    }
}

static void test_a_rate_needs_time(void **state)
{
    (void)state;
    double rate = 1;
    struct session_lock_phase phase = {.span_ns = 99 * NS_PER_MS, .updates = 1000};
    assert_false(session_lock_rate(&phase, &rate));
    assert_true(rate == 0);
    phase.span_ns = 500 * NS_PER_MS;
    assert_true(session_lock_rate(&phase, &rate));
    assert_true(rate == 2000);
}

static void test_buckets_and_percentiles(void **state)
{
    (void)state;
    assert_int_equal(session_wait_bucket_from(0), 0);
    for (uint32_t i = 0; i + 24 < SESSION_WAIT_BUCKETS; i++) {
        uint64_t from = session_wait_bucket_from(i), until = session_wait_bucket_until(i);
        assert_int_equal(session_wait_bucket(from), i);
        assert_int_equal(session_wait_bucket(until), i);
        assert_int_equal(session_wait_bucket(until + 1), i + 1);
        assert_true((until - from) * 8 <= from);
    }
    struct session_waits waits = {.n = 100};
    waits.counts[session_wait_bucket(1000)] = 50;
    waits.counts[session_wait_bucket(5000)] = 49;
    waits.counts[session_wait_bucket(900000)] = 1;
    struct session_wait wait = session_wait_of(&waits, 900000);
    assert_int_equal(wait.p50_ns, session_wait_bucket_until(session_wait_bucket(1000)));
    assert_int_equal(wait.p99_ns, session_wait_bucket_until(session_wait_bucket(5000)));
    assert_int_equal(wait.max_ns, 900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modelled_figures_are_exact),
        cmocka_unit_test(test_real_locks_of_every_kind),
        cmocka_unit_test(test_conditions_and_semaphores),
        cmocka_unit_test(test_the_longest_hold_is_that_of_the_events),
        cmocka_unit_test(test_a_pause_is_no_hold),
        cmocka_unit_test(test_the_cost_of_the_lock),
        cmocka_unit_test(test_a_rate_needs_time),
        cmocka_unit_test(test_buckets_and_percentiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
