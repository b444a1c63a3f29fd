#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include "engine/run.h"

// Lanes that are processes: children of the host, which stays single-threaded. Private to the
// engine; called by the host's one thread only.

// Forks. In the child calls `body` and leaves by _exit when it returns; the kernel ends the child
// when the host ends. False: the machine refused.
bool process_start(void (*body)(void *context, uint32_t lane), void *context, uint32_t lane,
                   pid_t *pid);

// Waits for children, whichever comes, until process `pid` has been reaped, and writes down what
// the kernel says of each of them: ended, killed, stopped, gone on. `pids` are those of the lanes,
// 0 for one that has none or has been reaped already.
void process_await(const struct run *run, pid_t *pids, pid_t pid);

#endif
