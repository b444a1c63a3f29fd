// Every interleaving of the scenario on screen, tried beside the run, a little at each pump; and
// any of what was found, played.
#include "session/saved.h"
#include "session/sim.h"

#include "base/mem.h"
#include "base/text.h"
#include "engine/sched.h"
#include "session/explore.h"

#include <string.h>

enum {
    ORDERS_BUDGET_NS = 8 * NS_PER_MS,
    STATES_AT_A_TIME = 1000,
    ORDERS_THREADS_MAX = 16,
    PROBE_FROM_STATES =
        500000, // so many without a failure: a few schedules are tried by themselves
    PROBE_STEPS_AT_A_TIME = 10000,
};

void session_forget_orders(struct session *s)
{
    explore_tree_free(s->orders.tree);
    probe_free(s->orders.probe);
    explore_free(s->orders.explore);
    s->orders = (struct orders){.grain = s->orders.grain};
}

bool session_orders_begin(struct session *s, struct error *err)
{
    size_t cores = sched_cores();
    const struct explore_options how = {
        .lock_kind = lock_kinds[s->spec.lock_kind],
        .lock_on = s->spec.lock_on,
        .grain = s->orders.grain,
        .memory_max_bytes = SESSION_ORDERS_BYTES,
        .n_threads = cores < ORDERS_THREADS_MAX ? (unsigned)cores : ORDERS_THREADS_MAX,
    };
    struct orders *o = &s->orders;
    if (o->explore)
        return true;
    o->explore = explore_new(s->prog, &how, err);
    o->status = EXPLORE_GOING;
    o->began_ns = session_clock_ns(s);
    return o->explore != NULL;
}

// What exploring has come to, and, where all of it was tried and it is small, the tree.
static void settle(struct session *s)
{
    struct orders *o = &s->orders;
    o->took_ns = s->has_clock ? 0 : clock_now_ns() - o->began_ns;
    o->result = explore_result(o->explore);
    if (o->status == EXPLORE_COMPLETE && !o->result->is_endless)
        o->tree = explore_tree_new(o->explore);
}

void session_orders_stop(struct session *s)
{
    struct orders *o = &s->orders;
    if (!o->explore || o->status != EXPLORE_GOING)
        return;
    explore_stop(o->explore);
    o->status = EXPLORE_STOPPED;
    settle(s);
}

// How often another lane is next; of a failure without an example more than any.
static size_t switches_of(const struct explore_failure *failure)
{
    const uint16_t *lanes = failure->has_fewest ? failure->fewest_switches : failure->shortest;
    size_t n = failure->has_fewest ? failure->n_fewest : failure->n_shortest, switches = 0;
    if (!failure->has_fewest && !failure->has_shortest)
        return SIZE_MAX;
    for (size_t i = 1; i < n; i++)
        switches += lanes[i] != lanes[i - 1];
    return switches;
}

// The failure that needs the fewest switches, as that is what a person can follow.
static const struct explore_failure *best_failure(const struct explore_result *result)
{
    const struct explore_failure *best = NULL;
    for (size_t i = 0; i < result->n_failures; i++) {
        const struct explore_failure *failure = &result->failures[i];
        if (switches_of(failure) < (best ? switches_of(best) : SIZE_MAX))
            best = failure;
    }
    return best;
}

// --- playing: as a simulated run, from its beginning

static bool play_steps(struct session *s, const uint16_t *steps, size_t n_steps, struct error *err)
{
    bool was_simulated = s->spec.is_simulated;
    s->spec.is_simulated = true;
    bool is_begun = session_begin_run(s, s->prog, err);
    if (!is_begun)
        s->spec.is_simulated = was_simulated;
    for (size_t i = 0; i < n_steps && is_begun; i++)
        if (!sim_step(s, steps[i]))
            break;
    return is_begun;
}

static bool play(struct session *s, const uint16_t *lanes, size_t n, struct error *err)
{
    size_t n_steps;
    uint16_t *steps = explore_steps(s->orders.explore, lanes, n, &n_steps);
    bool is_begun = play_steps(s, steps, n_steps, err);
    mem_free(steps);
    return is_begun;
}

// To its beginning, from which it goes on. A run has random numbers and a clock of its own, which
// exploring does not know, so it may have come to something else than it should.
static bool show(struct session *s, bool is_as_found, struct error *err)
{
    sim_seek(s, 0);
    session_pause(s, false);
    return is_as_found ||
           error_set(err, "with this run's random numbers and times that schedule ends otherwise");
}

static bool has_failed_so(const struct session *s, enum explore_goal_kind kind, const char *text)
{
    switch (kind) {
    case GOAL_EXPECT:
    case GOAL_ALWAYS:
        for (size_t i = 0; i < s->n_claims; i++)
            if (s->claims[i].is_judged && !s->claims[i].holds &&
                strcmp(s->claims[i].text, text) == 0)
                return true;
        return false;
    case GOAL_FAULT:
        return s->has_failed;
    case GOAL_DEADLOCK:
        return s->is_deadlocked;
    }
    return false;
}

