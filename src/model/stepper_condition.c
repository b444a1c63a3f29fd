// How a lane of the model waits at a condition and is notified: who has waited longest comes first,
// as in CPython.
#include "model/stepper_private.h"

// False, and the lane has failed, unless it holds the condition's lock.
static bool check_held(const struct stepper *s, struct step_lane *lane, const struct op *op)
{
    if (s->locks[s->prog->locks[op->arg].lock].holder == lane->index)
        return true;
    machine_fail(&lane->machine, op, FAULT_CONDITION);
    return false;
}

void step_await(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    struct step_lock *condition = &s->locks[op->arg];
    if (!check_held(s, lane, op))
        return;
    if (lane->n_held == 1)
        step_judge_always(s, lane);
    step_give_back(s, lane, (size_t)s->prog->locks[op->arg].lock);
    step_refresh_flags(lane);
    s->waiting[(size_t)op->arg * s->prog->n_lanes + condition->n_waiting++] = lane->index;
    lane->is_waiting = true;
    lane->state = LANE_BLOCKED;
    lane->waits_for = (uint32_t)op->arg;
    lane->await_turn = ++condition->turn;
    step_report(s, lane, EVENT_AWAIT, (uint32_t)op->arg, 0, lane->await_turn);
    machine_complete(&lane->machine, op, 0);
}

void step_retake(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    if (!step_take_lock(s, lane, op, (size_t)s->prog->locks[op->arg].lock))
        return;
    step_refresh_flags(lane);
    machine_complete(&lane->machine, op, 0);
}

// From then on the lane waits for the lock, which who notifies still holds.
static void wake_first(struct stepper *s, const struct op *op)
{
    struct step_lane *first = &s->lanes[s->waiting[(size_t)op->arg * s->prog->n_lanes]];
    step_leave_queue(s, first, (size_t)op->arg);
    first->is_waiting = false;
    step_report(s, first, EVENT_NOTIFIED, (uint32_t)op->arg, 0, first->await_turn);
    step_wait_for(s, first, (size_t)s->prog->locks[op->arg].lock);
}

void step_notify(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    if (!check_held(s, lane, op))
        return;
    struct step_lock *condition = &s->locks[op->arg];
    uint32_t n = condition->n_waiting;
    if (op->code == OP_NOTIFY && n > 1)
        n = 1;
    step_report(s, lane, EVENT_NOTIFY, (uint32_t)op->arg, n, ++condition->turn);
    for (uint32_t i = 0; i < n; i++)
        wake_first(s, op);
    machine_complete(&lane->machine, op, 0);
}
