// Everything that a session knows of its run besides the events, into a file and out of it: each
// part is described once, for both directions.
#include "session/saved.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { STATE_LAYOUT = 1, LINE_BYTES = 3 * (64 << 10) + 8 };

// A lane's number, or EVENT_NO_OBJECT.
static uint32_t exchange_lane_number(struct exchange *x, const struct session *s, uint32_t lane)
{
    if (exchange_bool(x, lane != EVENT_NO_OBJECT))
        return (uint32_t)exchange_below(x, lane, s->prog->n_lanes);
    return EVENT_NO_OBJECT;
}

static void exchange_sums(struct exchange *x, struct session *s)
{
    s->is_ended = exchange_bool(x, s->is_ended);
    s->has_failed = exchange_bool(x, s->has_failed);
    s->is_deadlocked = exchange_bool(x, s->is_deadlocked);
    s->is_settled = exchange_bool(x, s->is_settled);
    s->lock_word = exchange_u32(x, s->lock_word);
    s->end_ns = exchange_u64(x, s->end_ns);
    s->pace_ns = exchange_u64(x, s->pace_ns);
    s->runs = (size_t)exchange_u64(x, s->runs);
    s->events = exchange_u64(x, s->events);
    s->dropped = exchange_u64(x, s->dropped);
    s->arranged = exchange_u64(x, s->arranged);
    s->held_ns = exchange_u64(x, s->held_ns);
    s->overlap_ns = exchange_u64(x, s->overlap_ns);
    s->preempted_ns = exchange_u64(x, s->preempted_ns);
    s->n_refused = (size_t)exchange_u64(x, s->n_refused);
    s->gil_rate = exchange_u64(x, s->gil_rate);
    s->n_deaths = (size_t)exchange_u64(x, s->n_deaths);
    s->last_dead = (size_t)exchange_below(x, s->last_dead, s->prog->n_lanes);
    s->host_signal = (int)exchange_below(x, (uint64_t)s->host_signal, 128);
    exchange_text(x, s->trouble, sizeof s->trouble);
    exchange_text(x, s->deadlock, sizeof s->deadlock);
    struct session_lock_phase *phases[] = {&s->lock_on, &s->lock_off};
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        phases[i]->span_ns = exchange_u64(x, phases[i]->span_ns);
        phases[i]->updates = exchange_u64(x, phases[i]->updates);
        phases[i]->held_ns = exchange_u64(x, phases[i]->held_ns);
    }
}

static void exchange_lane(struct exchange *x, const struct session *s, struct session_lane *lane)
{
    lane->kind = (enum lane_kind)exchange_below(x, lane->kind, LANE_CALL + 1);
    lane->state = (enum lane_state)exchange_below(x, lane->state, LANE_STATE_COUNT);
    lane->is_started = exchange_bool(x, lane->is_started);
    lane->start_ns = exchange_u64(x, lane->start_ns);
    lane->end_ns = exchange_u64(x, lane->end_ns);
    lane->pc = (uint32_t)exchange_below(x, lane->pc, s->prog->n_ops + 1);
    lane->has_loaded = exchange_bool(x, lane->has_loaded);
    lane->loaded = exchange_i64(x, lane->loaded);
    lane->waits_for = exchange_u32(x, lane->waits_for);
    lane->owner = exchange_lane_number(x, s, lane->owner);
    lane->waits_since_ns = exchange_u64(x, lane->waits_since_ns);
    lane->sleep_from_ns = exchange_u64(x, lane->sleep_from_ns);
    lane->sleep_until_ns = exchange_u64(x, lane->sleep_until_ns);
    lane->updates = exchange_u64(x, lane->updates);
    lane->gil_wait_ns = exchange_u64(x, lane->gil_wait_ns);
    exchange_text(x, lane->failure, sizeof lane->failure);
    lane->signal = (int)exchange_below(x, (uint64_t)lane->signal, 128);
    exchange_text(x, lane->death, sizeof lane->death);
    lane->item = exchange_u32(x, lane->item);
    if (x->out)
        return;
    lane->has_acknowledged = true;
    size_t n_waitable = lane->state == LANE_JOINING ? s->prog->n_lanes : s->prog->n_locks;
    if (lane->waits_for >= n_waitable)
        lane->waits_for = EVENT_NO_OBJECT;
    if (lane->item >= s->prog->pool.n_items)
        lane->item = EVENT_NO_OBJECT;
}

