#ifndef LANG_EMIT_H
#define LANG_EMIT_H

#include "lang/reach.h"
#include "lang/unit.h"

// From the checked tree to ops.
//
// Registers of a function: its variables first, then, as on a stack, what expressions hold
// meanwhile. A call's arguments are on top of that stack, where the callee's own registers begin.

// A place in the code that ops jump to; they are chained by their arg until it is known.
struct label {
    int32_t refs; // the last op that jumps here + 1, 0 for none
};

struct loop {
    struct loop *outer;
    size_t start; // where continue goes
    struct label end;
    unsigned n_withs; // of those that stay open on break
};

// The statement that is being compiled, when it stores to a shared variable.
struct store_statement {
    const struct node *target; // NULL: none
    size_t load;               // the last load of the same cell + 1, 0 for none
};

// Where a shared cell is.
struct cell_ref {
    size_t var;
    int32_t arg;
    uint16_t index; // register, or REG_NONE
};

struct emitter {
    struct unit *unit;
    struct program *prog;
    struct reach reach;
    size_t function; // number of the current one; main has the last
    size_t cap_ops, cap_consts, cap_formats;
    uint16_t *const_slots; // hash table of number + 1
    uint16_t next_reg, max_reg;
    unsigned n_withs; // open ones
    uint32_t withs[PROGRAM_NESTING_MAX + 1];
    unsigned n_acquired; // by acquire, as the text goes
    unsigned n_branches; // the code may be left out at run time: inside and, or
    struct loop *loop;
    struct store_statement store;
    bool has_failed; // reported: too much code
};

size_t emit_op(struct emitter *e, struct place at, enum op_code code, uint16_t dst, uint16_t a,
               uint16_t b, int32_t arg);
uint16_t emit_const(struct emitter *e, struct place at, int64_t value);
uint16_t emit_reg(struct emitter *e, struct place at);
uint64_t emit_held(const struct emitter *e);
void emit_label(struct emitter *e, struct label *label); // the label is here
void emit_jump(struct emitter *e, struct place at, struct label *label);
void emit_refer(struct emitter *e, size_t op, struct label *label);

// The value of an expression: an operand. It is put into `want` if that costs nothing; REG_NONE
// leaves the choice.
uint16_t emit_value(struct emitter *e, const struct node *node, uint16_t want);
// As `type`: a whole number that is wanted as a duration counts seconds.
uint16_t emit_typed(struct emitter *e, const struct node *node, uint16_t want, uint8_t type);
void emit_into(struct emitter *e, const struct node *node, uint16_t dst, uint8_t type);
// Jumps to `label` unless the condition holds; with `negate`, unless it does not hold.
void emit_unless(struct emitter *e, const struct node *node, bool negate, struct label *label);
struct cell_ref emit_cell(struct emitter *e, const struct node *node);
size_t emit_load(struct emitter *e, const struct node *node, struct cell_ref cell, uint16_t dst);
enum op_code emit_arithmetic(enum token_kind op);
void emit_print(struct emitter *e, const struct node *node);
void emit_worker(struct emitter *e, struct place at); // what each worker of the pool does
// The pool's result number arg + the register `index`, which may be REG_NONE.
void emit_result(struct emitter *e, struct place at, uint16_t dst, uint16_t index, int32_t arg);
void emit_block(struct emitter *e, const struct node *first);

#endif
