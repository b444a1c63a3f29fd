#include "guard/stop.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

int guard_stop_open(void)
{
    sigset_t set = stop_signals();
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd >= 0)
        sigprocmask(SIG_BLOCK, &set, NULL);
    return fd;
}

bool guard_stop_asked(int fd)
{
    struct signalfd_siginfo got;
    return fd >= 0 && read(fd, &got, sizeof got) == (ssize_t)sizeof got;
}

void guard_stop_close(int fd)
{
    sigset_t set = stop_signals();
    if (fd < 0)
        return;
    close(fd);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
