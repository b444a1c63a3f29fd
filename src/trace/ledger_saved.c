// What a ledger says, into a file and out of it.
#include "trace/ledger_private.h"

#include "base/mem.h"

static void exchange_cell(struct exchange *x, struct ledger_cell *cell)
{
    cell->value = exchange_i64(x, cell->value);
    cell->last_write = exchange_u64(x, cell->last_write);
    cell->writes = exchange_u64(x, cell->writes);
    cell->updates = exchange_u64(x, cell->updates);
    cell->lost = exchange_u64(x, cell->lost);
    cell->attempted = exchange_i64(x, cell->attempted);
    cell->lost_amount = exchange_i64(x, cell->lost_amount);
    cell->blind_change = exchange_i64(x, cell->blind_change);
    cell->unattributed = exchange_u64(x, cell->unattributed);
}

static void exchange_sums(struct exchange *x, struct lane_cell *sums)
{
    sums->updates = exchange_u64(x, sums->updates);
    sums->lost = exchange_u64(x, sums->lost);
    sums->destroyed = exchange_u64(x, sums->destroyed);
}

static bool has_sums(const struct lane_cell *sums)
{
    return sums && (sums->updates || sums->lost || sums->destroyed);
}

// Only those lanes and cells that have any.
static void exchange_lanes(struct exchange *x, struct ledger *ledger)
{
    size_t n = 0, n_all = ledger->n_lanes * ledger->n_cells;
    for (size_t i = 0; i < n_all && x->out; i++)
        n += has_sums(ledger->lanes[i / ledger->n_cells].cells[i % ledger->n_cells]);
    n = exchange_count(x, n, 4 * 8);
    for (size_t i = 0, at = 0; i < n; i++, at++) {
        while (x->out && !has_sums(ledger->lanes[at / ledger->n_cells].cells[at % ledger->n_cells]))
            at++;
        at = (size_t)exchange_below(x, at, n_all);
        if (x->in && x->in->has_failed)
            return;
        exchange_sums(x, lane_cell_of(ledger, at / ledger->n_cells, at % ledger->n_cells));
    }
}

static void exchange_pairs(struct exchange *x, struct ledger *ledger)
{
    size_t n = 0, n_all = ledger->n_lanes * ledger->n_lanes;
    for (size_t i = 0; i < n_all && x->out; i++)
        n += ledger->pairs[i] != 0;
    n = exchange_count(x, n, 2 * 8);
    for (size_t i = 0, at = 0; i < n; i++, at++) {
        while (x->out && ledger->pairs[at] == 0)
            at++;
        at = (size_t)exchange_below(x, at, n_all);
        ledger->pairs[at] = exchange_u64(x, ledger->pairs[at]);
    }
}

static void exchange_entry(struct exchange *x, const struct ledger *ledger,
                           struct ledger_entry *entry)
{
    entry->t_ns = exchange_u64(x, entry->t_ns);
    entry->loaded = exchange_u64(x, entry->loaded);
    entry->old = exchange_u64(x, entry->old);
    entry->id = exchange_u64(x, entry->id);
    entry->value = exchange_i64(x, entry->value);
    entry->old_value = exchange_i64(x, entry->old_value);
    entry->loaded_value = exchange_i64(x, entry->loaded_value);
    entry->overwritten = exchange_u64(x, entry->overwritten);
    entry->lost_now = exchange_u64(x, entry->lost_now);
    entry->load_age_ns = exchange_u32(x, entry->load_age_ns);
    entry->pc = exchange_u32(x, entry->pc);
    entry->cell = (uint16_t)exchange_below(x, entry->cell, ledger->n_cells);
    entry->lane = (uint16_t)exchange_below(x, entry->lane, ledger->n_lanes);
    entry->victim = (uint16_t)exchange_below(x, entry->victim, ledger->n_lanes);
    entry->flags = (uint8_t)exchange_below(x, entry->flags, 256);
    entry->is_final = exchange_bool(x, entry->is_final);
}

static void exchange_log(struct exchange *x, struct ledger *ledger)
{
    enum { ENTRY_BYTES = 15 * 8 };
    ledger->log_last = exchange_u64(x, ledger->log_last);
    size_t kept = ledger->log_last < LEDGER_LOG ? (size_t)ledger->log_last : LEDGER_LOG;
    size_t n = exchange_count(x, kept, ENTRY_BYTES);
    if (x->in && n != kept)
        x->in->has_failed = true;
    for (size_t i = 0; i < n && !(x->in && x->in->has_failed); i++) {
        uint64_t number = ledger->log_last - n + 1 + i;
        struct ledger_entry *entry = &ledger->log[number % LEDGER_LOG].entry;
        entry->number = number;
        exchange_entry(x, ledger, entry);
    }
    if (x->in && x->in->has_failed)
        ledger->log_last = 0;
}

bool ledger_exchange(struct ledger *ledger, struct exchange *x)
{
    ledger->merged = exchange_u64(x, ledger->merged);
    for (size_t i = 0; i < ledger->n_cells; i++)
        exchange_cell(x, &ledger->cells[i].sum);
    exchange_lanes(x, ledger);
    exchange_pairs(x, ledger);
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        ledger->tallies[i].made = exchange_u64(x, ledger->tallies[i].made);
        ledger->tallies[i].lost = exchange_u64(x, ledger->tallies[i].lost);
    }
    exchange_log(x, ledger);
    return !x->in || !x->in->has_failed;
}
