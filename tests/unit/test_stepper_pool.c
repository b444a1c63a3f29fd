#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/library.h"
#include "model/stepper_private.h"
#include "support_random_program.h"
#include "support_stepper.h"

// The model's semaphores, its pool and private memory.

enum { RUNS = 300 };

static const char gate_text[] = "semaphore s = 0\n"
                                "def take():\n"
                                "    wait s\n"
                                "    print(\"took\")\n"
                                "def give():\n"
                                "    post s\n"
                                "lane A = take()\n"
                                "lane B = take()\n"
                                "lane C = give()\n"
                                "lane D = give()\n";

static void check_lane(const struct stepper *s, size_t lane, enum lane_state state, bool is_enabled)
{
    assert_int_equal(stepper_lane(s, lane).state, state);
    assert_int_equal(stepper_is_enabled(s, lane), is_enabled);
    assert_int_equal(stepper_lane(s, lane).waits_for, state == LANE_BLOCKED ? 0 : EVENT_NO_OBJECT);
}

static void waiting_lanes_are_blocked(void **state)
{
    (void)state;
    struct program *prog = scenario_compile(gate_text);
    struct stepper *s = play(prog, &unlocked, "");
    check_lane(s, 1, LANE_BLOCKED, false);
    check_lane(s, 2, LANE_BLOCKED, false);
    stepper_step(s, 3);
    check_lane(s, 1, LANE_BLOCKED, true); // it may go on, and has not yet
    check_lane(s, 2, LANE_BLOCKED, true);
    stepper_step(s, 2); // whoever comes first, not who waited longest
    check_lane(s, 1, LANE_BLOCKED, false);
    check_lane(s, 2, LANE_RUNNING, true);
    stepper_step(s, 2);
    assert_false(stepper_is_stuck(s));
    stepper_step(s, 4);
    stepper_step(s, 1);
    check_lane(s, 1, LANE_RUNNING, true);
    stepper_free(s);

    s = play(prog, &unlocked, "CDAABB");
    assert_true(stepper_is_over(s));
    stepper_free(s);
    program_free(prog);
}

static void too_few_posts_leave_a_lane_stuck(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("semaphore s = 1\ndef f():\n    wait s\n    wait s\n"
                                            "lane A = f()\n");
    struct stepper *s = play(prog, &unlocked, "A");
    assert_true(stepper_is_stuck(s));
    check_lane(s, 1, LANE_BLOCKED, false);
    stepper_free(s);
    program_free(prog);
}

static void semaphores_report_what_happens(void **state)
{
    (void)state;
    char text[2048];
    struct program *prog = scenario_compile("semaphore s = 1\n"
                                            "def take():\n    wait s\n"
                                            "def give():\n    post s\n"
                                            "lane A = take()\nlane B = take()\nlane C = give()\n");
    struct stepper *s = play(prog, &unlocked, "ACB");
    describe(prog, s, text, sizeof text);
    assert_string_equal(text, "0 main start; 0 main start lane; 0 A start; 0 main start lane; "
                              "0 B start; 0 main start lane; 0 C start; 0 main join; 1 A took 0; "
                              "1 B wait; 1 A finish; 1 main joined; 1 main join; 2 C post 1; "
                              "2 C finish; 3 B took 0; 3 B finish; 3 main joined; 3 main join; "
                              "3 main joined; 3 main finish");
    struct stepper_output out = stepper_output(s);
    for (size_t i = 0; i < out.n_events; i++)
        if (out.events[i].kind == EVENT_CONTEND || out.events[i].kind == EVENT_TOOK)
            assert_int_equal(out.events[i].object, 0);
    stepper_free(s);
    program_free(prog);
}

// One at a time as under a lock; two at a time as without. The switch and the kind of lock have no
// say in it.
static void every_schedule_of_a_semaphore(void **state)
{
    (void)state;
    static const struct {
        int64_t places;
        size_t n_schedules, n_lost;
    } cases[] = {{1, 2, 0}, {2, 252, 200}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lang_setting setting = {"places", cases[i].places};
        struct program *prog = scenario_compile_with(
            "param places = 1\nshared counter = 0\nsemaphore s = places\n"
            "def f():\n    wait s\n    counter += 1\n    post s\nlane A = f()\nlane B = f()\n",
            &(struct lang_options){.settings = &setting, .n_settings = 1});
        const struct stepper_options kinds[] = {
            unlocked, locked, {.lock_kind = lock_kind_find("atomic")}};
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
            struct explored e = explore(prog, &kinds[k]);
            assert_int_equal(e.n_schedules, cases[i].n_schedules);
            assert_int_equal(e.n_stuck, 0);
            assert_int_equal(schedules_ending_in(&e, 1), cases[i].n_lost);
        }
        program_free(prog);
    }
}

