// A timeline as it is read.
//
// A column is put together from pieces: buckets of the level that fits the column's width, or of
// coarser ones where that level has forgotten. Which buckets cut time, and which of them is read
// from exact events instead, depends on the column's width alone and never on where it begins. That
// is why a mark belongs to exactly one of the columns that tile time.
#include "trace/timeline_lane.h"

// A bucket of at most so many events is read from them, at any zoom.
enum { EXACT_EVENTS_MAX = 512 };

// A column, and what has been put into it.
struct filling {
    const struct timeline_lane *lane;
    uint64_t t0_ns, t1_ns;
    bool is_narrow; // less than a bucket of level 0
    struct sum sum;
    bool is_exact;
    enum mark best;
    struct event event;
};

// The part of a bucket that lies in the column.
struct piece {
    size_t level;
    uint64_t index;
    uint64_t known0_ns, end_ns; // the bucket, from when the lane began
    uint64_t x0_ns, x1_ns;      // the part; ends one after known_ns for an event at that very time
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void note_event(struct filling *f, const struct event *event, enum mark mark)
{
    if (mark < f->best || (mark == f->best && event->t_ns >= f->event.t_ns)) {
        f->best = mark;
        f->event = *event;
    }
}

// Sums up the events in [x0, x1) and the lane's states there. `f` may be NULL.
static struct sum walk(const struct timeline_lane *lane, uint64_t x0_ns, uint64_t x1_ns,
                       struct filling *f)
{
    struct sum sum = {0};
    const struct events *events = &lane->events;
    size_t i = events_find(events, x0_ns);
    enum lane_state state = events_state_before(events, i);
    uint64_t since_ns = x0_ns;
    for (; i < events->count; i++) {
        const struct event *event = events_at(events, i);
        if (event->t_ns >= x1_ns)
            break;
        sum.state_ns[state] += event->t_ns - since_ns;
        since_ns = event->t_ns;
        state = (enum lane_state)events->states[events_place(events, i)];
        enum mark mark = mark_of(event->kind);
        sum_count(&sum, event, mark);
        if (f && mark != MARK_COUNT)
            note_event(f, event, mark);
    }
    uint64_t end_ns = earlier(x1_ns, lane->known_ns);
    if (end_ns > since_ns)
        sum.state_ns[state] += end_ns - since_ns;
    return sum;
}

// Events do not know that the lane was off its core; the bucket does, and the part of it that was
// walked gets its share.
static void share_preemption(struct sum *sum, const struct sum *bucket)
{
    uint64_t waited_ns = bucket->state_ns[LANE_PREEMPTED];
    if (waited_ns == 0)
        return;
    uint64_t all_ns = waited_ns + bucket->state_ns[LANE_RUNNING] + bucket->state_ns[LANE_HOLDING];
    uint64_t part_ns = sum->state_ns[LANE_RUNNING] + sum->state_ns[LANE_HOLDING];
    sum_preempt(sum, sum_preemptible(sum, sum_part(waited_ns, all_ns, 0, part_ns)));
}

static void fill_exact(struct filling *f, const struct sum *bucket, uint64_t x0_ns, uint64_t x1_ns)
{
    struct sum sum = walk(f->lane, x0_ns, x1_ns, f);
    share_preemption(&sum, bucket);
    sum_add(&f->sum, &sum);
}

// Takes its part of a stretch that begins with the bucket and ends at known1_ns, of which `whole`
// is the sum.
static void fill_summed(struct filling *f, const struct piece *piece, const struct sum *whole,
                        uint64_t known1_ns)
{
    f->is_exact = false;
    uint64_t end_ns = earlier(piece->x1_ns, known1_ns);
    sum_share_states(whole, known1_ns - piece->known0_ns, piece->x0_ns - piece->known0_ns,
                     later(end_ns, piece->x0_ns) - piece->known0_ns, &f->sum);
    if (piece->known0_ns < f->t0_ns || piece->known0_ns >= f->t1_ns)
        return;
    struct sum marks_only = *whole;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        marks_only.state_ns[i] = 0;
    sum_add(&f->sum, &marks_only);
}

static void take_away(uint64_t *from, const uint64_t *what, size_t n)
{
    for (size_t i = 0; i < n; i++)
        from[i] -= earlier(from[i], what[i]);
}

// A bucket whose older part has only been summed up, with its newer part: the older is what is left
// of the sum without the newer.
static void fill_split(struct filling *f, const struct piece *piece, const struct sum *bucket,
                       uint64_t exact_from_ns)
{
    if (piece->x1_ns > exact_from_ns)
        fill_exact(f, bucket, later(piece->x0_ns, exact_from_ns), piece->x1_ns);
    if (piece->x0_ns >= exact_from_ns)
        return;
    struct sum newer = walk(f->lane, exact_from_ns, piece->end_ns, NULL);
    share_preemption(&newer, bucket);
    struct sum older = *bucket;
    take_away(older.state_ns, newer.state_ns, LANE_STATE_COUNT);
    take_away(older.marks, newer.marks, MARK_COUNT);
    take_away(&older.gap_events, &newer.gap_events, 1);
    fill_summed(f, piece, &older, earlier(exact_from_ns, f->lane->known_ns));
}

static bool has_few_events(const struct timeline_lane *lane, const struct piece *piece)
{
    const struct events *events = &lane->events;
    if (events->count <= EXACT_EVENTS_MAX)
        return true;
    size_t beyond = events_find(events, piece->known0_ns) + EXACT_EVENTS_MAX;
    return beyond >= events->count || events_at(events, beyond)->t_ns >= piece->end_ns;
}

static void fill_piece(struct filling *f, const struct piece *piece)
{
    const struct timeline_lane *lane = f->lane;
    uint64_t exact_from_ns = events_complete_from(&lane->events);
    const struct sum bucket = timeline_bucket(lane, piece->level, piece->index);
    bool has_detail = exact_from_ns <= piece->known0_ns;
    if (has_detail && (f->is_narrow || has_few_events(lane, piece)))
        fill_exact(f, &bucket, piece->x0_ns, piece->x1_ns);
    else if (f->is_narrow && piece->level == 0 && !has_detail && exact_from_ns < piece->end_ns)
        fill_split(f, piece, &bucket, exact_from_ns);
    else
        fill_summed(f, piece, &bucket, earlier(piece->end_ns, lane->known_ns));
}

// [x0, x1) from one level; both lie where it serves.
static void fill_from_level(struct filling *f, size_t level, uint64_t x0_ns, uint64_t x1_ns)
{
    unsigned shift = level_shift(level);
    for (uint64_t index = x0_ns >> shift; index <= (x1_ns - 1) >> shift; index++) {
        uint64_t start_ns = index << shift;
        uint64_t end_ns = (index + 1) << shift;
        struct piece piece = {
            .level = level,
            .index = index,
            .known0_ns = later(start_ns, f->lane->first_ns),
            .end_ns = end_ns,
            .x0_ns = later(start_ns, x0_ns),
            .x1_ns = earlier(end_ns, x1_ns),
        };
        fill_piece(f, &piece);
    }
}

size_t timeline_level_for(uint64_t width_ns, bool *is_narrow)
{
    width_ns += width_ns / 8;
    *is_narrow = width_ns < TIMELINE_BUCKET_NS;
    size_t level = 0;
    while (level + 1 < TIMELINE_LEVELS && width_ns >> level_shift(level + 1) != 0)
        level++;
    return level;
}

// From the newest backwards, each stretch at the finest level that serves it.
static void fill_from_levels(struct filling *f)
{
    const struct timeline_lane *lane = f->lane;
    uint64_t x0_ns = later(f->t0_ns, lane->first_ns);
    uint64_t x1_ns = earlier(f->t1_ns, lane->known_ns + 1);
    size_t level = timeline_level_for(f->t1_ns - f->t0_ns, &f->is_narrow);
    for (; level < TIMELINE_LEVELS && x0_ns < x1_ns; level++) {
        uint64_t serves_ns = later(pyramid_serves_from(&lane->pyramid, level), x0_ns);
        if (serves_ns >= x1_ns)
            continue;
        fill_from_level(f, level, serves_ns, x1_ns);
        x1_ns = serves_ns;
    }
}

static void hand_out(const struct filling *f, struct column *out)
{
    uint64_t longest_ns = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
        out->state_ns[i] = f->sum.state_ns[i];
        if (out->state_ns[i] > 0 && out->state_ns[i] >= longest_ns) {
            longest_ns = out->state_ns[i];
            out->main_state = (enum lane_state)i;
        }
    }
    for (size_t i = 0; i < MARK_COUNT; i++) {
        out->marks[i] = f->sum.marks[i];
        out->has_events = out->has_events || out->marks[i] > 0;
    }
    out->gap_events = f->sum.gap_events;
    out->is_exact = f->is_exact;
    if (f->is_exact)
        out->event = f->event;
}

