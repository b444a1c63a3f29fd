// Takes in what the lanes have reported: updates into the ledger, and everything into the timeline
// in the order in which each lane did it.
#include "session/saved.h"

static void show(struct session *s, size_t lane, struct event *event)
{
    struct feed *feed = &s->feeds[lane];
    // Two clocks' readings of one lane may be equal, never backwards.
    if (event->t_ns < feed->last_ns)
        event->t_ns = feed->last_ns;
    feed->last_ns = event->t_ns;
    if (event->kind == EVENT_BROKEN)
        session_broken(s, event->object, event->t_ns, event->lane);
    if (s->timeline)
        timeline_append(s->timeline, event);
}

static void show_updates(struct session *s, size_t lane, const struct update *updates, size_t n)
{
    struct feed *feed = &s->feeds[lane];
    if (!s->timeline)
        return;
    for (size_t i = 0; i < n; i++)
        if (updates[i].t_ns > feed->last_ns)
            feed->last_ns = updates[i].t_ns;
    timeline_append_updates(s->timeline, lane, updates, n);
}

// Held events keep the ticks of their lane's clock: the run's own time stands still in a pause, and
// what a lane did before it noticed the pause has the same time as that.
static void show_event(struct session *s, size_t lane, struct event event)
{
    event.t_ns = session_ticks_ns(s, event.t_ns);
    show(s, lane, &event);
}

static size_t drain_events(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    size_t n = ring_drain_events(run_events(&s->run, lane), feed->held + feed->n_held,
                                 FEED_BATCH - feed->n_held);
    for (size_t i = 0; i < n; i++)
        s->events += feed->held[feed->n_held + i].kind != EVENT_GAP;
    feed->n_held += n;
    return n;
}

// Whether there is a next event of the lane; takes in more when those at hand are used up and had
// no room for all.
static bool next_held(struct session *s, size_t lane, size_t *shown)
{
    struct feed *feed = &s->feeds[lane];
    if (*shown < feed->n_held)
        return true;
    if (feed->n_held < FEED_BATCH)
        return false;
    *shown = feed->n_held = 0;
    return drain_events(s, lane) > 0;
}

// What was drained of a lane's updates, and their ticks, which updates[].t_ns are no more.
struct batch {
    struct update *updates; // in the ledger, or `own`
    size_t n;
    uint64_t ticks[FEED_BATCH];
    struct update own[FEED_BATCH];
};

// How many updates come before the event.
static size_t count_before(const struct batch *batch, size_t from, const struct event *event)
{
    size_t i = from;
    while (i < batch->n && batch->ticks[i] < event->t_ns)
        i++;
    return i - from;
}

// Events of a lane and its updates come by two rings. What was drained as updates may be preceded
// by events in `held`; those go first.
static void show_merged(struct session *s, size_t lane, const struct batch *batch)
{
    struct feed *feed = &s->feeds[lane];
    size_t shown = 0;
    for (size_t i = 0; i < batch->n;) {
        while (next_held(s, lane, &shown) && feed->held[shown].t_ns <= batch->ticks[i])
            show_event(s, lane, feed->held[shown++]);
        size_t n = batch->n - i;
        if (shown < feed->n_held)
            n = count_before(batch, i, &feed->held[shown]);
        show_updates(s, lane, &batch->updates[i], n);
        i += n;
    }
    for (size_t i = shown; i < feed->n_held; i++)
        feed->held[i - shown] = feed->held[i];
    feed->n_held -= shown;
}

static void show_held(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    for (size_t i = 0; i < feed->n_held; i++)
        show_event(s, lane, feed->held[i]);
    feed->n_held = 0;
}

// Nobody else can write to the lane's own copies: there is nothing to merge, nothing to lose.
static void take_copies(struct session *s, size_t lane, const struct update *updates, size_t n)
{
    int64_t *copies = &s->copies[lane * s->run.n_cells];
    for (size_t i = 0; i < n; i++) {
        copies[updates[i].cell] = updates[i].value;
        session_judge_store(s, lane, &updates[i], copies);
    }
    s->feeds[lane].merged += n;
}

void session_take_update(struct session *s, size_t lane, const struct update *update)
{
    s->feeds[lane].made += update->flags & ACCESS_UPDATE;
    if (session_has_copies(s, lane))
        take_copies(s, lane, update, 1);
    else
        ledger_push(s->ledger, lane, update, 1);
}

