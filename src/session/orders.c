// Every interleaving of the scenario on screen, tried beside the run, a little at each pump.
#include "session/sim.h"

#include "base/mem.h"
#include "engine/sched.h"
#include "session/explore.h"

enum { ORDERS_BUDGET_NS = 8 * NS_PER_MS, STATES_AT_A_TIME = 1000, ORDERS_THREADS_MAX = 16 };

void session_forget_orders(struct session *s)
{
    explore_free(s->explore);
    s->explore = NULL;
    s->plays_example = false;
}

bool session_orders_begin(struct session *s, struct error *err)
{
    size_t cores = sched_cores();
    const struct explore_options how = {
        .lock_kind = lock_kinds[s->spec.lock_kind],
        .lock_on = s->spec.lock_on,
        .memory_max_bytes = UINT64_C(256) << 20,
        .n_threads = cores < ORDERS_THREADS_MAX ? (unsigned)cores : ORDERS_THREADS_MAX,
    };
    if (s->explore)
        return true;
    s->explore = explore_new(s->prog, &how, err);
    s->explore_status = EXPLORE_GOING;
    s->orders_began_ns = clock_now_ns();
    return s->explore != NULL;
}

void session_orders_stop(struct session *s)
{
    if (s->explore && s->explore_status == EXPLORE_GOING) {
        explore_stop(s->explore);
        s->explore_status = EXPLORE_STOPPED;
    }
}

// The failure that is found with the fewest switches, as that is what a person can follow.
static const struct explore_failure *best_failure(const struct explore_result *result)
{
    const struct explore_failure *best = NULL;
    for (size_t i = 0; i < result->n_failures; i++)
        if (result->failures[i].has_fewest || result->failures[i].has_shortest) {
            const struct explore_failure *failure = &result->failures[i];
            if (!best || failure->n_fewest < best->n_fewest)
                best = failure;
        }
    return best;
}

// Plays the example as a simulated run, from its beginning.
static void play_example(struct session *s)
{
    const struct explore_failure *failure = best_failure(explore_result(s->explore));
    struct error err;
    s->plays_example = false;
    if (!failure)
        return;
    const uint16_t *lanes = failure->has_fewest ? failure->fewest_switches : failure->shortest;
    size_t n = failure->has_fewest ? failure->n_fewest : failure->n_shortest;
    s->spec.is_simulated = true;
    if (!session_begin_run(s, s->prog, &err))
        return;
    for (size_t i = 0; i < n; i++)
        if (!sim_step(s, lanes[i]))
            break;
    sim_seek(s, 0);
    session_pause(s, false);
}

bool session_orders_pump(struct session *s)
{
    if (!s->explore || s->explore_status != EXPLORE_GOING)
        return false;
    uint64_t deadline_ns = clock_now_ns() + ORDERS_BUDGET_NS;
    while (s->explore_status == EXPLORE_GOING && clock_now_ns() < deadline_ns)
        s->explore_status = explore_run(s->explore, STATES_AT_A_TIME);
    if (s->explore_status != EXPLORE_GOING) {
        s->orders_took_ns = clock_now_ns() - s->orders_began_ns;
        if (s->plays_example)
            play_example(s);
    }
    return true;
}

bool session_find(struct session *s, struct error *err)
{
    if (!session_orders_begin(s, err))
        return false;
    s->plays_example = true;
    if (s->explore_status == EXPLORE_GOING)
        return true;
    struct session_orders orders = session_orders(s);
    bool has_example = orders.result && best_failure(orders.result);
    if (has_example)
        play_example(s);
    s->plays_example = false;
    return has_example ||
           error_set(err, orders.status == EXPLORE_COMPLETE
                              ? "every interleaving was tried: none fails"
                              : "no failing schedule was found, and not all were tried");
}

struct session_orders session_orders(const struct session *s)
{
    struct session_orders orders = {
        .is_begun = s->explore != NULL, .status = s->explore_status, .is_wanted = s->plays_example};
    if (!s->explore)
        return orders;
    bool is_going = s->explore_status == EXPLORE_GOING;
    orders.progress = explore_progress(s->explore);
    orders.result = is_going ? NULL : explore_result(s->explore);
    orders.trouble = s->explore_status == EXPLORE_FAILED ? explore_trouble(s->explore) : NULL;
    orders.elapsed_ns = is_going ? clock_now_ns() - s->orders_began_ns : s->orders_took_ns;
    return orders;
}
