// A timeline as it is read for the overview of many lanes: one lane's row of columns in one pass.
#include "trace/timeline_lane.h"

#include <string.h>

// Of one column more events than this are not walked but read from sums.
enum { WALK_MAX = 128 };

// A lane on the way from column to column, each of which begins where the last one ended.
struct pass {
    const struct timeline *tl;
    const struct timeline_lane *lane;
    size_t index;
    bool is_amended; // marks have to be added on reading
    uint64_t now_ns; // the present, and where it stands
    uint64_t t_ns;
    struct reading at;                 // at that time
    struct core_wait wait;             // by then: the reading's own is not kept up
    struct node_pair near;             // that it was read between
    uint64_t own_ns[LANE_STATE_COUNT]; // in the column that it moves over; else zero
    uint8_t states[LANE_STATE_COUNT];  // those that the lane is ever in
    size_t n_states;
};

// Reads it anew.
static void pass_seek(struct pass *pass, uint64_t t_ns)
{
    timeline_read_sum(pass->tl, pass->index, t_ns, &pass->near, &pass->at);
}

// Goes on between nodes whose events are given up, where nothing is known but sums. The reading
// gets what a crowd wants to know: it is not walked on from here.
static bool pass_spread(struct pass *pass, uint64_t t_ns)
{
    const struct timeline_lane *lane = pass->lane;
    struct sum *sum = &pass->at.sum;
    if (pass->at.is_exact || pass->is_amended || lane->saved || t_ns > lane->known_ns)
        return false;
    struct node_pair near = nodes_after(&lane->nodes, &pass->near, t_ns);
    const struct node *node = near.node, *next = near.next;
    if (!node || node->page >= lane->first_page || !next || next->t_ns == t_ns)
        return false;
    pass->near = near;
    memcpy(sum->state_ns, node->before.state_ns, sizeof sum->state_ns);
    sum_spread(&node->before, &next->before, next->t_ns - node->t_ns, t_ns - node->t_ns, sum);
    sum->marks[MARK_LOSS] = next->before.marks[MARK_LOSS];
    sum->marks[MARK_BROKEN] = next->before.marks[MARK_BROKEN];
    return true;
}

// The event at that number, NULL where it is not kept.
static const struct event *pass_event(const struct pass *pass, uint64_t number)
{
    size_t n;
    const struct event *events =
        timeline_page_events(pass->tl, pass->index, number / TIMELINE_PAGE, &n);
    return events ? &events[number % TIMELINE_PAGE] : NULL;
}

// Up to when nothing happens, as far as the present.
static uint64_t pass_still_until(const struct pass *pass)
{
    const struct reading *at = &pass->at;
    if (!at->is_exact || pass->is_amended)
        return pass->t_ns;
    if (at->index == pass->lane->n_events)
        return pass->now_ns;
    if (pass->t_ns < pass->lane->first_ns)
        return pass->lane->first_ns;
    const struct event *next = pass_event(pass, at->index);
    return next ? next->t_ns : pass->t_ns;
}

// Whether what happens before t_ns is kept, and not much.
static bool pass_can_walk(const struct pass *pass, uint64_t t_ns)
{
    const struct reading *at = &pass->at;
    if (!at->is_exact || pass->is_amended || !pass_event(pass, at->index))
        return false;
    uint64_t behind = at->index + WALK_MAX, newest = pass->lane->n_events - 1;
    // No page is read from a file for this alone.
    uint64_t in_page = at->index | (TIMELINE_PAGE - 1);
    if (pass->lane->saved && behind > in_page)
        behind = in_page;
    if (behind > newest)
        return pass_event(pass, newest);
    const struct event *event = pass_event(pass, behind);
    return event && event->t_ns >= t_ns;
}

static void pass_walk(struct pass *pass, uint64_t t_ns)
{
    struct reading *at = &pass->at;
    uint64_t since_ns = pass->t_ns;
    for (size_t i = TIMELINE_PAGE; i == TIMELINE_PAGE;) {
        size_t n, from = (size_t)(at->index % TIMELINE_PAGE);
        const struct event *events =
            timeline_page_events(pass->tl, pass->index, at->index / TIMELINE_PAGE, &n);
        if (!events)
            break;
        i = from + timeline_count_before(&events[from], n - from, t_ns);
        sum_walk(&at->sum, &at->walker, &since_ns, &events[from], i - from);
        at->index += i - from;
    }
    at->sum.state_ns[at->walker.state] += (t_ns < pass->now_ns ? t_ns : pass->now_ns) - since_ns;
}

