#include "lang/emit.h"

#include "base/mem.h"

enum op_code emit_arithmetic(enum token_kind op)
{
    return op == TOKEN_ADD   ? OP_ADD
           : op == TOKEN_SUB ? OP_SUB
           : op == TOKEN_MUL ? OP_MUL
           : op == TOKEN_DIV ? OP_DIV
                             : OP_MOD;
}

static bool is_constant(const struct node *node)
{
    return node->kind == NODE_INT || (node->kind == NODE_NAME && node->symbol == SYMBOL_CONST);
}

struct cell_ref emit_cell(struct emitter *e, const struct node *node)
{
    const struct shared_var *var = &e->prog->vars[node->index];
    struct cell_ref cell = {node->index, (int32_t)var->first_cell, REG_NONE};
    if (node->kind == NODE_INDEX && is_constant(node->a))
        cell.arg += (int32_t)node->a->value;
    else if (node->kind == NODE_INDEX)
        cell.index = emit_value(e, node->a, REG_NONE);
    return cell;
}

// Whether two indices have the same value for sure: nothing that can change stands in them.
static bool same_index(const struct node *a, const struct node *b)
{
    if (is_constant(a) && is_constant(b))
        return a->value == b->value;
    if (a->kind != b->kind)
        return false;
    if (a->kind == NODE_NAME)
        return a->symbol == SYMBOL_LOCAL && b->symbol == SYMBOL_LOCAL && a->index == b->index;
    if (a->kind == NODE_NEGATE)
        return same_index(a->a, b->a);
    return a->kind == NODE_BINARY && a->op == b->op && same_index(a->a, b->a) &&
           same_index(a->b, b->b);
}

static bool same_cell(const struct node *a, const struct node *b)
{
    return a->kind == b->kind && a->symbol == b->symbol && a->index == b->index &&
           (a->kind == NODE_NAME || same_index(a->a, b->a));
}

size_t emit_load(struct emitter *e, const struct node *node, struct cell_ref cell, uint16_t dst)
{
    size_t op = emit_op(e, node->at, OP_LOAD, dst, REG_NONE, cell.index, cell.arg);
    reach_access(&e->reach, e->function, cell.var, emit_held(e));
    const struct node *target = e->store.target;
    if (target && e->n_branches == 0 && (node == target || same_cell(node, target)))
        e->store.load = op + 1;
    return op;
}

static uint16_t pick(struct emitter *e, const struct node *node, uint16_t want)
{
    return want != REG_NONE ? want : emit_reg(e, node->at);
}

static uint16_t emit_shared(struct emitter *e, const struct node *node, uint16_t want)
{
    uint16_t saved = e->next_reg;
    struct cell_ref cell = emit_cell(e, node);
    e->next_reg = saved;
    uint16_t dst = pick(e, node, want);
    emit_load(e, node, cell, dst);
    return dst;
}

static uint16_t emit_element(struct emitter *e, const struct node *node, uint16_t want)
{
    if (node->symbol != SYMBOL_RESULTS)
        return emit_shared(e, node, want);
    uint16_t saved = e->next_reg;
    bool is_known = is_constant(node->a);
    uint16_t index = is_known ? REG_NONE : emit_value(e, node->a, REG_NONE);
    e->next_reg = saved;
    uint16_t dst = pick(e, node, want);
    emit_result(e, node->at, dst, index, is_known ? (int32_t)node->a->value : 0);
    return dst;
}

static uint16_t emit_name(struct emitter *e, const struct node *node, uint16_t want)
{
    if (node->symbol == SYMBOL_LOCAL)
        return (uint16_t)node->index;
    if (node->symbol == SYMBOL_CONST)
        return emit_const(e, node->at, node->value);
    return emit_shared(e, node, want);
}

static uint16_t emit_binary(struct emitter *e, const struct node *node, uint16_t want)
{
    uint16_t saved = e->next_reg;
    bool is_sum = node->op != TOKEN_MUL && node->op != TOKEN_DIV;
    bool in_durations = node->type == TYPE_DURATION && is_sum;
    uint16_t a = emit_typed(e, node->a, REG_NONE, in_durations ? TYPE_DURATION : node->a->type);
    uint16_t b = emit_typed(e, node->b, REG_NONE, in_durations ? TYPE_DURATION : node->b->type);
    e->next_reg = saved;
    uint16_t dst = pick(e, node, want);
    emit_op(e, node->at, emit_arithmetic(node->op), dst, a, b, 0);
    return dst;
}

