#include "model/explore.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/explore_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool explore_fail(struct explore *x, const char *fmt, ...)
{
    va_list args;
    if (x->status == EXPLORE_FAILED)
        return false;
    va_start(args, fmt);
    vsnprintf(x->trouble, sizeof x->trouble, fmt, args);
    va_end(args);
    x->status = EXPLORE_FAILED;
    return false;
}

static size_t lanes_bytes(const struct explore *x)
{
    size_t n = x->cap_moves * sizeof *x->moves + x->cap_effects * sizeof *x->effects;
    for (size_t i = 0; i < x->n_automata; i++)
        n += intern_bytes(&x->automata[i].keys) + x->automata[i].cap_locals * sizeof(struct local);
    for (size_t i = 0; i < x->n_slots; i++)
        n += intern_bytes(&x->slots[i].values);
    return n;
}

bool explore_has_room(struct explore *x, size_t n_bytes, size_t n_next_bytes)
{
    size_t n_own = lanes_bytes(x);
    uint64_t limit = x->options.memory_max_bytes;
    bool will_double = x->n_moves > x->cap_moves / 4 * 3;
    if (n_own + n_bytes > x->peak_bytes)
        x->peak_bytes = n_own + n_bytes;
    x->is_short_of_memory =
        limit && n_own + (will_double ? x->cap_moves * sizeof *x->moves : 0) + n_next_bytes > limit;
    return !x->is_short_of_memory;
}

static bool serves_in_order(const struct lock_kind *kind)
{
    static const uint16_t waiting[2] = {1, 0};
    const struct lock_model lock = {.holder = LOCK_NOBODY, .n_waiting = 2, .waiting = waiting};
    return !kind->may_take(&lock, 0);
}

static bool is_alike(const struct program *prog, size_t a, size_t b)
{
    const struct lane_decl *lane = &prog->lanes[a], *other = &prog->lanes[b];
    return lane->function == other->function && lane->n_args == other->n_args &&
           memcmp(lane->args, other->args, lane->n_args * sizeof lane->args[0]) == 0;
}

// So many lanes of one kind may be exchanged that the number of ways to do it fits 64 bits.
enum { PEERS_MAX = 20, ORBIT_BITS_MAX = 62 };

static void find_peers(struct explore *x)
{
    size_t n_lanes = x->prog->n_lanes;
    unsigned *sizes = mem_array(n_lanes, sizeof *sizes);
    uint32_t *last = mem_array(n_lanes, sizeof *last);
    double bits = 0;
    for (uint32_t lane = 1; lane < n_lanes; lane++) {
        uint32_t automaton = x->automaton_of[lane];
        double more = 0;
        for (unsigned n = sizes[automaton] + 1; n > 1; n /= 2)
            more++;
        if (last[automaton] && sizes[automaton] < PEERS_MAX && bits + more <= ORBIT_BITS_MAX) {
            x->peers[lane].before = last[automaton];
            x->peers[last[automaton]].behind = lane;
            bits += more;
            sizes[automaton]++;
            last[automaton] = lane;
            x->has_symmetry = true;
        } else if (!last[automaton]) {
            sizes[automaton] = 1;
            last[automaton] = lane;
        }
    }
    mem_free(sizes);
    mem_free(last);
}

// Lanes that do the same share an automaton, unless something names the lane.
static void make_automata(struct explore *x)
{
    const struct program *prog = x->prog;
    bool has_names = x->is_private || x->keeps_order || x->is_lock_free;
    x->automaton_of = mem_array(prog->n_lanes, sizeof *x->automaton_of);
    x->peers = mem_array(prog->n_lanes, sizeof *x->peers);
    x->automata = mem_array(prog->n_lanes, sizeof *x->automata);
    for (uint32_t lane = 1; lane < prog->n_lanes; lane++) {
        uint32_t other = 1;
        while (other < lane && (has_names || !is_alike(prog, lane, other)))
            other++;
        x->automaton_of[lane] = other < lane ? x->automaton_of[other] : (uint32_t)x->n_automata++;
    }
    if (!has_names && !x->is_sequential && !x->options.wants_plain)
        find_peers(x);
}

static void make_goals(struct explore *x)
{
    const struct program *prog = x->prog;
    for (size_t i = 0; i < prog->n_expects; i++)
        x->goals[x->n_goals++] = (struct goal){.kind = GOAL_EXPECT, .text = prog->expects[i].text};
    for (size_t i = 0; i < prog->n_always; i++) {
        x->goals[x->n_goals++] = (struct goal){.kind = GOAL_ALWAYS, .text = prog->always[i].text};
        x->has_joint_always |= prog->always[i].cell < 0;
    }
    x->deadlock_goal = x->n_goals;
    x->goals[x->n_goals++] = (struct goal){.kind = GOAL_DEADLOCK};
}

static bool check(const struct program *prog, const struct lock_kind *kind, struct error *err)
{
    for (size_t i = 0; i < prog->n_locks; i++)
        if (prog->locks[i].type == LOCK_CONDITION && kind->is_lock_free)
            return error_set(err,
                             "--lock-kind %s takes no lock, and a condition needs one to wait "
                             "without, as in line %u; use mutex or another kind",
                             kind->name, prog->locks[i].line);
    if (prog->n_expects + prog->n_always >= EXPLORE_GOALS_MAX)
        return error_set(err, "explore follows at most %d claims; this scenario has %zu",
                         EXPLORE_GOALS_MAX - 1, prog->n_expects + prog->n_always);
    return true;
}

