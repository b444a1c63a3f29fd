#include "lang/unit.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Types and names of expressions.
//
// A type that is not known yet is TYPE_UNKNOWN: the checker goes over all code, quietly, until
// nothing more becomes known, and then once more to report what does not fit.

static uint8_t complain(struct unit *unit, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static uint8_t complain(struct unit *unit, struct place at, const char *fmt, ...)
{
    char text[240];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (unit->is_final)
        unit_complain(unit, at, "%s", text);
    return TYPE_BAD;
}

static bool is_settled(uint8_t type)
{
    return type != TYPE_UNKNOWN && type != TYPE_BAD;
}

void check_set_type(struct unit *unit, uint8_t *slot, uint8_t type, struct place at,
                    const char *what, uint32_t name)
{
    if (!is_settled(type) || *slot == type)
        return;
    if (*slot == TYPE_UNKNOWN) {
        *slot = type;
        unit->changed = true;
        return;
    }
    complain(unit, at, "%s %s is %s elsewhere and %s here%s", what, unit_name(unit, name),
             type_name(*slot), type_name(type),
             *slot == TYPE_DURATION && type == TYPE_INT ? "; write 2s for two seconds" : "");
}

bool check_want(struct unit *unit, struct node *node, uint8_t type, const char *what)
{
    uint8_t found = check_expression(unit, node);
    bool is_seconds = type == TYPE_DURATION && found == TYPE_INT;
    if (!is_settled(found) || found == type || is_seconds)
        return true;
    complain(unit, node->at, "%s is %s, not %s", what, type_name(type), type_name(found));
    return false;
}

static uint8_t check_local(struct unit *unit, struct node *node, uint32_t local)
{
    node->symbol = SYMBOL_LOCAL;
    node->index = local;
    bool has_value = unit->flow.assigned[local / 64] >> local % 64 & 1;
    if (!has_value && !unit->flow.is_dead && !unit->names.is_lost[node->name])
        complain(unit, node->at, "%s may have no value here yet; give it one before, on every way",
                 unit_name(unit, node->name));
    return unit->locals[unit->routine->first_local + local].type;
}

// The pool's results are complete when its workers have ended, which is when after: begins.
static bool check_results(struct unit *unit, const struct node *node)
{
    const char *name = unit_name(unit, node->name);
    if (unit->routine->is_after)
        return true;
    if (unit->routine->claim)
        complain(unit, node->at,
                 "expect and always look at shared variables; use %s in after:", name);
    else
        complain(unit, node->at, "%s is there once all workers have ended; use it in after:", name);
    return false;
}

static uint8_t complain_lock(struct unit *unit, const struct node *node,
                             const struct symbol *symbol)
{
    bool is_lock = unit->prog->locks[symbol->index].type == LOCK_MUTEX;
    const char *name = unit_name(unit, node->name);
    return complain(unit, node->at, "%s is %s and has no value; write %s %s%s", name,
                    symbol_kind_name(unit, symbol), is_lock ? "with" : "wait", name,
                    is_lock ? ":" : "");
}

static uint8_t check_name(struct unit *unit, struct node *node)
{
    const struct symbol *symbol = &unit->symbols[node->name];
    const char *name = unit_name(unit, node->name);
    if (unit->local_of[node->name])
        return check_local(unit, node, unit->local_of[node->name] - 1);
    node->symbol = (uint8_t)symbol->kind;
    node->index = symbol->index;
    node->value = symbol->value;
    switch (symbol->kind) {
    case SYMBOL_NONE:
    case SYMBOL_LOCAL:
        if (unit->is_final)
            unit_unknown(unit, node, "declare it with shared or param, or give it a value first");
        return TYPE_BAD;
    case SYMBOL_CONST:
        return TYPE_INT;
    case SYMBOL_SHARED:
        if (unit->prog->vars[symbol->index].is_array)
            return complain(unit, node->at, "%s is an array; name one element, as in %s[0]", name,
                            name);
        return TYPE_INT;
    case SYMBOL_LOCK:
        return complain_lock(unit, node, symbol);
    case SYMBOL_RESULTS:
        if (check_results(unit, node))
            complain(unit, node->at, "%s is a list; name one of it, as in %s[0], or print it", name,
                     name);
        return TYPE_BAD;
    case SYMBOL_FUNCTION:
    case SYMBOL_BUILTIN:
        return complain(unit, node->at, "%s is a function; call it: %s()", name, name);
    }
    return TYPE_BAD;
}

static bool check_bounds(struct unit *unit, const struct node *node, uint32_t n)
{
    const struct node *index = node->a;
    bool is_known = index->kind == NODE_INT || index->symbol == SYMBOL_CONST;
    if (!is_known || (index->value >= 0 && index->value < n))
        return true;
    complain(unit, index->at, "%s has the elements 0 to %u", unit_name(unit, node->name), n - 1);
    return false;
}

static uint8_t check_result(struct unit *unit, struct node *node)
{
    if (!check_results(unit, node) || !check_bounds(unit, node, unit->prog->pool.n_items))
        return TYPE_BAD;
    return check_results_type(unit);
}

static uint8_t check_index(struct unit *unit, struct node *node)
{
    const struct symbol *symbol = &unit->symbols[node->name];
    const char *name = unit_name(unit, node->name);
    check_want(unit, node->a, TYPE_INT, "an index");
    node->symbol = (uint8_t)symbol->kind;
    node->index = symbol->index;
    if (symbol->kind == SYMBOL_NONE && !unit->local_of[node->name]) {
        if (unit->is_final)
            unit_unknown(unit, node, "declare it, for example shared a[4] = 0");
        return TYPE_BAD;
    }
    if (symbol->kind == SYMBOL_RESULTS)
        return check_result(unit, node);
    if (symbol->kind != SYMBOL_SHARED || !unit->prog->vars[symbol->index].is_array)
        return complain(unit, node->at, "%s is no array; declare one, for example shared a[4] = 0",
                        name);
    return check_bounds(unit, node, unit->prog->vars[symbol->index].n_cells) ? TYPE_INT : TYPE_BAD;
}

// A pause that is known to be out of range need not wait for the run to fail.
static void check_pause(struct unit *unit, const struct node *arg)
{
    static const int64_t longest_s = 86400;
    static const int64_t ns_per_s = 1000000000;
    bool is_int = arg->kind == NODE_INT || (arg->kind == NODE_NAME && arg->symbol == SYMBOL_CONST);
    bool is_duration = arg->kind == NODE_DURATION;
    int64_t most = is_int ? longest_s : longest_s * ns_per_s;
    if ((is_int || is_duration) && (arg->value < 0 || arg->value > most))
        complain(unit, arg->at, "a pause is 0 seconds to a day long");
}

static uint8_t check_builtin(struct unit *unit, struct node *node, const struct builtin *builtin)
{
    if ((uint64_t)node->value != builtin->n_args)
        return complain(unit, node->at, "%s takes %u argument%s, not %u", builtin->name,
                        builtin->n_args, builtin->n_args == 1 ? "" : "s", (unsigned)node->value);
    for (struct node *arg = node->a; arg; arg = arg->next)
        check_want(unit, arg, (uint8_t)builtin->arg_type, "the argument");
    if (builtin->code == OP_SLEEP || builtin->code == OP_COMPUTE)
        check_pause(unit, node->a);
    return (uint8_t)builtin->result;
}

static bool check_count(struct unit *unit, const struct node *call, const struct routine *callee)
{
    if ((size_t)call->value == callee->n_parameters)
        return true;
    complain(unit, call->at, "%s takes %zu argument%s, not %u", callee->name, callee->n_parameters,
             callee->n_parameters == 1 ? "" : "s", (unsigned)call->value);
    return false;
}

static uint8_t check_function(struct unit *unit, struct node *node, struct routine *callee)
{
    if (!check_count(unit, node, callee))
        return TYPE_BAD;
    struct local *local = &unit->locals[callee->first_local];
    for (struct node *arg = node->a; arg; arg = arg->next, local++)
        check_set_type(unit, &local->type, check_expression(unit, arg), arg->at, "parameter",
                       local->name);
    return callee->result;
}

static uint8_t check_call(struct unit *unit, struct node *node)
{
    const struct symbol *symbol = &unit->symbols[node->name];
    const char *name = unit_name(unit, node->name);
    node->symbol = (uint8_t)symbol->kind;
    node->index = symbol->index;
    if (strcmp(name, "range") == 0)
        return complain(unit, node->at, "range stands in for loops: for i in range(3):");
    if (unit->routine && unit->routine->claim)
        return complain(unit, node->at, "expect and always only look at variables; no calls there");
    if (symbol->kind == SYMBOL_BUILTIN)
        return check_builtin(unit, node, &builtins[symbol->index]);
    if (symbol->kind == SYMBOL_FUNCTION)
        return check_function(unit, node, &unit->routines[symbol->index]);
    for (struct node *arg = node->a; arg; arg = arg->next)
        check_expression(unit, arg);
    if (symbol->kind == SYMBOL_NONE && !unit->local_of[node->name]) {
        if (unit->is_final)
            unit_unknown(unit, node, "write def and its block first");
        return TYPE_BAD;
    }
    return complain(unit, node->at, "%s is %s and cannot be called", name,
                    symbol_kind_name(unit, symbol));
}

// The type of a lane's call is not looked at: only that there is such a function.
bool check_lane_call(struct unit *unit, const struct node *call, struct routine **routine)
{
    const struct symbol *symbol = &unit->symbols[call->name];
    if (symbol->kind == SYMBOL_NONE)
        return unit_unknown(unit, call, "write def and its block first");
    if (symbol->kind != SYMBOL_FUNCTION)
        return unit_complain(unit, call->at, "a %s runs a function of the scenario, made by def",
                             unit->pool ? "pool" : "lane");
    *routine = &unit->routines[symbol->index];
    bool was_final = unit->is_final;
    unit->is_final = true;
    bool fits = check_count(unit, call, *routine);
    unit->is_final = was_final;
    return fits;
}

static uint8_t binary_type(enum token_kind op, uint8_t a, uint8_t b)
{
    bool has_duration = a == TYPE_DURATION || b == TYPE_DURATION;
    bool are_durations = a == TYPE_DURATION && b == TYPE_DURATION;
    if (!is_settled(a) || !is_settled(b))
        return a == TYPE_BAD || b == TYPE_BAD ? TYPE_BAD : TYPE_UNKNOWN;
    if (a == TYPE_TEXT || b == TYPE_TEXT || a == TYPE_NONE || b == TYPE_NONE)
        return TYPE_NONE;
    if (!has_duration)
        return TYPE_INT;
    if (op == TOKEN_MUL)
        return are_durations ? TYPE_NONE : TYPE_DURATION;
    if (op == TOKEN_DIV)
        return are_durations ? TYPE_INT : a == TYPE_DURATION ? TYPE_DURATION : TYPE_NONE;
    return TYPE_DURATION; // + - %, where a whole number counts as seconds
}

static uint8_t check_binary(struct unit *unit, struct node *node)
{
    uint8_t a = check_expression(unit, node->a);
    uint8_t b = check_expression(unit, node->b);
    uint8_t type = binary_type(node->op, a, b);
    if (type != TYPE_NONE)
        return type;
    bool has_text = a == TYPE_TEXT || b == TYPE_TEXT;
    return complain(unit, node->at, "%s and %s do not go together here%s", type_name(a),
                    type_name(b), has_text ? "; a text can only be printed or passed on" : "");
}

static uint8_t check_compare(struct unit *unit, struct node *node)
{
    uint8_t a = check_expression(unit, node->a);
    uint8_t b = check_expression(unit, node->b);
    if (!is_settled(a) || !is_settled(b))
        return TYPE_INT;
    bool is_number_a = a == TYPE_INT || a == TYPE_DURATION;
    bool is_number_b = b == TYPE_INT || b == TYPE_DURATION;
    if (!is_number_a || !is_number_b)
        return complain(unit, node->at, "only numbers and durations can be compared, not %s",
                        type_name(is_number_a ? b : a));
    return TYPE_INT;
}

static uint8_t check_negate(struct unit *unit, struct node *node)
{
    uint8_t type = check_expression(unit, node->a);
    if (type == TYPE_TEXT || type == TYPE_NONE)
        return complain(unit, node->at, "%s has no sign", type_name(type));
    return type;
}

static uint8_t expression_type(struct unit *unit, struct node *node)
{
    switch ((int)node->kind) {
    case NODE_INT:
        return TYPE_INT;
    case NODE_DURATION:
        return TYPE_DURATION;
    case NODE_TEXT:
        return TYPE_TEXT;
    case NODE_NAME:
        return check_name(unit, node);
    case NODE_INDEX:
        return check_index(unit, node);
    case NODE_CALL:
        return check_call(unit, node);
    case NODE_NEGATE:
        return check_negate(unit, node);
    case NODE_BINARY:
        return check_binary(unit, node);
    case NODE_COMPARE:
        return check_compare(unit, node);
    case NODE_NOT:
        check_want(unit, node->a, TYPE_INT, "a condition");
        return TYPE_INT;
    default: // NODE_AND, NODE_OR
        check_want(unit, node->a, TYPE_INT, "a condition");
        check_want(unit, node->b, TYPE_INT, "a condition");
        return TYPE_INT;
    }
}

uint8_t check_expression(struct unit *unit, struct node *node)
{
    node->type = expression_type(unit, node);
    return node->type;
}
