// A timeline as it is read for the overview of many lanes: one lane's row of columns in one pass.
#include "trace/timeline_lane.h"

// A lane with more events than this in sight is read from its buckets.
enum { EVENTS_MAX = 512 };

// The columns that are added to, and the part of the time that they cover.
struct grid {
    uint64_t t0_ns, t1_ns, width_ns;
    struct crowd *columns;
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// Adds an amount of time in one state, spread evenly over [from, to) of `len_ns`.
static void add_spread(const struct grid *grid, enum lane_state state, uint64_t amount_ns,
                       uint64_t len_ns, uint64_t from_ns, uint64_t to_ns)
{
    from_ns = later(from_ns, grid->t0_ns);
    to_ns = earlier(to_ns, grid->t1_ns);
    if (from_ns >= to_ns)
        return;
    bool is_all = amount_ns == len_ns;
    struct crowd *column = &grid->columns[(from_ns - grid->t0_ns) / grid->width_ns];
    uint64_t end_ns = grid->t0_ns + ((uint64_t)(column - grid->columns) + 1) * grid->width_ns;
    uint64_t full_ns = is_all ? grid->width_ns : sum_part(amount_ns, len_ns, 0, grid->width_ns);
    for (; end_ns < to_ns; end_ns += grid->width_ns, column++) {
        uint64_t part_ns = end_ns - from_ns;
        bool is_full = part_ns == grid->width_ns;
        column->state_ns[state] += is_full  ? full_ns
                                   : is_all ? part_ns
                                            : sum_part(amount_ns, len_ns, 0, part_ns);
        from_ns = end_ns;
    }
    uint64_t part_ns = to_ns - from_ns;
    column->state_ns[state] += is_all ? part_ns : sum_part(amount_ns, len_ns, 0, part_ns);
}

static void add_span(const struct grid *grid, enum lane_state state, uint64_t from_ns,
                     uint64_t to_ns)
{
    if (from_ns < to_ns)
        add_spread(grid, state, to_ns - from_ns, to_ns - from_ns, from_ns, to_ns);
}

static struct crowd *column_at(const struct grid *grid, uint64_t t_ns)
{
    bool is_inside = t_ns >= grid->t0_ns && t_ns < grid->t1_ns;
    return is_inside ? &grid->columns[(t_ns - grid->t0_ns) / grid->width_ns] : NULL;
}

static void add_events(const struct grid *grid, const struct timeline_lane *lane, uint64_t x0_ns,
                       uint64_t x1_ns)
{
    const struct events *events = &lane->events;
    size_t i = events_find(events, x0_ns);
    enum lane_state state = events_state_before(events, i);
    uint64_t since_ns = x0_ns;
    for (; i < events->count; i++) {
        const struct event *event = events_at(events, i);
        if (event->t_ns >= x1_ns)
            break;
        add_span(grid, state, since_ns, event->t_ns);
        since_ns = event->t_ns;
        state = (enum lane_state)events->states[events_place(events, i)];
        enum mark mark = mark_of(event->kind);
        struct crowd *column = mark == MARK_COUNT ? NULL : column_at(grid, event->t_ns);
        if (column)
            column->marks[mark]++;
    }
    add_span(grid, state, since_ns, earlier(x1_ns, lane->known_ns));
}

static void add_bucket(const struct grid *grid, const struct timeline_lane *lane, size_t level,
                       uint64_t index, uint64_t x0_ns, uint64_t x1_ns)
{
    const struct sum sum = timeline_bucket(lane, level, index);
    uint64_t start_ns = later(index << level_shift(level), lane->first_ns);
    uint64_t end_ns = earlier((index + 1) << level_shift(level), lane->known_ns);
    uint64_t from_ns = later(start_ns, x0_ns);
    uint64_t to_ns = earlier(end_ns, x1_ns);
    for (size_t state = 0; state < LANE_STATE_COUNT; state++)
        if (sum.state_ns[state] > 0)
            add_spread(grid, (enum lane_state)state, sum.state_ns[state], end_ns - start_ns,
                       from_ns, to_ns);
    struct crowd *column = column_at(grid, start_ns);
    for (size_t mark = 0; column && mark < MARK_COUNT; mark++)
        column->marks[mark] += sum.marks[mark];
}

// From the newest backwards, each stretch at the finest level that serves it.
static void add_buckets(const struct grid *grid, const struct timeline_lane *lane, uint64_t x0_ns,
                        uint64_t x1_ns)
{
    bool is_narrow;
    size_t level = timeline_level_for(grid->width_ns, &is_narrow);
    for (; level < TIMELINE_LEVELS && x0_ns < x1_ns; level++) {
        uint64_t serves_ns = later(pyramid_serves_from(&lane->pyramid, level), x0_ns);
        if (serves_ns >= x1_ns)
            continue;
        unsigned shift = level_shift(level);
        for (uint64_t index = serves_ns >> shift; index <= (x1_ns - 1) >> shift; index++)
            add_bucket(grid, lane, level, index, serves_ns, x1_ns);
        x1_ns = serves_ns;
    }
}

static bool has_exact_events(const struct timeline_lane *lane, uint64_t x0_ns, uint64_t x1_ns)
{
    const struct events *events = &lane->events;
    if (lane->was_preempted || events_complete_from(events) > x0_ns)
        return false;
    size_t beyond =
        events->count > EVENTS_MAX ? events_find(events, x0_ns) + EVENTS_MAX : events->count;
    return beyond >= events->count || events_at(events, beyond)->t_ns >= x1_ns;
}

void timeline_crowd(const struct timeline *tl, size_t index, uint64_t t0_ns, uint64_t width_ns,
                    size_t n_columns, struct crowd *columns)
{
    const struct timeline_lane *lane = &tl->lanes[index];
    const struct grid grid = {.t0_ns = t0_ns,
                              .t1_ns = t0_ns + n_columns * width_ns,
                              .width_ns = width_ns,
                              .columns = columns};
    uint64_t present_ns = later(tl->advanced_ns, lane->known_ns);
    if (!lane->has_begun) {
        add_span(&grid, LANE_NEW, t0_ns, present_ns);
        return;
    }
    add_span(&grid, LANE_NEW, t0_ns, earlier(lane->first_ns, present_ns));
    add_span(&grid, lane->state, lane->known_ns, present_ns);
    uint64_t x0_ns = later(t0_ns, lane->first_ns);
    uint64_t x1_ns = earlier(grid.t1_ns, lane->known_ns + 1);
    if (x0_ns >= x1_ns)
        return;
    if (has_exact_events(lane, x0_ns, x1_ns))
        add_events(&grid, lane, x0_ns, x1_ns);
    else
        add_buckets(&grid, lane, x0_ns, x1_ns);
}
