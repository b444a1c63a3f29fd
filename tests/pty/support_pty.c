#include "support_pty.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support_pty_private.h"

_Noreturn static void give_up(const char *what)
{
    perror(what);
    exit(2);
}

static uint64_t limit_of(int limit_ms)
{
    return clock_now_ns() + (uint64_t)limit_ms * NS_PER_MS;
}

static void set_environment(const char *const *env)
{
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("XDG_CONFIG_HOME", TESTS_DIR "/pty/config", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLORTERM");
    for (; env && *env; env++) {
        const char *equals = strchr(*env, '=');
        if (!equals) {
            unsetenv(*env);
            continue;
        }
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)(equals - *env), *env);
        setenv(name, equals + 1, 1);
    }
}

struct pty *pty_start(const struct pty_options *options)
{
    struct pty *pty = calloc(1, sizeof(*pty));
    if (!pty)
        give_up("calloc");
    pty->w = options->w ? options->w : 80;
    pty->h = options->h ? options->h : 24;
    pty->sync_answer = options->sync_answer;
    struct winsize size = {.ws_row = (unsigned short)pty->h, .ws_col = (unsigned short)pty->w};
    int slave;
    int order[2];
    int report[2];
    if (openpty(&pty->master, &slave, NULL, NULL, &size) || pipe2(order, O_CLOEXEC) ||
        pipe2(report, O_CLOEXEC))
        give_up("pty");
    fcntl(pty->master, F_SETFD, FD_CLOEXEC);
    fcntl(pty->master, F_SETFL, O_NONBLOCK);
    pty->first_modes = pty_modes(pty);
    snprintf(pty->mark, sizeof(pty->mark), "RACELANE_TEST_MARK=%d-%llu", (int)getpid(),
             (unsigned long long)clock_now_ns());
    screen_attach(pty);

    fflush(NULL);
    pty->shell = fork();
    if (pty->shell < 0)
        give_up("fork");
    if (pty->shell == 0) {
        close(pty->master);
        close(order[1]);
        close(report[0]);
        set_environment(options->env);
        shell_run(slave, order[0], report[1], options->argv, pty->mark);
    }
    close(slave);
    close(order[0]);
    close(report[1]);
    pty->order = order[1];
    pty->report = report[0];
    struct shell_report first = {.kind = 0};
    if (read(pty->report, &first, sizeof(first)) != sizeof(first) || first.kind != REPORT_STARTED)
        give_up("the test's shell");
    pty->job = first.value;
    fcntl(pty->report, F_SETFL, O_NONBLOCK);
    return pty;
}

