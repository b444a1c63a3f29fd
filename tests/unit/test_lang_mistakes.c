#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "support_mistakes.h"
#include "support_mistakes_condition.h"
#include "support_mistakes_pool.h"
#include "support_scenario.h"

static struct lang_problems problems_of(const char *text)
{
    struct lang_problems problems;
    struct lang_options options = {0};
    struct program *prog = lang_compile("test", text, strlen(text), &options, &problems);
    if (prog)
        print_message("accepted:\n%s\n", text);
    assert_null(prog);
    assert_true(problems.n > 0);
    return problems;
}

static void check_mistake(const struct mistake *mistake, const char *text, uint32_t first_line)
{
    struct lang_problems problems = problems_of(text);
    const struct lang_problem *found = &problems.items[0];
    uint32_t line = mistake->line + first_line;
    bool is_same = found->line == line && found->column == mistake->column &&
                   strncmp(found->text, mistake->message, strlen(mistake->message)) == 0;
    if (!is_same)
        print_message("%s\n%u:%u %s\n", text, found->line, found->column, found->text);
    assert_true(is_same);
    assert_true(found->width >= 1);
}

static void check_scenarios(const struct mistake *mistakes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_mistake(&mistakes[i], mistakes[i].text, 0);
}

static void scenarios(void **state)
{
    (void)state;
    check_scenarios(mistakes_of_python, ARRAY_LEN(mistakes_of_python));
    check_scenarios(mistakes_of_scenarios, ARRAY_LEN(mistakes_of_scenarios));
}

static void conditions(void **state)
{
    (void)state;
    check_scenarios(mistakes_of_conditions, ARRAY_LEN(mistakes_of_conditions));
    for (size_t i = 0; i < ARRAY_LEN(mistakes_of_conditions); i++)
        assert_int_equal(problems_of(mistakes_of_conditions[i].text).n, 1);
    for (size_t i = 0; i < ARRAY_LEN(right_conditions); i++)
        program_free(scenario_compile(right_conditions[i]));
}

// Each is the only one.
static void pools_and_semaphores(void **state)
{
    (void)state;
    check_scenarios(mistakes_of_pool, ARRAY_LEN(mistakes_of_pool));
    check_scenarios(mistakes_of_semaphores, ARRAY_LEN(mistakes_of_semaphores));
    check_scenarios(mistakes_of_python_pool, ARRAY_LEN(mistakes_of_python_pool));
    for (size_t i = 0; i < ARRAY_LEN(mistakes_of_pool); i++)
        assert_int_equal(problems_of(mistakes_of_pool[i].text).n, 1);
}

static void check_bodies(const struct mistake *mistakes, size_t n)
{
    char text[1000];
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "def f():\n%s\nlane A = f()\n", mistakes[i].text);
        check_mistake(&mistakes[i], text, 1);
    }
}

static void bodies(void **state)
{
    (void)state;
    check_bodies(mistakes_of_bodies, ARRAY_LEN(mistakes_of_bodies));
    check_bodies(mistakes_of_python_bodies, ARRAY_LEN(mistakes_of_python_bodies));
}

// One mistake, one message: what follows from it is not reported again.
static void a_line_of_python_is_one_mistake(void **state)
{
    (void)state;
    struct lang_problems problems;
    for (size_t i = 0; i < ARRAY_LEN(mistakes_of_python); i++) {
        problems = problems_of(mistakes_of_python[i].text);
        assert_int_equal(problems.n, 1);
    }
    problems = problems_of("def f():\n    if 1:\n        pass\n    else if 2:\n        pass\n"
                           "    else:\n        pass\nlane A = f()\n");
    assert_int_equal(problems.n, 1);
    problems = problems_of("def f():\n    \"\"\"What f\n    does\"\"\"\n    pass\nlane A = f()\n");
    assert_int_equal(problems.n, 1);
}

// Words of Python only: a scenario may use them as names.
static void words_of_python_are_names(void **state)
{
    (void)state;
    static const char text[] = "def f():\n    try = 1\n    try += 1\n    assert = try\n"
                               "lane A = f()\n";
    struct lang_problems problems;
    struct lang_options options = {0};
    struct program *prog = lang_compile("test", text, strlen(text), &options, &problems);
    assert_non_null(prog);
    program_free(prog);
}

