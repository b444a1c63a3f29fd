#ifndef LANG_REACH_H
#define LANG_REACH_H

#include "prog/program.h"

// Who may touch what, and under which lock, calls included: what program_lane_updates and
// program_cell_guard answer from.
//
// Functions are numbered as in the program; main comes after the last. A set of locks is a mask.
struct reach {
    size_t n_functions; // with main
    size_t n_vars;
    bool *updates;        // [f * n_vars + v]: f itself updates v
    bool *touches;        // [f * n_vars + v]: f itself loads or stores v
    uint64_t *held;       // [f * n_vars + v]: locks held at every place where f touches v
    bool *calls;          // [f * n_functions + g]
    uint64_t *calls_held; // [f * n_functions + g]: locks held at every place where f calls g
};

static_assert(PROGRAM_LOCKS_MAX <= 64, "sets of locks are masks of 64 bits");

void reach_init(struct reach *reach, size_t n_functions, size_t n_vars);
void reach_free(struct reach *reach);
void reach_access(struct reach *reach, size_t function, size_t var, uint64_t held);
void reach_update(struct reach *reach, size_t function, size_t var);
void reach_call(struct reach *reach, size_t function, size_t callee, uint64_t held);

// Writes prog->updates and the guard of each variable.
void reach_finish(struct reach *reach, struct program *prog);

#endif
