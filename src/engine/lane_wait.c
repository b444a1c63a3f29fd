// How a lane waits: at the gate, for its pace, asleep, for room in a channel. Every wait is bounded
// and comes by the gate, so that pause, stop and the switch of the lock reach it at once.
#include "engine/lane.h"

#include "engine/print_channel.h"
#include "sync/futex.h"

#include <string.h>

enum {
    PAUSE_SLICE_NS = 500 * NS_PER_MS,
    ROOM_SLICE_NS = 200 * NS_PER_US,
    ROOM_DOUBLINGS = 7,
    ARRANGE_SLICE_NS = 1 * NS_PER_MS,
    ARRANGE_TRIES = 2000,
    JITTER_ONE = 1024, // fixed point of the pace's jitter: three quarters to five quarters
};

void lane_idle(struct lane *lane)
{
    uint32_t idle = lane->n_pending == 0   ? RUN_IDLE_QUIET
                    : lane->n_pending == 1 ? RUN_IDLE_PINNED
                                           : RUN_BUSY;
    atomic_store_explicit(&lane->shared->idle, idle, memory_order_seq_cst);
}

void lane_busy(struct lane *lane)
{
    // See enum run_idle: the store before the load, in the one order of such operations.
    atomic_store_explicit(&lane->shared->idle, (uint32_t)RUN_BUSY, memory_order_seq_cst);
    uint64_t epoch = atomic_load_explicit(&lane->control->epoch, memory_order_seq_cst);
    lane->owes_answer = lane->n_pending > 0;
    if (!lane->owes_answer)
        atomic_store_explicit(&lane->shared->quiet_epoch, epoch, memory_order_release);
}

void lane_answer(struct lane *lane)
{
    lane->owes_answer = false;
    uint64_t epoch = atomic_load_explicit(&lane->control->epoch, memory_order_seq_cst);
    // Published after the lane's last record: whoever sees the answer finds that record.
    atomic_store_explicit(&lane->shared->quiet_epoch, epoch, memory_order_release);
}

void lane_acknowledge(struct lane *lane, uint32_t lock_word)
{
    if (lane->n_with > 0 || lock_word == lane->lock_seen)
        return;
    bool is_first = lane->lock_seen == UINT32_MAX;
    lane->lock_seen = lock_word;
    // Publishes that this lane's accesses under the old switch are over.
    atomic_store_explicit(&lane->shared->lock_seen, lock_word, memory_order_release);
    if (!is_first)
        lane_report(lane, EVENT_TOGGLE, EVENT_NO_OBJECT, lock_word & 1, lock_word >> 1);
}

// All pauses so far, as the run's clock has them: a lane that noticed one late has lost nothing.
static uint64_t paused_ns(const struct lane *lane)
{
    const struct clock_scale *scale = &lane->run->header->host.scale;
    uint64_t ticks = atomic_load_explicit(&lane->control->paused_ticks, memory_order_relaxed);
    return clock_to_ns(scale, scale->tick0 + ticks) - scale->ns0;
}

static void wait_while_paused(struct lane *lane)
{
    struct run_control *control = lane->control;
    uint32_t state = atomic_load_explicit(&lane->shared->state, memory_order_relaxed);

    lane_report(lane, EVENT_PAUSE, EVENT_NO_OBJECT, 0, 0);
    lane_set_state(lane, LANE_PAUSED);
    for (;;) {
        // Pairs with the release in run_tell.
        uint32_t seq = atomic_load_explicit(&control->seq, memory_order_acquire);
        // Pairs with the release of the collector, who has counted the pause before.
        if (!atomic_load_explicit(&control->is_paused, memory_order_acquire) ||
            atomic_load_explicit(&control->is_stopped, memory_order_relaxed))
            break;
        lane_acknowledge(lane, atomic_load_explicit(&control->lock_word, memory_order_relaxed));
        lane_idle(lane);
        futex_wait(&control->seq, seq, clock_now_ns() + PAUSE_SLICE_NS);
        lane_busy(lane);
    }
    lane_set_state(lane, (enum lane_state)state);
    lane_report(lane, EVENT_RESUME, EVENT_NO_OBJECT, 0, 0);
}

void lane_gate(struct lane *lane)
{
    struct run_control *control = lane->control;
    for (;;) {
        // Pairs with the release in run_tell.
        lane->seen_seq = atomic_load_explicit(&control->seq, memory_order_acquire);
        if (atomic_load_explicit(&control->is_stopped, memory_order_relaxed) ||
            atomic_load_explicit(&lane->shared->is_killed, memory_order_relaxed)) {
            lane->is_leaving = true;
            return;
        }
        lane_acknowledge(lane, atomic_load_explicit(&control->lock_word, memory_order_seq_cst));
        lane->pace_ns = atomic_load_explicit(&control->pace_ns, memory_order_relaxed);
        lane->owes_answer = lane->n_pending > 0;
        if (!lane->owes_answer)
            lane_answer(lane);
        lane->paused_ns = paused_ns(lane);
        if (!atomic_load_explicit(&control->is_paused, memory_order_relaxed))
            return;
        wait_while_paused(lane);
    }
}

// Waits for a change of the controls, at most until deadline_ns.
static void wait_controls(struct lane *lane, uint64_t deadline_ns)
{
    lane_idle(lane);
    futex_wait(&lane->control->seq, lane->seen_seq, deadline_ns);
    lane_busy(lane);
    if (lane_must_look(lane))
        lane_gate(lane);
}

