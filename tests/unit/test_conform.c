#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_conform.h"
#include "support_conform_damage.h"
#include "support_conform_scenarios.h"

// Whatever real lanes did, the model could have done: recorded runs of the engine are legal runs of
// the model with the same values. How many is said by RACELANE_RUNS, where they begin by
// RACELANE_SEED; a seed alone says which run it is.

enum { RUNS = 300, SLEEPING_RUNS = 50, MODEL_RUNS = 400, DAMAGED_RUNS = 200 };

static size_t n_runs(void)
{
    const char *text = getenv("RACELANE_RUNS");
    return text ? strtoull(text, NULL, 10) : scaled(RUNS);
}

// What the runs were like, so that one sees that the lanes met.
struct tally {
    size_t runs, shared, lossy, again;
    uint64_t writes, losses, events;
};

struct plan {
    uint64_t seed;
    const char *name;
    struct program *prog;
    struct run_spec spec;
};

static uint32_t pick_kind(struct random *random, bool is_robust)
{
    uint32_t n_kinds = 0;
    while (lock_kinds[n_kinds])
        n_kinds++;
    for (;;) {
        uint32_t kind = (uint32_t)random_below(random, n_kinds);
        if (!is_robust || lock_kinds[kind]->is_robust)
            return kind;
    }
}

static struct run_spec pick_spec(uint64_t seed, struct random *random, bool is_robust)
{
    // At the last of them the lanes wait between ops, and so interleave on a busy machine too.
    static const uint64_t paces[] = {0, 0, 0, 1, 20 * NS_PER_US};
    return (struct run_spec){
        .seed = seed,
        .lock_kind = pick_kind(random, is_robust),
        .lock_on = random_below(random, 2) > 0,
        .pace_ns = paces[random_below(random, ARRAY_LEN(paces))],
        .switch_interval_ns = 50 * NS_PER_US,
        .burn_per_ms = 1, // compute() takes no time to speak of
    };
}

// With a pace there is more to report, and nothing may be dropped.
static int64_t pick_n(struct random *random, const struct run_spec *spec)
{
    bool is_long = random_below(random, 4) == 0 && !spec->pace_ns;
    return 5 + (int64_t)random_below(random, is_long ? 400 : 50);
}

static struct program *compile_chosen(const struct conform_scenario *scenario,
                                      struct random *random, const char *mode,
                                      const struct run_spec *spec)
{
    static const char *const gils[] = {NULL, NULL, "off", "3.9", "3.10"};
    struct lang_setting setting = {"N", pick_n(random, spec)};
    struct lang_options options = {
        .settings = &setting, .n_settings = scenario->has_n, .mode = mode};
    if (scenario->n_lanes_max)
        options.n_lanes = 2 + (int64_t)random_below(random, (uint64_t)scenario->n_lanes_max - 1);
    options.gil = gils[random_below(random, ARRAY_LEN(gils))];
    if (scenario->must_meet && mode && strcmp(mode, "processes") == 0)
        options.memory = "shared";
    // Those of our own look for each other, which private memory does not let them.
    bool is_private = !scenario->text && random_below(random, 2);
    if (mode && strcmp(mode, "processes") == 0)
        options.memory = is_private ? "private" : "shared";
    return scenario_compile_with(conform_text(scenario), &options);
}

// Half are of the table, half random.
static struct plan plan_of(uint64_t seed)
{
    static const char *const modes[] = {NULL, "threads", "sequential"};
    struct random random = random_stream(seed, 3);
    struct plan plan = {.seed = seed, .name = "random program"};
    plan.spec = pick_spec(seed, &random, false);
    if (random_below(&random, 2)) {
        char *text = random_program(seed);
        plan.prog = scenario_compile(text);
        mem_free(text);
        return plan;
    }
    const struct conform_scenario *scenario =
        &conform_scenarios[random_below(&random, ARRAY_LEN(conform_scenarios))];
    plan.name = scenario->name;
    // Ours look for each other, which lanes that are called one after another cannot.
    bool may_call = !scenario->text && !scenario->must_meet;
    const char *mode = modes[random_below(&random, may_call ? 3 : 2)];
    plan.prog = compile_chosen(scenario, &random, mode, &plan.spec);
    return plan;
}

static void expect_legal(const struct plan *plan, const struct recording *r)
{
    struct error err;
    if (conform_check(plan->prog, &r->record, &err))
        return;
    fail_msg("%s\n%s: RACELANE_SEED=%llu RACELANE_RUNS=1, lock %s %s, pace %llu, %zu lanes\n%s",
             err.text, plan->name, (unsigned long long)plan->seed, r->record.lock_kind->name,
             r->record.lock_on ? "on" : "off", (unsigned long long)plan->spec.pace_ns,
             plan->prog->n_lanes, plan->prog->source);
}

