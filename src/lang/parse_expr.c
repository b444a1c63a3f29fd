#include "lang/parser.h"

#include "base/mem.h"
#include "lang/python.h"

#include <string.h>

// Expressions, lowest precedence first: or, and, not, comparison, + -, * // %, sign, name or
// number.
enum {
    PRECEDENCE_OR = 1,
    PRECEDENCE_AND,
    PRECEDENCE_NOT,
    PRECEDENCE_COMPARE,
    PRECEDENCE_SUM,
    PRECEDENCE_PRODUCT
};

static struct node *parse_binary(struct parser *p, int lowest);

static int precedence(const struct token *token)
{
    switch ((int)token->kind) {
    case TOKEN_NAME:
        return token_is(token, "or") ? PRECEDENCE_OR : token_is(token, "and") ? PRECEDENCE_AND : 0;
    case TOKEN_LT:
    case TOKEN_LE:
    case TOKEN_GT:
    case TOKEN_GE:
    case TOKEN_EQ:
    case TOKEN_NE:
        return PRECEDENCE_COMPARE;
    case TOKEN_ADD:
    case TOKEN_SUB:
        return PRECEDENCE_SUM;
    case TOKEN_MUL:
    case TOKEN_DIV:
    case TOKEN_MOD:
        return PRECEDENCE_PRODUCT;
    default:
        return 0;
    }
}

static uint16_t taller(const struct node *a, const struct node *b)
{
    uint16_t height = b && b->height > a->height ? b->height : a->height;
    return (uint16_t)(height + 1);
}

static struct node *join(struct parser *p, const struct token *op, struct node *a, struct node *b)
{
    int level = precedence(op);
    enum node_kind kind = level == PRECEDENCE_OR        ? NODE_OR
                          : level == PRECEDENCE_AND     ? NODE_AND
                          : level == PRECEDENCE_COMPARE ? NODE_COMPARE
                                                        : NODE_BINARY;
    struct node *node = parser_node(p, kind, op->at);
    node->op = (uint8_t)op->kind;
    node->a = a;
    node->b = b;
    node->height = taller(a, b);
    if (node->height > TREE_HEIGHT_MAX) {
        parser_fail(p, op->at, "this expression has more than %d operators in a row; split it",
                    TREE_HEIGHT_MAX);
        return NULL;
    }
    if (kind == NODE_COMPARE && a->kind == NODE_COMPARE && !a->is_wrapped) {
        parser_fail(p, op->at, "comparisons do not chain; write a < b and b < c");
        return NULL;
    }
    return node;
}

// Every way into a deeper expression passes here.
static bool go_deeper(struct parser *p)
{
    if (p->depth < PROGRAM_NESTING_MAX) {
        p->depth++;
        return true;
    }
    return parser_fail(p, p->token.at, "nested too deeply; at most %d inside each other",
                       PROGRAM_NESTING_MAX);
}

static struct node *parse_sign(struct parser *p, enum node_kind kind, int operand)
{
    struct token sign = p->token;
    parser_advance(p);
    if (!go_deeper(p))
        return NULL;
    struct node *a = parse_binary(p, operand);
    p->depth--;
    if (!a)
        return NULL;
    bool is_number = a->kind == NODE_INT || a->kind == NODE_DURATION;
    if (kind == NODE_NEGATE && is_number && !a->is_wrapped) {
        a->value = -a->value;
        a->at.column = sign.at.column;
        return a;
    }
    struct node *node = parser_node(p, kind, sign.at);
    node->a = a;
    node->height = taller(a, NULL);
    return node;
}

static bool parse_arguments(struct parser *p, struct node *call)
{
    struct node **tail = &call->a;
    parser_advance(p);
    if (!go_deeper(p))
        return false;
    while (p->token.kind != TOKEN_CLOSE) {
        struct node *argument = parse_expression(p);
        if (!argument)
            return false;
        if (p->token.kind == TOKEN_SET)
            return parser_fail(p, p->token.at, "arguments have no names; write the value alone");
        *tail = argument;
        tail = &argument->next;
        if (argument->height >= call->height)
            call->height = (uint16_t)(argument->height + 1);
        if (++call->value > PROGRAM_ARGS_MAX)
            return parser_fail(p, argument->at, "too many arguments; at most %d", PROGRAM_ARGS_MAX);
        if (!parser_accept(p, TOKEN_COMMA) && p->token.kind != TOKEN_CLOSE)
            return parser_unexpected(p, "`,` or `)`");
    }
    p->depth--;
    parser_advance(p);
    return true;
}

