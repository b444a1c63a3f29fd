#ifndef SYNC_GIL_H
#define SYNC_GIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// CPython's global interpreter lock, by its own algorithm (Python/ceval_gil.c, the same from 3.2
// on): one lock that every thread holds while it runs. There is no queue and no fairness. Who wants
// it waits for an interval; if nobody has let go of it within that, it asks the holder to (the drop
// request), and the holder, at its next check point, drops it and waits until another has taken it.
//
// For the threads of one process; each process would have its own. Lanes are numbers.
struct gil;

enum { GIL_NOBODY = UINT32_MAX };

// Where it is shown, for whoever only looks: anywhere, in shared memory too. Written by the holder
// of the GIL's mutex only, so never older than what was there before.
struct gil_shown {
    _Atomic uint32_t *holder;
    _Atomic uint64_t *switches;
};

struct gil *gil_new(uint64_t interval_ns, struct gil_shown shown);
void gil_free(struct gil *gil); // accepts NULL; nobody may hold it or wait for it

// To take it: gil_ask once, then gil_take until it is true, or gil_give_up instead of going on.
void gil_ask(struct gil *gil);
// Waits for one interval at most. False when that has passed: the request has been made, and the
// caller looks at its gate before it calls again.
bool gil_take(struct gil *gil, uint32_t lane);
void gil_give_up(struct gil *gil);

// By the holder. True: it had been asked for, and the caller calls gil_await_switch until that is
// true.
bool gil_drop(struct gil *gil, uint32_t lane);
// Waits for one interval at most until another has taken it, or until nobody wants it any more.
bool gil_await_switch(struct gil *gil, uint32_t lane);

// Whether the holder should drop it: looked at at each check point, so as cheap as can be.
bool gil_is_wanted(const struct gil *gil);

uint32_t gil_holder(const struct gil *gil);   // GIL_NOBODY while it is free
uint64_t gil_switches(const struct gil *gil); // how often it has gone to another lane than the last

#endif