static void count(struct tally *tally, const struct recording *r)
{
    bool is_shared = false, is_again = false;
    uint64_t stale = 0;
    for (size_t lane = 0; lane < r->n_lanes; lane++) {
        const struct conform_lane *said = &r->lanes[lane];
        tally->events += said->n_events;
        tally->writes += said->n_updates;
        for (size_t i = 0; i < said->n_updates; i++) {
            stale += said->updates[i].loaded != said->updates[i].old;
            is_shared |= i > 0 && write_lane(said->updates[i].old) != lane;
        }
        for (size_t i = 0; i < said->n_events; i++)
            is_again |=
                said->events[i].kind == EVENT_LOAD && (said->events[i].flags & ACCESS_AGAIN) != 0;
    }
    tally->runs++;
    tally->losses += stale;
    tally->shared += is_shared;
    tally->lossy += stale > 0;
    tally->again += is_again;
}

static void say(const struct tally *tally, const char *what, uint64_t seed)
{
    print_message("%zu %s from seed %llu on, %llu writes and %llu events: in %zu a lane replaced "
                  "another's writes, in %zu by stale stores (%llu), in %zu a statement was done "
                  "again\n",
                  tally->runs, what, (unsigned long long)seed, (unsigned long long)tally->writes,
                  (unsigned long long)tally->events, tally->shared, tally->lossy,
                  (unsigned long long)tally->losses, tally->again);
}

static void run_and_check(struct plan *plan, struct tally *tally)
{
    struct recording r = record_run(plan->prog, &plan->spec);
    expect_legal(plan, &r);
    count(tally, &r);
    recording_free(&r);
    program_free(plan->prog);
}

static void test_real_runs(void **state)
{
    (void)state;
    struct tally tally = {0};
    uint64_t seed = seed_of_tests();
    for (size_t i = 0; i < n_runs(); i++) {
        struct plan plan = plan_of(seed + i);
        run_and_check(&plan, &tally);
    }
    say(&tally, "runs of threads", seed);
}

// One in twenty.
static void test_real_processes(void **state)
{
    (void)state;
    static const size_t chosen[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12};
    struct tally tally = {0};
    uint64_t seed = seed_of_tests();
    for (size_t i = 0; i < n_runs() / 20 + 1; i++) {
        struct random random = random_stream(seed + i, 4);
        struct plan plan = {.seed = seed + i};
        const struct conform_scenario *scenario =
            &conform_scenarios[chosen[random_below(&random, ARRAY_LEN(chosen))]];
        plan.name = scenario->name;
        plan.spec = pick_spec(seed + i, &random, true);
        plan.prog = compile_chosen(scenario, &random, "processes", &plan.spec);
        run_and_check(&plan, &tally);
    }
    say(&tally, "runs of processes", seed);
}

static void test_sleeping_runs(void **state)
{
    (void)state;
    static const char *const names[] = {"bank", "pingpong", "readers", "threads", "gil"};
    static const char *const params[] = {"N", "rounds", "N", NULL, NULL};
    struct tally tally = {0};
    uint64_t seed = seed_of_tests();
    size_t n = n_runs() / 100 + 1 < SLEEPING_RUNS ? n_runs() / 100 + 1 : SLEEPING_RUNS;
    for (size_t i = 0; i < n; i++) {
        struct random random = random_stream(seed + i, 5);
        size_t which = i % ARRAY_LEN(names);
        struct lang_setting setting = {params[which],
                                       params[which] && params[which][0] == 'N' ? 10 : 1};
        struct lang_options options = {.settings = &setting, .n_settings = params[which] != NULL};
        struct plan plan = {.seed = seed + i, .name = names[which]};
        plan.spec = pick_spec(seed + i, &random, false);
        plan.prog = scenario_compile_with(library_find(names[which])->text, &options);
        run_and_check(&plan, &tally);
    }
    say(&tally, "runs that sleep", seed);
}

static struct recording record_plan_in_model(const struct plan *plan)
{
    struct conform_record options = {.lock_kind = lock_kinds[plan->spec.lock_kind],
                                     .seed = plan->seed,
                                     .lock_on = plan->spec.lock_on,
                                     .is_paced = plan->spec.pace_ns > 0};
    return record_model(plan->prog, &options, "");
}

// The checker itself: what the model did by any schedule is legal, whatever part of it is recorded.
static void test_runs_of_the_model(void **state)
{
    (void)state;
    uint64_t seed = seed_of_tests();
    for (size_t i = 0; i < scaled(MODEL_RUNS); i++) {
        struct plan plan = plan_of(seed + i);
        // Of a lane's own memory the model keeps no records.
        if (!program_is_private(plan.prog)) {
            struct recording r = record_plan_in_model(&plan);
            expect_legal(&plan, &r);
            recording_free(&r);
        }
        program_free(plan.prog);
    }
}

