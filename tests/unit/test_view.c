// Golden screens of threads that race, and what holds on every screen.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_process.h"
#include "golden.h"
#include "view/scene.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
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
    {"big-80x24-ascii", 80, 24, GLYPHS_ASCII, 3, 110, "B", false},
    {"big-200x60", 200, 60, GLYPHS_UTF8, 3, 110, "B", false},
    {"big-40x10", 40, 10, GLYPHS_UTF8, 4, 110, "B", false},
    {"help-80x24", 80, 24, GLYPHS_UTF8, 3, 110, "?", false},
    {"loss-100x30", 100, 30, GLYPHS_UTF8, 3, 110, "xxx", false},
    {"lanes40-80x24", 80, 24, GLYPHS_UTF8, 41, 900, "d", false},
};

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
        "left",  "right",       "up", "down", "home", "end", "+",     "-", "0", "x",
        "X",     "B",           "?",  "tab",  "esc",  "t",   "b",     ".", "q", "l",
        "space", "no such key", "d",  "m",    "v",    "K",   "enter", "i"};
    struct random random = random_stream(seed(), 1);
    for (int round = 0; round < 300; round++) {
        size_t lanes = 2 + (size_t)random_below(&random, round % 10 ? 6 : 120);
        struct fake *fake = fake_new(lanes, (size_t)random_below(&random, 400));
        if (random_below(&random, 2))
            fake_end(fake);
        fake->view.is_bare = random_below(&random, 8) == 0;
        fake->view.pace_ns *= random_below(&random, 4) > 0;
        if (random_below(&random, 4) == 0)
            fake_unshare(fake);
        if (random_below(&random, 4) == 0)
            fake_kill(fake, lanes - 1, "killed by signal 9 holding guard");
        // Sometimes of processes that have not begun, which have no copy yet.
        if (random_below(&random, 4) == 0)
            fake->view.is_private = true;
        struct app *app = new_app(&fake->view, 80, 24);
        for (int i = 0; i < 12; i++) {
            int w = 1 + (int)random_below(&random, 300), h = 1 + (int)random_below(&random, 100);
            app_resize(app, w, h);
            const char *key = keys[random_below(&random, ARRAY_LEN(keys))];
            app_press(app, key);
            app_tick(app, (uint64_t)i * NS_PER_S);
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
    app_resize(app, 60, 24); // whole or not at all
    assert_true(screen_has(app, 60, 24, "counter == lanes * N: holds by luck\n"));
    app_resize(app, 80, 24);
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

static void test_a_broken_always_is_a_badge(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {200, 60}};
    struct fake *fake = fake_new(3, 110);
    fake->claim = (struct session_claim){.text = "counter >= 0",
                                         .is_judged = true,
                                         .is_always = true,
                                         .is_placed = true,
                                         .has_value = true,
                                         .broken_ns = 6400 * (uint64_t)NS_PER_MS,
                                         .broken_lane = 2,
                                         .broken_value = -1680};
    fake->view.n_claims = 1;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int w = sizes[i][0], h = sizes[i][1];
        struct app *app = new_app(&fake->view, w, h);
        assert_true(screen_has(app, w, h,
                               w < 60 ? " counter >= 0: broken by B: -1,680"
                                      : "always counter >= 0: broken at 6.4 s by B: -1,680"));
        struct frame *frame = frame_new(w, h, GLYPHS_UTF8);
        app_draw(app, frame);
        assert_int_equal(frame_at(frame, w - 1, h - 2)->role, ROLE_BROKEN);
        frame_free(frame);
        app_free(app);
    }
    fake_free(fake);
}

// Half a number is another number.
static void test_the_short_line_cuts_no_number(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 110);
    struct app *app = new_app(&fake->view, 40, 10);
    assert_true(screen_has(app, 40, 10, " counter 20 expected 36 lost 16\n"));
    fake->cells[0] = 123456789;
    assert_true(screen_has(app, 40, 10, " counter 123,456,789 lost 16\n"));
    app_free(app);
    fake_free(fake);
}

