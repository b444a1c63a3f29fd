#ifndef SUPPORT_RLT_H
#define SUPPORT_RLT_H

// Random runs of several lanes, kept three times over: by a timeline that has room for all of it,
// by one that may have not, and in a file.
#include "base/mem.h"
#include "base/random.h"
#include "trace/rlt.h"
#include "trace/rlt_private.h"
#include "trace/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORLD_LANES = 4, WORLD_CELLS = 2, WORLD_BYTES = 64 << 20 };

static const struct rlt_bounds world_bounds = {
    .n_ops = 100, .n_cells = WORLD_CELLS, .n_locks = 3, .n_items = 1, .n_always = 1};

struct world {
    struct random dice;
    size_t n_lanes;
    uint64_t now_ns;
    struct timeline *all, *tl;
    struct rlt_writer *writer; // NULL: written at the end, as by a key
    bool is_exact_clock;       // marks say the very time of their stores
    bool has_waits;            // the kernel measures: only where both know the same of the past
    uint64_t preempted_ns[WORLD_LANES];
    uint32_t n_stores[WORLD_LANES][WORLD_CELLS];
    char path[64];
};

static inline uint64_t world_seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

static inline uint64_t below(struct world *w, uint64_t bound)
{
    return random_below(&w->dice, bound);
}

static inline void world_open(struct world *w, uint64_t seed, size_t memory_bytes)
{
    *w = (struct world){.dice = random_stream(seed, 7)};
    w->n_lanes = 1 + (size_t)below(w, WORLD_LANES);
    w->is_exact_clock = below(w, 2);
    w->has_waits = memory_bytes > 4 << 20;
    w->all = timeline_new(w->n_lanes, WORLD_BYTES);
    w->tl = timeline_new(w->n_lanes, memory_bytes);
    snprintf(w->path, sizeof w->path, "test_rlt-%ld.rlt", (long)getpid());
    unlink(w->path);
}

static inline struct rlt_writer *world_writer(struct world *w)
{
    struct error err = {.text = ""};
    struct rlt_writer *writer = rlt_create(w->path, w->n_lanes, "what was run", 12, &err);
    if (!writer)
        fail_msg("%s", err.text);
    return writer;
}

static inline void world_record(struct world *w)
{
    w->writer = world_writer(w);
    timeline_on_give_up(w->tl, rlt_write_given_up, w->writer);
}

static inline void world_close(struct world *w)
{
    timeline_free(w->all);
    timeline_free(w->tl);
    unlink(w->path);
}

// --- what happens

static inline void world_append(struct world *w, size_t lane, enum event_kind kind, uint16_t object)
{
    struct event e = {.t_ns = w->now_ns,
                      .value = (int64_t)below(w, 1 << 20) - 1000,
                      .turn = (uint32_t)below(w, 100),
                      .replaced = (uint32_t)below(w, 100000),
                      .pc = (uint16_t)below(w, 100),
                      .object = object,
                      .lane = (uint16_t)lane,
                      .kind = (uint8_t)kind,
                      .flags = (uint8_t)below(w, 64)};
    if (kind == EVENT_STORE)
        e.turn = write_mark(write_id((uint16_t)lane, ++w->n_stores[lane][object]));
    if (kind == EVENT_GAP)
        e.value = 1 + (int64_t)below(w, 1000);
    timeline_append(w->all, &e);
    timeline_append(w->tl, &e);
}

static inline void world_event(struct world *w, size_t lane)
{
    static const enum event_kind kinds[] = {
        EVENT_LOAD,  EVENT_STORE, EVENT_LOAD,  EVENT_STORE,   EVENT_LOAD,    EVENT_STORE,
        EVENT_LOAD,  EVENT_LOAD,  EVENT_STORE, EVENT_CONTEND, EVENT_ACQUIRE, EVENT_RELEASE,
        EVENT_SLEEP, EVENT_WAKE,  EVENT_GAP,   EVENT_PAUSE,   EVENT_RESUME,  EVENT_PRINT};
    enum event_kind kind = kinds[below(w, ARRAY_LEN(kinds))];
    bool is_cell = kind == EVENT_LOAD || kind == EVENT_STORE;
    bool is_lock = kind == EVENT_CONTEND || kind == EVENT_ACQUIRE || kind == EVENT_RELEASE;
    world_append(w, lane, kind,
                 is_cell   ? (uint16_t)below(w, WORLD_CELLS)
                 : is_lock ? (uint16_t)below(w, 3)
                           : EVENT_NO_OBJECT);
}

