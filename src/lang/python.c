#include "lang/python.h"

#include "base/mem.h"

#include <string.h>

struct phrase {
    const char *word;
    const char *instead;
};

// Words that begin a line of Python.
static const struct phrase lines[] = {
    {"try", "there are no exceptions; leave out try: and write its block alone"},
    {"except", "there are no exceptions; leave this block out"},
    {"finally", "there are no exceptions; write this block behind the other one, without finally:"},
    {"raise", "there are no exceptions; print a text, or return"},
    {"assert", "there is no assert; write expect or always at the left edge"},
    {"class", "there are no classes; a scenario is made of functions and shared variables"},
    {"import", "there are no modules; sleep, random, locks and lanes are built in"},
    {"from", "there are no modules; sleep, random, locks and lanes are built in"},
    {"del", "there is no del; a variable stays until its function ends"},
    {"yield", "there is no yield; lanes wait for each other by locks"},
    {"async", "there is no async; a lane is a thread, made by lane A = f()"},
    {"await", "there is no await; a lane is a thread, made by lane A = f()"},
    {"nonlocal", "there is no nonlocal; declare the variable with shared at the left edge"},
};

// Declarations, which are misplaced in a function.
static const char *const declarations[] = {"def",       "lane",      "shared", "lock",   "param",
                                           "semaphore", "condition", "pool",   "expect", "always"};

// Statements, which are misplaced at the left edge.
static const char *const statements[] = {"if",     "while",   "for",     "with",   "print",
                                         "atomic", "acquire", "release", "return", "sleep"};

static const struct phrase operators[] = {
    {"if", "there is no x if c else y; write if c: and else: on lines of their own"},
    {"is", "there is no is; write == to compare numbers"},
    {"in", "there is no in outside of for; compare by == and or"},
    {"not", "there is no not in; compare by != and and"},
};

static const struct phrase *find(const struct token *token, const struct phrase *phrases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (token_is(token, phrases[i].word))
            return &phrases[i];
    return NULL;
}

static bool is_one_of(const struct token *token, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (token_is(token, words[i]))
            return true;
    return false;
}

// The first character behind the current token; NUL at the end.
static char next_char(const struct parser *p)
{
    size_t ahead = 0;
    while (lexer_peek(&p->lexer, ahead) == ' ' || lexer_peek(&p->lexer, ahead) == '\t')
        ahead++;
    return lexer_peek(&p->lexer, ahead);
}

// A name of the scenario's own, which only looks like a word of Python.
static bool is_own_name(const struct parser *p)
{
    char next = next_char(p);
    return next != '\0' && strchr("=+-*/%([.,<>!", next) != NULL;
}

static bool report(struct parser *p, struct place at, const char *text)
{
    parser_fail(p, at, "%s", text);
    return true;
}

// ++n
static bool refuse_sign(struct parser *p)
{
    char sign = *p->token.text;
    bool is_sign = p->token.kind == TOKEN_ADD || p->token.kind == TOKEN_SUB;
    if (!is_sign || lexer_peek(&p->lexer, 0) != sign)
        return false;
    size_t len;
    const char *name = token_find_name(p->lexer.at, p->lexer.end, &len);
    int shown = !name ? 0 : len > PROGRAM_NAME_MAX ? PROGRAM_NAME_MAX : (int)len;
    struct place at = p->token.at;
    at.width = 2;
    parser_fail(p, at, "there is no %c%c; write %.*s %c= 1", sign, sign, shown, name ? name : "",
                sign);
    return true;
}

bool python_line(struct parser *p)
{
    if (p->token.kind == TOKEN_TEXT)
        return report(p, p->token.at, "a text alone does nothing; use # for comments");
    if (p->token.kind != TOKEN_NAME)
        return refuse_sign(p);
    if (is_own_name(p))
        return false;
    const struct phrase *line = find(&p->token, lines, ARRAY_LEN(lines));
    if (line)
        return report(p, p->token.at, line->instead);
    if (!is_one_of(&p->token, declarations, ARRAY_LEN(declarations)))
        return false;
    parser_fail(p, p->token.at, "%.*s stands at the left edge, outside of functions",
                (int)p->token.len_bytes, p->token.text);
    return true;
}

