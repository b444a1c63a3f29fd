// The moment view, losses older than the log, slow motion, and the zoom down to a nanosecond.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"
#include "view/app_state.h"

#include <stdio.h>
#include <stdlib.h>

static void test_golden_moments(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int w, h;
        enum glyph_set glyphs;
        size_t lanes, ops;
        const char *keys; // pressed before Enter
    } goldens[] = {
        {"moment-80x24", 80, 24, GLYPHS_UTF8, 3, 110, "xXXX"},
        {"moment-100x30", 100, 30, GLYPHS_UTF8, 3, 110, "xXXX"},
        {"moment-200x60", 200, 60, GLYPHS_UTF8, 5, 300, "xXXX"},
        {"moment-40x10", 40, 10, GLYPHS_UTF8, 3, 110, "xXXX"},
        {"moment-80x24-ascii", 80, 24, GLYPHS_ASCII, 3, 110, "xXXX"},
        {"moment-lanes9-80x24", 80, 24, GLYPHS_UTF8, 10, 400, "xXXX"},
        {"moment-middle-80x24", 80, 24, GLYPHS_UTF8, 3, 110, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
        struct fake *fake = fake_new(goldens[i].lanes, goldens[i].ops);
        struct app *app = new_app(&fake->view, goldens[i].w, goldens[i].h);
        press(app, goldens[i].keys);
        app_press(app, "enter");
        check_golden(goldens[i].name, app, goldens[i].w, goldens[i].h, goldens[i].glyphs);
        app_free(app);
        fake_free(fake);
    }
}

static void test_esc_goes_back_to_the_same_place(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 300);
    struct app *app = new_app(&fake->view, 100, 30);
    press(app, "xx+");
    char *before = screen_text(app, 100, 30, GLYPHS_UTF8);
    static const char *const keys[] = {"enter", "up",   "up", "down", "left", "right", "+",
                                       "-",     "home", "0",  "end",  "d",    "enter", "esc"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        app_press(app, keys[i]);
    char *after = screen_text(app, 100, 30, GLYPHS_UTF8);
    assert_string_equal(before, after);
    free(before);
    free(after);
    app_free(app);
    fake_free(fake);
}

static void test_x_stays_in_the_moment(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 110);
    struct app *app = new_app(&fake->view, 80, 24);
    press(app, "x");
    app_press(app, "enter");
    char *newest = screen_text(app, 80, 24, GLYPHS_UTF8);
    press(app, "X");
    char *older = screen_text(app, 80, 24, GLYPHS_UTF8);
    assert_string_not_equal(newest, older);
    assert_true(screen_has(app, 80, 24, "moment of loss #"));
    press(app, "x");
    char *again = screen_text(app, 80, 24, GLYPHS_UTF8);
    assert_string_equal(newest, again);
    free(newest);
    free(older);
    free(again);
    app_free(app);
    fake_free(fake);
}

// --- losses that the log has pushed out

static uint64_t count_losses(const struct fake *fake)
{
    uint64_t n = 0;
    for (size_t lane = 0; lane < fake->view.n_lanes; lane++) {
        struct column all;
        timeline_column(fake->view.timeline, lane, 0, UINT64_MAX, &all);
        n += all.marks[MARK_LOSS];
    }
    return n;
}

// Round once: every one of them, once.
static void check_round(struct app *app, const struct fake *fake, const char *key)
{
    uint64_t n = count_losses(fake);
    assert_true(n > LEDGER_LOG + 100);
    uint64_t *seen = mem_array(n, sizeof(*seen));
    for (uint64_t i = 0; i < n; i++) {
        press(app, key);
        assert_true(app->loss.is_set);
        const struct event *store =
            timeline_at(fake->view.timeline, app->loss.lane, app->loss.index);
        assert_true(store->flags & ACCESS_LOSS);
        seen[i] = store->turn;
        if (i % 97 == 0)
            for (uint64_t k = 0; k < i; k++)
                assert_int_not_equal(seen[k], seen[i]);
    }
    press(app, key);
    assert_int_equal(timeline_at(fake->view.timeline, app->loss.lane, app->loss.index)->turn,
                     seen[0]);
    mem_free(seen);
}

static void test_x_goes_beyond_the_log(void **state)
{
    (void)state;
    struct fake *fake = fake_new(4, 50000);
    fake_end(fake);
    struct app *app = new_app(&fake->view, 100, 30);
    check_round(app, fake, "x");
    check_round(app, fake, "X");
    // The first of all, in words.
    press(app, "x");
    app->selected = 0;
    app->loss = (struct event_place){0};
    press(app, "x");
    assert_int_equal(app->selected, 0);
    assert_true(screen_has(app, 100, 30, " gone: "));
    app_press(app, "enter");
    assert_true(screen_has(app, 100, 30, "moment of a loss"));
    assert_true(screen_has(app, 100, 30, "older than the log"));
    app_free(app);
    fake_free(fake);
}

// --- slow motion

