#include "trace/timeline_sum.h"

static const uint8_t marks[EVENT_KIND_COUNT] = {
    [EVENT_START] = MARK_START,    [EVENT_FINISH] = MARK_END,      [EVENT_FAIL] = MARK_END,
    [EVENT_KILL] = MARK_END,       [EVENT_LOAD] = MARK_LOAD,       [EVENT_STORE] = MARK_STORE,
    [EVENT_CONTEND] = MARK_COUNT,  [EVENT_ACQUIRE] = MARK_ACQUIRE, [EVENT_RELEASE] = MARK_RELEASE,
    [EVENT_SKIP] = MARK_COUNT,     [EVENT_SLEEP] = MARK_COUNT,     [EVENT_WAKE] = MARK_COUNT,
    [EVENT_SPAWN] = MARK_COUNT,    [EVENT_JOIN] = MARK_COUNT,      [EVENT_JOINED] = MARK_COUNT,
    [EVENT_PRINT] = MARK_PRINT,    [EVENT_PAUSE] = MARK_COUNT,     [EVENT_RESUME] = MARK_COUNT,
    [EVENT_TOGGLE] = MARK_TOGGLE,  [EVENT_BROKEN] = MARK_BROKEN,   [EVENT_LOSS] = MARK_LOSS,
    [EVENT_LOST] = MARK_LOST,      [EVENT_GAP] = MARK_GAP,         [EVENT_RECOVER] = MARK_RECOVER,
    [EVENT_TOOK] = MARK_ACQUIRE,   [EVENT_POST] = MARK_RELEASE,    [EVENT_TAKE] = MARK_TAKE,
    [EVENT_GIVE] = MARK_GIVE,      [EVENT_STOPPED] = MARK_COUNT,   [EVENT_CONTINUED] = MARK_COUNT,
    [EVENT_GIL_WAIT] = MARK_COUNT, [EVENT_GIL_TAKE] = MARK_GIL,    [EVENT_GIL_DROP] = MARK_COUNT,
    [EVENT_CHECK] = MARK_CHECK,    [EVENT_AWAIT] = MARK_COUNT,     [EVENT_NOTIFY] = MARK_RELEASE,
    [EVENT_NOTIFIED] = MARK_COUNT,
};

enum mark mark_of(uint8_t kind)
{
    return (enum mark)marks[kind];
}

void sum_add(struct sum *sum, const struct sum *other)
{
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        sum->state_ns[i] += other->state_ns[i];
    for (size_t i = 0; i < MARK_COUNT; i++)
        sum->marks[i] += other->marks[i];
    sum->gap_events += other->gap_events;
}

static uint64_t scale(uint64_t amount, uint64_t x, uint64_t len)
{
    if ((amount | x) <= UINT32_MAX)
        return amount * x / len;
    return (uint64_t)((unsigned __int128)amount * x / len);
}

uint64_t sum_part(uint64_t amount, uint64_t len, uint64_t x0, uint64_t x1)
{
    return scale(amount, x1, len) - scale(amount, x0, len);
}

static size_t longest_state(const struct sum *sum)
{
    size_t longest = 0;
    for (size_t i = 1; i < LANE_STATE_COUNT; i++)
        if (sum->state_ns[i] > sum->state_ns[longest])
            longest = i;
    return longest;
}

// The longest state takes what rounding leaves, so that the part is exactly as long as it is. Parts
// of less than some hundred nanoseconds can round to more than their length: all theirs.
void sum_share_states(const struct sum *sum, uint64_t len_ns, uint64_t x0_ns, uint64_t x1_ns,
                      struct sum *out)
{
    if (x0_ns >= x1_ns)
        return;
    size_t longest = longest_state(sum);
    uint64_t part_ns[LANE_STATE_COUNT] = {0};
    uint64_t others_ns = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
        if (i == longest || sum->state_ns[i] == 0)
            continue;
        part_ns[i] = sum_part(sum->state_ns[i], len_ns, x0_ns, x1_ns);
        others_ns += part_ns[i];
    }
    if (others_ns > x1_ns - x0_ns) {
        out->state_ns[longest] += x1_ns - x0_ns;
        return;
    }
    part_ns[longest] = x1_ns - x0_ns - others_ns;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        out->state_ns[i] += part_ns[i];
}

struct sum_move sum_preemptible(const struct sum *sum, uint64_t wanted_ns)
{
    uint64_t running_ns = sum->state_ns[LANE_RUNNING];
    uint64_t holding_ns = sum->state_ns[LANE_HOLDING];
    uint64_t both_ns = running_ns + holding_ns;
    if (wanted_ns > both_ns)
        wanted_ns = both_ns;
    if (wanted_ns == 0)
        return (struct sum_move){0};
    uint64_t from_holding_ns = scale(holding_ns, wanted_ns, both_ns);
    // Rounding down for one must not ask more of the other than it has.
    if (wanted_ns - from_holding_ns > running_ns)
        from_holding_ns = wanted_ns - running_ns;
    return (struct sum_move){wanted_ns - from_holding_ns, from_holding_ns};
}

void sum_preempt(struct sum *sum, struct sum_move move)
{
    sum->state_ns[LANE_RUNNING] -= move.running_ns;
    sum->state_ns[LANE_HOLDING] -= move.holding_ns;
    sum->state_ns[LANE_PREEMPTED] += move.running_ns + move.holding_ns;
}
