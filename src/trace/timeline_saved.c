// The timeline of a saved run: its pages are read from the file when they are wanted.
#include "trace/timeline_saved.h"

#include "base/mem.h"

// Pages beside one that cannot be read which are tried in its stead.
enum { NEIGHBOURS_MAX = 64 };

static struct event *find_store(struct cached_page *page, const struct saved_mark *mark)
{
    uint64_t first = page->node.page * TIMELINE_PAGE;
    if (mark->index != UINT64_MAX)
        return mark->index >= first && mark->index - first < page->n
                   ? &page->events[mark->index - first]
                   : NULL;
    for (size_t i = 0; i < page->n; i++)
        if (page->events[i].kind == EVENT_STORE && page->events[i].turn == mark->mark)
            return &page->events[i];
    return NULL;
}

void timeline_saved_flags(const struct timeline_lane *lane, struct cached_page *page)
{
    size_t low = 0, high = lane->n_saved_marks;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lane->saved_marks[middle].t_ns < page->node.t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t end_ns = page->n ? page->events[page->n - 1].t_ns : 0;
    for (; low < lane->n_saved_marks && lane->saved_marks[low].t_ns <= end_ns; low++) {
        struct event *store = find_store(page, &lane->saved_marks[low]);
        if (store && store->kind == EVENT_STORE)
            store->flags |= lane->saved_marks[low].flag;
    }
}

const struct cached_page *timeline_saved_page(const struct timeline *tl, size_t index,
                                              uint64_t page)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    if (page < lane->first_page || page - lane->first_page >= lane->n_saved)
        return NULL;
    return page_cache_get(tl->cache, index, page, lane->saved[page - lane->first_page].offset);
}

struct node_pair timeline_saved_nodes(const struct timeline *tl, size_t index, uint64_t page)
{
    struct node_pair pair = {NULL, NULL};
    const struct cached_page *found = NULL;
    for (uint64_t i = 0; i < NEIGHBOURS_MAX && i <= page && !found; i++)
        found = timeline_saved_page(tl, index, page - i);
    pair.node = found ? &found->node : NULL;
    if (found && found->node.page == page)
        return pair;
    found = NULL;
    for (uint64_t i = 1; i < NEIGHBOURS_MAX && !found; i++)
        found = timeline_saved_page(tl, index, page + i);
    pair.next = found ? &found->node : NULL;
    return pair;
}
