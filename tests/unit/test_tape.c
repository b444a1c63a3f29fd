// Tapes: what a text means, and every mistake with its place and what would be right.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "support_scenario.h"
#include "tape/tape.h"

#include <stdlib.h>
#include <string.h>

static struct tape *parse(const char *text)
{
    struct lang_problems problems;
    struct tape *tape = tape_parse(text, strlen(text), &problems);
    if (!tape)
        fail_msg("%s: %u:%u: %s", text, problems.items[0].line, problems.items[0].column,
                 problems.items[0].text);
    return tape;
}

// Of a tape with one line.
static struct tape_step only_step(struct tape **tape, const char *text)
{
    *tape = parse(text);
    assert_int_equal((*tape)->n_steps, 1);
    return (*tape)->steps[0];
}

static void test_words(void **state)
{
    (void)state;
    struct tape *tape = parse("# a comment\n"
                              "run race --lock off --set N=3 # and another\n"
                              "\n"
                              "  chapter \"One \\\"two\\\" \\\\ three\" # so\n"
                              "say \"a # is no comment here\"\n"
                              "wait 1.5s\r\n"
                              "page\n"
                              "caption \"\"");
    assert_int_equal(tape->n_run_words, 5);
    assert_string_equal(tape->run_words[0], "race");
    assert_string_equal(tape->run_words[4], "N=3");
    assert_int_equal(tape->run_line, 2);
    assert_int_equal(tape->n_steps, 5);
    assert_int_equal(tape->steps[0].word, TAPE_CHAPTER);
    assert_string_equal(tape->steps[0].text, "One \"two\" \\ three");
    assert_int_equal(tape->steps[0].line, 4);
    assert_int_equal(tape->steps[0].column, 3);
    assert_string_equal(tape->steps[1].text, "a # is no comment here");
    assert_int_equal(tape->steps[2].ns, 1500 * NS_PER_MS);
    assert_int_equal(tape->n_pages, 1);
    assert_true(tape->has_texts);
    assert_int_equal(tape->steps[4].word, TAPE_CAPTION);
    tape_free(tape);
}

// Every command of the table is a line of a tape, but for those that are about the tape itself.
static void test_every_command(void **state)
{
    (void)state;
    for (int command = 1; command < COMMAND_COUNT; command++) {
        struct lang_problems problems;
        const char *name = command_table[command].name;
        struct tape *tape = tape_parse(name, strlen(name), &problems);
        bool is_refused = command == COMMAND_SUSPEND || command == COMMAND_NEXT_PAGE ||
                          command == COMMAND_PREVIOUS_PAGE || command == COMMAND_LANE ||
                          command == COMMAND_KILL;
        if (is_refused != (tape == NULL))
            fail_msg("%s", name);
        if (tape)
            assert_int_equal(tape->steps[0].command, command);
        tape_free(tape);
    }
}

static const struct {
    const char *text;
    enum command command;
    struct wish wish;
} wishes[] = {
    {"lock", COMMAND_LOCK, {WISH_ONCE, 0, NULL}},
    {"lock on", COMMAND_LOCK, {WISH_ON, 0, NULL}},
    {"pause off", COMMAND_PAUSE, {WISH_OFF, 0, NULL}},
    {"caption off", COMMAND_CAPTION, {WISH_OFF, 0, NULL}},
    {"step 5", COMMAND_STEP, {WISH_TIMES, 5, NULL}},
    {"lane A", COMMAND_LANE, {WISH_TIMES, 1, "A"}},
    {"lane 2 30", COMMAND_LANE, {WISH_TIMES, 30, "2"}},
    {"kill B", COMMAND_KILL, {WISH_TIMES, 1, "B"}},
    {"gil 3.9", COMMAND_GIL, {WISH_NAME, 0, "3.9"}},
    {"kind ticket", COMMAND_KIND, {WISH_NAME, 0, "ticket"}},
    {"mode processes", COMMAND_MODE, {WISH_NAME, 0, "processes"}},
    {"memory shared", COMMAND_MEMORY, {WISH_NAME, 0, "shared"}},
    {"theme mono", COMMAND_THEME, {WISH_NAME, 0, "mono"}},
    {"view orders", COMMAND_VIEW, {WISH_NAME, 0, "orders"}},
    {"reseed 12", COMMAND_RESEED, {WISH_NUMBER, 12, NULL}},
    {"key l", COMMAND_LOCK, {WISH_ONCE, 0, NULL}},
    {"key \\", COMMAND_NATIVE, {WISH_ONCE, 0, NULL}},
    {"key =", COMMAND_ZOOM_IN, {WISH_ONCE, 0, NULL}},
    {"key 2", COMMAND_LANE, {WISH_TIMES, 1, "2"}},
};

static void test_wishes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        struct tape *tape;
        struct tape_step step = only_step(&tape, wishes[i].text);
        print_message("%s\n", wishes[i].text);
        assert_int_equal(step.word, TAPE_COMMAND);
        assert_int_equal(step.command, wishes[i].command);
        assert_int_equal(step.wish.kind, wishes[i].wish.kind);
        assert_int_equal(step.wish.number, wishes[i].wish.number);
        if (wishes[i].wish.name)
            assert_string_equal(step.wish.name, wishes[i].wish.name);
        else
            assert_null(step.wish.name);
        tape_free(tape);
    }
}

