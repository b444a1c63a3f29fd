#ifndef SUPPORT_CONFORM_DAMAGE_H
#define SUPPORT_CONFORM_DAMAGE_H

// Records of runs, damaged so that no run can have made them.
#include "support_conform.h"

enum damage {
    SWAP_VALUES,   // of two writes
    CHANGE_OLD,    // what a write replaced
    CHANGE_LOADED, // what an update was computed from
    CHANGE_LOADED_VALUE,
    CHANGE_ID,
    CHANGE_PROTECTION,
    DROP_UPDATE,
    DOUBLE_UPDATE,
    SWAP_TURNS, // of two acquisitions
    CHANGE_TURN,
    SWAP_SEMAPHORE_TURNS,
    CHANGE_COUNT,
    SWAP_NOTIFY_TURNS, // of two notifies
    CHANGE_NOTIFY,     // how many it woke
    CHANGE_AWAIT,      // which wait it was
    CHANGE_ITEM,
    CHANGE_READ, // the value of a LOAD
    STALE_READ,  // a lane reads what its own write had replaced, as it was
    SWAP_LINES,
    DROP_EVENT,
    DOUBLE_EVENT,
    CHANGE_TEXT,
    CHANGE_FINAL,
    CHANGE_FAULT,
    DAMAGE_COUNT,
};

static const char *const damage_names[DAMAGE_COUNT] = {
    [SWAP_VALUES] = "swap values",
    [CHANGE_OLD] = "change the replaced write",
    [CHANGE_LOADED] = "change the loaded write",
    [CHANGE_LOADED_VALUE] = "change the loaded value",
    [CHANGE_ID] = "change an id",
    [CHANGE_PROTECTION] = "change the protection",
    [DROP_UPDATE] = "drop a write",
    [DOUBLE_UPDATE] = "double a write",
    [SWAP_TURNS] = "swap turns of a lock",
    [CHANGE_TURN] = "change a turn of a lock",
    [SWAP_SEMAPHORE_TURNS] = "swap turns of a semaphore",
    [CHANGE_COUNT] = "change the count of a semaphore",
    [SWAP_NOTIFY_TURNS] = "swap turns of notifies",
    [CHANGE_NOTIFY] = "change how many a notify woke",
    [CHANGE_AWAIT] = "change the turn of a wait",
    [CHANGE_ITEM] = "change an input",
    [CHANGE_READ] = "change what a LOAD read",
    [STALE_READ] = "read what was replaced",
    [SWAP_LINES] = "swap lines",
    [DROP_EVENT] = "drop an event",
    [DOUBLE_EVENT] = "double an event",
    [CHANGE_TEXT] = "change a line",
    [CHANGE_FINAL] = "change a final value",
    [CHANGE_FAULT] = "change a fault",
};

// Any write, any event of a kind; NULL when there is none. The place it lies in goes to *lane.
static inline struct update *pick_update(const struct recording *r, struct random *random,
                                         size_t *lane)
{
    *lane = 1 + random_below(random, r->n_lanes - 1);
    size_t n = r->lanes[*lane].n_updates;
    return n ? &updates_of(r, *lane)[random_below(random, n)] : NULL;
}

static inline struct event *pick_event(const struct recording *r, struct random *random,
                                       size_t *lane, enum event_kind kind)
{
    *lane = random_below(random, r->n_lanes);
    struct event *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < r->lanes[*lane].n_events; i++) {
        struct event *event = &events_of(r, *lane)[i];
        if (event->kind == kind && random_below(random, ++n) == 0)
            found = event;
    }
    return found;
}

static inline bool swap_turns(const struct recording *r, struct random *random,
                              enum event_kind kind)
{
    size_t lane, other;
    struct event *a = pick_event(r, random, &lane, kind);
    struct event *b = pick_event(r, random, &other, kind);
    if (!a || !b || a == b || a->object != b->object)
        return false;
    // Who took from a semaphore first may be open: not in one lane, and not if it left another
    // count.
    if (kind == EVENT_TOOK && lane != other && a->value == b->value)
        return false;
    uint32_t turn = a->turn;
    a->turn = b->turn;
    b->turn = turn;
    return true;
}

