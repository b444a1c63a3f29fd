// How a lane takes from a semaphore and adds to it.
#include "engine/lane.h"

#include "sync/semaphore.h"

static_assert((uint32_t)SEMAPHORE_MAX == (uint32_t)SEMAPHORE_COUNT_MAX, "engine and model agree");

static struct semaphore *semaphore_of(const struct lane *lane, uint32_t number)
{
    return run_lock_memory(lane->run, number);
}

// Until there is one to take; false when the lane must end instead.
static bool wait_for(struct lane *lane, uint32_t number, struct semaphore_left *left)
{
    uint32_t before = atomic_load_explicit(&lane->shared->state, memory_order_relaxed);
    uint64_t since = lane_begin_wait(lane);
    lane_report(lane, EVENT_CONTEND, number, -1, 0);
    atomic_store_explicit(&lane->shared->waits_for, number, memory_order_relaxed);
    lane_gil_drop(lane);
    lane_set_state(lane, LANE_BLOCKED);
    for (bool is_taken = false; !is_taken;) {
        lane_idle(lane);
        is_taken =
            semaphore_wait(semaphore_of(lane, number), clock_now_ns() + LANE_WAIT_SLICE_NS, left);
        lane_busy(lane);
        if (!is_taken && lane_must_look(lane))
            lane_gate(lane);
        if (!is_taken && lane->is_leaving)
            return false;
    }
    atomic_store_explicit(&lane->shared->waits_for, (uint32_t)EVENT_NO_OBJECT,
                          memory_order_relaxed);
    lane_set_state(lane, (enum lane_state)before);
    lane_count_wait(lane, number, since);
    lane_gil_take(lane);
    return true;
}

void lane_wait_semaphore(struct lane *lane, const struct op *op)
{
    uint32_t number = (uint32_t)op->arg;
    struct semaphore_left left;
    if (!semaphore_try_wait(semaphore_of(lane, number), &left) && !wait_for(lane, number, &left))
        return;
    atomic_fetch_add_explicit(&lane->run->locks[number].acquisitions, 1, memory_order_relaxed);
    lane_report(lane, EVENT_TOOK, number, left.count, left.turn);
    machine_complete(&lane->machine, op, 0);
}

void lane_post_semaphore(struct lane *lane, const struct op *op)
{
    uint32_t number = (uint32_t)op->arg;
    struct semaphore_left left;
    if (!semaphore_post(semaphore_of(lane, number), &left)) {
        machine_fail(&lane->machine, op, FAULT_SEMAPHORE);
        return;
    }
    atomic_fetch_add_explicit(&lane->run->locks[number].posts, 1, memory_order_relaxed);
    lane_report(lane, EVENT_POST, number, left.count, left.turn);
    machine_complete(&lane->machine, op, 0);
}
