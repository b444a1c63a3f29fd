// A timeline as it is written: pages of events, a node for each, and what the kernel adds.
#include "trace/timeline.h"

#include "base/mem.h"
#include "trace/timeline_saved.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = TIMELINE_PAGE * (int)sizeof(struct event),
    OPEN_MIN = 16,   // events that a page has room for at first
    MARK_BACK = 64,  // nodes that a mark is counted in at most, else it is a late one
    MARK_SEEK = 512, // events that are looked at to find a store
    MARK_STEPS = 64, // and from the last one on, before it is searched for
    WAITED_MAX = 4096,
};

struct timeline *timeline_new(size_t n_lanes, size_t memory_bytes)
{
    size_t own_bytes = sizeof(struct timeline) + n_lanes * sizeof(struct timeline_lane);
    struct timeline *tl = mem_alloc(own_bytes);
    tl->n_lanes = n_lanes;
    tl->memo = mem_alloc(sizeof *tl->memo);
    tl->memo->lane = SIZE_MAX;
    size_t left_bytes = memory_bytes > own_bytes ? memory_bytes - own_bytes : 0;
    // A quarter for the nodes; of the rest, every lane has an open page.
    size_t nodes = n_lanes ? left_bytes / 4 / n_lanes / sizeof(struct node) : 0;
    size_t tier_max = nodes / (NODES_TIERS - 1);
    size_t open_bytes = n_lanes * PAGE_BYTES;
    left_bytes -= left_bytes / 4;
    tl->pages_max = left_bytes > open_bytes ? (left_bytes - open_bytes) / (PAGE_BYTES + 32) : 0;
    for (size_t i = 0; i < n_lanes; i++) {
        tl->lanes[i].end_ns = UINT64_MAX;
        tl->lanes[i].nodes.tier_max =
            tier_max > 2 * NODES_FANOUT ? tier_max - NODES_FANOUT : NODES_FANOUT;
    }
    return tl;
}

static struct event **page_at(const struct timeline_lane *lane, size_t index)
{
    size_t place = lane->first_place + index;
    return &lane->pages[place < lane->cap_pages ? place : place - lane->cap_pages];
}

void timeline_free(struct timeline *tl)
{
    if (!tl)
        return;
    for (size_t i = 0; i < tl->n_lanes; i++) {
        struct timeline_lane *lane = &tl->lanes[i];
        for (size_t k = 0; k < lane->n_pages; k++)
            mem_free(*page_at(lane, k));
        mem_free(lane->pages);
        nodes_clear(&lane->nodes);
        mem_free(lane->late[0].t_ns);
        mem_free(lane->late[1].t_ns);
        mem_free(lane->preempted);
        mem_free(lane->waited);
        mem_free(lane->saved);
        mem_free(lane->saved_marks);
        mem_free(lane->not_late[0].t_ns);
        mem_free(lane->not_late[1].t_ns);
    }
    page_cache_free(tl->cache);
    saved_gaps_free(tl->gaps);
    mem_free(tl->full);
    mem_free(tl->memo);
    mem_free(tl);
}

void timeline_on_give_up(struct timeline *tl, timeline_give_up give_up, void *context)
{
    tl->give_up = give_up;
    tl->give_up_context = context;
}

// --- pages

static void give_up_oldest(struct timeline *tl)
{
    size_t index = tl->full[tl->first_full];
    struct timeline_lane *lane = &tl->lanes[index];
    if (tl->give_up)
        tl->give_up(tl->give_up_context, tl, index, lane->first_page);
    tl->first_full = (tl->first_full + 1) % tl->cap_full;
    tl->n_full--;
    // An old page is far from the processor: it is looked at only when it may have one.
    const struct event *page = *page_at(lane, 0);
    for (size_t i = 0; i < TIMELINE_PAGE && lane->gone_gaps < lane->sum.marks[MARK_GAP]; i++)
        lane->gone_gaps += page[i].kind == EVENT_GAP;
    mem_free(*page_at(lane, 0));
    lane->first_place = (lane->first_place + 1) % lane->cap_pages;
    lane->n_pages--;
    lane->first_page++;
}

