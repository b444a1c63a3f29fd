// The orders on the screen: what is selected, what is played, what is said of the run beside it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"
#include "support_session.h"
#include "view/app_state.h"
#include "view/orders.h"

static const char race[] = "param N = 1\n"
                           "shared counter = 0\n"
                           "lock guard off\n"
                           "def add():\n"
                           "    for _ in range(N):\n"
                           "        with guard:\n"
                           "            counter += 1\n"
                           "lane A = add()\n"
                           "lane B = add()\n"
                           "after:\n"
                           "    print(\"{counter}\")\n"
                           "expect counter == lanes * N\n";

struct way {
    int64_t n;
    enum explore_grain grain;
    bool is_simulated;
};

static struct session *open_race(struct watch *w, const char *text, struct way way)
{
    static struct lang_setting setting;
    static struct lang_options lang;
    setting = (struct lang_setting){"N", way.n};
    lang = (struct lang_options){.settings = &setting, .n_settings = way.n > 0};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = text,
                                                     .len_bytes = strlen(text),
                                                     .lang = &lang,
                                                     .lock = -1,
                                                     .seed = 7,
                                                     .is_simulated = way.is_simulated,
                                                     .grain = way.grain});
}

static bool is_busy(const struct session *s)
{
    struct session_orders orders = session_orders(s);
    return orders.is_begun && (orders.status == EXPLORE_GOING || orders.is_seeking);
}

static void settle(struct session *s)
{
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    while (is_busy(s)) {
        assert_true(clock_now_ns() < deadline_ns);
        session_pump(s);
    }
}

static struct session *open_orders(struct watch *w, const char *text, struct way way)
{
    struct error err;
    struct session *s = open_race(w, text, way);
    assert_true(session_orders_begin(s, &err));
    settle(s);
    return s;
}

static struct app *attach(struct session *s, int width, int height)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){0}, &err);
    app_attach(app, s);
    app_resize(app, width, height);
    return app;
}

// The keys by name, with blanks between; what they ask for is waited for.
static void press_all(struct app *app, struct session *s, const char *keys)
{
    while (*keys) {
        char key[16];
        size_t len = strcspn(keys, " ");
        text_format(key, sizeof(key), "%.*s", (int)len, keys);
        app_press(app, key);
        app_tick(app, clock_now_ns());
        settle(s);
        app_tick(app, clock_now_ns());
        keys += len + strspn(keys + len, " ");
    }
}

// To the orders, however many views lie before them.
static void show_orders(struct app *app, struct session *s)
{
    for (int i = 0; i < 4 && app->page != PAGE_ORDERS; i++)
        press_all(app, s, "tab");
    assert_int_equal(app->page, PAGE_ORDERS);
}

static void play(struct session *s)
{
    struct error err;
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    while (!session_view(s).is_ended) {
        assert_true(clock_now_ns() < deadline_ns);
        assert_true(session_step(s, SESSION_ANY_LANE, &err));
    }
}

// --- what is played

static void test_every_result_is_played(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    const enum explore_grain grains[] = {GRAIN_OP, GRAIN_ACCESS};
    for (size_t g = 0; g < ARRAY_LEN(grains); g++) {
        struct session *s =
            open_orders(&w, race, (struct way){.n = 4, .grain = grains[g], .is_simulated = true});
        for (int64_t value = 2; value <= 8; value++) {
            assert_true(session_play_final(s, 0, value, &err));
            assert_true(session_orders(s).is_wanted);
            settle(s);
            assert_true(session_orders(s).is_played);
            play(s);
            assert_int_equal(session_view(s).cells[0], value);
        }
        // Known by now: at once.
        assert_true(session_play_final(s, 0, 8, &err));
        assert_false(session_orders(s).is_wanted);
        assert_false(session_play_final(s, 0, 1, &err));
        assert_false(session_play_final(s, 1, 2, &err));
        assert_false(session_play_failure(s, 1, &err));
        assert_true(session_play_failure(s, 0, &err));
        play(s);
        assert_false(session_view(s).claims[0].holds);
        session_free(s);
    }
}

static void test_every_leaf_is_played(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct session *s = open_orders(&w, race, (struct way){.n = 1, .is_simulated = true});
    const struct explore_tree *tree = session_orders(s).tree;
    assert_non_null(tree);
    assert_int_equal(tree->n_leaves, 20);
    for (size_t leaf = 0; leaf < tree->n_leaves; leaf++) {
        assert_true(session_play_leaf(s, leaf, &err));
        struct session_orders orders = session_orders(s);
        assert_true(orders.has_place);
        assert_int_equal(orders.place, 0);
        play(s);
        orders = session_orders(s);
        assert_true(orders.has_place);
        assert_int_equal(orders.place, tree->leaves[leaf].node);
        assert_int_equal(session_view(s).cells[0], tree->leaves[leaf].cells[0]);
        assert_int_equal(ledger_cell(session_view(s).ledger, 0)->lost, tree->leaves[leaf].n_lost);
    }
    assert_false(session_play_leaf(s, 20, &err));
    session_free(s);
}

