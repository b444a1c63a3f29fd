#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "support_scenario.h"

static void cells_have_names_and_values(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("param N = 3\nshared a = 5\nshared b[N] = -2\n"
                                            "shared c[1] = 1\ndef f():\n    pass\nlane A = f()\n");
    static const struct {
        const char *name;
        int64_t initial;
        const char *var;
    } cells[] = {
        {"a", 5, "a"}, {"b[0]", -2, "b"}, {"b[1]", -2, "b"}, {"b[2]", -2, "b"}, {"c[0]", 1, "c"}};
    char name[48];
    assert_int_equal(prog->n_cells, ARRAY_LEN(cells));
    for (size_t i = 0; i < prog->n_cells; i++) {
        assert_string_equal(program_cell_name(prog, i, name), cells[i].name);
        assert_int_equal(program_cell_initial(prog, i), cells[i].initial);
        assert_string_equal(program_cell_var(prog, i)->name, cells[i].var);
    }
    program_free(prog);
}

static void lanes_that_update_a_cell(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(
        "shared a = 0\nshared b = 0\nshared c[2] = 0\nshared d = 0\n"
        "def one():\n    a += 1\n"
        "def two():\n    one()\n    b = 3\n    c[1] += 1\n"
        "def blind():\n    a = b + 1\n"
        "def indivisible():\n    atomic d += 1\n"
        "def loop(n):\n    if n > 0:\n        loop(n - 1)\n    two()\n"
        "lane A = one()\nlane B = loop(1)\nlane C = blind()\nlane D = indivisible()\n"
        "after:\n    d += 1\n    one()\n");
    static const bool expected[5][5] = {
        // a, b, c[0], c[1], d
        {true, false, false, false, true},  {true, false, false, false, false},
        {true, false, true, true, false},   {false, false, false, false, false},
        {false, false, false, false, true},
    };
    for (size_t lane = 0; lane < 5; lane++)
        for (size_t cell = 0; cell < 5; cell++)
            assert_int_equal(program_lane_updates(prog, lane, cell), expected[lane][cell]);
    program_free(prog);
}

static void guards_of_cells(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("shared in_lock = 0\nshared called = 0\nshared mixed = 0\n"
                         "shared two = 0\nshared unused = 0\nshared part = 0\n"
                         "lock first\nlock second\n"
                         "def deeper():\n    called += 1\n"
                         "def helper():\n    called += 1\n    deeper()\n"
                         "def only_main():\n    in_lock = 0\n"
                         "def outside():\n    part += 1\n"
                         "def f():\n    with first:\n        in_lock += 1\n"
                         "        helper()\n        two = 1\n        mixed = 1\n"
                         "        outside()\n"
                         "    with second:\n        with first:\n"
                         "            two += 1\n            helper()\n"
                         "    outside()\n"
                         "def g():\n    with second:\n        mixed += 1\n"
                         "lane A = f()\nlane B = g()\n"
                         "after:\n    in_lock += 1\n    helper()\n    only_main()\n");
    static const int guards[] = {0, 0, -1, 0, -1, -1};
    for (size_t cell = 0; cell < ARRAY_LEN(guards); cell++) {
        size_t lock = 99;
        assert_int_equal(program_cell_guard(prog, cell, &lock), guards[cell] >= 0);
        if (guards[cell] >= 0)
            assert_int_equal(lock, guards[cell]);
    }
    program_free(prog);
}

// The ops of a function's body, in words, each followed by a bar.
static void check_ops(const char *body, const char *expected)
{
    char text[1000];
    char found[1000] = "";
    snprintf(text, sizeof text,
             "param N = 9\nshared g = 0\nshared a[4] = 0\nlock l\ndef k(x):\n    return x\n"
             "def f(i):\n%s\nlane A = f(1)\n",
             body);
    struct program *prog = scenario_compile(text);
    for (size_t i = prog->functions[1].entry; i < prog->main_entry; i++) {
        char out[64];
        size_t len = strlen(found);
        snprintf(found + len, sizeof found - len, "%s|", program_op_text(prog, &prog->ops[i], out));
    }
    assert_string_equal(found, expected);
    program_free(prog);
}