static void bodies_with_names(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i < ARRAY_LEN(mistakes_with_names); i++) {
        snprintf(text, sizeof text,
                 "shared g = 0\nshared a[4] = 0\nlock l\nparam N = 3\ndef f():\n%s\nlane A = f()\n",
                 mistakes_with_names[i].text);
        check_mistake(&mistakes_with_names[i], text, 5);
    }
}

// text with `unit` n times between head and tail. Newly allocated.
static char *repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    size_t len = strlen(head) + strlen(unit) * n + strlen(tail);
    char *text = mem_alloc(len + 1);
    char *end = stpcpy(text, head);
    for (size_t i = 0; i < n; i++)
        end = stpcpy(end, unit);
    stpcpy(end, tail);
    return text;
}

static void check_repeated(const char *head, const char *unit, size_t n, const char *tail,
                           const char *message)
{
    char *text = repeated(head, unit, n, tail);
    struct lang_problems problems = problems_of(text);
    if (!strstr(problems.items[0].text, message))
        print_message("%s x %zu: %s\n", unit, n, problems.items[0].text);
    assert_non_null(strstr(problems.items[0].text, message));
    mem_free(text);
}

static void too_much_of_anything_is_refused(void **state)
{
    (void)state;
    static const char begin[] = "def f():\n    x = ";
    static const char function[] = "shared c = 0\nlock l\ndef f():\n";
    check_repeated(begin, "(", 400, "1", "at most 100");
    check_repeated(begin, "(", 1000000, "", "at most 100");
    check_repeated(begin, "- ", 400, "1", "at most 100");
    check_repeated(begin, "not ", 400, "1", "at most 100");
    check_repeated(begin, "f(", 400, "1", "at most 100");
    check_repeated("shared a[2] = 0\ndef f():\n    x = ", "a[", 400, "1", "at most 100");
    check_repeated(begin, "1 + ", 201, "1", "200 operators");
    check_repeated("def f():\n    ", "if 1: ", 400, "pass", "lines of its own");
    check_repeated(function, "    c += 1\n", 60000, "lane A = f()\n", "too long; at most 100000");
    check_repeated(function, "    with l: c = 1\n", 22000, "lane A = f()\n",
                   "too many operations; at most 65535");
    check_repeated("lane f(x) for x in [", "1,", 1001, "1]\n", "at most 1000");
    check_repeated("", "\n", PROGRAM_SOURCE_MAX + 1, "", "at most 1048576 bytes");
    check_repeated("", "x\n", 500000, "", "begins no declaration");
    check_repeated("pool 2 r = f(x) for x in [", "1,", 4096, "1]\n", "at most 4096");
    check_repeated("def f(x):\n    return x\nafter:\n    y = 1\n    print(\"{y} {r}\")\n"
                   "pool 2 r = f(x) for x in [",
                   "1,", 127, "]\n",
                   "a print has room for 126 results here; print them one by one");
    check_repeated("shared a[128] = 0\n", "def f():\n    print(\"{a} {lanes}\")\n", 1,
                   "lane A = f()\n", "too many values at once");
}

// Blocks inside each other, each deeper than the one before: one problem, however many.
static void deep_blocks_are_one_problem(void **state)
{
    (void)state;
    size_t cap = 0, len = 0;
    char *text = NULL;
    for (size_t depth = 0; depth < 400; depth++) {
        text = mem_room(text, &cap, len + 2 * depth + 40, 1);
        len += (size_t)sprintf(text + len, "%*s%s\n", (int)(2 * depth), "",
                               depth == 0 ? "def f():" : "if 1:");
    }
    len += (size_t)sprintf(text + len, "lane A = f()\n");
    struct lang_problems problems = problems_of(text);
    assert_int_equal(problems.n, 1);
    assert_int_equal(problems.items[0].line, 102);
    mem_free(text);
}

// As repeated, with a number in place of the # in each unit.
static char *numbered(const char *head, const char *unit, int n, const char *tail)
{
    size_t cap = 0, len = 0;
    char *text = NULL;
    text = mem_room(text, &cap, strlen(head) + 1, 1);
    len = (size_t)sprintf(text, "%s", head);
    for (int i = 0; i < n; i++) {
        text = mem_room(text, &cap, len + 100, 1);
        int before = (int)strcspn(unit, "#");
        len += (size_t)snprintf(text + len, 100, "%.*s%d%s", before, unit, i, unit + before + 1);
    }
    text = mem_room(text, &cap, len + strlen(tail) + 1, 1);
    strcpy(text + len, tail);
    return text;
}

