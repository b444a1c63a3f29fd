#include "tape/parse.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *tape_keep(struct tape *tape, char *text)
{
    tape->texts = mem_room(tape->texts, &tape->cap_texts, tape->n_texts + 1, sizeof *tape->texts);
    tape->texts[tape->n_texts++] = text;
    return text;
}

bool tape_wrong(struct tape_parser *parser, struct place at, const char *fmt, ...)
{
    char text[240];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    problem_add(parser->problems, at, "%s", text);
    parser->is_bad = true;
    return false;
}

// One character on, counted as it is printed.
static void advance(struct tape_parser *parser)
{
    uint32_t code;
    parser->at += text_decode(parser->at, (size_t)(parser->line_end - parser->at), &code);
    parser->column += code == '\t' ? TAB_COLUMNS - (parser->column - 1) % TAB_COLUMNS : 1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_sign(char c)
{
    return c == '<' || c == '>' || c == '=' || c == '!';
}

// Safe, and owned by the tape.
static char *keep_safe(struct tape *tape, const char *text, size_t len_bytes)
{
    size_t size = 3 * len_bytes + 4;
    char *safe = mem_alloc(size);
    text_safe(safe, size, text, len_bytes);
    return tape_keep(tape, safe);
}

static void end_token(struct tape_parser *parser, enum tape_token_kind kind, const char *from)
{
    struct tape_token *token = &parser->token;
    token->kind = kind;
    token->place.width = parser->column - token->place.column;
    token->text = keep_safe(parser->tape, from, (size_t)(parser->at - from));
}

// The text between two marks; \" and \\ stand for " and \ in it.
static void lex_text(struct tape_parser *parser)
{
    char *text = mem_alloc((size_t)(parser->line_end - parser->at) + 1);
    size_t len = 0;
    advance(parser);
    while (parser->at < parser->line_end && *parser->at != '"') {
        bool is_escape = *parser->at == '\\' && parser->at + 1 < parser->line_end &&
                         (parser->at[1] == '"' || parser->at[1] == '\\');
        if (is_escape)
            advance(parser);
        const char *from = parser->at;
        advance(parser);
        memcpy(text + len, from, (size_t)(parser->at - from));
        len += (size_t)(parser->at - from);
    }
    struct tape_token *token = &parser->token;
    token->kind = TOKEN_TEXT;
    token->text = keep_safe(parser->tape, text, len);
    mem_free(text);
    if (parser->at == parser->line_end) {
        token->place.width = 1;
        tape_wrong(parser, token->place, "this text has no end; it is closed by another \"");
        return;
    }
    advance(parser);
    token->place.width = parser->column - token->place.column;
}

// Skips blanks; false at the end of the line or at a comment.
static bool begin_token(struct tape_parser *parser)
{
    while (parser->at < parser->line_end && is_blank(*parser->at))
        advance(parser);
    parser->token = (struct tape_token){.place = {parser->line, parser->column, 1}};
    return parser->at < parser->line_end && *parser->at != '#';
}

void tape_lex_next(struct tape_parser *parser)
{
    if (!begin_token(parser))
        return;
    const char *from = parser->at;
    if (*from == '"') {
        lex_text(parser);
        return;
    }
    bool is_a_sign = is_sign(*from);
    while (parser->at < parser->line_end && is_sign(*parser->at) == is_a_sign &&
           !is_blank(*parser->at) && *parser->at != '"' && *parser->at != '#')
        advance(parser);
    end_token(parser, is_a_sign ? TOKEN_SIGN : TOKEN_NAME, from);
}

void tape_lex_word(struct tape_parser *parser)
{
    if (!begin_token(parser))
        return;
    const char *from = parser->at;
    while (parser->at < parser->line_end && !is_blank(*parser->at))
        advance(parser);
    end_token(parser, TOKEN_NAME, from);
}

void tape_lex_line(struct tape_parser *parser, const char *line, size_t len_bytes, uint32_t number)
{
    parser->at = line;
    parser->line_end = line + len_bytes;
    parser->line = number;
    parser->column = 1;
    parser->is_bad = false;
    tape_lex_next(parser);
}

bool tape_is_name(const struct tape_parser *parser, const char *name)
{
    return parser->token.kind == TOKEN_NAME && strcmp(parser->token.text, name) == 0;
}

bool tape_number(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    if (!isdigit((unsigned char)text[0]) && !(text[0] == '-' && isdigit((unsigned char)text[1])))
        return false;
    *out = strtoll(text, &end, 10);
    return !errno && *end == '\0';
}

// Whole numbers only, so that a time is what was written: 1.25 s has at most nine decimals.
bool tape_time(const char *text, uint64_t *out_ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}, {"m", 60 * NS_PER_S}};
    uint64_t whole = 0, fraction = 0, scale = 1;
    const char *at = text;
    for (; isdigit((unsigned char)*at) && whole < UINT32_MAX; at++)
        whole = 10 * whole + (uint64_t)(*at - '0');
    if (at == text)
        return false;
    if (*at == '.')
        for (at++; isdigit((unsigned char)*at) && scale < NS_PER_S; at++, scale *= 10)
            fraction = 10 * fraction + (uint64_t)(*at - '0');
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strcmp(at, units[i].unit) == 0 && whole <= TAPE_TIME_MAX_S * NS_PER_S / units[i].ns) {
            unsigned __int128 part = (unsigned __int128)fraction * units[i].ns / scale;
            *out_ns = whole * units[i].ns + (uint64_t)part;
            return *out_ns <= TAPE_TIME_MAX_S * NS_PER_S;
        }
    return false;
}

char *tape_suggest(char out[80], const char *text, const char *const *names, size_t n)
{
    enum { LONGEST = 40, FARTHEST = 2 };
    out[0] = '\0';
    size_t best = FARTHEST + 1;
    for (size_t i = 0; i < n && strlen(text) < LONGEST; i++) {
        size_t distance = text_distance(text, names[i]);
        if (distance >= best || distance >= strlen(names[i]))
            continue;
        best = distance;
        text_format(out, 80, "; is it `%s`?", names[i]);
    }
    return out;
}
