#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "prog/machine.h"
#include "support_engine.h"

// The real engine at native speed: what the ledger says of it, and what the controls do to it.

enum { TOGGLES = 2000, CHANGES = 300 };

static const char race_text[] = "param  N = 20000\n"
                                "shared counter = 5\n"
                                "lock   guard off\n"
                                "def increment():\n"
                                "    for _ in range(N):\n"
                                "        with guard:\n"
                                "            counter += 1\n"
                                "lane A = increment()\n"
                                "lane B = increment()\n";

static const char endless_text[] = "shared counter = 0\n"
                                   "shared other = 0\n"
                                   "lock   guard off\n"
                                   "def increment():\n"
                                   "    while 0 < 1:\n"
                                   "        with guard:\n"
                                   "            for _ in range(1000):\n"
                                   "                counter += 1\n"
                                   "            if counter % 7 == 0:\n"
                                   "                other += 2\n"
                                   "lane A = increment()\n"
                                   "lane B = increment()\n"
                                   "lane C = increment()\n";

static struct program *race(int64_t n, int64_t n_lanes)
{
    struct lang_setting setting = {"N", n};
    struct lang_options options = {.settings = &setting, .n_settings = 1, .n_lanes = n_lanes};
    return scenario_compile_with(race_text, &options);
}

// Every number of the ledger agrees with the others and with what is in the cells.
static void check_ledger(const struct engine *e)
{
    size_t n_lanes = e->run.n_lanes;
    uint64_t updates = 0, lost = 0, made = 0, lane_lost = 0, destroyed = 0, pairs = 0;
    int64_t amounts = 0, attempted = 0;
    assert_int_equal(ledger_waiting(e->ledger), 0);
    for (size_t i = 0; i < e->run.n_cells; i++) {
        const struct ledger_cell *cell = ledger_cell(e->ledger, i);
        assert_int_equal(cell->value, engine_cell(e, i));
        assert_int_equal(cell->lost_amount, cell->attempted + cell->blind_change -
                                                (cell->value - program_cell_initial(e->prog, i)));
        assert_int_equal(cell->unattributed, 0);
        updates += cell->updates;
        lost += cell->lost;
        attempted += cell->attempted;
    }
    for (size_t lane = 0; lane < n_lanes; lane++) {
        struct ledger_lane view = ledger_lane(e->ledger, lane);
        const struct run_lane *shared = &e->run.lanes[lane];
        assert_int_equal(view.updates, shared->updates);
        made += view.updates;
        lane_lost += view.lost;
        destroyed += view.destroyed;
        amounts = (int64_t)((uint64_t)amounts + shared->sum_amounts);
        for (size_t victim = 0; victim < n_lanes; victim++)
            pairs += ledger_pair(e->ledger, lane, victim);
    }
    assert_int_equal(made, updates);
    assert_int_equal(lane_lost, lost);
    assert_int_equal(destroyed, lost);
    assert_int_equal(pairs, lost);
    assert_int_equal(amounts, attempted);
}

static void test_race_at_native_speed(void **state)
{
    (void)state;
    static const int64_t lanes[] = {2, 3, 8};
    for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
        struct engine e;
        int64_t n = (int64_t)scaled(20000);
        struct run_spec spec = {.seed = 1, .lock_on = 0};
        engine_start(&e, race(n, lanes[i]), &spec);
        engine_join(&e);
        const struct ledger_cell *counter = ledger_cell(e.ledger, 0);
        assert_int_equal(counter->updates, n * lanes[i]);
        assert_int_equal(counter->lost, n * lanes[i] - (engine_cell(&e, 0) - 5));
        check_ledger(&e);
        engine_free(&e);
    }
}

// More lanes than cores as well.
static void test_every_lock_kind_loses_nothing(void **state)
{
    (void)state;
    static const int64_t lanes[] = {2, 8};
    for (uint32_t kind = 0; lock_kinds[kind]; kind++)
        for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
            struct engine e;
            int64_t n = (int64_t)scaled(1500);
            struct run_spec spec = {.lock_kind = kind, .lock_on = 1};
            engine_start(&e, race(n, lanes[i]), &spec);
            engine_join(&e);
            assert_int_equal(engine_cell(&e, 0), 5 + n * lanes[i]);
            assert_int_equal(ledger_cell(e.ledger, 0)->lost, 0);
            assert_int_equal(ledger_tally(e.ledger, PHASE_ON).made, n * lanes[i]);
            if (!lock_kinds[kind]->is_lock_free)
                assert_int_equal(e.run.locks[0].turn, n * lanes[i]);
            check_ledger(&e);
            engine_free(&e);
        }
}

