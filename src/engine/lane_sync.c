// How a lane takes and gives back locks, and what the switch of the lock means to it.
#include "engine/lane.h"

#include "engine/cell.h"
#include "sync/futex.h"

void lane_refresh_flags(struct lane *lane)
{
    uint8_t flags = lane->n_held ? ACCESS_HELD : 0;
    for (uint32_t i = 0; i < lane->n_with; i++)
        if (lane->with[i].how == WITH_OFF)
            flags |= ACCESS_OFF;
    // Whatever else the lane holds: the lock that should protect this is off.
    if (flags & ACCESS_OFF)
        flags &= (uint8_t)~ACCESS_HELD;
    if (lane->n_with && !lane->is_settled)
        flags |= ACCESS_SETTLING;
    lane->with_flags = flags;
}

uint64_t lane_begin_wait(struct lane *lane)
{
    uint64_t now = lane_unpaused_ticks(lane);
    // Pairs with the acquire of a collector, which then does not find what the lane had waited for
    // before.
    atomic_store_explicit(&lane->shared->wait_ticks, now, memory_order_release);
    return now;
}

uint64_t lane_count_wait(struct lane *lane, uint32_t number, uint64_t since_ticks)
{
    struct run_lock *lock = &lane->run->locks[number];
    const struct clock_scale *scale = &lane->run->header->host.scale;
    uint64_t now = lane_unpaused_ticks(lane);
    uint64_t ticks = lane_span(since_ticks, now);
    uint64_t ns = clock_to_ns(scale, scale->tick0 + ticks) - scale->ns0;
    atomic_fetch_add_explicit(&lock->contended, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&lock->waits[run_wait_bucket(ns)], 1, memory_order_relaxed);
    // Of a lock only its holder writes it; of a semaphore several lanes may.
    uint64_t max = atomic_load_explicit(&lock->wait_max_ticks, memory_order_relaxed);
    while (ticks > max &&
           !atomic_compare_exchange_weak_explicit(&lock->wait_max_ticks, &max, ticks,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
    return now;
}

// A holder that came to its end without giving the lock back is still its owner, although the
// kernel may have freed what is under it (a robust mutex): to the lanes the lock stays taken. One
// that was killed leaves no such word behind: the next lane takes the lock over.
static bool is_abandoned(const struct run *run, const struct run_lock *lock)
{
    uint32_t owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);
    return owner != EVENT_NO_OBJECT &&
           atomic_load_explicit(&run->lanes[owner].end_ticks, memory_order_acquire) != 0;
}

// One slice of waiting; true when the lock is held.
static bool wait_slice(struct lane *lane, uint32_t number, bool *is_dead)
{
    uint64_t deadline = clock_now_ns() + LANE_WAIT_SLICE_NS;
    lane_idle(lane);
    bool is_held = false;
    if (*is_dead)
        futex_wait(&lane->control->seq, lane->seen_seq, deadline);
    else
        is_held =
            lane->run->kind->acquire(run_lock_memory(lane->run, number), lane->index, deadline);
    lane_busy(lane);
    *is_dead |= is_held && is_abandoned(lane->run, &lane->run->locks[number]);
    return is_held && !*is_dead;
}

// Until the lock is held, since *held_ticks without pauses; false when the lane must end instead.
// With is_dead the lane has what is under the lock already, and waits all the same.
static bool wait_for(struct lane *lane, uint32_t number, bool is_dead, uint64_t *held_ticks)
{
    const struct lock_kind *kind = lane->run->kind;
    struct run_lock *lock = &lane->run->locks[number];
    uint64_t since = lane_begin_wait(lane);

    uint32_t owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);
    lane_report(lane, EVENT_CONTEND, number, owner == EVENT_NO_OBJECT ? -1 : (int64_t)owner, 0);
    atomic_store_explicit(&lane->shared->waits_for, number, memory_order_relaxed);
    lane_gil_drop(lane);
    lane_set_state(lane, LANE_BLOCKED);
    while (!wait_slice(lane, number, &is_dead)) {
        if (lane_must_look(lane))
            lane_gate(lane);
        if (lane->is_leaving) {
            if (!is_dead)
                kind->abandon(run_lock_memory(lane->run, number), lane->index);
            return false;
        }
    }
    atomic_store_explicit(&lane->shared->waits_for, (uint32_t)EVENT_NO_OBJECT,
                          memory_order_relaxed);
    *held_ticks = lane_count_wait(lane, number, since);
    lane_gil_take(lane);
    return true;
}

bool lane_owns(const struct lane *lane, uint32_t number)
{
    return atomic_load_explicit(&lane->run->locks[number].owner, memory_order_relaxed) ==
           lane->index;
}

enum holding { GIVEN_BACK, HELD };

// What is left of a lane that is killed tells what it held.
static void note_held(const struct lane *lane, uint32_t number, enum holding holding)
{
    _Atomic uint64_t *locks = &lane->shared->held_locks;
    uint64_t bit = UINT64_C(1) << number;
    uint64_t held = atomic_load_explicit(locks, memory_order_relaxed);
    atomic_store_explicit(locks, holding == HELD ? held | bit : held & ~bit, memory_order_relaxed);
}