void timeline_column(const struct timeline *tl, size_t lane_index, uint64_t t0_ns, uint64_t t1_ns,
                     struct column *out)
{
    const struct timeline_lane *lane = &tl->lanes[lane_index];
    struct filling f = {
        .lane = lane, .t0_ns = t0_ns, .t1_ns = t1_ns, .is_exact = true, .best = MARK_COUNT};
    *out = (struct column){.main_state = LANE_NEW};
    uint64_t present_ns = later(tl->advanced_ns, lane->known_ns);
    uint64_t begin_ns = lane->has_begun ? lane->first_ns : present_ns;
    uint64_t known1_ns = earlier(t1_ns, present_ns);
    uint64_t new1_ns = earlier(known1_ns, begin_ns);
    if (new1_ns > t0_ns)
        f.sum.state_ns[LANE_NEW] += new1_ns - t0_ns;
    uint64_t tail0_ns = later(t0_ns, lane->known_ns);
    if (lane->has_begun && known1_ns > tail0_ns)
        f.sum.state_ns[lane->state] += known1_ns - tail0_ns;
    if (lane->has_begun && t0_ns < t1_ns)
        fill_from_levels(&f);
    hand_out(&f, out);
}

size_t timeline_count(const struct timeline *tl, size_t lane)
{
    return tl->lanes[lane].events.count;
}

const struct event *timeline_at(const struct timeline *tl, size_t lane, size_t index)
{
    return events_at(&tl->lanes[lane].events, index);
}

size_t timeline_find(const struct timeline *tl, size_t lane, uint64_t t_ns)
{
    return events_find(&tl->lanes[lane].events, t_ns);
}

uint64_t timeline_detail_from(const struct timeline *tl, size_t lane)
{
    return events_complete_from(&tl->lanes[lane].events);
}
