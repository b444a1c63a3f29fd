#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/explore_tree.h"
#include "model/stepper.h"
#include "support_explore.h"
#include "support_explore_writer.h"
#include "trace/ledger.h"

// The tree of all schedules, and examples of finals, beside what explore has counted. Every number
// of schedules is counted a second time, leaf by leaf.

#ifdef __SANITIZE_THREAD__
enum { PROGRAMS = 40, TREES_MIN = 4 };
#else
enum { PROGRAMS = 600, TREES_MIN = 60 };
#endif

static const char race_text[] = "param  N = 1\n"
                                "shared counter = 0\n"
                                "lock   guard off\n"
                                "def increment():\n"
                                "    for _ in range(N):\n"
                                "        with guard:\n"
                                "            counter += 1\n"
                                "lane A = increment()\n"
                                "lane B = increment()\n"
                                "after:\n"
                                "    print(\"Final Counter: {counter}\")\n"
                                "expect counter == lanes * N\n";

static struct program *compile_race(int64_t n)
{
    struct lang_setting setting = {"N", n};
    return scenario_compile_with(race_text,
                                 &(struct lang_options){.settings = &setting, .n_settings = 1});
}

static size_t number(const char *digits)
{
    return strtoul(digits, NULL, 10);
}

static size_t count_turns(const uint16_t *lanes, size_t n)
{
    size_t turns = 0;
    for (size_t i = 0; i < n; i++)
        turns += i == 0 || lanes[i] != lanes[i - 1];
    return turns;
}

// The shape that the header promises.
static void check_shape(const struct explore_tree *tree)
{
    for (uint32_t at = 0; at < tree->n_nodes; at++) {
        const struct tree_node *node = &tree->nodes[at];
        uint32_t next_leaf = node->first_leaf, n_leaves = 0;
        assert_true(at == 0 || node->parent < at);
        for (uint32_t child = node->child; child; child = tree->nodes[child].next) {
            assert_int_equal(tree->nodes[child].parent, at);
            assert_int_equal(tree->nodes[child].depth, node->depth + 1);
            assert_int_equal(tree->nodes[child].first_leaf, next_leaf);
            next_leaf += tree->nodes[child].n_leaves;
            n_leaves += tree->nodes[child].n_leaves;
        }
        if (node->child == 0) {
            assert_int_equal(tree->leaves[node->first_leaf].node, at);
            n_leaves = 1;
        }
        assert_int_equal(node->n_leaves, n_leaves);
    }
    assert_int_equal(tree->nodes[0].n_leaves, tree->n_leaves);
}

static size_t count_final(const struct explore_tree *tree, size_t cell, int64_t value)
{
    size_t n = 0;
    for (size_t i = 0; i < tree->n_leaves; i++)
        n += !tree->leaves[i].is_stuck && tree->leaves[i].cells[cell] == value;
    return n;
}

static size_t count_broken(const struct explore_tree *tree, size_t claim)
{
    size_t n = 0;
    for (size_t i = 0; i < tree->n_leaves; i++)
        n += tree->leaves[i].broken >> claim & 1;
    return n;
}

static void compare_numbers(const struct explored *e, const struct explore_tree *tree)
{
    const struct explore_result *r = e->result;
    size_t n_stuck = 0;
    for (size_t i = 0; i < tree->n_leaves; i++)
        n_stuck += tree->leaves[i].is_stuck;
    assert_int_equal(n_stuck, number(r->stuck_schedules));
    assert_int_equal(tree->n_leaves - n_stuck, number(r->schedules));
    for (size_t cell = 0; cell < r->n_cells; cell++)
        for (size_t i = 0; i < r->cells[cell].n_finals; i++)
            assert_int_equal(count_final(tree, cell, r->cells[cell].finals[i].value),
                             number(r->cells[cell].finals[i].schedules));
    for (size_t i = 0; i < r->n_failures; i++)
        for (size_t claim = 0; claim < e->prog->n_expects + e->prog->n_always; claim++) {
            bool is_expect = claim < e->prog->n_expects;
            const char *text = is_expect ? e->prog->expects[claim].text
                                         : e->prog->always[claim - e->prog->n_expects].text;
            if (r->failures[i].kind == (is_expect ? GOAL_EXPECT : GOAL_ALWAYS) &&
                strcmp(r->failures[i].text, text) == 0)
                assert_int_equal(count_broken(tree, claim), number(r->failures[i].schedules));
        }
}

// The fewest steps and the fewest turns of all schedules that end so.
static void compare_example(const struct explore_tree *tree, size_t cell,
                            const struct explore_final *final)
{
    size_t shortest = SIZE_MAX, turns = SIZE_MAX;
    for (size_t i = 0; i < tree->n_leaves; i++) {
        const struct tree_leaf *leaf = &tree->leaves[i];
        if (leaf->is_stuck || leaf->cells[cell] != final->value)
            continue;
        size_t depth = tree->nodes[leaf->node].depth;
        uint16_t *lanes = tree_schedule(tree, i);
        size_t own = count_turns(lanes, depth);
        shortest = depth < shortest ? depth : shortest;
        turns = own < turns ? own : turns;
        mem_free(lanes);
    }
    assert_true(final->has_shortest && final->has_fewest);
    assert_int_equal(final->n_shortest, shortest);
    assert_int_equal(count_turns(final->fewest_switches, final->n_fewest), turns);
}

