// What keys and commands do to the screen, the help, the menu and the bottom line.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_screen.h"
#include "view/app_state.h"

static void test_what_is_printed_is_not_cut(void **state)
{
    (void)state;
    static const char line[] = "[Done] a file whose name is long downloaded in 3s, at last.";
    struct fake *fake = fake_new(6, 50);
    fake_unshare(fake);
    fake->output[0] = (struct session_output){.text = line};
    fake->view.output = fake->output;
    fake->view.n_output = 1;
    struct app *app = new_app(&fake->view, 80, 24);
    assert_int_equal(strlen(line), 59);
    assert_true(screen_has(app, 80, 24, line));
    assert_true(screen_has(app, 100, 30, line));
    assert_true(screen_has(app, 100, 30, " One two three. Four five six"));
    assert_true(screen_has(app, 200, 60, " One two three. Four five six"));
    press(app, "?");
    assert_true(screen_has(app, 80, 24, " One two three. Four five six"));
    app_free(app);
    fake_free(fake);
}

static void test_the_bottom_line_offers_what_works(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 110);
    struct app *app = new_app(&fake->view, 120, 30);
    assert_true(screen_has(app, 120, 30, " pause  l  lock "));
    assert_true(screen_has(app, 120, 30, " next loss  a  arrange "));
    fake->view.is_paused = true;
    assert_true(screen_has(app, 120, 30, " go on  l  lock "));
    fake->view.is_paused = false;
    fake->updates[0] = false; // then nothing can be lost
    assert_true(screen_has(app, 120, 30, " faster  r  again  s  simulate  f  find "));
    fake->updates[0] = true;
    fake_end(fake);
    assert_true(screen_has(app, 120, 30, " l  lock  x  next loss  Enter  moment  r  again "));
    fake_unshare(fake);
    assert_true(screen_has(app, 120, 30,
                           " r  again  s  simulate  f  find  m  mode  g  GIL  +  zoom  0  fit  "));
    app_free(app);
    fake_free(fake);
}

static void test_help_cuts_nothing(void **state)
{
    (void)state;
    static const int widths[] = {40, 69, 70, 80, 100, 159, 160, 300};
    struct fake *fake = fake_new(3, 50);
    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        struct app *app = new_app(&fake->view, widths[i], 160);
        press(app, "?");
        assert_true(screen_has(app, widths[i], 160, "leave racelane"));
        assert_true(screen_has(app, widths[i], 160, "none of them lost"));
        assert_false(screen_has(app, widths[i], 160, "\xe2\x80\xa6\n"));
        app_free(app);
    }
    fake_free(fake);
}

// A hall's screen has room for all of it at once; a small one scrolls, and says so.
static void test_help_uses_the_room_there_is(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 50);
    struct app *app = new_app(&fake->view, 200, 60);
    press(app, "?");
    assert_true(screen_has(app, 200, 60, "leave racelane"));
    assert_true(screen_has(app, 200, 60, "none of them lost"));
    assert_true(screen_has(app, 200, 60, "was built on it."));
    assert_false(screen_has(app, 200, 60, " scroll: "));
    app_resize(app, 80, 24);
    assert_true(screen_has(app, 80, 24, " scroll: "));
    for (int i = 0; i < 200; i++)
        app_command(app, COMMAND_DOWN);
    assert_true(screen_has(app, 80, 24, "was built on it."));
    assert_true(screen_has(app, 80, 24, " scroll: this is the end "));
    app_free(app);
    fake_free(fake);
}

static void test_the_blank_screen_is_blank(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 50);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_int_equal(app_key(app, "."), COMMAND_BLANK);
    app_command(app, COMMAND_BLANK);
    struct frame *frame = frame_new(80, 24, GLYPHS_UTF8), *blank = frame_new(80, 24, GLYPHS_UTF8);
    app_draw(app, frame);
    assert_true(frame_equal(frame, blank));
    assert_int_equal(app_key(app, "l"), COMMAND_BLANK); // a key only brings it back
    assert_int_equal(app_key(app, "ctrl-c"), COMMAND_QUIT);
    app_command(app, COMMAND_BLANK);
    fake->view.is_paused = true;
    assert_int_equal(app_key(app, "."), COMMAND_STEP);
    frame_free(frame);
    frame_free(blank);
    app_free(app);
    fake_free(fake);
}

static void test_messages_go_away(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 50);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_int_equal(app_next_tick(app), UINT64_MAX);
    app_say(app, "saved as %s", "race.svg");
    assert_true(screen_has(app, 80, 24, "saved as race.svg"));
    assert_int_equal(app_tick(app, 1000), REACT_NONE);
    assert_true(app_next_tick(app) > 1000 && app_next_tick(app) != UINT64_MAX);
    assert_int_equal(app_tick(app, app_next_tick(app)), REACT_REDRAW);
    assert_false(screen_has(app, 80, 24, "saved as race.svg"));
    app_say(app, "lock on");
    app_tick(app, 1000);
    uint64_t until = app_next_tick(app);
    app_say(app, "lock off");
    assert_true(screen_has(app, 80, 24, " lock off\n"));
    app_tick(app, 2000);
    assert_true(app_next_tick(app) > until);
    app_free(app);
    fake_free(fake);
}

static void test_the_menu_chooses(void **state)
{
    (void)state;
    static const struct menu_item menu[] = {
        {false, false, "sequential", "1", "Introduction", "the same tasks one after another"},
        {false, false, "race", "5", "Race condition",
         "two lanes, one counter, and a long text that goes on below, where it says what\n"
         "the lock is for"},
    };
    struct error err;
    struct app *app = app_new(&(struct app_options){.menu = menu, .n_menu = 2}, &err);
    assert_null(app_choice(app));
    app_command(app, app_key(app, "down"));
    app_command(app, app_key(app, "down"));
    assert_true(screen_has(app, 80, 24, "two lanes, one counter"));
    assert_true(screen_has(app, 80, 24, "\n the lock is for"));
    assert_int_equal(app_command(app, app_key(app, "enter")), REACT_CHOSEN);
    assert_string_equal(app_choice(app), "race");
    app_free(app);
}

