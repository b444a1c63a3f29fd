#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/random.h"
#include "guard/guard.h"
#include "support_pty.h"
#include "support_toy_guard.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// The program under test is this one, started again as `--toy`.

enum { LEFT_LIMIT_MS = 3000 };

static struct pty *start_toy(const char *kind)
{
    const char *const argv[] = {"/proc/self/exe", "--toy", kind, NULL};
    return pty_start(&(struct pty_options){.argv = argv});
}

static struct pty *start_ready(const char *kind)
{
    struct pty *pty = start_toy(kind);
    assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    assert_true(pty_is_alternate(pty));
    return pty;
}

static bool find(struct pty *pty, void *context)
{
    pid_t pids[32];
    size_t n = pty_processes(pty, pids, 32);
    for (size_t i = 0; i < n; i++)
        if (pty_process_is(pids[i], context))
            return true;
    return false;
}

static pid_t process_named(struct pty *pty, const char *name)
{
    char copy[16];
    snprintf(copy, sizeof(copy), "%s", name);
    if (!strcmp(name, "guardian"))
        return pty_job(pty);
    assert_true(pty_wait(pty, find, copy, PTY_LIMIT_MS));
    pid_t pids[32];
    size_t n = pty_processes(pty, pids, 32);
    for (size_t i = 0; i < n; i++)
        if (pty_process_is(pids[i], name))
            return pids[i];
    return -1;
}

static bool is_gone_and_restored(struct pty *pty, uint64_t *worst_ns)
{
    uint64_t began_ns = clock_now_ns();
    bool is_gone = pty_wait_nothing_left(pty, LEFT_LIMIT_MS);
    uint64_t took_ns = clock_now_ns() - began_ns;
    if (worst_ns && took_ns > *worst_ns)
        *worst_ns = took_ns;
    return is_gone && pty_wait_restored(pty, LEFT_LIMIT_MS);
}

static void quit(struct pty *pty)
{
    pty_type(pty, "q");
    int status = -1;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    assert_true(is_gone_and_restored(pty, NULL));
    pty_free(pty);
}

// One trial: a victim is killed at a random moment.
static bool kill_survived(const char *victim, struct random *random, uint64_t *worst_ns)
{
    struct pty *pty = start_toy("plain");
    if (random_below(random, 4))
        pty_wait_text(pty, "ready", PTY_LIMIT_MS);
    uint64_t moment_ns = clock_now_ns() + random_below(random, 20 * (uint64_t)NS_PER_MS);
    while (clock_now_ns() < moment_ns)
        pty_pump(pty, 1);
    bool is_host = !strcmp(victim, "toy-host");
    kill(process_named(pty, victim), SIGKILL);
    bool is_told = true;
    if (is_host) {
        is_told = pty_wait_text(pty, "host killed", PTY_LIMIT_MS);
        pty_type(pty, "q");
    }
    int status = 0;
    bool has_ended = pty_wait_ended(pty, &status, PTY_LIMIT_MS);
    bool is_right = is_host ? status == 0 : WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    bool is_clean = is_gone_and_restored(pty, worst_ns);
    if (!is_told || !has_ended || !is_right || !is_clean)
        print_message("%s: told %d, ended %d, status %x, clean %d\n", victim, is_told, has_ended,
                      (unsigned)status, is_clean);
    pty_free(pty);
    return is_told && has_ended && is_right && is_clean;
}

static void test_whoever_is_killed(void **state)
{
    (void)state;
    const char *const victims[] = {"toy-ui", "toy-host", "guardian"};
    uint64_t seed = pty_seed(20260701);
    const char *trials = getenv("RACELANE_KILLS");
    int n = trials ? atoi(trials) : 20;
    for (size_t v = 0; v < 3; v++) {
        struct random random = random_stream(seed, v);
        uint64_t worst_ns = 0;
        for (int i = 0; i < n; i++)
            if (!kill_survived(victims[v], &random, &worst_ns))
                fail_msg("%s, trial %d, RACELANE_SEED=%llu", victims[v], i,
                         (unsigned long long)seed);
        print_message("%s killed %d times: all gone after at most %u ms\n", victims[v], n,
                      (unsigned)(worst_ns / NS_PER_MS));
    }
}

static void test_both_killed_then_repaired(void **state)
{
    (void)state;
    struct pty *pty = start_ready("plain");
    pid_t ui = process_named(pty, "toy-ui");
    kill(pty_job(pty), SIGSTOP); // so that neither sees the other die
    kill(ui, SIGKILL);
    kill(pty_job(pty), SIGKILL);
    assert_true(pty_wait_nothing_left(pty, LEFT_LIMIT_MS));
    assert_false(pty_is_restored(pty));
    const char *const argv[] = {"/proc/self/exe", "--fix-terminal", NULL};
    assert_int_equal(pty_run_beside(pty, argv), 0);
    assert_true(pty_is_reset(pty));
    struct termios now = pty_modes(pty);
    const struct termios *first = pty_first_modes(pty);
    assert_int_equal(now.c_lflag, first->c_lflag);
    assert_int_equal(now.c_oflag, first->c_oflag);
    assert_int_equal(now.c_iflag & first->c_iflag, first->c_iflag);
    assert_memory_equal(now.c_cc, first->c_cc, sizeof(now.c_cc));
    pty_free(pty);
}

static void check_signal(const char *victim, const char *kind, int signal)
{
    struct pty *pty = start_ready(kind);
    kill(process_named(pty, victim), signal);
    int status = 0;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    if (!WIFSIGNALED(status) || WTERMSIG(status) != signal)
        fail_msg("%s, signal %d: status %x", victim, signal, (unsigned)status);
    if (!is_gone_and_restored(pty, NULL))
        fail_msg("%s, signal %d: not clean", victim, signal);
    pty_free(pty);
}

