// The trace for ui.perfetto.dev, read back: every field that a viewer needs, tracks in order, and
// the numbers those of the run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "export/perfetto.h"
#include "fake_view.h"
#include "support_export.h"
#include "support_perfetto.h"

enum { BYTES_PER_EVENT = 150 };

static bool has_processes(const struct session_view *view)
{
    return program_uses_processes(view->prog);
}

static const struct track *states_of(const struct session_view *view, size_t lane)
{
    uint64_t tid = 2 * lane + 1;
    for (size_t i = 0; i < r->n_tracks; i++)
        if (r->tracks[i].tid == tid && r->tracks[i].pid == (has_processes(view) ? tid : 1) &&
            !r->tracks[i].counter)
            return &r->tracks[i];
    fail_msg("no track of lane %zu", lane);
    return NULL;
}

// Slices and what was given up are together what the timeline says; the kernel's share is within
// running and holding.
static void check_states(const struct session_view *view, size_t lane)
{
    const struct timeline *tl = view->timeline;
    const struct track *track = states_of(view, lane);
    struct walker walker;
    struct column all, old = {0};
    uint64_t first = timeline_walk_from(tl, lane, timeline_first(tl, lane), &walker);
    timeline_column(tl, lane, 0, UINT64_MAX, &all);
    if (first > 0)
        timeline_column(tl, lane, 0, timeline_at(tl, lane, first)->t_ns, &old);
    uint64_t busy_ns = 0, busy_slices_ns = 0;
    for (size_t state = 0; state < LANE_STATE_COUNT; state++) {
        uint64_t known_ns = all.state_ns[state] - old.state_ns[state];
        switch ((enum lane_state)state) {
        case LANE_RUNNING:
        case LANE_HOLDING:
        case LANE_PREEMPTED:
            busy_ns += known_ns;
            busy_slices_ns += track->state_ns[state];
            break;
        case LANE_NEW:
        case LANE_FINISHED:
        case LANE_KILLED:
        case LANE_FAILED:
            break;
        case LANE_BLOCKED:
        case LANE_GIL:
        case LANE_SLEEPING:
        case LANE_JOINING:
        case LANE_PAUSED:
        case LANE_STOPPED:
        case LANE_STATE_COUNT:
            assert_int_equal(track->state_ns[state], known_ns);
        }
    }
    assert_int_equal(busy_slices_ns, busy_ns);
    uint64_t waited_ns = 0;
    for (size_t i = 0; i < timeline_stretches(tl, lane); i++)
        waited_ns += timeline_stretch(tl, lane, i).waited_ns;
    assert_int_equal(waited_ns, all.state_ns[LANE_PREEMPTED]);
    if (all.state_ns[LANE_PREEMPTED] == 0)
        assert_int_equal(track->state_ns[LANE_HOLDING],
                         all.state_ns[LANE_HOLDING] - old.state_ns[LANE_HOLDING]);
}

static json_int_t last_value(uint64_t pid, const char *name)
{
    for (size_t i = 0; i < r->n_tracks; i++)
        if (r->tracks[i].counter && strcmp(r->tracks[i].counter, name) == 0 &&
            r->tracks[i].pid == pid)
            return r->tracks[i].value;
    fail_msg("no counter %s", name);
    return 0;
}

static void check_counters(const struct session_view *view)
{
    char name[48];
    for (size_t cell = 0; cell < view->prog->n_cells; cell++)
        assert_int_equal(last_value(1, program_cell_name(view->prog, cell, name)),
                         view->cells[cell]);
}

// Newly read into r; the text's length.
static size_t check_trace(const struct session_view *view)
{
    size_t len;
    char *text = written(perfetto_write, view, &len);
    read_trace(text);
    free(text);
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        check_states(view, lane);
    check_counters(view);
    assert_int_equal(r->n_starts, fact("flows"));
    return len;
}

// The lock as it was all the time, although somebody may have switched it after the end.
static void check_lock(const struct session_view *view, bool is_on)
{
    struct session_view other = *view;
    other.lock_wanted = !is_on;
    size_t len;
    char *text = written(perfetto_write, &other, &len);
    assert_non_null(strstr(text, is_on ? "\"name\":\"on\"}" : "\"name\":\"off\"}"));
    assert_null(strstr(text, is_on ? "\"name\":\"off\"}" : "\"name\":\"on\"}"));
    free(text);
}

static void check_whole(const struct session_view *view)
{
    check_trace(view);
    assert_int_equal(fact("losses_without_flow"), 0);
    assert_int_equal(fact("stores_unordered"), 0);
    assert_int_equal(r->n_starts, marks_of(view, MARK_LOSS));
    forget_trace();
}

static uint64_t events_of(const struct session_view *view)
{
    uint64_t n = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        n += timeline_count(view->timeline, lane);
    return n;
}

