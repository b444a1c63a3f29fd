// Texts that name keys: they name those that the commands have here, not those of the table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fake_screen.h"
#include "tape/lessons.h"
#include "tape/tape.h"
#include "view/hint.h"

// `restart` has another key, `lock` has none.
static struct keymap own_keys(void)
{
    struct error err;
    struct keymap keymap;
    keymap_init(&keymap);
    keymap_clear(&keymap, COMMAND_RESTART);
    assert_true(keymap_add(&keymap, COMMAND_RESTART, "f2", &err));
    keymap_clear(&keymap, COMMAND_LOCK);
    return keymap;
}

static void check(const struct keymap *keymap, const char *text, const char *wanted)
{
    char out[80];
    assert_string_equal(hint_text(keymap, text, out, sizeof out), wanted);
    char *whole = hint_new(keymap, text);
    assert_string_equal(whole, wanted);
    mem_free(whole);
}

static void test_keys_of_the_table_and_of_ones_own(void **state)
{
    (void)state;
    struct keymap keymap = own_keys();
    check(NULL, "{restart} runs it again", "r runs it again");
    check(&keymap, "{restart} runs it again", "F2 runs it again");
    check(&keymap, "end with {lock}{restart}", "end with `lock`F2");
    check(NULL, "{pause}, {next-page}", "space, PageDown");
}

static void test_other_braces_stay(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "{",
                                        "}",
                                        "{}",
                                        "a {restart",
                                        "{{lock",
                                        "Cubes: {results}",
                                        "{this is longer than the name of any command can be}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        check(NULL, texts[i], texts[i]);
    check(NULL, "{{lock}}", "{l}");
}

static void test_cut_at_the_end(void **state)
{
    (void)state;
    char out[9];
    assert_string_equal(hint_text(NULL, "{next-page} goes on", out, sizeof out), "PageDown");
    assert_string_equal(hint_text(NULL, "twelve {lock}", out, 8), "twelve ");
    assert_string_equal(hint_text(NULL, "{lock}", out, 1), "");
}

// Panels, messages, the help and what the scenario is about.
static void test_the_screen_names_keys_of_ones_own(void **state)
{
    (void)state;
    struct error err;
    struct keymap keymap = own_keys();
    struct fake *fake = fake_new(3, 0);
    char about[] = "Press {restart} or {lock}.";
    fake->prog.about = about;
    fake->view.is_ended = true;
    struct app *app = app_new(&(struct app_options){.keymap = &keymap}, &err);
    app_show(app, &fake->view);
    app_resize(app, 80, 24);
    assert_true(screen_has(app, 80, 24, " F2 runs it again"));
    app_hint(app, "that was all, {restart} runs it again");
    assert_true(screen_has(app, 80, 24, " that was all, F2 runs it again"));
    app_command(app, COMMAND_HELP);
    assert_true(screen_has(app, 80, 24, " Press F2 or `lock`."));
    app_free(app);
    fake_free(fake);
}

static void check_lesson_text(const char *lesson, const char *text)
{
    char *filled = hint_new(NULL, text);
    if (strpbrk(filled, "{}"))
        fail_msg("%s: \"%s\" names a command that there is not", lesson, text);
    mem_free(filled);
}

static void test_lessons_name_commands(void **state)
{
    (void)state;
    for (size_t i = 0; lessons[i].name; i++) {
        struct lang_problems problems;
        struct tape *tape = tape_parse(lessons[i].text, lessons[i].len_bytes, &problems);
        assert_non_null(tape);
        check_lesson_text(lessons[i].name, tape->about);
        for (size_t step = 0; step < tape->n_steps; step++)
            if (tape->steps[step].text)
                check_lesson_text(lessons[i].name, tape->steps[step].text);
        tape_free(tape);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_the_table_and_of_ones_own),
        cmocka_unit_test(test_other_braces_stay),
        cmocka_unit_test(test_cut_at_the_end),
        cmocka_unit_test(test_the_screen_names_keys_of_ones_own),
        cmocka_unit_test(test_lessons_name_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
