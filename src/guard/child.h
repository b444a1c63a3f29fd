#ifndef GUARD_CHILD_H
#define GUARD_CHILD_H

#include "guard/guard.h"

// The parts of guard_host_ that leave the other children of this process alone.

bool child_kill_host(const struct guard_host *host); // false: there is none
// Waits when `options` is 0, never with WNOHANG. True once it has been reaped.
bool child_reap_host(struct guard_host *host, int options, int *status);
// Reaps every child there is, waiting for it no longer than a moment: what hosts have left behind
// is being killed by the kernel.
void child_reap_orphans(void);

// In a process that was just forked: signals as a program finds them at its start, whatever the
// parent has blocked or caught.
void child_reset_signals(void);

int child_open_pidfd(pid_t pid); // -1 with errno
bool child_signal(int pidfd, int signal);

#endif
