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

static char peek(const struct lexer *lexer, size_t ahead)
{
    return (size_t)(lexer->end - lexer->at) > ahead ? lexer->at[ahead] : '\0';
}

static bool is_at_line_end(const struct lexer *lexer)
{
    return lexer->at == lexer->end || *lexer->at == '\n' ||
           (*lexer->at == '\r' && peek(lexer, 1) == '\n');
}

// One character on.
static void step(struct lexer *lexer)
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
    while (!is_at_line_end(lexer))
        step(lexer);
}

static struct place place_here(const struct lexer *lexer, uint32_t width)
{
    return (struct place){lexer->line, lexer->column, width};
}

static struct token token_here(const struct lexer *lexer, enum token_kind kind, size_t len)
{
    return (struct token){kind, place_here(lexer, (uint32_t)len), lexer->at, len, 0};
}

// A token of ASCII characters.
static struct token take(struct lexer *lexer, enum token_kind kind, size_t len)
{
    struct token token = token_here(lexer, kind, len);
    lexer->at += len;
    lexer->column += (uint32_t)len;
    return token;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(const struct lexer *lexer)
{
    size_t len = 0;
    while (is_name_start(peek(lexer, len)) || is_digit(peek(lexer, len)))
        len++;
    return len;
}

static struct token take_name(struct lexer *lexer)
{
    size_t len = name_length(lexer);
    if (len <= PROGRAM_NAME_MAX)
        return take(lexer, TOKEN_NAME, len);
    problem_add(lexer->problems, place_here(lexer, (uint32_t)len),
                "this name is too long; a name has at most %d characters", PROGRAM_NAME_MAX);
    return take(lexer, TOKEN_BAD, len);
}

struct unit {
    const char *name;
    int64_t ns;
};

static const struct unit units[] = {
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
};

// The unit that the letters after a number name; *len is how many letters there are.
static const struct unit *unit_at(const struct lexer *lexer, size_t from, size_t *len)
{
    *len = 0;
    while (is_name_start(peek(lexer, from + *len)) || is_digit(peek(lexer, from + *len)))
        ++*len;
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strlen(units[i].name) == *len && memcmp(units[i].name, lexer->at + from, *len) == 0)
            return &units[i];
    return NULL;
}

// Digits with `_` between them, times `scale`; false when it does not fit.
static bool read_digits(const char *text, size_t len, int64_t scale, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '_')
            continue;
        if (__builtin_mul_overflow(*value, INT64_C(10), value) ||
            __builtin_add_overflow(*value, (int64_t)(text[i] - '0'), value))
            return false;
    }
    return !__builtin_mul_overflow(*value, scale, value);
}

static size_t digits_length(const struct lexer *lexer, size_t from)
{
    size_t len = 0;
    while (is_digit(peek(lexer, from + len)) ||
           (len > 0 && peek(lexer, from + len) == '_' && is_digit(peek(lexer, from + len + 1))))
        len++;
    return len;
}

static struct token bad_number(struct lexer *lexer, size_t len, const char *why)
{
    problem_add(lexer->problems, place_here(lexer, (uint32_t)len), "%s", why);
    return take(lexer, TOKEN_BAD, len);
}

// 100000, 100_000, 0.5, 2s, 1.5s, 300ms, 5us.
static struct token take_number(struct lexer *lexer)
{
    size_t whole = digits_length(lexer, 0);
    size_t fraction = 0;
    if (peek(lexer, whole) == '.' && is_digit(peek(lexer, whole + 1)))
        fraction = 1 + digits_length(lexer, whole + 1);
    size_t letters;
    const struct unit *unit = unit_at(lexer, whole + fraction, &letters);
    size_t len = whole + fraction + letters;
    if (letters > 0 && !unit)
        return bad_number(lexer, len,
                          "a number ends in a digit, or in s, ms, us or ns for a duration");
    bool is_duration = unit || fraction > 0;
    int64_t scale = !is_duration ? 1 : unit ? unit->ns : units[0].ns;
    struct token token = token_here(lexer, is_duration ? TOKEN_DURATION : TOKEN_INT, len);
    if (!read_digits(lexer->at, whole, scale, &token.value))
        return bad_number(lexer, len, is_duration ? "this duration is too long; at most 292 years"
                                                  : "this number does not fit 64 bits; the largest "
                                                    "is 9223372036854775807");
    for (size_t i = 1; i < fraction; i++) {
        scale /= 10;
        char digit = lexer->at[whole + i];
        if (digit != '_' &&
            __builtin_add_overflow(token.value, (digit - '0') * scale, &token.value))
            return bad_number(lexer, len, "this duration is too long; at most 292 years");
    }
    take(lexer, token.kind, len);
    return token;
}

