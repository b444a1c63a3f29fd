// A timeline searched from mark to mark, against looking at every event. RACELANE_SEED replays it.
#include "base/mem.h"
#include "base/random.h"
#include "trace/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LANES = 12, MIB = 1 << 20 };

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

struct shape {
    size_t n_lanes, n_events, memory_bytes;
    uint64_t one_loss_in; // of so many stores
    uint64_t late_by;     // events after the store when it is marked, at most
};

static bool leaves(const struct event *event, enum mark mark)
{
    if (event->kind != EVENT_STORE)
        return mark == MARK_PRINT && event->kind == EVENT_PRINT;
    return mark == MARK_STORE || (mark == MARK_LOSS && event->flags & ACCESS_LOSS) ||
           (mark == MARK_LOST && event->flags & ACCESS_LOST);
}

// Lane 1 does nearly everything, so that its nodes are thinned out while its pages are kept.
static struct timeline *make(const struct shape *shape, struct random *dice)
{
    struct timeline *tl = timeline_new(shape->n_lanes, shape->memory_bytes);
    uint64_t n_stores[LANES] = {0}, late_seq = 0, late_ns = 0, late_at = UINT64_MAX;
    for (size_t i = 0; i < shape->n_events; i++) {
        size_t lane = i % 100 ? 1 : random_below(dice, shape->n_lanes);
        bool is_store = random_below(dice, 2) == 0;
        struct event event = {.t_ns = i * 10,
                              .lane = (uint16_t)lane,
                              .object = (uint16_t)random_below(dice, 1 + is_store),
                              .kind = is_store                  ? EVENT_STORE
                                      : random_below(dice, 500) ? EVENT_LOAD
                                                                : EVENT_PRINT};
        if (is_store)
            event.turn = write_mark(write_id((uint16_t)lane, ++n_stores[lane]));
        timeline_append(tl, &event);
        if (is_store && lane == 1 && late_at == UINT64_MAX &&
            random_below(dice, shape->one_loss_in) == 0) {
            late_seq = event.turn | (uint64_t)event.object << 32;
            late_ns = event.t_ns;
            late_at = i + random_below(dice, shape->late_by);
        }
        if (i >= late_at) {
            timeline_mark_store(tl, 1, late_ns, late_seq >> 32, (uint32_t)late_seq,
                                random_below(dice, 2) ? ACCESS_LOSS : ACCESS_LOST);
            late_at = UINT64_MAX;
        }
    }
    timeline_advance(tl, shape->n_events * 10);
    return tl;
}

static void check_mark(const struct timeline *tl, size_t lane, enum mark mark)
{
    uint64_t first = timeline_first(tl, lane), count = timeline_count(tl, lane);
    uint64_t last = UINT64_MAX, n = 0;
    for (uint64_t i = first; i < count; i++) {
        if (!leaves(timeline_at(tl, lane, i), mark))
            continue;
        // Every mark is the next of the one before it, and the other way round.
        uint64_t from = last == UINT64_MAX ? 0 : last + 1;
        assert_int_equal(timeline_next_mark(tl, lane, mark, from), i);
        assert_int_equal(timeline_previous_mark(tl, lane, mark, i), last);
        last = i;
        n++;
    }
    assert_int_equal(timeline_next_mark(tl, lane, mark, last == UINT64_MAX ? 0 : last + 1),
                     UINT64_MAX);
    assert_int_equal(timeline_previous_mark(tl, lane, mark, UINT64_MAX), last);
}

static void check_stores(const struct timeline *tl, size_t lane, struct random *dice)
{
    uint64_t first = timeline_first(tl, lane), count = timeline_count(tl, lane);
    for (int i = 0; i < 1000 && count > first; i++) {
        uint64_t at = first + random_below(dice, count - first);
        const struct event *event = timeline_at(tl, lane, at);
        uint64_t found = timeline_find_store(tl, lane, event->object, event->turn);
        if (event->kind == EVENT_STORE)
            assert_int_equal(found, at);
    }
    assert_int_equal(timeline_find_store(tl, lane, 7, 1), UINT64_MAX);
}

// Also what the timeline says of times and sums, where it has kept the events.
static void check_times(const struct timeline *tl, size_t lane, struct random *dice)
{
    uint64_t first = timeline_first(tl, lane), count = timeline_count(tl, lane);
    for (int i = 0; i < 1000 && count > first; i++) {
        uint64_t at = first + random_below(dice, count - first);
        uint64_t end = at + random_below(dice, 3000), n = 0;
        end = end < count ? end : count - 1;
        assert_int_equal(timeline_find(tl, lane, timeline_at(tl, lane, at)->t_ns), at);
        struct column column;
        timeline_column(tl, lane, timeline_at(tl, lane, at)->t_ns, timeline_at(tl, lane, end)->t_ns,
                        &column);
        for (uint64_t k = at; k < end; k++)
            n += timeline_at(tl, lane, k)->kind == EVENT_STORE;
        if (column.is_exact)
            assert_int_equal(column.marks[MARK_STORE], n);
        else
            assert_true(at < first + 16 * (uint64_t)TIMELINE_PAGE);
    }
}

static void check_shape(const struct shape *shape)
{
    struct random dice = random_stream(seed(), shape->n_events);
    struct timeline *tl = make(shape, &dice);
    static const enum mark marks[] = {MARK_LOSS, MARK_LOST, MARK_STORE, MARK_PRINT, MARK_BROKEN};
    for (size_t lane = 0; lane < shape->n_lanes; lane++) {
        for (size_t i = 0; i < ARRAY_LEN(marks); i++)
            check_mark(tl, lane, marks[i]);
        check_stores(tl, lane, &dice);
        check_times(tl, lane, &dice);
    }
    timeline_free(tl);
}

static void test_next_and_previous(void **state)
{
    (void)state;
    check_shape(&(struct shape){2, 300, 4 * MIB, 3, 4});
    check_shape(&(struct shape){3, 50000, 4 * MIB, 300, 200});
    check_shape(&(struct shape){3, 200000, 16 * MIB, 20000, 60000}); // marked late
    check_shape(&(struct shape){2, 300000, 2 * MIB, 100, 500});      // pages given up
    check_shape(&(struct shape){LANES, 300000, 8 * MIB, 50, 50});    // nodes thinned out
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_and_previous),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "RACELANE_SEED=%llu\n", (unsigned long long)seed());
    return failed;
}
