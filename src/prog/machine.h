#ifndef PROG_MACHINE_H
#define PROG_MACHINE_H

#include "base/random.h"
#include "prog/program.h"

// What each op does, once, for every executor.
//
// A machine is one lane's registers and its place in the program. It does everything that stays
// inside the lane (arithmetic, branches, loops, calls); what reaches outside (shared memory, locks,
// sleeping, printing) it hands to the executor, which says how memory is reached and how one
// waits:
//
//     while ((op = machine_fetch(m))->code != OP_END)
//         if (machine_is_local(op))
//             machine_execute(m, op);
//         else
//             machine_complete(m, op, result of the effect);
//
// Plain data: a machine may be copied by assignment, which is how the simulator steps back.
enum {
    MACHINE_DEPTH_MAX = 64,  // calls inside each other
    MACHINE_REGS_MAX = 2048, // of all frames together
    MACHINE_BUDGET = 10000,  // bookkeeping ops of one machine_fetch
};

// The longest sleep and the most work: a day.
#define MACHINE_PAUSE_MAX_NS (INT64_C(86400) * 1000000000)

enum machine_fault {
    FAULT_NONE,
    FAULT_OVERFLOW,
    FAULT_DIVISION,  // by zero
    FAULT_INDEX,     // outside a shared array
    FAULT_DEPTH,     // too many calls inside each other
    FAULT_SLEEP,     // a negative or absurd duration
    FAULT_RANDOM,    // random(a, b) with a > b
    FAULT_FACTORIAL, // outside 0 .. FACTORIAL_MAX
    FAULT_LOCK,      // release of a lock that the lane does not hold, or acquire of one it does
    FAULT_CONDITION, // wait or notify by a lane that does not hold the condition's lock
    FAULT_SEMAPHORE, // posted beyond what it can count
    FAULT_RESULT,    // of the pool, and its worker died before it was there
    FAULT_KILLED,    // not the program's doing: the lane was told to end
};

// One clause for the person at the screen: "division by zero".
const char *machine_fault_text(enum machine_fault fault);

struct machine_frame {
    uint32_t return_pc;
    uint32_t base;
    uint16_t dst;
    uint16_t function;
};

struct machine {
    const struct program *prog;
    uint32_t pc;
    uint32_t depth;
    uint32_t base; // of the current frame in regs
    enum machine_fault fault;
    uint32_t fault_line;
    uint32_t n_polls;  // calls, returns and jumps back so far: where CPython 3.10 polls
    uint32_t n_yields; // machine_fetch gave up its budget this often
    struct machine_frame frames[MACHINE_DEPTH_MAX];
    int64_t regs[MACHINE_REGS_MAX];
};

// Ready to run lane `lane` from its beginning.
void machine_init_lane(struct machine *m, const struct program *prog, size_t lane);
// Ready to run a function without parameters (a claim).
void machine_init_function(struct machine *m, const struct program *prog, size_t function);

// Does bookkeeping until a step, a START, a JOIN or END is due and returns it, without doing it.
// Returns NULL after MACHINE_BUDGET ops, so that the executor can look at its gate; call again.
// After a fault returns an END op and m->fault says why.
const struct op *machine_fetch(struct machine *m);

// Does the one op of bookkeeping that is due, and nothing else; for an executor that wants to see
// each. False when the lane ends with it, or it faulted.
bool machine_keep_book(struct machine *m);

// Whether the machine does the op itself.
static inline bool machine_is_local(const struct op *op)
{
    return op->code >= OP_ADD && op->code <= OP_IF_NE;
}

// Does a local op and moves on; false when it faulted.
bool machine_execute(struct machine *m, const struct op *op);

// The executor has done the op: its result goes to dst (where it has one) and the lane moves on.
static inline void machine_complete(struct machine *m, const struct op *op, int64_t result)
{
    if (op->dst != REG_NONE)
        m->regs[m->base + op->dst] = result;
    m->pc++;
}

// The lane cannot go on; machine_fetch returns END from now on.
void machine_fail(struct machine *m, const struct op *op, enum machine_fault fault);

// Goes back to the beginning of the statement that ends with `store`, which is OP_RETRIABLE.
void machine_retry(struct machine *m, const struct op *store);

// Value of an operand of the op that is due.
static inline int64_t machine_value(const struct machine *m, uint16_t operand)
{
    return operand < REG_CONST ? m->regs[m->base + operand] : m->prog->consts[operand - REG_CONST];
}

// First of the registers that PRINT's values are in.
static inline const int64_t *machine_values(const struct machine *m, uint16_t reg)
{
    return &m->regs[m->base + reg];
}

// The cell of a LOAD, STORE or ATOMIC; false, and the machine has faulted, when the index is
// outside the array.
bool machine_element(struct machine *m, const struct op *op, size_t *cell);
static inline bool machine_cell(struct machine *m, const struct op *op, size_t *cell)
{
    *cell = (size_t)op->arg;
    return op->b == REG_NONE || machine_element(m, op, cell);
}

// TAKE is done: the lane works on input `item` now, or there was none (negative).
void machine_take(struct machine *m, const struct op *op, int64_t item);
// The input whose result RESULT wants; false, and the machine has faulted, when there is no such.
bool machine_item(struct machine *m, const struct op *op, size_t *item);

// a + b, a - b or a * b as the ATOMIC op says; false, and the machine has faulted, on overflow.
bool machine_combine(struct machine *m, const struct op *op, int64_t old, int64_t *result);

// Results of built-ins that every executor gives the same way, and checks of what they are given;
// false, and the machine has faulted, when it is out of range.
bool machine_pause(struct machine *m, const struct op *op, uint64_t *ns); // SLEEP, COMPUTE
bool machine_draw(struct machine *m, const struct op *op, struct random *random,
                  int64_t *result);                                              // RANDOM
bool machine_factorial(struct machine *m, const struct op *op, int64_t *result); // FACTORIAL

// Evaluates a claim; `read` gives the value of a shared cell. *holds is the answer. False when the
// evaluation itself faulted.
bool machine_judge(const struct program *prog, const struct claim *claim,
                   int64_t (*read)(const void *context, size_t cell), const void *context,
                   bool *holds);

#endif
