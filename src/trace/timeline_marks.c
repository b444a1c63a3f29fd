// A timeline as it is searched: from mark to mark, and for the write that an id means.
#include "trace/timeline_lane.h"

enum { LOAD_SEEK = 1024 }; // events of the lane between an update's load and its store, at most

static bool leaves(const struct event *event, enum mark mark)
{
    if (mark == MARK_LOSS || mark == MARK_LOST)
        return event->kind == EVENT_STORE &&
               (event->flags & (mark == MARK_LOSS ? ACCESS_LOSS : ACCESS_LOST));
    return mark_of(event->kind) == mark;
}

static uint64_t scan_up(const struct timeline *tl, size_t lane, enum mark mark, uint64_t from,
                        uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        if (leaves(timeline_at(tl, lane, i), mark))
            return i;
    return UINT64_MAX;
}

static uint64_t scan_down(const struct timeline *tl, size_t lane, enum mark mark, uint64_t from,
                          uint64_t to)
{
    for (uint64_t i = to; i > from; i--)
        if (leaves(timeline_at(tl, lane, i - 1), mark))
            return i - 1;
    return UINT64_MAX;
}

// Events of which the sum before them is known: one page, or several where nodes are thinned out.
// Empty when they are given up.
struct section {
    uint64_t from, to;
    uint64_t before, after; // how often the mark had been left before it, and after it
    bool is_last;
};

static struct section section_of(const struct timeline *tl, size_t lane, enum mark mark,
                                 struct node_pair pair)
{
    uint64_t first = timeline_first(tl, lane);
    struct section section = {
        .from = pair.node ? pair.node->page * TIMELINE_PAGE : first,
        .to = pair.next ? pair.next->page * TIMELINE_PAGE : timeline_count(tl, lane),
        .before = pair.node ? pair.node->before.marks[mark] : 0,
        .after = pair.next ? pair.next->before.marks[mark] : UINT64_MAX,
        .is_last = !pair.next,
    };
    section.from = section.from < first ? first : section.from;
    section.to = section.to < section.from ? section.from : section.to;
    return section;
}

static uint64_t saved_before(const struct timeline *tl, size_t lane, enum mark mark, uint64_t page)
{
    struct node_pair pair = timeline_nodes_of_page(tl, lane, page);
    return pair.node ? pair.node->before.marks[mark] : 0;
}

// Of a saved run each page has its own.
static struct section saved_section(const struct timeline *tl, size_t lane, enum mark mark,
                                    uint64_t page)
{
    uint64_t count = timeline_count(tl, lane), end = (page + 1) * TIMELINE_PAGE;
    struct section section = {.from = page * TIMELINE_PAGE,
                              .to = end < count ? end : count,
                              .before = saved_before(tl, lane, mark, page),
                              .after = UINT64_MAX,
                              .is_last = end >= count};
    if (!section.is_last)
        section.after = saved_before(tl, lane, mark, page + 1);
    return section;
}

static struct section section_at(const struct timeline *tl, size_t lane, enum mark mark,
                                 uint64_t index)
{
    uint64_t page = index / TIMELINE_PAGE;
    if (tl->lanes[lane].saved)
        return saved_section(tl, lane, mark, page);
    return section_of(tl, lane, mark, nodes_of_page(&tl->lanes[lane].nodes, page));
}

// The newest before which the mark had been left at most n times.
static struct section section_of_mark(const struct timeline *tl, size_t lane, enum mark mark,
                                      uint64_t n)
{
    if (!tl->lanes[lane].saved)
        return section_of(tl, lane, mark, nodes_of_mark(&tl->lanes[lane].nodes, mark, n));
    uint64_t low = tl->lanes[lane].first_page, high = low + tl->lanes[lane].n_saved;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (saved_before(tl, lane, mark, middle) <= n)
            low = middle;
        else
            high = middle;
    }
    return saved_section(tl, lane, mark, low);
}

