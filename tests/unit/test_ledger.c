#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "ledger_oracle.h"
#include "trace/ledger.h"

#include <stdio.h>
#include <stdlib.h>

// Hand-made histories. A cast of lanes on some cells; each store is pushed and merged at once.

enum { CAST_LANES = 8, CAST_CELLS = 3 };

struct cast {
    struct ledger *ledger;
    uint64_t tip[CAST_CELLS];
    int64_t value[CAST_CELLS];
    uint64_t seq[CAST_LANES][CAST_CELLS];
    uint64_t loaded[CAST_LANES];
    int64_t loaded_value[CAST_LANES];
    struct ledger_step step; // of the last store
};

static void cast_open(struct cast *cast, size_t n_lanes)
{
    static const int64_t initial[CAST_CELLS] = {0, 100, -5};
    bool updates[CAST_LANES * CAST_CELLS];
    memset(updates, true, sizeof updates);
    *cast = (struct cast){.value = {0, 100, -5}};
    cast->ledger = ledger_new(&(struct ledger_shape){
        .n_lanes = n_lanes, .n_cells = CAST_CELLS, .initial = initial, .updates = updates});
}

static void keep_step(void *context, const struct ledger_step *step)
{
    *(struct ledger_step *)context = *step;
}

static void cast_load(struct cast *cast, size_t lane, size_t cell)
{
    cast->loaded[lane] = cast->tip[cell];
    cast->loaded_value[lane] = cast->value[cell];
}

static void cast_write(struct cast *cast, size_t lane, size_t cell, int64_t value, uint8_t flags)
{
    struct update update = {
        .id = write_id((uint16_t)lane, ++cast->seq[lane][cell]),
        .old = cast->tip[cell],
        .loaded = cast->loaded[lane],
        .value = value,
        .loaded_value = cast->loaded_value[lane],
        .cell = (uint16_t)cell,
        .flags = flags,
    };
    ledger_push(cast->ledger, lane, &update, 1);
    assert_int_equal(ledger_merge(cast->ledger, 0, keep_step, &cast->step), 1);
    cast->tip[cell] = update.id;
    cast->value[cell] = value;
}

static void cast_store(struct cast *cast, size_t lane, size_t cell, int64_t amount)
{
    cast_write(cast, lane, cell, cast->loaded_value[lane] + amount, ACCESS_UPDATE | ACCESS_OFF);
}

static void cast_add(struct cast *cast, size_t lane, size_t cell, int64_t amount)
{
    cast_load(cast, lane, cell);
    cast_store(cast, lane, cell, amount);
}

// Everybody ends: nothing may stay undecided but the last write of each cell.
static void cast_close(struct cast *cast)
{
    for (size_t i = 0; i < CAST_LANES; i++)
        ledger_ended(cast->ledger, i);
    ledger_collect(cast->ledger);
    assert_int_equal(ledger_undecided(cast->ledger), 2 * CAST_CELLS);
    for (uint64_t i = ledger_log_dropped(cast->ledger) + 1; i <= ledger_log_last(cast->ledger); i++)
        assert_true(ledger_log_at(cast->ledger, i)->is_final);
    ledger_free(cast->ledger);
}

enum { A = 1, B, C };

static void test_clean(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    for (int i = 0; i < 10; i++)
        cast_add(&cast, i % 2 ? A : B, 0, 1);
    assert_int_equal(ledger_cell(cast.ledger, 0)->updates, 10);
    assert_int_equal(ledger_cell(cast.ledger, 0)->lost, 0);
    assert_int_equal(ledger_log_last(cast.ledger), 0);
    assert_int_equal(ledger_tally(cast.ledger, PHASE_OFF).made, 10);
    cast_close(&cast);
}

