// Moments made by hand, of lanes that lose their cores between an op and the look at the clock.
#include "support_moment.h"

#include <stdio.h>

static void add(struct timeline *tl, uint64_t t_ns, uint16_t lane, enum event_kind kind,
                uint16_t object, uint32_t turn, uint32_t replaced)
{
    timeline_append(tl, &(struct event){.t_ns = t_ns,
                                        .lane = lane,
                                        .kind = (uint8_t)kind,
                                        .object = object,
                                        .turn = turn,
                                        .replaced = replaced,
                                        .flags = ACCESS_UPDATE});
}

static struct moment *moment_of_all(const struct timeline *tl)
{
    return moment_new(&(struct moment_question){
        .timeline = tl, .n_lanes = 3, .lane = 1, .before = 99, .after = 99, .has_ids = true});
}

// The rows as "A B B", and the times that they are said to have happened by.
static void check_rows(const struct timeline *tl, const char *lanes, const uint64_t *times)
{
    struct moment *made = moment_of_all(tl);
    struct moment_view moment = moment_view(made);
    assert_false(moment.is_broken);
    assert_int_equal(moment.n_rows, strlen(lanes));
    for (size_t i = 0; i < moment.n_rows; i++) {
        assert_int_equal('@' + moment.rows[i].event->lane, lanes[i]);
        assert_int_equal(moment.rows[i].t_ns, times[i]);
        assert_int_equal(moment.rows[i].is_late, moment.rows[i].event->t_ns != times[i]);
    }
    moment_free(made);
}

// A's clock is read long after its store, of which B knows much earlier.
static void test_a_late_clock_is_seen_through(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t a = write_mark(write_id(1, 1)), b = write_mark(write_id(2, 1));
    add(tl, 10, 1, EVENT_LOAD, 0, 0, 0);
    add(tl, 100, 1, EVENT_STORE, 0, a, 0);
    add(tl, 40, 2, EVENT_LOAD, 0, a, 0);
    add(tl, 110, 2, EVENT_STORE, 0, b, a);
    check_rows(tl, "AABB", (const uint64_t[]){10, 40, 40, 110});
    timeline_free(tl);
}

// A's store has overwritten one of B's, which was computed from what no lane of this run has
// written, as a damaged file may say: who was lost by whom is known, how many were is not.
static void test_a_write_of_nobody(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t a = write_mark(write_id(1, 1)), b = write_mark(write_id(2, 1));
    uint32_t nobody = write_mark(write_id(900, 1));
    add(tl, 10, 1, EVENT_LOAD, 0, 0, 0);
    add(tl, 20, 2, EVENT_LOAD, 0, nobody, 0);
    add(tl, 30, 2, EVENT_STORE, 0, b, nobody);
    add(tl, 40, 1, EVENT_STORE, 0, a, b);
    timeline_mark_store(tl, 1, 40, 0, a, ACCESS_LOSS);
    struct moment *made = moment_new(&(struct moment_question){.timeline = tl,
                                                               .n_lanes = 3,
                                                               .lane = 1,
                                                               .index = 1,
                                                               .before = 9,
                                                               .after = 9,
                                                               .has_ids = true});
    struct moment_view moment = moment_view(made);
    assert_true(moment.is_loss);
    assert_int_equal(moment.n_gone, 0);
    assert_int_equal(moment.n_rows, 4);
    moment_free(made);
    timeline_free(tl);
}

static void test_a_load_comes_before_what_replaced_its_write(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t b = write_mark(write_id(2, 1));
    add(tl, 90, 1, EVENT_LOAD, 0, 0, 0);
    add(tl, 50, 2, EVENT_STORE, 0, b, 0);
    check_rows(tl, "AB", (const uint64_t[]){50, 50});
    timeline_free(tl);
}

static void test_turns_of_a_lock_have_an_order(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    add(tl, 30, 1, EVENT_ACQUIRE, 0, 1, 0);
    add(tl, 40, 1, EVENT_RELEASE, 0, 1, 0);
    add(tl, 35, 2, EVENT_ACQUIRE, 0, 2, 0);
    add(tl, 50, 2, EVENT_RELEASE, 0, 2, 0);
    check_rows(tl, "AABB", (const uint64_t[]){30, 35, 35, 50});
    timeline_free(tl);
}

// A loss with so much in between that its middle is left out: A loads first and stores last, B
// counts in between. C's clock is late, once. The rows must read well all the same.

