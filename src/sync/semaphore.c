#include "sync/semaphore.h"

#include "sync/futex.h"

enum { TURN_SHIFT = 32 };
#define ONE_TURN (UINT64_C(1) << TURN_SHIFT)

void semaphore_init(struct semaphore *semaphore, uint32_t count)
{
    atomic_init(&semaphore->word, count);
    atomic_init(&semaphore->n_waiting, 0);
}

uint32_t semaphore_count(const struct semaphore *semaphore)
{
    return (uint32_t)atomic_load_explicit(&semaphore->word, memory_order_relaxed);
}

// What the kernel looks at: the half of the word that is the count.
static _Atomic uint32_t *count_of(struct semaphore *semaphore)
{
    _Atomic uint32_t *halves = (_Atomic uint32_t *)&semaphore->word;
    return &halves[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__];
}

static struct semaphore_left left_by(uint64_t word)
{
    return (struct semaphore_left){.count = (uint32_t)word, .turn = (uint32_t)(word >> TURN_SHIFT)};
}

bool semaphore_try_wait(struct semaphore *semaphore, struct semaphore_left *left)
{
    uint64_t word = atomic_load_explicit(&semaphore->word, memory_order_relaxed);
    while ((uint32_t)word > 0) {
        uint64_t next = word + ONE_TURN - 1;
        // Pairs with semaphore_post(): what was done before the post is seen after the wait.
        // Seq_cst: its turn agrees with the order of the writes to the shared cells.
        if (atomic_compare_exchange_weak_explicit(&semaphore->word, &word, next,
                                                  memory_order_seq_cst, memory_order_relaxed)) {
            *left = left_by(next);
            return true;
        }
    }
    return false;
}

// No wake-up is lost: the waiter counts itself and then looks at the word again, the poster raises
// the word and then looks at the count; all four are in one order.
bool semaphore_wait(struct semaphore *semaphore, uint64_t deadline_ns, struct semaphore_left *left)
{
    if (semaphore_try_wait(semaphore, left))
        return true;
    bool is_taken = false;
    atomic_fetch_add_explicit(&semaphore->n_waiting, 1, memory_order_seq_cst);
    while (!(is_taken = semaphore_try_wait(semaphore, left)) && clock_now_ns() < deadline_ns)
        if ((uint32_t)atomic_load_explicit(&semaphore->word, memory_order_seq_cst) == 0)
            futex_wait(count_of(semaphore), 0, deadline_ns);
    atomic_fetch_sub_explicit(&semaphore->n_waiting, 1, memory_order_relaxed);
    return is_taken;
}

bool semaphore_post(struct semaphore *semaphore, struct semaphore_left *left)
{
    uint64_t word = atomic_load_explicit(&semaphore->word, memory_order_relaxed);
    do
        if ((uint32_t)word >= (uint32_t)SEMAPHORE_COUNT_MAX)
            return false;
    // Pairs with semaphore_try_wait(). Seq_cst: see there and semaphore_wait().
    while (!atomic_compare_exchange_weak_explicit(&semaphore->word, &word, word + ONE_TURN + 1,
                                                  memory_order_seq_cst, memory_order_relaxed));
    *left = left_by(word + ONE_TURN + 1);
    if (atomic_load_explicit(&semaphore->n_waiting, memory_order_seq_cst) > 0)
        futex_wake_one(count_of(semaphore));
    return true;
}
