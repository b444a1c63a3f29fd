#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_screen.h"
#include "view/lesson.h"

static const uint64_t begin_ns = 7 * NS_PER_S, minute_ns = 60 * NS_PER_S;

static void check_text(uint64_t length_ns, uint64_t after_ns, const char *wanted)
{
    char text[24];
    struct lesson lesson = {.length_ns = length_ns};
    assert_true(lesson_tick(&lesson, begin_ns));
    lesson_tick(&lesson, begin_ns + after_ns);
    assert_string_equal(lesson_text(&lesson, text), wanted);
}

static void test_it_counts_up_or_down(void **state)
{
    (void)state;
    check_text(0, 0, "lesson 0 min");
    check_text(0, minute_ns - 1, "lesson 0 min");
    check_text(0, 61 * minute_ns, "lesson 61 min");
    check_text(45 * minute_ns, 0, "45 min left");
    check_text(45 * minute_ns, minute_ns - 1, "45 min left");
    check_text(45 * minute_ns, 45 * minute_ns - 1, "1 min left");
    check_text(45 * minute_ns, 45 * minute_ns, "0 min over");
    check_text(45 * minute_ns, 47 * minute_ns, "2 min over");
}

static void test_it_changes_once_a_minute(void **state)
{
    (void)state;
    struct lesson lesson = {.length_ns = 0};
    assert_int_equal(lesson_next_tick(&lesson), UINT64_MAX);
    lesson_tick(&lesson, begin_ns);
    assert_int_equal(lesson_next_tick(&lesson), begin_ns + minute_ns);
    assert_false(lesson_tick(&lesson, begin_ns + minute_ns - 1));
    assert_true(lesson_tick(&lesson, begin_ns + minute_ns));
    assert_false(lesson_tick(&lesson, begin_ns + minute_ns));
    assert_int_equal(lesson_next_tick(&lesson), begin_ns + 2 * minute_ns);
}

// Shown to who presents, and to who has said how long it is; nobody else is disturbed.
static void test_who_sees_it(void **state)
{
    (void)state;
    struct error err;
    struct fake *fake = fake_new(3, 300);
    struct app *app = new_app(&fake->view, 80, 24);
    app_tick(app, begin_ns);
    assert_false(screen_has(app, 80, 24, "lesson 0 min"));
    assert_int_equal(app_next_tick(app), UINT64_MAX);
    assert_int_equal(app_tick(app, begin_ns + minute_ns), REACT_NONE);
    press(app, "B");
    assert_true(screen_has(app, 80, 24, "lesson 1 min"));
    assert_int_equal(app_next_tick(app), begin_ns + 2 * minute_ns);
    assert_int_equal(app_tick(app, begin_ns + 2 * minute_ns), REACT_REDRAW);
    assert_true(screen_has(app, 80, 24, "lesson 2 min"));
    app_free(app);
    app = app_new(&(struct app_options){.lesson_ns = 45 * minute_ns}, &err);
    app_show(app, &fake->view);
    app_tick(app, begin_ns);
    assert_true(screen_has(app, 80, 24, "45 min left"));
    app_free(app);
    fake_free(fake);
}

// The counter, what is lost, the lock: and neither log nor source nor output.
static void test_a_hall_sees_nothing_else(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {100, 30}, {200, 60}};
    struct fake *fake = fake_new(3, 300);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1];
        struct app *app = new_app(&fake->view, w, h);
        press(app, "B");
        assert_true(screen_has(app, w, h, "lost"));
        assert_true(screen_has(app, w, h, "   LOCK    "));
        assert_false(screen_has(app, w, h, "lost updates"));
        assert_false(screen_has(app, w, h, "source"));
        assert_false(screen_has(app, w, h, "output"));
        app_free(app);
    }
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_counts_up_or_down),
        cmocka_unit_test(test_it_changes_once_a_minute),
        cmocka_unit_test(test_who_sees_it),
        cmocka_unit_test(test_a_hall_sees_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