// Says whose lock this was, when the last holder was killed with it.
static void report_inheritance(struct lane *lane, uint32_t number)
{
    struct run_lock *lock = &lane->run->locks[number];
    const struct lock_kind *kind = lane->run->kind;
    if (!kind->is_inherited || !kind->is_inherited(run_lock_memory(lane->run, number)))
        return;
    uint32_t owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);
    atomic_fetch_add_explicit(&lock->recovered, 1, memory_order_relaxed);
    lane_report(lane, EVENT_RECOVER, number, owner == EVENT_NO_OBJECT ? -1 : (int64_t)owner, 0);
}

bool lane_take_lock(struct lane *lane, const struct op *op, uint32_t number)
{
    struct run_lock *lock = &lane->run->locks[number];
    if (lane_owns(lane, number)) {
        machine_fail(&lane->machine, op, FAULT_LOCK);
        return false;
    }
    bool is_held = lane->run->kind->try_acquire(run_lock_memory(lane->run, number), lane->index);
    bool is_dead = is_held && is_abandoned(lane->run, lock);
    uint64_t since = 0;
    if ((!is_held || is_dead) && !wait_for(lane, number, is_dead, &since))
        return false;
    report_inheritance(lane, number);
    uint64_t now = lane_ticks(lane);
    // Ordered by the lock itself. The collector reads all three, the owner twice, and knows by that
    // order who has held it since when.
    atomic_store_explicit(&lock->since_ticks, since ? since : lane_unpaused(lane, now),
                          memory_order_release);
    atomic_store_explicit(&lock->owner, lane->index, memory_order_release);
    uint32_t turn = atomic_load_explicit(&lock->turn, memory_order_relaxed) + 1;
    atomic_store_explicit(&lock->turn, turn, memory_order_release);
    uint64_t acquisitions = atomic_load_explicit(&lock->acquisitions, memory_order_relaxed) + 1;
    atomic_store_explicit(&lock->acquisitions, acquisitions, memory_order_relaxed);
    lane->n_held++;
    note_held(lane, number, HELD);
    lane_set_state(lane, LANE_HOLDING);
    lane_report_at(lane, now, EVENT_ACQUIRE, number, 0, turn);
    return true;
}

// Two places take turns, so that the one that counts is whole even if a process is killed here.
static void note_longest(const struct lane *lane, struct run_lock *lock, uint64_t to_ticks)
{
    uint32_t n = atomic_load_explicit(&lock->n_longest, memory_order_relaxed) + 1;
    struct run_hold *hold = &lock->longest[n & 1];
    uint64_t from = atomic_load_explicit(&lock->since_ticks, memory_order_relaxed);
    // Each pairs with the acquire of a collector: who sees one of these in the place that it reads
    // finds that n_longest has moved on.
    atomic_store_explicit(&hold->from_ticks, from, memory_order_release);
    atomic_store_explicit(&hold->to_ticks, to_ticks, memory_order_release);
    atomic_store_explicit(&hold->lane, lane->index, memory_order_release);
    atomic_store_explicit(&lock->n_longest, n, memory_order_release);
}

// Only the holder writes these, so that it takes no atomic addition.
static void count_hold(const struct lane *lane, struct run_lock *lock, uint64_t to_ticks)
{
    uint64_t from = atomic_load_explicit(&lock->since_ticks, memory_order_relaxed);
    uint64_t ticks = lane_span(from, to_ticks);
    uint64_t held = atomic_load_explicit(&lock->held_ticks, memory_order_relaxed);
    atomic_store_explicit(&lock->held_ticks, held + ticks, memory_order_relaxed);
    if (ticks <= atomic_load_explicit(&lock->hold_max_ticks, memory_order_relaxed))
        return;
    atomic_store_explicit(&lock->hold_max_ticks, ticks, memory_order_relaxed);
    note_longest(lane, lock, to_ticks);
}

void lane_give_back(struct lane *lane, uint32_t number)
{
    struct run_lock *lock = &lane->run->locks[number];
    uint32_t turn = atomic_load_explicit(&lock->turn, memory_order_relaxed);
    uint64_t now = lane_ticks(lane);
    count_hold(lane, lock, lane_unpaused(lane, now));
    atomic_store_explicit(&lock->owner, (uint32_t)EVENT_NO_OBJECT, memory_order_relaxed);
    lane->n_held--;
    note_held(lane, number, GIVEN_BACK);
    lane_report_at(lane, now, EVENT_RELEASE, number, 0, turn);
    lane->run->kind->release(run_lock_memory(lane->run, number), lane->index);
    lane_set_state(lane, lane->n_held ? LANE_HOLDING : LANE_RUNNING);
}

static int64_t read_cell(const void *context, size_t cell)
{
    const struct lane *lane = context;
    if (lane->is_bare)
        return (int64_t)atomic_load_explicit(&lane->cells[cell].word, memory_order_relaxed);
    int64_t value;
    cell_load(lane->run, lane->cells, lane->prog, cell, &value);
    return value;
}

