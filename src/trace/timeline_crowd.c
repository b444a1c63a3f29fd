// A timeline as it is read for the overview of many lanes: one lane's row of columns in one pass.
#include "trace/timeline_lane.h"

// Of one column more events than this are not walked but read from sums.
enum { WALK_MAX = 128 };

static void count_marks(struct crowd *column, const struct event *event)
{
    struct sum one = {0};
    enum mark mark = mark_of(event->kind);
    if (mark != MARK_STORE && mark != MARK_COUNT)
        column->marks[mark]++;
    if (mark != MARK_STORE)
        return;
    sum_count(&one, event);
    column->marks[MARK_STORE]++;
    column->marks[MARK_LOSS] += one.marks[MARK_LOSS];
    column->marks[MARK_LOST] += one.marks[MARK_LOST];
}

// Whether the next events can be walked up to t_ns: they are kept, not many, and nothing has to be
// added on reading.
static bool can_walk(const struct timeline *tl, size_t index, const struct reading *at,
                     uint64_t t_ns)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    if (!at->is_exact || lane->late[0].n || lane->late[1].n)
        return false;
    if (at->index == lane->n_events || t_ns <= lane->first_ns)
        return true;
    uint64_t last = at->index + WALK_MAX, newest = lane->n_events - 1;
    bool has_more = last <= newest;
    last = has_more ? last : newest;
    size_t n;
    if (!timeline_page_events(tl, index, at->index / TIMELINE_PAGE, &n))
        return false;
    const struct event *events = timeline_page_events(tl, index, last / TIMELINE_PAGE, &n);
    return events && (!has_more || events[last % TIMELINE_PAGE].t_ns >= t_ns);
}

// Adds the lane's time from t0 to t1 and its events in it; `at` is a reading at t0, and then at t1,
// of which only what is needed for the next step is kept up.
static void walk_on(const struct timeline *tl, size_t index, struct reading *at, uint64_t t0_ns,
                    uint64_t t1_ns, struct crowd *column)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    uint64_t own_ns[LANE_STATE_COUNT] = {0};
    uint64_t since_ns = t0_ns;
    while (at->index < lane->n_events && t1_ns > lane->first_ns) {
        size_t n;
        const struct event *events = timeline_page_events(tl, index, at->index / TIMELINE_PAGE, &n);
        const struct event *event = &events[at->index % TIMELINE_PAGE];
        if (event->t_ns >= t1_ns)
            break;
        own_ns[at->walker.state] += event->t_ns - since_ns;
        since_ns = event->t_ns;
        walk_event(&at->walker, event);
        count_marks(column, event);
        at->index++;
    }
    own_ns[at->walker.state] += t1_ns - since_ns;
    at->sum.state_ns[LANE_RUNNING] += own_ns[LANE_RUNNING];
    at->sum.state_ns[LANE_HOLDING] += own_ns[LANE_HOLDING];
    if (lane->n_waited) {
        struct reading from = *at;
        timeline_read_waited(lane, t1_ns, at);
        timeline_preempt(own_ns, &from, at);
    }
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        column->state_ns[i] += own_ns[i];
}

void timeline_crowd(const struct timeline *tl, size_t index, uint64_t t0_ns, uint64_t width_ns,
                    size_t n_columns, struct crowd *columns)
{
    uint64_t now_ns = timeline_now(tl);
    struct reading at;
    timeline_read(tl, index, t0_ns, &at);
    bool is_whole = true;
    for (size_t x = 0; x < n_columns && t0_ns < now_ns; x++, t0_ns += width_ns) {
        uint64_t t1_ns = t0_ns + width_ns;
        // An event at the present very instant belongs to the column that the present is in.
        bool is_last = t1_ns > now_ns;
        if (!is_last && can_walk(tl, index, &at, t1_ns)) {
            walk_on(tl, index, &at, t0_ns, t1_ns, &columns[x]);
            is_whole = false;
            continue;
        }
        struct reading to;
        if (!is_whole)
            timeline_read(tl, index, t0_ns, &at);
        is_whole = true;
        timeline_read(tl, index, t1_ns, &to);
        struct sum sum = timeline_between(&at, &to);
        for (size_t i = 0; i < LANE_STATE_COUNT; i++)
            columns[x].state_ns[i] += sum.state_ns[i];
        for (size_t i = 0; i < MARK_COUNT; i++)
            columns[x].marks[i] += sum.marks[i];
        at = to;
    }
}
