// The records of a run made ready to be followed: who made which write, and who read it.
#include "base/mem.h"
#include "model/conform_private.h"

// Whether an event says something about the order of the run or its values that the model says too.
static bool is_followed(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_LOAD:
    case EVENT_ACQUIRE:
    case EVENT_RELEASE:
    case EVENT_TOOK:
    case EVENT_POST:
    case EVENT_TAKE:
    case EVENT_GIVE:
    case EVENT_SKIP:
    case EVENT_SLEEP:
    case EVENT_WAKE:
    case EVENT_SPAWN:
    case EVENT_JOIN:
    case EVENT_JOINED:
    case EVENT_PRINT:
    case EVENT_KILL:
    case EVENT_TOGGLE:
    case EVENT_GAP:
    case EVENT_AWAIT:
    case EVENT_NOTIFY:
    case EVENT_NOTIFIED:
        return true;
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_STORE:
    case EVENT_CONTEND:
    case EVENT_RECOVER:
    case EVENT_GIL_WAIT:
    case EVENT_GIL_TAKE:
    case EVENT_GIL_DROP:
    case EVENT_CHECK:
    case EVENT_PAUSE:
    case EVENT_RESUME:
    case EVENT_STOPPED:
    case EVENT_CONTINUED:
    case EVENT_BROKEN:
    case EVENT_KIND_COUNT:
        return false;
    }
    return false;
}

static bool cannot_be_checked(const struct event *event)
{
    return event->kind == EVENT_GAP || event->kind == EVENT_KILL || event->kind == EVENT_TOGGLE;
}

static bool take_events(struct conform *c, size_t lane)
{
    const struct conform_lane *said = &c->record->lanes[lane];
    struct conform_cursor *at = &c->lanes[lane];
    at->events = mem_array(said->n_events, sizeof *at->events);
    for (size_t i = 0; i < said->n_events; i++) {
        const struct event *event = &said->events[i];
        if (cannot_be_checked(event))
            return error_set(c->err, "a run with the event \"%s\" cannot be checked",
                             event_info[event->kind].label);
        if (is_followed(event))
            at->events[at->n_events++] = *event;
    }
    return true;
}

static bool take_updates(struct conform *c, size_t lane)
{
    const struct conform_lane *said = &c->record->lanes[lane];
    c->lanes[lane].updates = said->updates;
    c->lanes[lane].n_updates = said->n_updates;
    for (size_t i = 0; i < said->n_updates; i++) {
        const struct update *update = &said->updates[i];
        if (update->cell >= c->prog->n_cells || update->pc >= c->prog->n_ops)
            return error_set(c->err, "write %zu of %s is of no cell or op of the program", i + 1,
                             c->prog->lanes[lane].name);
        uint64_t *n = &c->n_writes[lane * c->prog->n_cells + update->cell];
        if (++*n >> WRITE_MARK_SEQ_BITS)
            return error_set(c->err, "a run with so many writes cannot be checked");
    }
    return true;
}

uint64_t conform_marked(uint32_t mark)
{
    return write_id((uint16_t)(mark >> WRITE_MARK_SEQ_BITS),
                    mark & ((UINT32_C(1) << WRITE_MARK_SEQ_BITS) - 1));
}

uint32_t *conform_readers(const struct conform *c, size_t lane, size_t cell, uint64_t id)
{
    size_t n_cells = c->prog->n_cells;
    size_t writer = write_lane(id);
    if (cell >= n_cells)
        return NULL;
    if (id == WRITE_INITIAL)
        return &c->readers[(c->is_private ? lane : 0) * n_cells + cell];
    if (writer >= c->prog->n_lanes || write_seq(id) == 0 ||
        write_seq(id) > c->n_writes[writer * n_cells + cell] || (c->is_private && writer != lane))
        return NULL;
    return &c->readers[c->first_slot[writer * n_cells + cell] + write_seq(id) - 1];
}

// One slot for the initial value of each cell, then one for each write.
static void lay_out_readers(struct conform *c)
{
    size_t n_slots = c->prog->n_lanes * c->prog->n_cells;
    for (size_t i = 0; i < c->prog->n_lanes * c->prog->n_cells; i++) {
        c->first_slot[i] = n_slots;
        n_slots += c->n_writes[i];
    }
    c->readers = mem_array(n_slots, sizeof *c->readers);
}

static bool count_reader(struct conform *c, size_t lane, size_t cell, uint64_t id)
{
    uint32_t *readers = conform_readers(c, lane, cell, id);
    if (!readers)
        return error_set(c->err, "%s read what nobody wrote: write %llu of lane %u",
                         c->prog->lanes[lane].name, (unsigned long long)write_seq(id),
                         write_lane(id));
    ++*readers;
    return true;
}

static bool count_readers(struct conform *c, size_t lane)
{
    const struct conform_cursor *at = &c->lanes[lane];
    for (size_t i = 0; i < at->n_events; i++) {
        const struct event *event = &at->events[i];
        if (event->kind == EVENT_LOAD &&
            !count_reader(c, lane, event->object, conform_marked(event->turn)))
            return false;
    }
    for (size_t i = 0; i < at->n_updates; i++) {
        const struct update *update = &at->updates[i];
        if ((update->flags & ACCESS_UPDATE) && !update->load_is_event &&
            c->prog->ops[update->pc].code == OP_STORE &&
            !count_reader(c, lane, update->cell, update->loaded))
            return false;
    }
    return true;
}

bool conform_prepare(struct conform *c)
{
    const struct program *prog = c->prog;
    size_t n_copies = c->is_private ? prog->n_lanes : 1;
    c->lanes = mem_array(prog->n_lanes, sizeof *c->lanes);
    c->cells = mem_array(n_copies * prog->n_cells, sizeof *c->cells);
    c->n_writes = mem_array(prog->n_lanes * prog->n_cells, sizeof *c->n_writes);
    c->first_slot = mem_array(prog->n_lanes * prog->n_cells, sizeof *c->first_slot);
    c->turns = mem_array(prog->n_locks, sizeof *c->turns);
    for (size_t i = 0; i < n_copies * prog->n_cells; i++)
        c->cells[i] =
            (struct conform_cell){WRITE_INITIAL, program_cell_initial(prog, i % prog->n_cells)};
    for (size_t i = 0; i < prog->n_ops; i++)
        c->has_elapsed |= prog->ops[i].code == OP_ELAPSED;
    for (size_t lane = 0; lane < prog->n_lanes; lane++) {
        c->lanes[lane].printed = c->record->lanes[lane].printed;
        if (!take_events(c, lane) || !take_updates(c, lane))
            return false;
    }
    lay_out_readers(c);
    for (size_t lane = 0; lane < prog->n_lanes; lane++)
        if (!count_readers(c, lane))
            return false;
    return true;
}

void conform_clear(struct conform *c)
{
    for (size_t lane = 0; c->lanes && lane < c->prog->n_lanes; lane++)
        mem_free(c->lanes[lane].events);
    mem_free(c->lanes);
    mem_free(c->cells);
    mem_free(c->n_writes);
    mem_free(c->first_slot);
    mem_free(c->readers);
    mem_free(c->turns);
    stepper_free(c->stepper);
}
