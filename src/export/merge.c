#include "export/merge.h"

#include "base/mem.h"

// A lane's next event.
struct source {
    const struct event *event;
    uint64_t next;
};

// A heap: every source is before the two that are under it.
struct merge {
    const struct timeline *tl;
    size_t n;
    struct source sources[];
};

static bool is_before(const struct source *a, const struct source *b)
{
    if (a->event->t_ns != b->event->t_ns)
        return a->event->t_ns < b->event->t_ns;
    return a->event->lane < b->event->lane;
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

struct merge *merge_open(const struct timeline *tl, size_t n_lanes)
{
    struct merge *merge = mem_alloc(sizeof *merge + n_lanes * sizeof *merge->sources);
    merge->tl = tl;
    for (size_t lane = 0; lane < n_lanes; lane++) {
        uint64_t first = timeline_first(tl, lane);
        if (first < timeline_count(tl, lane))
            merge->sources[merge->n++] =
                (struct source){.event = timeline_at(tl, lane, first), .next = first + 1};
    }
    for (size_t i = merge->n / 2; i-- > 0;)
        sift_down(merge, i);
    return merge;
}

void merge_close(struct merge *merge)
{
    mem_free(merge);
}

const struct event *merge_next(struct merge *merge)
{
    if (merge->n == 0)
        return NULL;
    struct source *top = &merge->sources[0];
    const struct event *event = top->event;
    if (top->next < timeline_count(merge->tl, event->lane))
        top->event = timeline_at(merge->tl, event->lane, top->next++);
    else
        *top = merge->sources[--merge->n];
    sift_down(merge, 0);
    return event;
}
