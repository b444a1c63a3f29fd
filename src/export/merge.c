#include "export/merge.h"

#include "base/mem.h"

// What comes next of a lane.
struct source {
    struct merged merged;
    uint64_t next; // number of the event after it
};

// A heap: every source is before the two that are under it.
struct merge {
    const struct timeline *tl;
    size_t n;
    struct source sources[];
};

static bool is_before(const struct source *a, const struct source *b)
{
    const struct event *x = &a->merged.event, *y = &b->merged.event;
    return x->t_ns != y->t_ns ? x->t_ns < y->t_ns : x->lane < y->lane;
}

static void sift_down(struct merge *merge, size_t at)
{
    for (;;) {
        size_t first = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < merge->n; child++)
            if (is_before(&merge->sources[child], &merge->sources[first]))
                first = child;
        if (first == at)
            return;
        struct source source = merge->sources[at];
        merge->sources[at] = merge->sources[first];
        merge->sources[first] = source;
        at = first;
    }
}

// The next of the lane. False: there is none.
static bool refill(const struct timeline *tl, uint16_t lane, struct source *source)
{
    uint64_t n = timeline_count(tl, lane), from = source->next;
    while (source->next < n && timeline_is_unreadable(timeline_at(tl, lane, source->next)))
        source->next++;
    source->merged.n_unreadable = source->next - from;
    if (source->next > from) {
        source->merged.event = (struct event){.t_ns = source->merged.event.t_ns,
                                              .object = EVENT_NO_OBJECT,
                                              .lane = lane,
                                              .kind = EVENT_GAP};
        return true;
    }
    if (source->next < n)
        source->merged.event = *timeline_at(tl, lane, source->next++);
    return from < n;
}

struct merge *merge_open(const struct timeline *tl, size_t n_lanes)
{
    struct merge *merge = mem_alloc(sizeof *merge + n_lanes * sizeof *merge->sources);
    merge->tl = tl;
    for (size_t lane = 0; lane < n_lanes; lane++) {
        struct source *source = &merge->sources[merge->n];
        *source = (struct source){.next = timeline_first(tl, lane)};
        merge->n += refill(tl, (uint16_t)lane, source);
    }
    for (size_t i = merge->n / 2; i-- > 0;)
        sift_down(merge, i);
    return merge;
}

void merge_close(struct merge *merge)
{
    mem_free(merge);
}

bool merge_next(struct merge *merge, struct merged *out)
{
    if (merge->n == 0)
        return false;
    struct source *top = &merge->sources[0];
    *out = top->merged;
    if (!refill(merge->tl, out->event.lane, top))
        *top = merge->sources[--merge->n];
    sift_down(merge, 0);
    return true;
}
