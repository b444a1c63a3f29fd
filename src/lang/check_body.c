#include "lang/unit.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Statements: what may stand where, and which variables have a value where.

static void complain(struct unit *unit, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct unit *unit, struct place at, const char *fmt, ...)
{
    char text[240];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (unit->is_final)
        unit_complain(unit, at, "%s", text);
}

void flow_assign(struct unit *unit, size_t local)
{
    unit->flow.assigned[local / 64] |= UINT64_C(1) << local % 64;
}

// Where two ways meet, a variable has a value if it has one on both.
static struct flow flow_join(struct flow a, struct flow b)
{
    if (a.is_dead)
        return b;
    if (b.is_dead)
        return a;
    for (size_t i = 0; i < PROGRAM_REGS_MAX / 64; i++)
        a.assigned[i] &= b.assigned[i];
    return a;
}

// A condition: a text or nothing is none, a duration is compared.
static void check_condition(struct unit *unit, struct node *node)
{
    uint8_t type = check_expression(unit, node);
    if (type == TYPE_TEXT || type == TYPE_NONE || type == TYPE_DURATION)
        complain(unit, node->at, "a condition is a comparison or a number, not %s",
                 type_name(type));
}

static void check_target(struct unit *unit, struct node *target, uint8_t type)
{
    const struct symbol *symbol = &unit->symbols[target->name];
    const char *name = unit_name(unit, target->name);
    if (symbol->kind == SYMBOL_RESULTS) {
        complain(unit, target->at, "%s gets its values from the workers of the pool alone", name);
        return;
    }
    if (target->kind == NODE_INDEX) {
        check_expression(unit, target);
    } else if (unit->local_of[target->name]) {
        uint32_t local = unit->local_of[target->name] - 1;
        target->symbol = SYMBOL_LOCAL;
        target->index = local;
        if (type == TYPE_NONE)
            complain(unit, target->at, "%s gets no value: that call returns nothing", name);
        else
            check_set_type(unit, &unit->locals[unit->routine->first_local + local].type, type,
                           target->at, "variable", target->name);
        flow_assign(unit, local);
        return;
    } else if (symbol->kind == SYMBOL_NONE) {
        if (unit->is_final)
            unit_unknown(unit, target, "declare it with shared, or give it a value first");
        return;
    } else if (symbol->kind == SYMBOL_CONST) {
        complain(unit, target->at, "%s cannot change; write shared for a variable that lanes share",
                 name);
        return;
    } else if (symbol->kind != SYMBOL_SHARED) {
        complain(unit, target->at, "%s is %s and cannot get a value", name,
                 symbol_kind_name(unit, symbol));
        return;
    } else {
        check_expression(unit, target);
    }
    if (type == TYPE_TEXT || type == TYPE_DURATION || type == TYPE_NONE)
        complain(unit, target->at, "a shared variable holds a number, not %s", type_name(type));
}

static bool is_target(struct unit *unit, const struct node *target)
{
    if (target->kind == NODE_NAME || target->kind == NODE_INDEX)
        return true;
    complain(unit, target->at, "only a variable or an element of an array can get a value");
    return false;
}

static void check_set(struct unit *unit, struct node *node)
{
    if (!is_target(unit, node->a))
        return;
    // Python evaluates the value first; a variable's own first value may not use itself.
    uint8_t type = check_expression(unit, node->b);
    check_target(unit, node->a, type);
}

static void check_change(struct unit *unit, struct node *node)
{
    if (!is_target(unit, node->a))
        return;
    bool is_local = node->a->kind == NODE_NAME && unit->local_of[node->a->name] != 0;
    uint8_t type = is_local ? check_expression(unit, node->a) : TYPE_INT;
    uint8_t amount = check_expression(unit, node->b);
    bool fits = amount == type || amount == TYPE_UNKNOWN || amount == TYPE_BAD ||
                type == TYPE_UNKNOWN || type == TYPE_BAD ||
                (type == TYPE_DURATION && amount == TYPE_INT);
    if (!fits || type == TYPE_TEXT || type == TYPE_NONE)
        complain(unit, node->at, "%s cannot be changed by %s", type_name(type), type_name(amount));
    check_target(unit, node->a, type);
}