static bool play_failure(struct session *s, const struct explore_failure *failure,
                         struct error *err)
{
    const uint16_t *lanes = failure->has_fewest ? failure->fewest_switches : failure->shortest;
    size_t n = failure->has_fewest ? failure->n_fewest : failure->n_shortest;
    if (!failure->has_fewest && !failure->has_shortest)
        return error_set(err, "no example of it was found within the limit of memory");
    return play(s, lanes, n, err) && show(s, has_failed_so(s, failure->kind, failure->text), err);
}

// Of the shortest schedules the one with the fewest switches, where that is one of them.
static bool play_final(struct session *s, size_t cell, const struct explore_final *final,
                       struct error *err)
{
    bool is_both =
        final->has_fewest && (!final->has_shortest || final->n_fewest <= final->n_shortest);
    const uint16_t *lanes = is_both ? final->fewest_switches : final->shortest;
    if (!final->has_fewest && !final->has_shortest)
        return error_set(err, "no example of it was found within the limit of memory");
    return play(s, lanes, is_both ? final->n_fewest : final->n_shortest, err) &&
           show(s, s->is_ended && s->cells[cell] == final->value, err);
}

static const struct explore_final *find_final(const struct session *s, size_t cell, int64_t value)
{
    const struct explore_result *result = s->orders.result;
    for (size_t i = 0; result && cell < result->n_cells && i < result->cells[cell].n_finals; i++)
        if (result->cells[cell].finals[i].value == value)
            return &result->cells[cell].finals[i];
    return NULL;
}

static bool play_probed(struct session *s, struct error *err)
{
    struct probe_result probed = probe_result(s->orders.probe);
    return play_steps(s, probed.lanes, probed.n, err) &&
           show(s, has_failed_so(s, probed.kind, probed.text), err);
}

static bool has_probed_failure(const struct orders *o)
{
    return o->is_probed && probe_result(o->probe).has_failed;
}

static bool play_best_failure(struct session *s, struct error *err)
{
    session_orders_stop(s);
    const struct explore_result *result = s->orders.result;
    const struct explore_failure *failure = best_failure(result);
    if (failure)
        return play_failure(s, failure, err);
    if (has_probed_failure(&s->orders))
        return play_probed(s, err);
    return error_set(err,
                     !result->is_complete ? "no failing schedule was found, and not all were tried"
                     : result->n_failures > 0 ? "no example was found within the limit of memory"
                                              : "every interleaving was tried: none fails");
}

// What has been asked for, now that it can be.
static bool play_wanted(struct session *s, struct error *err)
{
    struct orders *o = &s->orders;
    enum orders_want want = o->want;
    o->want = WANT_NOTHING;
    o->is_played = want == WANT_FAILURE
                       ? play_best_failure(s, err)
                       : play_final(s, o->cell, find_final(s, o->cell, o->value), err);
    if (!o->is_played)
        text_format(o->why_not, sizeof o->why_not, "%s", err->text);
    return o->is_played;
}

static void wish(struct orders *o, enum orders_want want)
{
    o->want = want;
    o->is_played = false;
    o->why_not[0] = '\0';
}

void session_forgo(struct session *s)
{
    wish(&s->orders, WANT_NOTHING);
}

// A failure is wanted, and exploring takes long or has been cut short without one.
static bool wants_probe(const struct orders *o)
{
    if (o->want != WANT_FAILURE || o->is_probed || o->status == EXPLORE_FAILED)
        return false;
    if (o->status == EXPLORE_GOING)
        return explore_progress(o->explore).n_states >= PROBE_FROM_STATES;
    return !o->result->is_complete && !best_failure(o->result);
}

static void probe_on(struct session *s)
{
    struct orders *o = &s->orders;
    const struct stepper_options how = {.lock_kind = lock_kinds[s->spec.lock_kind],
                                        .seed = s->spec.seed,
                                        .lock_on = s->spec.lock_on};
    if (!o->probe)
        o->probe = probe_new(s->prog, &how);
    o->is_probed = probe_run(o->probe, PROBE_STEPS_AT_A_TIME);
}

static void go_on(struct session *s)
{
    struct orders *o = &s->orders;
    if (wants_probe(o)) {
        probe_on(s);
        return;
    }
    if (o->is_seeking) {
        o->is_seeking = !explore_seek_run(o->explore, STATES_AT_A_TIME);
        if (!o->is_seeking)
            o->result = explore_result(o->explore);
        return;
    }
    o->status = explore_run(o->explore, STATES_AT_A_TIME);
    if (o->status != EXPLORE_GOING)
        settle(s);
}

