// A timeline as it is written: lanes' states, exact events and buckets of time.
#include "trace/timeline.h"

#include "base/mem.h"
#include "trace/timeline_lane.h"

#include <assert.h>
#include <stdlib.h>

enum { LATE_KEPT = 256 };

struct timeline *timeline_new(size_t n_lanes, size_t memory_bytes)
{
    size_t own_bytes = sizeof(struct timeline) + n_lanes * sizeof(struct timeline_lane);
    struct timeline *tl = mem_alloc(own_bytes);
    tl->n_lanes = n_lanes;
    size_t left_bytes = memory_bytes > own_bytes ? memory_bytes - own_bytes : 0;
    size_t half_bytes = n_lanes ? left_bytes / n_lanes / 2 : 0;
    for (size_t i = 0; i < n_lanes; i++) {
        tl->lanes[i].end_ns = UINT64_MAX;
        tl->lanes[i].events.cap_max = events_cap_for(half_bytes);
        tl->lanes[i].pyramid.buckets_max = pyramid_buckets_for(half_bytes);
    }
    return tl;
}

void timeline_free(struct timeline *tl)
{
    if (!tl)
        return;
    for (size_t i = 0; i < tl->n_lanes; i++) {
        events_clear(&tl->lanes[i].events);
        pyramid_clear(&tl->lanes[i].pyramid);
        mem_free(tl->lanes[i].late);
        mem_free(tl->lanes[i].preempted);
    }
    mem_free(tl);
}

static uint64_t bucket_start(uint64_t t_ns)
{
    return t_ns & ~(TIMELINE_BUCKET_NS - 1);
}

static void begin(struct timeline_lane *lane, uint64_t t_ns)
{
    lane->has_begun = true;
    lane->first_ns = lane->known_ns = t_ns;
    lane->open_ns = bucket_start(t_ns);
}

// Closes the open bucket and opens the one that t_ns lies in.
static void reopen(struct timeline_lane *lane, uint64_t t_ns)
{
    uint64_t end_ns = lane->open_ns + TIMELINE_BUCKET_NS;
    uint64_t open_ns = bucket_start(t_ns);
    lane->open.state_ns[lane->state] += end_ns - lane->known_ns;
    pyramid_add(&lane->pyramid, 0, lane->open_ns, &lane->open);
    pyramid_add_span(&lane->pyramid, lane->state, end_ns, open_ns);
    lane->open = (struct sum){0};
    lane->open_ns = lane->known_ns = open_ns;
}

// Accounts for the lane's time up to t_ns, in the state it was in.
static inline void pass_time(struct timeline_lane *lane, uint64_t t_ns)
{
    if (t_ns - lane->open_ns >= TIMELINE_BUCKET_NS)
        reopen(lane, t_ns);
    lane->open.state_ns[lane->state] += t_ns - lane->known_ns;
    lane->known_ns = t_ns;
}

static bool has_ended(const struct timeline_lane *lane)
{
    return lane->end_ns != UINT64_MAX;
}

static uint64_t lock_bit(const struct event *event)
{
    return UINT64_C(1) << (event->object & 63);
}

static enum lane_state working(const struct timeline_lane *lane)
{
    return lane->locks_held ? LANE_HOLDING : LANE_RUNNING;
}

// Which locks the lane holds. A set and not a number, so that one dropped event does not count
// wrong for ever: the next acquire and release of that lock put it right.
static void note_locks(struct timeline_lane *lane, const struct event *event)
{
    if (event->kind == EVENT_ACQUIRE)
        lane->locks_held |= lock_bit(event);
    else if (event->kind == EVENT_RELEASE)
        lane->locks_held &= ~lock_bit(event);
}

// Whether the event ends a pause or a stop from outside that the lane is in.
static bool is_return(const struct timeline_lane *lane, const struct event *event)
{
    return (event->kind == EVENT_RESUME && lane->state == LANE_PAUSED) ||
           (event->kind == EVENT_CONTINUED && lane->state == LANE_STOPPED);
}

