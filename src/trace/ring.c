#include "trace/ring.h"

#include <assert.h>
#include <string.h>

enum { SLOTS_MIN = 64 };

static_assert(sizeof(struct ring) % RING_LINE == 0, "slots begin on a cache line");

size_t ring_slots(size_t bytes, size_t slot_bytes)
{
    size_t n = SLOTS_MIN;
    while (n <= (SIZE_MAX - sizeof(struct ring)) / slot_bytes / 2 &&
           ring_bytes(2 * n, slot_bytes) <= bytes)
        n *= 2;
    return n;
}

size_t ring_bytes(size_t n_slots, size_t slot_bytes)
{
    size_t bytes = sizeof(struct ring) + n_slots * slot_bytes;
    return (bytes + RING_LINE - 1) / RING_LINE * RING_LINE;
}

void ring_init(struct ring *ring, size_t n_slots)
{
    assert(n_slots > 0 && (n_slots & (n_slots - 1)) == 0);
    *ring = (struct ring){.mask = n_slots - 1};
}

// The slots follow the struct; how large one is, only the two typed halves below know.
static inline void *slot_at(struct ring *ring, uint64_t count, size_t slot_bytes)
{
    return (unsigned char *)(ring + 1) + (count & ring->mask) * slot_bytes;
}

static inline uint64_t free_slots(const struct ring *ring, uint64_t head)
{
    return ring->mask + 1 - (head - ring->tail_seen);
}

static inline void refresh_tail(struct ring *ring)
{
    // Pairs with the release in drain: the slots before tail have been copied out, so they may be
    // written again.
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
}

static inline bool has_room(struct ring *ring, uint64_t head, uint64_t wanted)
{
    if (free_slots(ring, head) >= wanted)
        return true;
    refresh_tail(ring);
    return free_slots(ring, head) >= wanted;
}

static inline void publish(struct ring *ring, uint64_t head)
{
    // Pairs with the acquire in drain: whoever sees this head sees the slots before it.
    atomic_store_explicit(&ring->head, head, memory_order_release);
}

// What only the lane writes it may read without order.
static inline uint64_t own_head(struct ring *ring)
{
    return atomic_load_explicit(&ring->head, memory_order_relaxed);
}

static void count_drop(struct ring *ring)
{
    ring->gap++;
    // A statistic: it orders nothing, and only the lane writes it.
    uint64_t dropped = atomic_load_explicit(&ring->dropped, memory_order_relaxed);
    atomic_store_explicit(&ring->dropped, dropped + 1, memory_order_relaxed);
}

bool ring_push_event(struct ring *ring, const struct event *event)
{
    uint64_t head = own_head(ring);
    if (!has_room(ring, head, ring->gap ? 2 : 1)) {
        count_drop(ring);
        return false;
    }
    if (ring->gap) {
        struct event gap = {
            .t_ns = event->t_ns,
            .value = (int64_t)ring->gap,
            .pc = event->pc,
            .object = EVENT_NO_OBJECT,
            .lane = event->lane,
            .kind = EVENT_GAP,
        };
        memcpy(slot_at(ring, head++, sizeof gap), &gap, sizeof gap);
        ring->gap = 0;
    }
    memcpy(slot_at(ring, head++, sizeof *event), event, sizeof *event);
    publish(ring, head);
    return true;
}

struct update *ring_next_update(struct ring *ring)
{
    uint64_t head = own_head(ring);
    return has_room(ring, head, 1) ? slot_at(ring, head, sizeof(struct update)) : NULL;
}

void ring_publish_update(struct ring *ring)
{
    publish(ring, own_head(ring) + 1);
}

struct update ring_unpublished_update(const struct ring *ring)
{
    // Pairs with the release in publish.
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    return *(const struct update *)slot_at((struct ring *)(uintptr_t)ring, head,
                                           sizeof(struct update));
}

bool ring_push_update(struct ring *ring, const struct update *update)
{
    struct update *slot = ring_next_update(ring);
    if (!slot)
        return false;
    *slot = *update;
    ring_publish_update(ring);
    return true;
}

static inline size_t drain(struct ring *ring, unsigned char *out, size_t cap, size_t slot_bytes)
{
    // What only the collector writes it may read without order.
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    // Pairs with the release in publish.
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    size_t n = head - tail < cap ? (size_t)(head - tail) : cap;
    // An empty drain leaves the consumer's line alone, which the lane reads.
    if (n == 0)
        return 0;
    size_t to_wrap = (size_t)(ring->mask + 1 - (tail & ring->mask));
    size_t first = n < to_wrap ? n : to_wrap;
    memcpy(out, slot_at(ring, tail, slot_bytes), first * slot_bytes);
    memcpy(out + first * slot_bytes, slot_at(ring, 0, slot_bytes), (n - first) * slot_bytes);
    // Pairs with the acquire in refresh_tail: the copies are made, the lane may overwrite.
    atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
    return n;
}

size_t ring_drain_events(struct ring *ring, struct event *out, size_t cap)
{
    return drain(ring, (unsigned char *)out, cap, sizeof *out);
}

size_t ring_drain_updates(struct ring *ring, struct update *out, size_t cap)
{
    return drain(ring, (unsigned char *)out, cap, sizeof *out);
}

size_t ring_room(struct ring *ring)
{
    uint64_t head = own_head(ring);
    // While plenty is known to be free, the shared line is left alone.
    if (free_slots(ring, head) <= ring->mask / 2)
        refresh_tail(ring);
    return (size_t)free_slots(ring, head);
}
