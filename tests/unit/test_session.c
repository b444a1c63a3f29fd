#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lang/library.h"
#include "support_session.h"

#include <stdio.h>

// Whole runs, with the host in a process of its own as in the program.

enum { SESSIONS_MAX = 64, SMALL_N = 50 };

static const char endless_text[] = "shared counter = 0\n"
                                   "lock   guard off\n"
                                   "def increment():\n"
                                   "    while counter >= 0:\n"
                                   "        with guard:\n"
                                   "            counter += 1\n"
                                   "lane A = increment()\n"
                                   "lane B = increment()\n";

static bool has_counted(const struct session_view *view)
{
    return view->cells[0] > 100 && view->lanes[1].updates > 0 && view->lanes[2].updates > 0;
}

static bool has_parameter(const struct library_entry *entry, const char *name)
{
    struct lang_options as_written = {.n_lanes = 0};
    struct lang_problems problems;
    struct program *prog =
        lang_compile(entry->name, entry->text, entry->len_bytes, &as_written, &problems);
    assert_non_null(prog);
    bool found = false;
    for (size_t i = 0; i < prog->n_params; i++)
        found |= strcmp(prog->params[i].name, name) == 0;
    program_free(prog);
    return found;
}

static void check_good_end(const struct session_view *view)
{
    if (view->trouble || view->has_failed)
        fail_msg("%s: %s", view->prog->name, view->trouble ? view->trouble : "a lane failed");
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        assert_int_equal(view->lanes[lane].state, LANE_FINISHED);
        assert_true(view->lanes[lane].start_ns <= view->lanes[lane].end_ns);
        assert_true(view->lanes[lane].end_ns <= view->now_ns);
    }
    for (size_t i = 0; i < view->n_claims; i++) {
        assert_true(view->claims[i].is_judged);
        if (!view->claims[i].holds)
            fail_msg("%s: %s does not hold", view->prog->name, view->claims[i].text);
    }
    for (size_t cell = 0; cell < view->prog->n_cells; cell++) {
        assert_int_equal(ledger_cell(view->ledger, cell)->value, view->cells[cell]);
        assert_int_equal(ledger_cell(view->ledger, cell)->unattributed, 0);
    }
    assert_int_equal(ledger_waiting(view->ledger), 0);
}

// Every scenario that ships, with the lock on; all at once, since most of them mostly sleep.
static void test_library(void **state)
{
    (void)state;
    struct watch watches[SESSIONS_MAX];
    size_t n = 0;
    for (; library[n].name; n++) {
        struct lang_setting settings[2] = {{"N", SMALL_N}};
        size_t n_settings = has_parameter(&library[n], "N");
        if (strcmp(library[n].name, "tick") == 0)
            settings[0].value = 2;
        // As they ship, these end in a deadlock.
        if (has_parameter(&library[n], "ordered"))
            settings[n_settings++] = (struct lang_setting){"ordered", 1};
        struct lang_options lang = {.settings = settings, .n_settings = n_settings};
        assert_true(n < SESSIONS_MAX);
        open_session(&watches[n], &(struct session_options){.name = library[n].name,
                                                            .text = library[n].text,
                                                            .len_bytes = library[n].len_bytes,
                                                            .lang = &lang,
                                                            .lock = 1,
                                                            .seed = 3});
    }
    assert_true(n > 0);
    uint64_t deadline = clock_now_ns() + DEADLINE_NS;
    for (size_t n_ended = 0; n_ended < n;) {
        n_ended = 0;
        for (size_t i = 0; i < n; i++) {
            session_pump(watches[i].session);
            n_ended += session_view(watches[i].session).is_ended;
        }
        assert_true(clock_now_ns() < deadline);
    }
    for (size_t i = 0; i < n; i++) {
        struct session_view view = session_view(watches[i].session);
        check_good_end(&view);
        session_free(watches[i].session);
    }
}

