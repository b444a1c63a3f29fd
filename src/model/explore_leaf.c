// The end of a schedule: main's code behind the joins, the claims, or who is stuck.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

enum { AFTER_STEPS_MAX = 50000000 };

// Main behind its joins. Nobody else is left, so what it does is no matter of schedules.
struct after {
    struct explore *x;
    const uint64_t *state;
    struct machine machine;
    int64_t *cells;  // main's
    int64_t *counts; // of semaphores; of locks, whether they are held
    uint64_t held;   // by main
    uint32_t n_with;
    uint64_t broken;
    bool is_stuck;
};

static int64_t read_cell(const void *context, size_t cell)
{
    return ((const int64_t *)context)[cell];
}

static void judge(struct after *a, int32_t cell)
{
    const struct program *prog = a->x->prog;
    for (size_t i = 0; i < prog->n_always; i++) {
        bool holds = true;
        if (prog->always[i].cell == cell &&
            machine_judge(prog, &prog->always[i], read_cell, a->cells, &holds) && !holds)
            a->broken |= UINT64_C(1) << i;
    }
}

// Several cells: when the last lock is released.
static void judge_joint(struct after *a)
{
    for (size_t i = 0; i < a->x->prog->n_locks; i++)
        if (a->x->prog->locks[i].type == LOCK_MUTEX && a->counts[i] && !(a->held >> i & 1))
            return;
    judge(a, -1);
}

static bool access_cell(struct after *a, const struct op *op)
{
    size_t cell;
    int64_t value = 0;
    struct machine *m = &a->machine;
    if (!machine_cell(m, op, &cell))
        return false;
    if (op->code == OP_LOAD) {
        machine_complete(m, op, a->cells[cell]);
        return true;
    }
    if (op->code == OP_STORE)
        value = machine_value(m, op->a);
    else if (!machine_combine(m, op, a->cells[cell], &value))
        return false;
    a->cells[cell] = value;
    judge(a, (int32_t)cell);
    machine_complete(m, op, value);
    return true;
}

// False: it waits for ever, or has failed.
static bool take_lock(struct after *a, const struct op *op)
{
    bool is_own = a->held >> op->arg & 1;
    if (op->code == OP_ENTER && a->n_with++ == STEP_WITH_MAX)
        machine_fail(&a->machine, op, FAULT_DEPTH);
    else if (is_own && runner_enters(a->x, op))
        machine_fail(&a->machine, op, FAULT_LOCK);
    else if (runner_enters(a->x, op) && a->counts[op->arg])
        a->is_stuck = true;
    if (a->is_stuck || a->machine.fault != FAULT_NONE)
        return false;
    if (runner_enters(a->x, op)) {
        a->held |= UINT64_C(1) << op->arg;
        a->counts[op->arg] = 1;
    }
    machine_complete(&a->machine, op, 0);
    return true;
}

static bool give_lock(struct after *a, const struct op *op)
{
    bool is_last = __builtin_popcountll(a->held) <= 1;
    if (is_last && (op->code == OP_LEAVE ? a->n_with == 1 : a->held != 0))
        judge_joint(a);
    a->n_with -= op->code == OP_LEAVE;
    if (runner_is_access(a->x, op)) {
        if (!(a->held >> op->arg & 1)) {
            machine_fail(&a->machine, op, FAULT_LOCK);
            return false;
        }
        a->held &= ~(UINT64_C(1) << op->arg);
        a->counts[op->arg] = 0;
    }
    machine_complete(&a->machine, op, 0);
    return true;
}

static bool use_semaphore(struct after *a, const struct op *op)
{
    int64_t *count = &a->counts[op->arg];
    a->is_stuck = op->code == OP_WAIT && *count == 0;
    if (op->code == OP_POST && *count == SEMAPHORE_MAX)
        machine_fail(&a->machine, op, FAULT_SEMAPHORE);
    if (a->is_stuck || a->machine.fault != FAULT_NONE)
        return false;
    *count += op->code == OP_POST ? 1 : -1;
    machine_complete(&a->machine, op, 0);
    return true;
}

// A notify finds nobody, and who waits does so for ever.
static bool use_condition(struct after *a, const struct op *op)
{
    if (!(a->held >> a->x->prog->locks[op->arg].lock & 1)) {
        machine_fail(&a->machine, op, FAULT_CONDITION);
        return false;
    }
    a->is_stuck = op->code == OP_AWAIT;
    if (a->is_stuck && __builtin_popcountll(a->held) == 1)
        judge_joint(a);
    if (!a->is_stuck)
        machine_complete(&a->machine, op, 0);
    return !a->is_stuck;
}

static bool read_result(struct after *a, const struct op *op)
{
    size_t item;
    if (!machine_item(&a->machine, op, &item))
        return false;
    uint32_t slot = a->x->first_result + (uint32_t)item;
    size_t n;
    const int64_t *result =
        slot_value(a->x, slot, state_get(a->x, a->state, slot_field(a->x, slot)), &n);
    if (!result[1]) {
        machine_fail(&a->machine, op, FAULT_RESULT);
        return false;
    }
    machine_complete(&a->machine, op, result[0]);
    return true;
}

