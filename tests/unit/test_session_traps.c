// Programs that once made a session say something false, and must not again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/run.h"
#include "support_scenario.h"
#include "support_session.h"

static bool is_over(const struct session_view *view)
{
    return view->is_ended || view->is_deadlocked;
}

static struct session *run(struct watch *w, const char *text)
{
    struct session *s = open_text(w, text);
    pump_until(s, is_over, "the end or a deadlock");
    return s;
}

// With many lanes the channels are small, and a lane often waits for room with a store that it has
// made and not reported: such a lane is not between two statements.
static void test_a_held_store_is_not_quiet(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = run(&w, "param N = 400000\n"
                                "shared x = 0\n"
                                "def add():\n"
                                "    for _ in range(N):\n"
                                "        x += 1\n"
                                "def nothing():\n"
                                "    pass\n"
                                "lane A = add()\n"
                                "lane B = add()\n"
                                "lane P[900] = nothing()\n");
    struct session_view view = session_view(s);
    const struct ledger_cell *cell = ledger_cell(view.ledger, 0);
    assert_null(view.trouble);
    assert_int_equal(cell->unattributed, 0);
    assert_int_equal(cell->updates, 800000);
    assert_int_equal(cell->lost, 800000 - cell->value);
    session_free(s);
}

// The lock that should protect the cell is off, whatever else a lane holds.
static void test_off_is_off_with_another_lock_held(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = run(&w, "shared x = 0\n"
                                "lock guard off\n"
                                "lock mine\n"
                                "lock yours\n"
                                "def a():\n"
                                "    acquire mine\n"
                                "    for _ in range(1000):\n"
                                "        with guard:\n"
                                "            x += 1\n"
                                "    release mine\n"
                                "def b():\n"
                                "    acquire yours\n"
                                "    for _ in range(1000):\n"
                                "        with guard:\n"
                                "            x += 1\n"
                                "    release yours\n"
                                "lane A = a()\n"
                                "lane B = b()\n");
    struct session_view view = session_view(s);
    assert_int_equal(ledger_tally(view.ledger, PHASE_ON).made, 0);
    assert_int_equal(ledger_tally(view.ledger, PHASE_OFF).made, 2000);
    session_free(s);
}

static void test_main_waits_for_a_lock_of_the_dead(void **state)
{
    (void)state;
    static const char *const texts[] = {"shared x = 0\n"
                                        "lock guard\n"
                                        "def w():\n"
                                        "    acquire guard\n"
                                        "    x += 1\n"
                                        "lane A = w()\n"
                                        "after:\n"
                                        "    with guard:\n"
                                        "        print(\"main {x}\")\n",
                                        "mode sequential\n"
                                        "shared x = 0\n"
                                        "lock guard\n"
                                        "def w():\n"
                                        "    acquire guard\n"
                                        "    x += 1\n"
                                        "lane A = w()\n"
                                        "lane B = w()\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct watch w;
        struct session *s = run(&w, texts[i]);
        struct session_view view = session_view(s);
        assert_true(view.is_deadlocked);
        assert_non_null(strstr(view.trouble, "held by A, which has ended"));
        session_free(s);
    }
}

static void test_released_inside_with(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = run(&w, "shared x = 0\n"
                                "lock guard\n"
                                "def w():\n"
                                "    with guard:\n"
                                "        x += 1\n"
                                "        release guard\n"
                                "lane A = w()\n"
                                "lane B = w()\n");
    struct session_view view = session_view(s);
    assert_true(view.is_ended);
    assert_int_equal(view.host_signal, 0);
    assert_int_equal(view.lanes[1].state, LANE_FAILED);
    assert_int_equal(view.lanes[2].state, LANE_FAILED);
    session_free(s);
}

// A is in the middle of its critical section while B leaves another one: nothing is broken.
static void test_always_waits_for_the_last_lock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = run(&w, "shared a = 0\n"
                                "shared b = 0\n"
                                "lock guard\n"
                                "lock other\n"
                                "def first():\n"
                                "    with guard:\n"
                                "        a += 1\n"
                                "        sleep(60ms)\n"
                                "        b -= 1\n"
                                "def second():\n"
                                "    for _ in range(20):\n"
                                "        with other:\n"
                                "            sleep(2ms)\n"
                                "lane A = first()\n"
                                "lane B = second()\n"
                                "always a + b == 0\n");
    struct session_view view = session_view(s);
    assert_int_equal(view.n_claims, 1);
    assert_true(view.claims[0].holds);
    session_free(s);
}

