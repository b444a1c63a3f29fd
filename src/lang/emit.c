#include "lang/emit.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// Ops, constants, registers, labels; and the program as a whole.

// A constant is an operand from REG_CONST on, and the last of those is REG_NONE.
enum { CONSTS_MAX = REG_NONE - REG_CONST, CONST_SLOTS = 1 << 16 };

static bool too_much(struct emitter *e, struct place at, const char *what, int most)
{
    if (!e->has_failed)
        unit_complain(e->unit, at, "too many %s; at most %d", what, most);
    e->has_failed = true;
    return false;
}

size_t emit_op(struct emitter *e, struct place at, enum op_code code, uint16_t dst, uint16_t a,
               uint16_t b, int32_t arg)
{
    struct program *prog = e->prog;
    if (prog->n_ops == PROGRAM_OPS_MAX) {
        too_much(e, at, "operations", PROGRAM_OPS_MAX);
        prog->n_ops--; // nobody will run it
    }
    prog->ops = mem_room(prog->ops, &e->cap_ops, prog->n_ops + 1, sizeof *prog->ops);
    uint8_t flags = e->n_withs + e->n_acquired > 0 ? OP_IN_WITH : 0;
    prog->ops[prog->n_ops] = (struct op){
        .code = (uint8_t)code,
        .flags = flags,
        .dst = dst,
        .a = a,
        .b = b,
        .arg = arg,
        .line = at.line,
        .column = at.column > UINT16_MAX ? UINT16_MAX : (uint16_t)at.column,
    };
    return prog->n_ops++;
}

uint16_t emit_const(struct emitter *e, struct place at, int64_t value)
{
    struct program *prog = e->prog;
    uint64_t hash = (uint64_t)value * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = hash >> 48;
    for (; e->const_slots[slot]; slot = (slot + 1) % CONST_SLOTS)
        if (prog->consts[e->const_slots[slot] - 1] == value)
            return (uint16_t)(REG_CONST + e->const_slots[slot] - 1);
    if (prog->n_consts == CONSTS_MAX) {
        too_much(e, at, "different numbers", CONSTS_MAX);
        return REG_CONST;
    }
    prog->consts = mem_room(prog->consts, &e->cap_consts, prog->n_consts + 1, sizeof *prog->consts);
    prog->consts[prog->n_consts++] = value;
    e->const_slots[slot] = (uint16_t)prog->n_consts;
    return (uint16_t)(REG_CONST + prog->n_consts - 1);
}

uint16_t emit_reg(struct emitter *e, struct place at)
{
    if (e->next_reg == PROGRAM_REGS_MAX) {
        too_much(e, at, "values at once in this function", PROGRAM_REGS_MAX);
        return 0;
    }
    uint16_t reg = e->next_reg++;
    if (e->next_reg > e->max_reg)
        e->max_reg = e->next_reg;
    return reg;
}

uint64_t emit_held(const struct emitter *e)
{
    uint64_t held = 0;
    for (unsigned i = 0; i < e->n_withs; i++)
        held |= UINT64_C(1) << e->withs[i];
    return held;
}

void emit_refer(struct emitter *e, size_t op, struct label *label)
{
    e->prog->ops[op].arg = label->refs;
    label->refs = (int32_t)op + 1;
}

void emit_jump(struct emitter *e, struct place at, struct label *label)
{
    emit_refer(e, emit_op(e, at, OP_JUMP, REG_NONE, REG_NONE, REG_NONE, 0), label);
}

void emit_label(struct emitter *e, struct label *label)
{
    // When ops ran out the chain may be overwritten, and nobody will run it.
    if (e->has_failed)
        return;
    for (int32_t ref = label->refs; ref != 0;) {
        struct op *op = &e->prog->ops[ref - 1];
        ref = op->arg;
        op->arg = (int32_t)e->prog->n_ops;
    }
    label->refs = 0;
}

static void begin_routine(struct emitter *e, size_t number, const struct routine *routine)
{
    e->function = number;
    e->next_reg = (uint16_t)routine->n_locals;
    e->max_reg = e->next_reg;
    e->n_acquired = 0;
}

