#include "lang/parser.h"

#include "base/mem.h"
#include "lang/python.h"

#include <stdarg.h>
#include <stdio.h>

// The parser's common ground and the statements.

void parser_advance(struct parser *p)
{
    p->last_end = p->token.text + p->token.len_bytes;
    p->last_kind = p->token.kind;
    if (p->is_full) {
        p->lexer.at = p->lexer.end;
        p->token = (struct token){.kind = TOKEN_END, .at = p->token.at, .text = p->lexer.end};
        return;
    }
    p->token = lexer_next(&p->lexer);
}

struct node *parser_node(struct parser *p, enum node_kind kind, struct place at)
{
    if (p->tree->n_nodes == TREE_NODES_MAX) {
        parser_fail(p, at, "the scenario is too long; at most %d words that mean something",
                    TREE_NODES_MAX);
        p->is_full = true;
    }
    return tree_add(p->tree, kind, at);
}

bool parser_fail(struct parser *p, struct place at, const char *fmt, ...)
{
    char text[240];
    p->is_partial = true;
    p->has_failed = true;
    if (p->is_full)
        return false;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    problem_add(p->problems, at, "%s", text);
    p->is_full = problem_count(p->problems) >= PROBLEMS_ENOUGH;
    return false;
}

bool parser_unexpected(struct parser *p, const char *expected)
{
    char found[64];
    p->is_partial = true;
    p->has_failed = true;
    if (p->token.kind == TOKEN_BAD)
        return false;
    return parser_fail(p, p->token.at, "expected %s, found %s", expected,
                       token_describe(&p->token, found));
}

bool parser_accept(struct parser *p, enum token_kind kind)
{
    if (p->token.kind != kind)
        return false;
    parser_advance(p);
    return true;
}

bool parser_accept_word(struct parser *p, const char *word)
{
    if (!token_is(&p->token, word))
        return false;
    parser_advance(p);
    return true;
}

bool parser_expect(struct parser *p, enum token_kind kind, const char *expected)
{
    return parser_accept(p, kind) || parser_unexpected(p, expected);
}

bool parser_expect_name(struct parser *p, const char *expected, uint32_t *name)
{
    if (p->token.kind != TOKEN_NAME)
        return parser_unexpected(p, expected);
    *name = names_add(p->names, p->token.text, p->token.len_bytes);
    parser_advance(p);
    return true;
}

bool parser_expect_end(struct parser *p)
{
    if (p->token.kind == TOKEN_END || parser_accept(p, TOKEN_NEWLINE))
        return true;
    if (p->token.kind == TOKEN_INCREMENT || p->token.kind == TOKEN_DECREMENT)
        return parser_fail(p, p->token.at, "there is no %.2s; write %c= 1", p->token.text,
                           *p->token.text);
    if (p->token.kind == TOKEN_COMMA)
        return parser_fail(p, p->token.at, "only one stands here; write each on a line of its own");
    return parser_unexpected(p, "the end of the line");
}

static struct node *parse_statements(struct parser *p);

// Leaves out the rest of a line that was not understood.
static void skip_rest(struct parser *p)
{
    if (p->token.kind == TOKEN_NEWLINE) {
        parser_advance(p);
    } else if (p->token.kind != TOKEN_END && p->token.kind != TOKEN_DEDENT &&
               p->token.kind != TOKEN_INDENT) {
        lexer_skip_line(&p->lexer);
        parser_advance(p);
        parser_accept(p, TOKEN_NEWLINE);
    }
}

// The block of a line that was not understood.
static void skip_block(struct parser *p)
{
    if (!parser_accept(p, TOKEN_INDENT))
        return;
    parse_statements(p);
    parser_accept(p, TOKEN_DEDENT);
}

// `acquire guard` or `acquire(guard)`.
static bool parse_sync_name(struct parser *p, struct node *node)
{
    bool is_call = parser_accept(p, TOKEN_OPEN);
    node->at = p->token.at;
    return parser_expect_name(p, "the name of a lock", &node->name) &&
           (!is_call || parser_expect(p, TOKEN_CLOSE, "`)`"));
}