static void test_titles(void **state)
{
    (void)state;
    for (size_t i = 0; i < session_library_count(); i++) {
        struct session_title title = session_library_title(i);
        assert_string_equal(title.name, library[i].name);
        assert_true(title.title[0] != '\0');
        mem_free(title.title);
        mem_free(title.about);
    }
}

static bool is_on(const struct session_view *view)
{
    return view->lock == SWITCH_ON && ledger_tally(view->ledger, PHASE_ON).made > 0;
}

static bool is_off(const struct session_view *view)
{
    return view->lock == SWITCH_OFF;
}

static void test_lock_settles(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, endless_text);
    assert_int_equal(session_view(s).lock, SWITCH_OFF);
    pump_until(s, has_counted, "some updates");
    for (int i = 0; i < 10; i++) {
        session_lock_toggle(s);
        assert_int_equal(session_view(s).lock, SWITCH_TURNING);
        assert_true(session_view(s).lock_wanted);
        pump_until(s, is_on, "the lock is on");
        assert_int_equal(session_view(s).lock_acknowledged, 2);
        session_lock_toggle(s);
        pump_until(s, is_off, "the lock is off");
    }
    assert_int_equal(ledger_tally(session_view(s).ledger, PHASE_ON).lost, 0);
    session_free(s);
}

static bool are_asleep(const struct session_view *view)
{
    return view->lanes[1].state == LANE_SLEEPING && view->lanes[1].sleep_until_ns > 0 &&
           view->lanes[2].state == LANE_SLEEPING;
}

static bool all_paused(const struct session_view *view)
{
    return view->lanes[1].state == LANE_PAUSED && view->lanes[2].state == LANE_PAUSED;
}

static void test_pause_stops_the_clock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, "shared x = 0\n"
                                      "def rest():\n"
                                      "    sleep(0.2)\n"
                                      "    x += 1\n"
                                      "lane A = rest()\n"
                                      "lane B = rest()\n");
    pump_until(s, are_asleep, "both lanes sleep");
    uint64_t from = session_view(s).lanes[1].sleep_from_ns;
    uint64_t until = session_view(s).lanes[1].sleep_until_ns;
    assert_true(until - from >= 199 * NS_PER_MS && until - from <= 201 * NS_PER_MS);
    session_pause(s, true);
    pump(s);
    pump_until(s, all_paused, "both lanes at the gate");
    struct session_view before = session_view(s);
    // Longer than the sleep has left.
    uint64_t wake = clock_now_ns() + 250 * NS_PER_MS;
    while (clock_now_ns() < wake)
        pump(s);
    struct session_view after = session_view(s);
    assert_true(after.is_paused);
    assert_int_equal(after.now_ns, before.now_ns);
    assert_int_equal(after.cells[0], 0);
    assert_int_equal(after.lanes[1].sleep_from_ns, from);
    assert_int_equal(after.lanes[1].state, LANE_PAUSED);
    assert_int_equal(after.lanes[1].sleep_until_ns, until);
    session_pause(s, false);
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    check_good_end(&view);
    assert_true(view.lanes[1].end_ns + NS_PER_MS >= until);
    session_free(s);
}

static void test_restart(void **state)
{
    (void)state;
    struct watch w;
    struct error err;
    struct session *s = open_text(&w, "shared x = 0\n"
                                      "def roll():\n"
                                      "    x += random(1, 1000000)\n"
                                      "    print(\"{x}\")\n"
                                      "lane A = roll()\n");
    char first[64] = "";
    for (size_t i = 0; i < 4; i++) {
        pump_until(s, is_ended, "the end");
        struct session_view view = session_view(s);
        check_good_end(&view);
        assert_int_equal(view.runs, i + 1);
        assert_int_equal(view.n_output, 1);
        if (i == 0)
            snprintf(first, sizeof first, "%s", view.output[0].text);
        assert_int_equal(strcmp(first, view.output[0].text) == 0, i < 2);
        assert_true(session_restart(s, i < 1 ? 7 : 8 + i, &err));
    }
    session_free(s);
}

