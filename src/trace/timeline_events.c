#include "trace/timeline_events.h"

#include "base/mem.h"

enum { CAP_MIN = 64 };

size_t events_cap_for(size_t bytes)
{
    size_t n = bytes / (sizeof(struct event) + sizeof(uint8_t));
    return n > CAP_MIN ? n : CAP_MIN;
}

void events_clear(struct events *events)
{
    mem_free(events->ring);
    mem_free(events->states);
    *events = (struct events){.cap_max = events->cap_max};
}

static void evict_oldest(struct events *events)
{
    events->has_evicted = true;
    events->evicted_ns = events->ring[events->first].t_ns;
    events->state_evicted = events->states[events->first];
    events->first = events_place(events, 1);
    events->count--;
}

void events_make_room(struct events *events)
{
    if (events->cap == events->cap_max) {
        evict_oldest(events);
        return;
    }
    // Nothing has been forgotten yet, so the oldest is in the first place.
    size_t cap = events->cap ? 2 * events->cap : CAP_MIN;
    events->cap = cap < events->cap_max ? cap : events->cap_max;
    events->ring = mem_resize(events->ring, events->cap, sizeof(struct event));
    events->states = mem_resize(events->states, events->cap, sizeof(uint8_t));
}

void events_merge(struct events *events, const struct late_event *late, size_t n)
{
    // Room for all of them first, so that the number of those too old to keep is known.
    size_t room = n < events->cap_max ? n : events->cap_max;
    while (events->count + room > events->cap)
        events_make_room(events);
    size_t n_old = 0;
    while (n_old < n && late[n_old].event.t_ns < events_complete_from(events))
        n_old++;
    late += n_old;
    n -= n_old;
    if (n > room) {
        late += n - room;
        n = room;
    }

    // From the newest backwards; the place written to is never before the one read from.
    size_t from = events->count;
    size_t to = events->count += n;
    while (n > 0) {
        if (from > 0 && events_at(events, from - 1)->t_ns > late[n - 1].event.t_ns) {
            size_t old = events_place(events, --from);
            size_t place = events_place(events, --to);
            events->ring[place] = events->ring[old];
            events->states[place] = events->states[old];
        } else {
            size_t place = events_place(events, --to);
            events->ring[place] = late[--n].event;
            events->states[place] = (uint8_t)events_state_before(events, from);
        }
    }
}

enum lane_state events_state_before(const struct events *events, size_t index)
{
    if (index == 0)
        return (enum lane_state)events->state_evicted;
    return (enum lane_state)events->states[events_place(events, index - 1)];
}

size_t events_find(const struct events *events, uint64_t t_ns)
{
    size_t low = 0;
    size_t high = events->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (events_at(events, middle)->t_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
