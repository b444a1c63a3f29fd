#ifndef SYNC_SEMAPHORE_H
#define SYNC_SEMAPHORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// A counting semaphore in shared memory, for threads and for processes that may be killed or
// stopped at any moment: one word and the kernel's futex, so there is nothing in it that a death
// could leave half done. A lane that is woken and killed before it takes anything has swallowed the
// wake-up, so nobody may wait without a bound.
struct semaphore {
    // The count in the low half, and above it how often it was taken from or posted to: so each of
    // those operations knows its place among all, which the count alone does not tell.
    _Atomic uint64_t word;
    // Lanes that may be asleep; one that was killed asleep stays counted.
    _Atomic uint32_t n_waiting;
};

// What an operation has left.
struct semaphore_left {
    uint32_t count;
    uint32_t turn; // of the operation, from 1; wraps
};

// Most that it counts to.
enum { SEMAPHORE_COUNT_MAX = INT32_MAX };

void semaphore_init(struct semaphore *semaphore, uint32_t count); // before any lane uses it
uint32_t semaphore_count(const struct semaphore *semaphore);

// Takes one if it is positive. Never waits. *left is filled in on true only, here and below.
bool semaphore_try_wait(struct semaphore *semaphore, struct semaphore_left *left);
// Waits for one until clock_now_ns() has passed deadline_ns; false on the latter.
bool semaphore_wait(struct semaphore *semaphore, uint64_t deadline_ns, struct semaphore_left *left);
// Adds one. False when it cannot count further.
bool semaphore_post(struct semaphore *semaphore, struct semaphore_left *left);

#endif
