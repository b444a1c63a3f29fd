#ifndef GUARD_GUARD_H
#define GUARD_GUARD_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

// The guardian: the process that the shell started. Small and single-threaded, it saves the
// terminal, forks the UI and one host per run, and whatever dies, ends the rest within half a
// second and restores the terminal.
//
//     shell -> guardian -+-> UI    (ncurses; asks for hosts over a socket)
//                        +-> host  (main and its lanes; PDEATHSIG = SIGKILL)
//
// Whoever dies: the UI -> the guardian kills the host, restores the terminal, and ends with the
// UI's status (by the same signal). The host -> the UI is told. The guardian -> the UI gets SIGTERM
// (PDEATHSIG), restores the terminal itself (SIGTTOU ignored) and ends; the host gets SIGKILL.
// Guardian and UI at once: `racelane --fix-terminal`.

// One host, as its parent sees it. Killed and watched through a pidfd, so never a stranger.
struct guard_host {
    pid_t pid; // 0: none
    int pidfd; // -1: none
};

#define GUARD_NO_HOST ((struct guard_host){.pid = 0, .pidfd = -1})

// What the forked processes do. They get copies of the parent's memory as of the fork. Their return
// value is the exit status, and of a UI that returns 128 + n the guardian sees the end by signal n;
// they leave by _exit.
struct guard_roles {
    int (*ui)(void *context, int channel); // `channel` is for the guard_ui_ functions
    int (*host)(void *context, int memory_fd);
    void *context;
};

// Forks a host. Call from a single-threaded process, which becomes the subreaper of what a host may
// leave behind. memory_fd stays the caller's; the host gets it and the three standard descriptors,
// no other.
bool guard_host_start(struct guard_host *host, const struct guard_roles *roles, int memory_fd,
                      struct error *err);
// True once it has ended, and then *status is as from waitpid and the host is GUARD_NO_HOST.
// Never waits.
bool guard_host_ended(struct guard_host *host, int *status);
// Ends it with SIGKILL and reaps it, with everything it left, so the caller may have no other
// children. Accepts GUARD_NO_HOST.
void guard_host_kill(struct guard_host *host);

// At the start of the program, for all its processes: a limit on the size of files is met as a full
// disk is, by a write that fails, and kills nobody.
void guard_survive_file_limit(void);

// Becomes the guardian: forks the UI and serves it until it ends. Returns the exit status of the
// whole program. When the UI died by a signal, this process does too, with the terminal restored,
// so that a shell sees 128 + n. -1 when it could not start.
int guard_supervise(const struct guard_roles *roles, struct error *err);

// In the UI, over its channel. A UI has at most one host at a time.
bool guard_ui_start_host(int channel, int memory_fd, struct error *err);
void guard_ui_stop_host(int channel); // returns when it is gone
// True when the host has ended by itself since it was started; asked again, still true.
bool guard_ui_host_ended(int channel, int *status);
// Stops the whole job, as Ctrl-Z does; returns after `fg`. The caller has left the terminal's
// screen before, has paused the run, and takes the screen back afterwards.
void guard_ui_suspend(int channel);

// `--fix-terminal`: brings the terminal back from whatever a killed program left behind.
bool guard_fix_terminal(struct error *err);

// The bytes that undo everything a full-screen program may have switched on (alternate screen,
// mouse, paste and focus modes, cursor, colours). For the rescue path of the UI too.
extern const char guard_reset_bytes[];

#endif
