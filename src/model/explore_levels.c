// The graph level by level, for programs in which every way to a state rises equally far (the
// levels of its lanes added up): then all that leads to a state lies on lower levels, its numbers
// are complete when its level's turn comes, and it can be forgotten behind it. Only the levels
// that are being filled are kept.
//
// A round, by all threads together: each expands a share of the level and sorts what follows by the
// part of the table that it belongs to; then each fills one part. So nothing is shared while it
// changes. What nobody has seen before (a move that is not known yet) is done between, by one.
#include "base/mem.h"
#include "model/explore_private.h"
#include "sync/crew.h"

#include <string.h>

enum {
    RING = 64,            // levels that can be open at once
    ROUND_STATES = 16384, // of each thread
    SMALL_ROUND = 4096,   // that many are done before the others are awake
    PART_BITS = 3,        // blocks of 8 locals
    POSTS_AHEAD = 8,      // are looked up in advance
    PARTS_MAX = EXPLORE_THREADS_MAX,
};

// What follows a state, on its way to its part: the words of the state, then the rest.
enum { POST_PLACE, POST_RISE, POST_GOALS, POST_WORDS };

struct outbox {
    uint64_t *words;
    size_t n, cap;
};

struct worker {
    struct expansion expansion;
    struct outbox outboxes[PARTS_MAX]; // to each part
    uint64_t *later;                   // places of states that need a move that is not known
    size_t n_later, cap_later;
    uint64_t *leaves; // places
    size_t n_leaves, cap_leaves;
    unsigned __int128 n_states;
    uint64_t n_expanded;
    uint32_t distance[EXPLORE_GOALS_MAX];
    uint32_t max_rise; // met so far
    bool is_near_end;
    uint8_t apart[128]; // what one writes all the time is in no cache line of the next
};

struct levels {
    struct explore *x;
    struct crew *crew;
    unsigned n_parts;
    struct table ring[RING][PARTS_MAX];
    size_t n_limbs, n_counts;
    uint32_t level;
    uint32_t max_rise;
    size_t at; // where the next round begins, in every part
    struct worker workers[PARTS_MAX];
    bool is_small;                         // one thread alone does the round
    size_t from[PARTS_MAX], to[PARTS_MAX]; // shares of the round, each of its own part
};

static uint64_t place(unsigned part, size_t entry)
{
    return (uint64_t)part << 32 | (uint32_t)entry;
}

static struct table *part_of(struct levels *l, uint32_t level, unsigned part)
{
    return &l->ring[level % RING][part];
}

// By the first lane's local, in blocks: most of what follows a state stays in its part, what lies
// close together stays so, and a new layout changes nothing.
static unsigned part_for(const struct levels *l, const uint64_t *state)
{
    return (state_get(l->x, state, lane_field(1)) >> PART_BITS) % l->n_parts;
}

// By all threads, or, when that is not worth waking them, by this one.
static void run_round(struct levels *l, void (*task)(void *context, unsigned number))
{
    if (!l->is_small) {
        crew_run(l->crew, task, l);
        return;
    }
    for (unsigned i = 0; i < l->n_parts; i++)
        task(l, i);
}

// --- expanding

static void note_goals(struct worker *w, uint64_t goals, uint32_t distance)
{
    for (; goals; goals &= goals - 1) {
        size_t i = (size_t)__builtin_ctzll(goals);
        if (distance < w->distance[i])
            w->distance[i] = distance;
    }
}

static void post(struct levels *l, struct worker *w, uint64_t from, uint32_t distance)
{
    size_t n_words = l->x->n_words;
    for (size_t i = 0; i < w->expansion.n; i++) {
        const struct edge *edge = &w->expansion.edges[i];
        const uint64_t *state = w->expansion.states + i * n_words;
        struct outbox *box = &w->outboxes[part_for(l, state)];
        box->words =
            mem_room(box->words, &box->cap, box->n + n_words + POST_WORDS, sizeof *box->words);
        uint64_t *out = box->words + box->n;
        box->n += n_words + POST_WORDS;
        state_copy(out, state, n_words);
        out[n_words + POST_PLACE] = from;
        out[n_words + POST_RISE] = edge->rise;
        if (edge->rise > w->max_rise)
            w->max_rise = edge->rise;
        out[n_words + POST_GOALS] = edge->goals;
        note_goals(w, edge->goals, distance + 1);
    }
}

