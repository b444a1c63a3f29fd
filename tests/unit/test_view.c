// Golden screens: what a run looks like, cell by cell, without a terminal. After a change that is
// meant, look at the new screens and write them with
//     RACELANE_UPDATE_GOLDEN=1 build/tests/test_view
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/text.h"
#include "fake_view.h"
#include "view/app.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

static struct app *new_app(const struct session_view *view, int w, int h)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){0}, &err);
    app_show(app, view);
    app_resize(app, w, h);
    return app;
}

static char *screen_text(const struct app *app, int w, int h, enum glyph_set glyphs)
{
    struct frame *frame = frame_new(w, h, glyphs);
    app_draw(app, frame);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_write(out, frame);
    fclose(out);
    frame_free(frame);
    return text;
}

static char *file_text(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int c; (c = fgetc(in)) != EOF;)
        fputc(c, out);
    fclose(in);
    fclose(out);
    return text;
}

static void write_golden(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void check_golden(const char *name, const struct app *app, int w, int h,
                         enum glyph_set glyphs)
{
    char path[512];
    text_format(path, sizeof(path), "%s/golden/%s.txt", TESTS_DIR, name);
    char *text = screen_text(app, w, h, glyphs);
    if (getenv("RACELANE_UPDATE_GOLDEN"))
        write_golden(path, text);
    char *golden = file_text(path);
    if (!golden || strcmp(golden, text) != 0) {
        print_error("%s is not the screen now:\n%s", path, text);
        fail();
    }
    free(golden);
    free(text);
}

struct golden {
    const char *name;
    int w, h;
    enum glyph_set glyphs;
    size_t lanes, ops;
    const char *keys; // pressed before
    bool is_ended;
};

static const struct golden goldens[] = {
    {"race-80x24", 80, 24, GLYPHS_UTF8, 3, 110, "", false},
    {"race-100x30", 100, 30, GLYPHS_UTF8, 3, 110, "", false},
    {"race-200x60", 200, 60, GLYPHS_UTF8, 5, 300, "", false},
    {"race-40x10", 40, 10, GLYPHS_UTF8, 3, 110, "", false},
    {"race-80x24-ascii", 80, 24, GLYPHS_ASCII, 3, 110, "", false},
    {"ended-80x24", 80, 24, GLYPHS_UTF8, 3, 110, "", true},
    {"fit-100x30", 100, 30, GLYPHS_UTF8, 3, 1000, "0", false},
    {"big-80x24", 80, 24, GLYPHS_UTF8, 3, 110, "B", false},
    {"help-80x24", 80, 24, GLYPHS_UTF8, 3, 110, "?", false},
    {"loss-100x30", 100, 30, GLYPHS_UTF8, 3, 110, "xxx", false},
    {"lanes40-80x24", 80, 24, GLYPHS_UTF8, 41, 900, "", false},
};

static void press(struct app *app, const char *keys)
{
    for (; *keys; keys++) {
        const char key[2] = {*keys, '\0'};
        app_command(app, app_key(app, key));
    }
}

static void test_golden_screens(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
        const struct golden *golden = &goldens[i];
        struct fake *fake = fake_new(golden->lanes, golden->ops);
        if (golden->is_ended)
            fake_end(fake);
        struct app *app = new_app(&fake->view, golden->w, golden->h);
        press(app, golden->keys);
        check_golden(golden->name, app, golden->w, golden->h, golden->glyphs);
        app_free(app);
        fake_free(fake);
    }
}

static void test_drawing_changes_nothing(void **state)
{
    (void)state;
    struct fake *fake = fake_new(4, 200);
    struct app *app = new_app(&fake->view, 100, 30);
    struct frame *a = frame_new(100, 30, GLYPHS_UTF8), *b = frame_new(100, 30, GLYPHS_UTF8);
    draw_fill(frame_area(b), ROLE_CURSOR);
    app_draw(app, a);
    app_draw(app, b);
    assert_true(frame_equal(a, b));
    frame_free(a);
    frame_free(b);
    app_free(app);
    fake_free(fake);
}

