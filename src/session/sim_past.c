// States of a simulated run that are kept on the way, at distances that grow with their age: one
// step back from anywhere is then some thousand steps from such a state, and not all of them.
#include "session/sim.h"

#include "base/mem.h"
#include "trace/copy_timeline.h"

#include <string.h>

enum {
    PAST_EVERY = 1 << 15, // steps: what is made of them again takes no time that one sees
    PAST_MAX = 16,
    PAST_BYTES = 256 << 20, // all of them
};

// All that a session knows of its run after `at` steps. Nothing of it is shared with the session.
struct sim_past {
    size_t at;
    uint64_t now_ns;
    struct stepper *stepper;
    struct ledger *ledger;
    struct timeline *timeline;
    struct sim_lane *sim_lanes;
    struct sim_lock *sim_locks;
    uint32_t *item_lanes;
    struct feed *feeds;
    struct session_lane *lanes;
    struct last_write *last_writes;
    int64_t *cells, *copies;
    struct session_claim *claims;
    struct session_output *output;
    size_t n_output, output_bytes;
    uint64_t n_output_dropped;
    uint64_t events;
    bool has_failed;
    size_t bytes; // taken, nearly
};

static void *copy_of(const void *array, size_t n, size_t size, size_t *bytes)
{
    if (!array)
        return NULL;
    void *copy = mem_array(n, size);
    if (n)
        memcpy(copy, array, n * size);
    *bytes += n * size;
    return copy;
}

static struct session_output *copy_output(const struct session_output *output, size_t n,
                                          size_t *bytes)
{
    struct session_output *copy = copy_of(output, n, sizeof *copy, bytes);
    for (size_t i = 0; i < n; i++)
        copy[i].text = mem_text(output[i].text);
    return copy;
}

// The state's own copy of each thing that it points to.
static void own(struct sim_past *past, const struct program *prog)
{
    size_t *bytes = &past->bytes;
    *bytes = stepper_bytes(past->stepper) + past->output_bytes;
    past->stepper = stepper_copy(past->stepper);
    past->ledger = ledger_copy(past->ledger);
    past->timeline = past->timeline ? timeline_copy(past->timeline, bytes) : NULL;
    past->sim_lanes = copy_of(past->sim_lanes, prog->n_lanes, sizeof *past->sim_lanes, bytes);
    past->sim_locks = copy_of(past->sim_locks, prog->n_locks, sizeof *past->sim_locks, bytes);
    past->item_lanes =
        copy_of(past->item_lanes, prog->pool.n_items, sizeof *past->item_lanes, bytes);
    past->feeds = copy_of(past->feeds, prog->n_lanes, sizeof *past->feeds, bytes);
    past->lanes = copy_of(past->lanes, prog->n_lanes, sizeof *past->lanes, bytes);
    past->last_writes = copy_of(past->last_writes, prog->n_cells, sizeof *past->last_writes, bytes);
    past->cells = copy_of(past->cells, prog->n_cells, sizeof *past->cells, bytes);
    past->copies =
        copy_of(past->copies, prog->n_lanes * prog->n_cells, sizeof *past->copies, bytes);
    past->claims =
        copy_of(past->claims, prog->n_always + prog->n_expects, sizeof *past->claims, bytes);
    past->output = copy_output(past->output, past->n_output, bytes);
}

static void clear(struct sim_past *past)
{
    stepper_free(past->stepper);
    ledger_free(past->ledger);
    timeline_free(past->timeline);
    for (size_t i = 0; i < past->n_output; i++)
        mem_free((char *)(uintptr_t)past->output[i].text);
    mem_free(past->output);
    mem_free(past->sim_lanes);
    mem_free(past->sim_locks);
    mem_free(past->item_lanes);
    mem_free(past->feeds);
    mem_free(past->lanes);
    mem_free(past->last_writes);
    mem_free(past->cells);
    mem_free(past->copies);
    mem_free(past->claims);
}

static void drop(struct sim *sim, size_t index)
{
    clear(&sim->pasts[index]);
    sim->n_pasts--;
    memmove(&sim->pasts[index], &sim->pasts[index + 1],
            (sim->n_pasts - index) * sizeof *sim->pasts);
}