static bool is_escape(char c)
{
    return c == 'n' || c == '"' || c == '\'' || c == '\\';
}

// Checks what stands at a place inside a text; false when it has reported a mistake.
static bool check_text_char(struct lexer *lexer, bool is_long)
{
    unsigned char c = (unsigned char)*lexer->at;
    if (c == '\\' && !is_long && !is_escape(peek(lexer, 1))) {
        problem_add(lexer->problems, place_here(lexer, 2),
                    "a backslash in a text is followed by n, a quote or a backslash; write \\\\ for "
                    "a backslash itself");
        return false;
    }
    bool is_space = c == '\t' || (is_long && (c == '\n' || c == '\r'));
    if ((c < 0x20 || c == 0x7f) && !is_space) {
        problem_add(lexer->problems, place_here(lexer, 1),
                    "a control character stands in this text; remove it");
        return false;
    }
    return true;
}

static struct token bad_rest(struct lexer *lexer)
{
    lexer_skip_line(lexer);
    return token_here(lexer, TOKEN_BAD, 1);
}

static bool is_closed_by(const struct lexer *lexer, char quote, bool is_long)
{
    return peek(lexer, 0) == quote &&
           (!is_long || (peek(lexer, 1) == quote && peek(lexer, 2) == quote));
}

static struct token take_text(struct lexer *lexer)
{
    char quote = *lexer->at;
    bool is_long = peek(lexer, 1) == quote && peek(lexer, 2) == quote;
    struct token token = take(lexer, TOKEN_TEXT, is_long ? 3 : 1);
    token.text = lexer->at;
    token.value = is_long;
    while (!is_closed_by(lexer, quote, is_long)) {
        if (is_long ? lexer->at == lexer->end : is_at_line_end(lexer)) {
            problem_add(lexer->problems, token.at, "this text has no end; close it with %s%c",
                        is_long ? "three of " : "", quote);
            return bad_rest(lexer);
        }
        if (!check_text_char(lexer, is_long))
            return bad_rest(lexer);
        if (*lexer->at == '\\' && !is_long)
            step(lexer);
        step(lexer);
    }
    token.len_bytes = (size_t)(lexer->at - token.text);
    take(lexer, TOKEN_TEXT, is_long ? 3 : 1);
    if (lexer->line == token.at.line)
        token.at.width = lexer->column - token.at.column;
    return token;
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
    while (peek(lexer, ahead) == ' ' || peek(lexer, ahead) == '\t' || peek(lexer, ahead) == '\r')
        ahead++;
    char c = peek(lexer, ahead);
    return c == '\n' || c == '#' || c == '\0';
}

static struct token bad_character(struct lexer *lexer)
{
    char shown[8];
    uint32_t code;
    size_t len = text_decode(lexer->at, (size_t)(lexer->end - lexer->at), &code);
    text_safe(shown, sizeof shown, lexer->at, len);
    if (code == 0x201c || code == 0x201d || code == 0x2018 || code == 0x2019)
        problem_add(lexer->problems, place_here(lexer, 1),
                    "%s is a typographic quote; write \" instead", shown);
    else
        problem_add(lexer->problems, place_here(lexer, 1),
                    "%s (U+%04X) has no meaning here; names are made of a-z, A-Z, 0-9 and _", shown,
                    code);
    return bad_rest(lexer);
}