static void test_failure_has_lane_and_line(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, "shared zero = 0\n"
                                      "def divide():\n"
                                      "    zero = 1 // zero\n"
                                      "def rest():\n"
                                      "    sleep(0.001)\n"
                                      "lane A = divide()\n"
                                      "lane B = rest()\n");
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    assert_true(view.has_failed);
    assert_int_equal(view.lanes[1].state, LANE_FAILED);
    assert_string_equal(view.lanes[1].failure, "division by zero in line 3");
    assert_int_equal(view.lanes[2].state, LANE_FINISHED);
    assert_int_equal(view.lanes[0].state, LANE_FINISHED);
    session_free(s);
}

static bool is_deadlocked(const struct session_view *view)
{
    return view->is_deadlocked;
}

static void test_deadlock_is_told(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, "lock one\n"
                                      "lock two\n"
                                      "def forth():\n"
                                      "    with one:\n"
                                      "        sleep(0.05)\n"
                                      "        with two:\n"
                                      "            pass\n"
                                      "def back():\n"
                                      "    with two:\n"
                                      "        sleep(0.05)\n"
                                      "        with one:\n"
                                      "            pass\n"
                                      "lane A = forth()\n"
                                      "lane B = back()\n");
    pump_until(s, is_deadlocked, "a deadlock");
    struct session_view view = session_view(s);
    assert_string_equal(view.trouble, "deadlock: A waits for two, held by B; "
                                      "B waits for one, held by A");
    assert_true(view.has_failed);
    assert_false(view.is_ended);
    session_free(s);
}

static bool is_waiting(const struct session_view *view)
{
    return view->lanes[1].state == LANE_SLEEPING && view->lanes[2].state == LANE_BLOCKED;
}

static void test_killed_with_the_lock(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, "lock guard\n"
                                      "def hold():\n"
                                      "    with guard:\n"
                                      "        sleep(60)\n"
                                      "def want():\n"
                                      "    sleep(0.01)\n"
                                      "    with guard:\n"
                                      "        pass\n"
                                      "lane A = hold()\n"
                                      "lane B = want()\n");
    pump_until(s, is_waiting, "A sleeps, B waits");
    assert_true(session_kill_lane(s, 1));
    pump_until(s, is_deadlocked, "nobody will ever release it");
    struct session_view view = session_view(s);
    assert_int_equal(view.lanes[1].state, LANE_KILLED);
    assert_string_equal(view.trouble, "deadlock: B waits for guard, held by A, which has ended");
    session_free(s);
}

static void test_host_killed(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, endless_text);
    pump_until(s, has_counted, "some updates");
    kill(w.launch.pid, SIGKILL);
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    assert_true(view.has_failed);
    assert_string_equal(view.trouble, "the process with the lanes was killed by signal 9");
    assert_int_equal(view.lanes[1].state, LANE_KILLED);
    session_free(s);
}

// Starts so many hosts, and no more.
struct fickle {
    struct launch launch; // first: the other two functions see only this
    int left;
};

static bool start_fickle(void *context, int memory_fd, struct error *err)
{
    struct fickle *fickle = context;
    if (fickle->left-- <= 0)
        return error_set(err, "no process for the host");
    return start_host(&fickle->launch, memory_fd, err);
}

static bool has_begun(const struct session_view *view)
{
    return view->lanes[1].is_started;
}

// A host that cannot be started leaves the run that was wanted, ended, and says why.
static void test_a_refused_run(void **state)
{
    (void)state;
    struct lang_problems problems;
    struct error err = {.text = ""};
    struct lang_options as_written = {.n_lanes = 0};
    struct fickle fickle = {.left = 1};
    struct session_launcher launcher = {start_fickle, stop_host, host_ended, &fickle};
    struct session_options options = {.name = "test",
                                      .text = endless_text,
                                      .len_bytes = strlen(endless_text),
                                      .lang = &as_written,
                                      .lock = -1,
                                      .seed = 7};
    struct session *s = session_open(&options, &launcher, &problems, &err);
    pump_until(s, has_counted, "some updates");
    assert_false(session_mode_next(s, &err));
    struct session_view view = session_view(s);
    assert_int_equal(view.mode, MODE_PROCESSES);
    assert_true(view.is_ended && view.has_failed);
    assert_string_equal(view.trouble, "no process for the host");
    fickle.left = 1;
    assert_true(session_restart(s, 8, &err));
    pump_until(s, has_begun, "the first lane");
    assert_int_equal(session_view(s).lanes[1].kind, LANE_PROCESS);
    assert_true(session_simulate(s, true, &err));
    assert_false(session_simulate(s, false, &err));
    view = session_view(s);
    assert_true(view.is_ended && !view.is_simulated);
    session_free(s);
}

