// Examples of each kind of failure that was found, and, when asked for, of a final value. Here
// lanes are themselves: no symmetry.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

// A step that is yet to be looked at: where it leads is found by expanding its parent again.
struct item {
    uint32_t parent; // entry
    uint32_t edge;
    uint32_t n; // steps with it
};

struct search {
    size_t goal; // shortest: the one that is looked for
    uint64_t wanted;
    struct table table;
    struct expansion expansion;
    uint64_t *state;
    struct item *stack, *layer, *next;
    size_t n_stack, cap_stack, n_layer, cap_layer, at_layer, n_next, cap_next;
    uint16_t *path;
    size_t cap_path;
};

enum { MARK_SHORTEST_LEFT = 0, SHORTEST_MARKS, MARK_FEWEST_PARENT = 0, FEWEST_MARKS };

static struct search *open_search(struct explore *x, size_t n_marks)
{
    struct search *s = x->search = mem_alloc(sizeof *s);
    s->expansion.sorting = UNSORTED;
    table_open(&s->table, x->n_words, 0, 0, n_marks);
    s->state = mem_array(x->n_words, sizeof *s->state);
    return s;
}

void search_close(struct explore *x)
{
    struct search *s = x->search;
    if (!s)
        return;
    table_close(&s->table);
    expansion_close(&s->expansion);
    mem_free(s->state);
    mem_free(s->stack);
    mem_free(s->layer);
    mem_free(s->next);
    mem_free(s->path);
    mem_free(s);
    x->search = NULL;
}

static size_t search_bytes(const struct search *s)
{
    return table_bytes(&s->table) + (s->cap_stack + s->cap_layer + s->cap_next) * sizeof *s->stack;
}

// With room for a few hundred items more.
static size_t room_bytes(size_t n, size_t cap)
{
    enum { ROOM_AHEAD = 4096 };
    return (n + ROOM_AHEAD < cap ? cap : cap * 2) * sizeof(struct item);
}

static bool has_room(struct explore *x)
{
    const struct search *s = x->search;
    size_t n_next = table_next_bytes(&s->table) + room_bytes(s->n_stack, s->cap_stack) +
                    s->cap_layer * sizeof *s->layer + room_bytes(s->n_next, s->cap_next);
    return explore_has_room(x, search_bytes(s), n_next);
}

static void renew(struct explore *x)
{
    struct search *s = x->search;
    struct field *old = mem_array(x->n_fields, sizeof *old);
    memcpy(old, x->fields, x->n_fields * sizeof *old);
    explore_layout_make(x);
    table_repack(&s->table, x, old);
    s->state = mem_resize(s->state, x->n_words, sizeof *s->state);
    mem_free(old);
}

static bool expand(struct explore *x, size_t entry)
{
    struct search *s = x->search;
    for (;;) {
        memcpy(s->state, &s->table.keys[entry * x->n_words], x->n_words * sizeof *s->state);
        state_set(x, s->state, turn_field(x), 0);
        if (state_expand(x, s->state, &s->expansion))
            return true;
        if (x->status == EXPLORE_FAILED)
            return false;
        renew(x);
    }
}

// --- what is looked for: goals, or, as if it were the only goal, the final that is sought

static bool is_seeking(const struct explore *x)
{
    return x->seek.phase != PHASE_DONE;
}

static struct example *example_of(struct explore *x, size_t goal)
{
    return is_seeking(x) ? &x->tally.finals[x->seek.cell][x->seek.value].example
                         : &x->examples[goal];
}

static uint32_t distance_of(const struct explore *x, size_t goal)
{
    return is_seeking(x) ? x->tally.finals[x->seek.cell][x->seek.value].distance
                         : x->tally.distance[goal];
}

static uint64_t edge_goals(const struct explore *x, const struct edge *edge)
{
    return is_seeking(x) ? 0 : edge->goals;
}

static uint64_t leaf_goals(struct explore *x)
{
    struct leaf leaf = {.finals = mem_array(x->prog->n_cells, sizeof *leaf.finals)};
    leaf_look(x, x->search->state, &leaf);
    if (is_seeking(x))
        leaf.goals = !leaf.is_stuck && leaf.finals[x->seek.cell] == x->seek.value;
    mem_free(leaf.finals);
    return leaf.goals;
}

void example_clear(struct example *example)
{
    mem_free(example->shortest);
    mem_free(example->fewest);
    *example = (struct example){0};
}

// --- the shortest: depth first in the order of the lanes, not deeper than is known to be enough

static void push_edges(struct search *s, uint32_t entry, uint32_t n)
{
    s->stack = mem_room(s->stack, &s->cap_stack, s->n_stack + s->expansion.n, sizeof *s->stack);
    for (size_t i = s->expansion.n; i-- > 0;)
        s->stack[s->n_stack++] = (struct item){entry, (uint32_t)i, n};
}

