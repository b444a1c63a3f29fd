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

// Random schedules of lanes that update shared cells in every way there is. Their records reach the
// ledger lane by lane in random order, together with random remarks of what is known of a lane,
// each true when it is made. After every single store the ledger must agree with the definition.

enum { SIM_CELLS = 3, SIM_DEPTH = 3, SIM_ENTRIES = 4096 };

struct sim_load {
    size_t cell;
    uint64_t id;
    int64_t value;
};

struct sim_lane {
    struct sim_load loads[SIM_DEPTH]; // pending; one unless updates nest
    size_t depth;
    size_t n_left; // statements
    uint64_t seq[SIM_CELLS];
    struct update *made;
    size_t n_made, made_cap, n_pushed;
    uint64_t blind_of_8, atomic_of_8, stays_of_8;
    bool is_locked, is_frozen, is_pinned, is_told_ended;
    bool has_moment; // it was quiet: what had been merged and made then
    uint64_t moment_merged;
    size_t moment_made;
};

struct sim_entry {
    size_t cell, store;
    bool was_final;
    uint64_t final_lost;
};

struct sim {
    struct random random;
    size_t n_lanes, n_cells, owner; // of the lock, n_lanes: free
    struct sim_lane lanes[ORACLE_LANES];
    bool updates[ORACLE_LANES * SIM_CELLS], nests[ORACLE_LANES * SIM_CELLS];
    int64_t initial[SIM_CELLS], value[SIM_CELLS];
    uint64_t tip[SIM_CELLS];
    struct oracle oracles[SIM_CELLS];
    struct ledger *ledger;
    struct sim_entry entries[SIM_ENTRIES];
    size_t n_entries;
    const char *wrong; // the first claim that did not hold
};

static size_t below(struct sim *sim, size_t bound)
{
    return (size_t)random_below(&sim->random, bound);
}

static bool happens(struct sim *sim, uint64_t of_8)
{
    return below(sim, 8) < of_8;
}

static int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t some_amount(struct sim *sim)
{
    switch (below(sim, 4)) {
    case 0:
        return (int64_t)random_next(&sim->random);
    case 1:
        return (int64_t)below(sim, 21) - 10;
    default:
        return 1;
    }
}

static void make_write(struct sim *sim, size_t number, size_t cell, const struct sim_load *load,
                       uint8_t flags)
{
    static const uint8_t protection[] = {0, ACCESS_OFF, ACCESS_HELD, ACCESS_OFF | ACCESS_SETTLING};
    struct sim_lane *lane = &sim->lanes[number];
    struct update update = {
        .id = write_id((uint16_t)number, ++lane->seq[cell]),
        .old = sim->tip[cell],
        .loaded = load ? load->id : sim->tip[cell],
        .loaded_value = load ? load->value : sim->value[cell],
        .cell = (uint16_t)cell,
        .flags = flags | protection[below(sim, ARRAY_LEN(protection))],
    };
    update.value = wrap_add(update.loaded_value, some_amount(sim));
    if (!(flags & ACCESS_UPDATE))
        update.loaded_value = 12345; // nobody may look at it
    sim->tip[cell] = update.id;
    sim->value[cell] = update.value;
    lane->made = mem_room(lane->made, &lane->made_cap, lane->n_made + 1, sizeof *lane->made);
    lane->made[lane->n_made++] = update;
}

// Whether a write of the cell may happen now inside the pending updates of the lane.
static bool may_write(const struct sim *sim, size_t number, size_t cell)
{
    const struct sim_lane *lane = &sim->lanes[number];
    for (size_t i = 0; i < lane->depth; i++) {
        if (lane->loads[i].cell == cell && !sim->nests[number * sim->n_cells + cell])
            return false;
    }
    return true;
}

static void begin_statement(struct sim *sim, size_t number)
{
    struct sim_lane *lane = &sim->lanes[number];
    size_t cell = below(sim, sim->n_cells);
    if (!may_write(sim, number, cell))
        return;
    if (lane->is_locked && !lane->depth) {
        if (sim->owner != sim->n_lanes)
            return;
        sim->owner = number;
    }
    lane->n_left--;
    if (happens(sim, lane->blind_of_8))
        make_write(sim, number, cell, NULL, 0);
    else if (happens(sim, lane->atomic_of_8) || !sim->updates[number * sim->n_cells + cell])
        make_write(sim, number, cell, NULL, ACCESS_UPDATE | ACCESS_ATOMIC);
    else
        lane->loads[lane->depth++] =
            (struct sim_load){.cell = cell, .id = sim->tip[cell], .value = sim->value[cell]};
}

static void step_lane(struct sim *sim, size_t number)
{
    struct sim_lane *lane = &sim->lanes[number];
    if (lane->is_frozen)
        return;
    bool begins = !lane->depth || (lane->depth < SIM_DEPTH && happens(sim, 2));
    if (begins && lane->n_left) {
        begin_statement(sim, number);
    } else if (lane->depth) {
        const struct sim_load *load = &lane->loads[--lane->depth];
        make_write(sim, number, load->cell, load, ACCESS_UPDATE);
    }
    if (!lane->depth && sim->owner == number)
        sim->owner = sim->n_lanes;
}

