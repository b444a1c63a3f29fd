// What a step does, by the value of the slot that it looks at: computed once by the machine.
#include "base/mem.h"
#include "model/explore_settle.h"

#include <string.h>

struct one_cell {
    size_t cell;
    int64_t value;
};

static int64_t read_one(const void *context, size_t cell)
{
    const struct one_cell *one = context;
    assert(cell == one->cell);
    return one->value;
}

// `always` over this cell alone, at a store.
static void judge_store(struct attempt *a, size_t cell, int64_t value)
{
    const struct program *prog = a->x->prog;
    struct one_cell one = {cell, value};
    for (size_t i = 0; i < prog->n_always; i++) {
        bool holds = true;
        if (prog->always[i].cell == (int32_t)cell &&
            machine_judge(prog, &prog->always[i], read_one, &one, &holds) && !holds)
            a->broken |= UINT64_C(1) << i;
    }
}

static bool is_retriable(const struct attempt *a, const struct op *op)
{
    return a->x->is_lock_free && a->x->options.lock_on && a->r.n_with > 0 &&
           (op->flags & OP_RETRIABLE) && (op->flags & OP_UPDATES);
}

// The numbers behind a cell's value: a bit for each lane whose load is still fresh.
static bool is_fresh(const int64_t *value, uint32_t lane)
{
    return (uint64_t)value[1 + lane / 64] >> lane % 64 & 1;
}

static void load(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    size_t n;
    const int64_t *known = slot_value(a->x, slot, value, &n);
    int64_t fresh[2 + PROGRAM_LANES_MAX / 64 + 1];
    memcpy(fresh, known, n * sizeof *fresh);
    machine_complete(&a->r.machine, op, fresh[0]);
    if (!is_retriable(a, op))
        return;
    uint64_t bit = UINT64_C(1) << a->r.lane % 64;
    fresh[1 + a->r.lane / 64] = (int64_t)((uint64_t)fresh[1 + a->r.lane / 64] | bit);
    a->value = slot_intern(a->x, slot, fresh, n);
}

static void write(struct attempt *a, const struct op *op, uint32_t slot, int64_t value)
{
    a->value = slot_intern_one(a->x, slot, value);
    judge_store(a, a->x->slots[slot].object, value);
    machine_complete(&a->r.machine, op, value);
}

static void store(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    if (is_retriable(a, op)) {
        size_t n;
        if (!is_fresh(slot_value(a->x, slot, value, &n), a->r.lane)) {
            machine_retry(&a->r.machine, op);
            return;
        }
    }
    write(a, op, slot, machine_value(&a->r.machine, op->a));
}

static void atomic(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    int64_t combined;
    if (machine_combine(&a->r.machine, op, slot_number(a->x, slot, value), &combined))
        write(a, op, slot, combined);
}

// ENTER and ACQUIRE that take the lock. False: not now.
static bool acquire(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    struct machine *m = &a->r.machine;
    uint64_t bit = UINT64_C(1) << op->arg;
    bool is_own = a->r.held & bit;
    if (!is_own && !lock_may_take(a->x, slot, value, a->r.lane))
        return false;
    if (op->code == OP_ENTER && a->r.n_with == STEP_WITH_MAX) {
        machine_fail(m, op, FAULT_DEPTH);
    } else if (is_own) {
        machine_fail(m, op, FAULT_LOCK);
    } else {
        a->value = lock_take(a->x, slot, value, a->r.lane);
        a->r.held |= bit;
        if (op->code == OP_ENTER)
            attempt_push(a, op);
        machine_complete(m, op, 0);
    }
    return true;
}

static void release(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    uint64_t bit = UINT64_C(1) << op->arg;
    bool is_own = a->r.held & bit;
    if (op->code == OP_LEAVE || is_own)
        attempt_judge(a, op);
    if (op->code == OP_LEAVE)
        a->r.n_with--;
    if (!is_own) {
        machine_fail(&a->r.machine, op, FAULT_LOCK);
        return;
    }
    a->value = lock_release(a->x, slot, value);
    a->r.held &= ~bit;
    machine_complete(&a->r.machine, op, 0);
}

// False: it is zero.
static bool wait(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    int64_t count = slot_number(a->x, slot, value);
    if (count == 0)
        return false;
    a->value = slot_intern_one(a->x, slot, count - 1);
    machine_complete(&a->r.machine, op, 0);
    return true;
}

static void post(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    int64_t count = slot_number(a->x, slot, value);
    if (count == SEMAPHORE_MAX) {
        machine_fail(&a->r.machine, op, FAULT_SEMAPHORE);
        return;
    }
    a->value = slot_intern_one(a->x, slot, count + 1);
    machine_complete(&a->r.machine, op, 0);
}

static void take(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    int64_t n_taken = slot_number(a->x, slot, value);
    bool is_left = n_taken < (int64_t)a->x->prog->pool.n_items;
    if (is_left)
        a->value = slot_intern_one(a->x, slot, n_taken + 1);
    machine_take(&a->r.machine, op, is_left ? n_taken : -1);
}

