// Conditions: who has waited longest is woken first, by the rule of the stepper and the engine.
#include "base/mem.h"
#include "model/explore_settle.h"

static uint32_t lock_of(const struct explore *x, size_t condition)
{
    return (uint32_t)x->prog->locks[condition].lock;
}

// False, and the lane has failed, unless it holds the condition's lock.
static bool check_held(struct attempt *a, const struct op *op)
{
    if (a->r.held >> lock_of(a->x, (size_t)op->arg) & 1)
        return true;
    machine_fail(&a->r.machine, op, FAULT_CONDITION);
    return false;
}

void attempt_await(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    if (!check_held(a, op))
        return;
    int64_t n_waiting = slot_number(a->x, slot, value) + 1;
    attempt_judge(a, op);
    attempt_give_back(a, lock_of(a->x, (size_t)op->arg));
    a->r.place = (uint32_t)n_waiting;
    a->value = slot_intern_one(a->x, slot, n_waiting);
    machine_complete(&a->r.machine, op, 0);
}

// Only a lane that is notified comes here, and the slot is that of the lock.
bool attempt_retake(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    if (!lock_may_take(a->x, slot, value, a->r.lane))
        return false;
    a->value = lock_take(a->x, slot, value, a->r.lane);
    a->r.held |= UINT64_C(1) << lock_of(a->x, (size_t)op->arg);
    machine_complete(&a->r.machine, op, 0);
    return true;
}

void attempt_notify(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    if (!check_held(a, op))
        return;
    int64_t n_waiting = slot_number(a->x, slot, value);
    int64_t n_woken = op->code == OP_NOTIFY && n_waiting > 1 ? 1 : n_waiting;
    if (n_woken > 0) {
        a->value = slot_intern_one(a->x, slot, n_waiting - n_woken);
        attempt_effect(a, slot, EFFECT_NOTIFY, (uint32_t)n_woken);
    }
    machine_complete(&a->r.machine, op, 0);
}

// No step is taken, so the level stays.
static void find_ahead(struct explore *x, uint32_t lane, uint32_t number)
{
    struct runner *r = mem_alloc(sizeof *r);
    runner_unpack(r, x, lane, number);
    r->place--;
    uint32_t ahead = runner_intern(x, r);
    local_of(x, lane, number)->ahead = ahead;
    local_reach(x, lane, ahead, local_of(x, lane, number)->level);
    mem_free(r);
}

// From the lock's point of view the lane comes to it now.
static bool arrive(struct explore *x, uint64_t *state, uint32_t lane, uint32_t condition)
{
    uint32_t slot = x->first_lock + lock_of(x, x->slots[condition].object);
    uint32_t value = lock_arrive(x, slot, state_get(x, state, slot_field(x, slot)), lane);
    if (!state_fits(x, slot_field(x, slot), value))
        return false;
    state_set(x, state, slot_field(x, slot), value);
    return true;
}

// The first is notified, the others are one place ahead.
static bool wake_first(struct explore *x, uint64_t *state, uint32_t condition, enum knowledge knows)
{
    for (uint32_t lane = 1; lane < x->prog->n_lanes; lane++) {
        uint32_t number = state_get(x, state, lane_field(lane));
        const struct local *local = local_of(x, lane, number);
        if (local->waits != condition)
            continue;
        bool is_first = local->place == 1;
        if (local->ahead == NO_LOCAL && knows == KNOWN_ONLY)
            return false;
        if (local->ahead == NO_LOCAL)
            find_ahead(x, lane, number);
        uint32_t ahead = local_of(x, lane, number)->ahead;
        if (!state_fits(x, lane_field(lane), ahead))
            return false;
        state_set(x, state, lane_field(lane), ahead);
        if (is_first && x->keeps_order && !arrive(x, state, lane, condition))
            return false;
    }
    return true;
}

bool state_notify(struct explore *x, uint64_t *state, struct effect notify, enum knowledge knows)
{
    if (x->keeps_order && knows == KNOWN_ONLY)
        return false;
    for (uint32_t i = 0; i < notify.value; i++)
        if (!wake_first(x, state, notify.slot, knows))
            return false;
    return true;
}
