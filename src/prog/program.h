#ifndef PROG_PROGRAM_H
#define PROG_PROGRAM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A checked scenario: an immutable list of ops and everything they refer to. It says what lanes
// may do, never what they did. Built by lang, read by everything else, in several processes at
// once. Open structs: it is only data, and nobody changes it after lang_compile has returned it.

// Limits of a scenario; lang refuses more, with the limit in the message.
enum {
    PROGRAM_SOURCE_MAX = 1 << 20, // bytes
    PROGRAM_LANES_MAX = 1000,     // without main
    PROGRAM_CELLS_MAX = 1024,     // elements of all shared variables together
    PROGRAM_LOCKS_MAX = 64,       // locks, semaphores and conditions together
    PROGRAM_FUNCTIONS_MAX = 256,
    PROGRAM_OPS_MAX = (1 << 16) - 1,
    PROGRAM_REGS_MAX = 128,    // of one function
    PROGRAM_NESTING_MAX = 100, // blocks or parentheses inside each other
    PROGRAM_NAME_MAX = 32,     // bytes of an identifier or a lane's name
    PROGRAM_ARGS_MAX = 8,
    PROGRAM_ITEMS_MAX = 4096, // inputs of a pool
    SEMAPHORE_INITIAL_MAX = 1000000000,
    SEMAPHORE_MAX = 2147483647, // a post beyond it is FAULT_SEMAPHORE
};

enum op_code {
#define OP(name, mnemonic, step, help) OP_##name,
#include "prog/ops.def"
#undef OP
    OP_COUNT
};

struct op_info {
    const char *mnemonic;
    const char *help;
    bool is_step;
};

extern const struct op_info op_info[OP_COUNT];

// Operands a and b: a register of the function's frame below REG_CONST, or the constant
// program->consts[operand - REG_CONST], or REG_NONE.
enum { REG_CONST = 0x8000, REG_NONE = 0xffff };

enum op_flag {
    OP_UPDATES = 1,   // LOAD: its value is what the STORE of the same statement builds on.
                      // STORE: it is an update of the cell (DESIGN: x += 1, x = f(x)); a STORE
                      // without it is blind.
    OP_RETRIABLE = 2, // LOAD and STORE of an update statement `x op= e` that has no other effect:
                      // such a statement may be done again from op `retry` of its STORE.
    OP_IN_WITH = 4,   // inside `with` (of any lock), or between acquire and release
};

struct op {
    uint8_t code;  // enum op_code
    uint8_t flags; // enum op_flag
    uint16_t dst;  // a register
    uint16_t a, b; // operands, see above
    int32_t arg;   // cell, lock, op, function, format or lane, as prog/ops.def says
    uint32_t line; // 1-based source line; 0 for what has none (main's start and join)
    uint16_t column;
    uint16_t retry; // STORE that is RETRIABLE: how many ops back its statement begins.
                    // NEXT, NEXT_DOWN: the size of the range's step, at least 1
};

static_assert(sizeof(struct op) == 20, "ops are read in the hot loop");

// What a register's value is. Text is the index of a string, or TEXT_FACTORIAL | n: the text of
// n!, made when it is printed.
enum value_type { TYPE_INT, TYPE_TEXT, TYPE_DURATION, TYPE_NONE };
#define TEXT_FACTORIAL (INT64_C(1) << 40)
enum { FACTORIAL_MAX = 1700 }; // the largest n whose factorial has at most 5,000 digits

struct function {
    char name[PROGRAM_NAME_MAX + 1];
    uint32_t entry;    // its first op
    uint16_t n_params; // in registers 0 .. n_params - 1
    uint16_t n_regs;
    uint32_t line;
};

struct shared_var {
    char name[PROGRAM_NAME_MAX + 1];
    uint32_t first_cell;
    uint32_t n_cells; // 1 for a plain variable
    bool is_array;    // NAME[1] is an array too
    int64_t initial;
    int32_t guard; // the lock that every access by lanes other than main is in `with` of, or -1;
                   // also -1 where an update may wait at a condition between its load and store
    uint32_t line;
};

enum lock_type { LOCK_MUTEX, LOCK_SEMAPHORE, LOCK_CONDITION };

struct lock_decl {
    char name[PROGRAM_NAME_MAX + 1];
    enum lock_type type;
    bool starts_off; // `lock NAME off`
    int32_t lock;    // LOCK_CONDITION: the lock it belongs to, else -1
    int64_t initial; // LOCK_SEMAPHORE
    uint32_t line;
};

enum lane_kind { LANE_MAIN, LANE_THREAD, LANE_PROCESS, LANE_CALL };

struct lane_decl {
    char name[PROGRAM_NAME_MAX + 1]; // already safe to print
    int32_t function;                // -1: main, which starts at program->main_entry
    uint16_t n_args;
    int64_t args[PROGRAM_ARGS_MAX];
    uint32_t line;
};

