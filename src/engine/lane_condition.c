// How a lane waits at a condition and notifies others. It holds the condition's lock all the while
// but between AWAIT and RETAKE.
#include "engine/lane.h"

static struct condition *condition_of(const struct lane *lane, const struct op *op)
{
    return run_lock_memory(lane->run, (size_t)op->arg);
}

static uint32_t lock_of(const struct lane *lane, const struct op *op)
{
    return (uint32_t)lane->prog->locks[op->arg].lock;
}

// False, and the lane has failed, unless it holds the condition's lock.
static bool check_held(struct lane *lane, const struct op *op)
{
    if (lane_owns(lane, lock_of(lane, op)))
        return true;
    machine_fail(&lane->machine, op, FAULT_CONDITION);
    return false;
}

// By a lane that holds the condition's lock, which orders it.
static uint32_t next_turn(const struct lane *lane, const struct op *op)
{
    struct run_lock *condition = &lane->run->locks[op->arg];
    uint32_t turn = atomic_load_explicit(&condition->turn, memory_order_relaxed) + 1;
    atomic_store_explicit(&condition->turn, turn, memory_order_relaxed);
    return turn;
}

void lane_await(struct lane *lane, const struct op *op)
{
    if (!check_held(lane, op))
        return;
    if (lane->n_held == 1 && lane->prog->n_always)
        lane_judge_always(lane);
    // Before the lock is free: a notify from then on finds this lane waiting.
    condition_begin(condition_of(lane, op), lane->index);
    lane->await_turn = next_turn(lane, op);
    lane_give_back(lane, lock_of(lane, op));
    lane_refresh_flags(lane);
    lane_begin_wait(lane);
    atomic_store_explicit(&lane->shared->waits_for, (uint32_t)op->arg, memory_order_relaxed);
    lane_set_state(lane, LANE_BLOCKED);
    lane_report(lane, EVENT_AWAIT, (uint32_t)op->arg, 0, lane->await_turn);
    machine_complete(&lane->machine, op, 0);
}

// Until it is notified; false when the lane must end instead.
static bool wait_for(struct lane *lane, const struct op *op)
{
    struct condition_lanes lanes = run_condition_lanes(lane->run);
    uint64_t since = atomic_load_explicit(&lane->shared->wait_ticks, memory_order_relaxed);
    lane_gil_drop(lane);
    for (bool is_notified = false; !is_notified;) {
        lane_idle(lane);
        is_notified = condition_wait(condition_of(lane, op), lane->index, &lanes,
                                     clock_now_ns() + LANE_WAIT_SLICE_NS);
        lane_busy(lane);
        if (lane_must_look(lane))
            lane_gate(lane);
        if (lane->is_leaving)
            return false;
    }
    lane_count_wait(lane, (uint32_t)op->arg, since);
    lane_gil_take(lane);
    return !lane->is_leaving;
}

void lane_retake(struct lane *lane, const struct op *op)
{
    uint32_t number = (uint32_t)op->arg;
    if (!wait_for(lane, op))
        return;
    lane_report(lane, EVENT_NOTIFIED, number, 0, lane->await_turn);
    if (!lane_take_lock(lane, op, lock_of(lane, op)))
        return;
    condition_end(condition_of(lane, op), lane->index);
    atomic_store_explicit(&lane->shared->waits_for, (uint32_t)EVENT_NO_OBJECT,
                          memory_order_relaxed);
    lane_refresh_flags(lane);
    atomic_fetch_add_explicit(&lane->run->locks[number].acquisitions, 1, memory_order_relaxed);
    machine_complete(&lane->machine, op, 0);
}

void lane_notify(struct lane *lane, const struct op *op)
{
    uint32_t number = (uint32_t)op->arg;
    struct condition_lanes lanes = run_condition_lanes(lane->run);
    if (!check_held(lane, op))
        return;
    uint32_t n = condition_notify(condition_of(lane, op),
                                  op->code == OP_NOTIFY ? 1 : (uint32_t)lanes.n, &lanes);
    atomic_fetch_add_explicit(&lane->run->locks[number].posts, 1, memory_order_relaxed);
    lane_report(lane, EVENT_NOTIFY, number, n, next_turn(lane, op));
    machine_complete(&lane->machine, op, 0);
}
