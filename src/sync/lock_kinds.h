#ifndef SYNC_LOCK_KINDS_H
#define SYNC_LOCK_KINDS_H

#include "sync/lock_kind.h"

// The kinds, for the table of them, and the parts that several kinds share. Everybody else uses
// sync/lock_kind.h.
extern const struct lock_kind lock_mutex;
extern const struct lock_kind lock_tas;
extern const struct lock_kind lock_ticket;
extern const struct lock_kind lock_mcs;
extern const struct lock_kind lock_futex;
extern const struct lock_kind lock_atomic;

// abandon of a kind without a queue.
void lock_abandon_nothing(void *lock, uint32_t lane);

// may_take of a kind without an order: whoever comes first when the lock is free.
bool lock_may_take_any(const struct lock_model *lock, uint16_t lane);

// may_take of a queue: only who has waited longest.
bool lock_may_take_first(const struct lock_model *lock, uint16_t lane);

#endif
