#include "prog/machine.h"

#include <string.h>

static const int64_t ns_per_s = 1000000000;

static const struct op op_end = {.code = OP_END, .dst = REG_NONE, .a = REG_NONE, .b = REG_NONE};

const char *machine_fault_text(enum machine_fault fault)
{
    switch (fault) {
    case FAULT_NONE:
        return "no fault";
    case FAULT_OVERFLOW:
        return "the number does not fit 64 bits";
    case FAULT_DIVISION:
        return "division by zero";
    case FAULT_INDEX:
        return "the index is outside the array";
    case FAULT_DEPTH:
        return "too many calls inside each other";
    case FAULT_SLEEP:
        return "a duration is negative or longer than a day";
    case FAULT_RANDOM:
        return "random(a, b) needs a <= b";
    case FAULT_FACTORIAL:
        return "factorial(n) needs n from 0 to 1700";
    case FAULT_LOCK:
        return "the lane released a lock that it does not hold, or acquired one that it holds";
    case FAULT_CONDITION:
        return "wait or notify without holding the condition's lock (is it off?)";
    case FAULT_SEMAPHORE:
        return "the semaphore was posted more often than it can count";
    case FAULT_RESULT:
        return "a result of the pool is missing: its worker died before it was there";
    case FAULT_KILLED:
        return "killed";
    }
    return "unknown fault";
}

static void init(struct machine *m, const struct program *prog)
{
    memset(m, 0, sizeof *m);
    m->prog = prog;
}

void machine_init_lane(struct machine *m, const struct program *prog, size_t lane)
{
    const struct lane_decl *decl = &prog->lanes[lane];
    init(m, prog);
    m->pc = decl->function < 0 ? prog->main_entry : prog->functions[decl->function].entry;
    memcpy(m->regs, decl->args, decl->n_args * sizeof decl->args[0]);
}

void machine_init_function(struct machine *m, const struct program *prog, size_t function)
{
    init(m, prog);
    m->pc = prog->functions[function].entry;
}

void machine_fail(struct machine *m, const struct op *op, enum machine_fault fault)
{
    m->fault = fault;
    m->fault_line = op->line;
}

// The callee's frame begins at the first argument, so arguments are in place already and what the
// caller keeps lies below. The rest of the frame is cleared: equal histories give equal machines.
static bool enter(struct machine *m, const struct op *op)
{
    const struct function *callee = &m->prog->functions[op->arg];
    uint32_t base = m->base + op->a;
    if (m->depth == MACHINE_DEPTH_MAX || base + callee->n_regs > MACHINE_REGS_MAX) {
        machine_fail(m, op, FAULT_DEPTH);
        return false;
    }
    m->frames[m->depth++] = (struct machine_frame){
        .return_pc = m->pc + 1, .base = m->base, .dst = op->dst, .function = (uint16_t)op->arg};
    memset(&m->regs[base + callee->n_params], 0,
           (size_t)(callee->n_regs - callee->n_params) * sizeof m->regs[0]);
    m->base = base;
    m->pc = callee->entry;
    return true;
}

// False at the end of the lane's own function.
static bool leave(struct machine *m, const struct op *op)
{
    if (m->depth == 0)
        return false;
    int64_t result = machine_value(m, op->a);
    const struct machine_frame *frame = &m->frames[--m->depth];
    m->base = frame->base;
    m->pc = frame->return_pc;
    if (frame->dst != REG_NONE)
        m->regs[m->base + frame->dst] = result;
    return true;
}

// A range that would step past the last number there is stops there.
static bool next_up(struct machine *m, const struct op *op)
{
    int64_t *counter = &m->regs[m->base + op->a];
    if (*counter >= machine_value(m, op->b))
        return false;
    m->regs[m->base + op->dst] = *counter;
    if (__builtin_add_overflow(*counter, (int64_t)op->retry, counter))
        *counter = INT64_MAX;
    return true;
}

static bool next_down(struct machine *m, const struct op *op)
{
    int64_t *counter = &m->regs[m->base + op->a];
    if (*counter <= machine_value(m, op->b))
        return false;
    m->regs[m->base + op->dst] = *counter;
    if (__builtin_sub_overflow(*counter, (int64_t)op->retry, counter))
        *counter = INT64_MIN;
    return true;
}

static bool seconds(struct machine *m, const struct op *op)
{
    int64_t *dst = &m->regs[m->base + op->dst];
    if (__builtin_mul_overflow(machine_value(m, op->a), ns_per_s, dst)) {
        machine_fail(m, op, FAULT_SLEEP);
        return false;
    }
    return true;
}