// Sizes, keys and numbers of lanes at random: no assertion, no sanitizer, no blind spot.
static void test_any_size_and_any_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "left", "right", "up",  "down", "home", "end", "+", "-", "0", "x",     "X",
        "B",    "?",     "tab", "esc",  "t",    "b",   ".", "q", "l", "space", "no such key"};
    struct random random = random_stream(seed(), 1);
    for (int round = 0; round < 300; round++) {
        size_t lanes = 2 + (size_t)random_below(&random, round % 10 ? 6 : 120);
        struct fake *fake = fake_new(lanes, (size_t)random_below(&random, 400));
        if (random_below(&random, 2))
            fake_end(fake);
        fake->view.is_bare = random_below(&random, 8) == 0;
        fake->view.pace_ns *= random_below(&random, 4) > 0;
        struct app *app = new_app(&fake->view, 80, 24);
        for (int i = 0; i < 12; i++) {
            int w = 1 + (int)random_below(&random, 300), h = 1 + (int)random_below(&random, 100);
            app_resize(app, w, h);
            const char *key = keys[random_below(&random, ARRAY_LEN(keys))];
            app_command(app, app_key(app, key));
            struct frame *frame = frame_new(w, h, (enum glyph_set)random_below(&random, 2));
            app_draw(app, frame);
            frame_free(frame);
        }
        app_free(app);
        fake_free(fake);
    }
}

static void test_a_small_window_says_so(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 50);
    struct app *app = new_app(&fake->view, 39, 10);
    char *text = screen_text(app, 39, 10, GLYPHS_UTF8);
    assert_string_equal(text, "window too small: 40x10 needed\n\n\n\n\n\n\n\n\n\n");
    free(text);
    app_free(app);
    fake_free(fake);
}

// A lecturer says "look at number seven": there is one place where that can be.
static void test_only_the_log_has_numbers(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 600);
    static const int sizes[][2] = {{40, 10}, {80, 24}, {100, 30}, {200, 60}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1], found = 0;
        struct app *app = new_app(&fake->view, w, h);
        struct frame *frame = frame_new(w, h, GLYPHS_UTF8);
        app_draw(app, frame);
        for (int y = 0; y < h; y++)
            for (int x = 0; x + 1 < w; x++) {
                const struct cell *cell = frame_at(frame, x, y);
                if (cell->utf8[0] != '#' || !isdigit((unsigned char)cell[1].utf8[0]))
                    continue;
                assert_true(cell->role == ROLE_LOST || cell->role == ROLE_LOST_QUIET);
                found++;
            }
        assert_true(found >= 2);
        frame_free(frame);
        app_free(app);
    }
    fake_free(fake);
}

static bool screen_has(const struct app *app, int w, int h, const char *what)
{
    char *text = screen_text(app, w, h, GLYPHS_UTF8);
    bool has = strstr(text, what) != NULL;
    free(text);
    return has;
}

static void test_the_header_says_how_the_lock_is(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 50);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_true(screen_has(app, 80, 24, "LOCK OFF"));
    fake->view.lock = SWITCH_ON;
    fake->view.lock_wanted = true;
    assert_true(screen_has(app, 80, 24, "LOCK ON"));
    fake->view.lock = SWITCH_TURNING;
    fake->view.lock_acknowledged = 1;
    assert_true(screen_has(app, 80, 24, "LOCK 1/2"));
    app_free(app);
    fake_free(fake);
}

static void test_the_end_gives_the_verdict(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 110);
    fake_end(fake);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_true(screen_has(app, 80, 24, "counter == lanes * N: does not hold (20, expected 36)"));
    assert_true(screen_has(app, 80, 24, "ended"));
    app_free(app);
    fake_free(fake);
}

static void test_luck_is_called_luck(void **state)
{
    (void)state;
    // As far as the first store: there was nobody to overwrite.
    size_t ops = 1;
    struct fake *fake = fake_new(3, ops);
    while (fake->cells[0] == 0) {
        fake_free(fake);
        fake = fake_new(3, ++ops);
    }
    fake_end(fake);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_true(screen_has(app, 80, 24, "counter == lanes * N: does not hold"));
    fake->claim.holds = true;
    assert_true(screen_has(app, 80, 24, "counter == lanes * N: holds by luck; the lanes ran at"));
    fake->view.overlap_ns = 0;
    assert_true(screen_has(app, 80, 24, "holds only because the lanes did not overlap"));
    fake->view.n_claims = 0;
    assert_true(screen_has(app, 80, 24, "nothing was lost only because the lanes did not overlap"));
    app_free(app);
    fake_free(fake);
}

static void test_what_is_hidden_is_said(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 50);
    fake->view.dropped = 1234;
    fake->view.held_ns = 12 * NS_PER_MS;
    struct app *app = new_app(&fake->view, 80, 24);
    assert_true(screen_has(app, 80, 24, "+1,234 events hidden"));
    assert_true(screen_has(app, 80, 24, "lanes waited 12.0 ms in all for the ledger"));
    fake->view.is_bare = true;
    assert_true(screen_has(app, 80, 24, "bare: totals only"));
    app_free(app);
    fake_free(fake);
}

