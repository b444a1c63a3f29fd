#ifndef SYNC_HOLDER_H
#define SYNC_HOLDER_H

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

// Who holds a lock, as lane + 1, 0 for nobody: only to catch a release by somebody else. It guards
// nothing, so every access is relaxed; a lane always sees its own last write, which is all that
// the check needs.
struct holder {
    _Atomic uint32_t lane_plus_1;
};

static inline void holder_set(struct holder *holder, uint32_t lane)
{
    atomic_store_explicit(&holder->lane_plus_1, lane + 1, memory_order_relaxed);
}

static inline void holder_clear(struct holder *holder, uint32_t lane)
{
    assert(atomic_load_explicit(&holder->lane_plus_1, memory_order_relaxed) == lane + 1);
    atomic_store_explicit(&holder->lane_plus_1, 0, memory_order_relaxed);
}

#endif
