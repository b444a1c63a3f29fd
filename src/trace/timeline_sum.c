#include "trace/timeline_sum.h"

const uint8_t event_marks[EVENT_KIND_COUNT] = {
    [EVENT_START] = MARK_START,     [EVENT_FINISH] = MARK_END,      [EVENT_FAIL] = MARK_END,
    [EVENT_KILL] = MARK_END,        [EVENT_LOAD] = MARK_LOAD,       [EVENT_STORE] = MARK_STORE,
    [EVENT_CONTEND] = MARK_COUNT,   [EVENT_ACQUIRE] = MARK_ACQUIRE, [EVENT_RELEASE] = MARK_RELEASE,
    [EVENT_SKIP] = MARK_COUNT,      [EVENT_SLEEP] = MARK_COUNT,     [EVENT_WAKE] = MARK_COUNT,
    [EVENT_SPAWN] = MARK_COUNT,     [EVENT_JOIN] = MARK_COUNT,      [EVENT_JOINED] = MARK_COUNT,
    [EVENT_PRINT] = MARK_PRINT,     [EVENT_PAUSE] = MARK_COUNT,     [EVENT_RESUME] = MARK_COUNT,
    [EVENT_TOGGLE] = MARK_TOGGLE,   [EVENT_BROKEN] = MARK_BROKEN,   [EVENT_GAP] = MARK_GAP,
    [EVENT_RECOVER] = MARK_RECOVER, [EVENT_TOOK] = MARK_ACQUIRE,    [EVENT_POST] = MARK_RELEASE,
    [EVENT_TAKE] = MARK_TAKE,       [EVENT_GIVE] = MARK_GIVE,       [EVENT_STOPPED] = MARK_COUNT,
    [EVENT_CONTINUED] = MARK_COUNT, [EVENT_GIL_WAIT] = MARK_COUNT,  [EVENT_GIL_TAKE] = MARK_GIL,
    [EVENT_GIL_DROP] = MARK_COUNT,  [EVENT_CHECK] = MARK_CHECK,     [EVENT_AWAIT] = MARK_COUNT,
    [EVENT_NOTIFY] = MARK_RELEASE,  [EVENT_NOTIFIED] = MARK_COUNT,
};

void sum_walk(struct sum *sum, struct walker *walker, uint64_t *t_ns, const struct event *events,
              size_t n)
{
    // Accesses to cells are nearly all there is, and change no state.
    uint64_t n_accesses = 0, n_stores = 0, n_losses = 0, n_lost = 0, since_ns = *t_ns;
    bool is_new = walker->state == LANE_NEW;
    for (const struct event *event = events; event < events + n; event++) {
        bool is_store = event->kind == EVENT_STORE;
        if (!is_new && (is_store || event->kind == EVENT_LOAD)) {
            n_accesses++;
            n_stores += is_store;
            n_losses += is_store & ((event->flags & ACCESS_LOSS) != 0);
            n_lost += is_store & ((event->flags & ACCESS_LOST) != 0);
            continue;
        }
        sum->state_ns[walker->state] += event->t_ns - since_ns;
        since_ns = event->t_ns;
        walk_event(walker, event);
        sum_count(sum, event);
        is_new = walker->state == LANE_NEW;
    }
    if (n > 0)
        *t_ns = events[n - 1].t_ns;
    sum->state_ns[walker->state] += *t_ns - since_ns;
    sum->marks[MARK_LOAD] += n_accesses - n_stores;
    sum->marks[MARK_STORE] += n_stores;
    sum->marks[MARK_LOSS] += n_losses;
    sum->marks[MARK_LOST] += n_lost;
}

void sum_spread(const struct sum *from, const struct sum *to, uint64_t len_ns, uint64_t x_ns,
                struct sum *out)
{
    // Laid end to end and cut at x, so that rounding cannot make or lose any.
    uint64_t laid_ns = 0, cut_ns = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
        uint64_t part_ns = to->state_ns[i] - from->state_ns[i];
        if (part_ns == 0)
            continue;
        laid_ns += part_ns;
        uint64_t next_ns = laid_ns == len_ns ? x_ns : sum_scale(laid_ns, x_ns, len_ns);
        out->state_ns[i] += next_ns - cut_ns;
        cut_ns = next_ns;
    }
}

static size_t longest_state(const uint64_t state_ns[LANE_STATE_COUNT])
{
    size_t longest = 0;
    for (size_t i = 1; i < LANE_STATE_COUNT; i++)
        if (state_ns[i] > state_ns[longest])
            longest = i;
    return longest;
}

void sum_settle(uint64_t state_ns[LANE_STATE_COUNT])
{
    uint64_t lacking_ns = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
        if ((int64_t)state_ns[i] >= 0)
            continue;
        lacking_ns -= state_ns[i];
        state_ns[i] = 0;
    }
    while (lacking_ns > 0) {
        uint64_t *longest = &state_ns[longest_state(state_ns)];
        uint64_t given_ns = *longest < lacking_ns ? *longest : lacking_ns;
        if (given_ns == 0)
            break;
        *longest -= given_ns;
        lacking_ns -= given_ns;
    }
}

void sum_states_between(const uint64_t from_ns[LANE_STATE_COUNT],
                        const uint64_t to_ns[LANE_STATE_COUNT], uint64_t out_ns[LANE_STATE_COUNT])
{
    uint64_t signs = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
        out_ns[i] = to_ns[i] - from_ns[i];
        signs |= out_ns[i];
    }
    if ((int64_t)signs < 0)
        sum_settle(out_ns);
}

struct sum sum_between(const struct sum *from, const struct sum *to)
{
    struct sum sum;
    sum_states_between(from->state_ns, to->state_ns, sum.state_ns);
    for (size_t i = 0; i < MARK_COUNT; i++)
        sum.marks[i] = sum_marks_between(from->marks[i], to->marks[i]);
    sum.gap_events = to->gap_events - from->gap_events;
    return sum;
}
