#ifndef TRACE_LEDGER_H
#define TRACE_LEDGER_H

#include "base/pack.h"
#include "trace/event.h"

#include <stdbool.h>
#include <stddef.h>

// The ledger of lost updates: whose update was lost, by whose store, and when. Exact after every
// store.
//
// It is fed with each lane's updates in the order the lane made them, lanes in any order and in
// batches of any size, and merges them into the one coherence order of each cell by their write
// ids: the next write in coherence order always stands at the head of some lane's queue, since its
// `old` is the id merged last. Then it keeps the tree of reads-from ("which write did this update
// build on"): the ancestors of the last write survive, every other update is lost, and its culprit
// is the store at which it last ceased to be an ancestor.
//
// The tree is cut into segments: pieces of a path without a branch whose writes all live or die
// together. Clean stores (each built on the one before) extend a segment, in O(1); a stale store
// starts one, and one that was built on the middle of a segment cuts that first. A stale store
// costs O(segments and lanes touched), not O(updates).
//
// Sums of amounts wrap around at 64 bits, and are compared so.
//
// Source of the algorithm: the definition and the online method of this project's reference
// (survivors = reads-from path of the last write; culprit = store after the last descendant).
struct ledger;

struct ledger_shape {
    size_t n_lanes; // with main; lane numbers are below it
    size_t n_cells;
    const int64_t *initial; // value of each cell before the first write
    // Bit (lane * n_cells + cell): the lane has an update of that cell in its code, so that it may
    // build on an old write. A lane without it never holds anything undecided.
    const bool *updates;
    // Same bits, NULL for none: an update of that cell by that lane calls a function, and in there
    // the lane may write the cell again before the update's own store. Only ledger_quiet says then
    // what is past.
    const bool *nests;
};

struct ledger *ledger_new(const struct ledger_shape *shape);
void ledger_free(struct ledger *ledger); // accepts NULL
// A second ledger that says the same, and goes its own way from then on.
struct ledger *ledger_copy(const struct ledger *ledger);

// Adds what lane `lane` reported, in its order. Copied.
void ledger_push(struct ledger *ledger, size_t lane, const struct update *updates, size_t n);
// The same without a copy: room for n updates of the lane, and once the first of them are filled
// in, that many are pushed. What is pushed stays there until the next ledger_merge, or until room
// is asked for again.
struct update *ledger_room(struct ledger *ledger, size_t lane, size_t n);
void ledger_push_room(struct ledger *ledger, size_t lane, size_t n);

// What a merged write did, handed out in an order that is coherent for every cell.
struct ledger_step {
    const struct update *update; // valid during the call
    uint16_t lane;
    int64_t old_value;    // value of the write it replaced
    uint16_t old_lane;    // and who had written that; 0 with seq 0 for the initial value
    uint64_t overwritten; // updates that were present before and are not any more
    uint64_t restored;    // updates that had been lost and are present again
    uint64_t entry;       // number of the log entry it made, 0 when it overwrote nothing
};
typedef void (*ledger_sink)(void *context, const struct ledger_step *step);

// Merges everything that can be merged now; at most `max` writes (0: no limit). `sink` may be
// NULL. Returns how many were merged.
size_t ledger_merge(struct ledger *ledger, size_t max, ledger_sink sink, void *context);

// Writes pushed and not merged yet: they wait for a write of another lane that has not arrived.
size_t ledger_waiting(const struct ledger *ledger);

// The write of `lane` to `cell` that others wait for although nothing of the lane is left to merge;
// 0 for none. When the lane was killed it is the one write that it could not report any more: who
// knows what it was (it replaced the cell's last_write) can push it in the lane's name, before
// ledger_ended.
uint64_t ledger_missing(const struct ledger *ledger, size_t lane, size_t cell);

// What is known of a lane, so that what nobody can restore any more becomes final and its memory
// is given back. Call as often as wanted; ledger_collect does the work. By itself the ledger knows
// that a lane's loads are never older than its own last write to the cell. Before ledger_quiet and
// ledger_ended, everything that the lane had reported until the moment in question must be pushed.
//
// ledger_quiet: there was a moment, when everything that had been merged (`merged`, as
// ledger_merged had returned it) had already happened, at which the lane had no load pending whose
// update was still to be stored, but for what it is pinned to at the time of this call. So it will
// never again build on a write that had been replaced by then.
void ledger_quiet(struct ledger *ledger, size_t lane, uint64_t merged);
// ledger_ended: the lane has ended.
void ledger_ended(struct ledger *ledger, size_t lane);
// ledger_pinned: the lane has stopped (at the gate, asleep) inside an update statement of `cell`
// whose load read write `id`, which need not be merged yet: its next write to the cell will build
// on `id`. Where updates enclose each other it is called once for each of them.
void ledger_pinned(struct ledger *ledger, size_t lane, size_t cell, uint64_t id);
// ledger_unpinned: the lane goes on. What it was pinned to stays known until it has been built on,
// or the lane is called quiet or ended.
void ledger_unpinned(struct ledger *ledger, size_t lane);

