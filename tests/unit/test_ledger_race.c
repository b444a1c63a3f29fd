#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "ledger_oracle.h"
#include "trace/ledger.h"
#include "trace/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

// Real threads race on real cells, their records go through real rings, and a collector drains
// those in random order and random amounts. What the ledger then says must be what the offline pass
// over the whole history says.

enum { RACE_CELLS = 2, RACE_BATCH = 512 };

struct race_slot {
    _Atomic uint64_t seq;
    _Atomic int64_t value;
};

struct race;

struct racer {
    struct race *race;
    struct ring *ring;
    pthread_t thread;
    size_t number;
    struct random random;
    uint64_t seq[RACE_CELLS];
    struct race_slot slots[RACE_CELLS][2];
    // Between the load and the store of its update number `stop_at` it says what it has loaded,
    // and waits until it may go on.
    size_t stop_at;
    uint64_t stopped_id;
    size_t stopped_cell;
    _Atomic bool is_stopped, may_go, is_done;
    _Atomic uint64_t epoch_seen;
    bool is_told_ended, is_told_pinned, is_told_unpinned;
};

struct race {
    size_t n_lanes, n_cells, n_updates, ring_slots;
    bool uses_epochs;
    uint64_t seed;
    _Atomic uint64_t words[RACE_CELLS];
    _Atomic bool lock;
    struct racer racers[ORACLE_LANES];

    // The collector's.
    struct random random;
    struct ledger *ledger;
    struct oracle oracles[RACE_CELLS];
    size_t *places[ORACLE_LANES][RACE_CELLS]; // of each write, by lane and sequence
    size_t places_cap[ORACLE_LANES][RACE_CELLS];
    uint64_t steps_sum[RACE_CELLS]; // of old value - loaded value
    _Atomic uint64_t epoch;
    uint64_t epoch_merged;
    const char *wrong;
};

static const int64_t race_initial[RACE_CELLS] = {0, 1000};

static uint64_t race_load(struct race *race, size_t cell, int64_t *value)
{
    for (;;) {
        // Pairs with the exchange in race_store: the slot has been filled.
        uint64_t id = atomic_load_explicit(&race->words[cell], memory_order_acquire);
        if (id == WRITE_INITIAL) {
            *value = race_initial[cell];
            return id;
        }
        uint64_t seq = write_seq(id);
        struct race_slot *slot = &race->racers[write_lane(id)].slots[cell][seq & 1];
        // Both pair with the releases in race_store.
        uint64_t before = atomic_load_explicit(&slot->seq, memory_order_acquire);
        *value = atomic_load_explicit(&slot->value, memory_order_acquire);
        uint64_t after = atomic_load_explicit(&slot->seq, memory_order_relaxed);
        if (before == seq && after == seq)
            return id;
    }
}

static uint64_t race_store(struct race *race, size_t cell, uint64_t id, int64_t value)
{
    uint64_t seq = write_seq(id);
    struct race_slot *slot = &race->racers[write_lane(id)].slots[cell][seq & 1];
    atomic_store_explicit(&slot->seq, 0, memory_order_relaxed);
    // Both pair with the acquires in race_load.
    atomic_store_explicit(&slot->value, value, memory_order_release);
    atomic_store_explicit(&slot->seq, seq, memory_order_release);
    return atomic_exchange_explicit(&race->words[cell], id, memory_order_seq_cst);
}

static void racer_stop(struct racer *racer, size_t cell, uint64_t id)
{
    racer->stopped_cell = cell;
    racer->stopped_id = id;
    // Pairs with the collector's acquire: it sees all records so far and what is stopped at.
    atomic_store_explicit(&racer->is_stopped, true, memory_order_release);
    while (!atomic_load_explicit(&racer->may_go, memory_order_relaxed))
        sched_yield();
}

static void race_unlock(struct race *race)
{
    // Pairs with the exchange that takes it.
    atomic_store_explicit(&race->lock, false, memory_order_release);
}