static struct token take_symbol(struct lexer *lexer)
{
    bool is_double = peek(lexer, 0) == peek(lexer, 1) && is_last_on_line(lexer, 2);
    if (is_double && peek(lexer, 0) == '+')
        return take(lexer, TOKEN_INCREMENT, 2);
    if (is_double && peek(lexer, 0) == '-')
        return take(lexer, TOKEN_DECREMENT, 2);
    for (size_t i = 0; i < ARRAY_LEN(symbol_tokens); i++) {
        const struct symbol_token *symbol = &symbol_tokens[i];
        if (!starts_with(lexer, symbol->text))
            continue;
        size_t len = strlen(symbol->text);
        if (symbol->kind == TOKEN_BAD)
            problem_add(lexer->problems, place_here(lexer, (uint32_t)len), "%s", symbol->instead);
        return take(lexer, symbol->kind, len);
    }
    return bad_character(lexer);
}

static void skip_blanks(struct lexer *lexer)
{
    while (lexer->at < lexer->end && (*lexer->at == ' ' || *lexer->at == '\t'))
        step(lexer);
    if (lexer->at < lexer->end && *lexer->at == '#')
        lexer_skip_line(lexer);
}

static void step_over_line_end(struct lexer *lexer)
{
    if (lexer->at < lexer->end && *lexer->at == '\r')
        step(lexer);
    if (lexer->at < lexer->end)
        step(lexer);
}

static void check_indent_chars(struct lexer *lexer, const char *from)
{
    for (const char *c = from; c < lexer->at && !lexer->was_mixed; c++) {
        if (!lexer->indent_char)
            lexer->indent_char = *c;
        if (*c == lexer->indent_char)
            continue;
        problem_add(lexer->problems, (struct place){lexer->line, 1, lexer->column - 1},
                    "indented with tabs here and with spaces elsewhere; use four spaces everywhere");
        lexer->was_mixed = true;
    }
}

// Moves over the indentation of the next line that says something; false at the end of the text.
static bool find_line(struct lexer *lexer)
{
    for (;;) {
        const char *from = lexer->at;
        while (lexer->at < lexer->end && (*lexer->at == ' ' || *lexer->at == '\t'))
            step(lexer);
        skip_blanks(lexer);
        if (!is_at_line_end(lexer)) {
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
            problem_add(lexer->problems, place_here(lexer, 1),
                        "blocks are nested too deeply here; at most %d inside each other",
                        PROGRAM_NESTING_MAX);
        lexer->is_too_deep = true;
        lexer_skip_line(lexer);
    }
    lexer->is_line_start = false;
    if (width > lexer->indents[lexer->n_indents - 1]) {
        lexer->indents[lexer->n_indents++] = width;
        *token = token_here(lexer, TOKEN_INDENT, 1);
        return true;
    }
    while (width < lexer->indents[lexer->n_indents - 1]) {
        lexer->n_indents--;
        lexer->n_dedents++;
    }
    if (width != lexer->indents[lexer->n_indents - 1])
        problem_add(lexer->problems, place_here(lexer, 1),
                    "this indentation matches no block above; indent it as the line that it "
                    "belongs with");
    return false;
}

static struct token end_line(struct lexer *lexer)
{
    if (!lexer->is_line_open || lexer->is_part)
        return token_here(lexer, TOKEN_END, 1);
    struct token token = token_here(lexer, TOKEN_NEWLINE, 1);
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
        return token_here(lexer, TOKEN_DEDENT, 1);
    }
    skip_blanks(lexer);
    if (is_at_line_end(lexer))
        return end_line(lexer);
    lexer->is_line_open = true;
    if (is_name_start(*lexer->at))
        return take_name(lexer);
    if (is_digit(*lexer->at))
        return take_number(lexer);
    if (*lexer->at == '"' || *lexer->at == '\'')
        return take_text(lexer);
    return take_symbol(lexer);
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
