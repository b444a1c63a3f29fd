#include "lang/emit.h"

// The pool in ops.

// An input is taken, its arguments are laid where the callee wants them, what it returns is given
// back; until none is left.
void emit_worker(struct emitter *e, struct place at)
{
    const struct pool_decl *pool = &e->prog->pool;
    struct label end = {0};
    uint16_t item = emit_reg(e, at);
    uint16_t base = e->next_reg;
    size_t start = emit_op(e, at, OP_TAKE, item, REG_NONE, REG_NONE, 0);
    emit_refer(e, start, &end);
    for (uint16_t i = 0; i < pool->n_args; i++)
        emit_op(e, at, OP_INPUT, emit_reg(e, at), item, REG_NONE, i);
    e->next_reg = base;
    uint16_t result = emit_reg(e, at);
    emit_op(e, at, OP_CALL, result, base, REG_NONE, pool->function);
    reach_call(&e->reach, e->function, (size_t)pool->function, 0);
    emit_op(e, at, OP_GIVE, REG_NONE, item, result, 0);
    emit_op(e, at, OP_JUMP, REG_NONE, REG_NONE, REG_NONE, (int32_t)start);
    emit_label(e, &end);
}

void emit_result(struct emitter *e, struct place at, uint16_t dst, uint16_t index, int32_t arg)
{
    emit_op(e, at, OP_RESULT, dst, REG_NONE, index, arg);
}
