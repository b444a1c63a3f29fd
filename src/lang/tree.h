#ifndef LANG_TREE_H
#define LANG_TREE_H

#include "lang/problem.h"

// What a scenario says, before it is known whether it makes sense. The parser builds it, the
// checker fills in types and what names refer to, the emitter reads it.
enum node_kind {
    // Expressions.
    NODE_INT,
    NODE_DURATION,
    NODE_TEXT, // text: as written between the quotes
    NODE_NAME,
    NODE_INDEX,   // name[a]
    NODE_CALL,    // name(a, a->next, ...)
    NODE_NEGATE,  // -a
    NODE_NOT,     // not a
    NODE_BINARY,  // a op b
    NODE_COMPARE, // a op b
    NODE_AND,     // a and b
    NODE_OR,      // a or b
    // Statements. Blocks and other lists are linked by next.
    NODE_SET,    // a = b
    NODE_CHANGE, // a op= b
    NODE_ATOMIC, // atomic a op= b
    NODE_IF,     // a: its arms
    NODE_ARM,    // if a: b; else when a is NULL
    NODE_WHILE,  // while a: b
    NODE_FOR,    // for name in range(a, ...): b
    NODE_WITH,   // with name: b
    NODE_SYNC,   // acquire, release, wait, ... name; value: the op
    NODE_RETURN, // return a, which may be NULL
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_PASS,
    NODE_GLOBAL, // global name: allowed, says nothing
    NODE_PRINT,  // print(a, ...): pieces, of kind NODE_PIECE
    NODE_PIECE,  // text, or the value of a
    NODE_EVAL,   // a, a call
    // Declarations.
    DECL_TITLE,     // text
    DECL_ABOUT,     // text
    DECL_PARAM,     // name = a
    DECL_MODE,      // value: enum run_mode
    DECL_MEMORY,    // value: enum memory_kind
    DECL_GIL,       // value: enum gil_dial
    DECL_SHARED,    // name = a, or name[b] = a
    DECL_LOCK,      // name; value: whether it starts off
    DECL_SEMAPHORE, // name = a
    DECL_CONDITION, // name with b, a NODE_NAME
    DECL_DEF,       // def name(a, ...): b
    DECL_LANE,      // lane name = a
    DECL_LANES,     // lane name[b] = a
    DECL_LANE_LIST, // lane a for name in [b, ...]
    DECL_POOL,      // pool a->b name = a for ... in [b, ...]
    DECL_AFTER,     // after: b
    DECL_EXPECT,    // a; text: as written
    DECL_ALWAYS,    // a; text: as written
};

// What a name refers to, once checked.
enum symbol_kind {
    SYMBOL_NONE,
    SYMBOL_LOCAL,   // index: its register
    SYMBOL_CONST,   // value: of a param, or the number of lanes
    SYMBOL_SHARED,  // index: the variable
    SYMBOL_LOCK,    // index: the lock, semaphore or condition
    SYMBOL_RESULTS, // of the pool
    SYMBOL_FUNCTION,
    SYMBOL_BUILTIN,
};

struct node {
    uint8_t kind;   // enum node_kind
    uint8_t op;     // enum token_kind of an operator
    uint8_t type;   // enum value_type, or one of the checker's own
    uint8_t symbol; // enum symbol_kind of name
    uint8_t decimals;
    bool is_wrapped; // in parentheses
    uint16_t height; // of the expression below it
    struct place at;
    uint32_t name;  // number of a name, see names_add
    uint32_t index; // what the name refers to
    uint32_t text_len;
    const char *text; // in the source
    int64_t value;
    struct node *a, *b, *next;
};

enum {
    TREE_NODES_MAX = 100000,
    TREE_HEIGHT_MAX = 200, // operators that build on each other in one expression
};

struct tree {
    struct node **chunks;
    size_t n_chunks, cap_chunks;
    size_t n_nodes;
};

struct node *tree_add(struct tree *tree, enum node_kind kind, struct place at);
void tree_free(struct tree *tree);

// Names, each once, numbered from 0.
struct names {
    char **texts;
    bool *is_lost; // stands in a line that could not be understood: may be declared there
    size_t n, cap;
    uint32_t *slots; // hash table of number + 1
    size_t n_slots;
};

uint32_t names_add(struct names *names, const char *text, size_t len_bytes);
void names_free(struct names *names);

#endif
