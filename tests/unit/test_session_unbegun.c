// Lanes that never begin: others wait for what only they would give, and that is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/report.h"
#include "fake_screen.h"
#include "session/private.h"
#include "support_session.h"

static bool is_over(const struct session_view *view)
{
    return view->is_ended || view->is_deadlocked;
}

static void check_told(struct session *s, const char *sentence)
{
    struct error err;
    struct session_view view = session_view(s);
    assert_true(view.is_deadlocked && view.has_failed);
    assert_string_equal(view.trouble, sentence);
    assert_false(report_holds(&view));
    char *report = report_json(s);
    assert_non_null(strstr(report, sentence));
    mem_free(report);
    struct app *app = app_new(&(struct app_options){.menu = NULL}, &err);
    app_attach(app, s);
    app_resize(app, 80, 24);
    assert_true(screen_has(app, 80, 24, sentence));
    app_free(app);
}

static struct session *open_sequential(struct watch *w, const char *text, bool is_simulated)
{
    struct lang_options lang = {.mode = "sequential"};
    return open_session(w, &(struct session_options){.name = "test",
                                                     .text = text,
                                                     .len_bytes = strlen(text),
                                                     .lang = &lang,
                                                     .lock = -1,
                                                     .is_simulated = is_simulated});
}

// Who runs one after another waits in vain for what a later one gives, in the model too.
static void check_sequential(const char *text, const char *sentence)
{
    struct watch w;
    struct error err;
    struct session *s = open_sequential(&w, text, false);
    pump_until(s, is_over, "a deadlock");
    check_told(s, sentence);
    session_free(s);
    s = open_sequential(&w, text, true);
    while (session_step(s, SESSION_ANY_LANE, &err))
        ;
    check_told(s, sentence);
    session_free(s);
}

static void test_one_after_another(void **state)
{
    (void)state;
    check_sequential("semaphore turn = 0\n"
                     "def first():\n    wait turn\n"
                     "def second():\n    post turn\n"
                     "lane A = first()\nlane B = second()\n",
                     "deadlock: A waits for turn, and B begins only after A");
    check_sequential("shared x = 0\nlock l\ncondition c with l\n"
                     "def before():\n    x += 1\n"
                     "def late():\n    with l:\n        wait c\n"
                     "def early():\n    with l:\n        notify c\n"
                     "lane A = before()\nlane B = late()\nlane C = early()\nlane D = early()\n",
                     "deadlock: B waits for c, and C and D begin only after B");
    check_sequential("semaphore turn = 0\n"
                     "def first():\n    wait turn\n"
                     "def second():\n    post turn\n"
                     "lane A = first()\nlane B = second()\nlane C = second()\nlane D = second()\n",
                     "deadlock: A waits for turn, and B and 2 more begin only after A");
}

// --- a host by a script: lane A is over before its first op, lane B waits for what A would post

static const char posted[] = "semaphore turn = 0\n"
                             "def first():\n    post turn\n"
                             "def second():\n    wait turn\n"
                             "lane A = first()\n"
                             "lane B = second()\n";

static void begin(const struct run *run, size_t lane, enum lane_kind kind, enum lane_state state)
{
    struct run_lane *shared = &run->lanes[lane];
    atomic_store(&shared->kind, kind);
    atomic_store(&shared->state, state);
    atomic_store(&shared->start_ticks, clock_ticks(run->header->host.scale.is_tsc));
}

static void play_host(int memory_fd, uint32_t signal)
{
    struct error err;
    struct run run;
    if (!run_map(&run, memory_fd, &err))
        _exit(3);
    struct run_host *said = &run.header->host;
    said->scale = clock_scale_make();
    said->began_ticks = clock_ticks(said->scale.is_tsc);
    atomic_store(&said->is_ready, 1);
    begin(&run, 0, LANE_MAIN, LANE_RUNNING);
    atomic_store(&run.lanes[1].exit_signal, signal);
    atomic_store(&run.lanes[1].reaped_ticks, clock_ticks(said->scale.is_tsc));
    atomic_store(&run.lanes[1].is_joined, 1);
    atomic_store(&said->n_refused, signal ? 0 : 1);
    atomic_store(&run.lanes[2].waits_for, 0);
    begin(&run, 2, LANE_PROCESS, LANE_BLOCKED);
    atomic_store(&run.lanes[0].waits_for, 2);
    atomic_store(&run.lanes[0].state, LANE_JOINING);
    for (;;)
        pause();
}

struct script {
    struct launch launch;
    uint32_t signal;
};

static bool start_script(void *context, int memory_fd, struct error *err)
{
    struct script *script = context;
    script->launch = (struct launch){.pid = fork()};
    if (script->launch.pid < 0)
        return error_errno(err, "no process for the host");
    if (script->launch.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        play_host(memory_fd, script->signal);
    }
    return true;
}

static void stop_script(void *context)
{
    stop_host(&((struct script *)context)->launch);
}

static bool script_ended(void *context, int *status)
{
    return host_ended(&((struct script *)context)->launch, status);
}

static void check_script(uint32_t signal, enum lane_state state, const char *death)
{
    struct lang_problems problems;
    struct error err;
    struct script script = {.signal = signal};
    struct lang_options lang = {.mode = "processes"};
    const struct session_launcher launcher = {start_script, stop_script, script_ended, &script};
    struct session *s = session_open(
        &(struct session_options){
            .name = "test", .text = posted, .len_bytes = strlen(posted), .lang = &lang, .lock = -1},
        &launcher, &problems, &err);
    pump_until(s, is_over, "a deadlock");
    check_told(s, "deadlock: B waits for turn, and nobody is left to post");
    struct session_view view = session_view(s);
    assert_int_equal(view.lanes[1].state, state);
    assert_string_equal(view.lanes[1].death, death);
    assert_int_equal(view.n_deaths, signal != 0);
    assert_false(session_kill_lane(s, 1));
    session_free(s);
}

static void test_killed_before_its_first_op(void **state)
{
    (void)state;
    check_script(SIGKILL, LANE_KILLED, "killed by SIGKILL");
}

static void test_refused(void **state)
{
    (void)state;
    check_script(0, LANE_NEW, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_another),
        cmocka_unit_test(test_killed_before_its_first_op),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
