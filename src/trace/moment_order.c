#include "trace/moment_order.h"

#include "base/mem.h"

#include <stdlib.h>

enum { NO_NODE = -1 };

// One comes before the other. Those that come after one node are chained.
struct edge {
    size_t to;
    int next;
};

// What nodes are looked up by: stores by what they wrote or what they replaced, locks by turn.
struct entry {
    uint64_t key;
    size_t node;
};

struct graph {
    struct order_node *nodes;
    size_t n;
    struct edge *edges;
    size_t n_edges, cap_edges;
    int *first;      // edge of each node
    size_t *n_waits; // how many nodes must come before each, and have not come yet
    struct entry *writes, *replacements, *turns;
    size_t n_writes, n_turns;
    struct order_rules rules;
    bool trusts_clock; // where an old load has nothing else that says what it came before
};

// --- looking up

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static uint64_t cell_of(const struct graph *g, const struct event *event)
{
    return (g->rules.is_private ? (uint64_t)event->lane << 16 : 0) | event->object;
}

static uint64_t write_key(const struct graph *g, const struct event *event, uint32_t mark)
{
    return cell_of(g, event) << 32 | mark;
}

// How many entries have a key of at most `key`.
static size_t count_to(const struct entry *entries, size_t n, uint64_t key)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (entries[middle].key <= key)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

static bool is_same_writer(uint64_t key, uint64_t other)
{
    return key >> WRITE_MARK_SEQ_BITS == other >> WRITE_MARK_SEQ_BITS;
}

static bool is_lock_event(const struct event *event)
{
    return event->kind == EVENT_ACQUIRE || event->kind == EVENT_RELEASE ||
           event->kind == EVENT_TOOK || event->kind == EVENT_POST;
}

static void make_tables(struct graph *g)
{
    g->writes = mem_array(g->n, sizeof *g->writes);
    g->replacements = mem_array(g->n, sizeof *g->replacements);
    g->turns = mem_array(g->n, sizeof *g->turns);
    for (size_t i = 0; i < g->n; i++) {
        const struct event *event = g->nodes[i].event;
        if (event->kind == EVENT_STORE && g->rules.has_ids) {
            g->replacements[g->n_writes] = (struct entry){write_key(g, event, event->replaced), i};
            g->writes[g->n_writes++] = (struct entry){write_key(g, event, event->turn), i};
        } else if (is_lock_event(event)) {
            // Who acquired a lock in this turn gives it back in it.
            uint64_t place = (uint64_t)event->turn << 1 | (event->kind == EVENT_RELEASE);
            g->turns[g->n_turns++] = (struct entry){(uint64_t)event->object << 33 | place, i};
        }
    }
    qsort(g->writes, g->n_writes, sizeof *g->writes, by_key);
    qsort(g->replacements, g->n_writes, sizeof *g->replacements, by_key);
    qsort(g->turns, g->n_turns, sizeof *g->turns, by_key);
}

// --- what is proven

static void add_edge(struct graph *g, size_t from, size_t to)
{
    if (from == to)
        return;
    g->edges = mem_room(g->edges, &g->cap_edges, g->n_edges + 1, sizeof *g->edges);
    g->edges[g->n_edges] = (struct edge){.to = to, .next = g->first[from]};
    g->first[from] = (int)g->n_edges++;
    g->n_waits[to]++;
}

// Within a lane its own order says it already.
static bool is_proof(const struct graph *g, size_t node, size_t later)
{
    return g->nodes[node].is_free || g->nodes[node].event->lane != g->nodes[later].event->lane;
}

// The writer's own writes up to that one come before the node. Those that came later come after it:
// the node read that write, or replaced it, before anything else did.
static void add_writer(struct graph *g, size_t node, uint64_t key)
{
    size_t at = count_to(g->writes, g->n_writes, key);
    if (at > 0 && is_same_writer(g->writes[at - 1].key, key))
        add_edge(g, g->writes[at - 1].node, node);
    while (at < g->n_writes && g->writes[at].node == node)
        at++;
    if (at < g->n_writes && is_same_writer(g->writes[at].key, key) &&
        is_proof(g, node, g->writes[at].node))
        add_edge(g, node, g->writes[at].node);
}

