#ifndef LEDGER_ORACLE_H
#define LEDGER_ORACLE_H

// Who lost what by whose store, computed from the definition and from nothing else: what the tests
// hold the ledger against. One oracle for each cell.

#include "base/mem.h"
#include "trace/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ORACLE_LANES = 16 };
#define ORACLE_NONE SIZE_MAX

struct oracle_write {
    struct update update;
    uint16_t lane;
    bool is_update, is_present, was_present;
    uint64_t amount;
    size_t parent;                // ORACLE_NONE: the initial value
    size_t culprit;               // the store at its last change from present to absent
    size_t overwritten, restored; // updates, at this store
    size_t n_lost;                // updates blamed on it now
};

struct oracle {
    int64_t initial;
    struct oracle_write *writes; // in coherence order
    size_t n, cap;
};

static inline void oracle_clear(struct oracle *oracle)
{
    mem_free(oracle->writes);
    *oracle = (struct oracle){0};
}

static inline size_t oracle_find(const struct oracle *oracle, uint64_t id)
{
    for (size_t i = oracle->n; i-- > 0;) {
        if (oracle->writes[i].update.id == id)
            return i;
    }
    return ORACLE_NONE;
}

static inline struct oracle_write *oracle_append(struct oracle *oracle, const struct update *update,
                                                 size_t parent)
{
    oracle->writes = mem_room(oracle->writes, &oracle->cap, oracle->n + 1, sizeof *oracle->writes);
    bool is_update = update->flags & ACCESS_UPDATE;
    size_t t = oracle->n++;
    int64_t old_value = t ? oracle->writes[t - 1].update.value : oracle->initial;
    int64_t from = is_update ? update->loaded_value : old_value;
    struct oracle_write *write = &oracle->writes[t];
    *write = (struct oracle_write){
        .update = *update,
        .lane = write_lane(update->id),
        .is_update = is_update,
        .amount = (uint64_t)update->value - (uint64_t)from,
        .parent = is_update ? parent : t - 1, // ORACLE_NONE is what comes before 0
        .culprit = ORACLE_NONE,
    };
    return write;
}

// The definition, step by step: after a store, present is what lies on its path.
static inline void oracle_store(struct oracle *oracle, const struct update *update)
{
    struct oracle_write *store = oracle_append(oracle, update, oracle_find(oracle, update->loaded));
    size_t t = oracle->n - 1;
    for (size_t u = 0; u <= t; u++) {
        oracle->writes[u].was_present = oracle->writes[u].is_present;
        oracle->writes[u].is_present = false;
    }
    for (size_t u = t; u != ORACLE_NONE; u = oracle->writes[u].parent)
        oracle->writes[u].is_present = true;
    for (size_t u = 0; u < t; u++) {
        struct oracle_write *write = &oracle->writes[u];
        if (write->was_present == write->is_present)
            continue;
        if (write->is_present) {
            oracle->writes[write->culprit].n_lost -= write->is_update;
            write->culprit = ORACLE_NONE;
            store->restored += write->is_update;
        } else {
            write->culprit = t;
            store->n_lost += write->is_update;
            store->overwritten += write->is_update;
        }
    }
}

// The offline pass over a whole history: `culprit` of each write, ORACLE_NONE for survivors.
static inline size_t *oracle_offline(const struct oracle *oracle)
{
    size_t *last = mem_array(oracle->n, sizeof *last);
    for (size_t t = 0; t < oracle->n; t++)
        last[t] = t;
    for (size_t t = oracle->n; t-- > 0;) {
        size_t parent = oracle->writes[t].parent;
        if (parent != ORACLE_NONE && last[t] > last[parent])
            last[parent] = last[t];
    }
    for (size_t t = 0; t < oracle->n; t++)
        last[t] = last[t] + 1 < oracle->n ? last[t] + 1 : ORACLE_NONE;
    return last;
}

// What a ledger should say.
struct oracle_sums {
    struct ledger_cell cell; // of the last oracle added
    struct ledger_lane lanes[ORACLE_LANES];
    uint64_t pairs[ORACLE_LANES][ORACLE_LANES]; // [culprit][victim]
    struct ledger_tally tallies[PHASE_COUNT];
};