static void test_signals_to_ui(void **state)
{
    (void)state;
    const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        check_signal("toy-ui", "plain", signals[i]);
}

static void test_signals_to_guardian(void **state)
{
    (void)state;
    const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        check_signal("guardian", "plain", signals[i]);
    check_signal("guardian", "deaf", SIGTERM);
}

static void test_stopped_ui_is_ended(void **state)
{
    (void)state;
    struct pty *pty = start_ready("plain");
    kill(process_named(pty, "toy-ui"), SIGSTOP);
    kill(pty_job(pty), SIGTERM);
    int status = 0;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_true(is_gone_and_restored(pty, NULL));
    pty_free(pty);
}

static void test_exit_status_is_the_uis(void **state)
{
    (void)state;
    struct pty *pty = start_ready("plain");
    pty_type(pty, "x");
    int status = 0;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_true(is_gone_and_restored(pty, NULL));
    pty_free(pty);
}

static bool is_raw_again(struct pty *pty, void *context)
{
    (void)context;
    return pty_is_alternate(pty) && !(pty_modes(pty).c_lflag & (ICANON | ECHO));
}

static void test_suspend_and_back(void **state)
{
    (void)state;
    struct pty *pty = start_ready("plain");
    for (int i = 1; i <= 20; i++) {
        pty_type(pty, "z");
        int signal = 0;
        assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
        assert_int_equal(signal, SIGTSTP);
        assert_true(pty_wait_restored(pty, LEFT_LIMIT_MS));
        if (i % 2)
            pty_cook(pty);
        char line[32];
        snprintf(line, sizeof(line), "back %d", i);
        pty_foreground(pty);
        assert_true(pty_wait_text(pty, line, PTY_LIMIT_MS));
        assert_true(pty_wait(pty, is_raw_again, NULL, PTY_LIMIT_MS));
    }
    quit(pty);
}

static void test_killed_while_suspended(void **state)
{
    (void)state;
    struct pty *pty = start_ready("plain");
    pty_type(pty, "z");
    int signal = 0;
    assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
    kill(pty_job(pty), SIGKILL);
    pty_foreground(pty);
    int status = 0;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_true(is_gone_and_restored(pty, NULL));
    pty_free(pty);
}

static void test_stopped_from_outside(void **state)
{
    (void)state;
    struct pty *pty = start_ready("plain");
    kill(pty_job(pty), SIGSTOP);
    int signal = 0;
    assert_true(pty_wait_stopped(pty, &signal, PTY_LIMIT_MS));
    assert_int_equal(signal, SIGSTOP);
    pty_cook(pty);
    pty_foreground(pty);
    assert_true(pty_wait_text(pty, "continued ", PTY_LIMIT_MS));
    assert_true(pty_wait(pty, is_raw_again, NULL, PTY_LIMIT_MS));

    pid_t ui = process_named(pty, "toy-ui");
    kill(ui, SIGSTOP);
    kill(ui, SIGCONT);
    quit(pty);
}

static void test_host_again(void **state)
{
    (void)state;
    struct pty *pty = start_ready("plain");
    kill(process_named(pty, "toy-host"), SIGKILL);
    assert_true(pty_wait_text(pty, "host killed", PTY_LIMIT_MS));
    for (int i = 0; i < 3; i++) {
        pty_type(pty, "r");
        assert_true(pty_wait_no_text(pty, "host killed", PTY_LIMIT_MS));
        assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    }
    pty_type(pty, "n");
    assert_true(pty_wait_text(pty, "did not arrive", PTY_LIMIT_MS));
    quit(pty);
}

// As `report` does it: no guardian, no screen.
static void test_host_of_our_own(void **state)
{
    (void)state;
    struct error err;
    struct guard_roles roles = {.host = toy_host};
    struct guard_host host = GUARD_NO_HOST;
    int status = 0;
    assert_false(guard_host_ended(&host, &status));
    guard_host_kill(&host);

    int fd = toy_memory();
    struct toy_counters *counters = toy_map(fd);
    assert_true(guard_host_start(&host, &roles, fd, &err));
    for (int i = 0; i < TOY_LANES; i++)
        while (!atomic_load_explicit(&counters->lane[i], memory_order_relaxed))
            assert_false(guard_host_ended(&host, &status));
    guard_host_kill(&host);
    assert_int_equal(host.pid, 0);
    assert_int_equal(host.pidfd, -1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); // its process lanes are reaped too

    assert_true(guard_host_start(&host, &roles, fd, &err));
    kill(host.pid, SIGTERM);
    while (!guard_host_ended(&host, &status))
        poll(NULL, 0, 1);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    munmap(counters, sizeof(*counters));
    close(fd);
}

static void test_terminal_closed(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct pty *pty = start_ready("plain");
        pty_close_terminal(pty);
        assert_true(pty_wait_nothing_left(pty, LEFT_LIMIT_MS));
        pty_free(pty);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--toy"))
        return toy_main(argv[2]);
    if (argc == 2 && !strcmp(argv[1], "--fix-terminal"))
        return !guard_fix_terminal(&(struct error){.text = ""});
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whoever_is_killed),
        cmocka_unit_test(test_both_killed_then_repaired),
        cmocka_unit_test(test_signals_to_ui),
        cmocka_unit_test(test_signals_to_guardian),
        cmocka_unit_test(test_stopped_ui_is_ended),
        cmocka_unit_test(test_exit_status_is_the_uis),
        cmocka_unit_test(test_suspend_and_back),
        cmocka_unit_test(test_killed_while_suspended),
        cmocka_unit_test(test_stopped_from_outside),
        cmocka_unit_test(test_host_again),
        cmocka_unit_test(test_host_of_our_own),
        cmocka_unit_test(test_terminal_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
