// The overview of many lanes, and its rows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_process.h"
#include "golden.h"
#include "view/app_state.h"
#include "view/density.h"

static const struct {
    const char *name;
    int w, h;
    enum glyph_set glyphs;
    const char *keys;
} goldens[] = {
    {"density-80x24", 80, 24, GLYPHS_UTF8, ""},
    {"density-80x24-ascii", 80, 24, GLYPHS_ASCII, ""},
    {"density-200x60", 200, 60, GLYPHS_UTF8, ""},
    {"density-40x10", 40, 10, GLYPHS_UTF8, ""},
    {"density-rows-80x24", 80, 24, GLYPHS_UTF8, "d"},
};

static void test_golden_screens(void **state)
{
    (void)state;
    struct fake *fake = fake_crowd(501);
    for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
        struct app *app = new_app(&fake->view, goldens[i].w, goldens[i].h);
        press(app, goldens[i].keys);
        check_golden(goldens[i].name, app, goldens[i].w, goldens[i].h, goldens[i].glyphs);
        app_free(app);
    }
    fake_free(fake);
}

static size_t group_of(const struct app *app, int w, int h)
{
    struct session_view view;
    struct layout layout;
    assert_true(app_view(app, &view));
    return app_scene(app, &view, (struct area){.w = w, .h = h}, &layout).group;
}

// There are five rows.
static void test_more_than_four_a_row_are_a_crowd(void **state)
{
    (void)state;
    struct fake *few = fake_new(21, 100), *many = fake_new(22, 100);
    struct app *app = new_app(&few->view, 80, 24);
    assert_int_equal(group_of(app, 80, 24), 0);
    assert_true(screen_has(app, 80, 24, " 1-5 of 20\n"));
    app_show(app, &many->view);
    assert_int_equal(group_of(app, 80, 24), 5);
    assert_true(screen_has(app, 80, 24, " 5 lanes a row\n"));
    assert_true(screen_has(app, 80, 24, "\n 16-20  "));
    assert_true(screen_has(app, 80, 24, "\n    21  ")); // the last is alone
    press(app, "d");
    press(app, "d"); // on a larger screen it is no crowd
    app_resize(app, 100, 30);
    assert_true(
        screen_has(app, 100, 30, " each row is 3 lanes: high they run, low they wait, 20 ms"));
    app_free(app);
    fake_free(few);
    fake_free(many);
}

static void test_what_is_chosen_stays(void **state)
{
    (void)state;
    struct fake *few = fake_new(4, 100), *many = fake_new(101, 100);
    struct app *app = new_app(&many->view, 80, 24);
    press(app, "d");
    assert_int_equal(group_of(app, 80, 24), 0);
    assert_true(screen_has(app, 80, 24, " a row for each lane\n"));
    app_begin_run(app);
    assert_int_equal(group_of(app, 80, 24), 0);
    press(app, "d");
    assert_int_equal(group_of(app, 80, 24), 20);
    press(app, "d");
    app_show(app, &many->view); // as if another scenario
    assert_int_equal(group_of(app, 80, 24), 20);
    app_show(app, &few->view);
    press(app, "d");
    assert_int_equal(group_of(app, 80, 24), 1);
    assert_true(screen_has(app, 80, 24, "\n B     "));
    app_free(app);
    fake_free(few);
    fake_free(many);
}

static void test_the_cursor_moves_by_rows(void **state)
{
    (void)state;
    struct fake *fake = fake_new(101, 100);
    struct app *app = new_app(&fake->view, 80, 24);
    static const char *const keys[] = {"down", "down", "down", "up"};
    static const size_t lanes[] = {1, 21, 41, 21};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        app_command(app, app_key(app, keys[i]));
        assert_int_equal(app->cursor_lane, lanes[i]);
    }
    assert_true(screen_has(app, 80, 24, "\n\u25b8  21-40  "));
    press(app, "d"); // and there they are
    assert_true(screen_has(app, 80, 24, "\n\u25b8U "));
    app_command(app, COMMAND_DOWN);
    assert_int_equal(app->cursor_lane, 22);
    press(app, "d");
    assert_true(screen_has(app, 80, 24, "\n\u25b8  21-40  "));
    app_command(app, COMMAND_UP);
    assert_int_equal(app->cursor_lane, 1);
    app_command(app, COMMAND_UP);
    app_command(app, COMMAND_UP);
    assert_int_equal(app->cursor_lane, 0);
    for (int i = 0; i < 9; i++)
        app_command(app, COMMAND_DOWN);
    assert_int_equal(app->cursor_lane, 81);
    app_free(app);
    fake_free(fake);
}