static bool parse_condition(struct parser *p, struct node *node)
{
    node->a = parse_expression(p);
    if (node->a && p->token.kind == TOKEN_SET)
        return parser_fail(p, p->token.at, "= gives a value; write == to compare");
    return node->a != NULL;
}

static bool parse_arm(struct parser *p, struct node ***tail, bool has_condition)
{
    struct node *arm = parser_node(p, NODE_ARM, p->token.at);
    **tail = arm;
    *tail = &arm->next;
    parser_advance(p);
    bool is_else_if = !has_condition && token_is(&p->token, "if");
    if (is_else_if)
        parser_fail(p, p->token.at, "there is no else if; write elif");
    if (is_else_if || (has_condition && !parse_condition(p, arm))) {
        skip_rest(p);
        skip_block(p);
        return false;
    }
    arm->b = parse_block(p);
    return arm->b != NULL;
}

static bool parse_if(struct parser *p, struct node *node)
{
    struct node **tail = &node->a;
    bool parsed = parse_arm(p, &tail, true);
    bool is_complete = false;
    while (!is_complete && (token_is(&p->token, "elif") || token_is(&p->token, "else"))) {
        bool is_else = token_is(&p->token, "else");
        bool is_arm = parse_arm(p, &tail, !is_else);
        is_complete = is_else && is_arm; // else if is a mistake that others may follow
        parsed &= is_arm;
    }
    return parsed;
}

static bool parse_while(struct parser *p, struct node *node)
{
    parser_advance(p);
    return parse_condition(p, node) && (node->b = parse_block(p)) != NULL;
}

static bool parse_for(struct parser *p, struct node *node)
{
    parser_advance(p);
    node->at = p->token.at;
    if (!parser_expect_name(p, "a name, as in for i in range(3):", &node->name))
        return false;
    if (!parser_accept_word(p, "in"))
        return parser_unexpected(p, "`in`");
    struct token range = p->token;
    struct node *call = token_is(&range, "range") ? parse_expression(p) : NULL;
    if (!call && p->has_failed)
        return false;
    if (!call || call->kind != NODE_CALL || call->value < 1 || call->value > 3)
        return parser_fail(p, range.at,
                           "a for goes over range(n), range(a, b) or range(a, b, step)");
    node->a = call->a;
    return (node->b = parse_block(p)) != NULL;
}

static bool parse_with(struct parser *p, struct node *node)
{
    parser_advance(p);
    bool has_lock_word = parser_accept_word(p, "lock");
    node->at = p->token.at;
    if (!parser_expect_name(p, "the name of a lock", &node->name))
        return false;
    const char *name = p->names->texts[node->name];
    if (p->token.kind == TOKEN_COMMA)
        return parser_fail(p, p->token.at, "a with takes one lock; write a second with inside it");
    if (has_lock_word)
        return parser_fail(p, node->at,
                           "a with takes the name of a lock alone; write with %s:", name);
    if (python_with(p, node->at, name))
        return false;
    return (node->b = parse_block(p)) != NULL;
}

static bool parse_return(struct parser *p, struct node *node)
{
    parser_advance(p);
    if (p->token.kind == TOKEN_NEWLINE || p->token.kind == TOKEN_END)
        return parser_expect_end(p);
    node->a = parse_expression(p);
    return node->a && parser_expect_end(p);
}

static bool parse_print(struct parser *p, struct node *node)
{
    parser_advance(p);
    return parse_pieces(p, node) && parser_expect_end(p);
}

static bool parse_word(struct parser *p, struct node *node)
{
    (void)node;
    parser_advance(p);
    return parser_expect_end(p);
}

static bool parse_sync(struct parser *p, struct node *node)
{
    parser_advance(p);
    return parse_sync_name(p, node) && parser_expect_end(p);
}

static bool is_change(const struct token *token)
{
    return token->kind == TOKEN_SET_ADD || token->kind == TOKEN_SET_SUB ||
           token->kind == TOKEN_SET_MUL;
}

static enum token_kind operator_of(enum token_kind change)
{
    return change == TOKEN_SET_ADD ? TOKEN_ADD : change == TOKEN_SET_SUB ? TOKEN_SUB : TOKEN_MUL;
}

