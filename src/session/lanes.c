// What the lanes do now, as their words in shared memory say.
#include "session/saved.h"
#include "session/sim.h"

#include "base/mem.h"
#include "base/text.h"
#include "engine/sched.h"
#include "prog/machine.h"

#include <stdlib.h>
#include <string.h>

static uint64_t load64(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static uint32_t load32(const _Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void refresh_failure(struct session *s, struct session_lane *view,
                            const struct run_lane *shared)
{
    if (view->failure[0])
        return;
    text_format(view->failure, sizeof view->failure, "%s in line %u",
                machine_fault_text((enum machine_fault)load32(&shared->fault)),
                load32(&shared->fault_line));
    s->has_failed = true;
}

static void refresh_wait(const struct session *s, struct session_lane *view,
                         const struct run_lane *shared)
{
    // A wait that began in between is not taken for the one before.
    uint64_t since = atomic_load_explicit(&shared->wait_ticks, memory_order_acquire);
    view->waits_for = atomic_load_explicit(&shared->waits_for, memory_order_acquire);
    bool is_known = since && load64(&shared->wait_ticks) == since;
    view->owner = EVENT_NO_OBJECT;
    view->waits_since_ns = UINT64_MAX;
    if (view->state == LANE_GIL)
        view->waits_since_ns = session_unpaused_ns(s, load64(&shared->gil_since_ticks));
    else if (view->state == LANE_BLOCKED && view->waits_for < s->run.n_locks && is_known)
        view->waits_since_ns = session_unpaused_ns(s, since);
    if (view->state == LANE_BLOCKED && view->waits_for < s->run.n_locks)
        view->owner = load32(&s->run.locks[view->waits_for].owner);
    // While the run is paused its clock knows no future; afterwards the lane has moved both times
    // on by the pause, and only the later one lies after it for certain.
    if (view->state == LANE_SLEEPING && !s->is_paused) {
        uint64_t from = load64(&shared->sleep_from_ticks);
        uint64_t until = load64(&shared->sleep_until_ticks);
        uint64_t span = session_ticks_span(s, until > from ? until - from : 0);
        view->sleep_until_ns = session_ticks_ns(s, until);
        view->sleep_from_ns = view->sleep_until_ns > span ? view->sleep_until_ns - span : 0;
    }
}

// Main in join is outside every `with` and looks at the switch again before its next one: the mark
// of its wait and the switch are in one order (see enum run_idle).
static bool is_joining(const struct run_lane *shared)
{
    return atomic_load_explicit(&shared->idle, memory_order_seq_cst) == RUN_IDLE_QUIET &&
           load32(&shared->state) == LANE_JOINING;
}

// A process may be killed before it has come to its first op.
static void refresh_unbegun(struct session *s, size_t lane)
{
    struct session_lane *view = &s->lanes[lane];
    if (!session_is_dead(s, lane))
        return;
    view->state = LANE_KILLED;
    view->end_ns = session_ticks_ns(s, load64(&s->run.lanes[lane].reaped_ticks));
}

static void refresh_lane(struct session *s, size_t lane)
{
    struct session_lane *view = &s->lanes[lane];
    const struct run_lane *shared = &s->run.lanes[lane];
    // In one order with the switch of the lock: see the lane's begin.
    uint64_t start = atomic_load_explicit(&shared->start_ticks, memory_order_seq_cst);
    if (start == 0) {
        refresh_unbegun(s, lane);
        return;
    }
    view->is_started = true;
    view->kind = (enum lane_kind)load32(&shared->kind);
    view->state = (enum lane_state)load32(&shared->state);
    view->start_ns = session_ticks_ns(s, start);
    uint64_t end = atomic_load_explicit(&shared->end_ticks, memory_order_acquire);
    bool is_dead = session_is_dead(s, lane);
    if (end)
        view->end_ns = session_ticks_ns(s, end);
    else if (is_dead) {
        view->state = LANE_KILLED;
        view->end_ns = session_ticks_ns(s, load64(&shared->reaped_ticks));
    } else if (s->is_host_gone) {
        view->state = LANE_KILLED;
        view->end_ns = session_now_ns(s);
    }
    view->pc = load32(&shared->pc);
    if (view->pc >= s->prog->n_ops)
        view->pc = (uint32_t)s->prog->n_ops;
    if (!end && !is_dead && s->feeds[lane].n_stops & 1)
        view->state = LANE_STOPPED;
    view->gil_wait_ns = session_ticks_span(s, load64(&shared->gil_ticks));
    bool is_process = view->kind == LANE_PROCESS && !end && !is_dead;
    view->pid = is_process ? load32(&shared->tid) : 0;
    uint32_t item = load32(&shared->item);
    view->item = item < s->prog->pool.n_items ? item : EVENT_NO_OBJECT;
    view->has_loaded = load32(&shared->loaded_cell) != EVENT_NO_OBJECT && !end && !is_dead;
    view->loaded = atomic_load_explicit(&shared->loaded_value, memory_order_relaxed);
    // Pairs with the release in the lane's acknowledgement.
    view->has_acknowledged =
        end != 0 || is_dead || is_joining(shared) ||
        atomic_load_explicit(&shared->lock_seen, memory_order_acquire) == s->lock_word;
    // Of one that was killed the lane's own count may lack the last.
    view->updates = is_dead && !s->spec.is_bare ? s->feeds[lane].made : load64(&shared->updates);
    refresh_wait(s, view, shared);
    if (view->state == LANE_FAILED)
        refresh_failure(s, view, shared);
}

// Settled: every lane that has begun and not ended has acknowledged the switch. One that has not
// begun will begin with it (see the host's begin).
static void settle_lock(struct session *s)
{
    if (s->is_settled)
        return;
    for (size_t lane = 0; lane < s->run.n_lanes; lane++)
        if (s->lanes[lane].is_started && !s->lanes[lane].has_acknowledged)
            return;
    s->is_settled = true;
    // Publishes, to whoever enters `with` from now on, that the old switch is history.
    atomic_store_explicit(&s->run.header->control.lock_settled, s->lock_word, memory_order_release);
}

static void refresh_bare(struct session *s, size_t cell)
{
    s->cells[cell] = (int64_t)load64(&s->run.cells[cell].word);
    for (size_t lane = 1; s->is_private && lane < s->run.n_lanes; lane++)
        s->copies[lane * s->run.n_cells + cell] =
            (int64_t)load64(&run_cells_of(&s->run, lane)[cell].word);
}

void session_refresh_lanes(struct session *s)
{
    uint64_t held = 0, dropped = 0;
    for (size_t lane = 0; lane < s->run.n_lanes; lane++) {
        refresh_lane(s, lane);
        held += load64(&s->run.lanes[lane].held_ticks);
        dropped += load64(&run_events(&s->run, lane)->dropped);
    }
    s->held_ns = session_ticks_span(s, held);
    s->dropped = dropped;
    s->is_arranging = load32(&s->run.header->control.arrange) != RUN_ARRANGE_NONE;
    if (s->spec.is_bare)
        for (size_t cell = 0; cell < s->run.n_cells; cell++)
            refresh_bare(s, cell);
    settle_lock(s);
    uint32_t refused = load32(&s->run.header->host.n_refused);
    s->n_refused = refused;
    if (refused && !s->trouble[0])
        text_format(s->trouble, sizeof s->trouble,
                    "%zu of %zu lanes started: the system allows no more %s",
                    s->run.n_lanes - 1 - refused, s->run.n_lanes - 1,
                    program_uses_processes(s->prog) ? "processes" : "threads");
}

void session_sample_sched(struct session *s)
{
    uint32_t host = load32(&s->run.header->host.pid);
    uint64_t now = session_now_ns(s);
    for (size_t lane = 0; lane < s->run.n_lanes && lane < SCHED_LANES_MAX; lane++) {
        struct feed *feed = &s->feeds[lane];
        uint32_t tid = load32(&s->run.lanes[lane].tid);
        uint64_t waited;
        if (!feed->is_started || feed->is_ended || now < feed->sampled_ns + SCHED_EVERY_NS ||
            !sched_waited_ns(s->lanes[lane].kind == LANE_PROCESS ? tid : host, tid, &waited))
            continue;
        uint64_t span = now - feed->sampled_ns;
        uint64_t more = waited - feed->waited_ns < span ? waited - feed->waited_ns : span;
        if (feed->sampled_ns && more) {
            s->preempted_ns += more;
            if (s->timeline)
                timeline_preempted(s->timeline, lane, feed->sampled_ns, now, more);
        }
        feed->waited_ns = waited;
        feed->sampled_ns = now;
    }
}

// How often the GIL changes hands, now; at the end, how often it did.
void session_watch_gil(struct session *s)
{
    uint64_t now_ns = session_now_ns(s);
    uint64_t since_ns = s->is_ended ? 0 : s->gil_seen_ns;
    uint64_t seen = s->is_ended ? 0 : s->gil_seen;
    if (!s->is_ended && now_ns < since_ns + GIL_EVERY_NS)
        return;
    uint64_t switches = load64(&s->run.header->host.gil_switches);
    if (now_ns > since_ns && switches >= seen)
        s->gil_rate = (switches - seen) * NS_PER_S / (now_ns - since_ns);
    s->gil_seen = switches;
    s->gil_seen_ns = now_ns;
}

struct edge {
    uint64_t t_ns;
    int change;
};

static int by_time(const void *a, const void *b)
{
    const struct edge *x = a;
    const struct edge *y = b;
    return x->t_ns != y->t_ns ? (x->t_ns < y->t_ns ? -1 : 1) : x->change - y->change;
}

uint64_t session_overlap_ns(const struct session *s)
{
    struct edge *edges = mem_array(2 * s->prog->n_lanes, sizeof *edges);
    size_t n = 0;
    for (size_t lane = 1; lane < s->prog->n_lanes; lane++) {
        const struct session_lane *view = &s->lanes[lane];
        if (!view->is_started)
            continue;
        uint64_t end = view->end_ns < s->end_ns ? view->end_ns : s->end_ns;
        edges[n++] = (struct edge){.t_ns = view->start_ns, .change = 1};
        edges[n++] = (struct edge){.t_ns = end, .change = -1};
    }
    qsort(edges, n, sizeof *edges, by_time);
    uint64_t overlap = 0;
    int running = 0;
    for (size_t i = 0; i < n; i++) {
        if (running >= 2)
            overlap += edges[i].t_ns - edges[i - 1].t_ns;
        running += edges[i].change;
    }
    mem_free(edges);
    return overlap;
}

struct session_item session_item(const struct session *s, size_t number)
{
    if (s->saved)
        return s->saved->items[number];
    if (s->sim)
        return sim_item_view(s, number);
    const struct run_item *item = &s->run.items[number];
    uint32_t lane = load32(&item->lane);
    // Pairs with the release of the worker: the result is there.
    bool is_done = atomic_load_explicit(&item->is_done, memory_order_acquire);
    return (struct session_item){
        .lane = lane > 0 && lane < s->prog->n_lanes ? lane : EVENT_NO_OBJECT,
        .is_done = is_done,
        .result = is_done ? atomic_load_explicit(&item->result, memory_order_relaxed) : 0,
    };
}

struct session_bare session_bare(const struct session *s, size_t cell)
{
    if (s->saved)
        return s->saved->bares[cell];
    struct session_bare sum = {.is_by_one = true};
    size_t n_lanes = s->is_private ? 1 : s->prog->n_lanes; // the others have copies of their own
    for (size_t lane = 0; session_is_bare(s) && lane < n_lanes; lane++) {
        const struct run_slots *totals = run_slots_of(&s->run, lane, cell);
        sum.updates += load64(&totals->slot[0].seq);
        int64_t amount = atomic_load_explicit(&totals->slot[0].value, memory_order_relaxed);
        sum.amount = (int64_t)((uint64_t)sum.amount + (uint64_t)amount);
        sum.is_by_one &= load64(&totals->slot[1].seq) == 0;
    }
    return sum;
}
