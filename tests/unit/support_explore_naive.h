#ifndef SUPPORT_EXPLORE_NAIVE_H
#define SUPPORT_EXPLORE_NAIVE_H

#include "model/explore_intern.h"
#include "model/explore_live.h"
#include "model/stepper_private.h"
#include "support_explore.h"
#include "support_explore_writer.h"

// A small program explored and, beside it, enumerated schedule by schedule on the stepper: the same
// finals, numbers, states and failures. Programs have no `after:`, whose steps the stepper counts
// and exploring does not.

enum { SCHEDULES_MAX = 2000, DEPTH_MAX = 80, VALUES_MAX = 64 };

struct naive {
    const struct program *prog;
    struct stepper_options options;
    enum explore_grain grain;
    bool keeps_order;
    struct live_set *live;
    struct interner states, stuck;
    size_t n_schedules, n_stuck_schedules;
    size_t n_values[4];
    struct {
        int64_t value;
        size_t n;
    } values[4][VALUES_MAX];
    size_t n_failing[8];
    size_t n_claims;
    uint16_t path[DEPTH_MAX], shortest[8][DEPTH_MAX];
    size_t n_shortest[8], fewest_turns[8];
    bool is_too_big;
};

static inline bool is_local(const struct op *op)
{
    return machine_is_local(op) || op->code == OP_SLEEP;
}

// By access, nobody stands in front of a step that others do not notice.
static inline void settle(const struct naive *n, struct stepper *s)
{
    for (size_t lane = 1; n->grain == GRAIN_ACCESS && lane < n->prog->n_lanes; lane++)
        while (s->lanes[lane].is_started && s->lanes[lane].next && is_local(s->lanes[lane].next))
            stepper_step(s, lane);
}

static inline struct stepper *replay(const struct naive *n, size_t depth)
{
    struct stepper *s = stepper_new(n->prog, &n->options);
    settle(n, s);
    for (size_t i = 0; i < depth; i++) {
        stepper_step(s, n->path[i]);
        settle(n, s);
    }
    return s;
}

static inline size_t put_bytes(char *key, size_t len, const void *bytes, size_t n)
{
    assert_true(len + n < 4096);
    memcpy(key + len, bytes, n);
    return len + n;
}

static inline size_t put_int(char *key, size_t len, int64_t value)
{
    return put_bytes(key, len, &value, sizeof value);
}

static inline size_t put_lane(const struct naive *n, const struct step_lane *lane, char *key,
                              size_t len)
{
    const struct machine *m = &lane->machine;
    len = put_int(key, len, lane->is_ended ? -1 - (int64_t)m->fault : (int64_t)m->pc);
    if (lane->is_ended)
        return put_int(key, len, m->fault_line);
    for (uint32_t i = 0; i <= m->depth; i++) {
        bool is_top = i == m->depth;
        uint32_t pc = is_top ? m->pc : m->frames[i].return_pc;
        uint32_t base = is_top ? m->base : m->frames[i].base;
        uint32_t end = is_top ? base + 128 : i + 1 < m->depth ? m->frames[i + 1].base : m->base;
        len = put_int(key, len, pc);
        for (uint32_t reg = 0; base + reg < end && reg < 128; reg++)
            if (live_has(&n->live[pc], reg) && (is_top || reg != m->frames[i].dst))
                len = put_int(key, len, m->regs[base + reg]);
    }
    bool watches =
        n->options.lock_on && n->options.lock_kind->is_lock_free && lane->n_with && lane->n_pending;
    return watches ? put_int(key, len, -7) : len;
}

static inline bool stands_at(const struct stepper *s, const struct step_lane *lane, size_t lock)
{
    size_t wanted;
    return !lane->is_ended && !lane->is_waiting && lane->next &&
           step_takes(s, lane->next, &wanted) && wanted == lock &&
           s->locks[lock].holder != lane->index;
}