static void test_stale(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_add(&cast, A, 0, 1);
    cast_load(&cast, B, 0);
    cast_add(&cast, A, 0, 1);
    cast_add(&cast, A, 0, 1);
    cast_store(&cast, B, 0, 1);
    assert_int_equal(cast.step.overwritten, 2);
    assert_int_equal(cast.step.old_value, 3);
    assert_int_equal(cast.step.old_lane, A);
    assert_int_equal(cast.step.entry, 1);
    const struct ledger_entry *entry = ledger_log_at(cast.ledger, 1);
    assert_int_equal(entry->lane, B);
    assert_int_equal(entry->victim, A);
    assert_int_equal(entry->lost_now, 2);
    assert_int_equal(entry->value, 2);
    assert_int_equal(entry->old_value, 3);
    assert_int_equal(entry->loaded, write_id(A, 1));
    assert_int_equal(ledger_cell(cast.ledger, 0)->lost, 2);
    assert_int_equal(ledger_cell(cast.ledger, 0)->lost_amount, 2);
    assert_int_equal(ledger_pair(cast.ledger, B, A), 2);
    assert_int_equal(ledger_lane(cast.ledger, A).lost, 2);
    assert_int_equal(ledger_lane(cast.ledger, B).destroyed, 2);
    assert_false(entry->is_final);
    cast_close(&cast);
}

// B drags A's updates away, C had loaded after them and brings them back.
static void test_restore(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_load(&cast, B, 0);
    cast_add(&cast, A, 0, 5);
    cast_add(&cast, A, 0, -7);
    cast_load(&cast, C, 0);
    cast_store(&cast, B, 0, 1);
    assert_int_equal(ledger_cell(cast.ledger, 0)->lost_amount, -2);
    cast_store(&cast, C, 0, 10);
    assert_int_equal(cast.step.restored, 2);
    assert_int_equal(cast.step.overwritten, 1);
    assert_int_equal(ledger_log_at(cast.ledger, 1)->lost_now, 0);
    assert_int_equal(ledger_log_at(cast.ledger, 1)->overwritten, 2);
    assert_true(ledger_log_at(cast.ledger, 1)->is_final);
    assert_int_equal(ledger_log_at(cast.ledger, 2)->lost_now, 1);
    assert_int_equal(ledger_pair(cast.ledger, B, A), 0);
    assert_int_equal(ledger_pair(cast.ledger, C, B), 1);
    assert_int_equal(ledger_cell(cast.ledger, 0)->value, 8);
    cast_close(&cast);
}

// Two old branches, flipped at every store: it stays at two segments, whatever their length.
static void test_flip(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_load(&cast, A, 0);
    cast_load(&cast, B, 0);
    for (size_t i = 0; i < 1000; i++) {
        size_t lane = i % 2 ? B : A;
        cast_store(&cast, lane, 0, 1);
        cast_load(&cast, lane, 0);
        assert_int_equal(ledger_cell(cast.ledger, 0)->lost, (i + 1) / 2);
        assert_true(ledger_undecided(cast.ledger) < 16);
    }
    cast_close(&cast);
}

// Two pieces of a path that were taken away by different stores become one when they are restored:
// both join the root, so that there are two pieces less and one run more.
static void test_restored_join(void **state)
{
    (void)state;
    enum { D = 4, E };
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_load(&cast, E, 0);
    cast_add(&cast, A, 0, 1);
    cast_load(&cast, D, 0);
    cast_add(&cast, B, 0, 1);
    cast_load(&cast, C, 0);
    cast_store(&cast, D, 0, 1); // takes B's away
    cast_store(&cast, E, 0, 1); // takes A's and D's away
    for (size_t lane = 0; lane < CAST_LANES; lane++) {
        if (lane != C)
            ledger_ended(cast.ledger, lane);
    }
    ledger_pinned(cast.ledger, C, 0, cast.loaded[C]);
    ledger_collect(cast.ledger);
    assert_false(ledger_log_at(cast.ledger, 1)->is_final);
    size_t before = ledger_undecided(cast.ledger);
    cast_store(&cast, C, 0, 1);
    assert_int_equal(cast.step.restored, 2);
    assert_int_equal(ledger_undecided(cast.ledger), before - 1);
    cast_close(&cast);
}

