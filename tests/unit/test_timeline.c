// The timeline against a naive one that keeps everything and adds it up one by one. A failure
// prints the seed; RACELANE_SEED=... replays it.
#include "base/mem.h"
#include "base/random.h"
#include "trace/timeline.h"
#include "trace/timeline_lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LOCKS = 3, MIB = 1 << 20 };

#define MS UINT64_C(1000000)

// Everything that one lane did.
struct naive {
    struct event *events; // in order of time, the ledger's marks too
    enum lane_state *states;
    size_t n, cap, states_cap;
    bool held[LOCKS];
    enum lane_state state, before_pause;
    uint64_t begin_ns, newest_ns;
};

struct world {
    struct random dice;
    struct timeline *tl;
    struct naive naive;
    uint64_t now_ns;
};

static uint64_t seed_of_run(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

static uint64_t below(struct world *w, uint64_t bound)
{
    return random_below(&w->dice, bound);
}

static enum lane_state awake(const struct naive *nv)
{
    for (size_t i = 0; i < LOCKS; i++)
        if (nv->held[i])
            return LANE_HOLDING;
    return LANE_RUNNING;
}

static void naive_change(struct naive *nv, const struct event *e)
{
    switch ((enum event_kind)e->kind) {
    case EVENT_START:
        nv->state = LANE_RUNNING;
        break;
    case EVENT_FINISH:
        nv->state = LANE_FINISHED;
        break;
    case EVENT_FAIL:
        nv->state = LANE_FAILED;
        break;
    case EVENT_KILL:
        nv->state = LANE_KILLED;
        break;
    case EVENT_CONTEND:
    case EVENT_AWAIT:
        nv->state = LANE_BLOCKED;
        break;
    case EVENT_ACQUIRE:
        nv->held[e->object] = true;
        nv->state = LANE_HOLDING;
        break;
    case EVENT_RELEASE:
        nv->held[e->object] = false;
        nv->state = awake(nv);
        break;
    case EVENT_SLEEP:
        nv->state = LANE_SLEEPING;
        break;
    case EVENT_JOIN:
        nv->state = LANE_JOINING;
        break;
    case EVENT_WAKE:
    case EVENT_JOINED:
    case EVENT_TOOK:
    case EVENT_GIL_TAKE:
        nv->state = awake(nv);
        break;
    case EVENT_PAUSE:
        nv->before_pause = nv->state;
        nv->state = LANE_PAUSED;
        break;
    case EVENT_RESUME:
        nv->state = nv->before_pause;
        break;
    case EVENT_STOPPED:
        nv->before_pause = nv->state;
        nv->state = LANE_STOPPED;
        break;
    case EVENT_CONTINUED:
        nv->state = nv->before_pause;
        break;
    case EVENT_GIL_WAIT:
        nv->state = LANE_GIL;
        break;
    case EVENT_LOAD:
    case EVENT_STORE:
    case EVENT_GIL_DROP:
    case EVENT_CHECK:
    case EVENT_RECOVER:
    case EVENT_POST:
    case EVENT_NOTIFY:
    case EVENT_NOTIFIED:
    case EVENT_TAKE:
    case EVENT_GIVE:
    case EVENT_SKIP:
    case EVENT_SPAWN:
    case EVENT_PRINT:
    case EVENT_TOGGLE:
    case EVENT_BROKEN:
    case EVENT_GAP:
    case EVENT_KIND_COUNT:
        break;
    }
}

static enum mark naive_mark(uint8_t kind)
{
    static const struct {
        enum event_kind kind;
        enum mark mark;
    } table[] = {
        {EVENT_BROKEN, MARK_BROKEN}, {EVENT_FINISH, MARK_END},      {EVENT_FAIL, MARK_END},
        {EVENT_KILL, MARK_END},      {EVENT_START, MARK_START},     {EVENT_PRINT, MARK_PRINT},
        {EVENT_TOGGLE, MARK_TOGGLE}, {EVENT_ACQUIRE, MARK_ACQUIRE}, {EVENT_RELEASE, MARK_RELEASE},
        {EVENT_STORE, MARK_STORE},   {EVENT_LOAD, MARK_LOAD},       {EVENT_GAP, MARK_GAP},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].kind == kind)
            return table[i].mark;
    return MARK_COUNT;
}

