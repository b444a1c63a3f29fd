// The locks view: golden screens of simulated runs and of figures that were made up, and what it
// says where there is nothing to show.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"
#include "session/private.h"
#include "support_session.h"
#include "view/locks.h"

static const char bank[] = "title \"A bank account\"\n"
                           "param N = 8\n"
                           "shared balance = 0\n"
                           "lock guard\n"
                           "lock book\n"
                           "def pay(amount):\n"
                           "    for _ in range(N):\n"
                           "        with guard:\n"
                           "            balance += amount\n"
                           "            with book:\n"
                           "                balance += 0\n"
                           "        sleep(300ms)\n"
                           "lane A = pay(1)\n"
                           "lane B = pay(2)\n"
                           "lane C = pay(3)\n";

static const char embrace[] = "title \"Two locks in two orders\"\n"
                              "shared x = 0\n"
                              "lock left\n"
                              "lock right\n"
                              "def forth():\n"
                              "    with left:\n"
                              "        with right:\n"
                              "            x += 1\n"
                              "def back():\n"
                              "    with right:\n"
                              "        with left:\n"
                              "            x += 1\n"
                              "lane A = forth()\n"
                              "lane B = back()\n"
                              "lane C = forth()\n";

static const char lockless[] = "def nap():\n"
                               "    sleep(1)\n"
                               "lane A = nap()\n";

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

// A simulated run after so many steps, or at its end.
static struct session *open_at(struct watch *w, const char *text, size_t steps)
{
    struct error err;
    const struct lang_options as_written = {.n_lanes = 0};
    struct session *s = open_session(w, &(struct session_options){.name = "test",
                                                                  .text = text,
                                                                  .len_bytes = strlen(text),
                                                                  .lang = &as_written,
                                                                  .lock = -1,
                                                                  .pace_ns = 100 * NS_PER_MS,
                                                                  .seed = 3,
                                                                  .is_simulated = true});
    for (size_t i = 0; i < steps; i++)
        if (!session_step(s, SESSION_ANY_LANE, &err))
            break;
    return s;
}

// From the lanes to the locks: the moment stands between them where anything has happened.
static void press_tab(struct app *app, int w, int h)
{
    app_press(app, "tab");
    if (screen_has(app, w, h, " moment of "))
        app_press(app, "tab");
}

static struct app *locks_app(struct session *s, int w, int h)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){0}, &err);
    app_attach(app, s);
    app_resize(app, w, h);
    press_tab(app, w, h);
    return app;
}

static void test_golden_screens(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *key;
        size_t steps;
        int w, h;
        enum glyph_set glyphs;
    } goldens[] = {
        {"locks-80x24", bank, "", 150, 80, 24, GLYPHS_UTF8},
        {"locks-80x24-ascii", bank, "down", 150, 80, 24, GLYPHS_ASCII},
        {"locks-100x30", bank, "", 150, 100, 30, GLYPHS_UTF8},
        {"locks-200x60", bank, "", 10000, 200, 60, GLYPHS_UTF8},
        {"locks-40x10", bank, "", 150, 40, 10, GLYPHS_UTF8},
        {"locks-deadlock-80x24", embrace, "", 10000, 80, 24, GLYPHS_UTF8},
        {"locks-none-80x24", lockless, "", 1, 80, 24, GLYPHS_UTF8},
    };
    for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
        struct watch w;
        struct session *s = open_at(&w, goldens[i].text, goldens[i].steps);
        struct app *app = locks_app(s, goldens[i].w, goldens[i].h);
        app_press(app, goldens[i].key);
        check_golden(goldens[i].name, app, goldens[i].w, goldens[i].h, goldens[i].glyphs);
        app_free(app);
        session_free(s);
    }
}

// Figures like those of real lanes at native speed, exactly the same on every machine.
struct figures {
    struct fake *fake;
    struct scene scene;
    struct lock_row row;
    struct locks_scene locks;
};

