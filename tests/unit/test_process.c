// Lanes that are processes: memory of their own and in common.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "session/private.h"
#include "support_process.h"
#include "sync/lock_kind.h"

#include <signal.h>

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
        check_identities(&view);
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
        check_identities(&view);
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
        cmocka_unit_test(test_mode_and_memory_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
