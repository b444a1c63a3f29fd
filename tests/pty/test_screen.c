#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "support_pty.h"
#include "support_toy_screen.h"
#include "tui/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The program under test is this one, started again as `--screen`.

static struct pty *start(const char *const *env, int w, int h)
{
    const char *const argv[] = {"/proc/self/exe", "--screen", NULL};
    return pty_start(&(struct pty_options){.argv = argv, .env = env, .w = w, .h = h});
}

static struct pty *start_ready(const char *const *env)
{
    struct pty *pty = start(env, 0, 0);
    if (!pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS))
        fail_msg("%s: no screen:\n%s", env ? env[0] : "", pty_screen(pty));
    return pty;
}

static int ended(struct pty *pty)
{
    int status = 0;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
    assert_true(pty_wait_nothing_left(pty, PTY_LIMIT_MS));
    return status;
}

static void finish(struct pty *pty)
{
    pty_type(pty, "Q");
    assert_int_equal(ended(pty), 0);
    pty_free(pty);
}

// Not every machine has the description of every terminal.
static bool is_installed(const char *term)
{
    const char *const folders[] = {"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"};
    char path[100];
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%c/%s", folders[i], term[0], term);
        if (!access(path, R_OK))
            return true;
    }
    return false;
}

static void test_terminal_types(void **state)
{
    (void)state;
    static const struct {
        const char *term, *shows;
    } types[] = {
        {"TERM=xterm-256color", "colours 256 utf8 1"},
        {"TERM=tmux-256color", "colours 256 utf8 1"},
        {"TERM=xterm", "colours 8 utf8 1"},
        {"TERM=screen", "colours 8 utf8 1"},
        {"TERM=linux", "colours 8 utf8 0"},
        {"TERM=vt100", "colours 0 utf8 0"},
        {"TERM=xterm-direct", "colours 256 utf8 1"},
        {"TERM=xterm-16color", "colours 16 utf8 1"},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *const env[] = {types[i].term, NULL};
        if (!is_installed(types[i].term + strlen("TERM="))) {
            print_message("%s: not installed here\n", types[i].term);
            continue;
        }
        struct pty *pty = start(env, 0, 0);
        if (!pty_wait_text(pty, types[i].shows, PTY_LIMIT_MS))
            fail_msg("%s:\n%s", types[i].term, pty_screen(pty));
        finish(pty);
    }
}

static void test_unusable_terminals(void **state)
{
    (void)state;
    char long_name[5100] = "TERM=";
    memset(long_name + 5, 'x', 5000);
    const char *const terms[] = {"TERM",           "TERM=",  "TERM=dumb", "TERM=no-such-terminal",
                                 "TERM=../../etc", long_name};
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        const char *const env[] = {terms[i], NULL};
        struct pty *pty = start(env, 0, 0);
        int status = ended(pty);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 3);
        if (!pty_wait_text(pty, "racelane report", PTY_LIMIT_MS))
            fail_msg("%.40s:\n%s", terms[i], pty_screen(pty));
        pty_free(pty);
    }
}