static void open_figures(struct figures *figures)
{
    struct fake *fake = fake_new(3, 1);
    fake->view.now_ns = 4100 * (uint64_t)NS_PER_MS;
    fake->view.lock = SWITCH_ON;
    fake->view.lock_wanted = true;
    fake->view.pace_ns = 0;
    fake->lanes[1].state = LANE_HOLDING;
    fake->lanes[2].state = LANE_BLOCKED;
    fake->lanes[2].waits_for = 0;
    fake->lanes[2].waits_since_ns = fake->view.now_ns - 1100;
    *figures = (struct figures){
        .fake = fake,
        .scene = {.view = &fake->view, .toast = ""},
        .row = {.type = LOCK_MUTEX,
                .name = "guard",
                .taken = 19080561,
                .lock = {.name = "guard",
                         .owner = 1,
                         .since_ns = fake->view.now_ns - 80,
                         .held_ns = 2 * NS_PER_S,
                         .hold_max_ns = 6850000,
                         .hold_max_from_ns = 3 * NS_PER_S,
                         .hold_max_lane = 2}},
    };
    for (uint32_t i = session_wait_bucket(90); i <= session_wait_bucket(12700000); i++)
        figures->row.waits.counts[i] = 1 + 10313 / (1 + (i > 120 ? i - 120 : 120 - i));
    for (uint32_t i = 0; i < SESSION_WAIT_BUCKETS; i++)
        figures->row.waits.n += figures->row.waits.counts[i];
    figures->row.contended = figures->row.waits.n;
    figures->row.wait = session_wait_of(&figures->row.waits, 12700000);
    figures->locks =
        (struct locks_scene){.scene = &figures->scene, .rows = &figures->row, .n_rows = 1};
    figures->locks.cost = (struct session_lock_cost){
        .on = {.span_ns = 2720 * (uint64_t)NS_PER_MS, .updates = 18892859},
        .off = {.span_ns = 896 * NS_PER_MS, .updates = 14334749}};
}

static char *panels_text(const struct figures *figures, int w, int h)
{
    struct frame *frame = frame_new(w, h, GLYPHS_UTF8);
    locks_panels_draw(&figures->locks, frame_area(frame));
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_write(out, frame);
    fclose(out);
    frame_free(frame);
    return text;
}

static void check_has(const struct figures *figures, int w, int h, const char *what)
{
    char *text = panels_text(figures, w, h);
    if (!strstr(text, what))
        fail_msg("%s is not in:\n%s", what, text);
    free(text);
}

static void test_golden_figures(void **state)
{
    (void)state;
    struct figures figures;
    open_figures(&figures);
    check_golden_text("locks-figures-80x21", panels_text(&figures, 80, 21));
    check_golden_text("locks-figures-100x27", panels_text(&figures, 100, 27));
    fake_free(figures.fake);
}

static void test_the_missing_figure_has_a_key(void **state)
{
    (void)state;
    struct figures figures;
    open_figures(&figures);
    check_has(&figures, 80, 21, "without the lock 2.30 times as many in a second");
    figures.locks.cost.off = (struct session_lock_phase){0};
    check_has(&figures, 80, 21, "l takes the lock away, for the other figure");
    figures.fake->view.lock_wanted = false;
    figures.locks.cost.off = figures.locks.cost.on;
    figures.locks.cost.on = (struct session_lock_phase){0};
    check_has(&figures, 80, 21, "l brings the lock back, for the other figure");
    static const struct {
        enum lock_meter meter;
        const char *words;
    } hints[] = {
        {METER_PACED, "\\ for native speed"},
        {METER_PAUSED, "space goes on"},
        {METER_MODELLED, "s runs real lanes"},
        {METER_SEQUENTIAL, "m starts them together"},
        {METER_ENDED, "r runs it again"},
        {METER_LANES, "while every lane runs"},
        {METER_EXPLORES, "while every interleaving is tried"},
        {METER_DEADLOCK, "nothing is made any more"},
    };
    for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        figures.locks.cost.meter = hints[i].meter;
        check_has(&figures, 80, 21, hints[i].words);
    }
    fake_free(figures.fake);
}