// Adds one cell; `culprits` as oracle_offline has it, NULL for those of the writes themselves.
static inline void oracle_sum(const struct oracle *oracle, const size_t *culprits,
                              struct oracle_sums *sums)
{
    uint64_t attempted = 0;
    uint64_t lost_amount = 0;
    uint64_t blind = 0;
    sums->cell = (struct ledger_cell){.value = oracle->initial, .writes = oracle->n};
    for (size_t t = 0; t < oracle->n; t++) {
        const struct oracle_write *write = &oracle->writes[t];
        size_t culprit = culprits ? culprits[t] : write->culprit;
        sums->cell.value = write->update.value;
        sums->cell.last_write = write->update.id;
        if (culprit != ORACLE_NONE)
            lost_amount += write->amount;
        if (!write->is_update) {
            blind += write->amount;
            continue;
        }
        attempted += write->amount;
        sums->cell.updates++;
        sums->lanes[write->lane].updates++;
        sums->tallies[ledger_phase_of(write->update.flags)].made++;
        if (culprit == ORACLE_NONE)
            continue;
        const struct oracle_write *store = &oracle->writes[culprit];
        sums->cell.lost++;
        sums->lanes[write->lane].lost++;
        sums->lanes[store->lane].destroyed++;
        sums->pairs[store->lane][write->lane]++;
        sums->tallies[ledger_phase_of(store->update.flags)].lost++;
    }
    sums->cell.attempted = (int64_t)attempted;
    sums->cell.lost_amount = (int64_t)lost_amount;
    sums->cell.blind_change = (int64_t)blind;
}

#define ORACLE_CHECK(claim)                                                                        \
    do {                                                                                           \
        if (!(claim))                                                                              \
            return #claim;                                                                         \
    } while (0)

static inline bool oracle_same_lane(struct ledger_lane a, struct ledger_lane b)
{
    return a.updates == b.updates && a.lost == b.lost && a.destroyed == b.destroyed;
}

// NULL when the ledger agrees with the cell's sums and with itself, else the claim that is false.
static inline const char *oracle_compare_cell(const struct ledger *ledger, size_t index,
                                              int64_t initial, const struct ledger_cell *want)
{
    const struct ledger_cell *cell = ledger_cell(ledger, index);
    ORACLE_CHECK(cell->value == want->value);
    ORACLE_CHECK(cell->last_write == want->last_write);
    ORACLE_CHECK(cell->writes == want->writes);
    ORACLE_CHECK(cell->updates == want->updates);
    ORACLE_CHECK(cell->lost == want->lost);
    ORACLE_CHECK(cell->attempted == want->attempted);
    ORACLE_CHECK(cell->blind_change == want->blind_change);
    ORACLE_CHECK(cell->lost_amount == want->lost_amount);
    ORACLE_CHECK(cell->unattributed == 0);
    ORACLE_CHECK((uint64_t)cell->attempted + (uint64_t)cell->blind_change -
                     ((uint64_t)cell->value - (uint64_t)initial) ==
                 (uint64_t)cell->lost_amount);
    return NULL;
}

// As oracle_compare_cell, for what is summed over all cells.
static inline const char *oracle_compare(const struct ledger *ledger, size_t n_lanes,
                                         const struct oracle_sums *want)
{
    for (size_t lane = 0; lane < n_lanes; lane++) {
        ORACLE_CHECK(oracle_same_lane(ledger_lane(ledger, lane), want->lanes[lane]));
        for (size_t victim = 0; victim < n_lanes; victim++)
            ORACLE_CHECK(ledger_pair(ledger, lane, victim) == want->pairs[lane][victim]);
    }
    for (size_t phase = 0; phase < PHASE_COUNT; phase++) {
        struct ledger_tally tally = ledger_tally(ledger, (enum ledger_phase)phase);
        ORACLE_CHECK(tally.made == want->tallies[phase].made);
        ORACLE_CHECK(tally.lost == want->tallies[phase].lost);
    }
    return NULL;
}

#endif