static void test_locales_and_no_color(void **state)
{
    (void)state;
    const char *const plain[] = {"LC_ALL=C", NULL};
    const char *const missing[] = {"LC_ALL=xx_YY.UTF-8", NULL};
    const char *const colourless[] = {"NO_COLOR=1", NULL};
    const char *const *const envs[] = {plain, missing, colourless};
    const char *const shows[] = {"utf8 0", "utf8 0", "colours 0"};
    for (size_t i = 0; i < 3; i++) {
        struct pty *pty = start_ready(envs[i]);
        assert_true(pty_has_text(pty, shows[i]));
        for (int y = 0; y < 24; y++)
            for (int x = 0; x < 80; x++) {
                VTermScreenCell cell = pty_cell(pty, x, y);
                assert_true(cell.chars[0] < 0x80 || i == 2);
                assert_true(i != 2 || VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
                assert_true(i != 2 || VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
            }
        finish(pty);
    }
}

static void test_cells_and_corner(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    for (int y = 3; y < 24; y++)
        for (int x = 0; x < 80; x++)
            assert_int_equal(pty_cell(pty, x, y).chars[0], 'a' + (x + y) % 26);
    assert_true(pty_cell(pty, 0, 2).chars[0] > 0x7f);
    finish(pty);
}

static void test_same_frame_writes_nothing(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    pty_settle(pty, 50);
    uint64_t before = pty_bytes(pty);
    pty_type(pty, "NNNN");
    pty_settle(pty, 100);
    assert_int_equal(pty_bytes(pty), before);
    // It has read them: the next one shows.
    pty_type(pty, "k");
    assert_true(pty_wait_text(pty, "keys 1: k", PTY_LIMIT_MS));
    finish(pty);
}

static void test_keys(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *name;
    } keys[] = {
        {"l", "l"},
        {"L", "L"},
        {"+", "+"},
        {"?", "?"},
        {",", ","},
        {" ", "space"},
        {"\t", "tab"},
        {"\r", "enter"},
        {"\n", "enter"},
        {"\x7f", "backspace"},
        {"\x1b", "esc"},
        {"\x1b[A", "up"},
        {"\x1bOB", "down"},
        {"\x1b[C", "right"},
        {"\x1bOD", "left"},
        {"\x1b[H", "home"},
        {"\x1b[4~", "end"},
        {"\x1b[5~", "page-up"},
        {"\x1b[6~", "page-down"},
        {"\x1bOP", "f1"},
        {"\x1b[15~", "f5"},
        {"\x1b[24~", "f12"},
        {"\x1b[Z", "backtab"},
        {"\x1b[3~", "delete"},
        {"\x01", "ctrl-a"},
        {"\x03", "ctrl-c"},
        {"\x1b[Iw", "w"},
        {"\x1b[97;5uw", "w"},
        {"\x1b]11;rgb:0/0/0\aw", "w"},
        {"\xc3\xa9w", "w"},
        {"\x1b[<0;3;4Mw", "w"},
        {"\x1b[M q!w", "w"},
        {"\x1bP1$r0m\x1b\\w", "w"},
    };
    struct pty *pty = start_ready(NULL);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char line[64];
        pty_type(pty, keys[i].typed);
        snprintf(line, sizeof(line), "keys %zu:", i + 1);
        bool has_come = pty_wait_text(pty, line, PTY_LIMIT_MS);
        snprintf(line, sizeof(line), " %s", keys[i].name);
        const char *row = pty_row(pty, 1);
        size_t len = strlen(row);
        if (!has_come || len < strlen(line) || strcmp(row + len - strlen(line), line) != 0)
            fail_msg("key %zu, expected %s: %s", i, keys[i].name, row);
    }
    finish(pty);
}

static void test_paste_is_swallowed(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    assert_true(pty_private_mode(pty, 2004));
    pty_type(pty, "a\x1b[200~QQQ\x1b[Aq\x03\r\x1b[201~b");
    assert_true(pty_wait_text(pty, "keys 2: a b", PTY_LIMIT_MS));
    finish(pty);
}

static void test_random_input_is_harmless(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(77);
    struct random random = random_stream(seed, 1);
    struct pty *pty = start_ready(NULL);
    char bytes[257];
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < 256; i++) {
            bytes[i] = (char)(1 + random_below(&random, 255));
            if (bytes[i] == 'Q' || bytes[i] == '\x1a')
                bytes[i] = '\x1b';
        }
        bytes[256] = '\0';
        pty_type(pty, bytes);
        pty_pump(pty, 0);
    }
    // Ends whatever sequence or paste was begun.
    pty_type(pty, "\a\a\x1b[201~\x1b[201~");
    pty_settle(pty, 100);
    pty_type(pty, "k");
    if (!pty_wait_text(pty, " k", PTY_LIMIT_MS))
        fail_msg("RACELANE_SEED=%llu", (unsigned long long)seed);
    finish(pty);
}