static void emit_routine(struct emitter *e, size_t number)
{
    struct unit *unit = e->unit;
    const struct routine *routine = &unit->routines[number];
    struct function *function = &e->prog->functions[number];
    uint16_t result;
    begin_routine(e, number, routine);
    function->entry = (uint32_t)e->prog->n_ops;
    function->line = routine->at.line;
    function->n_params = (uint16_t)routine->n_parameters;
    text_format(function->name, sizeof function->name, "%s", routine->name);
    if (routine->claim) {
        result = emit_value(e, routine->claim->a, REG_NONE);
    } else {
        if (routine->is_worker)
            emit_worker(e, routine->at);
        emit_block(e, routine->body);
        result = emit_const(e, routine->at, 0);
    }
    emit_op(e, routine->at, OP_RETURN, REG_NONE, result, REG_NONE, 0);
    function->n_regs = e->max_reg;
}

static void emit_start_and_join(struct emitter *e)
{
    struct place nowhere = {0};
    bool in_turn = e->prog->mode == MODE_SEQUENTIAL;
    for (size_t i = 1; i < e->prog->n_lanes; i++) {
        emit_op(e, nowhere, OP_START, REG_NONE, REG_NONE, REG_NONE, (int32_t)i);
        if (in_turn)
            emit_op(e, nowhere, OP_JOIN, REG_NONE, REG_NONE, REG_NONE, (int32_t)i);
    }
    for (size_t i = 1; i < e->prog->n_lanes && !in_turn; i++)
        emit_op(e, nowhere, OP_JOIN, REG_NONE, REG_NONE, REG_NONE, (int32_t)i);
}

static void emit_main(struct emitter *e)
{
    size_t number = e->unit->n_routines - 1;
    const struct routine *after = &e->unit->routines[number];
    begin_routine(e, number, after);
    e->prog->main_entry = (uint32_t)e->prog->n_ops;
    emit_start_and_join(e);
    emit_block(e, after->body);
    emit_op(e, (struct place){0}, OP_END, REG_NONE, REG_NONE, REG_NONE, 0);
}

// The one cell that a claim looks at, or -1.
static int32_t claim_cell(const struct program *prog, size_t from, size_t to)
{
    int32_t cell = -1;
    for (size_t i = from; i < to; i++) {
        const struct op *op = &prog->ops[i];
        if (op->code != OP_LOAD)
            continue;
        if (op->b != REG_NONE || (cell >= 0 && op->arg != cell))
            return -1;
        cell = op->arg;
    }
    return cell;
}

static char *claim_text(const struct node *claim)
{
    size_t size = (size_t)claim->text_len * 3 + 1;
    char *text = mem_alloc(size);
    text_safe(text, size, claim->text, claim->text_len);
    return text;
}

static void add_claim(struct program *prog, const struct node *node, size_t function)
{
    bool is_expect = node->kind == DECL_EXPECT;
    struct claim **list = is_expect ? &prog->expects : &prog->always;
    size_t *n = is_expect ? &prog->n_expects : &prog->n_always;
    *list = mem_resize(*list, *n + 1, sizeof **list);
    uint32_t entry = prog->functions[function].entry;
    (*list)[(*n)++] = (struct claim){.text = claim_text(node),
                                     .function = (int32_t)function,
                                     .cell = claim_cell(prog, entry, prog->n_ops),
                                     .line = node->at.line};
}

// While a lane waits at a condition its lock is free: where that may happen within an update, the
// lock does not protect the variable.
static void open_guards(struct program *prog)
{
    for (size_t i = 0; i < prog->n_locks; i++)
        for (size_t v = 0; v < prog->n_vars && prog->locks[i].type == LOCK_CONDITION; v++)
            if (prog->vars[v].guard == prog->locks[i].lock &&
                program_cell_nests(prog, prog->vars[v].first_cell))
                prog->vars[v].guard = -1;
}

void unit_emit(struct unit *unit)
{
    struct program *prog = unit->prog;
    struct emitter e = {.unit = unit, .prog = prog};
    e.const_slots = mem_array(CONST_SLOTS, sizeof *e.const_slots);
    reach_init(&e.reach, unit->n_routines, prog->n_vars);
    prog->n_functions = unit->n_routines - 1;
    prog->functions = mem_array(prog->n_functions, sizeof *prog->functions);
    for (size_t i = 0; i < prog->n_functions; i++) {
        emit_routine(&e, i);
        if (unit->routines[i].claim)
            add_claim(prog, unit->routines[i].claim, i);
    }
    emit_main(&e);
    reach_finish(&e.reach, prog);
    reach_free(&e.reach);
    open_guards(prog);
    mem_free(e.const_slots);
}
