#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "support_explore_naive.h"
#include "support_random_program.h"

// Small random programs, explored in every way and enumerated beside it: all say the same.

// ThreadSanitizer makes each of them some fifty times as slow.
#ifdef __SANITIZE_THREAD__
enum { PROGRAMS = 40, WAYS = 10 };
#else
enum { PROGRAMS = 800, WAYS = 60 };
#endif

// Of `n_programs` most have few enough schedules.
static void compare_all(uint64_t n_programs, void (*put_one)(struct writer *w))
{
    const char *text = getenv("RACELANE_SEED");
    uint64_t first = text ? strtoull(text, NULL, 0) : 1;
    size_t n_compared = 0;
    for (uint64_t seed = first; seed < first + (text ? 1 : n_programs); seed++) {
        print_message("\rseed %llu", (unsigned long long)seed);
        n_compared += compare(seed, put_one);
    }
    print_message("\r%zu programs compared\n", n_compared);
    assert_true(text || n_compared > n_programs / 4);
}

static void test_as_the_stepper(void **state)
{
    (void)state;
    compare_all(PROGRAMS, put_program);
}

static void test_conditions_as_the_stepper(void **state)
{
    (void)state;
    compare_all(PROGRAMS / 4, put_condition_program);
}

// Everything that two ways of exploring the same must say alike, as one text.
static char *account_of(const struct explored *e)
{
    const struct explore_result *r = e->result;
    size_t cap = 1 << 16, n = 0;
    char *text = mem_alloc(cap);
    n += text_format(text + n, cap - n, "%d %s %s %s %s\n", r->is_endless, r->n_states,
                     r->n_deadlocks, r->schedules ? r->schedules : "?",
                     r->stuck_schedules ? r->stuck_schedules : "?");
    for (size_t i = 0; i < r->n_cells; i++)
        for (size_t j = 0; j < r->cells[i].n_finals; j++)
            n += text_format(text + n, cap - n, "%s=%lld: %s\n", r->cells[i].name,
                             (long long)r->cells[i].finals[j].value,
                             r->cells[i].finals[j].schedules ? r->cells[i].finals[j].schedules
                                                             : "?");
    for (size_t i = 0; i < r->n_failures; i++) {
        const struct explore_failure *f = &r->failures[i];
        char *shortest = explore_schedule_text(e->prog, f->shortest, f->n_shortest);
        char *fewest = explore_turns_text(e->prog, f->fewest_switches, f->n_fewest);
        n += text_format(text + n, cap - n, "%s: %s, %s, %s\n", f->text,
                         f->schedules ? f->schedules : "?", shortest, fewest);
        mem_free(shortest);
        mem_free(fewest);
    }
    return text;
}

static bool compare_ways(const char *source, struct explore_options options)
{
    bool waits = strstr(source, "condition ") != NULL;
    if (waits && options.lock_kind->is_lock_free)
        options.lock_kind = lock_kinds[0];
    char *accounts[3] = {NULL};
    bool is_complete = true;
    options.memory_max_bytes = 8 << 20;
    for (int way = 0; way < 3 && is_complete; way++) {
        options.wants_plain = way == 0;
        options.n_threads = way == 1 ? 1 : 3;
        struct explored e = explore_all(scenario_compile(source), &options);
        is_complete = e.result->status == EXPLORE_COMPLETE;
        accounts[way] = account_of(&e);
        explored_free(&e);
    }
    if (is_complete) {
        assert_string_equal(accounts[0], accounts[1]);
        assert_string_equal(accounts[0], accounts[2]);
    }
    for (int way = 0; way < 3; way++)
        mem_free(accounts[way]);
    return is_complete;
}

// With symmetry, by level and by several threads: the same as the whole graph, state by state.
static void test_ways_agree(void **state)
{
    (void)state;
    const char *given = getenv("RACELANE_SEED");
    uint64_t first = given ? strtoull(given, NULL, 0) : 1;
    size_t n_compared = 0;
    for (uint64_t seed = first; seed < first + (given ? 1 : WAYS); seed++) {
        struct random random = random_stream(seed, 4);
        struct explore_options options = {
            .lock_kind = lock_kinds[random_below(&random, 6)],
            .lock_on = random_below(&random, 3) > 0,
            .grain = random_below(&random, 2) ? GRAIN_ACCESS : GRAIN_OP,
        };
        print_message("\rseed %llu", (unsigned long long)seed);
        char *source = random_program(seed);
        n_compared += compare_ways(source, options);
        mem_free(source);
        struct writer w = {.random = random_stream(seed, 6)};
        put_program(&w);
        n_compared += compare_ways(w.text, options);
        w = (struct writer){.random = random_stream(seed, 8)};
        put_condition_program(&w);
        n_compared += compare_ways(w.text, options);
    }
    print_message("\r%zu programs compared\n", n_compared);
    assert_true(given || n_compared > WAYS / 2);
}

// Rounds so large that all threads have a share.
static void test_threads_agree(void **state)
{
    (void)state;
    char *accounts[2] = {NULL};
    for (unsigned i = 0; i < 2; i++) {
        struct explore_options options = {.n_threads = i ? 3 : 1};
        struct explored e = explore_all(scenario_compile("shared c = 0\n"
                                                         "def work(me):\n"
                                                         "    for _ in range(6):\n"
                                                         "        c += me\n"
                                                         "lane A = work(1)\n"
                                                         "lane B = work(2)\n"
                                                         "lane C = work(3)\n"
                                                         "expect c > 8\n"
                                                         "always c < 36\n"),
                                        &options);
        assert_true(e.result->used_levels);
        accounts[i] = account_of(&e);
        explored_free(&e);
    }
    assert_string_equal(accounts[0], accounts[1]);
    mem_free(accounts[0]);
    mem_free(accounts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_stepper),
        cmocka_unit_test(test_conditions_as_the_stepper),
        cmocka_unit_test(test_ways_agree),
        cmocka_unit_test(test_threads_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