// Only with three lanes can one destroy its own update.
static void test_self(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_load(&cast, B, 0);
    cast_add(&cast, A, 0, 1);
    cast_load(&cast, C, 0);
    cast_store(&cast, B, 0, 1); // A's is gone
    cast_load(&cast, A, 0);
    cast_store(&cast, C, 0, 1); // A's is back
    cast_store(&cast, A, 0, 1); // and A itself drags it away
    assert_int_equal(ledger_pair(cast.ledger, A, A), 1);
    assert_int_equal(ledger_pair(cast.ledger, A, C), 1);
    assert_int_equal(ledger_cell(cast.ledger, 0)->lost, 2);
    cast_close(&cast);
}

static void test_atomic_victim(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_load(&cast, A, 0);
    cast_load(&cast, B, 0);
    cast_write(&cast, B, 0, 1, ACCESS_UPDATE | ACCESS_ATOMIC);
    cast_store(&cast, A, 0, 1);
    assert_int_equal(ledger_pair(cast.ledger, A, B), 1);
    assert_int_equal(ledger_tally(cast.ledger, PHASE_ON).made, 1);
    assert_int_equal(ledger_tally(cast.ledger, PHASE_ON).lost, 0);
    assert_int_equal(ledger_tally(cast.ledger, PHASE_OFF).lost, 1);
    cast_close(&cast);
}

// A blind write is nobody's victim and nobody's culprit, but what it changed can be dragged away.
static void test_blind(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_add(&cast, A, 1, 1);
    cast_load(&cast, C, 1);
    cast_write(&cast, B, 1, 7, ACCESS_HELD);
    assert_int_equal(ledger_cell(cast.ledger, 1)->lost, 0);
    assert_int_equal(ledger_cell(cast.ledger, 1)->blind_change, -94);
    cast_store(&cast, C, 1, 1);
    assert_int_equal(cast.step.overwritten, 0);
    assert_int_equal(cast.step.entry, 0);
    assert_int_equal(ledger_cell(cast.ledger, 1)->lost, 0);
    assert_int_equal(ledger_cell(cast.ledger, 1)->updates, 2);
    assert_int_equal(ledger_cell(cast.ledger, 1)->lost_amount, -94);
    cast_close(&cast);
}

static void test_cells(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_load(&cast, A, 0);
    cast_add(&cast, B, 0, 1);
    cast_add(&cast, B, 1, 1);
    cast_add(&cast, B, 2, 1);
    cast_store(&cast, A, 0, 1);
    cast_add(&cast, A, 2, 1);
    assert_int_equal(ledger_lane_cell(cast.ledger, B, 0).lost, 1);
    assert_int_equal(ledger_lane_cell(cast.ledger, B, 1).lost, 0);
    assert_int_equal(ledger_lane_cell(cast.ledger, A, 1).updates, 0);
    assert_int_equal(ledger_lane(cast.ledger, B).updates, 3);
    assert_int_equal(ledger_cell(cast.ledger, 2)->value, -3);
    cast_close(&cast);
}

// The log keeps the newest; what falls out of it stays counted.
static void test_log(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    for (int i = 0; i < LEDGER_LOG + 10; i++) {
        cast_load(&cast, A, 0);
        cast_add(&cast, B, 0, 1);
        cast_store(&cast, A, 0, 1);
    }
    assert_int_equal(ledger_log_last(cast.ledger), LEDGER_LOG + 10);
    assert_int_equal(ledger_log_dropped(cast.ledger), 10);
    assert_null(ledger_log_at(cast.ledger, 10));
    assert_null(ledger_log_at(cast.ledger, 0));
    assert_null(ledger_log_at(cast.ledger, LEDGER_LOG + 11));
    assert_int_equal(ledger_log_at(cast.ledger, 11)->number, 11);
    assert_int_equal(ledger_pair(cast.ledger, A, B), LEDGER_LOG + 10);
    ledger_free(cast.ledger);
}