static enum lane_state state_after(struct timeline_lane *lane, const struct event *event)
{
    int after = event_info[event->kind].state_after;
    if (after < 0) {
        if (is_return(lane, event))
            return lane->state_before;
        // Its start was dropped.
        return lane->state == LANE_NEW ? LANE_RUNNING : lane->state;
    }
    bool is_halt = after == LANE_PAUSED || after == LANE_STOPPED;
    if (is_halt && lane->state != LANE_PAUSED && lane->state != LANE_STOPPED)
        lane->state_before = lane->state == LANE_NEW ? LANE_RUNNING : lane->state;
    note_locks(lane, event);
    return after == LANE_RUNNING ? working(lane) : (enum lane_state)after;
}

static void change_state(struct timeline_lane *lane, const struct event *event)
{
    if (has_ended(lane))
        return;
    lane->state = state_after(lane, event);
    if (mark_of(event->kind) == MARK_END)
        lane->end_ns = event->t_ns;
}

static void push_late(struct timeline_lane *lane, const struct event *event)
{
    lane->late = mem_room(lane->late, &lane->late_cap, lane->n_late + 1, sizeof *lane->late);
    lane->late[lane->n_late++] = (struct late_event){*event, lane->late_order++};
}

void timeline_append(struct timeline *tl, const struct event *event)
{
    assert(event->lane < tl->n_lanes && event->kind < EVENT_KIND_COUNT);
    struct timeline_lane *lane = &tl->lanes[event->lane];
    if (event->kind == EVENT_LOSS || event->kind == EVENT_LOST) {
        push_late(lane, event);
        return;
    }
    struct event own = *event;
    if (!lane->has_begun)
        begin(lane, own.t_ns);
    if (own.t_ns < lane->known_ns)
        own.t_ns = lane->known_ns;
    pass_time(lane, own.t_ns);
    change_state(lane, &own);
    sum_count(&lane->open, &own, mark_of(own.kind));
    events_push(&lane->events, &own, lane->state);
    if (own.t_ns > tl->newest_ns)
        tl->newest_ns = own.t_ns;
}

static int by_time(const void *a, const void *b)
{
    const struct late_event *la = a;
    const struct late_event *lb = b;
    if (la->event.t_ns != lb->event.t_ns)
        return la->event.t_ns < lb->event.t_ns ? -1 : 1;
    return (la->order > lb->order) - (la->order < lb->order);
}

static void count_late(struct timeline_lane *lane, const struct event *event)
{
    struct sum one = {0};
    enum mark mark = mark_of(event->kind);
    if (event->t_ns >= lane->open_ns) {
        sum_count(&lane->open, event, mark);
        return;
    }
    sum_count(&one, event, mark);
    pyramid_add(&lane->pyramid, 0, event->t_ns, &one);
}

// Gives the ledger's marks up to now_ns their places.
static void place_late(struct timeline_lane *lane, uint64_t now_ns)
{
    qsort(lane->late, lane->n_late, sizeof *lane->late, by_time);
    size_t n = 0;
    while (n < lane->n_late && lane->late[n].event.t_ns <= now_ns)
        n++;
    if (n == 0)
        return;
    if (!lane->has_begun)
        begin(lane, lane->late[0].event.t_ns);
    if (lane->late[n - 1].event.t_ns > lane->known_ns)
        pass_time(lane, lane->late[n - 1].event.t_ns);
    for (size_t i = 0; i < n; i++) {
        // The lane's first event was dropped: what is older still belongs to its beginning.
        if (lane->late[i].event.t_ns < lane->first_ns)
            lane->late[i].event.t_ns = lane->first_ns;
        count_late(lane, &lane->late[i].event);
    }
    events_merge(&lane->events, lane->late, n);
    lane->n_late -= n;
    for (size_t i = 0; i < lane->n_late; i++)
        lane->late[i] = lane->late[n + i];
    if (lane->n_late == 0 && lane->late_cap > LATE_KEPT) {
        // One burst of losses does not keep its memory for the rest of the run.
        mem_free(lane->late);
        lane->late = NULL;
        lane->late_cap = 0;
    }
}

