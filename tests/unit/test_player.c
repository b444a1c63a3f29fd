// Tapes that play: conditions, pages, keys that hold them, questions; always the same run.
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

static void key(struct show *show, const char *name)
{
    enum command command = app_is_asking(show->app) ? COMMAND_NONE : app_key(show->app, name);
    app_press(show->app, name);
    player_note_key(show->player, show->app, show->session, command);
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

static void type(struct show *show, const char *keys)
{
    for (; *keys; keys++) {
        const char name[] = {*keys, '\0'};
        key(show, name);
    }
}

static void test_ask(void **state)
{
    (void)state;
    struct show show = show_open("until steps > 9\nask \"What is it?\" answer counter\nwait 1s\n"
                                 "ask \"And lost?\" answer 12\nwait 1s\n",
                                 PLAYER_WATCHED);
    bool has_changed = false;
    while (!app_is_asking(show.app))
        player_play_quantum(show.player, show.app, show.session, &has_changed);
    int64_t counter = session_view(show.session).cells[0];
    size_t steps = session_view(show.session).n_steps;
    assert_true(show_has(&show, "What is it?"));
    assert_true(show_has(&show, "? until you have guessed"));
    // It stands still until the answer is in, and the keys are the answer's.
    show_play_for(&show, 5 * NS_PER_S);
    assert_int_equal(session_view(show.session).n_steps, steps);
    type(&show, "l1x7");
    assert_true(show_has(&show, "your guess: 17"));
    key(&show, "backspace");
    key(&show, "backspace");
    key(&show, "enter"); // nothing is typed: nothing happens
    assert_true(app_is_asking(show.app));
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)counter);
    type(&show, number);
    key(&show, "enter");
    player_play_quantum(show.player, show.app, show.session, &has_changed);
    assert_true(show_has(&show, "right; 1 of 1 right"));
    assert_false(session_view(show.session).is_paused);
    while (!app_is_asking(show.app))
        player_play_quantum(show.player, show.app, show.session, &has_changed);
    type(&show, "13");
    key(&show, "enter");
    player_play_quantum(show.player, show.app, show.session, &has_changed);
    assert_true(show_has(&show, "it is 12, you said 13: wrong; 1 of 2 right"));
    show_close(&show);
}

// Where in the text that is: rows from 0; -1 when it is nowhere.
static int row_of(const struct show *show, const char *what)
{
    char *text = show_text(show), *found = strstr(text, what);
    int row = found ? 0 : -1;
    for (const char *at = text; found && at < found; at++)
        row += *at == '\n';
    free(text);
    return row;
}