static void test_signals_restore(void **state)
{
    (void)state;
    const int signals[] = {SIGTERM, SIGHUP,  SIGINT, SIGQUIT, SIGSEGV,
                           SIGBUS,  SIGABRT, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct pty *pty = start_ready(NULL);
        assert_false(pty_is_reset(pty));
        kill(pty_job(pty), signals[i]);
        int status = ended(pty);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != signals[i])
            fail_msg("signal %d: status %x", signals[i], (unsigned)status);
        pty_free(pty);
    }
}

static void assert_like_fresh(struct pty *pty, int w, int h)
{
    struct pty *fresh = start(NULL, w, h);
    assert_true(pty_wait_text(fresh, "keys 0:", PTY_LIMIT_MS));
    pty_settle(fresh, 50);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            VTermScreenCell a = pty_cell(pty, x, y);
            VTermScreenCell b = pty_cell(fresh, x, y);
            if (a.chars[0] != b.chars[0] || memcmp(&a.fg, &b.fg, sizeof(a.fg)) != 0 ||
                memcmp(&a.bg, &b.bg, sizeof(a.bg)) != 0 || a.attrs.bold != b.attrs.bold)
                fail_msg("cell %d,%d differs from a fresh start:\n%s", x, y, pty_screen(pty));
        }
    finish(fresh);
}

static void test_resizes(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(5);
    struct random random = random_stream(seed, 2);
    struct pty *pty = start_ready(NULL);
    for (int i = 0; i < 1000; i++) {
        int w = 1 + (int)random_below(&random, 200);
        int h = 1 + (int)random_below(&random, 60);
        pty_resize(pty, w, h);
        pty_pump(pty, 0);
    }
    pty_settle(pty, 100);
    pty_resize(pty, 90, 30);
    assert_true(pty_wait_text(pty, "size 90x30", PTY_LIMIT_MS));
    pty_settle(pty, 50);
    pty_type(pty, "\f");
    pty_settle(pty, 50);
    assert_like_fresh(pty, 90, 30);
    finish(pty);
}

static size_t resident_kib(pid_t pid)
{
    char path[64];
    char line[256];
    size_t kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (!strncmp(line, "VmHWM:", 6))
            kib = strtoul(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kib;
}

static void test_absurd_sizes(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        const char *shows; // NULL: too small to tell
    } sizes[] = {
        {0, 0, NULL},
        {1, 1, NULL},
        {1, 80, NULL},
        {24, 1, NULL},
        {2, 2, NULL},
        {5000, 5000, "size 500x200"},
        {65535, 65535, "size 500x200"},
    };
    struct pty *pty = start_ready(NULL);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        // Told to the program alone: the test's own screen keeps its size.
        pty_tell_size(pty, sizes[i].w, sizes[i].h);
        pty_settle(pty, 30);
        if (sizes[i].shows)
            assert_true(pty_wait_written(pty, sizes[i].shows, PTY_LIMIT_MS));
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(resident_kib(pty_job(pty)) < 64 * 1024);
#else
    (void)resident_kib;
#endif
    finish(pty);
}

static void test_suspend_and_back(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    for (int i = 0; i < 20; i++) {
        pty_type(pty, "\x1a");
        int signal = 0;
        assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
        assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
        pty_cook(pty);
        pty_foreground(pty);
        assert_true(pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS));
    }
    pty_type(pty, "k");
    assert_true(pty_wait_text(pty, "keys 1: k", PTY_LIMIT_MS));
    pty_settle(pty, 50);
    pty_type(pty, "\x7f\x7f");
    assert_true(pty_wait_text(pty, "keys 3:", PTY_LIMIT_MS));
    finish(pty);
}

static bool is_raw(struct pty *pty, void *context)
{
    (void)context;
    return pty_is_alternate(pty) && !(pty_modes(pty).c_lflag & (ICANON | ECHO));
}

static void test_stopped_from_outside(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    for (int i = 0; i < 5; i++) {
        kill(pty_job(pty), SIGSTOP);
        int signal = 0;
        assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
        pty_cook(pty);
        pty_foreground(pty);
        assert_true(pty_wait(pty, is_raw, NULL, PTY_LIMIT_MS));
    }
    kill(pty_job(pty), SIGTSTP);
    int signal = 0;
    assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
    assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
    pty_foreground(pty);
    assert_true(pty_wait(pty, is_raw, NULL, PTY_LIMIT_MS));
    pty_type(pty, "k");
    assert_true(pty_wait_text(pty, "keys 1: k", PTY_LIMIT_MS));
    finish(pty);
}

