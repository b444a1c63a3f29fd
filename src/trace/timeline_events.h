#ifndef TRACE_TIMELINE_EVENTS_H
#define TRACE_TIMELINE_EVENTS_H

#include "trace/event.h"

#include <stdbool.h>
#include <stddef.h>

// One lane's newest events, exactly as they came, with the lane's state after each. A ring that
// grows to its limit before it begins to forget.
struct events {
    struct event *ring;
    uint8_t *states; // enum lane_state after the event of the same place
    size_t first;    // place of the oldest
    size_t count;
    size_t cap;
    size_t cap_max;
    bool has_evicted;
    uint64_t evicted_ns;   // time of the newest event that was forgotten
    uint8_t state_evicted; // after it; LANE_NEW when there is none
};

// An event that waits for its place: `order` tells those of the same time apart.
struct late_event {
    struct event event;
    uint64_t order;
};

// How many events fit in `bytes`; at least a few.
size_t events_cap_for(size_t bytes);
void events_clear(struct events *events); // gives the memory back

void events_make_room(struct events *events);

static inline size_t events_place(const struct events *events, size_t index)
{
    size_t place = events->first + index;
    return place < events->cap ? place : place - events->cap;
}

// Not older than the newest.
static inline void events_push(struct events *events, const struct event *event,
                               enum lane_state state)
{
    if (events->count == events->cap)
        events_make_room(events);
    size_t place = events_place(events, events->count);
    events->ring[place] = *event;
    events->states[place] = (uint8_t)state;
    events->count++;
}

// Merges events that come late, sorted by time and order, into their places: behind those of the
// same time, without a change of state. Those that are older than what is kept are left out.
void events_merge(struct events *events, const struct late_event *late, size_t n);

static inline const struct event *events_at(const struct events *events, size_t index)
{
    return &events->ring[events_place(events, index)];
}

// The state from the event before `index` on.
enum lane_state events_state_before(const struct events *events, size_t index);

// Index of the first event at or after t_ns, count when there is none.
size_t events_find(const struct events *events, uint64_t t_ns);

// From here on every event is kept.
static inline uint64_t events_complete_from(const struct events *events)
{
    return events->has_evicted ? events->evicted_ns + 1 : 0;
}

#endif
