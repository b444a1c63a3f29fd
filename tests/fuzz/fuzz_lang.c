#include "base/mem.h"
#include "lang/lang.h"
#include "prog/machine.h"

#include <string.h>

// Any bytes are compiled; what compiles is run on the bare machine, one lane after the other, for
// a bounded number of steps.

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { STEPS_MAX = 2000 };

struct world {
    int64_t cells[PROGRAM_CELLS_MAX];
    struct random random;
    uint32_t n_taken; // inputs of the pool
    int64_t results[PROGRAM_ITEMS_MAX];
    bool is_given[PROGRAM_ITEMS_MAX];
};

static int64_t read_cell(const void *context, size_t cell)
{
    return ((const struct world *)context)->cells[cell];
}

// TAKE, GIVE and RESULT.
static void pool_effect(struct machine *m, const struct op *op, struct world *world)
{
    char text[48];
    size_t item;
    if (op->code == OP_TAKE) {
        bool is_left = world->n_taken < m->prog->pool.n_items;
        if (is_left)
            program_item_text(m->prog, world->n_taken, text);
        machine_take(m, op, is_left ? (int64_t)world->n_taken++ : -1);
    } else if (op->code == OP_GIVE) {
        int64_t value = machine_value(m, op->b);
        item = (size_t)machine_value(m, op->a);
        world->results[item] = value;
        world->is_given[item] = true;
        program_result_text(m->prog, value, text);
        machine_complete(m, op, 0);
    } else if (machine_item(m, op, &item)) {
        if (world->is_given[item])
            machine_complete(m, op, world->results[item]);
        else
            machine_fail(m, op, FAULT_RESULT);
    }
}

static void effect(struct machine *m, const struct op *op, struct world *world)
{
    size_t cell;
    uint64_t ns;
    int64_t result = 0;
    bool has_cell = op->code >= OP_LOAD && op->code <= OP_ATOMIC_MUL;
    if (has_cell && !machine_cell(m, op, &cell))
        return;
    switch (op->code) {
    case OP_TAKE:
    case OP_GIVE:
    case OP_RESULT:
        pool_effect(m, op, world);
        return;
    case OP_LOAD:
        result = world->cells[cell];
        break;
    case OP_STORE:
        world->cells[cell] = machine_value(m, op->a);
        break;
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        if (!machine_combine(m, op, world->cells[cell], &result))
            return;
        world->cells[cell] = result;
        break;
    case OP_PRINT:
        mem_free(program_print(m->prog, (size_t)op->arg, machine_values(m, op->a)));
        break;
    case OP_SLEEP:
    case OP_COMPUTE:
        if (!machine_pause(m, op, &ns))
            return;
        break;
    case OP_RANDOM:
        if (!machine_draw(m, op, &world->random, &result))
            return;
        break;
    case OP_FACTORIAL:
        if (!machine_factorial(m, op, &result))
            return;
        break;
    default:
        break;
    }
    machine_complete(m, op, result);
}

static void run_lane(const struct program *prog, size_t lane, struct world *world)
{
    static struct machine m;
    char text[64];
    machine_init_lane(&m, prog, lane);
    for (int i = 0; i < STEPS_MAX; i++) {
        const struct op *op = machine_fetch(&m);
        if (!op)
            continue;
        if (op->code == OP_END)
            return;
        program_op_text(prog, op, text);
        if (machine_is_local(op))
            machine_execute(&m, op);
        else
            effect(&m, op, world);
        if (op->flags & OP_RETRIABLE && op->code == OP_STORE && i % 7 == 0)
            machine_retry(&m, op);
    }
}

static void run(const struct program *prog)
{
    static struct world world;
    bool holds;
    world.random = random_stream(1, 1);
    world.n_taken = 0;
    memset(world.is_given, 0, sizeof world.is_given);
    for (size_t cell = 0; cell < prog->n_cells; cell++)
        world.cells[cell] = program_cell_initial(prog, cell);
    for (size_t lane = prog->n_lanes < 4 ? prog->n_lanes : 4; lane-- > 0;) {
        run_lane(prog, lane, &world);
        for (size_t cell = 0; cell < prog->n_cells; cell++)
            program_lane_updates(prog, lane, cell);
    }
    for (size_t i = 0; i < prog->n_expects; i++)
        machine_judge(prog, &prog->expects[i], read_cell, &world, &holds);
    for (size_t i = 0; i < prog->n_always; i++)
        machine_judge(prog, &prog->always[i], read_cell, &world, &holds);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    const char *mode = mode_names[size % MODE_COUNT];
    struct lang_options options = {.n_lanes = (int64_t)(size % 5), .mode = size % 3 ? NULL : mode};
    struct lang_problems problems;
    struct program *prog = lang_compile("fuzz", text, size, &options, &problems);
    if (prog)
        run(prog);
    else
        mem_free(lang_problems_text(&problems, "fuzz", text, size));
    program_free(prog);
    return 0;
}
