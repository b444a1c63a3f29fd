#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

// Time, CLOCK_MONOTONIC throughout but for a date. Nobody else reads a clock.

enum { NS_PER_US = 1000, NS_PER_MS = 1000000 };
#define NS_PER_S UINT64_C(1000000000)

uint64_t clock_now_ns(void);
void clock_sleep_until(uint64_t deadline_ns);

// A clock that costs as little as possible to read: ticks of the CPU's time stamp counter where
// the kernel itself trusts it as its clock, else nanoseconds. A scale turns ticks into nanoseconds
// of clock_now_ns(); make one before the first tick that is to be converted, refresh it now and
// then: the error is that of the two readings, divided over the time between them.
struct clock_scale {
    uint64_t tick0, ns0;  // one instant on both clocks
    uint64_t ns_per_tick; // fixed point, 32 fractional bits
    uint32_t is_tsc;      // 0: ticks are nanoseconds already
    uint32_t reserved;
};

struct clock_scale clock_scale_make(void); // measures for about two milliseconds

static inline uint64_t clock_span_ns(const struct clock_scale *scale, uint64_t ticks)
{
    if (!scale->is_tsc)
        return ticks;
    return (uint64_t)(((unsigned __int128)ticks * scale->ns_per_tick) >> 32);
}

static inline uint64_t clock_to_ns(const struct clock_scale *scale, uint64_t ticks)
{
    if (!scale->is_tsc)
        return ticks;
    if (ticks < scale->tick0)
        return scale->ns0 - clock_span_ns(scale, scale->tick0 - ticks);
    return scale->ns0 + clock_span_ns(scale, ticks - scale->tick0);
}

static inline uint64_t clock_ticks(uint32_t is_tsc)
{
#if defined(__x86_64__)
    if (is_tsc)
        return __rdtsc();
#else
    (void)is_tsc;
#endif
    return clock_now_ns();
}

// The date and time now, UTC, as 2026-12-01T09:30:00Z. Returns out.
enum { CLOCK_DATE_BYTES = 21 };
char *clock_date(char out[CLOCK_DATE_BYTES]);

// CPU time that this process has used, all threads.
uint64_t clock_cpu_ns(void);

#endif
