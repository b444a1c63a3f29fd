// Leads the model's lanes through the records of a run.
#include "model/conform.h"

#include "base/text.h"
#include "model/conform_private.h"
#include "sync/lock_kinds.h"

// The STORE of the statement that op `pc` is a part of, when that is an assignment to a cell: it is
// the next, because such a statement has one at its end and none before.
static size_t store_after(const struct program *prog, size_t pc)
{
    while (pc < prog->n_ops && prog->ops[pc].code != OP_STORE)
        pc++;
    return pc;
}

// The record of the update that the load is for. NULL: there is none, the lane ended in between.
static const struct update *update_to_come(const struct conform *c, const struct conform_cursor *at,
                                           size_t load_pc)
{
    size_t store = store_after(c->prog, load_pc);
    for (size_t i = at->update; i < at->n_updates; i++)
        if (at->updates[i].pc == store)
            return at->updates[i].flags & ACCESS_UPDATE ? &at->updates[i] : NULL;
    return NULL;
}

// How many of the events that come next belong to attempts of the statement at `pc` that failed:
// all before the last attempt. Its ops follow each other without a loop, so one that is not after
// the one before begins a new attempt, or, without the flag, is of another time.
static size_t failed_events(const struct conform *c, const struct conform_cursor *at, size_t pc)
{
    size_t store = store_after(c->prog, pc);
    if (store == c->prog->n_ops || !(c->prog->ops[store].flags & OP_RETRIABLE) ||
        pc + c->prog->ops[store].retry < store)
        return 0;
    size_t first = store - c->prog->ops[store].retry;
    size_t n_failed = 0;
    for (size_t i = at->event; i < at->n_events; i++) {
        const struct event *event = &at->events[i];
        if (event->kind != EVENT_LOAD || event->pc < first || event->pc > store)
            break;
        if (i == at->event || event->pc > at->events[i - 1].pc)
            continue;
        if (!(event->flags & ACCESS_AGAIN))
            break;
        n_failed = i - at->event;
    }
    return n_failed;
}

bool conform_is_load_told(const struct conform *c, size_t lane, size_t pc)
{
    const struct conform_cursor *at = &c->lanes[lane];
    const struct update *update = update_to_come(c, at, pc);
    const struct event *event = conform_event(at);
    if (update)
        return update->load_is_event;
    return event && event->kind == EVENT_LOAD && event->pc == pc;
}

// Whether the load of an update is known from the update's record, for want of an event.
static bool is_told_by_update(const struct conform *c, size_t lane, const struct op *op)
{
    return op->code == OP_LOAD && (op->flags & OP_UPDATES) &&
           !conform_is_load_told(c, lane, (size_t)(op - c->prog->ops));
}

// The write that the LOAD in front of a lane reads, by the lane's record; false when that does not
// tell.
static bool find_read(const struct conform *c, size_t lane, const struct op *op, size_t *cell,
                      uint64_t *id)
{
    const struct conform_cursor *at = &c->lanes[lane];
    const struct event *event = conform_event(at);
    size_t pc = (size_t)(op - c->prog->ops);
    if (is_told_by_update(c, lane, op) && failed_events(c, at, pc) == 0) {
        const struct update *update = update_to_come(c, at, pc);
        *cell = update ? update->cell : 0;
        *id = update ? update->loaded : WRITE_UNKNOWN;
        return update;
    }
    bool is_told = event && event->kind == EVENT_LOAD && event->object < c->prog->n_cells;
    *cell = is_told ? event->object : 0;
    *id = is_told ? conform_marked(event->turn) : WRITE_UNKNOWN;
    return is_told;
}

// Whether a lane finds what its record says it read. A record that does not fit the op is no reason
// to wait: the comparison after the step says what is wrong.
static bool may_load(const struct conform *c, size_t lane, const struct op *op)
{
    size_t cell;
    uint64_t id;
    return !find_read(c, lane, op, &cell, &id) || conform_cell(c, lane, cell)->id == id;
}

static bool may_write(const struct conform *c, size_t lane)
{
    const struct update *update = conform_update(&c->lanes[lane]);
    if (!update)
        return true;
    const uint32_t *readers = conform_readers(c, lane, update->cell, update->old);
    return readers && conform_cell(c, lane, update->cell)->id == update->old && *readers == 0;
}

// Whether it is the turn of a lane that takes a lock, or at a semaphore.
static bool is_turn(const struct conform *c, size_t lane, enum event_kind kind)
{
    const struct event *event = conform_event(&c->lanes[lane]);
    return !event || event->kind != kind || event->object >= c->prog->n_locks ||
           event->turn == c->turns[event->object] + 1;
}

static bool may_take(const struct conform *c, size_t lane)
{
    const struct event *event = conform_event(&c->lanes[lane]);
    if (event && event->kind == EVENT_TAKE)
        return event->object == c->n_taken;
    return c->n_taken == c->prog->pool.n_items;
}

static bool may_print(const struct conform *c, size_t lane)
{
    const struct event *event = conform_event(&c->lanes[lane]);
    return !event || event->kind != EVENT_PRINT || event->value == c->n_lines;
}

