#include "engine/burn.h"

#include "base/clock.h"

enum { CALIBRATE_ROUNDS = 200000, CALIBRATE_TRIES = 5 };

void burn(uint64_t rounds)
{
    uint64_t x = 88172645463325252;
    for (uint64_t i = 0; i < rounds; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    // What is stored here must have been computed.
    volatile uint64_t sink = x;
    (void)sink;
}

uint64_t burn_calibrate(void)
{
    uint64_t best_ns = UINT64_MAX;
    for (int i = 0; i < CALIBRATE_TRIES; i++) {
        uint64_t before = clock_cpu_ns();
        burn(CALIBRATE_ROUNDS);
        uint64_t ns = clock_cpu_ns() - before;
        if (ns && ns < best_ns)
            best_ns = ns;
    }
    return (uint64_t)CALIBRATE_ROUNDS * NS_PER_MS / best_ns;
}
