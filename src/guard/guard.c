#include "guard/guard.h"

#include "base/clock.h"
#include "guard/channel.h"
#include "guard/child.h"
#include "guard/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_FAILED = 3, UI_LIMIT_MS = 400, BACKGROUND_NS = 20 * NS_PER_MS };

struct guardian {
    const struct guard_roles *roles;
    struct terminal terminal;
    int channel;   // -1: the UI has closed its end
    int signals;   // signalfd
    sigset_t ends; // signals that end the program: those that were not ignored at the start
    pid_t ui;
    int ui_pidfd;
    bool ui_ended;
    int ui_status;
    int end_signal;      // 0: none asked for an end
    uint64_t kill_ui_ns; // once an end was asked for: the UI's last moment
    struct guard_host host;
};

static bool check_start(struct error *err)
{
    if (geteuid() != getuid() || getegid() != getgid())
        return error_set(err, "racelane does not run setuid or setgid; start it as yourself");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            return error_set(err, "standard input, output and error must be open; use </dev/null");
    return true;
}

// Everything is blocked and read from one descriptor: so there are no handlers, and nothing can
// stop or end the guardian between two steps.
static bool block_signals(struct guardian *g, sigset_t *old, struct error *err)
{
    sigset_t all;
    sigfillset(&all);
    sigemptyset(&g->ends);
    const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct sigaction action;
        if (!sigaction(ends[i], NULL, &action) && action.sa_handler != SIG_IGN)
            sigaddset(&g->ends, ends[i]);
    }
    // A fault of our own must still end us.
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&all, faults[i]);
    sigprocmask(SIG_BLOCK, &all, old);
    g->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (g->signals >= 0)
        return true;
    error_errno(err, "signals cannot be read from a descriptor");
    sigprocmask(SIG_SETMASK, old, NULL);
    return false;
}

// Ends this process by the signal, so that the shell learns it, but without a second core file.
// Returns where the signal does not end a process.
static void die_by(int signal_number)
{
    prctl(PR_SET_DUMPABLE, 0);
    signal(signal_number, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal_number);
    kill(getpid(), signal_number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static _Noreturn void run_ui(const struct guardian *g, int channel, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
        _exit(STATUS_FAILED);
    child_reset_signals();
    // When the guardian is gone the shell takes the terminal; restoring it must not stop us.
    signal(SIGTTOU, SIG_IGN);
    close(g->signals);
    close(g->channel);
    if (g->terminal.is_own)
        close(g->terminal.fd);
    int status = g->roles->ui(g->roles->context, channel);
    fflush(NULL);
    if (status > 128 && status <= 128 + SIGRTMAX)
        die_by(status - 128);
    _exit(status);
}

static bool start_ui(struct guardian *g, struct error *err)
{
    int ends[2];
    if (!channel_open(ends, err))
        return false;
    g->channel = ends[0];
    pid_t parent = getpid();
    fflush(NULL);
    g->ui = fork();
    if (g->ui == 0)
        run_ui(g, ends[1], parent);
    int reason = errno;
    close(ends[1]);
    g->ui_pidfd = g->ui > 0 ? child_open_pidfd(g->ui) : -1;
    if (g->ui_pidfd >= 0)
        return true;
    if (g->ui < 0) {
        errno = reason;
        error_errno(err, "no process for the screen could be started");
    } else {
        error_errno(err, "processes cannot be watched here (Linux 5.3 or newer is needed)");
        kill(g->ui, SIGKILL);
        waitpid(g->ui, &g->ui_status, 0);
    }
    close(g->channel);
    return false;
}

static void end_host(struct guardian *g)
{
    int status;
    if (child_kill_host(&g->host))
        child_reap_host(&g->host, 0, &status);
}

// Stops this process as Ctrl-Z does, until the shell continues it. In a process group without a
// shell that could, the kernel ignores the signal, and so we go on at once.
static void stop_here(void)
{
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    kill(getpid(), SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stop, NULL);
    sigprocmask(SIG_BLOCK, &stop, NULL);
}

static bool is_asked_to_end(const struct guardian *g)
{
    sigset_t pending, asked;
    return !sigpending(&pending) && !sigandset(&asked, &pending, &g->ends) &&
           !sigisemptyset(&asked);
}

// Until the shell has put the job into the foreground again: `bg` is no reason to draw.
static void suspend_here(const struct guardian *g)
{
    for (;;) {
        stop_here();
        if (!terminal_is_background() || is_asked_to_end(g))
            return;
        clock_sleep_until(clock_now_ns() + BACKGROUND_NS);
    }
}

static void answer(struct guardian *g, enum message_kind kind)
{
    channel_send(g->channel, &(struct message){.kind = kind}, -1);
}

static void serve_start(struct guardian *g, int memory_fd)
{
    struct error err = {.text = ""};
    end_host(g);
    if (memory_fd >= 0 && guard_host_start(&g->host, g->roles, memory_fd, &err)) {
        answer(g, MESSAGE_STARTED);
        return;
    }
    struct message refusal = {.kind = MESSAGE_REFUSED};
    snprintf(refusal.text, sizeof(refusal.text), "%s",
             err.text[0] ? err.text : "the run's memory did not arrive at the guardian");
    channel_send(g->channel, &refusal, -1);
}

static void serve(struct guardian *g)
{
    struct message request;
    int memory_fd;
    enum channel_result result = channel_receive(g->channel, &request, &memory_fd, CHANNEL_POLL);
    if (result == CHANNEL_NOTHING)
        return;
    if (result == CHANNEL_CLOSED) {
        close(g->channel);
        g->channel = -1;
        return;
    }
    if (request.kind == MESSAGE_START) {
        serve_start(g, memory_fd);
    } else if (request.kind == MESSAGE_STOP) {
        end_host(g);
        answer(g, MESSAGE_STOPPED);
    } else if (request.kind == MESSAGE_SUSPEND) {
        suspend_here(g);
        answer(g, MESSAGE_RESUMED);
    }
    if (memory_fd >= 0)
        close(memory_fd);
}

static void reap(struct guardian *g)
{
    for (;;) {
        siginfo_t child = {.si_pid = 0};
        if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) || child.si_pid == 0)
            return;
        struct message ended = {.kind = MESSAGE_HOST_ENDED};
        if (child.si_pid == g->ui) {
            waitpid(g->ui, &g->ui_status, 0);
            g->ui_ended = true;
        } else if (child.si_pid == g->host.pid && child_reap_host(&g->host, 0, &ended.status)) {
            channel_send(g->channel, &ended, -1);
        } else {
            waitpid(child.si_pid, NULL, WNOHANG); // a lane of a host that is gone
        }
    }
}