void lane_wait_pace(struct lane *lane)
{
    uint64_t factor = JITTER_ONE * 3 / 4 + random_below(&lane->jitter, JITTER_ONE / 2);
    uint64_t from = clock_now_ns();
    uint64_t paused = lane->paused_ns;
    while (!lane->is_leaving) {
        uint64_t until = from + lane->pace_ns * factor / JITTER_ONE + (lane->paused_ns - paused);
        if (clock_now_ns() >= until)
            return;
        wait_controls(lane, until);
    }
}

// Where the sleep lies on the run's clock; moved on by pauses.
static void show_sleep(struct lane *lane, uint64_t from_ns, uint64_t until_ns)
{
    const struct clock_scale *scale = &lane->run->header->host.scale;
    uint64_t now_ns = clock_now_ns();
    uint64_t now = lane_ticks(lane);
    uint64_t per_tick = scale->is_tsc ? scale->ns_per_tick : UINT64_C(1) << 32;
    uint64_t ago = (uint64_t)(((unsigned __int128)(now_ns - from_ns) << 32) / per_tick);
    uint64_t left = (uint64_t)(((unsigned __int128)(until_ns - now_ns) << 32) / per_tick);
    atomic_store_explicit(&lane->shared->sleep_from_ticks, now - ago, memory_order_relaxed);
    atomic_store_explicit(&lane->shared->sleep_until_ticks, now + left, memory_order_relaxed);
}

void lane_sleep(struct lane *lane, uint64_t ns)
{
    uint32_t before = atomic_load_explicit(&lane->shared->state, memory_order_relaxed);
    uint64_t from = clock_now_ns();
    uint64_t until = from + ns;

    show_sleep(lane, from, until);
    lane_report(lane, EVENT_SLEEP, EVENT_NO_OBJECT, (int64_t)ns, 0);
    lane_set_state(lane, LANE_SLEEPING);
    while (!lane->is_leaving && clock_now_ns() < until) {
        uint64_t paused = lane->paused_ns;
        wait_controls(lane, until);
        if (lane->paused_ns != paused) {
            from += lane->paused_ns - paused;
            until += lane->paused_ns - paused;
            if (clock_now_ns() < until)
                show_sleep(lane, from, until);
        }
    }
    lane_set_state(lane, (enum lane_state)before);
    lane_report(lane, EVENT_WAKE, EVENT_NO_OBJECT, 0, 0);
}

static bool is_thrown_away(const struct lane *lane)
{
    return atomic_load_explicit(&lane->control->is_stopped, memory_order_relaxed);
}

// Longer each time in vain: with a thousand lanes waiting, looking for room would else be all that
// the cores do.
static uint64_t room_slice_ns(struct lane *lane)
{
    uint32_t doublings = lane->n_holds < ROOM_DOUBLINGS ? lane->n_holds++ : ROOM_DOUBLINGS;
    return (uint64_t)ROOM_SLICE_NS << doublings;
}

bool lane_hold_for_room(struct lane *lane)
{
    // Its store is made and not yet reported: until then it looks at no switch and no gate, or what
    // it says of them would come before the store. Room there will be, in a pause too.
    uint64_t before = lane_unpaused_ticks(lane);
    uint32_t seq = atomic_load_explicit(&lane->control->seq, memory_order_acquire);
    if (!is_thrown_away(lane))
        futex_wait(&lane->control->seq, seq, clock_now_ns() + room_slice_ns(lane));
    atomic_fetch_add_explicit(&lane->shared->held_ticks,
                              lane_span(before, lane_unpaused_ticks(lane)), memory_order_relaxed);
    return !is_thrown_away(lane);
}

bool lane_wait_overwritten(struct lane *lane, const struct lane_pending *pending)
{
    for (int i = 0; i < ARRANGE_TRIES && !lane->is_leaving; i++) {
        uint64_t id = atomic_load_explicit(&lane->cells[pending->cell].word, memory_order_relaxed);
        if (id != pending->id)
            return true;
        wait_controls(lane, clock_now_ns() + ARRANGE_SLICE_NS);
    }
    return false;
}

static bool send_line(struct lane *lane, const char *text, size_t len_bytes, uint64_t turn)
{
    struct print_channel *channel = run_prints(lane->run, lane->index);
    struct print_chunk chunk = {
        .ticks = lane_ticks(lane),
        .turn = turn,
    };
    lane_report(lane, EVENT_PRINT, EVENT_NO_OBJECT, (int64_t)chunk.turn, 0);
    do {
        size_t n = len_bytes < PRINT_CHUNK ? len_bytes : PRINT_CHUNK;
        memcpy(chunk.text, text, n);
        chunk.len_bytes = (uint32_t)n;
        text += n;
        len_bytes -= n;
        chunk.flags = len_bytes ? PRINT_MORE : 0;
        while (!print_channel_push(channel, &chunk)) {
            wait_controls(lane, clock_now_ns() + room_slice_ns(lane));
            if (is_thrown_away(lane))
                return false;
        }
        lane->n_holds = 0;
    } while (len_bytes);
    return true;
}

void lane_print(struct lane *lane, const char *text)
{
    uint64_t n_lines = 1;
    for (const char *end = text; (end = strchr(end, '\n')); end++)
        n_lines++;
    // All at once: no other lane's line gets between them. See cell.h for the order.
    uint64_t turn = atomic_fetch_add_explicit(&lane->run->header->host.print_turn, n_lines,
                                              memory_order_seq_cst);
    for (;; turn++) {
        const char *end = strchrnul(text, '\n');
        if (!send_line(lane, text, (size_t)(end - text), turn) || !*end)
            return;
        text = end + 1;
    }
}
