// Moments of whole runs: around every loss, the rows must stand in an order that the writes prove.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "support_session.h"
#include "trace/moment.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONTEXT = 12, WITHOUT_LOSS = 50 };

static uint64_t seed(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

// What a reader of the rows knows of a cell: its last write, where a row has shown it.
struct reader {
    uint32_t *marks;
    int64_t *values;
    bool *is_known;
    uint64_t *next; // event of each lane
    size_t n_cells, n_lanes;
    uint64_t last_ns;
    bool is_private;
};

static struct reader new_reader(const struct session_view *view)
{
    size_t lanes = view->n_lanes, n = view->prog->n_cells * lanes;
    return (struct reader){.marks = mem_array(n, sizeof(uint32_t)),
                           .values = mem_array(n, sizeof(int64_t)),
                           .is_known = mem_array(n, sizeof(bool)),
                           .next = mem_array(lanes, sizeof(uint64_t)),
                           .n_cells = n,
                           .n_lanes = lanes,
                           .is_private = view->is_private};
}

static void free_reader(struct reader *reader)
{
    mem_free(reader->marks);
    mem_free(reader->values);
    mem_free(reader->is_known);
    mem_free(reader->next);
}

static void read_row(struct reader *reader, const struct moment_row *row)
{
    const struct event *event = row->event;
    size_t cell = event->object;
    if (reader->is_private)
        cell = cell * reader->n_lanes + event->lane;
    if (row->hidden)
        memset(reader->is_known, 0, reader->n_cells * sizeof(bool));
    assert_false(row->is_gap);
    // A load that was told of with its store alone may come before what the lane did in between.
    bool is_told_late = event->kind == EVENT_LOAD && row->is_late;
    assert_true(is_told_late || row->index >= reader->next[event->lane]);
    assert_true(row->t_ns >= reader->last_ns);
    if (!is_told_late)
        reader->next[event->lane] = row->index + 1;
    reader->last_ns = row->t_ns;
    assert_true(row->t_ns <= event->t_ns);
    if (event->kind == EVENT_LOAD && reader->is_known[cell]) {
        assert_int_equal(event->turn, reader->marks[cell]);
        assert_int_equal(event->value, reader->values[cell]);
    }
    if (event->kind == EVENT_STORE) {
        if (reader->is_known[cell])
            assert_int_equal(event->replaced, reader->marks[cell]);
        reader->is_known[cell] = true;
        reader->marks[cell] = event->turn;
        reader->values[cell] = event->value;
    }
}

static const struct event *part(const struct moment_view *moment, enum moment_part part)
{
    int row = moment->parts[part];
    return row == MOMENT_NO_ROW ? NULL : moment->rows[row].event;
}

// The store that overwrote had loaded an older write than the one that it replaced.
static void check_loss(const struct moment_view *moment)
{
    const struct event *load = part(moment, MOMENT_LOAD), *store = part(moment, MOMENT_STORE);
    const struct event *victim = part(moment, MOMENT_VICTIM_STORE);
    assert_true(moment->is_loss && load && store && victim);
    assert_ptr_equal(moment->rows[moment->middle].event, store);
    assert_int_equal(load->lane, store->lane);
    assert_int_equal(load->object, store->object);
    assert_int_equal(store->replaced, victim->turn);
    assert_int_not_equal(load->turn, victim->turn);
    assert_true(moment->parts[MOMENT_LOAD] < moment->parts[MOMENT_VICTIM_STORE]);
    assert_true(moment->parts[MOMENT_VICTIM_STORE] < moment->parts[MOMENT_STORE]);
    const struct event *victim_load = part(moment, MOMENT_VICTIM_LOAD);
    if (victim_load && victim_load->turn == load->turn)
        assert_int_equal(moment->n_gone, 1);
}

static void check_moment(const struct session_view *view, uint16_t lane, uint64_t index,
                         bool is_loss)
{
    const struct moment_question question = {.timeline = view->timeline,
                                             .n_lanes = view->n_lanes,
                                             .lane = lane,
                                             .index = index,
                                             .before = CONTEXT,
                                             .after = CONTEXT,
                                             .is_private = view->is_private,
                                             .has_ids = true};
    struct moment *made = moment_new(&question);
    struct moment_view moment = moment_view(made);
    assert_false(moment.is_broken);
    assert_int_equal(moment.rows[moment.middle].event->lane, lane);
    assert_int_equal(moment.rows[moment.middle].index, index);
    struct reader reader = new_reader(view);
    bool bad = false;
    for (size_t i = 0; i < moment.n_rows; i++)
        bad |= moment.rows[i].is_gap;
    if (bad) {
        printf("ASK lane %u index %llu loss %d private %d\n", lane, (unsigned long long)index,
               is_loss, view->is_private);
        for (size_t i = 0; i < moment.n_rows; i++) {
            const struct moment_row *r = &moment.rows[i];
            printf("%3zu%s%s lane %u #%llu kind %u t %llu (own %llu) pc %u obj %u turn %u.%u repl "
                   "%u.%u flags %x val %lld hid %llu free/late %d\n",
                   i, i == moment.middle ? "*" : " ", r->is_gap ? "GAP" : "   ", r->event->lane,
                   (unsigned long long)r->index, r->event->kind, (unsigned long long)r->t_ns,
                   (unsigned long long)r->event->t_ns, r->event->pc, r->event->object,
                   r->event->turn >> WRITE_MARK_SEQ_BITS,
                   r->event->turn & ((1u << WRITE_MARK_SEQ_BITS) - 1),
                   r->event->replaced >> WRITE_MARK_SEQ_BITS,
                   r->event->replaced & ((1u << WRITE_MARK_SEQ_BITS) - 1), r->event->flags,
                   (long long)r->event->value, (unsigned long long)r->hidden, r->is_late);
        }
        for (size_t l = 0; l < view->n_lanes; l++)
            printf("lane %zu has %llu\n", l, (unsigned long long)timeline_count(view->timeline, l));
    }
    for (size_t i = 0; i < moment.n_rows; i++)
        read_row(&reader, &moment.rows[i]);
    free_reader(&reader);
    if (is_loss)
        check_loss(&moment);
    moment_free(made);
}

// Every loss that the timeline has, and some events that are none. Returns the losses.
static uint64_t check_run(const struct session_view *view)
{
    const struct timeline *tl = view->timeline;
    struct random dice = random_stream(seed(), 9);
    uint64_t n = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        assert_int_equal(timeline_first(tl, lane), 0);
        uint64_t count = timeline_count(tl, lane);
        for (uint64_t i = timeline_next_mark(tl, lane, MARK_LOSS, 0); i != UINT64_MAX;
             i = timeline_next_mark(tl, lane, MARK_LOSS, i + 1), n++)
            check_moment(view, (uint16_t)lane, i, true);
        for (int k = 0; k < WITHOUT_LOSS && count > 0; k++)
            check_moment(view, (uint16_t)lane, random_below(&dice, count), false);
    }
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
    printf("%llu losses at a pace\n", (unsigned long long)n);
}

