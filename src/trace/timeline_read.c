// A timeline as it is read: single events, and everything up to an instant.
#include "base/search.h"
#include "trace/timeline_saved.h"

#include <assert.h>
#include <string.h>

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t timeline_now(const struct timeline *tl)
{
    return tl->advanced_ns > tl->newest_ns ? tl->advanced_ns : tl->newest_ns;
}

enum lane_state timeline_state(const struct timeline *tl, size_t lane)
{
    return (enum lane_state)tl->lanes[lane].walker.state;
}

uint64_t timeline_start(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].first_ns;
}

uint64_t timeline_end(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].end_ns;
}

// --- events

uint64_t timeline_first(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].first_page * TIMELINE_PAGE;
}

uint64_t timeline_count(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].n_events;
}

struct timeline_kept timeline_kept(const struct timeline *tl)
{
    struct timeline_kept all = {0};
    for (size_t i = 0; i < tl->n_lanes; i++) {
        const struct timeline_lane *lane = &tl->lanes[i];
        uint64_t gone_gaps = lane->gone_gaps;
        if (lane->saved && lane->first_page > 0 && lane->n_saved > 0)
            gone_gaps =
                timeline_nodes_of_page(tl, i, lane->first_page).node->before.marks[MARK_GAP];
        uint64_t gone = lane->first_page * TIMELINE_PAGE - gone_gaps;
        all.given_up += gone;
        all.kept += lane->n_events - lane->sum.marks[MARK_GAP] - gone;
    }
    return all;
}

bool timeline_has_unreadable(const struct timeline *tl)
{
    return tl->gaps && saved_gaps_are_any(tl->gaps);
}

const struct event *timeline_page_events(const struct timeline *tl, size_t index, uint64_t page,
                                         size_t *n)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    *n = 0;
    if (lane->saved) {
        const struct cached_page *saved = timeline_saved_page(tl, index, page);
        *n = saved ? saved->n : 0;
        return saved ? saved->events : NULL;
    }
    if (page < lane->first_page || page - lane->first_page >= lane->n_pages)
        return NULL;
    *n = (size_t)earlier(lane->n_events - page * TIMELINE_PAGE, TIMELINE_PAGE);
    size_t place = lane->first_place + (size_t)(page - lane->first_page);
    return lane->pages[place < lane->cap_pages ? place : place - lane->cap_pages];
}

struct node_pair timeline_nodes_of_page(const struct timeline *tl, size_t lane, uint64_t page)
{
    if (tl->lanes[lane].saved)
        return timeline_saved_nodes(tl, lane, page);
    return nodes_of_page(&tl->lanes[lane].nodes, page);
}

struct node_pair timeline_nodes_before(const struct timeline *tl, size_t index, uint64_t t_ns)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    if (!lane->saved)
        return nodes_before(&lane->nodes, t_ns);
    uint64_t n = timeline_saved_before(lane, t_ns);
    if (n > 0)
        return timeline_saved_nodes(tl, index, lane->first_page + n - 1);
    struct node_pair first = timeline_saved_nodes(tl, index, lane->first_page);
    return (struct node_pair){.next = first.next ? first.next : first.node};
}

const struct event *timeline_at(const struct timeline *tl, size_t lane, uint64_t index)
{
    size_t n;
    const struct event *events = timeline_page_events(tl, lane, index / TIMELINE_PAGE, &n);
    assert(events || tl->lanes[lane].saved);
    return events && index % TIMELINE_PAGE < n
               ? &events[index % TIMELINE_PAGE]
               : timeline_saved_hidden(tl, lane, index / TIMELINE_PAGE);
}

static uint64_t event_time(const void *events, size_t i)
{
    return ((const struct event *)events)[i].t_ns;
}

size_t timeline_count_before(const struct event *events, size_t n, uint64_t t_ns)
{
    return search_below(events, n, event_time, t_ns);
}

uint64_t timeline_find(const struct timeline *tl, size_t index, uint64_t t_ns)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    size_t n;
    const struct event *events;
    if (lane->saved) {
        struct node_pair pair = timeline_nodes_before(tl, index, t_ns);
        if (!pair.node || pair.node->page < lane->first_page)
            return lane->first_page * TIMELINE_PAGE;
        uint64_t page = pair.node->page;
        events = timeline_page_events(tl, index, page, &n);
        if (!events) // behind what cannot be read
            return pair.next ? earlier(pair.next->page * TIMELINE_PAGE, lane->n_events)
                             : lane->n_events;
        return page * TIMELINE_PAGE + timeline_count_before(events, n, t_ns);
    }
    // By the pages themselves: of old ones not each has a node.
    uint64_t low = lane->first_page, high = low + lane->n_pages;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (timeline_page_events(tl, index, middle, &n)->t_ns < t_ns)
            low = middle;
        else
            high = middle;
    }
    events = timeline_page_events(tl, index, low, &n);
    return low * TIMELINE_PAGE + (events ? timeline_count_before(events, n, t_ns) : 0);
}

