// What locks, semaphores and conditions have cost, and who can never go on.
#include "session/sim.h"

#include "base/text.h"

#include <string.h>

static uint64_t load64(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static uint32_t load32(const _Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

// "B waits for guard, held by A"
static size_t tell_wait(const struct session *s, size_t lane, char *text, size_t size)
{
    const struct session_lane *view = &s->lanes[lane];
    size_t n = text_format(text, size, "%s waits for %s", view->name,
                           s->prog->locks[view->waits_for].name);
    if (view->owner < s->run.n_lanes)
        n += text_format(text + n, size - n, ", held by %s", s->lanes[view->owner].name);
    return n;
}

// A cycle of lanes of which each waits for a lock that the next one holds can never come apart, nor
// can the wait for a lane that has ended with the lock.
static bool find_cycle(const struct session *s, size_t from, char *text, size_t size)
{
    size_t lane = from;
    size_t n = text_format(text, size, "deadlock: ");
    for (size_t steps = 0; steps < s->run.n_lanes; steps++) {
        const struct session_lane *view = &s->lanes[lane];
        if (view->state != LANE_BLOCKED || view->owner >= s->run.n_lanes ||
            s->lanes[view->owner].signal)
            return false;
        n += text_format(text + n, size - n, "%s", steps ? "; " : "");
        n += tell_wait(s, lane, text + n, size - n);
        lane = view->owner;
        if (lane == from)
            return true;
        if (s->lanes[lane].end_ns != UINT64_MAX && !session_is_dead(s, lane)) {
            text_format(text + n, size - n, ", which has ended");
            return true;
        }
    }
    return false;
}

// There is one to take, or a notify that has been given: who waits has only not come to it yet.
static bool may_go_on(const struct session *s, uint32_t number, size_t n_waits[LOCK_CONDITION + 1])
{
    enum lock_type type = s->prog->locks[number].type;
    n_waits[type]++;
    return (type == LOCK_SEMAPHORE && run_semaphore_count(&s->run, number) > 0) ||
           (type == LOCK_CONDITION && run_condition_is_owed(&s->run, number));
}

// Every lane that has not ended waits, and one of them for a semaphore or a condition: nobody is
// left who could post or notify.
static bool find_nobody_left(const struct session *s, char *text, size_t size)
{
    enum { NAMED_MAX = 3 };
    size_t n_waiting = 0, n_waits[LOCK_CONDITION + 1] = {0};
    size_t n = text_format(text, size, "deadlock: ");
    for (size_t lane = 0; lane < s->run.n_lanes; lane++) {
        const struct session_lane *view = &s->lanes[lane];
        if (view->end_ns != UINT64_MAX)
            continue;
        if (lane == 0 && view->state == LANE_JOINING)
            continue;
        if (!view->is_started || view->state != LANE_BLOCKED || view->waits_for >= s->run.n_locks)
            return false;
        if (may_go_on(s, view->waits_for, n_waits))
            return false;
        if (n_waiting > 0 && n_waiting < NAMED_MAX)
            n += text_format(text + n, size - n, ", ");
        if (n_waiting++ < NAMED_MAX)
            n += tell_wait(s, lane, text + n, size - n);
    }
    if (n_waiting > NAMED_MAX)
        n += text_format(text + n, size - n, " and %zu more wait%s", n_waiting - NAMED_MAX,
                         n_waiting == NAMED_MAX + 1 ? "s" : "");
    bool is_both = n_waits[LOCK_SEMAPHORE] && n_waits[LOCK_CONDITION];
    text_format(text + n, size - n, ", and nobody is left to %s",
                is_both                   ? "post or notify"
                : n_waits[LOCK_SEMAPHORE] ? "post"
                                          : "notify");
    return n_waits[LOCK_SEMAPHORE] + n_waits[LOCK_CONDITION] > 0;
}

// A digest of what has been handed on so far: the same twice, and nobody has moved.
static uint64_t sign_of(const struct session *s, size_t lane)
{
    uint64_t sign = lane + 1;
    for (size_t i = 0; i < s->run.n_locks; i++) {
        const struct run_lock *lock = &s->run.locks[i];
        sign = sign * 1000003 + load32(&lock->turn);
        sign = sign * 1000003 + load64(&lock->acquisitions);
        sign = sign * 1000003 + load64(&lock->posts);
    }
    return sign;
}

static bool find_deadlock(const struct session *s, uint64_t *sign, char *text, size_t size)
{
    for (size_t lane = 0; lane < s->run.n_lanes; lane++) {
        if (s->lanes[lane].state != LANE_BLOCKED || !find_cycle(s, lane, text, size))
            continue;
        *sign = sign_of(s, lane);
        return true;
    }
    *sign = sign_of(s, s->run.n_lanes);
    return find_nobody_left(s, text, size);
}

// The words of several lanes are not read at one instant: a deadlock counts once it has stood
// still. Killing one of its lanes may resolve it: then it is none any more.
void session_find_deadlock(struct session *s)
{
    char text[sizeof s->deadlock];
    uint64_t sign;
    if (s->is_ended)
        return;
    if (!find_deadlock(s, &sign, text, sizeof text)) {
        s->deadlock_sign = 0;
        s->is_deadlocked = false;
    } else if (sign != s->deadlock_sign) {
        s->deadlock_sign = sign;
        s->deadlock_since_ns = clock_now_ns();
        s->is_deadlocked = false;
    } else if (clock_now_ns() - s->deadlock_since_ns >= DEADLOCK_AFTER_NS) {
        memcpy(s->deadlock, text, sizeof text);
        s->is_deadlocked = true;
    }
}

struct session_lock session_lock(const struct session *s, size_t lock)
{
    if (s->sim)
        return sim_lock_view(s, lock);
    const struct run_lock *shared = &s->run.locks[lock];
    struct session_lock view = {
        .name = s->prog->locks[lock].name,
        .acquisitions = load64(&shared->acquisitions),
        .contended = load64(&shared->contended),
        .recovered = load64(&shared->recovered),
        .wait_max_ns = session_ticks_span(s, load64(&shared->wait_max_ticks)),
        .owner = load32(&shared->owner),
    };
    uint64_t total = 0, seen = 0;
    for (uint32_t i = 0; i < RUN_WAIT_BUCKETS; i++)
        total += load32(&shared->waits[i]);
    for (uint32_t i = 0; i < RUN_WAIT_BUCKETS && total; i++) {
        uint64_t edge = run_wait_bucket_ns(i);
        edge = edge < view.wait_max_ns ? edge : view.wait_max_ns;
        uint64_t before = seen;
        seen += load32(&shared->waits[i]);
        if (before * 2 < total && seen * 2 >= total)
            view.wait_p50_ns = edge;
        if (before * 100 < total * 99 && seen * 100 >= total * 99)
            view.wait_p99_ns = edge;
    }
    return view;
}

struct session_semaphore session_semaphore(const struct session *s, size_t lock)
{
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
    };
}

struct session_condition session_condition(const struct session *s, size_t lock)
{
    if (s->sim)
        return sim_condition_view(s, lock);
    const struct run_lock *shared = &s->run.locks[lock];
    return (struct session_condition){
        .name = s->prog->locks[lock].name,
        .lock = s->prog->locks[s->prog->locks[lock].lock].name,
        .waits = load64(&shared->acquisitions),
        .notifies = load64(&shared->posts),
    };
}
