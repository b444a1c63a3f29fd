#include "lang/unit.h"

#include "base/mem.h"
#include "base/text.h"

// The pool: its inputs, and the workers, which are the lanes of the scenario.

size_t pool_count_workers(struct unit *unit, int64_t wanted)
{
    int64_t written = 1;
    unit_constant_int(unit, unit->pool->a->b, 1, PROGRAM_LANES_MAX, "the number of workers",
                      &written);
    // One after the other there is nothing that a second worker could take.
    if (unit->prog->mode == MODE_SEQUENTIAL)
        return 1;
    return (size_t)(wanted > 0 ? wanted : written);
}

static void make_workers(struct unit *unit)
{
    struct program *prog = unit->prog;
    prog->n_lanes = unit->n_lanes + 1;
    prog->lanes = mem_array(prog->n_lanes, sizeof *prog->lanes);
    prog->lanes[0] = (struct lane_decl){.name = "main", .function = -1};
    for (size_t i = 1; i < prog->n_lanes; i++) {
        struct lane_decl *lane = &prog->lanes[i];
        text_format(lane->name, sizeof lane->name, "Worker %zu", i - 1);
        lane->function = (int32_t)unit->n_routines - 2; // the last function but that of main
        lane->line = unit->pool->at.line;
    }
}

static void make_inputs(struct unit *unit)
{
    const struct node *node = unit->pool;
    const struct node *call = node->a->a;
    struct pool_decl *pool = &unit->prog->pool;
    pool->n_args = (uint16_t)unit->mapped->n_parameters;
    pool->args = mem_array((size_t)pool->n_items * pool->n_args, sizeof *pool->args);
    int64_t *args = pool->args;
    for (struct node *item = node->b; item; item = item->next, args += pool->n_args) {
        struct binding binding = {.name = node->a->name};
        if (!unit_constant(unit, item, NULL, &binding.constant) ||
            !lane_arguments(unit, call, &binding, unit->mapped, args))
            return;
    }
    for (uint16_t i = 0; i < pool->n_args; i++)
        pool->arg_types[i] = (enum value_type)unit->locals[unit->mapped->first_local + i].type;
}

void pool_make(struct unit *unit)
{
    struct pool_decl *pool = &unit->prog->pool;
    for (const struct node *item = unit->pool->b; item; item = item->next)
        pool->n_items++;
    make_workers(unit);
    if (!check_lane_call(unit, unit->pool->a->a, &unit->mapped)) {
        unit->mapped = NULL;
        return;
    }
    pool->function = (int32_t)(unit->mapped - unit->routines);
    make_inputs(unit);
}

uint8_t check_results_type(const struct unit *unit)
{
    bool has_type = unit->mapped && unit->mapped->result != TYPE_NONE;
    return has_type ? unit->mapped->result : TYPE_BAD; // a mistake that is told elsewhere
}

void unit_check_pool(struct unit *unit)
{
    if (!unit->mapped)
        return;
    unit->prog->pool.result_type = (enum value_type)unit->mapped->result;
    if (!unit->mapped->has_result && !unit->is_partial)
        unit_complain(unit, unit->pool->a->a->at, "%s returns nothing; a pool collects results",
                      unit->mapped->name);
}
