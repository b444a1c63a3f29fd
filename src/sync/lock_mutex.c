// POSIX mutex: the operating system's own. Shared between processes, checked, and robust: when its
// holder dies, the kernel passes it on, and the next lane is told.
#include "sync/backoff.h"
#include "sync/holder.h"
#include "sync/lock_kinds.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

// ThreadSanitizer does not know pthread_mutex_clocklock and would report what the lock protects.
#if defined(__SANITIZE_THREAD__)
enum { POLLS_MUTEX = 1 };
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
enum { POLLS_MUTEX = 1 };
#else
enum { POLLS_MUTEX = 0 };
#endif
#else
enum { POLLS_MUTEX = 0 };
#endif

struct mutex {
    pthread_mutex_t mutex;
    struct holder holder;
    _Atomic uint32_t is_inherited; // written and read by the holder
};

static size_t size_bytes(size_t n_lanes)
{
    (void)n_lanes;
    return sizeof(struct mutex);
}

// These calls fail only for arguments that do not exist on the systems we build for.
static void must(int rc)
{
    assert(rc == 0);
    (void)rc;
}

static void init(void *memory, size_t n_lanes)
{
    (void)n_lanes;
    struct mutex *lock = memory;
    pthread_mutexattr_t attr;
    must(pthread_mutexattr_init(&attr));
    must(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK));
    must(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
    must(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
    must(pthread_mutex_init(&lock->mutex, &attr));
    must(pthread_mutexattr_destroy(&attr));
}

// Whether the lane has the mutex after a call that returned rc.
static bool is_taken(struct mutex *lock, uint32_t lane, int rc)
{
    // The last holder died in its critical section. With this the lock is whole again; each cell
    // that it protects is whole anyway, because a store is one exchange.
    bool is_inherited = rc == EOWNERDEAD;
    if (is_inherited)
        rc = pthread_mutex_consistent(&lock->mutex);
    // EDEADLK: a lane that ran on this very thread has ended with the lock.
    if (rc == EBUSY || rc == ETIMEDOUT || rc == EDEADLK)
        return false;
    assert(rc == 0);
    holder_set(&lock->holder, lane);
    // Relaxed: ordered by the mutex itself.
    atomic_store_explicit(&lock->is_inherited, is_inherited, memory_order_relaxed);
    return true;
}

static bool try_acquire(void *memory, uint32_t lane)
{
    struct mutex *lock = memory;
    return is_taken(lock, lane, pthread_mutex_trylock(&lock->mutex));
}

static bool poll_until(void *memory, uint32_t lane, uint64_t deadline_ns)
{
    struct backoff backoff = {0};
    while (!try_acquire(memory, lane))
        if (!backoff_wait(&backoff, deadline_ns))
            return false;
    return true;
}

static bool acquire(void *memory, uint32_t lane, uint64_t deadline_ns)
{
    struct mutex *lock = memory;
    if (POLLS_MUTEX)
        return poll_until(memory, lane, deadline_ns);
    struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / NS_PER_S),
        .tv_nsec = (long)(deadline_ns % NS_PER_S),
    };
    int rc = pthread_mutex_clocklock(&lock->mutex, CLOCK_MONOTONIC, &deadline);
    if (rc == EDEADLK)
        clock_sleep_until(deadline_ns);
    return is_taken(lock, lane, rc);
}

static bool is_inherited(const void *memory)
{
    const struct mutex *lock = memory;
    return atomic_load_explicit(&lock->is_inherited, memory_order_relaxed);
}

static void release(void *memory, uint32_t lane)
{
    struct mutex *lock = memory;
    holder_clear(&lock->holder, lane);
    must(pthread_mutex_unlock(&lock->mutex));
}

const struct lock_kind lock_mutex = {
    .name = "mutex",
    .help = "POSIX mutex: waiters sleep, whoever wakes first takes it",
    .is_robust = true,
    .size_bytes = size_bytes,
    .init = init,
    .try_acquire = try_acquire,
    .acquire = acquire,
    .abandon = lock_abandon_nothing,
    .is_inherited = is_inherited,
    .release = release,
    .may_take = lock_may_take_any,
};