static void pass_move(struct pass *pass, uint64_t t_ns)
{
    if (pass_can_walk(pass, t_ns))
        pass_walk(pass, t_ns);
    else if (!pass_spread(pass, t_ns))
        pass_seek(pass, t_ns);
}

// Up to when the kernel has measured nothing, seen from where the pass is.
static uint64_t pass_unwaited_until(const struct pass *pass)
{
    const struct timeline_lane *lane = pass->lane;
    size_t n = pass->wait.n_stretches;
    if (n > 0 && lane->waited[n - 1].t1_ns > pass->t_ns)
        return pass->t_ns;
    return n < lane->n_waited ? lane->waited[n].t0_ns : UINT64_MAX;
}

// Takes what the kernel measured up to t_ns, where the lane is now, out of its running or holding.
static void pass_preempt(struct pass *pass, uint64_t t_ns)
{
    bool is_unwaited = pass_unwaited_until(pass) >= t_ns;
    pass->t_ns = t_ns;
    if (is_unwaited)
        return;
    const struct core_wait from = pass->wait;
    timeline_wait_until(pass->lane, &pass->at.sum, t_ns, &pass->wait);
    timeline_preempt(pass->own_ns, &from, &pass->wait);
}

// Adds what the lane did in a column, and forgets it.
static void pass_add(struct pass *pass, struct crowd *column)
{
    for (size_t i = 0; i < pass->n_states; i++) {
        size_t state = pass->states[i];
        column->state_ns[state] += pass->own_ns[state];
        pass->own_ns[state] = 0;
    }
}

// Columns in which nothing happens. Returns how many.
static size_t pass_still(struct pass *pass, uint64_t width_ns, size_t n, struct crowd *columns)
{
    uint64_t until_ns = pass_still_until(pass), unwaited_ns = pass_unwaited_until(pass);
    size_t state = pass->at.walker.state;
    size_t x = 0;
    while (x < n && until_ns - pass->t_ns >= width_ns) {
        uint64_t t_ns = pass->t_ns + width_ns;
        pass->at.sum.state_ns[state] += width_ns;
        if (t_ns <= unwaited_ns) {
            pass->t_ns = t_ns;
            columns[x++].state_ns[state] += width_ns;
            continue;
        }
        pass->own_ns[state] = width_ns;
        pass_preempt(pass, t_ns);
        pass_add(pass, &columns[x++]);
        unwaited_ns = pass_unwaited_until(pass);
    }
    return x;
}

// A state that the lane had between two nodes whose events are given up. At x of len_ns it has had
// its share, cut_ns less that of the state before it, as sum_spread cuts them: cut_ns is
// laid_ns * x / len_ns. From column to column that is added to, which is quicker than to divide.
struct part {
    size_t state;
    uint64_t laid_ns; // of it and of the states before it, laid end to end
    uint64_t cut_ns, rest;
    uint64_t step_ns, step_rest; // what a column adds to these
};

struct parts {
    uint64_t len_ns;
    size_t n;
    struct part all[LANE_STATE_COUNT];
};

static void find_parts(const struct node *node, const struct node *next, struct parts *parts)
{
    const uint64_t *from_ns = node->before.state_ns, *to_ns = next->before.state_ns;
    uint64_t laid_ns = 0;
    parts->len_ns = next->t_ns - node->t_ns;
    parts->n = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
        if (to_ns[i] == from_ns[i])
            continue;
        laid_ns += to_ns[i] - from_ns[i];
        parts->all[parts->n++] = (struct part){.state = i, .laid_ns = laid_ns};
    }
}

static uint64_t divide(uint64_t amount, uint64_t x, uint64_t len, uint64_t *rest)
{
    uint64_t ratio = amount == len ? x : sum_scale(amount, x, len);
    *rest = amount * x - ratio * len;
    return ratio;
}

// Cuts at x_ns, the end of the column of that number.
static void cut_parts(struct parts *parts, size_t column, uint64_t x_ns, uint64_t width_ns)
{
    for (struct part *part = parts->all; part < parts->all + parts->n; part++) {
        if (column == 0) {
            part->cut_ns = divide(part->laid_ns, x_ns, parts->len_ns, &part->rest);
            continue;
        }
        if (column == 1)
            part->step_ns = divide(part->laid_ns, width_ns, parts->len_ns, &part->step_rest);
        part->cut_ns += part->step_ns;
        part->rest += part->step_rest;
        bool is_over = part->rest >= parts->len_ns;
        part->cut_ns += is_over;
        part->rest -= is_over ? parts->len_ns : 0;
    }
}

