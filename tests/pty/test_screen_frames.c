#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "support_pty.h"
#include "support_toy_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a frame makes of the terminal, and how it is written.

static void test_cells_and_corner(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
    for (int y = 3; y < 24; y++)
        for (int x = 0; x < 80; x++)
            assert_int_equal(pty_cell(pty, x, y).chars[0], 'a' + (x + y) % 26);
    assert_true(pty_cell(pty, 0, 2).chars[0] > 0x7f);
    toy_finish(pty);
}

// A frame that is more than the terminal takes at once, where writing does not wait.
static void test_all_of_a_large_frame_arrives(void **state)
{
    (void)state;
    enum { WIDE = 400, HIGH = 150 };
    struct pty *pty = toy_start(TOY_UNWAITING, NULL, WIDE, HIGH);
    if (!pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS))
        fail_msg("no whole frame:\n%s", pty_screen(pty));
    for (int y = TOY_PLOT_Y; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++)
            assert_int_equal(pty_cell(pty, x, y).chars[0], 'a' + (x + y) % 26);
    toy_finish(pty);
}

static void test_same_frame_writes_nothing(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
    pty_settle(pty, 50);
    uint64_t before = pty_bytes(pty);
    pty_type(pty, "NNNN");
    pty_settle(pty, 100);
    assert_int_equal(pty_bytes(pty), before);
    // It has read them: the next one shows.
    pty_type(pty, "k");
    assert_true(pty_wait_text(pty, "keys 1: k", PTY_LIMIT_MS));
    toy_finish(pty);
}

static void test_themes(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
    pty_settle(pty, 50);
    VTermScreenCell first = pty_cell(pty, 40, 10);
    uint64_t before = pty_bytes(pty);
    pty_type(pty, "T");
    pty_settle(pty, 100);
    assert_true(pty_bytes(pty) > before);
    VTermScreenCell second = pty_cell(pty, 40, 10);
    assert_true(memcmp(&first.fg, &second.fg, sizeof(first.fg)) != 0);
    assert_int_equal(first.chars[0], second.chars[0]);
    toy_finish(pty);
}

// Once a key is read, an answer that came before it has been, too; the frames after that are
// synchronized, or not.
static void check_asked(const char *const *env, const char *answer, const char *query, bool is_used)
{
    const char *const argv[] = {"/proc/self/exe", TOY_ASKING, NULL};
    struct pty *pty =
        pty_start(&(struct pty_options){.argv = argv, .env = env, .sync_answer = answer});
    const char *bytes;
    size_t len;
    assert_true(pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS));
    pty_settle(pty, 50);
    pty_type(pty, "k");
    assert_true(pty_wait_text(pty, "keys 1: k", PTY_LIMIT_MS));
    pty_type(pty, "l");
    assert_true(pty_wait_text(pty, "keys 2: k l", PTY_LIMIT_MS));
    // The question is inside the alternate screen.
    pty_record(pty, &bytes, &len);
    const char *asked = memmem(bytes, len, "\x1b[?2026$p", 9);
    assert_int_equal(asked != NULL, query != NULL);
    if (query)
        assert_true(asked > (const char *)memmem(bytes, len, "\x1b[?1049h", 8));
    assert_int_equal(memmem(bytes, len, "\x1b[?2026h", 8) != NULL, is_used);
    toy_finish(pty);
}

static void test_synchronized_where_the_terminal_says_so(void **state)
{
    (void)state;
    static const char query[] = "\x1b[?2026$p";
    const char *const linux_console[] = {"TERM=linux", NULL};
    const char *const vt100[] = {"TERM=vt100", NULL};
    const char *const apple[] = {"TERM_PROGRAM=Apple_Terminal", NULL};
    check_asked(NULL, "\x1b[?2026;2$y", query, true);
    check_asked(NULL, "\x1b[?2026;1$y", query, true);
    check_asked(NULL, "\x1b[?2026;0$y", query, false);
    check_asked(NULL, "\x1b[?2026;4$y", query, false);
    check_asked(NULL, NULL, query, false);
    check_asked(linux_console, "\x1b[?2026;2$y", NULL, false);
    check_asked(vt100, "\x1b[?2026;2$y", NULL, false);
    check_asked(apple, "\x1b[?2026;2$y", NULL, false);
}

static void wait_end(struct pty *pty, int n_keys)
{
    char line[32];
    snprintf(line, sizeof(line), "end %d.", n_keys);
    if (!pty_wait_text(pty, line, PTY_LIMIT_MS))
        fail_msg("no %s\n%s", line, pty_screen(pty));
}

enum { W = 80, H = 24 };

static void look(struct pty *pty, VTermScreenCell cells[H][W])
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            cells[y][x] = pty_cell(pty, x, y);
}