static void push(struct sim *sim, size_t number, size_t upto)
{
    struct sim_lane *lane = &sim->lanes[number];
    if (upto <= lane->n_pushed)
        return;
    const struct update *updates = lane->made + lane->n_pushed;
    size_t n = upto - lane->n_pushed;
    if (upto % 2) {
        ledger_push(sim->ledger, number, updates, n);
    } else {
        // Room for more than is filled in then.
        memcpy(ledger_room(sim->ledger, number, n + upto % 16), updates, n * sizeof *updates);
        ledger_push_room(sim->ledger, number, n);
    }
    lane->n_pushed = upto;
}

// What the oracle says of the step, and of every entry of the log.
static const char *check_step(struct sim *sim, const struct ledger_step *step)
{
    const struct oracle *oracle = &sim->oracles[step->update->cell];
    const struct oracle_write *store = &oracle->writes[oracle->n - 1];
    int64_t old_value = oracle->n > 1 ? store[-1].update.value : oracle->initial;
    uint16_t old_lane = oracle->n > 1 ? store[-1].lane : 0;
    ORACLE_CHECK(step->update->old == (oracle->n > 1 ? store[-1].update.id : WRITE_INITIAL));
    ORACLE_CHECK(step->lane == store->lane);
    ORACLE_CHECK(step->old_value == old_value);
    ORACLE_CHECK(step->old_lane == old_lane);
    ORACLE_CHECK(step->overwritten == store->overwritten);
    ORACLE_CHECK(step->restored == store->restored);
    ORACLE_CHECK(step->entry == (store->overwritten ? sim->n_entries : 0));
    ORACLE_CHECK(ledger_log_last(sim->ledger) == sim->n_entries);
    for (size_t i = 0; i < sim->n_entries; i++) {
        struct sim_entry *entry = &sim->entries[i];
        const struct ledger_entry *logged = ledger_log_at(sim->ledger, i + 1);
        store = &sim->oracles[entry->cell].writes[entry->store];
        ORACLE_CHECK(logged->id == store->update.id);
        ORACLE_CHECK(logged->overwritten == store->overwritten);
        ORACLE_CHECK(logged->lost_now == store->n_lost);
        ORACLE_CHECK(!entry->was_final || logged->is_final);
        ORACLE_CHECK(!entry->was_final || logged->lost_now == entry->final_lost);
        entry->was_final = logged->is_final;
        entry->final_lost = logged->lost_now;
    }
    return NULL;
}

static const char *check_sums(const struct sim *sim, bool is_offline)
{
    struct oracle_sums sums = {0};
    const char *wrong = NULL;
    for (size_t cell = 0; cell < sim->n_cells && !wrong; cell++) {
        size_t *culprits = is_offline ? oracle_offline(&sim->oracles[cell]) : NULL;
        oracle_sum(&sim->oracles[cell], culprits, &sums);
        mem_free(culprits);
        wrong = oracle_compare_cell(sim->ledger, cell, sim->initial[cell], &sums.cell);
    }
    return wrong ? wrong : oracle_compare(sim->ledger, sim->n_lanes, &sums);
}

static void on_step(void *context, const struct ledger_step *step)
{
    struct sim *sim = context;
    struct oracle *oracle = &sim->oracles[step->update->cell];
    oracle_store(oracle, step->update);
    if (oracle->writes[oracle->n - 1].overwritten)
        sim->entries[sim->n_entries++] =
            (struct sim_entry){.cell = step->update->cell, .store = oracle->n - 1};
    if (!sim->wrong)
        sim->wrong = check_step(sim, step);
    if (!sim->wrong)
        sim->wrong = check_sums(sim, false);
}

// Tells the ledger of a moment at which the lane had no load pending but those it is pinned to.
static void remark_quiet(struct sim *sim, size_t number)
{
    struct sim_lane *lane = &sim->lanes[number];
    if (lane->has_moment) {
        push(sim, number, lane->moment_made);
        ledger_quiet(sim->ledger, number, lane->moment_merged);
        lane->has_moment = false;
    } else if (!lane->depth) {
        lane->has_moment = true;
        lane->moment_merged = ledger_merged(sim->ledger);
        lane->moment_made = lane->n_made;
    } else if (lane->is_frozen) {
        push(sim, number, lane->n_made);
        ledger_quiet(sim->ledger, number, ledger_merged(sim->ledger));
    }
}

static void remark_pinned(struct sim *sim, size_t number)
{
    struct sim_lane *lane = &sim->lanes[number];
    if (lane->is_pinned) {
        ledger_unpinned(sim->ledger, number);
        lane->is_pinned = lane->is_frozen = false;
    } else if (lane->depth) {
        for (size_t i = 0; i < lane->depth; i++)
            ledger_pinned(sim->ledger, number, lane->loads[i].cell, lane->loads[i].id);
        lane->is_pinned = true;
        lane->is_frozen = happens(sim, 5);
    }
}