static bool parse_change(struct parser *p, struct node *node)
{
    node->op = (uint8_t)operator_of(p->token.kind);
    parser_advance(p);
    node->b = parse_expression(p);
    return node->b && parser_expect_end(p);
}

static bool parse_atomic(struct parser *p, struct node *node)
{
    parser_advance(p);
    node->a = parse_expression(p);
    if (!node->a)
        return false;
    if (!is_change(&p->token))
        return parser_unexpected(p, "+=, -= or *=, as in atomic x += 1");
    return parse_change(p, node);
}

// a, b = 1, 2 and n: int = 1.
static bool refuse_target(struct parser *p)
{
    if (p->token.kind == TOKEN_COMMA)
        return parser_fail(p, p->token.at,
                           "one variable gets a value on a line; write two lines, a = 1 and b = 2");
    return parser_fail(p, p->token.at, "there are no annotations; write = behind the name");
}

// Assignment, or a call on its own.
static bool parse_other(struct parser *p, struct node *node)
{
    struct token first = p->token;
    node->a = parse_expression(p);
    if (!node->a)
        return false;
    if (p->token.kind == TOKEN_COMMA || p->token.kind == TOKEN_COLON)
        return refuse_target(p);
    if (is_change(&p->token)) {
        node->kind = NODE_CHANGE;
        return parse_change(p, node);
    }
    if (parser_accept(p, TOKEN_SET)) {
        node->kind = NODE_SET;
        node->b = parse_expression(p);
        return node->b && parser_expect_end(p);
    }
    if (p->token.kind == TOKEN_INCREMENT || p->token.kind == TOKEN_DECREMENT)
        return parser_fail(p, p->token.at, "there is no %.2s; write %.*s %c= 1", p->token.text,
                           first.len_bytes > 32 ? 32 : (int)first.len_bytes, first.text,
                           *p->token.text);
    node->kind = NODE_EVAL;
    if (node->a->kind == NODE_COMPARE && node->a->op == TOKEN_EQ)
        return parser_fail(p, node->a->at, "== compares; write = to give a value");
    if (node->a->kind != NODE_CALL && p->token.kind == TOKEN_NEWLINE)
        return parser_fail(p, first.at, "this line does nothing; write a call or an assignment");
    return parser_expect_end(p);
}

struct statement {
    const char *word;
    enum node_kind kind;
    bool (*parse)(struct parser *p, struct node *node);
    int value;
};

static const struct statement statements[] = {
    {"if", NODE_IF, parse_if, 0},
    {"while", NODE_WHILE, parse_while, 0},
    {"for", NODE_FOR, parse_for, 0},
    {"with", NODE_WITH, parse_with, 0},
    {"return", NODE_RETURN, parse_return, 0},
    {"break", NODE_BREAK, parse_word, 0},
    {"continue", NODE_CONTINUE, parse_word, 0},
    {"pass", NODE_PASS, parse_word, 0},
    {"print", NODE_PRINT, parse_print, 0},
    {"atomic", NODE_ATOMIC, parse_atomic, 0},
    {"global", NODE_GLOBAL, parse_sync, 0},
    {"acquire", NODE_SYNC, parse_sync, OP_ACQUIRE},
    {"release", NODE_SYNC, parse_sync, OP_RELEASE},
    {"wait", NODE_SYNC, parse_sync, OP_WAIT},
    {"post", NODE_SYNC, parse_sync, OP_POST},
    {"notify", NODE_SYNC, parse_sync, OP_NOTIFY},
    {"notify_all", NODE_SYNC, parse_sync, OP_NOTIFY_ALL},
};

static struct node *parse_statement(struct parser *p)
{
    struct node *node = parser_node(p, NODE_EVAL, p->token.at);
    p->depth = 0;
    if (token_is(&p->token, "else") || token_is(&p->token, "elif")) {
        parser_fail(p, p->token.at, "this %.*s belongs to no if", (int)p->token.len_bytes,
                    p->token.text);
        return NULL;
    }
    if (python_line(p))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        if (!token_is(&p->token, statements[i].word))
            continue;
        node->kind = (uint8_t)statements[i].kind;
        node->value = statements[i].value;
        return statements[i].parse(p, node) ? node : NULL;
    }
    return parse_other(p, node) ? node : NULL;
}

