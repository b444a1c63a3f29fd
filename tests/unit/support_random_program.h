#ifndef SUPPORT_RANDOM_PROGRAM_H
#define SUPPORT_RANDOM_PROGRAM_H

#include "base/mem.h"
#include "base/random.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// A valid scenario from a seed: two to four lanes, one to three shared variables and perhaps an
// array, one or two locks and semaphores; loops of a few rounds, blocks with and without a lock,
// updates, blind stores, conditions, prints, calls and arithmetic. It always ends, divides by
// nothing but constants, and never overflows. Locks are taken in one order, and so are the
// semaphores s0, s1 behind them, which a block takes one from and gives it back; from `own` a lane
// takes only what it has posted. So it cannot deadlock.
struct random_program {
    struct random random;
    char *text;
    size_t len, cap;
    unsigned n_cells, n_locks, n_semaphores;
    bool has_array;
    unsigned budget; // statements left
};

static inline void rp_add(struct random_program *rp, const char *fmt, ...)
{
    va_list args;
    char line[256];
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    rp->text = mem_room(rp->text, &rp->cap, rp->len + (size_t)n + 1, 1);
    memcpy(rp->text + rp->len, line, (size_t)n + 1);
    rp->len += (size_t)n;
}

static inline unsigned rp_pick(struct random_program *rp, unsigned n)
{
    return (unsigned)random_below(&rp->random, n);
}

static inline void rp_indent(struct random_program *rp, unsigned depth)
{
    rp_add(rp, "%*s", (int)(4 * depth), "");
}

// A shared variable, or an element of the array.
static inline void rp_cell(struct random_program *rp)
{
    static const char *const index[] = {"0", "1", "me", "n % 3"};
    if (rp->has_array && rp_pick(rp, 4) == 0)
        rp_add(rp, "row[%s]", index[rp_pick(rp, 4)]);
    else
        rp_add(rp, "c%u", rp_pick(rp, rp->n_cells));
}

// Small values only: what is stored is taken modulo 1000.
static inline void rp_value(struct random_program *rp, unsigned depth)
{
    switch (rp_pick(rp, depth > 2 ? 4 : 9)) {
    case 0:
        rp_add(rp, "%u", rp_pick(rp, 20));
        return;
    case 1:
        rp_add(rp, "x");
        return;
    case 2:
        rp_add(rp, "me");
        return;
    case 3:
    case 4:
        rp_cell(rp);
        return;
    case 5:
        rp_add(rp, "-(");
        rp_value(rp, depth + 1);
        rp_add(rp, ")");
        return;
    case 6:
        rp_add(rp, "(");
        rp_value(rp, depth + 1);
        rp_add(rp, ") %s %u", rp_pick(rp, 2) ? "//" : "%", rp_pick(rp, 7) + 1);
        return;
    case 7:
        rp_add(rp, "half(");
        rp_value(rp, depth + 1);
        rp_add(rp, ")");
        return;
    default:
        rp_add(rp, "(");
        rp_value(rp, depth + 1);
        rp_add(rp, " %c ", "+-"[rp_pick(rp, 2)]);
        rp_value(rp, depth + 1);
        rp_add(rp, ")");
        return;
    }
}

static inline void rp_condition(struct random_program *rp)
{
    static const char *const compare[] = {"<", "<=", ">", ">=", "==", "!="};
    static const char *const join[] = {"", "", " and n > 0", " or x == 3", " and not me"};
    rp_value(rp, 1);
    rp_add(rp, " %s ", compare[rp_pick(rp, 6)]);
    rp_value(rp, 1);
    rp_add(rp, "%s", join[rp_pick(rp, 5)]);
}

static inline void rp_block(struct random_program *rp, unsigned depth, unsigned first_lock);

static inline void rp_store(struct random_program *rp)
{
    unsigned cell = rp_pick(rp, rp->n_cells);
    switch (rp_pick(rp, 6)) {
    case 0:
    case 1:
        rp_add(rp, "c%u %c= %u\n", cell, "+-"[rp_pick(rp, 2)], rp_pick(rp, 5) + 1);
        return;
    case 2:
        rp_add(rp, "c%u = (c%u + ", cell, cell);
        rp_value(rp, 2);
        rp_add(rp, ") %% 1000\n");
        return;
    case 3:
        rp_add(rp, "c%u = half(c%u)\n", cell, cell);
        return;
    case 4:
        if (rp->has_array) {
            rp_add(rp, "row[me] += 1\n");
            return;
        }
        rp_add(rp, "atomic c%u += 2\n", cell);
        return;
    default:
        rp_add(rp, "c%u = (", cell);
        rp_value(rp, 2);
        rp_add(rp, ") %% 1000\n");
        return;
    }
}