static void naive_insert(struct naive *nv, const struct event *e, size_t at, enum lane_state state)
{
    nv->events = mem_room(nv->events, &nv->cap, nv->n + 1, sizeof *nv->events);
    nv->states = mem_room(nv->states, &nv->states_cap, nv->n + 1, sizeof *nv->states);
    memmove(nv->events + at + 1, nv->events + at, (nv->n - at) * sizeof *nv->events);
    memmove(nv->states + at + 1, nv->states + at, (nv->n - at) * sizeof *nv->states);
    nv->events[at] = *e;
    nv->states[at] = state;
    nv->n++;
}

static void naive_column(const struct naive *nv, uint64_t now_ns, uint64_t t0, uint64_t t1,
                         struct column *out)
{
    *out = (struct column){.main_state = LANE_NEW};
    enum lane_state state = LANE_NEW;
    uint64_t since = 0;
    for (size_t i = 0; i <= nv->n; i++) {
        uint64_t t = i < nv->n ? nv->events[i].t_ns : now_ns;
        uint64_t from = since > t0 ? since : t0;
        uint64_t to = t < t1 ? t : t1;
        if (to > from)
            out->state_ns[state] += to - from;
        if (i == nv->n)
            break;
        since = t;
        state = nv->states[i];
        enum mark mark = naive_mark(nv->events[i].kind);
        if (mark == MARK_COUNT || t < t0 || t >= t1)
            continue;
        out->marks[mark]++;
        out->has_events = true;
        if (mark == MARK_GAP)
            out->gap_events += (uint64_t)nv->events[i].value;
        out->marks[MARK_LOSS] += (nv->events[i].flags & ACCESS_LOSS) != 0;
        out->marks[MARK_LOST] += (nv->events[i].flags & ACCESS_LOST) != 0;
    }
    uint64_t most = 1;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        if (out->state_ns[i] >= most) {
            most = out->state_ns[i];
            out->main_state = (enum lane_state)i;
        }
}

static struct world world_open(uint64_t seed, size_t memory_bytes)
{
    return (struct world){
        .dice = random_stream(seed, 0),
        .tl = timeline_new(1, memory_bytes),
    };
}

static void world_close(struct world *w)
{
    timeline_free(w->tl);
    mem_free(w->naive.events);
    mem_free(w->naive.states);
}

static void happen(struct world *w, enum event_kind kind, uint32_t object)
{
    struct event e = {
        .t_ns = w->now_ns,
        .value = kind == EVENT_GAP ? (int64_t)below(w, 1000) + 1 : (int64_t)w->naive.n,
        .turn = (uint32_t)w->naive.n,
        .pc = (uint16_t)w->naive.n,
        .object = (uint16_t)object,
        .kind = (uint8_t)kind,
    };
    timeline_append(w->tl, &e);
    naive_change(&w->naive, &e);
    naive_insert(&w->naive, &e, w->naive.n, w->naive.state);
    assert_int_equal(timeline_state(w->tl, 0), w->naive.state);
}

// What the ledger says of a store of the past, more often of a recent one.
static void happen_late(struct world *w)
{
    struct naive *nv = &w->naive;
    size_t age = (size_t)below(w, nv->n);
    if (below(w, 4))
        age >>= below(w, 12);
    size_t at = nv->n - 1 - age;
    while (at > 0 && nv->events[at].kind != EVENT_STORE)
        at--;
    struct event *store = &nv->events[at];
    uint8_t flag = below(w, 2) ? ACCESS_LOSS : ACCESS_LOST;
    if (store->kind != EVENT_STORE || (store->flags & flag))
        return;
    store->flags |= flag;
    uint64_t found =
        timeline_mark_store(w->tl, 0, store->t_ns, store->object, store->turn, flag).index;
    assert_int_equal(found, store->t_ns < timeline_detail_from(w->tl, 0) ? UINT64_MAX : at);
}