uint64_t timeline_detail_from(const struct timeline *tl, size_t index)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    if (lane->first_page == 0)
        return 0;
    return timeline_at(tl, index, lane->first_page * TIMELINE_PAGE)->t_ns;
}

uint64_t timeline_walk_from(const struct timeline *tl, size_t index, uint64_t from,
                            struct walker *walker)
{
    uint64_t n_pages = (tl->lanes[index].n_events + TIMELINE_PAGE - 1) / TIMELINE_PAGE;
    *walker = (struct walker){.state = LANE_NEW};
    if (from == 0 && !tl->lanes[index].saved)
        return 0;
    for (uint64_t page = from / TIMELINE_PAGE; page < n_pages; page++) {
        size_t n;
        struct node_pair pair = timeline_nodes_of_page(tl, index, page);
        if (!pair.node || pair.node->page != page || !timeline_page_events(tl, index, page, &n))
            continue;
        *walker = pair.node->walker;
        return page * TIMELINE_PAGE;
    }
    return tl->lanes[index].n_events;
}

// --- everything up to an instant

// Takes a reading at since_ns on to t_ns, event by event.
static void walk_on(const struct timeline *tl, size_t lane, uint64_t since_ns, uint64_t t_ns,
                    struct reading *out)
{
    uint64_t page = out->index / TIMELINE_PAGE;
    size_t n, i = (size_t)(out->index % TIMELINE_PAGE);
    const struct event *events = timeline_page_events(tl, lane, page, &n);
    while (events && i < n && events[i].t_ns < t_ns) {
        size_t end = i + timeline_count_before(&events[i], n - i, t_ns);
        sum_walk(&out->sum, &out->walker, &since_ns, &events[i], end - i);
        i = end;
        // A saved page has a node of its own.
        if (i < n || tl->lanes[lane].saved)
            break;
        events = timeline_page_events(tl, lane, ++page, &n);
        i = 0;
    }
    out->sum.state_ns[out->walker.state] += t_ns - since_ns;
    out->index = page * TIMELINE_PAGE + i;
}

// Walks from the node on to t_ns; where nodes are thinned out it may be several pages away.
static void walk(const struct timeline *tl, size_t lane, const struct node *node, uint64_t t_ns,
                 struct reading *out)
{
    out->sum = node->before;
    out->walker = node->walker;
    out->index = node->page * TIMELINE_PAGE;
    out->is_exact = true;
    walk_on(tl, lane, node->t_ns, t_ns, out);
}

// Between two nodes whose events are given up: time is spread evenly, marks are where the first of
// them was.
static void spread(const struct node *node, const struct node *next, uint64_t t_ns,
                   struct reading *out)
{
    uint64_t len_ns = next->t_ns - node->t_ns, x_ns = t_ns - node->t_ns;
    out->sum = next->before;
    out->walker = next->walker;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        out->sum.state_ns[i] = node->before.state_ns[i];
    out->is_exact = x_ns == len_ns;
    out->index = next->page * TIMELINE_PAGE;
    sum_spread(&node->before, &next->before, len_ns, x_ns, &out->sum);
}