bool python_edge(struct parser *p)
{
    if (p->token.kind == TOKEN_TEXT)
        return report(p, p->token.at,
                      "a text alone does nothing; use # for comments, or write about before it");
    bool is_assigned = next_char(p) == '=';
    if (p->token.kind != TOKEN_NAME || is_assigned)
        return false;
    const struct phrase *line = find(&p->token, lines, ARRAY_LEN(lines));
    if (line)
        return report(p, p->token.at, line->instead);
    if (!is_one_of(&p->token, statements, ARRAY_LEN(statements)))
        return false;
    parser_fail(p, p->token.at, "%.*s begins no declaration; what runs stands in def or in after:",
                (int)p->token.len_bytes, p->token.text);
    return true;
}

bool python_operator(struct parser *p)
{
    const struct phrase *op = find(&p->token, operators, ARRAY_LEN(operators));
    return op && report(p, p->token.at, op->instead);
}

bool python_value(struct parser *p)
{
    if (p->token.kind == TOKEN_OPEN_LIST)
        return report(
            p, p->token.at,
            "there are no lists here; declare an array at the left edge: shared x[2] = 0");
    if (token_is(&p->token, "None"))
        return report(p, p->token.at, "there is no None; use a number that says it, such as -1");
    return false;
}

struct method {
    const char *object; // NULL: any
    const char *name;
    const char *instead; // a word to write before the object, or in place of both
};

// The word takes the object's place, with the same arguments.
static const struct method functions[] = {
    {"time", "sleep", "sleep"},       {"random", "randint", "random"},
    {"time", "time", "elapsed"},      {"time", "perf_counter", "elapsed"},
    {"time", "monotonic", "elapsed"}, {"math", "factorial", "factorial"},
};

// The word stands before the object.
static const char *const sync_words[] = {"acquire", "release", "wait", "notify", "notify_all"};

static const struct method objects[] = {
    {NULL, "Lock", "there are no modules; declare a lock at the left edge: lock guard"},
    {NULL, "RLock", "there are no modules; declare a lock at the left edge: lock guard"},
    {NULL, "Thread", "there are no modules; declare a lane at the left edge: lane A = work()"},
    {NULL, "Process", "there are no modules; declare a lane at the left edge: lane A = work()"},
    {NULL, "Pool",
     "there are no modules; declare it at the left edge: pool 4 results = f(x) for x in "
     "[1, 2]"},
    {NULL, "map",
     "there are no methods; a pool is declared at the left edge: pool 4 results = f(x) "
     "for x in [1, 2]"},
    {NULL, "Semaphore", "there are no modules; declare it at the left edge: semaphore s = 1"},
    {NULL, "Condition",
     "there are no modules; declare it at the left edge: condition changed with guard"},
    {NULL, "start", "there are no methods; main starts each lane by itself"},
    {NULL, "join", "there are no methods; main waits for each lane by itself"},
    {NULL, "append", "there are no methods; an array has a fixed size: shared a[4] = 0"},
};

static const struct method *find_method(const struct method *methods, size_t n, const char *object,
                                        const struct token *name)
{
    for (size_t i = 0; i < n; i++)
        if (token_is(name, methods[i].name) &&
            (!methods[i].object || strcmp(methods[i].object, object) == 0))
            return &methods[i];
    return NULL;
}

// Bytes of the parentheses behind the current token, up to the one that closes them or the end of
// the line.
static size_t arguments_length(const struct parser *p)
{
    size_t len = 0;
    unsigned depth = 0;
    for (;; len++) {
        char c = lexer_peek(&p->lexer, len);
        if (c == '\0' || c == '\n' || c == '\r')
            return len;
        depth += c == '(';
        if (c != ')')
            continue;
        if (depth <= 1)
            return len + 1;
        depth--;
    }
}

