#ifndef SUPPORT_ENGINE_H
#define SUPPORT_ENGINE_H

// A run of the real engine, of which the test is the collector. The host is a thread of the test's
// own process, so the sanitizers see lanes and collector alike; where the lanes are processes, it
// is a process of its own that forks them, as in the program.
#include "base/mem.h"
#include "base/random.h"
#include "engine/cell.h"
#include "engine/host.h"
#include "engine/print_channel.h"
#include "engine/run.h"
#include "support_scenario.h"
#include "sync/futex.h"
#include "trace/ledger.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENGINE_BATCH = 1024 };
#define ENGINE_DEADLINE_NS (UINT64_C(60) * NS_PER_S)

struct engine_lane {
    struct event *events;
    size_t n_events, cap_events;
    struct update *updates;
    size_t n_updates, cap_updates;
    char *printed; // every line, with a newline after each
    size_t printed_len, cap_printed;
};

struct engine {
    struct program *prog;
    struct run run;
    pthread_t thread;
    pid_t host; // instead of the thread; 0: none
    struct ledger *ledger;
    struct engine_lane *lanes;
    bool keeps; // events and updates are kept, for comparing
};

static inline uint64_t seed_of_tests(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 20240611;
}

// How much of something slow to do: a sanitizer makes everything slower.
static inline size_t scaled(size_t n)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return n / 5;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
    return n / 5;
#endif
#endif
    return n;
}

static inline struct ledger *engine_ledger(const struct program *prog)
{
    int64_t *initial = mem_array(prog->n_cells, sizeof *initial);
    bool *updates = mem_array(prog->n_lanes * prog->n_cells, sizeof *updates);
    for (size_t cell = 0; cell < prog->n_cells; cell++) {
        initial[cell] = program_cell_initial(prog, cell);
        for (size_t lane = 0; lane < prog->n_lanes; lane++)
            updates[lane * prog->n_cells + cell] = program_lane_updates(prog, lane, cell);
    }
    struct ledger *ledger = ledger_new(&(struct ledger_shape){.n_lanes = prog->n_lanes,
                                                              .n_cells = prog->n_cells,
                                                              .initial = initial,
                                                              .updates = updates});
    mem_free(initial);
    mem_free(updates);
    return ledger;
}

static inline void *engine_host_thread(void *context)
{
    const struct engine *e = context;
    engine_host(&e->run, e->prog);
    return NULL;
}

static inline void engine_start_host(struct engine *e)
{
    if (!program_uses_processes(e->prog)) {
        assert_int_equal(pthread_create(&e->thread, NULL, engine_host_thread, e), 0);
        return;
    }
    e->host = fork();
    assert_true(e->host >= 0);
    if (e->host == 0)
        _exit(engine_host(&e->run, e->prog));
}

// Owns `prog` from here on. With spec->n_followed the lanes follow `schedule`, else NULL.
static inline void engine_start_following(struct engine *e, struct program *prog,
                                          const struct run_spec *spec, const uint16_t *schedule)
{
    struct error err;
    *e = (struct engine){.prog = prog};
    if (!run_create(&e->run, prog, spec, prog->source, prog->source_len, &err))
        fail_msg("%s", err.text);
    e->lanes = mem_array(prog->n_lanes, sizeof *e->lanes);
    e->ledger = engine_ledger(prog);
    e->keeps = schedule != NULL;
    if (schedule)
        memcpy(e->run.schedule, schedule, spec->n_followed * sizeof *schedule);
    engine_start_host(e);
}

static inline void engine_start(struct engine *e, struct program *prog, const struct run_spec *spec)
{
    engine_start_following(e, prog, spec, NULL);
}

static inline void engine_take_prints(struct engine *e, size_t index)
{
    struct engine_lane *lane = &e->lanes[index];
    struct print_chunk chunk;
    while (print_channel_pull(run_prints(&e->run, index), &chunk)) {
        lane->printed =
            mem_room(lane->printed, &lane->cap_printed, lane->printed_len + chunk.len_bytes + 2, 1);
        memcpy(lane->printed + lane->printed_len, chunk.text, chunk.len_bytes);
        lane->printed_len += chunk.len_bytes;
        if (!(chunk.flags & PRINT_MORE))
            lane->printed[lane->printed_len++] = '\n';
        lane->printed[lane->printed_len] = '\0';
    }
}

