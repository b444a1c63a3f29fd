#ifndef SESSION_LOCK_COST_H
#define SESSION_LOCK_COST_H

#include <stdbool.h>
#include <stdint.h>

// What the lock costs: how many updates this run makes in a second with the lock on, and with it
// off. Measured by looking at the lanes' own counts now and then; what lies between two looks
// counts only if nothing but the lock made the difference: every lane ran all the while, at native
// speed, with the lock switched for all of them, and no orders were tried beside the run. So a
// figure lacks stretches of the run, and is none the worse for it.
struct session;

// Whether the present counts, else the first reason why not.
enum lock_meter {
    METER_COUNTS,
    METER_NO_LOCK,
    METER_NO_UPDATES, // nothing is shared, so there is nothing to count
    METER_MODELLED,   // a virtual clock measures steps
    METER_SEQUENTIAL, // one lane at a time
    METER_ENDED,
    METER_PAUSED,
    METER_PACED,   // the pace would be measured
    METER_TURNING, // not every lane has seen the switch
    METER_EXPLORES,
    METER_ARRANGES,
    METER_DEADLOCK,
    METER_LANES, // not every lane runs: some have not started, some have ended or are stopped
};

struct session_lock_phase {
    uint64_t span_ns; // that counted
    uint64_t updates; // made in it, by all lanes
    uint64_t held_ns; // in which lanes waited for the ledger, summed over them
};

struct session_lock_cost {
    enum lock_meter meter;
    struct session_lock_phase on, off;
};
struct session_lock_cost session_lock_cost(const struct session *s);

// Updates in a second. False, and *per_s is 0, while less than a tenth of a second has counted.
bool session_lock_rate(const struct session_lock_phase *phase, double *per_s);

#endif