// From ticks to nanoseconds; and counts.
static void translate(struct session *s, size_t lane, struct batch *batch)
{
    // Own copies of what no loop would keep in registers else, since updates might be them.
    const struct clock_scale scale = s->run.header->host.scale;
    uint64_t began_ns = s->began_ns, made = 0, loads = 0;
    bool has_pauses = s->n_pauses || s->is_paused;
    for (size_t i = 0; i < batch->n; i++) {
        struct update *update = &batch->updates[i];
        uint64_t ticks = update->t_ns, ns = clock_to_ns(&scale, ticks);
        uint64_t age = clock_span_ns(&scale, update->load_age_ns);
        ns = ns > began_ns ? ns - began_ns : 0;
        batch->ticks[i] = ticks;
        update->t_ns = has_pauses ? session_ticks_ns(s, ticks) : ns;
        update->load_age_ns = age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
        made += update->flags & ACCESS_UPDATE;
        loads += update_has_load(update);
    }
    s->feeds[lane].made += made;
    s->events += batch->n + loads;
}

static uint64_t n_ready(const struct session *s, size_t lane)
{
    const struct ring *ring = run_updates(&s->run, lane);
    return atomic_load_explicit(&ring->head, memory_order_acquire) - s->feeds[lane].drained;
}

static void drain_updates(struct session *s, size_t lane, struct batch *batch)
{
    bool has_copies = session_has_copies(s, lane);
    uint64_t ready = n_ready(s, lane);
    size_t cap = ready < FEED_BATCH ? (size_t)ready : FEED_BATCH;
    batch->n = 0;
    if (cap == 0)
        return;
    batch->updates = has_copies ? batch->own : ledger_room(s->ledger, lane, cap);
    batch->n = ring_drain_updates(run_updates(&s->run, lane), batch->updates, cap);
    s->feeds[lane].drained += batch->n;
    translate(s, lane, batch);
    if (has_copies)
        take_copies(s, lane, batch->updates, batch->n);
    else
        ledger_push_room(s->ledger, lane, batch->n);
}

static bool has_updates(const struct session *s, size_t lane)
{
    return n_ready(s, lane) > 0;
}