// A killed lane is its lock's owner until another takes that; it does nothing in there any more.
static bool is_dead(const struct run *run, uint32_t lane)
{
    return lane < run->n_lanes &&
           atomic_load_explicit(&run->lanes[lane].is_joined, memory_order_seq_cst);
}

// Whether no other lane holds a lock. *turns adds up the acquisitions so far: the same sum twice,
// and nobody has been in a critical section in between.
static bool holds_last(const struct lane *lane, uint64_t *turns)
{
    *turns = 0;
    for (size_t i = 0; i < lane->run->n_locks; i++) {
        const struct run_lock *lock = &lane->run->locks[i];
        uint32_t owner = atomic_load_explicit(&lock->owner, memory_order_seq_cst);
        *turns += atomic_load_explicit(&lock->turn, memory_order_seq_cst);
        if (owner != EVENT_NO_OBJECT && owner != lane->index && !is_dead(lane->run, owner))
            return false;
    }
    return true;
}

// `always` over several cells holds whenever the last lock is released: judged by the lane that is
// about to release it, if no other lane is in a critical section of its own meanwhile.
void lane_judge_always(struct lane *lane)
{
    uint64_t before, after;
    for (size_t i = 0; i < lane->prog->n_always; i++) {
        const struct claim *claim = &lane->prog->always[i];
        bool holds = true;
        if (claim->cell >= 0 || !holds_last(lane, &before) ||
            !machine_judge(lane->prog, claim, read_cell, lane, &holds) || holds ||
            !holds_last(lane, &after) || after != before)
            continue;
        lane_report(lane, EVENT_BROKEN, (uint32_t)i, 0, 0);
        if (i < 64)
            atomic_fetch_or_explicit(&lane->run->header->host.broken, UINT64_C(1) << i,
                                     memory_order_relaxed);
    }
}

void lane_enter(struct lane *lane, const struct op *op)
{
    if (lane->n_with == LANE_WITH_MAX) {
        machine_fail(&lane->machine, op, FAULT_DEPTH);
        return;
    }
    // Sampled once per `with`, in one order with the switch and with the marks of a wait.
    uint32_t word = atomic_load_explicit(&lane->control->lock_word, memory_order_seq_cst);
    if (lane->n_with == 0) {
        lane_acknowledge(lane, word);
        lane->phase = word >> 1;
        // Pairs with the collector's release: every lane's accesses under the old switch are over.
        lane->is_settled =
            atomic_load_explicit(&lane->control->lock_settled, memory_order_acquire) == word;
    }
    enum with_how how = !(word & 1)                     ? WITH_OFF
                        : lane->run->kind->is_lock_free ? WITH_LOCK_FREE
                                                        : WITH_HELD;
    if (how == WITH_HELD && !lane_take_lock(lane, op, (uint32_t)op->arg))
        return;
    lane->with[lane->n_with++] = (struct lane_with){.lock = (uint32_t)op->arg, .how = how};
    lane_refresh_flags(lane);
    if (how == WITH_OFF && lane->pace_ns)
        lane_report(lane, EVENT_SKIP, (uint32_t)op->arg, 0, word >> 1);
    machine_complete(&lane->machine, op, 0);
}

void lane_leave(struct lane *lane, const struct op *op)
{
    assert(lane->n_with > 0);
    bool is_last = lane->n_with == 1 && lane->n_held <= 1;
    if (is_last && lane->prog->n_always)
        lane_judge_always(lane);
    struct lane_with with = lane->with[--lane->n_with];
    if (with.how == WITH_HELD && !lane_owns(lane, with.lock)) {
        // The program has released it by itself, inside `with`.
        machine_fail(&lane->machine, op, FAULT_LOCK);
        return;
    }
    if (with.how == WITH_HELD)
        lane_give_back(lane, with.lock);
    lane_refresh_flags(lane);
    machine_complete(&lane->machine, op, 0);
}

void lane_acquire(struct lane *lane, const struct op *op)
{
    uint32_t word = atomic_load_explicit(&lane->control->lock_word, memory_order_acquire);
    lane_acknowledge(lane, word);
    // acquire() and release() are the program's own and follow no switch; only the lock kind that
    // has no lock leaves nothing to take.
    if (!lane->run->kind->is_lock_free && !lane_take_lock(lane, op, (uint32_t)op->arg))
        return;
    lane_refresh_flags(lane);
    machine_complete(&lane->machine, op, 0);
}

void lane_release(struct lane *lane, const struct op *op)
{
    uint32_t number = (uint32_t)op->arg;
    if (!lane->run->kind->is_lock_free) {
        if (!lane_owns(lane, number)) {
            machine_fail(&lane->machine, op, FAULT_LOCK);
            return;
        }
        if (lane->n_held == 1 && lane->prog->n_always)
            lane_judge_always(lane);
        lane_give_back(lane, number);
    }
    lane_refresh_flags(lane);
    machine_complete(&lane->machine, op, 0);
}

void lane_unwind(struct lane *lane)
{
    while (lane->n_with) {
        struct lane_with with = lane->with[--lane->n_with];
        if (with.how == WITH_HELD && lane_owns(lane, with.lock))
            lane_give_back(lane, with.lock);
    }
}