bool python_attribute(struct parser *p, const char *object)
{
    struct place dot = p->token.at;
    parser_advance(p);
    const struct token name = p->token;
    const struct method *method = find_method(functions, ARRAY_LEN(functions), object, &name);
    if (method) {
        size_t len = arguments_length(p);
        parser_fail(p, dot, "there are no modules; write %s%.*s", method->instead,
                    len > 60 ? 60 : (int)len, p->lexer.at);
        return true;
    }
    if (is_one_of(&name, sync_words, ARRAY_LEN(sync_words))) {
        parser_fail(p, dot, "there are no methods; write %.*s %s", (int)name.len_bytes, name.text,
                    object);
        return true;
    }
    method = find_method(objects, ARRAY_LEN(objects), object, &name);
    return report(p, dot,
                  method ? method->instead
                         : "there are no methods or modules; what is built in: sleep, compute, "
                           "random, elapsed, factorial, acquire and release");
}

// What a call makes in Python and a declaration makes here.
struct made {
    const char *word;
    const char *what;
    const char *before, *after; // its name
};

static const struct made made[] = {
    {"Lock", "a lock", "lock", ""},
    {"RLock", "a lock", "lock", ""},
    {"Semaphore", "a semaphore", "semaphore", " = 1"},
    {"Condition", "a condition", "condition", " with guard"},
    {"Thread", "a lane", "lane", " = work()"},
    {"Process", "a lane", "lane", " = work()"},
    {"Pool", "a pool", "pool 4", " = f(x) for x in [1, 2]"},
};

bool python_object(struct parser *p, struct place at, const char *name)
{
    const char *from = p->lexer.at;
    const char *end = from;
    size_t len;
    while (end < p->lexer.end && *end != '\n' && *end != '#')
        end++;
    for (; (from = token_find_name(from, end, &len)) != NULL; from += len) {
        struct token word = {.kind = TOKEN_NAME, .text = from, .len_bytes = len};
        for (size_t i = 0; i < ARRAY_LEN(made); i++) {
            if (!token_is(&word, made[i].word))
                continue;
            parser_fail(p, at, "%s is a declaration; write %s %s%s", made[i].what, made[i].before,
                        name, made[i].after);
            return true;
        }
    }
    return false;
}

bool python_with(struct parser *p, struct place at, const char *name)
{
    bool is_pool = strcmp(name, "Pool") == 0;
    if (p->token.kind != TOKEN_DOT && p->token.kind != TOKEN_OPEN && !token_is(&p->token, "as"))
        return false;
    if (is_pool)
        return report(p, at,
                      "a pool is declared at the left edge; write pool 4 results = f(x) "
                      "for x in [1, 2]");
    parser_fail(p, at, "a with takes the name of a lock alone; write with %s:", name);
    return true;
}

bool python_parameter(struct parser *p, const char *name)
{
    if (p->token.kind == TOKEN_SET) {
        parser_fail(p, p->token.at,
                    "a parameter has no default; write %s and give the value in each call", name);
        return true;
    }
    if (p->token.kind != TOKEN_COLON || !token_is_name_start(next_char(p)))
        return false;
    parser_fail(p, p->token.at, "there are no annotations; write %s alone", name);
    return true;
}

bool python_result(struct parser *p)
{
    if (p->token.kind != TOKEN_SUB || lexer_peek(&p->lexer, 0) != '>')
        return false;
    return report(p, p->token.at, "there are no annotations; write : behind the parentheses");
}

bool python_array(struct parser *p, const char *name)
{
    size_t n = 1;
    if (p->token.kind != TOKEN_SET || next_char(p) != '[')
        return false;
    parser_advance(p);
    for (size_t i = 0;; i++) {
        char c = lexer_peek(&p->lexer, i);
        if (c == '\0' || c == '\n' || c == ']')
            break;
        n += c == ',';
    }
    parser_fail(p, p->token.at,
                "every element begins with the same number; write shared %s[%zu] = 0", name, n);
    return true;
}