static void test_bare_totals(void **state)
{
    (void)state;
    struct engine e;
    int64_t n = (int64_t)scaled(50000);
    struct run_spec spec = {.is_bare = 1};
    engine_start(&e, race(n, 3), &spec);
    engine_join(&e);
    uint64_t updates = 0;
    int64_t amounts = 0;
    for (size_t lane = 0; lane < e.run.n_lanes; lane++) {
        const struct run_slots *totals = run_slots_of(&e.run, lane, 0);
        updates += totals->slot[0].seq;
        amounts += totals->slot[0].value;
        assert_int_equal(e.run.lanes[lane].updates, lane ? n : 0);
    }
    assert_int_equal(updates, 3 * n);
    assert_int_equal(amounts, 3 * n);
    int64_t final = (int64_t)e.run.cells[0].word;
    assert_true(final > 5 && final <= 5 + 3 * n);
    engine_free(&e);
}

// Publishes that a switch is settled, as the session does.
static void settle(const struct engine *e, uint32_t word)
{
    struct run_control *control = &e->run.header->control;
    for (size_t lane = 1; lane < e->run.n_lanes; lane++) {
        const struct run_lane *shared = &e->run.lanes[lane];
        if (atomic_load_explicit(&shared->start_ticks, memory_order_seq_cst) &&
            atomic_load_explicit(&shared->lock_seen, memory_order_acquire) != word)
            return;
    }
    atomic_store_explicit(&control->lock_settled, word, memory_order_release);
}

static uint32_t settled(const struct engine *e)
{
    return atomic_load_explicit(&e->run.header->control.lock_settled, memory_order_relaxed);
}

// The lanes stop between two ops, everything that they have done is taken in, and they end there.
static void stop_cleanly(struct engine *e)
{
    engine_pause(e, true);
    engine_wait(e, engine_claim_paused, "every lane at the gate");
    while (engine_drain(e))
        ;
    engine_stop(e);
    engine_join(e);
}

static bool has_counted(struct engine *e)
{
    for (size_t lane = 0; lane < e->run.n_lanes; lane++)
        if (!engine_has_started(e, lane))
            return false;
    return engine_cell(e, 0) > CHANGES;
}

// Until every lane has acknowledged the switch, and some have stored since.
static void await_settled(struct engine *e, uint32_t word)
{
    uint64_t deadline = clock_now_ns() + ENGINE_DEADLINE_NS;
    while (settled(e) != word) {
        settle(e, word);
        engine_drain(e);
        assert_true(clock_now_ns() < deadline);
    }
    enum ledger_phase phase = word & 1 ? PHASE_ON : PHASE_OFF;
    uint64_t made = ledger_tally(e->ledger, phase).made;
    while (ledger_tally(e->ledger, phase).made == made && clock_now_ns() < deadline)
        engine_drain(e);
}

static void toggle_often(struct engine *e, struct random *random, size_t n_toggles)
{
    for (uint32_t i = 1; i <= n_toggles; i++) {
        uint32_t word = 2 * i | (i & 1);
        atomic_store_explicit(&e->run.header->control.lock_word, word, memory_order_seq_cst);
        run_tell(&e->run, RUN_WAKE);
        for (uint64_t n = random_below(random, 20); n > 0; n--) {
            settle(e, word);
            engine_drain(e);
        }
        if (i % 20 < 2)
            await_settled(e, word);
    }
}

static void test_toggles_at_any_moment(void **state)
{
    (void)state;
    struct random random = random_stream(seed_of_tests(), 5);
    for (uint32_t kind = 0; lock_kinds[kind]; kind++) {
        struct engine e;
        struct run_spec spec = {.lock_kind = kind};
        engine_start(&e, scenario_compile(endless_text), &spec);
        engine_wait(&e, has_counted, "some updates");
        toggle_often(&e, &random, scaled(TOGGLES) / 5);
        stop_cleanly(&e);
        check_ledger(&e);
        assert_int_equal(ledger_tally(e.ledger, PHASE_ON).lost, 0);
        assert_true(ledger_tally(e.ledger, PHASE_ON).made > 0);
        assert_true(ledger_tally(e.ledger, PHASE_OFF).made > 0);
        engine_free(&e);
    }
}