static int64_t input(const struct machine *m, const struct op *op)
{
    const struct pool_decl *pool = &m->prog->pool;
    return pool->args[(size_t)machine_value(m, op->a) * pool->n_args + (size_t)op->arg];
}

// One op of bookkeeping. False when there is nothing more to do: the lane ends here.
static inline bool keep_book(struct machine *m, const struct op *op)
{
    switch (op->code) {
    case OP_MOVE:
        m->regs[m->base + op->dst] = machine_value(m, op->a);
        m->pc++;
        return true;
    case OP_JUMP:
        m->n_polls += (uint32_t)op->arg <= m->pc;
        m->pc = (uint32_t)op->arg;
        return true;
    case OP_NEXT:
        m->pc = next_up(m, op) ? m->pc + 1 : (uint32_t)op->arg;
        return true;
    case OP_NEXT_DOWN:
        m->pc = next_down(m, op) ? m->pc + 1 : (uint32_t)op->arg;
        return true;
    case OP_CALL:
        m->n_polls++;
        return enter(m, op);
    case OP_INPUT:
        m->regs[m->base + op->dst] = input(m, op);
        m->pc++;
        return true;
    case OP_SECONDS:
        m->pc++;
        return seconds(m, op);
    default: // OP_RETURN: machine_fetch passes no other
        m->n_polls++;
        return leave(m, op);
    }
}

bool machine_keep_book(struct machine *m)
{
    return keep_book(m, &m->prog->ops[m->pc]);
}

const struct op *machine_fetch(struct machine *m)
{
    if (__builtin_expect(m->fault != FAULT_NONE, 0))
        return &op_end;
    const struct op *ops = m->prog->ops;
    for (int budget = MACHINE_BUDGET; budget > 0; budget--) {
        const struct op *op = &ops[m->pc];
        if (op->code > OP_SECONDS)
            return op;
        if (!keep_book(m, op))
            return &op_end;
    }
    m->n_yields++;
    return NULL;
}

// Rounded down, as in Python: the remainder has the sign of the divisor.
static enum machine_fault divide(int64_t a, int64_t b, int64_t *quotient, int64_t *remainder)
{
    if (b == 0)
        return FAULT_DIVISION;
    if (b == -1) { // INT64_MIN / -1 traps
        *remainder = 0;
        return __builtin_sub_overflow(INT64_C(0), a, quotient) ? FAULT_OVERFLOW : FAULT_NONE;
    }
    *quotient = a / b;
    *remainder = a % b;
    if (*remainder != 0 && (*remainder < 0) != (b < 0)) {
        *quotient -= 1;
        *remainder += b;
    }
    return FAULT_NONE;
}

static enum machine_fault divide_op(enum op_code code, int64_t a, int64_t b, int64_t *dst)
{
    int64_t quotient = 0;
    int64_t remainder = 0;
    enum machine_fault fault = divide(a, b, &quotient, &remainder);
    if (code == OP_MOD && fault == FAULT_OVERFLOW)
        fault = FAULT_NONE;
    if (fault == FAULT_NONE)
        *dst = code == OP_DIV ? quotient : remainder;
    return fault;
}

static bool branch(struct machine *m, const struct op *op, bool holds)
{
    m->pc = holds ? m->pc + 1 : (uint32_t)op->arg;
    return true;
}

static bool result(struct machine *m, const struct op *op, enum machine_fault fault)
{
    if (__builtin_expect(fault != FAULT_NONE, 0)) {
        machine_fail(m, op, fault);
        return false;
    }
    m->pc++;
    return true;
}

static inline enum machine_fault overflow_fault(bool overflowed)
{
    return overflowed ? FAULT_OVERFLOW : FAULT_NONE;
}

