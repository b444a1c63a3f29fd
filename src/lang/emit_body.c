#include "lang/emit.h"

#include "base/mem.h"

#include <string.h>

// Statements.

static bool calls(const struct node *node)
{
    if (node->kind == NODE_CALL)
        return true;
    return (node->a && calls(node->a)) || (node->b && calls(node->b));
}

// The STORE at the end of a statement that began with op `first`.
static void finish_store(struct emitter *e, const struct node *node, struct cell_ref cell,
                         size_t first, size_t store)
{
    size_t load = e->store.load;
    e->store = (struct store_statement){0};
    reach_access(&e->reach, e->function, cell.var, emit_held(e));
    if (load == 0 || e->has_failed)
        return;
    struct op *ops = e->prog->ops;
    uint8_t flags = OP_UPDATES;
    if (!calls(node->a) && !calls(node->b) && store - first <= UINT16_MAX) {
        flags |= OP_RETRIABLE;
        ops[store].retry = (uint16_t)(store - first);
    }
    ops[load - 1].flags |= flags;
    ops[store].flags |= flags;
    reach_update(&e->reach, e->function, cell.var);
}

static void emit_set(struct emitter *e, const struct node *node)
{
    const struct node *target = node->a;
    if (target->symbol == SYMBOL_LOCAL) {
        const struct routine *routine = &e->unit->routines[e->function];
        emit_into(e, node->b, (uint16_t)target->index,
                  e->unit->locals[routine->first_local + target->index].type);
        return;
    }
    size_t first = e->prog->n_ops;
    e->store.target = target;
    uint16_t value = emit_value(e, node->b, REG_NONE);
    struct cell_ref cell = emit_cell(e, target);
    size_t store = emit_op(e, target->at, OP_STORE, REG_NONE, value, cell.index, cell.arg);
    finish_store(e, node, cell, first, store);
}

static void emit_change_local(struct emitter *e, const struct node *node)
{
    uint16_t reg = (uint16_t)node->a->index;
    bool scales = node->op == TOKEN_MUL;
    uint8_t type = scales ? node->b->type : node->a->type;
    uint16_t amount = emit_typed(e, node->b, REG_NONE, type);
    emit_op(e, node->at, emit_arithmetic(node->op), reg, reg, amount, 0);
}

static void emit_change(struct emitter *e, const struct node *node)
{
    const struct node *target = node->a;
    if (target->symbol == SYMBOL_LOCAL) {
        emit_change_local(e, node);
        return;
    }
    size_t first = e->prog->n_ops;
    struct cell_ref cell = emit_cell(e, target);
    uint16_t loaded = emit_reg(e, node->at);
    e->store.target = target;
    emit_load(e, target, cell, loaded);
    uint16_t amount = emit_value(e, node->b, REG_NONE);
    emit_op(e, node->at, emit_arithmetic(node->op), loaded, loaded, amount, 0);
    size_t store = emit_op(e, target->at, OP_STORE, REG_NONE, loaded, cell.index, cell.arg);
    finish_store(e, node, cell, first, store);
}

static void emit_atomic(struct emitter *e, const struct node *node)
{
    enum op_code code = node->op == TOKEN_ADD   ? OP_ATOMIC_ADD
                        : node->op == TOKEN_SUB ? OP_ATOMIC_SUB
                                                : OP_ATOMIC_MUL;
    struct cell_ref cell = emit_cell(e, node->a);
    uint16_t amount = emit_value(e, node->b, REG_NONE);
    size_t op = emit_op(e, node->a->at, code, REG_NONE, amount, cell.index, cell.arg);
    e->prog->ops[op].flags |= OP_UPDATES;
    reach_access(&e->reach, e->function, cell.var, emit_held(e));
    reach_update(&e->reach, e->function, cell.var);
}

static void emit_if(struct emitter *e, const struct node *node)
{
    struct label end = {0};
    for (const struct node *arm = node->a; arm; arm = arm->next) {
        struct label next = {0};
        if (arm->a)
            emit_unless(e, arm->a, false, &next);
        emit_block(e, arm->b);
        if (arm->next)
            emit_jump(e, arm->at, &end);
        emit_label(e, &next);
    }
    emit_label(e, &end);
}

static void emit_loop_body(struct emitter *e, struct loop *loop, const struct node *node)
{
    loop->outer = e->loop;
    loop->n_withs = e->n_withs;
    e->loop = loop;
    emit_block(e, node->b);
    e->loop = loop->outer;
    emit_op(e, node->at, OP_JUMP, REG_NONE, REG_NONE, REG_NONE, (int32_t)loop->start);
    emit_label(e, &loop->end);
}

static void emit_while(struct emitter *e, const struct node *node)
{
    struct loop loop = {.start = e->prog->n_ops};
    emit_unless(e, node->a, false, &loop.end);
    emit_loop_body(e, &loop, node);
}

