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
    EVENT_WAKE, EVENT_PAUSE, EVENT_RESUME,  EVENT_STOPPED, EVENT_CONTINUED,
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
            timeline_append(tl, &event);
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

// By as much as rounding may take away, and no more.
static void assert_close(uint64_t got, uint64_t wanted, uint64_t slack, const char *what)
{
    if (got > wanted + slack || got + slack < wanted)
        fail_msg("%s: %llu instead of %llu, RACELANE_SEED=%llu", what, (unsigned long long)got,
                 (unsigned long long)wanted, (unsigned long long)seed_of_run());
}

static struct crowd sum_of_columns(const struct timeline *tl, size_t lane, uint64_t from_ns,
                                   uint64_t width_ns)
{
    struct column column;
    struct crowd sum;
    timeline_column(tl, lane, from_ns, from_ns + width_ns, &column);
    memcpy(sum.state_ns, column.state_ns, sizeof sum.state_ns);
    memcpy(sum.marks, column.marks, sizeof sum.marks);
    return sum;
}

static void check_each(const struct timeline *tl, size_t n_lanes, uint64_t t0_ns, uint64_t width_ns)
{
    struct crowd crowd[COLUMNS] = {0};
    for (size_t lane = 0; lane < n_lanes; lane++)
        timeline_crowd(tl, lane, t0_ns, width_ns, COLUMNS, crowd);
    for (size_t i = 0; i < COLUMNS; i++) {
        struct crowd wanted = {0};
        for (size_t lane = 0; lane < n_lanes; lane++) {
            struct crowd one = sum_of_columns(tl, lane, t0_ns + i * width_ns, width_ns);
            for (size_t k = 0; k < LANE_STATE_COUNT; k++)
                wanted.state_ns[k] += one.state_ns[k];
            for (size_t k = 0; k < MARK_COUNT; k++)
                wanted.marks[k] += one.marks[k];
        }
        for (size_t k = 0; k < LANE_STATE_COUNT; k++)
            assert_close(crowd[i].state_ns[k], wanted.state_ns[k], 0, "time in a state");
        for (size_t k = 0; k < MARK_COUNT; k++)
            assert_close(crowd[i].marks[k], wanted.marks[k], 0, "marks");
    }
}

static void test_few_events_are_exact(void **state)
{
    (void)state;
    enum { LANES = 20 };
    struct random random = random_stream(seed_of_run(), 1);
    for (int round = 0; round < 20; round++) {
        struct timeline *tl = timeline_new(LANES + 1, 16 * MIB); // one has not begun
        uint64_t now_ns = fill(tl, &random, LANES, 1 + (size_t)random_below(&random, 100), 9 * MS);
        for (int i = 0; i < 20; i++) {
            uint64_t width_ns = 1 + random_below(&random, i % 2 ? 40 * MS : 3 * MS);
            check_each(tl, LANES + 1, random_below(&random, now_ns), width_ns);
        }
        check_each(tl, LANES + 1, 0, now_ns); // all of it in the first
        timeline_free(tl);
    }
}

// Where detail has been given up: over all columns nothing is gained and nothing is gone.
static void test_columns_add_up(void **state)
{
    (void)state;
    enum { LANES = 8 };
    static const size_t bytes[] = {MIB / 4, MIB, 16 * MIB};
    struct random random = random_stream(seed_of_run(), 2);
    for (int round = 0; round < 12; round++) {
        struct timeline *tl = timeline_new(LANES, bytes[round % 3]);
        uint64_t now_ns = fill(tl, &random, LANES, 6000, round % 2 ? MS / 10 : 2 * MS);
        for (size_t lane = 0; lane < LANES; lane += 3) {
            timeline_preempted(tl, lane, 10 * MS, 90 * MS, 30 * MS);
            timeline_preempted(tl, lane, now_ns - 60 * MS, now_ns - 25 * MS, 20 * MS);
        }
        timeline_advance(tl, now_ns);
        uint64_t width_ns = now_ns / COLUMNS + 1;
        for (size_t lane = 0; lane < LANES; lane++) {
            struct crowd crowd[COLUMNS] = {0}, wanted = sum_of_columns(tl, lane, 0, now_ns);
            timeline_crowd(tl, lane, 0, width_ns, COLUMNS, crowd);
            for (size_t i = 1; i < COLUMNS; i++) {
                for (size_t k = 0; k < LANE_STATE_COUNT; k++)
                    crowd[0].state_ns[k] += crowd[i].state_ns[k];
                for (size_t k = 0; k < MARK_COUNT; k++)
                    crowd[0].marks[k] += crowd[i].marks[k];
            }
            for (size_t k = 0; k < LANE_STATE_COUNT; k++)
                assert_close(crowd[0].state_ns[k], wanted.state_ns[k], 0, "time in a state");
            for (size_t k = 0; k < MARK_COUNT; k++)
                assert_close(crowd[0].marks[k], wanted.marks[k], 0, "marks");
        }
        timeline_free(tl);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_events_are_exact),
        cmocka_unit_test(test_columns_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
