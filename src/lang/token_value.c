#include "lang/token.h"

#include "base/mem.h"

#include <string.h>

// Numbers, durations and texts.

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
    while (token_is_name_start(lexer_peek(lexer, from + *len)) ||
           token_is_digit(lexer_peek(lexer, from + *len)))
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
    while (token_is_digit(lexer_peek(lexer, from + len)) ||
           (len > 0 && lexer_peek(lexer, from + len) == '_' &&
            token_is_digit(lexer_peek(lexer, from + len + 1))))
        len++;
    return len;
}

static struct token bad_number(struct lexer *lexer, size_t len, const char *why)
{
    problem_add(lexer->problems, lexer_place(lexer, (uint32_t)len), "%s", why);
    return lexer_take(lexer, TOKEN_BAD, len);
}

// 100000, 100_000, 0.5, 2s, 1.5s, 300ms, 5us.
struct token lexer_take_number(struct lexer *lexer)
{
    size_t whole = digits_length(lexer, 0);
    size_t fraction = 0;
    if (lexer_peek(lexer, whole) == '.' && token_is_digit(lexer_peek(lexer, whole + 1)))
        fraction = 1 + digits_length(lexer, whole + 1);
    size_t letters;
    const struct unit *unit = unit_at(lexer, whole + fraction, &letters);
    size_t len = whole + fraction + letters;
    if (letters > 0 && !unit)
        return bad_number(lexer, len,
                          "a number ends in a digit, or in s, ms, us or ns for a duration");
    bool is_duration = unit || fraction > 0;
    int64_t scale = !is_duration ? 1 : unit ? unit->ns : units[0].ns;
    struct token token = lexer_token(lexer, is_duration ? TOKEN_DURATION : TOKEN_INT, len);
    if (!read_digits(lexer->at, whole, scale, &token.value))
        return bad_number(lexer, len,
                          is_duration ? "this duration is too long; at most 292 years"
                                      : "this number does not fit 64 bits; the largest "
                                        "is 9223372036854775807");
    for (size_t i = 1; i < fraction; i++) {
        scale /= 10;
        char digit = lexer->at[whole + i];
        if (digit != '_' &&
            __builtin_add_overflow(token.value, (digit - '0') * scale, &token.value))
            return bad_number(lexer, len, "this duration is too long; at most 292 years");
    }
    lexer_take(lexer, token.kind, len);
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
    if (c == '\\' && !is_long && !is_escape(lexer_peek(lexer, 1))) {
        problem_add(
            lexer->problems, lexer_place(lexer, 2),
            "a backslash in a text is followed by n, a quote or a backslash; write \\\\ for "
            "a backslash itself");
        return false;
    }
    bool is_space = c == '\t' || (is_long && (c == '\n' || c == '\r'));
    if ((c < 0x20 || c == 0x7f) && !is_space) {
        problem_add(lexer->problems, lexer_place(lexer, 1),
                    "a control character stands in this text; remove it");
        return false;
    }
    return true;
}

static bool is_closed_by(const struct lexer *lexer, char quote, bool is_long)
{
    return lexer_peek(lexer, 0) == quote &&
           (!is_long || (lexer_peek(lexer, 1) == quote && lexer_peek(lexer, 2) == quote));
}

struct token lexer_take_text(struct lexer *lexer)
{
    char quote = *lexer->at;
    bool is_long = lexer_peek(lexer, 1) == quote && lexer_peek(lexer, 2) == quote;
    struct token token = lexer_take(lexer, TOKEN_TEXT, is_long ? 3 : 1);
    token.text = lexer->at;
    token.value = is_long;
    while (!is_closed_by(lexer, quote, is_long)) {
        if (is_long ? lexer->at == lexer->end : lexer_is_at_line_end(lexer)) {
            problem_add(lexer->problems, token.at, "this text has no end; close it with %s%c",
                        is_long ? "three of " : "", quote);
            return lexer_bad_rest(lexer);
        }
        if (!check_text_char(lexer, is_long))
            return lexer_bad_rest(lexer);
        if (*lexer->at == '\\' && !is_long)
            lexer_step(lexer);
        lexer_step(lexer);
    }
    token.len_bytes = (size_t)(lexer->at - token.text);
    lexer_take(lexer, TOKEN_TEXT, is_long ? 3 : 1);
    if (lexer->line == token.at.line)
        token.at.width = lexer->column - token.at.column;
    return token;
}