// random() draws what it draws in a run: when that is not what the example needs, it is said.
static void test_chance_is_not_hidden(void **state)
{
    (void)state;
    static const char dice[] = "shared x = 0\n"
                               "def f():\n"
                               "    x = random(1, 6)\n"
                               "lane A = f()\n";
    struct watch w;
    struct error err;
    struct session *s = open_orders(&w, dice, (struct way){.is_simulated = true});
    assert_null(session_orders(s).tree);
    assert_int_equal(session_orders(s).result->cells[0].n_finals, 6);
    size_t n_played = 0;
    for (int64_t value = 1; value <= 6; value++) {
        assert_true(session_play_final(s, 0, value, &err));
        settle(s);
        bool is_played = session_orders(s).is_played;
        assert_int_equal(session_orders(s).why_not[0] == '\0', is_played);
        play(s);
        assert_int_equal(session_view(s).cells[0] == value, is_played);
        n_played += is_played;
    }
    assert_int_equal(n_played, 1);
    session_free(s);
}

// --- the run on the screen beside them

static void test_where_the_run_lies(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_orders(&w, race, (struct way){.n = 1, .is_simulated = true});
    struct app *app = attach(s, 100, 30);
    show_orders(app, s);
    press_all(app, s, "1 2");
    assert_true(screen_has(app, 100, 30, "from here 6 of 20"));
    assert_true(screen_has(app, 100, 30, "6 ahead"));
    assert_true(screen_has(app, 100, 30, "0 ahead"));
    press_all(app, s, ",");
    assert_true(screen_has(app, 100, 30, "from here 10 of 20"));
    play(s);
    assert_true(screen_has(app, 100, 30, "← this run"));
    app_free(app);
    session_free(s);
}

static void test_a_real_run_is_marked(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_orders(&w, race, (struct way){.n = 1});
    pump_until(s, is_ended, "the run to end");
    struct app *app = attach(s, 80, 24);
    show_orders(app, s);
    assert_null(session_orders(s).why_apart);
    assert_true(screen_has(app, 80, 24, "← this run"));
    app_free(app);
    session_free(s);
}

static void test_a_run_that_was_switched_is_not_marked(void **state)
{
    (void)state;
    static const char slow[] = "shared counter = 0\n"
                               "lock guard off\n"
                               "semaphore go = 0\n"
                               "def add():\n"
                               "    sleep(0.2)\n"
                               "    with guard:\n"
                               "        counter += 1\n"
                               "lane A = add()\n"
                               "lane B = add()\n";
    struct watch w;
    struct error err;
    struct session *s = open_race(&w, slow, (struct way){0});
    session_lock_toggle(s);
    assert_true(session_orders_begin(s, &err));
    settle(s);
    pump_until(s, is_ended, "the run to end");
    assert_non_null(session_orders(s).why_apart);
    struct app *app = attach(s, 80, 24);
    show_orders(app, s);
    assert_false(screen_has(app, 80, 24, "← this run"));
    assert_true(screen_has(app, 80, 24, "no mark: the lock was switched"));
    app_free(app);
    session_free(s);
}

// --- the keys

static void test_keys(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_orders(&w, race, (struct way){.n = 1, .is_simulated = true});
    struct app *app = attach(s, 80, 24);
    press_all(app, s, "T");
    assert_false(screen_has(app, 80, 24, "who steps next"));
    show_orders(app, s);
    assert_true(screen_has(app, 80, 24, "a schedule that ends with counter = 1"));
    press_all(app, s, "down");
    assert_true(screen_has(app, 80, 24, "a schedule that ends with counter = 2"));
    press_all(app, s, "down down");
    assert_true(screen_has(app, 80, 24, "a schedule that fails so"));
    press_all(app, s, "up enter");
    assert_true(screen_has(app, 80, 24, "a shortest schedule that ends so"));
    play(s);
    assert_int_equal(session_view(s).cells[0], 2);
    show_orders(app, s);
    press_all(app, s, "T");
    assert_true(screen_has(app, 80, 24, "who steps next"));
    press_all(app, s, "up up up up up up up up up up up up up up up up up up up up down enter");
    play(s);
    assert_int_equal(session_view(s).cells[0], 1);
    show_orders(app, s);
    press_all(app, s, "T esc l");
    show_orders(app, s);
    app_tick(app, UINT64_MAX); // what the last key did has been said
    assert_true(screen_has(app, 80, 24, "every interleaving was tried: none fails"));
    app_free(app);
    session_free(s);
}

// Given up before it was found, it does not come later.
static void test_an_example_is_forgone(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct session *s = open_orders(&w, race, (struct way){.n = 4, .is_simulated = true});
    size_t runs = session_view(s).runs;
    assert_true(session_play_final(s, 0, 3, &err));
    session_forgo(s);
    settle(s);
    assert_int_equal(session_view(s).runs, runs);
    assert_false(session_orders(s).is_played);
    session_free(s);
}