static inline size_t put_waiting(const struct stepper *s, size_t lock, char *key, size_t len)
{
    for (uint32_t i = 0; i < s->locks[lock].n_waiting; i++)
        len = put_int(key, len, s->waiting[lock * s->prog->n_lanes + i]);
    return len;
}

// Who stands at the lock, first come first: those who wait came before those who do not have to.
static inline size_t put_queue(const struct stepper *s, size_t lock, char *key, size_t len)
{
    const struct step_lock *l = &s->locks[lock];
    len = put_int(key, len, l->holder == LOCK_NOBODY && l->n_waiting > 0);
    len = put_waiting(s, lock, key, len);
    for (uint64_t after = 0;;) {
        const struct step_lane *first = NULL;
        for (size_t i = 1; i < s->prog->n_lanes; i++)
            if (stands_at(s, &s->lanes[i], lock) && s->lanes[i].state != LANE_BLOCKED &&
                s->lanes[i].arrived > after && (!first || s->lanes[i].arrived < first->arrived))
                first = &s->lanes[i];
        if (!first)
            return len;
        after = first->arrived;
        len = put_int(key, len, first->index);
    }
}

// Whether each pending load is still fresh, where that matters.
static inline size_t put_fresh(const struct naive *n, const struct stepper *s, char *key,
                               size_t len)
{
    if (!n->options.lock_on || !n->options.lock_kind->is_lock_free)
        return len;
    for (size_t i = 1; i < s->prog->n_lanes; i++) {
        const struct step_lane *lane = &s->lanes[i];
        for (uint32_t j = 0; lane->n_with && !lane->is_ended && j < lane->n_pending; j++) {
            const struct step_cell *cells = step_cells(s, lane);
            bool is_fresh = cells[lane->pending[j].cell].id == lane->pending[j].id;
            len = put_int(key, len, is_fresh);
        }
    }
    return len;
}

static inline uint32_t state_number(struct naive *n, const struct stepper *s, struct interner *set)
{
    char key[4096];
    size_t len = 0;
    for (size_t i = 1; i < s->prog->n_lanes; i++)
        len = put_lane(n, &s->lanes[i], key, len);
    size_t n_copies = s->is_private ? s->prog->n_lanes : 1;
    for (size_t i = 0; i < n_copies * s->prog->n_cells; i++)
        len = put_int(key, len, s->cells[i].value);
    for (size_t i = 0; i < s->prog->n_locks; i++) {
        len = put_int(key, len, s->locks[i].holder);
        len = put_int(key, len, s->locks[i].count);
        if (n->keeps_order && s->prog->locks[i].type == LOCK_MUTEX)
            len = put_queue(s, i, key, len);
        if (s->prog->locks[i].type == LOCK_CONDITION)
            len = put_int(key, put_waiting(s, i, key, len), -1);
    }
    len = put_fresh(n, s, key, len);
    return intern_add(set, key, len);
}

static inline void count_value(struct naive *n, size_t cell, int64_t value)
{
    size_t i = 0;
    while (i < n->n_values[cell] && n->values[cell][i].value != value)
        i++;
    n->is_too_big |= i == VALUES_MAX;
    if (n->is_too_big)
        return;
    n->values[cell][i].value = value;
    n->values[cell][i].n++;
    n->n_values[cell] += i == n->n_values[cell];
}

static inline size_t count_turns(const uint16_t *path, size_t depth)
{
    size_t n = 0;
    for (size_t i = 0; i < depth; i++)
        n += i == 0 || path[i] != path[i - 1];
    return n;
}

static inline void note_failure(struct naive *n, size_t claim, size_t depth)
{
    size_t turns = count_turns(n->path, depth);
    if (n->n_failing[claim] == 0 || depth < n->n_shortest[claim]) {
        memcpy(n->shortest[claim], n->path, depth * sizeof n->path[0]);
        n->n_shortest[claim] = depth;
    }
    if (n->n_failing[claim] == 0 || turns < n->fewest_turns[claim])
        n->fewest_turns[claim] = turns;
}