static void ops_in_words(void **state)
{
    (void)state;
    check_ops("    g += 1", "LOAD g|ADD 1|STORE g|return|");
    check_ops("    if g >= 80: g = 80 - g", "LOAD g|IF >= 80|LOAD g|SUB|STORE g|return|");
    check_ops("    x = g > 5\n    y = 5 <= i", "LOAD g|GT 5|GE 5|return|");
    check_ops("    a[i] *= i\n    a[2] = k(N)",
              "LOAD a[]|MUL|STORE a[]|move|call k|STORE a[2]|return|");
    check_ops("    with l: g = 1", "ACQUIRE l|STORE g|RELEASE l|return|");
    check_ops("    sleep(1.5)\n    compute(i)", "SLEEP 1.50 s|seconds|COMPUTE|return|");
    check_ops("    acquire l\n    release(l)\n    atomic g += 2",
              "ACQUIRE l|RELEASE l|ATOMIC + g|return|");
    check_ops("    print(\"{elapsed()} {random(1, i)} {factorial(i)}\")",
              "ELAPSED|RANDOM|FACTORIAL|PRINT|return|");
}

static void lanes_start_in_turn_when_sequential(void **state)
{
    (void)state;
    static const char text[] = "def f():\n    pass\nlane A = f()\nlane B = f()\n";
    static const char *const expected[] = {"start A|start B|join A|join B|end|",
                                           "start A|join A|start B|join B|end|"};
    static const char *const modes[] = {"threads", "sequential"};
    for (size_t k = 0; k < 2; k++) {
        struct lang_options options = {.mode = modes[k]};
        struct program *prog = scenario_compile_with(text, &options);
        char found[200] = "";
        for (size_t i = prog->main_entry; i < prog->n_ops; i++) {
            char out[64];
            strcat(strcat(found, program_op_text(prog, &prog->ops[i], out)), "|");
            assert_int_equal(prog->ops[i].line, 0);
        }
        assert_string_equal(found, expected[k]);
        program_free(prog);
    }
}

static void texts_and_lines(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("# a\ttab and \xe2\x80\xae\r\ndef f(x):\n    print(x)\n"
                                            "lane A = f(\"it\")");
    char *text = program_text(prog, prog->lanes[1].args[0]);
    assert_string_equal(text, "it");
    mem_free(text);
    text = program_text(prog, TEXT_FACTORIAL | 4);
    assert_string_equal(text, "24");
    mem_free(text);
    assert_int_equal(prog->n_lines, 4);
    assert_string_equal(prog->lines[0], "# a tab and \xef\xbf\xbd");
    assert_string_equal(prog->lines[3], "lane A = f(\"it\")");
    assert_string_equal(prog->name, "test");
    assert_string_equal(prog->title, "");
    assert_string_equal(prog->about, "");
    program_free(prog);
}

static void names_of_kinds(void **state)
{
    (void)state;
    assert_string_equal(lane_kind_name(LANE_MAIN), "main");
    assert_string_equal(lane_kind_name(LANE_THREAD), "thread");
    assert_string_equal(lane_kind_name(LANE_PROCESS), "process");
    assert_string_equal(lane_kind_name(LANE_CALL), "call");
    assert_string_equal(lane_kind_name((enum lane_kind)9), "lane");
    for (int i = 0; i < OP_COUNT; i++) {
        assert_non_null(op_info[i].mnemonic);
        assert_non_null(op_info[i].help);
    }
    assert_true(op_info[OP_LOAD].is_step);
    assert_false(op_info[OP_JUMP].is_step);
    program_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_have_names_and_values),
        cmocka_unit_test(lanes_that_update_a_cell),
        cmocka_unit_test(guards_of_cells),
        cmocka_unit_test(ops_in_words),
        cmocka_unit_test(lanes_start_in_turn_when_sequential),
        cmocka_unit_test(texts_and_lines),
        cmocka_unit_test(names_of_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