static void keep_place(uint64_t **places, size_t *n, size_t *cap, uint64_t which)
{
    *places = mem_room(*places, cap, *n + 1, sizeof **places);
    (*places)[(*n)++] = which;
}

static void expand_share(void *context, unsigned number)
{
    struct levels *l = context;
    struct explore *x = l->x;
    struct worker *w = &l->workers[number];
    const struct table *t = part_of(l, l->level, number);
    for (size_t entry = l->from[number]; entry < l->to[number]; entry++) {
        const uint64_t *state = &t->keys[entry * x->n_words];
        uint64_t where = place(number, entry);
        if (!state_expand(x, state, &w->expansion)) {
            keep_place(&w->later, &w->n_later, &w->cap_later, where);
            continue;
        }
        w->n_states += state_orbit(x, state);
        w->n_expanded++;
        if (w->expansion.n == 0)
            keep_place(&w->leaves, &w->n_leaves, &w->cap_leaves, where);
        else
            post(l, w, where, t->marks[entry]);
    }
}

// --- filling

static void add_counts(struct levels *l, struct worker *w, uint64_t *to, const uint64_t *from,
                       uint64_t goals)
{
    w->is_near_end |= limbs_add(to, from, l->n_limbs);
    for (size_t i = 1; i < l->n_counts; i++) {
        bool breaks = goals >> (l->x->prog->n_expects + i - 1) & 1;
        limbs_add(to + i * l->n_limbs, breaks ? from : from + i * l->n_limbs, l->n_limbs);
    }
}

static void fill(struct levels *l, struct worker *w, unsigned part, const uint64_t *post)
{
    size_t n_words = l->x->n_words;
    uint64_t from = post[n_words + POST_PLACE];
    bool is_new;
    const struct table *source = part_of(l, l->level, (unsigned)(from >> 32));
    struct table *t = part_of(l, l->level + (uint32_t)post[n_words + POST_RISE], part);
    uint32_t entry = table_add(t, post, &is_new);
    uint32_t distance = source->marks[(uint32_t)from] + 1;
    if (is_new || distance < t->marks[entry])
        t->marks[entry] = distance;
    add_counts(l, w, table_counts(t, entry), table_counts(source, (uint32_t)from),
               post[n_words + POST_GOALS]);
}

static void fill_part(void *context, unsigned part)
{
    struct levels *l = context;
    struct worker *w = &l->workers[part];
    size_t n_words = l->x->n_words + POST_WORDS;
    for (unsigned i = 0; i < l->n_parts; i++) {
        struct outbox *box = &l->workers[i].outboxes[part];
        for (size_t at = 0; at < box->n; at += n_words) {
            const uint64_t *ahead = box->words + at + POSTS_AHEAD * n_words;
            if (at + POSTS_AHEAD * n_words < box->n)
                table_expect(
                    part_of(l, l->level + (uint32_t)ahead[l->x->n_words + POST_RISE], part), ahead);
            fill(l, w, part, box->words + at);
        }
        box->n = 0;
    }
}

// --- between

// Nothing is on its way.
static void renew(struct levels *l)
{
    struct explore *x = l->x;
    struct field *old = mem_array(x->n_fields, sizeof *old);
    memcpy(old, x->fields, x->n_fields * sizeof *old);
    explore_layout_make(x);
    for (size_t level = 0; level < RING; level++)
        for (unsigned part = 0; part < l->n_parts; part++)
            table_repack(&l->ring[level][part], x, old);
    mem_free(old);
}

