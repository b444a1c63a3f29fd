#ifndef SYNC_CONDITION_H
#define SYNC_CONDITION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A condition in shared memory, for threads and for processes that may be killed or stopped at any
// moment. Who has waited longest is woken first, as in CPython.
//
//     n_notified    2             notifies that have been given and not been used yet
//     last_ticket   6             the newest ticket when the last of them was given
//     tickets       lane 1: 4     lane 2: 0     lane 3: 7     lane 4: 5     lane 5: 6
//
// A lane that waits has a ticket. It is notified when that is not above last_ticket and fewer lanes
// than n_notified have a smaller one: here lanes 1 and 4. It uses its notify up once it has the
// lock again. Lanes that have ended do not count, whatever their tickets: so when lane 4 is killed
// before that, its notify is lane 5's, and nothing needs to be done for it.
struct condition {
    _Alignas(64) _Atomic uint32_t n_changes; // waiters sleep on it
    _Atomic uint32_t n_notified;
    _Atomic uint64_t last_ticket;
    _Atomic uint64_t next_ticket;
    _Atomic uint64_t tickets[]; // of each lane, 0: it does not wait
};

// The lanes, of which some may have ended: killed while they waited, for example.
struct condition_lanes {
    uint32_t n;
    bool (*has_ended)(const void *context, uint32_t lane);
    const void *context;
};

size_t condition_bytes(size_t n_lanes);
void condition_init(struct condition *condition, size_t n_lanes); // before any lane uses it

// By a lane that holds the lock, before it gives it back to wait.
void condition_begin(struct condition *condition, uint32_t lane);
// Waits until the lane is notified or clock_now_ns() has passed deadline_ns; false on the latter.
// Bounded because nobody tells of a death. Once true, it stays true.
bool condition_wait(struct condition *condition, uint32_t lane, const struct condition_lanes *lanes,
                    uint64_t deadline_ns);
// By a lane that is notified and holds the lock again: it waits no longer.
void condition_end(struct condition *condition, uint32_t lane);
// By a lane that holds the lock: wakes `most` lanes at most, and returns how many.
uint32_t condition_notify(struct condition *condition, uint32_t most,
                          const struct condition_lanes *lanes);

// Whether a lane has been notified and has not gone on yet. For who only looks.
bool condition_is_owed(const struct condition *condition, const struct condition_lanes *lanes);

#endif
