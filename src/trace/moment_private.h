#ifndef TRACE_MOMENT_PRIVATE_H
#define TRACE_MOMENT_PRIVATE_H

#include "trace/moment.h"
#include "trace/moment_order.h"

// The inside of a moment while it is made, for the files that make it: which events, in which
// order, then rows.

enum { MOMENT_PIECES = 8, MOMENT_ROUNDS = 16 };

// Events of a lane, those from `from` and before `to`.
struct piece {
    uint64_t from, to;
};

struct pieces {
    struct piece at[MOMENT_PIECES]; // rising, and not touching
    size_t n;
};

struct moment {
    struct moment_view view;
    struct moment_row *rows;
    // While it is made:
    struct moment_question ask;
    struct pieces *lanes;
    // Where the middle of a loss is left out; 0 and 0: nowhere.
    uint64_t gap_from_ns, gap_to_ns;
    uint64_t begin_ns;    // when the first of the events had happened
    struct event *events; // copies: what a saved run hands out does not stay
    struct order_node *nodes;
    size_t n;
    struct {
        uint16_t lane;
        uint64_t index;
        bool is_found;
    } parts[MOMENT_PARTS];
};

static inline const struct event *moment_event(const struct moment *m, size_t lane, uint64_t index)
{
    return timeline_at(m->ask.timeline, lane, index);
}

static inline uint32_t moment_write_needed(const struct event *event)
{
    return event->kind == EVENT_LOAD ? event->turn : event->replaced;
}

static inline bool moment_is_access(const struct event *event)
{
    return event->kind == EVENT_LOAD || event->kind == EVENT_STORE;
}

static inline size_t moment_writer(const struct moment *m, const struct event *event)
{
    return m->ask.is_private ? event->lane : moment_write_needed(event) >> WRITE_MARK_SEQ_BITS;
}

static inline bool moment_has_order(const struct moment *m)
{
    return m->ask.has_ids && !m->ask.is_private;
}

static inline bool moment_is_part(const struct moment *m, size_t lane, uint64_t index)
{
    bool is_part = false;
    for (size_t part = 0; part < MOMENT_PARTS; part++)
        is_part |=
            m->parts[part].is_found && m->parts[part].lane == lane && m->parts[part].index == index;
    return is_part;
}

// Whether an access read or replaced what `op` wrote, or replaced what it read.
static inline bool moment_is_upon(const struct event *event, const struct event *op)
{
    if (!moment_is_access(event) || event->object != op->object)
        return false;
    return op->kind == EVENT_STORE ? moment_write_needed(event) == op->turn
                                   : event->kind == EVENT_STORE && event->replaced == op->turn;
}

// Chooses the events: those from the first to the last op of the loss, as many around them as are
// asked for, and what the proven order pulls in.
void moment_choose(struct moment *m);
// The kept write that an access read or replaced; UINT64_MAX: none.
uint64_t moment_find_write(const struct moment *m, const struct event *event);

#endif