static bool is_arranged(const struct session_view *view)
{
    return view->arranged > 0 && !view->arranging;
}

static void test_loss_on_demand(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, endless_text);
    pump_until(s, has_counted, "some updates");
    assert_true(session_arrange(s));
    pump_until(s, is_arranged, "an arranged loss");
    const struct ledger *ledger = session_view(s).ledger;
    assert_true(ledger_tally(ledger, PHASE_OFF).lost > 0);
    session_free(s);
}

static void test_bare(void **state)
{
    (void)state;
    static const char text[] = "shared counter = 0\n"
                               "def increment():\n"
                               "    for _ in range(20000):\n"
                               "        counter += 1\n"
                               "lane A = increment()\n"
                               "lane B = increment()\n";
    struct watch w;
    struct lang_options as_written = {.n_lanes = 0};
    struct session *s = open_session(&w, &(struct session_options){.name = "test",
                                                                   .text = text,
                                                                   .len_bytes = strlen(text),
                                                                   .lang = &as_written,
                                                                   .lock = -1,
                                                                   .is_bare = true,
                                                                   .is_headless = true});
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    assert_int_equal(session_bare(s, 0).updates, 40000);
    assert_int_equal(session_bare(s, 0).amount, 40000);
    assert_true(view.cells[0] > 0 && view.cells[0] <= 40000);
    assert_null(view.timeline);
    session_free(s);
}

static void test_output(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, "def say(who, pause):\n"
                                      "    sleep(pause)\n"
                                      "    print(\"{who}\\nand again\")\n"
                                      "lane A = say(\"first\", 0s)\n"
                                      "lane B = say(\"second\", 0.05)\n"
                                      "after:\n"
                                      "    print(\"done\")\n");
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    static const char *const expected[] = {"first", "and again", "second", "and again", "done"};
    assert_int_equal(view.n_output, ARRAY_LEN(expected));
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_string_equal(view.output[i].text, expected[i]);
    assert_int_equal(view.output[2].lane, 2);
    session_free(s);
}

static void test_claims(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = open_text(&w, "shared x = 0\n"
                                      "def fall():\n"
                                      "    x += 1\n"
                                      "    x -= 2\n"
                                      "    x += 5\n"
                                      "lane A = fall()\n"
                                      "always x >= 0\n"
                                      "expect x == 4\n"
                                      "expect x == 5\n");
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    assert_int_equal(view.n_claims, 3);
    assert_true(view.claims[0].is_always);
    assert_false(view.claims[0].holds);
    assert_int_equal(view.claims[0].broken_lane, 1);
    assert_int_equal(view.claims[0].broken_value, -1);
    assert_true(view.claims[1].holds);
    assert_false(view.claims[2].holds);
    session_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library),          cmocka_unit_test(test_titles),
        cmocka_unit_test(test_lock_settles),     cmocka_unit_test(test_pause_stops_the_clock),
        cmocka_unit_test(test_restart),          cmocka_unit_test(test_failure_has_lane_and_line),
        cmocka_unit_test(test_deadlock_is_told), cmocka_unit_test(test_killed_with_the_lock),
        cmocka_unit_test(test_host_killed),      cmocka_unit_test(test_a_refused_run),
        cmocka_unit_test(test_loss_on_demand),   cmocka_unit_test(test_bare),
        cmocka_unit_test(test_output),           cmocka_unit_test(test_claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
