#ifndef TRACE_RING_H
#define TRACE_RING_H

#include "trace/event.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// Single-producer single-consumer queues in shared memory: a lane pushes, a collector drains; the
// two may be in different processes. A ring holds no pointers and owns no memory; its slots follow
// it in the mapping that contains it. A zeroed ring with its mask set is an empty ring.
enum { RING_LINE = 64 };

struct ring {
    // Producer's line. `head` counts records ever pushed and is stored by the lane only.
    _Alignas(RING_LINE) _Atomic uint64_t head;
    uint64_t tail_seen;       // last value of tail the lane read, to spare the shared line
    uint64_t gap;             // dropped since the last EVENT_GAP
    uint64_t mask;            // slots - 1, a power of two less one; set by ring_init
    _Atomic uint64_t dropped; // ever

    // Consumer's line. `tail` counts records ever drained and is stored by the collector only.
    _Alignas(RING_LINE) _Atomic uint64_t tail;
};

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "rings must work across processes");

// The largest power of two of slots that fits in `bytes` together with the struct, at least 64.
size_t ring_slots(size_t bytes, size_t slot_bytes);
size_t ring_bytes(size_t n_slots, size_t slot_bytes); // a multiple of RING_LINE
void ring_init(struct ring *ring, size_t n_slots);

// Picture events: when there is no room the event is dropped and counted, and the count is pushed
// as an EVENT_GAP as soon as there is room. Never blocks. False when the event was dropped.
bool ring_push_event(struct ring *ring, const struct event *event);
// Copies at most `cap` events to `out`, oldest first; returns how many.
size_t ring_drain_events(struct ring *ring, struct event *out, size_t cap);

// Ledger updates: never dropped. False when there is no room: the lane waits and tries again.
bool ring_push_update(struct ring *ring, const struct update *update);
// The same in two halves, for who makes the update in place: the free slot, NULL when there is no
// room, and once it is filled in, its publication.
struct update *ring_next_update(struct ring *ring);
void ring_publish_update(struct ring *ring);
// The slot that comes next, whether or not something was written into it: what a lane that was
// killed had not published. Only while nobody produces.
struct update ring_unpublished_update(const struct ring *ring);
size_t ring_drain_updates(struct ring *ring, struct update *out, size_t cap);

// Free slots as the producer sees them; a lane keeps one in hand for the update it is about to
// make.
size_t ring_room(struct ring *ring);

#endif