void sim_past_forget(struct sim *sim, size_t step)
{
    while (sim->n_pasts && sim->pasts[sim->n_pasts - 1].at > step)
        drop(sim, sim->n_pasts - 1);
}

// Of all but the newest, the one without which the gap is smallest for its age.
static size_t least_missed(const struct sim *sim)
{
    size_t found = 0;
    double least = 0;
    for (size_t i = 0; i + 1 < sim->n_pasts; i++) {
        size_t from = i ? sim->pasts[i - 1].at : 0;
        size_t to = sim->pasts[i + 1].at;
        double gap = (double)(to - from) / (double)(sim->at + PAST_EVERY - to);
        if (i == 0 || gap < least) {
            least = gap;
            found = i;
        }
    }
    return found;
}

static bool is_too_much(const struct sim *sim)
{
    size_t bytes = 0;
    for (size_t i = 0; i < sim->n_pasts; i++)
        bytes += sim->pasts[i].bytes;
    return sim->n_pasts > PAST_MAX || bytes > PAST_BYTES;
}

void sim_past_note(struct session *s)
{
    struct sim *sim = s->sim;
    size_t newest = sim->n_pasts ? sim->pasts[sim->n_pasts - 1].at : 0;
    if (sim->at < newest + PAST_EVERY || s->is_deadlocked || s->is_headless || sim->is_past_full)
        return;
    sim->pasts = mem_room(sim->pasts, &sim->cap_pasts, sim->n_pasts + 1, sizeof *sim->pasts);
    struct sim_past *past = &sim->pasts[sim->n_pasts++];
    *past = (struct sim_past){
        .at = sim->at,
        .now_ns = sim->now_ns,
        .stepper = sim->stepper,
        .ledger = s->ledger,
        .timeline = s->timeline,
        .sim_lanes = sim->lanes,
        .sim_locks = sim->locks,
        .item_lanes = sim->item_lanes,
        .feeds = s->feeds,
        .lanes = s->lanes,
        .last_writes = s->last_writes,
        .cells = s->cells,
        .copies = s->copies,
        .claims = s->claims,
        .output = s->output,
        .n_output = s->n_output,
        .output_bytes = s->output_bytes,
        .n_output_dropped = s->n_output_dropped,
        .events = s->events,
        .has_failed = s->has_failed,
    };
    own(past, s->prog);
    // Where a state alone is too large, the one before remains.
    sim->is_past_full = past->bytes > PAST_BYTES;
    if (sim->is_past_full)
        drop(sim, sim->n_pasts - 1);
    while (is_too_much(sim))
        drop(sim, least_missed(sim));
}

// The session's run is what the state says, whose parts it owns from then on.
static void adopt(struct session *s, const struct sim_past *past)
{
    struct sim *sim = s->sim;
    stepper_free(sim->stepper);
    mem_free(sim->lanes);
    mem_free(sim->locks);
    mem_free(sim->item_lanes);
    mem_free(s->claims);
    session_forget_state(s);
    session_forget_counts(s);
    sim->at = past->at;
    sim->now_ns = past->now_ns;
    sim->stepper = past->stepper;
    sim->lanes = past->sim_lanes;
    sim->locks = past->sim_locks;
    sim->item_lanes = past->item_lanes;
    s->ledger = past->ledger;
    s->timeline = past->timeline;
    s->feeds = past->feeds;
    s->lanes = past->lanes;
    s->last_writes = past->last_writes;
    s->cells = past->cells;
    s->copies = past->copies;
    s->claims = past->claims;
    s->output = past->output;
    s->n_output = s->cap_output = past->n_output;
    s->output_bytes = past->output_bytes;
    s->n_output_dropped = past->n_output_dropped;
    s->events = past->events;
    s->has_failed = past->has_failed;
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++)
        if (s->lanes[lane].copies)
            s->lanes[lane].copies = &s->copies[lane * s->prog->n_cells];
}

bool sim_past_restore(struct session *s, size_t step)
{
    struct sim *sim = s->sim;
    bool is_paused = s->is_paused;
    sim_past_forget(sim, step);
    sim->is_past_full = false;
    if (sim->n_pasts == 0)
        return false;
    struct sim_past past = sim->pasts[sim->n_pasts - 1];
    own(&past, s->prog);
    adopt(s, &past);
    s->is_paused = is_paused;
    sim->credit_ns = 0;
    return true;
}
