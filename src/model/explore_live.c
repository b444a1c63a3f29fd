#include "model/explore_live.h"

#include "base/mem.h"

static void add(struct live_set *set, uint16_t operand)
{
    if (operand < REG_CONST)
        set->bits[operand / 64] |= UINT64_C(1) << operand % 64;
}

static void drop(struct live_set *set, uint16_t reg)
{
    if (reg != REG_NONE)
        set->bits[reg / 64] &= ~(UINT64_C(1) << reg % 64);
}

static bool goes_on(const struct op *op)
{
    return op->code != OP_JUMP && op->code != OP_RETURN && op->code != OP_END;
}

static bool jumps(const struct op *op)
{
    return op->code == OP_JUMP || op->code == OP_NEXT || op->code == OP_NEXT_DOWN ||
           op->code == OP_TAKE || (op->code >= OP_IF_LT && op->code <= OP_IF_NE);
}

// Behind the op, without what it writes.
static struct live_set after(const struct program *prog, const struct live_set *live, size_t i,
                             enum live_retries retries)
{
    const struct op *op = &prog->ops[i];
    struct live_set set = {{0}};
    for (size_t word = 0; word < ARRAY_LEN(set.bits); word++) {
        if (goes_on(op) && i + 1 < prog->n_ops)
            set.bits[word] |= live[i + 1].bits[word];
    }
    // A loop writes dst only when it goes on, a TAKE only when there is an input: on that path.
    drop(&set, op->dst);
    for (size_t word = 0; word < ARRAY_LEN(set.bits); word++) {
        if (jumps(op))
            set.bits[word] |= live[op->arg].bits[word];
        if (retries == LIVE_RETRY && op->code == OP_STORE && op->flags & OP_RETRIABLE)
            set.bits[word] |= live[i - op->retry].bits[word];
    }
    return set;
}

// A call's frame begins at its first argument: what the caller has from there on is gone after it.
static void cross_call(const struct program *prog, const struct op *op, struct live_set *set)
{
    for (uint16_t reg = op->a; reg < PROGRAM_REGS_MAX; reg++)
        drop(set, reg);
    for (uint16_t i = 0; i < prog->functions[op->arg].n_params; i++)
        add(set, (uint16_t)(op->a + i));
}

static struct live_set before(const struct program *prog, const struct op *op, struct live_set set)
{
    bool reads_a = op->code != OP_CALL && op->code != OP_PRINT;
    if (op->code == OP_CALL)
        cross_call(prog, op, &set);
    if (reads_a && op->a != REG_NONE)
        add(&set, op->a);
    if (op->b != REG_NONE)
        add(&set, op->b);
    return set;
}

struct live_set *live_analyse(const struct program *prog, enum live_retries retries)
{
    struct live_set *live = mem_array(prog->n_ops, sizeof *live);
    for (bool has_changed = true; has_changed;) {
        has_changed = false;
        for (size_t i = prog->n_ops; i-- > 0;) {
            struct live_set set = before(prog, &prog->ops[i], after(prog, live, i, retries));
            for (size_t word = 0; word < ARRAY_LEN(set.bits); word++) {
                has_changed |= set.bits[word] != live[i].bits[word];
                live[i].bits[word] = set.bits[word];
            }
        }
    }
    return live;
}

struct live_set *live_everything(const struct program *prog)
{
    struct live_set *live = mem_array(prog->n_ops, sizeof *live);
    for (size_t f = 0; f < prog->n_functions; f++) {
        size_t end = f + 1 < prog->n_functions ? prog->functions[f + 1].entry : prog->main_entry;
        for (size_t i = prog->functions[f].entry; i < end; i++)
            for (uint16_t reg = 0; reg < prog->functions[f].n_regs; reg++)
                add(&live[i], reg);
    }
    return live;
}
