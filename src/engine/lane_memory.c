// How a lane reaches shared memory: LOAD, STORE and the ATOMIC ops on cells, what it tells the
// ledger about them, and the same without a ledger (--bare).
#include "engine/lane.h"

#include "engine/cell.h"

// Shows the innermost update that the lane is in, or none.
static void show_pending(const struct lane *lane)
{
    struct run_lane *shared = lane->shared;
    uint32_t cell = EVENT_NO_OBJECT;
    if (lane->n_pending) {
        const struct lane_pending *pending = &lane->pending[lane->n_pending - 1];
        atomic_store_explicit(&shared->loaded_id, pending->id, memory_order_relaxed);
        atomic_store_explicit(&shared->loaded_value, pending->value, memory_order_relaxed);
        cell = pending->cell;
    }
    atomic_store_explicit(&shared->loaded_cell, cell, memory_order_relaxed);
}

static void push_load(struct lane *lane, const struct lane_pending *load)
{
    ring_push_event(lane->events, &(struct event){.t_ns = load->ticks,
                                                  .value = load->value,
                                                  .pc = load->pc,
                                                  .object = (uint16_t)load->cell,
                                                  .turn = write_mark(load->id),
                                                  .lane = lane->index,
                                                  .kind = EVENT_LOAD,
                                                  .flags = load->flags});
}

void lane_tell_loads(struct lane *lane)
{
    for (uint32_t i = 0; i < lane->n_pending && !lane->is_bare; i++) {
        struct lane_pending *load = &lane->pending[i];
        if (!load->is_shown)
            push_load(lane, load);
        load->is_shown = true;
    }
}

static void begin_update(struct lane *lane, size_t cell, uint64_t id, int64_t value)
{
    if (lane->n_pending == LANE_PENDING_MAX)
        return;
    lane->pending[lane->n_pending++] = (struct lane_pending){
        .id = id,
        .value = value,
        .ticks = lane_ticks(lane),
        .cell = (uint32_t)cell,
        .depth = lane->machine.depth,
        .pc = (uint16_t)lane->machine.pc,
        .flags = lane->with_flags | ACCESS_UPDATE | (lane->is_again ? ACCESS_AGAIN : 0),
    };
    if (lane->pace_ns)
        lane_tell_loads(lane);
    show_pending(lane);
}

static bool is_told_by_store(const struct lane *lane, size_t cell)
{
    const struct lane_pending *only = &lane->pending[0];
    return lane->n_pending == 1 && only->cell == cell && only->depth == lane->machine.depth;
}

// The load that this store builds on, valid until the next load; NULL when the statement made none
// of this cell after all.
static const struct lane_pending *end_update(struct lane *lane, size_t cell)
{
    if (!is_told_by_store(lane, cell))
        lane_tell_loads(lane);
    const struct lane_pending *found = NULL;
    while (lane->n_pending && lane->pending[lane->n_pending - 1].depth >= lane->machine.depth) {
        const struct lane_pending *last = &lane->pending[--lane->n_pending];
        found = last->cell == cell && last->depth == lane->machine.depth ? last : NULL;
    }
    show_pending(lane);
    return found;
}

// Without a ledger the slots are free: they hold the lane's totals of the cell, its updates and the
// sum of their amounts, and how many stores did something else than adding 1.
static void count_bare(struct lane *lane, size_t cell, uint64_t amount)
{
    struct run_slots *totals = run_slots_of(lane->run, lane->index, cell);
    lane->write_seq[cell]++;
    lane->sum_amounts =
        (uint64_t)atomic_load_explicit(&totals->slot[0].value, memory_order_relaxed) + amount;
    atomic_store_explicit(&totals->slot[0].seq, lane->write_seq[cell], memory_order_relaxed);
    atomic_store_explicit(&totals->slot[0].value, (int64_t)lane->sum_amounts, memory_order_relaxed);
    if (amount != 1)
        atomic_fetch_add_explicit(&totals->slot[1].seq, 1, memory_order_relaxed);
    atomic_store_explicit(&lane->shared->updates, ++lane->n_updates, memory_order_relaxed);
}

static void begin_bare(struct lane *lane, size_t cell, int64_t value)
{
    if (lane->n_pending < LANE_PENDING_MAX)
        lane->pending[lane->n_pending++] = (struct lane_pending){
            .value = value, .cell = (uint32_t)cell, .depth = lane->machine.depth};
}

