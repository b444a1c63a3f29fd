// A lane's own state between two steps: to and from the bytes that its automaton knows it by.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

enum { PC_ENDED = UINT32_MAX };

struct key_head {
    uint64_t held;
    uint32_t pc; // PC_ENDED, and then nothing follows
    uint32_t depth;
    uint32_t n_with;
    uint32_t fault, fault_line;
    uint32_t place;
};

// What a suspended frame keeps: from its own base up to that of the frame it called, without the
// register that the call's result goes to.
struct span {
    const struct live_set *live;
    uint32_t base, n;
    uint16_t except;
};

static struct span frame_span(const struct explore *x, const struct machine *m, uint32_t i)
{
    if (i == m->depth)
        return (struct span){&x->live[m->pc], m->base, PROGRAM_REGS_MAX, REG_NONE};
    const struct machine_frame *frame = &m->frames[i];
    uint32_t next = i + 1 < m->depth ? m->frames[i + 1].base : m->base;
    return (struct span){&x->live[frame->return_pc], frame->base, next - frame->base, frame->dst};
}

static bool span_keeps(const struct span *span, uint32_t reg)
{
    return reg != span->except && live_has(span->live, reg);
}

void runner_begin(struct runner *r, const struct explore *x, uint32_t lane)
{
    machine_init_lane(&r->machine, x->prog, lane);
    r->lane = lane;
    r->n_with = 0;
    r->held = 0;
    r->place = 0;
}

bool runner_enters(const struct explore *x, const struct op *op)
{
    if (op->code == OP_ENTER)
        return x->options.lock_on && !x->is_lock_free;
    return op->code == OP_ACQUIRE && !x->is_lock_free;
}

bool runner_is_access(const struct explore *x, const struct op *op)
{
    switch (op->code) {
    case OP_LOAD:
    case OP_STORE:
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
    case OP_WAIT:
    case OP_POST:
    case OP_AWAIT:
    case OP_RETAKE:
    case OP_NOTIFY:
    case OP_NOTIFY_ALL:
    case OP_TAKE:
    case OP_PRINT: // on the one output that all share
        return true;
    case OP_ENTER:
    case OP_ACQUIRE:
        return runner_enters(x, op);
    case OP_LEAVE:
        return x->options.lock_on && !x->is_lock_free;
    case OP_RELEASE:
        return !x->is_lock_free;
    default:
        return false;
    }
}

static uint32_t slot_of(const struct explore *x, struct runner *r, const struct op *op)
{
    size_t cell;
    switch (op->code) {
    case OP_LOAD:
    case OP_STORE:
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        return machine_cell(&r->machine, op, &cell) ? slot_cell(x, r->lane, cell) : NO_SLOT;
    case OP_ENTER:
    case OP_LEAVE:
    case OP_ACQUIRE:
    case OP_RELEASE:
    case OP_WAIT:
    case OP_POST:
    case OP_AWAIT:
    case OP_NOTIFY:
    case OP_NOTIFY_ALL:
        return x->first_lock + (uint32_t)op->arg;
    case OP_RETAKE:
        return x->first_lock + (uint32_t)x->prog->locks[op->arg].lock;
    case OP_TAKE:
        return x->taken;
    default:
        return NO_SLOT;
    }
}

int16_t goal_of_fault(struct explore *x, enum machine_fault fault, uint32_t line)
{
    for (size_t i = 0; i < x->n_goals; i++)
        if (x->goals[i].kind == GOAL_FAULT && x->goals[i].fault == fault &&
            x->goals[i].line == line)
            return (int16_t)i;
    if (x->n_goals == EXPLORE_GOALS_MAX) {
        explore_fail(x, "lanes fail in more than %d ways; explore follows no more",
                     EXPLORE_GOALS_MAX);
        return NO_GOAL;
    }
    x->goals[x->n_goals] = (struct goal){.kind = GOAL_FAULT, .fault = fault, .line = line};
    return (int16_t)x->n_goals++;
}

// What follows from its bytes alone, when it is new.
static void describe(struct explore *x, struct runner *r, struct local *local)
{
    *local = (struct local){.slot = NO_SLOT,
                            .level = UINT32_MAX,
                            .held = r->held,
                            .waits = NO_SLOT,
                            .place = r->place,
                            .ahead = NO_LOCAL,
                            .goal = NO_GOAL};
    const struct op *op = machine_fetch(&r->machine);
    if (!op || op->code == OP_END) {
        local->is_ended = true;
        if (r->machine.fault != FAULT_NONE)
            local->goal = goal_of_fault(x, r->machine.fault, r->machine.fault_line);
        return;
    }
    local->is_access = runner_is_access(x, op);
    if (r->place) {
        local->waits = x->first_lock + (uint32_t)op->arg;
        return;
    }
    local->slot = slot_of(x, r, op);
    local->by_value = local->slot != NO_SLOT &&
                      (op->code != OP_STORE || (x->is_lock_free && op->flags & OP_RETRIABLE));
}