// What the heights mean, cell by cell, of one row of four lanes.
static void test_height_is_how_many_are_how_busy(void **state)
{
    (void)state;
    static const struct {
        enum event_kind kinds[4];
        const char *glyph; // "" for nothing
        enum role role;
    } cases[] = {
        {{EVENT_START, EVENT_START, EVENT_START, EVENT_START}, "\u2588", ROLE_RUNNING},
        {{EVENT_CONTEND, EVENT_CONTEND, EVENT_CONTEND, EVENT_CONTEND}, "\u2584", ROLE_BLOCKED},
        {{EVENT_SLEEP, EVENT_SLEEP, EVENT_SLEEP, EVENT_ACQUIRE}, "\u2585", ROLE_SLEEPING},
        {{EVENT_FINISH, EVENT_FINISH, EVENT_ACQUIRE, EVENT_FINISH}, "\u2582", ROLE_HOLDING},
        {{EVENT_FINISH, EVENT_FINISH, EVENT_STOPPED, EVENT_FINISH}, "\u2581", ROLE_PAUSED},
        {{EVENT_FINISH, EVENT_FINISH, EVENT_FINISH, EVENT_FINISH}, " ", ROLE_TEXT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fake *fake = fake_open(5, 0);
        fake_advance(fake, 100 * NS_PER_MS);
        for (size_t k = 0; k < 4; k++)
            fake_event(fake, fake->view.now_ns, k + 1, cases[i].kinds[k], 0, 0);
        fake_advance(fake, 100 * NS_PER_MS);
        struct app *app = new_app(&fake->view, 80, 24);
        struct frame *frame = frame_new(80, 24, GLYPHS_UTF8);
        struct session_view view = fake->view;
        struct layout layout;
        struct scene scene = app_scene(app, &view, frame_area(frame), &layout);
        scene.group = 4;
        density_draw(&scene, layout.lanes);
        int x = layout.columns.gutter + (int)viewport_column(&scene.port, 150 * NS_PER_MS);
        const struct cell *cell = frame_at(frame, x, layout.lanes.y);
        assert_string_equal(cell->utf8, cases[i].glyph);
        assert_int_equal(cell->role, cases[i].role);
        frame_free(frame);
        app_free(app);
        fake_free(fake);
    }
}

static void test_marks_win_over_heights(void **state)
{
    (void)state;
    struct fake *fake = fake_new(101, 0);
    fake_advance(fake, 100 * NS_PER_MS);
    fake_kill(fake, 30, "killed by signal 9");
    fake->lanes[50].state = LANE_FAILED;
    fake->lanes[50].end_ns = fake->view.now_ns;
    fake_advance(fake, 100 * NS_PER_MS);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_true(screen_has(app, 80, 24, "\u2588\u2020\u2588"));
    assert_true(screen_has(app, 80, 24, " 19 run  1 \u2020\n"));
    assert_true(screen_has(app, 80, 24, "\u2588\u2021\u2588"));
    assert_true(screen_has(app, 80, 24, " 19 run  1 \u2021\n"));
    fake_event(fake, 105 * NS_PER_MS, 31, EVENT_STORE, 0, 1);
    timeline_mark_store((struct timeline *)fake->view.timeline, 31, 105 * NS_PER_MS, 0, 0,
                        ACCESS_LOSS);
    fake_advance(fake, 0);
    assert_true(screen_has(app, 80, 24, "\u2588\u2717\u2588"));
    assert_false(screen_has(app, 80, 24, "\u2588\u2020\u2588"));
    app_free(app);
    fake_free(fake);
}

static void test_the_key_is_offered_in_a_crowd(void **state)
{
    (void)state;
    struct fake *fake = fake_new(4, 50), *many = fake_new(101, 50);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_false(screen_has(app, 80, 24, " d  "));
    app_show(app, &many->view);
    assert_true(screen_has(app, 80, 24, " d  rows "));
    press(app, "d");
    assert_true(screen_has(app, 80, 24, " d  overview "));
    app_free(app);
    fake_free(fake);
    fake_free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_screens),
        cmocka_unit_test(test_more_than_four_a_row_are_a_crowd),
        cmocka_unit_test(test_what_is_chosen_stays),
        cmocka_unit_test(test_the_cursor_moves_by_rows),
        cmocka_unit_test(test_height_is_how_many_are_how_busy),
        cmocka_unit_test(test_marks_win_over_heights),
        cmocka_unit_test(test_the_key_is_offered_in_a_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
