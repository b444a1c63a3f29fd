#ifndef LANG_TOKEN_H
#define LANG_TOKEN_H

#include "lang/problem.h"

// The text of a scenario as tokens, one after the other. Lines and their indentation are tokens
// too, as in Python: NEWLINE, INDENT, DEDENT. A line does not go on after its end.
enum token_kind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_INDENT,
    TOKEN_DEDENT,
    TOKEN_BAD, // already reported
    TOKEN_NAME,
    TOKEN_INT,
    TOKEN_DURATION, // value in ns
    TOKEN_TEXT,     // text: what is between the quotes, as written; value: whether by """
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_LIST,
    TOKEN_CLOSE_LIST,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_DOT,
    TOKEN_SET,
    TOKEN_SET_ADD,
    TOKEN_SET_SUB,
    TOKEN_SET_MUL,
    TOKEN_ADD,
    TOKEN_SUB,
    TOKEN_MUL,
    TOKEN_DIV,
    TOKEN_MOD,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_INCREMENT, // ++ at the end of a line, which the language does not have
    TOKEN_DECREMENT,
};

struct token {
    enum token_kind kind;
    struct place at;
    const char *text; // in the source
    size_t len_bytes;
    int64_t value;
};

struct lexer {
    const char *at, *end;
    uint32_t line, column; // of `at`
    bool is_line_start;
    bool is_line_open; // has handed out a token of the line
    bool is_part;      // only a part of one line: no NEWLINE, no indentation
    bool is_too_deep;  // reported: deeper blocks are skipped
    bool was_mixed;    // reported: indentation by tabs and by spaces
    char indent_char;  // of the first indented line
    uint32_t indent_line;
    unsigned n_indents;
    unsigned n_dedents; // to hand out
    uint32_t indents[PROGRAM_NESTING_MAX + 1];
    struct lang_problems *problems;
};

void lexer_init(struct lexer *lexer, const char *text, size_t len_bytes,
                struct lang_problems *problems);

// Only text[0..len_bytes), which begins at `at` and lies in one line.
void lexer_init_part(struct lexer *lexer, const char *text, size_t len_bytes, struct place at,
                     struct lang_problems *problems);

struct token lexer_next(struct lexer *lexer);

// Goes to the end of the line: the next token is NEWLINE.
void lexer_skip_line(struct lexer *lexer);

// The next name in a stretch of text, whatever else stands there; NULL when there is none.
const char *token_find_name(const char *from, const char *end, size_t *len_bytes);

// Whether the token is this word.
bool token_is(const struct token *token, const char *word);

// How a token is called in a message.
const char *token_describe(const struct token *token, char out[64]);

// Between the files of the lexer.
static inline bool token_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool token_is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

char lexer_peek(const struct lexer *lexer, size_t ahead); // NUL after the end
bool lexer_is_at_line_end(const struct lexer *lexer);
void lexer_step(struct lexer *lexer); // one character on
struct place lexer_place(const struct lexer *lexer, uint32_t width);
struct token lexer_token(const struct lexer *lexer, enum token_kind kind, size_t len_bytes);
// A token of ASCII characters, and goes on behind it.
struct token lexer_take(struct lexer *lexer, enum token_kind kind, size_t len_bytes);
struct token lexer_bad_rest(struct lexer *lexer); // the rest of the line is one TOKEN_BAD
struct token lexer_take_number(struct lexer *lexer);
struct token lexer_take_text(struct lexer *lexer);

#endif
