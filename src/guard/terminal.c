#include "guard/terminal.h"

#include "guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

// Synchronized output first, so that the terminal shows what follows. The scrolling region, since
// setting it moves the cursor, between saving and restoring that. The alternate screen after the
// modes, since leaving it puts the cursor back where it was before the program began; the cursor
// itself last, since some terminals restore whether it was visible too.
const char guard_reset_bytes[] = "\x1b[?2026l"
                                 "\0337\x1b[r\0338"
                                 "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"
                                 "\x1b[?1004l\x1b[?2004l"
                                 "\x1b[?1l\x1b>"
                                 "\x1b[4l\x1b[?7h\x1b(B\x0f"
                                 "\x1b[0m\x1b[?1049l\x1b[0m\x1b[?25h";

enum { WRITE_LIMIT_MS = 200 };

// Writes what the terminal takes within the limit; the rest is lost, which is better than a
// program that does not end.
static bool write_bytes(int fd, const char *bytes, size_t len_bytes)
{
    while (len_bytes > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        if (poll(&ready, 1, WRITE_LIMIT_MS) <= 0 || (ready.revents & (POLLERR | POLLHUP)))
            return false;
        ssize_t written = write(fd, bytes, len_bytes);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (written > 0) {
            bytes += written;
            len_bytes -= (size_t)written;
        }
    }
    return true;
}

// A second description of the same terminal, so that O_NONBLOCK stays our own affair. Where it may
// not be opened again (after su), the given one has to do.
static int reopen(int fd, bool *is_own)
{
    char path[32] = "/proc/self/fd/0";
    path[strlen(path) - 1] = (char)('0' + fd);
    int own = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    *is_own = own >= 0;
    return own >= 0 ? own : fd;
}

struct terminal terminal_open(void)
{
    struct terminal terminal = {.fd = -1};
    struct termios saved;
    if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &saved))
        return terminal;
    terminal.fd = reopen(STDOUT_FILENO, &terminal.is_own);
    terminal.saved = saved;
    return terminal;
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->is_own)
        close(terminal->fd);
    *terminal = (struct terminal){.fd = -1};
}

bool terminal_is_changed(const struct terminal *terminal)
{
    struct termios now;
    if (terminal->fd < 0 || tcgetattr(STDIN_FILENO, &now))
        return false;
    const struct termios *was = &terminal->saved;
    return now.c_iflag != was->c_iflag || now.c_oflag != was->c_oflag ||
           now.c_lflag != was->c_lflag || now.c_cflag != was->c_cflag;
}

bool terminal_is_background(void)
{
    pid_t foreground = tcgetpgrp(STDIN_FILENO);
    return foreground > 0 && foreground != getpgrp();
}

void terminal_restore(const struct terminal *terminal, enum terminal_repair repair)
{
    if (terminal->fd < 0)
        return;
    if (repair == TERMINAL_MODES_AND_SCREEN)
        write_bytes(terminal->fd, guard_reset_bytes, strlen(guard_reset_bytes));
    // Not TCSADRAIN: it would wait for a terminal that reads nothing. In the background the shell
    // has taken the terminal back, and its modes are its own by now.
    if (!terminal_is_background())
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal->saved);
}

// What `stty sane` sets; line speed and character size are the line's own and stay.
static struct termios sane_modes(struct termios modes)
{
    modes.c_iflag &= (tcflag_t) ~(IGNBRK | IGNCR | INLCR | IXOFF | ISTRIP | INPCK | PARMRK | IXANY);
    modes.c_iflag |= BRKINT | ICRNL | IXON | IMAXBEL;
    modes.c_oflag &= (tcflag_t) ~(OCRNL | ONOCR | ONLRET | OFILL | OLCUC);
    modes.c_oflag |= OPOST | ONLCR;
    modes.c_cflag |= CREAD;
    modes.c_lflag &= (tcflag_t) ~(ECHONL | NOFLSH | TOSTOP | ECHOPRT | EXTPROC);
    modes.c_lflag |= ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
    const struct {
        int index;
        cc_t value;
    } characters[] = {
        {VINTR, 003}, {VQUIT, 034}, {VERASE, 0177},  {VKILL, 025},   {VEOF, 004},   {VSTART, 021},
        {VSTOP, 023}, {VSUSP, 032}, {VREPRINT, 022}, {VWERASE, 027}, {VLNEXT, 026}, {VDISCARD, 017},
        {VEOL, 0},    {VEOL2, 0},   {VMIN, 1},       {VTIME, 0},
    };
    // VMIN and VTIME may share their places with VEOF and VEOL, which matter in canonical mode.
    for (size_t i = sizeof(characters) / sizeof(characters[0]); i-- > 0;)
        modes.c_cc[characters[i].index] = characters[i].value;
    return modes;
}

bool guard_fix_terminal(struct error *err)
{
    int fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool is_own = fd >= 0;
    if (!is_own)
        fd = reopen(STDOUT_FILENO, &is_own);
    struct termios modes;
    bool is_fixed = !tcgetattr(fd, &modes);
    if (!is_fixed) {
        error_errno(err, "there is no terminal to repair here");
    } else {
        // Setting modes from the background would stop this process.
        sigset_t ttou, old;
        sigemptyset(&ttou);
        sigaddset(&ttou, SIGTTOU);
        sigprocmask(SIG_BLOCK, &ttou, &old);
        modes = sane_modes(modes);
        tcsetattr(fd, TCSANOW, &modes);
        is_fixed = write_bytes(fd, guard_reset_bytes, strlen(guard_reset_bytes));
        if (!is_fixed)
            error_set(err, "the terminal takes no output, so its screen could not be repaired");
        sigprocmask(SIG_SETMASK, &old, NULL);
    }
    if (is_own)
        close(fd);
    return is_fixed;
}
