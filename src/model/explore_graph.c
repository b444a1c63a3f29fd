// The graph of states kept as a whole: right for every program. First all states, breadth first;
// then the numbers of schedules, each state once all that lead to it have been done. If some are
// left that wait for each other, lanes can go round for ever and there is no number of schedules.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

enum { MARK_DISTANCE, MARK_DEGREE, MARK_LEFT, MARKS };

struct graph {
    struct table table;
    struct expansion expansion;
    uint64_t *state;  // the one that is expanded: the table moves
    uint64_t *counts; // its
    uint32_t *queue;  // entries whose numbers are complete
    size_t at, n_queue;
};

static uint32_t *mark(const struct graph *g, size_t entry, size_t which)
{
    return &g->table.marks[entry * MARKS + which];
}

static void open_graph(struct explore *x)
{
    bool is_new;
    struct graph *g = x->graph = mem_alloc(sizeof *g);
    g->expansion.sorting = SORTED;
    table_open(&g->table, x->n_words, 0, 0, MARKS);
    g->state = mem_array(x->n_words, sizeof *g->state);
    state_pack(x, x->first_state, g->state);
    state_sort(x, g->state);
    table_add(&g->table, g->state, &is_new);
    x->n_states += state_orbit(x, g->state);
    if (x->first_judges)
        tally_goals(x, state_judge(x, g->state, 0) << x->prog->n_expects, 0);
}

void graph_close(struct explore *x)
{
    struct graph *g = x->graph;
    if (!g)
        return;
    table_close(&g->table);
    expansion_close(&g->expansion);
    mem_free(g->state);
    mem_free(g->counts);
    mem_free(g->queue);
    mem_free(g);
    x->graph = NULL;
}

size_t graph_bytes(const struct explore *x)
{
    const struct graph *g = x->graph;
    return g ? table_bytes(&g->table) + (g->queue ? g->table.n * sizeof *g->queue : 0) : 0;
}

// Numbers have outgrown their fields: everything is packed anew, by a word more at most, beside
// what there is. False: there is no room for that.
static bool renew(struct explore *x)
{
    struct graph *g = x->graph;
    size_t n_packed = g->table.cap * (x->n_words + 1) * sizeof *g->table.keys;
    if (!explore_has_room(x, graph_bytes(x), graph_bytes(x) + n_packed))
        return false;
    struct field *old = mem_array(x->n_fields, sizeof *old);
    memcpy(old, x->fields, x->n_fields * sizeof *old);
    explore_layout_make(x);
    table_repack(&g->table, x, old);
    g->state = mem_resize(g->state, x->n_words, sizeof *g->state);
    mem_free(old);
    return true;
}

static bool expand(struct explore *x, size_t entry)
{
    struct graph *g = x->graph;
    for (;;) {
        memcpy(g->state, &g->table.keys[entry * x->n_words], x->n_words * sizeof *g->state);
        if (state_expand(x, g->state, &g->expansion))
            return true;
        if (x->status == EXPLORE_FAILED || !renew(x))
            return false;
    }
}

static bool discover(struct explore *x)
{
    struct graph *g = x->graph;
    if (!expand(x, g->at))
        return false;
    uint32_t distance = *mark(g, g->at, MARK_DISTANCE);
    for (size_t i = 0; i < g->expansion.n; i++) {
        bool is_new;
        const uint64_t *next = g->expansion.states + i * x->n_words;
        uint32_t entry = table_add(&g->table, next, &is_new);
        ++*mark(g, entry, MARK_DEGREE);
        tally_goals(x, g->expansion.edges[i].goals, distance + 1);
        if (!is_new)
            continue;
        *mark(g, entry, MARK_DISTANCE) = distance + 1;
        x->n_states += state_orbit(x, next);
    }
    if (g->expansion.n == 0)
        tally_leaf(x, g->state, distance, NULL, 0);
    g->at++;
    x->n_expanded++;
    return x->status != EXPLORE_FAILED;
}

// Memory with so many limbs a number, and with tables that may be about to grow.
static size_t next_bytes(const struct explore *x, size_t n_limbs)
{
    struct table t = x->graph->table;
    t.n_counts = n_limbs ? 1 + x->prog->n_always : 0;
    t.n_limbs = n_limbs;
    return n_limbs ? table_bytes(&t) + t.n * sizeof *x->graph->queue : table_next_bytes(&t);
}

