#ifndef SYNC_BACKOFF_H
#define SYNC_BACKOFF_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

// How a lane waits by polling without keeping the core from the lane it waits for: there are often
// more lanes than cores. First a few pauses, for a holder that is about to leave; then the core is
// offered to others; then the lane sleeps, longer and longer.
struct backoff {
    uint32_t turns; // start with 0
};

// One turn of waiting. False, at once, when the deadline has passed.
bool backoff_wait(struct backoff *backoff, uint64_t deadline_ns);

// Sleeps for that long, but not past the deadline. False, at once, when it has passed.
bool backoff_sleep(uint64_t sleep_ns, uint64_t deadline_ns);

#endif