// Of a load that no update is computed from.
static void report_read(struct lane *lane, size_t cell, int64_t value, uint64_t id)
{
    uint8_t before = lane->with_flags;
    if (lane->is_again)
        lane->with_flags |= ACCESS_AGAIN;
    lane_report(lane, EVENT_LOAD, (uint32_t)cell, value, write_mark(id));
    lane->with_flags = before;
}

static void load_bare(struct lane *lane, const struct op *op, size_t cell)
{
    int64_t value = (int64_t)atomic_load_explicit(&lane->cells[cell].word, memory_order_relaxed);
    if (op->flags & OP_UPDATES)
        begin_bare(lane, cell, value);
    if (lane->pace_ns)
        push_load(lane,
                  &(struct lane_pending){.id = WRITE_INITIAL,
                                         .value = value,
                                         .ticks = lane_ticks(lane),
                                         .cell = (uint32_t)cell,
                                         .pc = (uint16_t)lane->machine.pc,
                                         .flags = lane->with_flags |
                                                  (op->flags & OP_UPDATES ? ACCESS_UPDATE : 0)});
    machine_complete(&lane->machine, op, value);
}

static bool is_lock_free(const struct lane *lane)
{
    for (uint32_t i = 0; i < lane->n_with; i++)
        if (lane->with[i].how == WITH_LOCK_FREE)
            return true;
    return false;
}

static void store_bare(struct lane *lane, const struct op *op, size_t cell, int64_t value)
{
    _Atomic uint64_t *word = &lane->cells[cell].word;
    const struct lane_pending *pending = op->flags & OP_UPDATES ? end_update(lane, cell) : NULL;
    if (pending && (op->flags & OP_RETRIABLE) && is_lock_free(lane)) {
        uint64_t was = (uint64_t)pending->value;
        if (!atomic_compare_exchange_strong_explicit(word, &was, (uint64_t)value,
                                                     memory_order_relaxed, memory_order_relaxed)) {
            machine_retry(&lane->machine, op);
            return;
        }
    } else {
        atomic_store_explicit(word, (uint64_t)value, memory_order_relaxed);
    }
    if (pending)
        count_bare(lane, cell, (uint64_t)value - (uint64_t)pending->value);
    else
        atomic_fetch_add_explicit(&run_slots_of(lane->run, lane->index, cell)->slot[1].seq, 1,
                                  memory_order_relaxed);
    if (lane->pace_ns)
        lane_report(lane, EVENT_STORE, (uint32_t)cell, value, 0);
    machine_complete(&lane->machine, op, 0);
}

void lane_load(struct lane *lane, const struct op *op)
{
    size_t cell;
    if (!machine_cell(&lane->machine, op, &cell))
        return;
    if (lane->is_bare) {
        load_bare(lane, op, cell);
        return;
    }
    int64_t value;
    uint64_t id = cell_load(lane->run, lane->cells, lane->prog, cell, &value);
    if (op->flags & OP_UPDATES)
        begin_update(lane, cell, id, value);
    else
        report_read(lane, cell, value, id);
    machine_complete(&lane->machine, op, value);
}

// Whether the lock has been switched since the lane entered `with`. Asked after the exchange: if
// this store replaced one that another lane made under the newer switch, the switch is seen here.
static bool is_overtaken(const struct lane *lane)
{
    return lane->n_with &&
           atomic_load_explicit(&lane->control->lock_word, memory_order_relaxed) >> 1 !=
               lane->phase;
}

// Begins the record of a write that is about to be made: everything that is known before it. Should
// the process be killed after the write and before the record is published, whoever finds it dead
// takes the record from here. It lies in the channel's next slot, or beside it when that has no
// room.
//
// Inline, like what ends it, so that the record is made where it belongs: a copy of it would cost
// as much as the rest.
static inline __attribute__((always_inline)) struct update *
begin_record(struct lane *lane, const struct op *op, const struct update *update)
{
    struct update *slot = ring_next_update(lane->updates);
    uint64_t position =
        (atomic_load_explicit(&lane->updates->head, memory_order_relaxed) + 1) * 2 + !slot;
    if (!slot)
        slot = &lane->shared->aside;
    *slot = (struct update){
        .t_ns = update->t_ns,
        .id = update->id,
        .old = update->old,
        .loaded = update->loaded,
        .value = update->value,
        .loaded_value = update->loaded_value,
        .pc = (uint32_t)(op - lane->prog->ops),
        .phase = lane->phase,
        .cell = update->cell,
        .flags = update->flags | lane->with_flags,
        .load_is_event = update->load_is_event,
    };
    // Relaxed: whoever reads it knows from the kernel that the process is dead.
    atomic_store_explicit(&lane->shared->draft, position, memory_order_relaxed);
    return slot;
}

