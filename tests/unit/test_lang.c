#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "lang/library.h"
#include "prog/machine.h"
#include "support_random_program.h"
#include "support_scenario.h"

#include <stdlib.h>

// Every op of a program on a line: words, operands, flags.
static char *listing(const struct program *prog)
{
    size_t cap = 0, len = 0;
    char *text = NULL;
    for (size_t i = 0; i < prog->n_ops; i++) {
        const struct op *op = &prog->ops[i];
        char words[64];
        text = mem_room(text, &cap, len + 200, 1);
        len += (size_t)snprintf(
            text + len, 200, "%zu %s %s%s%s%s-> %d line %u\n", i, program_op_text(prog, op, words),
            op->flags & OP_UPDATES ? "updates " : "", op->flags & OP_RETRIABLE ? "retriable " : "",
            op->flags & OP_IN_WITH ? "in-with " : "", op->retry ? "back " : "", op->arg, op->line);
    }
    return text;
}

static struct program *compile_shipped(const char *name, const struct lang_options *options)
{
    const struct library_entry *entry = library_find(name);
    assert_non_null(entry);
    return scenario_compile_with(entry->text, options);
}

static void the_race_compiles_to_these_ops(void **state)
{
    (void)state;
    struct lang_options options = {0};
    struct program *prog = compile_shipped("race", &options);
    char *found = listing(prog);
    uint32_t first = prog->functions[0].line;
    char expected[2000];
    snprintf(expected, sizeof expected,
             "0 move -> 0 line %u\n"
             "1 next back -> 8 line %u\n"
             "2 ACQUIRE guard -> 0 line %u\n"
             "3 LOAD counter updates retriable in-with -> 0 line %u\n"
             "4 ADD 1 in-with -> 0 line %u\n"
             "5 STORE counter updates retriable in-with back -> 0 line %u\n"
             "6 RELEASE guard in-with -> 0 line %u\n"
             "7 jump -> 1 line %u\n"
             "8 return -> 0 line %u\n"
             "9 LOAD counter -> 0 line %u\n"
             "10 MUL 100000 -> 0 line %u\n"
             "11 EQ -> 0 line %u\n"
             "12 return -> 0 line %u\n"
             "13 start A -> 1 line 0\n"
             "14 start B -> 2 line 0\n"
             "15 join A -> 1 line 0\n"
             "16 join B -> 2 line 0\n"
             "17 LOAD counter -> 0 line %u\n"
             "18 PRINT -> 0 line %u\n"
             "19 end -> 0 line 0\n",
             first + 1, first + 1, first + 2, first + 3, first + 3, first + 3, first + 2, first + 1,
             first, first + 11, first + 11, first + 11, first + 11, first + 9, first + 9);
    assert_string_equal(found, expected);
    assert_int_equal(prog->ops[5].retry, 2);
    assert_int_equal(prog->ops[3].column, 13);
    assert_true(prog->locks[0].starts_off);
    assert_string_equal(prog->expects[0].text, "counter == lanes * N");
    assert_int_equal(prog->expects[0].cell, 0);
    mem_free(found);
    program_free(prog);
}

static unsigned count_sentences(const char *text)
{
    unsigned n = 0;
    for (const char *c = text; *c; c++)
        n += (*c == '.' || *c == '?') && (c[1] == ' ' || c[1] == '\0');
    return n;
}

static void shipped_scenarios_compile_in_every_mode(void **state)
{
    (void)state;
    static const char *const modes[] = {NULL, "threads", "sequential", "processes"};
    for (const struct library_entry *entry = library; entry->name; entry++) {
        for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
            for (int64_t n_lanes = 0; n_lanes < 5; n_lanes++) {
                struct lang_options options = {.mode = modes[i], .n_lanes = n_lanes};
                struct program *prog = scenario_compile_with(entry->text, &options);
                assert_true(strlen(prog->title) > 3);
                assert_true(count_sentences(prog->about) >= 2);
                assert_true(count_sentences(prog->about) <= 5);
                assert_in_range(strlen(prog->about), 100, 600);
                program_free(prog);
            }
        }
    }
}

static bool store_updates(const char *statement)
{
    char text[500];
    bool updates = false;
    snprintf(text, sizeof text,
             "shared x = 0\nshared y = 0\nshared a[4] = 0\nlock l\n"
             "def one():\n    return 1\ndef id(v):\n    return v\n"
             "def f(i):\n    j = i\n    %s\nlane A = f(1)\n",
             statement);
    struct program *prog = scenario_compile(text);
    unsigned n_loads = 0;
    for (size_t i = prog->functions[2].entry; i < prog->main_entry; i++) {
        const struct op *op = &prog->ops[i];
        if (op->code == OP_STORE)
            updates = op->flags & OP_UPDATES;
        if (op->code == OP_LOAD && op->flags & OP_UPDATES)
            n_loads++;
    }
    assert_int_equal(n_loads, updates);
    program_free(prog);
    return updates;
}

