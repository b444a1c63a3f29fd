// The pool: how a worker gets its next input and gives back a result, and how main reads it.
#include "engine/lane.h"

static int64_t first_argument(const struct pool_decl *pool, uint32_t item)
{
    bool is_number = pool->n_args > 0 && pool->arg_types[0] == TYPE_INT;
    return is_number ? pool->args[(size_t)item * pool->n_args] : 0;
}

void lane_take(struct lane *lane, const struct op *op)
{
    const struct pool_decl *pool = &lane->prog->pool;
    // The inputs are part of the program, and were there before. See cell.h for the order.
    uint32_t item = atomic_fetch_add_explicit(&lane->run->pool->next, 1, memory_order_seq_cst);
    if (item >= pool->n_items) {
        // So that the count of those that come in vain never wraps.
        atomic_store_explicit(&lane->run->pool->next, pool->n_items, memory_order_relaxed);
        machine_take(&lane->machine, op, -1);
        return;
    }
    atomic_store_explicit(&lane->run->items[item].lane, lane->index, memory_order_relaxed);
    atomic_store_explicit(&lane->shared->item, item, memory_order_relaxed);
    lane_report(lane, EVENT_TAKE, item, first_argument(pool, item), 0);
    machine_take(&lane->machine, op, item);
}

void lane_give(struct lane *lane, const struct op *op)
{
    uint32_t number = (uint32_t)machine_value(&lane->machine, op->a);
    struct run_item *item = &lane->run->items[number];
    int64_t result = machine_value(&lane->machine, op->b);
    atomic_store_explicit(&item->result, result, memory_order_relaxed);
    // Release: pairs with the acquire in lane_result(); who sees the mark sees the result.
    atomic_store_explicit(&item->is_done, 1, memory_order_release);
    atomic_store_explicit(&lane->shared->item, (uint32_t)EVENT_NO_OBJECT, memory_order_relaxed);
    lane_report(lane, EVENT_GIVE, number, result, 0);
    machine_complete(&lane->machine, op, 0);
}

void lane_result(struct lane *lane, const struct op *op)
{
    size_t number;
    if (!machine_item(&lane->machine, op, &number))
        return;
    const struct run_item *item = &lane->run->items[number];
    // Acquire: pairs with the release in lane_give().
    if (!atomic_load_explicit(&item->is_done, memory_order_acquire)) {
        machine_fail(&lane->machine, op, FAULT_RESULT);
        return;
    }
    int64_t result = atomic_load_explicit(&item->result, memory_order_relaxed);
    machine_complete(&lane->machine, op, result);
}
