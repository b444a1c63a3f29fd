// Every lesson on the screen, from the menu to its end, by a clicker's PageDown and nothing else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_pty.h"
#include "tape/lessons.h"
#include "tape/tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_UP   "\x1b[5~"
#define PAGE_DOWN "\x1b[6~"

enum { PRESSES_MAX = 100, FOLDER_MAX = 40, WORDS_MAX = 41 };

struct hall {
    struct pty *pty;
    char folder[FOLDER_MAX]; // where racelane keeps what has been done
};

// What somebody with a clicker sees of where the lesson is.
struct place {
    size_t page, n_pages; // 0: the menu
    bool is_asking, is_resting;
};

static struct place look(struct pty *pty)
{
    struct place place = {.is_asking = pty_has_text(pty, "your guess: "),
                          .is_resting = pty_has_text(pty, "  goes on ") ||
                                        pty_has_text(pty, "  ends the lesson ")};
    for (int y = 0; y < 24; y++) {
        const char *text = strstr(pty_row(pty, y), " page ");
        if (text && sscanf(text, " page %zu of %zu", &place.page, &place.n_pages) == 2)
            break;
    }
    return place;
}

// A page that rests is left; one that plays passes its question, or rests.
static bool is_elsewhere(struct pty *pty, void *context)
{
    const struct place *was = context;
    struct place now = look(pty);
    if (now.page != was->page)
        return now.page > 0 || pty_has_text(pty, " lessons done");
    return !was->is_resting && (now.is_asking != was->is_asking || now.is_resting);
}

static void check_screen(struct hall *hall, bool ok, const char *what)
{
    if (ok)
        return;
    puts(pty_screen(hall->pty));
    fail_msg("%s", what);
}

static struct place press(struct hall *hall, const char *key)
{
    struct place was = look(hall->pty);
    pty_type(hall->pty, key);
    check_screen(hall, pty_wait(hall->pty, is_elsewhere, &was, PTY_LIMIT_MS), "nothing happens");
    return look(hall->pty);
}

// The first words of what the page says last.
static void last_words(const struct tape *tape, size_t page, char words[WORDS_MAX])
{
    size_t at = 1;
    words[0] = '\0';
    for (size_t i = 0; i < tape->n_steps && at <= page; i++) {
        if (at == page && tape->steps[i].word == TAPE_SAY)
            snprintf(words, WORDS_MAX, "%s", tape->steps[i].text);
        at += tape->steps[i].word == TAPE_PAGE;
    }
    // A word that is cut may stand on the next line.
    if (strlen(words) == WORDS_MAX - 1)
        *strrchr(words, ' ') = '\0';
}

static void await(struct hall *hall, const char *text)
{
    check_screen(hall, pty_wait_text(hall->pty, text, PTY_LIMIT_MS), text);
}

static void await_done(struct hall *hall, size_t n_done)
{
    size_t n = 0;
    char text[80];
    while (lessons[n].name)
        n++;
    snprintf(text, sizeof text, "%zu of %zu lessons done", n_done, n);
    await(hall, text);
}

static struct tape *parse(const struct lesson_entry *lesson)
{
    struct lang_problems problems;
    struct tape *tape = tape_parse(lesson->text, lesson->len_bytes, &problems);
    assert_non_null(tape);
    return tape;
}

// From the menu to the menu.
static void walk(struct hall *hall, const struct lesson_entry *lesson)
{
    char words[WORDS_MAX];
    struct tape *tape = parse(lesson);
    struct place place = press(hall, PAGE_DOWN);
    size_t page = 0;
    for (int i = 0; place.page > 0; i++) {
        check_screen(hall, i < PRESSES_MAX, "the lesson does not end");
        check_screen(hall, place.page == page || place.page == page + 1, "a page is left out");
        check_screen(hall, place.n_pages == tape->n_pages + 1, "it has another number of pages");
        page = place.page;
        if (place.is_resting) {
            last_words(tape, page, words);
            await(hall, words);
        }
        place = press(hall, PAGE_DOWN);
    }
    check_screen(hall, page == tape->n_pages + 1, "it ended before its last page");
    tape_free(tape);
}

static bool is_marked(struct hall *hall, const char *name)
{
    char wanted[48];
    snprintf(wanted, sizeof wanted, "✓ %s ", name);
    return pty_has_text(hall->pty, wanted);
}

static struct hall hall_open(const char *const *argv)
{
    struct hall hall = {.folder = "/tmp/racelane-state-XXXXXX"};
    char state[FOLDER_MAX + 16];
    assert_non_null(mkdtemp(hall.folder));
    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", hall.folder);
    const char *const env[] = {state, NULL};
    hall.pty = pty_start(&(struct pty_options){.argv = argv, .env = env});
    return hall;
}

static void hall_quit(struct hall *hall)
{
    int status = -1;
    pty_type(hall->pty, "q");
    assert_true(pty_wait_ended(hall->pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    assert_true(pty_wait_restored(hall->pty, PTY_LIMIT_MS));
    assert_true(pty_wait_nothing_left(hall->pty, PTY_LIMIT_MS));
    pty_free(hall->pty);
}

static void remove_folder(const struct hall *hall)
{
    char path[FOLDER_MAX + 32];
    snprintf(path, sizeof path, "%s/racelane/lessons", hall->folder);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/racelane", hall->folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(hall->folder), 0);
}

static void test_the_whole_course_by_page_down(void **state)
{
    (void)state;
    static const char *const argv[] = {RACELANE, NULL};
    struct hall hall = hall_open(argv);
    for (size_t i = 0; lessons[i].name; i++) {
        await_done(&hall, i);
        walk(&hall, &lessons[i]);
        await_done(&hall, i + 1);
        check_screen(&hall, is_marked(&hall, lesson_name(&lessons[i])), "it is not marked as done");
    }
    hall_quit(&hall);
    remove_folder(&hall);
}

struct rest {
    size_t page;
    const char *words;
};

static bool is_at_rest(struct pty *pty, void *context)
{
    const struct rest *rest = context;
    struct place place = look(pty);
    return place.page == rest->page && place.is_resting && pty_has_text(pty, rest->words);
}

// Each time the page before comes to where it had ended, with the run that it belongs to: real and
// simulated ones, which begin anew for that.
static void test_back_through_a_lesson_by_page_up(void **state)
{
    (void)state;
    static const char *const argv[] = {RACELANE, "lesson", "race", NULL};
    struct tape *tape = parse(lesson_find("race"));
    struct hall hall = hall_open(argv);
    char words[WORDS_MAX];
    await(&hall, " page 1 of ");
    struct place place = look(hall.pty);
    while (!(place.is_resting && place.page == place.n_pages))
        place = press(&hall, PAGE_DOWN);
    for (size_t page = place.n_pages - 1; page > 0; page--) {
        last_words(tape, page, words);
        struct rest rest = {page, words};
        pty_type(hall.pty, PAGE_UP);
        check_screen(&hall, pty_wait(hall.pty, is_at_rest, &rest, 3 * PTY_LIMIT_MS),
                     "PageUp does not lead to where the page before ended");
    }
    hall_quit(&hall);
    remove_folder(&hall);
    tape_free(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_course_by_page_down),
        cmocka_unit_test(test_back_through_a_lesson_by_page_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
