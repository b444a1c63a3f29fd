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
    struct reading at;                   // at that time
    struct core_wait wait;               // by then: the reading's own is not kept up
    struct node_pair near;               // that it was read between
    uint64_t still_ns[LANE_STATE_COUNT]; // work space, all zero but for LANE_PREEMPTED
};

// Reads it anew.
static void pass_seek(struct pass *pass, uint64_t t_ns)
{
    timeline_read_sum(pass->tl, pass->index, t_ns, &pass->near, &pass->at);
}

// Goes on between the same two nodes, whose events are given up: only time.
static bool pass_spread(struct pass *pass, uint64_t t_ns)
{
    const struct node *node = pass->near.node, *next = pass->near.next;
    if (pass->at.is_exact || pass->is_amended || pass->lane->saved || next->t_ns <= t_ns)
        return false;
    memcpy(pass->at.sum.state_ns, node->before.state_ns, sizeof node->before.state_ns);
    sum_spread(&node->before, &next->before, next->t_ns - node->t_ns, t_ns - node->t_ns,
               &pass->at.sum);
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
    if (behind > newest)
        return pass_event(pass, newest);
    const struct event *event = pass_event(pass, behind);
    return event && event->t_ns >= t_ns;
}

static void pass_walk(struct pass *pass, uint64_t t_ns)
{
    struct reading *at = &pass->at;
    uint64_t since_ns = pass->t_ns;
    for (; at->index < pass->lane->n_events; at->index++) {
        const struct event *event = pass_event(pass, at->index);
        if (event->t_ns >= t_ns)
            break;
        at->sum.state_ns[at->walker.state] += event->t_ns - since_ns;
        since_ns = event->t_ns;
        walk_event(&at->walker, event);
        sum_count(&at->sum, event);
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

// Takes what the kernel measured until where the lane is now out of its running or holding.
static void pass_preempt(struct pass *pass, uint64_t own_ns[LANE_STATE_COUNT])
{
    if (pass->lane->n_waited == 0)
        return;
    const struct core_wait from = pass->wait;
    timeline_wait_until(pass->lane, &pass->at.sum, pass->t_ns, &pass->wait);
    timeline_preempt(own_ns, &from, &pass->wait);
}

// Columns in which nothing happens. Returns how many.
static size_t pass_still(struct pass *pass, uint64_t width_ns, size_t n, struct crowd *columns)
{
    uint64_t until_ns = pass_still_until(pass);
    uint64_t *all_ns = pass->at.sum.state_ns, *own_ns = pass->still_ns;
    size_t state = pass->at.walker.state;
    size_t x = 0;
    for (; x < n && until_ns - pass->t_ns >= width_ns; x++) {
        pass->t_ns += width_ns;
        all_ns[state] += width_ns;
        own_ns[state] = width_ns;
        own_ns[LANE_PREEMPTED] = 0;
        pass_preempt(pass, own_ns);
        columns[x].state_ns[state] += own_ns[state];
        columns[x].state_ns[LANE_PREEMPTED] += own_ns[LANE_PREEMPTED];
    }
    own_ns[state] = 0;
    return x;
}

// Moves over a column and adds what the lane does in it.
static void pass_column(struct pass *pass, uint64_t width_ns, struct crowd *column)
{
    struct sum *at = &pass->at.sum;
    uint64_t from_ns[LANE_STATE_COUNT], own_ns[LANE_STATE_COUNT];
    uint64_t losses = at->marks[MARK_LOSS], broken = at->marks[MARK_BROKEN];
    memcpy(from_ns, at->state_ns, sizeof from_ns);
    pass_move(pass, pass->t_ns + width_ns);
    pass->t_ns += width_ns;
    sum_states_between(from_ns, at->state_ns, own_ns);
    pass_preempt(pass, own_ns);
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        column->state_ns[i] += own_ns[i];
    column->losses += sum_marks_between(losses, at->marks[MARK_LOSS]);
    column->broken += sum_marks_between(broken, at->marks[MARK_BROKEN]);
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
    pass_seek(&pass, t0_ns);
    timeline_wait_until(lane, &pass.at.sum, t0_ns, &pass.wait);
    for (size_t x = 0; x < n_columns && pass.t_ns < pass.now_ns;) {
        size_t n = pass_still(&pass, width_ns, n_columns - x, &columns[x]);
        x += n;
        if (n == 0)
            pass_column(&pass, width_ns, &columns[x++]);
    }
}
