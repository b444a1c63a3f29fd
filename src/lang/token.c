#include "lang/token.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

void lexer_init(struct lexer *lexer, const char *text, size_t len_bytes,
                struct lang_problems *problems)
{
    *lexer = (struct lexer){.at = text,
                            .end = text + len_bytes,
                            .line = 1,
                            .column = 1,
                            .is_line_start = true,
                            .n_indents = 1,
                            .problems = problems};
}

void lexer_init_part(struct lexer *lexer, const char *text, size_t len_bytes, struct place at,
                     struct lang_problems *problems)
{
    lexer_init(lexer, text, len_bytes, problems);
    lexer->line = at.line;
    lexer->column = at.column;
    lexer->is_line_start = false;
    lexer->is_part = true;
}

char lexer_peek(const struct lexer *lexer, size_t ahead)
{
    return (size_t)(lexer->end - lexer->at) > ahead ? lexer->at[ahead] : '\0';
}

bool lexer_is_at_line_end(const struct lexer *lexer)
{
    return lexer->at == lexer->end || *lexer->at == '\n' ||
           (*lexer->at == '\r' && lexer_peek(lexer, 1) == '\n');
}

// One character on.
void lexer_step(struct lexer *lexer)
{
    if (*lexer->at == '\n') {
        lexer->line++;
        lexer->column = 1;
        lexer->at++;
        return;
    }
    if (*lexer->at == '\t') {
        lexer->column += TAB_COLUMNS - (lexer->column - 1) % TAB_COLUMNS;
        lexer->at++;
        return;
    }
    uint32_t code;
    lexer->at += text_decode(lexer->at, (size_t)(lexer->end - lexer->at), &code);
    lexer->column++;
}

void lexer_skip_line(struct lexer *lexer)
{
    while (!lexer_is_at_line_end(lexer))
        lexer_step(lexer);
}

struct place lexer_place(const struct lexer *lexer, uint32_t width)
{
    return (struct place){lexer->line, lexer->column, width};
}

struct token lexer_token(const struct lexer *lexer, enum token_kind kind, size_t len)
{
    return (struct token){kind, lexer_place(lexer, (uint32_t)len), lexer->at, len, 0};
}

// A token of ASCII characters.
struct token lexer_take(struct lexer *lexer, enum token_kind kind, size_t len)
{
    struct token token = lexer_token(lexer, kind, len);
    lexer->at += len;
    lexer->column += (uint32_t)len;
    return token;
}

static size_t name_length(const struct lexer *lexer)
{
    size_t len = 0;
    while (token_is_name_start(lexer_peek(lexer, len)) || token_is_digit(lexer_peek(lexer, len)))
        len++;
    return len;
}

static struct token take_name(struct lexer *lexer)
{
    size_t len = name_length(lexer);
    if (len <= PROGRAM_NAME_MAX)
        return lexer_take(lexer, TOKEN_NAME, len);
    problem_add(lexer->problems, lexer_place(lexer, (uint32_t)len),
                "this name is too long; a name has at most %d characters", PROGRAM_NAME_MAX);
    return lexer_take(lexer, TOKEN_BAD, len);
}

struct token lexer_bad_rest(struct lexer *lexer)
{
    lexer_skip_line(lexer);
    return lexer_token(lexer, TOKEN_BAD, 1);
}

struct symbol_token {
    const char *text;
    enum token_kind kind;
    const char *instead; // what to write, for those that the language does not have
};