// The numbers start again with that many limbs.
static void begin_counts(struct explore *x, size_t n_limbs)
{
    struct graph *g = x->graph;
    struct table *t = &g->table;
    size_t n_counts = 1 + x->prog->n_always;
    tally_clear_counts(x);
    mem_free(t->counts);
    t->n_counts = n_counts;
    t->n_limbs = n_limbs;
    t->counts = mem_array(t->cap, n_counts * n_limbs * sizeof *t->counts);
    g->counts = mem_resize(g->counts, n_counts * n_limbs, sizeof *g->counts);
    if (!g->queue)
        g->queue = mem_array(t->n, sizeof *g->queue);
    for (size_t i = 0; i < t->n; i++)
        *mark(g, i, MARK_LEFT) = *mark(g, i, MARK_DEGREE);
    g->at = 0;
    g->n_queue = 0;
    uint64_t *first = table_counts(t, 0);
    first[0] = 1;
    uint64_t broken = x->first_judges ? state_judge(x, &t->keys[0], 0) : 0;
    for (size_t i = 0; i < x->prog->n_always; i++)
        first[(1 + i) * n_limbs] = broken >> i & 1;
    if (*mark(g, 0, MARK_LEFT) == 0)
        g->queue[g->n_queue++] = 0;
}

// An edge carries the numbers of its state on; what is broken on it is broken for all schedules.
static bool carry(struct explore *x, const struct edge *edge, uint32_t to)
{
    struct graph *g = x->graph;
    size_t n_limbs = g->table.n_limbs;
    uint64_t *counts = table_counts(&g->table, to);
    bool is_near_end = limbs_add(counts, g->counts, n_limbs);
    for (size_t i = 0; i < x->prog->n_always; i++) {
        bool breaks = edge->goals >> (x->prog->n_expects + i) & 1;
        const uint64_t *from = breaks ? g->counts : g->counts + (1 + i) * n_limbs;
        limbs_add(counts + (1 + i) * n_limbs, from, n_limbs);
    }
    return !is_near_end;
}

static bool count(struct explore *x)
{
    struct graph *g = x->graph;
    struct table *t = &g->table;
    size_t entry = g->queue[g->at++];
    if (!expand(x, entry))
        return false;
    memcpy(g->counts, table_counts(t, entry), t->n_counts * t->n_limbs * sizeof *g->counts);
    for (size_t i = 0; i < g->expansion.n; i++) {
        bool is_new;
        uint32_t to = table_add(t, g->expansion.states + i * x->n_words, &is_new);
        assert(!is_new);
        if (!carry(x, &g->expansion.edges[i], to)) {
            if (!explore_has_room(x, graph_bytes(x), next_bytes(x, t->n_limbs * 2)))
                return false;
            begin_counts(x, t->n_limbs * 2);
            return true;
        }
        if (--*mark(g, to, MARK_LEFT) == 0)
            g->queue[g->n_queue++] = to;
    }
    return g->expansion.n > 0 || tally_leaf(x, g->state, NOT_NEW, g->counts, t->n_limbs);
}

static bool run_states(struct explore *x, uint64_t n_states)
{
    struct graph *g = x->graph;
    for (; n_states > 0 && g->at < g->table.n; n_states--) {
        if (!discover(x))
            return x->is_short_of_memory;
        if ((n_states & 255) == 0 && !explore_has_room(x, graph_bytes(x), next_bytes(x, 0)))
            return true;
    }
    x->n_explored = g->at;
    if (g->at < g->table.n)
        return false;
    if (!explore_has_room(x, graph_bytes(x), next_bytes(x, 1)))
        return true;
    x->phase = PHASE_COUNTS;
    begin_counts(x, 1);
    return false;
}

bool graph_run(struct explore *x, uint64_t n_states)
{
    if (!x->graph)
        open_graph(x);
    struct graph *g = x->graph;
    if (x->phase == PHASE_STATES)
        return run_states(x, n_states);
    for (; n_states > 0 && g->at < g->n_queue; n_states--)
        if (!count(x))
            return x->is_short_of_memory;
    x->n_explored = g->at;
    if (g->at < g->n_queue)
        return false;
    explore_has_room(x, graph_bytes(x), 0);
    x->is_endless = g->at < g->table.n;
    return true;
}
