#ifndef LANG_PARSER_H
#define LANG_PARSER_H

#include "lang/token.h"
#include "lang/tree.h"

// Tokens to tree. A mistake is reported once, where it stands; then the rest of the line is left
// out and reading goes on with the next one.
struct parser {
    struct lexer lexer;
    struct token token;        // the next one
    const char *last_end;      // of the token before it
    enum token_kind last_kind; // and its kind
    struct tree *tree;
    struct names *names;
    struct lang_problems *problems;
    unsigned depth;  // of parentheses and signs
    bool is_full;    // the tree has no more room, or there are mistakes enough: reads no further
    bool has_failed; // since the beginning of the statement
    bool is_inline;  // in a block on the line of its header
    bool is_partial; // part of the text could not be understood
};

enum parse_result {
    PARSE_COMPLETE,
    PARSE_PARTIAL, // lines that were not understood are missing
    PARSE_STOPPED, // there is no point in looking further
};

// Builds the list of declarations.
struct node *parse(const char *text, size_t len_bytes, struct tree *tree, struct names *names,
                   struct lang_problems *problems, enum parse_result *result);

// Between the files of the parser. A function that fails has reported and returns NULL or false.
void parser_advance(struct parser *p);
struct node *parser_node(struct parser *p, enum node_kind kind, struct place at);
bool parser_fail(struct parser *p, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
// Reports that the next token is not what was expected there; silent when it is TOKEN_BAD.
bool parser_unexpected(struct parser *p, const char *expected);
bool parser_accept(struct parser *p, enum token_kind kind);
bool parser_accept_word(struct parser *p, const char *word);
bool parser_expect(struct parser *p, enum token_kind kind, const char *expected);
bool parser_expect_name(struct parser *p, const char *expected, uint32_t *name);
bool parser_expect_end(struct parser *p);

// Python's f"..." is welcome: print always puts the values in.
void parser_skip_prefix(struct parser *p);

struct node *parse_expression(struct parser *p);
struct node *parse_call(struct parser *p, const char *instead); // name(...)
struct node *parse_list(struct parser *p, unsigned most);       // [a, b, ...], not empty
bool parse_pieces(struct parser *p, struct node *print);        // print(...)

struct node *parse_block(struct parser *p); // : NEWLINE INDENT statements DEDENT

struct node *parse_declaration(struct parser *p);

#endif
