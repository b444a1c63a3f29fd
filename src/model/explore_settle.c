// What a lane does behind a step, up to the next one: bookkeeping, `with` while the lock is off,
// and for coarse grains everything that nobody else can notice.
#include "model/explore_settle.h"

#include "base/mem.h"

#include <string.h>

// Bookkeeping and steps of its own that a lane may do in one go: more is taken for a loop that
// nobody can wait for.
enum { SETTLE_MAX = 20000000 };

static bool is_held_kind(const struct explore *x)
{
    return x->options.lock_on && !x->is_lock_free;
}

void attempt_effect(struct attempt *a, uint32_t slot, enum effect_kind kind, uint32_t value)
{
    assert(a->n_effects < ARRAY_LEN(a->effects));
    a->effects[a->n_effects++] = (struct effect){slot, kind, value};
}

bool attempt_local(struct attempt *a, const struct op *op)
{
    struct machine *m = &a->r.machine;
    uint64_t ns;
    int64_t value = 0;
    if (machine_is_local(op))
        return machine_execute(m, op);
    if ((op->code == OP_SLEEP || op->code == OP_COMPUTE) && !machine_pause(m, op, &ns))
        return false;
    if (op->code == OP_FACTORIAL && !machine_factorial(m, op, &value))
        return false;
    machine_complete(m, op, value);
    return true;
}

bool attempt_push(struct attempt *a, const struct op *op)
{
    if (a->r.n_with == STEP_WITH_MAX) {
        machine_fail(&a->r.machine, op, FAULT_DEPTH);
        return false;
    }
    a->r.with[a->r.n_with++] = (uint8_t)op->arg;
    return true;
}

void attempt_judge(struct attempt *a, const struct op *op)
{
    bool is_last = __builtin_popcountll(a->r.held) <= 1;
    bool is_leave = op->code == OP_LEAVE;
    if (a->x->has_joint_always && is_last && (is_leave ? a->r.n_with == 1 : a->r.held != 0))
        a->judges = true;
}

// Ops that touch what is shared, or the stack of `with`, and take no step here.
static bool pass(struct attempt *a, const struct op *op)
{
    struct machine *m = &a->r.machine;
    if (op->code == OP_ENTER && !attempt_push(a, op))
        return false;
    if (op->code == OP_LEAVE) {
        attempt_judge(a, op);
        a->r.n_with--;
    }
    if (op->code == OP_GIVE) {
        uint32_t slot = a->x->first_result + (uint32_t)machine_value(m, op->a);
        int64_t result[2] = {machine_value(m, op->b), 1};
        attempt_effect(a, slot, EFFECT_SET, slot_intern(a->x, slot, result, 2));
    }
    assert(op->code != OP_RESULT && op->code != OP_START && op->code != OP_JOIN);
    machine_complete(m, op, 0);
    return true;
}

static bool is_lock_op(const struct op *op)
{
    return op->code >= OP_ENTER && op->code <= OP_RELEASE;
}

static bool stops(const struct attempt *a, const struct op *op)
{
    if (runner_is_access(a->x, op))
        return true;
    if (is_lock_op(op) || !op_info[op->code].is_step)
        return false;
    return a->x->options.grain == GRAIN_OP || (op->code == OP_RANDOM && a->is_first);
}

uint32_t attempt_rise(const struct explore *x, const struct machine *m, uint32_t from,
                      const struct machine_frame *left)
{
    const struct op *op = &x->prog->ops[from];
    const uint32_t *height = x->heights;
    if (op->code == OP_CALL)
        return 0; // counted when it returns
    if (op->code == OP_RETURN) {
        uint32_t rest = x->exits[from] - height[from];
        return left ? rest + height[left->return_pc] - height[left->return_pc - 1] : rest;
    }
    if (m->pc > from)
        return height[m->pc] - height[from];
    return op_info[op->code].is_step ? 1 : 0;
}

void attempt_give_back(struct attempt *a, uint32_t lock)
{
    static const int64_t is_free = 0;
    uint32_t slot = a->x->first_lock + lock;
    a->r.held &= ~(UINT64_C(1) << lock);
    if (a->x->keeps_order)
        attempt_effect(a, slot, EFFECT_RELEASE, 0);
    else
        attempt_effect(a, slot, EFFECT_SET, slot_intern(a->x, slot, &is_free, 1));
}

// Every `with` gives its lock back.
static void unwind(struct attempt *a)
{
    struct runner *r = &a->r;
    while (r->n_with) {
        uint32_t lock = r->with[--r->n_with];
        if (is_held_kind(a->x) && r->held >> lock & 1)
            attempt_give_back(a, lock);
    }
}

static void arrive(struct attempt *a)
{
    const struct op *op = &a->x->prog->ops[a->r.machine.pc];
    if (a->r.machine.fault == FAULT_NONE && a->x->keeps_order && runner_enters(a->x, op) &&
        !(a->r.held >> op->arg & 1))
        attempt_effect(a, a->x->first_lock + (uint32_t)op->arg, EFFECT_ARRIVE, a->r.lane);
}