// A thousand lanes load the same value; then they store, one after the other. Their updates are
// pushed in the opposite order, so that every lane waits for the next one.
static void test_thousand(void **state)
{
    (void)state;
    enum { LANES = 1000 };
    static const int64_t initial[1] = {0};
    bool updates[LANES];
    memset(updates, true, sizeof updates);
    struct ledger *ledger = ledger_new(&(struct ledger_shape){
        .n_lanes = LANES, .n_cells = 1, .initial = initial, .updates = updates});
    for (size_t lane = LANES; lane-- > 0;) {
        struct update update = {
            .id = write_id((uint16_t)lane, 1),
            .old = lane ? write_id((uint16_t)(lane - 1), 1) : WRITE_INITIAL,
            .loaded = WRITE_INITIAL,
            .value = 1,
            .flags = ACCESS_UPDATE,
        };
        assert_int_equal(ledger_merge(ledger, 0, NULL, NULL), 0);
        ledger_push(ledger, lane, &update, 1);
    }
    assert_int_equal(ledger_waiting(ledger), LANES);
    assert_int_equal(ledger_merge(ledger, 300, NULL, NULL), 300);
    assert_int_equal(ledger_merge(ledger, 0, NULL, NULL), LANES - 300);
    assert_int_equal(ledger_cell(ledger, 0)->lost, LANES - 1);
    for (size_t lane = 1; lane < LANES; lane++)
        assert_int_equal(ledger_pair(ledger, lane, lane - 1), 1);
    ledger_free(ledger);
}

// One lane stops between its load and its store while three others make a million updates, with
// losses. What they do becomes final all the same, and memory stays small; then the lane's store
// drags all of it away, and the count is exact.
static void test_pinned(void **state)
{
    (void)state;
    struct cast cast;
    struct random random = random_stream(1, 0);
    cast_open(&cast, CAST_LANES);
    for (size_t lane = 0; lane < CAST_LANES; lane++) {
        if (lane != A && (lane < 4 || lane > 6))
            ledger_ended(cast.ledger, lane);
    }
    cast_add(&cast, A, 0, 1);
    bool has_loaded[CAST_LANES] = {false};
    for (size_t i = 0; i < 2000000; i++) {
        size_t lane = 4 + (size_t)random_below(&random, 3);
        if (i == 100)
            cast_load(&cast, A, 0);
        if (i == 200)
            ledger_pinned(cast.ledger, A, 0, cast.loaded[A]);
        if (has_loaded[lane])
            cast_store(&cast, lane, 0, 1);
        else
            cast_load(&cast, lane, 0);
        has_loaded[lane] = !has_loaded[lane];
        if (i % 512)
            continue;
        ledger_collect(cast.ledger);
        assert_in_range(ledger_undecided(cast.ledger), 0, 60);
    }
    uint64_t last = ledger_log_last(cast.ledger);
    assert_true(last > LEDGER_LOG);
    assert_true(ledger_log_at(cast.ledger, last - LEDGER_LOG / 2)->is_final);
    ledger_unpinned(cast.ledger, A);
    cast_store(&cast, A, 0, 1);
    const struct ledger_cell *cell = ledger_cell(cast.ledger, 0);
    assert_int_equal(cell->value, cast.loaded_value[A] + 1);
    assert_int_equal(cell->lost, cell->updates - (uint64_t)cell->value);
    assert_int_equal(cell->lost_amount, cell->lost);
    assert_int_equal(cell->unattributed, 0);
    cast_close(&cast);
}

// A promise that is broken is said, and does not upset the sums.
static void test_broken_promise(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_add(&cast, A, 0, 1);
    cast_load(&cast, B, 0);
    cast_add(&cast, C, 0, 1);
    for (size_t lane = 0; lane < CAST_LANES; lane++)
        ledger_quiet(cast.ledger, lane, ledger_merged(cast.ledger));
    ledger_collect(cast.ledger);
    cast_store(&cast, B, 0, 1);
    const struct ledger_cell *cell = ledger_cell(cast.ledger, 0);
    assert_int_equal(cell->unattributed, 1);
    assert_int_equal(cell->attempted - cell->value, cell->lost_amount);
    cast_close(&cast);
}

