// Which events belong to a moment.
#include "trace/moment_private.h"

#include "base/mem.h"

#include <assert.h>

enum {
    SUCCESSOR_SEEK = 1 << 16, // events of all lanes among which one upon an op is looked for
    LOOK_AHEAD = 32, // events around a piece among which there may be some that belong to it
    TIME_BITS = 64,
};

static void add_piece(struct pieces *pieces, uint64_t from, uint64_t to)
{
    size_t kept = 0, at = 0;
    if (from >= to)
        return;
    for (size_t i = 0; i < pieces->n; i++) {
        struct piece piece = pieces->at[i];
        bool touches = piece.from <= to && from <= piece.to;
        if (!touches) {
            at += piece.to < from;
            pieces->at[kept++] = piece;
            continue;
        }
        from = piece.from < from ? piece.from : from;
        to = piece.to > to ? piece.to : to;
    }
    assert(kept < MOMENT_PIECES);
    for (size_t i = kept; i > at; i--)
        pieces->at[i] = pieces->at[i - 1];
    pieces->at[at] = (struct piece){from, to};
    pieces->n = kept + 1;
}

static void add_time(struct moment *m, uint64_t t0_ns, uint64_t t1_ns)
{
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
        add_piece(&m->lanes[lane], timeline_find(m->ask.timeline, lane, t0_ns),
                  timeline_find(m->ask.timeline, lane, t1_ns));
}

static uint64_t count_events(const struct moment *m, uint64_t t0_ns, uint64_t t1_ns)
{
    uint64_t n = 0;
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
        n += timeline_find(m->ask.timeline, lane, t1_ns) -
             timeline_find(m->ask.timeline, lane, t0_ns);
    return n;
}

// How far from one end of [t0, t1) there are at most half of MOMENT_CORE events.
static uint64_t half_core(const struct moment *m, uint64_t t0_ns, uint64_t t1_ns, bool from_end)
{
    uint64_t low = 0, high = t1_ns - t0_ns;
    for (int i = 0; i < TIME_BITS && high - low > 1; i++) {
        uint64_t middle = low + (high - low) / 2;
        uint64_t n = from_end ? count_events(m, t1_ns - middle, t1_ns)
                              : count_events(m, t0_ns, t0_ns + middle);
        if (n <= MOMENT_CORE / 2)
            low = middle;
        else
            high = middle;
    }
    return low;
}

// Whatever a lane did in it, its pieces begin and end where those of the others do.
static void span_lane(struct pieces *pieces, uint64_t from, uint64_t to)
{
    if (pieces->n == 0 || pieces->at[0].from > from) {
        for (size_t i = pieces->n++; i > 0; i--)
            pieces->at[i] = pieces->at[i - 1];
        pieces->at[0] = (struct piece){from, from};
    }
    if (pieces->at[pieces->n - 1].to < to)
        pieces->at[pieces->n++] = (struct piece){to, to};
    assert(pieces->n <= MOMENT_PIECES);
}

// Some events earlier: clocks of lanes on different cores may differ by some ops.
static uint64_t look_behind(const struct moment *m, size_t lane, uint64_t index)
{
    uint64_t first = timeline_first(m->ask.timeline, lane);
    return index > first + LOOK_AHEAD ? index - LOOK_AHEAD : first;
}

// By when an op had happened: its own clock, or that of an op upon it, where a lane lost its core
// between the two. Such a one is soon after the lane's clock of the op before.
static uint64_t had_happened(const struct moment *m, size_t lane, uint64_t index)
{
    // A copy: of a saved run what is handed out does not stay.
    const struct event event = *moment_event(m, lane, index);
    uint64_t by_ns = event.t_ns;
    if (!moment_is_access(&event) || index <= timeline_first(m->ask.timeline, lane) ||
        !moment_has_order(m))
        return by_ns;
    uint64_t since_ns = moment_event(m, lane, index - 1)->t_ns;
    uint64_t seek = SUCCESSOR_SEEK / m->ask.n_lanes;
    for (size_t other = 0; other < m->ask.n_lanes; other++) {
        uint64_t i = look_behind(m, other, timeline_find(m->ask.timeline, other, since_ns));
        uint64_t end = timeline_find(m->ask.timeline, other, by_ns);
        end = end > i + seek ? i + seek : end;
        for (; other != lane && i < end; i++) {
            const struct event *upon = moment_event(m, other, i);
            if (!moment_is_upon(upon, &event))
                continue;
            by_ns = upon->t_ns < by_ns ? upon->t_ns : by_ns;
            break;
        }
    }
    return by_ns;
}

