// How a lane lives with the GIL: it holds it while it runs, gives it back around everything that
// waits, and looks at its check points whether another wants it.
#include "engine/lane.h"

#include "sync/gil.h"

static bool wait_for_gil(struct lane *lane)
{
    bool is_taken = false;
    gil_ask(lane->gil);
    while (!is_taken) {
        lane_idle(lane);
        is_taken = gil_take(lane->gil, lane->index);
        lane_busy(lane);
        if (is_taken)
            return true;
        if (lane_must_look(lane))
            lane_gate(lane);
        if (lane->is_leaving)
            break;
    }
    gil_give_up(lane->gil);
    return false;
}

void lane_gil_take(struct lane *lane)
{
    if (!lane->gil || lane->has_gil || lane->is_leaving)
        return;
    uint32_t before = atomic_load_explicit(&lane->shared->state, memory_order_relaxed);
    uint64_t since = lane_unpaused_ticks(lane);
    atomic_store_explicit(&lane->shared->gil_since_ticks, since, memory_order_relaxed);
    bool is_free = gil_holder(lane->gil) == GIL_NOBODY;
    if (!is_free) {
        lane_report(lane, EVENT_GIL_WAIT, EVENT_NO_OBJECT, (int64_t)gil_holder(lane->gil), 0);
        lane_set_state(lane, LANE_GIL);
    }
    lane->has_gil = wait_for_gil(lane);
    lane_set_state(lane, (enum lane_state)before);
    if (!lane->has_gil)
        return;
    atomic_fetch_add_explicit(&lane->shared->gil_ticks, lane_span(since, lane_unpaused_ticks(lane)),
                              memory_order_relaxed);
    lane_report(lane, EVENT_GIL_TAKE, EVENT_NO_OBJECT, 0, 0);
}

void lane_gil_drop(struct lane *lane)
{
    if (!lane->gil || !lane->has_gil)
        return;
    lane->has_gil = false;
    // Reported before it is so, and the take after: by the lanes' events nobody ever shares it.
    lane_report(lane, EVENT_GIL_DROP, EVENT_NO_OBJECT, gil_is_wanted(lane->gil), 0);
    bool is_asked = gil_drop(lane->gil, lane->index);
    while (is_asked && !gil_await_switch(lane->gil, lane->index)) {
        if (lane_must_look(lane))
            lane_gate(lane);
        is_asked = !lane->is_leaving;
    }
}

// In 3.10 and later CPython looks when a function is entered, when a call has returned and when a
// loop jumps back; before, after nearly every instruction.
static bool is_check_point(struct lane *lane)
{
    bool has_polled = lane->machine.n_polls != lane->polls_seen;
    lane->polls_seen = lane->machine.n_polls;
    return has_polled || lane->prog->gil == GIL_3_9;
}

void lane_gil_check(struct lane *lane)
{
    if (!is_check_point(lane))
        return;
    // At native speed there are millions of them.
    if (lane->pace_ns)
        lane_report(lane, EVENT_CHECK, EVENT_NO_OBJECT, 0, 0);
    lane_gil_yield(lane);
}

void lane_gil_yield(struct lane *lane)
{
    if (!gil_is_wanted(lane->gil))
        return;
    lane_gil_drop(lane);
    lane_gil_take(lane);
}
