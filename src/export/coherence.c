#include "export/coherence.h"

#include "base/mem.h"

#include <assert.h>

static const uint32_t LANE_NONE = UINT32_MAX;

// The next store of a lane. It waits until its cell holds the write that it replaced.
struct head {
    struct event store; // a copy: of a saved run pages come and go
    bool is_left;       // there is one
    uint64_t index;
    uint32_t next; // lane that waits in the same bucket
};

// What a cell holds.
struct place {
    uint32_t mark;
    bool is_stored; // by a store that is kept:
    uint32_t lane;
    uint64_t index, t_ns;
};

struct walk {
    const struct timeline *tl;
    coherence_sink sink;
    void *context;
    size_t n_lanes;
    struct head *heads;   // of each lane
    struct place *places; // of each cell
    uint32_t *buckets;    // waiting lanes, by what they wait for
    size_t n_buckets;     // a power of two
    uint32_t *ready;      // lanes whose head can be taken
    size_t n_ready;
    uint64_t n_unlinked;
};

static uint32_t *bucket_of(const struct walk *walk, size_t cell, uint32_t mark)
{
    uint64_t key = ((uint64_t)cell << 32 | mark) * UINT64_C(0x9e3779b97f4a7c15);
    return &walk->buckets[key >> 32 & (walk->n_buckets - 1)];
}

// Waits, or is ready.
static void place_head(struct walk *walk, uint32_t lane)
{
    struct head *head = &walk->heads[lane];
    if (head->store.replaced == walk->places[head->store.object].mark) {
        walk->ready[walk->n_ready++] = lane;
        return;
    }
    uint32_t *bucket = bucket_of(walk, head->store.object, head->store.replaced);
    head->next = *bucket;
    *bucket = lane;
}

static void advance(struct walk *walk, uint32_t lane, uint64_t from)
{
    struct head *head = &walk->heads[lane];
    uint64_t n = timeline_count(walk->tl, lane);
    head->is_left = false;
    for (head->index = from; head->index < n; head->index++) {
        const struct event *event = timeline_at(walk->tl, lane, head->index);
        if (event->kind != EVENT_STORE)
            continue;
        head->store = *event;
        head->is_left = true;
        place_head(walk, lane);
        return;
    }
}

// The lane that waits for this write is ready now.
static void wake(struct walk *walk, size_t cell, uint32_t mark)
{
    for (uint32_t *link = bucket_of(walk, cell, mark); *link != LANE_NONE;
         link = &walk->heads[*link].next) {
        uint32_t lane = *link;
        const struct event *store = &walk->heads[lane].store;
        if (store->object != cell || store->replaced != mark)
            continue;
        *link = walk->heads[lane].next;
        walk->ready[walk->n_ready++] = lane;
        return;
    }
}

static void take(struct walk *walk, uint32_t lane)
{
    struct head head = walk->heads[lane];
    struct place *place = &walk->places[head.store.object];
    bool is_next = head.store.replaced == place->mark;
    bool is_first = is_next && !place->is_stored && place->mark == WRITE_INITIAL;
    walk->n_unlinked += !is_next;
    walk->sink(walk->context, &(struct coherence_step){
                                  .store = &head.store,
                                  .index = head.index,
                                  .is_linked = is_next && !is_first,
                                  .old_lane = place->lane,
                                  .old_index = place->index,
                                  .old_ns = place->t_ns,
                              });
    *place = (struct place){.mark = head.store.turn,
                            .is_stored = true,
                            .lane = lane,
                            .index = head.index,
                            .t_ns = head.store.t_ns};
    advance(walk, lane, head.index + 1);
    wake(walk, head.store.object, head.store.turn);
}

// Everybody waits for writes that are not kept: the earliest goes on.
static uint32_t take_out_earliest(struct walk *walk)
{
    uint32_t earliest = LANE_NONE;
    for (uint32_t lane = 0; lane < walk->n_lanes; lane++) {
        const struct head *head = &walk->heads[lane];
        if (head->is_left &&
            (earliest == LANE_NONE || head->store.t_ns < walk->heads[earliest].store.t_ns))
            earliest = lane;
    }
    if (earliest == LANE_NONE)
        return earliest;
    const struct event *store = &walk->heads[earliest].store;
    uint32_t *link = bucket_of(walk, store->object, store->replaced);
    while (*link != earliest)
        link = &walk->heads[*link].next;
    *link = walk->heads[earliest].next;
    return earliest;
}

static void walk_shared(struct walk *walk)
{
    for (uint32_t lane = 0; lane < walk->n_lanes; lane++)
        advance(walk, lane, timeline_first(walk->tl, lane));
    for (;;) {
        uint32_t lane = walk->n_ready ? walk->ready[--walk->n_ready] : take_out_earliest(walk);
        if (lane == LANE_NONE)
            return;
        take(walk, lane);
    }
}

// A process alone with its copies: each store replaced the one before it.
static void walk_own(struct walk *walk, uint32_t lane, size_t n_cells)
{
    uint64_t n = timeline_count(walk->tl, lane);
    for (size_t cell = 0; cell < n_cells; cell++)
        walk->places[cell] = (struct place){0};
    for (uint64_t i = timeline_first(walk->tl, lane); i < n; i++) {
        const struct event *store = timeline_at(walk->tl, lane, i);
        if (store->kind != EVENT_STORE)
            continue;
        struct place *place = &walk->places[store->object];
        walk->sink(walk->context, &(struct coherence_step){
                                      .store = store,
                                      .index = i,
                                      .is_own = true,
                                      .is_linked = place->is_stored,
                                      .old_lane = lane,
                                      .old_index = place->index,
                                      .old_ns = place->t_ns,
                                  });
        *place = (struct place){.is_stored = true, .lane = lane, .index = i, .t_ns = store->t_ns};
    }
}

uint64_t coherence_walk(const struct session_view *view, coherence_sink sink, void *context)
{
    assert(view->timeline && !view->is_bare);
    size_t n_lanes = view->is_private ? 1 : view->n_lanes;
    struct walk walk = {
        .tl = view->timeline,
        .sink = sink,
        .context = context,
        .n_lanes = n_lanes,
        .heads = mem_array(n_lanes, sizeof *walk.heads),
        .places = mem_array(view->prog->n_cells + 1, sizeof *walk.places),
        .n_buckets = 1,
        .ready = mem_array(n_lanes, sizeof *walk.ready),
    };
    while (walk.n_buckets < 2 * n_lanes)
        walk.n_buckets *= 2;
    walk.buckets = mem_array(walk.n_buckets, sizeof *walk.buckets);
    for (size_t i = 0; i < walk.n_buckets; i++)
        walk.buckets[i] = LANE_NONE;
    walk_shared(&walk);
    for (size_t lane = 1; view->is_private && lane < view->n_lanes; lane++)
        walk_own(&walk, (uint32_t)lane, view->prog->n_cells);
    mem_free(walk.heads);
    mem_free(walk.places);
    mem_free(walk.buckets);
    mem_free(walk.ready);
    return walk.n_unlinked;
}
