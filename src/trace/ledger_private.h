#ifndef TRACE_LEDGER_PRIVATE_H
#define TRACE_LEDGER_PRIVATE_H

#include "trace/ledger.h"

#include <string.h>

// What the files of the ledger share. Nobody else includes this.
//
//   cell.root    segment ......... segment (present, holds the tip)
//                  |   \                runs in the order of the path, oldest first:
//                  |    segment         [dead lumps] [run] [run] ... [run]
//                  segment (absent, stamped with the store that took it away)
//
// A segment is a piece of the reads-from tree without a branch inside, whose writes all are present
// or were all taken away by the same store. It is a list of runs: consecutive writes of one lane,
// each built on the one before. A segment's parent is the one whose last write its first write was
// built on; a store that builds on the middle of a segment cuts it first.
//
// Time is counted in merged writes of all cells ("merge number"). A write can still be built on as
// long as some lane may hold a load of it, and that ends once every lane is known to have been past
// the moment at which the write was replaced. Runs whose last write has got there are dead: they
// cannot be cut any more and melt into lumps that only know how many updates of which lane.

enum { POOL_BLOCK = 256 }; // pieces of a block

// Pieces of one size: taken and given back singly, freed together.
struct pool {
    size_t size;
    void *unused; // a chain through the first word of each
    void **blocks;
    size_t n_blocks, blocks_cap;
    size_t n_taken;
};

struct count {
    uint64_t n;
    uint16_t lane;
};

// Updates by lane, in ascending order of lanes.
struct counts {
    struct count *list;
    uint32_t len, cap;
};

struct run {
    struct run *prev, *next;   // in its segment
    struct run *older, *newer; // in the order of replacement, in its cell; the tip is not in it
    struct segment *segment;
    uint64_t first_seq, n; // n writes of the lane; a lump has its numbers in `lump`
    uint64_t replaced;     // merge number of the write that replaced the last one
    struct counts lump;
    uint32_t pins; // lanes that are known to build on its last write
    uint16_t lane;
    bool is_blind;
    bool is_dead;
    bool is_counted; // in segment->counts
};

struct segment {
    struct segment *parent, *child, *left, *right; // children of one parent are neighbours
    struct run *first, *last;
    struct run *counted_to; // the runs from `first` to this one are in `counts`
    struct counts counts;
    uint64_t value_before; // at the parent's last write
    uint64_t value_after;  // at its own last write; not kept up while that is the tip
    uint64_t entry;        // stamp: number of the log entry, 0 when only blind writes went
    uint16_t culprit;
    uint8_t phase;
    bool is_absent; // stamped
    size_t n_children, n_runs, n_live, n_pins;
};

// The runs of one lane in one cell that are not dead, by sequence.
struct run_table {
    struct run **runs;
    size_t head, len, cap; // [head, len)
};

struct lane_cell {
    struct run_table table;
    uint64_t last_merge; // merge number of its last write there
    uint64_t updates, lost, destroyed;
};

struct pin {
    uint64_t id;
    uint64_t merged; // by the ledger when it was pinned
    struct run *run; // whose last write is `id`; NULL until that write is merged
    uint16_t cell;
};

// A moment at which the lane was quiet, see ledger_quiet.
struct quiet {
    bool is_set;
    uint64_t merged;
    uint64_t pushed; // by the lane: these may still build on older writes
    bool is_pinned;  // then its pins are still good
};

struct lane {
    struct update *queue; // [head, len)
    size_t head, len, cap;
    uint64_t pushed, merged;
    struct lane_cell **cells; // NULL until it writes there
    uint16_t next_waiting;    // in the same bucket, NO_LANE at the end
    bool is_ended, is_pinned;
    uint64_t quiet_merged; // what is known by now
    struct quiet quiet[2]; // what will be known: the next, and the newest
    struct pin *pins;
    size_t n_pins, pins_cap;
};

struct cell {
    struct ledger_cell sum;
    struct run *tip; // its last write is the cell's
    struct segment *root;
    struct run *oldest, *newest; // replaced runs that are not dead
};

struct log_slot {
    struct ledger_entry entry;
    size_t n_open; // segments stamped with it that are not final
};

enum { NO_LANE = UINT16_MAX };

