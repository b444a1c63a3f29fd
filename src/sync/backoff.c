#include "sync/backoff.h"

#include <pthread.h>
#include <sched.h>

enum {
    PAUSES = 64,
    YIELDS = 64,
    SLEEP_DOUBLINGS = 7,
    SLEEP_FIRST_NS = 2000,
};

static void pause_core(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

bool backoff_sleep(uint64_t sleep_ns, uint64_t deadline_ns)
{
    uint64_t now_ns = clock_now_ns();
    if (now_ns >= deadline_ns)
        return false;
    if (sleep_ns > deadline_ns - now_ns)
        sleep_ns = deadline_ns - now_ns;
    struct timespec span = {
        .tv_sec = (time_t)(sleep_ns / NS_PER_S),
        .tv_nsec = (long)(sleep_ns % NS_PER_S),
    };
    // A signal may end the sleep early, which is only one more look at the lock.
    (void)nanosleep(&span, NULL);
    return true;
}

bool backoff_wait(struct backoff *backoff, uint64_t deadline_ns)
{
    uint32_t turn = backoff->turns;
    if (turn < PAUSES) {
        backoff->turns++;
        pause_core();
        return true;
    }
    if (turn < PAUSES + YIELDS) {
        backoff->turns++;
        if (clock_now_ns() >= deadline_ns)
            return false;
        sched_yield();
        return true;
    }
    uint32_t doublings = turn - (PAUSES + YIELDS);
    if (doublings < SLEEP_DOUBLINGS)
        backoff->turns++;
    return backoff_sleep((uint64_t)SLEEP_FIRST_NS << doublings, deadline_ns);
}
