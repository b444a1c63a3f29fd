// Lanes that are processes: memory of their own and in common, killed and stopped at any moment.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "session/private.h"
#include "support_process.h"
#include "sync/lock_kind.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static const char race[] = "param N = 20000\n"
                           "shared counter = 5\n"
                           "lock guard off\n"
                           "def add():\n"
                           "    for _ in range(N):\n"
                           "        with guard:\n"
                           "            counter += 1\n"
                           "lane A = add()\n"
                           "lane B = add()\n"
                           "after:\n"
                           "    print(\"{counter}\")\n";

// Every number agrees with the others, and with the cell.
static void check_identities(const struct session_view *view, size_t cell)
{
    const struct ledger_cell *sum = ledger_cell(view->ledger, cell);
    uint64_t lost = 0, destroyed = 0, made = 0, reported = 0, pairs = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        struct ledger_lane counts = ledger_lane(view->ledger, lane);
        made += counts.updates;
        lost += counts.lost;
        destroyed += counts.destroyed;
        reported += view->lanes[lane].updates;
        for (size_t victim = 0; victim < view->n_lanes; victim++)
            pairs += ledger_pair(view->ledger, lane, victim);
    }
    assert_int_equal(ledger_waiting(view->ledger), 0);
    assert_int_equal(sum->unattributed, 0);
    assert_int_equal(sum->value, view->cells[cell]);
    assert_int_equal(sum->lost_amount, sum->attempted - (sum->value - 5));
    assert_int_equal(sum->lost, lost);
    assert_int_equal(destroyed, lost);
    assert_int_equal(pairs, lost);
    assert_int_equal(made, sum->updates);
    assert_int_equal(reported, sum->updates);
}

static void test_private_memory(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w, race, &(struct how){.memory = "private", .lock = -1});
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_true(view.is_private);
    assert_int_equal(view.cells[0], 5);
    assert_null(view.lanes[0].copies);
    for (size_t lane = 1; lane < view.n_lanes; lane++) {
        assert_int_equal(view.lanes[lane].kind, LANE_PROCESS);
        assert_int_equal(view.lanes[lane].copies[0], 20005);
        assert_int_equal(view.lanes[lane].updates, 20000);
    }
    assert_int_equal(ledger_cell(view.ledger, 0)->updates, 0);
    assert_int_equal(view.n_output, 1);
    assert_string_equal(view.output[0].text, "5");
    session_free(s);
}

static void test_private_and_bare(void **state)
{
    (void)state;
    struct watch w;
    struct session *s =
        open_processes(&w, race, &(struct how){.memory = "private", .lock = -1, .is_bare = true});
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_int_equal(view.cells[0], 5);
    assert_int_equal(view.lanes[1].copies[0], 20005);
    assert_int_equal(view.lanes[2].copies[0], 20005);
    assert_int_equal(session_bare(s, 0).updates, 0);
    session_free(s);
}

// Of one's own copy `always` is judged too: it says whose it was.
static void test_always_of_a_copy(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_processes(&w,
                                       "shared x = 5\n"
                                       "def up(n):\n"
                                       "    x += n\n"
                                       "lane A = up(1)\n"
                                       "lane B = up(100)\n"
                                       "always x < 50\n",
                                       &(struct how){.memory = "private", .lock = -1});
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_false(view.claims[0].holds);
    assert_int_equal(view.claims[0].broken_lane, 2);
    assert_int_equal(view.claims[0].broken_value, 105);
    session_free(s);
}

static void test_shared_memory(void **state)
{
    (void)state;
    for (int64_t lanes = 2; lanes <= 6; lanes += 2) {
        struct watch w;
        struct session *s = open_processes(
            &w, race, &(struct how){.memory = "shared", .lock = 0, .n_lanes = lanes});
        pump_until(s, is_over, "the end");
        struct session_view view = session_view(s);
        assert_false(view.is_private);
        assert_int_equal(ledger_cell(view.ledger, 0)->updates, 20000 * lanes);
        assert_int_equal(view.n_deaths, 0);
        check_identities(&view, 0);
        session_free(s);
    }
}

static void test_locks_between_processes(void **state)
{
    (void)state;
    for (size_t kind = 0; lock_kinds[kind]; kind++) {
        struct watch w;
        if (!lock_kinds[kind]->is_robust)
            continue;
        struct session *s = open_processes(
            &w, race,
            &(struct how){
                .memory = "shared", .lock = 1, .n_lanes = 3, .lock_kind = lock_kinds[kind]->name});
        pump_until(s, is_over, "the end");
        struct session_view view = session_view(s);
        assert_int_equal(view.cells[0], 60005);
        assert_int_equal(ledger_cell(view.ledger, 0)->lost, 0);
        check_identities(&view, 0);
        session_free(s);
    }
}