static void check_size(const struct play *play, const char *what)
{
    struct watch w;
    struct session *s = play_to_end(&w, play);
    struct session_view view = session_view(s);
    size_t len = check_trace(&view);
    double bytes = (double)len / (double)events_of(&view);
    print_message("%s: %llu events, %llu losses, %.1f bytes an event\n", what,
                  (unsigned long long)events_of(&view),
                  (unsigned long long)marks_of(&view, MARK_LOSS), bytes);
    assert_true(bytes <= BYTES_PER_EVENT);
    check_lock(&view, play->lock);
    assert_int_equal(r->n_starts, marks_of(&view, MARK_LOSS));
    forget_trace();
    session_free(s);
}

static void test_size(void **state)
{
    (void)state;
    check_size(&(struct play){.text = play_race, .lock = 0}, "lock off");
    check_size(&(struct play){.text = play_race, .lock = 1}, "lock on");
    // Where the lanes take turns at every step, half of the updates are lost.
    check_size(&(struct play){.text = play_race, .lock = 0, .is_simulated = true, .seed = 5},
               "simulated");
}

static void test_simulated(void **state)
{
    (void)state;
    struct watch w;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct session *s = play_to_end(&w, &(struct play){.text = play_few,
                                                           .is_simulated = true,
                                                           .pace_ns = 100 * NS_PER_MS,
                                                           .lock = 0,
                                                           .seed = seed});
        struct session_view view = session_view(s);
        if (seed == 1)
            assert_true(marks_of(&view, MARK_LOSS) > 0);
        check_whole(&view);
        session_free(s);
    }
}

static bool has_stored(const struct session_view *view)
{
    return view->lanes[1].updates > 0 && view->lanes[2].updates > 0;
}

static bool is_on(const struct session_view *view)
{
    return view->lock == SWITCH_ON && ledger_tally(view->ledger, PHASE_ON).made > 0;
}

static void test_paced_with_switch(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = begin_play(&w, &(struct play){.text = "shared counter = 0\n"
                                                              "lock guard off\n"
                                                              "def add():\n"
                                                              "    while counter < 60:\n"
                                                              "        with guard:\n"
                                                              "            counter += 1\n"
                                                              "lane A = add()\n"
                                                              "lane B = add()\n",
                                                      .pace_ns = NS_PER_MS,
                                                      .lock = 0});
    pump_until(s, has_stored, "updates with the lock off");
    session_lock_toggle(s);
    pump_until(s, is_on, "the lock is on");
    pump_until(s, is_ended, "the end");
    struct session_view view = session_view(s);
    size_t len;
    char *text = written(perfetto_write, &view, &len);
    assert_non_null(strstr(text, "\"name\":\"off\""));
    assert_non_null(strstr(text, "\"name\":\"on\""));
    assert_non_null(strstr(text, "\"locks\":\"guard\""));
    free(text);
    check_whole(&view);
    session_free(s);
}

static void test_processes(void **state)
{
    (void)state;
    static const char *const memories[] = {"private", "shared"};
    for (size_t i = 0; i < ARRAY_LEN(memories); i++) {
        struct watch w;
        struct session *s = play_to_end(
            &w, &(struct play){
                    .text = play_few, .mode = "processes", .memory = memories[i], .lock = 0});
        struct session_view view = session_view(s);
        check_trace(&view);
        for (size_t lane = 1; i == 0 && lane < view.n_lanes; lane++)
            assert_int_equal(last_value(2 * lane + 1, "counter"), view.lanes[lane].copies[0]);
        forget_trace();
        session_free(s);
    }
}

static void test_pool_and_gil(void **state)
{
    (void)state;
    struct watch w;
    struct session *s =
        play_to_end(&w, &(struct play){.text = "def cube(x):\n"
                                               "    return x * x * x\n"
                                               "pool 3 results = cube(x) for x in [1, 2, 3, 4, 5]\n"
                                               "after:\n"
                                               "    print(\"{results}\")\n",
                                       .lock = -1});
    struct session_view view = session_view(s);
    check_whole(&view);
    session_free(s);
    s = play_to_end(&w, &(struct play){.text = play_few, .gil = "3.9", .lock = 0});
    view = session_view(s);
    check_whole(&view);
    session_free(s);
}

static void test_bare(void **state)
{
    (void)state;
    struct watch w;
    struct session *s = play_to_end(
        &w, &(struct play){.text = play_few, .is_bare = true, .pace_ns = NS_PER_MS, .lock = 0});
    struct session_view view = session_view(s);
    check_whole(&view);
    session_free(s);
}

// More than fits: it says what is missing, and what is there stays exact.
static void check_given_up(int lock)
{
    struct watch w;
    struct session *s =
        play_to_end(&w, &(struct play){.text = play_race, .memory_bytes = 1 << 20, .lock = lock});
    struct session_view view = session_view(s);
    assert_true(timeline_first(view.timeline, 1) > 0 || timeline_first(view.timeline, 2) > 0);
    view.dropped += 17;
    size_t len;
    char *text = written(perfetto_write, &view, &len);
    assert_non_null(strstr(text, "\"name\":\"given up\""));
    char dropped[48];
    snprintf(dropped, sizeof dropped, "\"dropped\": %llu", (unsigned long long)view.dropped);
    assert_non_null(strstr(text, dropped));
    assert_non_null(strstr(text, "events were dropped"));
    assert_non_null(strstr(text, "the oldest events were given up"));
    free(text);
    check_trace(&view);
    assert_true(r->n_starts <= marks_of(&view, MARK_LOSS));
    forget_trace();
    session_free(s);
}