// Moves over a column that ends where the parts are cut. False when rounding has made a state
// negative; then nothing has happened.
static bool pass_parts(struct pass *pass, const struct node *node, const struct parts *parts)
{
    uint64_t *all_ns = pass->at.sum.state_ns;
    uint64_t from_ns = 0, signs = 0;
    for (const struct part *part = parts->all; part < parts->all + parts->n; part++) {
        uint64_t ns = node->before.state_ns[part->state] + part->cut_ns - from_ns;
        from_ns = part->cut_ns;
        pass->own_ns[part->state] = ns - all_ns[part->state];
        signs |= pass->own_ns[part->state];
    }
    if ((int64_t)signs < 0)
        return false;
    for (const struct part *part = parts->all; part < parts->all + parts->n; part++)
        all_ns[part->state] += pass->own_ns[part->state];
    return true;
}

// Columns between two nodes whose events are given up, where only time goes on. Returns how many.
static size_t pass_gone(struct pass *pass, uint64_t width_ns, size_t n, struct crowd *columns)
{
    if (pass->at.is_exact || pass->is_amended || pass->lane->saved)
        return 0;
    const struct node *node = pass->near.node, *next = pass->near.next;
    if (pass->t_ns >= next->t_ns || next->t_ns - pass->t_ns <= width_ns)
        return 0;
    struct parts parts;
    find_parts(node, next, &parts);
    uint64_t unwaited_ns = pass_unwaited_until(pass);
    size_t x = 0;
    for (; x < n && next->t_ns - pass->t_ns > width_ns; x++) {
        uint64_t t_ns = pass->t_ns + width_ns;
        cut_parts(&parts, x, t_ns - node->t_ns, width_ns);
        if (!pass_parts(pass, node, &parts))
            break;
        if (t_ns > unwaited_ns) {
            pass_preempt(pass, t_ns);
            unwaited_ns = pass_unwaited_until(pass);
            columns[x].state_ns[LANE_PREEMPTED] += pass->own_ns[LANE_PREEMPTED];
            pass->own_ns[LANE_PREEMPTED] = 0;
        }
        pass->t_ns = t_ns;
        for (size_t i = 0; i < parts.n; i++)
            columns[x].state_ns[parts.all[i].state] += pass->own_ns[parts.all[i].state];
    }
    for (size_t i = 0; i < parts.n; i++)
        pass->own_ns[parts.all[i].state] = 0;
    return x;
}

// Moves over a column and adds what the lane does in it.
static void pass_column(struct pass *pass, uint64_t width_ns, struct crowd *column)
{
    struct sum *at = &pass->at.sum;
    uint64_t from_ns[LANE_STATE_COUNT], signs = 0;
    uint64_t losses = at->marks[MARK_LOSS], broken = at->marks[MARK_BROKEN];
    for (size_t i = 0; i < pass->n_states; i++)
        from_ns[i] = at->state_ns[pass->states[i]];
    pass_move(pass, pass->t_ns + width_ns);
    for (size_t i = 0; i < pass->n_states; i++) {
        uint64_t ns = at->state_ns[pass->states[i]] - from_ns[i];
        pass->own_ns[pass->states[i]] = ns;
        signs |= ns;
    }
    if ((int64_t)signs < 0)
        sum_settle(pass->own_ns);
    pass_preempt(pass, pass->t_ns + width_ns);
    pass_add(pass, column);
    column->losses += sum_marks_between(losses, at->marks[MARK_LOSS]);
    column->broken += sum_marks_between(broken, at->marks[MARK_BROKEN]);
}

// Most lanes are only ever in a few states.
static void pass_find_states(struct pass *pass)
{
    const struct timeline_lane *lane = pass->lane;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        if (i == LANE_NEW || i == LANE_PREEMPTED || i == lane->walker.state ||
            lane->sum.state_ns[i] > 0)
            pass->states[pass->n_states++] = (uint8_t)i;
}

void timeline_crowd(const struct timeline *tl, size_t index, uint64_t t0_ns, uint64_t width_ns,
                    size_t n_columns, struct crowd *columns)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    struct pass pass = {.tl = tl,
                        .lane = lane,
                        .index = index,
                        .is_amended = lane->late[0].n || lane->late[1].n,
                        .now_ns = timeline_now(tl),
                        .t_ns = t0_ns};
    pass_find_states(&pass);
    pass_seek(&pass, t0_ns);
    timeline_wait_until(lane, &pass.at.sum, t0_ns, &pass.wait);
    for (size_t x = 0; x < n_columns && pass.t_ns <= pass.now_ns;) {
        size_t n = pass_still(&pass, width_ns, n_columns - x, &columns[x]);
        if (n == 0)
            n = pass_gone(&pass, width_ns, n_columns - x, &columns[x]);
        x += n;
        if (n == 0)
            pass_column(&pass, width_ns, &columns[x++]);
    }
}
