#ifndef SESSION_LOCK_FIGURES_H
#define SESSION_LOCK_FIGURES_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

// What locks, semaphores and conditions have cost so far. All three are among the program's locks
// and are known by their number there. Times are on the run's clock, so of a simulated run they are
// the model's: steps, not work.
struct session;

// Waits that are over, by how long they were: 8 buckets to each power of two of nanoseconds, so
// each is 12.5 % wide or less.
enum { SESSION_WAIT_BUCKETS = 64 * 8 };
struct session_waits {
    uint64_t n; // sum of the counts
    uint64_t counts[SESSION_WAIT_BUCKETS];
};
void session_waits(const struct session *s, size_t lock, struct session_waits *waits);
uint32_t session_wait_bucket(uint64_t ns);           // which one a wait of that length belongs to
uint64_t session_wait_bucket_from(uint32_t bucket);  // the shortest wait that belongs to it
uint64_t session_wait_bucket_until(uint32_t bucket); // and the longest

// p50 and p99 are the upper edges of their buckets, max is exact; all 0 while nobody has waited.
struct session_wait {
    uint64_t p50_ns, p99_ns, max_ns;
};

// A hold lasts from when the lane has the lock to when it begins to give it back. That of a process
// that was killed with the lock is not among those that are over.
struct session_lock {
    const char *name;
    uint64_t acquisitions, contended;
    uint64_t recovered;       // taken over from a process that had been killed with it
    struct session_wait wait; // of contended acquisitions
    uint32_t owner;           // lane that holds it, EVENT_NO_OBJECT when free
    uint64_t since_ns;        // since when; UINT64_MAX when free, or not known
    uint64_t held_ns;         // all holds that are over
    // The longest of them, measured by its lane: exact but for the microseconds that a lane takes
    // to notice that a pause begins. Lane EVENT_NO_OBJECT: none is over.
    uint64_t hold_max_ns, hold_max_from_ns;
    uint32_t hold_max_lane;
};
struct session_lock session_lock(const struct session *s, size_t lock);

struct session_semaphore {
    const char *name;
    int64_t initial, value;
    uint64_t waits;     // completed, without those that found nothing yet
    uint64_t contended; // of those, the lane had to wait
    uint64_t posts;
    struct session_wait wait; // of the contended ones
};
struct session_semaphore session_semaphore(const struct session *s, size_t lock);

struct session_condition {
    const char *name, *lock;
    uint64_t waits;           // completed: notified, and with the lock again
    uint64_t notifies;        // of one lane or of all, also where nobody waited
    struct session_wait wait; // for the notify, without taking the lock again
};
struct session_condition session_condition(const struct session *s, size_t lock);

#endif