// The stepper, told so, ends with that value, and stands in the tree where it should.
static void replay(const struct explored *e, const struct explore_options *how,
                   const struct explore_tree *tree, const uint16_t *lanes, size_t n, size_t cell,
                   int64_t value)
{
    size_t n_steps;
    uint32_t node = 0;
    uint16_t *steps = explore_steps(e->x, lanes, n, &n_steps);
    const struct stepper_options options = {.lock_kind = how->lock_kind, .lock_on = how->lock_on};
    struct stepper *s = stepper_new(e->prog, &options);
    for (size_t i = 0; i < n_steps; i++) {
        assert_true(stepper_is_enabled(s, steps[i]));
        stepper_step(s, steps[i]);
    }
    assert_true(stepper_is_over(s));
    assert_int_equal(stepper_cell(s, cell), value);
    if (tree) {
        assert_true(tree_find(tree, e->x, steps, n_steps, &node));
        assert_int_equal(tree->nodes[node].child, 0);
        assert_int_equal(tree->leaves[tree->nodes[node].first_leaf].cells[cell], value);
        assert_int_equal(tree->nodes[node].depth, n);
    }
    stepper_free(s);
    mem_free(steps);
}

static void compare_examples(struct explored *e, const struct explore_options *how,
                             const struct explore_tree *tree)
{
    for (size_t cell = 0; cell < e->result->n_cells; cell++)
        for (size_t i = 0; i < e->result->cells[cell].n_finals; i++) {
            assert_true(explore_seek(e->x, cell, e->result->cells[cell].finals[i].value));
            while (!explore_seek_run(e->x, 7))
                ;
            e->result = explore_result(e->x);
            const struct explore_final *final = &e->result->cells[cell].finals[i];
            if (tree)
                compare_example(tree, cell, final);
            replay(e, how, tree, final->shortest, final->n_shortest, cell, final->value);
            replay(e, how, tree, final->fewest_switches, final->n_fewest, cell, final->value);
        }
}

// Each schedule of the tree played by itself: the ledger loses as many updates as its leaf says.
static void compare_losses(const struct explored *e, const struct explore_options *how,
                           const struct explore_tree *tree)
{
    const struct program *prog = e->prog;
    const struct stepper_options options = {.lock_kind = how->lock_kind, .lock_on = how->lock_on};
    bool updates[64];
    int64_t initial[8];
    assert_true(prog->n_lanes * prog->n_cells <= ARRAY_LEN(updates));
    memset(updates, true, sizeof updates);
    for (size_t cell = 0; cell < prog->n_cells; cell++)
        initial[cell] = program_cell_initial(prog, cell);
    for (size_t i = 0; i < tree->n_leaves; i++) {
        size_t n_steps;
        uint64_t n_lost = 0;
        uint16_t *lanes = tree_schedule(tree, i);
        uint16_t *steps =
            explore_steps(e->x, lanes, tree->nodes[tree->leaves[i].node].depth, &n_steps);
        struct ledger *ledger = ledger_new(&(struct ledger_shape){.n_lanes = prog->n_lanes,
                                                                  .n_cells = prog->n_cells,
                                                                  .initial = initial,
                                                                  .updates = updates,
                                                                  .nests = updates});
        struct stepper *s = stepper_new(prog, &options);
        for (size_t j = 0; j < n_steps; j++)
            stepper_step(s, steps[j]);
        struct stepper_output out = stepper_output(s);
        for (size_t j = 0; j < out.n_updates; j++)
            ledger_push(ledger, write_lane(out.updates[j].id), &out.updates[j], 1);
        assert_int_equal(ledger_merge(ledger, 0, NULL, NULL), out.n_updates);
        for (size_t cell = 0; cell < prog->n_cells; cell++)
            n_lost += ledger_cell(ledger, cell)->lost;
        assert_int_equal(tree->leaves[i].n_lost, n_lost);
        ledger_free(ledger);
        stepper_free(s);
        mem_free(steps);
        mem_free(lanes);
    }
}

static void compare_tree(struct explored *e, const struct explore_options *how,
                         const struct explore_tree *tree)
{
    check_shape(tree);
    compare_numbers(e, tree);
    compare_losses(e, how, tree);
}