static void race_lock(struct race *race)
{
    // Pairs with the release in race_unlock.
    while (atomic_exchange_explicit(&race->lock, true, memory_order_acquire))
        sched_yield();
}

static void racer_update(struct racer *racer, size_t number)
{
    struct race *race = racer->race;
    size_t cell = (size_t)random_below(&racer->random, race->n_cells);
    bool locks = random_below(&racer->random, 8) == 0 && number != racer->stop_at;
    if (locks)
        race_lock(race);
    struct update update = {.cell = (uint16_t)cell, .flags = ACCESS_UPDATE};
    update.flags |= (uint8_t)(locks ? ACCESS_HELD : ACCESS_OFF);
    update.loaded = race_load(race, cell, &update.loaded_value);
    if (random_below(&racer->random, 64) == 0)
        sched_yield();
    if (number == racer->stop_at)
        racer_stop(racer, cell, update.loaded);
    update.value = update.loaded_value + 1 + (int64_t)random_below(&racer->random, 3);
    update.id = write_id((uint16_t)racer->number, ++racer->seq[cell]);
    update.old = race_store(race, cell, update.id, update.value);
    if (locks)
        race_unlock(race);
    while (!ring_push_update(racer->ring, &update))
        sched_yield();
}

static void *racer_main(void *argument)
{
    struct racer *racer = argument;
    for (size_t i = 1; i <= racer->race->n_updates; i++) {
        racer_update(racer, i);
        // Between two statements. The acquire pairs with the collector's store of the epoch, the
        // release with its look at what has been seen: it finds all records made until now.
        uint64_t epoch = atomic_load_explicit(&racer->race->epoch, memory_order_acquire);
        atomic_store_explicit(&racer->epoch_seen, epoch, memory_order_release);
    }
    // Pairs with the collector's acquire: all has been reported.
    atomic_store_explicit(&racer->is_done, true, memory_order_release);
    return NULL;
}

// The collector.

static size_t place_of(const struct race *race, size_t cell, uint64_t id)
{
    return id == WRITE_INITIAL ? ORACLE_NONE : race->places[write_lane(id)][cell][write_seq(id)];
}

static const char *check_step(struct race *race, const struct ledger_step *step)
{
    size_t cell = step->update->cell;
    const struct ledger_cell *sum = ledger_cell(race->ledger, cell);
    race->steps_sum[cell] += (uint64_t)step->old_value - (uint64_t)step->update->loaded_value;
    uint64_t net = (uint64_t)sum->value - (uint64_t)race_initial[cell];
    ORACLE_CHECK((uint64_t)sum->attempted - net == (uint64_t)sum->lost_amount);
    ORACLE_CHECK((uint64_t)sum->lost_amount == race->steps_sum[cell]);
    ORACLE_CHECK(sum->unattributed == 0);
    return NULL;
}

static void on_step(void *context, const struct ledger_step *step)
{
    struct race *race = context;
    const struct update *update = step->update;
    struct oracle *oracle = &race->oracles[update->cell];
    size_t **places = &race->places[step->lane][update->cell];
    uint64_t seq = write_seq(update->id);
    *places =
        mem_room(*places, &race->places_cap[step->lane][update->cell], seq + 1, sizeof **places);
    (*places)[seq] = oracle->n;
    oracle_append(oracle, update, place_of(race, update->cell, update->loaded));
    if (!race->wrong)
        race->wrong = check_step(race, step);
}

static size_t drain(struct race *race, struct racer *racer, size_t most)
{
    struct update batch[RACE_BATCH];
    size_t n = ring_drain_updates(racer->ring, batch, most);
    ledger_push(race->ledger, racer->number, batch, n);
    return n;
}

static void drain_all(struct race *race, struct racer *racer)
{
    while (drain(race, racer, RACE_BATCH))
        ;
}