static void note_full(struct timeline *tl, size_t lane)
{
    if (tl->n_full == tl->cap_full) {
        size_t cap = tl->cap_full ? 2 * tl->cap_full : 16;
        uint16_t *larger = mem_array(cap, sizeof *larger);
        for (size_t i = 0; i < tl->n_full; i++)
            larger[i] = tl->full[(tl->first_full + i) % tl->cap_full];
        mem_free(tl->full);
        tl->full = larger;
        tl->first_full = 0;
        tl->cap_full = cap;
    }
    tl->full[(tl->first_full + tl->n_full++) % tl->cap_full] = (uint16_t)lane;
    while (tl->n_full > tl->pages_max)
        give_up_oldest(tl);
}

static void grow_pages(struct timeline_lane *lane)
{
    size_t cap = lane->cap_pages ? 2 * lane->cap_pages : 4;
    struct event **larger = mem_array(cap, sizeof *larger);
    for (size_t i = 0; i < lane->n_pages; i++)
        larger[i] = *page_at(lane, i);
    mem_free(lane->pages);
    lane->pages = larger;
    lane->first_place = 0;
    lane->cap_pages = cap;
}

static void open_page(struct timeline *tl, size_t index, uint64_t t_ns)
{
    struct timeline_lane *lane = &tl->lanes[index];
    if (lane->n_events > 0)
        note_full(tl, index);
    struct node node = {
        .t_ns = t_ns,
        .page = lane->n_events / TIMELINE_PAGE,
        .walker = lane->walker,
        .before = lane->sum,
    };
    nodes_push(&lane->nodes, &node);
    if (lane->n_pages == lane->cap_pages)
        grow_pages(lane);
    // Most lanes have few events; one that filled a page will fill the next.
    lane->open_cap = lane->n_events ? TIMELINE_PAGE : OPEN_MIN;
    *page_at(lane, lane->n_pages++) = mem_array(lane->open_cap, sizeof(struct event));
}

// The place of the lane's next event, which is at t_ns.
static struct event *next_place(struct timeline *tl, size_t index, uint64_t t_ns)
{
    struct timeline_lane *lane = &tl->lanes[index];
    size_t in_page = lane->n_events % TIMELINE_PAGE;
    if (in_page == 0)
        open_page(tl, index, t_ns);
    struct event **page = page_at(lane, lane->n_pages - 1);
    if (in_page == lane->open_cap) {
        lane->open_cap *= 2;
        *page = mem_resize(*page, lane->open_cap, sizeof **page);
    }
    lane->n_events++;
    return &(*page)[in_page];
}

// Takes the lane up to its next event; returns when that is, which is not before the last one.
static uint64_t reach(struct timeline *tl, struct timeline_lane *lane, uint64_t t_ns)
{
    if (t_ns < lane->known_ns)
        t_ns = lane->known_ns;
    lane->sum.state_ns[lane->walker.state] += t_ns - lane->known_ns;
    lane->known_ns = t_ns;
    if (t_ns > tl->newest_ns)
        tl->newest_ns = t_ns;
    tl->version++;
    return t_ns;
}

void timeline_append(struct timeline *tl, const struct event *event)
{
    assert(event->lane < tl->n_lanes && event->kind < EVENT_KIND_COUNT);
    struct timeline_lane *lane = &tl->lanes[event->lane];
    if (!lane->has_begun) {
        lane->has_begun = true;
        lane->first_ns = event->t_ns;
    }
    uint64_t t_ns = reach(tl, lane, event->t_ns);
    struct event *own = next_place(tl, event->lane, t_ns);
    *own = *event;
    own->t_ns = t_ns;
    if (event->kind == EVENT_STORE)
        own->flags = event->flags & (uint8_t) ~(ACCESS_LOSS | ACCESS_LOST);
    walk_event(&lane->walker, event);
    if (lane->end_ns == UINT64_MAX && walk_is_over(&lane->walker))
        lane->end_ns = t_ns;
    sum_count_new(&lane->sum, event);
}