static void test_a_number_fits_or_is_rounded_down(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        int columns;
        const char *text;
    } cases[] = {
        {0, 5, "0"},
        {-80, 5, "-80"},
        {1234567, 9, "1,234,567"},
        {1234567, 8, "1234567"},
        {1234567, 6, "1.23M"},
        {-1234567, 5, "-1.2M"},
        {-123456789, 5, "-123M"},
        {2000000000, 9, "2.00G"},
        {1999999999, 5, "1.99G"},
        {INT64_MIN, 5, "-9.2E"},
        {INT64_MAX, 25, "9,223,372,036,854,775,807"},
    };
    char text[28];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(scene_number(text, cases[i].number, cases[i].columns), cases[i].text);
}

static void test_long_numbers_are_whole(void **state)
{
    (void)state;
    struct fake *fake = fake_new_at(3, 0, 2000000000);
    fake_lose(fake, 1234567);
    static const struct {
        int w, h;
        const char *parts[4];
    } sizes[] = {
        {80,
         24,
         {" expected 2002469134 lost  1,234,567 \u2502",
          "\u2502 #1234567 B 2001234567 over A's 2001234567\n", "\u2502          A's +1 is gone\n",
          "\u2502          lock off; may be restored\n"}},
        {60,
         20,
         {" counter 2,001,234,567 expected 2,002,469,134 lost 1,234,567\n",
          " #1234567 B wrote 2,001,234,567 over A's 2,001,234,567\n",
          " both had loaded 2,001,234,566: A's +1 is gone\n",
          " with the lock off; may be restored\n"}},
        {40,
         10,
         {" counter 2,001,234,567 lost 1,234,567\n", " #1234567 B wrote over A's 2,001,234,567\n",
          " #1234566 B wrote over A's 2,001,234,566\n", "\n"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct app *app = new_app(&fake->view, sizes[i].w, sizes[i].h);
        for (size_t k = 0; k < ARRAY_LEN(sizes[i].parts); k++)
            assert_true(screen_has(app, sizes[i].w, sizes[i].h, sizes[i].parts[k]));
        app_free(app);
    }
    fake_free(fake);
}

// The newest number, the total and this one belong together.
static void test_restored_losses_are_counted(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 110);
    struct app *app = new_app(&fake->view, 100, 30);
    uint64_t overwritten = 0;
    for (uint64_t number = ledger_log_last(fake->view.ledger); number > 0; number--)
        overwritten += ledger_log_at(fake->view.ledger, number)->overwritten;
    char note[32];
    text_format(note, sizeof(note), " %llu restored ",
                (unsigned long long)(overwritten - ledger_cell(fake->view.ledger, 0)->lost));
    assert_true(screen_has(app, 100, 30, note));
    app_free(app);
    fake_free(fake);
    fake = fake_new(3, 0);
    fake_lose(fake, LEDGER_LOG + 1);
    app = new_app(&fake->view, 100, 30);
    assert_false(screen_has(app, 100, 30, " restored ")); // nobody knows
    app_free(app);
    fake_free(fake);
}

static void test_a_deadlock_is_the_state(void **state)
{
    (void)state;
    struct fake *fake = fake_new(3, 1);
    struct app *app = new_app(&fake->view, 80, 24);
    fake->view.is_deadlocked = fake->view.lock_wanted = true;
    assert_true(screen_has(app, 80, 24, " deadlock\n"));
    assert_false(screen_has(app, 80, 24, "\u25b6 0:00"));
    assert_false(screen_has(app, 80, 24, "takes the lock away"));
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
        cmocka_unit_test(test_the_short_line_cuts_no_number),
        cmocka_unit_test(test_a_broken_always_is_a_badge),
        cmocka_unit_test(test_a_number_fits_or_is_rounded_down),
        cmocka_unit_test(test_long_numbers_are_whole),
        cmocka_unit_test(test_restored_losses_are_counted),
        cmocka_unit_test(test_a_deadlock_is_the_state),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "RACELANE_SEED=%llu\n", (unsigned long long)seed());
    return failed;
}
