#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/random.h"
#include "support_pty.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

// The real program on a real run, in a pseudo-terminal: whatever is killed, nothing is left behind
// and the terminal is as it was.

enum { LEFT_LIMIT_MS = 3000 };

static struct pty *start_at(const char *const *env, int w, int h)
{
    const char *const argv[] = {RACELANE, "run", "race", "--lock", "off", "--pace", "20ms", NULL};
    return pty_start(&(struct pty_options){.argv = argv, .env = env, .w = w, .h = h});
}

static struct pty *start(void)
{
    return start_at(NULL, 100, 30);
}

static struct pty *start_ready(void)
{
    struct pty *pty = start();
    if (!pty_wait_text(pty, "LOCK OFF", PTY_LIMIT_MS))
        fail_msg("no screen:\n%s", pty_screen(pty));
    return pty;
}

static bool is_gone_and_restored(struct pty *pty)
{
    return pty_wait_nothing_left(pty, LEFT_LIMIT_MS) && pty_wait_restored(pty, LEFT_LIMIT_MS);
}

static int status_at_end(struct pty *pty)
{
    int status = -1;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    if (!is_gone_and_restored(pty))
        fail_msg("left: %d processes; terminal reset: %d",
                 (int)pty_processes(pty, (pid_t[64]){0}, 64), pty_is_reset(pty));
    return status;
}

static void quit(struct pty *pty)
{
    pty_type(pty, "q");
    assert_int_equal(status_at_end(pty), 0);
    pty_free(pty);
}

// The guardian forks the UI first, and then, when asked, the host.
static pid_t child_of_guardian(struct pty *pty, int index)
{
    pid_t pids[64];
    size_t n = pty_processes(pty, pids, sizeof(pids) / sizeof(pids[0]));
    pid_t children[2] = {0, 0};
    int n_children = 0;
    for (pid_t least = 0; n_children < 2;) {
        pid_t next = 0;
        for (size_t i = 0; i < n; i++)
            if (pids[i] > least && (next == 0 || pids[i] < next) &&
                pty_parent_of(pids[i]) == pty_job(pty))
                next = pids[i];
        if (next == 0)
            break;
        children[n_children++] = least = next;
    }
    return children[index];
}

struct search {
    int index;
    pid_t found;
};

static bool has_child(struct pty *pty, void *context)
{
    struct search *search = context;
    search->found = child_of_guardian(pty, search->index);
    return search->found > 0;
}

enum victim { GUARDIAN, UI, HOST };

static pid_t process_of(struct pty *pty, enum victim victim)
{
    if (victim == GUARDIAN)
        return pty_job(pty);
    struct search search = {.index = victim == UI ? 0 : 1};
    assert_true(pty_wait(pty, has_child, &search, PTY_LIMIT_MS));
    return search.found;
}

// A run that has not begun yet cannot be paused, so the key may have to be pressed again.
static void pause_run(struct pty *pty)
{
    for (int i = 0; i < 20; i++) {
        pty_type(pty, " ");
        if (pty_wait_text(pty, "paused", 500)) {
            pty_settle(pty, 300);
            return;
        }
    }
    fail_msg("not paused:\n%s", pty_screen(pty));
}

static void test_starts_and_quits(void **state)
{
    (void)state;
    struct pty *pty = start_ready();
    assert_true(pty_is_alternate(pty));
    assert_false(pty_is_cursor_visible(pty));
    quit(pty);
}

static bool kill_survived(enum victim victim, struct random *random)
{
    struct pty *pty = start();
    if (random_below(random, 4))
        pty_wait_text(pty, "LOCK OFF", PTY_LIMIT_MS);
    uint64_t moment_ns = clock_now_ns() + random_below(random, 50 * (uint64_t)NS_PER_MS);
    while (clock_now_ns() < moment_ns)
        pty_pump(pty, 1);
    kill(process_of(pty, victim), SIGKILL);
    int status = 0;
    bool has_ended = pty_wait_ended(pty, &status, PTY_LIMIT_MS);
    bool is_right = WTERMSIG(status) == SIGKILL;
    bool is_clean = is_gone_and_restored(pty);
    if (!has_ended || !is_right || !is_clean)
        print_message("victim %d: ended %d, status %x, clean %d\n", (int)victim, has_ended,
                      (unsigned)status, is_clean);
    pty_free(pty);
    return has_ended && is_right && is_clean;
}