// Never lost: when the channel is full the lane waits here, after the op, outside any update if it
// can. NULL: the run is being thrown away.
static struct update *await_slot(struct lane *lane)
{
    struct update *slot;
    bool is_wanted = true;
    while (!(slot = ring_next_update(lane->updates)) && is_wanted)
        is_wanted = lane_hold_for_room(lane);
    if (slot)
        *slot = lane->shared->aside;
    return slot;
}

// Too long ago for its store to say when: the lane was held in between, or stopped from outside.
static void tell_old_load(struct lane *lane, struct update *update)
{
    push_load(lane, &(struct lane_pending){.id = update->loaded,
                                           .value = update->loaded_value,
                                           .ticks = update->t_ns,
                                           .cell = update->cell,
                                           .pc = (uint16_t)update->pc,
                                           .flags = update->flags});
    update->load_is_event = 1;
}

// The write has been made and has replaced `old`: publishes its record.
static inline __attribute__((always_inline)) void end_record(struct lane *lane, struct update *slot,
                                                             uint64_t old)
{
    uint64_t now = lane_ticks(lane);
    uint64_t age = slot->t_ns ? now - slot->t_ns : 0;
    if (age > UINT32_MAX && !slot->load_is_event)
        tell_old_load(lane, slot);
    slot->old = old;
    slot->t_ns = now;
    slot->load_age_ns = age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
    slot->flags |= is_overtaken(lane) ? ACCESS_SETTLING : 0;
    if (slot == &lane->shared->aside && !(slot = await_slot(lane)))
        return;
    lane->n_holds = 0;
    uint64_t amount = (uint64_t)slot->value - (uint64_t)slot->loaded_value;
    bool is_update = slot->flags & ACCESS_UPDATE;
    ring_publish_update(lane->updates);
    if (lane->owes_answer && lane->n_pending == 0)
        lane_answer(lane);
    if (is_update) {
        lane->sum_amounts += amount;
        atomic_store_explicit(&lane->shared->updates, ++lane->n_updates, memory_order_relaxed);
        atomic_store_explicit(&lane->shared->sum_amounts, lane->sum_amounts, memory_order_relaxed);
    }
}

static bool arrange_wanted(const struct lane *lane)
{
    return atomic_load_explicit(&lane->control->arrange, memory_order_relaxed) ==
           RUN_ARRANGE_WANTED;
}

// Holds this lane between its load and its store until another lane has stored.
static uint8_t arrange(struct lane *lane, const struct lane_pending *pending)
{
    uint32_t wanted = RUN_ARRANGE_WANTED;
    if (!atomic_compare_exchange_strong_explicit(&lane->control->arrange, &wanted,
                                                 RUN_ARRANGE_TAKEN + lane->index,
                                                 memory_order_relaxed, memory_order_relaxed))
        return 0;
    // end_update has taken the load off; while the lane waits it must be seen to hold it.
    atomic_store_explicit(&lane->shared->loaded_cell, pending->cell, memory_order_relaxed);
    lane->n_pending++;
    bool overwritten = lane_wait_overwritten(lane, pending);
    lane->n_pending--;
    atomic_store_explicit(&lane->shared->loaded_cell, (uint32_t)EVENT_NO_OBJECT,
                          memory_order_relaxed);
    atomic_store_explicit(&lane->control->arrange, (uint32_t)RUN_ARRANGE_NONE,
                          memory_order_relaxed);
    return overwritten ? ACCESS_ARRANGED : 0;
}

