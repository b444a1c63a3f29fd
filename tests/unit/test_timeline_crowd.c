// One pass over a row of columns says what the columns say one by one.
#include "base/random.h"
#include "trace/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1 << 20, COLUMNS = 40 };

#define MS UINT64_C(1000000)

static uint64_t seed_of_run(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

static const enum event_kind kinds[] = {
    EVENT_LOAD, EVENT_STORE, EVENT_CONTEND, EVENT_ACQUIRE, EVENT_RELEASE,   EVENT_SLEEP,
    EVENT_WAKE, EVENT_PAUSE, EVENT_RESUME,  EVENT_STOPPED, EVENT_CONTINUED, EVENT_BROKEN,
};

// Lanes with n events each, at most gap_ns apart; every other one ends. Returns the present.
static uint64_t fill(struct timeline *tl, struct random *random, size_t n_lanes, size_t n,
                     uint64_t gap_ns)
{
    uint64_t newest_ns = 0;
    for (size_t lane = 0; lane < n_lanes; lane++) {
        uint64_t t_ns = random_below(random, 50 * MS);
        struct event event = {.lane = (uint16_t)lane, .kind = EVENT_START};
        for (size_t i = 0; i < n; i++) {
            event.t_ns = t_ns;
            event.turn = (uint32_t)i; // of a store its write mark
            timeline_append(tl, &event);
            if (event.kind == EVENT_STORE && i % 5 == 0) // found out at once
                timeline_mark_store(tl, lane, t_ns, 0, event.turn, ACCESS_LOSS);
            t_ns += random_below(random, gap_ns) + 1;
            event.kind = (uint8_t)kinds[random_below(random, sizeof kinds / sizeof *kinds)];
        }
        event.t_ns = t_ns;
        event.kind = lane % 4 == 0 ? EVENT_FINISH : lane % 4 == 2 ? EVENT_KILL : EVENT_STORE;
        timeline_append(tl, &event);
        newest_ns = t_ns > newest_ns ? t_ns : newest_ns;
    }
    newest_ns += 20 * MS;
    timeline_advance(tl, newest_ns);
    return newest_ns;
}

// Some stores have lost an update: known at once, or so late that it is added on reading.
static void mark_stores(struct timeline *tl, struct random *random, size_t n_lanes, uint64_t now_ns)
{
    for (size_t lane = 0; lane < n_lanes; lane++)
        for (size_t i = 0; i < 5; i++) {
            uint32_t mark = 1 + (uint32_t)random_below(random, timeline_count(tl, lane));
            timeline_mark_store(tl, lane, random_below(random, now_ns), 0, mark, ACCESS_LOSS);
        }
}

// What the kernel measured of every third lane.
static void preempt(struct timeline *tl, struct random *random, size_t n_lanes, uint64_t now_ns)
{
    for (size_t lane = 0; lane < n_lanes; lane += 3)
        for (uint64_t t_ns = random_below(random, now_ns); t_ns < now_ns;) {
            uint64_t end_ns = t_ns + 1 + random_below(random, now_ns / 10);
            timeline_preempted(tl, lane, t_ns, end_ns, random_below(random, end_ns - t_ns));
            t_ns = end_ns + random_below(random, now_ns / 5);
        }
    timeline_advance(tl, now_ns);
}

static void assert_same(uint64_t got, uint64_t wanted, const char *what)
{
    if (got != wanted)
        fail_msg("%s: %llu instead of %llu, RACELANE_SEED=%llu", what, (unsigned long long)got,
                 (unsigned long long)wanted, (unsigned long long)seed_of_run());
}

static void check_each(const struct timeline *tl, size_t n_lanes, uint64_t t0_ns, uint64_t width_ns)
{
    struct crowd crowd[COLUMNS] = {0};
    for (size_t lane = 0; lane < n_lanes; lane++)
        timeline_crowd(tl, lane, t0_ns, width_ns, COLUMNS, crowd);
    for (size_t i = 0; i < COLUMNS && t0_ns + i * width_ns < timeline_now(tl); i++) {
        struct crowd wanted = {0};
        for (size_t lane = 0; lane < n_lanes; lane++) {
            uint64_t from_ns = t0_ns + i * width_ns;
            struct column one;
            timeline_column(tl, lane, from_ns, from_ns + width_ns, &one);
            for (size_t k = 0; k < LANE_STATE_COUNT; k++)
                wanted.state_ns[k] += one.state_ns[k];
            wanted.losses += one.marks[MARK_LOSS];
            wanted.broken += one.marks[MARK_BROKEN];
        }
        for (size_t k = 0; k < LANE_STATE_COUNT; k++)
            assert_same(crowd[i].state_ns[k], wanted.state_ns[k], "time in a state");
        assert_same(crowd[i].losses, wanted.losses, "losses");
        assert_same(crowd[i].broken, wanted.broken, "broken");
    }
}

static void check_anywhere(const struct timeline *tl, struct random *random, size_t n_lanes)
{
    uint64_t now_ns = timeline_now(tl);
    for (int i = 0; i < 20; i++) {
        uint64_t width_ns = 1 + random_below(random, i % 2 ? now_ns / 20 : 3 * MS);
        check_each(tl, n_lanes, random_below(random, now_ns), width_ns);
    }
    check_each(tl, n_lanes, 0, now_ns / COLUMNS + 1);
    check_each(tl, n_lanes, 0, now_ns); // all of it in the first
}

static void test_few_events(void **state)
{
    (void)state;
    enum { LANES = 20 };
    struct random random = random_stream(seed_of_run(), 1);
    for (int round = 0; round < 20; round++) {
        struct timeline *tl = timeline_new(LANES + 1, 16 * MIB); // one has not begun
        uint64_t now_ns = fill(tl, &random, LANES, 1 + (size_t)random_below(&random, 100), 9 * MS);
        if (round % 2)
            preempt(tl, &random, LANES, now_ns);
        check_anywhere(tl, &random, LANES + 1);
        timeline_free(tl);
    }
}

static void test_where_detail_is_given_up(void **state)
{
    (void)state;
    enum { LANES = 8 };
    static const size_t bytes[] = {MIB / 4, MIB, 16 * MIB};
    struct random random = random_stream(seed_of_run(), 2);
    for (int round = 0; round < 24; round++) {
        struct timeline *tl = timeline_new(LANES, bytes[round % 3]);
        uint64_t now_ns = fill(tl, &random, LANES, 6000, round % 2 ? MS / 10 : 2 * MS);
        if (round % 4 / 2)
            mark_stores(tl, &random, LANES, now_ns);
        preempt(tl, &random, LANES, now_ns);
        check_anywhere(tl, &random, LANES);
        timeline_free(tl);
    }
}

// So little time between two events that rounding takes from a state what it had before.
static void test_where_rounding_shows(void **state)
{
    (void)state;
    enum { LANES = 4 };
    struct random random = random_stream(seed_of_run(), 3);
    for (int round = 0; round < 10; round++) {
        struct timeline *tl = timeline_new(LANES, MIB / 4);
        uint64_t now_ns = fill(tl, &random, LANES, 6000, 1 + (uint64_t)round % 3);
        if (round % 2)
            preempt(tl, &random, LANES, now_ns);
        for (int i = 0; i < 200; i++) {
            size_t lane = random_below(&random, LANES);
            uint64_t from_ns = timeline_start(tl, lane) + random_below(&random, 9000);
            check_each(tl, LANES, from_ns, 1 + random_below(&random, 9));
        }
        timeline_free(tl);
    }
}

// A loss at the very present, where a column begins, is in that column.
static void test_a_loss_at_the_present(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(1, MIB);
    struct event event = {.kind = EVENT_START};
    timeline_append(tl, &event);
    event = (struct event){.t_ns = 100, .kind = EVENT_STORE, .turn = 1};
    timeline_append(tl, &event);
    timeline_mark_store(tl, 0, event.t_ns, 0, event.turn, ACCESS_LOSS);
    assert_int_equal(timeline_now(tl), event.t_ns);
    struct crowd columns[4] = {0};
    timeline_crowd(tl, 0, 0, 50, 4, columns);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(columns[i].losses, i == 2);
    timeline_free(tl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_events),
        cmocka_unit_test(test_where_detail_is_given_up),
        cmocka_unit_test(test_where_rounding_shows),
        cmocka_unit_test(test_a_loss_at_the_present),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
