#ifndef ENGINE_BURN_H
#define ENGINE_BURN_H

#include <stdint.h>

// Work for a CPU that no compiler can shorten: compute() in scenarios.
void burn(uint64_t rounds);

// How many rounds take a millisecond of CPU time on a free core. Measures for some milliseconds,
// by CPU time, so that other programs do not count; call from a single-threaded process.
uint64_t burn_calibrate(void);

#endif
