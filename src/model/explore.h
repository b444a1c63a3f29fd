#ifndef MODEL_EXPLORE_H
#define MODEL_EXPLORE_H

#include "base/error.h"
#include "prog/program.h"
#include "sync/lock_kind.h"

// Every interleaving of a program at once: the graph of its states, with the exact number of
// schedules that lead through each. Nothing is sampled; what was not covered is said.
//
// A state is where each lane stands, its live registers (see explore_live.h), the cells, who holds
// the locks, what the semaphores count, who waits at a condition, in which order, and, for a kind
// of lock that serves in order, who waits for that. A step is an op with is_step in prog/ops.def,
// `with` only while the lock is switched on. Main takes no step: it starts the lanes, and what
// stands in `after:` happens with the last lane's last step. Time does not exist, what is printed
// is no part of a state, and random() takes every value.
//
// A schedule is a maximal sequence of steps; each value of random() makes one of its own.
struct explore;

enum explore_grain {
    GRAIN_OP,     // each step by itself
    GRAIN_ACCESS, // with a step that others can notice, all that follow which they cannot
};

// Whether registers that no later step reads are cleared, so that states which differ by them
// alone are one. They are, unless asked otherwise; that changes numbers of states and nothing else.
enum explore_registers { REGISTERS_LIVE, REGISTERS_KEPT };

enum { EXPLORE_GOALS_MAX = 64, EXPLORE_CHOICES_MAX = 4096, EXPLORE_THREADS_MAX = 16 };

struct explore_options {
    const struct lock_kind *lock_kind; // NULL: the default
    bool lock_on;                      // the switch of the lock
    enum explore_grain grain;
    enum explore_registers registers;
    uint64_t memory_max_bytes; // 0: no limit
    unsigned n_threads;        // 0 or 1: the calling one alone
    bool wants_plain;          // no use of symmetry or levels, only for comparison: slower
};

struct explore_progress {
    const char *phase;   // "states", "schedules", "examples"
    uint64_t n_states;   // found so far, without symmetry
    uint64_t n_explored; // of those that were found: expanded in this phase
    uint64_t n_bytes;
};

enum explore_status {
    EXPLORE_GOING,
    EXPLORE_COMPLETE,
    EXPLORE_MEMORY,  // the limit of memory was reached
    EXPLORE_STOPPED, // by explore_stop
    EXPLORE_FAILED,  // see explore_trouble
};

// `prog` is borrowed and must outlive it. One thread at a time may call the functions below.
// NULL with a message when the program has what cannot be explored.
struct explore *explore_new(const struct program *prog, const struct explore_options *options,
                            struct error *err);
void explore_free(struct explore *x); // accepts NULL

// Goes on for about `n_states` states more. Call again while it returns EXPLORE_GOING.
enum explore_status explore_run(struct explore *x, uint64_t n_states);
void explore_stop(struct explore *x); // between two calls of explore_run: it stays as it is
struct explore_progress explore_progress(const struct explore *x);
const char *explore_trouble(const struct explore *x); // one sentence when EXPLORE_FAILED

enum explore_goal_kind { GOAL_EXPECT, GOAL_ALWAYS, GOAL_FAULT, GOAL_DEADLOCK };

// One kind of failure that was found. A schedule is a list of lanes, one for each step; for
// `always` up to the step that breaks it.
struct explore_failure {
    enum explore_goal_kind kind;
    char *text;      // "counter == lanes * N", "line 5: division by zero"
    char *schedules; // in digits; NULL: not known
    uint16_t *shortest;
    size_t n_shortest;
    bool has_shortest;
    uint16_t *fewest_switches;
    size_t n_fewest;
    bool has_fewest;
};

struct explore_final {
    int64_t value;
    char *schedules;    // NULL: not known
    uint16_t *shortest; // examples that end with it, once explore_seek has found them
    size_t n_shortest;
    bool has_shortest;
    uint16_t *fewest_switches;
    size_t n_fewest;
    bool has_fewest;
};

struct explore_cell {
    char name[48];
    struct explore_final *finals; // by value, rising
    size_t n_finals;
};

// Of a complete exploration all is exact. Of one that was cut short: the states that were covered,
// the finals and failures among them, and no number of schedules.
struct explore_result {
    enum explore_status status;
    bool is_complete;      // every state and every number; only examples may be missing
    bool is_endless;       // some lanes may go round for ever: there is no number of schedules
    char *n_states;        // without symmetry, in digits
    char *n_deadlocks;     // states
    char *schedules;       // that end, NULL: not known
    char *stuck_schedules; // that end in a deadlock, NULL: not known
    struct explore_cell *cells;
    size_t n_cells;
    struct explore_failure *failures; // expects, always, errors of the run, the deadlock
    size_t n_failures;
    uint64_t n_explored; // states that were expanded: fewer, by symmetry
    uint64_t peak_bytes;
    bool used_symmetry;
    bool used_levels; // false: the graph was kept as a whole
};

// Borrowed, until the next explore_run, explore_result or explore_free.
const struct explore_result *explore_result(struct explore *x);

// Looks for examples of a final value, which costs about what exploring does and is therefore done
// only when asked for; what was looked for before is given up. False: the cell does not end so as
// far as is known, or exploring still goes on, or has failed.
bool explore_seek(struct explore *x, size_t cell, int64_t value);
// Goes on with it for about `n_states` states more, within the limit of memory. True: it is done,
// and the next explore_result has what was found.
bool explore_seek_run(struct explore *x, uint64_t n_states);

// A schedule of explore's grain, as steps of the stepper. Newly allocated.
uint16_t *explore_steps(const struct explore *x, const uint16_t *lanes, size_t n, size_t *n_steps);

// "A A B A B B" or "B2 A3 B1". Newly allocated.
char *explore_schedule_text(const struct program *prog, const uint16_t *lanes, size_t n);
char *explore_turns_text(const struct program *prog, const uint16_t *lanes, size_t n);

#endif
