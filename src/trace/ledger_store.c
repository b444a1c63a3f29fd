#include "trace/ledger_private.h"

#include <assert.h>

enum ledger_phase ledger_phase_of(uint8_t access_flags)
{
    if (access_flags & ACCESS_SETTLING)
        return PHASE_SETTLING;
    if (access_flags & (ACCESS_HELD | ACCESS_ATOMIC))
        return PHASE_ON;
    return access_flags & ACCESS_OFF ? PHASE_OFF : PHASE_NONE;
}

// A lump or a pinned end stays as it is, and so does what has been counted.
static bool run_extends(const struct run *run, uint16_t lane, bool is_blind, uint64_t seq)
{
    return run->lane == lane && run->is_blind == is_blind && run->first_seq + run->n == seq &&
           !run->is_dead && !run->is_counted && !run->pins;
}

// Appends the write to the segment and makes it the cell's tip.
static void tip_move(struct ledger *ledger, struct cell *cell, struct lane_cell *writer,
                     const struct update *update, struct segment *segment)
{
    uint16_t lane = write_lane(update->id);
    bool is_blind = !(update->flags & ACCESS_UPDATE);
    uint64_t seq = write_seq(update->id);
    struct run *last = segment->last;
    if (last && run_extends(last, lane, is_blind, seq)) {
        last->n++;
        if (last == cell->tip)
            return;
        replaced_unlink(cell, last);
    } else {
        last = run_new(ledger, lane, seq);
        last->is_blind = is_blind;
        segment_append(segment, last);
        run_table_push(&writer->table, last);
    }
    replaced_append(cell, cell->tip, ledger->merged + 1);
    cell->tip = last;
}

// The store takes away what lies between the replaced write and `common`: stamps it.
static void path_overwrite(struct ledger *ledger, struct cell *cell, const struct segment *common,
                           const struct update *update, struct ledger_step *step)
{
    uint64_t n = 0;
    struct segment *old = cell->tip->segment;
    for (struct segment *segment = old; segment != common; segment = segment->parent) {
        segment->is_absent = true;
        segment->entry = 0;
        segment->culprit = step->lane;
        segment->phase = (uint8_t)ledger_phase_of(update->flags);
        n += blame_put(ledger, cell, segment);
    }
    step->overwritten = n;
    if (!n)
        return;
    struct ledger_entry entry = {
        .t_ns = update->t_ns,
        .loaded = update->loaded,
        .old = update->old,
        .id = update->id,
        .value = update->value,
        .old_value = step->old_value,
        .loaded_value = update->loaded_value,
        .overwritten = n,
        .lost_now = n,
        .load_age_ns = update->load_age_ns,
        .pc = update->pc,
        .cell = update->cell,
        .lane = step->lane,
        .victim = step->old_lane,
        .flags = update->flags,
    };
    step->entry = log_append(ledger, &entry);
    for (struct segment *segment = old; segment != common; segment = segment->parent) {
        segment->entry = step->entry;
        log_open(ledger, step->entry);
    }
}

// Makes present again what lies above `segment` and had been taken away; returns how many segments.
static size_t path_restore(struct ledger *ledger, struct cell *cell, struct segment *segment,
                           struct ledger_step *step)
{
    size_t n = 0;
    for (; segment->is_absent; segment = segment->parent, n++) {
        step->restored += blame_take(ledger, cell, segment);
        segment->is_absent = false;
        log_close(ledger, segment->entry);
    }
    return n;
}

// What was restored has the same stamp as its surroundings now.
static void path_join(struct ledger *ledger, struct cell *cell, size_t n)
{
    struct segment *segment = cell->tip->segment;
    for (; n && segment->parent; n--)
        segment = segment_can_join(segment->parent) ? segment_join(ledger, cell, segment->parent)
                                                    : segment->parent;
}

// A store that was not built on the write that it replaces. `base` ends with the one it was.
static void store_stale(struct ledger *ledger, struct cell *cell, struct lane_cell *writer,
                        const struct update *update, struct run *base, struct ledger_step *step)
{
    uint64_t base_value = (uint64_t)update->loaded_value;
    cell->tip->segment->value_after = (uint64_t)cell->sum.value;
    if (base->next)
        segment_cut(ledger, cell, base, base_value);

    size_t n_restored = path_restore(ledger, cell, base->segment, step);
    const struct segment *common = base->segment;
    for (size_t i = 0; i < n_restored; i++)
        common = common->parent;
    path_overwrite(ledger, cell, common, update, step);

    struct segment *segment = base->segment;
    if (segment->n_children)
        segment = segment_new(ledger, segment, base_value);
    tip_move(ledger, cell, writer, update, segment);
    path_join(ledger, cell, n_restored + 1);
}

static int64_t add(int64_t a, uint64_t b)
{
    return (int64_t)((uint64_t)a + b);
}

static void sum_store(struct ledger *ledger, struct ledger_cell *sum, struct lane_cell *writer,
                      const struct update *update, int64_t from)
{
    uint64_t change = (uint64_t)update->value - (uint64_t)from;
    if (update->flags & ACCESS_UPDATE) {
        sum->updates++;
        sum->attempted = add(sum->attempted, change);
        writer->updates++;
        ledger->tallies[ledger_phase_of(update->flags)].made++;
    } else {
        sum->blind_change = add(sum->blind_change, change);
    }
    sum->writes++;
    sum->value = update->value;
    sum->last_write = update->id;
    writer->last_merge = ++ledger->merged;
}

static struct run *base_of(struct ledger *ledger, struct cell *cell, uint16_t lane,
                           const struct update *update)
{
    const struct pin *pin = pin_find(&ledger->lanes[lane], update);
    return pin ? pin->run : run_ending_at(ledger, cell, update->loaded);
}

void store_apply(struct ledger *ledger, uint16_t lane, const struct update *update,
                 struct ledger_step *step)
{
    struct cell *cell = &ledger->cells[update->cell];
    struct lane_cell *writer = lane_cell_of(ledger, lane, update->cell);
    bool is_update = update->flags & ACCESS_UPDATE;
    int64_t from = is_update ? update->loaded_value : cell->sum.value;
    assert(write_lane(update->id) == lane);
    *step = (struct ledger_step){
        .update = update,
        .lane = lane,
        .old_value = cell->sum.value,
        .old_lane = write_lane(update->old),
    };
    struct run *base = NULL;
    bool is_stale = is_update && update->loaded != update->old;
    if (is_stale && !(base = base_of(ledger, cell, lane, update))) {
        cell->sum.unattributed++;
        from = cell->sum.value;
    }
    if (base)
        store_stale(ledger, cell, writer, update, base, step);
    else
        tip_move(ledger, cell, writer, update, cell->tip->segment);
    sum_store(ledger, &cell->sum, writer, update, from);
    if (ledger->lanes[lane].n_pins)
        pin_consume(ledger, lane, update);
}
