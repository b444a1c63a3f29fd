// What the timeline says of a lane, case by case: states, ends, late marks, time off the core.
#include "base/mem.h"
#include "base/random.h"
#include "trace/timeline.h"
#include "trace/timeline_lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MIB = 1 << 20 };

#define MS UINT64_C(1000000)

static uint64_t seed_of_run(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
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

static void append(struct timeline *tl, size_t lane, enum event_kind kind, uint64_t t_ns,
                   uint32_t object)
{
    timeline_append(tl, &(struct event){.t_ns = t_ns,
                                        .lane = (uint16_t)lane,
                                        .kind = (uint8_t)kind,
                                        .object = (uint16_t)object,
                                        .value = 1});
}

static void test_before_and_after_a_lane(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(2, 4 * MIB);
    struct column column;
    timeline_column(tl, 0, 0, 100, &column);
    assert_int_equal(sum_of_states(&column), 0);
    assert_int_equal(column.main_state, LANE_NEW);
    assert_int_equal(timeline_start(tl, 0), 0);
    assert_int_equal(timeline_end(tl, 0), UINT64_MAX);

    append(tl, 0, EVENT_START, 50 * MS, 0);
    append(tl, 0, EVENT_KILL, 70 * MS, 0);
    timeline_advance(tl, 100 * MS);
    assert_int_equal(timeline_now(tl), 100 * MS);
    assert_int_equal(timeline_start(tl, 0), 50 * MS);
    assert_int_equal(timeline_end(tl, 0), 70 * MS);
    timeline_column(tl, 0, 0, 500 * MS, &column);
    assert_int_equal(column.state_ns[LANE_NEW], 50 * MS);
    assert_int_equal(column.state_ns[LANE_RUNNING], 20 * MS);
    assert_int_equal(column.state_ns[LANE_KILLED], 30 * MS);
    assert_int_equal(column.main_state, LANE_NEW);
    timeline_column(tl, 1, 0, 500 * MS, &column);
    assert_int_equal(column.state_ns[LANE_NEW], 100 * MS);
    timeline_free(tl);
}

static void test_states_come_back(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(1, 4 * MIB);
    static const struct {
        enum event_kind kind;
        uint32_t object;
        enum lane_state after;
    } steps[] = {
        {EVENT_START, 0, LANE_RUNNING},   {EVENT_CONTEND, 0, LANE_BLOCKED},
        {EVENT_PAUSE, 0, LANE_PAUSED},    {EVENT_RESUME, 0, LANE_BLOCKED},
        {EVENT_ACQUIRE, 0, LANE_HOLDING}, {EVENT_ACQUIRE, 1, LANE_HOLDING},
        {EVENT_SLEEP, 0, LANE_SLEEPING},  {EVENT_PAUSE, 0, LANE_PAUSED},
        {EVENT_RESUME, 0, LANE_SLEEPING}, {EVENT_WAKE, 0, LANE_HOLDING},
        {EVENT_RELEASE, 1, LANE_HOLDING}, {EVENT_PAUSE, 0, LANE_PAUSED},
        {EVENT_RESUME, 0, LANE_HOLDING},  {EVENT_RELEASE, 0, LANE_RUNNING},
        {EVENT_JOIN, 0, LANE_JOINING},    {EVENT_JOINED, 0, LANE_RUNNING},
        {EVENT_ACQUIRE, 1, LANE_HOLDING}, {EVENT_CONTEND, 1, LANE_BLOCKED}, // a release was dropped
        {EVENT_ACQUIRE, 1, LANE_HOLDING}, {EVENT_RELEASE, 1, LANE_RUNNING},
        {EVENT_FAIL, 0, LANE_FAILED},     {EVENT_LOAD, 0, LANE_FAILED},
    };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        append(tl, 0, steps[i].kind, 10 * i, steps[i].object);
        assert_int_equal(timeline_state(tl, 0), steps[i].after);
    }
    timeline_free(tl);
}

static void test_start_that_was_dropped(void **state)
{
    (void)state;
    static const enum event_kind kinds[] = {EVENT_LOAD, EVENT_STORE, EVENT_PRINT};
    struct timeline *tl = timeline_new(ARRAY_LEN(kinds), 4 * MIB);
    for (size_t lane = 0; lane < ARRAY_LEN(kinds); lane++) {
        append(tl, lane, kinds[lane], 10, 0);
        assert_int_equal(timeline_state(tl, lane), LANE_RUNNING);
    }
    timeline_free(tl);
}

