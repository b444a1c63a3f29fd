// Updates that are appended many at a time, against their events one by one; and stores that are
// marked near the last one and far from it, against looking at every event. RACELANE_SEED replays
// it.
#include "base/random.h"
#include "trace/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LANES = 3, KIB = 1 << 10, BATCH = 40, SEEK = 512 };

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

// --- appended many at a time

struct pair {
    struct timeline *whole, *single;
    struct random dice;
    uint64_t t_ns, n_writes;
};

static struct update any_update(struct pair *pair, size_t lane)
{
    struct random *dice = &pair->dice;
    // Now and then a little back, as clocks of two cores may go.
    pair->t_ns += random_below(dice, 50);
    uint64_t back_ns = random_below(dice, 8) ? 0 : random_below(dice, 60);
    return (struct update){
        .t_ns = pair->t_ns > back_ns ? pair->t_ns - back_ns : 0,
        .id = write_id((uint16_t)lane, ++pair->n_writes),
        .old = write_id(2, pair->n_writes * 3),
        .loaded = write_id(1, pair->n_writes * 5),
        .value = (int64_t)random_next(dice),
        .loaded_value = (int64_t)random_next(dice),
        .load_age_ns = random_below(dice, 100) ? (uint32_t)random_below(dice, 90) : UINT32_MAX,
        .pc = (uint32_t)random_below(dice, 9),
        .cell = (uint16_t)random_below(dice, 4),
        .flags = (uint8_t)random_next(dice),
        .load_is_event = random_below(dice, 4) == 0,
    };
}

static void append_singly(struct timeline *tl, size_t lane, const struct update *update)
{
    uint64_t age_ns = update->load_age_ns;
    struct event event = {
        .t_ns = age_ns < update->t_ns ? update->t_ns - age_ns : 0,
        .value = update->loaded_value,
        .turn = write_mark(update->loaded),
        .pc = (uint16_t)update->pc,
        .object = update->cell,
        .lane = (uint16_t)lane,
        .kind = EVENT_LOAD,
        .flags = update->flags,
    };
    if (update->flags & ACCESS_UPDATE && !update->load_is_event)
        timeline_append(tl, &event);
    event.t_ns = update->t_ns;
    event.value = update->value;
    event.turn = write_mark(update->id);
    event.replaced = write_mark(update->old);
    event.kind = EVENT_STORE;
    timeline_append(tl, &event);
}

static void append_batch(struct pair *pair, size_t lane)
{
    struct update updates[BATCH];
    size_t n = random_below(&pair->dice, BATCH + 1);
    for (size_t i = 0; i < n; i++) {
        updates[i] = any_update(pair, lane);
        append_singly(pair->single, lane, &updates[i]);
    }
    timeline_append_updates(pair->whole, lane, updates, n);
}

static void append_other(struct pair *pair, size_t lane, uint8_t kind)
{
    struct event event = {.t_ns = pair->t_ns, .lane = (uint16_t)lane, .kind = kind};
    timeline_append(pair->whole, &event);
    timeline_append(pair->single, &event);
}

static void check_same(struct pair *pair)
{
    assert_int_equal(timeline_now(pair->whole), timeline_now(pair->single));
    for (size_t lane = 0; lane < LANES; lane++) {
        uint64_t first = timeline_first(pair->whole, lane);
        uint64_t count = timeline_count(pair->whole, lane);
        assert_int_equal(first, timeline_first(pair->single, lane));
        assert_int_equal(count, timeline_count(pair->single, lane));
        assert_int_equal(timeline_start(pair->whole, lane), timeline_start(pair->single, lane));
        assert_int_equal(timeline_end(pair->whole, lane), timeline_end(pair->single, lane));
        assert_int_equal(timeline_state(pair->whole, lane), timeline_state(pair->single, lane));
        for (uint64_t i = first; i < count; i++)
            assert_memory_equal(timeline_at(pair->whole, lane, i),
                                timeline_at(pair->single, lane, i), sizeof(struct event));
        for (int i = 0; i < 50; i++) {
            struct column is = {.has_events = false}, wanted = {.has_events = false};
            uint64_t t0_ns = random_below(&pair->dice, pair->t_ns);
            uint64_t t1_ns = t0_ns + 1 + random_below(&pair->dice, pair->t_ns);
            timeline_column(pair->whole, lane, t0_ns, t1_ns, &is);
            timeline_column(pair->single, lane, t0_ns, t1_ns, &wanted);
            assert_memory_equal(is.state_ns, wanted.state_ns, sizeof is.state_ns);
            assert_memory_equal(is.marks, wanted.marks, sizeof is.marks);
        }
    }
}