static void test_pause_freezes_everything(void **state)
{
    (void)state;
    struct engine e;
    struct run_spec spec = {.lock_on = 1};
    engine_start(&e, scenario_compile(endless_text), &spec);
    engine_wait(&e, has_counted, "some updates");
    for (int round = 0; round < 3; round++) {
        engine_pause(&e, true);
        engine_wait(&e, engine_claim_paused, "every lane at the gate");
        uint64_t words[2], before = clock_cpu_ns();
        for (size_t cell = 0; cell < 2; cell++)
            words[cell] = atomic_load(&e.run.cells[cell].word);
        clock_sleep_until(clock_now_ns() + 30 * NS_PER_MS);
        assert_true(clock_cpu_ns() - before < 15 * NS_PER_MS);
        for (size_t cell = 0; cell < 2; cell++)
            assert_int_equal(words[cell], atomic_load(&e.run.cells[cell].word));
        int64_t value = engine_cell(&e, 0);
        engine_pause(&e, false);
        uint64_t deadline = clock_now_ns() + ENGINE_DEADLINE_NS;
        while (engine_cell(&e, 0) == value) {
            engine_drain(&e);
            assert_true(clock_now_ns() < deadline);
        }
    }
    stop_cleanly(&e);
    check_ledger(&e);
    assert_int_equal(ledger_cell(e.ledger, 0)->lost, 0);
    for (size_t lane = 1; lane < e.run.n_lanes; lane++)
        assert_int_equal(engine_state(&e, lane), LANE_KILLED);
    engine_free(&e);
}

static bool has_holder(struct engine *e)
{
    return atomic_load_explicit(&e->run.locks[0].owner, memory_order_relaxed) == 1;
}

static bool others_wait(struct engine *e)
{
    // Pairs with the release of the host: the thread is gone.
    return atomic_load_explicit(&e->run.lanes[1].is_joined, memory_order_acquire) &&
           engine_state(e, 2) == LANE_BLOCKED && engine_state(e, 3) == LANE_BLOCKED;
}

// As a real thread's end would: what it held stays locked.
static void test_killed_with_the_lock(void **state)
{
    (void)state;
    static const char text[] = "shared x = 0\n"
                               "lock guard\n"
                               "def hold():\n"
                               "    with guard:\n"
                               "        while x >= 0:\n"
                               "            x += 1\n"
                               "def want():\n"
                               "    while x < 1000:\n"
                               "        pass\n"
                               "    with guard:\n"
                               "        pass\n"
                               "lane A = hold()\n"
                               "lane B = want()\n"
                               "lane C = want()\n";
    for (uint32_t kind = 0; lock_kinds[kind]; kind++) {
        if (lock_kinds[kind]->is_lock_free)
            continue;
        struct engine e;
        struct run_spec spec = {.lock_kind = kind, .lock_on = 1};
        engine_start(&e, scenario_compile(text), &spec);
        engine_wait(&e, has_holder, "A holds the lock");
        engine_wait(&e, has_counted, "A counts");
        while (engine_state(&e, 2) != LANE_BLOCKED || engine_state(&e, 3) != LANE_BLOCKED)
            engine_drain(&e);
        atomic_store_explicit(&e.run.lanes[1].is_killed, 1, memory_order_relaxed);
        run_tell(&e.run, RUN_WAKE);
        engine_wait(&e, others_wait, "A ended, the others wait");
        // A kind of lock that notices the end of its holder has had the time to do so.
        clock_sleep_until(clock_now_ns() + 30 * NS_PER_MS);
        assert_true(others_wait(&e));
        assert_int_equal(engine_state(&e, 1), LANE_KILLED);
        assert_int_equal(atomic_load(&e.run.locks[0].owner), 1);
        engine_stop(&e);
        engine_join(&e);
        engine_free(&e);
    }
}