static inline const struct update *write_of(const struct recording *r, size_t cell, uint64_t id)
{
    for (size_t i = 0; i < r->lanes[write_lane(id)].n_updates; i++) {
        const struct update *update = &updates_of(r, write_lane(id))[i];
        if (update->id == id && update->cell == cell)
            return update;
    }
    return NULL;
}

// A LOAD of the lane's own write reads the one before it, value and all: all numbers are of writes
// that were made, only never at that time.
static inline bool read_stale(const struct recording *r, struct random *random)
{
    size_t lane;
    struct event *load = pick_event(r, random, &lane, EVENT_LOAD);
    if (!load || load->turn == 0 || load->turn >> WRITE_MARK_SEQ_BITS != lane ||
        (load->flags & ACCESS_UPDATE))
        return false;
    uint64_t id = write_id((uint16_t)lane, load->turn & ((1U << WRITE_MARK_SEQ_BITS) - 1));
    const struct update *own = write_of(r, load->object, id);
    const struct update *before = own->old ? write_of(r, load->object, own->old) : NULL;
    if (!before)
        return false;
    load->turn = write_mark(before->id);
    load->value = before->value;
    return true;
}

static inline bool damage_write(struct recording *r, struct random *random, enum damage damage)
{
    size_t lane, other;
    struct update *update = pick_update(r, random, &lane);
    struct update *second = pick_update(r, random, &other);
    if (!update || !second)
        return false;
    bool differ = update->value != second->value;
    int64_t value = update->value;
    switch ((int)damage) {
    case SWAP_VALUES:
        update->value = second->value;
        second->value = value;
        return differ;
    case CHANGE_OLD:
        differ = update->cell == second->cell && update->old != second->id;
        update->old = second->id;
        return differ;
    case CHANGE_LOADED:
        // Its own write, which it cannot have known.
        update->loaded = update->id;
        return true;
    case CHANGE_LOADED_VALUE:
        update->loaded_value += 1 + (int64_t)random_below(random, 9);
        return update->flags & ACCESS_UPDATE;
    case CHANGE_ID:
        update->id = write_id((uint16_t)lane, write_seq(update->id) + 1);
        return true;
    case CHANGE_PROTECTION:
        update->flags ^= ACCESS_HELD;
        return true;
    default:
        break;
    }
    struct update *all = updates_of(r, lane);
    size_t *n = &r->lanes[lane].n_updates;
    size_t at = (size_t)(update - all);
    if (damage == DROP_UPDATE) {
        memmove(update, update + 1, (*n - at - 1) * sizeof *update);
        --*n;
        return true;
    }
    struct update *longer = mem_array(*n + 1, sizeof *longer);
    memcpy(longer, all, (at + 1) * sizeof *longer);
    memcpy(longer + at + 1, all + at, (*n - at) * sizeof *longer);
    ++*n;
    r->lanes[lane].updates = longer;
    mem_free(all);
    return true;
}

static inline bool resize_events(struct recording *r, struct random *random, enum damage damage)
{
    static const enum event_kind kinds[] = {
        EVENT_LOAD,  EVENT_ACQUIRE, EVENT_RELEASE, EVENT_TOOK,  EVENT_POST,
        EVENT_TAKE,  EVENT_GIVE,    EVENT_SPAWN,   EVENT_PRINT, EVENT_JOINED,
        EVENT_AWAIT, EVENT_NOTIFY,  EVENT_NOTIFIED};
    size_t lane;
    struct event *event =
        pick_event(r, random, &lane, kinds[random_below(random, ARRAY_LEN(kinds))]);
    // What an attempt that failed has read is not known to be all that it read; and one look more
    // or less of a lane that waits in a loop is a run as well.
    if (!event || (event->kind == EVENT_LOAD && (r->record.lock_kind->is_lock_free || r->loops)))
        return false;
    struct event *all = events_of(r, lane);
    size_t *n = &r->lanes[lane].n_events;
    size_t at = (size_t)(event - all);
    if (damage == DROP_EVENT) {
        memmove(event, event + 1, (*n - at - 1) * sizeof *event);
        --*n;
        return true;
    }
    struct event *longer = mem_array(*n + 1, sizeof *longer);
    memcpy(longer, all, (at + 1) * sizeof *longer);
    memcpy(longer + at + 1, all + at, (*n - at) * sizeof *longer);
    ++*n;
    r->lanes[lane].events = longer;
    mem_free(all);
    return true;
}