// One more event that makes sense in the lane's state.
static void happen_something(struct world *w)
{
    static const enum event_kind plain[] = {EVENT_LOAD,   EVENT_STORE,  EVENT_LOAD,  EVENT_STORE,
                                            EVENT_LOAD,   EVENT_STORE,  EVENT_PRINT, EVENT_GAP,
                                            EVENT_TOGGLE, EVENT_BROKEN, EVENT_SKIP,  EVENT_SPAWN};
    struct naive *nv = &w->naive;
    uint32_t lock = (uint32_t)below(w, LOCKS);
    if (nv->state == LANE_BLOCKED || nv->state == LANE_SLEEPING || nv->state == LANE_JOINING ||
        nv->state == LANE_PAUSED) {
        static const enum event_kind end[LANE_STATE_COUNT] = {[LANE_BLOCKED] = EVENT_ACQUIRE,
                                                              [LANE_SLEEPING] = EVENT_WAKE,
                                                              [LANE_JOINING] = EVENT_JOINED,
                                                              [LANE_PAUSED] = EVENT_RESUME};
        if (nv->state != LANE_PAUSED && below(w, 8) == 0)
            happen(w, EVENT_PAUSE, 0);
        else
            happen(w, end[nv->state], lock);
        return;
    }
    switch (below(w, 12)) {
    case 0:
        happen(w, EVENT_SLEEP, 0);
        break;
    case 1:
        happen(w, EVENT_PAUSE, 0);
        break;
    case 2:
        happen(w, nv->held[lock] ? EVENT_RELEASE : EVENT_ACQUIRE, lock);
        break;
    case 3:
        happen(w, nv->held[lock] ? EVENT_RELEASE : EVENT_CONTEND, lock);
        break;
    case 4:
        happen(w, EVENT_JOIN, 1);
        break;
    default:
        happen(w, plain[below(w, ARRAY_LEN(plain))], lock);
    }
}

// Steps of very different lengths, in stretches of one temper. `calm` is how long they may get.
static void live(struct world *w, size_t n_events, unsigned calm)
{
    w->now_ns += below(w, 3 * MS);
    timeline_advance(w->tl, w->now_ns);
    happen(w, EVENT_START, EVENT_NO_OBJECT);
    unsigned bits = 6;
    for (size_t i = 0; i < n_events; i++) {
        if (below(w, 200) == 0)
            bits = (unsigned)below(w, calm);
        w->now_ns += below(w, UINT64_C(1) << bits) + 1;
        if (below(w, 20) == 0)
            happen_late(w);
        else
            happen_something(w);
        if (below(w, 500) == 0)
            timeline_advance(w->tl, w->now_ns);
    }
    w->now_ns++;
    if (below(w, 2))
        happen(w, EVENT_FINISH, EVENT_NO_OBJECT);
    w->now_ns += below(w, 5 * MS);
    timeline_advance(w->tl, w->now_ns);
}

static uint64_t sum_of_states(const struct column *column)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        sum += column->state_ns[i];
    return sum;
}

static uint64_t overlap(uint64_t a0, uint64_t a1, uint64_t b0, uint64_t b1)
{
    uint64_t from = a0 > b0 ? a0 : b0;
    uint64_t to = a1 < b1 ? a1 : b1;
    return to > from ? to - from : 0;
}

static void check_column(struct world *w, uint64_t t0, uint64_t t1, size_t *n_exact)
{
    struct column column;
    timeline_column(w->tl, 0, t0, t1, &column);
    assert_int_equal(sum_of_states(&column), overlap(t0, t1, 0, w->now_ns));
    if (!column.is_exact)
        return;
    ++*n_exact;
    struct column expected;
    naive_column(&w->naive, w->now_ns, t0, t1, &expected);
    assert_memory_equal(column.state_ns, expected.state_ns, sizeof expected.state_ns);
    assert_memory_equal(column.marks, expected.marks, sizeof expected.marks);
    assert_int_equal(column.gap_events, expected.gap_events);
    assert_int_equal(column.main_state, expected.main_state);
    assert_int_equal(column.has_events, expected.has_events);
}

// Tiles all of time with columns of one width, every third one nanosecond less, as when a width
// does not divide evenly. Begins before the lane.
static void check_tiling(struct world *w, uint64_t even_width)
{
    struct column all = {0};
    uint64_t width = even_width;
    uint64_t n_columns = 0;
    for (uint64_t t = 0; t <= w->now_ns; t += width) {
        struct column column;
        width = even_width - (n_columns++ % 3 == 0);
        timeline_column(w->tl, 0, t, t + width, &column);
        assert_int_equal(sum_of_states(&column), overlap(t, t + width, 0, w->now_ns));
        for (size_t i = 0; i < LANE_STATE_COUNT; i++)
            all.state_ns[i] += column.state_ns[i];
        for (size_t i = 0; i < MARK_COUNT; i++)
            all.marks[i] += column.marks[i];
        all.gap_events += column.gap_events;
    }
    struct column expected;
    naive_column(&w->naive, w->now_ns, 0, w->now_ns + 1, &expected);
    assert_memory_equal(all.marks, expected.marks, sizeof all.marks);
    assert_int_equal(all.gap_events, expected.gap_events);
    // Pieces of a few nanoseconds, of which there is at most one a column, may round.
    for (size_t i = 0; i < LANE_STATE_COUNT; i++)
        assert_in_range(all.state_ns[i] + LANE_STATE_COUNT * n_columns - expected.state_ns[i], 0,
                        2 * LANE_STATE_COUNT * n_columns);
}

