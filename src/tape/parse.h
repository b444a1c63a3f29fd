#ifndef TAPE_PARSE_H
#define TAPE_PARSE_H

#include "lang/problem.h"
#include "tape/tape.h"

// The parts of the parser: a line cut into tokens, and what stands after a command.

enum tape_token_kind {
    TOKEN_LINE_END,
    TOKEN_NAME, // any word that is neither of the others: a command, a number, a time
    TOKEN_TEXT, // in quotation marks
    TOKEN_SIGN, // < <= > >= == !=
};

struct tape_token {
    enum tape_token_kind kind;
    struct place place;
    char *text; // safe to print, of a TEXT without the marks; owned by the tape
};

struct tape_parser {
    struct tape *tape;
    struct lang_problems *problems;
    const char *at, *line_end;
    uint32_t line, column;
    struct tape_token token; // the one that is looked at
    bool is_bad;             // the line has a mistake: what is left of it is not read
};

// Begins with a line, without its end, and looks at its first token.
void tape_lex_line(struct tape_parser *parser, const char *line, size_t len_bytes, uint32_t number);
void tape_lex_next(struct tape_parser *parser);
// As the next token, what stands up to a blank, whatever it is.
void tape_lex_word(struct tape_parser *parser);
// Keeps a text for as long as the tape lives.
char *tape_keep(struct tape *tape, char *text);

bool tape_is_name(const struct tape_parser *parser, const char *name);
// A mistake at a place. Returns false.
bool tape_wrong(struct tape_parser *parser, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
// "2s", "150ms", "1.5s", "3m". False: it is no time, or too long.
bool tape_time(const char *text, uint64_t *out_ns);
bool tape_number(const char *text, int64_t *out);

// Each reads from the token that is looked at to the end of what is its own.
bool tape_parse_argument(struct tape_parser *parser, struct tape_step *step);
bool tape_parse_quantity(struct tape_parser *parser, struct tape_quantity *quantity);
bool tape_parse_condition(struct tape_parser *parser, struct tape_condition *condition);

// Names that are like `text`, as " is it `lock`?"; "" when none is. out: 80 bytes.
char *tape_suggest(char out[80], const char *text, const char *const *names, size_t n);

#endif
