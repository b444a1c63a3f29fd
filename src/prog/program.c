#include "prog/program.h"

#include "base/bigint.h"
#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct op_info op_info[OP_COUNT] = {
#define OP(name, mnemonic, step, help) [OP_##name] = {mnemonic, help, step},
#include "prog/ops.def"
#undef OP
};

const char *const mode_names[MODE_COUNT] = {
    [MODE_SEQUENTIAL] = "sequential",
    [MODE_THREADS] = "threads",
    [MODE_PROCESSES] = "processes",
    [MODE_POOL] = "pool",
};

const char *const gil_names[GIL_COUNT] = {
    [GIL_OFF] = "off",
    [GIL_3_9] = "3.9",
    [GIL_3_10] = "3.10",
};

const char *const memory_names[MEMORY_COUNT] = {
    [MEMORY_PRIVATE] = "private",
    [MEMORY_SHARED] = "shared",
};

const char *lane_kind_name(enum lane_kind kind)
{
    switch (kind) {
    case LANE_MAIN:
        return "main";
    case LANE_THREAD:
        return "thread";
    case LANE_PROCESS:
        return "process";
    case LANE_CALL:
        return "call";
    }
    return "lane";
}

static void free_claims(struct claim *claims, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(claims[i].text);
    mem_free(claims);
}

static void free_formats(struct program *prog)
{
    for (size_t i = 0; i < prog->n_formats; i++) {
        struct format *format = &prog->formats[i];
        for (size_t j = 0; j < format->n_pieces; j++)
            mem_free(format->pieces[j].text);
        mem_free(format->pieces);
    }
    mem_free(prog->formats);
}

void program_free(struct program *prog)
{
    if (!prog)
        return;
    for (size_t i = 0; i < prog->n_strings; i++)
        mem_free(prog->strings[i]);
    mem_free(prog->strings);
    free_formats(prog);
    free_claims(prog->expects, prog->n_expects);
    free_claims(prog->always, prog->n_always);
    mem_free(prog->name);
    mem_free(prog->title);
    mem_free(prog->about);
    mem_free(prog->source);
    mem_free(prog->lines);
    mem_free(prog->ops);
    mem_free(prog->consts);
    mem_free(prog->functions);
    mem_free(prog->vars);
    mem_free(prog->updates);
    mem_free(prog->locks);
    mem_free(prog->params);
    mem_free(prog->pool.args);
    mem_free(prog->lanes);
    mem_free(prog);
}

bool program_uses_processes(const struct program *prog)
{
    return prog->mode == MODE_PROCESSES || prog->mode == MODE_POOL;
}

bool program_is_private(const struct program *prog)
{
    return program_uses_processes(prog) && prog->memory == MEMORY_PRIVATE;
}

static size_t var_of_cell(const struct program *prog, size_t cell)
{
    size_t low = 0;
    size_t high = prog->n_vars;
    while (high - low > 1) {
        size_t mid = (low + high) / 2;
        if (prog->vars[mid].first_cell <= cell)
            low = mid;
        else
            high = mid;
    }
    assert(low < prog->n_vars);
    return low;
}

const struct shared_var *program_cell_var(const struct program *prog, size_t cell)
{
    return &prog->vars[var_of_cell(prog, cell)];
}

int64_t program_cell_initial(const struct program *prog, size_t cell)
{
    return program_cell_var(prog, cell)->initial;
}

char *program_cell_name(const struct program *prog, size_t cell, char out[48])
{
    const struct shared_var *var = program_cell_var(prog, cell);
    if (var->is_array)
        text_format(out, 48, "%s[%zu]", var->name, cell - var->first_cell);
    else
        text_format(out, 48, "%s", var->name);
    return out;
}

bool program_lane_updates(const struct program *prog, size_t lane, size_t cell)
{
    int32_t function = prog->lanes[lane].function;
    size_t row = function < 0 ? prog->n_functions : (size_t)function;
    return prog->updates[row * prog->n_vars + var_of_cell(prog, cell)];
}

bool program_cell_nests(const struct program *prog, size_t cell)
{
    const struct shared_var *var = program_cell_var(prog, cell);
    bool is_open = false;
    for (size_t i = 0; i < prog->n_ops; i++) {
        const struct op *op = &prog->ops[i];
        bool is_update = (op->flags & OP_UPDATES) && op->arg >= (int32_t)var->first_cell &&
                         op->arg < (int32_t)(var->first_cell + var->n_cells);
        if (op->code == OP_LOAD && is_update)
            is_open = true;
        else if (op->code == OP_STORE && is_update)
            is_open = false;
        else if (op->code == OP_CALL && is_open)
            return true;
    }
    return false;
}

bool program_cell_guard(const struct program *prog, size_t cell, size_t *lock)
{
    int32_t guard = program_cell_var(prog, cell)->guard;
    if (guard < 0)
        return false;
    *lock = (size_t)guard;
    return true;
}

char *program_text(const struct program *prog, int64_t value)
{
    if (value & TEXT_FACTORIAL)
        return bigint_factorial((unsigned long)(value & (TEXT_FACTORIAL - 1)));
    assert(value >= 0 && (size_t)value < prog->n_strings);
    return mem_text(prog->strings[value]);
}