static size_t put(uint8_t *key, size_t n, const void *bytes, size_t len_bytes)
{
    memcpy(key + n, bytes, len_bytes);
    return n + len_bytes;
}

enum {
    KEY_MAX = sizeof(struct key_head) + MACHINE_DEPTH_MAX * sizeof(struct machine_frame) +
              STEP_WITH_MAX + MACHINE_REGS_MAX * sizeof(int64_t)
};

// Registers that are kept stay in a state even when their lane has ended.
static bool keeps_last(const struct explore *x, const struct machine *m)
{
    return x->options.registers == REGISTERS_KEPT && m->fault == FAULT_NONE;
}

static size_t pack(const struct explore *x, const struct runner *r, uint8_t key[KEY_MAX])
{
    const struct machine *m = &r->machine;
    const struct op *op = &x->prog->ops[m->pc];
    bool is_ended = m->fault != FAULT_NONE || op->code == OP_END || op->code == OP_RETURN;
    struct key_head head = {.held = r->held,
                            .pc = is_ended ? PC_ENDED : m->pc,
                            .depth = is_ended ? 0 : m->depth,
                            .n_with = is_ended ? 0 : r->n_with,
                            .fault = (uint32_t)m->fault,
                            .fault_line = m->fault_line,
                            .place = r->place};
    size_t n = put(key, 0, &head, sizeof head);
    if (is_ended && !keeps_last(x, m))
        return n;
    n = put(key, n, m->frames, m->depth * sizeof m->frames[0]);
    n = put(key, n, r->with, head.n_with);
    for (uint32_t i = 0; i <= m->depth; i++) {
        struct span span = frame_span(x, m, i);
        for (uint32_t reg = 0; reg < span.n && reg < PROGRAM_REGS_MAX; reg++)
            if (span_keeps(&span, reg))
                n = put(key, n, &m->regs[span.base + reg], sizeof m->regs[0]);
    }
    return n;
}

static size_t get(const uint8_t *key, size_t n, void *out, size_t len_bytes)
{
    memcpy(out, key + n, len_bytes);
    return n + len_bytes;
}

void runner_unpack(struct runner *r, const struct explore *x, uint32_t lane, uint32_t local)
{
    struct key_head head;
    size_t len;
    const uint8_t *key = intern_get(&x->automata[x->automaton_of[lane]].keys, local, &len);
    struct machine *m = &r->machine;
    machine_init_lane(m, x->prog, lane);
    memset(m->regs, 0, sizeof m->regs);
    r->lane = lane;
    size_t n = get(key, 0, &head, sizeof head);
    r->held = head.held;
    m->pc = head.pc;
    m->depth = head.depth;
    r->n_with = head.n_with;
    m->fault = (enum machine_fault)head.fault;
    m->fault_line = head.fault_line;
    r->place = head.place;
    if (head.pc == PC_ENDED)
        return;
    n = get(key, n, m->frames, m->depth * sizeof m->frames[0]);
    n = get(key, n, r->with, r->n_with);
    m->base = 0;
    if (m->depth) {
        // The callee's frame begins at the call's first argument.
        const struct machine_frame *top = &m->frames[m->depth - 1];
        m->base = top->base + x->prog->ops[top->return_pc - 1].a;
    }
    for (uint32_t i = 0; i <= m->depth; i++) {
        struct span span = frame_span(x, m, i);
        for (uint32_t reg = 0; reg < span.n && reg < PROGRAM_REGS_MAX; reg++)
            if (span_keeps(&span, reg))
                n = get(key, n, &m->regs[span.base + reg], sizeof m->regs[0]);
    }
    assert(n == len);
}

uint32_t runner_intern(struct explore *x, const struct runner *r)
{
    uint8_t key[KEY_MAX];
    struct automaton *automaton = &x->automata[x->automaton_of[r->lane]];
    size_t n_known = automaton->keys.n;
    uint32_t number = intern_add(&automaton->keys, key, pack(x, r, key));
    if (number < n_known)
        return number;
    automaton->locals =
        mem_room(automaton->locals, &automaton->cap_locals, number + 1, sizeof *automaton->locals);
    struct runner *copy = mem_alloc(sizeof *copy);
    *copy = *r;
    describe(x, copy, &automaton->locals[number]);
    mem_free(copy);
    return number;
}

void local_reach(struct explore *x, uint32_t lane, uint32_t next, uint32_t level)
{
    struct local *local = local_of(x, lane, next);
    if (local->level == UINT32_MAX)
        local->level = level;
    else if (local->level != level)
        x->is_graded = false;
}
