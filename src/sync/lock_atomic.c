// No lock: an update inside `with` is one indivisible step instead, done by the executor with
// compare-and-swap. So nobody ever waits here, and nobody keeps anybody out.
#include "sync/lock_kinds.h"

enum { SIZE_BYTES = 64 };

static size_t size_bytes(size_t n_lanes)
{
    (void)n_lanes;
    return SIZE_BYTES;
}

static void init(void *memory, size_t n_lanes)
{
    (void)memory;
    (void)n_lanes;
}

static bool try_acquire(void *memory, uint32_t lane)
{
    (void)memory;
    (void)lane;
    return true;
}

static bool acquire(void *memory, uint32_t lane, uint64_t deadline_ns)
{
    (void)deadline_ns;
    return try_acquire(memory, lane);
}

static void release(void *memory, uint32_t lane)
{
    (void)memory;
    (void)lane;
}

static bool may_take(const struct lock_model *lock, uint16_t lane)
{
    (void)lock;
    (void)lane;
    return true;
}

const struct lock_kind lock_atomic = {
    .name = "atomic",
    .help = "no lock: each update is one indivisible step (compare-and-swap)",
    .is_lock_free = true,
    .is_robust = true,
    .size_bytes = size_bytes,
    .init = init,
    .try_acquire = try_acquire,
    .acquire = acquire,
    .abandon = lock_abandon_nothing,
    .release = release,
    .may_take = may_take,
};