// What the ledger finds out of a store, mostly of a recent one.
static inline void world_mark(struct world *w, size_t lane)
{
    uint64_t n = timeline_count(w->all, lane);
    uint64_t age = n ? below(w, n) : 0;
    if (below(w, 8))
        age >>= below(w, 14);
    for (uint64_t i = n - age; i-- > 0 && i + 64 > n - age;) {
        const struct event *e = timeline_at(w->all, lane, i);
        if (e->kind != EVENT_STORE)
            continue;
        uint64_t back_ns = w->is_exact_clock ? 0 : below(w, 20);
        struct rlt_store store = {.t_ns = e->t_ns > back_ns ? e->t_ns - back_ns : 0,
                                  .cell = e->object,
                                  .mark = e->turn,
                                  .flag = below(w, 2) ? ACCESS_LOSS : ACCESS_LOST};
        if (e->flags & store.flag)
            return;
        timeline_mark_store(w->all, lane, store.t_ns, store.cell, store.mark, store.flag);
        struct timeline_marked marked =
            timeline_mark_store(w->tl, lane, store.t_ns, store.cell, store.mark, store.flag);
        if (w->writer)
            rlt_write_mark(w->writer, lane, &store, marked);
        return;
    }
}

static inline void world_preempt(struct world *w, size_t lane)
{
    uint64_t from_ns = w->preempted_ns[lane], len_ns = w->now_ns - from_ns;
    if (!w->has_waits || len_ns < 100)
        return;
    uint64_t waited_ns = below(w, len_ns);
    timeline_preempted(w->all, lane, from_ns, w->now_ns, waited_ns);
    timeline_preempted(w->tl, lane, from_ns, w->now_ns, waited_ns);
    w->preempted_ns[lane] = w->now_ns;
}

static inline void world_advance(struct world *w)
{
    timeline_advance(w->all, w->now_ns);
    timeline_advance(w->tl, w->now_ns);
    if (!w->writer)
        return;
    rlt_write_pages(w->writer, w->tl, RLT_FULL);
    if (below(w, 8) == 0) {
        rlt_write_pages(w->writer, w->tl, RLT_WITH_OPEN);
        rlt_write_state(w->writer, w->tl, "state", 5);
    }
    if (below(w, 2))
        rlt_flush(w->writer);
}

// Bursts of one lane, steps of very different lengths, some of none.
static inline void world_live(struct world *w, size_t n_events)
{
    size_t lane = 0;
    uint64_t bits = 4;
    for (size_t i = 0; i < n_events; i++) {
        if (below(w, 100) == 0)
            lane = (size_t)below(w, w->n_lanes);
        if (below(w, 300) == 0)
            bits = 1 + below(w, 11);
        w->now_ns += below(w, UINT64_C(1) << bits);
        world_event(w, lane);
        if (below(w, 10) == 0)
            world_mark(w, (size_t)below(w, w->n_lanes));
        if (below(w, 900) == 0)
            world_preempt(w, (size_t)below(w, w->n_lanes));
        if (below(w, 400) == 0)
            world_advance(w);
    }
    for (lane = 0; lane < w->n_lanes; lane++)
        if (below(w, 2))
            world_append(w, lane, EVENT_FINISH, EVENT_NO_OBJECT);
    w->now_ns += below(w, 1000);
    world_advance(w);
}

// Writes what is not written yet. The file is whole then.
static inline void world_finish(struct world *w)
{
    struct error err = {.text = ""};
    struct rlt_writer *writer = w->writer ? w->writer : world_writer(w);
    if (!w->writer)
        rlt_write_past(writer, w->tl);
    rlt_write_pages(writer, w->tl, RLT_WITH_OPEN);
    rlt_write_state(writer, w->tl, "the last state", 14);
    timeline_on_give_up(w->tl, NULL, NULL);
    w->writer = NULL;
    if (!rlt_close(writer, w->tl, &err))
        fail_msg("%s", err.text);
}

#endif
