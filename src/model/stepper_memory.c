// How a lane of the model reaches shared memory, and what it tells the ledger about it. The same
// rules as the engine's, without anything that can happen in between.
#include "base/mem.h"
#include "model/stepper_private.h"

static void begin_update(struct stepper *s, struct step_lane *lane, size_t cell)
{
    const struct step_cell *loaded = &step_cells(s, lane)[cell];
    if (lane->n_pending == STEP_PENDING_MAX)
        return;
    lane->pending[lane->n_pending++] = (struct step_pending){
        .id = loaded->id,
        .value = loaded->value,
        .step = s->steps,
        .cell = (uint32_t)cell,
        .depth = lane->machine.depth,
    };
}

// The load that this store builds on: false when the statement made none of this cell after all.
static bool end_update(struct step_lane *lane, size_t cell, struct step_pending *out)
{
    bool found = false;
    while (lane->n_pending && lane->pending[lane->n_pending - 1].depth >= lane->machine.depth) {
        *out = lane->pending[--lane->n_pending];
        found = out->cell == cell && out->depth == lane->machine.depth;
    }
    return found;
}

void step_load(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t cell;
    if (!machine_cell(&lane->machine, op, &cell))
        return;
    bool updates = op->flags & OP_UPDATES;
    if (updates)
        begin_update(s, lane, cell);
    const struct step_cell *loaded = &step_cells(s, lane)[cell];
    step_report(s, lane, EVENT_LOAD, (uint32_t)cell, loaded->value, write_mark(loaded->id));
    s->events[s->n_events - 1].flags |=
        (uint8_t)((updates ? ACCESS_UPDATE : 0) | (lane->is_again ? ACCESS_AGAIN : 0));
    machine_complete(&lane->machine, op, loaded->value);
}

int64_t step_read_cell(const void *cells, size_t cell)
{
    return ((const struct step_cell *)cells)[cell].value;
}

// `always` over one cell: every store to it is judged, in private memory on the lane's own cells.
static void judge_store(struct stepper *s, const struct step_lane *lane, size_t cell)
{
    const struct step_cell *cells = step_cells(s, lane);
    for (size_t i = 0; i < s->prog->n_always; i++) {
        const struct claim *claim = &s->prog->always[i];
        bool holds = true;
        if (claim->cell == (int32_t)cell &&
            machine_judge(s->prog, claim, step_read_cell, cells, &holds) && !holds)
            step_report(s, lane, EVENT_BROKEN, (uint32_t)i, cells[cell].value, 0);
    }
}

static void record(struct stepper *s, const struct update *update)
{
    s->updates = mem_room(s->updates, &s->cap_updates, s->n_updates + 1, sizeof *s->updates);
    s->updates[s->n_updates++] = *update;
}

// The write itself, and the record of it. `loaded` is NULL for a blind write. What a lane does to
// cells of its own is no affair of the ledger, which is about those that lanes share.
static void write(struct stepper *s, struct step_lane *lane, size_t cell, int64_t value,
                  const struct step_pending *loaded, uint8_t flags)
{
    struct step_cell *target = &step_cells(s, lane)[cell];
    uint64_t seq = ++s->write_seq[lane->index * s->prog->n_cells + cell];
    struct update update = {
        .t_ns = s->steps,
        .id = write_id(lane->index, seq),
        .old = target->id,
        .loaded = loaded ? loaded->id : target->id,
        .value = value,
        .loaded_value = loaded ? loaded->value : 0,
        .load_age_ns = loaded ? (uint32_t)(s->steps - loaded->step) : 0,
        .pc = lane->machine.pc,
        .cell = (uint16_t)cell,
        .flags = (uint8_t)(flags | lane->with_flags),
        // An atomic op is one event.
        .load_is_event = s->prog->ops[lane->machine.pc].code == OP_STORE,
    };
    *target = (struct step_cell){.id = update.id, .value = value};
    if (!s->is_private || lane->index == 0)
        record(s, &update);
    step_report(s, lane, EVENT_STORE, (uint32_t)cell, value, write_mark(update.id));
    s->events[s->n_events - 1].replaced = write_mark(update.old);
    s->events[s->n_events - 1].flags |= flags;
    judge_store(s, lane, cell);
}

static bool is_lock_free(const struct step_lane *lane)
{
    for (uint32_t i = 0; i < lane->n_with; i++)
        if (lane->with[i].how == STEP_LOCK_FREE)
            return true;
    return false;
}

void step_store(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t cell;
    if (!machine_cell(&lane->machine, op, &cell))
        return;
    struct step_pending loaded = {0};
    uint8_t flags = 0;
    if ((op->flags & OP_UPDATES) && end_update(lane, cell, &loaded))
        flags = ACCESS_UPDATE;
    // By compare-and-swap: stored only if nobody has stored since the load, else done again.
    if (flags && (op->flags & OP_RETRIABLE) && is_lock_free(lane)) {
        if (step_cells(s, lane)[cell].id != loaded.id) {
            lane->retries++;
            lane->is_again = true;
            machine_retry(&lane->machine, op);
            return;
        }
        flags |= ACCESS_ATOMIC;
    }
    write(s, lane, cell, machine_value(&lane->machine, op->a), flags ? &loaded : NULL, flags);
    lane->is_again = false;
    machine_complete(&lane->machine, op, 0);
}

void step_atomic(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t cell;
    int64_t value;
    if (!machine_cell(&lane->machine, op, &cell))
        return;
    const struct step_cell *old = &step_cells(s, lane)[cell];
    if (!machine_combine(&lane->machine, op, old->value, &value))
        return;
    struct step_pending loaded = {.id = old->id, .value = old->value, .step = s->steps};
    write(s, lane, cell, value, &loaded, ACCESS_UPDATE | ACCESS_ATOMIC);
    machine_complete(&lane->machine, op, value);
}
