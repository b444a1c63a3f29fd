// The condition in shared memory, and lanes of the real engine that wait at it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_engine.h"
#include "support_scenario_condition.h"
#include "sync/condition.h"

enum { LANES = 6 };

// --- the condition

struct table {
    struct condition *condition;
    struct condition_lanes lanes;
    bool has_ended[LANES];
};

static bool has_ended(const void *context, uint32_t lane)
{
    return ((const struct table *)context)->has_ended[lane];
}

static struct table *table_new(void)
{
    struct table *table = mem_alloc(sizeof *table);
    size_t bytes = (condition_bytes(LANES) + 63) & ~(size_t)63;
    table->condition = aligned_alloc(64, bytes);
    table->lanes = (struct condition_lanes){LANES, has_ended, table};
    condition_init(table->condition, LANES);
    return table;
}

static void table_free(struct table *table)
{
    free(table->condition);
    mem_free(table);
}

static bool is_notified(const struct table *table, uint32_t lane)
{
    return condition_wait(table->condition, lane, &table->lanes, 0);
}

static uint32_t notify(const struct table *table, uint32_t most)
{
    return condition_notify(table->condition, most, &table->lanes);
}

// Which of the lanes that live are notified, as bits.
static void check_notified(const struct table *table, unsigned expected)
{
    unsigned found = 0;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        bool waits = table->condition->tickets[lane] && !table->has_ended[lane];
        found |= (unsigned)(waits && is_notified(table, lane)) << lane;
    }
    assert_int_equal(found, expected);
}

static void test_first_come_first_woken(void **state)
{
    (void)state;
    struct table *t = table_new();
    assert_int_equal(notify(t, 1), 0); // nobody waits: it is gone
    condition_begin(t->condition, 3);
    condition_begin(t->condition, 1);
    condition_begin(t->condition, 4);
    check_notified(t, 0);
    assert_false(condition_is_owed(t->condition, &t->lanes));
    assert_int_equal(notify(t, 1), 1);
    check_notified(t, 1 << 3);
    assert_true(condition_is_owed(t->condition, &t->lanes));
    assert_int_equal(notify(t, 1), 1);
    check_notified(t, 1 << 3 | 1 << 1);
    condition_end(t->condition, 1); // in whatever order they get the lock
    check_notified(t, 1 << 3);
    condition_begin(t->condition, 1); // and again: behind lane 4 now
    check_notified(t, 1 << 3);
    assert_int_equal(notify(t, 1), 1);
    check_notified(t, 1 << 3 | 1 << 4);
    condition_end(t->condition, 3);
    condition_end(t->condition, 4);
    check_notified(t, 0);
    assert_int_equal(notify(t, LANES), 1);
    assert_int_equal(notify(t, LANES), 0);
    check_notified(t, 1 << 1);
    condition_end(t->condition, 1);
    assert_false(condition_is_owed(t->condition, &t->lanes));
    table_free(t);
}

static void test_all_that_wait(void **state)
{
    (void)state;
    struct table *t = table_new();
    for (uint32_t lane = 0; lane < 4; lane++)
        condition_begin(t->condition, lane);
    assert_int_equal(notify(t, LANES), 4);
    condition_begin(t->condition, 5); // too late
    check_notified(t, 0xf);
    for (uint32_t lane = 4; lane-- > 0;) {
        condition_end(t->condition, lane);
        check_notified(t, (1U << lane) - 1);
    }
    assert_int_equal(notify(t, LANES), 1);
    check_notified(t, 1 << 5);
    table_free(t);
}

// A notify is for who lives and waits, as far as that is known; what a dead lane had been given and
// had not used is the next one's of those that waited then.
static void test_the_dead_take_nothing(void **state)
{
    (void)state;
    struct table *t = table_new();
    for (uint32_t lane = 0; lane < 3; lane++)
        condition_begin(t->condition, lane);
    t->has_ended[0] = true;
    assert_int_equal(notify(t, 1), 1);
    check_notified(t, 1 << 1);
    t->has_ended[1] = true;
    check_notified(t, 1 << 2);
    t->has_ended[2] = true;
    condition_begin(t->condition, 3); // has not been called
    check_notified(t, 0);
    assert_false(condition_is_owed(t->condition, &t->lanes));
    condition_begin(t->condition, 4);
    assert_int_equal(notify(t, 1), 1);
    check_notified(t, 1 << 3);
    condition_end(t->condition, 3);
    check_notified(t, 0);
    assert_int_equal(notify(t, LANES), 1);
    check_notified(t, 1 << 4);
    table_free(t);
}

