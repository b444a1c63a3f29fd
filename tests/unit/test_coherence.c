// The order of coherence, found again from what each lane knows of its own stores, whatever their
// clocks say.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "export/coherence.h"

#include <stdio.h>
#include <stdlib.h>

enum { LANES = 5, CELLS = 48, STORES = 4000, ROUNDS = 50, SKEW_NS = 100 };

// What is to come out: the marks of each cell's stores, in order.
struct truth {
    uint32_t marks[CELLS][STORES];
    size_t n[CELLS], seen[CELLS];
    size_t n_linked;
};

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static struct timeline *make(struct truth *truth, struct random *random, size_t memory_bytes)
{
    struct timeline *tl = timeline_new(LANES, memory_bytes);
    uint64_t seqs[LANES][CELLS] = {{0}}, clocks[LANES] = {0};
    uint32_t last[CELLS] = {0};
    for (size_t i = 0; i < STORES; i++) {
        uint16_t lane = (uint16_t)random_below(random, LANES);
        size_t cell = random_below(random, CELLS);
        uint64_t t_ns = 10 * i + random_below(random, SKEW_NS);
        clocks[lane] = t_ns > clocks[lane] ? t_ns : clocks[lane];
        uint32_t mark = write_mark(write_id(lane, ++seqs[lane][cell]));
        struct event store = {.t_ns = clocks[lane],
                              .turn = mark,
                              .replaced = last[cell],
                              .object = (uint16_t)cell,
                              .lane = lane,
                              .kind = EVENT_STORE};
        timeline_append(tl, &store);
        truth->marks[cell][truth->n[cell]++] = last[cell] = mark;
    }
    return tl;
}

static void on_step(void *context, const struct coherence_step *step)
{
    struct truth *truth = context;
    size_t cell = step->store->object;
    assert_int_equal(step->store->turn, truth->marks[cell][truth->seen[cell]++]);
    truth->n_linked += step->is_linked;
}

static void test_order(void **state)
{
    (void)state;
    uint64_t seed = number_from("RACELANE_SEED", 1);
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    struct program prog = {.n_cells = CELLS};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct random random = random_stream(seed, round);
        struct truth *truth = mem_alloc(sizeof *truth);
        struct timeline *tl = make(truth, &random, 4 << 20);
        struct session_view view = {.prog = &prog, .timeline = tl, .n_lanes = LANES};
        assert_int_equal(coherence_walk(&view, on_step, truth), 0);
        for (size_t cell = 0; cell < CELLS; cell++)
            assert_int_equal(truth->seen[cell], truth->n[cell]);
        // All but the first of each cell.
        assert_int_equal(truth->n_linked, STORES - CELLS);
        timeline_free(tl);
        mem_free(truth);
    }
}

struct counts {
    size_t n, linked;
};

static void count(void *context, const struct coherence_step *step)
{
    struct counts *counts = context;
    counts->n++;
    counts->linked += step->is_linked;
}

// Where the oldest are given up every store still comes, once.
static void test_given_up(void **state)
{
    (void)state;
    struct program prog = {.n_cells = CELLS};
    struct random random = random_stream(2, 0);
    struct truth *truth = mem_alloc(sizeof *truth);
    struct timeline *tl = make(truth, &random, 1);
    struct session_view view = {.prog = &prog, .timeline = tl, .n_lanes = LANES};
    struct counts counts = {0};
    size_t kept = 0;
    for (size_t lane = 0; lane < LANES; lane++)
        kept += (size_t)(timeline_count(tl, lane) - timeline_first(tl, lane));
    assert_true(kept < STORES);
    uint64_t unlinked = coherence_walk(&view, count, &counts);
    assert_int_equal(counts.n, kept);
    assert_true(unlinked > 0);
    assert_int_equal(counts.linked, kept - unlinked);
    timeline_free(tl);
    mem_free(truth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