static void add_worker(struct levels *l, struct worker *w)
{
    struct explore *x = l->x;
    x->n_states += w->n_states;
    x->n_expanded += w->n_expanded;
    w->n_states = 0;
    w->n_expanded = 0;
    if (w->max_rise > l->max_rise)
        l->max_rise = w->max_rise;
    for (size_t i = 0; i < x->n_goals; i++)
        if (w->distance[i] < x->tally.distance[i])
            x->tally.distance[i] = w->distance[i];
}

static bool add_leaf(struct levels *l, uint64_t where)
{
    struct explore *x = l->x;
    const struct table *t = part_of(l, l->level, (unsigned)(where >> 32));
    const uint64_t *state = &t->keys[(uint32_t)where * x->n_words];
    return tally_leaf(x, state, t->marks[(uint32_t)where], table_counts(t, (uint32_t)where),
                      l->n_limbs);
}

// With the moves computed as they are met.
static bool expand_later(struct levels *l, uint64_t where)
{
    struct explore *x = l->x;
    struct worker *w = &l->workers[0];
    const struct table *t = part_of(l, l->level, (unsigned)(where >> 32));
    w->expansion.knowledge = RESOLVE;
    bool is_done = false;
    while (!is_done && x->status == EXPLORE_GOING) {
        const uint64_t *state = &t->keys[(uint32_t)where * x->n_words];
        is_done = state_expand(x, state, &w->expansion);
        if (!is_done && x->status == EXPLORE_GOING) {
            // What is on its way has the old layout.
            run_round(l, fill_part);
            renew(l);
        }
    }
    w->expansion.knowledge = KNOWN_ONLY;
    if (!is_done || !x->is_graded)
        return is_done;
    w->n_states += state_orbit(x, &t->keys[(uint32_t)where * x->n_words]);
    w->n_expanded++;
    if (w->expansion.n == 0)
        return add_leaf(l, where);
    post(l, w, where, t->marks[(uint32_t)where]);
    return true;
}

static void widen(struct levels *l)
{
    l->n_limbs++;
    for (size_t level = 0; level < RING; level++)
        for (unsigned part = 0; part < l->n_parts; part++)
            table_widen(&l->ring[level][part], l->n_limbs);
}

// False when it cannot go on here.
static bool settle_round(struct levels *l)
{
    struct explore *x = l->x;
    bool is_near_end = false;
    for (unsigned i = 0; i < l->n_parts; i++) {
        struct worker *w = &l->workers[i];
        for (size_t j = 0; j < w->n_leaves; j++)
            if (!add_leaf(l, w->leaves[j]))
                return false;
        for (size_t j = 0; j < w->n_later && x->is_graded; j++)
            if (!expand_later(l, w->later[j]))
                return false;
        w->n_leaves = w->n_later = 0;
    }
    if (!x->is_graded)
        return false;
    run_round(l, fill_part);
    for (unsigned i = 0; i < l->n_parts; i++) {
        add_worker(l, &l->workers[i]);
        is_near_end |= l->workers[i].is_near_end;
        l->workers[i].is_near_end = false;
    }
    if (is_near_end)
        widen(l);
    return true;
}

// The next share of the level for every thread, from its own part; false: the level is done. All go
// through their parts abreast, since what lies abreast leads to the same places: by the time the
// last has been there they are still in the cache.
static bool share_out(struct levels *l)
{
    size_t n_round = 0;
    for (unsigned i = 0; i < l->n_parts; i++) {
        size_t n = part_of(l, l->level, i)->n;
        l->from[i] = l->at < n ? l->at : n;
        l->to[i] = l->at + ROUND_STATES < n ? l->at + ROUND_STATES : n;
        n_round += l->to[i] - l->from[i];
    }
    l->at += ROUND_STATES;
    l->is_small = n_round <= SMALL_ROUND;
    return n_round > 0;
}

// The level is done: its memory goes to the level that may be opened next.
static void recycle(struct levels *l)
{
    for (unsigned part = 0; part < l->n_parts; part++) {
        struct table *t = part_of(l, l->level, part);
        struct table *next = part_of(l, l->level + 1 + l->max_rise, part);
        table_clear(t);
        if (next->cap < t->cap && next->n == 0) {
            struct table empty = *next;
            *next = *t;
            *t = empty;
        }
        table_close(t);
        table_open(t, l->x->n_words, l->n_counts, l->n_limbs, 1);
    }
}