static void check_numbered(const char *head, const char *unit, int n, const char *tail,
                           const char *message)
{
    char *text = numbered(head, unit, n, tail);
    struct lang_problems problems = problems_of(text);
    if (!strstr(problems.items[0].text, message))
        print_message("%s: %s\n", unit, problems.items[0].text);
    assert_non_null(strstr(problems.items[0].text, message));
    mem_free(text);
}

static void limits_are_named(void **state)
{
    (void)state;
    static const char rest[] = "def f():\n    pass\nlane A = f()\n";
    check_numbered("", "lock l#\n", 65, rest, "too many locks; at most 64");
    check_numbered("", "shared s# = 0\n", 1025, rest, "at most 1024");
    check_numbered("", "def g#():\n    pass\n", 256, rest, "too many functions; at most 256");
    check_numbered("pool 4 r = g0() for x in [1]\n", "def g#():\n    return 1\n", 256, "",
                   "too many functions; at most 256 with that of the pool");
    check_numbered("", "expect # == 1\n", 256, rest, "too many functions; at most 256");
    check_numbered("def f():\n", "    v# = 1\n", 101, "lane A = f()\n", "at most 100");
    check_numbered("def f():\n    pass\n", "lane L# = f()\n", 1001, "",
                   "too many lanes; at most 1000");
    check_numbered("shared c = 0\ndef f():\n", "    c = #\n", 32768, "lane A = f()\n",
                   "too many different numbers; at most 32767");
}

static void mistakes_are_counted_and_kept_in_order(void **state)
{
    (void)state;
    char *text = numbered("", "x#\n", 25, "");
    struct lang_problems problems = problems_of(text);
    assert_int_equal(problems.n, LANG_PROBLEMS_MAX);
    assert_int_equal(problems.n_more, 15);
    for (uint32_t i = 0; i < LANG_PROBLEMS_MAX; i++)
        assert_int_equal(problems.items[i].line, i + 1);
    mem_free(text);
    // Mixed indentation is said once.
    problems = problems_of("def f():\n\tpass\ndef g():\n    pass\n    pass\nlane A = f()\n");
    assert_int_equal(problems.n, 1);
    // Lanes with mistakes leave nothing behind for the next one.
    problems = problems_of("def f(a, b):\n    pass\nlane A = f(1, 2)\nlane B = f(1, 2s)\n"
                           "lane C = f(1, 2s)\nlane D = f(1, 2s)\nlane E = f(\"\", 2s)\n");
    assert_int_equal(problems.n, 4);
    assert_int_equal(problems.items[3].line, 7);
    assert_int_equal(problems.items[3].column, 12);
    // The checker finds the last line first.
    problems = problems_of("def f():\n    x = nope\nlane A = f()\nparam p = 1s\n");
    assert_int_equal(problems.n, 2);
    assert_int_equal(problems.items[0].line, 2);
    assert_int_equal(problems.items[1].line, 4);
}

static void what_stands_in_a_broken_line_is_not_unknown(void **state)
{
    (void)state;
    struct lang_problems problems =
        problems_of("shared total == 0\ndef g(:\n    pass\ndef f():\n    total += 1\n    g()\n"
                    "    if total = 1:\n        x = 1\n    print(\"{x}\")\nlane A = f()\n");
    assert_int_equal(problems.n, 3);
    assert_int_equal(problems.items[0].line, 1);
    assert_int_equal(problems.items[1].line, 2);
    assert_int_equal(problems.items[2].line, 7);
    // What follows the block of a broken line is read as usual.
    problems = problems_of("def f():\n    if 1 = 1:\n        pass\n    x = nope\nlane A = f()\n");
    assert_int_equal(problems.n, 2);
    assert_int_equal(problems.items[1].line, 4);
    problems = problems_of("def f(:\n    pass\nshared x = nope\nlane A = f()\n");
    assert_int_equal(problems.n, 2);
    assert_int_equal(problems.items[1].line, 3);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t line, column;
        const char *message;
    } cases[] = {
        {"\0", 1, 1, 1, "zero byte"},
        {"a\n\tb\0c", 6, 2, 6, "zero byte"},
        {"\xff\xfe", 2, 1, 1, "not UTF-8"},
        {"x\n\xc3\xa9\xc3", 5, 2, 2, "not UTF-8"},
        {"\x7f"
         "ELF\x02\x01\x01",
         7, 1, 1, "has no meaning here"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lang_problems problems;
        struct lang_options options = {0};
        assert_null(lang_compile("t", cases[i].bytes, cases[i].len, &options, &problems));
        assert_int_equal(problems.items[0].line, cases[i].line);
        assert_int_equal(problems.items[0].column, cases[i].column);
        assert_non_null(strstr(problems.items[0].text, cases[i].message));
    }
}