static struct node *parse_name(struct parser *p)
{
    struct token token = p->token;
    struct node *node = parser_node(p, NODE_NAME, token.at);
    node->name = names_add(p->names, token.text, token.len_bytes);
    parser_advance(p);
    if (p->token.kind == TOKEN_OPEN) {
        node->kind = NODE_CALL;
        return parse_arguments(p, node) ? node : NULL;
    }
    if (p->token.kind == TOKEN_OPEN_LIST) {
        node->kind = NODE_INDEX;
        parser_advance(p);
        if (!go_deeper(p))
            return NULL;
        node->a = parse_expression(p);
        p->depth--;
        if (!node->a || !parser_expect(p, TOKEN_CLOSE_LIST, "`]`"))
            return NULL;
        node->height = taller(node->a, NULL);
    }
    if (p->token.kind == TOKEN_DOT && python_attribute(p, p->names->texts[node->name]))
        return NULL;
    return node;
}

static struct node *parse_wrapped(struct parser *p)
{
    parser_advance(p);
    if (!go_deeper(p))
        return NULL;
    struct node *node = parse_expression(p);
    p->depth--;
    if (!node || !parser_expect(p, TOKEN_CLOSE, "`)`"))
        return NULL;
    node->is_wrapped = true;
    return node;
}

static bool is_reserved(const struct token *token)
{
    static const char *const words[] = {"and", "or",   "not",   "in",     "if",  "else", "elif",
                                        "for", "with", "while", "return", "def", "lane", "pass"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (token_is(token, words[i]))
            return true;
    return false;
}

static struct node *parse_number(struct parser *p, enum node_kind kind)
{
    struct node *node = parser_node(p, kind, p->token.at);
    node->value = p->token.value;
    parser_advance(p);
    return node;
}

void parser_skip_prefix(struct parser *p)
{
    const char *next = p->token.text + 1;
    if (token_is(&p->token, "f") && next < p->lexer.end && (*next == '"' || *next == '\''))
        parser_advance(p);
}

static struct node *parse_text_constant(struct parser *p)
{
    struct node *node = parser_node(p, NODE_TEXT, p->token.at);
    node->text = p->token.text;
    node->text_len = (uint32_t)p->token.len_bytes;
    if (p->token.value)
        parser_fail(p, p->token.at, "a text of several lines is for about; write \"...\"");
    parser_advance(p);
    return node;
}

static struct node *parse_primary(struct parser *p)
{
    parser_skip_prefix(p);
    if (p->token.kind == TOKEN_INT)
        return parse_number(p, NODE_INT);
    if (p->token.kind == TOKEN_DURATION)
        return parse_number(p, NODE_DURATION);
    if (p->token.kind == TOKEN_OPEN)
        return parse_wrapped(p);
    if (p->token.kind == TOKEN_TEXT)
        return parse_text_constant(p);
    if (python_value(p))
        return NULL;
    if (p->token.kind == TOKEN_NAME && !is_reserved(&p->token))
        return parse_name(p);
    parser_unexpected(p, "a number, a name or `(`");
    return NULL;
}

static struct node *parse_operand(struct parser *p, int lowest)
{
    if (token_is(&p->token, "not") && lowest <= PRECEDENCE_NOT)
        return parse_sign(p, NODE_NOT, PRECEDENCE_NOT);
    if (p->token.kind == TOKEN_SUB)
        return parse_sign(p, NODE_NEGATE, PRECEDENCE_PRODUCT + 1);
    return parse_primary(p);
}

static struct node *parse_binary(struct parser *p, int lowest)
{
    struct node *left = parse_operand(p, lowest);
    while (left) {
        struct token op = p->token;
        int level = precedence(&op);
        if (level == 0 || level < lowest)
            return left;
        parser_advance(p);
        struct node *right = parse_binary(p, level + 1);
        left = right ? join(p, &op, left, right) : NULL;
    }
    return NULL;
}

struct node *parse_expression(struct parser *p)
{
    struct node *node = parse_binary(p, PRECEDENCE_OR);
    return node && !python_operator(p) ? node : NULL;
}

struct node *parse_call(struct parser *p, const char *instead)
{
    struct place at = p->token.at;
    struct node *node = parse_expression(p);
    if (node && node->kind != NODE_CALL) {
        parser_fail(p, at, "%s", instead);
        return NULL;
    }
    return node;
}

struct node *parse_list(struct parser *p, unsigned most)
{
    struct node *first = NULL;
    struct node **tail = &first;
    size_t n = 0;
    if (!parser_expect(p, TOKEN_OPEN_LIST, "a list, for example [1, 2, 3]"))
        return NULL;
    while (p->token.kind != TOKEN_CLOSE_LIST) {
        struct node *item = parse_expression(p);
        if (!item)
            return NULL;
        *tail = item;
        tail = &item->next;
        if (++n > most) {
            parser_fail(p, item->at, "this list is too long; at most %u", most);
            return NULL;
        }
        if (!parser_accept(p, TOKEN_COMMA) && p->token.kind != TOKEN_CLOSE_LIST) {
            parser_unexpected(p, "`,` or `]`");
            return NULL;
        }
    }
    if (!first)
        parser_unexpected(p, "at least one item in the list");
    else
        parser_advance(p);
    return first;
}