static void test_whoever_is_killed(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(20260702);
    const char *trials = getenv("RACELANE_KILLS");
    int n = trials ? atoi(trials) : 10;
    for (int victim = GUARDIAN; victim <= HOST; victim++) {
        struct random random = random_stream(seed, (uint64_t)victim);
        for (int i = 0; i < n; i++)
            if (!kill_survived((enum victim)victim, &random))
                fail_msg("victim %d, trial %d, RACELANE_SEED=%llu", victim, i,
                         (unsigned long long)seed);
    }
}

static void test_both_killed_then_repaired(void **state)
{
    (void)state;
    struct pty *pty = start_ready();
    pid_t ui = process_of(pty, UI);
    kill(pty_job(pty), SIGSTOP); // so that neither sees the other die
    kill(ui, SIGKILL);
    kill(pty_job(pty), SIGKILL);
    assert_true(pty_wait_nothing_left(pty, LEFT_LIMIT_MS));
    assert_false(pty_is_reset(pty));
    const char *const argv[] = {RACELANE, "--fix-terminal", NULL};
    assert_int_equal(pty_run_beside(pty, argv), 0);
    assert_true(pty_is_reset(pty));
    assert_int_equal(pty_modes(pty).c_lflag, pty_first_modes(pty)->c_lflag);
    pty_free(pty);
}

static void check_signal(enum victim victim, int signal)
{
    struct pty *pty = start_ready();
    kill(process_of(pty, victim), signal);
    int status = status_at_end(pty);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != signal)
        fail_msg("signal %d to %d: status %x", signal, (int)victim, (unsigned)status);
    pty_free(pty);
}

static void test_signals(void **state)
{
    (void)state;
    const int ends[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        check_signal(GUARDIAN, ends[i]);
        check_signal(UI, ends[i]);
    }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    check_signal(UI, SIGSEGV); // a sanitizer makes an exit of it
    check_signal(UI, SIGABRT);
#endif
}

static bool is_raw(struct pty *pty, void *context)
{
    (void)context;
    return pty_is_alternate(pty) && !(pty_modes(pty).c_lflag & (ICANON | ECHO));
}

static void test_suspend_and_back(void **state)
{
    (void)state;
    struct pty *pty = start_ready();
    for (int i = 0; i < 20; i++) {
        pty_type(pty, "\x1a");
        int signal = 0;
        assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
        assert_int_equal(signal, SIGTSTP);
        assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
        pty_cook(pty);
        pty_foreground(pty);
        assert_true(pty_wait(pty, is_raw, NULL, PTY_LIMIT_MS));
        assert_true(pty_wait_text(pty, "LOCK OFF", PTY_LIMIT_MS));
    }
    quit(pty);
}

static void test_stopped_from_outside(void **state)
{
    (void)state;
    struct pty *pty = start_ready();
    kill(pty_job(pty), SIGSTOP);
    int signal = 0;
    assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
    pty_cook(pty);
    pty_foreground(pty);
    assert_true(pty_wait(pty, is_raw, NULL, PTY_LIMIT_MS));

    kill(pty_job(pty), SIGTSTP);
    assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
    assert_true(pty_wait_restored(pty, PTY_LIMIT_MS));
    pty_foreground(pty);
    assert_true(pty_wait(pty, is_raw, NULL, PTY_LIMIT_MS));
    assert_true(pty_wait_text(pty, "LOCK OFF", PTY_LIMIT_MS));
    quit(pty);
}

// Everything is written anew and must come out the same.
static void test_resizes_while_running(void **state)
{
    (void)state;
    uint64_t seed = pty_seed(11);
    struct random random = random_stream(seed, 3);
    struct pty *pty = start_ready();
    for (int i = 0; i < 1000; i++) {
        int w = 1 + (int)random_below(&random, 200);
        int h = 1 + (int)random_below(&random, 60);
        pty_resize(pty, w, h);
        pty_pump(pty, 0);
    }
    pty_settle(pty, 10);
    pty_resize(pty, 100, 30);
    assert_true(pty_wait_text(pty, "LOCK OFF", PTY_LIMIT_MS));
    pause_run(pty);
    char *before = pty_screen(pty);
    pty_type(pty, "\f");
    pty_settle(pty, 300);
    char *after = pty_screen(pty);
    if (strcmp(before, after) != 0)
        fail_msg("RACELANE_SEED=%llu\n%s\nbut all written anew\n%s", (unsigned long long)seed,
                 before, after);
    free(before);
    free(after);
    quit(pty);
}

