#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "prog/machine.h"
#include "support_scenario.h"

// The pool and semaphores in the language.

static const char cube_text[] = "def cube(x):\n"
                                "    return x * x * x\n"
                                "\n"
                                "pool 4 results = cube(x) for x in [1, 2, 3, 4, 5]\n"
                                "\n"
                                "after:\n"
                                "    print(\"Cubes: {results}\")\n";

static const struct lang_options as_written = {0};

// Ops from `from` to `to`: words, operands, where to. Registers are r0, r1, constants #5.
static void list_operand(char *out, size_t size, uint16_t operand, const struct program *prog)
{
    if (operand == REG_NONE)
        snprintf(out, size, "-");
    else if (operand >= REG_CONST)
        snprintf(out, size, "#%lld", (long long)prog->consts[operand - REG_CONST]);
    else
        snprintf(out, size, "r%u", operand);
}

static void list_ops(const struct program *prog, size_t from, size_t to, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = from; i < to && len < size; i++) {
        const struct op *op = &prog->ops[i];
        char words[64], dst[24], a[24], b[24];
        list_operand(dst, sizeof dst, op->dst, prog);
        list_operand(a, sizeof a, op->a, prog);
        list_operand(b, sizeof b, op->b, prog);
        len += (size_t)snprintf(out + len, size - len, "%zu %s dst %s a %s b %s arg %d line %u\n",
                                i, program_op_text(prog, op, words), dst, a, b, op->arg, op->line);
    }
}

static void the_pool_compiles_to_these_ops(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(cube_text);
    char found[4000];
    list_ops(prog, prog->functions[1].entry, prog->n_ops, found, sizeof found);
    assert_string_equal(found, "4 TAKE dst r0 a - b - arg 9 line 4\n"
                               "5 input dst r1 a r0 b - arg 0 line 4\n"
                               "6 call cube dst r1 a r1 b - arg 0 line 4\n"
                               "7 give dst - a r0 b r1 arg 0 line 4\n"
                               "8 jump dst - a - b - arg 4 line 4\n"
                               "9 return dst - a #0 b - arg 0 line 4\n"
                               "10 start Worker 0 dst - a - b - arg 1 line 0\n"
                               "11 start Worker 1 dst - a - b - arg 2 line 0\n"
                               "12 start Worker 2 dst - a - b - arg 3 line 0\n"
                               "13 start Worker 3 dst - a - b - arg 4 line 0\n"
                               "14 join Worker 0 dst - a - b - arg 1 line 0\n"
                               "15 join Worker 1 dst - a - b - arg 2 line 0\n"
                               "16 join Worker 2 dst - a - b - arg 3 line 0\n"
                               "17 join Worker 3 dst - a - b - arg 4 line 0\n"
                               "18 result dst r0 a - b - arg 0 line 7\n"
                               "19 result dst r1 a - b - arg 1 line 7\n"
                               "20 result dst r2 a - b - arg 2 line 7\n"
                               "21 result dst r3 a - b - arg 3 line 7\n"
                               "22 result dst r4 a - b - arg 4 line 7\n"
                               "23 PRINT dst - a r0 b - arg 0 line 7\n"
                               "24 end dst - a - b - arg 0 line 0\n");
    assert_string_equal(prog->functions[1].name, "pool");
    assert_int_equal(prog->functions[1].n_params, 0);
    assert_int_equal(prog->functions[1].n_regs, 2);
    assert_int_equal(prog->functions[1].line, 4);
    program_free(prog);
}

static void the_pool_says_what_it_is(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(cube_text);
    const struct pool_decl *pool = &prog->pool;
    char text[48];
    assert_string_equal(pool->name, "results");
    assert_int_equal(pool->function, 0);
    assert_int_equal(pool->line, 4);
    assert_int_equal(pool->n_items, 5);
    assert_int_equal(pool->n_args, 1);
    assert_int_equal(pool->arg_types[0], TYPE_INT);
    assert_int_equal(pool->result_type, TYPE_INT);
    for (int i = 0; i < 5; i++)
        assert_int_equal(pool->args[i], i + 1);
    assert_string_equal(program_item_text(prog, 2, text), "cube(3)");
    assert_int_equal(prog->mode, MODE_POOL);
    assert_int_equal(prog->n_lanes, 5);
    for (size_t i = 1; i < prog->n_lanes; i++) {
        snprintf(text, sizeof text, "Worker %zu", i - 1);
        assert_string_equal(prog->lanes[i].name, text);
        assert_int_equal(prog->lanes[i].function, 1);
        assert_int_equal(prog->lanes[i].n_args, 0);
        assert_int_equal(prog->lanes[i].line, 4);
    }
    program_free(prog);
}