static void test_other_locks_are_refused(void **state)
{
    (void)state;
    struct lang_problems problems;
    struct error err;
    struct launch launch = {.pid = 0};
    struct lang_options lang = {.mode = "processes"};
    const struct session_launcher launcher = {start_host, stop_host, host_ended, &launch};
    const struct session_options options = {.name = "test",
                                            .text = race,
                                            .len_bytes = strlen(race),
                                            .lang = &lang,
                                            .lock_kind = "ticket",
                                            .lock = -1};
    assert_null(session_open(&options, &launcher, &problems, &err));
    assert_int_equal(problems.n, 1);
    assert_non_null(strstr(problems.items[0].text, "use mutex or atomic"));
}

// --- killed

static bool all_started(const struct session_view *view)
{
    for (size_t lane = 1; lane < view->n_lanes; lane++)
        if (!view->lanes[lane].is_started)
            return false;
    return true;
}

// Kills lanes at random moments until only two are left; returns how many.
static size_t kill_some(struct session *s, struct random *random)
{
    struct session_view view = session_view(s);
    size_t kills = 0;
    for (size_t lane = 1; lane + 2 < view.n_lanes; lane++) {
        uint64_t moment_ns = clock_now_ns() + random_below(random, 600 * NS_PER_US);
        while (clock_now_ns() < moment_ns)
            session_pump(s);
        kills += session_kill_lane(s, lane);
    }
    return kills;
}

// One run of ten lanes, eight of which are killed. Returns how many of them died.
static size_t kill_once(uint64_t seed)
{
    struct watch w;
    struct random random = random_stream(seed, 3);
    int lock = (int)random_below(&random, 2);
    struct session *s = open_processes(
        &w, race, &(struct how){.memory = "shared", .lock = lock, .n_lanes = 10, .n = 100000});
    pump_until(s, all_started, "the start of all lanes");
    kill_some(s, &random);
    pump_until(s, is_over, "the end of those that live");
    struct session_view view = session_view(s);
    size_t deaths = 0;
    for (size_t lane = 1; lane < view.n_lanes; lane++) {
        bool is_dead = view.lanes[lane].signal != 0;
        deaths += is_dead;
        assert_int_equal(view.lanes[lane].state, is_dead ? LANE_KILLED : LANE_FINISHED);
        assert_int_equal(strncmp(view.lanes[lane].death, "killed by SIGKILL", 17) == 0, is_dead);
    }
    if (!view.is_ended || view.n_deaths != deaths)
        fail_msg("RACELANE_SEED=%llu: ended %d, deaths %zu and %zu; %s", (unsigned long long)seed,
                 view.is_ended, view.n_deaths, deaths, view.trouble ? view.trouble : "");
    assert_true(view.lanes[9].updates == 100000 && view.lanes[10].updates == 100000);
    if (lock)
        assert_int_equal(ledger_cell(view.ledger, 0)->lost, 0);
    check_identities(&view, 0);
    session_free(s);
    // The host is gone, and with it everything that it had started.
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    return deaths;
}

static void test_killed_at_any_moment(void **state)
{
    (void)state;
    uint64_t seed = number_from("RACELANE_SEED", (uint64_t)time(NULL));
    uint64_t wanted = number_from("RACELANE_KILLS", 80);
    uint64_t deaths = 0, runs = 0;
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    while (deaths < wanted && runs++ < wanted)
        deaths += kill_once(seed + runs);
    print_message("%llu lanes killed in %llu runs\n", (unsigned long long)deaths,
                  (unsigned long long)runs);
    assert_true(deaths >= wanted);
}

// The lane has filled in the record of a write that it is about to make, or has made.
static bool is_in_a_store(const struct session *s, size_t lane)
{
    uint64_t published = atomic_load(&run_updates(&s->run, lane)->head);
    return atomic_load(&s->run.lanes[lane].draft) >> 1 == published + 1;
}

// Stops the first lane again and again until that happens between a write and its record; false
// when it ended before.
static bool stop_in_a_store(struct session *s)
{
    for (;;) {
        pid_t pid = (pid_t)session_view(s).lanes[1].pid;
        if (pid == 0)
            return false;
        kill(pid, SIGSTOP);
        pump_until(s, is_stopped, "the first lane stopped");
        if (session_view(s).lanes[1].end_ns != UINT64_MAX)
            return false;
        if (is_in_a_store(s, 1))
            return true;
        kill(pid, SIGCONT);
        pump_until(s, goes_on, "the first lane going on");
    }
}

