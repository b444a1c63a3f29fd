// Tapes that play: conditions, pages, keys that hold them, runs; always the same run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "support_tape.h"

static int64_t lost(const struct session *s)
{
    return (int64_t)ledger_cell(session_view(s).ledger, 0)->lost;
}

static void test_until_is_exact(void **state)
{
    (void)state;
    // The step at which it comes true, found step by step.
    struct session *s = open_sim(race, 7, NULL);
    while (lost(s) == 0)
        assert_true(step(s));
    size_t steps = session_view(s).n_steps;
    session_free(s);
    struct show show = show_open("until lost > 0\npause on\nwait 1s\n", PLAYER_ALONE);
    assert_int_equal(show_play(&show).kind, NEWS_ENDED);
    assert_int_equal(session_view(show.session).n_steps, steps);
    assert_true(session_view(show.session).is_paused);
    show_close(&show);
}

static void test_until_fails(void **state)
{
    (void)state;
    struct show show = show_open("pause off\n  until lost > 100\nlock on", PLAYER_ALONE);
    struct player_news news = show_play(&show);
    assert_int_equal(news.kind, NEWS_FAILED);
    assert_string_equal(news.text, "test.tape:2:3: error: the run has ended, and `lost > 100` has "
                                   "not come");
    assert_true(player_has_failed(show.player));
    assert_true(show_has(&show, "test.tape:2:3: error"));
    show_close(&show);
    show = show_open("until time > 20s or 1s", PLAYER_ALONE);
    news = show_play(&show);
    assert_string_equal(news.text, "test.tape:1:1: error: `time > 20s` has not come within 1.00 s");
    show_close(&show);
}

static void test_refused_commands(void **state)
{
    (void)state;
    static const char *const tapes[][2] = {
        {"until ended\nstep", "test.tape:2:1: error: the run has ended; , goes back"},
        {"kill A",
         "test.tape:1:1: error: in a simulation no lane can be killed; s runs real lanes"},
        {"lane main", "test.tape:1:1: error: main "},
    };
    for (size_t i = 0; i < ARRAY_LEN(tapes); i++) {
        struct show show = show_open(tapes[i][0], PLAYER_ALONE);
        struct player_news news = show_play(&show);
        assert_int_equal(news.kind, NEWS_FAILED);
        if (strncmp(news.text, tapes[i][1], strlen(tapes[i][1])) != 0)
            fail_msg("%s", news.text);
        show_close(&show);
    }
}

static void test_wishes(void **state)
{
    (void)state;
    struct show show = show_open("lock on\nlock on\nbig on\nstep 3\nlane B\nback\nview locks\n"
                                 "theme light\npace 20ms\nkind ticket\nhelp on\nhelp off\n",
                                 PLAYER_ALONE);
    struct player_news news = show_play(&show);
    if (news.kind != NEWS_ENDED)
        fail_msg("%s", news.text);
    struct session_view view = session_view(show.session);
    assert_true(view.lock_wanted);
    assert_int_equal(view.pace_ns, 20 * NS_PER_MS);
    assert_string_equal(view.lock_kind, "ticket");
    assert_string_equal(app_theme(show.app)->name, "light");
    show_close(&show);
}

// However seldom somebody drives it, a simulated run comes out the same.
static void test_same_at_any_rate(void **state)
{
    (void)state;
    static const char text[] = "pause off\nwait 700ms\nlock on\npause off\nwait 300ms\npace 20ms\n"
                               "until steps > 30\npause on\nwait 1s\n";
    uint64_t seed = number_from("RACELANE_SEED", 5);
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    struct show show = show_open(text, PLAYER_ALONE);
    show_play(&show);
    char *expected = picture(show.session);
    show_close(&show);
    for (uint64_t i = 0; i < 20; i++) {
        struct random dice = random_stream(seed, i);
        show = show_open(text, PLAYER_ALONE);
        while (player_is_going(show.player)) {
            bool has_changed;
            show.now_ns += random_below(&dice, 200 * NS_PER_MS);
            player_advance(show.player, show.app, show.session, show.now_ns, &has_changed);
        }
        char *now = picture(show.session);
        assert_string_equal(now, expected);
        free(now);
        show_close(&show);
    }
    free(expected);
}

