// Moments of whole runs: around every loss, the rows must stand in an order that the writes prove.
#include "support_moment.h"

#include "base/text.h"
#include "support_session.h"

#include <stdio.h>

static uint64_t check_run(const struct session_view *view)
{
    uint64_t n = check_losses(&(struct recorded){.timeline = view->timeline,
                                                 .n_lanes = view->n_lanes,
                                                 .n_cells = view->prog->n_cells,
                                                 .is_private = view->is_private});
    assert_int_equal(n, ledger_log_last(view->ledger));
    return n;
}

static void check_restored(const struct session_view *view)
{
    uint64_t lost = 0, marked = 0;
    struct column all;
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        timeline_column(view->timeline, lane, 0, UINT64_MAX, &all);
        marked += all.marks[MARK_LOSS];
    }
    for (size_t cell = 0; cell < view->prog->n_cells; cell++)
        lost += ledger_cell(view->ledger, cell)->lost;
    assert_int_equal(marked, ledger_log_last(view->ledger));
    assert_true(lost == 0 || marked > 0);
}

// The same run out of a file.
static void check_saved(struct session *s, uint64_t n)
{
    char path[] = "/tmp/test_moment.XXXXXX";
    int fd = mkstemp(path);
    struct error err = {.text = ""};
    assert_true(fd >= 0);
    close(fd);
    if (!session_save(s, path, &err))
        fail_msg("%s", err.text);
    struct session *saved = session_replay(path, NULL, NULL, &err);
    if (!saved)
        fail_msg("%s", err.text);
    struct session_view view = session_view(saved);
    check_restored(&view);
    assert_int_equal(check_run(&view), n);
    session_free(saved);
    unlink(path);
}

static uint64_t check_text(const char *text, const struct lang_options *lang, uint64_t pace_ns,
                           bool is_simulated, const char *lock_kind)
{
    struct watch w;
    uint64_t had_gap = n_with_gap;
    struct session *s = open_session(&w, &(struct session_options){.name = "test",
                                                                   .text = text,
                                                                   .len_bytes = strlen(text),
                                                                   .lang = lang,
                                                                   .lock = -1,
                                                                   .lock_kind = lock_kind,
                                                                   .pace_ns = pace_ns,
                                                                   .is_simulated = is_simulated,
                                                                   .seed = seed()});
    session_pause(s, false);
    pump_until(s, is_ended, "the end of the run");
    struct session_view view = session_view(s);
    check_restored(&view);
    uint64_t n = check_run(&view);
    check_saved(s, n);
    // The steps of simulated lanes are told at once.
    assert_true(!is_simulated || n_with_gap == had_gap);
    session_free(s);
    return n;
}

#define RACE(n, lanes)                                                                             \
    "shared counter = 0\n"                                                                         \
    "lock guard off\n"                                                                             \
    "def add():\n"                                                                                 \
    "    for _ in range(" #n "):\n"                                                                \
    "        with guard:\n"                                                                        \
    "            counter += 1\n"                                                                   \
    "lane W[" #lanes "] = add()\n"

// Two cells, blind writes, a call inside an update, plain reads, and a lock that is taken.
static const char many_things[] = "shared x = 0\n"
                                  "shared y = 0\n"
                                  "lock guard\n"
                                  "lock other off\n"
                                  "def twice(a):\n"
                                  "    y += 1\n"
                                  "    return a + 1\n"
                                  "def work(k):\n"
                                  "    for i in range(400):\n"
                                  "        x = twice(x)\n"
                                  "        with guard:\n"
                                  "            y += x\n"
                                  "        with other:\n"
                                  "            y += 1\n"
                                  "        if i % 16 == k:\n"
                                  "            y = 0\n"
                                  "lane W[3] = work(0)\n";

static const char semaphores[] = "shared x = 0\n"
                                 "semaphore room = 2\n"
                                 "lock guard\n"
                                 "def work():\n"
                                 "    for _ in range(200):\n"
                                 "        wait room\n"
                                 "        x += 1\n"
                                 "        post room\n"
                                 "        acquire guard\n"
                                 "        x += 1\n"
                                 "        release guard\n"
                                 "lane W[3] = work()\n";

static const struct lang_options as_written;
static const struct lang_options processes = {.mode = "processes", .memory = "shared"};
static const struct lang_options private = {.mode = "processes", .memory = "private"};

static void test_real_lanes_at_native_speed(void **state)
{
    (void)state;
    uint64_t n = check_text(RACE(20000, 2), &as_written, 0, false, NULL);
    n += check_text(RACE(5000, 6), &as_written, 0, false, NULL);
    n += check_text(many_things, &as_written, 0, false, NULL);
    n += check_text(semaphores, &as_written, 0, false, NULL);
    n += check_text(RACE(3000, 3), &processes, 0, false, NULL);
    check_gaps();
    printf("%llu losses of real lanes\n", (unsigned long long)n);
}

static void test_real_lanes_at_a_pace(void **state)
{
    (void)state;
    uint64_t n = check_text(RACE(200, 3), &as_written, NS_PER_MS / 10, false, NULL);
    n += check_text(many_things, &as_written, NS_PER_US, false, NULL);
    n += check_text(semaphores, &as_written, NS_PER_US, false, NULL);
    n += check_text(semaphores, &as_written, NS_PER_US, false, "atomic");
    assert_true(n > 0);
    check_gaps();
    printf("%llu losses at a pace\n", (unsigned long long)n);
}

static void test_private_memory(void **state)
{
    (void)state;
    assert_int_equal(check_text(RACE(300, 3), &private, 0, false, NULL), 0);
    check_gaps();
}

static void test_simulated_lanes(void **state)
{
    (void)state;
    assert_true(check_text(RACE(1000, 3), &as_written, 0, true, NULL) > 0);
    assert_true(check_text(many_things, &as_written, 0, true, NULL) > 0);
    assert_true(check_text(semaphores, &as_written, 0, true, NULL) > 0);
    check_text(semaphores, &as_written, 0, true, "atomic");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_lanes_at_native_speed),
        cmocka_unit_test(test_real_lanes_at_a_pace),
        cmocka_unit_test(test_private_memory),
        cmocka_unit_test(test_simulated_lanes),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "RACELANE_SEED=%llu\n", (unsigned long long)seed());
    return failed;
}