bool machine_execute(struct machine *m, const struct op *op)
{
    int64_t a = machine_value(m, op->a);
    int64_t b = op->b == REG_NONE ? 0 : machine_value(m, op->b);
    int64_t value = 0;
    enum machine_fault fault = FAULT_NONE;
    switch (op->code) {
    case OP_ADD:
        fault = overflow_fault(__builtin_add_overflow(a, b, &value));
        break;
    case OP_SUB:
        fault = overflow_fault(__builtin_sub_overflow(a, b, &value));
        break;
    case OP_MUL:
        fault = overflow_fault(__builtin_mul_overflow(a, b, &value));
        break;
    case OP_DIV:
    case OP_MOD:
        fault = divide_op(op->code, a, b, &value);
        break;
    case OP_NEG:
        fault = overflow_fault(__builtin_sub_overflow(INT64_C(0), a, &value));
        break;
    case OP_LT:
        value = a < b;
        break;
    case OP_LE:
        value = a <= b;
        break;
    case OP_EQ:
        value = a == b;
        break;
    case OP_NE:
        value = a != b;
        break;
    case OP_IF_LT:
        return branch(m, op, a < b);
    case OP_IF_LE:
        return branch(m, op, a <= b);
    case OP_IF_EQ:
        return branch(m, op, a == b);
    default: // OP_IF_NE: the caller has asked machine_is_local
        return branch(m, op, a != b);
    }
    if (!result(m, op, fault))
        return false;
    m->regs[m->base + op->dst] = value;
    return true;
}

void machine_retry(struct machine *m, const struct op *store)
{
    m->pc = (uint32_t)(store - m->prog->ops) - store->retry;
}

bool machine_element(struct machine *m, const struct op *op, size_t *cell)
{
    int64_t index = machine_value(m, op->b);
    if (index < 0 || index >= program_cell_var(m->prog, *cell)->n_cells) {
        machine_fail(m, op, FAULT_INDEX);
        return false;
    }
    *cell += (size_t)index;
    return true;
}

void machine_take(struct machine *m, const struct op *op, int64_t item)
{
    if (item < 0)
        m->pc = (uint32_t)op->arg;
    else
        machine_complete(m, op, item);
}

bool machine_item(struct machine *m, const struct op *op, size_t *item)
{
    int64_t index = op->arg;
    if (op->b != REG_NONE && __builtin_add_overflow(index, machine_value(m, op->b), &index))
        index = -1;
    *item = (size_t)index;
    if (index < 0 || index >= (int64_t)m->prog->pool.n_items) {
        machine_fail(m, op, FAULT_INDEX);
        return false;
    }
    return true;
}

bool machine_combine(struct machine *m, const struct op *op, int64_t old, int64_t *value)
{
    int64_t amount = machine_value(m, op->a);
    bool overflowed = op->code == OP_ATOMIC_ADD   ? __builtin_add_overflow(old, amount, value)
                      : op->code == OP_ATOMIC_SUB ? __builtin_sub_overflow(old, amount, value)
                                                  : __builtin_mul_overflow(old, amount, value);
    if (overflowed)
        machine_fail(m, op, FAULT_OVERFLOW);
    return !overflowed;
}

bool machine_pause(struct machine *m, const struct op *op, uint64_t *ns)
{
    int64_t wanted = machine_value(m, op->a);
    if (wanted < 0 || wanted > MACHINE_PAUSE_MAX_NS) {
        machine_fail(m, op, FAULT_SLEEP);
        return false;
    }
    *ns = (uint64_t)wanted;
    return true;
}

bool machine_draw(struct machine *m, const struct op *op, struct random *random, int64_t *value)
{
    int64_t low = machine_value(m, op->a);
    int64_t high = machine_value(m, op->b);
    if (low > high) {
        machine_fail(m, op, FAULT_RANDOM);
        return false;
    }
    uint64_t span = (uint64_t)high - (uint64_t)low;
    uint64_t above = span == UINT64_MAX ? random_next(random) : random_below(random, span + 1);
    *value = (int64_t)((uint64_t)low + above);
    return true;
}

bool machine_factorial(struct machine *m, const struct op *op, int64_t *value)
{
    int64_t n = machine_value(m, op->a);
    if (n < 0 || n > FACTORIAL_MAX) {
        machine_fail(m, op, FAULT_FACTORIAL);
        return false;
    }
    *value = TEXT_FACTORIAL | n;
    return true;
}

bool machine_judge(const struct program *prog, const struct claim *claim,
                   int64_t (*read)(const void *context, size_t cell), const void *context,
                   bool *holds)
{
    struct machine m;
    machine_init_function(&m, prog, (size_t)claim->function);
    for (;;) {
        const struct op *op = machine_fetch(&m);
        if (!op)
            continue;
        if (op->code == OP_END)
            break;
        size_t cell;
        if (machine_is_local(op))
            machine_execute(&m, op);
        else if (machine_cell(&m, op, &cell))
            machine_complete(&m, op, read(context, cell));
    }
    if (m.fault != FAULT_NONE)
        return false;
    *holds = machine_value(&m, prog->ops[m.pc].a) != 0;
    return true;
}