static void keep_shortest(struct explore *x)
{
    struct search *s = x->search;
    struct example *example = example_of(x, s->goal);
    size_t n = distance_of(x, s->goal);
    example->shortest = mem_array(n, sizeof *example->shortest);
    for (size_t i = 0; i < n; i++)
        example->shortest[i] = s->path[i];
    example->n_shortest = n;
    example->has_shortest = true;
}

// The state behind the last step of the path. True when it is the goal.
static bool visit(struct explore *x, uint32_t n, const uint64_t *state)
{
    struct search *s = x->search;
    bool is_new;
    uint32_t left = distance_of(x, s->goal) - n;
    uint32_t entry = table_add(&s->table, state, &is_new);
    if (!is_new && s->table.marks[entry] >= left + 1)
        return false;
    s->table.marks[entry] = left + 1;
    if (!expand(x, entry))
        return false;
    if (s->expansion.n == 0)
        return left == 0 && leaf_goals(x) >> s->goal & 1;
    if (left > 0)
        push_edges(s, entry, n + 1);
    return false;
}

static bool take_item(struct explore *x)
{
    struct search *s = x->search;
    struct item item = s->stack[--s->n_stack];
    if (!expand(x, item.parent))
        return false;
    const struct edge edge = s->expansion.edges[item.edge];
    s->path = mem_room(s->path, &s->cap_path, item.n, sizeof *s->path);
    s->path[item.n - 1] = edge.lane;
    if (item.n == distance_of(x, s->goal) && edge_goals(x, &edge) >> s->goal & 1)
        return true;
    uint64_t *next = mem_array(x->n_words, sizeof *next);
    memcpy(next, s->expansion.states + item.edge * x->n_words, x->n_words * sizeof *next);
    bool is_found = visit(x, item.n, next);
    mem_free(next);
    return is_found;
}

static size_t next_goal(const struct explore *x, size_t from)
{
    while (from < x->n_goals && x->tally.distance[from] == UINT32_MAX)
        from++;
    return from;
}

static void open_shortest(struct explore *x, size_t goal)
{
    search_close(x);
    struct search *s = open_search(x, SHORTEST_MARKS);
    uint64_t *first = mem_array(x->n_words, sizeof *first);
    s->goal = goal;
    state_pack(x, x->first_state, first);
    if (visit(x, 0, first) || distance_of(x, goal) == 0)
        keep_shortest(x);
    mem_free(first);
}

// One state more; true: it is done, perhaps in vain.
static bool go_on_shortest(struct explore *x)
{
    struct search *s = x->search;
    if (example_of(x, s->goal)->has_shortest || s->n_stack == 0 || !has_room(x))
        return true;
    if (!take_item(x))
        return false;
    keep_shortest(x);
    return true;
}

// False: there is no goal left.
static bool begin_shortest(struct explore *x, size_t goal)
{
    goal = next_goal(x, goal);
    if (goal == x->n_goals) {
        search_close(x);
        return false;
    }
    open_shortest(x, goal);
    return true;
}

bool shortest_run(struct explore *x, uint64_t n_states)
{
    // Cut short by level, what was found need not be the nearest.
    if ((x->used_levels && !x->is_covered) || (!x->search && !begin_shortest(x, 0)))
        return true;
    for (; n_states > 0; n_states--) {
        bool is_done = go_on_shortest(x);
        if (x->status == EXPLORE_FAILED)
            return false;
        if (is_done && !begin_shortest(x, x->search->goal + 1))
            return true;
    }
    return false;
}

// --- the fewest switches: turn by turn. Within a turn one lane goes on; a switch is tried only in
// front of a step that others can notice, since any other might as well have been made before it.
// Later lanes and shorter turns come first, and the first to arrive is kept.

static void keep_fewest(struct explore *x, uint32_t entry, uint64_t goals)
{
    struct search *s = x->search;
    size_t n = 0;
    for (uint32_t at = entry; at != 0; at = s->table.marks[at])
        n++;
    for (; goals; goals &= goals - 1) {
        struct example *example = example_of(x, (size_t)__builtin_ctzll(goals));
        example->fewest = mem_array(n, sizeof *example->fewest);
        example->n_fewest = n;
        example->has_fewest = true;
        size_t i = n;
        for (uint32_t at = entry; at != 0; at = s->table.marks[at])
            example->fewest[--i] =
                (uint16_t)state_get(x, &s->table.keys[at * x->n_words], turn_field(x));
    }
}

static void found(struct explore *x, uint32_t entry, uint64_t goals)
{
    struct search *s = x->search;
    goals &= s->wanted;
    if (!goals)
        return;
    s->wanted &= ~goals;
    keep_fewest(x, entry, goals);
}

static bool may_switch(const struct explore *x, const uint64_t *state, uint32_t lane)
{
    if (lane == 0)
        return true;
    const struct local *local = local_of(x, lane, state_get(x, state, lane_field(lane)));
    return local->is_ended || local->is_access;
}