// How many are before t_ns.
static size_t late_before(const struct late_marks *late, uint64_t t_ns)
{
    size_t low = 0, high = late->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (late->t_ns[middle] < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// The beginning and the end of what is known of a lane are as good as nodes.
static struct node begin_of(const struct timeline_lane *lane)
{
    return (struct node){.t_ns = lane->first_ns, .before.state_ns[LANE_NEW] = lane->first_ns};
}

static struct node end_of(const struct timeline_lane *lane)
{
    return (struct node){.t_ns = lane->known_ns,
                         .page = (lane->n_events + TIMELINE_PAGE - 1) / TIMELINE_PAGE,
                         .walker = lane->walker,
                         .before = lane->sum};
}

// Where events are given up, or cannot be read.
static void read_gone(const struct timeline_lane *lane, const struct node_pair *pair, uint64_t t_ns,
                      struct reading *out)
{
    struct node begin, end;
    if (!pair->node)
        begin = begin_of(lane);
    if (!pair->next)
        end = end_of(lane);
    spread(pair->node ? pair->node : &begin, pair->next ? pair->next : &end, t_ns, out);
}

// At a time that lies between the lane's first event and its newest. Returns up to when late marks
// count: where a saved run cannot be read, all of them up to behind it, as all marks there do.
static uint64_t read_known(const struct timeline *tl, size_t index, uint64_t t_ns,
                           struct node_pair *near, struct reading *out)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    *near = lane->saved ? timeline_nodes_before(tl, index, t_ns)
                        : nodes_after(&lane->nodes, near, t_ns);
    size_t n;
    const struct event *events =
        near->node ? timeline_page_events(tl, index, near->node->page, &n) : NULL;
    if (events && (!near->next || near->next->t_ns >= t_ns)) {
        walk(tl, index, near->node, t_ns, out);
        return t_ns;
    }
    read_gone(lane, near, t_ns, out);
    if (lane->saved)
        return (near->next ? near->next->t_ns : lane->known_ns) + 1;
    return t_ns;
}

void timeline_read_sum(const struct timeline *tl, size_t index, uint64_t t_ns,
                       struct node_pair *near, struct reading *out)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    uint64_t now_ns = timeline_now(tl);
    uint64_t to_ns = earlier(t_ns, now_ns);
    if (!lane->has_begun || t_ns <= lane->first_ns) {
        *out = (struct reading){.is_exact = true, .sum.state_ns[LANE_NEW] = to_ns};
        return;
    }
    out->wait = (struct core_wait){0};
    if (t_ns > lane->known_ns) {
        out->sum = lane->sum;
        out->walker = lane->walker;
        out->sum.state_ns[lane->walker.state] += to_ns - lane->known_ns;
        out->index = lane->n_events;
        out->is_exact = true;
    } else {
        t_ns = read_known(tl, index, t_ns, near, out);
    }
    for (size_t k = 0; k < 2; k++)
        out->sum.marks[k == 0 ? MARK_LOSS : MARK_LOST] +=
            late_before(&lane->late[k], t_ns) - late_before(&lane->not_late[k], t_ns);
}

// How many stretches begin before t_ns: at least as many as at an earlier time, and mostly not many
// more. So it goes up in steps that double, and looks at nothing far behind t_ns.
static size_t waited_before(const struct timeline_lane *lane, uint64_t t_ns, size_t at_least)
{
    size_t low = at_least, step = 1, n = lane->n_waited;
    for (; low + step <= n && lane->waited[low + step - 1].t0_ns < t_ns; step *= 2)
        low += step;
    size_t high = low + step <= n ? low + step - 1 : n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lane->waited[middle].t0_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// What the lane had waited in one of the two states by t_ns.
static uint64_t waited_by(const struct waited *waited, size_t k, uint64_t t_ns, uint64_t state_ns)
{
    uint64_t busy0_ns = waited->in[k].busy0_ns, busy_ns = waited->in[k].busy_ns;
    uint64_t done_ns = state_ns > busy0_ns ? state_ns - busy0_ns : 0;
    if (t_ns >= waited->t1_ns || done_ns >= busy_ns)
        return waited->in[k].wait0_ns + waited->in[k].wait_ns;
    return waited->in[k].wait0_ns + sum_scale(waited->in[k].wait_ns, done_ns, busy_ns);
}

static const enum lane_state busy_states[2] = {LANE_RUNNING, LANE_HOLDING};

void timeline_wait_until(const struct timeline_lane *lane, const struct sum *sum, uint64_t t_ns,
                         struct core_wait *wait)
{
    wait->n_stretches = waited_before(lane, t_ns, wait->n_stretches);
    if (wait->n_stretches == 0)
        return;
    const struct waited *last = &lane->waited[wait->n_stretches - 1];
    for (size_t k = 0; k < 2; k++)
        wait->ns[k] = waited_by(last, k, t_ns, sum->state_ns[busy_states[k]]);
}

size_t timeline_stretches(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].n_waited;
}

struct stretch timeline_stretch(const struct timeline *tl, size_t lane, size_t index)
{
    const struct waited *waited = &tl->lanes[lane].waited[index];
    return (struct stretch){.t0_ns = waited->t0_ns,
                            .t1_ns = waited->t1_ns,
                            .waited_ns = waited->in[0].wait_ns + waited->in[1].wait_ns};
}

// Whether the last reading can be walked on to t_ns: no node is nearer.
static bool can_go_on(const struct timeline_lane *lane, const struct memo *memo, uint64_t t_ns)
{
    const struct node_pair *near = &memo->near;
    bool is_plain = !lane->saved && lane->late[0].n == 0 && lane->late[1].n == 0;
    return is_plain && memo->reading.is_exact && memo->t_ns > lane->first_ns && memo->t_ns < t_ns &&
           t_ns <= lane->known_ns && near->node && near->node->page >= lane->first_page &&
           near->node->t_ns < memo->t_ns && (!near->next || near->next->t_ns >= t_ns);
}