struct explore *explore_new(const struct program *prog, const struct explore_options *options,
                            struct error *err)
{
    const struct lock_kind *kind = options->lock_kind ? options->lock_kind : lock_kinds[0];
    if (!check(prog, kind, err))
        return NULL;
    struct explore *x = mem_alloc(sizeof *x);
    x->prog = prog;
    x->options = *options;
    x->kind = kind;
    x->is_private = program_is_private(prog);
    x->is_sequential = prog->mode == MODE_SEQUENTIAL;
    x->is_lock_free = x->kind->is_lock_free;
    x->keeps_order = !x->is_sequential && !x->is_lock_free && serves_in_order(x->kind);
    x->has_after = leaf_has_after(prog);
    x->is_graded = true;
    bool retries = x->is_lock_free && options->lock_on;
    x->live = options->registers == REGISTERS_KEPT
                  ? live_everything(prog)
                  : live_analyse(prog, retries ? LIVE_RETRY : LIVE_NO_RETRY);
    heights_open(x);
    make_automata(x);
    make_goals(x);
    slots_open(x);
    x->n_fields = prog->n_lanes - 1 + x->n_slots + 1;
    x->fields = mem_array(x->n_fields, sizeof *x->fields);
    moves_open(x);
    explore_layout_make(x);
    tally_open(x);
    x->seek.phase = PHASE_DONE;
    x->phase = options->wants_plain ? PHASE_STATES : PHASE_LEVELS;
    return x;
}

void explore_free_result(struct explore *x)
{
    struct explore_result *r = &x->result;
    for (size_t i = 0; i < r->n_cells; i++) {
        for (size_t j = 0; j < r->cells[i].n_finals; j++)
            mem_free(r->cells[i].finals[j].schedules);
        mem_free(r->cells[i].finals);
    }
    mem_free(r->cells);
    for (size_t i = 0; i < r->n_failures; i++) {
        mem_free(r->failures[i].text);
        mem_free(r->failures[i].schedules);
    }
    mem_free(r->failures);
    mem_free(r->n_states);
    mem_free(r->n_deadlocks);
    mem_free(r->schedules);
    mem_free(r->stuck_schedules);
    *r = (struct explore_result){0};
}

void explore_free(struct explore *x)
{
    if (!x)
        return;
    explore_free_result(x);
    levels_close(x);
    graph_close(x);
    search_close(x);
    tally_close(x);
    for (size_t i = 0; i < EXPLORE_GOALS_MAX; i++)
        example_clear(&x->examples[i]);
    for (size_t i = 0; i < x->n_automata; i++) {
        intern_close(&x->automata[i].keys);
        mem_free(x->automata[i].locals);
    }
    slots_close(x);
    mem_free(x->automata);
    mem_free(x->automaton_of);
    mem_free(x->peers);
    mem_free(x->initial);
    mem_free(x->first_state);
    mem_free(x->moves);
    mem_free(x->effects);
    mem_free(x->fields);
    mem_free(x->heights);
    mem_free(x->exits);
    mem_free(x->live);
    mem_free(x);
}

static void end_graph(struct explore *x);

// What was found so far is forgotten, when levels are not enough.
static void end_levels(struct explore *x)
{
    levels_close(x);
    if (x->is_graded) {
        x->used_levels = true;
        end_graph(x);
        return;
    }
    tally_close(x);
    tally_open(x);
    x->n_states = 0;
    x->n_expanded = x->n_explored = 0;
    x->phase = PHASE_STATES;
}

static void end_graph(struct explore *x)
{
    graph_close(x);
    x->is_covered = !x->is_short_of_memory;
    x->phase = PHASE_SHORTEST;
    x->n_explored = 0;
}

static void run_phase(struct explore *x, uint64_t n_states)
{
    switch (x->phase) {
    case PHASE_LEVELS:
        if (levels_run(x, n_states))
            end_levels(x);
        return;
    case PHASE_STATES:
    case PHASE_COUNTS:
        if (graph_run(x, n_states))
            end_graph(x);
        return;
    case PHASE_SHORTEST:
        if (shortest_run(x, n_states))
            x->phase = PHASE_FEWEST;
        return;
    case PHASE_FEWEST:
        if (fewest_run(x, n_states))
            x->phase = PHASE_DONE;
        return;
    case PHASE_DONE:
        return;
    }
}

enum explore_status explore_run(struct explore *x, uint64_t n_states)
{
    if (x->status != EXPLORE_GOING)
        return x->status;
    run_phase(x, n_states);
    if (x->phase == PHASE_DONE && x->status == EXPLORE_GOING)
        x->status = x->is_covered ? EXPLORE_COMPLETE : EXPLORE_MEMORY;
    return x->status;
}

void explore_stop(struct explore *x)
{
    if (x->status == EXPLORE_GOING)
        x->status = EXPLORE_STOPPED;
}

const char *explore_trouble(const struct explore *x)
{
    return x->trouble;
}

struct explore_progress explore_progress(const struct explore *x)
{
    static const char *const phases[] = {
        [PHASE_LEVELS] = "states",     [PHASE_STATES] = "states",   [PHASE_COUNTS] = "schedules",
        [PHASE_SHORTEST] = "examples", [PHASE_FEWEST] = "examples", [PHASE_DONE] = "done",
    };
    return (struct explore_progress){.phase = phases[x->phase],
                                     .n_states = (uint64_t)x->n_states,
                                     .n_explored = x->n_explored,
                                     .n_bytes = x->peak_bytes};
}
