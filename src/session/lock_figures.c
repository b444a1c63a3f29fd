// What locks, semaphores and conditions have cost, from the counts that the lanes keep of them.
#include "session/saved.h"
#include "session/sim.h"

enum { LOOKS_MAX = 16 }; // at what a lane may be changing

static_assert((int)SESSION_WAIT_BUCKETS == (int)RUN_WAIT_BUCKETS, "session and engine agree");

static uint64_t load64(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

// Pairs with the releases in lane_sync.c: what a lane had stored before, is there.
static uint64_t acquire64(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static uint32_t acquire32(const _Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

uint32_t session_wait_bucket(uint64_t ns)
{
    return run_wait_bucket(ns);
}

uint64_t session_wait_bucket_from(uint32_t bucket)
{
    return bucket == 0 ? 0 : run_wait_bucket_ns(bucket - 1) + 1;
}

uint64_t session_wait_bucket_until(uint32_t bucket)
{
    return run_wait_bucket_ns(bucket);
}

void session_waits(const struct session *s, size_t lock, struct session_waits *waits)
{
    if (s->saved) {
        *waits = s->saved->waits[lock];
        return;
    }
    waits->n = 0;
    for (uint32_t i = 0; i < SESSION_WAIT_BUCKETS; i++) {
        waits->counts[i] =
            s->sim ? s->sim->locks[lock].waits[i] : load64(&s->run.locks[lock].waits[i]);
        waits->n += waits->counts[i];
    }
}

struct session_wait session_wait_of(const struct session_waits *waits, uint64_t max_ns)
{
    struct session_wait wait = {.max_ns = max_ns};
    uint64_t seen = 0;
    for (uint32_t i = 0; i < SESSION_WAIT_BUCKETS && waits->n; i++) {
        uint64_t edge = session_wait_bucket_until(i);
        edge = edge < max_ns ? edge : max_ns;
        uint64_t before = seen;
        seen += waits->counts[i];
        if (before * 2 < waits->n && seen * 2 >= waits->n)
            wait.p50_ns = edge;
        if (before * 100 < waits->n * 99 && seen * 100 >= waits->n * 99)
            wait.p99_ns = edge;
    }
    return wait;
}

static struct session_wait wait_of(const struct session *s, size_t lock)
{
    struct session_waits waits;
    session_waits(s, lock, &waits);
    return session_wait_of(&waits,
                           session_ticks_span(s, load64(&s->run.locks[lock].wait_max_ticks)));
}

// Who holds the lock, and since when. The lanes store since, owner and turn in this order, and no
// owner when they give it back: with the same owner before and after, and the same turn, all are of
// one hold.
static void read_holder(const struct session *s, size_t lock, struct session_lock *view)
{
    const struct run_lock *shared = &s->run.locks[lock];
    for (int i = 0; i < LOOKS_MAX; i++) {
        uint32_t turn = acquire32(&shared->turn);
        view->owner = acquire32(&shared->owner);
        uint64_t since = acquire64(&shared->since_ticks);
        if (view->owner == EVENT_NO_OBJECT)
            return;
        if (acquire32(&shared->owner) == view->owner && acquire32(&shared->turn) == turn) {
            view->since_ns = session_unpaused_ns(s, since);
            return;
        }
    }
}

// See struct run_lock: the place that counts is written again only after n_longest has moved on.
static void read_longest(const struct session *s, size_t lock, struct session_lock *view)
{
    const struct run_lock *shared = &s->run.locks[lock];
    for (int i = 0; i < LOOKS_MAX; i++) {
        uint32_t n = acquire32(&shared->n_longest);
        if (n == 0)
            return;
        const struct run_hold *hold = &shared->longest[n & 1];
        uint64_t from = acquire64(&hold->from_ticks);
        uint64_t to = acquire64(&hold->to_ticks);
        uint32_t lane = acquire32(&hold->lane);
        if (acquire32(&shared->n_longest) != n)
            continue;
        view->hold_max_ns = session_ticks_span(s, to > from ? to - from : 0);
        view->hold_max_from_ns = session_unpaused_ns(s, from);
        view->hold_max_lane = lane;
        return;
    }
}

struct session_lock session_lock(const struct session *s, size_t lock)
{
    if (s->saved)
        return s->saved->locks[lock];
    if (s->sim)
        return sim_lock_view(s, lock);
    const struct run_lock *shared = &s->run.locks[lock];
    struct session_lock view = {
        .name = s->prog->locks[lock].name,
        .acquisitions = load64(&shared->acquisitions),
        .contended = load64(&shared->contended),
        .recovered = load64(&shared->recovered),
        .wait = wait_of(s, lock),
        .owner = EVENT_NO_OBJECT,
        .since_ns = UINT64_MAX,
        .held_ns = session_ticks_span(s, load64(&shared->held_ticks)),
        .hold_max_lane = EVENT_NO_OBJECT,
    };
    read_holder(s, lock, &view);
    read_longest(s, lock, &view);
    return view;
}

struct session_semaphore session_semaphore(const struct session *s, size_t lock)
{
    if (s->saved)
        return s->saved->semaphores[lock];
    if (s->sim)
        return sim_semaphore_view(s, lock);
    const struct run_lock *shared = &s->run.locks[lock];
    return (struct session_semaphore){
        .name = s->prog->locks[lock].name,
        .initial = s->prog->locks[lock].initial,
        .value = run_semaphore_count(&s->run, lock),
        .waits = load64(&shared->acquisitions),
        .contended = load64(&shared->contended),
        .posts = load64(&shared->posts),
        .wait = wait_of(s, lock),
    };
}

struct session_condition session_condition(const struct session *s, size_t lock)
{
    if (s->saved)
        return s->saved->conditions[lock];
    if (s->sim)
        return sim_condition_view(s, lock);
    const struct run_lock *shared = &s->run.locks[lock];
    return (struct session_condition){
        .name = s->prog->locks[lock].name,
        .lock = s->prog->locks[s->prog->locks[lock].lock].name,
        .waits = load64(&shared->acquisitions),
        .notifies = load64(&shared->posts),
        .wait = wait_of(s, lock),
    };
}
