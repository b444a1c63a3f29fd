#include "support_toy_guard.h"

#include "guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

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

struct toy_counters *toy_map(int memory_fd)
{
    void *memory =
        mmap(NULL, sizeof(struct toy_counters), PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void *count(void *lane)
{
    _Atomic uint64_t *counter = lane;
    while (atomic_fetch_add_explicit(counter, 1, memory_order_relaxed) != UINT64_MAX)
        ;
    return NULL;
}

int toy_host(void *context, int memory_fd)
{
    (void)context;
    prctl(PR_SET_NAME, "toy-host");
    setpriority(PRIO_PROCESS, 0, 10);
    struct toy_counters *counters = toy_map(memory_fd);
    if (!counters)
        return 1;
    pid_t host = getpid();
    for (int i = 0; i < TOY_PROCESSES; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != host)
                _exit(1);
            prctl(PR_SET_NAME, "toy-lane");
            count(&counters->lane[TOY_THREADS + i]);
        }
    pthread_t threads[TOY_THREADS];
    for (int i = 0; i < TOY_THREADS; i++)
        if (pthread_create(&threads[i], NULL, count, &counters->lane[i]))
            return 1;
    for (;;)
        pause();
}

int toy_memory(void)
{
    int fd = memfd_create("toy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, sizeof(struct toy_counters)) ||
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

static void await_lanes(int channel, const struct toy_counters *counters)
{
    int status;
    for (int i = 0; i < TOY_LANES; i++)
        while (!atomic_load_explicit(&counters->lane[i], memory_order_relaxed) && !end_signal &&
               !guard_ui_host_ended(channel, &status))
            poll(NULL, 0, 1);
}

static void start_host(int channel, int fd, const struct toy_counters *counters)
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
    struct toy_counters *counters;
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
    struct toy toy = {.channel = channel, .memory_fd = toy_memory()};
    toy.counters = toy_map(toy.memory_fd);
    if (!toy.counters || tcgetattr(STDIN_FILENO, &toy.saved))
        return 9;
    enter(&toy.saved);
    start_host(channel, toy.memory_fd, toy.counters);
    int status = toy_loop(&toy);
    leave(&toy.saved);
    return status;
}

int toy_main(const char *kind)
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
