#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_screen.h"
#include "view/app_mouse.h"
#include "view/app_state.h"

#include <string.h>

// The row in which a text stands, and its column.
static bool find_text(const struct app *app, int w, int h, const char *what, int *x, int *y)
{
    char *text = screen_text(app, w, h, GLYPHS_ASCII), *rest = text;
    bool found = false;
    *y = 0;
    for (char *line; !found && (line = strsep(&rest, "\n")); *y += !found) {
        const char *at = strstr(line, what);
        found = at != NULL;
        *x = at ? (int)(at - line) : 0;
    }
    free(text);
    return found;
}

static void test_a_click_selects_a_lane(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {100, 30}, {200, 60}, {40, 10}};
    struct fake *fake = fake_new(3, 300);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (size_t lane = 0; lane < 3; lane++) {
            int w = sizes[i][0], h = sizes[i][1], x, y;
            struct app *app = new_app(&fake->view, w, h);
            static const char *const rows[] = {" main", " A  ", " B  "};
            assert_true(find_text(app, w, h, rows[lane], &x, &y));
            assert_int_equal(app_click(app, 2, y), REACT_REDRAW);
            assert_int_equal(app->cursor_lane, lane);
            assert_true(app->has_cursor);
            app_free(app);
        }
    fake_free(fake);
}

static void test_a_click_selects_a_loss(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {100, 30}, {200, 60}, {60, 20}};
    struct fake *fake = fake_new(3, 300);
    uint64_t last = ledger_log_last(fake->view.ledger);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1], x, y;
        struct app *app = new_app(&fake->view, w, h);
        // Wherever the log is: the number that was clicked is the one that is explained then.
        for (uint64_t number = last; number + 2 >= last; number--) {
            char text[24];
            text_format(text, sizeof(text), " #%llu ", (unsigned long long)number);
            if (!find_text(app, w, h, text, &x, &y))
                break;
            assert_int_equal(app_click(app, x + 4, y), REACT_REDRAW);
            assert_int_equal(app->selected, number);
            if (find_text(app, w, h, "with the lock off;", &x, &y)) {
                assert_int_equal(app_click(app, x, y), REACT_REDRAW);
                assert_int_equal(app->selected, number);
            }
        }
        assert_int_not_equal(app->selected, 0);
        app_free(app);
    }
    fake_free(fake);
}

static void test_elsewhere_a_click_does_nothing(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 300);
    struct app *app = new_app(&fake->view, 80, 24);
    assert_int_equal(app_click(app, 10, 0), REACT_NONE);
    assert_int_equal(app_click(app, 10, 23), REACT_NONE);
    assert_int_equal(app_click(app, -1, -1), REACT_NONE);
    assert_int_equal(app_click(app, 5000, 5000), REACT_NONE);
    assert_int_equal(app->selected, 0);
    assert_false(app->has_cursor);
    app_command(app, COMMAND_HELP);
    assert_int_equal(app_click(app, 2, 3), REACT_NONE);
    app_free(app);
    fake_free(fake);
}

// What is under the pointer stays within its column while the zoom changes.
static void test_the_wheel_zooms_where_it_points(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 300);
    struct app *app = new_app(&fake->view, 100, 30);
    app_command(app, COMMAND_FIT);
    struct layout layout;
    const struct area whole = {.w = 100, .h = 30};
    for (int i = 0; i < 8; i++) {
        struct scene scene = app_scene(app, &fake->view, whole, &layout);
        int column = scene.port.columns / 3;
        uint64_t before_ns = viewport_time(&scene.port, column);
        uint64_t step_ns = scene.port.ns_per_column;
        assert_int_equal(app_wheel(app, scene.columns.gutter + column, 4, -1), REACT_REDRAW);
        scene = app_scene(app, &fake->view, whole, &layout);
        assert_true(scene.port.ns_per_column < step_ns);
        int64_t now = viewport_column(&scene.port, before_ns);
        if (now < column - 1 || now > column + 1)
            fail_msg("step %d: column %d became %lld", i, column, (long long)now);
    }
    struct scene scene = app_scene(app, &fake->view, whole, &layout);
    uint64_t step_ns = scene.port.ns_per_column;
    app_wheel(app, scene.columns.gutter + 5, 4, 1);
    scene = app_scene(app, &fake->view, whole, &layout);
    assert_true(scene.port.ns_per_column > step_ns);
    // Nothing over the numbers below.
    assert_int_equal(app_wheel(app, 10, 20, -1), REACT_NONE);
    app_free(app);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_click_selects_a_lane),
        cmocka_unit_test(test_a_click_selects_a_loss),
        cmocka_unit_test(test_elsewhere_a_click_does_nothing),
        cmocka_unit_test(test_the_wheel_zooms_where_it_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
