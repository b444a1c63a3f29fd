// The queue lock of Mellor-Crummey and Scott: a linked list of waiters, each of which watches a
// word of its own and is handed the lock by the one before it.
//
//     tail --------------------------+          nodes[lane], linked by lane + 1, 0 for none
//                                    v
//     [held] --next--> [waiting] --next--> [waiting]
//
// State of a node, and who may change it:
//
//     IDLE      in no queue. Its lane: to WAITING, or to HELD
//     WAITING   in the queue. The one before: to GRANTED. Its lane: to PARKED, to LEFT
//     PARKED    the same, and the lane sleeps. The one before: to GRANTED, with a wake-up. Its
//     lane:
//               back to WAITING
//     GRANTED   has the lock and has not noticed. Its lane: to HELD
//     HELD      Its lane: to IDLE, after which it hands over
//     LEFT      in the queue, its lane has gone away. The one before: to SKIPPED. Its lane, when it
//               comes back: to WAITING, in its old place
//     SKIPPED   the one that hands over is taking it out. That one: to IDLE
//
// Every change that two may want to make is a compare-and-swap, so one of them makes it. A node is
// given back to its lane (IDLE) only after its `next` has been read for the last time.
#include "sync/backoff.h"
#include "sync/futex.h"
#include "sync/lock_kinds.h"

#include <assert.h>
#include <stdatomic.h>

enum node_state { IDLE, WAITING, PARKED, GRANTED, HELD, LEFT, SKIPPED };

enum { LOOKS = 80 }; // at its word, before a waiter goes to sleep

struct node {
    _Alignas(64) _Atomic uint32_t state; // enum node_state
    _Atomic uint32_t next;
};

struct mcs {
    _Alignas(64) _Atomic uint32_t tail;
};

static size_t size_bytes(size_t n_lanes)
{
    return sizeof(struct mcs) + n_lanes * sizeof(struct node);
}

static struct node *node_of(struct mcs *lock, uint32_t lane)
{
    return (struct node *)(lock + 1) + lane;
}

static void init(void *memory, size_t n_lanes)
{
    struct mcs *lock = memory;
    *lock = (struct mcs){0};
    for (size_t i = 0; i < n_lanes; i++)
        *node_of(lock, (uint32_t)i) = (struct node){.state = IDLE};
}

// Acquire: pairs with the releases in change() and free_node(); whoever sees a state sees what was
// done before it was set.
static uint32_t state_of(struct node *node)
{
    return atomic_load_explicit(&node->state, memory_order_acquire);
}

// Acquire and release: pairs with itself and with state_of().
static bool change(struct node *node, uint32_t from, uint32_t to)
{
    return atomic_compare_exchange_strong_explicit(&node->state, &from, to, memory_order_acq_rel,
                                                   memory_order_acquire);
}

static void free_node(struct node *node)
{
    // Release: pairs with state_of() of the lane that uses the node again.
    atomic_store_explicit(&node->state, IDLE, memory_order_release);
}

// Gives the node its place at the end of the queue; true when it is the only one and has the lock.
static bool join_queue(struct mcs *lock, struct node *node, uint32_t lane)
{
    // Relaxed: nobody knows the node before the exchange of tail.
    atomic_store_explicit(&node->next, 0, memory_order_relaxed);
    atomic_store_explicit(&node->state, WAITING, memory_order_relaxed);
    // Release: the node is ready; pairs with the acquire of the same exchange by the next one.
    // Acquire: the node before is ready; and when there is none, pairs with the release in
    // take_out() by the last holder.
    uint32_t before = atomic_exchange_explicit(&lock->tail, lane + 1, memory_order_acq_rel);
    if (before == 0) {
        // Relaxed: nobody else changes the node of a holder.
        atomic_store_explicit(&node->state, HELD, memory_order_relaxed);
        return true;
    }
    // Release: pairs with the acquire in take_out().
    atomic_store_explicit(&node_of(lock, before - 1)->next, lane + 1, memory_order_release);
    return false;
}

// Takes the first node out of the queue. Returns the one after it, NULL when the queue is empty and
// the lock free.
static struct node *take_out(struct mcs *lock, struct node *node)
{
    struct backoff backoff = {0};
    for (;;) {
        // Acquire: pairs with the store of next in join_queue().
        uint32_t next = atomic_load_explicit(&node->next, memory_order_acquire);
        if (next != 0)
            return node_of(lock, next - 1);
        uint32_t self = (uint32_t)(node - node_of(lock, 0)) + 1;
        // Release: pairs with the acquires of tail in join_queue() and try_acquire().
        if (atomic_compare_exchange_strong_explicit(&lock->tail, &self, 0, memory_order_release,
                                                    memory_order_relaxed))
            return NULL;
        // Somebody has the place behind this one and is about to say so.
        (void)backoff_wait(&backoff, UINT64_MAX);
    }
}

