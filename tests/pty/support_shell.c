#include "support_pty_private.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(int report, int kind, int value)
{
    struct shell_report out = {.kind = kind, .value = value};
    if (write(report, &out, sizeof(out)) != sizeof(out))
        _exit(1);
}

static _Noreturn void run_job(int slave, const char *const *argv, const char *mark)
{
    setpgid(0, 0);
    tcsetpgrp(slave, getpgrp()); // SIGTTOU is still ignored
    signal(SIGTTOU, SIG_DFL);
    signal(SIGTTIN, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
    dup2(slave, STDIN_FILENO);
    dup2(slave, STDOUT_FILENO);
    dup2(slave, STDERR_FILENO);
    if (slave > STDERR_FILENO)
        close(slave);
    char *own = strdup(mark);
    if (own && !putenv(own))
        execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

// Waits for the job to stop or end; between a stop and the order to go on, obeys orders.
static void serve_job(int slave, int order, int report, pid_t job)
{
    int status;
    while (waitpid(job, &status, WUNTRACED) == job || errno == EINTR) {
        tcsetpgrp(slave, getpgrp());
        if (!WIFSTOPPED(status)) {
            tell(report, REPORT_ENDED, status);
            return;
        }
        tell(report, REPORT_STOPPED, WSTOPSIG(status));
        char byte;
        while (read(order, &byte, 1) == 1 && byte == ORDER_COOK) {
            struct termios modes;
            tcgetattr(slave, &modes);
            modes.c_lflag |= ICANON | ECHO | ISIG;
            modes.c_oflag |= OPOST;
            tcsetattr(slave, TCSANOW, &modes);
        }
        tcsetpgrp(slave, job);
        kill(-job, SIGCONT);
    }
}

_Noreturn void shell_run(int slave, int order, int report, const char *const *argv,
                         const char *mark)
{
    setsid();
    ioctl(slave, TIOCSCTTY, 0);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    pid_t job = fork();
    if (job == 0)
        run_job(slave, argv, mark);
    setpgid(job, job);
    tcsetpgrp(slave, job);
    tell(report, REPORT_STARTED, job);
    serve_job(slave, order, report, job);
    // Stays, as a shell does, so that the terminal keeps its session and its modes.
    for (;;)
        pause();
}

int pty_run_beside(struct pty *pty, const char *const *argv)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        int slave = open(ptsname(pty->master), O_RDWR | O_NOCTTY);
        dup2(slave, STDIN_FILENO);
        dup2(slave, STDOUT_FILENO);
        dup2(slave, STDERR_FILENO);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status = -1;
    while (waitpid(pid, &status, WNOHANG) == 0)
        pty_pump(pty, 2);
    pty_pump(pty, 0);
    return status;
}

pid_t pty_job(const struct pty *pty)
{
    return pty->job;
}

static void take_reports(struct pty *pty)
{
    struct shell_report in;
    while (read(pty->report, &in, sizeof(in)) == sizeof(in)) {
        if (in.kind == REPORT_STOPPED) {
            pty->has_stopped = true;
            pty->stop_signal = in.value;
        } else if (in.kind == REPORT_ENDED) {
            pty->has_ended = true;
            pty->status = in.value;
        }
    }
}

static bool is_stopped(struct pty *pty, void *context)
{
    (void)context;
    take_reports(pty);
    return pty->has_stopped;
}

static bool is_ended(struct pty *pty, void *context)
{
    (void)context;
    take_reports(pty);
    return pty->has_ended;
}

bool pty_wait_stopped(struct pty *pty, int *signal, int limit_ms)
{
    if (!pty_wait(pty, is_stopped, NULL, limit_ms))
        return false;
    *signal = pty->stop_signal;
    return true;
}

bool pty_wait_ended(struct pty *pty, int *status, int limit_ms)
{
    if (!pty_wait(pty, is_ended, NULL, limit_ms))
        return false;
    pty_pump(pty, 0); // what it has written last
    *status = pty->status;
    return true;
}

static void command(const struct pty *pty, char byte)
{
    if (write(pty->order, &byte, 1) != 1)
        perror("the test's shell");
}

void pty_foreground(struct pty *pty)
{
    pty->has_stopped = false;
    command(pty, ORDER_FOREGROUND);
}

static bool is_cooked(struct pty *pty, void *context)
{
    (void)context;
    return pty_modes(pty).c_lflag & ICANON;
}

void pty_cook(struct pty *pty)
{
    command(pty, ORDER_COOK);
    pty_wait(pty, is_cooked, NULL, PTY_LIMIT_MS);
}

static bool carries(const char *pid, const char *mark)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    enum { size = 65536 };
    char *all = calloc(1, size);
    ssize_t got = all ? read(fd, all, size - 1) : -1;
    close(fd);
    bool found = false;
    for (ssize_t at = 0; at < got && !found; at += (ssize_t)strlen(all + at) + 1)
        found = !strcmp(all + at, mark);
    free(all);
    return found;
}

size_t pty_processes(const struct pty *pty, pid_t *pids, size_t max)
{
    DIR *proc = opendir("/proc");
    size_t n = 0;
    for (struct dirent *entry; proc && n < max && (entry = readdir(proc));)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && carries(entry->d_name, pty->mark))
            pids[n++] = (pid_t)strtol(entry->d_name, NULL, 10);
    if (proc)
        closedir(proc);
    return n;
}

static bool has_nothing_left(struct pty *pty, void *context)
{
    (void)context;
    pid_t pid;
    return pty_processes(pty, &pid, 1) == 0;
}

bool pty_wait_nothing_left(struct pty *pty, int limit_ms)
{
    if (pty->master >= 0)
        return pty_wait(pty, has_nothing_left, NULL, limit_ms);
    uint64_t limit_ns = clock_now_ns() + (uint64_t)limit_ms * NS_PER_MS;
    while (!has_nothing_left(pty, NULL))
        if (clock_now_ns() >= limit_ns)
            return false;
    return true;
}

bool pty_process_is(pid_t pid, const char *name)
{
    char path[64];
    char text[32] = "";
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool is = fgets(text, sizeof(text), file) && strlen(text) == strlen(name) + 1 &&
              !strncmp(text, name, strlen(name));
    fclose(file);
    return is;
}

pid_t pty_parent_of(pid_t pid)
{
    char path[64];
    char line[256];
    long parent = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && parent == 0 && fgets(line, sizeof(line), file))
        if (!strncmp(line, "PPid:", 5))
            parent = strtol(line + 5, NULL, 10);
    if (file)
        fclose(file);
    return (pid_t)parent;
}
