// A lock of one word on the kernel's futex: free, taken, or taken and somebody may be asleep. It
// enters the kernel only when somebody has to sleep or to be woken.
#include "sync/backoff.h"
#include "sync/futex.h"
#include "sync/holder.h"
#include "sync/lock_kinds.h"

#include <stdatomic.h>

enum { FREE, TAKEN, CONTENDED };

struct futex_lock {
    _Atomic uint32_t word;
    struct holder holder;
};

static size_t size_bytes(size_t n_lanes)
{
    (void)n_lanes;
    return sizeof(struct futex_lock);
}

static void init(void *memory, size_t n_lanes)
{
    (void)n_lanes;
    *(struct futex_lock *)memory = (struct futex_lock){0};
}

static bool try_acquire(void *memory, uint32_t lane)
{
    struct futex_lock *lock = memory;
    uint32_t expected = FREE;
    // Acquire: pairs with the release in release().
    if (!atomic_compare_exchange_strong_explicit(&lock->word, &expected, TAKEN,
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    holder_set(&lock->holder, lane);
    return true;
}

// No wake-up is lost: a lane that sleeps has set CONTENDED before, so the release wakes somebody;
// a lane that was woken, or whose time is up, sets CONTENDED once more, and either has the lock by
// that or has passed the duty to wake on to whoever holds it.
static bool acquire(void *memory, uint32_t lane, uint64_t deadline_ns)
{
    struct futex_lock *lock = memory;
    if (try_acquire(lock, lane))
        return true;
    // Acquire: pairs with the release in release().
    while (atomic_exchange_explicit(&lock->word, CONTENDED, memory_order_acquire) != FREE) {
        if (clock_now_ns() >= deadline_ns)
            return false;
        futex_wait(&lock->word, CONTENDED, deadline_ns);
    }
    holder_set(&lock->holder, lane);
    return true;
}

static void release(void *memory, uint32_t lane)
{
    struct futex_lock *lock = memory;
    holder_clear(&lock->holder, lane);
    // Release: pairs with the acquire in try_acquire() and acquire().
    if (atomic_exchange_explicit(&lock->word, FREE, memory_order_release) == CONTENDED)
        futex_wake_one(&lock->word);
}

const struct lock_kind lock_futex = {
    .name = "futex",
    .help = "one word and the kernel's futex: sleeps only when it must wait",
    .size_bytes = size_bytes,
    .init = init,
    .try_acquire = try_acquire,
    .acquire = acquire,
    .abandon = lock_abandon_nothing,
    .release = release,
    .may_take = lock_may_take_any,
};