static void test_faults_end_only_their_lane(void **state)
{
    (void)state;
    static const char text[] = "shared zero = 0\n"
                               "shared x = 0\n"
                               "lock guard\n"
                               "def divide():\n"
                               "    with guard:\n"
                               "        x = 1 // zero\n"
                               "def grow(n):\n"
                               "    for i in range(100):\n"
                               "        n = n * 2\n"
                               "def dive(n):\n"
                               "    return dive(n) + 1\n"
                               "def add():\n"
                               "    for _ in range(100):\n"
                               "        with guard:\n"
                               "            x += 1\n"
                               "lane A = divide()\n"
                               "lane B = grow(1)\n"
                               "lane C = dive(1)\n"
                               "lane D = add()\n"
                               "after:\n"
                               "    print(\"{x}\")\n";
    static const struct {
        enum machine_fault fault;
        uint32_t line;
    } expected[] = {{FAULT_NONE, 0},
                    {FAULT_DIVISION, 6},
                    {FAULT_OVERFLOW, 9},
                    {FAULT_DEPTH, 11},
                    {FAULT_NONE, 0}};
    struct engine e;
    struct run_spec spec = {.lock_on = 1};
    engine_start(&e, scenario_compile(text), &spec);
    engine_join(&e);
    for (size_t lane = 0; lane < ARRAY_LEN(expected); lane++) {
        assert_int_equal(e.run.lanes[lane].fault, expected[lane].fault);
        assert_int_equal(e.run.lanes[lane].fault_line, expected[lane].line);
        assert_int_equal(engine_state(&e, lane),
                         expected[lane].fault ? LANE_FAILED : LANE_FINISHED);
    }
    assert_string_equal(e.lanes[0].printed, "100\n");
    engine_free(&e);
}

// Nothing is taken in until the channels are full and the lanes wait: nothing is lost.
static void test_full_channel_holds_the_lanes(void **state)
{
    (void)state;
    struct engine e;
    struct run_spec spec = {.lock_on = 0};
    int64_t n = 40000;
    engine_start(&e, race(n, 2), &spec);
    assert_true((int64_t)e.run.header->update_slots < n);
    uint64_t deadline = clock_now_ns() + ENGINE_DEADLINE_NS;
    for (size_t lane = 1; lane < e.run.n_lanes; lane++)
        while (!atomic_load_explicit(&e.run.lanes[lane].held_ticks, memory_order_relaxed)) {
            sched_yield();
            assert_true(clock_now_ns() < deadline);
        }
    engine_join(&e);
    assert_int_equal(ledger_cell(e.ledger, 0)->updates, 2 * n);
    check_ledger(&e);
    engine_free(&e);
}

// Printed text is never dropped either, and comes in one order.
static void test_much_is_printed(void **state)
{
    (void)state;
    static const char text[] = "def chat(who):\n"
                               "    for i in range(2000):\n"
                               "        print(\"{who} says {i}\")\n"
                               "lane A = chat(1)\n"
                               "lane B = chat(2)\n";
    struct engine e;
    struct run_spec spec = {.lock_on = 0};
    engine_start(&e, scenario_compile(text), &spec);
    engine_join(&e);
    assert_int_equal(e.run.header->host.print_turn, 4000);
    for (size_t lane = 1; lane < e.run.n_lanes; lane++) {
        size_t lines = 0;
        for (const char *c = e.lanes[lane].printed; *c; c++)
            lines += *c == '\n';
        assert_int_equal(lines, 2000);
    }
    engine_free(&e);
}

static void test_mapped_twice(void **state)
{
    (void)state;
    struct engine e;
    struct run other;
    struct error err;
    struct run_spec spec = {.name = "test"};
    struct program *prog = race(3, 2);
    engine_start(&e, prog, &spec);
    assert_true(run_map(&other, e.run.fd, &err));
    engine_join(&e);
    assert_int_equal(other.n_lanes, 3);
    assert_string_equal(other.text, race_text);
    assert_int_equal(atomic_load(&other.cells[0].word), atomic_load(&e.run.cells[0].word));
    run_close(&other);
    assert_false(run_map(&other, 0, &err));
    engine_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_race_at_native_speed),
        cmocka_unit_test(test_every_lock_kind_loses_nothing),
        cmocka_unit_test(test_bare_totals),
        cmocka_unit_test(test_toggles_at_any_moment),
        cmocka_unit_test(test_pause_freezes_everything),
        cmocka_unit_test(test_killed_with_the_lock),
        cmocka_unit_test(test_faults_end_only_their_lane),
        cmocka_unit_test(test_full_channel_holds_the_lanes),
        cmocka_unit_test(test_much_is_printed),
        cmocka_unit_test(test_mapped_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