// What is done is told, whoever comes back finds what is next, and a clicker is enough.
static void test_the_menu_goes_from_lesson_to_lesson(void **state)
{
    (void)state;
    static const struct menu_item menu[] = {
        {true, true, "introduction", "1", "Introduction", "waits that add up"},
        {true, false, "gil", "2", "The GIL", "turns"},
        {true, false, "threads", "3", "Threads", "start and join"},
        {false, false, "race", "5", "Race condition", "two lanes, one counter"},
    };
    struct error err;
    struct app *app = app_new(&(struct app_options){.menu = menu, .n_menu = 4}, &err);
    assert_true(screen_has(app, 80, 24, "1 of 3 lessons done ✓"));
    assert_true(screen_has(app, 80, 24, "▸ 2 "));
    assert_true(screen_has(app, 80, 24, "Enter PageDown  begin"));
    assert_int_equal(app_press(app, "page-down"), REACT_CHOSEN);
    assert_string_equal(app_choice(app), "gil");
    app_press(app, "page-up");
    assert_int_equal(app_press(app, "page-down"), REACT_CHOSEN);
    assert_string_equal(app_choice(app), "introduction");
    for (int i = 0; i < 3; i++)
        app_press(app, "down");
    // No lesson: no page to turn to.
    assert_true(screen_has(app, 80, 24, "Enter  run"));
    assert_int_equal(app_press(app, "page-down"), REACT_NONE);
    app_free(app);
}

static void test_wrong_themes_are_refused(void **state)
{
    (void)state;
    struct error err;
    assert_null(app_new(&(struct app_options){.theme = "pink"}, &err));
    assert_non_null(strstr(err.text, "pink"));
}

static void test_every_command_has_a_name_a_key_and_help(void **state)
{
    (void)state;
    for (int i = 1; i < COMMAND_COUNT; i++) {
        enum command command = (enum command)i;
        assert_int_equal(command_of_name(command_table[i].name), command);
        assert_true(command_table[i].help[0] != '\0');
        char keys[64], *rest = keys;
        text_format(keys, sizeof(keys), "%s", command_table[i].keys);
        for (char *key; (key = strsep(&rest, " "));) {
            // No other command has it, but for the one key that does what the screen is for.
            if (strcmp(key, "enter") == 0)
                assert_true(command == COMMAND_MOMENT || command == COMMAND_CHOOSE);
            else
                assert_int_equal(command_of_key(key), command);
        }
    }
    assert_int_equal(command_of_key("Q"), COMMAND_NONE);
    assert_int_equal(command_of_key(""), COMMAND_NONE);
}

static void test_keys_move_zoom_and_follow(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 300);
    struct app *app = new_app(&fake->view, 100, 30);
    char *before = screen_text(app, 100, 30, GLYPHS_UTF8);
    static const char *const there_and_back[][2] = {{"left", "end"}, {"+", "-"}, {"-", "+"}};
    for (size_t i = 0; i < ARRAY_LEN(there_and_back); i++) {
        app_command(app, app_key(app, there_and_back[i][0]));
        char *there = screen_text(app, 100, 30, GLYPHS_UTF8);
        assert_string_not_equal(before, there);
        free(there);
        app_command(app, app_key(app, there_and_back[i][1]));
        char *back = screen_text(app, 100, 30, GLYPHS_UTF8);
        assert_string_equal(before, back);
        free(back);
    }
    free(before);
    app_command(app, app_key(app, "home"));
    assert_true(screen_has(app, 100, 30, "started A, B"));
    app_free(app);
    fake_free(fake);
}

// Whatever the size and zoom, the column of that time is the middle one.
static void test_a_time_is_shown_in_the_middle(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {100, 30}, {200, 60}};
    struct error err;
    struct fake *fake = fake_new(2, 400);
    struct app *app = app_new(&(struct app_options){0}, &err);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint64_t t_ns = fake->view.now_ns / 2;
        struct layout layout;
        app_show(app, &fake->view);
        app_resize(app, sizes[i][0], sizes[i][1]);
        app_show_time(app, t_ns);
        struct scene scene =
            app_scene(app, &fake->view, (struct area){.w = sizes[i][0], .h = sizes[i][1]}, &layout);
        assert_int_equal(viewport_column(&scene.port, t_ns), scene.port.columns / 2);
        app_show_time(app, 0);
        scene =
            app_scene(app, &fake->view, (struct area){.w = sizes[i][0], .h = sizes[i][1]}, &layout);
        assert_int_equal(scene.port.first, 0);
    }
    app_free(app);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_printed_is_not_cut),
        cmocka_unit_test(test_the_bottom_line_offers_what_works),
        cmocka_unit_test(test_help_cuts_nothing),
        cmocka_unit_test(test_help_uses_the_room_there_is),
        cmocka_unit_test(test_the_blank_screen_is_blank),
        cmocka_unit_test(test_messages_go_away),
        cmocka_unit_test(test_the_menu_chooses),
        cmocka_unit_test(test_the_menu_goes_from_lesson_to_lesson),
        cmocka_unit_test(test_wrong_themes_are_refused),
        cmocka_unit_test(test_every_command_has_a_name_a_key_and_help),
        cmocka_unit_test(test_keys_move_zoom_and_follow),
        cmocka_unit_test(test_a_time_is_shown_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
