#ifndef SYNC_FUTEX_H
#define SYNC_FUTEX_H

#include "base/clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's wait for a word of memory to change, between threads and between processes.

// Sleeps while *word is `value`, until a wake, a signal or deadline_ns of clock_now_ns(). Returns
// for any of them, or for no reason: the caller looks at the word again.
static inline void futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t deadline_ns)
{
    struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / NS_PER_S),
        .tv_nsec = (long)(deadline_ns % NS_PER_S),
    };
    // Unlike FUTEX_WAIT's, the time of FUTEX_WAIT_BITSET is absolute, on CLOCK_MONOTONIC.
    (void)syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value, &deadline, NULL,
                  FUTEX_BITSET_MATCH_ANY);
}

static inline void futex_wake_one(_Atomic uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static inline void futex_wake_all(_Atomic uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

#endif