// The lane stands at its next step, or has ended: one more move.
static void publish(struct attempt *a, bool is_ended)
{
    struct explore *x = a->x;
    if (is_ended && a->r.machine.fault != FAULT_NONE)
        unwind(a);
    else if (!is_ended)
        arrive(a);
    if (a->rise == 0 && !a->is_first)
        a->rise = 1; // an error of the run that comes at once
    uint32_t next = runner_intern(x, &a->r);
    local_reach(x, a->r.lane, next, a->level + a->rise);
    if (a->rise > EXPLORE_RISE_MAX)
        x->is_graded = false;
    x->moves = mem_room(x->moves, &x->cap_moves, x->n_moves + 1, sizeof *x->moves);
    x->moves[x->n_moves] = (struct move){.next = next,
                                         .value = a->value,
                                         .effects = (uint32_t)x->n_effects,
                                         .n_effects = (uint16_t)a->n_effects,
                                         .alt = a->last,
                                         .broken = a->broken,
                                         .rise = a->rise,
                                         .state = MOVE_ENABLED,
                                         .judges = a->judges};
    a->last = (uint32_t)x->n_moves++;
    for (size_t i = 0; i < a->n_effects; i++) {
        x->effects = mem_room(x->effects, &x->cap_effects, x->n_effects + 1, sizeof *x->effects);
        x->effects[x->n_effects++] = a->effects[i];
    }
}

bool attempt_choose(struct attempt *a, const struct op *op)
{
    struct machine *m = &a->r.machine;
    int64_t low = machine_value(m, op->a);
    int64_t high = machine_value(m, op->b);
    uint64_t span = (uint64_t)high - (uint64_t)low;
    if (low > high) {
        machine_fail(m, op, FAULT_RANDOM);
        return attempt_settle(a);
    }
    a->x->n_choices += span < EXPLORE_CHOICES_MAX ? span + 1 : 0;
    if (span >= EXPLORE_CHOICES_MAX || a->n_choices + span >= EXPLORE_CHOICES_MAX)
        return explore_fail(a->x,
                            "line %u: random() has more than %d values here; explore tries every "
                            "one, so give it fewer",
                            op->line, EXPLORE_CHOICES_MAX);
    struct attempt *copy = mem_alloc(sizeof *copy);
    bool is_done = true;
    for (uint64_t i = 0; i <= span && is_done; i++) {
        uint32_t from = m->pc;
        uint32_t last = a->last;
        size_t n_choices = a->n_choices + 1;
        *copy = *a;
        copy->last = last;
        copy->n_choices = n_choices;
        machine_complete(&copy->r.machine, op, (int64_t)((uint64_t)low + i));
        copy->rise += attempt_rise(a->x, &copy->r.machine, from, NULL);
        is_done = attempt_settle(copy);
        a->last = copy->last;
        a->n_choices = copy->n_choices;
    }
    mem_free(copy);
    return is_done;
}

bool attempt_settle(struct attempt *a)
{
    struct machine *m = &a->r.machine;
    const struct op *ops = a->x->prog->ops;
    for (uint64_t n = 0; m->fault == FAULT_NONE; n++) {
        const struct op *op = &ops[m->pc];
        if (n > SETTLE_MAX)
            return explore_fail(a->x,
                                "line %u: a lane goes round here without a step that others can "
                                "notice",
                                op->line);
        if (stops(a, op)) {
            publish(a, false);
            return true;
        }
        if (op->code == OP_RANDOM)
            return attempt_choose(a, op);
        uint32_t from = m->pc;
        struct machine_frame left = m->depth ? m->frames[m->depth - 1] : (struct machine_frame){0};
        bool was_called = m->depth > 0;
        bool goes_on = op->code <= OP_SECONDS                         ? machine_keep_book(m)
                       : op_info[op->code].is_step && !is_lock_op(op) ? attempt_local(a, op)
                                                                      : pass(a, op);
        a->rise += attempt_rise(a->x, m, from, was_called ? &left : NULL);
        if (!goes_on)
            break;
    }
    publish(a, true);
    return a->x->status != EXPLORE_FAILED;
}

// The longest way to each op, in steps, going forward only: whichever branch is taken, the level
// behind it is the same.
void heights_open(struct explore *x)
{
    const struct program *prog = x->prog;
    x->heights = mem_array(prog->n_ops + 1, sizeof *x->heights);
    x->exits = mem_array(prog->n_ops + 1, sizeof *x->exits);
    for (size_t i = 0; i < prog->n_ops; i++) {
        const struct op *op = &prog->ops[i];
        uint32_t height = x->heights[i] + op_info[op->code].is_step;
        bool jumps = op->code == OP_JUMP || op->code == OP_NEXT || op->code == OP_NEXT_DOWN ||
                     op->code == OP_TAKE || (op->code >= OP_IF_LT && op->code <= OP_IF_NE);
        bool falls = op->code != OP_JUMP && op->code != OP_RETURN && op->code != OP_END;
        if (falls && x->heights[i + 1] < height)
            x->heights[i + 1] = height;
        if (jumps && (size_t)op->arg > i && x->heights[op->arg] < height)
            x->heights[op->arg] = height;
    }
    for (size_t f = 0; f < prog->n_functions; f++) {
        size_t from = prog->functions[f].entry;
        size_t to = f + 1 < prog->n_functions ? prog->functions[f + 1].entry : prog->main_entry;
        uint32_t exit = 0;
        for (size_t i = from; i < to; i++)
            if (prog->ops[i].code == OP_RETURN && x->heights[i] > exit)
                exit = x->heights[i];
        for (size_t i = from; i < to; i++)
            x->exits[i] = exit;
    }
}