static void check_atomic(struct unit *unit, struct node *node)
{
    if (!is_target(unit, node->a))
        return;
    check_want(unit, node->b, TYPE_INT, "the amount");
    check_target(unit, node->a, TYPE_INT);
    if (node->a->symbol == SYMBOL_LOCAL)
        complain(unit, node->a->at, "%s belongs to this lane alone; atomic is for shared variables",
                 unit_name(unit, node->a->name));
}

static void check_if(struct unit *unit, struct node *node)
{
    struct flow joined = {.is_dead = true};
    bool has_else = false;
    for (struct node *arm = node->a; arm; arm = arm->next) {
        if (arm->a)
            check_condition(unit, arm->a);
        has_else |= !arm->a;
        struct flow before = unit->flow;
        check_block(unit, arm->b);
        joined = flow_join(joined, unit->flow);
        unit->flow = before;
    }
    unit->flow = has_else ? joined : flow_join(joined, unit->flow);
}

static void check_loop_body(struct unit *unit, struct node *body)
{
    struct flow before = unit->flow;
    unit->n_loops++;
    check_block(unit, body);
    unit->n_loops--;
    unit->flow = before;
}

static bool has_break(const struct node *first)
{
    for (const struct node *node = first; node; node = node->next) {
        if (node->kind == NODE_BREAK || (node->kind == NODE_WITH && has_break(node->b)))
            return true;
        for (const struct node *arm = node->kind == NODE_IF ? node->a : NULL; arm; arm = arm->next)
            if (has_break(arm->b))
                return true;
    }
    return false;
}

static void check_while(struct unit *unit, struct node *node)
{
    check_condition(unit, node->a);
    bool is_constant = node->a->kind == NODE_INT ||
                       (node->a->kind == NODE_NAME && node->a->symbol == SYMBOL_CONST);
    bool is_endless = is_constant && node->a->value != 0 && !has_break(node->b);
    check_loop_body(unit, node->b);
    unit->flow.is_dead |= is_endless;
}

// More rounds than anybody waits for are a slip of the pen.
static const int64_t rounds_max = 1000000000000;

static void check_range(struct unit *unit, struct node *first)
{
    size_t n = 0;
    for (struct node *bound = first; bound; bound = bound->next, n++) {
        check_want(unit, bound, TYPE_INT, "a range");
        bool is_constant =
            bound->kind == NODE_INT || (bound->kind == NODE_NAME && bound->symbol == SYMBOL_CONST);
        bool is_step = n == 2;
        bool is_step_good = is_constant && bound->value != 0 && bound->value <= UINT16_MAX &&
                            bound->value >= -UINT16_MAX;
        if (is_step && !is_step_good)
            complain(unit, bound->at,
                     "the step of a range is a number from -65535 to 65535, not 0");
        if (!is_step && is_constant && (bound->value > rounds_max || bound->value < -rounds_max))
            complain(unit, bound->at, "a range ends at 1,000,000,000,000 at most");
    }
}

static void check_for(struct unit *unit, struct node *node)
{
    check_range(unit, node->a);
    if (unit->local_of[node->name]) {
        uint32_t local = unit->local_of[node->name] - 1;
        node->symbol = SYMBOL_LOCAL;
        node->index = local;
        check_set_type(unit, &unit->locals[unit->routine->first_local + local].type, TYPE_INT,
                       node->at, "variable", node->name);
        struct flow before = unit->flow;
        flow_assign(unit, local);
        check_loop_body(unit, node->b);
        unit->flow = before;
        return;
    }
    complain(unit, node->at, "%s is %s already; the loop needs a name of its own",
             unit_name(unit, node->name), symbol_kind_name(unit, &unit->symbols[node->name]));
    check_loop_body(unit, node->b);
}