static void test_two_increments(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        enum explore_grain grain;
        bool lock_on;
        size_t n_leaves, n_lost, depth;
    } cases[] = {
        {1, GRAIN_OP, false, 20, 18, 6}, {1, GRAIN_ACCESS, false, 6, 4, 4},
        {1, GRAIN_OP, true, 2, 0, 10},   {2, GRAIN_ACCESS, false, 70, 64, 8},
        {2, GRAIN_OP, false, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct explore_options how = {.grain = cases[i].grain, .lock_on = cases[i].lock_on};
        struct explored e = explore_all(compile_race(cases[i].n), &how);
        struct explore_tree *tree = explore_tree_new(e.x);
        assert_int_equal(tree != NULL, cases[i].n_leaves > 0);
        size_t n_lost = 0;
        for (size_t j = 0; tree && j < tree->n_leaves; j++)
            n_lost += tree->leaves[j].n_lost > 0;
        if (tree) {
            assert_int_equal(tree->n_leaves, cases[i].n_leaves);
            assert_int_equal(tree->depth, cases[i].depth);
            assert_int_equal(n_lost, cases[i].n_lost);
            compare_tree(&e, &how, tree);
        }
        compare_examples(&e, &how, tree);
        explore_tree_free(tree);
        explored_free(&e);
    }
}

// In a larger program, where no tree can tell: known minima.
static void test_examples_of_a_larger_race(void **state)
{
    (void)state;
    struct explore_options how = {.n_threads = 2};
    struct explored e = explore_all(compile_race(10), &how);
    assert_int_equal(e.result->cells[0].n_finals, 19);
    assert_false(e.result->cells[0].finals[0].has_shortest);
    compare_examples(&e, &how, NULL);
    const struct explore_final *two = &e.result->cells[0].finals[0];
    assert_int_equal(two->value, 2);
    assert_int_equal(two->n_shortest, 60);
    char *text = explore_turns_text(e.prog, two->fewest_switches, two->n_fewest);
    assert_string_equal(text, "B2 A27 B1 A2 B27 A1");
    mem_free(text);
    // What is not there, and what is known already.
    assert_false(explore_seek(e.x, 0, 1));
    assert_false(explore_seek(e.x, 1, 2));
    assert_true(explore_seek(e.x, 0, 2));
    assert_true(explore_seek_run(e.x, 1));
    assert_int_equal(explore_result(e.x)->status, EXPLORE_COMPLETE);
    explored_free(&e);
}

// Looking for an example keeps to the limit of memory as well, and changes nothing else.
static void test_examples_within_memory(void **state)
{
    (void)state;
    struct explore_options how = {0};
    struct explored e = explore_all(compile_race(10), &how);
    how.memory_max_bytes = 2 * e.result->peak_bytes;
    explored_free(&e);
    e = explore_all(compile_race(10), &how);
    assert_true(explore_seek(e.x, 0, 11));
    while (!explore_seek_run(e.x, 1000))
        ;
    e.result = explore_result(e.x);
    assert_true(e.result->cells[0].finals[9].has_fewest);
    assert_true(e.result->peak_bytes <= how.memory_max_bytes);
    assert_int_equal(e.result->status, EXPLORE_COMPLETE);
    assert_string_equal(e.result->schedules, "118264581564861424");
    explored_free(&e);
}

static void test_no_tree_of_chance(void **state)
{
    (void)state;
    struct explore_options how = {0};
    struct explored e = explore_all(scenario_compile("shared x = 0\n"
                                                     "def f():\n"
                                                     "    x = random(1, 2)\n"
                                                     "lane A = f()\n"),
                                    &how);
    assert_null(explore_tree_new(e.x));
    explored_free(&e);
}

// True when it was small enough.
static bool compare_random(uint64_t seed)
{
    struct writer w = {.random = random_stream(seed, 3)};
    put_program(&w);
    static const char *const modes[] = {NULL, NULL, "threads", "sequential", "processes"};
    struct lang_options lang = {.mode = modes[pick(&w, ARRAY_LEN(modes))],
                                .memory = pick(&w, 3) ? "private" : "shared"};
    size_t n_kinds = 0;
    while (lock_kinds[n_kinds])
        n_kinds++;
    struct explore_options how = {.lock_kind = lock_kinds[pick(&w, (unsigned)n_kinds)],
                                  .lock_on = pick(&w, 3) > 0,
                                  .grain = pick(&w, 3) ? GRAIN_OP : GRAIN_ACCESS};
    struct error err;
    struct explored e = {.prog = scenario_compile_with(w.text, &lang)};
    e.x = explore_new(e.prog, &how, &err);
    struct explore_tree *tree = e.x ? explore_tree_new(e.x) : NULL;
    if (tree) {
        print_message("seed %llu: %zu schedules\n", (unsigned long long)seed, tree->n_leaves);
        while (explore_run(e.x, 1000) == EXPLORE_GOING)
            ;
        e.result = explore_result(e.x);
        assert_int_equal(e.result->status, EXPLORE_COMPLETE);
        compare_tree(&e, &how, tree);
        compare_examples(&e, &how, tree);
    }
    explore_tree_free(tree);
    explored_free(&e);
    return tree != NULL;
}

static void test_random_programs(void **state)
{
    (void)state;
    const char *text = getenv("RACELANE_SEED");
    if (text) {
        compare_random(strtoull(text, NULL, 10));
        return;
    }
    size_t n_trees = 0;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++)
        n_trees += compare_random(seed);
    assert_true(n_trees >= TREES_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_increments),
        cmocka_unit_test(test_examples_of_a_larger_race),
        cmocka_unit_test(test_examples_within_memory),
        cmocka_unit_test(test_no_tree_of_chance),
        cmocka_unit_test(test_random_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