static void exchange_cells(struct exchange *x, struct session *s)
{
    for (size_t i = 0; i < s->prog->n_cells; i++)
        s->cells[i] = exchange_i64(x, s->cells[i]);
    size_t n_copies = s->is_private ? s->prog->n_lanes * s->prog->n_cells : 0;
    for (size_t i = 0; i < n_copies; i++)
        s->copies[i] = exchange_i64(x, s->copies[i]);
}

static void exchange_claims(struct exchange *x, struct session *s)
{
    for (size_t i = 0; i < s->n_claims; i++) {
        struct session_claim *claim = &s->claims[i];
        claim->is_judged = exchange_bool(x, claim->is_judged);
        claim->holds = exchange_bool(x, claim->holds);
        claim->is_placed = exchange_bool(x, claim->is_placed);
        claim->has_value = exchange_bool(x, claim->has_value);
        claim->broken_ns = exchange_u64(x, claim->broken_ns);
        claim->broken_lane = (uint16_t)exchange_below(x, claim->broken_lane, s->prog->n_lanes);
        claim->broken_value = exchange_i64(x, claim->broken_value);
    }
}

static void exchange_output(struct exchange *x, struct session *s)
{
    s->n_output_dropped = exchange_u64(x, s->n_output_dropped);
    size_t n = exchange_count(x, s->n_output, 3 * 8);
    for (size_t i = 0; i < n && !(x->in && x->in->has_failed); i++) {
        struct session_output line = x->out ? s->output[i] : (struct session_output){0};
        line.t_ns = exchange_u64(x, line.t_ns);
        line.lane = (uint16_t)exchange_below(x, line.lane, s->prog->n_lanes);
        if (x->out) {
            pack_text(x->out, line.text);
            continue;
        }
        char *raw = unpack_new_text(x->in, LINE_BYTES);
        size_t size = 3 * strlen(raw) + 4;
        char *safe = mem_alloc(size);
        text_safe_z(safe, size, raw);
        mem_free(raw);
        line.text = safe;
        session_add_line(s, line);
    }
}

// --- what has accessors of its own; a session from a file keeps their answers

static void exchange_wait(struct exchange *x, struct session_wait *wait)
{
    wait->p50_ns = exchange_u64(x, wait->p50_ns);
    wait->p99_ns = exchange_u64(x, wait->p99_ns);
    wait->max_ns = exchange_u64(x, wait->max_ns);
}

static void exchange_waits(struct exchange *x, struct session_waits *waits)
{
    size_t n = 0;
    for (size_t i = 0; i < SESSION_WAIT_BUCKETS && x->out; i++)
        n += waits->counts[i] != 0;
    n = exchange_count(x, n, 2 * 8);
    waits->n = x->in ? 0 : waits->n;
    for (size_t i = 0, at = 0; i < n; i++, at++) {
        while (x->out && waits->counts[at] == 0)
            at++;
        at = (size_t)exchange_below(x, at, SESSION_WAIT_BUCKETS);
        waits->counts[at] = exchange_u64(x, waits->counts[at]);
        waits->n += x->in ? waits->counts[at] : 0;
    }
}