enum { LONG_N = 2000, LONG_STEP_NS = 20, LONG_GAP_NS = LONG_N * LONG_STEP_NS / 2 };

struct long_loss {
    struct timeline *tl;
    uint32_t last; // the newest write
    uint64_t n_writes;
};

static void long_load(struct long_loss *l, uint64_t t_ns, uint16_t lane)
{
    add(l->tl, t_ns, lane, EVENT_LOAD, 0, l->last, 0);
}

static void long_store(struct long_loss *l, uint64_t t_ns, uint16_t lane)
{
    uint32_t mark = write_mark(write_id(lane, ++l->n_writes));
    add(l->tl, t_ns, lane, EVENT_STORE, 0, mark, l->last);
    l->last = mark;
}

// What C does between two updates of B, the one before which was stored at that time.
typedef void long_turn(struct long_loss *l, int i, uint64_t t_ns);

static void check_long_loss(long_turn *turn)
{
    struct long_loss l = {.tl = timeline_new(4, 1 << 24)};
    long_load(&l, 1, 1);
    for (int i = 1; i <= LONG_N; i++) {
        uint64_t t_ns = (uint64_t)i * LONG_STEP_NS;
        long_load(&l, t_ns, 2);
        long_store(&l, t_ns + 10, 2);
        turn(&l, i, t_ns + 10);
    }
    long_store(&l, (LONG_N + 2) * LONG_STEP_NS, 1);
    timeline_mark_store(l.tl, 1, 0, 0, l.last, ACCESS_LOSS);
    struct moment *made = moment_new(&(struct moment_question){.timeline = l.tl,
                                                               .n_lanes = 4,
                                                               .lane = 1,
                                                               .index = 1,
                                                               .before = CONTEXT,
                                                               .after = CONTEXT,
                                                               .has_ids = true});
    struct moment_view moment = moment_view(made);
    struct reader reader = {.marks = (uint32_t[1]){0},
                            .values = (int64_t[1]){0},
                            .is_known = (bool[1]){false},
                            .next = (uint64_t[4]){0},
                            .n_cells = 1,
                            .n_lanes = 4};
    uint64_t n = moment.n_rows;
    assert_false(moment.is_broken);
    for (size_t i = 0; i < moment.n_rows; i++) {
        read_row(&reader, &moment.rows[i]);
        n += moment.rows[i].hidden;
    }
    uint64_t all = 0;
    for (size_t lane = 0; lane < 4; lane++)
        all += timeline_count(l.tl, lane);
    assert_int_equal(n, all);
    assert_int_equal(reader.n_gaps, 0);
    check_loss(&moment);
    moment_free(made);
    timeline_free(l.tl);
}

static void late_store(struct long_loss *l, int i, uint64_t t_ns)
{
    if (i != 100)
        return;
    long_load(l, t_ns + 1, 3);
    long_store(l, LONG_GAP_NS, 3);
}

static void late_load(struct long_loss *l, int i, uint64_t t_ns)
{
    if (i == LONG_N / 2) {
        long_store(l, t_ns + 1, 3);
        long_load(l, (LONG_N + 1) * LONG_STEP_NS, 3);
    }
    if (i == LONG_N)
        long_store(l, (LONG_N + 1) * LONG_STEP_NS + 1, 3);
}

// What it did, and what was done upon it, is left out.
static void late_in_the_gap(struct long_loss *l, int i, uint64_t t_ns)
{
    if (i != LONG_N / 2)
        return;
    long_load(l, t_ns + 1, 3);
    long_store(l, LONG_N * LONG_STEP_NS - LONG_STEP_NS / 4, 3);
}

static void test_a_late_clock_is_seen_through_beside_a_gap(void **state)
{
    (void)state;
    check_long_loss(late_store);
    check_long_loss(late_load);
    check_long_loss(late_in_the_gap);
}

