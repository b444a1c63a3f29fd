// Commands that ask something of the session: what they say, and that they do it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_screen.h"
#include "support_session.h"
#include "view/app_state.h"

static void command(struct app *app, const char *key)
{
    app_press(app, key);
}

static bool says(const struct app *app, const char *what)
{
    return screen_has(app, 80, 24, what);
}

static void test_who_can_be_killed(void **state)
{
    (void)state;
    struct fake *fake = fake_new(4, 50);
    struct app *app = new_app(&fake->view, 80, 24);
    command(app, "K");
    assert_true(says(app, " choose a lane with Up and Down first\n"));
    command(app, "down");
    command(app, "up");
    command(app, "K");
    assert_true(says(app, " main cannot be killed"));
    command(app, "down");
    fake->lanes[1].is_started = false;
    command(app, "K");
    assert_true(says(app, " this lane has not started\n"));
    fake->lanes[1].is_started = true;
    fake->lanes[1].end_ns = 7;
    command(app, "K");
    assert_true(says(app, " this lane has ended\n"));
    fake->lanes[1].end_ns = UINT64_MAX;
    command(app, "K");
    assert_true(says(app, " kill A? K again kills it\n"));
    app_free(app);
    fake_free(fake);
}

// The second K answers what is on screen, and nothing else.
static void test_a_question_is_forgotten(void **state)
{
    (void)state;
    static const char *const others[] = {"down", "up", "t", "?", "x", "left", "no such key"};
    static const char asks[] = " kill B? K again kills it\n";
    struct fake *fake = fake_new(3, 50);
    struct app *app = new_app(&fake->view, 80, 24);
    command(app, "down");
    command(app, "down");
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        command(app, "K");
        assert_true(says(app, asks));
        command(app, others[i]);
        assert_false(says(app, asks));
        command(app, "esc"); // the help
        app->cursor_lane = 2;
        command(app, "K");
        assert_true(says(app, asks)); // and not done
        command(app, "esc");
    }
    command(app, "K");
    app_tick(app, 1000);
    app_tick(app, app_next_tick(app));
    command(app, "K");
    assert_true(says(app, asks));
    app_say(app, "something else");
    command(app, "K");
    assert_true(says(app, asks));
    command(app, "K"); // without a session
    assert_true(says(app, " B cannot be killed\n"));
    app_free(app);
    fake_free(fake);
}

static const char endless[] = "shared n = 0\n"
                              "lock guard\n"
                              "def f():\n"
                              "    while n >= 0:\n"
                              "        sleep(10ms)\n"
                              "        n += 1\n"
                              "lane A = f()\n"
                              "lane B = f()\n";

static struct app *attached_app(struct session *s)
{
    struct error err;
    struct app *app = app_new(&(struct app_options){0}, &err);
    app_attach(app, s);
    app_resize(app, 80, 24);
    return app;
}

static bool is_b_started(const struct session_view *view)
{
    return view->lanes[2].is_started;
}

static bool is_b_killed(const struct session_view *view)
{
    return view->lanes[2].state == LANE_KILLED;
}

static void test_the_second_key_kills(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, endless);
    struct app *app = attached_app(s);
    pump_until(s, is_b_started, "B starts");
    command(app, "down");
    command(app, "down");
    command(app, "K");
    assert_true(says(app, " kill B? K again kills it\n"));
    command(app, "K");
    pump_until(s, is_b_killed, "B is killed");
    struct session_view view = session_view(s);
    assert_int_not_equal(view.lanes[1].state, LANE_KILLED);
    app_free(app);
    session_free(s);
}

// Of the scenario's modes those that make sense are the session's to know; where it says no, the
// screen says why.
static void test_mode_and_memory_say_what_came_of_it(void **state)
{
    (void)state;
    static const char *const keys[] = {"m", "v", "m", "v", "m", "m"};
    struct watch w;
    struct session *s = open_text(&w, endless);
    struct app *app = attached_app(s);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t runs = session_view(s).runs;
        command(app, keys[i]);
        struct session_view view = session_view(s);
        bool is_said = strncmp(app->toast, "as ", strlen("as ")) == 0 ||
                       strcmp(app->toast, "one after another") == 0;
        assert_int_equal(is_said, view.runs > runs);
        assert_true(app->toast[0] != '\0');
        assert_true(!is_said || !program_uses_processes(view.prog) ||
                    strstr(app->toast, view.is_private ? "its own memory" : "share the memory"));
    }
    app_free(app);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_can_be_killed),
        cmocka_unit_test(test_a_question_is_forgotten),
        cmocka_unit_test(test_the_second_key_kills),
        cmocka_unit_test(test_mode_and_memory_say_what_came_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