static void exchange_mutex(struct exchange *x, const struct session *s, struct session_lock *lock)
{
    lock->acquisitions = exchange_u64(x, lock->acquisitions);
    lock->contended = exchange_u64(x, lock->contended);
    lock->recovered = exchange_u64(x, lock->recovered);
    exchange_wait(x, &lock->wait);
    lock->owner = exchange_lane_number(x, s, lock->owner);
    lock->since_ns = exchange_u64(x, lock->since_ns);
    lock->held_ns = exchange_u64(x, lock->held_ns);
    lock->hold_max_ns = exchange_u64(x, lock->hold_max_ns);
    lock->hold_max_from_ns = exchange_u64(x, lock->hold_max_from_ns);
    lock->hold_max_lane = exchange_lane_number(x, s, lock->hold_max_lane);
}

static void exchange_semaphore(struct exchange *x, struct session_semaphore *semaphore)
{
    semaphore->initial = exchange_i64(x, semaphore->initial);
    semaphore->value = exchange_i64(x, semaphore->value);
    semaphore->waits = exchange_u64(x, semaphore->waits);
    semaphore->contended = exchange_u64(x, semaphore->contended);
    semaphore->posts = exchange_u64(x, semaphore->posts);
    exchange_wait(x, &semaphore->wait);
}

static void exchange_condition(struct exchange *x, struct session_condition *condition)
{
    condition->waits = exchange_u64(x, condition->waits);
    condition->notifies = exchange_u64(x, condition->notifies);
    exchange_wait(x, &condition->wait);
}

static void exchange_locks(struct exchange *x, const struct session *s, struct saved *saved)
{
    for (size_t i = 0; i < s->prog->n_locks; i++) {
        const char *name = s->prog->locks[i].name;
        exchange_waits(x, &saved->waits[i]);
        switch (s->prog->locks[i].type) {
        case LOCK_MUTEX:
            exchange_mutex(x, s, &saved->locks[i]);
            saved->locks[i].name = name;
            break;
        case LOCK_SEMAPHORE:
            exchange_semaphore(x, &saved->semaphores[i]);
            saved->semaphores[i].name = name;
            break;
        case LOCK_CONDITION:
            exchange_condition(x, &saved->conditions[i]);
            saved->conditions[i].name = name;
            saved->conditions[i].lock = s->prog->locks[s->prog->locks[i].lock].name;
            break;
        }
    }
}

static void exchange_rest(struct exchange *x, const struct session *s, struct saved *saved)
{
    for (size_t i = 0; i < s->prog->pool.n_items; i++) {
        struct session_item *item = &saved->items[i];
        item->lane = exchange_lane_number(x, s, item->lane);
        item->is_done = exchange_bool(x, item->is_done);
        item->result = exchange_i64(x, item->result);
    }
    for (size_t i = 0; i < s->prog->n_cells; i++) {
        struct session_bare *bare = &saved->bares[i];
        bare->updates = exchange_u64(x, bare->updates);
        bare->amount = exchange_i64(x, bare->amount);
        bare->is_by_one = exchange_bool(x, bare->is_by_one);
    }
    saved->gil_holder = exchange_lane_number(x, s, saved->gil_holder);
    saved->gil_switches = exchange_u64(x, saved->gil_switches);
    saved->is_simulated = exchange_bool(x, saved->is_simulated);
    saved->step_ns = exchange_u64(x, saved->step_ns);
    saved->n_steps = (size_t)exchange_u64(x, saved->n_steps);
    saved->n_known_steps = exchange_count(x, saved->n_known_steps, 8);
    if (x->in)
        saved->schedule = mem_array(saved->n_known_steps, sizeof *saved->schedule);
    for (size_t i = 0; i < saved->n_known_steps; i++)
        saved->schedule[i] = (uint16_t)exchange_below(x, saved->schedule[i], s->prog->n_lanes);
    if (x->in && saved->n_steps > saved->n_known_steps)
        x->in->has_failed = true;
}