// Everything that is known of the lane; true when that is that it has ended.
static bool remark(struct race *race, struct racer *racer)
{
    // Each of these acquires pairs with the release of the same name in the lane.
    if (atomic_load_explicit(&racer->is_stopped, memory_order_acquire) && !racer->is_told_pinned) {
        ledger_pinned(race->ledger, racer->number, racer->stopped_cell, racer->stopped_id);
        racer->is_told_pinned = true;
    }
    uint64_t epoch = atomic_load_explicit(&race->epoch, memory_order_relaxed);
    if (race->uses_epochs &&
        atomic_load_explicit(&racer->epoch_seen, memory_order_acquire) == epoch) {
        drain_all(race, racer);
        ledger_quiet(race->ledger, racer->number, race->epoch_merged);
    }
    if (!racer->is_told_ended && atomic_load_explicit(&racer->is_done, memory_order_acquire)) {
        drain_all(race, racer);
        ledger_ended(race->ledger, racer->number);
        racer->is_told_ended = true;
    }
    return racer->is_told_ended;
}

// Once only those are left that are stopped, they may go on.
static void release_stopped(struct race *race, size_t n_ended)
{
    size_t n_stopped = 0;
    for (size_t i = 0; i < race->n_lanes; i++)
        n_stopped += race->racers[i].is_told_pinned && !race->racers[i].is_told_unpinned;
    if (!n_stopped || n_ended + n_stopped < race->n_lanes)
        return;
    // The rest of the others' history is known by now: all of it is melted into a few lumps.
    ledger_merge(race->ledger, 0, on_step, race);
    ledger_collect(race->ledger);
    if (ledger_undecided(race->ledger) > 8 * race->n_lanes && !race->wrong)
        race->wrong = "what is undecided behind a stopped lane stays small";
    for (size_t i = 0; i < race->n_lanes; i++) {
        struct racer *racer = &race->racers[i];
        if (!racer->is_told_pinned || racer->is_told_unpinned)
            continue;
        ledger_unpinned(race->ledger, i);
        racer->is_told_unpinned = true;
        atomic_store_explicit(&racer->may_go, true, memory_order_relaxed);
    }
}

static void start_epoch(struct race *race)
{
    race->epoch_merged = ledger_merged(race->ledger);
    uint64_t next = atomic_load_explicit(&race->epoch, memory_order_relaxed) + 1;
    // Pairs with the lanes' acquire: whoever sees it sees all writes that have been merged.
    atomic_store_explicit(&race->epoch, next, memory_order_release);
}

static void collect_all(struct race *race)
{
    size_t n_ended = 0;
    while (n_ended < race->n_lanes) {
        size_t n_drained = 0;
        for (size_t i = 0; i < race->n_lanes; i++) {
            struct racer *racer = &race->racers[random_below(&race->random, race->n_lanes)];
            n_drained += drain(race, racer, 1 + (size_t)random_below(&race->random, RACE_BATCH));
        }
        ledger_merge(race->ledger, (size_t)random_below(&race->random, 2000), on_step, race);
        n_ended = 0;
        for (size_t i = 0; i < race->n_lanes; i++)
            n_ended += remark(race, &race->racers[i]);
        release_stopped(race, n_ended);
        if (random_below(&race->random, 4) == 0)
            ledger_collect(race->ledger);
        if (random_below(&race->random, 4) == 0)
            start_epoch(race);
        if (!n_drained)
            sched_yield();
    }
    ledger_merge(race->ledger, 0, on_step, race);
    ledger_collect(race->ledger);
}

static const char *check_end(const struct race *race)
{
    struct oracle_sums sums = {0};
    ORACLE_CHECK(race->wrong == NULL);
    ORACLE_CHECK(ledger_waiting(race->ledger) == 0);
    ORACLE_CHECK(ledger_merged(race->ledger) == race->n_lanes * race->n_updates);
    ORACLE_CHECK(ledger_undecided(race->ledger) == 2 * race->n_cells);
    for (size_t cell = 0; cell < race->n_cells; cell++) {
        size_t *culprits = oracle_offline(&race->oracles[cell]);
        oracle_sum(&race->oracles[cell], culprits, &sums);
        mem_free(culprits);
        const char *wrong = oracle_compare_cell(race->ledger, cell, race_initial[cell], &sums.cell);
        if (wrong)
            return wrong;
        ORACLE_CHECK(sums.cell.last_write ==
                     atomic_load_explicit(&race->words[cell], memory_order_relaxed));
    }
    return oracle_compare(race->ledger, race->n_lanes, &sums);
}