// Where a piece that begins with this event begins in time.
static uint64_t begin_of(const struct moment *m, const struct event *first)
{
    return first->t_ns >= m->gap_to_ns && m->gap_to_ns > 0 ? m->gap_to_ns : m->begin_ns;
}

// An op that its lane had done before, and looked at the clock only now: the first of its lane,
// since the next one is begun after that look.
static bool is_from_before(const struct moment *m, size_t lane, uint64_t index)
{
    return !moment_is_part(m, lane, index) &&
           had_happened(m, lane, index) < begin_of(m, moment_event(m, lane, index));
}

// With what its lane did before it on this side of the gap.
static void add_part(struct moment *m, size_t lane, uint64_t index, uint64_t t0_ns)
{
    uint64_t t_ns = had_happened(m, lane, index), from = index;
    if (t_ns >= m->gap_to_ns || t_ns < m->gap_from_ns)
        from = timeline_find(m->ask.timeline, lane,
                             t_ns < m->gap_to_ns || m->gap_to_ns == 0 ? t0_ns : m->gap_to_ns);
    add_piece(&m->lanes[lane], from < index ? from : index, index + 1);
}

// From the first to the last op of the loss; where that is too much, its beginning, its end and the
// ops themselves.
static void take_core(struct moment *m)
{
    uint64_t t0_ns = UINT64_MAX, t1_ns = 0;
    for (size_t part = 0; part < MOMENT_PARTS; part++) {
        if (!m->parts[part].is_found)
            continue;
        uint64_t t_ns = had_happened(m, m->parts[part].lane, m->parts[part].index);
        t0_ns = t_ns < t0_ns ? t_ns : t0_ns;
        t1_ns = t_ns + 1 > t1_ns ? t_ns + 1 : t1_ns;
    }
    if (count_events(m, t0_ns, t1_ns) <= MOMENT_CORE) {
        add_time(m, t0_ns, t1_ns);
    } else {
        m->gap_from_ns = t0_ns + half_core(m, t0_ns, t1_ns, false);
        m->gap_to_ns = t1_ns - half_core(m, t0_ns, t1_ns, true);
        add_time(m, t0_ns, m->gap_from_ns);
        add_time(m, m->gap_to_ns, t1_ns);
    }
    for (size_t part = 0; part < MOMENT_PARTS; part++)
        if (m->parts[part].is_found)
            add_part(m, m->parts[part].lane, m->parts[part].index, t0_ns);
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
        span_lane(&m->lanes[lane], timeline_find(m->ask.timeline, lane, t0_ns),
                  timeline_find(m->ask.timeline, lane, t1_ns));
    m->begin_ns = t0_ns;
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
        for (size_t k = 0; k < m->lanes[lane].n; k++) {
            struct piece *piece = &m->lanes[lane].at[k];
            piece->from += piece->from < piece->to && is_from_before(m, lane, piece->from);
        }
}

// When the next event of each lane, back from what has been taken, had happened.
struct earlier {
    uint64_t *by_ns;
    bool *is_known; // else its clock says so, and it is no later
};

// A page of a file that cannot be read is the end of what is known of its lane.
static bool has_earlier(const struct moment *m, size_t lane)
{
    uint64_t from = m->lanes[lane].at[0].from;
    return from > timeline_first(m->ask.timeline, lane) &&
           !timeline_is_unreadable(moment_event(m, lane, from - 1));
}

static void look_back(const struct moment *m, struct earlier *earlier, size_t lane)
{
    if (has_earlier(m, lane))
        earlier->by_ns[lane] = moment_event(m, lane, m->lanes[lane].at[0].from - 1)->t_ns;
    earlier->is_known[lane] = false;
}

// One more event before all of these: the latest of them.
static bool take_one_earlier(struct moment *m, struct earlier *earlier)
{
    for (;;) {
        size_t best = m->ask.n_lanes;
        for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
            if (has_earlier(m, lane) &&
                (best == m->ask.n_lanes || earlier->by_ns[lane] > earlier->by_ns[best]))
                best = lane;
        if (best == m->ask.n_lanes)
            return false;
        struct piece *piece = &m->lanes[best].at[0];
        if (earlier->is_known[best]) {
            piece->from--;
            m->begin_ns = earlier->by_ns[best];
            look_back(m, earlier, best);
            return true;
        }
        earlier->by_ns[best] = had_happened(m, best, piece->from - 1);
        earlier->is_known[best] = true;
    }
}