// An update of the form x op= e inside `with` of the lock kind `atomic`: it is stored only if
// nobody has stored since the load; else the statement is done again.
static void store_if_unchanged(struct lane *lane, const struct op *op, size_t cell, int64_t value,
                               const struct lane_pending *pending)
{
    uint64_t seq = lane->write_seq[cell] + 1;
    uint64_t id = write_id(lane->index, seq);
    uint64_t old = pending->id;
    cell_fill(run_slots_of(lane->run, lane->index, cell), seq, value);
    struct update *slot = begin_record(lane, op,
                                       &(struct update){.id = id,
                                                        .t_ns = pending->ticks,
                                                        .old = old,
                                                        .loaded = old,
                                                        .value = value,
                                                        .loaded_value = pending->value,
                                                        .cell = (uint16_t)cell,
                                                        .flags = ACCESS_UPDATE | ACCESS_ATOMIC,
                                                        .load_is_event = pending->is_shown});
    if (!cell_store_if(&lane->cells[cell], &old, id)) {
        atomic_fetch_add_explicit(&lane->shared->retries, 1, memory_order_relaxed);
        lane->is_again = true;
        machine_retry(&lane->machine, op);
        return;
    }
    lane->is_again = false;
    lane->write_seq[cell] = seq;
    end_record(lane, slot, old);
    machine_complete(&lane->machine, op, 0);
}

void lane_store(struct lane *lane, const struct op *op)
{
    size_t cell;
    if (!machine_cell(&lane->machine, op, &cell))
        return;
    int64_t value = machine_value(&lane->machine, op->a);
    if (lane->is_bare) {
        store_bare(lane, op, cell, value);
        return;
    }
    const struct lane_pending *pending = op->flags & OP_UPDATES ? end_update(lane, cell) : NULL;
    lane_tell_loads(lane);
    if (pending && (op->flags & OP_RETRIABLE) && is_lock_free(lane)) {
        store_if_unchanged(lane, op, cell, value, pending);
        return;
    }
    uint8_t arranged = pending && arrange_wanted(lane) ? arrange(lane, pending) : 0;

    uint64_t seq = ++lane->write_seq[cell];
    uint64_t id = write_id(lane->index, seq);
    cell_fill(run_slots_of(lane->run, lane->index, cell), seq, value);
    struct update *slot =
        begin_record(lane, op,
                     &(struct update){.id = id,
                                      .t_ns = pending ? pending->ticks : 0,
                                      .old = WRITE_UNKNOWN,
                                      .loaded = pending ? pending->id : WRITE_UNKNOWN,
                                      .value = value,
                                      .loaded_value = pending ? pending->value : 0,
                                      .cell = (uint16_t)cell,
                                      .flags = pending ? ACCESS_UPDATE | arranged : arranged,
                                      .load_is_event = pending && pending->is_shown});
    uint64_t old;
    if (lane->is_process) {
        cell_store_told(&lane->cells[cell], id, &slot->old);
        old = slot->old;
    } else {
        old = cell_store(&lane->cells[cell], id);
    }
    if (!pending)
        slot->loaded = old;
    end_record(lane, slot, old);
    machine_complete(&lane->machine, op, 0);
}

static void atomic_bare(struct lane *lane, const struct op *op, size_t cell)
{
    uint64_t was = atomic_load_explicit(&lane->cells[cell].word, memory_order_relaxed);
    int64_t sum;
    do
        if (!machine_combine(&lane->machine, op, (int64_t)was, &sum))
            return;
    while (!atomic_compare_exchange_weak_explicit(&lane->cells[cell].word, &was, (uint64_t)sum,
                                                  memory_order_relaxed, memory_order_relaxed));
    count_bare(lane, cell, (uint64_t)sum - was);
    machine_complete(&lane->machine, op, sum);
}

void lane_atomic(struct lane *lane, const struct op *op)
{
    size_t cell;
    if (!machine_cell(&lane->machine, op, &cell))
        return;
    if (lane->is_bare) {
        atomic_bare(lane, op, cell);
        return;
    }
    lane_tell_loads(lane);
    uint64_t seq = lane->write_seq[cell] + 1;
    uint64_t id = write_id(lane->index, seq);
    uint64_t old;
    int64_t was, value;
    struct update *slot;
    do {
        old = cell_load(lane->run, lane->cells, lane->prog, cell, &was);
        if (!machine_combine(&lane->machine, op, was, &value))
            return;
        cell_fill(run_slots_of(lane->run, lane->index, cell), seq, value);
        slot = begin_record(lane, op,
                            &(struct update){.id = id,
                                             .old = old,
                                             .loaded = old,
                                             .value = value,
                                             .loaded_value = was,
                                             .cell = (uint16_t)cell,
                                             .flags = ACCESS_UPDATE | ACCESS_ATOMIC});
    } while (!cell_store_if(&lane->cells[cell], &old, id));
    lane->write_seq[cell] = seq;
    end_record(lane, slot, old);
    machine_complete(&lane->machine, op, value);
}