// Killed in the middle of a store: the write counts exactly if it was made.
static void test_killed_in_a_store(void **state)
{
    (void)state;
    size_t made = 0, not_made = 0, missed = 0;
    while (made < 5 && missed < 60) {
        struct watch w;
        struct session *s = open_processes(
            &w, race, &(struct how){.memory = "shared", .lock = 0, .n_lanes = 3, .n = 200000});
        pump_until(s, all_started, "the start of all lanes");
        bool is_caught = stop_in_a_store(s);
        uint64_t published = atomic_load(&run_updates(&s->run, 1)->head);
        if (is_caught)
            assert_true(session_kill_lane(s, 1));
        pump_until(s, is_over, "the end of those that live");
        struct session_view view = session_view(s);
        assert_true(view.is_ended);
        check_identities(&view, 0);
        uint64_t counted = view.lanes[1].updates;
        missed += !is_caught;
        made += is_caught && counted == published + 1;
        not_made += is_caught && counted == published;
        assert_true(!is_caught || counted - published <= 1);
        assert_int_equal(strstr(view.lanes[1].death, "loaded and not stored") != NULL,
                         is_caught && counted == published);
        session_free(s);
    }
    print_message("killed after the write %zu times, before it %zu times; missed %zu\n", made,
                  not_made, missed);
    assert_true(made >= 5);
}

static bool has_printed(const struct session_view *view)
{
    return view->n_output >= 4;
}

// A line that nobody will print any more does not keep back those after it.
static void test_output_goes_on(void **state)
{
    (void)state;
    struct watch w;
    struct random random = random_stream(number_from("RACELANE_SEED", 11), 4);
    struct session *s = open_processes(&w,
                                       "def talk(n):\n"
                                       "    for i in range(3000):\n"
                                       "        print(\"{n} {i}\")\n"
                                       "lane talk(n) for n in [1, 2, 3, 4]\n",
                                       &(struct how){.memory = "shared", .lock = -1});
    pump_until(s, has_printed, "some output");
    size_t kills = kill_some(s, &random);
    pump_until(s, is_over, "the end");
    struct session_view view = session_view(s);
    assert_true(view.is_ended);
    size_t last[5] = {0};
    for (size_t i = 0; i < view.n_output; i++) {
        unsigned lane, number;
        assert_int_equal(sscanf(view.output[i].text, "%u %u", &lane, &number), 2);
        assert_true(lane >= 1 && lane <= 4 && number == last[lane]);
        last[lane]++;
    }
    assert_true(kills <= 2 && last[3] == 3000 && last[4] == 3000);
    session_free(s);
}

// --- keys

static void test_mode_and_memory_keys(void **state)
{
    (void)state;
    struct watch w;
    struct error err = {.text = ""};
    struct session *s = open_text(&w, race);
    assert_false(session_memory_next(s, &err));
    assert_non_null(strstr(err.text, "threads always share their memory"));
    for (size_t i = 0; i < 5; i++)
        session_lock_kind_next(s); // to one that does not fit processes
    assert_true(session_mode_next(s, &err));
    assert_int_equal(session_view(s).mode, MODE_PROCESSES);
    assert_true(session_view(s).is_private);
    pump_until(s, is_over, "the end in processes");
    assert_true(session_memory_next(s, &err));
    assert_false(session_view(s).is_private);
    pump_until(s, is_over, "the end in shared memory");
    assert_true(session_mode_next(s, &err));
    assert_int_equal(session_view(s).mode, MODE_SEQUENTIAL);
    pump_until(s, is_over, "the end in sequence");
    assert_true(session_mode_next(s, &err));
    assert_int_equal(session_view(s).mode, MODE_THREADS);
    pump_until(s, is_over, "the end in threads");
    assert_int_equal(ledger_cell(session_view(s).ledger, 0)->updates, 40000);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_private_memory),
        cmocka_unit_test(test_private_and_bare),
        cmocka_unit_test(test_always_of_a_copy),
        cmocka_unit_test(test_shared_memory),
        cmocka_unit_test(test_locks_between_processes),
        cmocka_unit_test(test_other_locks_are_refused),
        cmocka_unit_test(test_killed_at_any_moment),
        cmocka_unit_test(test_killed_in_a_store),
        cmocka_unit_test(test_output_goes_on),
        cmocka_unit_test(test_mode_and_memory_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
