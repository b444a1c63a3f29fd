#include "lang/unit.h"

#include <inttypes.h>

// Values that are known before the run: of params, sizes and the arguments of lanes.

static bool divide(struct unit *unit, struct place at, enum token_kind op, int64_t a, int64_t b,
                   int64_t *out)
{
    if (b == 0)
        return unit_complain(unit, at, "division by zero");
    if (b == -1) {
        bool overflowed = __builtin_sub_overflow(INT64_C(0), op == TOKEN_DIV ? a : 0, out);
        return !overflowed || unit_complain(unit, at, "the result does not fit 64 bits");
    }
    int64_t remainder = a % b;
    bool is_rounded = remainder != 0 && (remainder < 0) != (b < 0);
    *out = op == TOKEN_DIV ? a / b - is_rounded : remainder + (is_rounded ? b : 0);
    return true;
}

static bool compute(struct unit *unit, struct place at, enum token_kind op, int64_t a, int64_t b,
                    int64_t *out)
{
    if (op == TOKEN_DIV || op == TOKEN_MOD)
        return divide(unit, at, op, a, b, out);
    bool overflowed = op == TOKEN_ADD   ? __builtin_add_overflow(a, b, out)
                      : op == TOKEN_SUB ? __builtin_sub_overflow(a, b, out)
                                        : __builtin_mul_overflow(a, b, out);
    return !overflowed || unit_complain(unit, at, "the result does not fit 64 bits");
}

static bool constant_binary(struct unit *unit, struct node *node, const struct binding *binding,
                            struct constant *out)
{
    struct constant a, b;
    enum token_kind op = node->op;
    if (!unit_constant(unit, node->a, binding, &a) || !unit_constant(unit, node->b, binding, &b))
        return false;
    bool is_sum = op == TOKEN_ADD || op == TOKEN_SUB;
    bool is_scaled = op == TOKEN_MUL && (a.type == TYPE_DURATION) != (b.type == TYPE_DURATION);
    bool has_text = a.type == TYPE_TEXT || b.type == TYPE_TEXT;
    if (has_text || (a.type != b.type && !is_scaled) ||
        (a.type == TYPE_DURATION && !is_sum && !is_scaled))
        return unit_complain(unit, node->at, "%s and %s do not go together here", type_name(a.type),
                             type_name(b.type));
    out->type = is_scaled ? TYPE_DURATION : a.type;
    return compute(unit, node->at, op, a.value, b.value, &out->value);
}

static bool constant_name(struct unit *unit, struct node *node, const struct binding *binding,
                          struct constant *out)
{
    if (binding && binding->name == node->name) {
        *out = binding->constant;
        return true;
    }
    const struct symbol *symbol = &unit->symbols[node->name];
    if (symbol->kind == SYMBOL_NONE)
        return unit_unknown(unit, node, "declare it with param");
    if (symbol->kind != SYMBOL_CONST)
        return unit_complain(unit, node->at,
                             "%s changes while the scenario runs; use a number or a param here",
                             unit_name(unit, node->name));
    *out = (struct constant){TYPE_INT, symbol->value};
    return true;
}

bool unit_constant(struct unit *unit, struct node *node, const struct binding *binding,
                   struct constant *out)
{
    switch ((int)node->kind) {
    case NODE_INT:
        *out = (struct constant){TYPE_INT, node->value};
        return true;
    case NODE_DURATION:
        *out = (struct constant){TYPE_DURATION, node->value};
        return true;
    case NODE_TEXT:
        *out = (struct constant){TYPE_TEXT, unit_string(unit, node)};
        return true;
    case NODE_NAME:
        return constant_name(unit, node, binding, out);
    case NODE_BINARY:
        return constant_binary(unit, node, binding, out);
    case NODE_NEGATE:
        if (!unit_constant(unit, node->a, binding, out))
            return false;
        if (out->type == TYPE_TEXT)
            return unit_complain(unit, node->at, "a text has no sign");
        return compute(unit, node->at, TOKEN_SUB, 0, out->value, &out->value);
    default:
        return unit_complain(unit, node->at,
                             "this is known only while the scenario runs; use a number here");
    }
}

bool unit_constant_int(struct unit *unit, struct node *node, int64_t low, int64_t high,
                       const char *what, int64_t *out)
{
    struct constant constant;
    if (!unit_constant(unit, node, NULL, &constant))
        return false;
    if (constant.type != TYPE_INT)
        return unit_complain(unit, node->at, "%s is a number, not %s", what,
                             type_name(constant.type));
    if (constant.value < low || constant.value > high)
        return unit_complain(unit, node->at, "%s is %" PRId64 " to %" PRId64 ", not %" PRId64, what,
                             low, high, constant.value);
    *out = constant.value;
    return true;
}
