#ifndef MODEL_EXPLORE_LIVE_H
#define MODEL_EXPLORE_LIVE_H

#include "prog/program.h"

// Which registers of its function are live in front of each op: some path from there reads them
// before it writes them. The others are no part of a state. What is only printed is not read.
struct live_set {
    uint64_t bits[PROGRAM_REGS_MAX / 64];
};

enum live_retries { LIVE_NO_RETRY, LIVE_RETRY }; // whether a RETRIABLE store may go back

// [op]; newly allocated.
struct live_set *live_analyse(const struct program *prog, enum live_retries retries);

// Every register of the op's function, as if each could still be read.
struct live_set *live_everything(const struct program *prog);

static inline bool live_has(const struct live_set *set, size_t reg)
{
    return set->bits[reg / 64] >> reg % 64 & 1;
}

#endif