// Longer ones first.
static const struct symbol_token symbol_tokens[] = {
    {"//=", TOKEN_BAD, "there is no //=; write x = x // y"},
    {"**", TOKEN_BAD, "there is no **; multiply with *"},
    {"//", TOKEN_DIV, NULL},
    {"+=", TOKEN_SET_ADD, NULL},
    {"-=", TOKEN_SET_SUB, NULL},
    {"*=", TOKEN_SET_MUL, NULL},
    {"/=", TOKEN_BAD, "there is no /=; write x = x // y"},
    {"%=", TOKEN_BAD, "there is no %=; write x = x % y"},
    {"==", TOKEN_EQ, NULL},
    {"!=", TOKEN_NE, NULL},
    {"<=", TOKEN_LE, NULL},
    {">=", TOKEN_GE, NULL},
    {"&&", TOKEN_BAD, "there is no &&; write and"},
    {"||", TOKEN_BAD, "there is no ||; write or"},
    {"(", TOKEN_OPEN, NULL},
    {")", TOKEN_CLOSE, NULL},
    {"[", TOKEN_OPEN_LIST, NULL},
    {"]", TOKEN_CLOSE_LIST, NULL},
    {",", TOKEN_COMMA, NULL},
    {":", TOKEN_COLON, NULL},
    {".", TOKEN_DOT, NULL},
    {"=", TOKEN_SET, NULL},
    {"+", TOKEN_ADD, NULL},
    {"-", TOKEN_SUB, NULL},
    {"*", TOKEN_MUL, NULL},
    {"/", TOKEN_BAD, "numbers are whole; write // to divide"},
    {"%", TOKEN_MOD, NULL},
    {"<", TOKEN_LT, NULL},
    {">", TOKEN_GT, NULL},
    {"!", TOKEN_BAD, "there is no !; write not"},
    {"&", TOKEN_BAD, "there is no &; write and"},
    {"|", TOKEN_BAD, "there is no |; write or"},
    {";", TOKEN_BAD, "one statement stands on a line; write the second one on its own"},
    {"{", TOKEN_BAD, "blocks are made by : and indentation, not by braces"},
    {"}", TOKEN_BAD, "blocks are made by : and indentation, not by braces"},
};

static bool starts_with(const struct lexer *lexer, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(lexer->end - lexer->at) >= len && memcmp(lexer->at, text, len) == 0;
}

// Whether only a comment or nothing follows on the line.
static bool is_last_on_line(const struct lexer *lexer, size_t ahead)
{
    while (lexer_peek(lexer, ahead) == ' ' || lexer_peek(lexer, ahead) == '\t' ||
           lexer_peek(lexer, ahead) == '\r')
        ahead++;
    char c = lexer_peek(lexer, ahead);
    return c == '\n' || c == '#' || c == '\0';
}

static struct token bad_character(struct lexer *lexer)
{
    char shown[8];
    uint32_t code;
    size_t len = text_decode(lexer->at, (size_t)(lexer->end - lexer->at), &code);
    text_safe(shown, sizeof shown, lexer->at, len);
    if (code == 0x201c || code == 0x201d || code == 0x2018 || code == 0x2019)
        problem_add(lexer->problems, lexer_place(lexer, 1),
                    "%s is a typographic quote; write \" instead", shown);
    else
        problem_add(lexer->problems, lexer_place(lexer, 1),
                    "%s (U+%04X) has no meaning here; names are made of a-z, A-Z, 0-9 and _", shown,
                    code);
    return lexer_bad_rest(lexer);
}

static struct token take_symbol(struct lexer *lexer)
{
    bool is_double = lexer_peek(lexer, 0) == lexer_peek(lexer, 1) && is_last_on_line(lexer, 2);
    if (is_double && lexer_peek(lexer, 0) == '+')
        return lexer_take(lexer, TOKEN_INCREMENT, 2);
    if (is_double && lexer_peek(lexer, 0) == '-')
        return lexer_take(lexer, TOKEN_DECREMENT, 2);
    for (size_t i = 0; i < ARRAY_LEN(symbol_tokens); i++) {
        const struct symbol_token *symbol = &symbol_tokens[i];
        if (symbol->text[0] != *lexer->at || !starts_with(lexer, symbol->text))
            continue;
        size_t len = strlen(symbol->text);
        if (symbol->kind == TOKEN_BAD)
            problem_add(lexer->problems, lexer_place(lexer, (uint32_t)len), "%s", symbol->instead);
        return lexer_take(lexer, symbol->kind, len);
    }
    return bad_character(lexer);
}

static void skip_blanks(struct lexer *lexer)
{
    while (lexer->at < lexer->end && (*lexer->at == ' ' || *lexer->at == '\t'))
        lexer_step(lexer);
    if (lexer->at < lexer->end && *lexer->at == '#')
        lexer_skip_line(lexer);
}

static void step_over_line_end(struct lexer *lexer)
{
    if (lexer->at < lexer->end && *lexer->at == '\r')
        lexer_step(lexer);
    if (lexer->at < lexer->end)
        lexer_step(lexer);
}

static void check_indent_chars(struct lexer *lexer, const char *from)
{
    for (const char *c = from; c < lexer->at && !lexer->was_mixed; c++) {
        if (!lexer->indent_char) {
            lexer->indent_char = *c;
            lexer->indent_line = lexer->line;
        }
        if (*c == lexer->indent_char)
            continue;
        bool is_tab = *c == '\t';
        struct place at = {lexer->line, 1, lexer->column - 1};
        lexer->was_mixed = true;
        if (lexer->indent_line == lexer->line)
            problem_add(lexer->problems, at,
                        "indented with tabs and with spaces; use four spaces everywhere");
        else
            problem_add(lexer->problems, at,
                        "indented with %s here and with %s in line %u; use four spaces everywhere",
                        is_tab ? "tabs" : "spaces", is_tab ? "spaces" : "tabs", lexer->indent_line);
    }
}