static void calls_have_arguments_of_every_type(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("param N = 3\n"
                         "pool 2 * N results = job(name, 2 * N, 1.5s, name) "
                         "for name in [\"a\", \"b\"]\n"
                         "def job(name, n, time, other):\n"
                         "    sleep(time)\n"
                         "    print(\"{name} {n} {other}\")\n"
                         "    return time\n"
                         "def none():\n    return 1\n"
                         "after:\n    print(results)\n    print(\"{results:.1f}\")\n");
    const struct pool_decl *pool = &prog->pool;
    char text[48];
    assert_int_equal(pool->n_args, 4);
    assert_int_equal(pool->args[4], pool->args[7]);
    assert_int_equal(pool->args[5], 6);
    assert_int_equal(pool->args[6], 1500000000);
    assert_int_equal(pool->result_type, TYPE_DURATION);
    assert_string_equal(program_item_text(prog, 1, text), "job(b, 6, 1.50, b)");
    assert_string_equal(program_result_text(prog, 1500000000, text), "1.50");
    const int64_t values[] = {1500000000, 250000000};
    static const char *const printed[] = {"[1.50, 0.25]", "[1.5, 0.3]"};
    for (size_t i = 0; i < ARRAY_LEN(printed); i++) {
        char *line = program_print(prog, prog->n_formats - 2 + i, values);
        assert_string_equal(line, printed[i]);
        mem_free(line);
    }
    program_free(prog);
}

static void results_may_be_texts(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("def fact(n):\n    return factorial(n)\n"
                                            "pool 2 r = fact(n) for n in [5, 100]\n"
                                            "after:\n    print(r)\n");
    const int64_t values[] = {TEXT_FACTORIAL | 5, TEXT_FACTORIAL | 6};
    char text[48];
    assert_int_equal(prog->pool.result_type, TYPE_TEXT);
    assert_string_equal(program_result_text(prog, TEXT_FACTORIAL | 5, text), "120");
    assert_int_equal(strlen(program_result_text(prog, TEXT_FACTORIAL | 100, text)), 47);
    char *line = program_print(prog, 0, values);
    assert_string_equal(line, "[120, 720]");
    mem_free(line);
    program_free(prog);
}

static void a_call_without_arguments(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("def roll():\n    return random(1, 6)\n"
                                            "pool 2 dice = roll() for _ in [0, 0, 0]\n");
    char text[48];
    assert_int_equal(prog->pool.n_args, 0);
    assert_int_equal(prog->pool.n_items, 3);
    assert_string_equal(program_item_text(prog, 2, text), "roll()");
    assert_int_equal(prog->functions[1].n_regs, 2);
    program_free(prog);
}

static void check_workers(const struct lang_options *options, enum run_mode mode, size_t n_workers)
{
    struct program *prog = scenario_compile_with(cube_text, options);
    assert_int_equal(prog->mode, mode);
    assert_int_equal(prog->n_lanes, n_workers + 1);
    assert_int_equal(program_uses_processes(prog), mode == MODE_POOL || mode == MODE_PROCESSES);
    program_free(prog);
}

static void options_choose_mode_and_workers(void **state)
{
    (void)state;
    check_workers(&as_written, MODE_POOL, 4);
    check_workers(&(struct lang_options){.mode = "pool"}, MODE_POOL, 4);
    check_workers(&(struct lang_options){.mode = "processes"}, MODE_PROCESSES, 4);
    check_workers(&(struct lang_options){.mode = "threads", .n_lanes = 7}, MODE_THREADS, 7);
    check_workers(&(struct lang_options){.n_lanes = 1}, MODE_POOL, 1);
    check_workers(&(struct lang_options){.n_lanes = 1000}, MODE_POOL, 1000);
    check_workers(&(struct lang_options){.mode = "sequential"}, MODE_SEQUENTIAL, 1);
    check_workers(&(struct lang_options){.mode = "sequential", .n_lanes = 3}, MODE_SEQUENTIAL, 1);
}

