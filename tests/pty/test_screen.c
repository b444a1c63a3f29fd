#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "support_pty.h"
#include "support_toy_screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
        if (!toy_is_installed(types[i].term + strlen("TERM="))) {
            print_message("%s: not installed here\n", types[i].term);
            continue;
        }
        struct pty *pty = toy_start(TOY_SCREEN, env, 0, 0);
        if (!pty_wait_text(pty, types[i].shows, PTY_LIMIT_MS))
            fail_msg("%s:\n%s", types[i].term, pty_screen(pty));
        toy_finish(pty);
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
        struct pty *pty = toy_start(TOY_SCREEN, env, 0, 0);
        int status = toy_ended(pty);
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
        struct pty *pty = toy_start_ready(envs[i]);
        assert_true(pty_has_text(pty, shows[i]));
        for (int y = 0; y < 24; y++)
            for (int x = 0; x < 80; x++) {
                VTermScreenCell cell = pty_cell(pty, x, y);
                assert_true(cell.chars[0] < 0x80 || i == 2);
                assert_true(i != 2 || VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
                assert_true(i != 2 || VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
            }
        toy_finish(pty);
    }
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
    struct pty *pty = toy_start_ready(NULL);
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
    toy_finish(pty);
}

static void test_paste_is_swallowed(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
    assert_true(pty_private_mode(pty, 2004));
    pty_type(pty, "a\x1b[200~QQQ\x1b[Aq\x03\r\x1b[201~b");
    assert_true(pty_wait_text(pty, "keys 2: a b", PTY_LIMIT_MS));
    toy_finish(pty);
}

static void test_random_input_is_harmless(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(77);
    struct random random = random_stream(seed, 1);
    struct pty *pty = toy_start_ready(NULL);
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
    toy_finish(pty);
}

static void test_signals_restore(void **state)
{
    (void)state;
    const int signals[] = {SIGTERM, SIGHUP,  SIGINT, SIGQUIT, SIGSEGV,
                           SIGBUS,  SIGABRT, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct pty *pty = toy_start_ready(NULL);
        assert_false(pty_is_reset(pty));
        kill(pty_job(pty), signals[i]);
        int status = toy_ended(pty);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != signals[i])
            fail_msg("signal %d: status %x", signals[i], (unsigned)status);
        pty_free(pty);
    }
}

static void test_resizes(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(5);
    struct random random = random_stream(seed, 2);
    struct pty *pty = toy_start_ready(NULL);
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
    toy_assert_like_fresh(pty, 90, 30);
    toy_finish(pty);
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
    struct pty *pty = toy_start_ready(NULL);
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
    toy_finish(pty);
}

static void test_suspend_and_back(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
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
    toy_finish(pty);
}

static bool is_raw(struct pty *pty, void *context)
{
    (void)context;
    return pty_is_alternate(pty) && !(pty_modes(pty).c_lflag & (ICANON | ECHO));
}

static void test_stopped_from_outside(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
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
    toy_finish(pty);
}

static void test_mouse_is_off_unless_asked_for(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
    assert_int_equal(pty_mouse(pty), VTERM_PROP_MOUSE_NONE);
    toy_finish(pty);
    pty = toy_start(TOY_MOUSE, NULL, 0, 0);
    assert_true(pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS));
    assert_int_equal(pty_mouse(pty), VTERM_PROP_MOUSE_CLICK);
    assert_true(pty_private_mode(pty, 1006));
    // A press; its release and the other buttons are nothing.
    pty_type(pty, "\x1b[<0;3;4M\x1b[<0;3;4m\x1b[<2;3;4M\x1b[<64;80;24M\x1b[<65;1;1Mw");
    assert_true(
        pty_wait_text(pty, "keys 4: click@2,3 wheel-up@79,23 wheel-down@0,0 w", PTY_LIMIT_MS));
    toy_finish(pty); // restored
    pty = toy_start(TOY_MOUSE, NULL, 0, 0);
    assert_true(pty_wait_text(pty, "keys 0:", PTY_LIMIT_MS));
    kill(pty_job(pty), SIGSEGV);
    assert_true(WIFSIGNALED(toy_ended(pty)));
    pty_free(pty);
}

static void test_terminal_closed(void **state)
{
    (void)state;
    struct pty *pty = toy_start_ready(NULL);
    pty_close_terminal(pty);
    assert_true(pty_wait_nothing_left(pty, PTY_LIMIT_MS));
    pty_free(pty);
}

int main(int argc, char **argv)
{
    if (toy_is_asked_for(argc, argv))
        return toy_screen_main(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_types),
        cmocka_unit_test(test_unusable_terminals),
        cmocka_unit_test(test_locales_and_no_color),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_paste_is_swallowed),
        cmocka_unit_test(test_random_input_is_harmless),
        cmocka_unit_test(test_signals_restore),
        cmocka_unit_test(test_resizes),
        cmocka_unit_test(test_absurd_sizes),
        cmocka_unit_test(test_suspend_and_back),
        cmocka_unit_test(test_stopped_from_outside),
        cmocka_unit_test(test_mouse_is_off_unless_asked_for),
        cmocka_unit_test(test_terminal_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
