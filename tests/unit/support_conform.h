#ifndef SUPPORT_CONFORM_H
#define SUPPORT_CONFORM_H

// Records of runs for the checker: of the real engine, and made by the model itself.
#include "model/conform.h"
#include "model/stepper.h"
#include "support_engine.h"

#include <time.h>

// Everything that a run's lanes reported, owned.
struct recording {
    struct conform_record record;
    struct conform_lane *lanes;
    int64_t *finals;
    size_t n_lanes, n_cells;
    bool loops; // a lane may look at a cell until another has written it
};

static inline struct recording recording_new(const struct program *prog)
{
    struct recording r = {.n_lanes = prog->n_lanes,
                          .n_cells = prog->n_cells,
                          .loops = strstr(prog->source, "while") != NULL};
    r.lanes = mem_array(prog->n_lanes, sizeof *r.lanes);
    r.finals = mem_array(prog->n_cells, sizeof *r.finals);
    r.record.lanes = r.lanes;
    r.record.finals = r.finals;
    return r;
}

static inline void *copy_of(const void *array, size_t n, size_t size)
{
    void *copy = mem_array(n, size);
    if (n)
        memcpy(copy, array, n * size);
    return copy;
}

static inline void recording_free(struct recording *r)
{
    for (size_t lane = 0; lane < r->n_lanes; lane++) {
        mem_free((void *)(uintptr_t)r->lanes[lane].events);
        mem_free((void *)(uintptr_t)r->lanes[lane].updates);
        mem_free((void *)(uintptr_t)r->lanes[lane].printed);
    }
    mem_free(r->lanes);
    mem_free(r->finals);
}

static inline struct recording recording_copy(const struct recording *r)
{
    struct recording copy = *r;
    copy.lanes = copy_of(r->lanes, r->n_lanes, sizeof *r->lanes);
    copy.finals = copy_of(r->finals, r->n_cells, sizeof *r->finals);
    copy.record.lanes = copy.lanes;
    copy.record.finals = copy.finals;
    for (size_t i = 0; i < r->n_lanes; i++) {
        struct conform_lane *lane = &copy.lanes[i];
        lane->events = copy_of(lane->events, lane->n_events, sizeof *lane->events);
        lane->updates = copy_of(lane->updates, lane->n_updates, sizeof *lane->updates);
        lane->printed = lane->printed ? mem_text(lane->printed) : NULL;
    }
    return copy;
}

// For damaging: what the record points to is the recording's own.
static inline struct event *events_of(const struct recording *r, size_t lane)
{
    return (struct event *)(uintptr_t)r->lanes[lane].events;
}

static inline struct update *updates_of(const struct recording *r, size_t lane)
{
    return (struct update *)(uintptr_t)r->lanes[lane].updates;
}

// --- of the engine

enum { RECORD_PAUSE_NS = 50 * NS_PER_US };

// The collector stays off the cores on which the lanes are to meet: what they report has room.
static inline void record_wait(struct engine *e)
{
    uint64_t deadline = clock_now_ns() + ENGINE_DEADLINE_NS;
    while (!engine_is_done(e)) {
        engine_drain(e);
        if (clock_now_ns() > deadline)
            fail_msg("the run does not end\n%s", e->prog->source);
        nanosleep(&(struct timespec){.tv_nsec = RECORD_PAUSE_NS}, NULL);
    }
}

static inline struct recording record_of(const struct engine *e, const struct run_spec *spec)
{
    struct recording r = recording_new(e->prog);
    r.record.lock_kind = lock_kinds[spec->lock_kind];
    r.record.seed = spec->seed;
    r.record.lock_on = spec->lock_on;
    r.record.is_paced = spec->pace_ns > 0;
    for (size_t lane = 0; lane < r.n_lanes; lane++) {
        const struct engine_lane *real = &e->lanes[lane];
        const struct ring *ring = run_events(&e->run, lane);
        if (atomic_load_explicit(&ring->dropped, memory_order_relaxed))
            fail_msg("lane %zu has dropped events, RACELANE_SEED=%llu\n%s", lane,
                     (unsigned long long)spec->seed, e->prog->source);
        r.lanes[lane] = (struct conform_lane){
            .events = copy_of(real->events, real->n_events, sizeof *real->events),
            .n_events = real->n_events,
            .updates = copy_of(real->updates, real->n_updates, sizeof *real->updates),
            .n_updates = real->n_updates,
            .printed = real->printed ? mem_text(real->printed) : NULL,
            .fault = (enum machine_fault)e->run.lanes[lane].fault,
            .fault_line = e->run.lanes[lane].fault_line,
        };
    }
    for (size_t cell = 0; cell < e->prog->n_cells; cell++)
        r.finals[cell] = engine_cell(e, cell);
    return r;
}

