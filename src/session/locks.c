// Who waits for whom, and who can never go on.
#include "session/sim.h"

#include "base/mem.h"
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

// Whether a lane that has not begun may do so while all others wait. Who is called one after
// another begins when those before have ended; and whom the machine refused, or somebody killed
// before its first op, is over.
static bool may_begin(const struct session *s, size_t lane)
{
    // Pairs with the release of the host.
    return s->prog->mode != MODE_SEQUENTIAL &&
           !atomic_load_explicit(&s->run.lanes[lane].is_joined, memory_order_acquire);
}

size_t session_tell_later(const struct session *s, char *text, size_t size)
{
    size_t n_later = 0, later[2], before = s->lanes[0].waits_for;
    if (s->prog->mode != MODE_SEQUENTIAL || before >= s->prog->n_lanes)
        return 0;
    for (size_t lane = 1; lane < s->prog->n_lanes; lane++)
        if (!s->lanes[lane].is_started && n_later++ < ARRAY_LEN(later))
            later[n_later - 1] = lane;
    if (n_later == 0)
        return 0;
    size_t n = text_format(text, size, ", and %s", s->lanes[later[0]].name);
    if (n_later == 2)
        n += text_format(text + n, size - n, " and %s", s->lanes[later[1]].name);
    else if (n_later > 2)
        n += text_format(text + n, size - n, " and %zu more", n_later - 1);
    return n + text_format(text + n, size - n, " begin%s only after %s", n_later == 1 ? "s" : "",
                           s->lanes[before].name);
}

// ", and nobody is left to post"
static void tell_nobody_left(const size_t n_waits[LOCK_CONDITION + 1], char *text, size_t size)
{
    bool is_both = n_waits[LOCK_SEMAPHORE] && n_waits[LOCK_CONDITION];
    text_format(text, size, ", and nobody is left to %s",
                is_both                   ? "post or notify"
                : n_waits[LOCK_SEMAPHORE] ? "post"
                                          : "notify");
}

// Every lane that has not ended waits, and one of them for a semaphore or a condition: nobody is
// left who could post or notify. Who can begin only when a waiting lane has ended is not left
// either.
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
        if (!view->is_started && !may_begin(s, lane))
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
    if (session_tell_later(s, text + n, size - n) == 0)
        tell_nobody_left(n_waits, text + n, size - n);
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