// What stands in text that was left out may be a declaration.
static void lose_names(struct parser *p, const char *from, const char *end)
{
    size_t len;
    while ((from = token_find_name(from, end, &len)) != NULL) {
        uint32_t name = names_add(p->names, from, len);
        p->names->is_lost[name] = true;
        from += len;
    }
}

// Leaves out what begins at `from` and was not understood. It may have been read to its end
// already, with its blocks: then the next token begins another line.
static void give_up(struct parser *p, const char *from)
{
    bool is_read = p->last_kind == TOKEN_NEWLINE || p->last_kind == TOKEN_DEDENT;
    if (!is_read || p->token.text == from)
        skip_rest(p);
    lose_names(p, from, p->token.text);
    p->has_failed = true;
}

static struct node *parse_statements(struct parser *p)
{
    struct node *first = NULL;
    struct node **tail = &first;
    while (p->token.kind != TOKEN_DEDENT && p->token.kind != TOKEN_END) {
        if (p->token.kind == TOKEN_INDENT) {
            if (!p->has_failed)
                parser_fail(p, p->token.at,
                            "this line is indented more than the one above it; "
                            "only a line that ends in : opens a block");
            skip_block(p);
            continue;
        }
        const char *from = p->token.text;
        p->has_failed = false;
        struct node *node = parse_statement(p);
        if (node) {
            *tail = node;
            tail = &node->next;
            continue;
        }
        give_up(p, from);
    }
    return first;
}

// A block of mistakes only is a block, too.
static struct node *some_block(struct parser *p, struct place at, struct node *first)
{
    return first ? first : parser_node(p, NODE_PASS, at);
}

// if x: pass
static struct node *parse_inline_block(struct parser *p, struct place at)
{
    if (p->is_inline) {
        parser_fail(p, p->token.at, "a block in a block needs lines of its own");
        return NULL;
    }
    p->is_inline = true;
    struct node *node = parse_statement(p);
    p->is_inline = false;
    if (!node)
        skip_rest(p);
    return some_block(p, at, node);
}

struct node *parse_block(struct parser *p)
{
    struct place at = p->token.at;
    if (p->token.kind == TOKEN_SET)
        parser_fail(p, at, "= gives a value; write == to compare");
    else if (p->token.kind == TOKEN_NEWLINE)
        parser_fail(p, at, "a line that opens a block ends in a colon; write : here");
    else if (p->token.kind != TOKEN_COLON)
        parser_unexpected(p, "`:` at the end of the line");
    if (parser_accept(p, TOKEN_COLON) && p->token.kind != TOKEN_NEWLINE &&
        p->token.kind != TOKEN_END)
        return parse_inline_block(p, at);
    bool had_failed = p->has_failed;
    skip_rest(p);
    if (p->token.kind != TOKEN_INDENT) {
        if (!p->lexer.is_too_deep && !had_failed)
            parser_fail(p, at, "an indented block follows a line that ends in :");
        return some_block(p, at, NULL);
    }
    parser_advance(p);
    struct node *first = parse_statements(p);
    parser_accept(p, TOKEN_DEDENT);
    return some_block(p, at, first);
}

struct node *parse(const char *text, size_t len_bytes, struct tree *tree, struct names *names,
                   struct lang_problems *problems, enum parse_result *result)
{
    struct parser p = {.token = {.text = text}, .tree = tree, .names = names, .problems = problems};
    struct node *first = NULL;
    struct node **tail = &first;
    lexer_init(&p.lexer, text, len_bytes, problems);
    parser_advance(&p);
    while (p.token.kind != TOKEN_END) {
        if (p.token.kind == TOKEN_INDENT) {
            if (!p.has_failed)
                parser_fail(&p, p.token.at, "a declaration begins at the left edge");
            skip_block(&p);
            continue;
        }
        const char *from = p.token.text;
        p.has_failed = false;
        struct node *node = parse_declaration(&p);
        if (node) {
            *tail = node;
            tail = &node->next;
            continue;
        }
        give_up(&p, from);
    }
    *result = p.is_full ? PARSE_STOPPED : p.is_partial ? PARSE_PARTIAL : PARSE_COMPLETE;
    return first;
}
