#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

// A small seeded generator: the same seed gives the same numbers on every machine. Not for
// secrets. Algorithm: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct random {
    uint64_t state;
};

// Streams of the same seed with different numbers are independent of each other.
static inline struct random random_stream(uint64_t seed, uint64_t stream)
{
    return (struct random){seed ^ (stream * UINT64_C(0xd1342543de82ef95) + stream)};
}

static inline uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// Uniform in [0, bound), bound > 0, without bias (Lemire's rejection).
static inline uint64_t random_below(struct random *random, uint64_t bound)
{
    for (;;) {
        unsigned __int128 wide = (unsigned __int128)random_next(random) * bound;
        if ((uint64_t)wide >= (0 - bound) % bound)
            return (uint64_t)(wide >> 64);
    }
}

#endif