static void a_semaphore_counts_so_far(void **state)
{
    (void)state;
    struct program *prog = scenario_compile("semaphore s = 0\ndef f():\n    post s\n    post s\n"
                                            "lane A = f()\n");
    struct stepper *s = stepper_new(prog, &unlocked);
    s->locks[0].count = SEMAPHORE_MAX - 1;
    stepper_step(s, 1);
    stepper_step(s, 1);
    assert_int_equal(stepper_lane(s, 1).state, LANE_FAILED);
    assert_int_equal(stepper_lane(s, 1).fault, FAULT_SEMAPHORE);
    assert_int_equal(stepper_lane(s, 1).fault_line, 4);
    stepper_free(s);
    program_free(prog);
}

static struct program *compile_library(const char *name, const struct lang_options *options)
{
    return scenario_compile_with(library_find(name)->text, options);
}

// Whether the lines are Ping, Pong, Ping, Pong, ...
static bool alternates(const struct stepper *s)
{
    struct stepper_output out = stepper_output(s);
    for (size_t i = 0; i < out.n_lines; i++)
        if (strcmp(out.lines[i].text, i % 2 == 0 ? "Ping" : "Pong") != 0)
            return false;
    return true;
}

static void ping_and_pong_alternate(void **state)
{
    (void)state;
    static const struct lang_setting strict = {"strict", 1}, lax = {"strict", 0};
    struct program *progs[] = {
        compile_library("pingpong", &(struct lang_options){.settings = &strict, .n_settings = 1}),
        compile_library("pingpong", &(struct lang_options){.settings = &lax, .n_settings = 1}),
    };
    size_t n_alternating[2] = {0};
    for (uint64_t seed = first_seed(); seed < first_seed() + RUNS; seed++) {
        for (size_t i = 0; i < 2; i++) {
            struct stepper *s = play_any(progs[i], &unlocked, seed);
            bool is_right = stepper_is_over(s) && stepper_output(s).n_lines == 10 &&
                            s->locks[0].n_waiting + s->locks[1].n_waiting == 0;
            if (!is_right || (i == 0 && !alternates(s)))
                fail_msg("RACELANE_SEED=%llu strict=%d", (unsigned long long)seed, i == 0);
            n_alternating[i] += alternates(s);
            stepper_free(s);
        }
    }
    assert_int_equal(n_alternating[0], RUNS);
    assert_in_range(n_alternating[1], 0, RUNS / 2);
    program_free(progs[0]);
    program_free(progs[1]);
}

// One after the other, Ping waits for a Pong that has not begun.
static void ping_alone_is_stuck(void **state)
{
    (void)state;
    struct program *prog =
        compile_library("pingpong", &(struct lang_options){.mode = "sequential"});
    struct stepper *s = play_any(prog, &unlocked, 1);
    assert_true(stepper_is_stuck(s));
    assert_int_equal(stepper_output(s).n_lines, 1);
    stepper_free(s);
    program_free(prog);
}

// Each input is taken once, in order, and its result comes from who took it.
static bool is_fair(const struct stepper *s, const struct program *prog)
{
    struct stepper_output out = stepper_output(s);
    uint16_t takers[5];
    uint32_t n_taken = 0, n_given = 0;
    for (size_t i = 0; i < out.n_events; i++) {
        const struct event *event = &out.events[i];
        int64_t input = event->object < 5 ? prog->pool.args[event->object] : 0;
        if (event->kind == EVENT_TAKE) {
            if (event->object != n_taken || event->value != input)
                return false;
            takers[n_taken++] = event->lane;
        } else if (event->kind == EVENT_GIVE) {
            if (takers[event->object] != event->lane || event->value != input * input * input)
                return false;
            n_given++;
        }
    }
    return n_taken == 5 && n_given == 5 && out.n_lines == 1 &&
           strcmp(out.lines[0].text, "Cubes: [1, 8, 27, 64, 125]") == 0;
}

static void results_come_in_the_order_of_the_inputs(void **state)
{
    (void)state;
    static const int64_t workers[] = {0, 1, 2, 9};
    for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
        struct program *prog =
            compile_library("pool", &(struct lang_options){.n_lanes = workers[i]});
        bool is_order_different = false;
        for (uint64_t seed = first_seed(); seed < first_seed() + RUNS; seed++) {
            struct stepper *s = play_any(prog, &unlocked, seed);
            if (!stepper_is_over(s) || !is_fair(s, prog))
                fail_msg("RACELANE_SEED=%llu workers %d", (unsigned long long)seed,
                         (int)workers[i]);
            int64_t last = 0;
            struct stepper_output out = stepper_output(s);
            for (size_t k = 0; k < out.n_events; k++) {
                if (out.events[k].kind != EVENT_GIVE)
                    continue;
                is_order_different |= out.events[k].object < last;
                last = out.events[k].object;
            }
            stepper_free(s);
        }
        assert_int_equal(is_order_different, workers[i] != 1);
        program_free(prog);
    }
}