static inline bool engine_drain_lane(struct engine *e, size_t index)
{
    struct engine_lane *lane = &e->lanes[index];
    struct update updates[ENGINE_BATCH];
    struct event events[ENGINE_BATCH];
    size_t n = ring_drain_updates(run_updates(&e->run, index), updates, ENGINE_BATCH);
    size_t n_events = ring_drain_events(run_events(&e->run, index), events, ENGINE_BATCH);
    engine_take_prints(e, index);
    ledger_push(e->ledger, index, updates, n);
    if (e->keeps) {
        lane->updates = mem_room(lane->updates, &lane->cap_updates, lane->n_updates + n + 1,
                                 sizeof *lane->updates);
        memcpy(lane->updates + lane->n_updates, updates, n * sizeof *updates);
        lane->events = mem_room(lane->events, &lane->cap_events, lane->n_events + n_events + 1,
                                sizeof *lane->events);
        memcpy(lane->events + lane->n_events, events, n_events * sizeof *events);
    }
    lane->n_updates += n;
    lane->n_events += n_events;
    return n + n_events > 0;
}

// True when there was anything.
static inline bool engine_drain(struct engine *e)
{
    bool any = false;
    for (size_t lane = 0; lane < e->run.n_lanes; lane++)
        any |= engine_drain_lane(e, lane);
    ledger_merge(e->ledger, 0, NULL, NULL);
    return any;
}

static inline uint32_t engine_state(const struct engine *e, size_t lane)
{
    return atomic_load_explicit(&e->run.lanes[lane].state, memory_order_relaxed);
}

static inline bool engine_is_done(const struct engine *e)
{
    return atomic_load_explicit(&e->run.header->host.is_done, memory_order_acquire);
}

// Drains until the claim holds.
static inline void engine_wait(struct engine *e, bool (*claim)(struct engine *), const char *what)
{
    uint64_t deadline = clock_now_ns() + ENGINE_DEADLINE_NS;
    while (!claim(e)) {
        if (!engine_drain(e))
            sched_yield();
        if (clock_now_ns() > deadline)
            fail_msg("waited in vain: %s", what);
    }
}

static inline bool engine_claim_done(struct engine *e)
{
    return engine_is_done(e);
}

static inline bool engine_has_ended(const struct engine *e, size_t lane)
{
    return atomic_load_explicit(&e->run.lanes[lane].end_ticks, memory_order_acquire) != 0;
}

static inline bool engine_has_started(const struct engine *e, size_t lane)
{
    return atomic_load_explicit(&e->run.lanes[lane].start_ticks, memory_order_acquire) != 0;
}

// Every lane that has started is at the gate, has ended, or is main in join.
static inline bool engine_claim_paused(struct engine *e)
{
    for (size_t lane = 0; lane < e->run.n_lanes; lane++) {
        uint32_t state = engine_state(e, lane);
        if (state != LANE_PAUSED && engine_has_started(e, lane) && !engine_has_ended(e, lane) &&
            !(lane == 0 && state == LANE_JOINING))
            return false;
    }
    return true;
}

static inline void engine_pause(struct engine *e, bool paused)
{
    atomic_store_explicit(&e->run.header->control.is_paused, paused, memory_order_relaxed);
    run_tell(&e->run, RUN_WAKE);
}

static inline void engine_stop(struct engine *e)
{
    atomic_store_explicit(&e->run.header->control.is_stopped, 1, memory_order_relaxed);
    run_tell(&e->run, RUN_WAKE);
}

// The host has ended and everything has been taken in.
static inline void engine_join(struct engine *e)
{
    engine_wait(e, engine_claim_done, "the end of the run");
    if (e->host)
        assert_int_equal(waitpid(e->host, NULL, 0), e->host);
    else
        pthread_join(e->thread, NULL);
    while (engine_drain(e))
        ;
    for (size_t lane = 0; lane < e->run.n_lanes; lane++)
        ledger_ended(e->ledger, lane);
    ledger_collect(e->ledger);
}

static inline int64_t engine_cell(const struct engine *e, size_t cell)
{
    int64_t value;
    cell_load(&e->run, e->run.cells, e->prog, cell, &value);
    return value;
}

static inline void engine_free(struct engine *e)
{
    for (size_t lane = 0; lane < e->run.n_lanes; lane++) {
        mem_free(e->lanes[lane].events);
        mem_free(e->lanes[lane].updates);
        mem_free(e->lanes[lane].printed);
    }
    mem_free(e->lanes);
    ledger_free(e->ledger);
    run_close(&e->run);
    program_free(e->prog);
}

#endif