static bool run_local(struct after *a, const struct op *op)
{
    uint64_t ns;
    int64_t value = 0;
    if (machine_is_local(op))
        return machine_execute(&a->machine, op);
    if (op->code == OP_RANDOM)
        return explore_fail(a->x, "line %u: explore knows no random() in `after:`", op->line);
    if ((op->code == OP_SLEEP || op->code == OP_COMPUTE) && !machine_pause(&a->machine, op, &ns))
        return false;
    if (op->code == OP_FACTORIAL && !machine_factorial(&a->machine, op, &value))
        return false;
    machine_complete(&a->machine, op, value);
    return true;
}

static bool run_op(struct after *a, const struct op *op)
{
    switch ((int)op->code) {
    case OP_LOAD:
    case OP_STORE:
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        return access_cell(a, op);
    case OP_ENTER:
    case OP_ACQUIRE:
        return take_lock(a, op);
    case OP_LEAVE:
    case OP_RELEASE:
        return give_lock(a, op);
    case OP_WAIT:
    case OP_POST:
        return use_semaphore(a, op);
    case OP_AWAIT:
    case OP_NOTIFY:
    case OP_NOTIFY_ALL:
        return use_condition(a, op);
    case OP_RESULT:
        return read_result(a, op);
    case OP_START:
    case OP_JOIN:
        machine_complete(&a->machine, op, 0);
        return true;
    default:
        return run_local(a, op);
    }
}

static void run(struct after *a)
{
    for (size_t n = 0; n < AFTER_STEPS_MAX; n++) {
        const struct op *op = machine_fetch(&a->machine);
        if (op && (op->code == OP_END || !run_op(a, op)))
            return;
    }
    explore_fail(a->x, "what main does behind its joins does not come to an end");
}

static void load_shared(struct after *a)
{
    const struct explore *x = a->x;
    for (size_t cell = 0; cell < x->prog->n_cells; cell++) {
        uint32_t slot = slot_cell(x, 0, cell);
        a->cells[cell] = slot_number(x, slot, state_get(x, a->state, slot_field(x, slot)));
    }
    for (uint32_t i = 0; i < x->prog->n_locks; i++) {
        uint32_t slot = x->first_lock + i;
        a->counts[i] = slot_number(x, slot, state_get(x, a->state, slot_field(x, slot)));
    }
}

static int16_t after_goal(struct explore *x, const struct machine *m)
{
    return m->fault == FAULT_NONE ? NO_GOAL : goal_of_fault(x, m->fault, m->fault_line);
}

static void run_after(struct explore *x, const uint64_t *state, struct leaf *leaf)
{
    const struct program *prog = x->prog;
    struct after *a = mem_alloc(sizeof *a);
    a->x = x;
    a->state = state;
    a->cells = mem_array(prog->n_cells, sizeof *a->cells);
    a->counts = mem_array(prog->n_locks, sizeof *a->counts);
    load_shared(a);
    machine_init_lane(&a->machine, prog, 0);
    if (x->has_after)
        run(a);
    leaf->is_stuck = a->is_stuck;
    leaf->goals |= a->broken << prog->n_expects;
    int16_t goal = after_goal(x, &a->machine);
    if (goal != NO_GOAL)
        leaf->goals |= UINT64_C(1) << goal;
    for (size_t i = 0; i < prog->n_cells; i++)
        leaf->finals[i] = slot_intern_one(x, slot_cell(x, 0, i), a->cells[i]);
    for (size_t i = 0; i < prog->n_expects && !leaf->is_stuck; i++) {
        bool holds = false;
        machine_judge(prog, &prog->expects[i], read_cell, a->cells, &holds);
        leaf->goals |= (uint64_t)!holds << i;
    }
    mem_free(a->counts);
    mem_free(a->cells);
    mem_free(a);
}

bool leaf_look(struct explore *x, const uint64_t *state, struct leaf *leaf)
{
    leaf->goals = 0;
    leaf->is_stuck = !state_is_over(x, state);
    if (!leaf->is_stuck)
        run_after(x, state, leaf);
    if (leaf->is_stuck)
        leaf->goals |= UINT64_C(1) << x->deadlock_goal;
    for (uint32_t lane = 1; lane < x->prog->n_lanes; lane++) {
        int16_t goal = local_of(x, lane, state_get(x, state, lane_field(lane)))->goal;
        if (goal != NO_GOAL)
            leaf->goals |= UINT64_C(1) << goal;
    }
    return x->status != EXPLORE_FAILED;
}

static bool is_harmless(const struct op *op)
{
    return op->code == OP_START || op->code == OP_JOIN || op->code == OP_PRINT ||
           op->code == OP_MOVE || op->code == OP_ELAPSED || op->code == OP_END ||
           (op->code == OP_LOAD && op->b == REG_NONE);
}

bool leaf_has_after(const struct program *prog)
{
    for (size_t i = prog->main_entry; i < prog->n_ops; i++)
        if (!is_harmless(&prog->ops[i]))
            return true;
    return false;
}