static void check_events(const struct world *w)
{
    const struct naive *nv = &w->naive;
    uint64_t first = timeline_first(w->tl, 0);
    assert_int_equal(timeline_count(w->tl, 0), nv->n);
    assert_true(first < nv->n);
    assert_int_equal(timeline_detail_from(w->tl, 0), first ? nv->events[first].t_ns : 0);
    for (uint64_t i = first; i < nv->n; i++) {
        assert_memory_equal(timeline_at(w->tl, 0, i), &nv->events[i], sizeof(struct event));
        uint64_t found = timeline_find(w->tl, 0, nv->events[i].t_ns);
        assert_true(found <= i && nv->events[found].t_ns == nv->events[i].t_ns);
        assert_true(found == first || nv->events[found - 1].t_ns < nv->events[i].t_ns);
    }
    struct timeline_kept kept = timeline_kept(w->tl), wanted = {0};
    for (uint64_t i = 0; i < nv->n; i++)
        *(i < first ? &wanted.given_up : &wanted.kept) += nv->events[i].kind != EVENT_GAP;
    assert_int_equal(kept.kept, wanted.kept);
    assert_int_equal(kept.given_up, wanted.given_up);
    assert_int_equal(timeline_find(w->tl, 0, w->now_ns + 1), nv->n);
    assert_int_equal(timeline_start(w->tl, 0), nv->events[0].t_ns);
}

struct trial {
    size_t memory_bytes;
    size_t n_events;
    unsigned calm; // longest step is 2^calm ns
};

static const struct trial trials[] = {
    {4 * MIB, 4000, 14},  // short and dense, all kept
    {4 * MIB, 4000, 33},  // minutes
    {120000, 20000, 12},  // milliseconds, most exact events forgotten
    {120000, 20000, 24},  // seconds, most of all forgotten
    {120000, 20000, 36},  // an hour, most of all forgotten
    {400000, 30000, 18},  // seconds, some of all forgotten
    {2 * MIB, 30000, 10}, // many events in one bucket
};

static void run_trial(const struct trial *trial, uint64_t seed)
{
    struct world w = world_open(seed, trial->memory_bytes);
    live(&w, trial->n_events, trial->calm);
    check_events(&w);
    size_t n_exact = 0;
    for (int i = 0; i < 300; i++) {
        uint64_t t0 = below(&w, w.now_ns + MS);
        uint64_t detail_ns = timeline_detail_from(w.tl, 0);
        if (below(&w, 3) == 0)
            t0 = detail_ns + below(&w, w.now_ns - detail_ns + 1);
        uint64_t width = (below(&w, w.now_ns) >> below(&w, 40)) + 1;
        check_column(&w, t0, t0 + width, &n_exact);
    }
    assert_true(n_exact > 10);
    for (uint64_t n_columns = 1; n_columns <= 5000; n_columns *= 3) {
        check_tiling(&w, w.now_ns / n_columns + 1000);
        uint64_t power = 1;
        while (power * n_columns < w.now_ns)
            power *= 2;
        if (power >= 1024)
            check_tiling(&w, power);
    }
    world_close(&w);
}

static void test_against_naive(void **state)
{
    (void)state;
    uint64_t first = seed_of_run();
    size_t n_seeds = getenv("RACELANE_SEED") ? 1 : 6;
    for (uint64_t seed = first; seed < first + n_seeds; seed++)
        for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
            char line[64];
            (void)snprintf(line, sizeof line, "RACELANE_SEED=%llu trial %zu",
                           (unsigned long long)seed, i);
            (void)setenv("TEST_TIMELINE_TRIAL", line, 1);
            run_trial(&trials[i], seed);
        }
    (void)unsetenv("TEST_TIMELINE_TRIAL");
}

// cmocka leaves a failed test by longjmp; this says which trial it was.
static int say_trial(void **state)
{
    (void)state;
    const char *trial = getenv("TEST_TIMELINE_TRIAL");
    if (trial)
        print_message("failed in %s\n", trial);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_against_naive, say_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
