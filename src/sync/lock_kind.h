#ifndef SYNC_LOCK_KIND_H
#define SYNC_LOCK_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOCK_NOBODY = UINT32_MAX };

// A lock as the model sees it: who holds it and who waits, longest first.
struct lock_model {
    uint32_t holder; // lane, LOCK_NOBODY when free
    uint32_t n_waiting;
    const uint16_t *waiting;
};

// One kind of lock, complete: the real one on shared memory and the rule the model plays by.
// Each kind is one file, sync/lock_<name>.c, and one line in sync/lock_kinds.c.
//
// The real side works on memory that every lane maps: zeroed, 64-byte aligned, no pointers in it,
// lock_size(n_lanes) bytes; the engine owns it. Lanes are numbers below n_lanes.
struct lock_kind {
    const char *name; // as written on the command line
    const char *help; // one line

    // The kind takes no lock at all: an update inside `with` is done by compare-and-swap.
    bool is_lock_free;
    // Works between processes that may be killed at any moment.
    bool is_robust;

    size_t (*size_bytes)(size_t n_lanes);
    // Before any lane uses it.
    void (*init)(void *lock, size_t n_lanes);
    // Never waits. False: another lane holds it.
    bool (*try_acquire)(void *lock, uint32_t lane);
    // Waits until the lock is held or clock_now_ns() has passed deadline_ns; false on the latter.
    // The caller looks at its gate and calls again, which keeps every wait bounded. In a kind that
    // queues the lane keeps its place meanwhile, so that first come is first served however often
    // the wait is interrupted; the lock may even be handed to it, and its next call returns at
    // once. So after a false a lane either calls again or calls abandon.
    bool (*acquire)(void *lock, uint32_t lane, uint64_t deadline_ns);
    // By a lane whose last acquire returned false and that will not call again, because it ends:
    // it leaves the queue, and gives the lock back if it was handed over in between. Right, and
    // without effect, for a lane that is in no queue and for a kind without one.
    void (*abandon)(void *lock, uint32_t lane);
    // By the lane that has just acquired it: whether the last holder had died with it, and the kernel
    // has handed it on. NULL: a lock of the kind stays taken then.
    bool (*is_inherited)(const void *lock);
    // By the lane that holds it.
    void (*release)(void *lock, uint32_t lane);

    // Model side: whether `lane`, waiting or just arriving, may take the lock now. Pure.
    bool (*may_take)(const struct lock_model *lock, uint16_t lane);
};

// NULL-terminated, in the order help lists them; the first is the default.
extern const struct lock_kind *const lock_kinds[];

// NULL when there is no such kind.
const struct lock_kind *lock_kind_find(const char *name);

#endif