// To the next level with states; false: there is none.
static bool rise(struct levels *l)
{
    recycle(l);
    l->at = 0;
    for (unsigned i = 0; i < RING; i++) {
        l->level++;
        for (unsigned part = 0; part < l->n_parts; part++)
            if (part_of(l, l->level, part)->n > 0)
                return true;
    }
    return false;
}

static void open_levels(struct explore *x)
{
    bool is_new;
    struct levels *l = x->levels = mem_alloc(sizeof *l);
    l->x = x;
    l->crew = crew_new(x->options.n_threads < PARTS_MAX ? x->options.n_threads : PARTS_MAX);
    l->n_parts = crew_size(l->crew);
    l->n_limbs = 1;
    l->n_counts = 1 + x->prog->n_always;
    for (size_t level = 0; level < RING; level++)
        for (unsigned part = 0; part < l->n_parts; part++)
            table_open(&l->ring[level][part], x->n_words, l->n_counts, 1, 1);
    for (unsigned i = 0; i < l->n_parts; i++) {
        l->workers[i].expansion.sorting = SORTED;
        l->workers[i].expansion.knowledge = KNOWN_ONLY;
        memset(l->workers[i].distance, 0xff, sizeof l->workers[i].distance);
    }
    uint64_t *first = mem_array(x->n_words, sizeof *first);
    state_pack(x, x->first_state, first);
    state_sort(x, first);
    table_add(&l->ring[0][0], first, &is_new);
    uint64_t broken = x->first_judges ? state_judge(x, first, 0) : 0;
    table_counts(&l->ring[0][0], 0)[0] = 1;
    for (size_t i = 0; i < x->prog->n_always; i++)
        table_counts(&l->ring[0][0], 0)[1 + i] = broken >> i & 1;
    tally_goals(x, broken << x->prog->n_expects, 0);
    mem_free(first);
}

void levels_close(struct explore *x)
{
    struct levels *l = x->levels;
    if (!l)
        return;
    crew_free(l->crew);
    for (size_t level = 0; level < RING; level++)
        for (unsigned part = 0; part < l->n_parts; part++)
            table_close(&l->ring[level][part]);
    for (unsigned i = 0; i < l->n_parts; i++) {
        struct worker *w = &l->workers[i];
        expansion_close(&w->expansion);
        for (unsigned part = 0; part < l->n_parts; part++)
            mem_free(w->outboxes[part].words);
        mem_free(w->later);
        mem_free(w->leaves);
    }
    mem_free(l);
    x->levels = NULL;
}

static size_t levels_bytes(const struct levels *l)
{
    size_t n = sizeof *l;
    for (size_t level = 0; level < RING; level++)
        for (unsigned part = 0; part < l->n_parts; part++)
            n += table_bytes(&l->ring[level][part]);
    for (unsigned i = 0; i < l->n_parts; i++) {
        const struct worker *w = &l->workers[i];
        for (unsigned part = 0; part < l->n_parts; part++)
            n += w->outboxes[part].cap * sizeof(uint64_t);
        n += (w->cap_later + w->cap_leaves) * sizeof(uint64_t);
    }
    return n;
}

bool levels_run(struct explore *x, uint64_t n_states)
{
    if (!x->levels)
        open_levels(x);
    struct levels *l = x->levels;
    uint64_t end = x->n_expanded + n_states;
    while (x->n_expanded < end) {
        while (!share_out(l))
            if (!rise(l))
                return true;
        run_round(l, expand_share);
        if (!settle_round(l))
            return !x->is_graded;
        size_t n_bytes = levels_bytes(l);
        // Tables grow by a half, one now and then.
        if (!explore_has_room(x, n_bytes, n_bytes + n_bytes / 4))
            return true;
    }
    x->n_explored = x->n_expanded;
    return false;
}
