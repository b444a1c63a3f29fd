#include "guard/child.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_REFUSED = 3, ORPHANS_LIMIT_MS = 400 };

int child_open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

bool child_signal(int pidfd, int signal)
{
    return !syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

void guard_survive_file_limit(void)
{
    signal(SIGXFSZ, SIG_IGN);
}

void child_reset_signals(void)
{
    const int caught[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
                          SIGUSR2, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH};
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
        struct sigaction action;
        // What was ignored at the start (nohup) stays ignored.
        if (!sigaction(caught[i], NULL, &action) && action.sa_handler != SIG_IGN)
            signal(caught[i], SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run_host(const struct guard_roles *roles, int memory_fd, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
        _exit(STATUS_REFUSED);
    child_reset_signals();
    // Ctrl-C is for the parent to judge; when it ends, so does the host.
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    // Where the kernel cannot, descriptors stay open, which harms nobody.
    if (memory_fd > STDERR_FILENO + 1)
        syscall(SYS_close_range, STDERR_FILENO + 1, (unsigned)memory_fd - 1, 0);
    syscall(SYS_close_range, (unsigned)memory_fd + 1, ~0U, 0);
    _exit(roles->host(roles->context, memory_fd));
}

bool guard_host_start(struct guard_host *host, const struct guard_roles *roles, int memory_fd,
                      struct error *err)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGCHLD, SIG_DFL); // whoever ignores it, and that is inherited, learns no statuses
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return error_errno(err, "no process for the run could be started");
    if (pid == 0)
        run_host(roles, memory_fd, parent);
    int pidfd = child_open_pidfd(pid);
    if (pidfd < 0) {
        error_errno(err, "processes cannot be watched here (Linux 5.3 or newer is needed)");
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return false;
    }
    *host = (struct guard_host){.pid = pid, .pidfd = pidfd};
    return true;
}

bool child_kill_host(const struct guard_host *host)
{
    return host->pid > 0 && child_signal(host->pidfd, SIGKILL);
}

bool child_reap_host(struct guard_host *host, int options, int *status)
{
    if (host->pid <= 0)
        return false;
    pid_t reaped;
    do
        reaped = waitpid(host->pid, status, options);
    while (reaped < 0 && errno == EINTR);
    if (reaped == 0)
        return false;
    // Reaped by somebody else: its status is not known, but it is gone.
    if (reaped < 0)
        *status = SIGKILL;
    close(host->pidfd);
    *host = GUARD_NO_HOST;
    return true;
}

void child_reap_orphans(void)
{
    uint64_t limit_ns = clock_now_ns() + ORPHANS_LIMIT_MS * (uint64_t)NS_PER_MS;
    for (;;) {
        siginfo_t child = {.si_pid = 0};
        if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG))
            return;
        if (child.si_pid > 0)
            continue;
        if (clock_now_ns() >= limit_ns)
            return;
        poll(NULL, 0, 1);
    }
}

bool guard_host_ended(struct guard_host *host, int *status)
{
    if (!child_reap_host(host, WNOHANG, status))
        return false;
    child_reap_orphans();
    return true;
}

void guard_host_kill(struct guard_host *host)
{
    int status;
    if (!child_kill_host(host))
        return;
    child_reap_host(host, 0, &status);
    child_reap_orphans();
}