static void racer_open(struct race *race, size_t number)
{
    struct racer *racer = &race->racers[number];
    size_t bytes = ring_bytes(race->ring_slots, sizeof(struct update));
    racer->race = race;
    racer->number = number;
    racer->random = random_stream(race->seed, number);
    racer->ring = aligned_alloc(RING_LINE, bytes);
    assert_non_null(racer->ring);
    memset(racer->ring, 0, bytes);
    ring_init(racer->ring, race->ring_slots);
}

static void race_close(struct race *race)
{
    ledger_free(race->ledger);
    for (size_t i = 0; i < race->n_lanes; i++) {
        free(race->racers[i].ring);
        for (size_t cell = 0; cell < race->n_cells; cell++)
            mem_free(race->places[i][cell]);
    }
    for (size_t cell = 0; cell < race->n_cells; cell++)
        oracle_clear(&race->oracles[cell]);
    mem_free(race);
}

// `stopped_lanes`: so many stop halfway, between a load and its store, until the others are done.
static void run_race(struct race shape, size_t stopped_lanes)
{
    const char *given = getenv("RACELANE_SEED");
    bool updates[ORACLE_LANES * RACE_CELLS];
    memset(updates, true, sizeof updates);
    struct race *race = mem_alloc(sizeof *race);
    *race = shape;
    race->seed = given ? strtoull(given, NULL, 10) : 1;
    race->random = random_stream(race->seed, ORACLE_LANES);
    race->ledger = ledger_new(&(struct ledger_shape){.n_lanes = race->n_lanes,
                                                     .n_cells = race->n_cells,
                                                     .initial = race_initial,
                                                     .updates = updates});
    for (size_t i = 0; i < race->n_cells; i++)
        race->oracles[i].initial = race_initial[i];
    for (size_t i = 0; i < race->n_lanes; i++) {
        racer_open(race, i);
        race->racers[i].stop_at = i < stopped_lanes ? race->n_updates / 10 : 0;
    }
    for (size_t i = 0; i < race->n_lanes; i++)
        assert_int_equal(
            pthread_create(&race->racers[i].thread, NULL, racer_main, &race->racers[i]), 0);
    collect_all(race);
    for (size_t i = 0; i < race->n_lanes; i++)
        assert_int_equal(pthread_join(race->racers[i].thread, NULL), 0);
    const char *wrong = race->wrong ? race->wrong : check_end(race);
    if (wrong)
        print_error("RACELANE_SEED=%llu: not true: %s\n", (unsigned long long)race->seed, wrong);
    race_close(race);
    assert_null(wrong);
}

static void test_race(void **state)
{
    (void)state;
    static const size_t lanes[] = {2, 3, 4, 8};
    for (size_t i = 0; i < ARRAY_LEN(lanes); i++)
        run_race((struct race){.n_lanes = lanes[i],
                               .n_cells = 1 + i % 2,
                               .n_updates = 60000 / lanes[i],
                               .ring_slots = 4096},
                 0);
}

static void test_quiet(void **state)
{
    (void)state;
    run_race((struct race){.n_lanes = 4,
                           .n_cells = 2,
                           .n_updates = 15000,
                           .ring_slots = 4096,
                           .uses_epochs = true},
             0);
}

static void test_stopped(void **state)
{
    (void)state;
    for (size_t n_stopped = 1; n_stopped < 4; n_stopped++)
        run_race((struct race){.n_lanes = 4,
                               .n_cells = 1,
                               .n_updates = 20000,
                               .ring_slots = 1024,
                               .uses_epochs = n_stopped == 2},
                 n_stopped);
}

static void test_full_rings(void **state)
{
    (void)state;
    run_race((struct race){.n_lanes = 3, .n_cells = 1, .n_updates = 30000, .ring_slots = 64}, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_full_rings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