static bool has_events(const struct session *s, size_t lane)
{
    const struct ring *ring = run_events(&s->run, lane);
    return atomic_load_explicit(&ring->head, memory_order_acquire) !=
           atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

// Updates first, then events: whatever event came before the last of these updates is there then.
// Events that are newer than that wait until it is known that no update comes before them.
// Returns how many records that were.
static size_t feed_lane(struct session *s, size_t lane)
{
    struct batch batch;
    drain_updates(s, lane, &batch);
    if (batch.n == 0)
        show_held(s, lane);
    size_t n_events = drain_events(s, lane);
    show_merged(s, lane, &batch);
    if (!has_updates(s, lane))
        show_held(s, lane);
    return batch.n + n_events;
}

static void mark_store(struct session *s, size_t lane, uint64_t t_ns, size_t cell, uint64_t id,
                       uint8_t flag)
{
    struct timeline_marked marked =
        timeline_mark_store(s->timeline, lane, t_ns, cell, write_mark(id), flag);
    recorder_mark(
        s, lane,
        &(struct rlt_store){.t_ns = t_ns, .cell = cell, .mark = write_mark(id), .flag = flag},
        marked);
}

static void mark_loss(struct session *s, const struct ledger_step *step)
{
    const struct update *update = step->update;
    const struct last_write *victim = &s->last_writes[update->cell];
    mark_store(s, step->lane, update->t_ns, update->cell, update->id, ACCESS_LOSS);
    if (write_seq(update->old) != 0)
        mark_store(s, victim->lane, victim->t_ns, update->cell, update->old, ACCESS_LOST);
}

static void on_merged(void *context, const struct ledger_step *step)
{
    struct session *s = context;
    struct feed *feed = &s->feeds[step->lane];
    feed->merged++;
    if (s->n_open_drafts)
        session_note_merged(s, step->update);
    if (step->overwritten && s->timeline)
        mark_loss(s, step);
    if (step->entry && (step->update->flags & ACCESS_ARRANGED))
        s->arranged++;
    s->last_writes[step->update->cell] =
        (struct last_write){.t_ns = step->update->t_ns, .lane = step->lane};
    s->cells[step->update->cell] = step->update->value;
    if (s->prog->n_always)
        session_judge_store(s, step->lane, step->update, s->cells);
}

bool session_merge(struct session *s)
{
    return ledger_merge(s->ledger, 0, on_merged, s) > 0;
}

// One batch of each lane, in turns that go on where the last call ran out of time. True when a lane
// may have more.
static bool feed_each(struct session *s, uint64_t deadline_ns, bool *any)
{
    bool has_more = false;
    for (size_t i = 0; i < s->run.n_lanes; i++) {
        size_t n = feed_lane(s, s->next_fed);
        s->next_fed = (s->next_fed + 1) % s->run.n_lanes;
        *any |= n > 0;
        has_more |= n >= FEED_BATCH;
        if (n && clock_now_ns() >= deadline_ns)
            return true;
    }
    return has_more;
}

// With so much undecided it is time to look what is final, which makes room in the cache for what
// comes next. Looking takes as long as there are lanes and cells.
static size_t enough_undecided(const struct session *s)
{
    return ledger_undecided(s->ledger) + UNDECIDED_FEW + s->run.n_lanes * s->run.n_cells / 8;
}

bool session_feed(struct session *s)
{
    // With too much undecided the lanes are held back, but never stopped: a lane is known to be
    // quiet only once its records have been taken in.
    size_t kept = ledger_undecided(s->ledger) + ledger_waiting(s->ledger);
    size_t enough = enough_undecided(s);
    int batches = kept > UNDECIDED_MAX ? 1 : FEED_BATCHES;
    bool any = false;
    // A batch of each lane and then the ledger, so that what it takes is still in the cache; and
    // not again for a few records, which the lanes would feel: they are there in the next pump.
    bool has_more = true;
    uint64_t deadline_ns = clock_now_ns() + FEED_BUDGET_NS;
    for (int i = 0; has_more && i < batches; i++) {
        has_more = feed_each(s, deadline_ns, &any) && clock_now_ns() < deadline_ns;
        any |= session_merge(s);
        if (ledger_undecided(s->ledger) > enough) {
            ledger_collect(s->ledger);
            enough = enough_undecided(s);
        }
    }
    return any;
}

static void mark_start(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    uint64_t ticks = atomic_load_explicit(&s->run.lanes[lane].start_ticks, memory_order_seq_cst);
    if (feed->is_started || ticks == 0)
        return;
    feed->is_started = true;
    struct event start = {.t_ns = session_ticks_ns(s, ticks),
                          .object = EVENT_NO_OBJECT,
                          .lane = (uint16_t)lane,
                          .kind = EVENT_START};
    s->events++;
    show(s, lane, &start);
}

static enum event_kind end_kind(const struct session *s, size_t number)
{
    const struct run_lane *lane = &s->run.lanes[number];
    if (session_is_dead(s, number))
        return EVENT_KILL;
    uint32_t fault = atomic_load_explicit(&lane->fault, memory_order_relaxed);
    uint32_t state = atomic_load_explicit(&lane->state, memory_order_relaxed);
    if (state == LANE_FINISHED)
        return EVENT_FINISH;
    return state == LANE_FAILED && fault ? EVENT_FAIL : EVENT_KILL;
}

// A thread's end is known from its own last word, which it says after everything else, or from the
// host, which has it from the kernel. Its rings are empty for good once they are found empty then.
static void mark_end(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    const struct run_lane *shared = &s->run.lanes[lane];
    // Both pair with the releases of the lane and of the host.
    bool is_over = atomic_load_explicit(&shared->end_ticks, memory_order_acquire) ||
                   atomic_load_explicit(&shared->is_joined, memory_order_acquire) ||
                   s->is_host_gone;
    if (feed->is_ended || !is_over || has_updates(s, lane) || feed->n_held || has_events(s, lane))
        return;
    // Not before the lane is seen as killed, so that no death is told of one that still waits.
    bool is_seen = s->lanes[lane].end_ns != UINT64_MAX;
    if (session_is_dead(s, lane) && (!is_seen || !session_settle_death(s, lane)))
        return;
    feed->is_ended = true;
    ledger_ended(s->ledger, lane);
    if (!feed->is_started)
        return;
    uint64_t ticks = atomic_load_explicit(&shared->end_ticks, memory_order_acquire);
    if (!ticks)
        ticks = atomic_load_explicit(&shared->reaped_ticks, memory_order_relaxed);
    struct event end = {
        .t_ns = ticks ? session_ticks_ns(s, ticks) : session_now_ns(s),
        .value = atomic_load_explicit(&shared->fault, memory_order_relaxed),
        .object = EVENT_NO_OBJECT,
        .lane = (uint16_t)lane,
        .kind = (uint8_t)end_kind(s, lane),
    };
    s->events++;
    show(s, lane, &end);
}

void session_mark_starts(struct session *s)
{
    for (size_t lane = 0; lane < s->run.n_lanes; lane++) {
        mark_start(s, lane);
        session_see_stops(s, lane);
    }
}

void session_mark_ends(struct session *s)
{
    for (size_t lane = 0; lane < s->run.n_lanes; lane++)
        mark_end(s, lane);
}

uint64_t session_taken_until(const struct session *s, uint64_t now_ns)
{
    uint64_t until_ns = now_ns;
    for (size_t lane = 0; lane < s->run.n_lanes; lane++) {
        bool is_behind = has_updates(s, lane) || has_events(s, lane) || s->feeds[lane].n_held;
        if (is_behind && s->feeds[lane].last_ns < until_ns)
            until_ns = s->feeds[lane].last_ns;
    }
    return until_ns;
}
