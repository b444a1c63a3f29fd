#include "trace/copy_timeline.h"

#include "base/mem.h"
#include "trace/timeline_lane.h"

#include <string.h>

// Not zeroed first, unlike mem_array.
static void *copy_of(const void *array, size_t n, size_t size, size_t *bytes)
{
    if (!array || n == 0)
        return NULL;
    void *copy = mem_resize(NULL, n, size);
    memcpy(copy, array, n * size);
    *bytes += n * size;
    return copy;
}

static void own_pages(struct timeline_lane *lane, size_t *bytes)
{
    lane->pages = copy_of(lane->pages, lane->cap_pages, sizeof *lane->pages, bytes);
    for (size_t i = 0; i < lane->n_pages; i++) {
        struct event **page = &lane->pages[(lane->first_place + i) % lane->cap_pages];
        size_t cap = i + 1 < lane->n_pages ? TIMELINE_PAGE : lane->open_cap;
        *page = copy_of(*page, cap, sizeof **page, bytes);
    }
    for (size_t i = 0; i < NODES_TIERS; i++) {
        struct tier *tier = &lane->nodes.tiers[i];
        tier->ring = copy_of(tier->ring, tier->cap, sizeof *tier->ring, bytes);
    }
}

static void own_lane(struct timeline_lane *lane, size_t *bytes)
{
    assert(!lane->saved && !lane->saved_marks && "of a run that goes on");
    own_pages(lane, bytes);
    for (size_t i = 0; i < 2; i++) {
        struct late_marks *late = &lane->late[i], *not_late = &lane->not_late[i];
        late->t_ns = copy_of(late->t_ns, late->cap, sizeof *late->t_ns, bytes);
        not_late->t_ns = copy_of(not_late->t_ns, not_late->cap, sizeof *not_late->t_ns, bytes);
    }
    lane->preempted = copy_of(lane->preempted, lane->cap_preempted, sizeof *lane->preempted, bytes);
    lane->waited = copy_of(lane->waited, lane->cap_waited, sizeof *lane->waited, bytes);
}

struct timeline *timeline_copy(const struct timeline *tl, size_t *bytes)
{
    size_t own_bytes = sizeof *tl + tl->n_lanes * sizeof tl->lanes[0];
    struct timeline *copy = copy_of(tl, 1, own_bytes, bytes);
    assert(!tl->cache && "of a run that goes on");
    copy->give_up = NULL;
    copy->memo = copy_of(tl->memo, 1, sizeof *tl->memo, bytes);
    copy->memo->lane = SIZE_MAX; // its nodes are those of the original
    copy->full = copy_of(tl->full, tl->cap_full, sizeof *tl->full, bytes);
    for (size_t i = 0; i < copy->n_lanes; i++)
        own_lane(&copy->lanes[i], bytes);
    return copy;
}