// Marks that came too late for the sums: looked for one by one, they are few. Each stands in what
// the newest node before its time begins.
static uint64_t late_mark(const struct timeline *tl, size_t lane, enum mark mark, uint64_t from,
                          uint64_t to, bool is_last)
{
    if (mark != MARK_LOSS && mark != MARK_LOST)
        return UINT64_MAX;
    const struct late_marks *late = &tl->lanes[lane].late[mark == MARK_LOST];
    for (size_t k = 0; k < late->n; k++) {
        size_t at = is_last ? late->n - 1 - k : k;
        struct node_pair pair = timeline_nodes_before(tl, lane, late->t_ns[at]);
        struct section section =
            section_at(tl, lane, mark, pair.node ? pair.node->page * TIMELINE_PAGE : from);
        section.from = section.from < from ? from : section.from;
        section.to = section.to > to ? to : section.to;
        uint64_t found = is_last ? scan_down(tl, lane, mark, section.from, section.to)
                                 : scan_up(tl, lane, mark, section.from, section.to);
        if (found != UINT64_MAX)
            return found;
    }
    return UINT64_MAX;
}

uint64_t timeline_next_mark(const struct timeline *tl, size_t lane, enum mark mark, uint64_t index)
{
    uint64_t first = timeline_first(tl, lane), count = timeline_count(tl, lane);
    index = index < first ? first : index;
    if (index >= count)
        return UINT64_MAX;
    struct section section = section_at(tl, lane, mark, index);
    uint64_t found = scan_up(tl, lane, mark, index, section.to);
    while (found == UINT64_MAX && !section.is_last) {
        struct section next = section_of_mark(tl, lane, mark, section.after);
        // A page of a file that cannot be read knows nothing of its sum.
        if (next.to <= section.to)
            next = section_at(tl, lane, mark, section.to);
        found = scan_up(tl, lane, mark, next.from, next.to);
        section = next;
    }
    uint64_t late = late_mark(tl, lane, mark, index, found < count ? found : count, false);
    return late < found ? late : found;
}

uint64_t timeline_previous_mark(const struct timeline *tl, size_t lane, enum mark mark,
                                uint64_t index)
{
    uint64_t first = timeline_first(tl, lane), count = timeline_count(tl, lane);
    index = index > count ? count : index;
    if (index <= first)
        return UINT64_MAX;
    struct section section = section_at(tl, lane, mark, index - 1);
    uint64_t found = scan_down(tl, lane, mark, section.from, index);
    while (found == UINT64_MAX && section.before > 0 && section.from > first) {
        struct section before = section_of_mark(tl, lane, mark, section.before - 1);
        if (before.from >= section.from)
            before = section_at(tl, lane, mark, section.from - 1);
        found = scan_down(tl, lane, mark, before.from, before.to);
        section = before;
    }
    uint64_t from = found == UINT64_MAX ? first : found + 1;
    uint64_t late = late_mark(tl, lane, mark, from, index, true);
    return late != UINT64_MAX ? late : found;
}

// Whether the first of two writes of one lane to one cell came later, by the low bits of their
// numbers: right while fewer than 2 million lie between them.
static bool is_later(uint32_t a, uint32_t b)
{
    uint32_t distance = (a - b) << (32 - WRITE_MARK_SEQ_BITS);
    return distance != 0 && distance >> 31 == 0;
}

uint64_t timeline_find_store(const struct timeline *tl, size_t lane, size_t cell, uint32_t mark)
{
    uint64_t low = timeline_first(tl, lane), high = timeline_count(tl, lane);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2, i = middle;
        const struct event *event = NULL;
        for (; i < high; i++) {
            event = timeline_at(tl, lane, i);
            if (event->kind == EVENT_STORE && event->object == cell)
                break;
        }
        if (i == high || is_later(event->turn, mark))
            high = middle;
        else if (event->turn == mark)
            return i;
        else
            low = i + 1;
    }
    return UINT64_MAX;
}

uint64_t timeline_find_load(const struct timeline *tl, size_t lane, uint64_t store)
{
    const struct event *event = timeline_at(tl, lane, store);
    uint64_t first = timeline_first(tl, lane);
    uint16_t cell = event->object;
    // Updates of the cell inside this one, in a function that it calls.
    size_t inside = 0;
    for (uint64_t i = store; (event->flags & ACCESS_UPDATE) && i > first && store - i < LOAD_SEEK;
         i--) {
        const struct event *before = timeline_at(tl, lane, i - 1);
        if (before->object != cell || !(before->flags & ACCESS_UPDATE))
            continue;
        // Of a statement that was done again, all loads but the first.
        bool is_again = before->kind == EVENT_LOAD && (before->flags & ACCESS_AGAIN);
        if (before->kind == EVENT_LOAD && inside == 0)
            return i - 1;
        if (before->kind == EVENT_LOAD && !is_again)
            inside--;
        inside += before->kind == EVENT_STORE;
    }
    return UINT64_MAX;
}