// The earliest store to the load's cell, by the clock, whose own predecessor is not there, of those
// that came after what was read: so says the clock, which may be wrong.
static void add_before_all(struct graph *g, size_t load)
{
    uint64_t cell = cell_of(g, g->nodes[load].event);
    const struct order_node *earliest = NULL;
    for (size_t i = 0; i < g->n_writes; i++) {
        const struct order_node *store = &g->nodes[g->replacements[i].node];
        uint64_t key = g->replacements[i].key;
        size_t at = count_to(g->writes, g->n_writes, key);
        bool is_head = at == 0 || g->writes[at - 1].key != key;
        if (key >> 32 == cell && is_head && store->event->t_ns >= g->nodes[load].old_ns &&
            (!earliest || store->event->t_ns < earliest->event->t_ns))
            earliest = store;
    }
    if (earliest && is_proof(g, load, (size_t)(earliest - g->nodes)))
        add_edge(g, load, (size_t)(earliest - g->nodes));
}

static void add_load(struct graph *g, size_t load)
{
    uint64_t key = write_key(g, g->nodes[load].event, g->nodes[load].event->turn);
    add_writer(g, load, key);
    size_t at = count_to(g->replacements, g->n_writes, key);
    bool is_replaced = at > 0 && g->replacements[at - 1].key == key;
    if (is_replaced)
        add_edge(g, load, g->replacements[at - 1].node);
    else if (g->nodes[load].is_old && g->trusts_clock)
        add_before_all(g, load);
}

static void add_turns(struct graph *g)
{
    for (size_t i = 1; i < g->n_turns; i++)
        if (g->turns[i].key >> 33 == g->turns[i - 1].key >> 33)
            add_edge(g, g->turns[i - 1].node, g->turns[i].node);
}

static bool is_end(const struct event *event)
{
    return event->kind == EVENT_FINISH || event->kind == EVENT_FAIL || event->kind == EVENT_KILL;
}

static void add_join(struct graph *g, size_t join)
{
    for (size_t i = 0; i < g->n; i++)
        if (is_end(g->nodes[i].event) && g->nodes[i].event->lane == g->nodes[join].event->object)
            add_edge(g, i, join);
}

static bool is_same_lane(const struct graph *g, size_t a, size_t b)
{
    return g->nodes[a].event->lane == g->nodes[b].event->lane;
}

static void add_lane_order(struct graph *g, size_t i)
{
    if (i > 0 && is_same_lane(g, i - 1, i) && !g->nodes[i].is_free)
        add_edge(g, i - 1, i);
    // What the one before has nothing to say of comes after the one before that.
    if (i > 1 && g->nodes[i - 1].is_free && is_same_lane(g, i - 2, i))
        add_edge(g, i - 2, i);
}

static void add_edges(struct graph *g)
{
    for (size_t i = 0; i < g->n; i++) {
        const struct event *event = g->nodes[i].event;
        add_lane_order(g, i);
        if (event->kind == EVENT_LOAD && g->rules.has_ids)
            add_load(g, i);
        if (event->kind == EVENT_STORE && g->rules.has_ids)
            add_writer(g, i, write_key(g, event, event->replaced));
        if (event->kind == EVENT_JOINED)
            add_join(g, i);
    }
    add_turns(g);
}

// --- the order

// Nodes that may come next, the first of them at the top.
struct heap {
    const struct graph *graph;
    size_t *nodes;
    size_t n;
};

static bool comes_first(const struct heap *heap, size_t a, size_t b)
{
    const struct order_node *x = &heap->graph->nodes[a], *y = &heap->graph->nodes[b];
    if (x->bound_ns != y->bound_ns)
        return x->bound_ns < y->bound_ns;
    if (x->event->t_ns != y->event->t_ns)
        return x->event->t_ns < y->event->t_ns;
    return a < b;
}

