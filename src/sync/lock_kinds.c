#include "sync/lock_kinds.h"

#include <string.h>

const struct lock_kind *const lock_kinds[] = {
    &lock_mutex, &lock_tas, &lock_ticket, &lock_mcs, &lock_futex, &lock_atomic, NULL,
};

const struct lock_kind *lock_kind_find(const char *name)
{
    for (const struct lock_kind *const *kind = lock_kinds; *kind; kind++)
        if (strcmp((*kind)->name, name) == 0)
            return *kind;
    return NULL;
}

void lock_abandon_nothing(void *lock, uint32_t lane)
{
    (void)lock;
    (void)lane;
}

bool lock_may_take_any(const struct lock_model *lock, uint16_t lane)
{
    (void)lane;
    return lock->holder == LOCK_NOBODY;
}

bool lock_may_take_first(const struct lock_model *lock, uint16_t lane)
{
    return lock->holder == LOCK_NOBODY && (lock->n_waiting == 0 || lock->waiting[0] == lane);
}
