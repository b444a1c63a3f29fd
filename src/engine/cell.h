#ifndef ENGINE_CELL_H
#define ENGINE_CELL_H

#include "engine/run.h"

// A shared cell: a word that holds the id of its last write, and the values of the newest writes in
// slots that belong to the lanes.
//
// The race is on the word. A STORE is an exchange, so it returns the id of the write it replaced; a
// LOAD learns whose write it read. Exchanges are sequentially consistent, so that the writes of all
// cells have one order that agrees with each lane's own: that is what lets the ledger merge the
// lanes' records without ever being stuck. Loads are too: so what the lanes do to the cells, all of
// it, is some interleaving of their ops, as the model has it, and not only on a machine that orders
// more than it must. The same goes for what else they share: semaphores, the pool's queue, lines.

// Where each process has cells of its own, its word is read and written by it alone, by the same
// rules. `cells` are those that the lane works on, see run_cells_of.

// The id and the value of the cell's last write, as one: retries only when the word has moved on.
static inline uint64_t cell_load(const struct run *run, const struct run_cell *cells,
                                 const struct program *prog, size_t cell, int64_t *value)
{
    for (;;) {
        // Pairs with the exchange in cell_store: the slot is filled. Sequentially consistent like
        // that, so that no load overtakes the lane's own store to another cell: a lock that is made
        // of shared variables (Peterson's) is as right here as in the model.
        uint64_t id = atomic_load_explicit(&cells[cell].word, memory_order_seq_cst);
        if (id == WRITE_INITIAL) {
            *value = program_cell_initial(prog, cell);
            return id;
        }
        struct run_slots *slots = run_slots_of(run, write_lane(id), cell);
        uint64_t seq = write_seq(id);
        // Pairs with the releases in cell_fill. A value of a later write cannot be taken for this
        // one's: whoever reads it also sees the mark 0, or that later number, afterwards.
        uint64_t before = atomic_load_explicit(&slots->slot[seq & 1].seq, memory_order_acquire);
        *value = atomic_load_explicit(&slots->slot[seq & 1].value, memory_order_acquire);
        uint64_t after = atomic_load_explicit(&slots->slot[seq & 1].seq, memory_order_relaxed);
        if (before == seq && after == seq)
            return id;
    }
}

// Puts the value of the lane's write `seq` where cell_load finds it.
static inline void cell_fill(struct run_slots *slots, uint64_t seq, int64_t value)
{
    atomic_store_explicit(&slots->slot[seq & 1].seq, 0, memory_order_relaxed);
    // Both pair with the acquires in cell_load.
    atomic_store_explicit(&slots->slot[seq & 1].value, value, memory_order_release);
    atomic_store_explicit(&slots->slot[seq & 1].seq, seq, memory_order_release);
}

// Publishes write `id`, whose value has been filled in; returns the id it replaced.
static inline uint64_t cell_store(struct run_cell *cell, uint64_t id)
{
    return atomic_exchange_explicit(&cell->word, id, memory_order_seq_cst);
}

// The same, by a lane that may be killed at any moment: *old is stored before the write is made, so
// that it is known if the lane is not there to tell.
static inline void cell_store_told(struct run_cell *cell, uint64_t id, uint64_t *old)
{
    uint64_t expected = atomic_load_explicit(&cell->word, memory_order_acquire);
    do
        *(volatile uint64_t *)old = expected;
    while (!atomic_compare_exchange_weak_explicit(&cell->word, &expected, id, memory_order_seq_cst,
                                                  memory_order_acquire));
}

// As cell_store, if the last write still is *expected; else false, and *expected is what it is.
static inline bool cell_store_if(struct run_cell *cell, uint64_t *expected, uint64_t id)
{
    return atomic_compare_exchange_strong_explicit(&cell->word, expected, id, memory_order_seq_cst,
                                                   memory_order_acquire);
}

#endif