// A LOAD or STORE of a lane in a state: it stays in it.
static inline void append_access(struct timeline *tl, size_t index, const struct event *event)
{
    struct timeline_lane *lane = &tl->lanes[index];
    uint64_t t_ns = reach(tl, lane, event->t_ns);
    struct event *own = next_place(tl, index, t_ns);
    *own = *event;
    own->t_ns = t_ns;
    if (event->kind == EVENT_STORE)
        own->flags &= (uint8_t) ~(ACCESS_LOSS | ACCESS_LOST);
    lane->sum.marks[event->kind == EVENT_STORE ? MARK_STORE : MARK_LOAD]++;
}

void timeline_append_updates(struct timeline *tl, size_t index, const struct update *updates,
                             size_t n)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    for (size_t i = 0; i < n; i++) {
        const struct update *update = &updates[i];
        struct event load = event_of_load(update, (uint16_t)index);
        struct event store = event_of_store(update, (uint16_t)index);
        if (lane->walker.state != LANE_NEW) {
            if (update_has_load(update))
                append_access(tl, index, &load);
            append_access(tl, index, &store);
            continue;
        }
        if (update_has_load(update))
            timeline_append(tl, &load);
        timeline_append(tl, &store);
    }
}

// --- marks of the ledger

static struct event *event_at(struct timeline_lane *lane, uint64_t index)
{
    size_t page = (size_t)(index / TIMELINE_PAGE - lane->first_page);
    return &(*page_at(lane, page))[index % TIMELINE_PAGE];
}

// What timeline_find says of t_ns. The ledger mostly goes forward, in small steps.
static uint64_t find_on(struct timeline *tl, size_t index, uint64_t t_ns)
{
    struct timeline_lane *lane = &tl->lanes[index];
    uint64_t i = lane->found, end = i + MARK_STEPS;
    bool is_ahead = t_ns >= lane->found_ns && i / TIMELINE_PAGE >= lane->first_page;
    while (is_ahead && i < end && i < lane->n_events && event_at(lane, i)->t_ns < t_ns)
        i++;
    if (!is_ahead || i == end)
        i = timeline_find(tl, index, t_ns);
    lane->found = i;
    lane->found_ns = t_ns;
    return i;
}

// Where the store is among the events that are kept, at or soon after t_ns.
static uint64_t find_store(struct timeline *tl, size_t index, uint64_t t_ns, size_t cell,
                           uint32_t mark)
{
    struct timeline_lane *lane = &tl->lanes[index];
    uint64_t i = find_on(tl, index, t_ns);
    for (uint64_t end = i + MARK_SEEK; i < lane->n_events && i < end; i++) {
        const struct event *event = event_at(lane, i);
        if (event->kind == EVENT_STORE && event->object == cell && event->turn == mark)
            return i;
    }
    return UINT64_MAX;
}

void timeline_add_late(struct late_marks *late, uint64_t t_ns)
{
    late->t_ns = mem_room(late->t_ns, &late->cap, late->n + 1, sizeof *late->t_ns);
    size_t i = late->n++;
    for (; i > 0 && late->t_ns[i - 1] > t_ns; i--)
        late->t_ns[i] = late->t_ns[i - 1];
    late->t_ns[i] = t_ns;
}

struct timeline_marked timeline_mark_store(struct timeline *tl, size_t index, uint64_t t_ns,
                                           size_t cell, uint32_t mark, uint8_t flag)
{
    struct timeline_lane *lane = &tl->lanes[index];
    enum mark kind = flag == ACCESS_LOSS ? MARK_LOSS : MARK_LOST;
    uint64_t at = find_store(tl, index, t_ns, cell, mark);
    tl->version++;
    if (at != UINT64_MAX) {
        struct event *store = event_at(lane, at);
        if (store->flags & flag)
            return (struct timeline_marked){.index = at, .is_known = true};
        store->flags |= flag;
        if (nodes_count(&lane->nodes, at / TIMELINE_PAGE, kind, MARK_BACK)) {
            lane->sum.marks[kind]++;
            return (struct timeline_marked){.index = at};
        }
        // In its own page it is seen, and behind it missing.
        t_ns = nodes_of_page(&lane->nodes, at / TIMELINE_PAGE).next->t_ns;
    }
    timeline_add_late(&lane->late[kind == MARK_LOST], t_ns);
    return (struct timeline_marked){.index = at};
}

// --- what the kernel measured