struct comparison {
    enum op_code value, branch;
    bool is_turned; // the operands change places
};

static struct comparison comparison(enum token_kind op)
{
    switch ((int)op) {
    case TOKEN_LT:
        return (struct comparison){OP_LT, OP_IF_LT, false};
    case TOKEN_LE:
        return (struct comparison){OP_LE, OP_IF_LE, false};
    case TOKEN_GT:
        return (struct comparison){OP_LT, OP_IF_LT, true};
    case TOKEN_GE:
        return (struct comparison){OP_LE, OP_IF_LE, true};
    case TOKEN_EQ:
        return (struct comparison){OP_EQ, OP_IF_EQ, false};
    default: // TOKEN_NE
        return (struct comparison){OP_NE, OP_IF_NE, false};
    }
}

static enum token_kind opposite(enum token_kind op)
{
    return op == TOKEN_LT   ? TOKEN_GE
           : op == TOKEN_LE ? TOKEN_GT
           : op == TOKEN_GT ? TOKEN_LE
           : op == TOKEN_GE ? TOKEN_LT
           : op == TOKEN_EQ ? TOKEN_NE
                            : TOKEN_EQ;
}

// Both sides of a comparison, left one first.
static void emit_sides(struct emitter *e, const struct node *node, uint16_t *a, uint16_t *b)
{
    bool in_durations = node->a->type == TYPE_DURATION || node->b->type == TYPE_DURATION;
    uint8_t type = in_durations ? TYPE_DURATION : TYPE_INT;
    *a = emit_typed(e, node->a, REG_NONE, type);
    *b = emit_typed(e, node->b, REG_NONE, type);
}

static uint16_t emit_compare(struct emitter *e, const struct node *node, uint16_t want)
{
    uint16_t saved = e->next_reg;
    uint16_t a, b;
    struct comparison how = comparison(node->op);
    emit_sides(e, node, &a, &b);
    e->next_reg = saved;
    uint16_t dst = pick(e, node, want);
    emit_op(e, node->at, how.value, dst, how.is_turned ? b : a, how.is_turned ? a : b, 0);
    return dst;
}

// and, or, not as a value: 1 or 0, written when all is known.
static uint16_t emit_truth(struct emitter *e, const struct node *node, uint16_t want)
{
    struct label is_false = {0};
    struct label end = {0};
    uint16_t dst = pick(e, node, want);
    emit_unless(e, node, false, &is_false);
    emit_op(e, node->at, OP_MOVE, dst, emit_const(e, node->at, 1), REG_NONE, 0);
    emit_jump(e, node->at, &end);
    emit_label(e, &is_false);
    emit_op(e, node->at, OP_MOVE, dst, emit_const(e, node->at, 0), REG_NONE, 0);
    emit_label(e, &end);
    return dst;
}

static uint16_t emit_builtin(struct emitter *e, const struct node *node, uint16_t want)
{
    const struct builtin *builtin = &builtins[node->index];
    uint16_t saved = e->next_reg;
    uint16_t args[2] = {REG_NONE, REG_NONE};
    size_t n = 0;
    for (const struct node *arg = node->a; arg; arg = arg->next)
        args[n++] = emit_typed(e, arg, REG_NONE, (uint8_t)builtin->arg_type);
    e->next_reg = saved;
    uint16_t dst = builtin->result == TYPE_NONE ? REG_NONE : pick(e, node, want);
    emit_op(e, node->at, builtin->code, dst, args[0], args[1], 0);
    return dst;
}

static uint16_t emit_call(struct emitter *e, const struct node *node, uint16_t want)
{
    if (node->symbol == SYMBOL_BUILTIN)
        return emit_builtin(e, node, want);
    const struct routine *callee = &e->unit->routines[node->index];
    uint16_t base = e->next_reg;
    size_t i = callee->first_local;
    for (const struct node *arg = node->a; arg; arg = arg->next)
        emit_into(e, arg, emit_reg(e, arg->at), e->unit->locals[i++].type);
    e->next_reg = base;
    uint16_t dst = callee->has_result ? pick(e, node, want) : REG_NONE;
    emit_op(e, node->at, OP_CALL, dst, base, REG_NONE, (int32_t)node->index);
    reach_call(&e->reach, e->function, node->index, emit_held(e));
    return dst;
}

