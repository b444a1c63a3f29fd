#include "trace/timeline_walk.h"

static uint64_t lock_bit(const struct event *event)
{
    return UINT64_C(1) << (event->object & 63);
}

// Which locks the lane holds. A set and not a number, so that one dropped event does not count
// wrong for ever: the next acquire and release of that lock put it right.
static void note_locks(struct walker *walker, const struct event *event)
{
    if (event->kind == EVENT_ACQUIRE)
        walker->locks_held |= lock_bit(event);
    else if (event->kind == EVENT_RELEASE)
        walker->locks_held &= ~lock_bit(event);
}

// Whether the event ends a pause or a stop from outside that the lane is in.
static bool is_return(const struct walker *walker, const struct event *event)
{
    return (event->kind == EVENT_RESUME && walker->state == LANE_PAUSED) ||
           (event->kind == EVENT_CONTINUED && walker->state == LANE_STOPPED);
}

static uint8_t state_after(struct walker *walker, const struct event *event)
{
    int after = event_info[event->kind].state_after;
    if (after < 0) {
        if (is_return(walker, event))
            return walker->state_before;
        // Its start was dropped.
        return walker->state == LANE_NEW ? LANE_RUNNING : walker->state;
    }
    bool is_halt = after == LANE_PAUSED || after == LANE_STOPPED;
    if (is_halt && walker->state != LANE_PAUSED && walker->state != LANE_STOPPED)
        walker->state_before = walker->state == LANE_NEW ? LANE_RUNNING : walker->state;
    note_locks(walker, event);
    if (after == LANE_RUNNING)
        return walker->locks_held ? LANE_HOLDING : LANE_RUNNING;
    return (uint8_t)after;
}

void walk_change(struct walker *walker, const struct event *event)
{
    if (!walk_is_over(walker))
        walker->state = state_after(walker, event);
}
