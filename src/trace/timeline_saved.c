#include "trace/timeline_saved.h"

#include "base/mem.h"
#include "base/search.h"

#include <string.h>

// Pages side by side that cannot be read: all of them, up to ones that can be, or the lane's ends.
struct gap {
    size_t lane;
    uint64_t first_page, end_page;
};

struct saved_gaps {
    struct gap *gaps; // those found so far, by lane and page
    size_t n, cap;
    struct node before, after; // of the one that was asked for last
    struct event hidden;
};

struct saved_gaps *saved_gaps_new(void)
{
    return mem_alloc(sizeof(struct saved_gaps));
}

void saved_gaps_free(struct saved_gaps *gaps)
{
    if (gaps)
        mem_free(gaps->gaps);
    mem_free(gaps);
}

bool saved_gaps_are_any(const struct saved_gaps *gaps)
{
    return gaps->n > 0;
}

// --- marks

static struct event *find_store(struct cached_page *page, const struct saved_mark *mark)
{
    uint64_t first = page->node.page * TIMELINE_PAGE;
    if (mark->index != UINT64_MAX)
        return mark->index >= first && mark->index - first < page->n
                   ? &page->events[mark->index - first]
                   : NULL;
    for (size_t i = 0; i < page->n; i++)
        if (page->events[i].kind == EVENT_STORE && page->events[i].object == mark->cell &&
            page->events[i].turn == mark->mark)
            return &page->events[i];
    return NULL;
}

void timeline_saved_flags(const struct timeline_lane *lane, struct cached_page *page)
{
    size_t low = 0, high = lane->n_saved_marks;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lane->saved_marks[middle].page < page->node.page)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < lane->n_saved_marks && lane->saved_marks[low].page == page->node.page; low++) {
        struct event *store = find_store(page, &lane->saved_marks[low]);
        if (store && store->kind == EVENT_STORE)
            store->flags |= lane->saved_marks[low].flag;
    }
}

// --- pages

uint64_t timeline_saved_time(const struct timeline_lane *lane, uint64_t page)
{
    if (page < lane->first_page)
        return lane->first_ns;
    bool is_there = page - lane->first_page < lane->n_saved;
    return is_there ? lane->saved[page - lane->first_page].t_ns : lane->known_ns;
}

const struct cached_page *timeline_saved_page(const struct timeline *tl, size_t index,
                                              uint64_t page)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    if (page < lane->first_page || page - lane->first_page >= lane->n_saved)
        return NULL;
    return page_cache_get(tl->cache, index, page, lane->saved[page - lane->first_page].offset);
}

static uint64_t page_time(const void *pages, size_t i)
{
    return ((const struct saved_page *)pages)[i].t_ns;
}

uint64_t timeline_saved_before(const struct timeline_lane *lane, uint64_t t_ns)
{
    return search_below(lane->saved, (size_t)lane->n_saved, page_time, t_ns);
}

void timeline_expect(const struct timeline *tl, size_t index, uint64_t t0_ns, uint64_t width_ns,
                     size_t n_columns)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    uint64_t last = 0;
    for (size_t x = 0; lane->saved && x <= n_columns; x++) {
        uint64_t n = timeline_saved_before(lane, t0_ns + x * width_ns);
        if (n > last)
            page_cache_expect(tl->cache, index, lane->first_page + n - 1,
                              lane->saved[n - 1].offset);
        last = n;
    }
}

const struct event *timeline_saved_hidden(const struct timeline *tl, size_t lane, uint64_t page)
{
    tl->gaps->hidden = (struct event){.kind = EVENT_GAP,
                                      .lane = (uint16_t)lane,
                                      .object = EVENT_NO_OBJECT,
                                      .t_ns = timeline_saved_time(&tl->lanes[lane], page)};
    return &tl->gaps->hidden;
}

// --- gaps

// The first gap that ends behind the page.
static size_t place_of(const struct saved_gaps *gaps, size_t lane, uint64_t page)
{
    size_t low = 0, high = gaps->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct gap *gap = &gaps->gaps[middle];
        if (gap->lane < lane || (gap->lane == lane && gap->end_page <= page))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// The gap that a page which cannot be read lies in.
static struct gap find_gap(const struct timeline *tl, size_t index, uint64_t page)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    struct saved_gaps *gaps = tl->gaps;
    size_t place = place_of(gaps, index, page);
    if (place < gaps->n && gaps->gaps[place].lane == index && gaps->gaps[place].first_page <= page)
        return gaps->gaps[place];
    struct gap gap = {.lane = index, .first_page = page, .end_page = page + 1};
    while (gap.first_page > lane->first_page && !timeline_saved_page(tl, index, gap.first_page - 1))
        gap.first_page--;
    uint64_t end = lane->first_page + lane->n_saved;
    while (gap.end_page < end && !timeline_saved_page(tl, index, gap.end_page))
        gap.end_page++;
    gaps->gaps = mem_room(gaps->gaps, &gaps->cap, gaps->n + 1, sizeof *gaps->gaps);
    memmove(&gaps->gaps[place + 1], &gaps->gaps[place], (gaps->n - place) * sizeof *gaps->gaps);
    gaps->gaps[place] = gap;
    gaps->n++;
    return gap;
}

// What is known where a gap begins: all of the page before it, up to then.
static struct node node_before(const struct timeline *tl, const struct gap *gap)
{
    const struct timeline_lane *lane = &tl->lanes[gap->lane];
    struct node node = {.t_ns = lane->first_ns, .before.state_ns[LANE_NEW] = lane->first_ns};
    const struct cached_page *page = timeline_saved_page(tl, gap->lane, gap->first_page - 1);
    if (page) {
        uint64_t begin_ns = timeline_saved_time(lane, gap->first_page);
        node = page->node;
        node_walk(&node, page->events, page->n);
        node.before.state_ns[node.walker.state] += begin_ns - node.t_ns;
        node.t_ns = begin_ns;
    }
    node.page = gap->first_page;
    return node;
}

static struct node node_after(const struct timeline *tl, const struct gap *gap)
{
    const struct timeline_lane *lane = &tl->lanes[gap->lane];
    const struct cached_page *page = timeline_saved_page(tl, gap->lane, gap->end_page);
    if (page)
        return page->node;
    return (struct node){
        .t_ns = lane->known_ns, .page = gap->end_page, .walker = lane->walker, .before = lane->sum};
}

struct node_pair timeline_saved_nodes(const struct timeline *tl, size_t index, uint64_t page)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    if (lane->n_saved == 0)
        return (struct node_pair){.node = NULL};
    if (page < lane->first_page) {
        struct node_pair first = timeline_saved_nodes(tl, index, lane->first_page);
        return (struct node_pair){.next = first.next ? first.next : first.node};
    }
    if (page - lane->first_page >= lane->n_saved)
        page = lane->first_page + lane->n_saved - 1;
    const struct cached_page *found = timeline_saved_page(tl, index, page);
    if (found)
        return (struct node_pair){.node = &found->node};
    struct gap gap = find_gap(tl, index, page);
    tl->gaps->before = node_before(tl, &gap);
    tl->gaps->after = node_after(tl, &gap);
    return (struct node_pair){.node = &tl->gaps->before, .next = &tl->gaps->after};
}