// Makes final what can be, gives memory back. Cheap when there is nothing to do.
void ledger_collect(struct ledger *ledger);

// Total number of writes merged since the beginning.
uint64_t ledger_merged(const struct ledger *ledger);

// What is kept in memory because it is not final, all cells: runs of writes and pieces of the tree,
// 150 bytes or so each; two for each cell are always there. The caller stops feeding (and so holds
// the lanes) when this passes its limit.
size_t ledger_undecided(const struct ledger *ledger);

// A blind write that a stale store drags away is not a lost update, but what it had changed is gone
// from the value like theirs: so lost_amount, which is summed over what was dragged away, counts
// its change too, and attempted + blind_change - (value - initial) = lost_amount always, exactly.
struct ledger_cell {
    int64_t value;         // of the last merged write
    uint64_t last_write;   // its id
    uint64_t writes;       // all merged, blind ones too
    uint64_t updates;      // without the blind ones
    uint64_t lost;         // updates that are not ancestors of the last write
    int64_t attempted;     // sum of the amounts of all updates (value - loaded_value)
    int64_t lost_amount;   // sum of the amounts of the lost updates, and of blind writes like them
    int64_t blind_change;  // sum over blind writes of value - old value
    uint64_t unattributed; // updates whose loaded write was not kept: 0 unless a promise made in
                           // the shape or about a lane was broken; counted as built on what they
                           // replaced
};

// `lost` and `destroyed` count the same updates from both sides: lost by, lost to.
struct ledger_lane {
    uint64_t updates;   // made
    uint64_t lost;      // of those, not in the value now
    uint64_t destroyed; // updates (of any lane) that this lane's stores have overwritten and nobody
                        // has restored
};

// By the lock's state as the storing lane had found it.
enum ledger_phase { PHASE_NONE, PHASE_OFF, PHASE_ON, PHASE_SETTLING, PHASE_COUNT };
struct ledger_tally {
    uint64_t made; // updates stored in this phase
    uint64_t lost; // updates overwritten, and not restored, by stores of this phase
};

const struct ledger_cell *ledger_cell(const struct ledger *ledger, size_t cell);
struct ledger_lane ledger_lane(const struct ledger *ledger, size_t lane);
struct ledger_lane ledger_lane_cell(const struct ledger *ledger, size_t lane, size_t cell);
struct ledger_tally ledger_tally(const struct ledger *ledger, enum ledger_phase phase);
// Updates of `victim` that stores of `culprit` have overwritten and nobody has restored.
uint64_t ledger_pair(const struct ledger *ledger, size_t culprit, size_t victim);
// Phase of an update by its flags: SETTLING before ON (HELD or ATOMIC) before OFF before NONE.
enum ledger_phase ledger_phase_of(uint8_t access_flags);

// The log: one entry for each store that overwrote updates, numbered from 1. The newest
// LEDGER_LOG are kept; counts never depend on the log. An update that is overwritten, restored and
// overwritten again is blamed on the last of the stores, so lost_now of an entry never grows.
enum { LEDGER_LOG = 4096 };

struct ledger_entry {
    uint64_t number;      // from 1
    uint64_t t_ns;        // of the store
    uint64_t loaded;      // id that the store's load had read
    uint64_t old;         // id of the write that it replaced
    uint64_t id;          // of the store
    int64_t value;        // written
    int64_t old_value;    // replaced
    int64_t loaded_value; // read
    uint64_t overwritten; // updates that ceased to be present at this store
    uint64_t lost_now;    // of those, lost and blamed on this store now; 0: all restored
    uint32_t load_age_ns;
    uint32_t pc;
    uint16_t cell;
    uint16_t lane;   // culprit
    uint16_t victim; // whose write was replaced (write_lane(old))
    uint8_t flags;   // enum access_flag of the store
    bool is_final;   // nobody can restore or take away any of it
};

// Newest number, 0 for none.
uint64_t ledger_log_last(const struct ledger *ledger);
// NULL when that entry is not kept any more, or was never made.
const struct ledger_entry *ledger_log_at(const struct ledger *ledger, uint64_t number);

// Entries that have been pushed out of the log: counted, their detail is gone.
uint64_t ledger_log_dropped(const struct ledger *ledger);

// What it says, into a file and out of it: the sums of cells, lanes and pairs, and the log. A
// ledger that has been read takes no further updates. False: nonsense was read, and it is good for
// nothing.
bool ledger_exchange(struct ledger *ledger, struct exchange *x);

#endif