static void test_what_was_not_tried_is_said(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct session *s = open_race(&w, race, (struct way){.n = 1000, .is_simulated = true});
    assert_true(session_orders_begin(s, &err));
    session_pump(s);
    session_orders_stop(s);
    assert_int_equal(session_orders(s).status, EXPLORE_STOPPED);
    assert_null(session_orders(s).tree);
    struct app *app = attach(s, 80, 24);
    show_orders(app, s);
    assert_true(screen_has(app, 80, 24, "not all was tried"));
    assert_false(screen_has(app, 80, 24, "every interleaving was tried"));
    press_all(app, s, "T f enter down up");
    app_free(app);
    session_free(s);
}

// --- golden screens, without what the clock says

static const struct {
    const char *name;
    int w, h;
    enum glyph_set glyphs;
    struct way way;
    const char *schedule; // lanes that have stepped
    size_t result, leaf;
    bool in_tree;
} goldens[] = {
    {"orders-80x24", 80, 24, GLYPHS_UTF8, {.n = 1}, "", 1, 0, false},
    {"orders-many-80x24", 80, 24, GLYPHS_UTF8, {.n = 10}, "", 12, 0, false},
    {"orders-tree-80x24", 80, 24, GLYPHS_UTF8, {.n = 1}, "121", 0, 5, true},
    {"orders-tree-80x24-ascii", 80, 24, GLYPHS_ASCII, {.n = 1}, "122211", 0, 9, true},
    {"orders-tree70-80x24", 80, 24, GLYPHS_UTF8, {.n = 2, GRAIN_ACCESS, false}, "", 0, 40, true},
    {"orders-access-80x24", 80, 24, GLYPHS_UTF8, {.n = 1, GRAIN_ACCESS, false}, "11", 0, 0, false},
    {"orders-40x10", 40, 10, GLYPHS_UTF8, {.n = 1}, "", 0, 0, false},
    {"orders-100x30", 100, 30, GLYPHS_UTF8, {.n = 1}, "12", 0, 0, false},
    {"orders-200x60", 200, 60, GLYPHS_UTF8, {.n = 1}, "111222", 1, 0, false},
};

static char *draw(const struct session *s, size_t number)
{
    struct session_view view = session_view(s);
    struct session_orders orders = session_orders(s);
    orders.elapsed_ns = NS_PER_MS;
    struct frame *frame = frame_new(goldens[number].w, goldens[number].h, goldens[number].glyphs);
    const struct scene scene = {.view = &view,
                                .is_orders = true,
                                .has_results = true,
                                .has_tree = orders.tree != NULL,
                                .in_tree = goldens[number].in_tree,
                                .toast = ""};
    const struct orders_scene o = {&scene, &orders, goldens[number].result, goldens[number].leaf};
    struct area whole = frame_area(frame);
    orders_draw(&o, area_part(whole, 0, 1, whole.w, whole.h - 3));
    orders_message_draw(&o, area_part(whole, 0, whole.h - 2, whole.w, 1));
    keys_draw(&scene, area_part(whole, 0, whole.h - 1, whole.w, 1));
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_write(out, frame);
    fclose(out);
    frame_free(frame);
    return text;
}

static void test_golden_screens(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
        struct watch w;
        struct error err;
        struct way way = goldens[i].way;
        way.is_simulated = true;
        struct session *s = open_orders(&w, race, way);
        for (const char *lane = goldens[i].schedule; *lane; lane++)
            assert_true(session_step(s, (size_t)(*lane - '0'), &err));
        const struct explore_cell *cell = &session_orders(s).result->cells[0];
        if (goldens[i].result < cell->n_finals)
            session_seek_final(s, 0, cell->finals[goldens[i].result].value);
        settle(s);
        check_golden_text(goldens[i].name, draw(s, i));
        session_free(s);
    }
}

// Any size draws.
static void test_any_size(void **state)
{
    (void)state;
    static const struct way ways[] = {
        {.n = 1}, {.n = 2, .grain = GRAIN_ACCESS}, {.n = 5}, {.n = 1, .grain = GRAIN_ACCESS}};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct watch w;
        struct way way = ways[i];
        way.is_simulated = true;
        struct session *s = open_orders(&w, race, way);
        struct app *app = attach(s, 80, 24);
        show_orders(app, s);
        press_all(app, s, "1");
        for (int tree = 0; tree < 2; tree++) {
            for (int width = 1; width < 230; width += width < 90 ? 1 : 7)
                for (int height = 1; height < 80; height += height < 30 ? 1 : 5) {
                    app_resize(app, width, height);
                    free(screen_text(app, width, height, GLYPHS_UTF8));
                }
            press_all(app, s, "T down down down");
        }
        app_free(app);
        session_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_result_is_played),
        cmocka_unit_test(test_every_leaf_is_played),
        cmocka_unit_test(test_chance_is_not_hidden),
        cmocka_unit_test(test_where_the_run_lies),
        cmocka_unit_test(test_a_real_run_is_marked),
        cmocka_unit_test(test_a_run_that_was_switched_is_not_marked),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_an_example_is_forgone),
        cmocka_unit_test(test_what_was_not_tried_is_said),
        cmocka_unit_test(test_golden_screens),
        cmocka_unit_test(test_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