static void what_is_written_chooses_the_mode(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum run_mode mode;
    } cases[] = {
        {"mode threads\n", MODE_THREADS},
        {"mode processes\n", MODE_PROCESSES},
        {"mode pool\n", MODE_POOL},
        {"", MODE_POOL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[400];
        snprintf(text, sizeof text, "%s%s", cases[i].text, cube_text);
        struct program *prog = scenario_compile(text);
        assert_int_equal(prog->mode, cases[i].mode);
        program_free(prog);
    }
    struct program *prog = scenario_compile("mode processes\ndef f():\n    pass\nlane A = f()\n");
    assert_int_equal(prog->mode, MODE_PROCESSES);
    assert_true(program_is_private(prog));
    program_free(prog);
}

// `lanes` is the number of workers, and one result is an expression like any other.
static void results_are_values_in_after(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("def twice(x):\n    return 2 * x\n"
                                            "pool 3 r = twice(x) for x in [4, 5]\n"
                                            "shared sum = 0\n"
                                            "semaphore s = 2 * lanes\n"
                                            "after:\n"
                                            "    for i in range(2):\n"
                                            "        sum += r[i]\n"
                                            "    x = r[1] + lanes\n"
                                            "expect sum == 6 * lanes\n");
    char found[2000];
    size_t first = prog->main_entry + 6;
    list_ops(prog, first, prog->n_ops, found, sizeof found);
    assert_non_null(strstr(found, "result dst r4 a - b r0 arg 0 line 8\n"));
    assert_non_null(strstr(found, "result dst r2 a - b - arg 1 line 9\n"));
    assert_non_null(strstr(found, "ADD 3 dst r1 a r2 b #3"));
    assert_int_equal(prog->locks[0].type, LOCK_SEMAPHORE);
    assert_int_equal(prog->locks[0].initial, 6);
    program_free(prog);
}

// What a worker updates, through the function that it calls, and under which lock.
static void workers_reach_what_their_function_does(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("shared n = 0\nshared m = 0\nlock l\n"
                                            "def job(x):\n    with l:\n        n += x\n"
                                            "    m += 1\n    return x\n"
                                            "pool 2 r = job(x) for x in [1, 2]\n");
    size_t lock;
    assert_true(program_lane_updates(prog, 1, 0));
    assert_true(program_lane_updates(prog, 2, 1));
    assert_false(program_lane_updates(prog, 0, 0));
    assert_true(program_cell_guard(prog, 0, &lock));
    assert_false(program_cell_guard(prog, 1, &lock));
    program_free(prog);
}

// A semaphore is no critical section: what comes after wait is not `in with`.
static void semaphores_are_no_critical_sections(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("param K = 3\nshared n = 0\nsemaphore s = K - 3\n"
                                            "semaphore most = 1000000000\n"
                                            "def f():\n    wait s\n    n += 1\n    post(s)\n"
                                            "lane A = f()\n");
    char found[2000];
    size_t lock;
    list_ops(prog, 0, prog->main_entry, found, sizeof found);
    assert_string_equal(found, "0 WAIT s dst - a - b - arg 0 line 6\n"
                               "1 LOAD n dst r0 a - b - arg 0 line 7\n"
                               "2 ADD 1 dst r0 a r0 b #1 arg 0 line 7\n"
                               "3 STORE n dst - a r0 b - arg 0 line 7\n"
                               "4 POST s dst - a - b - arg 0 line 8\n"
                               "5 return dst - a #0 b - arg 0 line 5\n");
    for (size_t i = 0; i < prog->main_entry; i++)
        assert_false(prog->ops[i].flags & OP_IN_WITH);
    assert_false(program_cell_guard(prog, 0, &lock));
    assert_int_equal(prog->locks[0].initial, 0);
    assert_int_equal(prog->locks[1].initial, 1000000000);
    assert_false(prog->locks[0].starts_off);
    program_free(prog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pool_compiles_to_these_ops),
        cmocka_unit_test(the_pool_says_what_it_is),
        cmocka_unit_test(calls_have_arguments_of_every_type),
        cmocka_unit_test(results_may_be_texts),
        cmocka_unit_test(a_call_without_arguments),
        cmocka_unit_test(options_choose_mode_and_workers),
        cmocka_unit_test(what_is_written_chooses_the_mode),
        cmocka_unit_test(results_are_values_in_after),
        cmocka_unit_test(workers_reach_what_their_function_does),
        cmocka_unit_test(semaphores_are_no_critical_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