// The name of a lock, semaphore or condition. False when it is something else.
static bool check_lock(struct unit *unit, struct node *node)
{
    bool is_sync = node->kind == NODE_SYNC;
    bool is_counted = is_sync && (node->value == OP_WAIT || node->value == OP_POST);
    bool is_told = is_sync && (node->value == OP_NOTIFY || node->value == OP_NOTIFY_ALL);
    const char *word = is_counted ? "semaphore" : is_told ? "condition" : "lock";
    const struct symbol *symbol = &unit->symbols[node->name];
    const char *name = unit_name(unit, node->name);
    node->index = symbol->index;
    if (symbol->kind == SYMBOL_LOCK)
        return true;
    if (symbol->kind == SYMBOL_NONE && !unit->local_of[node->name]) {
        char what[40];
        text_format(what, sizeof what, "declare it with %s", word);
        if (unit->is_final)
            unit_unknown(unit, node, what);
    } else {
        complain(unit, node->at, "%s is no %s; declare one with %s", name, word, word);
    }
    return false;
}

static void check_sync(struct unit *unit, struct node *node)
{
    if (!check_lock(unit, node))
        return;
    enum lock_type type = unit->prog->locks[node->index].type;
    enum op_code code = (enum op_code)node->value;
    const char *name = unit_name(unit, node->name);
    if (type == LOCK_MUTEX && code != OP_ACQUIRE && code != OP_RELEASE)
        complain(unit, node->at, "%s is a lock; write acquire %s, release %s or with %s:", name,
                 name, name, name);
    if (type == LOCK_SEMAPHORE && code != OP_WAIT && code != OP_POST)
        complain(unit, node->at, "%s is a semaphore; write wait %s or post %s", name, name, name);
    if (type == LOCK_CONDITION && code != OP_WAIT && code != OP_NOTIFY && code != OP_NOTIFY_ALL)
        complain(unit, node->at, "%s is a condition; write wait %s or notify %s", name, name, name);
}

static void check_with(struct unit *unit, struct node *node)
{
    if (check_lock(unit, node) && unit->prog->locks[node->index].type != LOCK_MUTEX)
        complain(unit, node->at, "%s is %s; only a lock can stand after with",
                 unit_name(unit, node->name), symbol_kind_name(unit, &unit->symbols[node->name]));
    check_block(unit, node->b);
}

// False when the function returns something of another type elsewhere.
static bool set_result(struct unit *unit, struct routine *routine, uint8_t type)
{
    if (type == TYPE_UNKNOWN || type == TYPE_BAD)
        return true;
    if (routine->result == TYPE_UNKNOWN) {
        routine->result = type;
        unit->changed = true;
    }
    return routine->result == type;
}

static void check_return(struct unit *unit, struct node *node)
{
    struct routine *routine = unit->routine;
    if (routine->is_after)
        complain(unit, node->at, "return stands in functions; after: ends by itself");
    if (node->a) {
        uint8_t type = check_expression(unit, node->a);
        routine->has_result = true;
        if (type == TYPE_NONE)
            complain(unit, node->a->at, "there is nothing to return: that call returns nothing");
        else if (!set_result(unit, routine, type))
            complain(unit, node->a->at, "%s returns %s elsewhere and %s here", routine->name,
                     type_name(routine->result), type_name(type));
    } else if (routine->has_result) {
        complain(unit, node->at, "%s returns a value elsewhere; return one here too",
                 routine->name);
    }
    unit->flow.is_dead = true;
}

// A list as a whole, an array or the results of the pool, has the type of its elements.
static bool check_list(struct unit *unit, struct node *node)
{
    const struct symbol *symbol = &unit->symbols[node->name];
    bool is_array = symbol->kind == SYMBOL_SHARED && unit->prog->vars[symbol->index].is_array;
    bool is_results = symbol->kind == SYMBOL_RESULTS && unit->routine->is_after;
    if (node->kind != NODE_NAME || (!is_array && !is_results))
        return false;
    node->symbol = (uint8_t)symbol->kind;
    node->index = symbol->index;
    node->type = is_array ? TYPE_INT : check_results_type(unit);
    return true;
}

