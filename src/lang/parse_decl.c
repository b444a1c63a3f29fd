#include "lang/parser.h"

#include "base/mem.h"
#include "base/text.h"
#include "lang/python.h"

#include <string.h>

// What stands at the left edge: declarations.

static bool parse_text(struct parser *p, struct node *node)
{
    parser_skip_prefix(p);
    node->text = p->token.text;
    node->text_len = (uint32_t)p->token.len_bytes;
    node->index = p->token.value == 1;
    return parser_expect(p, TOKEN_TEXT, "a text in quotes") && parser_expect_end(p);
}

static bool parse_value(struct parser *p, struct node *node)
{
    if (p->token.kind == TOKEN_COLON)
        return parser_fail(p, p->token.at, "there are no annotations; write = behind the name");
    if (!parser_expect(p, TOKEN_SET, "`=` and a number"))
        return false;
    node->a = parse_expression(p);
    return node->a && parser_expect_end(p);
}

static bool parse_named(struct parser *p, struct node *node)
{
    node->at = p->token.at;
    return parser_expect_name(p, "a name", &node->name) && parse_value(p, node);
}

static bool parse_size(struct parser *p, struct node *node)
{
    if (!parser_accept(p, TOKEN_OPEN_LIST))
        return true;
    node->b = parse_expression(p);
    return node->b && parser_expect(p, TOKEN_CLOSE_LIST, "`]`");
}

static bool parse_shared(struct parser *p, struct node *node)
{
    node->at = p->token.at;
    if (!parser_expect_name(p, "a name", &node->name) || !parse_size(p, node))
        return false;
    return !python_array(p, p->names->texts[node->name]) && parse_value(p, node);
}

static bool parse_lock(struct parser *p, struct node *node)
{
    node->at = p->token.at;
    if (p->token.kind == TOKEN_SET)
        return parser_fail(p, node->at, "a lock is declared by its name alone; write lock guard");
    if (!parser_expect_name(p, "a name", &node->name))
        return false;
    const char *name = p->names->texts[node->name];
    struct place at = p->token.at;
    if (parser_accept(p, TOKEN_SET) || parser_accept(p, TOKEN_OPEN))
        return parser_fail(p, at, "a lock is declared by its name alone; write lock %s%s", name,
                           token_is(&p->token, "off") ? " off" : "");
    node->value = parser_accept_word(p, "off");
    if (!node->value)
        parser_accept_word(p, "on");
    return parser_expect_end(p);
}

static bool parse_condition(struct parser *p, struct node *node)
{
    node->at = p->token.at;
    if (!parser_expect_name(p, "a name", &node->name))
        return false;
    const char *name = p->names->texts[node->name];
    if (!parser_accept_word(p, "with"))
        return parser_fail(p, p->token.at,
                           "a condition belongs to a lock; write condition %s with guard, and lock "
                           "guard above it",
                           name);
    node->b = parser_node(p, NODE_NAME, p->token.at);
    return parser_expect_name(p, "the name of a lock", &node->b->name) && parser_expect_end(p);
}

static bool parse_choice(struct parser *p, struct node *node, const char *const *names, size_t n,
                         const char *expected)
{
    for (size_t i = 0; i < n; i++) {
        if (p->token.len_bytes != strlen(names[i]) ||
            memcmp(p->token.text, names[i], p->token.len_bytes) != 0)
            continue;
        node->value = (int64_t)i;
        node->at = p->token.at;
        parser_advance(p);
        return parser_expect_end(p);
    }
    return parser_unexpected(p, expected);
}

static bool parse_mode(struct parser *p, struct node *node)
{
    return parse_choice(p, node, mode_names, MODE_COUNT, "sequential, threads, processes or pool");
}

static bool parse_memory(struct parser *p, struct node *node)
{
    return parse_choice(p, node, memory_names, MEMORY_COUNT, "private or shared");
}

static bool parse_gil(struct parser *p, struct node *node)
{
    return parse_choice(p, node, gil_names, GIL_COUNT, "off, 3.9 or 3.10");
}

