#ifndef LANG_UNIT_H
#define LANG_UNIT_H

#include "lang/token.h"
#include "lang/tree.h"

// A scenario on its way from tree to program: what the checker finds out and the emitter needs.

// Types that only the checker knows, beside enum value_type.
enum { TYPE_UNKNOWN = TYPE_NONE + 1, TYPE_BAD };

struct symbol {
    enum symbol_kind kind;
    uint32_t index;
    int64_t value; // SYMBOL_CONST
    uint32_t line; // 0: built in
};

struct local {
    uint32_t name;
    uint8_t type;
};

// A function of the scenario, the code of after:, or a claim.
struct routine {
    const char *name;
    struct node *parameters;
    struct node *body;
    struct node *claim; // the expression, when it is one
    struct place at;
    size_t first_local; // in unit->locals; parameters come first
    size_t n_locals;
    size_t n_parameters;
    uint8_t result;  // type
    bool has_result; // some return has a value
    bool is_after;
    bool is_worker; // what the workers of the pool run: made, not written
};

struct builtin {
    const char *name;
    enum op_code code;
    unsigned n_args;
    enum value_type arg_type;
    enum value_type result;
};

enum { BUILTINS_COUNT = 5 };
extern const struct builtin builtins[BUILTINS_COUNT];

// Which locals have a value at a place in the code.
struct flow {
    uint64_t assigned[PROGRAM_REGS_MAX / 64];
    bool is_dead; // the place is never reached
};

struct unit {
    const struct lang_options *options;
    struct lang_problems *problems;
    struct names names;
    struct tree tree;
    struct node *declarations;
    bool is_partial; // part of the text was not understood
    struct program *prog;

    struct symbol *symbols;   // by name
    uint32_t name_i;          // the name `i`, which lane NAME[n] counts by
    struct routine *routines; // functions, then claims, then after:
    size_t n_routines;
    size_t n_lanes;         // `lanes`
    bool has_mode;          // by a declaration or an option
    struct place mode_at;   // of that declaration
    struct node *pool;      // its declaration; NULL when there is none
    struct routine *mapped; // what the pool calls; NULL after a mistake

    struct local *locals;
    size_t n_locals, cap_locals;
    uint32_t *local_of; // by name: its number in the current routine + 1, 0 for none

    // Of the checker.
    struct routine *routine; // the current one
    struct flow flow;
    unsigned n_loops;
    bool is_final; // reports mistakes: the types have settled
    bool changed;
};

// A value that is known before the run.
struct constant {
    uint8_t type;
    int64_t value;
};

// A name that stands for a constant in one expression: `i`, or the item of a list.
struct binding {
    uint32_t name;
    struct constant constant;
};

// Reports at a place; returns false.
bool unit_complain(struct unit *unit, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const char *unit_name(const struct unit *unit, uint32_t name);
const char *type_name(uint8_t type);
// What a name is: "a param".
const char *symbol_kind_name(const struct unit *unit, const struct symbol *symbol);
bool unit_is_reserved(const char *name);
// Number of a text of the program. With braces: {{ stands for {.
uint32_t unit_string(struct unit *unit, struct node *text);
char *text_unescape(const char *text, size_t len_bytes, bool has_braces);
// Reports a name that is not known, with the nearest one that is.
bool unit_unknown(struct unit *unit, const struct node *node, const char *what);

// The steps, in order. Each reports what is wrong; those that return false leave nothing to do.
void unit_declare(struct unit *unit);          // names, params, functions, locks, settings
void unit_make_lanes(struct unit *unit);       // the list of lanes, the inputs of the pool
void unit_declare_cells(struct unit *unit);    // values of what may be as many as lanes
void unit_check(struct unit *unit);            // types, names and flow of all code
void unit_check_pool(struct unit *unit);       // what it collects
void unit_check_conditions(struct unit *unit); // that who waits or notifies may hold the lock
void unit_emit(struct unit *unit);             // ops

bool unit_constant(struct unit *unit, struct node *node, const struct binding *binding,
                   struct constant *out);
bool unit_constant_int(struct unit *unit, struct node *node, int64_t low, int64_t high,
                       const char *what, int64_t *out);

// Between the files of the checker.
void unit_collect_locals(struct unit *unit); // and the routines of claims and of after:
void unit_bind_locals(struct unit *unit, struct routine *routine); // makes it the current one
void unit_unbind_locals(struct unit *unit);
uint8_t check_expression(struct unit *unit, struct node *node); // its type
bool check_lane_call(struct unit *unit, const struct node *call, struct routine **routine);
// The values of a call's arguments, args[0 .. PROGRAM_ARGS_MAX).
bool lane_arguments(struct unit *unit, const struct node *call, const struct binding *binding,
                    const struct routine *routine, int64_t *args);
size_t pool_count_workers(struct unit *unit, int64_t wanted); // wanted: 0 for as written
void pool_make(struct unit *unit);
uint8_t check_results_type(const struct unit *unit); // of each result of the pool
void check_set_type(struct unit *unit, uint8_t *slot, uint8_t type, struct place at,
                    const char *what, uint32_t name);
bool check_want(struct unit *unit, struct node *node, uint8_t type, const char *what);
void flow_assign(struct unit *unit, size_t local);
void check_block(struct unit *unit, struct node *first);

#endif