static void taking_is_a_step_and_giving_is_not(void **state)
{
    (void)state;
    char text[2048];
    struct program *prog = scenario_compile_with("def minus(x):\n    return -x\n"
                                                 "pool 2 r = minus(x) for x in [7, 8]\n",
                                                 &(struct lang_options){.mode = "sequential"});
    struct stepper *s = play(prog, &unlocked, "AAAAA");
    assert_true(stepper_is_over(s));
    describe(prog, s, text, sizeof text);
    assert_string_equal(text,
                        "0 main start; 0 main start lane; 0 main join; 0 Worker 0 start; "
                        "1 Worker 0 take 0: 7; 2 Worker 0 result 0: -7; 3 Worker 0 take 1: 8; "
                        "4 Worker 0 result 1: -8; 5 Worker 0 finish; 5 main joined; 5 main finish");
    assert_int_equal(stepper_lane(s, 1).steps, 5);
    stepper_free(s);
    program_free(prog);
}

static void a_text_is_taken_as_no_number(void **state)
{
    (void)state;
    char text[2048];
    struct program *prog = scenario_compile("def same(x, n):\n    return x\n"
                                            "pool 1 r = same(x, 3) for x in [\"no\", \"yes\"]\n"
                                            "after:\n    print(\"{r} {r[1]}\")\n");
    struct stepper *s = play_any(prog, &unlocked, 1);
    describe(prog, s, text, sizeof text);
    assert_non_null(strstr(text, "take 0: 0; 1 Worker 0 result 0: 0;"));
    assert_non_null(strstr(text, "take 1: 0; 2 Worker 0 result 1: 1;"));
    assert_string_equal(stepper_output(s).lines[0].text, "[no, yes] yes");
    stepper_free(s);
    program_free(prog);
}