static void test_clock_that_steps_back(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(1, 4 * MIB);
    append(tl, 0, EVENT_START, 1000, 0);
    append(tl, 0, EVENT_SLEEP, 2000, 0);
    append(tl, 0, EVENT_WAKE, 1990, 0);
    append(tl, 0, EVENT_FINISH, 3000, 0);
    struct column column;
    timeline_column(tl, 0, 0, 4000, &column);
    assert_int_equal(column.state_ns[LANE_SLEEPING], 0);
    assert_int_equal(column.state_ns[LANE_RUNNING], 2000);
    assert_int_equal(timeline_at(tl, 0, 2)->t_ns, 2000);
    timeline_free(tl);
}

static void store(struct timeline *tl, uint64_t t_ns, uint32_t mark)
{
    timeline_append(tl, &(struct event){.t_ns = t_ns, .turn = mark, .kind = EVENT_STORE});
}

static uint64_t lost_before(const struct timeline *tl, uint64_t t_ns)
{
    struct column column;
    timeline_column(tl, 0, 0, t_ns, &column);
    return column.marks[MARK_LOST];
}

static void test_stores_are_marked_later(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(1, 4 * MIB);
    append(tl, 0, EVENT_START, 0, 0);
    store(tl, 40, 7);
    store(tl, 30, 8); // a clock that stepped back: taken at 40
    store(tl, 50, 9);
    assert_int_equal(timeline_mark_store(tl, 0, 30, 0, 8, ACCESS_LOST).index, 2);
    assert_int_equal(timeline_at(tl, 0, 2)->flags, ACCESS_LOST);
    assert_int_equal(lost_before(tl, 40), 0);
    assert_int_equal(lost_before(tl, 41), 1);
    // Said twice is said once.
    assert_int_equal(timeline_mark_store(tl, 0, 40, 0, 8, ACCESS_LOST).index, 2);
    assert_int_equal(timeline_mark_store(tl, 0, 40, 0, 8, ACCESS_LOSS).index, 2);
    assert_int_equal(timeline_mark_store(tl, 0, 50, 0, 9, ACCESS_LOST).index, 3);
    assert_int_equal(lost_before(tl, 100), 2);
    // So long ago that its page has been closed and many others have been since.
    for (uint64_t i = 0; i < 100 * TIMELINE_PAGE; i++)
        store(tl, 60 + i, 10 + (uint32_t)i);
    assert_int_equal(timeline_mark_store(tl, 0, 40, 0, 7, ACCESS_LOST).index, 1);
    assert_int_equal(lost_before(tl, 41), 2);
    assert_int_equal(lost_before(tl, 100000), 3);
    timeline_free(tl);
}

static void test_preempted(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run();
    const size_t memory[] = {30000, 4 * MIB};
    for (size_t m = 0; m < ARRAY_LEN(memory); m++) {
        struct timeline *tl = timeline_new(1, memory[m]);
        struct random dice = random_stream(seed, m);
        append(tl, 0, EVENT_START, 0, 0);
        uint64_t now = 0;
        uint64_t waited = 0;
        for (int i = 0; i < 3000; i++) {
            uint64_t then = now;
            now += random_below(&dice, 40 * MS) + 1;
            if (i % 3 == 0)
                append(tl, 0, EVENT_STORE, then + (now - then) / 2, 0);
            if (i % 50 == 0)
                append(tl, 0, i % 100 == 0 ? EVENT_ACQUIRE : EVENT_RELEASE, now, 7);
            uint64_t part = random_below(&dice, now - then + 1);
            timeline_preempted(tl, 0, then, now, part);
            waited += part;
            timeline_advance(tl, now);
        }
        for (uint64_t n = 1; n < 3000; n *= 2) {
            uint64_t width = now / n + 1;
            uint64_t total = 0;
            for (uint64_t t = 0; t < now; t += width) {
                struct column column;
                timeline_column(tl, 0, t, t + width, &column);
                assert_int_equal(sum_of_states(&column), overlap(t, t + width, 0, now));
                total += column.state_ns[LANE_PREEMPTED];
            }
            // Nothing is made, and only where detail was given up may a little not find its place.
            assert_in_range(waited - total, 0, m == 0 && n > 1 ? waited / 10 : 0);
        }
        timeline_free(tl);
    }
}