void timeline_preempted(struct timeline *tl, size_t index, uint64_t t0_ns, uint64_t t1_ns,
                        uint64_t waited_ns)
{
    assert(index < tl->n_lanes);
    struct timeline_lane *lane = &tl->lanes[index];
    if (t0_ns >= t1_ns || waited_ns == 0)
        return;
    lane->preempted = mem_room(lane->preempted, &lane->cap_preempted, lane->n_preempted + 1,
                               sizeof *lane->preempted);
    lane->preempted[lane->n_preempted++] = (struct preemption){t0_ns, t1_ns, waited_ns};
}

// Two neighbours become one, so that the memory has a bound.
static void halve_waited(struct timeline_lane *lane)
{
    size_t n = lane->n_waited / 2;
    for (size_t i = 0; i < n; i++) {
        struct waited one = lane->waited[2 * i];
        const struct waited *two = &lane->waited[2 * i + 1];
        one.t1_ns = two->t1_ns;
        for (size_t k = 0; k < 2; k++) {
            one.in[k].busy_ns = two->in[k].busy0_ns + two->in[k].busy_ns - one.in[k].busy0_ns;
            one.in[k].wait_ns += two->in[k].wait_ns;
        }
        lane->waited[i] = one;
    }
    lane->n_waited = n;
}

static void add_waited(const struct timeline *tl, size_t index, const struct preemption *p)
{
    static const enum lane_state busy[2] = {LANE_RUNNING, LANE_HOLDING};
    struct timeline_lane *lane = (struct timeline_lane *)&tl->lanes[index];
    struct reading from, to;
    timeline_read(tl, index, p->t0_ns, &from);
    timeline_read(tl, index, p->t1_ns, &to);
    uint64_t busy_ns[2], all_ns = 0;
    for (size_t k = 0; k < 2; k++) {
        busy_ns[k] = to.sum.state_ns[busy[k]] - from.sum.state_ns[busy[k]];
        all_ns += busy_ns[k];
    }
    uint64_t waited_ns = p->waited_ns < all_ns ? p->waited_ns : all_ns;
    if (waited_ns == 0)
        return;
    struct waited waited = {.t0_ns = p->t0_ns, .t1_ns = p->t1_ns};
    const struct waited *last = lane->n_waited ? &lane->waited[lane->n_waited - 1] : NULL;
    uint64_t first_part = sum_scale(waited_ns, busy_ns[0], all_ns);
    for (size_t k = 0; k < 2; k++) {
        waited.in[k].busy0_ns = from.sum.state_ns[busy[k]];
        waited.in[k].busy_ns = busy_ns[k];
        waited.in[k].wait0_ns = last ? last->in[k].wait0_ns + last->in[k].wait_ns : 0;
        waited.in[k].wait_ns = k == 0 ? first_part : waited_ns - first_part;
    }
    // Rounding down for one must not ask more of the other than it has.
    if (waited.in[1].wait_ns > busy_ns[1]) {
        waited.in[0].wait_ns += waited.in[1].wait_ns - busy_ns[1];
        waited.in[1].wait_ns = busy_ns[1];
    }
    if (lane->n_waited == WAITED_MAX)
        halve_waited(lane);
    lane->waited =
        mem_room(lane->waited, &lane->cap_waited, lane->n_waited + 1, sizeof *lane->waited);
    lane->waited[lane->n_waited++] = waited;
}

static void place_preempted(struct timeline *tl, size_t index)
{
    struct timeline_lane *lane = &tl->lanes[index];
    size_t kept = 0;
    for (size_t i = 0; i < lane->n_preempted; i++) {
        const struct preemption p = lane->preempted[i];
        if (p.t1_ns > tl->advanced_ns)
            lane->preempted[kept++] = p;
        else if (lane->has_begun && p.t1_ns > lane->first_ns)
            add_waited(tl, index, &p);
    }
    lane->n_preempted = kept;
}

void timeline_advance(struct timeline *tl, uint64_t now_ns)
{
    if (now_ns > tl->advanced_ns)
        tl->advanced_ns = now_ns;
    tl->version++;
    for (size_t i = 0; i < tl->n_lanes; i++)
        if (tl->lanes[i].n_preempted)
            place_preempted(tl, i);
}