static bool parse_claim(struct parser *p, struct node *node)
{
    node->text = p->token.text;
    node->a = parse_expression(p);
    if (!node->a)
        return false;
    node->text_len = (uint32_t)(p->last_end - node->text);
    if (p->token.kind == TOKEN_SET)
        return parser_fail(p, p->token.at, "= gives a value; write == to compare");
    return parser_expect_end(p);
}

static bool parse_parameters(struct parser *p, struct node *node)
{
    struct node **tail = &node->a;
    if (!parser_expect(p, TOKEN_OPEN, "`(`, as in def work():"))
        return false;
    while (p->token.kind != TOKEN_CLOSE) {
        struct node *parameter = parser_node(p, NODE_NAME, p->token.at);
        if (++node->value > PROGRAM_ARGS_MAX)
            return parser_fail(p, p->token.at, "too many parameters; at most %d", PROGRAM_ARGS_MAX);
        if (!parser_expect_name(p, "a parameter's name or `)`", &parameter->name))
            return false;
        if (python_parameter(p, p->names->texts[parameter->name]))
            return false;
        *tail = parameter;
        tail = &parameter->next;
        if (!parser_accept(p, TOKEN_COMMA) && p->token.kind != TOKEN_CLOSE)
            return parser_unexpected(p, "`,` or `)`");
    }
    parser_advance(p);
    return true;
}

static bool parse_def(struct parser *p, struct node *node)
{
    node->at = p->token.at;
    return parser_expect_name(p, "the function's name", &node->name) && parse_parameters(p, node) &&
           !python_result(p) && (node->b = parse_block(p)) != NULL;
}

static bool parse_after(struct parser *p, struct node *node)
{
    return (node->b = parse_block(p)) != NULL;
}

// lane f(i) for i in range(5)
static bool refuse_range(struct parser *p, const struct node *call)
{
    struct place at = p->token.at;
    char count[24] = "n";
    parser_advance(p);
    if (parser_accept(p, TOKEN_OPEN) && p->token.kind == TOKEN_INT)
        text_format(count, sizeof count, "%lld", (long long)p->token.value);
    return parser_fail(p, at, "a number of lanes is written lane Worker[%s] = %s(i)", count,
                       p->names->texts[call->name]);
}

// for x in [1, 2, 3]
static bool parse_items(struct parser *p, struct node *node)
{
    bool is_pool = node->kind == DECL_POOL;
    if (!parser_accept_word(p, "for"))
        return parser_unexpected(p, is_pool
                                        ? "`for`, as in pool 4 results = f(x) for x in [1, 2, 3]"
                                        : "`for`, as in lane f(x) for x in [1, 2, 3]");
    if (!parser_expect_name(p, "a name", &node->a->name))
        return false;
    if (!parser_accept_word(p, "in"))
        return parser_unexpected(p, "`in`");
    if (!is_pool && token_is(&p->token, "range"))
        return refuse_range(p, node->a->a);
    node->b = parse_list(p, is_pool ? PROGRAM_ITEMS_MAX : PROGRAM_LANES_MAX);
    return node->b && parser_expect_end(p);
}

// A list of lanes or inputs keeps its call and the name that its items go by in a node of their
// own.
static struct node *hold_call(struct parser *p, struct node *call)
{
    struct node *holder = parser_node(p, NODE_PASS, call->at);
    holder->a = call;
    return holder;
}

static bool parse_call_for(struct parser *p, struct node *node, const char *instead)
{
    struct node *call = parse_call(p, instead);
    if (!call)
        return false;
    node->a = hold_call(p, call);
    return parse_items(p, node);
}

static const char no_lane_call[] = "a lane runs a call; write for example lane A = work()";

