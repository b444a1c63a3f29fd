// How a lane of the model takes and gives back locks, by the rule of the lock's kind, and what it
// does at a semaphore.
#include "model/stepper_private.h"

void step_refresh_flags(struct step_lane *lane)
{
    uint8_t flags = lane->n_held ? ACCESS_HELD : 0;
    for (uint32_t i = 0; i < lane->n_with; i++)
        if (lane->with[i].how == STEP_OFF)
            flags |= ACCESS_OFF;
    if (flags & ACCESS_OFF)
        flags &= (uint8_t)~ACCESS_HELD;
    lane->with_flags = flags;
}

bool step_takes(const struct stepper *s, const struct op *op, size_t *lock)
{
    *lock = (size_t)op->arg;
    if (op->code == OP_WAIT)
        return true;
    if (op->code == OP_RETAKE) {
        *lock = (size_t)s->prog->locks[op->arg].lock;
        return true;
    }
    if (s->kind->is_lock_free)
        return false;
    return op->code == OP_ACQUIRE || (op->code == OP_ENTER && s->lock_on);
}

bool step_gives(const struct stepper *s, const struct step_lane *lane, const struct op *op)
{
    if (op->code == OP_RELEASE)
        return !s->kind->is_lock_free;
    return op->code == OP_LEAVE && lane->n_with && lane->with[lane->n_with - 1].how == STEP_HELD;
}

static struct lock_model model_of(const struct stepper *s, size_t lock)
{
    return (struct lock_model){
        .holder = s->locks[lock].holder,
        .n_waiting = s->locks[lock].n_waiting,
        .waiting = &s->waiting[lock * s->prog->n_lanes],
    };
}

static bool is_semaphore(const struct stepper *s, size_t lock)
{
    return s->prog->locks[lock].type == LOCK_SEMAPHORE;
}

bool step_may_take(const struct stepper *s, const struct step_lane *lane, size_t lock)
{
    // Whoever of those that wait comes first.
    if (is_semaphore(s, lock))
        return s->locks[lock].count > 0;
    // Who acquires what it holds makes a step: the one that fails.
    if (s->locks[lock].holder == lane->index)
        return true;
    struct lock_model model = model_of(s, lock);
    return s->kind->may_take(&model, lane->index);
}

static bool wants(const struct stepper *s, const struct step_lane *lane, size_t lock)
{
    size_t wanted;
    return lane->is_started && !lane->is_ended && lane->next &&
           step_takes(s, lane->next, &wanted) && wanted == lock &&
           s->locks[lock].holder != lane->index;
}

void step_wait_for(struct stepper *s, struct step_lane *lane, size_t lock)
{
    struct step_lock *shared = &s->locks[lock];
    int64_t owner = is_semaphore(s, lock) ? -1 : (int64_t)shared->holder;
    step_report(s, lane, EVENT_CONTEND, (uint32_t)lock, owner, 0);
    lane->state = LANE_BLOCKED;
    lane->waits_for = (uint32_t)lock;
    s->waiting[lock * s->prog->n_lanes + shared->n_waiting++] = lane->index;
}

// The lock, or the last one of the semaphore, has just been taken: whoever stood before it now
// waits, in the order of arrival.
static void block_others(struct stepper *s, size_t lock)
{
    for (;;) {
        struct step_lane *first = NULL;
        for (size_t i = 0; i < s->prog->n_lanes; i++) {
            struct step_lane *lane = &s->lanes[i];
            if (lane->state != LANE_BLOCKED && wants(s, lane, lock) &&
                (!first || lane->arrived < first->arrived))
                first = lane;
        }
        if (!first)
            return;
        step_wait_for(s, first, lock);
    }
}

void step_arrive(struct stepper *s, struct step_lane *lane)
{
    size_t lock;
    lane->arrived = ++s->arrivals;
    if (!step_takes(s, lane->next, &lock))
        return;
    const struct step_lock *shared = &s->locks[lock];
    bool is_held = shared->holder != LOCK_NOBODY && shared->holder != lane->index;
    if (is_semaphore(s, lock) ? shared->count == 0 : is_held)
        step_wait_for(s, lane, lock);
}

void step_leave_queue(struct stepper *s, const struct step_lane *lane, size_t lock)
{
    uint16_t *waiting = &s->waiting[lock * s->prog->n_lanes];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->locks[lock].n_waiting; i++)
        if (waiting[i] != lane->index)
            waiting[kept++] = waiting[i];
    s->locks[lock].n_waiting = kept;
}