bool session_orders_are_going(const struct session *s)
{
    const struct orders *o = &s->orders;
    return o->explore && (o->status == EXPLORE_GOING || o->is_seeking || wants_probe(o));
}

bool session_orders_pump(struct session *s)
{
    struct error err;
    struct orders *o = &s->orders;
    if (!session_orders_are_going(s))
        return false;
    uint64_t deadline_ns = clock_now_ns() + ORDERS_BUDGET_NS;
    while (session_orders_are_going(s) && clock_now_ns() < deadline_ns)
        go_on(s);
    if (o->want != WANT_NOTHING && (!session_orders_are_going(s) || has_probed_failure(o)))
        play_wanted(s, &err);
    return true;
}

bool session_find(struct session *s, struct error *err)
{
    struct orders *o = &s->orders;
    if (!session_orders_begin(s, err))
        return false;
    wish(o, WANT_FAILURE);
    if (has_probed_failure(o))
        return play_wanted(s, err);
    return session_orders_are_going(s) || play_wanted(s, err);
}

bool session_seek_final(struct session *s, size_t cell, int64_t value)
{
    struct orders *o = &s->orders;
    const struct explore_final *final = find_final(s, cell, value);
    if (!final || (o->is_sought && o->cell == cell && o->value == value))
        return final != NULL;
    wish(o, WANT_NOTHING);
    o->is_seeking = o->is_sought = explore_seek(o->explore, cell, value);
    o->cell = cell;
    o->value = value;
    return o->is_sought;
}

bool session_play_final(struct session *s, size_t cell, int64_t value, struct error *err)
{
    struct orders *o = &s->orders;
    if (!session_seek_final(s, cell, value))
        return error_set(err, "no such result is known");
    wish(o, WANT_FINAL);
    return o->is_seeking || play_wanted(s, err);
}

bool session_play_failure(struct session *s, size_t failure, struct error *err)
{
    const struct explore_result *result = s->orders.result;
    if (!result || failure >= result->n_failures)
        return error_set(err, "no such failure is known");
    session_forgo(s);
    return play_failure(s, &result->failures[failure], err);
}

bool session_play_leaf(struct session *s, size_t leaf, struct error *err)
{
    const struct explore_tree *tree = s->orders.tree;
    if (!tree || leaf >= tree->n_leaves)
        return error_set(err, "no such schedule is known");
    session_forgo(s);
    uint16_t *lanes = tree_schedule(tree, leaf);
    bool is_played =
        play(s, lanes, tree->nodes[tree->leaves[leaf].node].depth, err) &&
        show(s,
             memcmp(s->cells, tree->leaves[leaf].cells, s->prog->n_cells * sizeof *s->cells) == 0,
             err);
    mem_free(lanes);
    return is_played;
}

// Why the run on the screen need not be one of what was explored; NULL: it is.
static const char *why_apart(const struct session *s)
{
    if (s->sim)
        return NULL;
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++)
        if (s->lanes[lane].state == LANE_KILLED)
            return "a lane was killed in this run";
    return session_is_bare(s)  ? "this run is bare"
           : s->lock_word >> 1 ? "the lock was switched in this run"
           : s->saved && !rlt_facts(s->saved->file).is_complete
               ? "the file of this run was cut short"
           : s->n_refused > 0    ? "not every lane of this run could start"
           : s->host_signal != 0 ? "this run was killed"
                                 : NULL;
}

struct session_orders session_orders(const struct session *s)
{
    const struct orders *o = &s->orders;
    struct session_orders orders = {.is_begun = o->explore != NULL,
                                    .status = o->status,
                                    .is_wanted = o->want != WANT_NOTHING,
                                    .is_played = o->is_played,
                                    .is_of_probe = has_probed_failure(o) && o->result &&
                                                   !best_failure(o->result),
                                    .why_not = o->why_not,
                                    .grain = o->grain,
                                    .is_seeking = o->is_seeking,
                                    .why_apart = why_apart(s)};
    if (!o->explore)
        return orders;
    orders.progress = explore_progress(o->explore);
    orders.result = o->result;
    orders.trouble = o->status == EXPLORE_FAILED ? explore_trouble(o->explore) : NULL;
    orders.elapsed_ns = o->status == EXPLORE_GOING ? session_clock_ns(s) - o->began_ns : o->took_ns;
    orders.tree = o->tree;
    if (o->tree && s->sim)
        orders.has_place =
            tree_find(o->tree, o->explore, s->sim->schedule, s->sim->at, &orders.place);
    if (o->tree && s->saved && s->saved->is_simulated)
        orders.has_place =
            tree_find(o->tree, o->explore, s->saved->schedule, s->saved->n_steps, &orders.place);
    return orders;
}
