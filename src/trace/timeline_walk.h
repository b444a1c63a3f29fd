#ifndef TRACE_TIMELINE_WALK_H
#define TRACE_TIMELINE_WALK_H

#include "trace/event.h"

#include <stdbool.h>

// How events change a lane's state: what has to be known of the past to read the events that
// follow.
struct walker {
    uint64_t locks_held;  // bit (lock % 64)
    uint8_t state;        // enum lane_state
    uint8_t state_before; // the one that RESUME goes back to
    uint8_t unused[6];
};

void walk_change(struct walker *walker, const struct event *event);

static inline void walk_event(struct walker *walker, const struct event *event)
{
    bool is_access = event->kind == EVENT_LOAD || event->kind == EVENT_STORE;
    // Accesses to cells are nearly all there is, and change nothing.
    if (!is_access || walker->state == LANE_NEW)
        walk_change(walker, event);
}

// Whether the state does not change any more, whatever comes.
static inline bool walk_is_over(const struct walker *walker)
{
    return walker->state == LANE_FINISHED || walker->state == LANE_KILLED ||
           walker->state == LANE_FAILED;
}

#endif