static void test_preempted_takes_only_running_time(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(1, 4 * MIB);
    append(tl, 0, EVENT_START, 0, 0);
    append(tl, 0, EVENT_SLEEP, 20 * MS, 0);
    append(tl, 0, EVENT_WAKE, 80 * MS, 0);
    timeline_preempted(tl, 0, 0, 100 * MS, 90 * MS);
    timeline_advance(tl, 99 * MS);
    struct column column;
    timeline_column(tl, 0, 0, 100 * MS, &column);
    assert_int_equal(column.state_ns[LANE_PREEMPTED], 0);
    timeline_advance(tl, 100 * MS);
    timeline_column(tl, 0, 0, 100 * MS, &column);
    assert_int_equal(column.state_ns[LANE_SLEEPING], 60 * MS);
    assert_true(column.state_ns[LANE_PREEMPTED] > 35 * MS);
    assert_int_equal(sum_of_states(&column), 100 * MS);
    timeline_column(tl, 0, 81 * MS, 99 * MS, &column);
    assert_true(column.state_ns[LANE_PREEMPTED] > 15 * MS);
    timeline_free(tl);
}

static size_t bytes_of(const struct timeline *tl)
{
    size_t bytes = sizeof *tl + tl->n_lanes * sizeof tl->lanes[0] + tl->cap_full * 2;
    for (size_t i = 0; i < tl->n_lanes; i++) {
        const struct timeline_lane *lane = &tl->lanes[i];
        size_t n_full = lane->n_pages ? lane->n_pages - 1 : 0;
        bytes += (n_full * TIMELINE_PAGE + lane->open_cap) * sizeof(struct event);
        bytes += lane->cap_pages * sizeof *lane->pages;
        bytes += (lane->late[0].cap + lane->late[1].cap) * sizeof(uint64_t);
        for (size_t k = 0; k < NODES_TIERS; k++)
            bytes += lane->nodes.tiers[k].cap * sizeof(struct node);
    }
    return bytes;
}

static void test_a_thousand_lanes(void **state)
{
    (void)state;
    enum { LANES = 1000, PER_LANE = 3000 };
    struct timeline *tl = timeline_new(LANES, 64 * MIB);
    for (size_t lane = 0; lane < LANES; lane++) {
        append(tl, lane, EVENT_START, lane, 0);
        for (uint64_t i = 1; i <= PER_LANE; i++)
            append(tl, lane, i & 1 ? EVENT_LOAD : EVENT_STORE, lane + i * 3 * MS, 0);
    }
    uint64_t now = LANES + PER_LANE * 3 * MS;
    timeline_advance(tl, now);
    assert_true(bytes_of(tl) <= 64 * MIB);
    for (size_t lane = 0; lane < LANES; lane += 111) {
        uint64_t loads = 0;
        for (uint64_t t = 0; t <= now; t += now / 120) {
            struct column column;
            timeline_column(tl, lane, t, t + now / 120, &column);
            loads += column.marks[MARK_LOAD];
        }
        assert_int_equal(loads, PER_LANE / 2);
    }
    timeline_free(tl);
}

// Hours of every density, in as little memory as it was given.
static void test_memory_bound(void **state)
{
    (void)state;
    for (size_t memory_bytes = MIB / 4; memory_bytes <= 16 * MIB; memory_bytes *= 4) {
        struct timeline *tl = timeline_new(2, memory_bytes);
        uint64_t now = 0;
        for (uint64_t i = 0; i < 200000; i++) {
            now += i % 1000 == 0 ? 60000 * MS : 50 * (i % 7 + 1);
            timeline_append(tl, &(struct event){.t_ns = now,
                                                .turn = (uint32_t)i,
                                                .lane = (uint16_t)(i & 1),
                                                .kind = EVENT_STORE});
            if (i % 3 == 0)
                timeline_mark_store(tl, i & 1, now, 0, (uint32_t)i, ACCESS_LOST);
            if (i % 1000 == 0)
                timeline_advance(tl, now);
        }
        timeline_advance(tl, now);
        assert_true(bytes_of(tl) <= memory_bytes);
        assert_true(bytes_of(tl) > memory_bytes / 4);
        timeline_free(tl);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_and_after_a_lane),
        cmocka_unit_test(test_states_come_back),
        cmocka_unit_test(test_start_that_was_dropped),
        cmocka_unit_test(test_clock_that_steps_back),
        cmocka_unit_test(test_stores_are_marked_later),
        cmocka_unit_test(test_preempted),
        cmocka_unit_test(test_preempted_takes_only_running_time),
        cmocka_unit_test(test_a_thousand_lanes),
        cmocka_unit_test(test_memory_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