// What may follow the entry's state: on the stack within the turn, behind the layer else.
static void offer(struct explore *x, uint32_t entry, uint32_t lane)
{
    struct search *s = x->search;
    bool switches = may_switch(x, s->state, lane);
    size_t n = s->expansion.n;
    s->stack = mem_room(s->stack, &s->cap_stack, s->n_stack + n, sizeof *s->stack);
    s->next = mem_room(s->next, &s->cap_next, s->n_next + n, sizeof *s->next);
    for (size_t i = n; i-- > 0;) {
        struct item item = {entry, (uint32_t)i, 0};
        if (s->expansion.edges[i].lane == lane)
            s->stack[s->n_stack++] = item;
        else if (switches)
            s->next[s->n_next++] = item;
    }
}

static void enter(struct explore *x, struct item item)
{
    struct search *s = x->search;
    if (!expand(x, item.parent))
        return;
    const struct edge edge = s->expansion.edges[item.edge];
    uint64_t *next = s->expansion.states + item.edge * x->n_words;
    bool is_new;
    state_set(x, next, turn_field(x), edge.lane);
    uint32_t entry = table_add(&s->table, next, &is_new);
    if (!is_new)
        return;
    s->table.marks[entry] = item.parent;
    found(x, entry, edge_goals(x, &edge));
    if (!expand(x, entry))
        return;
    if (s->expansion.n == 0)
        found(x, entry, leaf_goals(x));
    offer(x, entry, edge.lane);
}

static void begin_fewest(struct explore *x)
{
    bool is_new;
    struct search *s = open_search(x, FEWEST_MARKS);
    for (size_t i = 0; i < x->n_goals && !is_seeking(x); i++)
        if (x->tally.distance[i] != UINT32_MAX)
            s->wanted |= UINT64_C(1) << i;
    s->wanted |= is_seeking(x);
    state_pack(x, x->first_state, s->state);
    table_add(&s->table, s->state, &is_new);
    if (!expand(x, 0))
        return;
    for (size_t i = 0; i < (is_seeking(x) ? 1 : x->n_goals); i++)
        if (distance_of(x, i) == 0)
            found(x, 0, UINT64_C(1) << i);
    offer(x, 0, 0);
}

bool fewest_run(struct explore *x, uint64_t n_states)
{
    if (!x->search)
        begin_fewest(x);
    struct search *s = x->search;
    for (; n_states > 0; n_states--) {
        if (!s->wanted || x->status == EXPLORE_FAILED)
            return true;
        if (s->n_stack > 0) {
            enter(x, s->stack[--s->n_stack]);
        } else if (s->at_layer < s->n_layer) {
            enter(x, s->layer[s->at_layer++]);
        } else {
            struct item *items = s->layer;
            size_t cap = s->cap_layer;
            s->layer = s->next;
            s->cap_layer = s->cap_next;
            s->n_layer = s->n_next;
            s->next = items;
            s->cap_next = cap;
            s->n_next = s->at_layer = 0;
            if (s->n_layer == 0)
                return true;
        }
        if ((n_states & 255) == 0 && !has_room(x))
            return true;
    }
    return false;
}

// --- a final, when asked for

bool explore_seek(struct explore *x, size_t cell, int64_t value)
{
    uint32_t number;
    if (x->status == EXPLORE_GOING || x->status == EXPLORE_FAILED || cell >= x->prog->n_cells ||
        !tally_has_final(x, cell, value, &number))
        return false;
    // Cut short by level, what was found need not be the nearest.
    bool is_nearest = x->is_covered || !(x->used_levels || x->phase == PHASE_LEVELS);
    const struct example *known = &x->tally.finals[cell][number].example;
    search_close(x);
    levels_close(x);
    graph_close(x);
    x->seek = (struct seek){.phase = PHASE_DONE, .cell = cell, .value = number, x->status};
    if (known->has_fewest)
        return true;
    x->seek.phase = is_nearest && !known->has_shortest ? PHASE_SHORTEST : PHASE_FEWEST;
    return true;
}

static bool run_seek(struct explore *x, uint64_t n_states)
{
    if (x->seek.phase == PHASE_FEWEST)
        return fewest_run(x, n_states);
    if (!x->search)
        open_shortest(x, 0);
    for (; n_states > 0; n_states--)
        if (go_on_shortest(x) || x->status == EXPLORE_FAILED) {
            search_close(x);
            x->seek.phase = PHASE_FEWEST;
            return false;
        }
    return false;
}

bool explore_seek_run(struct explore *x, uint64_t n_states)
{
    if (!is_seeking(x))
        return true;
    if (!run_seek(x, n_states) && x->status != EXPLORE_FAILED)
        return false;
    search_close(x);
    x->seek.phase = PHASE_DONE;
    x->status = x->seek.status;
    return true;
}
