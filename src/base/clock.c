#include "base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

void clock_sleep_until(uint64_t deadline_ns)
{
    struct timespec until = {(time_t)(deadline_ns / NS_PER_S), (long)(deadline_ns % NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

char *clock_date(char out[CLOCK_DATE_BYTES])
{
    time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) ||
        strftime(out, CLOCK_DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        memcpy(out, "1970-01-01T00:00:00Z", CLOCK_DATE_BYTES);
    return out;
}

uint64_t clock_cpu_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

#if defined(__x86_64__)

// The kernel has checked that the counter is constant, does not stop and agrees between cores
// before it chooses it as its own clock.
static bool kernel_trusts_tsc(void)
{
    char name[32] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (!file)
        return false;
    bool is_tsc = fgets(name, sizeof name, file) && strncmp(name, "tsc", 3) == 0;
    fclose(file);
    return is_tsc;
}

// One instant on both clocks: the tightest of a few tries, so that a preemption between the two
// readings does not count.
static void read_both(uint64_t *ticks, uint64_t *ns)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        uint64_t before = __rdtsc();
        uint64_t now = clock_now_ns();
        uint64_t after = __rdtsc();
        if (after - before < best) {
            best = after - before;
            *ticks = before + (after - before) / 2;
            *ns = now;
        }
    }
}

struct clock_scale clock_scale_make(void)
{
    struct clock_scale scale = {.ns_per_tick = UINT64_C(1) << 32};
    if (!kernel_trusts_tsc()) {
        scale.tick0 = scale.ns0 = clock_now_ns();
        return scale;
    }
    uint64_t tick1 = 0;
    uint64_t ns1 = 0;
    read_both(&scale.tick0, &scale.ns0);
    do
        read_both(&tick1, &ns1);
    while (ns1 - scale.ns0 < 2 * (uint64_t)NS_PER_MS);
    scale.ns_per_tick = ((ns1 - scale.ns0) << 32) / (tick1 - scale.tick0);
    scale.is_tsc = 1;
    return scale;
}

#else

struct clock_scale clock_scale_make(void)
{
    uint64_t now = clock_now_ns();
    return (struct clock_scale){.tick0 = now, .ns0 = now, .ns_per_tick = UINT64_C(1) << 32};
}

#endif