static void test_paused_writes_nothing(void **state)
{
    (void)state;
    struct pty *pty = start_ready();
    pause_run(pty);
    uint64_t before = pty_bytes(pty);
    uint64_t until_ns = clock_now_ns() + NS_PER_S;
    while (clock_now_ns() < until_ns)
        pty_pump(pty, 10);
    assert_int_equal(pty_bytes(pty), before);
    quit(pty);
}

static void test_terminal_closed(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct pty *pty = start_ready();
        pty_close_terminal(pty);
        assert_true(pty_wait_nothing_left(pty, LEFT_LIMIT_MS));
        pty_free(pty);
    }
}

static void test_unusable_terminals(void **state)
{
    (void)state;
    const char *const terms[] = {"TERM", "TERM=dumb", "TERM=no-such-terminal"};
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        const char *const env[] = {terms[i], NULL};
        struct pty *pty = start_at(env, 160, 24); // the message on one line
        int status = status_at_end(pty);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 3);
        assert_true(pty_wait_text(pty, "racelane report", PTY_LIMIT_MS));
        pty_free(pty);
    }
}

static void test_terminal_types(void **state)
{
    (void)state;
    static const char *const settings[] = {"TERM=xterm-256color", "TERM=screen", "TERM=vt100",
                                           "TERM=linux",          "NO_COLOR=1",  "LC_ALL=C"};
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        const char *const env[] = {settings[i], NULL};
        struct pty *pty = start_at(env, 0, 0);
        if (!pty_wait_text(pty, "LOCK OFF", PTY_LIMIT_MS))
            fail_msg("%s:\n%s", settings[i], pty_screen(pty));
        quit(pty);
    }
}

static void test_small_and_absurd_sizes(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1, 80}, {24, 1}, {2, 2}, {39, 9}, {0, 0}, {5000, 5000}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct pty *pty = start_at(NULL, 80, 24);
        pty_tell_size(pty, sizes[i][0], sizes[i][1]);
        assert_true(pty_wait(pty, is_raw, NULL, PTY_LIMIT_MS));
        pty_settle(pty, 100);
        quit(pty);
    }
}

static bool is_away_from_lanes(struct pty *pty, void *unused)
{
    (void)unused;
    return pty_has_text(pty, "─ moment of ") || pty_has_text(pty, "─ locks ");
}

// By way of the locks, and of the moment too if these two lanes lost an update, as they may.
static void tab_to_orders(struct pty *pty)
{
    pty_type(pty, "\t");
    assert_true(pty_wait(pty, is_away_from_lanes, NULL, PTY_LIMIT_MS));
    if (pty_has_text(pty, "─ moment of ")) {
        pty_type(pty, "\t");
        assert_true(pty_wait_text(pty, "─ locks ", PTY_LIMIT_MS));
    }
    pty_type(pty, "\t");
}

// The grain reaches the orders, and what is played there stays in the program.
static void test_orders_by_access(void **state)
{
    (void)state;
    const char *const argv[] = {RACELANE, "run", "race", "--set", "N=1", "--grain", "access", NULL};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .w = 100, .h = 30});
    assert_true(pty_wait_text(pty, "LOCK OFF", PTY_LIMIT_MS));
    assert_true(pty_wait_text(pty, "ended", PTY_LIMIT_MS));
    tab_to_orders(pty);
    assert_true(pty_wait_text(pty, "every interleaving, by access", PTY_LIMIT_MS));
    assert_true(pty_wait_text(pty, "all 6 schedules", PTY_LIMIT_MS));
    pty_type(pty, "\r");
    assert_true(pty_wait_text(pty, "a shortest schedule that ends so", PTY_LIMIT_MS));
    quit(pty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_and_quits),
        cmocka_unit_test(test_whoever_is_killed),
        cmocka_unit_test(test_both_killed_then_repaired),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_suspend_and_back),
        cmocka_unit_test(test_stopped_from_outside),
        cmocka_unit_test(test_resizes_while_running),
        cmocka_unit_test(test_paused_writes_nothing),
        cmocka_unit_test(test_terminal_closed),
        cmocka_unit_test(test_unusable_terminals),
        cmocka_unit_test(test_terminal_types),
        cmocka_unit_test(test_small_and_absurd_sizes),
        cmocka_unit_test(test_orders_by_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
