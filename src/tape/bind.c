// The names in a tape, found in the program that it is for.
#include "tape/parse.h"

#include "base/mem.h"
#include "base/text.h"
#include "prog/program.h"

#include <string.h>

static void complain_cell(const struct tape_quantity *quantity, uint32_t line,
                          const struct program *prog, struct lang_problems *problems)
{
    char name[48], near[80] = "";
    for (size_t cell = 0; cell < prog->n_cells && near[0] == '\0'; cell++) {
        const char *const names[] = {program_cell_name(prog, cell, name)};
        tape_suggest(near, quantity->name, names, 1);
    }
    problem_add(problems, (struct place){line, quantity->column, quantity->width},
                "this scenario shares no variable `%.40s`%s", quantity->name, near);
}

static void bind_quantity(struct tape_quantity *quantity, uint32_t line, const struct program *prog,
                          struct lang_problems *problems)
{
    char name[48];
    if (quantity->kind != QUANTITY_CELL)
        return;
    for (size_t cell = 0; cell < prog->n_cells; cell++)
        if (strcmp(program_cell_name(prog, cell, name), quantity->name) == 0) {
            quantity->cell = cell;
            return;
        }
    complain_cell(quantity, line, prog, problems);
}

static void bind_lane(struct tape_step *step, const struct program *prog,
                      struct lang_problems *problems)
{
    char near[80] = "";
    int64_t number;
    for (size_t lane = 0; lane < prog->n_lanes; lane++)
        if (strcmp(prog->lanes[lane].name, step->wish.name) == 0)
            return;
    if (tape_number(step->wish.name, &number) && number >= 0 && (uint64_t)number < prog->n_lanes)
        return;
    for (size_t lane = 0; lane < prog->n_lanes && near[0] == '\0'; lane++) {
        const char *const names[] = {prog->lanes[lane].name};
        tape_suggest(near, step->wish.name, names, 1);
    }
    problem_add(problems, (struct place){step->line, step->lane_column, step->lane_width},
                "this scenario has no lane `%.40s`%s", step->wish.name, near);
}

bool tape_bind(struct tape *tape, const struct program *prog, struct lang_problems *problems)
{
    for (size_t i = 0; i < tape->n_steps; i++) {
        struct tape_step *step = &tape->steps[i];
        if (step->word == TAPE_UNTIL) {
            bind_quantity(&step->condition.left, step->line, prog, problems);
            bind_quantity(&step->condition.right, step->line, prog, problems);
        }
        if (step->word == TAPE_ASK)
            bind_quantity(&step->answer, step->line, prog, problems);
        if (step->lane_width > 0)
            bind_lane(step, prog, problems);
    }
    return problem_count(problems) == 0;
}