void pty_free(struct pty *pty)
{
    if (!pty)
        return;
    pid_t pids[64];
    size_t n = pty_processes(pty, pids, sizeof(pids) / sizeof(pids[0]));
    for (size_t i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
    kill(pty->shell, SIGKILL);
    waitpid(pty->shell, NULL, 0);
    if (pty->master >= 0)
        close(pty->master);
    close(pty->order);
    close(pty->report);
    vterm_free(pty->vterm);
    free(pty->record);
    free(pty);
}

static void keep(struct pty *pty, const char *bytes, size_t len_bytes)
{
    if (pty->record_len + len_bytes > pty->record_cap) {
        pty->record_cap = (pty->record_len + len_bytes) * 2;
        pty->record = realloc(pty->record, pty->record_cap);
        if (!pty->record)
            give_up("realloc");
    }
    memcpy(pty->record + pty->record_len, bytes, len_bytes);
    pty->record_len += len_bytes;
}

void pty_pump(struct pty *pty, int limit_ms)
{
    struct pollfd ready = {.fd = pty->master, .events = POLLIN};
    if (poll(&ready, 1, limit_ms) <= 0)
        return;
    char bytes[16384];
    for (int i = 0; i < 64; i++) {
        ssize_t got = read(pty->master, bytes, sizeof(bytes));
        if (got <= 0) {
            // A slave that nobody has open reads as an error at once.
            if (got < 0 && errno == EIO)
                poll(NULL, 0, 1);
            return;
        }
        keep(pty, bytes, (size_t)got);
        screen_feed(pty, bytes, (size_t)got);
    }
}

bool pty_wait(struct pty *pty, pty_condition *condition, void *context, int limit_ms)
{
    uint64_t limit_ns = limit_of(limit_ms);
    for (;;) {
        if (condition(pty, context))
            return true;
        if (clock_now_ns() >= limit_ns)
            return false;
        pty_pump(pty, 2);
    }
}

static bool shows(struct pty *pty, void *text)
{
    return pty_has_text(pty, text) && !pty_private_mode(pty, 2026);
}

static bool has_written(struct pty *pty, void *text)
{
    return memmem(pty->record, pty->record_len, text, strlen(text)) != NULL;
}

static bool shows_not(struct pty *pty, void *text)
{
    return !pty_has_text(pty, text);
}

static void *loosely(const char *text)
{
    union {
        const char *in;
        void *out;
    } same = {.in = text};
    return same.out;
}

bool pty_wait_text(struct pty *pty, const char *text, int limit_ms)
{
    return pty_wait(pty, shows, loosely(text), limit_ms);
}

bool pty_wait_no_text(struct pty *pty, const char *text, int limit_ms)
{
    return pty_wait(pty, shows_not, loosely(text), limit_ms);
}

bool pty_wait_written(struct pty *pty, const char *text, int limit_ms)
{
    return pty_wait(pty, has_written, loosely(text), limit_ms);
}

void pty_settle(struct pty *pty, int quiet_ms)
{
    uint64_t end_ns = limit_of(PTY_LIMIT_MS);
    uint64_t quiet_ns = limit_of(quiet_ms);
    while (clock_now_ns() < quiet_ns && clock_now_ns() < end_ns) {
        uint64_t before = pty_bytes(pty);
        pty_pump(pty, 2);
        if (pty_bytes(pty) != before)
            quiet_ns = limit_of(quiet_ms);
    }
}

void pty_type(struct pty *pty, const char *keys)
{
    size_t left = strlen(keys);
    uint64_t limit_ns = limit_of(PTY_LIMIT_MS);
    while (left > 0 && clock_now_ns() < limit_ns) {
        ssize_t written = write(pty->master, keys, left);
        if (written > 0) {
            keys += written;
            left -= (size_t)written;
        } else {
            pty_pump(pty, 1);
        }
    }
}

void pty_tell_size(struct pty *pty, int w, int h)
{
    struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    ioctl(pty->master, TIOCSWINSZ, &size);
}

void pty_resize(struct pty *pty, int w, int h)
{
    pty_tell_size(pty, w, h);
    pty->w = w;
    pty->h = h;
    vterm_set_size(pty->vterm, h, w);
}

void pty_close_terminal(struct pty *pty)
{
    close(pty->master);
    pty->master = -1;
}

uint64_t pty_bytes(const struct pty *pty)
{
    return pty->record_len;
}

void pty_record(struct pty *pty, const char **bytes, size_t *len_bytes)
{
    *bytes = pty->record;
    *len_bytes = pty->record_len;
}

struct termios pty_modes(const struct pty *pty)
{
    struct termios modes;
    memset(&modes, 0, sizeof(modes));
    tcgetattr(pty->master, &modes);
    return modes;
}

const struct termios *pty_first_modes(const struct pty *pty)
{
    return &pty->first_modes;
}

bool pty_same_modes(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

bool pty_is_restored(struct pty *pty)
{
    struct termios now = pty_modes(pty);
    return pty_is_reset(pty) && pty_same_modes(&now, &pty->first_modes);
}

static bool is_restored(struct pty *pty, void *context)
{
    (void)context;
    return pty_is_restored(pty);
}

bool pty_wait_restored(struct pty *pty, int limit_ms)
{
    return pty_wait(pty, is_restored, NULL, limit_ms);
}

uint64_t pty_seed(uint64_t seed)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : seed;
}