static void heap_push(struct heap *heap, size_t node)
{
    size_t i = heap->n++;
    for (; i > 0 && comes_first(heap, node, heap->nodes[(i - 1) / 2]); i = (i - 1) / 2)
        heap->nodes[i] = heap->nodes[(i - 1) / 2];
    heap->nodes[i] = node;
}

static size_t heap_pop(struct heap *heap)
{
    size_t top = heap->nodes[0], last = heap->nodes[--heap->n], i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && comes_first(heap, heap->nodes[child + 1], heap->nodes[child]))
            child++;
        if (!comes_first(heap, heap->nodes[child], last))
            break;
        heap->nodes[i] = heap->nodes[child];
        i = child;
    }
    heap->nodes[i] = last;
    return top;
}

// Each after all that it must wait for; of those that may come, the one with the smallest bound.
// Returns how many could be placed.
static size_t place_all(struct graph *g, size_t *order)
{
    size_t *n_waits = mem_array(g->n, sizeof *n_waits);
    struct heap heap = {.graph = g, .nodes = mem_array(g->n, sizeof *heap.nodes)};
    for (size_t i = 0; i < g->n; i++) {
        n_waits[i] = g->n_waits[i];
        if (n_waits[i] == 0)
            heap_push(&heap, i);
    }
    size_t placed = 0;
    while (heap.n > 0) {
        size_t node = heap_pop(&heap);
        order[placed++] = node;
        for (int e = g->first[node]; e != NO_NODE; e = g->edges[e].next)
            if (--n_waits[g->edges[e].to] == 0)
                heap_push(&heap, g->edges[e].to);
    }
    mem_free(heap.nodes);
    mem_free(n_waits);
    return placed;
}

// An op had happened by the time at which any of those after it was seen to have happened.
static void find_bounds(struct graph *g, const size_t *order)
{
    for (size_t i = g->n; i-- > 0;) {
        struct order_node *node = &g->nodes[order[i]];
        for (int e = g->first[order[i]]; e != NO_NODE; e = g->edges[e].next) {
            uint64_t bound_ns = g->nodes[g->edges[e].to].bound_ns;
            node->bound_ns = bound_ns < node->bound_ns ? bound_ns : node->bound_ns;
        }
    }
}

static void forget_edges(struct graph *g)
{
    g->n_edges = 0;
    for (size_t i = 0; i < g->n; i++) {
        g->first[i] = NO_NODE;
        g->n_waits[i] = 0;
    }
}

static bool is_sound(struct graph *g, bool trusts_clock, size_t *order)
{
    g->trusts_clock = trusts_clock;
    forget_edges(g);
    add_edges(g);
    return place_all(g, order) == g->n;
}

static void use_lane_orders_only(struct graph *g, size_t *order)
{
    forget_edges(g);
    for (size_t i = 1; i < g->n; i++)
        if (is_same_lane(g, i - 1, i))
            add_edge(g, i - 1, i);
    place_all(g, order);
}

bool moment_order(struct order_node *nodes, size_t n, struct order_rules rules, size_t *order)
{
    struct graph g = {.nodes = nodes, .n = n, .rules = rules};
    g.first = mem_array(n, sizeof *g.first);
    g.n_waits = mem_array(n, sizeof *g.n_waits);
    for (size_t i = 0; i < n; i++)
        nodes[i].bound_ns = nodes[i].event->t_ns;
    make_tables(&g);
    bool is_proven = is_sound(&g, true, order) || is_sound(&g, false, order);
    if (!is_proven)
        use_lane_orders_only(&g, order);
    find_bounds(&g, order);
    place_all(&g, order);
    mem_free(g.first);
    mem_free(g.n_waits);
    mem_free(g.edges);
    mem_free(g.writes);
    mem_free(g.replacements);
    mem_free(g.turns);
    return is_proven;
}