void timeline_read(const struct timeline *tl, size_t index, uint64_t t_ns, struct reading *out)
{
    struct memo *memo = tl->memo;
    if (memo->lane == index && memo->t_ns == t_ns && memo->version == tl->version) {
        *out = memo->reading;
        return;
    }
    bool is_on = memo->lane == index && memo->version == tl->version;
    if (!is_on)
        memo->near = (struct node_pair){.node = NULL};
    if (is_on && can_go_on(&tl->lanes[index], memo, t_ns)) {
        *out = memo->reading;
        walk_on(tl, index, memo->t_ns, t_ns, out);
    } else {
        timeline_read_sum(tl, index, t_ns, &memo->near, out);
    }
    timeline_wait_until(&tl->lanes[index], &out->sum, t_ns, &out->wait);
    memo->lane = index;
    memo->t_ns = t_ns;
    memo->version = tl->version;
    memo->reading = *out;
}

// --- columns

static void move(uint64_t state_ns[LANE_STATE_COUNT], enum lane_state state, uint64_t *owed_ns)
{
    uint64_t moved_ns = earlier(*owed_ns, state_ns[state]);
    state_ns[state] -= moved_ns;
    state_ns[LANE_PREEMPTED] += moved_ns;
    *owed_ns -= moved_ns;
}

void timeline_preempt(uint64_t state_ns[LANE_STATE_COUNT], const struct core_wait *from,
                      const struct core_wait *to)
{
    uint64_t owed_ns = 0;
    for (size_t k = 0; k < 2; k++) {
        owed_ns += to->ns[k] - from->ns[k];
        move(state_ns, busy_states[k], &owed_ns);
    }
    move(state_ns, busy_states[0], &owed_ns);
}

struct sum timeline_between(const struct reading *from, const struct reading *to)
{
    struct sum sum = sum_between(&from->sum, &to->sum);
    timeline_preempt(sum.state_ns, &from->wait, &to->wait);
    return sum;
}

static void find_main_state(struct column *column)
{
    uint64_t longest_ns = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        if (column->state_ns[i] > 0 && column->state_ns[i] >= longest_ns) {
            longest_ns = column->state_ns[i];
            column->main_state = (enum lane_state)i;
        }
}

// A column that begins where the last reading was and in which nothing happens, as in most of those
// of a lane with a pace: only time goes on. False, and nothing is done, where that is not known.
static bool column_still(const struct timeline *tl, size_t index, uint64_t t0_ns, uint64_t t1_ns,
                         struct column *out)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    struct memo *memo = tl->memo;
    struct reading *at = &memo->reading;
    bool is_here = memo->lane == index && memo->t_ns == t0_ns && memo->version == tl->version;
    if (!is_here || !can_go_on(lane, memo, t1_ns))
        return false;
    size_t n;
    const struct event *events = timeline_page_events(tl, index, at->index / TIMELINE_PAGE, &n);
    if (!events || at->index % TIMELINE_PAGE >= n || events[at->index % TIMELINE_PAGE].t_ns < t1_ns)
        return false;
    const struct core_wait from = at->wait;
    at->sum.state_ns[at->walker.state] += t1_ns - t0_ns;
    memo->t_ns = t1_ns;
    timeline_wait_until(lane, &at->sum, t1_ns, &at->wait);
    *out = (struct column){.main_state = LANE_NEW, .is_exact = true};
    out->state_ns[at->walker.state] = t1_ns - t0_ns;
    timeline_preempt(out->state_ns, &from, &at->wait);
    find_main_state(out);
    return true;
}

void timeline_column(const struct timeline *tl, size_t lane, uint64_t t0_ns, uint64_t t1_ns,
                     struct column *out)
{
    struct reading from, to;
    if (column_still(tl, lane, t0_ns, t1_ns, out))
        return;
    timeline_read(tl, lane, t0_ns, &from);
    timeline_read(tl, lane, t1_ns, &to);
    struct sum sum = timeline_between(&from, &to);
    *out = (struct column){.main_state = LANE_NEW,
                           .gap_events = sum.gap_events,
                           .is_exact = from.is_exact && to.is_exact};
    memcpy(out->state_ns, sum.state_ns, sizeof out->state_ns);
    find_main_state(out);
    for (size_t i = 0; i < MARK_COUNT; i++) {
        out->marks[i] = sum.marks[i];
        out->has_events = out->has_events || sum.marks[i] > 0;
    }
}