struct sum timeline_bucket(const struct timeline_lane *lane, size_t level, uint64_t index)
{
    struct sum sum = {0};
    pyramid_read(&lane->pyramid, level, index, &sum);
    if (lane->open_ns >> level_shift(level) == index)
        sum_add(&sum, &lane->open);
    return sum;
}

// Moves time in one bucket; returns how much.
static uint64_t preempt_bucket(struct timeline_lane *lane, size_t level, uint64_t index,
                               uint64_t wanted_ns)
{
    struct sum sum = timeline_bucket(lane, level, index);
    struct sum_move move = sum_preemptible(&sum, wanted_ns);
    uint64_t start_ns = index << level_shift(level);
    if (start_ns == lane->open_ns)
        sum_preempt(&lane->open, move);
    else
        pyramid_preempt(&lane->pyramid, level, start_ns, move);
    return move.running_ns + move.holding_ns;
}

// From the newest backwards, each stretch at the finest level that serves it. What a bucket cannot
// give is asked of the one before it.
static void preempt(struct timeline_lane *lane, const struct preemption *p)
{
    uint64_t from_ns = p->t0_ns > lane->first_ns ? p->t0_ns : lane->first_ns;
    uint64_t to_ns = p->t1_ns;
    uint64_t len_ns = p->t1_ns - from_ns;
    uint64_t owed_ns = 0;
    for (size_t k = 0; k < TIMELINE_LEVELS && from_ns < to_ns; k++) {
        uint64_t serves_ns = pyramid_serves_from(&lane->pyramid, k);
        uint64_t low_ns = serves_ns > from_ns ? serves_ns : from_ns;
        while (low_ns < to_ns) {
            uint64_t index = (to_ns - 1) >> level_shift(k);
            uint64_t start_ns = index << level_shift(k);
            if (start_ns < low_ns)
                start_ns = low_ns;
            owed_ns += sum_part(p->waited_ns, len_ns, start_ns - from_ns, to_ns - from_ns);
            owed_ns -= preempt_bucket(lane, k, index, owed_ns);
            to_ns = start_ns;
        }
    }
}

void timeline_preempted(struct timeline *tl, size_t index, uint64_t t0_ns, uint64_t t1_ns,
                        uint64_t waited_ns)
{
    assert(index < tl->n_lanes);
    struct timeline_lane *lane = &tl->lanes[index];
    if (t0_ns >= t1_ns || waited_ns == 0)
        return;
    if (waited_ns > t1_ns - t0_ns)
        waited_ns = t1_ns - t0_ns;
    lane->preempted = mem_room(lane->preempted, &lane->preempted_cap, lane->n_preempted + 1,
                               sizeof *lane->preempted);
    lane->preempted[lane->n_preempted++] = (struct preemption){t0_ns, t1_ns, waited_ns};
}

static void place_preempted(struct timeline_lane *lane, uint64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < lane->n_preempted; i++) {
        const struct preemption p = lane->preempted[i];
        if (p.t1_ns > now_ns) {
            lane->preempted[kept++] = p;
        } else if (lane->has_begun && p.t1_ns > lane->first_ns) {
            if (p.t1_ns > lane->known_ns)
                pass_time(lane, p.t1_ns);
            preempt(lane, &p);
            lane->was_preempted = true;
        }
    }
    lane->n_preempted = kept;
}

void timeline_advance(struct timeline *tl, uint64_t now_ns)
{
    if (now_ns > tl->advanced_ns)
        tl->advanced_ns = now_ns;
    for (size_t i = 0; i < tl->n_lanes; i++) {
        struct timeline_lane *lane = &tl->lanes[i];
        if (lane->n_late)
            place_late(lane, tl->advanced_ns);
        if (lane->n_preempted)
            place_preempted(lane, tl->advanced_ns);
    }
}

uint64_t timeline_now(const struct timeline *tl)
{
    return tl->advanced_ns > tl->newest_ns ? tl->advanced_ns : tl->newest_ns;
}

enum lane_state timeline_state(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].state;
}

uint64_t timeline_start(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].first_ns;
}

uint64_t timeline_end(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].end_ns;
}
