#ifndef TRACE_MOMENT_ORDER_H
#define TRACE_MOMENT_ORDER_H

#include "trace/event.h"

#include <stdbool.h>
#include <stddef.h>

// Puts events of several lanes into an order that agrees with all that is proven of them.

struct order_node {
    const struct event *event;
    uint64_t index;    // of the event in its lane
    uint64_t bound_ns; // out: by when it had happened
    // LOAD: what it read had been written before all of these events that are not before old_ns.
    bool is_old;
    uint64_t old_ns;
    // LOAD, told together with its STORE, which is the next node: it came before that and had
    // happened by its time, perhaps before other events of its lane.
    bool is_free;
};

struct order_rules {
    bool is_private; // lanes have cells of their own
    bool has_ids;
};

// nodes: each lane's in its own order, lane by lane. order: gets their numbers, first to last.
// False when what is said of them contradicts itself: then the order is one by time.
bool moment_order(struct order_node *nodes, size_t n, struct order_rules rules, size_t *order);

#endif