static void test_chapter_and_texts(void **state)
{
    (void)state;
    struct show show = show_open(
        "say \"some words\"\nchapter \"The race\"\nwait 1s\ncaption \"a title\"\n", PLAYER_ALONE);
    bool has_changed = false;
    struct player_news news =
        player_play_quantum(show.player, show.app, show.session, &has_changed);
    assert_int_equal(news.kind, NEWS_CHAPTER);
    assert_string_equal(news.text, "The race");
    assert_true(show_has(&show, "some words"));
    show_play(&show);
    assert_true(show_has(&show, "a title"));
    app_press(show.app, "c");
    char *text = show_text(&show);
    assert_null(strstr(text, "a title"));
    free(text);
    show_close(&show);
}

// Nothing that is told hides something else that is.
static void test_news_one_by_one(void **state)
{
    (void)state;
    struct show show =
        show_open("chapter \"1\"\nchapter \"2\"\nstep\nchapter \"3\"\nkill A\n", PLAYER_ALONE);
    bool has_changed = false;
    for (const char *title = "123"; *title; title++) {
        struct player_news news =
            player_play_quantum(show.player, show.app, show.session, &has_changed);
        assert_int_equal(news.kind, NEWS_CHAPTER);
        assert_int_equal(news.text[0], *title);
    }
    assert_int_equal(session_view(show.session).n_steps, 1);
    assert_int_equal(show_play(&show).kind, NEWS_FAILED);
    show_close(&show);
}

// Before another run has been opened nothing is done that is meant for it.
static void test_runs(void **state)
{
    (void)state;
    struct show show =
        show_open("run race\nchapter \"1\"\nrun race\nchapter \"2\"\nstep\n", PLAYER_ALONE);
    static const enum player_news_kind kinds[] = {NEWS_CHAPTER, NEWS_RUN, NEWS_CHAPTER};
    bool has_changed = false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_int_equal(session_view(show.session).n_steps, 0);
        struct player_news news =
            player_play_quantum(show.player, show.app, show.session, &has_changed);
        assert_int_equal(news.kind, kinds[i]);
        assert_int_equal(news.run, news.kind == NEWS_RUN ? 1 : 0);
    }
    assert_int_equal(session_view(show.session).n_steps, 1);
    show_close(&show);
}

static void test_pages_begin_runs(void **state)
{
    (void)state;
    struct show show = show_open("run race\nsay \"one\"\npage\nrun race\nsay \"two\"\npage\n"
                                 "say \"three\"\n",
                                 PLAYER_WATCHED);
    show_play(&show);
    player_next_page(show.player, show.app);
    show_play(&show);
    player_next_page(show.player, show.app);
    assert_int_equal(show_play(&show).kind, NEWS_ENDED);
    // Back to the page of the second run, then to that of the first.
    assert_int_equal(player_previous_page(show.player, show.app), 1);
    assert_int_equal(show_play(&show).kind, NEWS_NONE);
    assert_int_equal(player_previous_page(show.player, show.app), 0);
    assert_int_equal(show_play(&show).kind, NEWS_NONE);
    assert_false(player_has_ended(show.player));
    show_close(&show);
}

static const char lesson[] = "say \"one\"\npause off\nwait 1s\npause on\npage\n"
                             "say \"two\"\nlock on\nuntil steps > 5\npause on\npage\n"
                             "say \"three\"\nwait 10s\n";

// As the loop does it.
static void go_back(struct show *show)
{
    player_previous_page(show->player, show->app);
    app_attach(show->app, NULL);
    session_free(show->session);
    show->session = open_sim(race, 7, NULL);
    app_attach(show->app, show->session);
    show_play(show);
    show_play_for(show, 2 * NS_PER_S);
}