static bool parse_lane(struct parser *p, struct node *node)
{
    struct lexer lexer = p->lexer;
    struct token name = p->token;
    node->at = name.at;
    if (!parser_expect_name(p, "a lane's name, as in lane A = work()", &node->name))
        return false;
    if (p->token.kind == TOKEN_OPEN) {
        p->lexer = lexer;
        p->token = name;
        node->kind = DECL_LANE_LIST;
        return parse_call_for(p, node, no_lane_call);
    }
    if (!parse_size(p, node))
        return false;
    node->kind = node->b ? DECL_LANES : DECL_LANE;
    if (!parser_expect(p, TOKEN_SET, "`=`, as in lane A = work()"))
        return false;
    node->a = parse_call(p, no_lane_call);
    return node->a && parser_expect_end(p);
}

// pool 4 results = cube(x) for x in [1, 2, 3]
static bool parse_pool(struct parser *p, struct node *node)
{
    struct node *workers = parse_expression(p);
    if (!workers)
        return false;
    if (workers->kind == NODE_NAME && p->token.kind == TOKEN_SET)
        return parser_fail(p, workers->at, "the number of workers comes first: pool 4 %s = ...",
                           p->names->texts[workers->name]);
    node->at = p->token.at;
    if (!parser_expect_name(p, "a name for the results", &node->name) ||
        !parser_expect(p, TOKEN_SET, "`=`, as in pool 4 results = f(x) for x in [1, 2, 3]") ||
        !parse_call_for(p, node,
                        "a pool runs a call; write for example pool 4 results = f(x) for "
                        "x in [1, 2, 3]"))
        return false;
    node->a->b = workers;
    return true;
}

struct declaration {
    const char *word;
    enum node_kind kind;
    bool (*parse)(struct parser *p, struct node *node);
};

static const struct declaration declarations[] = {
    {"title", DECL_TITLE, parse_text},
    {"about", DECL_ABOUT, parse_text},
    {"param", DECL_PARAM, parse_named},
    {"mode", DECL_MODE, parse_mode},
    {"memory", DECL_MEMORY, parse_memory},
    {"gil", DECL_GIL, parse_gil},
    {"shared", DECL_SHARED, parse_shared},
    {"lock", DECL_LOCK, parse_lock},
    {"semaphore", DECL_SEMAPHORE, parse_named},
    {"condition", DECL_CONDITION, parse_condition},
    {"def", DECL_DEF, parse_def},
    {"lane", DECL_LANE, parse_lane},
    {"pool", DECL_POOL, parse_pool},
    {"after", DECL_AFTER, parse_after},
    {"expect", DECL_EXPECT, parse_claim},
    {"always", DECL_ALWAYS, parse_claim},
};

static void fail_declaration(struct parser *p, const struct token *word)
{
    char name[PROGRAM_NAME_MAX + 1];
    text_format(name, sizeof name, "%.*s", (int)word->len_bytes, word->text);
    parser_advance(p);
    if (p->token.kind == TOKEN_DOT && python_attribute(p, name))
        return;
    if (p->token.kind == TOKEN_SET) {
        if (python_object(p, word->at, name))
            return;
        parser_fail(p, word->at, "at the left edge stand declarations; write shared %s = ...",
                    name);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(declarations); i++) {
        if (word->len_bytes > 3 && text_distance(name, declarations[i].word) <= 2) {
            parser_fail(p, word->at, "%s begins no declaration; is it %s?", name,
                        declarations[i].word);
            return;
        }
    }
    parser_fail(p, word->at,
                "%s begins no declaration; a scenario is made of title, param, shared, "
                "lock, def, lane, after and expect",
                name);
}

struct node *parse_declaration(struct parser *p)
{
    struct token word = p->token;
    p->depth = 0;
    for (size_t i = 0; i < ARRAY_LEN(declarations); i++) {
        if (!token_is(&word, declarations[i].word))
            continue;
        struct node *node = parser_node(p, declarations[i].kind, word.at);
        parser_advance(p);
        return declarations[i].parse(p, node) ? node : NULL;
    }
    if (python_edge(p))
        return NULL;
    if (word.kind == TOKEN_NAME)
        fail_declaration(p, &word);
    else
        parser_unexpected(p, "a declaration");
    return NULL;
}
