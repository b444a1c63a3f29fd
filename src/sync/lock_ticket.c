// Ticket lock: take a number, wait until it is served. First come, first served.
//
//     next                the number that the next arrival gets
//     serving             the number that may hold the lock; next == serving: free
//     left[t % n_lanes]   t + 1 when the lane with number t has gone away
//     places[lane]        the lane's number + 1, 0 for none, with PLACE_LEFT when it has gone away;
//                         only that lane uses it
//
// A number that nobody waits for any more would block all behind it, so whoever serves it skips it.
// It is decided exactly once who owns a number t that is both left and served:
//
//     the lane that leaves           the lane that serves t
//     left[t % n] = t + 1            serving = t
//     reads serving                  reads left[t % n]
//
// All four are sequentially consistent, so at least one of the two sees the other's write. Both
// then claim by the same compare-and-swap of left[t % n] from t + 1 to 0, which one of them wins,
// and that one serves t + 1. A lane that comes back before its number was skipped claims by it too
// and waits on in its old place.
//
// No two numbers share an entry of `left`: a lane gets a new number only after its old one was
// released or claimed by a server that is done with the entry, so there are at most n_lanes numbers
// not yet claimed, and they are consecutive. (64-bit numbers do not wrap.)
#include "sync/backoff.h"
#include "sync/holder.h"
#include "sync/lock_kinds.h"

#include <stdatomic.h>

struct ticket {
    _Alignas(64) _Atomic uint64_t next;
    _Alignas(64) _Atomic uint64_t serving;
    struct holder holder;
    uint32_t reserved;
    uint64_t n_lanes;
};

#define PLACE_LEFT (UINT64_C(1) << 63)

// Time that one critical section ahead in the queue is thought to take.
enum { TURN_NS = 4000, SLEEP_MAX_NS = 2000000, NEAR = 8 };

static size_t size_bytes(size_t n_lanes)
{
    return sizeof(struct ticket) + 2 * n_lanes * sizeof(uint64_t);
}

static void init(void *memory, size_t n_lanes)
{
    *(struct ticket *)memory = (struct ticket){.n_lanes = n_lanes};
}

static _Atomic uint64_t *left_at(struct ticket *lock, uint64_t number)
{
    _Atomic uint64_t *left = (_Atomic uint64_t *)(lock + 1);
    return &left[number % lock->n_lanes];
}

static uint64_t *place_of(struct ticket *lock, uint32_t lane)
{
    uint64_t *places = (uint64_t *)(lock + 1) + lock->n_lanes;
    return &places[lane];
}

// Whether the caller now owns what happens to a number that was left.
static bool claim(struct ticket *lock, uint64_t number)
{
    _Atomic uint64_t *left = left_at(lock, number);
    uint64_t expected = number + 1;
    return atomic_load_explicit(left, memory_order_seq_cst) == expected &&
           atomic_compare_exchange_strong_explicit(left, &expected, 0, memory_order_seq_cst,
                                                   memory_order_seq_cst);
}

// Serves the first number from `number` on that somebody waits for or will take.
static void serve(struct ticket *lock, uint64_t number)
{
    do
        // Release (as part of seq_cst): pairs with the acquires of serving; the critical section
        // that ends here is seen by the one that begins there. Seq_cst: see the top.
        atomic_store_explicit(&lock->serving, number, memory_order_seq_cst);
    while (claim(lock, number++));
}

static bool is_served(struct ticket *lock, uint64_t number)
{
    // Acquire: pairs with the store in serve().
    return atomic_load_explicit(&lock->serving, memory_order_acquire) == number;
}

// Takes back a number that the lane had left, if nobody has skipped it yet.
static void come_back(struct ticket *lock, uint64_t *place)
{
    if (*place & PLACE_LEFT) {
        uint64_t number = (*place & ~PLACE_LEFT) - 1;
        *place = claim(lock, number) ? number + 1 : 0;
    }
}

static bool try_acquire(void *memory, uint32_t lane)
{
    struct ticket *lock = memory;
    uint64_t *place = place_of(lock, lane);
    come_back(lock, place);
    // Acquire: pairs with the store in serve().
    uint64_t number = atomic_load_explicit(&lock->serving, memory_order_acquire);
    if (*place != 0 && *place != number + 1)
        return false;
    if (*place == 0) {
        // Takes the number only if it is served already. Relaxed: numbers carry no other news.
        uint64_t expected = number;
        if (!atomic_compare_exchange_strong_explicit(&lock->next, &expected, number + 1,
                                                     memory_order_relaxed, memory_order_relaxed))
            return false;
        *place = number + 1;
    }
    holder_set(&lock->holder, lane);
    return true;
}

// The lane's number: a new one, or the one that it kept when its last wait was interrupted.
static uint64_t take_number(struct ticket *lock, uint64_t *place)
{
    come_back(lock, place);
    if (*place == 0)
        *place = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed) + 1;
    return *place - 1;
}

static bool acquire(void *memory, uint32_t lane, uint64_t deadline_ns)
{
    struct ticket *lock = memory;
    uint64_t number = take_number(lock, place_of(lock, lane));
    struct backoff backoff = {0};
    while (!is_served(lock, number)) {
        uint64_t ahead = number - atomic_load_explicit(&lock->serving, memory_order_relaxed);
        uint64_t sleep_ns = ahead * TURN_NS < SLEEP_MAX_NS ? ahead * TURN_NS : SLEEP_MAX_NS;
        // Those far behind sleep in proportion, and leave the cores to those whose turn is near.
        if (!(ahead > NEAR ? backoff_sleep(sleep_ns, deadline_ns)
                           : backoff_wait(&backoff, deadline_ns)))
            return false;
    }
    holder_set(&lock->holder, lane);
    return true;
}

static void abandon(void *memory, uint32_t lane)
{
    struct ticket *lock = memory;
    uint64_t *place = place_of(lock, lane);
    if (*place == 0 || *place & PLACE_LEFT)
        return;
    uint64_t number = *place - 1;
    *place |= PLACE_LEFT;
    atomic_store_explicit(left_at(lock, number), number + 1, memory_order_seq_cst);
    if (atomic_load_explicit(&lock->serving, memory_order_seq_cst) == number && claim(lock, number))
        serve(lock, number + 1);
}

static void release(void *memory, uint32_t lane)
{
    struct ticket *lock = memory;
    holder_clear(&lock->holder, lane);
    uint64_t *place = place_of(lock, lane);
    uint64_t number = *place - 1;
    *place = 0;
    serve(lock, number + 1);
}

const struct lock_kind lock_ticket = {
    .name = "ticket",
    .help = "spinlock with numbers: first come, first served",
    .size_bytes = size_bytes,
    .init = init,
    .try_acquire = try_acquire,
    .acquire = acquire,
    .abandon = abandon,
    .release = release,
    .may_take = lock_may_take_first,
};