// Hands the lock to one waiter; false when its lane has left, and the node is to be skipped.
static bool grant(struct node *node)
{
    for (;;) {
        if (change(node, WAITING, GRANTED))
            return true;
        if (change(node, PARKED, GRANTED)) {
            futex_wake_one(&node->state);
            return true;
        }
        if (change(node, LEFT, SKIPPED))
            return false;
    }
}

// The holder of `node` passes the lock on.
static void hand_over(struct mcs *lock, struct node *node)
{
    struct node *next = take_out(lock, node);
    free_node(node);
    while (next && !grant(next)) {
        struct node *skipped = next;
        next = take_out(lock, skipped);
        free_node(skipped);
    }
}

// Brings a node that is still in the queue from an interrupted wait back to WAITING or GRANTED.
// False when the deadline passed before it was taken out.
static bool come_back(struct node *node, uint64_t deadline_ns)
{
    (void)change(node, LEFT, WAITING);
    struct backoff backoff = {0};
    while (state_of(node) == SKIPPED)
        if (!backoff_wait(&backoff, deadline_ns))
            return false;
    return true;
}

static bool try_acquire(void *memory, uint32_t lane)
{
    struct mcs *lock = memory;
    struct node *node = node_of(lock, lane);
    if (!come_back(node, 0))
        return false;
    if (state_of(node) != IDLE)
        return change(node, GRANTED, HELD);
    // Relaxed: nobody knows the node before it is the tail.
    atomic_store_explicit(&node->next, 0, memory_order_relaxed);
    atomic_store_explicit(&node->state, HELD, memory_order_relaxed);
    uint32_t expected = 0;
    // Acquire and release as in join_queue().
    if (atomic_compare_exchange_strong_explicit(&lock->tail, &expected, lane + 1,
                                                memory_order_acq_rel, memory_order_relaxed))
        return true;
    atomic_store_explicit(&node->state, IDLE, memory_order_relaxed);
    return false;
}

// Sleeps once. False when the deadline has passed and the lock has not been handed over.
static bool park(struct node *node, uint64_t deadline_ns)
{
    if (!change(node, WAITING, PARKED))
        return true;
    futex_wait(&node->state, PARKED, deadline_ns);
    (void)change(node, PARKED, WAITING);
    return state_of(node) == GRANTED || clock_now_ns() < deadline_ns;
}

static bool wait_for_grant(struct node *node, uint64_t deadline_ns)
{
    struct backoff backoff = {0};
    while (state_of(node) != GRANTED)
        if (!(backoff.turns < LOOKS ? backoff_wait(&backoff, deadline_ns)
                                    : park(node, deadline_ns)))
            return false;
    return change(node, GRANTED, HELD);
}

static bool acquire(void *memory, uint32_t lane, uint64_t deadline_ns)
{
    struct mcs *lock = memory;
    struct node *node = node_of(lock, lane);
    if (!come_back(node, deadline_ns))
        return false;
    assert(state_of(node) != HELD);
    if (state_of(node) == IDLE && join_queue(lock, node, lane))
        return true;
    return wait_for_grant(node, deadline_ns);
}

static void abandon(void *memory, uint32_t lane)
{
    struct mcs *lock = memory;
    struct node *node = node_of(lock, lane);
    // A waiter in no call is never PARKED. When WAITING is gone, the lock was handed over.
    if (!change(node, WAITING, LEFT) && change(node, GRANTED, HELD))
        hand_over(lock, node);
}

static void release(void *memory, uint32_t lane)
{
    struct mcs *lock = memory;
    struct node *node = node_of(lock, lane);
    assert(state_of(node) == HELD);
    hand_over(lock, node);
}

const struct lock_kind lock_mcs = {
    .name = "mcs",
    .help = "queue lock: each waits at its own word and is handed the lock",
    .size_bytes = size_bytes,
    .init = init,
    .try_acquire = try_acquire,
    .acquire = acquire,
    .abandon = abandon,
    .release = release,
    .may_take = lock_may_take_first,
};