// Where an `always` first breaks, in steps of this grain.
static inline size_t breaks_at(const struct naive *n, size_t claim, size_t depth)
{
    for (size_t at = 0; at <= depth; at++) {
        struct stepper *s = replay(n, at);
        struct stepper_output out = stepper_output(s);
        bool is_broken = false;
        for (size_t i = 0; i < out.n_events; i++)
            is_broken |= out.events[i].kind == EVENT_BROKEN && out.events[i].object == claim;
        stepper_free(s);
        if (is_broken)
            return at;
    }
    return SIZE_MAX;
}

static inline void judge(struct naive *n, const struct stepper *s, size_t depth)
{
    const struct program *prog = n->prog;
    struct stepper_output out = stepper_output(s);
    uint64_t broken = 0;
    for (size_t i = 0; i < out.n_events; i++)
        if (out.events[i].kind == EVENT_BROKEN)
            broken |= UINT64_C(1) << out.events[i].object;
    for (size_t i = 0; i < prog->n_always; i++)
        if (broken >> i & 1) {
            note_failure(n, prog->n_expects + i, breaks_at(n, i, depth));
            n->n_failing[prog->n_expects + i]++;
        }
    for (size_t i = 0; i < prog->n_expects && stepper_is_over(s); i++) {
        bool holds = false;
        machine_judge(prog, &prog->expects[i], step_read_cell, s->cells, &holds);
        if (!holds) {
            note_failure(n, i, depth);
            n->n_failing[i]++;
        }
    }
    if (!stepper_is_over(s)) {
        note_failure(n, prog->n_expects + prog->n_always, depth);
        n->n_failing[prog->n_expects + prog->n_always]++;
    }
}

static inline void enumerate(struct naive *n, size_t depth)
{
    if (n->n_schedules + n->n_stuck_schedules > SCHEDULES_MAX || depth == DEPTH_MAX - 1) {
        n->is_too_big = true;
        return;
    }
    struct stepper *s = replay(n, depth);
    bool is_over = stepper_is_over(s);
    bool is_stuck = stepper_is_stuck(s);
    state_number(n, s, &n->states);
    n->n_schedules += is_over;
    n->n_stuck_schedules += is_stuck;
    if (is_stuck)
        state_number(n, s, &n->stuck);
    for (size_t cell = 0; is_over && cell < n->prog->n_cells; cell++)
        count_value(n, cell, stepper_cell(s, cell));
    if (is_over || is_stuck)
        judge(n, s, depth);
    for (uint16_t lane = 1; lane < n->prog->n_lanes && !n->is_too_big; lane++)
        if (stepper_is_enabled(s, lane)) {
            n->path[depth] = lane;
            enumerate(n, depth + 1);
        }
    stepper_free(s);
}

static inline void compare_finals(const struct naive *n, const struct explored *e)
{
    for (size_t cell = 0; cell < n->prog->n_cells; cell++) {
        const struct explore_cell *c = &e->result->cells[cell];
        assert_int_equal(c->n_finals, n->n_values[cell]);
        for (size_t i = 0; i < c->n_finals; i++) {
            size_t j = 0;
            while (j < n->n_values[cell] && n->values[cell][j].value != c->finals[i].value)
                j++;
            assert_true(j < n->n_values[cell]);
            assert_int_equal(strtoul(c->finals[i].schedules, NULL, 10), n->values[cell][j].n);
        }
    }
}

static inline void compare_failure(const struct naive *n, const struct explore_failure *failure,
                                   size_t claim)
{
    assert_non_null(failure);
    assert_int_equal(strtoul(failure->schedules, NULL, 10), n->n_failing[claim]);
    assert_true(failure->has_shortest && failure->has_fewest);
    assert_int_equal(failure->n_shortest, n->n_shortest[claim]);
    for (size_t i = 0; i < failure->n_shortest; i++)
        assert_int_equal(failure->shortest[i], n->shortest[claim][i]);
    assert_int_equal(count_turns(failure->fewest_switches, failure->n_fewest),
                     n->fewest_turns[claim]);
}

