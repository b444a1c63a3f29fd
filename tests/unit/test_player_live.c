// Tapes on real lanes, which take their time whoever presses PageDown: with several runs, forward
// and back, as the loop drives them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_session.h"
#include "support_tape.h"

// Which of the runs it is can be read from the counter. Atomic, as both wake at once and would lose
// one of the two now and then.
static const char quick_lanes[] = "shared counter = 0\n"
                                  "def f():\n    sleep(30ms)\n    atomic counter += 1\n"
                                  "lane A = f()\nlane B = f()\n";
static const char slow_lane[] = "shared counter = 0\n"
                                "def f():\n    counter += 10\n    sleep(300s)\n"
                                "lane A = f()\n";

static const char tape[] = "run quick\nsay \"one\"\nuntil ended or 60s\nsay \"one is over\"\npage\n"
                           "say \"nothing new\"\npage\n"
                           "run slow\nsay \"two\"\nuntil counter > 9 or 60s\nsay \"ten\"\n"
                           "until ended or 60s\nsay \"two is over\"\nwait 5m\npage\n"
                           "run quick\nsay \"three\"\nuntil ended or 60s\n";

struct hall {
    struct watch watch;
    struct show show;
    bool has_failed;
};

static void open_run(struct hall *hall, size_t run)
{
    struct lang_problems problems = {0};
    struct show *show = &hall->show;
    if (show->app)
        app_attach(show->app, NULL);
    session_free(show->session);
    show->session = open_text(&hall->watch, run == 1 ? slow_lane : quick_lanes);
    assert_true(tape_bind(show->tape, run, session_view(show->session).prog, &problems));
    if (show->app)
        app_attach(show->app, show->session);
}

static void hall_open(struct hall *hall)
{
    struct lang_problems problems;
    *hall = (struct hall){.show = {.tape = tape_parse(tape, sizeof tape - 1, &problems)}};
    assert_non_null(hall->show.tape);
    open_run(hall, 0);
    hall->show.app = tape_app(hall->show.session, 80, 24);
    hall->show.player = player_new(hall->show.tape, "test.tape", PLAYER_WATCHED);
}

static void tick(struct hall *hall)
{
    bool has_changed;
    struct player_news news = player_advance(hall->show.player, hall->show.app, hall->show.session,
                                             clock_now_ns(), &has_changed);
    if (news.kind == NEWS_RUN)
        open_run(hall, news.run);
    hall->has_failed |= news.kind == NEWS_FAILED;
}

static void play(struct hall *hall, bool until_rest)
{
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    do {
        tick(hall);
        assert_true(clock_now_ns() < deadline_ns);
    } while (until_rest && player_is_going(hall->show.player));
    assert_false(hall->has_failed);
}

static void play_until_counter(struct hall *hall, int64_t counter)
{
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    while (session_view(hall->show.session).cells[0] != counter) {
        tick(hall);
        assert_true(clock_now_ns() < deadline_ns);
    }
}

static void check(struct hall *hall, const char *words, int64_t counter, bool is_ended)
{
    struct session_view view = session_view(hall->show.session);
    assert_true(show_has(&hall->show, words));
    assert_int_equal(view.cells[0], counter);
    assert_int_equal(view.is_ended, is_ended);
}

static void page_down(struct hall *hall)
{
    player_next_page(hall->show.player, hall->show.app);
}

static void page_up(struct hall *hall)
{
    open_run(hall, player_previous_page(hall->show.player, hall->show.app));
}

// To where the third page rests, though its lane sleeps for much longer than anybody waits.
static void go_to_the_slow_one(struct hall *hall)
{
    play(hall, true);
    page_down(hall);
    play(hall, true);
    page_down(hall);
    play_until_counter(hall, 10);
    assert_true(player_is_going(hall->show.player));
    page_down(hall);
    play(hall, true);
}

static void test_next_page_waits_for_no_lane(void **state)
{
    (void)state;
    struct hall hall;
    hall_open(&hall);
    go_to_the_slow_one(&hall);
    check(&hall, "two is over", 10, false);
    assert_true(show_has(&hall.show, "page 3 of 4"));
    page_down(&hall);
    play(&hall, true);
    check(&hall, "three", 2, true);
    assert_true(player_has_ended(hall.show.player));
    show_close(&hall.show);
}

// To where the page before ended, in the run it belongs to, for which real lanes are waited for.
static void test_back_across_runs(void **state)
{
    (void)state;
    struct hall hall;
    hall_open(&hall);
    go_to_the_slow_one(&hall);
    page_up(&hall);
    play(&hall, true);
    check(&hall, "nothing new", 2, true);
    assert_true(show_has(&hall.show, "page 2 of 4"));
    page_up(&hall);
    play(&hall, true);
    check(&hall, "one is over", 2, true);
    assert_true(show_has(&hall.show, "page 1 of 4"));
    // Before the first page is its beginning.
    page_up(&hall);
    play(&hall, false);
    assert_true(player_is_going(hall.show.player));
    play(&hall, true);
    check(&hall, "one is over", 2, true);
    page_down(&hall);
    play(&hall, true);
    check(&hall, "nothing new", 2, true);
    show_close(&hall.show);
}

// On the way back the slow lane would be waited for, unless somebody presses PageDown.
static void test_on_the_way_back(void **state)
{
    (void)state;
    struct hall hall;
    hall_open(&hall);
    go_to_the_slow_one(&hall);
    page_down(&hall);
    play(&hall, true);
    page_up(&hall);
    play_until_counter(&hall, 10);
    assert_true(player_is_going(hall.show.player));
    page_down(&hall);
    play(&hall, true);
    check(&hall, "two is over", 10, false);
    assert_true(show_has(&hall.show, "page 3 of 4"));
    show_close(&hall.show);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_page_waits_for_no_lane),
        cmocka_unit_test(test_back_across_runs),
        cmocka_unit_test(test_on_the_way_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