static uint16_t emit_negate(struct emitter *e, const struct node *node, uint16_t want)
{
    uint16_t saved = e->next_reg;
    uint16_t a = emit_value(e, node->a, REG_NONE);
    e->next_reg = saved;
    uint16_t dst = pick(e, node, want);
    emit_op(e, node->at, OP_NEG, dst, a, REG_NONE, 0);
    return dst;
}

uint16_t emit_value(struct emitter *e, const struct node *node, uint16_t want)
{
    switch ((int)node->kind) {
    case NODE_INT:
    case NODE_DURATION:
        return emit_const(e, node->at, node->value);
    case NODE_TEXT:
        return emit_const(e, node->at, unit_string(e->unit, (struct node *)node));
    case NODE_NAME:
        return emit_name(e, node, want);
    case NODE_INDEX:
        return emit_element(e, node, want);
    case NODE_CALL:
        return emit_call(e, node, want);
    case NODE_NEGATE:
        return emit_negate(e, node, want);
    case NODE_BINARY:
        return emit_binary(e, node, want);
    case NODE_COMPARE:
        return emit_compare(e, node, want);
    default: // NODE_AND, NODE_OR, NODE_NOT
        return emit_truth(e, node, want);
    }
}

uint16_t emit_typed(struct emitter *e, const struct node *node, uint16_t want, uint8_t type)
{
    static const int64_t ns_per_s = 1000000000;
    int64_t ns;
    if (type != TYPE_DURATION || node->type != TYPE_INT)
        return emit_value(e, node, want);
    if (is_constant(node)) {
        if (__builtin_mul_overflow(node->value, ns_per_s, &ns))
            unit_complain(e->unit, node->at, "this duration is too long; at most 292 years");
        return emit_const(e, node->at, ns);
    }
    uint16_t saved = e->next_reg;
    uint16_t seconds = emit_value(e, node, REG_NONE);
    e->next_reg = saved;
    uint16_t dst = pick(e, node, want);
    emit_op(e, node->at, OP_SECONDS, dst, seconds, REG_NONE, 0);
    return dst;
}

void emit_into(struct emitter *e, const struct node *node, uint16_t dst, uint8_t type)
{
    uint16_t operand = emit_typed(e, node, dst, type);
    if (operand != dst)
        emit_op(e, node->at, OP_MOVE, dst, operand, REG_NONE, 0);
}

static void emit_unless_compare(struct emitter *e, const struct node *node, bool negate,
                                struct label *label)
{
    uint16_t saved = e->next_reg;
    uint16_t a, b;
    struct comparison how = comparison(negate ? opposite(node->op) : node->op);
    emit_sides(e, node, &a, &b);
    e->next_reg = saved;
    size_t op =
        emit_op(e, node->at, how.branch, REG_NONE, how.is_turned ? b : a, how.is_turned ? a : b, 0);
    emit_refer(e, op, label);
}

// not (a and b) is (not a) or (not b): with `negate` the two change places.
static void emit_unless_both(struct emitter *e, const struct node *node, bool negate,
                             struct label *label)
{
    bool is_and = (node->kind == NODE_AND) != negate;
    struct label holds = {0};
    emit_unless(e, node->a, is_and ? negate : !negate, is_and ? label : &holds);
    e->n_branches++;
    emit_unless(e, node->b, negate, label);
    e->n_branches--;
    emit_label(e, &holds);
}

void emit_unless(struct emitter *e, const struct node *node, bool negate, struct label *label)
{
    if (node->kind == NODE_NOT) {
        emit_unless(e, node->a, !negate, label);
    } else if (node->kind == NODE_AND || node->kind == NODE_OR) {
        emit_unless_both(e, node, negate, label);
    } else if (node->kind == NODE_COMPARE) {
        emit_unless_compare(e, node, negate, label);
    } else {
        uint16_t saved = e->next_reg;
        uint16_t value = emit_value(e, node, REG_NONE);
        e->next_reg = saved;
        size_t op = emit_op(e, node->at, negate ? OP_IF_EQ : OP_IF_NE, REG_NONE, value,
                            emit_const(e, node->at, 0), 0);
        emit_refer(e, op, label);
    }
}