// A block that goes on only with the lock, or with one of the semaphore.
static inline void rp_guarded(struct random_program *rp, unsigned depth, unsigned first_lock)
{
    unsigned lock = first_lock + rp_pick(rp, rp->n_locks + rp->n_semaphores - first_lock);
    if (lock < rp->n_locks) {
        rp_add(rp, "with g%u:\n", lock);
        rp_block(rp, depth + 1, lock + 1);
        return;
    }
    rp_add(rp, "wait s%u\n", lock - rp->n_locks);
    rp_block(rp, depth, lock + 1);
    rp_indent(rp, depth);
    rp_add(rp, "post s%u\n", lock - rp->n_locks);
}

static inline void rp_statement(struct random_program *rp, unsigned depth, unsigned first_lock)
{
    unsigned kind = rp_pick(rp, depth < 5 && rp->budget > 0 ? 11 : 6);
    rp_indent(rp, depth);
    if (kind < 4) {
        rp_store(rp);
    } else if (kind == 4) {
        rp_add(rp, "x = (");
        rp_value(rp, 1);
        rp_add(rp, ") %% 1000\n");
    } else if (kind == 5) {
        rp_add(rp, "print(\"{me} {x} {c%u}\")\n", rp_pick(rp, rp->n_cells));
    } else if (kind == 6) {
        rp_add(rp, "for k%u in range(%u):\n", depth, rp_pick(rp, 3) + 1);
        rp_block(rp, depth + 1, first_lock);
    } else if (kind == 7) {
        rp_add(rp, "if ");
        rp_condition(rp);
        rp_add(rp, ":\n");
        rp_block(rp, depth + 1, first_lock);
        if (rp_pick(rp, 2)) {
            rp_indent(rp, depth);
            rp_add(rp, "else:\n");
            rp_block(rp, depth + 1, first_lock);
        }
    } else if (kind == 8) {
        rp_add(rp, "post own\n");
        rp_block(rp, depth, first_lock);
        rp_indent(rp, depth);
        rp_add(rp, "wait own\n");
    } else if (first_lock < rp->n_locks + rp->n_semaphores) {
        rp_guarded(rp, depth, first_lock);
    } else {
        rp_store(rp);
    }
}

static inline void rp_block(struct random_program *rp, unsigned depth, unsigned first_lock)
{
    unsigned n = rp_pick(rp, 3) + 1;
    for (unsigned i = 0; i < n && (i == 0 || rp->budget > 0); i++) {
        rp->budget -= rp->budget > 0;
        rp_statement(rp, depth, first_lock);
    }
}

static inline void rp_declare(struct random_program *rp)
{
    rp->n_cells = rp_pick(rp, 3) + 1;
    rp->n_locks = rp_pick(rp, 2) + 1;
    rp->n_semaphores = rp_pick(rp, 3);
    rp->has_array = rp_pick(rp, 3) == 0;
    rp_add(rp, "title \"0 random program\"\n");
    for (unsigned i = 0; i < rp->n_cells; i++)
        rp_add(rp, "shared c%u = %u\n", i, rp_pick(rp, 3));
    if (rp->has_array)
        rp_add(rp, "shared row[4] = 0\n");
    for (unsigned i = 0; i < rp->n_locks; i++)
        rp_add(rp, "lock g%u%s\n", i, rp_pick(rp, 3) == 0 ? " off" : "");
    for (unsigned i = 0; i < rp->n_semaphores; i++)
        rp_add(rp, "semaphore s%u = %u\n", i, rp_pick(rp, 2) + 1);
    rp_add(rp, "semaphore own = 0\n");
    rp_add(rp, "def half(v):\n    if v > 10:\n        return v // 2\n    return v + 1\n");
}

static inline void rp_function(struct random_program *rp, unsigned number)
{
    rp->budget = 8;
    rp_add(rp, "def work%u(me):\n    x = me\n", number);
    rp_add(rp, "    for n in range(%u):\n", rp_pick(rp, 4) + 1);
    rp_block(rp, 2, 0);
    rp_block(rp, 2, 0);
}

// Newly allocated.
static inline char *random_program(uint64_t seed)
{
    struct random_program rp = {.random = random_stream(seed, 77)};
    rp_declare(&rp);
    unsigned n_lanes = rp_pick(&rp, 3) + 2;
    unsigned n_functions = rp_pick(&rp, 2) + 1;
    for (unsigned i = 0; i < n_functions; i++)
        rp_function(&rp, i);
    for (unsigned i = 0; i < n_lanes; i++)
        rp_add(&rp, "lane %c = work%u(%u)\n", (char)('A' + i), i % n_functions, i);
    rp_add(&rp, "after:\n    print(\"end {c0}\")\n");
    return rp.text;
}

#endif
