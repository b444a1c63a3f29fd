#include "lang/parser.h"

#include "base/text.h"

#include <string.h>

// print("... {expr} ..."): a list of pieces, literal text and values by turns.

static struct node *add_piece(struct parser *p, struct node ***tail, struct place at)
{
    struct node *piece = parser_node(p, NODE_PIECE, at);
    **tail = piece;
    *tail = &piece->next;
    return piece;
}

static void add_literal(struct parser *p, struct node ***tail, const char *text, size_t len_bytes)
{
    if (len_bytes == 0)
        return;
    struct node *piece = add_piece(p, tail, p->token.at);
    piece->text = text;
    piece->text_len = (uint32_t)len_bytes;
}

// `:.1f` in {x:.1f}.
static bool parse_decimals(struct parser *p, struct node *piece)
{
    piece->decimals = 2;
    if (p->token.kind == TOKEN_END)
        return true;
    const char *text = p->token.text;
    bool is_format = p->token.kind == TOKEN_COLON && p->lexer.end - text == 4 && text[1] == '.' &&
                     text[2] >= '0' && text[2] <= '9' && text[3] == 'f';
    if (p->token.kind != TOKEN_COLON)
        return parser_unexpected(p, "`}`");
    if (!is_format)
        return parser_fail(p, p->token.at, "a value is formatted by {x:.1f}, with 0 to 9 decimals");
    piece->decimals = (uint8_t)(text[2] - '0');
    piece->index = 1; // written
    return true;
}

static bool parse_braced(struct parser *p, struct node ***tail, struct place at)
{
    if (p->token.kind == TOKEN_END)
        return parser_fail(p, at, "no value between the braces; write {name}, or {{ for a brace");
    struct node *piece = add_piece(p, tail, p->token.at);
    piece->a = parse_expression(p);
    return piece->a && parse_decimals(p, piece);
}

// The expression between { and }, which stands at text[0..len_bytes) in the source.
static bool parse_value(struct parser *p, struct node ***tail, const char *text, size_t len_bytes,
                        struct place at)
{
    struct lexer outer = p->lexer;
    struct token token = p->token;
    lexer_init_part(&p->lexer, text, len_bytes, at, p->problems);
    parser_advance(p);
    bool parsed = parse_braced(p, tail, at);
    p->lexer = outer;
    p->token = token;
    return parsed;
}

// Where the reader of a text is: `at` is the place of the character `text`.
struct cursor {
    const char *text;
    struct place at;
};

static void move_to(struct cursor *cursor, const char *text)
{
    while (cursor->text < text) {
        uint32_t code;
        cursor->text += text_decode(cursor->text, (size_t)(text - cursor->text), &code);
        cursor->at.column++;
    }
}

static bool parse_text(struct parser *p, struct node ***tail)
{
    const struct token token = p->token;
    const char *end = token.text + token.len_bytes;
    const char *from = token.text;
    struct cursor cursor = {token.text - 1, {token.at.line, token.at.column, 1}};
    for (const char *c = from; c < end;) {
        bool is_double = c + 1 < end && c[1] == c[0];
        if (*c == '\\' || ((*c == '{' || *c == '}') && is_double)) {
            c += 2;
            continue;
        }
        if (*c != '{' && *c != '}') {
            c++;
            continue;
        }
        move_to(&cursor, c);
        const char *close = *c == '{' ? memchr(c, '}', (size_t)(end - c)) : NULL;
        if (!close)
            return parser_fail(p, cursor.at,
                               "this %c has no other; write {name}, or %c%c for a brace", *c, *c,
                               *c);
        add_literal(p, tail, from, (size_t)(c - from));
        move_to(&cursor, c + 1);
        if (!parse_value(p, tail, c + 1, (size_t)(close - c - 1), cursor.at))
            return false;
        from = c = close + 1;
    }
    add_literal(p, tail, from, (size_t)(end - from));
    return true;
}

bool parse_pieces(struct parser *p, struct node *print)
{
    struct node **tail = &print->a;
    if (!parser_expect(p, TOKEN_OPEN, "`(`, as in print(\"...\")"))
        return false;
    if (parser_accept(p, TOKEN_CLOSE))
        return true;
    parser_skip_prefix(p);
    if (p->token.kind == TOKEN_TEXT && p->token.value)
        return parser_fail(p, p->token.at, "a text of several lines is for about; write \\n");
    if (p->token.kind == TOKEN_TEXT) {
        if (!parse_text(p, &tail))
            return false;
        parser_advance(p);
    } else {
        struct node *piece = add_piece(p, &tail, p->token.at);
        piece->decimals = 2;
        piece->a = parse_expression(p);
        if (!piece->a)
            return false;
    }
    if (p->token.kind == TOKEN_COMMA)
        return parser_fail(p, p->token.at,
                           "print takes one text; put the values in: print(\"{a} {b}\")");
    return parser_expect(p, TOKEN_CLOSE, "`)`");
}