static void what_is_an_update(void **state)
{
    (void)state;
    static const char *const updates[] = {
        "x += 1",
        "x = x + 1",
        "x = 1 + x",
        "x = id(x)",
        "x = x + one()",
        "x = y + x",
        "x = x + x",
        "x += x",
        "x = -x",
        "x = x and y",
        "x = (x + 1) * (y + x)",
        "a[2] += 1",
        "a[2] = a[2] + 1",
        "a[i] = a[i] + 1",
        "a[i + 1] = 3 * a[i + 1]",
        "a[x] += 1",
        "a[-j + 2] = a[-j + 2]",
        "x = a[x]",
    };
    static const char *const blind[] = {
        "x = 1",           "x = y + 1",
        "x = one()",       "x = j",
        "a[1] = a[2] + 1", "a[i] = a[j]",
        "a[i] = a[1]",
        "a[x] = a[x] + 1", // the index may have changed between the two
        "a[a[1]] = 1",     "a[one()] = a[one()]",
        "x = y and x", // not loaded when y is 0
        "x = y or x == 1", "x = a[1]",
    };
    for (size_t i = 0; i < ARRAY_LEN(updates); i++) {
        if (!store_updates(updates[i]))
            print_message("no update: %s\n", updates[i]);
        assert_true(store_updates(updates[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(blind); i++) {
        if (store_updates(blind[i]))
            print_message("an update: %s\n", blind[i]);
        assert_false(store_updates(blind[i]));
    }
}

static void what_may_be_done_again(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("shared x = 0\nshared y = 0\nshared a[4] = 0\n"
                         "def one():\n    return 1\n"
                         "def f(i):\n    x += 1\n    x = x + one()\n    x += random(1, 2)\n"
                         "    x = y\n    a[i + 1] = (a[i + 1] + y) * 2\n    x = x and y\n"
                         "    a[one()] += 1\n"
                         "lane A = f(0)\n");
    static const struct {
        bool retriable;
        uint16_t retry;
    } expected[] = {{true, 2}, {false, 0}, {false, 0}, {false, 0},
                    {true, 6}, {true, 7},  {false, 0}};
    size_t n = 0;
    for (size_t i = 0; i < prog->main_entry; i++) {
        const struct op *op = &prog->ops[i];
        if (op->code != OP_STORE)
            continue;
        assert_int_equal((op->flags & OP_RETRIABLE) != 0, expected[n].retriable);
        assert_int_equal(op->retry, expected[n].retry);
        n++;
    }
    assert_int_equal(n, ARRAY_LEN(expected));
    program_free(prog);
}

// with is left on every way out of it, innermost lock first.
static void locks_are_left_on_every_way_out(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("lock a\nlock b\nshared x = 0\n"
                         "def f():\n    while True:\n        with a:\n            with b:\n"
                         "                if x == 1:\n                    break\n"
                         "                if x == 2:\n                    continue\n"
                         "                if x == 3:\n                    return x\n"
                         "    return 0\n"
                         "def g():\n    acquire a\n    x += 1\n    release a\n    x = 0\n"
                         "lane A = f()\nlane B = g()\n");
    char order[64] = "";
    unsigned n_in_with = 0;
    for (size_t i = 0; i < prog->main_entry; i++) {
        const struct op *op = &prog->ops[i];
        if (op->code == OP_LEAVE)
            strcat(order, op->arg == 0 ? "a" : "b");
        n_in_with += i >= prog->functions[1].entry && (op->flags & OP_IN_WITH);
    }
    assert_string_equal(order, "babababa");
    assert_int_equal(n_in_with, 4); // LOAD, ADD, STORE, RELEASE
    program_free(prog);
}

static void check_lanes(const char *declarations, int64_t n_lanes, const char *expected)
{
    char text[2000];
    char found[4000] = "";
    struct lang_options options = {.n_lanes = n_lanes};
    snprintf(
        text, sizeof text,
        "param N = 2\ndef f(x):\n    pass\ndef t(s):\n    print(s)\ndef d(p):\n    sleep(p)\n%s",
        declarations);
    struct program *prog = scenario_compile_with(text, &options);
    for (size_t i = 1; i < prog->n_lanes; i++) {
        const struct lane_decl *lane = &prog->lanes[i];
        size_t len = strlen(found);
        if (lane->function == 1)
            snprintf(found + len, sizeof found - len, "%s=%s|", lane->name,
                     prog->strings[lane->args[0]]);
        else
            snprintf(found + len, sizeof found - len, "%s=%lld|", lane->name,
                     (long long)lane->args[0]);
    }
    assert_string_equal(found, expected);
    assert_string_equal(prog->lanes[0].name, "main");
    assert_int_equal(prog->lanes[0].function, -1);
    program_free(prog);
}

static void lanes_are_named_and_repeated(void **state)
{
    (void)state;
    check_lanes("lane A = f(1)\nlane B = f(2)\n", 0, "A=1|B=2|");
    check_lanes("lane A = f(1)\nlane B = f(2)\n", 5, "A=1|B=2|C=1|D=2|E=1|");
    check_lanes("lane A = f(1)\nlane B = f(2)\n", 1, "A=1|");
    check_lanes("lane Y = f(1)\n", 5, "Y=1|Z=1|AA=1|AB=1|AC=1|");
    check_lanes("lane Worker[N + 1] = f(i * 10)\n", 0, "Worker 0=0|Worker 1=10|Worker 2=20|");
    check_lanes("lane Worker[2] = f(i)\n", 5,
                "Worker 0=0|Worker 1=1|Worker 2=2|Worker 3=3|Worker 4=4|");
    check_lanes("lane Reader = f(1)\nlane W[2] = f(i)\n", 6,
                "Reader=1|W 0=0|W 1=1|Reader 2=1|W 2=2|W 3=3|");
    check_lanes("lane t(s) for s in [\"a.zip\", \"b.zip\"]\n", 0, "a.zip=a.zip|b.zip=b.zip|");
    check_lanes("lane t(s) for s in [\"a\", \"a\"]\n", 3, "a=a|a 2=a|a 2=a|");
    check_lanes("lane f(s) for s in [4, -2]\n", 3, "f 4=4|f -2=-2|f 4 2=4|");
    check_lanes("lane d(s) for s in [1s, 20ms]\n", 0, "d 0=1000000000|d 1=20000000|");
    check_lanes("lane t(s) for s in [\"\"]\n", 0, "t=|");
    check_lanes("lane t(s) for s in [\"0123456789012345678901234567890123456789\"]\n", 2,
                "01234567890123456789012345678901=0123456789012345678901234567890123456789|"
                "012345678901234567890123456789 2=0123456789012345678901234567890123456789|");
    check_lanes("lane A = f(N // 2 + 7 % 4 - -3 * lanes)\n", 0, "A=7|");
    check_lanes("lane A = d(2 * 1.5 - 500ms)\n", 0, "A=2500000000|");
    check_lanes("lane A = f(-7 // 2)\nlane B = f(-7 % 2)\nlane C = f(7 // -1)\n", 0,
                "A=-4|B=1|C=-7|");
}

static void a_thousand_lanes(void **state)
{
    (void)state;
    struct lang_options options = {.n_lanes = PROGRAM_LANES_MAX};
    struct program *prog = compile_shipped("race", &options);
    assert_int_equal(prog->n_lanes, PROGRAM_LANES_MAX + 1);
    assert_string_equal(prog->lanes[1000].name, "ALL");
    program_free(prog);
}

static void options_go_before_what_is_written(void **state)
{
    (void)state;
    static const struct lang_setting settings[] = {{"N", 4}, {"M", 1}, {"N", 5}};
    struct lang_options options = {
        .settings = settings, .n_settings = 3, .mode = "threads", .gil = "off", .memory = "shared"};
    struct program *prog = scenario_compile_with("mode processes\ngil 3.9\nmemory private\n"
                                                 "param N = 1\nparam M = N + 1\n"
                                                 "shared a[N] = M\nshared b = N * 2\n"
                                                 "def f():\n    pass\nlane A = f()\n",
                                                 &options);
    assert_int_equal(prog->mode, MODE_THREADS);
    assert_int_equal(prog->gil, GIL_OFF);
    assert_int_equal(prog->memory, MEMORY_SHARED);
    assert_int_equal(prog->params[0].value, 5);
    assert_int_equal(prog->params[1].value, 1);
    assert_int_equal(prog->n_cells, 6);
    assert_int_equal(program_cell_initial(prog, 5), 10);
    program_free(prog);
}

static void titles_are_folded_and_safe(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("\xef\xbb\xbftitle  \"5  A \\\"b\\\"\\n c\"\n"
                         "about \"\"\"\n  One\ttwo\r\n  \xe2\x80\xae three\\n.  \n\"\"\"\n"
                         "def f(): pass\nlane A = f()");
    assert_string_equal(prog->title, "5 A \"b\" c");
    assert_string_equal(prog->about, "One two \xef\xbf\xbd three\\n.");
    program_free(prog);
}

static void claims_know_their_cell(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(
        "shared x = 0\nshared y = 0\nshared a[4] = 0\ndef f():\n    pass\nlane A = f()\n"
        "always  x >= 0   # never below\nalways x >= y\nalways a[2] == 1\nalways a[x] == 1\n"
        "always x > 0 and x < 9\nexpect lanes == 1\nexpect not x\nalways a[1] < a[2]\n");
    static const int32_t cells[] = {0, -1, 4, -1, 0, -1};
    assert_int_equal(prog->n_always, ARRAY_LEN(cells));
    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        assert_int_equal(prog->always[i].cell, cells[i]);
    assert_int_equal(prog->n_expects, 2);
    assert_int_equal(prog->expects[0].cell, -1);
    assert_string_equal(prog->always[0].text, "x >= 0");
    assert_int_equal(prog->always[0].line, 7);
    program_free(prog);
}

// Types become known through calls in any order, and through recursion.
static void types_are_found_through_calls(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(
        "def first(x):\n    return second(x)\n"
        "def second(y):\n    z = third(y)\n    return z\n"
        "def third(t):\n    return t\n"
        "def pause(s):\n    if s > 1s:\n        return pause(s - 1)\n    return s\n"
        "def unused(v):\n    return v + 1\n"
        "def f(text, number, time):\n    print(\"{first(text)}\")\n    global total\n"
        "    sleep(pause(time))\n    x = 0s\n    x += number\n    x *= 2\n    x -= 1s\n"
        "    print(\"{x:.1f} {number}\")\n"
        "shared total = 0\nlane A = f(\"a\", 3, 2.5s)\n");
    assert_int_equal(prog->formats[1].pieces[0].type, TYPE_DURATION);
    assert_int_equal(prog->formats[1].pieces[0].decimals, 1);
    assert_int_equal(prog->formats[0].pieces[0].type, TYPE_TEXT);
    program_free(prog);
}

// What looks odd and is right all the same.
static void these_are_accepted(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "def f():\r\n    pass\r\nlane A = f()\r\n",
        "def f():\n\tif 1:\n\t\tpass\nlane A = f()",
        "def f():\n    # only\n\n    pass\n  # odd\nlane A = f()\n# end",
        "def f(): return\nlane A = f()\n",
        "def f():\n    x = 1_000_000\n    y = 1_0.5_0\n    print('it')\nlane A = f()\n",
        "lock g on\ndef f():\n    with g: pass\nlane A = f()\n",
        "def f(a,):\n    f(a,)\nlane A = f(1,)\n",
        "def f():\n    return f()\nlane A = f()\n",
        "def f(n):\n    while True:\n        if n > 2: return 1\n        n += 1\nlane A = f(0)\n",
        "def f(n):\n    if n: return 1\n    else: return 2\nlane A = f(0)\n",
        "def f(n):\n    while False:\n        pass\n    for _ in range(n, 0, -1): pass\nlane A = "
        "f(0)\n",
        "def f():\n    if lanes == 1:\n        x = 1\n    else:\n        x = 2\n    y = x\nlane A "
        "= f()\n",
        "def f():\n    if lanes == 1:\n        x = 1\n    else:\n        return\n    y = x\nlane A "
        "= f()\n",
        "def f():\n    print(\"{{}} {-1} {(1 + 2) * 3}\")\nlane A = f()\nafter:\n    x = 1\n    "
        "print(\"{x}\")\n",
        "def f():\n    return\n    y = x\n    x = 1\nlane A = f()\n",
        "memory private\ndef f():\n    pass\nlane A = f()\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        program_free(scenario_compile(texts[i]));
}

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

static void random_programs_compile(void **state)
{
    (void)state;
    for (uint64_t i = seed(); i < seed() + 500; i++) {
        char *text = random_program(i);
        struct lang_options options = {0};
        struct lang_problems problems;
        struct program *prog = lang_compile("random", text, strlen(text), &options, &problems);
        if (!prog)
            print_message("RACELANE_SEED=%llu: %u: %s\n", (unsigned long long)i,
                          problems.items[0].line, problems.items[0].text);
        assert_non_null(prog);
        program_free(prog);
        mem_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_race_compiles_to_these_ops),
        cmocka_unit_test(shipped_scenarios_compile_in_every_mode),
        cmocka_unit_test(what_is_an_update),
        cmocka_unit_test(what_may_be_done_again),
        cmocka_unit_test(locks_are_left_on_every_way_out),
        cmocka_unit_test(lanes_are_named_and_repeated),
        cmocka_unit_test(a_thousand_lanes),
        cmocka_unit_test(options_go_before_what_is_written),
        cmocka_unit_test(titles_are_folded_and_safe),
        cmocka_unit_test(claims_know_their_cell),
        cmocka_unit_test(types_are_found_through_calls),
        cmocka_unit_test(these_are_accepted),
        cmocka_unit_test(random_programs_compile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
