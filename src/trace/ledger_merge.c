#include "trace/ledger_private.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

enum { QUEUE_KEPT = 1 << 14 };

// Merging: a lane whose oldest update replaces its cell's last write is ready; any other lane waits
// in the bucket of the write that must come first. At most one lane waits for a given write, since
// a write is replaced only once.

static uint16_t *bucket_of(struct ledger *ledger, uint64_t id, uint16_t cell)
{
    uint64_t mixed = (id ^ ((uint64_t)cell << 40)) * UINT64_C(0x9e3779b97f4a7c15);
    return &ledger->buckets[(mixed >> 40) & ledger->bucket_mask];
}

static void lane_wait(struct ledger *ledger, uint16_t number)
{
    struct lane *lane = &ledger->lanes[number];
    const struct update *first = &lane->queue[lane->head];
    uint16_t *bucket = bucket_of(ledger, first->old, first->cell);
    lane->next_waiting = *bucket;
    *bucket = number;
}

static bool lane_is_ready(const struct ledger *ledger, const struct lane *lane)
{
    const struct update *first = &lane->queue[lane->head];
    return first->old == ledger->cells[first->cell].sum.last_write;
}

static void lane_enlist(struct ledger *ledger, uint16_t number)
{
    if (lane_is_ready(ledger, &ledger->lanes[number]))
        ledger->ready[ledger->n_ready++] = number;
    else
        lane_wait(ledger, number);
}

// Makes the lane ready that waited for this write.
static void wake_waiting(struct ledger *ledger, uint64_t id, uint16_t cell)
{
    for (uint16_t *place = bucket_of(ledger, id, cell); *place != NO_LANE;) {
        struct lane *lane = &ledger->lanes[*place];
        const struct update *first = &lane->queue[lane->head];
        if (first->old == id && first->cell == cell) {
            ledger->ready[ledger->n_ready++] = *place;
            *place = lane->next_waiting;
            return;
        }
        place = &lane->next_waiting;
    }
}

// While one lane is off its core the others' updates may have to wait for it, many of them: the
// room for that is given back.
static void queue_reserve(struct lane *lane, size_t n)
{
    if (lane->head == lane->len)
        lane->head = lane->len = 0;
    bool is_too_large = lane->cap > QUEUE_KEPT && lane->len - lane->head + n <= QUEUE_KEPT / 2;
    bool is_worn = lane->len + n > lane->cap && lane->head >= lane->cap / 2;
    if (lane->head && (is_too_large || is_worn)) {
        lane->len -= lane->head;
        memmove(lane->queue, lane->queue + lane->head, lane->len * sizeof *lane->queue);
        lane->head = 0;
    }
    if (is_too_large) {
        lane->cap = QUEUE_KEPT;
        lane->queue = mem_resize(lane->queue, lane->cap, sizeof *lane->queue);
    }
    lane->queue = mem_room(lane->queue, &lane->cap, lane->len + n, sizeof *lane->queue);
}

struct update *ledger_room(struct ledger *ledger, size_t number, size_t n)
{
    struct lane *lane = &ledger->lanes[number];
    queue_reserve(lane, n);
    return lane->queue + lane->len;
}

void ledger_push(struct ledger *ledger, size_t lane, const struct update *updates, size_t n)
{
    if (!n)
        return;
    memcpy(ledger_room(ledger, lane, n), updates, n * sizeof *updates);
    ledger_push_room(ledger, lane, n);
}

void ledger_push_room(struct ledger *ledger, size_t number, size_t n)
{
    struct lane *lane = &ledger->lanes[number];
    bool was_empty = lane->head == lane->len;
    if (!n)
        return;
    lane->len += n;
    lane->pushed += n;
    ledger->n_waiting += n;
    if (was_empty)
        lane_enlist(ledger, (uint16_t)number);
}

// Merges updates of one lane for as long as they are next; returns how many.
static size_t merge_lane(struct ledger *ledger, uint16_t number, size_t max, ledger_sink sink,
                         void *context)
{
    struct lane *lane = &ledger->lanes[number];
    struct ledger_step step;
    size_t n = 0;
    for (;;) {
        const struct update *update = &lane->queue[lane->head];
        store_apply(ledger, number, update, &step);
        lane->head++;
        lane->merged++;
        n++;
        if (sink)
            sink(context, &step);
        const struct update *next = lane->head < lane->len ? update + 1 : NULL;
        bool follows = next && next->cell == update->cell && next->old == update->id;
        if (!follows)
            wake_waiting(ledger, update->id, update->cell);
        if (!next)
            break;
        if (n == max || (!follows && !lane_is_ready(ledger, lane))) {
            lane_enlist(ledger, number);
            break;
        }
    }
    ledger->n_waiting -= n;
    return n;
}

size_t ledger_merge(struct ledger *ledger, size_t max, ledger_sink sink, void *context)
{
    size_t n = 0;
    while (ledger->n_ready && (!max || n < max)) {
        uint16_t lane = ledger->ready[--ledger->n_ready];
        n += merge_lane(ledger, lane, max ? max - n : 0, sink, context);
    }
    ledger->is_changed |= n > 0;
    return n;
}

size_t ledger_waiting(const struct ledger *ledger)
{
    return ledger->n_waiting;
}

uint64_t ledger_missing(const struct ledger *ledger, size_t number, size_t cell)
{
    const struct lane *writer = &ledger->lanes[number];
    if (writer->head < writer->len)
        return WRITE_INITIAL;
    for (size_t i = 0; i < ledger->n_lanes; i++) {
        const struct lane *lane = &ledger->lanes[i];
        if (lane->head == lane->len || lane_is_ready(ledger, lane))
            continue;
        const struct update *first = &lane->queue[lane->head];
        if (first->cell == cell && write_lane(first->old) == number)
            return first->old;
    }
    return WRITE_INITIAL;
}