// A run of the engine. `prog` stays the caller's.
static inline struct recording record_run(struct program *prog, const struct run_spec *spec)
{
    struct engine e;
    engine_start(&e, prog, spec);
    e.keeps = true;
    record_wait(&e);
    engine_join(&e);
    struct recording r = record_of(&e, spec);
    e.prog = NULL;
    engine_free(&e);
    return r;
}

// --- of the model

static inline void append_event(struct conform_lane *lane, size_t *cap, const struct event *event)
{
    struct event *events =
        mem_room((void *)(uintptr_t)lane->events, cap, lane->n_events + 1, sizeof *events);
    events[lane->n_events++] = *event;
    lane->events = events;
}

static inline void append_line(struct conform_lane *lane, const char *text)
{
    char *printed = (char *)(uintptr_t)lane->printed;
    size_t len = printed ? strlen(printed) : 0;
    printed = mem_resize(printed, len + strlen(text) + 2, 1);
    snprintf(printed + len, strlen(text) + 2, "%s\n", text);
    lane->printed = printed;
}

// What real lanes would have reported of what the model did.
static inline void record_output(struct recording *r, const struct stepper *s)
{
    struct stepper_output out = stepper_output(s);
    size_t *caps = mem_array(r->n_lanes, sizeof *caps);
    size_t *update_caps = mem_array(r->n_lanes, sizeof *update_caps);
    for (size_t i = 0; i < out.n_events; i++) {
        const struct event *event = &out.events[i];
        bool is_of_session = event->kind == EVENT_START || event->kind == EVENT_FINISH ||
                             event->kind == EVENT_FAIL || event->kind == EVENT_STORE;
        bool is_of_pace = event->kind == EVENT_SKIP ||
                          (event->kind == EVENT_LOAD && (event->flags & ACCESS_UPDATE));
        if (!is_of_session && (r->record.is_paced || !is_of_pace))
            append_event(&r->lanes[event->lane], &caps[event->lane], event);
    }
    for (size_t i = 0; i < out.n_updates; i++) {
        size_t index = write_lane(out.updates[i].id);
        struct conform_lane *lane = &r->lanes[index];
        struct update *updates = mem_room((void *)(uintptr_t)lane->updates, &update_caps[index],
                                          lane->n_updates + 1, sizeof *updates);
        updates[lane->n_updates] = out.updates[i];
        updates[lane->n_updates++].load_is_event &= r->record.is_paced;
        lane->updates = updates;
    }
    for (size_t i = 0; i < out.n_lines; i++)
        append_line(&r->lanes[out.lines[i].lane], out.lines[i].text);
    mem_free(caps);
    mem_free(update_caps);
}

// Ends a model's run by a random schedule, and gives it back as a record.
static inline struct recording
record_model(const struct program *prog, const struct conform_record *options, const char *schedule)
{
    struct random random = random_stream(options->seed, 9);
    struct stepper *s = stepper_new(prog, &(struct stepper_options){.lock_kind = options->lock_kind,
                                                                    .seed = options->seed,
                                                                    .lock_on = options->lock_on});
    while (!stepper_is_over(s)) {
        size_t lane = *schedule ? (size_t)(*schedule++ - 'A') + 1
                                : (size_t)random_below(&random, prog->n_lanes);
        if (stepper_is_enabled(s, lane))
            stepper_step(s, lane);
        assert_false(stepper_is_stuck(s));
    }
    struct recording r = recording_new(prog);
    r.record = *options;
    r.record.lanes = r.lanes;
    r.record.finals = r.finals;
    record_output(&r, s);
    for (size_t lane = 0; lane < r.n_lanes; lane++) {
        r.lanes[lane].fault = stepper_lane(s, lane).fault;
        r.lanes[lane].fault_line = stepper_lane(s, lane).fault_line;
    }
    for (size_t cell = 0; cell < prog->n_cells; cell++)
        r.finals[cell] = stepper_cell(s, cell);
    stepper_free(s);
    return r;
}

#endif