static void test_given_up(void **state)
{
    (void)state;
    check_given_up(0);
    // So that the oldest page that is kept begins while the lock is held.
    check_given_up(1);
}

static void add(struct timeline *tl, uint64_t t_ns, uint16_t lane, enum event_kind kind,
                int64_t value, uint32_t turn, uint32_t replaced)
{
    timeline_append(tl, &(struct event){.t_ns = t_ns,
                                        .value = value,
                                        .turn = turn,
                                        .replaced = replaced,
                                        .lane = lane,
                                        .kind = (uint8_t)kind,
                                        .flags = ACCESS_UPDATE});
}

// Both have an update inside of an update of the cell, and B's clock is behind A's.
static void test_clocks_apart(void **state)
{
    (void)state;
    struct fake *fake = fake_open(3, 0);
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t a1 = write_mark(write_id(1, 1)), b1 = write_mark(write_id(2, 1));
    uint32_t b2 = write_mark(write_id(2, 2)), a2 = write_mark(write_id(1, 2));
    uint32_t a3 = write_mark(write_id(1, 3));
    add(tl, 0, 0, EVENT_START, 0, 0, 0);
    add(tl, 10, 1, EVENT_LOAD, 0, 0, 0);
    add(tl, 100, 1, EVENT_STORE, 1, a1, 0);
    add(tl, 20, 2, EVENT_LOAD, 0, 0, 0);
    add(tl, 30, 2, EVENT_LOAD, 1, a1, 0);
    add(tl, 80, 2, EVENT_STORE, 7, b1, a1);
    add(tl, 90, 2, EVENT_GAP, 5, 0, 0);
    add(tl, 95, 2, EVENT_STORE, 3, b2, b1);
    add(tl, 110, 1, EVENT_LOAD, 4, b2, 0);
    add(tl, 120, 1, EVENT_LOAD, 5, b2, 0);
    add(tl, 130, 1, EVENT_STORE, 6, a2, b2);
    add(tl, 140, 1, EVENT_STORE, 3, a3, a2);
    timeline_mark_store(tl, 2, 95, 0, b2, ACCESS_LOST);
    timeline_mark_store(tl, 1, 130, 0, a2, ACCESS_LOST);
    timeline_mark_store(tl, 1, 140, 0, a3, ACCESS_LOST);
    timeline_mark_store(tl, 1, 100, 0, a1, ACCESS_LOST);
    timeline_mark_store(tl, 2, 80, 0, b1, ACCESS_LOSS);
    timeline_advance(tl, 200);
    timeline_free((struct timeline *)fake->view.timeline);
    fake->view.timeline = tl;
    fake->view.now_ns = 200;
    fake->cells[0] = 3;
    size_t len;
    char *text = written(perfetto_write, &fake->view, &len);
    // In the order of coherence, at no earlier time than the store before.
    assert_non_null(strstr(text, "\"ts\":0.100,\"name\":\"counter\",\"args\":{\"value\":1}},\n"
                                 "{\"ph\":\"C\",\"pid\":1,\"tid\":1,\"ts\":0.100,"
                                 "\"name\":\"counter\",\"args\":{\"value\":7}}"));
    assert_non_null(strstr(text, "\"tid\":6,\"ts\":0.030,\"dur\":0.051,\"name\":\"overwrote\","
                                 "\"args\":{\"counter\":[1,7]}"));
    // The outer of two updates is drawn from where the inner one ends.
    assert_non_null(strstr(text, "\"ts\":0.120,\"dur\":0.011,\"name\":\"overwritten\","
                                 "\"args\":{\"counter\":[5,6]}"));
    assert_non_null(strstr(text, "\"ts\":0.131,\"dur\":0.010,\"name\":\"overwritten\","
                                 "\"args\":{\"counter\":[4,3]}"));
    // Across a gap nobody knows which load it was.
    assert_non_null(strstr(text, "\"ts\":0.095,\"dur\":0.001,\"name\":\"overwritten\","
                                 "\"args\":{\"counter\":[3]}"));
    assert_non_null(strstr(text, "\"ts\":0.090,\"s\":\"t\",\"name\":\"gap\","
                                 "\"args\":{\"value\":\"5\"}"));
    free(text);
    check_trace(&fake->view);
    assert_int_equal(r->n_starts, 1);
    assert_int_equal(fact("moved"), 2);
    assert_int_equal(fact("moved_max_ns"), 20);
    forget_trace();
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_simulated),
        cmocka_unit_test(test_paced_with_switch),
        cmocka_unit_test(test_processes),
        cmocka_unit_test(test_pool_and_gil),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_clocks_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