// Moves over the indentation of the next line that says something; false at the end of the text.
static bool find_line(struct lexer *lexer)
{
    for (;;) {
        const char *from = lexer->at;
        while (lexer->at < lexer->end && (*lexer->at == ' ' || *lexer->at == '\t'))
            lexer_step(lexer);
        skip_blanks(lexer);
        if (!lexer_is_at_line_end(lexer)) {
            check_indent_chars(lexer, from);
            return true;
        }
        if (lexer->at == lexer->end)
            return false;
        step_over_line_end(lexer);
    }
}

// At the first character of a line: a change of indentation is a token. True when there is one.
static bool take_indentation(struct lexer *lexer, struct token *token)
{
    uint32_t width;
    for (;;) {
        width = find_line(lexer) ? lexer->column - 1 : 0;
        if (width <= lexer->indents[lexer->n_indents - 1] ||
            lexer->n_indents <= PROGRAM_NESTING_MAX)
            break;
        if (!lexer->is_too_deep)
            problem_add(lexer->problems, lexer_place(lexer, 1),
                        "blocks are nested too deeply here; at most %d inside each other",
                        PROGRAM_NESTING_MAX);
        lexer->is_too_deep = true;
        lexer_skip_line(lexer);
    }
    lexer->is_line_start = false;
    if (width > lexer->indents[lexer->n_indents - 1]) {
        lexer->indents[lexer->n_indents++] = width;
        *token = lexer_token(lexer, TOKEN_INDENT, 1);
        return true;
    }
    while (width < lexer->indents[lexer->n_indents - 1]) {
        lexer->n_indents--;
        lexer->n_dedents++;
    }
    if (width != lexer->indents[lexer->n_indents - 1])
        problem_add(lexer->problems, lexer_place(lexer, 1),
                    "this indentation matches no block above; indent it as the line that it "
                    "belongs with");
    return false;
}

static struct token end_line(struct lexer *lexer)
{
    if (!lexer->is_line_open || lexer->is_part)
        return lexer_token(lexer, TOKEN_END, 1);
    struct token token = lexer_token(lexer, TOKEN_NEWLINE, 1);
    step_over_line_end(lexer);
    lexer->is_line_open = false;
    lexer->is_line_start = true;
    return token;
}

struct token lexer_next(struct lexer *lexer)
{
    struct token token;
    if (lexer->is_line_start && take_indentation(lexer, &token))
        return token;
    if (lexer->n_dedents > 0) {
        lexer->n_dedents--;
        return lexer_token(lexer, TOKEN_DEDENT, 1);
    }
    skip_blanks(lexer);
    if (lexer_is_at_line_end(lexer))
        return end_line(lexer);
    lexer->is_line_open = true;
    if (token_is_name_start(*lexer->at))
        return take_name(lexer);
    if (token_is_digit(*lexer->at))
        return lexer_take_number(lexer);
    if (*lexer->at == '"' || *lexer->at == '\'')
        return lexer_take_text(lexer);
    return take_symbol(lexer);
}

const char *token_find_name(const char *from, const char *end, size_t *len_bytes)
{
    while (from < end && !token_is_name_start(*from))
        from++;
    if (from == end)
        return NULL;
    *len_bytes = 1;
    while (from + *len_bytes < end &&
           (token_is_name_start(from[*len_bytes]) || token_is_digit(from[*len_bytes])))
        ++*len_bytes;
    return from;
}

bool token_is(const struct token *token, const char *word)
{
    return token->kind == TOKEN_NAME && strlen(word) == token->len_bytes &&
           memcmp(token->text, word, token->len_bytes) == 0;
}

const char *token_describe(const struct token *token, char out[64])
{
    switch ((int)token->kind) {
    case TOKEN_END:
        return "the end of the text";
    case TOKEN_NEWLINE:
        return "the end of the line";
    case TOKEN_INDENT:
        return "an indented line";
    case TOKEN_DEDENT:
        return "the end of the block";
    case TOKEN_TEXT:
        return "a text";
    default:
        text_format(out, 64, "`%.*s`", token->len_bytes > 40 ? 40 : (int)token->len_bytes,
                    token->text);
        return out;
    }
}