static void take_signals(struct guardian *g)
{
    struct signalfd_siginfo info;
    while (read(g->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        int signal = (int)info.ssi_signo;
        if (signal == SIGTSTP) {
            child_signal(g->ui_pidfd, SIGTSTP); // it leaves the screen, then asks to be suspended
        } else if (signal == SIGCONT) {
            child_signal(g->ui_pidfd, SIGCONT); // it takes the screen back
        } else if (sigismember(&g->ends, signal) == 1 && !g->end_signal) {
            g->end_signal = signal;
            g->kill_ui_ns = clock_now_ns() + UI_LIMIT_MS * (uint64_t)NS_PER_MS;
            child_signal(g->ui_pidfd, SIGTERM);
            child_signal(g->ui_pidfd, SIGCONT); // a stopped process would not see it
        }
    }
}

static int wait_limit_ms(const struct guardian *g)
{
    if (!g->end_signal)
        return -1;
    uint64_t now_ns = clock_now_ns();
    return now_ns < g->kill_ui_ns ? (int)((g->kill_ui_ns - now_ns) / NS_PER_MS) + 1 : 0;
}

static void watch(struct guardian *g)
{
    while (!g->ui_ended) {
        struct pollfd ready[] = {{.fd = g->signals, .events = POLLIN},
                                 {.fd = g->channel, .events = POLLIN}};
        int limit_ms = wait_limit_ms(g);
        poll(ready, sizeof(ready) / sizeof(ready[0]), limit_ms);
        if (limit_ms == 0)
            child_signal(g->ui_pidfd, SIGKILL);
        take_signals(g);
        if (ready[1].revents && g->channel >= 0)
            serve(g);
        reap(g);
    }
}

// The host is told first and waited for last, so that the terminal is not kept waiting.
static void clean_up(struct guardian *g)
{
    child_kill_host(&g->host);
    bool ended_itself = WIFEXITED(g->ui_status) && !terminal_is_changed(&g->terminal);
    terminal_restore(&g->terminal, ended_itself ? TERMINAL_MODES : TERMINAL_MODES_AND_SCREEN);
    int status;
    child_reap_host(&g->host, 0, &status);
    child_reap_orphans();
    terminal_close(&g->terminal);
    close(g->ui_pidfd);
    close(g->signals);
    if (g->channel >= 0)
        close(g->channel);
}

int guard_supervise(const struct guard_roles *roles, struct error *err)
{
    struct guardian g = {.roles = roles, .channel = -1, .ui_pidfd = -1, .host = GUARD_NO_HOST};
    sigset_t old;
    if (!check_start(err) || !block_signals(&g, &old, err))
        return -1;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGCHLD, SIG_DFL); // whoever ignores it, and that is inherited, learns no statuses
    g.terminal = terminal_open();
    if (!start_ui(&g, err)) {
        close(g.signals);
        terminal_close(&g.terminal);
        sigprocmask(SIG_SETMASK, &old, NULL);
        return -1;
    }
    watch(&g);
    clean_up(&g);
    int fatal = WIFSIGNALED(g.ui_status) ? WTERMSIG(g.ui_status) : 0;
    // Asked to end by a signal, we do, however politely the UI went.
    if (g.end_signal)
        fatal = g.end_signal;
    if (fatal) {
        die_by(fatal);
        return 128 + fatal;
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    return WEXITSTATUS(g.ui_status);
}