static void test_slow_motion_is_shown_and_ends(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 110);
    fake_end(fake);
    struct app *app = new_app(&fake->view, 100, 30);
    press(app, "xx");
    char *before = screen_text(app, 100, 30, GLYPHS_UTF8);
    press(app, "i");
    uint64_t now_ns = 1000;
    int steps = 0;
    bool was_told = false;
    for (; app->replay.is_on && steps < 100; steps++) {
        assert_int_equal(app_tick(app, now_ns), REACT_REDRAW);
        was_told |= app->replay.is_on && screen_has(app, 100, 30, " gone: ");
        if (app->replay.is_on && !was_told)
            assert_true(screen_has(app, 100, 30, " slow motion: "));
        uint64_t next_ns = app_next_tick(app);
        assert_true(!app->replay.is_on || next_ns > now_ns);
        // Before its time nothing happens.
        assert_int_equal(app->replay.is_on ? app_tick(app, next_ns - 1) : REACT_NONE, REACT_NONE);
        now_ns = next_ns;
    }
    assert_true(was_told);
    assert_true(steps > 4 && steps < 30);
    char *after = screen_text(app, 100, 30, GLYPHS_UTF8);
    assert_string_equal(before, after);
    // Any key ends it.
    press(app, "i");
    app_tick(app, now_ns);
    assert_true(app->replay.is_on);
    app_press(app, "esc");
    assert_false(app->replay.is_on);
    free(after);
    after = screen_text(app, 100, 30, GLYPHS_UTF8);
    assert_string_equal(before, after);
    free(before);
    free(after);
    app_free(app);
    fake_free(fake);
}

// --- zoom

static void test_the_zoom_keeps_the_loss_in_sight(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 1000);
    fake_end(fake);
    struct app *app = new_app(&fake->view, 100, 30);
    press(app, "0xxx");
    for (int i = 0; i < 2 * ZOOM_LEVELS; i++) {
        press(app, i < ZOOM_LEVELS ? "+" : "-");
        struct sight sight;
        uint64_t loss_ns;
        assert_true(app_look(app, &sight));
        assert_true(scene_loss_time(&sight.scene, &loss_ns));
        int64_t column = viewport_column(&sight.scene.port, loss_ns);
        assert_true(column >= 0 && column < sight.scene.port.columns);
        if (i == ZOOM_LEVELS - 1) {
            assert_int_equal(sight.scene.port.ns_per_column, 1);
            assert_true(screen_has(app, 100, 30, "1 ns per column"));
        }
    }
    app_free(app);
    fake_free(fake);
}

static void test_times_are_told_to_the_nanosecond(void **state)
{
    (void)state;
    static const struct {
        uint64_t t_ns, step_ns;
        const char *text;
    } cases[] = {
        {0, 1, "0.000 us"},
        {123, 20, "0.12 us"},
        {1234567, 1, "1234.567 us"},
        {21320123, 1, "21.320123 ms"},
        {3000123456, 100, "3000.1234 ms"},
        {12000123456, 1, "12.000123456 s"},
        {2480000000, 20000000, "2.48 s"},
        {7200000000000, 500000000000, "7200 s"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[24];
        assert_string_equal(time_text(text, cases[i].t_ns, cases[i].step_ns), cases[i].text);
    }
    char text[24];
    assert_string_equal(zoom_text(text, 1), "1 ns");
    assert_string_equal(zoom_text(text, 500), "500 ns");
    assert_string_equal(zoom_text(text, 1000), "1 us");
    assert_string_equal(zoom_text(text, zoom_ns(ZOOM_LEVELS - 1)), "500 s");
}

static void test_a_folded_column_says_how_much_it_holds(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 1000);
    fake_end(fake);
    struct app *app = new_app(&fake->view, 100, 30);
    press(app, "0");
    assert_false(screen_has(app, 100, 30, " events"));
    app_press(app, "down");
    struct sight sight;
    app_look(app, &sight);
    int column;
    uint64_t n = scene_column_events(&sight.scene, &column);
    char text[48];
    text_format(text, sizeof(text), "\u2193 %llu events", (unsigned long long)n);
    assert_true(n > 1);
    assert_true(screen_has(app, 100, 30, text));
    app_free(app);
    fake_free(fake);
}

static void test_where_detail_ends_is_said(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 10);
    timeline_free((struct timeline *)fake->view.timeline);
    struct timeline *tl = timeline_new(3, 1 << 20);
    fake->view.timeline = tl;
    for (uint64_t i = 0; i < 60000; i++)
        fake_event(fake, i * 100000, 1 + i % 2, EVENT_LOAD, 0, 0);
    fake->view.now_ns = 6 * NS_PER_S;
    timeline_advance(tl, fake->view.now_ns);
    struct app *app = new_app(&fake->view, 100, 30);
    press(app, "0");
    assert_true(timeline_detail_from(tl, 1) > 0);
    assert_true(screen_has(app, 100, 30, "\u25c2"));
    assert_true(screen_has(app, 100, 30, "sums only before "));
    app_free(app);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_moments),
        cmocka_unit_test(test_esc_goes_back_to_the_same_place),
        cmocka_unit_test(test_x_stays_in_the_moment),
        cmocka_unit_test(test_x_goes_beyond_the_log),
        cmocka_unit_test(test_slow_motion_is_shown_and_ends),
        cmocka_unit_test(test_the_zoom_keeps_the_loss_in_sight),
        cmocka_unit_test(test_times_are_told_to_the_nanosecond),
        cmocka_unit_test(test_a_folded_column_says_how_much_it_holds),
        cmocka_unit_test(test_where_detail_ends_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