static void test_private_memory(void **state)
{
    (void)state;
    assert_int_equal(check_text(RACE(300, 3), &private, 0, false, NULL), 0);
}

static void test_simulated_lanes(void **state)
{
    (void)state;
    assert_true(check_text(RACE(1000, 3), &as_written, 0, true, NULL) > 0);
    assert_true(check_text(many_things, &as_written, 0, true, NULL) > 0);
    assert_true(check_text(semaphores, &as_written, 0, true, NULL) > 0);
    check_text(semaphores, &as_written, 0, true, "atomic");
}

// --- made by hand

static void add(struct timeline *tl, uint64_t t_ns, uint16_t lane, enum event_kind kind,
                uint16_t object, uint32_t turn, uint32_t replaced)
{
    timeline_append(tl, &(struct event){.t_ns = t_ns,
                                        .lane = lane,
                                        .kind = (uint8_t)kind,
                                        .object = object,
                                        .turn = turn,
                                        .replaced = replaced,
                                        .flags = ACCESS_UPDATE});
}

static struct moment *moment_of_all(const struct timeline *tl)
{
    return moment_new(&(struct moment_question){
        .timeline = tl, .n_lanes = 3, .lane = 1, .before = 99, .after = 99, .has_ids = true});
}

// The rows as "A B B", and the times that they are said to have happened by.
static void check_rows(const struct timeline *tl, const char *lanes, const uint64_t *times)
{
    struct moment *made = moment_of_all(tl);
    struct moment_view moment = moment_view(made);
    assert_false(moment.is_broken);
    assert_int_equal(moment.n_rows, strlen(lanes));
    for (size_t i = 0; i < moment.n_rows; i++) {
        assert_int_equal('@' + moment.rows[i].event->lane, lanes[i]);
        assert_int_equal(moment.rows[i].t_ns, times[i]);
        assert_int_equal(moment.rows[i].is_late, moment.rows[i].event->t_ns != times[i]);
    }
    moment_free(made);
}

// A's clock is read long after its store, of which B knows much earlier.
static void test_a_late_clock_is_seen_through(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t a = write_mark(write_id(1, 1)), b = write_mark(write_id(2, 1));
    add(tl, 10, 1, EVENT_LOAD, 0, 0, 0);
    add(tl, 100, 1, EVENT_STORE, 0, a, 0);
    add(tl, 40, 2, EVENT_LOAD, 0, a, 0);
    add(tl, 110, 2, EVENT_STORE, 0, b, a);
    check_rows(tl, "AABB", (const uint64_t[]){10, 40, 40, 110});
    timeline_free(tl);
}

static void test_a_load_comes_before_what_replaced_its_write(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t b = write_mark(write_id(2, 1));
    add(tl, 90, 1, EVENT_LOAD, 0, 0, 0);
    add(tl, 50, 2, EVENT_STORE, 0, b, 0);
    check_rows(tl, "AB", (const uint64_t[]){50, 50});
    timeline_free(tl);
}