static void test_conditions(void **state)
{
    (void)state;
    struct tape *tape;
    struct tape_step step = only_step(&tape, "until lost>=3 or 10s");
    assert_int_equal(step.condition.left.kind, QUANTITY_LOST);
    assert_int_equal(step.condition.sign, SIGN_AT_LEAST);
    assert_int_equal(step.condition.right.number, 3);
    assert_int_equal(step.ns, 10 * NS_PER_S);
    assert_string_equal(step.condition.text, "lost >= 3");
    tape_free(tape);
    step = only_step(&tape, "until ended");
    assert_int_equal(step.condition.left.kind, QUANTITY_ENDED);
    assert_int_equal(step.condition.sign, SIGN_OTHER);
    assert_int_equal(step.ns, TAPE_UNTIL_S * NS_PER_S);
    tape_free(tape);
    step = only_step(&tape, "until time > 250ms");
    assert_int_equal(step.condition.left.kind, QUANTITY_TIME);
    assert_int_equal(step.condition.right.number, 250 * NS_PER_MS);
    tape_free(tape);
    step = only_step(&tape, "ask \"how many?\" answer counter finally");
    assert_int_equal(step.answer.kind, QUANTITY_CELL);
    assert_true(step.is_of_end);
    tape_free(tape);
    step = only_step(&tape, "ask \"how many?\" answer -3");
    assert_int_equal(step.answer.number, -3);
    assert_false(step.is_of_end);
    tape_free(tape);
}

static void test_signs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool holds[3]; // of 1, 2 and 3 steps
    } cases[] = {
        {"until steps < 2", {true, false, false}},  {"until steps <= 2", {true, true, false}},
        {"until steps > 2", {false, false, true}},  {"until steps >= 2", {false, true, true}},
        {"until steps == 2", {false, true, false}}, {"until 2 != steps", {true, false, true}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tape *tape;
        struct tape_step step = only_step(&tape, cases[i].text);
        for (size_t n = 0; n < 3; n++) {
            const struct session_view view = {.n_steps = n + 1};
            assert_int_equal(tape_condition_holds(&step.condition, &view), cases[i].holds[n]);
        }
        tape_free(tape);
    }
}

static const struct {
    const char *tape;
    uint32_t line, column, width;
    const char *says; // is in the message
} mistakes[] = {
    {"lokc on", 1, 1, 4, "there is no command `lokc`; is it `lock`?"},
    {"lock on\n\n  utnil ended", 3, 3, 5, "is it `until`?"},
    {"zzzzzz", 1, 1, 6, "`racelane keys` shows all"},
    {"lock maybe", 1, 6, 5, "takes `on` or `off`"},
    {"lock on off", 1, 9, 3, "nothing may follow here after `lock`"},
    {"native 3", 1, 8, 1, "nothing may follow"},
    {"step x", 1, 6, 1, "1 to 10000, not `x`"},
    {"step 0", 1, 6, 1, "1 to 10000"},
    {"lane", 1, 5, 1, "needs a lane, as in lane A"},
    {"lane A x", 1, 8, 1, "how often"},
    {"gil 3.11", 1, 5, 4, "one of off, 3.9, 3.10, not `3.11`; is it `3.10`?"},
    {"kind mutx", 1, 6, 4, "is it `mutex`?"},
    {"reseed -1", 1, 8, 2, "a whole number"},
    {"suspend", 1, 1, 7, "nothing that a tape can do"},
    {"page-down", 1, 1, 9, "there is no command"},
    {"say hello", 1, 5, 5, "needs a text in quotation marks"},
    {"say", 1, 4, 1, "needs a text"},
    {"say \"abc", 1, 5, 1, "has no end"},
    {"say \"a\" \"b\"", 1, 9, 3, "nothing may follow"},
    {"\"abc\"", 1, 1, 5, "begins with a command"},
    {"wait", 1, 5, 1, "takes a time"},
    {"wait 2", 1, 6, 1, "as in wait 2s"},
    {"wait 2h", 1, 6, 2, "takes a time"},
    {"wait 61m", 1, 6, 3, "up to 60 minutes"},
    {"wait 99999999999999999999s", 1, 6, 21, "takes a time"},
    {"pace 2s", 1, 6, 2, "up to 1 s"},
    {"until", 1, 6, 1, "a number or what is asked for"},
    {"until lost", 1, 11, 1, "here stands <, <="},
    {"until lost = 3", 1, 12, 1, "`=` compares nothing"},
    {"until lost > 3 10s", 1, 16, 3, "nothing may follow"},
    {"until lost > 3 or", 1, 18, 1, "takes a time"},
    {"until lost > 3x", 1, 14, 2, "no number and no time"},
    {"until 2 > 3", 1, 9, 1, "two numbers are compared"},
    {"ask \"how many?\"", 1, 16, 1, "needs its answer"},
    {"ask \"how many?\" answer", 1, 23, 1, "a number or what is asked for"},
    {"key F", 1, 5, 1, "takes a key"},
    {"key ctrl-z", 1, 1, 3, "nothing that a tape can do"},
    {"lock on\nrun race", 2, 1, 3, "before all other lines"},
    {"run race\nrun race\nlock on", 2, 1, 3, "and once"},
    {"\tlokc", 1, 5, 4, "is it `lock`?"}, // a tab is as wide as it is printed
    {"say \"\xc3\xa4\xc3\xb6\" x", 1, 10, 1, "nothing may follow"},
    {"", 0, 0, 1, "there is no command in this tape"},
    {"# only this", 0, 0, 1, "there is no command in this tape"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        struct lang_problems problems;
        const char *text = mistakes[i].tape;
        struct tape *tape = tape_parse(text, strlen(text), &problems);
        const struct lang_problem *problem = &problems.items[0];
        if (tape || problems.n != 1)
            fail_msg("`%s`: %zu problems", text, problems.n);
        bool is_there = problem->line == mistakes[i].line &&
                        problem->column == mistakes[i].column &&
                        (problem->width == mistakes[i].width || problem->line == 0);
        if (!is_there || !strstr(problem->text, mistakes[i].says))
            fail_msg("`%s`: %u:%u+%u: %s", text, problem->line, problem->column, problem->width,
                     problem->text);
    }
}