static void exchange_state(struct exchange *x, struct session *s, struct saved *saved)
{
    exchange_sums(x, s);
    for (size_t i = 0; i < s->prog->n_lanes; i++)
        exchange_lane(x, s, &s->lanes[i]);
    exchange_cells(x, s);
    exchange_claims(x, s);
    exchange_output(x, s);
    ledger_exchange(s->ledger, x);
    exchange_locks(x, s, saved);
    exchange_rest(x, s, saved);
    saved->state_ns = exchange_u64(x, saved->state_ns);
}

struct saved *saved_new(const struct program *prog)
{
    struct saved *saved = mem_alloc(sizeof *saved);
    saved->locks = mem_array(prog->n_locks, sizeof *saved->locks);
    saved->waits = mem_array(prog->n_locks, sizeof *saved->waits);
    saved->semaphores = mem_array(prog->n_locks, sizeof *saved->semaphores);
    saved->conditions = mem_array(prog->n_locks, sizeof *saved->conditions);
    saved->items = mem_array(prog->pool.n_items, sizeof *saved->items);
    saved->bares = mem_array(prog->n_cells, sizeof *saved->bares);
    return saved;
}

void saved_free(struct saved *saved)
{
    if (!saved)
        return;
    rlt_free(saved->file);
    mem_free(saved->path);
    mem_free(saved->schedule);
    mem_free(saved->locks);
    mem_free(saved->waits);
    mem_free(saved->semaphores);
    mem_free(saved->conditions);
    mem_free(saved->items);
    mem_free(saved->bares);
    mem_free(saved);
}

// What the accessors answer now.
static struct saved *collect(const struct session *s)
{
    struct saved *saved = saved_new(s->prog);
    struct session_view view = session_view(s);
    for (size_t i = 0; i < s->prog->n_locks; i++) {
        session_waits(s, i, &saved->waits[i]);
        if (s->prog->locks[i].type == LOCK_MUTEX)
            saved->locks[i] = session_lock(s, i);
        else if (s->prog->locks[i].type == LOCK_SEMAPHORE)
            saved->semaphores[i] = session_semaphore(s, i);
        else
            saved->conditions[i] = session_condition(s, i);
    }
    for (size_t i = 0; i < s->prog->pool.n_items; i++)
        saved->items[i] = session_item(s, i);
    for (size_t i = 0; i < s->prog->n_cells; i++)
        saved->bares[i] = session_bare(s, i);
    saved->gil_holder = view.gil_holder < s->prog->n_lanes ? view.gil_holder : EVENT_NO_OBJECT;
    saved->gil_switches = view.gil_switches;
    saved->is_simulated = view.is_simulated;
    saved->step_ns = view.step_ns;
    saved->n_steps = view.n_steps;
    saved->n_known_steps = view.n_known_steps;
    saved->schedule = mem_array(view.n_known_steps, sizeof *saved->schedule);
    if (view.n_known_steps)
        memcpy(saved->schedule, view.schedule, view.n_known_steps * sizeof *saved->schedule);
    saved->state_ns = view.now_ns;
    return saved;
}

void saved_pack_state(const struct session *s, struct packer *p)
{
    struct exchange x = {.out = p};
    struct saved *saved = collect(s);
    pack_u64(p, STATE_LAYOUT);
    // Writing changes nothing of it.
    exchange_state(&x, (struct session *)(uintptr_t)s, saved);
    saved_free(saved);
}

bool saved_unpack_state(struct session *s, const void *bytes, size_t len_bytes)
{
    struct unpacker u = {.bytes = bytes, .len = len_bytes};
    struct exchange x = {.in = &u};
    struct saved *state = saved_new(s->prog);
    if (unpack_u64(&u) != STATE_LAYOUT)
        u.has_failed = true;
    else
        exchange_state(&x, s, state);
    state->file = s->saved->file;
    state->path = s->saved->path;
    state->now_ns = s->saved->now_ns;
    s->saved->file = NULL;
    s->saved->path = NULL;
    saved_free(s->saved);
    s->saved = state;
    return !u.has_failed && u.at == u.len;
}