static inline bool damage_event(const struct recording *r, struct random *random,
                                enum damage damage)
{
    static const enum event_kind kinds[DAMAGE_COUNT] = {
        [CHANGE_TURN] = EVENT_ACQUIRE, [CHANGE_COUNT] = EVENT_TOOK, [CHANGE_NOTIFY] = EVENT_NOTIFY,
        [CHANGE_AWAIT] = EVENT_AWAIT,  [CHANGE_ITEM] = EVENT_TAKE,  [CHANGE_READ] = EVENT_LOAD,
        [SWAP_LINES] = EVENT_PRINT,
    };
    size_t lane, other;
    struct event *event = pick_event(r, random, &lane, kinds[damage]);
    struct event *second = pick_event(r, random, &other, kinds[damage]);
    if (!event)
        return false;
    int64_t value = event->value;
    if (damage == CHANGE_TURN || damage == CHANGE_AWAIT) {
        event->turn++;
    } else if (damage == CHANGE_ITEM) {
        event->object ^= 1;
    } else if (damage == SWAP_LINES && second) {
        event->value = second->value;
        second->value = value;
        // Between lanes the order of lines may be open.
        return event != second && lane == other;
    } else {
        event->value++;
    }
    return true;
}

static inline bool damage_rest(struct recording *r, struct random *random, enum damage damage)
{
    size_t lane = random_below(random, r->n_lanes);
    char *printed = (char *)(uintptr_t)r->lanes[lane].printed;
    if (damage == CHANGE_FAULT) {
        r->lanes[lane].fault = r->lanes[lane].fault ? FAULT_NONE : FAULT_OVERFLOW;
        return true;
    }
    if (damage == CHANGE_FINAL) {
        if (r->n_cells)
            r->finals[random_below(random, r->n_cells)]++;
        return r->n_cells > 0;
    }
    if (printed)
        printed[0] ^= 1;
    return printed;
}

// False: the recording has nothing of the kind, or it would still be a run.
static inline bool inflict(struct recording *r, struct random *random, enum damage damage)
{
    switch (damage) {
    case SWAP_VALUES:
    case CHANGE_OLD:
    case CHANGE_LOADED:
    case CHANGE_LOADED_VALUE:
    case CHANGE_ID:
    case CHANGE_PROTECTION:
    case DROP_UPDATE:
    case DOUBLE_UPDATE:
        return damage_write(r, random, damage);
    case SWAP_TURNS:
        return swap_turns(r, random, EVENT_ACQUIRE);
    case SWAP_SEMAPHORE_TURNS:
        return swap_turns(r, random, EVENT_TOOK);
    case SWAP_NOTIFY_TURNS:
        return swap_turns(r, random, EVENT_NOTIFY);
    case CHANGE_TURN:
    case CHANGE_COUNT:
    case CHANGE_NOTIFY:
    case CHANGE_AWAIT:
    case CHANGE_ITEM:
    case CHANGE_READ:
    case SWAP_LINES:
        return damage_event(r, random, damage);
    case STALE_READ:
        return read_stale(r, random);
    case DROP_EVENT:
    case DOUBLE_EVENT:
        return resize_events(r, random, damage);
    case CHANGE_TEXT:
    case CHANGE_FINAL:
    case CHANGE_FAULT:
        return damage_rest(r, random, damage);
    case DAMAGE_COUNT:
        return false;
    }
    return false;
}

#endif