// Killed with the lock between the two halves of condition_end.
static void test_killed_while_it_goes_on(void **state)
{
    (void)state;
    struct table *t = table_new();
    for (uint32_t lane = 0; lane < 3; lane++)
        condition_begin(t->condition, lane);
    assert_int_equal(notify(t, 2), 2);
    t->condition->n_notified--;
    check_notified(t, 1 << 0);
    t->has_ended[0] = true;
    check_notified(t, 1 << 1);
    condition_end(t->condition, 1);
    check_notified(t, 0);
    table_free(t);
}

// --- lanes at it

static int64_t cell_of(const struct engine *e, const char *name)
{
    for (size_t cell = 0; cell < e->prog->n_cells; cell++)
        if (strcmp(program_cell_var(e->prog, cell)->name, name) == 0)
            return engine_cell(e, cell);
    fail_msg("no variable %s", name);
    return 0;
}

static void test_buffer_with_every_kind(void **state)
{
    (void)state;
    for (uint32_t kind = 0; lock_kinds[kind]; kind++) {
        if (lock_kinds[kind]->is_lock_free)
            continue;
        struct lang_setting setting = {"N", (int64_t)scaled(2000)};
        struct lang_options lang = {.settings = &setting, .n_settings = 1};
        struct run_spec spec = {.seed = kind, .lock_on = 1, .lock_kind = kind};
        struct engine e;
        engine_start(&e, scenario_compile_with(buffer_text, &lang), &spec);
        engine_join(&e);
        assert_int_equal(cell_of(&e, "items"), 0);
        assert_int_equal(cell_of(&e, "taken"), 2 * setting.value);
        for (size_t lane = 1; lane < e.prog->n_lanes; lane++)
            assert_int_equal(engine_state(&e, lane), LANE_FINISHED);
        assert_int_equal(ledger_cell(e.ledger, 0)->lost, 0);
        assert_int_equal(e.run.locks[1].posts + e.run.locks[2].posts, 4 * setting.value);
        engine_free(&e);
    }
}

static bool all_wait(struct engine *e)
{
    for (size_t lane = 1; lane < e->run.n_lanes; lane++)
        if (engine_state(e, lane) != LANE_BLOCKED || e->run.lanes[lane].waits_for != 1)
            return false;
    return true;
}

static const char forever_text[] = "lock m\n"
                                   "condition c with m\n"
                                   "def f():\n"
                                   "    with m:\n"
                                   "        wait c\n"
                                   "lane A = f()\n"
                                   "lane B = f()\n"
                                   "lane C = f()\n";

// Pause and stop reach who waits; the lock is free meanwhile.
static void test_paused_and_stopped(void **state)
{
    (void)state;
    static const char *const gils[] = {"off", "3.10"};
    for (size_t i = 0; i < ARRAY_LEN(gils); i++) {
        struct lang_options lang = {.gil = gils[i]};
        struct run_spec spec = {.lock_on = 1, .switch_interval_ns = NS_PER_MS};
        struct engine e;
        engine_start(&e, scenario_compile_with(forever_text, &lang), &spec);
        engine_wait(&e, all_wait, "all lanes waiting");
        assert_int_equal(e.run.locks[0].owner, EVENT_NO_OBJECT);
        engine_pause(&e, true);
        engine_wait(&e, engine_claim_paused, "all lanes at the gate");
        engine_pause(&e, false);
        engine_wait(&e, all_wait, "all lanes waiting again");
        engine_stop(&e);
        engine_join(&e);
        for (size_t lane = 1; lane < e.prog->n_lanes; lane++)
            assert_int_equal(engine_state(&e, lane), LANE_KILLED);
        engine_free(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_come_first_woken),
        cmocka_unit_test(test_all_that_wait),
        cmocka_unit_test(test_the_dead_take_nothing),
        cmocka_unit_test(test_killed_while_it_goes_on),
        cmocka_unit_test(test_buffer_with_every_kind),
        cmocka_unit_test(test_paused_and_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
