#ifndef ENGINE_SCHED_H
#define ENGINE_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How long a thread has been runnable without a core so far, as the kernel counts it. False when
// the kernel does not say, or the thread is gone.
bool sched_waited_ns(uint32_t pid, uint32_t tid, uint64_t *waited_ns);

// Cores that this process may use, at least 1.
size_t sched_cores(void);

#endif