// Question, guess and answer are read from top to bottom, on a screen with one row for it too.
static void test_the_answer_stands_below_its_question(void **state)
{
    (void)state;
    static const int heights[] = {24, 14};
    for (size_t i = 0; i < ARRAY_LEN(heights); i++) {
        struct show show = show_open(
            "say \"one\"\nask \"What is it?\" answer 12\nsay \"two\"\npage", PLAYER_WATCHED);
        bool has_changed = false;
        app_resize(show.app, 80, heights[i]);
        show.h = heights[i];
        while (!app_is_asking(show.app))
            player_play_quantum(show.player, show.app, show.session, &has_changed);
        int question = row_of(&show, "What is it?");
        assert_true(question > 0);
        assert_int_equal(row_of(&show, "your guess: "), question + 1);
        assert_int_equal(row_of(&show, "one"), -1);
        type(&show, "13");
        key(&show, "enter");
        player_play_quantum(show.player, show.app, show.session, &has_changed);
        assert_int_equal(row_of(&show, "What is it?"), question);
        assert_int_equal(row_of(&show, "it is 12, you said 13: wrong"), question + 1);
        show_play(&show);
        assert_int_equal(row_of(&show, "What is it?"), -1);
        assert_true(row_of(&show, "two") > 0);
        show_close(&show);
    }
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

// A clicker has no digits: PageDown passes the question, and the page plays on.
static void test_ask_and_next_page(void **state)
{
    (void)state;
    struct show show = show_open(
        "ask \"What is it?\" answer 12\nsay \"two\"\npause off\nwait 1s\npage\n", PLAYER_WATCHED);
    show_play_for(&show, NS_PER_S);
    assert_true(app_is_asking(show.app));
    key(&show, "page-down");
    player_next_page(show.player, show.app);
    show_play_for(&show, 500 * NS_PER_MS);
    assert_false(app_is_asking(show.app));
    assert_true(show_has(&show, "it is 12"));
    assert_true(player_is_going(show.player));
    show_play_for(&show, 2 * NS_PER_S);
    assert_true(show_has(&show, "two"));
    show_close(&show);
}

// No digit that would give it away is left on the screen.
static void test_ask_hides(void **state)
{
    (void)state;
    struct show show =
        show_open("until lost > 0\npause on\nask \"What is it?\" answer counter\n", PLAYER_WATCHED);
    bool has_changed = false;
    while (!app_is_asking(show.app))
        player_play_quantum(show.player, show.app, show.session, &has_changed);
    char *text = show_text(&show);
    char *from = strchr(strchr(text, '\n') + 1, '\n'); // below header and scale of time
    assert_null(strpbrk(from, "02345678"));            // but the 1 of `counter += 1`
    free(text);
    show_close(&show);
}

// A question about how many compute has no counter to hide.
static void test_ask_without_counter(void **state)
{
    (void)state;
    struct session *session = open_sim("def f():\n    sleep(1)\n"
                                       "lane A = f()\nlane B = f()\n",
                                       7, NULL);
    struct app *app = tape_app(session, 80, 24);
    struct frame *frame = frame_new(80, 24, GLYPHS_UTF8);
    for (int big = 0; big < 2; big++) {
        app_ask(app, "How many sleep at once?");
        app_draw(app, frame);
        app_stop_asking(app);
        app_command(app, COMMAND_BIG);
    }
    frame_free(frame);
    app_free(app);
    session_free(session);
}

static void test_ask_alone(void **state)
{
    (void)state;
    struct show show = show_open("ask \"At the end?\" answer counter finally\n", PLAYER_ALONE);
    show_play_for(&show, NS_PER_S);
    assert_true(app_is_asking(show.app));
    assert_true(show_has(&show, "At the end?"));
    assert_int_equal(show_play(&show).kind, NEWS_ENDED);
    assert_false(app_is_asking(show.app));
    assert_true(session_view(show.session).is_ended);
    show_close(&show);
}

// Without a tape: the key asks, the end of the run tells.
static void test_predict(void **state)
{
    (void)state;
    struct session *s = open_sim(race, 7, NULL);
    struct app *app = tape_app(s, 80, 24);
    struct show show = {.session = s, .app = app};
    app_press(app, "p");
    assert_true(show_has(&show, "What will counter be at the end?"));
    app_press(app, "6");
    app_press(app, "enter");
    assert_false(session_view(s).is_paused);
    while (step(s))
        continue;
    app_tick(app, 1);
    int64_t counter = session_view(s).cells[0];
    assert_true(show_has(&show, counter == 6 ? "right; 1 of 1 right" : "wrong; 0 of 1 right"));
    app_press(app, "p");
    assert_true(show_has(&show, "the run has ended"));
    assert_false(app_is_asking(app));
    // Passed over, and a run that another one takes the place of.
    app_press(app, "r");
    app_press(app, "p");
    app_press(app, "esc");
    assert_false(app_is_asking(app));
    app_press(app, "p");
    app_press(app, "1");
    app_press(app, "enter");
    app_press(app, "R");
    while (step(s))
        continue;
    app_tick(app, NS_PER_S);
    char *text = show_text(&show);
    if (strstr(text, "you said 1"))
        fail_msg("%s", text);
    free(text);
    app_free(app);
    session_free(s);
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
        cmocka_unit_test(test_ask),
        cmocka_unit_test(test_the_answer_stands_below_its_question),
        cmocka_unit_test(test_a_run_begins_unsaid),
        cmocka_unit_test(test_ask_and_next_page),
        cmocka_unit_test(test_ask_hides),
        cmocka_unit_test(test_ask_without_counter),
        cmocka_unit_test(test_ask_alone),
        cmocka_unit_test(test_predict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
