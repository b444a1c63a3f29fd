#include "tui/rescue.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

enum { WRITE_LIMIT_MS = 100, END_LIMIT_US = 300 * 1000, STACK_BYTES = 64 * 1024 };

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
static const int end_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
static const struct {
    int signal;
    enum rescue_news news;
} news_signals[] = {
    {SIGWINCH, RESCUE_RESIZED}, {SIGCONT, RESCUE_CONTINUED}, {SIGTSTP, RESCUE_SUSPEND}};

static struct rescue_terminal terminal;
static volatile sig_atomic_t is_armed;
static volatile sig_atomic_t end_signal;
static volatile sig_atomic_t has_news[RESCUE_NEWS_COUNT];
static int wake_pipe[2] = {-1, -1};
static int output = -1; // of its own, so that it can be non-blocking
static struct sigaction fatal_before[ARRAY_LEN(fatal_signals)];
static char stack[STACK_BYTES]; // for the handler of a stack that has overflowed

static void wake(void)
{
    // A full pipe wakes too.
    if (write(wake_pipe[1], "", 1) < 0)
        return;
}

void rescue_restore(void)
{
    if (!is_armed)
        return;
    is_armed = 0;
    const char *at = terminal.bytes;
    for (size_t left = terminal.len_bytes; left > 0;) {
        struct pollfd ready = {.fd = output, .events = POLLOUT};
        if (poll(&ready, 1, WRITE_LIMIT_MS) == 0 || (ready.revents & (POLLERR | POLLHUP)))
            break;
        ssize_t written = write(output, at, left);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            break;
        if (written > 0) {
            at += written;
            left -= (size_t)written;
        }
    }
    // A shell that has the terminal back has set modes of its own, which are not ours to change.
    struct termios now;
    if (!tcgetattr(STDIN_FILENO, &now) && now.c_lflag == terminal.modes_own.c_lflag &&
        now.c_iflag == terminal.modes_own.c_iflag)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.modes_before);
}

static void on_fatal(int signal)
{
    rescue_restore();
    // Whoever handled it before (a sanitizer, the kernel) has the last word.
    for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++)
        if (fatal_signals[i] == signal)
            sigaction(signal, &fatal_before[i], NULL);
    raise(signal);
}

static void on_end(int signal)
{
    end_signal = signal;
    wake();
    struct itimerval limit = {.it_value = {.tv_usec = END_LIMIT_US}};
    setitimer(ITIMER_REAL, &limit, NULL);
}

// The program has not come round to ending itself: perhaps it hangs in a write to the terminal.
static void on_limit(int signal)
{
    (void)signal;
    rescue_restore();
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(end_signal, &action, NULL);
    raise(end_signal);
}

static void on_news(int signal)
{
    for (size_t i = 0; i < ARRAY_LEN(news_signals); i++)
        if (news_signals[i].signal == signal)
            has_news[news_signals[i].news] = 1;
    wake();
}

static void catch_unless_ignored(int signal, void (*handler)(int))
{
    struct sigaction action;
    if (!sigaction(signal, NULL, &action) && action.sa_handler == SIG_IGN)
        return; // nohup, or a shell without job control
    action = (struct sigaction){.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(signal, &action, NULL);
}

static void catch_all(void)
{
    for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++) {
        struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK};
        sigaction(fatal_signals[i], &action, &fatal_before[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(end_signals); i++)
        catch_unless_ignored(end_signals[i], on_end);
    for (size_t i = 0; i < ARRAY_LEN(news_signals); i++)
        catch_unless_ignored(news_signals[i].signal, on_news);
    struct sigaction action = {.sa_handler = on_limit};
    sigaction(SIGALRM, &action, NULL);
}

void rescue_open(void)
{
    stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
    stack_t now;
    if (!sigaltstack(NULL, &now) && (now.ss_flags & SS_DISABLE))
        sigaltstack(&own, NULL);
    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK))
        wake_pipe[0] = wake_pipe[1] = -1;
    output = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (output < 0)
        output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    end_signal = 0;
    for (int news = 0; news < RESCUE_NEWS_COUNT; news++)
        has_news[news] = 0;
    catch_all();
    mem_on_exhausted(rescue_restore);
}

static void give_back(int signal_number)
{
    struct sigaction action;
    if (!sigaction(signal_number, NULL, &action) && action.sa_handler != SIG_IGN)
        signal(signal_number, SIG_DFL);
}

// Once an end was asked for, its signals and its limit stay in force: the program is ending.
static void give_back_end(void)
{
    for (size_t i = 0; i < ARRAY_LEN(end_signals); i++)
        give_back(end_signals[i]);
    struct itimerval none = {.it_value = {.tv_usec = 0}};
    setitimer(ITIMER_REAL, &none, NULL);
    signal(SIGALRM, SIG_DFL);
}

void rescue_close(void)
{
    mem_on_exhausted(NULL);
    rescue_arm(NULL);
    for (size_t i = 0; i < ARRAY_LEN(fatal_signals); i++)
        sigaction(fatal_signals[i], &fatal_before[i], NULL);
    for (size_t i = 0; i < ARRAY_LEN(news_signals); i++)
        give_back(news_signals[i].signal);
    if (!end_signal)
        give_back_end();
    close(output);
    close(wake_pipe[0]);
    close(wake_pipe[1]);
    output = wake_pipe[0] = wake_pipe[1] = -1;
}

void rescue_arm(const struct rescue_terminal *now)
{
    is_armed = 0;
    if (!now)
        return;
    terminal = *now;
    is_armed = 1;
}

bool rescue_take(enum rescue_news news)
{
    bool is_news = has_news[news];
    has_news[news] = 0;
    return is_news;
}

int rescue_end_signal(void)
{
    return end_signal;
}

int rescue_wake_fd(void)
{
    return wake_pipe[0];
}

void rescue_drain(void)
{
    char bytes[64];
    while (read(wake_pipe[0], bytes, sizeof(bytes)) > 0)
        ;
}