static void test_pages(void **state)
{
    (void)state;
    struct show show = show_open(lesson, PLAYER_WATCHED);
    show_play(&show);
    assert_true(show_has(&show, "one"));
    show_play_for(&show, 2 * NS_PER_S); // the key that was shown has gone
    assert_true(show_has(&show, "PageDown"));
    char *first = show_text(&show);
    player_next_page(show.player, show.app);
    show_play(&show);
    assert_true(show_has(&show, "two"));
    show_play_for(&show, 2 * NS_PER_S);
    char *second = show_text(&show);
    player_next_page(show.player, show.app);
    show_play_for(&show, NS_PER_S);
    assert_true(show_has(&show, "three"));
    assert_true(player_is_going(show.player));
    // While it plays: hurry, by driving it as the loop does.
    bool has_changed;
    player_next_page(show.player, show.app);
    for (int i = 0; i < 20 && player_is_going(show.player); i++)
        player_advance(show.player, show.app, show.session, 0, &has_changed);
    assert_true(player_has_ended(show.player));
    // Back, page by page, to the same pictures.
    go_back(&show);
    char *now = show_text(&show);
    assert_string_equal(strchr(now, '\n'), strchr(second, '\n'));
    free(now);
    go_back(&show);
    now = show_text(&show);
    assert_string_equal(strchr(now, '\n'), strchr(first, '\n'));
    free(now);
    free(first);
    free(second);
    show_close(&show);
}

static void test_alone_no_page_waits(void **state)
{
    (void)state;
    struct show show = show_open(lesson, PLAYER_ALONE);
    assert_int_equal(show_play(&show).kind, NEWS_ENDED);
    assert_true(show_has(&show, "three"));
    show_close(&show);
}

static void test_keys_hold_it(void **state)
{
    (void)state;
    struct show show =
        show_open("say \"one\"\npause off\nwait 1s\nsay \"two\"\nwait 1s\n", PLAYER_WATCHED);
    show_play_for(&show, 500 * NS_PER_MS);
    key(&show, "t"); // looks only
    assert_true(player_is_going(show.player));
    key(&show, "l");
    assert_false(player_is_going(show.player));
    assert_true(show_has(&show, "lock"));
    show_play_for(&show, 3 * NS_PER_S);
    assert_true(show_has(&show, "one"));
    player_next_page(show.player, show.app);
    assert_true(player_is_going(show.player));
    show_play_for(&show, 200 * NS_PER_MS);
    assert_true(show_has(&show, "one"));
    show_play_for(&show, 400 * NS_PER_MS);
    assert_true(show_has(&show, "two"));
    // The key that pauses it lets it go on too.
    if (session_view(show.session).is_paused)
        session_pause(show.session, false);
    key(&show, "space");
    assert_false(player_is_going(show.player));
    key(&show, "space");
    assert_true(player_is_going(show.player));
    show_close(&show);
}

// What was said and answered in one run would be wrong of the next; a title is of both.
static void test_a_run_begins_unsaid(void **state)
{
    (void)state;
    static const struct {
        const char *begin, *shown;
        bool stays;
    } cases[] = {{"say \"of this one\"", "of this one", false},
                 {"ask \"What is it?\" answer 12", "What is it?", false},
                 {"ask \"What is it?\" answer 12", "it is 12", false},
                 {"lock on", "lock on: simulated from", false},
                 {"caption \"of all\"", "of all", true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[120];
        snprintf(text, sizeof text, "run race\n%s\npage\nrun race\nwait 1s\npage\n",
                 cases[i].begin);
        struct show show = show_open(text, PLAYER_WATCHED);
        show_play_for(&show, NS_PER_S);
        app_stop_asking(show.app);
        show_play(&show); // to the first page's end
        assert_true(row_of(&show, cases[i].shown) > 0);
        player_next_page(show.player, show.app);
        show_play(&show);
        assert_int_equal(row_of(&show, cases[i].shown) >= 0, cases[i].stays);
        show_close(&show);
    }
}

static void test_a_chapter_that_begins_with_a_run(void **state)
{
    (void)state;
    struct show show = show_open(
        "run race\nlock on\nchapter \"Part two\"\nrun race\nwait 1s\npage\n", PLAYER_WATCHED);
    show_play(&show);
    assert_true(show_has(&show, "Part two"));
    show_close(&show);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_until_is_exact),
        cmocka_unit_test(test_until_fails),
        cmocka_unit_test(test_refused_commands),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_same_at_any_rate),
        cmocka_unit_test(test_chapter_and_texts),
        cmocka_unit_test(test_news_one_by_one),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_pages_begin_runs),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_alone_no_page_waits),
        cmocka_unit_test(test_keys_hold_it),
        cmocka_unit_test(test_a_run_begins_unsaid),
        cmocka_unit_test(test_a_chapter_that_begins_with_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