// `pool N results = f(x) for x in [...]`: its workers are the lanes; they take the inputs one after
// the other, each calls f with it and gives the result back. n_items is 0 without a pool.
struct pool_decl {
    char name[PROGRAM_NAME_MAX + 1]; // of the results
    int32_t function;                // f
    uint32_t n_items;
    uint16_t n_args;
    int64_t *args; // [item * n_args + argument]
    enum value_type arg_types[PROGRAM_ARGS_MAX];
    enum value_type result_type;
    uint32_t line;
};

struct param {
    char name[PROGRAM_NAME_MAX + 1];
    int64_t value; // after --set
    uint32_t line;
};

// `expect` and `always`: an expression compiled as a function without parameters that returns 0
// or 1 and whose only effects are LOADs.
struct claim {
    char *text; // as written, e.g. "counter == lanes * N"
    int32_t function;
    int32_t cell; // always over one shared cell: its number, else -1
    uint32_t line;
};

// One piece of a printed text: literal text, or the value of a register.
struct piece {
    char *text; // NULL: the value in register (PRINT's a) + reg
    uint16_t reg;
    enum value_type type;
    uint8_t decimals; // of a duration, in seconds; 2 unless written {x:.1f}
};

struct format {
    struct piece *pieces;
    size_t n_pieces;
};

enum run_mode { MODE_SEQUENTIAL, MODE_THREADS, MODE_PROCESSES, MODE_POOL, MODE_COUNT };
enum gil_dial { GIL_OFF, GIL_3_9, GIL_3_10, GIL_COUNT };
enum memory_kind { MEMORY_PRIVATE, MEMORY_SHARED, MEMORY_COUNT };

extern const char *const mode_names[MODE_COUNT];     // as written on the command line
extern const char *const gil_names[GIL_COUNT];       //
extern const char *const memory_names[MEMORY_COUNT]; //
const char *lane_kind_name(enum lane_kind kind);     // as in the JSON report: "main", "thread", ...

struct program {
    char *name;   // as the scenario was asked for: "race", or the file's name without .lane
    char *title;  // "5 Race condition: counter += 1"; "" when there is none
    char *about;  // "" when there is none
    char *source; // the text it was compiled from, NUL-terminated
    size_t source_len;
    char **lines; // the source by line, tabs expanded, safe to print; lines[0] is line 1
    size_t n_lines;

    enum run_mode mode;
    enum gil_dial gil;
    enum memory_kind memory;

    struct op *ops;
    size_t n_ops;
    int64_t *consts;
    size_t n_consts;
    char **strings;
    size_t n_strings;
    struct format *formats;
    size_t n_formats;
    struct function *functions;
    size_t n_functions;
    struct shared_var *vars;
    size_t n_vars;
    size_t n_cells; // elements of all vars
    bool *updates;  // [f * n_vars + v]: function f, with all that it calls, updates variable v;
                    // the row after the last function's is main's
    struct lock_decl *locks;
    size_t n_locks;
    struct pool_decl pool;
    struct param *params;
    size_t n_params;
    struct claim *expects;
    size_t n_expects;
    struct claim *always;
    size_t n_always;

    struct lane_decl *lanes; // lanes[0] is main
    size_t n_lanes;          // with main: `lanes` in the language is n_lanes - 1
    uint32_t main_entry;     // START and JOIN of every lane, the code after:, END
};

void program_free(struct program *prog); // accepts NULL

// Whether the lanes below main are processes, and whether each of those has cells of its own.
bool program_uses_processes(const struct program *prog);
bool program_is_private(const struct program *prog);

// An input of the pool as its call, "cube(3)"; a result as it is printed, both cut to fit and not
// yet safe to print where they are texts. out: 48 bytes.
char *program_item_text(const struct program *prog, size_t item, char out[48]);
char *program_result_text(const struct program *prog, int64_t value, char out[48]);

// "counter" or "fork[2]"; out holds at least 48 bytes.
char *program_cell_name(const struct program *prog, size_t cell, char out[48]);

// The variable a cell belongs to.
const struct shared_var *program_cell_var(const struct program *prog, size_t cell);
int64_t program_cell_initial(const struct program *prog, size_t cell);

// Whether lane `lane`'s code, with everything it calls, has an update of `cell` (see OP_UPDATES);
// for array elements, of any element of the array.
bool program_lane_updates(const struct program *prog, size_t lane, size_t cell);

// Whether some update of `cell` calls a function between its load and its store, in which the lane
// may write the cell again; for array elements, of any element of the array.
bool program_cell_nests(const struct program *prog, size_t cell);

// Whether every access to `cell` by lanes other than main is inside `with` of one and the same
// lock; *lock is its number.
bool program_cell_guard(const struct program *prog, size_t cell, size_t *lock);

// The text of a TYPE_TEXT value. Newly allocated.
char *program_text(const struct program *prog, int64_t value);

// What PRINT prints: the pieces with the values values[piece.reg] put in. Newly allocated.
char *program_print(const struct program *prog, size_t format, const int64_t *values);

// One op in words for the source panel: "LOAD counter", "ADD 1", "IF >= 80". out: 64 bytes.
char *program_op_text(const struct program *prog, const struct op *op, char out[64]);

#endif
