#ifndef MODEL_CONFORM_PRIVATE_H
#define MODEL_CONFORM_PRIVATE_H

#include "model/conform.h"
#include "model/stepper.h"

// The checker's state; private to its files.

// How far the model has come in what a lane reported.
struct conform_cursor {
    struct event *events; // those that say something about the order or the values
    size_t n_events, event;
    const struct update *updates;
    size_t n_updates, update;
    const char *printed;
};

struct conform_cell {
    uint64_t id; // of its last write
    int64_t value;
};

struct conform {
    const struct program *prog;
    const struct conform_record *record;
    struct lock_kind kind; // the run's, but any lane may take a free lock
    struct stepper *stepper;
    struct error *err;
    bool is_private;
    bool has_elapsed;
    struct conform_cursor *lanes;
    struct conform_cell *cells; // main's; in private memory those of each other lane follow
    uint64_t *n_writes;         // [lane * n_cells + cell]: in the whole record
    size_t *first_slot;         // the same: where `readers` of its writes begin
    uint32_t *readers;          // of each write: who has it yet to read
    uint32_t *turns;            // of each lock and semaphore, so far
    uint32_t n_taken;           // inputs of the pool
    int64_t n_lines;            // printed
};

static inline const struct event *conform_event(const struct conform_cursor *at)
{
    return at->event < at->n_events ? &at->events[at->event] : NULL;
}

static inline const struct update *conform_update(const struct conform_cursor *at)
{
    return at->update < at->n_updates ? &at->updates[at->update] : NULL;
}

static inline struct conform_cell *conform_cell(const struct conform *c, size_t lane, size_t cell)
{
    return &c->cells[(c->is_private ? lane * c->prog->n_cells : 0) + cell];
}

// "A's write 3", "the initial value". out: 64 bytes.
char *conform_write_words(const struct conform *c, uint64_t id, char out[64]);

// --- conform_record.c: the records made ready, false when one cannot be true in itself
bool conform_prepare(struct conform *c);
void conform_clear(struct conform *c);
// The id that the mark of a lane's LOAD stands for.
uint64_t conform_marked(uint32_t mark);
// The count of those who have yet to read a write that `lane` reads; NULL: nobody made it.
uint32_t *conform_readers(const struct conform *c, size_t lane, size_t cell, uint64_t id);

// --- conform.c
// Whether the load of an update, of the op at `pc` that the lane is at or has just done, is an
// event of the record; else it is known from its update, or the lane ended before it stored.
bool conform_is_load_told(const struct conform *c, size_t lane, size_t pc);

// --- conform_match.c: what the model did against what was reported
// After each step: false when they differ.
bool conform_match(struct conform *c);
// The event at the cursor is a LOAD of an attempt that failed, and it is that LOAD's time.
bool conform_observe(struct conform *c, size_t lane);
// After the last step: nothing is left over, and what remains is equal.
bool conform_match_end(struct conform *c);

#endif