// With the lock on no store can fall in between: a lane must not be held for nothing.
static void test_no_loss_is_arranged_under_the_lock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, "shared x = 0\n"
                                      "lock guard\n"
                                      "def w():\n"
                                      "    for _ in range(100):\n"
                                      "        with guard:\n"
                                      "            x += 1\n"
                                      "lane W[2] = w()\n");
    assert_false(session_arrange(s));
    pump_until(s, is_over, "the end");
    assert_false(session_view(s).arranging);
    assert_int_equal(session_view(s).arranged, 0);
    session_free(s);
}

// Nor where no lane sees another's cells while it works.
static void test_no_loss_is_arranged_where_none_can_come(void **state)
{
    (void)state;
    static const char text[] = "shared x = 0\n"
                               "def w():\n"
                               "    for _ in range(100):\n"
                               "        x += 1\n"
                               "lane W[2] = w()\n";
    static const char *const modes[] = {"sequential", "processes"};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct watch w;
        struct lang_options lang = {.mode = modes[i], .memory = i ? "private" : NULL};
        struct session *s = open_session(&w, &(struct session_options){.name = "test",
                                                                       .text = text,
                                                                       .len_bytes = sizeof text - 1,
                                                                       .lang = &lang,
                                                                       .lock = -1,
                                                                       .seed = 7});
        assert_false(session_arrange(s));
        session_free(s);
    }
}

// The kind that takes no lock protects without a ledger as well.
static void test_bare_and_lock_free(void **state)
{
    (void)state;
    struct watch w;
    const char *text = "shared x = 0\n"
                       "lock guard\n"
                       "def w():\n"
                       "    for _ in range(200000):\n"
                       "        with guard:\n"
                       "            x += 1\n"
                       "lane W[4] = w()\n";
    struct lang_options as_written = {.n_lanes = 0};
    struct session *s = open_session(&w, &(struct session_options){.name = "test",
                                                                   .text = text,
                                                                   .len_bytes = strlen(text),
                                                                   .lang = &as_written,
                                                                   .lock_kind = "atomic",
                                                                   .lock = -1,
                                                                   .is_bare = true});
    pump_until(s, is_over, "the end");
    assert_int_equal(session_view(s).cells[0], 800000);
    assert_true(session_bare(s, 0).is_by_one);
    session_free(s);
}

// What is in the run's memory is compiled a second time there, and must be the same program: else
// lanes would write where there is nothing.
static void test_memory_of_another_program(void **state)
{
    (void)state;
    static const char one[] = "shared x = 0\ndef f():\n    x = 1\nlane A = f()\n";
    static const char *const others[] = {
        "shared x = 0\ndef f():\n    x = 1\nlane A = f()\nlane B = f()\n",
        "shared x = 0\nshared y = 0\ndef f():\n    x = 1\nlane A = f()\n",
        "shared x = 0\nlock l\ndef f():\n    x = 1\nlane A = f()\n",
        "shared x = 0\ndef f(n):\n    return n\npool 1 r = f(n) for n in [1, 2]\n",
    };
    struct program *prog = scenario_compile(one);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct run run;
        struct error err;
        const struct run_spec spec = {.name = "test"};
        assert_true(run_create(&run, prog, &spec, others[i], strlen(others[i]), &err));
        assert_int_equal(session_host(run.fd), 3);
        assert_non_null(strstr(run.header->host.trouble, "was made for other lanes"));
        assert_true(atomic_load(&run.header->host.is_done));
        run_close(&run);
    }
    program_free(prog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_held_store_is_not_quiet),
        cmocka_unit_test(test_off_is_off_with_another_lock_held),
        cmocka_unit_test(test_main_waits_for_a_lock_of_the_dead),
        cmocka_unit_test(test_released_inside_with),
        cmocka_unit_test(test_always_waits_for_the_last_lock),
        cmocka_unit_test(test_no_loss_is_arranged_under_the_lock),
        cmocka_unit_test(test_no_loss_is_arranged_where_none_can_come),
        cmocka_unit_test(test_bare_and_lock_free),
        cmocka_unit_test(test_memory_of_another_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