// The step itself. False: the lane has to wait.
static bool act(struct attempt *a, const struct op *op, uint32_t slot, uint32_t value)
{
    switch ((int)op->code) {
    case OP_LOAD:
        load(a, op, slot, value);
        return true;
    case OP_STORE:
        store(a, op, slot, value);
        return true;
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        atomic(a, op, slot, value);
        return true;
    case OP_ENTER:
    case OP_ACQUIRE:
        return acquire(a, op, slot, value);
    case OP_LEAVE:
    case OP_RELEASE:
        release(a, op, slot, value);
        return true;
    case OP_WAIT:
        return wait(a, op, slot, value);
    case OP_POST:
        post(a, op, slot, value);
        return true;
    case OP_TAKE:
        take(a, op, slot, value);
        return true;
    case OP_AWAIT:
        attempt_await(a, op, slot, value);
        return true;
    case OP_RETAKE:
        return attempt_retake(a, op, slot, value);
    case OP_NOTIFY:
    case OP_NOTIFY_ALL:
        attempt_notify(a, op, slot, value);
        return true;
    default:
        attempt_local(a, op);
        return true;
    }
}

// Rise of the step itself: what settles adds its own.
static void step(struct attempt *a, uint32_t slot, uint32_t value, struct move *blocked)
{
    struct machine *m = &a->r.machine;
    uint32_t from = m->pc;
    const struct op *op = &a->x->prog->ops[from];
    size_t cell;
    *blocked = (struct move){.state = MOVE_DISABLED};
    if (op->code == OP_RANDOM) {
        attempt_choose(a, op);
        return;
    }
    // An index outside the array faults here.
    bool is_cell = op->code >= OP_LOAD && op->code <= OP_ATOMIC_MUL;
    if (!is_cell || machine_cell(m, op, &cell))
        if (!act(a, op, slot, value))
            return;
    a->rise += attempt_rise(a->x, m, from, NULL);
    attempt_settle(a);
}

static uint32_t resolve(struct explore *x, uint32_t lane, uint32_t number, uint32_t value)
{
    struct attempt *a = mem_alloc(sizeof *a);
    const struct local *local = local_of(x, lane, number);
    uint32_t slot = local->slot;
    struct move move;
    a->x = x;
    a->value = value;
    a->level = local->level;
    runner_unpack(&a->r, x, lane, number);
    step(a, slot, value, &move);
    uint32_t at =
        local_of(x, lane, number)->first + (local_of(x, lane, number)->by_value ? value : 0);
    x->moves[at] = a->last == NO_MOVE ? move : x->moves[a->last];
    mem_free(a);
    return at;
}

static void make_room(struct explore *x, struct local *local, uint32_t need)
{
    if (need <= local->n_moves)
        return;
    uint32_t n = local->by_value ? local->n_moves * 2 : 1;
    n = n < need ? need + need / 4 : n;
    x->moves = mem_room(x->moves, &x->cap_moves, x->n_moves + n, sizeof *x->moves);
    memset(&x->moves[x->n_moves], 0, n * sizeof *x->moves);
    memcpy(&x->moves[x->n_moves], &x->moves[local->first], local->n_moves * sizeof *x->moves);
    local->first = (uint32_t)x->n_moves;
    local->n_moves = n;
    x->n_moves += n;
}

bool move_find(struct explore *x, uint32_t lane, uint32_t number, uint32_t value, uint32_t *move)
{
    struct local *local = local_of(x, lane, number);
    assert(!local->is_ended);
    uint32_t at = local->by_value ? value : 0;
    make_room(x, local, at + 1);
    *move = local->first + at;
    if (x->moves[*move].state == MOVE_UNKNOWN)
        *move = resolve(x, lane, number, value);
    return x->status != EXPLORE_FAILED;
}

// Each lane up to its first step, in the order in which main starts them.
void moves_open(struct explore *x)
{
    const struct program *prog = x->prog;
    x->moves = mem_room(x->moves, &x->cap_moves, 1, sizeof *x->moves);
    x->n_moves = 1; // NO_MOVE
    x->initial = mem_array(prog->n_lanes, sizeof *x->initial);
    x->first_state = mem_array(prog->n_lanes + x->n_slots, sizeof *x->first_state);
    struct attempt *a = mem_alloc(sizeof *a);
    for (uint32_t lane = 1; lane < prog->n_lanes; lane++) {
        memset(a, 0, sizeof *a);
        a->x = x;
        a->is_first = true;
        runner_begin(&a->r, x, lane);
        if (!attempt_settle(a))
            break;
        const struct move *move = &x->moves[a->last];
        x->initial[lane] = x->first_state[lane_field(lane)] = move->next;
        x->first_judges |= move->judges;
        for (uint32_t i = 0; i < move->n_effects; i++) {
            const struct effect *effect = &x->effects[move->effects + i];
            uint32_t *value = &x->first_state[slot_field(x, effect->slot)];
            *value = effect_value(x, effect, *value);
        }
    }
    mem_free(a);
}

uint32_t effect_value(struct explore *x, const struct effect *effect, uint32_t value)
{
    switch (effect->kind) {
    case EFFECT_SET:
        return effect->value;
    case EFFECT_ARRIVE:
        return lock_arrive(x, effect->slot, value, effect->value);
    case EFFECT_RELEASE:
        return lock_release(x, effect->slot, value);
    case EFFECT_NOTIFY: // of lanes
        break;
    }
    return value;
}
