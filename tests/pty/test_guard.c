#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/random.h"
#include "guard/guard.h"
#include "support_pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// The program under test is this one, started again as `--toy`: a UI that puts the terminal into
// the state that full-screen programs do, and a host with four thread lanes and two process lanes
// that count in sealed memory.

enum { THREADS = 4, PROCESSES = 2, LEFT_LIMIT_MS = 3000 };

struct counters {
    _Atomic uint64_t lane[THREADS + PROCESSES];
};

static volatile sig_atomic_t end_signal;
static volatile sig_atomic_t continued;

static void on_end(int signal)
{
    end_signal = signal;
}

static void on_continue(int signal)
{
    (void)signal;
    continued = 1;
}

static void say(const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t written = write(STDOUT_FILENO, text, left);
        if (written < 0 && errno != EINTR)
            _exit(9);
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
}

static struct counters *map(int memory_fd)
{
    void *memory =
        mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void *count(void *lane)
{
    _Atomic uint64_t *counter = lane;
    while (atomic_fetch_add_explicit(counter, 1, memory_order_relaxed) != UINT64_MAX)
        ;
    return NULL;
}

static int toy_host(void *context, int memory_fd)
{
    (void)context;
    prctl(PR_SET_NAME, "toy-host");
    setpriority(PRIO_PROCESS, 0, 10);
    struct counters *counters = map(memory_fd);
    if (!counters)
        return 1;
    pid_t host = getpid();
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != host)
                _exit(1);
            prctl(PR_SET_NAME, "toy-lane");
            count(&counters->lane[THREADS + i]);
        }
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, count, &counters->lane[i]))
            return 1;
    for (;;)
        pause();
}

static int sealed_memory(void)
{
    int fd = memfd_create("toy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, sizeof(struct counters)) ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        _exit(9);
    return fd;
}

static void enter(const struct termios *saved)
{
    struct termios raw = *saved;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    say("\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?1h\x1b=\x1b[H");
}

static void leave(const struct termios *saved)
{
    say(guard_reset_bytes);
    tcsetattr(STDIN_FILENO, TCSANOW, saved);
}

static void await_lanes(int channel, const struct counters *counters)
{
    int status;
    for (int i = 0; i < THREADS + PROCESSES; i++)
        while (!atomic_load_explicit(&counters->lane[i], memory_order_relaxed) && !end_signal &&
               !guard_ui_host_ended(channel, &status))
            poll(NULL, 0, 1);
}

static void start_host(int channel, int fd, const struct counters *counters)
{
    struct error err = {.text = ""};
    if (!guard_ui_start_host(channel, fd, &err)) {
        say(err.text);
        return;
    }
    await_lanes(channel, counters);
    say("ready\r\n");
}

struct toy {
    int channel, memory_fd;
    struct counters *counters;
    struct termios saved;
    int suspensions, continuations;
};

static void redraw(const struct toy *toy)
{
    char line[64];
    enter(&toy->saved);
    snprintf(line, sizeof(line), "\x1b[2Jback %d\r\ncontinued %d\r\n", toy->suspensions,
             toy->continuations);
    say(line);
}

// Returns the exit status, or -1 to go on.
static int obey(struct toy *toy, char key)
{
    if (key == 'q' || key == 'x')
        return key == 'x' ? 7 : 0;
    if (key == 'r') {
        guard_ui_stop_host(toy->channel);
        memset(toy->counters, 0, sizeof(*toy->counters));
        say("\x1b[2J");
        start_host(toy->channel, toy->memory_fd, toy->counters);
    } else if (key == 'n') {
        start_host(toy->channel, -1, toy->counters);
    } else if (key == 'z') {
        leave(&toy->saved);
        guard_ui_suspend(toy->channel);
        toy->suspensions++;
        redraw(toy);
    }
    return -1;
}

static int toy_loop(struct toy *toy)
{
    bool has_told = false;
    while (!end_signal) {
        struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(&ready, 1, 20) < 0 && errno != EINTR)
            return 9;
        char key;
        if (ready.revents && read(STDIN_FILENO, &key, 1) != 1)
            return 9;
        int status = ready.revents ? obey(toy, key) : -1;
        if (status >= 0)
            return status;
        if (continued) {
            continued = 0;
            toy->continuations++;
            redraw(toy);
        }
        int ended;
        int again;
        if (!has_told && guard_ui_host_ended(toy->channel, &ended) &&
            guard_ui_host_ended(toy->channel, &again) && ended == again) {
            has_told = true;
            say(WIFSIGNALED(ended) ? "host killed\r\n" : "host gone\r\n");
        }
    }
    return 128 + end_signal;
}

static int toy_ui(void *context, int channel)
{
    const char *kind = context;
    prctl(PR_SET_NAME, "toy-ui");
    struct sigaction action = {.sa_handler = on_end};
    if (!strcmp(kind, "deaf"))
        action.sa_handler = SIG_IGN;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGSEGV, SIG_DFL); // sanitizers would make an exit of it
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, NULL);
    struct toy toy = {.channel = channel, .memory_fd = sealed_memory()};
    toy.counters = map(toy.memory_fd);
    if (!toy.counters || tcgetattr(STDIN_FILENO, &toy.saved))
        return 9;
    enter(&toy.saved);
    start_host(channel, toy.memory_fd, toy.counters);
    int status = toy_loop(&toy);
    leave(&toy.saved);
    return status;
}

static int toy_main(const char *kind)
{
    union {
        const char *in;
        void *out;
    } same = {.in = kind};
    struct guard_roles roles = {.ui = toy_ui, .host = toy_host, .context = same.out};
    struct error err;
    int status = guard_supervise(&roles, &err);
    if (status < 0)
        fprintf(stderr, "%s\n", err.text);
    return status;
}

// ---------------------------------------------------------------------------------------------

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

static bool is_restored(struct pty *pty, void *context)
{
    (void)context;
    struct termios now = pty_modes(pty);
    return pty_is_reset(pty) && pty_same_modes(&now, pty_first_modes(pty));
}

static bool is_gone_and_restored(struct pty *pty, uint64_t *worst_ns)
{
    uint64_t began_ns = clock_now_ns();
    bool is_gone = pty_wait_nothing_left(pty, LEFT_LIMIT_MS);
    uint64_t took_ns = clock_now_ns() - began_ns;
    if (worst_ns && took_ns > *worst_ns)
        *worst_ns = took_ns;
    return is_gone && pty_wait(pty, is_restored, NULL, LEFT_LIMIT_MS);
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
    assert_false(is_restored(pty, NULL));
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
        assert_true(pty_wait(pty, is_restored, NULL, LEFT_LIMIT_MS));
        if (i % 2)
            pty_cook(pty);
        char line[32];
        snprintf(line, sizeof(line), "back %d", i);
        pty_foreground(pty);
        assert_true(pty_wait_text(pty, line, PTY_LIMIT_MS));
        assert_true(pty_wait(pty, is_raw_again, NULL, PTY_LIMIT_MS));
    }
    pty_type(pty, "q");
    int status = -1;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    assert_true(is_gone_and_restored(pty, NULL));
    pty_free(pty);
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
    pty_type(pty, "q");
    int status = -1;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    assert_true(is_gone_and_restored(pty, NULL));
    pty_free(pty);
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
    pty_type(pty, "q");
    int status = -1;
    assert_true(pty_wait_ended(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    assert_true(is_gone_and_restored(pty, NULL));
    pty_free(pty);
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
        cmocka_unit_test(test_terminal_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
