// A second ledger that says the same: what a simulated run goes back to.
#include "trace/ledger_private.h"

#include "base/mem.h"

#include <string.h>

// Not zeroed first, unlike mem_array.
static void *copy_of(const void *array, size_t n, size_t size)
{
    if (!array || n == 0)
        return NULL;
    void *copy = mem_resize(NULL, n, size);
    memcpy(copy, array, n * size);
    return copy;
}

// Where in the copy lies what `piece` is in the original.
static void *moved(const struct pool *from, const struct pool *to, const void *piece)
{
    const unsigned char *at = piece;
    for (size_t i = 0; piece && i < from->n_blocks; i++) {
        const unsigned char *block = from->blocks[i];
        if (at >= block && at < block + POOL_BLOCK * from->size)
            return (unsigned char *)to->blocks[i] + (at - block);
    }
    assert(!piece);
    return NULL;
}

// The pieces that are taken still point into the original.
static struct pool pool_copy(const struct pool *from)
{
    struct pool to = *from;
    to.blocks = copy_of(from->blocks, from->blocks_cap, sizeof *to.blocks);
    for (size_t i = 0; i < from->n_blocks; i++)
        to.blocks[i] = copy_of(from->blocks[i], POOL_BLOCK, from->size);
    to.unused = moved(from, &to, from->unused);
    for (void *piece = to.unused; piece;) {
        void *next;
        memcpy(&next, piece, sizeof next);
        next = moved(from, &to, next);
        memcpy(piece, &next, sizeof next);
        piece = next;
    }
    return to;
}

static void counts_own(struct counts *counts)
{
    counts->list = copy_of(counts->list, counts->cap, sizeof *counts->list);
}

struct copying {
    const struct ledger *from;
    struct ledger *to;
};

static struct run *run_in(const struct copying *c, const struct run *run)
{
    return moved(&c->from->runs, &c->to->runs, run);
}

static struct segment *segment_in(const struct copying *c, const struct segment *segment)
{
    return moved(&c->from->segments, &c->to->segments, segment);
}

static void own_run(const struct copying *c, struct run *run)
{
    run->prev = run_in(c, run->prev);
    run->next = run_in(c, run->next);
    run->older = run_in(c, run->older);
    run->newer = run_in(c, run->newer);
    run->segment = segment_in(c, run->segment);
    counts_own(&run->lump);
}

static void own_segment(const struct copying *c, struct segment *segment)
{
    segment->parent = segment_in(c, segment->parent);
    segment->child = segment_in(c, segment->child);
    segment->left = segment_in(c, segment->left);
    segment->right = segment_in(c, segment->right);
    segment->first = run_in(c, segment->first);
    segment->last = run_in(c, segment->last);
    segment->counted_to = run_in(c, segment->counted_to);
    counts_own(&segment->counts);
    for (struct run *run = segment->first; run; run = run->next)
        own_run(c, run);
}

// Parents before children, without a stack: the tree may be deeper than that.
static void own_tree(const struct copying *c, struct segment *root)
{
    struct segment *segment = root;
    while (segment) {
        own_segment(c, segment);
        if (segment->child) {
            segment = segment->child;
            continue;
        }
        while (segment && !segment->right)
            segment = segment->parent;
        segment = segment ? segment->right : NULL;
    }
}

static void own_cell(const struct copying *c, struct cell *cell)
{
    cell->tip = run_in(c, cell->tip);
    cell->root = segment_in(c, cell->root);
    cell->oldest = run_in(c, cell->oldest);
    cell->newest = run_in(c, cell->newest);
    own_tree(c, cell->root);
}

static void own_lane(const struct copying *c, struct lane *lane)
{
    lane->queue = copy_of(lane->queue, lane->cap, sizeof *lane->queue);
    lane->pins = copy_of(lane->pins, lane->pins_cap, sizeof *lane->pins);
    for (size_t i = 0; i < lane->n_pins; i++)
        lane->pins[i].run = run_in(c, lane->pins[i].run);
    lane->cells = copy_of(lane->cells, c->from->n_cells, sizeof *lane->cells);
    for (size_t i = 0; i < c->from->n_cells; i++) {
        struct lane_cell *cell = lane->cells[i] =
            copy_of(lane->cells[i], 1, sizeof *lane->cells[i]);
        if (!cell)
            continue;
        cell->table.runs = copy_of(cell->table.runs, cell->table.cap, sizeof *cell->table.runs);
        for (size_t at = cell->table.head; at < cell->table.len; at++)
            cell->table.runs[at] = run_in(c, cell->table.runs[at]);
    }
}

struct ledger *ledger_copy(const struct ledger *from)
{
    size_t n_lanes = from->n_lanes;
    struct ledger *to = copy_of(from, 1, sizeof *from);
    const struct copying c = {from, to};
    to->updates = copy_of(from->updates, n_lanes * from->n_cells, sizeof *to->updates);
    to->nests = copy_of(from->nests, n_lanes * from->n_cells, sizeof *to->nests);
    to->ready = copy_of(from->ready, n_lanes, sizeof *to->ready);
    to->buckets = copy_of(from->buckets, from->bucket_mask + 1, sizeof *to->buckets);
    to->pairs = copy_of(from->pairs, n_lanes * n_lanes, sizeof *to->pairs);
    to->log = copy_of(from->log, LEDGER_LOG, sizeof *to->log);
    to->runs = pool_copy(&from->runs);
    to->segments = pool_copy(&from->segments);
    to->lanes = copy_of(from->lanes, n_lanes, sizeof *to->lanes);
    for (size_t i = 0; i < n_lanes; i++)
        own_lane(&c, &to->lanes[i]);
    to->cells = copy_of(from->cells, from->n_cells, sizeof *to->cells);
    for (size_t i = 0; i < from->n_cells; i++)
        own_cell(&c, &to->cells[i]);
    return to;
}