bool step_take_lock(struct stepper *s, struct step_lane *lane, const struct op *op, size_t lock)
{
    struct step_lock *shared = &s->locks[lock];
    if (shared->holder == lane->index) {
        machine_fail(&lane->machine, op, FAULT_LOCK);
        return false;
    }
    step_leave_queue(s, lane, lock);
    shared->holder = lane->index;
    shared->turn++;
    lane->n_held++;
    lane->state = LANE_HOLDING;
    lane->waits_for = EVENT_NO_OBJECT;
    step_report(s, lane, EVENT_ACQUIRE, (uint32_t)lock, 0, shared->turn);
    block_others(s, lock);
    return true;
}

void step_give_back(struct stepper *s, struct step_lane *lane, size_t lock)
{
    s->locks[lock].holder = LOCK_NOBODY;
    lane->n_held--;
    step_report(s, lane, EVENT_RELEASE, (uint32_t)lock, 0, s->locks[lock].turn);
    lane->state = lane->n_held ? LANE_HOLDING : LANE_RUNNING;
}

// `always` over several cells holds whenever the last lock is released.
void step_judge_always(struct stepper *s, const struct step_lane *lane)
{
    for (size_t i = 0; i < s->prog->n_locks; i++)
        if (s->locks[i].holder != LOCK_NOBODY && s->locks[i].holder != lane->index)
            return;
    for (size_t i = 0; i < s->prog->n_always; i++) {
        const struct claim *claim = &s->prog->always[i];
        bool holds = true;
        if (claim->cell < 0 &&
            machine_judge(s->prog, claim, step_read_cell, step_cells(s, lane), &holds) && !holds)
            step_report(s, lane, EVENT_BROKEN, (uint32_t)i, 0, 0);
    }
}

void step_enter(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    if (lane->n_with == STEP_WITH_MAX) {
        machine_fail(&lane->machine, op, FAULT_DEPTH);
        return;
    }
    size_t lock;
    enum step_how how = !s->lock_on ? STEP_OFF : s->kind->is_lock_free ? STEP_LOCK_FREE : STEP_HELD;
    if (step_takes(s, op, &lock) && !step_take_lock(s, lane, op, lock))
        return;
    lane->with[lane->n_with++] = (struct step_with){.lock = (uint32_t)op->arg, .how = how};
    step_refresh_flags(lane);
    if (how == STEP_OFF)
        step_report(s, lane, EVENT_SKIP, (uint32_t)op->arg, 0, 0);
    machine_complete(&lane->machine, op, 0);
}

void step_leave(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    assert(lane->n_with > 0);
    if (lane->n_with == 1 && lane->n_held <= 1)
        step_judge_always(s, lane);
    struct step_with with = lane->with[--lane->n_with];
    if (with.how == STEP_HELD && s->locks[with.lock].holder != lane->index) {
        machine_fail(&lane->machine, op, FAULT_LOCK);
        return;
    }
    if (with.how == STEP_HELD)
        step_give_back(s, lane, with.lock);
    step_refresh_flags(lane);
    machine_complete(&lane->machine, op, 0);
}

void step_acquire(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t lock;
    if (step_takes(s, op, &lock) && !step_take_lock(s, lane, op, lock))
        return;
    step_refresh_flags(lane);
    machine_complete(&lane->machine, op, 0);
}

void step_release(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t lock = (size_t)op->arg;
    if (step_gives(s, lane, op)) {
        if (s->locks[lock].holder != lane->index) {
            machine_fail(&lane->machine, op, FAULT_LOCK);
            return;
        }
        if (lane->n_held == 1)
            step_judge_always(s, lane);
        step_give_back(s, lane, lock);
    }
    step_refresh_flags(lane);
    machine_complete(&lane->machine, op, 0);
}

void step_wait(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    size_t lock = (size_t)op->arg;
    struct step_lock *semaphore = &s->locks[lock];
    step_leave_queue(s, lane, lock);
    semaphore->count--;
    lane->next = NULL; // no longer one of those that stand before it
    lane->state = lane->n_held ? LANE_HOLDING : LANE_RUNNING;
    lane->waits_for = EVENT_NO_OBJECT;
    step_report(s, lane, EVENT_TOOK, (uint32_t)lock, semaphore->count, ++semaphore->turn);
    if (semaphore->count == 0)
        block_others(s, lock);
    machine_complete(&lane->machine, op, 0);
}

void step_post(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    struct step_lock *semaphore = &s->locks[op->arg];
    if (semaphore->count == SEMAPHORE_MAX) {
        machine_fail(&lane->machine, op, FAULT_SEMAPHORE);
        return;
    }
    semaphore->count++;
    step_report(s, lane, EVENT_POST, (uint32_t)op->arg, semaphore->count, ++semaphore->turn);
    machine_complete(&lane->machine, op, 0);
}

void step_unwind(struct stepper *s, struct step_lane *lane)
{
    while (lane->n_with) {
        struct step_with with = lane->with[--lane->n_with];
        if (with.how == STEP_HELD && s->locks[with.lock].holder == lane->index)
            step_give_back(s, lane, with.lock);
    }
}