static void test_what_is_printed_is_not_cut(void **state)
{
    (void)state;
    static const char line[] = "[Done] a file whose name is long downloaded in 3s, at last.";
    struct fake *fake = fake_new(6, 50);
    fake->prog.n_cells = fake->prog.n_vars = 0;
    fake->prog.about = "One two three.\nFour five six, seven eight.";
    fake->output[0] = (struct session_output){.text = line};
    fake->view.output = fake->output;
    fake->view.n_output = 1;
    fake->view.lock = SWITCH_NONE;
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
    assert_true(screen_has(app, 120, 30, " faster  r  again "));
    fake->updates[0] = true;
    fake_end(fake);
    assert_true(screen_has(app, 120, 30, " l  lock  x  next loss  r  again "));
    fake->view.lock = SWITCH_NONE;
    fake->prog.n_cells = fake->prog.n_vars = 0;
    assert_true(screen_has(app, 120, 30, " r  again  +  zoom  0  fit  t  theme  "));
    app_free(app);
    fake_free(fake);
}

static void test_a_broken_always_is_a_badge(void **state)
{
    (void)state;
    static const int sizes[][2] = {{50, 10}, {80, 24}, {200, 60}};
    struct fake *fake = fake_new(3, 110);
    fake->claim = (struct session_claim){.text = "counter >= 0",
                                         .is_always = true,
                                         .broken_ns = 6400 * (uint64_t)NS_PER_MS,
                                         .broken_lane = 2,
                                         .broken_value = -1680};
    fake->view.n_claims = 1;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1];
        struct app *app = new_app(&fake->view, w, h);
        assert_true(screen_has(app, w, h, "always counter >= 0: broken at 6.4 s by B: -1,680"));
        struct frame *frame = frame_new(w, h, GLYPHS_UTF8);
        app_draw(app, frame);
        assert_int_equal(frame_at(frame, w - 1, h - 2)->role, ROLE_BROKEN);
        frame_free(frame);
        app_free(app);
    }
    fake_free(fake);
}

static void test_help_cuts_nothing(void **state)
{
    (void)state;
    static const int widths[] = {40, 69, 70, 80, 100, 159, 160, 300};
    struct fake *fake = fake_new(3, 50);
    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        struct app *app = new_app(&fake->view, widths[i], 150);
        press(app, "?");
        assert_true(screen_has(app, widths[i], 150, "leave racelane"));
        assert_true(screen_has(app, widths[i], 150, "none of them lost"));
        assert_false(screen_has(app, widths[i], 150, "\xe2\x80\xa6\n"));
        app_free(app);
    }
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
    assert_int_equal(app_key(app, "."), COMMAND_NONE);
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
    app_free(app);
    fake_free(fake);
}

static void test_the_menu_chooses(void **state)
{
    (void)state;
    static const struct menu_item menu[] = {
        {"sequential", "1", "Introduction", "the same tasks one after another"},
        {"race", "5", "Race condition",
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
        for (char *key; (key = strsep(&rest, " "));)
            assert_int_equal(command_of_key(key), command); // and no other command has it
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_screens),
        cmocka_unit_test(test_drawing_changes_nothing),
        cmocka_unit_test(test_any_size_and_any_keys),
        cmocka_unit_test(test_a_small_window_says_so),
        cmocka_unit_test(test_only_the_log_has_numbers),
        cmocka_unit_test(test_the_header_says_how_the_lock_is),
        cmocka_unit_test(test_the_end_gives_the_verdict),
        cmocka_unit_test(test_luck_is_called_luck),
        cmocka_unit_test(test_what_is_hidden_is_said),
        cmocka_unit_test(test_what_is_printed_is_not_cut),
        cmocka_unit_test(test_the_bottom_line_offers_what_works),
        cmocka_unit_test(test_a_broken_always_is_a_badge),
        cmocka_unit_test(test_help_cuts_nothing),
        cmocka_unit_test(test_the_blank_screen_is_blank),
        cmocka_unit_test(test_messages_go_away),
        cmocka_unit_test(test_the_menu_chooses),
        cmocka_unit_test(test_wrong_themes_are_refused),
        cmocka_unit_test(test_every_command_has_a_name_a_key_and_help),
        cmocka_unit_test(test_keys_move_zoom_and_follow),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "RACELANE_SEED=%llu\n", (unsigned long long)seed());
    return failed;
}
