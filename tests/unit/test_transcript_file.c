// `--transcript FILE`: what is heard of the questions is in the file, answer by answer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "cli/file.h"
#include "cli/options.h"
#include "cli/ui.h"
#include "support_tape.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

// A folder with one transcript in it.
struct desk {
    char folder[40], path[60];
    struct ui ui;
};

static struct desk *desk_new(void)
{
    struct error err;
    struct desk *desk = mem_alloc(sizeof *desk);
    text_format(desk->folder, sizeof desk->folder, "/tmp/racelane-desk-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    text_format(desk->path, sizeof desk->path, "%s/my.transcript", desk->folder);
    if (!transcript_file_open(&desk->ui.transcript, desk->path, &err))
        fail_msg("%s", err.text);
    return desk;
}

static void desk_free(struct desk *desk)
{
    struct error err;
    assert_true(transcript_file_close(&desk->ui.transcript, &err));
    unlink(desk->path);
    assert_int_equal(rmdir(desk->folder), 0); // nothing else was left in it
    mem_free(desk);
}

static struct app_listener listener_of(struct desk *desk)
{
    return (struct app_listener){transcript_file_hear, &desk->ui};
}

static struct transcript read_file(const char *path)
{
    struct error err;
    struct transcript transcript = {.answers = NULL};
    char *text;
    size_t len;
    if (!file_read(path, "a transcript", TRANSCRIPT_BYTES_MAX, &text, &len, &err) ||
        !transcript_read(&transcript, text, len, &err))
        fail_msg("%s", err.text);
    mem_free(text);
    return transcript;
}

static void press_all(struct app *app, const char *keys)
{
    for (; *keys; keys++)
        app_press(app, (const char[]){*keys, '\0'});
    app_press(app, "enter");
}

static void play_to_question(struct show *show)
{
    bool has_changed = false;
    while (!app_is_asking(show->app))
        player_play_quantum(show->player, show->app, show->session, &has_changed);
}

// A tape without a terminal asks, keys answer.
static void test_tape(void **state)
{
    (void)state;
    struct desk *desk = desk_new();
    char label[] = "quiz.tape";
    struct taped taped = {.label = label};
    desk->ui.taped = &taped;
    struct show show = show_open_heard("ask \"How many lanes?\" answer 2\nwait 1s\n"
                                       "ask \"And at the end?\" answer counter finally\n",
                                       PLAYER_WATCHED, listener_of(desk));
    play_to_question(&show);
    press_all(show.app, "3");
    // In the file before it is told what is right.
    struct transcript now = read_file(desk->path);
    assert_int_equal(now.n_answers, 1);
    assert_true(now.answers[0].has_guess);
    assert_false(now.answers[0].has_value);
    transcript_free(&now);
    play_to_question(&show);
    now = read_file(desk->path);
    assert_int_equal(now.n_answers, 1);
    assert_string_equal(now.answers[0].question, "How many lanes?");
    assert_int_equal(now.answers[0].origin, ORIGIN_TAPE);
    assert_string_equal(now.answers[0].name, "quiz.tape");
    assert_string_equal(now.answers[0].scenario, "test");
    assert_int_equal(now.answers[0].seed, 7);
    assert_true(now.answers[0].is_simulated);
    assert_int_equal(now.answers[0].guess, 3);
    assert_true(now.answers[0].has_value);
    assert_int_equal(now.answers[0].value, 2);
    transcript_free(&now);
    press_all(show.app, "6");
    assert_int_equal(show_play(&show).kind, NEWS_ENDED);
    now = read_file(desk->path);
    assert_int_equal(now.n_answers, 2);
    assert_true(now.answers[1].has_value);
    assert_int_equal(now.answers[1].value, session_view(show.session).cells[0]);
    assert_int_equal(transcript_score(&now).n_told, 2);
    transcript_free(&now);
    show_close(&show);
    desk_free(desk);
}

// By key: passed over, guessed for a run that another one takes the place of, guessed and told.
static void test_predict(void **state)
{
    (void)state;
    struct desk *desk = desk_new();
    struct session *s = open_sim(race, 7, NULL);
    struct app *app = tape_app_heard(s, 80, 24, listener_of(desk));
    app_press(app, "p");
    app_press(app, "esc");
    app_press(app, "p");
    press_all(app, "1");
    app_press(app, "R");
    app_tick(app, 1);
    app_press(app, "p");
    press_all(app, "6");
    while (step(s))
        continue;
    app_tick(app, 2);
    struct transcript now = read_file(desk->path);
    assert_int_equal(now.n_answers, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct transcript_answer *answer = &now.answers[i];
        assert_string_equal(answer->question, "What will counter be at the end?");
        assert_int_equal(answer->origin, ORIGIN_RUN);
        assert_int_equal(answer->seed, i == 2 ? 8 : 7);
        assert_int_equal(answer->has_guess, i > 0);
        assert_int_equal(answer->has_value, i == 2);
    }
    assert_int_equal(now.answers[2].value, session_view(s).cells[0]);
    transcript_free(&now);
    app_free(app);
    session_free(s);
    desk_free(desk);
}

// A guess for the end, and while the run goes on to it a tape's own question: each gets its value.
static void test_two_at_once(void **state)
{
    (void)state;
    struct desk *desk = desk_new();
    struct show show = show_open_heard("ask \"At the end?\" answer counter finally\n",
                                       PLAYER_WATCHED, listener_of(desk));
    play_to_question(&show);
    press_all(show.app, "4");
    bool has_changed = false;
    player_play_quantum(show.player, show.app, show.session, &has_changed);
    app_press(show.app, "p");
    assert_true(app_is_asking(show.app));
    press_all(show.app, "5");
    assert_int_equal(show_play(&show).kind, NEWS_ENDED);
    struct transcript now = read_file(desk->path);
    assert_int_equal(now.n_answers, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(now.answers[i].guess, i ? 5 : 4);
        assert_true(now.answers[i].has_value);
        assert_int_equal(now.answers[i].value, session_view(show.session).cells[0]);
    }
    transcript_free(&now);
    show_close(&show);
    desk_free(desk);
}

static void ask_and_answer(struct app *app, const char *keys)
{
    unsigned number = app_ask(app, "How many?");
    press_all(app, keys);
    app_reveal(app, number, "it", 2, &(int64_t){2});
}

// The next sitting adds to it.
static void test_goes_on(void **state)
{
    (void)state;
    struct desk *desk = desk_new();
    struct error err;
    for (size_t sitting = 1; sitting <= 3; sitting++) {
        struct app *app = tape_app_heard(NULL, 80, 24, listener_of(desk));
        ask_and_answer(app, "2");
        app_free(app);
        assert_true(transcript_file_close(&desk->ui.transcript, &err));
        struct transcript now = read_file(desk->path);
        assert_int_equal(now.n_answers, sitting);
        assert_int_equal(transcript_score(&now).n_right, sitting);
        transcript_free(&now);
        assert_true(transcript_file_open(&desk->ui.transcript, desk->path, &err));
    }
    desk_free(desk);
}

static void write_text(const char *path, const char *text)
{
    struct error err;
    assert_true(file_replace(path, text, strlen(text), &err));
}

static void assert_not_opened(const char *path, const char *why)
{
    struct error err;
    struct transcript_file file;
    if (transcript_file_open(&file, path, &err))
        fail_msg("%s was opened", path);
    if (!strstr(err.text, why))
        fail_msg("`%s`, and not `%s`", err.text, why);
    assert_true(transcript_file_close(&file, &err)); // nothing is left to do
}

// Nothing that is no transcript is written over, and a changed one is not sealed anew.
static void test_takes_no_other_file(void **state)
{
    (void)state;
    struct desk *desk = desk_new();
    struct error err;
    char *text;
    size_t len;
    assert_true(file_read(desk->path, "a transcript", 1000, &text, &len, &err));
    strstr(text, "0.")[0] = '9';
    write_text(desk->path, text);
    assert_not_opened(desk->path, "nothing is added to it: it was cut or changed");
    mem_free(text);
    write_text(desk->path, "my notes\n");
    assert_not_opened(desk->path, "exists and is not a transcript");
    assert_true(file_read(desk->path, "a transcript", 1000, &text, &len, &err));
    assert_string_equal(text, "my notes\n");
    mem_free(text);
    assert_not_opened(desk->folder, "is a directory");
    assert_not_opened("/nowhere/at/all.transcript", "cannot be written");
    // An empty one is nobody's.
    struct transcript_file file;
    write_text(desk->path, "");
    assert_true(transcript_file_open(&file, desk->path, &err));
    assert_true(transcript_file_close(&file, &err));
    desk_free(desk);
}

// The folder is away, as a disk that is full or pulled: what had been written is still there, the
// screen says it once, and the end of the program writes what was missing, or says that it cannot.
static void test_cannot_be_written(void **state)
{
    (void)state;
    struct desk *desk = desk_new();
    struct error err;
    char away[60];
    text_format(away, sizeof away, "%s-away", desk->folder);
    struct session *s = open_sim(race, 7, NULL);
    struct app *app = tape_app_heard(s, 80, 24, listener_of(desk));
    struct show show = {.app = app};
    ask_and_answer(app, "2");
    assert_int_equal(rename(desk->folder, away), 0);
    unsigned number = app_ask(app, "How many?");
    press_all(app, "3");
    assert_true(show_has(&show, "cannot be written"));
    app_reveal(app, number, "it", 2, &(int64_t){3});
    assert_true(show_has(&show, "you said 3: wrong"));
    assert_int_equal(rename(away, desk->folder), 0);
    struct transcript now = read_file(desk->path);
    assert_int_equal(now.n_answers, 1);
    transcript_free(&now);
    assert_true(transcript_file_close(&desk->ui.transcript, &err));
    now = read_file(desk->path);
    assert_int_equal(now.n_answers, 2);
    assert_int_equal(transcript_score(&now).n_told, 2);
    transcript_free(&now);
    assert_true(transcript_file_open(&desk->ui.transcript, desk->path, &err));
    assert_int_equal(rename(desk->folder, away), 0);
    ask_and_answer(app, "2");
    assert_false(transcript_file_close(&desk->ui.transcript, &err));
    assert_non_null(strstr(err.text, "cannot be written: No such file"));
    assert_int_equal(rename(away, desk->folder), 0);
    app_free(app);
    session_free(s);
    desk_free(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tape),
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_takes_no_other_file),
        cmocka_unit_test(test_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