static bool may_step(const struct conform *c, size_t lane)
{
    if (!stepper_is_enabled(c->stepper, lane))
        return false;
    const struct op *op = stepper_lane(c->stepper, lane).next;
    switch (op ? (int)op->code : OP_COUNT) {
    case OP_LOAD:
        return may_load(c, lane, op);
    case OP_STORE:
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        return may_write(c, lane);
    case OP_ENTER:
    case OP_ACQUIRE:
    case OP_RETAKE:
        return is_turn(c, lane, EVENT_ACQUIRE);
    case OP_WAIT:
        return is_turn(c, lane, EVENT_TOOK);
    case OP_POST:
        return is_turn(c, lane, EVENT_POST);
    case OP_TAKE:
        return may_take(c, lane);
    case OP_PRINT:
        return may_print(c, lane);
    default:
        return true;
    }
}

// The lane is in front of a LOAD whose statement was done again, and of what it read when that was
// in vain some is left.
static bool is_observing(const struct conform *c, size_t lane)
{
    const struct op *op = stepper_lane(c->stepper, lane).next;
    return op && op->code == OP_LOAD &&
           failed_events(c, &c->lanes[lane], (size_t)(op - c->prog->ops)) > 0;
}

enum outcome { WAITS, GOES_ON, IS_WRONG };

static enum outcome go_on(struct conform *c, size_t lane)
{
    size_t cell;
    uint64_t id;
    const struct op *op = stepper_lane(c->stepper, lane).next;
    if (is_observing(c, lane)) {
        if (!may_load(c, lane, op))
            return WAITS;
        return conform_observe(c, lane) ? GOES_ON : IS_WRONG;
    }
    if (!may_step(c, lane))
        return WAITS;
    if (op && is_told_by_update(c, lane, op) && find_read(c, lane, op, &cell, &id))
        --*conform_readers(c, lane, cell, id);
    stepper_step(c->stepper, lane);
    return conform_match(c) ? GOES_ON : IS_WRONG;
}

// Why a lane cannot make its next step, in one clause.
static void why_not(const struct conform *c, size_t lane, char *out, size_t size)
{
    char wanted[64], last[64], name[48];
    const struct op *op = stepper_lane(c->stepper, lane).next;
    const struct event *event = conform_event(&c->lanes[lane]);
    const struct update *update = conform_update(&c->lanes[lane]);
    const char *verb = "read";
    size_t cell = 0;
    uint64_t id = WRITE_UNKNOWN;
    if (op->code >= OP_STORE && op->code <= OP_ATOMIC_MUL && update) {
        verb = "replaced";
        cell = update->cell;
        id = update->old;
    } else if (op->code != OP_LOAD || !find_read(c, lane, op, &cell, &id)) {
        text_format(out, size, "reported \"%s\" with turn %u and value %lld",
                    event ? event_info[event->kind].label : "nothing", event ? event->turn : 0,
                    event ? (long long)event->value : 0);
        return;
    }
    uint64_t last_id = conform_cell(c, lane, cell)->id;
    size_t n = text_format(out, size, "%s %s of %s", verb, conform_write_words(c, id, wanted),
                           program_cell_name(c->prog, cell, name));
    if (last_id == id)
        text_format(out + n, size - n, ", which others have yet to read");
    else
        text_format(out + n, size - n, ", whose last write is %s",
                    conform_write_words(c, last_id, last));
}

static bool say_stuck(const struct conform *c)
{
    for (size_t lane = 0; lane < c->prog->n_lanes; lane++) {
        char why[300];
        const struct op *op = stepper_lane(c->stepper, lane).next;
        if (!op || !stepper_is_enabled(c->stepper, lane))
            continue;
        why_not(c, lane, why, sizeof why);
        return error_set(c->err, "no order of the steps explains that %s, in line %u, %s",
                         c->prog->lanes[lane].name, op->line, why);
    }
    return error_set(c->err, "the model's lanes wait for each other where the run went on");
}

static bool follow(struct conform *c)
{
    bool any = true;
    while (any) {
        any = false;
        for (size_t lane = 0; lane < c->prog->n_lanes; lane++) {
            enum outcome outcome;
            while ((outcome = go_on(c, lane)) == GOES_ON)
                any = true;
            if (outcome == IS_WRONG)
                return false;
        }
    }
    return stepper_is_over(c->stepper) ? conform_match_end(c) : say_stuck(c);
}

bool conform_check(const struct program *prog, const struct conform_record *record,
                   struct error *err)
{
    struct conform c = {
        .prog = prog,
        .record = record,
        .kind = *record->lock_kind,
        .err = err,
        .is_private = program_is_private(prog),
    };
    c.kind.may_take = lock_may_take_any;
    bool is_legal = conform_prepare(&c);
    if (is_legal) {
        c.stepper = stepper_new(prog, &(struct stepper_options){.lock_kind = &c.kind,
                                                                .seed = record->seed,
                                                                .lock_on = record->lock_on});
        is_legal = conform_match(&c) && follow(&c);
    }
    conform_clear(&c);
    return is_legal;
}