// B's last update of x is soon behind the first half of what is shown, and reads what it had itself
// written there; then it counts y, in what is left out. None of that is pulled in.
static void test_what_is_left_out_stays_so(void **state)
{
    (void)state;
    struct long_loss l = {.tl = timeline_new(3, 1 << 24)};
    uint32_t y = 0;
    long_load(&l, 1, 1);
    for (uint64_t i = 1; i <= LONG_N; i++) {
        uint64_t t_ns = i * LONG_STEP_NS;
        if (i <= MOMENT_CORE / 4 + 4) {
            long_load(&l, t_ns, 2);
            long_store(&l, t_ns + 10, 2);
            continue;
        }
        uint32_t next = write_mark(write_id(2, ++l.n_writes));
        add(l.tl, t_ns, 2, EVENT_LOAD, 1, y, 0);
        add(l.tl, t_ns + 10, 2, EVENT_STORE, 1, next, y);
        y = next;
    }
    long_store(&l, (LONG_N + 2) * LONG_STEP_NS, 1);
    timeline_mark_store(l.tl, 1, 0, 0, l.last, ACCESS_LOSS);
    struct moment *made = moment_new(&(struct moment_question){.timeline = l.tl,
                                                               .n_lanes = 3,
                                                               .lane = 1,
                                                               .index = 1,
                                                               .before = CONTEXT,
                                                               .after = CONTEXT,
                                                               .has_ids = true});
    struct moment_view moment = moment_view(made);
    check_loss(&moment);
    assert_true(moment.n_rows <= MOMENT_CORE + 2 * CONTEXT + 32);
    moment_free(made);
    timeline_free(l.tl);
}

// Lanes that often lose their core, also between an op and the look at the clock.

enum { TORN_LANES = 4, TORN_OPS = 6000, TORN_TIMES = 20 };

struct torn {
    struct long_loss run;
    uint64_t ready_ns[TORN_LANES]; // from when on it has its core again
    uint32_t loaded[TORN_LANES];
    bool has_loaded[TORN_LANES];
};

static void torn_op(struct torn *t, size_t lane, uint64_t t_ns)
{
    t->has_loaded[lane] = !t->has_loaded[lane];
    if (t->has_loaded[lane]) {
        t->loaded[lane] = t->run.last;
        long_load(&t->run, t_ns, (uint16_t)lane);
        return;
    }
    bool is_loss = t->loaded[lane] != t->run.last;
    long_store(&t->run, t_ns, (uint16_t)lane);
    if (is_loss)
        timeline_mark_store(t->run.tl, lane, 0, 0, t->run.last, ACCESS_LOSS);
}

static uint64_t check_torn(struct random *dice)
{
    struct torn t = {.run.tl = timeline_new(TORN_LANES, 1 << 24)};
    uint64_t t_ns = 0;
    for (size_t i = 0; i < TORN_OPS; t_ns += 1 + random_below(dice, 8)) {
        size_t lane = random_below(dice, TORN_LANES);
        if (t.ready_ns[lane] > t_ns)
            continue;
        uint64_t away_ns =
            random_below(dice, 40) == 0 ? random_below(dice, 1U << random_below(dice, 16)) : 0;
        bool is_late = random_below(dice, 2);
        uint64_t clock_ns = t_ns + random_below(dice, 16) + (is_late ? away_ns : 0);
        torn_op(&t, lane, clock_ns);
        t.ready_ns[lane] = clock_ns + 1 + (is_late ? 0 : away_ns);
        i++;
    }
    uint64_t n =
        check_losses(&(struct recorded){.timeline = t.run.tl, .n_lanes = TORN_LANES, .n_cells = 1});
    timeline_free(t.run.tl);
    return n;
}

static void test_torn_lanes(void **state)
{
    (void)state;
    struct random dice = random_stream(seed(), 10);
    uint64_t n = 0;
    for (int i = 0; i < TORN_TIMES; i++)
        n += check_torn(&dice);
    assert_true(n > 0);
    check_gaps();
    printf("%llu losses of torn lanes\n", (unsigned long long)n);
}

static void test_a_contradiction_is_said(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t a = write_mark(write_id(1, 1)), b = write_mark(write_id(2, 1));
    add(tl, 10, 1, EVENT_STORE, 0, a, b);
    add(tl, 20, 2, EVENT_STORE, 0, b, a);
    struct moment *made = moment_of_all(tl);
    assert_true(moment_view(made).is_broken);
    assert_int_equal(moment_view(made).n_rows, 2);
    moment_free(made);
    timeline_free(tl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_late_clock_is_seen_through),
        cmocka_unit_test(test_a_write_of_nobody),
        cmocka_unit_test(test_a_load_comes_before_what_replaced_its_write),
        cmocka_unit_test(test_turns_of_a_lock_have_an_order),
        cmocka_unit_test(test_a_late_clock_is_seen_through_beside_a_gap),
        cmocka_unit_test(test_what_is_left_out_stays_so),
        cmocka_unit_test(test_torn_lanes),
        cmocka_unit_test(test_a_contradiction_is_said),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "RACELANE_SEED=%llu\n", (unsigned long long)seed());
    return failed;
}