static void check_pair(size_t memory_bytes, size_t n_batches)
{
    static const uint8_t others[] = {EVENT_ACQUIRE, EVENT_RELEASE, EVENT_PAUSE, EVENT_RESUME,
                                     EVENT_PRINT,   EVENT_SLEEP,   EVENT_WAKE};
    struct pair pair = {.whole = timeline_new(LANES, memory_bytes),
                        .single = timeline_new(LANES, memory_bytes),
                        .dice = random_stream(seed(), memory_bytes)};
    append_other(&pair, 1, EVENT_START); // of the others it was dropped
    for (size_t i = 0; i < n_batches; i++) {
        size_t lane = random_below(&pair.dice, LANES);
        append_batch(&pair, lane);
        if (random_below(&pair.dice, 2) == 0)
            append_other(&pair, lane, others[random_below(&pair.dice, sizeof others)]);
    }
    append_other(&pair, 1, EVENT_FINISH);
    append_batch(&pair, 1); // of a lane that is over
    check_same(&pair);
    timeline_free(pair.whole);
    timeline_free(pair.single);
}

static void test_as_their_events(void **state)
{
    (void)state;
    check_pair(4096 * KIB, 3);
    check_pair(4096 * KIB, 300);
    check_pair(256 * KIB, 3000); // pages given up
}

// --- marked

// The first of SEEK events from t_ns on that is the store.
static uint64_t look_for(const struct timeline *tl, uint64_t t_ns, uint32_t mark)
{
    uint64_t i = timeline_first(tl, 0), count = timeline_count(tl, 0);
    while (i < count && timeline_at(tl, 0, i)->t_ns < t_ns)
        i++;
    for (uint64_t end = i + SEEK; i < count && i < end; i++)
        if (timeline_at(tl, 0, i)->turn == mark)
            return i;
    return UINT64_MAX;
}

// Mostly on from the last one as the ledger goes, near or far; sometimes back, or what is gone.
static void test_marks_near_and_far(void **state)
{
    (void)state;
    enum { EVENTS = 24000, MARKS = 6 };
    struct timeline *tl = timeline_new(1, 128 * KIB);
    struct random dice = random_stream(seed(), 7);
    uint64_t times[EVENTS], t_ns = 1000, at = 0;
    for (uint64_t n = 0; n < EVENTS; n++) {
        t_ns += random_below(&dice, 3) ? 0 : random_below(&dice, 40);
        times[n] = t_ns;
        timeline_append(tl,
                        &(struct event){.t_ns = t_ns, .turn = (uint32_t)n, .kind = EVENT_STORE});
        // Then so seldom that the page of the last one has been given up.
        uint64_t pause = n < EVENTS / 2 ? 300 : 4000;
        for (size_t i = 0; n % pause == pause - 1 && i < MARKS; i++) {
            uint64_t far = random_below(&dice, 4) ? 20 : 300;
            at = random_below(&dice, 6) ? at + random_below(&dice, far) : random_below(&dice, n);
            at = at > n ? n : at;
            uint64_t before_ns = random_below(&dice, 200);
            uint64_t index = look_for(tl, times[at] - before_ns, (uint32_t)at);
            assert_int_equal(
                timeline_mark_store(tl, 0, times[at] - before_ns, 0, (uint32_t)at, ACCESS_LOST)
                    .index,
                index);
        }
        at = random_below(&dice, 3) ? at : n; // the ledger has caught up
    }
    assert_true(timeline_first(tl, 0) > 0);
    timeline_free(tl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_their_events),
        cmocka_unit_test(test_marks_near_and_far),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "RACELANE_SEED=%llu\n", (unsigned long long)seed());
    return failed;
}