// A bound is read once: a variable that changes later is copied.
static uint16_t emit_bound(struct emitter *e, const struct node *node)
{
    uint16_t operand = emit_value(e, node, REG_NONE);
    if (operand >= REG_CONST)
        return operand;
    uint16_t bound = emit_reg(e, node->at);
    emit_op(e, node->at, OP_MOVE, bound, operand, REG_NONE, 0);
    return bound;
}

static void emit_for(struct emitter *e, const struct node *node)
{
    const struct node *from = node->a->next ? node->a : NULL;
    const struct node *to = from ? from->next : node->a;
    int64_t step = to->next ? to->next->value : 1;
    uint16_t counter = emit_reg(e, node->at);
    if (from)
        emit_into(e, from, counter, TYPE_INT);
    else
        emit_op(e, node->at, OP_MOVE, counter, emit_const(e, node->at, 0), REG_NONE, 0);
    uint16_t bound = emit_bound(e, to);
    struct loop loop = {.start = e->prog->n_ops};
    size_t next = emit_op(e, node->at, step > 0 ? OP_NEXT : OP_NEXT_DOWN, (uint16_t)node->index,
                          counter, bound, 0);
    e->prog->ops[next].retry = (uint16_t)(step > 0 ? step : -step);
    emit_refer(e, next, &loop.end);
    emit_loop_body(e, &loop, node);
}

static void emit_with(struct emitter *e, const struct node *node)
{
    int32_t lock = (int32_t)node->index;
    emit_op(e, node->at, OP_ENTER, REG_NONE, REG_NONE, REG_NONE, lock);
    e->withs[e->n_withs++] = node->index;
    emit_block(e, node->b);
    emit_op(e, node->at, OP_LEAVE, REG_NONE, REG_NONE, REG_NONE, lock);
    e->n_withs--;
}

// Leaves the blocks of `with` inside the first `n_kept`, the innermost first.
static void emit_leave(struct emitter *e, struct place at, unsigned n_kept)
{
    for (unsigned i = e->n_withs; i > n_kept; i--)
        emit_op(e, at, OP_LEAVE, REG_NONE, REG_NONE, REG_NONE, (int32_t)e->withs[i - 1]);
}

static void emit_sync(struct emitter *e, const struct node *node)
{
    enum op_code code = (enum op_code)node->value;
    bool is_condition = e->prog->locks[node->index].type == LOCK_CONDITION;
    if (code == OP_WAIT && is_condition) {
        emit_op(e, node->at, OP_AWAIT, REG_NONE, REG_NONE, REG_NONE, (int32_t)node->index);
        code = OP_RETAKE;
    }
    emit_op(e, node->at, code, REG_NONE, REG_NONE, REG_NONE, (int32_t)node->index);
    if (code == OP_ACQUIRE)
        e->n_acquired++;
    else if (code == OP_RELEASE && e->n_acquired > 0)
        e->n_acquired--;
}

static void emit_return(struct emitter *e, const struct node *node)
{
    uint8_t type = e->unit->routines[e->function].result;
    uint16_t value = node->a ? emit_typed(e, node->a, REG_NONE, type) : emit_const(e, node->at, 0);
    emit_leave(e, node->at, 0);
    emit_op(e, node->at, OP_RETURN, REG_NONE, value, REG_NONE, 0);
}

static void emit_break(struct emitter *e, const struct node *node)
{
    emit_leave(e, node->at, e->loop->n_withs);
    if (node->kind == NODE_BREAK)
        emit_jump(e, node->at, &e->loop->end);
    else
        emit_op(e, node->at, OP_JUMP, REG_NONE, REG_NONE, REG_NONE, (int32_t)e->loop->start);
}

static void emit_statement(struct emitter *e, const struct node *node)
{
    switch ((int)node->kind) {
    case NODE_SET:
        emit_set(e, node);
        return;
    case NODE_CHANGE:
        emit_change(e, node);
        return;
    case NODE_ATOMIC:
        emit_atomic(e, node);
        return;
    case NODE_IF:
        emit_if(e, node);
        return;
    case NODE_WHILE:
        emit_while(e, node);
        return;
    case NODE_FOR:
        emit_for(e, node);
        return;
    case NODE_WITH:
        emit_with(e, node);
        return;
    case NODE_SYNC:
        emit_sync(e, node);
        return;
    case NODE_RETURN:
        emit_return(e, node);
        return;
    case NODE_BREAK:
    case NODE_CONTINUE:
        emit_break(e, node);
        return;
    case NODE_PRINT:
        emit_print(e, node);
        return;
    case NODE_EVAL:
        emit_value(e, node->a, REG_NONE);
        return;
    default: // NODE_PASS, NODE_GLOBAL
        return;
    }
}

void emit_block(struct emitter *e, const struct node *first)
{
    for (const struct node *node = first; node && !e->has_failed; node = node->next) {
        uint16_t saved = e->next_reg;
        emit_statement(e, node);
        e->next_reg = saved;
    }
}