static void test_all_at_once(void **state)
{
    (void)state;
    char text[400] = "";
    struct lang_problems problems;
    for (int i = 0; i < 12; i++)
        strcat(text, "lokc\n");
    assert_null(tape_parse(text, strlen(text), &problems));
    assert_int_equal(problems.n, 10);
    assert_int_equal(problems.n_more, 2);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(problems.items[i].line, i + 1);
}

static void test_limits(void **state)
{
    (void)state;
    struct lang_problems problems;
    char *text = mem_alloc(TAPE_BYTES_MAX + 2);
    memset(text, '#', TAPE_BYTES_MAX + 1);
    assert_null(tape_parse(text, TAPE_BYTES_MAX + 1, &problems));
    assert_non_null(strstr(problems.items[0].text, "at most 65536 bytes"));
    for (size_t i = 0; i < TAPE_STEPS_MAX + 1; i++)
        memcpy(text + 5 * i, "page\n", 5);
    assert_null(tape_parse(text, 5 * (TAPE_STEPS_MAX + 1), &problems));
    assert_int_equal(problems.items[0].line, TAPE_STEPS_MAX + 1);
    mem_free(text);
    // A text that a small screen has no room for.
    char line[400] = "say \"";
    for (int i = 0; i < 40; i++)
        strcat(line, "word ");
    strcat(line, "\"");
    assert_null(tape_parse(line, strlen(line), &problems));
    assert_int_equal(problems.items[0].column, 5);
    assert_non_null(strstr(problems.items[0].text, "2 rows of 76 columns"));
}

// What a tape says cannot reach a terminal as anything but text.
static void test_text_is_safe(void **state)
{
    (void)state;
    struct lang_problems problems;
    struct tape *tape = parse("say \"a\x1b[2Jb\xff\"");
    assert_null(strchr(tape->steps[0].text, '\x1b'));
    assert_null(strchr(tape->steps[0].text, '\xff'));
    tape_free(tape);
    static const char bad[] = "\x1b[31m";
    assert_null(tape_parse(bad, sizeof bad - 1, &problems));
    assert_null(strchr(problems.items[0].text, '\x1b'));
}

static void test_bind(void **state)
{
    (void)state;
    struct lang_problems problems = {.n = 0};
    struct program *prog = scenario_compile("shared counter = 0\n"
                                            "shared other[2] = 0\n"
                                            "def f():\n    counter += 1\n"
                                            "lane A = f()\nlane B = f()\n");
    struct tape *tape = parse("until other[1] > 3\nlane B\nlane 2\nask \"?\" answer counter");
    assert_true(tape_bind(tape, prog, &problems));
    assert_int_equal(tape->steps[0].condition.left.cell, 2);
    tape_free(tape);
    tape = parse("until couner > 3\nlane C\nlane 3\nask \"?\" answer x");
    assert_false(tape_bind(tape, prog, &problems));
    assert_int_equal(problems.n, 4);
    assert_int_equal(problems.items[0].column, 7);
    assert_non_null(strstr(problems.items[0].text, "is it `counter`?"));
    assert_non_null(strstr(problems.items[1].text, "has no lane `C`"));
    assert_int_equal(problems.items[2].line, 3);
    assert_int_equal(problems.items[3].column, 16);
    tape_free(tape);
    program_free(prog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),        cmocka_unit_test(test_every_command),
        cmocka_unit_test(test_wishes),       cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_signs),        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_all_at_once),  cmocka_unit_test(test_limits),
        cmocka_unit_test(test_text_is_safe), cmocka_unit_test(test_bind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