static void take_earlier(struct moment *m)
{
    struct earlier earlier = {.by_ns = mem_array(m->ask.n_lanes, sizeof *earlier.by_ns),
                              .is_known = mem_array(m->ask.n_lanes, sizeof *earlier.is_known)};
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++)
        look_back(m, &earlier, lane);
    for (size_t i = 0; i < m->ask.before && take_one_earlier(m, &earlier); i++)
        continue;
    mem_free(earlier.by_ns);
    mem_free(earlier.is_known);
}

static struct piece *last_piece(struct moment *m, size_t lane)
{
    return &m->lanes[lane].at[m->lanes[lane].n - 1];
}

static bool take_later(struct moment *m)
{
    size_t best = m->ask.n_lanes;
    uint64_t best_ns = 0;
    for (size_t lane = 0; lane < m->ask.n_lanes; lane++) {
        uint64_t to = last_piece(m, lane)->to;
        if (to >= timeline_count(m->ask.timeline, lane))
            continue;
        const struct event *event = moment_event(m, lane, to);
        if (timeline_is_unreadable(event) || (best < m->ask.n_lanes && event->t_ns >= best_ns))
            continue;
        best = lane;
        best_ns = event->t_ns;
    }
    if (best == m->ask.n_lanes)
        return false;
    struct piece *piece = last_piece(m, best);
    piece->from += piece->from == piece->to && is_from_before(m, best, piece->to);
    piece->to++;
    return true;
}

// --- writes that belong to it though their clocks say later

// Where the write is that the event read or replaced; UINT64_MAX: none that is kept.
uint64_t moment_find_write(const struct moment *m, const struct event *event)
{
    size_t lane = moment_writer(m, event);
    if (!moment_is_access(event) || lane >= m->ask.n_lanes)
        return UINT64_MAX;
    return timeline_find_store(m->ask.timeline, lane, event->object, moment_write_needed(event));
}

// A lane that lost its core between a write and the look at the clock has it as one of those right
// behind a piece.
static bool pull_in_later(struct moment *m, size_t lane, uint64_t index)
{
    const struct event event = *moment_event(m, lane, index);
    uint64_t store = moment_find_write(m, &event);
    if (store == UINT64_MAX)
        return false;
    struct pieces *pieces = &m->lanes[moment_writer(m, &event)];
    size_t k = pieces->n;
    while (k > 0 && pieces->at[k - 1].from > store)
        k--;
    if (k == 0 || store < pieces->at[k - 1].to || store >= pieces->at[k - 1].to + LOOK_AHEAD)
        return false;
    // What is behind the gap may need what is in it.
    if (k < pieces->n && event.t_ns >= m->gap_to_ns && had_happened(m, lane, index) >= m->gap_to_ns)
        return false;
    add_piece(pieces, pieces->at[k - 1].to, store + 1);
    return true;
}

static bool is_within(const struct moment *m, size_t lane, uint64_t index)
{
    for (size_t k = 0; k < m->lanes[lane].n; k++)
        if (index >= m->lanes[lane].at[k].from && index < m->lanes[lane].at[k].to)
            return true;
    return false;
}

// And what another lane did upon that write may by its clock have been before all of this.
static bool pull_in_earlier(struct moment *m, size_t lane)
{
    uint64_t from = m->lanes[lane].at[0].from;
    for (uint64_t i = look_behind(m, lane, from); i < from; i++) {
        const struct event event = *moment_event(m, lane, i);
        uint64_t store = moment_find_write(m, &event);
        size_t writer = moment_writer(m, &event);
        if (store == UINT64_MAX || writer == lane || !is_within(m, writer, store))
            continue;
        m->lanes[lane].at[0].from = i;
        return true;
    }
    return false;
}

static void pull_in_writes(struct moment *m)
{
    bool any = moment_has_order(m);
    for (int round = 0; any && round < MOMENT_ROUNDS; round++) {
        any = false;
        for (size_t lane = 0; lane < m->ask.n_lanes; lane++) {
            any |= pull_in_earlier(m, lane);
            // As they are now: a write of its own may join two of them.
            const struct pieces pieces = m->lanes[lane];
            for (size_t k = 0; k < pieces.n; k++)
                for (uint64_t i = pieces.at[k].from; i < pieces.at[k].to; i++)
                    any |= pull_in_later(m, lane, i);
        }
    }
}

void moment_choose(struct moment *m)
{
    take_core(m);
    take_earlier(m);
    for (size_t i = 0; i < m->ask.after && take_later(m); i++)
        continue;
    pull_in_writes(m);
}