static void assert_same(VTermScreenCell a[H][W], VTermScreenCell b[H][W], const char *what)
{
    for (int y = TOY_PLOT_Y; y < H - 1; y++)
        for (int x = 0; x < W; x++)
            if (!toy_is_same_cell(&a[y][x], &b[y][x]))
                fail_msg("%s: cell %d,%d is '%c', not '%c'", what, x, y, (int)a[y][x].chars[0],
                         (int)b[y][x].chars[0]);
}

// Whether ESC [ n FINAL was written.
static bool has_written(struct pty *pty, char final)
{
    const char *bytes;
    size_t len;
    pty_record(pty, &bytes, &len);
    for (size_t i = 0; i + 2 < len; i++) {
        size_t end = i + 2;
        if (memcmp(bytes + i, "\x1b[", 2) != 0)
            continue;
        while (end < len && bytes[end] >= '0' && bytes[end] <= '9')
            end++;
        if (end < len && bytes[end] == final)
            return true;
    }
    return false;
}

struct written {
    bool has_deleted, has_inserted; // cells
};

// Scrolls, and looks each time whether the screen is as when all of it is written anew.
static struct written scroll(const char *kind, const char *term, uint64_t seed)
{
    const char *const env[] = {term, NULL};
    VTermScreenCell scrolled[H][W], anew[H][W];
    struct random random = random_stream(seed, 1);
    struct pty *pty = toy_start(kind, env, W, H);
    int n_keys = 0;
    assert_true(pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS));
    for (int i = 0; i < 12; i++) {
        const char keys[] = {TOY_SCROLL_KEYS[random_below(&random, i < 6 ? 4 : 9)], '\0'};
        pty_type(pty, keys);
        wait_end(pty, ++n_keys);
        look(pty, scrolled);
        pty_type(pty, "\fk");
        wait_end(pty, ++n_keys);
        look(pty, anew);
        assert_same(scrolled, anew, term);
    }
    struct written written = {has_written(pty, 'P'), has_written(pty, '@')};
    toy_finish(pty);
    return written;
}

static void test_scrolled_is_as_written_anew(void **state)
{
    (void)state;
    static const struct {
        const char *term;
        bool can_shift;
    } terms[] = {
        {"TERM=xterm-256color", true}, {"TERM=tmux-256color", true}, {"TERM=screen", true},
        {"TERM=xterm", true},          {"TERM=linux", false},        {"TERM=vt100", false},
    };
    uint64_t seed = pty_seed(9);
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        const char *term = terms[i].term;
        if (!toy_is_installed(term + strlen("TERM="))) {
            print_message("%s: not installed here\n", term);
            continue;
        }
        print_message("%s RACELANE_SEED=%llu\n", term, (unsigned long long)seed);
        assert_int_equal(scroll(TOY_SCREEN, term, seed).has_inserted, terms[i].can_shift);
        // Where a frame may be seen half way nothing is pushed to and fro.
        struct written written = scroll(TOY_UNSYNCHRONIZED, term, seed);
        assert_false(written.has_inserted);
        assert_true(written.has_deleted || !terms[i].can_shift);
    }
}

// Where text is not UTF-8, ncurses writes the frames.
static void test_written_directly_is_as_by_ncurses(void **state)
{
    (void)state;
    static const char *const directs[][3] = {
        {"TERM=xterm-256color"}, {"TERM=tmux-256color"}, {"TERM=screen"},
        {"TERM=xterm"},          {"TERM=xterm-direct"},  {"TERM=xterm-256color", "NO_COLOR=1"},
    };
    for (size_t i = 0; i < sizeof(directs) / sizeof(directs[0]); i++) {
        const char *term = directs[i][0], *more = directs[i][1];
        const char *const curses[] = {"LC_ALL=C", term, more, NULL};
        VTermScreenCell a[H][W], b[H][W];
        if (!toy_is_installed(term + strlen("TERM=")))
            continue;
        struct pty *own = toy_start_ready(directs[i]), *other = toy_start_ready(curses);
        for (int theme = 1; theme <= 4; theme++) {
            pty_type(own, "T3");
            pty_type(other, "T3");
            wait_end(own, theme);
            wait_end(other, theme);
            look(own, a);
            look(other, b);
            assert_same(a, b, term);
        }
        toy_finish(own);
        toy_finish(other);
    }
}

int main(int argc, char **argv)
{
    if (toy_is_asked_for(argc, argv))
        return toy_screen_main(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_and_corner),
        cmocka_unit_test(test_all_of_a_large_frame_arrives),
        cmocka_unit_test(test_same_frame_writes_nothing),
        cmocka_unit_test(test_themes),
        cmocka_unit_test(test_synchronized_where_the_terminal_says_so),
        cmocka_unit_test(test_written_directly_is_as_by_ncurses),
        cmocka_unit_test(test_scrolled_is_as_written_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
