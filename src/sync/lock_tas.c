// Test-and-set: one word, and everybody tries. The simplest lock there is, and an unfair one.
#include "sync/backoff.h"
#include "sync/holder.h"
#include "sync/lock_kinds.h"

#include <stdatomic.h>

enum { FREE, TAKEN };

struct tas {
    _Atomic uint32_t word;
    struct holder holder;
};

static size_t size_bytes(size_t n_lanes)
{
    (void)n_lanes;
    return sizeof(struct tas);
}

static void init(void *memory, size_t n_lanes)
{
    (void)n_lanes;
    *(struct tas *)memory = (struct tas){0};
}

static bool try_acquire(void *memory, uint32_t lane)
{
    struct tas *lock = memory;
    // Looks before it writes: a waiter that only reads does not take the line from the holder.
    if (atomic_load_explicit(&lock->word, memory_order_relaxed) == TAKEN)
        return false;
    // Acquire: pairs with the release in release().
    if (atomic_exchange_explicit(&lock->word, TAKEN, memory_order_acquire) == TAKEN)
        return false;
    holder_set(&lock->holder, lane);
    return true;
}

static bool acquire(void *memory, uint32_t lane, uint64_t deadline_ns)
{
    struct backoff backoff = {0};
    while (!try_acquire(memory, lane))
        if (!backoff_wait(&backoff, deadline_ns))
            return false;
    return true;
}

static void release(void *memory, uint32_t lane)
{
    struct tas *lock = memory;
    holder_clear(&lock->holder, lane);
    // Release: pairs with the acquire in try_acquire().
    atomic_store_explicit(&lock->word, FREE, memory_order_release);
}

const struct lock_kind lock_tas = {
    .name = "tas",
    .help = "test-and-set spinlock: everybody tries, anybody wins",
    .size_bytes = size_bytes,
    .init = init,
    .try_acquire = try_acquire,
    .acquire = acquire,
    .abandon = lock_abandon_nothing,
    .release = release,
    .may_take = lock_may_take_any,
};
