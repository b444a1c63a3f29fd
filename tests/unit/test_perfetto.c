// The trace for ui.perfetto.dev, read back: every field that a viewer needs, tracks in order, and
// the numbers those of the run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "export/perfetto.h"
#include "support_export.h"

#include <jansson.h>
#include <math.h>

enum { TRACKS_MAX = 4096, IDS_MAX = 1 << 20, BYTES_PER_EVENT = 150 };

// A track as it has been read so far.
struct track {
    uint64_t pid, tid;
    const char *counter; // name, of a counter; else NULL
    uint64_t last_ns;
    uint64_t from_ns, until_ns; // of the newest slice
    uint64_t state_ns[LANE_STATE_COUNT];
    json_int_t value;
};

struct reading_of_trace {
    json_t *root;
    struct track tracks[TRACKS_MAX];
    size_t n_tracks;
    json_t *starts, *ends; // flows by their id: how many
    size_t n_starts, n_ends, n_slices, n_instants;
};

static struct reading_of_trace *r;

static struct track *track_of(const json_t *record, const char *counter)
{
    uint64_t pid = (uint64_t)json_integer_value(json_object_get(record, "pid"));
    uint64_t tid = counter ? 0 : (uint64_t)json_integer_value(json_object_get(record, "tid"));
    for (size_t i = 0; i < r->n_tracks; i++) {
        struct track *track = &r->tracks[i];
        bool is_same_counter =
            counter ? track->counter && strcmp(track->counter, counter) == 0 : !track->counter;
        if (track->pid == pid && track->tid == tid && is_same_counter)
            return track;
    }
    assert_true(r->n_tracks < TRACKS_MAX);
    r->tracks[r->n_tracks] = (struct track){.pid = pid, .tid = tid, .counter = counter};
    return &r->tracks[r->n_tracks++];
}

static uint64_t ns_of(const json_t *record, const char *key)
{
    const json_t *us = json_object_get(record, key);
    assert_true(json_is_real(us));
    double ns = round(json_real_value(us) * 1000);
    assert_true(fabs(json_real_value(us) * 1000 - ns) < 0.01);
    return (uint64_t)ns;
}

static void require(const json_t *record, const char *keys)
{
    char key[16];
    for (int n = 0; sscanf(keys, " %15s%n", key, &n) == 1; keys += n)
        if (!json_object_get(record, key))
            fail_msg("no %s in %s", key, json_dumps(record, 0));
}

static void read_slice(const json_t *record, struct track *track)
{
    uint64_t dur_ns = ns_of(record, "dur");
    const char *name = json_string_value(json_object_get(record, "name"));
    assert_true(dur_ns > 0);
    assert_true(track->last_ns >= track->until_ns);
    track->from_ns = track->last_ns;
    track->until_ns = track->last_ns + dur_ns;
    for (size_t state = 0; state < LANE_STATE_COUNT; state++)
        if (strcmp(name, lane_state_name((enum lane_state)state)) == 0)
            track->state_ns[state] += dur_ns;
    r->n_slices++;
}

static void read_flow(const json_t *record, const struct track *track, json_t *ends)
{
    char id[24];
    assert_true(track->last_ns >= track->from_ns && track->last_ns < track->until_ns);
    snprintf(id, sizeof id, "%lld", (long long)json_integer_value(json_object_get(record, "id")));
    assert_null(json_object_get(ends, id));
    json_object_set_new(ends, id, json_true());
}

static void read_record(const json_t *record)
{
    const char *phase = json_string_value(json_object_get(record, "ph"));
    const char *name = json_string_value(json_object_get(record, "name"));
    assert_non_null(phase);
    require(record, "pid name");
    if (*phase == 'M') {
        require(record, "args");
        return;
    }
    require(record, *phase == 'C'   ? "ts args"
                    : *phase == 'X' ? "ts tid dur"
                    : *phase == 'i' ? "ts tid s"
                                    : "ts tid id cat");
    struct track *track = track_of(record, *phase == 'C' ? name : NULL);
    uint64_t t_ns = ns_of(record, "ts");
    assert_true(t_ns >= track->last_ns);
    track->last_ns = t_ns;
    switch (*phase) {
    case 'C':
        track->value =
            json_integer_value(json_object_get(json_object_get(record, "args"), "value"));
        return;
    case 'X':
        read_slice(record, track);
        return;
    case 'i':
        r->n_instants++;
        return;
    case 's':
        read_flow(record, track, r->starts);
        r->n_starts++;
        return;
    case 'f':
        assert_string_equal(json_string_value(json_object_get(record, "bp")), "e");
        read_flow(record, track, r->ends);
        r->n_ends++;
        return;
    default:
        fail_msg("phase %s", phase);
    }
}

static void read_trace(const char *text)
{
    json_error_t error;
    r = mem_alloc(sizeof *r);
    r->starts = json_object();
    r->ends = json_object();
    r->root = json_loads(text, 0, &error);
    if (!r->root)
        fail_msg("line %d: %s", error.line, error.text);
    json_t *records = json_object_get(r->root, "traceEvents");
    assert_true(json_is_array(records));
    size_t i;
    json_t *record;
    json_array_foreach(records, i, record) read_record(record);
    const char *id;
    json_t *one;
    json_object_foreach(r->starts, id, one) assert_non_null(json_object_get(r->ends, id));
    assert_int_equal(r->n_starts, r->n_ends);
}

static void forget_trace(void)
{
    json_decref(r->root);
    json_decref(r->starts);
    json_decref(r->ends);
    mem_free(r);
}

static json_int_t fact(const char *key)
{
    return json_integer_value(json_object_get(json_object_get(r->root, "otherData"), key));
}

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
    uint64_t first = timeline_walk_from(tl, lane, &walker);
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
    assert_int_equal(r->n_starts + (uint64_t)fact("losses_without_flow"),
                     fact("given_up") ? r->n_starts : marks_of(view, MARK_LOSS));
    return len;
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
static void test_given_up(void **state)
{
    (void)state;
    struct watch w;
    struct session *s =
        play_to_end(&w, &(struct play){.text = play_race, .memory_bytes = 1 << 20, .lock = 0});
    struct session_view view = session_view(s);
    assert_true(timeline_first(view.timeline, 1) > 0 || timeline_first(view.timeline, 2) > 0);
    size_t len;
    char *text = written(perfetto_write, &view, &len);
    assert_non_null(strstr(text, "\"name\":\"given up\""));
    assert_non_null(strstr(text, "the oldest events were given up"));
    read_trace(text);
    for (size_t lane = 0; lane < view.n_lanes; lane++)
        check_states(&view, lane);
    check_counters(&view);
    assert_true(r->n_starts <= marks_of(&view, MARK_LOSS));
    free(text);
    forget_trace();
    session_free(s);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
