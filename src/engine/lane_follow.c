// How a lane waits until the schedule has come to it.
#include "engine/lane.h"

#include "sync/futex.h"

// Longest wait between two looks at the gate, and at whether the lane whose turn it is has died.
enum { TURN_SLICE_NS = 50 * NS_PER_MS };

// Whether the op counts as a step of the model here and now.
static bool is_step(const struct lane *lane, const struct op *op)
{
    bool has_lock = !lane->run->kind->is_lock_free;
    if (op->code == OP_ENTER)
        return has_lock &&
               (atomic_load_explicit(&lane->control->lock_word, memory_order_relaxed) & 1);
    if (op->code == OP_LEAVE)
        return lane->n_with && lane->with[lane->n_with - 1].how == WITH_HELD;
    if (op->code == OP_ACQUIRE || op->code == OP_RELEASE)
        return has_lock;
    return op_info[op->code].is_step;
}

// Goes on from step `turn` to the next, unless somebody else has: when a lane has died in its turn,
// any that waits may be the first to see it.
static void pass_on(const struct lane *lane, uint32_t turn)
{
    _Atomic uint32_t *at = &lane->run->follow->at;
    // Release: publishes what the step did; pairs with the acquire in turn_now().
    atomic_compare_exchange_strong_explicit(at, &turn, turn + 1, memory_order_acq_rel,
                                            memory_order_relaxed);
    futex_wake_all(at);
}

void lane_end_turn(struct lane *lane)
{
    if (!lane->has_turn)
        return;
    lane->has_turn = false;
    pass_on(lane, lane->turn);
}

// Pairs with the release of the lane that had the turn before.
static uint32_t turn_now(const struct lane *lane)
{
    return atomic_load_explicit(&lane->run->follow->at, memory_order_acquire);
}

static bool is_over(const struct lane *lane, uint32_t turn)
{
    return turn >= lane->run->header->spec.n_followed;
}

static bool is_of_the_dead(const struct lane *lane, uint32_t turn)
{
    return run_has_ended(lane->run, lane->run->schedule[turn]);
}

// The lane must wait for another to make step `turn`, or to die.
static bool is_of_another(const struct lane *lane, uint32_t turn)
{
    return !is_over(lane, turn) && lane->run->schedule[turn] != lane->index &&
           !is_of_the_dead(lane, turn);
}

// Until that may have changed, or there is something to look at.
static void stand_by(struct lane *lane)
{
    uint32_t state = atomic_load_explicit(&lane->shared->state, memory_order_relaxed);
    lane_gil_drop(lane); // else nobody whose turn it is could go on
    lane_report(lane, EVENT_PAUSE, EVENT_NO_OBJECT, 0, 0);
    lane_set_state(lane, LANE_PAUSED);
    for (uint32_t turn; !lane_must_look(lane) && is_of_another(lane, turn = turn_now(lane));) {
        lane_idle(lane);
        futex_wait(&lane->run->follow->at, turn, clock_now_ns() + TURN_SLICE_NS);
        lane_busy(lane);
    }
    lane_set_state(lane, (enum lane_state)state);
    lane_report(lane, EVENT_RESUME, EVENT_NO_OBJECT, 0, 0);
}

// False: there are no more turns.
static bool await_turn(struct lane *lane)
{
    for (;;) {
        if (lane_must_look(lane))
            lane_gate(lane);
        uint32_t turn = turn_now(lane);
        if (lane->is_leaving || is_over(lane, turn))
            return false;
        if (lane->run->schedule[turn] == lane->index) {
            lane->turn = turn;
            return lane->has_turn = true;
        }
        if (is_of_the_dead(lane, turn))
            pass_on(lane, turn);
        else
            stand_by(lane);
    }
}

void lane_follow(struct lane *lane, const struct op *op)
{
    if (!is_step(lane, op))
        return;
    lane_end_turn(lane);
    lane->is_following = await_turn(lane);
    lane_gil_take(lane);
}
