#include "lang/reach.h"

#include "base/mem.h"

#include <string.h>

void reach_init(struct reach *reach, size_t n_functions, size_t n_vars)
{
    size_t cells = n_functions * n_vars;
    *reach = (struct reach){
        .n_functions = n_functions,
        .n_vars = n_vars,
        .updates = mem_array(cells, sizeof(bool)),
        .touches = mem_array(cells, sizeof(bool)),
        .held = mem_array(cells, sizeof(uint64_t)),
        .calls = mem_array(n_functions * n_functions, sizeof(bool)),
        .calls_held = mem_array(n_functions * n_functions, sizeof(uint64_t)),
    };
    memset(reach->held, 0xff, cells * sizeof(uint64_t));
    memset(reach->calls_held, 0xff, n_functions * n_functions * sizeof(uint64_t));
}

void reach_free(struct reach *reach)
{
    mem_free(reach->updates);
    mem_free(reach->touches);
    mem_free(reach->held);
    mem_free(reach->calls);
    mem_free(reach->calls_held);
}

void reach_access(struct reach *reach, size_t function, size_t var, uint64_t held)
{
    size_t i = function * reach->n_vars + var;
    reach->touches[i] = true;
    reach->held[i] &= held;
}

void reach_update(struct reach *reach, size_t function, size_t var)
{
    reach->updates[function * reach->n_vars + var] = true;
}

void reach_call(struct reach *reach, size_t function, size_t callee, uint64_t held)
{
    size_t i = function * reach->n_functions + callee;
    reach->calls[i] = true;
    reach->calls_held[i] &= held;
}

// Which locks are held whenever a function is entered: those at every place that calls it, with
// what was held there before. Only what lanes reach counts; other functions keep all bits.
static uint64_t *locks_at_entry(const struct reach *reach, const struct program *prog,
                                bool *is_reached)
{
    size_t n = reach->n_functions;
    uint64_t *entry = mem_array(n, sizeof *entry);
    memset(entry, 0xff, n * sizeof *entry);
    for (size_t i = 1; i < prog->n_lanes; i++) {
        entry[prog->lanes[i].function] = 0;
        is_reached[prog->lanes[i].function] = true;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < n * n; i++) {
            size_t caller = i / n;
            size_t callee = i % n;
            if (!reach->calls[i] || !is_reached[caller])
                continue;
            uint64_t held = entry[callee] & (entry[caller] | reach->calls_held[i]);
            changed |= held != entry[callee] || !is_reached[callee];
            entry[callee] = held;
            is_reached[callee] = true;
        }
    }
    return entry;
}

static void find_guards(const struct reach *reach, struct program *prog)
{
    bool *is_reached = mem_array(reach->n_functions, sizeof *is_reached);
    uint64_t *entry = locks_at_entry(reach, prog, is_reached);
    for (size_t v = 0; v < reach->n_vars; v++) {
        uint64_t held = UINT64_MAX;
        bool is_touched = false;
        for (size_t f = 0; f < reach->n_functions; f++) {
            size_t i = f * reach->n_vars + v;
            if (!is_reached[f] || !reach->touches[i])
                continue;
            is_touched = true;
            held &= entry[f] | reach->held[i];
        }
        prog->vars[v].guard = is_touched && held ? __builtin_ctzll(held) : -1;
    }
    mem_free(entry);
    mem_free(is_reached);
}

// calls[f, g] becomes: f may end up in g (Warshall's closure).
static void close_calls(struct reach *reach)
{
    size_t n = reach->n_functions;
    for (size_t via = 0; via < n; via++)
        for (size_t f = 0; f < n; f++)
            if (reach->calls[f * n + via])
                for (size_t g = 0; g < n; g++)
                    reach->calls[f * n + g] |= reach->calls[via * n + g];
}

void reach_finish(struct reach *reach, struct program *prog)
{
    size_t n = reach->n_functions;
    find_guards(reach, prog);
    close_calls(reach);
    prog->updates = mem_array(n * reach->n_vars, sizeof *prog->updates);
    for (size_t f = 0; f < n; f++)
        for (size_t g = 0; g < n; g++)
            if (f == g || reach->calls[f * n + g])
                for (size_t v = 0; v < reach->n_vars; v++)
                    prog->updates[f * reach->n_vars + v] |= reach->updates[g * reach->n_vars + v];
}