static void check_shown(const char *text, const char *file, const char *expected)
{
    struct lang_problems problems = problems_of(text);
    char *shown = lang_problems_text(&problems, file, text, strlen(text));
    assert_string_equal(shown, expected);
    mem_free(shown);
}

static void problems_are_shown_with_their_line(void **state)
{
    (void)state;
    check_shown(
        "def f():\n\tx = \"\xe2\x80\xae\" + nope\r\nlane A = f()\n", "a\x1b.lane",
        "a\xef\xbf\xbd.lane:2:15: error: nope is not known here; declare it with shared or param, "
        "or give it a value first\n"
        "        x = \"\xef\xbf\xbd\" + nope\n"
        "                  ^~~~\n");
    check_shown("", "x",
                "x:1:1: error: no lanes: a scenario needs at least one, for example lane A = f()\n"
                "    \n    ^\n");
    struct lang_problems problems = {.n = 1, .items = {{0, 0, 1, "no place"}}, .n_more = 3};
    char *shown = lang_problems_text(&problems, "x", "", 0);
    assert_string_equal(shown, "x: error: no place\nx: and 3 more\n");
    mem_free(shown);
}

// A long line is shown around the place, and the caret stands under it.
static void long_lines_are_cut(void **state)
{
    (void)state;
    char *text = repeated("def f():\n    x = 1", " + 1", 150, " + nope\nlane A = f()\n");
    struct lang_problems problems = problems_of(text);
    char *shown = lang_problems_text(&problems, "x", text, strlen(text));
    const char *caret = strstr(shown, "^~~~\n");
    const char *line = strstr(shown, "\n    ");
    assert_non_null(caret);
    const char *start = caret;
    while (start[-1] != '\n')
        start--;
    assert_true(strncmp(line + 1 + (caret - start), "nope", 4) == 0);
    assert_true(strlen(shown) < 400);
    mem_free(shown);
    mem_free(text);
}

static void options_are_checked(void **state)
{
    (void)state;
    static const char text[] = "param N = 1\ndef f():\n    pass\nlane A = f()\n";
    static const struct lang_setting setting = {"M", 3};
    static const struct {
        struct lang_options options;
        const char *message;
    } cases[] = {
        {{.mode = "fast"}, "unknown mode fast; choose sequential"},
        {{.gil = "3.8"}, "unknown gil 3.8; choose off"},
        {{.memory = "none"}, "unknown memory none; choose private"},
        {{.mode = "pool"}, "mode pool needs a pool; write for example pool 4 results ="},
        {{.n_lanes = -1}, "--lanes is 1 to 1000"},
        {{.n_lanes = 1001}, "--lanes is 1 to 1000"},
        {{.settings = &setting, .n_settings = 1}, "--set M: the scenario has no param"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lang_problems problems;
        assert_null(lang_compile("t", text, strlen(text), &cases[i].options, &problems));
        assert_int_equal(problems.n, 1);
        assert_int_equal(problems.items[0].line, 0);
        assert_non_null(strstr(problems.items[0].text, cases[i].message));
    }
}

// The checker stops where nobody would read on.
static void there_is_an_end_to_mistakes(void **state)
{
    (void)state;
    char *text = numbered("def f():\n", "    f(x#)\n", 3000, "lane A = f()\n");
    struct lang_problems problems = problems_of(text);
    assert_int_equal(problems.n, LANG_PROBLEMS_MAX);
    assert_in_range(problems.n_more, 900, 1100);
    assert_int_equal(problems.items[0].line, 2);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios),
        cmocka_unit_test(pools_and_semaphores),
        cmocka_unit_test(conditions),
        cmocka_unit_test(bodies),
        cmocka_unit_test(bodies_with_names),
        cmocka_unit_test(a_line_of_python_is_one_mistake),
        cmocka_unit_test(words_of_python_are_names),
        cmocka_unit_test(too_much_of_anything_is_refused),
        cmocka_unit_test(deep_blocks_are_one_problem),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(mistakes_are_counted_and_kept_in_order),
        cmocka_unit_test(what_stands_in_a_broken_line_is_not_unknown),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(problems_are_shown_with_their_line),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(there_is_an_end_to_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