// Where the lanes waited for the ledger, its speed was measured, and no ratio is given.
static void test_the_ledger_is_not_the_lock(void **state)
{
    (void)state;
    struct figures figures;
    open_figures(&figures);
    figures.locks.cost.off.held_ns = figures.locks.cost.off.span_ns;
    check_has(&figures, 80, 21, "the ledger blurs the ratio: --bare runs without");
    check_has(&figures, 80, 21, "held back by the ledger: on 0 %, off 50 %");
    char *text = panels_text(&figures, 80, 21);
    assert_null(strstr(text, "times as many"));
    free(text);
    fake_free(figures.fake);
}

// Lanes are read a moment before the locks: the screen shows no lock with two holders.
static void test_a_lock_has_one_holder(void **state)
{
    (void)state;
    struct figures figures;
    open_figures(&figures);
    figures.fake->lanes[2].state = LANE_HOLDING;
    check_has(&figures, 80, 21, " A holds guard ");
    check_has(&figures, 80, 21, " B holds nothing");
    figures.row.lock.owner = 2;
    figures.fake->lanes[2].state = LANE_BLOCKED;
    check_has(&figures, 80, 21, " B holds guard ");
    check_has(&figures, 80, 21, " A holds nothing");
    fake_free(figures.fake);
}

// Only what has stood still is a deadlock.
static void test_a_ring_counts_in_a_deadlock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_at(&w, embrace, 10000);
    struct app *app = locks_app(s, 80, 24);
    assert_true(session_view(s).is_deadlocked);
    assert_true(screen_has(app, 80, 24, "\xe2\x86\xba"));
    assert_true(screen_has(app, 80, 24, "none of them can go on"));
    app_free(app);
    session_free(s);
    s = open_at(&w, bank, 40);
    app = locks_app(s, 80, 24);
    assert_false(screen_has(app, 80, 24, "\xe2\x86\xba"));
    app_free(app);
    session_free(s);
}

static void test_tab_goes_round(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_at(&w, bank, 10);
    struct app *app = locks_app(s, 100, 30);
    assert_true(screen_has(app, 100, 30, " who waits for whom "));
    app_press(app, "esc");
    assert_false(screen_has(app, 100, 30, " who waits for whom "));
    press_tab(app, 100, 30);
    app_press(app, "tab");
    assert_true(screen_has(app, 100, 30, " orders: every interleaving"));
    app_press(app, "tab");
    assert_true(screen_has(app, 100, 30, " help "));
    app_press(app, "tab");
    assert_false(screen_has(app, 100, 30, " orders: every interleaving"));
    app_free(app);
    session_free(s);
}

// Sizes, steps and keys at random: no assertion, no sanitizer, no blind spot.
static void test_any_size(void **state)
{
    (void)state;
    static const char *const texts[] = {bank, embrace, lockless};
    static const char *const keys[] = {"up", "down", ".", ",", "l"};
    struct random random = random_stream(seed(), 5);
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed());
    for (int round = 0; round < 60; round++) {
        struct watch w;
        struct session *s =
            open_at(&w, texts[random_below(&random, 3)], (size_t)random_below(&random, 200));
        struct app *app = locks_app(s, 80, 24);
        for (int i = 0; i < 10; i++) {
            int columns = 1 + (int)random_below(&random, 300);
            int rows = 1 + (int)random_below(&random, 100);
            const char *key = keys[random_below(&random, 5)];
            app_resize(app, columns, rows);
            app_press(app, key);
            struct frame *frame =
                frame_new(columns, rows, (enum glyph_set)random_below(&random, 2));
            app_draw(app, frame);
            frame_free(frame);
        }
        app_free(app);
        session_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_screens),
        cmocka_unit_test(test_golden_figures),
        cmocka_unit_test(test_the_missing_figure_has_a_key),
        cmocka_unit_test(test_the_ledger_is_not_the_lock),
        cmocka_unit_test(test_a_lock_has_one_holder),
        cmocka_unit_test(test_a_ring_counts_in_a_deadlock),
        cmocka_unit_test(test_tab_goes_round),
        cmocka_unit_test(test_any_size),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "RACELANE_SEED=%llu\n", (unsigned long long)seed());
    return failed;
}