static void remark_ended(struct sim *sim, size_t number)
{
    struct sim_lane *lane = &sim->lanes[number];
    if (lane->depth || lane->n_left)
        return;
    push(sim, number, lane->n_made);
    ledger_ended(sim->ledger, number);
    lane->is_told_ended = true;
}

static void act(struct sim *sim)
{
    size_t number = below(sim, sim->n_lanes);
    struct sim_lane *lane = &sim->lanes[number];
    switch (below(sim, 16)) {
    case 0:
        ledger_merge(sim->ledger, below(sim, 6), on_step, sim);
        return;
    case 1:
        push(sim, number, lane->n_pushed + below(sim, lane->n_made - lane->n_pushed + 1));
        return;
    case 2:
        remark_quiet(sim, number);
        return;
    case 3:
        remark_pinned(sim, number);
        return;
    case 4:
        remark_ended(sim, number);
        return;
    case 5:
        ledger_collect(sim->ledger);
        return;
    case 6:
        push(sim, number, lane->n_made);
        ledger_merge(sim->ledger, 0, on_step, sim);
        return;
    default:
        if (!happens(sim, lane->stays_of_8))
            step_lane(sim, number);
    }
}

static void lane_open(struct sim *sim, size_t number, size_t n_statements)
{
    struct sim_lane *lane = &sim->lanes[number];
    bool may_nest = happens(sim, 1);
    lane->n_left = below(sim, n_statements + 1);
    lane->is_locked = happens(sim, 2);
    lane->blind_of_8 = happens(sim, 2) ? 3 : 0;
    lane->atomic_of_8 = happens(sim, 2) ? 4 : 0;
    lane->stays_of_8 = happens(sim, 3) ? 7 : 0;
    for (size_t cell = 0; cell < sim->n_cells; cell++) {
        sim->updates[number * sim->n_cells + cell] = happens(sim, 6);
        sim->nests[number * sim->n_cells + cell] = may_nest && happens(sim, 4);
    }
}

static void sim_open(struct sim *sim, uint64_t seed, size_t n_statements)
{
    sim->random = random_stream(seed, 0);
    sim->n_lanes = sim->owner = 2 + below(sim, 7);
    sim->n_cells = happens(sim, 5) ? 1 : 1 + below(sim, SIM_CELLS);
    for (size_t i = 0; i < sim->n_lanes; i++)
        lane_open(sim, i, n_statements / sim->n_lanes);
    for (size_t i = 0; i < sim->n_cells; i++)
        sim->oracles[i].initial = sim->value[i] = sim->initial[i] = some_amount(sim);
    sim->ledger = ledger_new(&(struct ledger_shape){
        .n_lanes = sim->n_lanes,
        .n_cells = sim->n_cells,
        .initial = sim->initial,
        .updates = sim->updates,
        .nests = sim->nests,
    });
}

static bool is_over(const struct sim *sim)
{
    for (size_t i = 0; i < sim->n_lanes; i++) {
        if (!sim->lanes[i].is_told_ended)
            return false;
    }
    return true;
}

// At the end everything is merged, final, and given back but for each cell's last write.
static const char *check_end(struct sim *sim)
{
    ORACLE_CHECK(ledger_waiting(sim->ledger) == 0);
    ORACLE_CHECK(ledger_undecided(sim->ledger) == 2 * sim->n_cells);
    for (uint64_t i = 1; i <= ledger_log_last(sim->ledger); i++)
        ORACLE_CHECK(ledger_log_at(sim->ledger, i)->is_final);
    return check_sums(sim, true);
}

static const char *sim_run(struct sim *sim)
{
    while (!is_over(sim) && !sim->wrong)
        act(sim);
    ledger_merge(sim->ledger, 0, on_step, sim);
    ledger_collect(sim->ledger);
    return sim->wrong ? sim->wrong : check_end(sim);
}

static void sim_close(struct sim *sim)
{
    ledger_free(sim->ledger);
    for (size_t i = 0; i < sim->n_cells; i++)
        oracle_clear(&sim->oracles[i]);
    for (size_t i = 0; i < sim->n_lanes; i++)
        mem_free(sim->lanes[i].made);
    mem_free(sim);
}

static void run_seed(uint64_t seed, size_t n_statements)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    sim_open(sim, seed, n_statements);
    const char *wrong = sim_run(sim);
    if (wrong)
        print_error("RACELANE_SEED=%llu, %zu statements: not true: %s\n", (unsigned long long)seed,
                    n_statements, wrong);
    sim_close(sim);
    assert_null(wrong);
}

static void run_seeds(size_t n_runs, size_t n_statements)
{
    const char *given = getenv("RACELANE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    for (size_t i = 0; i < n_runs; i++)
        run_seed(seed + i, n_statements);
}

static void test_short(void **state)
{
    (void)state;
    run_seeds(20000, 40);
}

static void test_middle(void **state)
{
    (void)state;
    run_seeds(4000, 160);
}

static void test_long(void **state)
{
    (void)state;
    run_seeds(60, 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_middle),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
