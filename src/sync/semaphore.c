#include "sync/semaphore.h"

#include "sync/futex.h"

void semaphore_init(struct semaphore *semaphore, uint32_t count)
{
    atomic_init(&semaphore->count, count);
    atomic_init(&semaphore->n_waiting, 0);
}

uint32_t semaphore_count(const struct semaphore *semaphore)
{
    return atomic_load_explicit(&semaphore->count, memory_order_relaxed);
}

bool semaphore_try_wait(struct semaphore *semaphore, uint32_t *left)
{
    uint32_t count = atomic_load_explicit(&semaphore->count, memory_order_relaxed);
    while (count > 0) {
        // Acquire: pairs with the release in semaphore_post(); what was done before the post is
        // seen after the wait.
        if (atomic_compare_exchange_weak_explicit(&semaphore->count, &count, count - 1,
                                                  memory_order_acquire, memory_order_relaxed)) {
            *left = count - 1;
            return true;
        }
    }
    return false;
}

// No wake-up is lost: the waiter counts itself and then looks at the word again, the poster raises
// the word and then looks at the count; all four are in one order.
bool semaphore_wait(struct semaphore *semaphore, uint64_t deadline_ns, uint32_t *left)
{
    if (semaphore_try_wait(semaphore, left))
        return true;
    bool is_taken = false;
    atomic_fetch_add_explicit(&semaphore->n_waiting, 1, memory_order_seq_cst);
    while (!(is_taken = semaphore_try_wait(semaphore, left)) && clock_now_ns() < deadline_ns)
        if (atomic_load_explicit(&semaphore->count, memory_order_seq_cst) == 0)
            futex_wait(&semaphore->count, 0, deadline_ns);
    atomic_fetch_sub_explicit(&semaphore->n_waiting, 1, memory_order_relaxed);
    return is_taken;
}

bool semaphore_post(struct semaphore *semaphore, uint32_t *now)
{
    uint32_t count = atomic_load_explicit(&semaphore->count, memory_order_relaxed);
    do
        if (count >= (uint32_t)SEMAPHORE_COUNT_MAX)
            return false;
    // Release: pairs with the acquire in semaphore_try_wait(). Seq_cst: see semaphore_wait().
    while (!atomic_compare_exchange_weak_explicit(&semaphore->count, &count, count + 1,
                                                  memory_order_seq_cst, memory_order_relaxed));
    *now = count + 1;
    if (atomic_load_explicit(&semaphore->n_waiting, memory_order_seq_cst) > 0)
        futex_wake_one(&semaphore->count);
    return true;
}
