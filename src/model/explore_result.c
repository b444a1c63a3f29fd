// What was found, as others see it.
#include "base/mem.h"
#include "base/text.h"
#include "model/explore_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *known(const struct explore *x, const struct bigint *n)
{
    return x->is_covered && !x->is_endless ? bigint_text(n) : NULL;
}

static int compare_finals(const void *a, const void *b)
{
    const struct explore_final *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

static void make_cell(struct explore *x, size_t cell)
{
    const struct tally *tally = &x->tally;
    struct explore_cell *out = &x->result.cells[cell];
    program_cell_name(x->prog, cell, out->name);
    out->finals = mem_array(tally->n_finals[cell], sizeof *out->finals);
    for (uint32_t value = 0; value < tally->n_finals[cell]; value++) {
        const struct final *final = &tally->finals[cell][value];
        if (!final->schedules)
            continue;
        out->finals[out->n_finals++] = (struct explore_final){
            .value = slot_number(x, slot_cell(x, 0, cell), value),
            .schedules = known(x, final->schedules),
            .shortest = final->example.shortest,
            .n_shortest = final->example.n_shortest,
            .has_shortest = final->example.has_shortest,
            .fewest_switches = final->example.fewest,
            .n_fewest = final->example.n_fewest,
            .has_fewest = final->example.has_fewest,
        };
    }
    qsort(out->finals, out->n_finals, sizeof *out->finals, compare_finals);
}

static char *goal_text(const struct goal *goal)
{
    char text[200];
    if (goal->text)
        return mem_text(goal->text);
    if (goal->kind == GOAL_DEADLOCK)
        return mem_text("deadlock");
    snprintf(text, sizeof text, "line %u: %s", goal->line, machine_fault_text(goal->fault));
    return mem_text(text);
}

static void add_failure(struct explore *x, size_t goal)
{
    struct explore_result *r = &x->result;
    const struct example *example = &x->examples[goal];
    r->failures[r->n_failures++] = (struct explore_failure){
        .kind = x->goals[goal].kind,
        .text = goal_text(&x->goals[goal]),
        .schedules = known(x, x->tally.goals[goal]),
        .shortest = example->shortest,
        .n_shortest = example->n_shortest,
        .has_shortest = example->has_shortest,
        .fewest_switches = example->fewest,
        .n_fewest = example->n_fewest,
        .has_fewest = example->has_fewest,
    };
}

static char *wide_text(unsigned __int128 n)
{
    uint64_t words[2] = {(uint64_t)n, (uint64_t)(n >> 64)};
    struct bigint *sum = bigint_new();
    bigint_add(sum, words, 2);
    char *text = bigint_text(sum);
    bigint_free(sum);
    return text;
}

const struct explore_result *explore_result(struct explore *x)
{
    struct explore_result *r = &x->result;
    explore_free_result(x);
    r->status = x->status;
    r->is_complete = x->is_covered;
    r->is_endless = x->is_endless;
    r->n_states = wide_text(x->n_states);
    r->n_deadlocks = bigint_text(x->tally.deadlocks);
    r->schedules = known(x, x->tally.schedules);
    r->stuck_schedules = known(x, x->tally.stuck_schedules);
    r->n_explored = x->n_expanded;
    r->peak_bytes = x->peak_bytes;
    r->used_symmetry = x->has_symmetry;
    r->used_levels = x->used_levels;
    r->n_cells = x->prog->n_cells;
    r->cells = mem_array(r->n_cells, sizeof *r->cells);
    for (size_t i = 0; i < r->n_cells; i++)
        make_cell(x, i);
    r->failures = mem_array(EXPLORE_GOALS_MAX, sizeof *r->failures);
    for (size_t i = 0; i < x->n_goals; i++)
        if (x->tally.distance[i] != UINT32_MAX)
            add_failure(x, i);
    return r;
}

static char *append(char *text, size_t *cap, size_t *len, const char *more)
{
    size_t n = strlen(more);
    text = mem_room(text, cap, *len + n + 1, 1);
    memcpy(text + *len, more, n + 1);
    *len += n;
    return text;
}

char *explore_schedule_text(const struct program *prog, const uint16_t *lanes, size_t n)
{
    size_t cap = 0, len = 0;
    char *text = append(NULL, &cap, &len, "");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            text = append(text, &cap, &len, " ");
        text = append(text, &cap, &len, prog->lanes[lanes[i]].name);
    }
    return text;
}

// A name that ends in a digit, or has a space, is kept apart from its number: Worker 0*3.
static bool ends_plainly(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && !(name[n - 1] >= '0' && name[n - 1] <= '9');
}

char *explore_turns_text(const struct program *prog, const uint16_t *lanes, size_t n)
{
    size_t cap = 0, len = 0;
    char *text = append(NULL, &cap, &len, "");
    for (size_t i = 0; i < n;) {
        char turn[PROGRAM_NAME_MAX + 40];
        size_t from = i;
        const char *name = prog->lanes[lanes[i]].name;
        while (i < n && lanes[i] == lanes[from])
            i++;
        text_format(turn, sizeof turn, "%s%s%s%zu", from ? " " : "", name,
                    ends_plainly(name) ? "" : "*", i - from);
        text = append(text, &cap, &len, turn);
    }
    return text;
}
