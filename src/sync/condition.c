#include "sync/condition.h"

#include "sync/futex.h"

// All that changes is changed by who holds the condition's lock. A waiter looks without the lock
// and acts on nothing but that it is notified, which stays so until it goes on: lanes before it can
// only become fewer, and each that goes on takes one notify and one lane away.

size_t condition_bytes(size_t n_lanes)
{
    return sizeof(struct condition) + n_lanes * sizeof(_Atomic uint64_t);
}

void condition_init(struct condition *condition, size_t n_lanes)
{
    atomic_init(&condition->n_changes, 0);
    atomic_init(&condition->n_notified, 0);
    atomic_init(&condition->last_ticket, 0);
    atomic_init(&condition->next_ticket, 1);
    for (size_t i = 0; i < n_lanes; i++)
        atomic_init(&condition->tickets[i], 0);
}

// Lanes that wait with a ticket of `last` at most.
static uint32_t count_up_to(const struct condition *condition, uint64_t last,
                            const struct condition_lanes *lanes)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < lanes->n; i++) {
        // Pairs with the release in condition_end(): its notify is seen to be used up.
        uint64_t ticket = atomic_load_explicit(&condition->tickets[i], memory_order_acquire);
        n += ticket != 0 && ticket <= last && !lanes->has_ended(lanes->context, i);
    }
    return n;
}

void condition_begin(struct condition *condition, uint32_t lane)
{
    uint64_t ticket = atomic_fetch_add_explicit(&condition->next_ticket, 1, memory_order_relaxed);
    atomic_store_explicit(&condition->tickets[lane], ticket, memory_order_relaxed);
}

// In this order: those before the lane are counted first, since they only become fewer, and the
// notifies last, so that they are as many as when the lane was seen to be among those called.
static bool is_notified(const struct condition *condition, uint32_t lane,
                        const struct condition_lanes *lanes)
{
    uint64_t ticket = atomic_load_explicit(&condition->tickets[lane], memory_order_relaxed);
    uint32_t n_before = count_up_to(condition, ticket - 1, lanes);
    // Pairs with the release in condition_notify().
    if (atomic_load_explicit(&condition->last_ticket, memory_order_acquire) < ticket)
        return false;
    return n_before < atomic_load_explicit(&condition->n_notified, memory_order_relaxed);
}

// Nothing is slept through: the waiter reads the count of changes before it looks, and sleeps only
// while that count stands.
bool condition_wait(struct condition *condition, uint32_t lane, const struct condition_lanes *lanes,
                    uint64_t deadline_ns)
{
    for (;;) {
        // Pairs with the release in tell().
        uint32_t n_changes = atomic_load_explicit(&condition->n_changes, memory_order_acquire);
        if (is_notified(condition, lane, lanes))
            return true;
        if (clock_now_ns() >= deadline_ns)
            return false;
        futex_wait(&condition->n_changes, n_changes, deadline_ns);
    }
}

static void tell(struct condition *condition)
{
    // Publishes the change to who looks again, in condition_wait().
    atomic_fetch_add_explicit(&condition->n_changes, 1, memory_order_release);
    futex_wake_all(&condition->n_changes);
}

void condition_end(struct condition *condition, uint32_t lane)
{
    // In this order: whoever is killed in between has used up its own notify and nobody else's.
    uint32_t n = atomic_fetch_sub_explicit(&condition->n_notified, 1, memory_order_relaxed);
    // Pairs with the acquire in count_up_to().
    atomic_store_explicit(&condition->tickets[lane], 0, memory_order_release);
    // Another that is notified and has looked in between has seen a notify too few.
    if (n > 1)
        tell(condition);
}

uint32_t condition_notify(struct condition *condition, uint32_t most,
                          const struct condition_lanes *lanes)
{
    uint32_t n_notified = atomic_load_explicit(&condition->n_notified, memory_order_relaxed);
    uint64_t last = atomic_load_explicit(&condition->last_ticket, memory_order_relaxed);
    // What was given to lanes that have died with it, and that no other was there to have, is gone.
    uint32_t n_called = count_up_to(condition, last, lanes);
    if (n_notified > n_called)
        n_notified = n_called;
    uint32_t left = count_up_to(condition, UINT64_MAX, lanes) - n_notified;
    uint32_t n = left < most ? left : most;
    if (n == 0)
        return 0;
    last = atomic_load_explicit(&condition->next_ticket, memory_order_relaxed) - 1;
    atomic_store_explicit(&condition->n_notified, n_notified + n, memory_order_relaxed);
    // Pairs with the acquire in is_notified(): who is among those called sees their notifies.
    atomic_store_explicit(&condition->last_ticket, last, memory_order_release);
    tell(condition);
    return n;
}

bool condition_is_owed(const struct condition *condition, const struct condition_lanes *lanes)
{
    uint64_t last = atomic_load_explicit(&condition->last_ticket, memory_order_acquire);
    return atomic_load_explicit(&condition->n_notified, memory_order_relaxed) > 0 &&
           count_up_to(condition, last, lanes) > 0;
}