static void test_themes(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    pty_settle(pty, 50);
    VTermScreenCell first = pty_cell(pty, 40, 10);
    uint64_t before = pty_bytes(pty);
    pty_type(pty, "T");
    pty_settle(pty, 100);
    assert_true(pty_bytes(pty) > before);
    VTermScreenCell second = pty_cell(pty, 40, 10);
    assert_true(memcmp(&first.fg, &second.fg, sizeof(first.fg)) != 0);
    assert_int_equal(first.chars[0], second.chars[0]);
    finish(pty);
}

// Once a key is read, an answer that came before it has been, too; the frames after that are
// synchronized, or not.
static void check_asked(const char *const *env, const char *answer, const char *query, bool is_used)
{
    const char *const argv[] = {"/proc/self/exe", "--screen-asking", NULL};
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
    finish(pty);
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

static void test_mouse_is_off_unless_asked_for(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    assert_int_equal(pty_mouse(pty), VTERM_PROP_MOUSE_NONE);
    finish(pty);
    const char *const argv[] = {"/proc/self/exe", "--screen-mouse", NULL};
    pty = pty_start(&(struct pty_options){.argv = argv});
    assert_true(pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS));
    assert_int_equal(pty_mouse(pty), VTERM_PROP_MOUSE_CLICK);
    assert_true(pty_private_mode(pty, 1006));
    // A press; its release and the other buttons are nothing.
    pty_type(pty, "\x1b[<0;3;4M\x1b[<0;3;4m\x1b[<2;3;4M\x1b[<64;80;24M\x1b[<65;1;1Mw");
    assert_true(
        pty_wait_text(pty, "keys 4: click@2,3 wheel-up@79,23 wheel-down@0,0 w", PTY_LIMIT_MS));
    finish(pty); // restored
    pty = pty_start(&(struct pty_options){.argv = argv});
    assert_true(pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS));
    kill(pty_job(pty), SIGSEGV);
    assert_true(WIFSIGNALED(ended(pty)));
    pty_free(pty);
}

static void test_terminal_closed(void **state)
{
    (void)state;
    struct pty *pty = start_ready(NULL);
    pty_close_terminal(pty);
    assert_true(pty_wait_nothing_left(pty, PTY_LIMIT_MS));
    pty_free(pty);
}

int main(int argc, char **argv)
{
    const struct screen_options plain = {.sync = SCREEN_SYNC_ON};
    const struct screen_options asking = {.sync = SCREEN_SYNC_AUTO};
    const struct screen_options mouse = {.sync = SCREEN_SYNC_ON, .has_mouse = true};
    const char *kind = argc == 2 ? argv[1] : "";
    if (!strncmp(kind, "--screen", 8))
        return toy_screen_main(!strcmp(kind, "--screen-asking")  ? &asking
                               : !strcmp(kind, "--screen-mouse") ? &mouse
                                                                 : &plain);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_types),
        cmocka_unit_test(test_unusable_terminals),
        cmocka_unit_test(test_locales_and_no_color),
        cmocka_unit_test(test_cells_and_corner),
        cmocka_unit_test(test_same_frame_writes_nothing),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_paste_is_swallowed),
        cmocka_unit_test(test_random_input_is_harmless),
        cmocka_unit_test(test_signals_restore),
        cmocka_unit_test(test_resizes),
        cmocka_unit_test(test_absurd_sizes),
        cmocka_unit_test(test_suspend_and_back),
        cmocka_unit_test(test_stopped_from_outside),
        cmocka_unit_test(test_themes),
        cmocka_unit_test(test_synchronized_where_the_terminal_says_so),
        cmocka_unit_test(test_mouse_is_off_unless_asked_for),
        cmocka_unit_test(test_terminal_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
