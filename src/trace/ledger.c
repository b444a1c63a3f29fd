#include "trace/ledger.h"

#include "base/mem.h"
#include "trace/ledger_private.h"

#include <string.h>

static bool *copy_bits(const bool *bits, size_t n)
{
    if (!bits)
        return NULL;
    bool *copy = mem_array(n, sizeof *copy);
    memcpy(copy, bits, n * sizeof *copy);
    return copy;
}

// The initial value is a blind write of lane 0, its number 0: so it needs no special case.
static void cell_init(struct ledger *ledger, size_t index, int64_t initial)
{
    struct cell *cell = &ledger->cells[index];
    cell->sum = (struct ledger_cell){.value = initial, .last_write = WRITE_INITIAL};
    cell->root = segment_new(ledger, NULL, (uint64_t)initial);
    cell->tip = run_new(ledger, 0, 0);
    cell->tip->is_blind = true;
    segment_append(cell->root, cell->tip);
    run_table_push(&lane_cell_of(ledger, 0, index)->table, cell->tip);
}

struct ledger *ledger_new(const struct ledger_shape *shape)
{
    struct ledger *ledger = mem_alloc(sizeof *ledger);
    size_t n_lanes = shape->n_lanes;
    ledger->n_lanes = n_lanes;
    ledger->n_cells = shape->n_cells;
    ledger->updates = copy_bits(shape->updates, n_lanes * shape->n_cells);
    ledger->nests = copy_bits(shape->nests, n_lanes * shape->n_cells);
    ledger->lanes = mem_array(n_lanes, sizeof *ledger->lanes);
    for (size_t i = 0; i < n_lanes; i++)
        ledger->lanes[i].cells = mem_array(shape->n_cells, sizeof *ledger->lanes[i].cells);

    ledger->ready = mem_array(n_lanes, sizeof *ledger->ready);
    size_t n_buckets = 16;
    while (n_buckets < 2 * n_lanes)
        n_buckets *= 2;
    ledger->bucket_mask = n_buckets - 1;
    ledger->buckets = mem_array(n_buckets, sizeof *ledger->buckets);
    for (size_t i = 0; i < n_buckets; i++)
        ledger->buckets[i] = NO_LANE;

    ledger->runs.size = sizeof(struct run);
    ledger->segments.size = sizeof(struct segment);
    ledger->pairs = mem_array(n_lanes * n_lanes, sizeof *ledger->pairs);
    ledger->log = mem_array(LEDGER_LOG, sizeof *ledger->log);
    ledger->cells = mem_array(shape->n_cells, sizeof *ledger->cells);
    for (size_t i = 0; i < shape->n_cells; i++)
        cell_init(ledger, i, shape->initial[i]);
    return ledger;
}

static void lane_clear(struct lane *lane, size_t n_cells)
{
    for (size_t i = 0; i < n_cells; i++) {
        if (lane->cells[i])
            mem_free(lane->cells[i]->table.runs);
        mem_free(lane->cells[i]);
    }
    mem_free(lane->cells);
    mem_free(lane->queue);
    mem_free(lane->pins);
}

static void segment_clear(struct segment *segment)
{
    for (struct run *run = segment->first; run; run = run->next)
        counts_clear(&run->lump);
    counts_clear(&segment->counts);
}

// The counts of what is left in the tree, which may be deeper than the stack.
static void tree_clear(struct segment *root)
{
    struct segment *segment = root;
    while (segment) {
        if (segment->child) {
            struct segment *child = segment->child;
            segment->child = child->right;
            segment = child;
            continue;
        }
        segment_clear(segment);
        segment = segment->parent;
    }
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    for (size_t i = 0; i < ledger->n_cells; i++)
        tree_clear(ledger->cells[i].root);
    for (size_t i = 0; i < ledger->n_lanes; i++)
        lane_clear(&ledger->lanes[i], ledger->n_cells);
    pool_clear(&ledger->runs);
    pool_clear(&ledger->segments);
    mem_free(ledger->lanes);
    mem_free(ledger->cells);
    mem_free(ledger->updates);
    mem_free(ledger->nests);
    mem_free(ledger->ready);
    mem_free(ledger->buckets);
    mem_free(ledger->pairs);
    mem_free(ledger->log);
    mem_free(ledger);
}

uint64_t ledger_merged(const struct ledger *ledger)
{
    return ledger->merged;
}

size_t ledger_undecided(const struct ledger *ledger)
{
    return ledger->runs.n_taken + ledger->segments.n_taken;
}

const struct ledger_cell *ledger_cell(const struct ledger *ledger, size_t cell)
{
    return &ledger->cells[cell].sum;
}

struct ledger_lane ledger_lane_cell(const struct ledger *ledger, size_t lane, size_t cell)
{
    const struct lane_cell *sum = ledger->lanes[lane].cells[cell];
    if (!sum)
        return (struct ledger_lane){0};
    return (struct ledger_lane){
        .updates = sum->updates,
        .lost = sum->lost,
        .destroyed = sum->destroyed,
    };
}

struct ledger_lane ledger_lane(const struct ledger *ledger, size_t lane)
{
    struct ledger_lane total = {0};
    for (size_t i = 0; i < ledger->n_cells; i++) {
        struct ledger_lane sum = ledger_lane_cell(ledger, lane, i);
        total.updates += sum.updates;
        total.lost += sum.lost;
        total.destroyed += sum.destroyed;
    }
    return total;
}

struct ledger_tally ledger_tally(const struct ledger *ledger, enum ledger_phase phase)
{
    return ledger->tallies[phase];
}

uint64_t ledger_pair(const struct ledger *ledger, size_t culprit, size_t victim)
{
    return ledger->pairs[culprit * ledger->n_lanes + victim];
}