static inline void compare_failures(const struct naive *n, const struct explored *e)
{
    const struct program *prog = n->prog;
    size_t at = 0;
    const struct explore_result *r = e->result;
    for (size_t i = 0; i < prog->n_expects + prog->n_always + 1; i++) {
        if (!n->n_failing[i])
            continue;
        while (at < r->n_failures && r->failures[at].kind == GOAL_FAULT)
            at++;
        assert_true(at < r->n_failures);
        const char *text = i < prog->n_expects ? prog->expects[i].text
                           : i < prog->n_expects + prog->n_always
                               ? prog->always[i - prog->n_expects].text
                               : "deadlock";
        assert_string_equal(r->failures[at].text, text);
        compare_failure(n, &r->failures[at++], i);
    }
}

static inline bool has_conditions(const struct program *prog)
{
    for (size_t i = 0; i < prog->n_locks; i++)
        if (prog->locks[i].type == LOCK_CONDITION)
            return true;
    return false;
}

static inline const struct lock_kind *pick_kind(struct writer *w, const struct program *prog)
{
    size_t n_kinds = 0;
    while (lock_kinds[n_kinds])
        n_kinds++;
    for (;;) {
        const struct lock_kind *kind = lock_kinds[pick(w, (unsigned)n_kinds)];
        if (!kind->is_lock_free || !has_conditions(prog))
            return kind;
    }
}

// False: it has too many schedules to be enumerated.
static inline bool compare(uint64_t seed, void (*put_one)(struct writer *w))
{
    struct writer w = {.random = random_stream(seed, 3)};
    put_one(&w);
    struct explored e = {0};
    static const char *const modes[] = {NULL, NULL, "threads", "sequential", "processes"};
    struct lang_options lang = {.mode = modes[pick(&w, ARRAY_LEN(modes))],
                                .memory = pick(&w, 3) ? "private" : "shared"};
    struct program *prog = scenario_compile_with(w.text, &lang);
    struct naive *n = mem_alloc(sizeof *n);
    n->prog = prog;
    n->options =
        (struct stepper_options){.lock_kind = pick_kind(&w, prog), .lock_on = pick(&w, 3) > 0};
    n->grain = pick(&w, 3) ? GRAIN_OP : GRAIN_ACCESS;
    n->keeps_order = strcmp(n->options.lock_kind->name, "ticket") == 0 ||
                     strcmp(n->options.lock_kind->name, "mcs") == 0;
    bool retries = n->options.lock_kind->is_lock_free && n->options.lock_on;
    n->live = live_analyse(prog, retries ? LIVE_RETRY : LIVE_NO_RETRY);
    if (getenv("SHOW"))
        print_message("\n%s%s %s lock %d kind %s grain %d\n", w.text, lang.mode ? lang.mode : "-",
                      lang.memory, n->options.lock_on, n->options.lock_kind->name, n->grain);
    enumerate(n, 0);
    if (!n->is_too_big) {
        struct explore_options options = {.lock_kind = n->options.lock_kind,
                                          .lock_on = n->options.lock_on,
                                          .grain = n->grain,
                                          .n_threads = pick(&w, 2) + 1,
                                          .wants_plain = pick(&w, 3) == 0};
        e = explore_all(prog, &options);
        assert_int_equal(e.result->status, EXPLORE_COMPLETE);
        assert_false(e.result->is_endless);
        assert_int_equal(strtoul(e.result->schedules, NULL, 10), n->n_schedules);
        assert_int_equal(strtoul(e.result->stuck_schedules, NULL, 10), n->n_stuck_schedules);
        compare_finals(n, &e);
        assert_int_equal(states_of(&e), n->states.n);
        assert_int_equal(strtoul(e.result->n_deadlocks, NULL, 10), n->stuck.n);
        compare_failures(n, &e);
        explore_free(e.x);
    }
    bool was_compared = !n->is_too_big;
    intern_close(&n->states);
    intern_close(&n->stuck);
    mem_free(n->live);
    mem_free(n);
    program_free(prog);
    return was_compared;
}

#endif