// Who fails gives no result; the others go on with the queue.
static void a_result_may_be_missing(void **state)
{
    (void)state;
    static const struct {
        const char *after;
        enum machine_fault fault;
        size_t n_lines;
    } cases[] = {
        {"    print(r[0])\n    print(r[2])\n    print(r[1])\n", FAULT_RESULT, 2},
        {"    print(r)\n", FAULT_RESULT, 0},
        {"    for i in range(5):\n        print(r[3 - i])\n", FAULT_INDEX, 0},
        {"    for i in range(5):\n        print(r[-i])\n", FAULT_INDEX, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[500];
        snprintf(text, sizeof text,
                 "def over(x):\n    return 10 // x\npool 2 r = over(x) for x in [1, 0, 2]\n"
                 "after:\n%s",
                 cases[i].after);
        struct program *prog = scenario_compile(text);
        struct stepper *s = play_any(prog, &unlocked, i);
        assert_true(stepper_is_over(s));
        assert_int_equal(stepper_lane(s, 0).fault, cases[i].fault);
        assert_int_equal(stepper_output(s).n_lines, cases[i].n_lines);
        stepper_free(s);
        program_free(prog);
    }
}

static const char copies_text[] = "shared counter = 3\n"
                                  "def f():\n    counter += 1\n"
                                  "lane A = f()\nlane B = f()\n";

// Every schedule leaves main's as it was; in shared memory it is the race of threads.
static void copies_are_private(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile_with(copies_text, &(struct lang_options){.mode = "processes"});
    struct explored e = explore(prog, &unlocked);
    assert_int_equal(e.n_schedules, 20);
    assert_int_equal(schedules_ending_in(&e, 3), 20);
    struct stepper *s = play(prog, &unlocked, "AABABB");
    char text[1024];
    describe(prog, s, text, sizeof text);
    assert_non_null(strstr(text, "A LOAD 3"));
    assert_non_null(strstr(text, "A STORE 4"));
    assert_non_null(strstr(text, "B LOAD 3"));
    assert_non_null(strstr(text, "B STORE 4"));
    assert_int_equal(stepper_output(s).n_updates, 0);
    stepper_free(s);
    s = play(prog, &unlocked, "AAABBB");
    describe(prog, s, text, sizeof text);
    assert_non_null(strstr(text, "B LOAD 3"));
    stepper_free(s);
    program_free(prog);

    prog = scenario_compile_with(copies_text,
                                 &(struct lang_options){.mode = "processes", .memory = "shared"});
    e = explore(prog, &unlocked);
    assert_int_equal(schedules_ending_in(&e, 4), 18);
    assert_int_equal(schedules_ending_in(&e, 5), 2);
    program_free(prog);
}

// Main's own accesses are the ledger's affair; a claim is judged on the cells of who breaks it.
static void main_has_cells_of_its_own(void **state)
{
    (void)state;
    struct program *prog =
        scenario_compile("mode processes\nshared x = 0\nshared a[3] = 1\nlock l\n"
                         "def f(me):\n    with l:\n        a[me] += 10\n        x = a[me] + a[0]\n"
                         "    if me == 2:\n        atomic x += 100\n"
                         "lane A = f(1)\nlane B = f(2)\n"
                         "after:\n    x += 5\n    print(\"{x} {a}\")\n"
                         "always x < 100\nalways a[1] == a[2]\n");
    for (uint64_t seed = first_seed(); seed < first_seed() + RUNS; seed++) {
        struct stepper *s = play_any(prog, &locked, seed);
        struct stepper_output out = stepper_output(s);
        assert_int_equal(stepper_cell(s, 0), 5);
        assert_int_equal(stepper_cell(s, 2), 1);
        assert_int_equal(out.n_updates, 1);
        assert_int_equal(write_lane(out.updates[0].id), 0);
        assert_string_equal(out.lines[0].text, "5 [1, 1, 1]");
        unsigned n_broken[3][2] = {{0}}; // by lane and claim
        for (size_t i = 0; i < out.n_events; i++)
            if (out.events[i].kind == EVENT_BROKEN)
                n_broken[out.events[i].lane][out.events[i].object]++;
        assert_int_equal(n_broken[0][0] + n_broken[0][1] + n_broken[1][0], 0);
        assert_int_equal(n_broken[1][1], 1);
        assert_int_equal(n_broken[2][0], 1);
        assert_int_equal(n_broken[2][1], 1);
        stepper_free(s);
    }
    program_free(prog);
}

// Compare-and-swap looks at the lane's own cell: nobody else stores there.
static void copies_are_never_stored_twice(void **state)
{
    (void)state;
    struct program *prog = scenario_compile_with(
        "shared counter = 0\nlock l\ndef f():\n    for _ in range(3):\n        with l:\n"
        "            counter += 1\n    print(counter)\nlane A = f()\nlane B = f()\n",
        &(struct lang_options){.mode = "processes"});
    struct stepper_options options = {.lock_kind = lock_kind_find("atomic"), .lock_on = true};
    for (uint64_t seed = first_seed(); seed < first_seed() + RUNS; seed++) {
        struct stepper *s = play_any(prog, &options, seed);
        assert_int_equal(stepper_lane(s, 1).retries, 0);
        assert_int_equal(stepper_lane(s, 2).retries, 0);
        assert_string_equal(stepper_output(s).lines[1].text, "3");
        stepper_free(s);
    }
    program_free(prog);
}

// No schedule gets them stuck, and many have a lane wait.
static void random_programs_end(void **state)
{
    (void)state;
    size_t n_waits = 0, n_took = 0;
    for (uint64_t seed = first_seed(); seed < first_seed() + RUNS; seed++) {
        char *text = random_program(seed);
        struct program *prog = scenario_compile(text);
        struct stepper_options options = {.lock_kind = lock_kinds[seed % 6],
                                          .lock_on = seed % 2 == 0};
        struct stepper *s = play_any(prog, &options, seed);
        if (!stepper_is_over(s))
            fail_msg("stuck: RACELANE_SEED=%llu\n%s", (unsigned long long)seed, text);
        struct stepper_output out = stepper_output(s);
        for (size_t i = 0; i < out.n_events; i++) {
            const struct event *event = &out.events[i];
            n_took += event->kind == EVENT_TOOK;
            n_waits += event->kind == EVENT_CONTEND && event->value == -1;
        }
        stepper_free(s);
        program_free(prog);
        mem_free(text);
    }
    assert_true(n_took > 1000);
    assert_true(n_waits > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_lanes_are_blocked),
        cmocka_unit_test(too_few_posts_leave_a_lane_stuck),
        cmocka_unit_test(semaphores_report_what_happens),
        cmocka_unit_test(every_schedule_of_a_semaphore),
        cmocka_unit_test(a_semaphore_counts_so_far),
        cmocka_unit_test(ping_and_pong_alternate),
        cmocka_unit_test(ping_alone_is_stuck),
        cmocka_unit_test(results_come_in_the_order_of_the_inputs),
        cmocka_unit_test(taking_is_a_step_and_giving_is_not),
        cmocka_unit_test(a_text_is_taken_as_no_number),
        cmocka_unit_test(a_result_may_be_missing),
        cmocka_unit_test(copies_are_private),
        cmocka_unit_test(main_has_cells_of_its_own),
        cmocka_unit_test(copies_are_never_stored_twice),
        cmocka_unit_test(random_programs_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