// One lane writes many cells once each: all those writes have the same id, and two other lanes wait
// for two of them.
static void test_same_ids(void **state)
{
    (void)state;
    enum { CELLS = 40 };
    static const int64_t initial[CELLS] = {0};
    static const bool updates[3 * CELLS] = {false};
    for (uint16_t other = 1; other < CELLS; other++) {
        struct ledger *ledger = ledger_new(&(struct ledger_shape){
            .n_lanes = 3, .n_cells = CELLS, .initial = initial, .updates = updates});
        struct update waiting[] = {
            {.id = write_id(A, 1), .old = write_id(0, 1), .cell = 0},
            {.id = write_id(B, 1), .old = write_id(0, 1), .cell = other},
        };
        ledger_push(ledger, A, &waiting[0], 1);
        ledger_push(ledger, B, &waiting[1], 1);
        struct update awaited = {.id = write_id(0, 1), .old = WRITE_INITIAL, .cell = 0};
        ledger_push(ledger, 0, &awaited, 1);
        assert_int_equal(ledger_merge(ledger, 0, NULL, NULL), 2);
        assert_int_equal(ledger_cell(ledger, 0)->last_write, write_id(A, 1));
        assert_int_equal(ledger_cell(ledger, other)->last_write, WRITE_INITIAL);
        ledger_free(ledger);
    }
}

// A lane was killed after its store and before its report: the others wait for that write.
static void test_missing(void **state)
{
    (void)state;
    struct cast cast;
    cast_open(&cast, CAST_LANES);
    cast_add(&cast, A, 0, 1);
    struct update after = {
        .id = write_id(B, 1),
        .old = write_id(A, 2),
        .loaded = write_id(A, 2),
        .loaded_value = 2,
        .value = 3,
        .flags = ACCESS_UPDATE,
    };
    ledger_push(cast.ledger, B, &after, 1);
    assert_int_equal(ledger_merge(cast.ledger, 0, NULL, NULL), 0);
    assert_int_equal(ledger_missing(cast.ledger, C, 0), 0);
    assert_int_equal(ledger_missing(cast.ledger, A, 1), 0);
    assert_int_equal(ledger_missing(cast.ledger, A, 0), write_id(A, 2));
    struct update last = {
        .id = write_id(A, 2),
        .old = write_id(A, 1),
        .loaded = write_id(A, 1),
        .loaded_value = 1,
        .value = 2,
        .flags = ACCESS_UPDATE,
    };
    ledger_push(cast.ledger, A, &last, 1);
    assert_int_equal(ledger_missing(cast.ledger, A, 0), 0);
    assert_int_equal(ledger_merge(cast.ledger, 0, NULL, NULL), 2);
    assert_int_equal(ledger_missing(cast.ledger, A, 0), 0);
    cast_close(&cast);
}

// Phases in the order in which one of them explains the update best.
static void test_phase(void **state)
{
    (void)state;
    assert_int_equal(ledger_phase_of(ACCESS_UPDATE), PHASE_NONE);
    assert_int_equal(ledger_phase_of(ACCESS_UPDATE | ACCESS_OFF), PHASE_OFF);
    assert_int_equal(ledger_phase_of(ACCESS_HELD | ACCESS_OFF), PHASE_ON);
    assert_int_equal(ledger_phase_of(ACCESS_ATOMIC), PHASE_ON);
    assert_int_equal(ledger_phase_of(ACCESS_HELD | ACCESS_SETTLING), PHASE_SETTLING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),         cmocka_unit_test(test_stale),
        cmocka_unit_test(test_restore),       cmocka_unit_test(test_flip),
        cmocka_unit_test(test_self),          cmocka_unit_test(test_atomic_victim),
        cmocka_unit_test(test_blind),         cmocka_unit_test(test_cells),
        cmocka_unit_test(test_log),           cmocka_unit_test(test_thousand),
        cmocka_unit_test(test_pinned),        cmocka_unit_test(test_broken_promise),
        cmocka_unit_test(test_restored_join), cmocka_unit_test(test_same_ids),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