static void check_print(struct unit *unit, struct node *node)
{
    for (struct node *piece = node->a; piece; piece = piece->next) {
        if (!piece->a)
            continue;
        bool is_list = check_list(unit, piece->a);
        uint8_t type = is_list ? piece->a->type : check_expression(unit, piece->a);
        if (type == TYPE_NONE)
            complain(unit, piece->a->at, "there is nothing to print: that call returns nothing");
        if (piece->index && (type == TYPE_INT || type == TYPE_TEXT))
            complain(unit, piece->a->at, ":.%uf is for durations; this is %s: write it without",
                     piece->decimals, type_name(type));
    }
}

static void check_jump(struct unit *unit, struct node *node)
{
    if (unit->n_loops == 0)
        complain(unit, node->at, "%s stands in a loop only",
                 node->kind == NODE_BREAK ? "break" : "continue");
    unit->flow.is_dead = true;
}

static void check_global(struct unit *unit, struct node *node)
{
    if (unit->symbols[node->name].kind == SYMBOL_NONE && unit->is_final)
        unit_unknown(unit, node, "declare it with shared");
}

static void check_statement(struct unit *unit, struct node *node)
{
    switch ((int)node->kind) {
    case NODE_SET:
        check_set(unit, node);
        return;
    case NODE_CHANGE:
        check_change(unit, node);
        return;
    case NODE_ATOMIC:
        check_atomic(unit, node);
        return;
    case NODE_IF:
        check_if(unit, node);
        return;
    case NODE_WHILE:
        check_while(unit, node);
        return;
    case NODE_FOR:
        check_for(unit, node);
        return;
    case NODE_WITH:
        check_with(unit, node);
        return;
    case NODE_SYNC:
        check_sync(unit, node);
        return;
    case NODE_RETURN:
        check_return(unit, node);
        return;
    case NODE_PRINT:
        check_print(unit, node);
        return;
    case NODE_BREAK:
    case NODE_CONTINUE:
        check_jump(unit, node);
        return;
    case NODE_GLOBAL:
        check_global(unit, node);
        return;
    case NODE_EVAL:
        check_expression(unit, node->a);
        return;
    default: // NODE_PASS
        return;
    }
}

void check_block(struct unit *unit, struct node *first)
{
    for (struct node *node = first; node; node = node->next)
        check_statement(unit, node);
}

static void check_routine(struct unit *unit, struct routine *routine)
{
    unit_bind_locals(unit, routine);
    unit->flow = (struct flow){0};
    for (size_t i = 0; i < routine->n_parameters; i++)
        flow_assign(unit, i);
    if (routine->claim)
        check_condition(unit, routine->claim->a);
    check_block(unit, routine->body);
    if (!routine->claim && routine->has_result && !unit->flow.is_dead)
        complain(unit, routine->at,
                 "%s returns a value, but not on every way; end it with a return", routine->name);
    if (!routine->has_result)
        routine->result = TYPE_NONE;
    unit_unbind_locals(unit);
}

// Each pass carries what is known through a chain of calls in one direction; a program whose types
// are still open after so many is reported where its calls contradict each other.
enum { PASSES_MAX = 12 };

static void check_pass(struct unit *unit, bool is_backward)
{
    for (size_t i = 0; i < unit->n_routines; i++)
        check_routine(unit, &unit->routines[is_backward ? unit->n_routines - 1 - i : i]);
}

void unit_check(struct unit *unit)
{
    for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
        unit->changed = false;
        check_pass(unit, pass % 2 == 1);
        if (!unit->changed && pass > 0)
            break;
    }
    for (size_t i = 0; i < unit->n_locals; i++)
        if (unit->locals[i].type == TYPE_UNKNOWN)
            unit->locals[i].type = TYPE_INT;
    for (size_t i = 0; i < unit->n_routines; i++)
        if (unit->routines[i].result == TYPE_UNKNOWN)
            unit->routines[i].result = TYPE_INT;
    unit->is_final = true;
    check_pass(unit, false);
}
