// Questions: what is hidden, typed and told, by a tape and by key.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_tape.h"

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

// A simulated run that stands still changes nothing by itself: the player says that there is
// something new to draw.
static void test_a_question_is_drawn(void **state)
{
    (void)state;
    struct show show = show_open("ask \"What is it?\" answer 12\nwait 1s\n", PLAYER_WATCHED);
    bool has_changed = false;
    player_play_quantum(show.player, show.app, show.session, &has_changed);
    assert_true(app_is_asking(show.app) && has_changed);
    has_changed = false;
    player_play_quantum(show.player, show.app, show.session, &has_changed);
    assert_false(has_changed);
    app_stop_asking(show.app);
    player_play_quantum(show.player, show.app, show.session, &has_changed);
    assert_true(has_changed);
    show_close(&show);
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

// A lane is called by its name meanwhile, and its count is not told.
static void test_ask_leaves_names(void **state)
{
    (void)state;
    struct session *session = open_sim("shared n = 3\n"
                                       "def f(by):\n    n += by\n"
                                       "lane Task1 = f(1)\nlane Task2 = f(2)\n",
                                       7, NULL);
    struct show show = {.session = session, .app = tape_app(session, 80, 24)};
    app_ask(show.app, "What is it?");
    assert_true(show_has(&show, " Task1"));
    assert_true(show_has(&show, " Task2"));
    assert_true(show_has(&show, "started Task1, Task2"));
    assert_true(row_of(&show, "     ?\n") > 0);
    app_free(show.app);
    session_free(session);
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
        cmocka_unit_test(test_ask),
        cmocka_unit_test(test_the_answer_stands_below_its_question),
        cmocka_unit_test(test_a_question_is_drawn),
        cmocka_unit_test(test_ask_and_next_page),
        cmocka_unit_test(test_ask_hides),
        cmocka_unit_test(test_ask_leaves_names),
        cmocka_unit_test(test_ask_without_counter),
        cmocka_unit_test(test_ask_alone),
        cmocka_unit_test(test_predict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