static void test_turns_of_a_lock_have_an_order(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    add(tl, 30, 1, EVENT_ACQUIRE, 0, 1, 0);
    add(tl, 40, 1, EVENT_RELEASE, 0, 1, 0);
    add(tl, 35, 2, EVENT_ACQUIRE, 0, 2, 0);
    add(tl, 50, 2, EVENT_RELEASE, 0, 2, 0);
    check_rows(tl, "AABB", (const uint64_t[]){30, 35, 35, 50});
    timeline_free(tl);
}

// A loss with so much in between that its middle is left out: A loads first and stores last, B
// counts in between. C's clock is late, once. The rows must read well all the same.

enum { LONG_N = 2000, LONG_STEP_NS = 20, LONG_GAP_NS = LONG_N * LONG_STEP_NS / 2 };

struct long_loss {
    struct timeline *tl;
    uint32_t last; // the newest write
    uint64_t n_writes;
};

static void long_load(struct long_loss *l, uint64_t t_ns, uint16_t lane)
{
    add(l->tl, t_ns, lane, EVENT_LOAD, 0, l->last, 0);
}

static void long_store(struct long_loss *l, uint64_t t_ns, uint16_t lane)
{
    uint32_t mark = write_mark(write_id(lane, ++l->n_writes));
    add(l->tl, t_ns, lane, EVENT_STORE, 0, mark, l->last);
    l->last = mark;
}

// What C does between two updates of B, the one before which was stored at that time.
typedef void long_turn(struct long_loss *l, int i, uint64_t t_ns);

static void check_long_loss(long_turn *turn)
{
    struct long_loss l = {.tl = timeline_new(4, 1 << 24)};
    long_load(&l, 1, 1);
    for (int i = 1; i <= LONG_N; i++) {
        uint64_t t_ns = (uint64_t)i * LONG_STEP_NS;
        long_load(&l, t_ns, 2);
        long_store(&l, t_ns + 10, 2);
        turn(&l, i, t_ns + 10);
    }
    long_store(&l, (LONG_N + 2) * LONG_STEP_NS, 1);
    timeline_mark_store(l.tl, 1, 0, 0, l.last, ACCESS_LOSS);
    struct moment *made = moment_new(&(struct moment_question){.timeline = l.tl,
                                                               .n_lanes = 4,
                                                               .lane = 1,
                                                               .index = 1,
                                                               .before = CONTEXT,
                                                               .after = CONTEXT,
                                                               .has_ids = true});
    struct moment_view moment = moment_view(made);
    struct reader reader = {.marks = (uint32_t[1]){0},
                            .values = (int64_t[1]){0},
                            .is_known = (bool[1]){false},
                            .next = (uint64_t[4]){0},
                            .n_cells = 1,
                            .n_lanes = 4};
    uint64_t n = moment.n_rows;
    assert_false(moment.is_broken);
    for (size_t i = 0; i < moment.n_rows; i++) {
        read_row(&reader, &moment.rows[i]);
        n += moment.rows[i].hidden;
    }
    uint64_t all = 0;
    for (size_t lane = 0; lane < 4; lane++)
        all += timeline_count(l.tl, lane);
    assert_int_equal(n, all);
    check_loss(&moment);
    moment_free(made);
    timeline_free(l.tl);
}

static void late_store(struct long_loss *l, int i, uint64_t t_ns)
{
    if (i != 100)
        return;
    long_load(l, t_ns + 1, 3);
    long_store(l, LONG_GAP_NS, 3);
}

static void late_load(struct long_loss *l, int i, uint64_t t_ns)
{
    if (i == LONG_N / 2) {
        long_store(l, t_ns + 1, 3);
        long_load(l, (LONG_N + 1) * LONG_STEP_NS, 3);
    }
    if (i == LONG_N)
        long_store(l, (LONG_N + 1) * LONG_STEP_NS + 1, 3);
}

// What it did, and what was done upon it, is left out.
static void late_in_the_gap(struct long_loss *l, int i, uint64_t t_ns)
{
    if (i != LONG_N / 2)
        return;
    long_load(l, t_ns + 1, 3);
    long_store(l, LONG_N * LONG_STEP_NS - LONG_STEP_NS / 4, 3);
}

static void test_a_late_clock_is_seen_through_beside_a_gap(void **state)
{
    (void)state;
    check_long_loss(late_store);
    check_long_loss(late_load);
    check_long_loss(late_in_the_gap);
}

static void test_a_contradiction_is_said(void **state)
{
    (void)state;
    struct timeline *tl = timeline_new(3, 1 << 20);
    uint32_t a = write_mark(write_id(1, 1)), b = write_mark(write_id(2, 1));
    add(tl, 10, 1, EVENT_STORE, 0, a, b);
    add(tl, 20, 2, EVENT_STORE, 0, b, a);
    struct moment *made = moment_of_all(tl);
    assert_true(moment_view(made).is_broken);
    assert_int_equal(moment_view(made).n_rows, 2);
    moment_free(made);
    timeline_free(tl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_late_clock_is_seen_through),
        cmocka_unit_test(test_a_load_comes_before_what_replaced_its_write),
        cmocka_unit_test(test_turns_of_a_lock_have_an_order),
        cmocka_unit_test(test_a_late_clock_is_seen_through_beside_a_gap),
        cmocka_unit_test(test_a_contradiction_is_said),
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