// Every kind of damage once, as far as the recording has what it needs.
static void damage_all(const struct plan *plan, const struct recording *r, struct random *random,
                       size_t *caught)
{
    for (enum damage damage = 0; damage < DAMAGE_COUNT; damage++) {
        struct error err = {.text = ""};
        struct recording copy = recording_copy(r);
        if (inflict(&copy, random, damage)) {
            if (conform_check(plan->prog, &copy.record, &err))
                fail_msg("not noticed: %s; %s, RACELANE_SEED=%llu\n%s", damage_names[damage],
                         plan->name, (unsigned long long)plan->seed, plan->prog->source);
            assert_true(strlen(err.text) > 0 && !strchr(err.text, '\n'));
            caught[damage]++;
        }
        recording_free(&copy);
    }
}

static bool prints_time(const struct program *prog)
{
    for (size_t i = 0; i < prog->n_ops; i++)
        if (prog->ops[i].code == OP_ELAPSED)
            return true;
    return false;
}

static bool all_caught(const size_t caught[DAMAGE_COUNT])
{
    for (enum damage damage = 0; damage < DAMAGE_COUNT; damage++)
        if (caught[damage] == 0)
            return false;
    return true;
}

// In records of real runs, and in those of the model, which are the same each time.
static void test_damaged_records(void **state)
{
    (void)state;
    size_t caught[DAMAGE_COUNT] = {0};
    uint64_t seed = seed_of_tests();
    for (size_t i = 0; i < scaled(DAMAGED_RUNS) || (i < 20 * DAMAGED_RUNS && !all_caught(caught));
         i++) {
        struct random random = random_stream(seed + i, 6);
        struct plan plan = plan_of(seed + i);
        if (!program_is_private(plan.prog) && !prints_time(plan.prog)) {
            struct recording r =
                i % 2 ? record_run(plan.prog, &plan.spec) : record_plan_in_model(&plan);
            damage_all(&plan, &r, &random, caught);
            recording_free(&r);
        }
        program_free(plan.prog);
    }
    for (enum damage damage = 0; damage < DAMAGE_COUNT; damage++)
        print_message("%s: noticed %zu times of as many\n", damage_names[damage], caught[damage]);
    assert_true(all_caught(caught));
}

// LOAD number `load` of a lane, which had read 1, is made to have read the initial value, and the
// lane to have printed so: every lane's story is true in itself, and there is no order of them.
static void expect_no_order(const char *text, const char *schedule, size_t lane, size_t load)
{
    struct error err = {.text = ""};
    struct program *prog = scenario_compile(text);
    struct conform_record options = {.lock_kind = lock_kinds[0], .lock_on = true};
    struct recording r = record_model(prog, &options, schedule);
    assert_true(conform_check(prog, &r.record, &err));
    struct event *event = events_of(&r, lane);
    while (event->kind != EVENT_LOAD || load-- > 0)
        event++;
    assert_int_equal(event->value, 1);
    event->value = 0;
    event->turn = 0;
    ((char *)(uintptr_t)r.lanes[lane].printed)[0] = '0';
    assert_false(conform_check(prog, &r.record, &err));
    if (strncmp(err.text, "no order of the steps explains", 30) != 0)
        fail_msg("%s", err.text);
    print_message("%s\n", err.text);
    recording_free(&r);
    program_free(prog);
}

static void test_impossible_orders(void **state)
{
    (void)state;
    // Each writes and then does not see the other's write.
    expect_no_order("shared x = 0\nshared y = 0\n"
                    "def a():\n    x = 1\n    r = y\n    print(\"{r}\")\n"
                    "def b():\n    y = 1\n    r = x\n    print(\"{r}\")\n"
                    "lane A = a()\nlane B = b()\n",
                    "AAABBB", 2, 0);
    // Who sees the second write does not see the first.
    expect_no_order("shared x = 0\nshared y = 0\n"
                    "def a():\n    x = 1\n    y = 1\n"
                    "def b():\n    r = y\n    s = x\n    print(\"{s}{r}\")\n"
                    "lane A = a()\nlane B = b()\n",
                    "AABBB", 2, 1);
    // What was posted before it was written to.
    expect_no_order("shared x = 0\nsemaphore s = 0\n"
                    "def a():\n    x = 1\n    post s\n"
                    "def b():\n    wait s\n    r = x\n    print(\"{r}\")\n"
                    "lane A = a()\nlane B = b()\n",
                    "AABBB", 2, 0);
    // A critical section that does not see the one before it.
    expect_no_order("shared x = 0\nlock g\n"
                    "def a():\n    with g:\n        x = 1\n"
                    "def b():\n    with g:\n        r = x\n    print(\"{r}\")\n"
                    "lane A = a()\nlane B = b()\n",
                    "AAABBBB", 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_of_the_model), cmocka_unit_test(test_impossible_orders),
        cmocka_unit_test(test_damaged_records),   cmocka_unit_test(test_real_runs),
        cmocka_unit_test(test_real_processes),    cmocka_unit_test(test_sleeping_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