struct ledger {
    size_t n_lanes, n_cells;
    struct lane *lanes;
    struct cell *cells;
    bool *updates; // as in the shape
    bool *nests;   // NULL: none
    uint64_t merged, n_waiting;
    bool is_changed; // since the last collect
    size_t n_pins;

    uint16_t *ready; // stack of lanes whose oldest update can be merged now
    size_t n_ready;
    uint16_t *buckets; // lanes that wait, by the write that they wait for
    uint64_t bucket_mask;

    struct pool runs, segments;
    uint64_t *pairs; // [culprit * n_lanes + victim]
    struct ledger_tally tallies[PHASE_COUNT];
    struct log_slot *log; // LEDGER_LOG, by number
    uint64_t log_last;
};

// Pools and counts.
void pool_grow(struct pool *pool);
// Not zeroed.
static inline void *pool_take(struct pool *pool)
{
    if (!pool->unused)
        pool_grow(pool);
    void *piece = pool->unused;
    memcpy(&pool->unused, piece, sizeof pool->unused);
    pool->n_taken++;
    return piece;
}
static inline void pool_give(struct pool *pool, void *piece)
{
    memcpy(piece, &pool->unused, sizeof pool->unused);
    pool->unused = piece;
    pool->n_taken--;
}
void pool_clear(struct pool *pool);
void counts_add(struct counts *counts, uint16_t lane, uint64_t n);
void counts_add_all(struct counts *counts, const struct counts *more);
void counts_subtract(struct counts *counts, uint16_t lane, uint64_t n);
void counts_clear(struct counts *counts);

// Runs.
struct run *run_new(struct ledger *ledger, uint16_t lane, uint64_t seq);
void run_free(struct ledger *ledger, struct run *run);
struct lane_cell *lane_cell_new(struct ledger *ledger, size_t lane, size_t cell);
static inline struct lane_cell *lane_cell_of(struct ledger *ledger, size_t lane, size_t cell)
{
    struct lane_cell *found = ledger->lanes[lane].cells[cell];
    return found ? found : lane_cell_new(ledger, lane, cell);
}
// The run that holds write `id`, cut so that it is the run's last; NULL when it is not kept.
struct run *run_ending_at(struct ledger *ledger, struct cell *cell, uint64_t id);
void run_table_push(struct run_table *table, struct run *run);
void replaced_append(struct cell *cell, struct run *run, uint64_t replaced);
void replaced_unlink(struct cell *cell, struct run *run);
// Lets a run die that nobody can build on any more, but for pins on its last write.
void run_die(struct ledger *ledger, struct cell *cell, struct run *run);

// Segments.
struct segment *segment_new(struct ledger *ledger, struct segment *parent, uint64_t value_before);
void segment_free(struct ledger *ledger, struct segment *segment);
void segment_append(struct segment *segment, struct run *run);
// Puts what comes after `run` into a segment of its own, a child.
void segment_cut(struct ledger *ledger, struct cell *cell, struct run *run, uint64_t value);
// Whether the segment's only child can become one with it; joins them and returns the result.
bool segment_can_join(const struct segment *segment);
struct segment *segment_join(struct ledger *ledger, struct cell *cell, struct segment *segment);
// Gives up what is final from this segment towards the root, and joins what lost its branch.
void segment_settle(struct ledger *ledger, struct cell *cell, struct segment *segment);
// Makes lumps of neighbours that are dead; at the root forgets them.
void segment_melt(struct ledger *ledger, struct cell *cell, struct run *run);

// Blame, in updates. Both return how many updates the segment has.
uint64_t blame_put(struct ledger *ledger, struct cell *cell, struct segment *segment);
uint64_t blame_take(struct ledger *ledger, struct cell *cell, struct segment *segment);

// Log.
uint64_t log_append(struct ledger *ledger, const struct ledger_entry *entry);
void log_open(struct ledger *ledger, uint64_t number);
void log_close(struct ledger *ledger, uint64_t number);
void log_count(struct ledger *ledger, uint64_t number, uint64_t n); // wraps: adds or takes away

// Merges one update that stands next in its cell.
void store_apply(struct ledger *ledger, uint16_t lane, const struct update *update,
                 struct ledger_step *step);

// Pins.
void pin_consume(struct ledger *ledger, uint16_t lane, const struct update *update);
const struct pin *pin_find(const struct lane *lane, const struct update *update);

#endif
