// What exploring finds, added up: finals, deadlocks, failures, and the schedules that lead there.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

void tally_open(struct explore *x)
{
    struct tally *tally = &x->tally;
    tally->deadlocks = bigint_new();
    tally->schedules = bigint_new();
    tally->stuck_schedules = bigint_new();
    for (size_t i = 0; i < EXPLORE_GOALS_MAX; i++) {
        tally->goals[i] = bigint_new();
        tally->distance[i] = UINT32_MAX;
    }
    tally->finals = mem_array(x->prog->n_cells, sizeof *tally->finals);
    tally->n_finals = mem_array(x->prog->n_cells, sizeof *tally->n_finals);
}

void tally_close(struct explore *x)
{
    struct tally *tally = &x->tally;
    bigint_free(tally->deadlocks);
    bigint_free(tally->schedules);
    bigint_free(tally->stuck_schedules);
    for (size_t i = 0; i < EXPLORE_GOALS_MAX; i++)
        bigint_free(tally->goals[i]);
    for (size_t cell = 0; tally->finals && cell < x->prog->n_cells; cell++) {
        for (size_t i = 0; i < tally->n_finals[cell]; i++) {
            bigint_free(tally->finals[cell][i].schedules);
            example_clear(&tally->finals[cell][i].example);
        }
        mem_free(tally->finals[cell]);
    }
    mem_free(tally->finals);
    mem_free(tally->n_finals);
    *tally = (struct tally){0};
}

static struct final *final_of(struct explore *x, size_t cell, uint32_t value)
{
    struct tally *tally = &x->tally;
    if (value >= tally->n_finals[cell]) {
        size_t n = value + 1 + value / 2;
        tally->finals[cell] = mem_resize(tally->finals[cell], n, sizeof *tally->finals[cell]);
        memset(tally->finals[cell] + tally->n_finals[cell], 0,
               (n - tally->n_finals[cell]) * sizeof *tally->finals[cell]);
        tally->n_finals[cell] = n;
    }
    struct final *final = &tally->finals[cell][value];
    if (!final->schedules)
        *final = (struct final){.schedules = bigint_new(), .distance = UINT32_MAX};
    return final;
}

bool tally_has_final(const struct explore *x, size_t cell, int64_t value, uint32_t *number)
{
    const struct tally *tally = &x->tally;
    uint32_t slot = slot_cell(x, 0, cell);
    for (*number = 0; *number < tally->n_finals[cell]; ++*number)
        if (tally->finals[cell][*number].schedules && slot_number(x, slot, *number) == value)
            return true;
    return false;
}

static void add_goals(struct explore *x, uint64_t goals, const uint64_t *counts, size_t n_limbs)
{
    const struct program *prog = x->prog;
    for (size_t i = 0; i < x->n_goals; i++) {
        bool is_always = x->goals[i].kind == GOAL_ALWAYS;
        if (goals >> i & 1)
            bigint_add(x->tally.goals[i], counts, n_limbs);
        else if (is_always) // broken on the way here
            bigint_add(x->tally.goals[i], counts + (1 + i - prog->n_expects) * n_limbs, n_limbs);
    }
}

static void add_counts(struct explore *x, const struct leaf *leaf, const uint64_t *counts,
                       size_t n_limbs)
{
    struct tally *tally = &x->tally;
    bigint_add(leaf->is_stuck ? tally->stuck_schedules : tally->schedules, counts, n_limbs);
    for (size_t cell = 0; cell < x->prog->n_cells && !leaf->is_stuck; cell++)
        bigint_add(final_of(x, cell, leaf->finals[cell])->schedules, counts, n_limbs);
    add_goals(x, leaf->goals, counts, n_limbs);
}

static void add_found(struct explore *x, const struct leaf *leaf, const uint64_t *state,
                      uint32_t distance)
{
    uint64_t orbit = state_orbit(x, state);
    if (leaf->is_stuck)
        bigint_add(x->tally.deadlocks, &orbit, 1);
    for (size_t cell = 0; cell < x->prog->n_cells && !leaf->is_stuck; cell++) {
        struct final *final = final_of(x, cell, leaf->finals[cell]);
        if (distance < final->distance)
            final->distance = distance;
    }
    tally_goals(x, leaf->goals, distance);
}

bool tally_leaf(struct explore *x, const uint64_t *state, uint32_t distance, const uint64_t *counts,
                size_t n_limbs)
{
    struct leaf leaf = {.finals = mem_array(x->prog->n_cells, sizeof *leaf.finals)};
    bool is_right = leaf_look(x, state, &leaf);
    if (is_right && distance != NOT_NEW)
        add_found(x, &leaf, state, distance);
    if (is_right && counts)
        add_counts(x, &leaf, counts, n_limbs);
    mem_free(leaf.finals);
    return is_right;
}

void tally_goals(struct explore *x, uint64_t goals, uint32_t distance)
{
    for (; goals; goals &= goals - 1) {
        size_t i = (size_t)__builtin_ctzll(goals);
        if (distance < x->tally.distance[i])
            x->tally.distance[i] = distance;
    }
}

void tally_clear_counts(struct explore *x)
{
    struct tally *tally = &x->tally;
    bigint_clear(tally->schedules);
    bigint_clear(tally->stuck_schedules);
    for (size_t i = 0; i < EXPLORE_GOALS_MAX; i++)
        bigint_clear(tally->goals[i]);
    for (size_t cell = 0; cell < x->prog->n_cells; cell++)
        for (size_t i = 0; i < tally->n_finals[cell]; i++)
            if (tally->finals[cell][i].schedules)
                bigint_clear(tally->finals[cell][i].schedules);
}
