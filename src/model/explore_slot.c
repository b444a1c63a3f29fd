// What lanes share: cells, locks, semaphores, the pool's queue and results, one slot each.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

enum { LOCK_HELD, LOCK_HAS_WAITERS, LOCK_QUEUE }; // numbers of a lock's value

static size_t value_of(const struct explore *x, uint32_t slot, uint32_t value,
                       int64_t out[PROGRAM_LANES_MAX + LOCK_QUEUE + 2])
{
    size_t n;
    const int64_t *known = slot_value(x, slot, value, &n);
    memcpy(out, known, n * sizeof *out);
    return n;
}

uint32_t slot_intern(struct explore *x, uint32_t slot, const int64_t *value, size_t n)
{
    return intern_add(&x->slots[slot].values, value, n * sizeof *value);
}

// A cell of a kind that takes no lock has its bits behind the value, none of them set.
uint32_t slot_intern_one(struct explore *x, uint32_t slot, int64_t value)
{
    int64_t all[2 + PROGRAM_LANES_MAX / 64] = {value};
    bool has_bits = x->is_lock_free && x->slots[slot].kind == SLOT_CELL;
    return slot_intern(x, slot, all, has_bits ? 1 + (x->prog->n_lanes + 63) / 64 : 1);
}

const int64_t *slot_value(const struct explore *x, uint32_t slot, uint32_t value, size_t *n)
{
    size_t len_bytes;
    const uint8_t *bytes = intern_get(&x->slots[slot].values, value, &len_bytes);
    *n = len_bytes / sizeof(int64_t);
    return (const int64_t *)(const void *)bytes;
}

int64_t slot_number(const struct explore *x, uint32_t slot, uint32_t value)
{
    size_t n;
    return *slot_value(x, slot, value, &n);
}

uint32_t slot_cell(const struct explore *x, uint32_t lane, size_t cell)
{
    return (uint32_t)((x->is_private ? lane * x->prog->n_cells : 0) + cell);
}

bool lock_may_take(const struct explore *x, uint32_t slot, uint32_t value, uint32_t lane)
{
    uint16_t waiting[PROGRAM_LANES_MAX + 1];
    size_t n;
    const int64_t *lock = slot_value(x, slot, value, &n);
    struct lock_model model = {.holder = lock[LOCK_HELD] ? LOCK_NOBODY - 1 : LOCK_NOBODY,
                               .waiting = waiting};
    if (x->keeps_order && lock[LOCK_HAS_WAITERS])
        for (size_t i = LOCK_QUEUE; i < n; i++)
            waiting[model.n_waiting++] = (uint16_t)lock[i];
    return x->kind->may_take(&model, (uint16_t)lane);
}

// Whoever stands before it from now on waits.
uint32_t lock_take(struct explore *x, uint32_t slot, uint32_t value, uint32_t lane)
{
    int64_t lock[PROGRAM_LANES_MAX + LOCK_QUEUE + 2];
    size_t n = value_of(x, slot, value, lock);
    lock[LOCK_HELD] = 1;
    if (!x->keeps_order)
        return slot_intern(x, slot, lock, n);
    size_t kept = LOCK_QUEUE;
    lock[LOCK_HAS_WAITERS] = 0; // means something only while it is free
    for (size_t i = LOCK_QUEUE; i < n; i++)
        if (lock[i] != (int64_t)lane)
            lock[kept++] = lock[i];
    return slot_intern(x, slot, lock, kept);
}

uint32_t lock_release(struct explore *x, uint32_t slot, uint32_t value)
{
    int64_t lock[PROGRAM_LANES_MAX + LOCK_QUEUE + 2];
    size_t n = value_of(x, slot, value, lock);
    lock[LOCK_HELD] = 0;
    if (x->keeps_order)
        lock[LOCK_HAS_WAITERS] = n > LOCK_QUEUE;
    return slot_intern(x, slot, lock, n);
}

uint32_t lock_arrive(struct explore *x, uint32_t slot, uint32_t value, uint32_t lane)
{
    int64_t lock[PROGRAM_LANES_MAX + LOCK_QUEUE + 2];
    size_t n = value_of(x, slot, value, lock);
    lock[n++] = lane;
    return slot_intern(x, slot, lock, n);
}

static enum slot_kind kind_of_lock(enum lock_type type)
{
    switch (type) {
    case LOCK_SEMAPHORE:
        return SLOT_SEMAPHORE;
    case LOCK_CONDITION:
        return SLOT_CONDITION;
    case LOCK_MUTEX:
        break;
    }
    return SLOT_LOCK;
}

static void open_slot(struct explore *x, uint32_t slot, enum slot_kind kind, size_t object)
{
    static const int64_t nothing[2] = {0};
    const struct program *prog = x->prog;
    x->slots[slot].kind = kind;
    x->slots[slot].object = (uint32_t)object;
    if (kind == SLOT_CELL)
        slot_intern_one(x, slot, program_cell_initial(prog, object));
    else if (kind == SLOT_SEMAPHORE)
        slot_intern_one(x, slot, prog->locks[object].initial);
    else
        slot_intern(x, slot, nothing,
                    kind == SLOT_RESULT || (kind == SLOT_LOCK && x->keeps_order) ? 2 : 1);
}

void slots_open(struct explore *x)
{
    const struct program *prog = x->prog;
    size_t n_copies = x->is_private ? prog->n_lanes : 1;
    x->first_lock = (uint32_t)(n_copies * prog->n_cells);
    x->taken = x->first_lock + (uint32_t)prog->n_locks;
    x->first_result = x->taken + (prog->pool.n_items > 0);
    x->n_slots = x->first_result + prog->pool.n_items;
    x->slots = mem_array(x->n_slots, sizeof *x->slots);
    for (uint32_t i = 0; i < x->first_lock; i++)
        open_slot(x, i, SLOT_CELL, i % prog->n_cells);
    for (uint32_t i = 0; i < prog->n_locks; i++)
        open_slot(x, x->first_lock + i, kind_of_lock(prog->locks[i].type), i);
    if (prog->pool.n_items)
        open_slot(x, x->taken, SLOT_TAKEN, 0);
    for (uint32_t i = 0; i < prog->pool.n_items; i++)
        open_slot(x, x->first_result + i, SLOT_RESULT, i);
}

void slots_close(struct explore *x)
{
    for (size_t i = 0; i < x->n_slots; i++)
        intern_close(&x->slots[i].values);
    mem_free(x->slots);
}
