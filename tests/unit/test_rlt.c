// Saved runs: what is read back is what was, however the file came to be written, and of a file
// that was cut or damaged nothing wrong is shown as right. A failure prints the seed;
// RACELANE_SEED=... replays it, RACELANE_RUNS=... tries more of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_rlt.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { MIB = 1 << 20, EVENTS = 20000, ALL_IN_MEMORY = 32 * MIB };

// A timeline that the seed of the run is told with when it is wrong.
struct check {
    struct world *w;
    uint64_t seed;
    const char *what;
};

static size_t runs_wanted(size_t otherwise)
{
    const char *text = getenv("RACELANE_RUNS");
    return text ? strtoull(text, NULL, 0) : otherwise;
}

static void wrong(const struct check *c, size_t lane, const char *what, uint64_t a, uint64_t b)
{
    fail_msg("RACELANE_SEED=%llu RACELANE_RUNS=1: %s: lane %zu: %s: %llu instead of %llu",
             (unsigned long long)c->seed, c->what, lane, what, (unsigned long long)a,
             (unsigned long long)b);
}

static void same(const struct check *c, size_t lane, const char *what, uint64_t a, uint64_t b)
{
    if (a != b)
        wrong(c, lane, what, a, b);
}

static void same_column(const struct check *c, size_t lane, const struct column *a,
                        const struct column *b)
{
    char what[40];
    for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
        snprintf(what, sizeof what, "ns of state %zu in a column", i);
        same(c, lane, what, a->state_ns[i], b->state_ns[i]);
    }
    for (size_t i = 0; i < MARK_COUNT; i++) {
        snprintf(what, sizeof what, "marks %zu in a column", i);
        same(c, lane, what, a->marks[i], b->marks[i]);
    }
    same(c, lane, "hidden events", a->gap_events, b->gap_events);
    same(c, lane, "main state", a->main_state, b->main_state);
    same(c, lane, "exactness", a->is_exact, b->is_exact);
}

static void same_event(const struct check *c, size_t lane, const struct event *a,
                       const struct event *b)
{
    same(c, lane, "time of an event", a->t_ns, b->t_ns);
    same(c, lane, "kind of an event", a->kind, b->kind);
    same(c, lane, "flags of an event", a->flags, b->flags);
    same(c, lane, "anything of an event", memcmp(a, b, sizeof *a) == 0, true);
}

// A stretch of any length that begins at from_ns at the earliest.
static void draw_stretch(struct world *w, uint64_t from_ns, uint64_t *t0_ns, uint64_t *t1_ns)
{
    uint64_t all_ns = w->now_ns > from_ns ? w->now_ns - from_ns : 1;
    *t0_ns = from_ns + below(w, all_ns + 2);
    *t1_ns = *t0_ns + (below(w, all_ns + 10) >> below(w, 20));
}

// From there on, two timelines say the same of everything.
static void same_from(const struct check *c, const struct timeline *a, const struct timeline *b,
                      size_t lane, uint64_t first, uint64_t from_ns)
{
    struct column x, y;
    uint64_t t0_ns, t1_ns;
    same(c, lane, "events", timeline_count(a, lane), timeline_count(b, lane));
    same(c, lane, "start", timeline_start(a, lane), timeline_start(b, lane));
    same(c, lane, "end", timeline_end(a, lane), timeline_end(b, lane));
    same(c, lane, "state", timeline_state(a, lane), timeline_state(b, lane));
    for (uint64_t i = first; i < timeline_count(b, lane); i++)
        same_event(c, lane, timeline_at(a, lane, i), timeline_at(b, lane, i));
    for (size_t i = 0; i < 600; i++) {
        draw_stretch(c->w, from_ns, &t0_ns, &t1_ns);
        timeline_column(a, lane, t0_ns, t1_ns, &x);
        timeline_column(b, lane, t0_ns, t1_ns, &y);
        same_column(c, lane, &x, &y);
        uint64_t found = timeline_find(b, lane, t0_ns);
        same(c, lane, "event found", timeline_find(a, lane, t0_ns), found < first ? first : found);
    }
}

static void same_crowds(const struct check *c, const struct timeline *a, const struct timeline *b,
                        size_t lane, uint64_t from_ns)
{
    enum { COLUMNS = 60 };
    struct crowd x[COLUMNS] = {0}, y[COLUMNS] = {0};
    uint64_t width_ns = 1 + (below(c->w, c->w->now_ns) >> below(c->w, 24));
    uint64_t t0_ns = from_ns + below(c->w, c->w->now_ns - from_ns + 1);
    timeline_crowd(a, lane, t0_ns, width_ns, COLUMNS, x);
    timeline_crowd(b, lane, t0_ns, width_ns, COLUMNS, y);
    same(c, lane, "a crowd's columns are the same", memcmp(x, y, sizeof x) == 0, true);
}

static struct rlt *open_file(const struct check *c, struct timeline **tl)
{
    struct error err = {.text = ""};
    struct rlt *file = rlt_open(c->w->path, NULL, NULL, &err);
    if (!file)
        fail_msg("RACELANE_SEED=%llu: %s: %s", (unsigned long long)c->seed, c->what, err.text);
    *tl = rlt_timeline(file, &world_bounds);
    return file;
}

static void close_file(struct rlt *file, struct timeline *tl)
{
    timeline_free(tl);
    rlt_free(file);
}

// --- whole files

static void check_recorded(uint64_t seed, size_t memory_bytes)
{
    struct world w;
    struct timeline *tl;
    world_open(&w, seed, memory_bytes);
    struct check c = {&w, seed, "recorded"};
    world_record(&w);
    world_live(&w, EVENTS);
    world_finish(&w);
    struct rlt *file = open_file(&c, &tl);
    assert_true(rlt_facts(file).is_complete);
    assert_int_equal(rlt_check(file, NULL, NULL), 0);
    for (size_t lane = 0; lane < w.n_lanes; lane++) {
        same(&c, lane, "first event", timeline_first(tl, lane), 0);
        same_from(&c, tl, w.all, lane, 0, 0);
        for (size_t i = 0; i < 20; i++)
            same_crowds(&c, tl, w.all, lane, 0);
    }
    size_t len;
    assert_memory_equal(rlt_state(file, &len), "the last state", 14);
    assert_memory_equal(rlt_run(file, &len), "what was run", 12);
    close_file(file, tl);
    world_close(&w);
}

static void test_a_recorded_run_is_all_there(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < runs_wanted(8); i++) {
        check_recorded(world_seed() + i, ALL_IN_MEMORY);
        // Memory for a few pages: the file has what was given up all the same.
        check_recorded(world_seed() + i, MIB / 2);
        check_recorded(world_seed() + i, 0);
    }
}

// Of a run that is saved when it has ended, what was kept is in the file, and all totals.
static void check_kept(uint64_t seed, size_t memory_bytes)
{
    struct world w;
    struct timeline *tl;
    struct column x, y;
    world_open(&w, seed, memory_bytes);
    struct check c = {&w, seed, "saved later"};
    world_live(&w, EVENTS);
    world_finish(&w);
    struct rlt *file = open_file(&c, &tl);
    assert_int_equal(rlt_check(file, NULL, NULL), 0);
    for (size_t lane = 0; lane < w.n_lanes; lane++) {
        uint64_t from_ns = timeline_detail_from(w.tl, lane);
        same(&c, lane, "first event", timeline_first(tl, lane), timeline_first(w.tl, lane));
        same(&c, lane, "detail", timeline_detail_from(tl, lane), from_ns);
        same_from(&c, tl, w.tl, lane, timeline_first(w.tl, lane), from_ns);
        for (size_t i = 0; i < 100; i++) {
            uint64_t t1_ns = from_ns + below(&w, w.now_ns - from_ns + 1);
            timeline_column(tl, lane, 0, t1_ns, &x);
            timeline_column(w.tl, lane, 0, t1_ns, &y);
            same_column(&c, lane, &x, &y);
        }
    }
    close_file(file, tl);
    world_close(&w);
}

static void test_what_was_kept_is_saved(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < runs_wanted(8); i++) {
        check_kept(world_seed() + i, ALL_IN_MEMORY);
        check_kept(world_seed() + i, MIB / 2);
        check_kept(world_seed() + i, 0);
    }
}

// --- cut files

// What the file says in sums is what its own events say, one by one.
static void agrees_with_itself(const struct check *c, const struct timeline *tl, size_t lane)
{
    struct column column;
    uint64_t t0_ns, t1_ns;
    for (size_t i = 0; i < 60; i++) {
        uint64_t n_loss = 0, n_lost = 0;
        draw_stretch(c->w, 0, &t0_ns, &t1_ns);
        timeline_column(tl, lane, t0_ns, t1_ns, &column);
        uint64_t end = timeline_find(tl, lane, t1_ns);
        for (uint64_t k = timeline_find(tl, lane, t0_ns); k < end; k++) {
            const struct event *e = timeline_at(tl, lane, k);
            n_loss += e->kind == EVENT_STORE && (e->flags & ACCESS_LOSS);
            n_lost += e->kind == EVENT_STORE && (e->flags & ACCESS_LOST);
        }
        same(c, lane, "losses of a cut file", column.marks[MARK_LOSS], n_loss);
        same(c, lane, "lost updates of a cut file", column.marks[MARK_LOST], n_lost);
    }
}

static void fold_waits(struct column *column)
{
    column->state_ns[LANE_RUNNING] += column->state_ns[LANE_HOLDING];
    column->state_ns[LANE_RUNNING] += column->state_ns[LANE_PREEMPTED];
    column->state_ns[LANE_HOLDING] = column->state_ns[LANE_PREEMPTED] = 0;
    column->marks[MARK_LOSS] = column->marks[MARK_LOST] = 0;
    column->main_state = LANE_NEW;
}

// Up to where it knows of a lane, a cut file says what was; of losses and waits it may know fewer,
// unless only the index is missing.
static void check_prefix(const struct check *c, const struct timeline *tl, size_t lane,
                         bool has_all)
{
    struct column x, y;
    uint64_t n = timeline_count(tl, lane), t0_ns, t1_ns;
    for (uint64_t i = 0; i < n; i++) {
        struct event e = *timeline_at(tl, lane, i), all = *timeline_at(c->w->all, lane, i);
        if (e.kind == EVENT_STORE) {
            same(c, lane, "a mark that there is not", e.flags & ~all.flags, 0);
            e.flags |= all.flags & (ACCESS_LOSS | ACCESS_LOST);
        }
        same_event(c, lane, &e, &all);
    }
    uint64_t known_ns = n ? timeline_at(tl, lane, n - 1)->t_ns : 0;
    for (size_t i = 0; i < 60 && n > 0; i++) {
        draw_stretch(c->w, 0, &t0_ns, &t1_ns);
        t1_ns = t1_ns < known_ns ? t1_ns : known_ns;
        t0_ns = t0_ns < t1_ns ? t0_ns : t1_ns;
        timeline_column(tl, lane, t0_ns, t1_ns, &x);
        timeline_column(c->w->all, lane, t0_ns, t1_ns, &y);
        if (!has_all) {
            fold_waits(&x);
            fold_waits(&y);
        }
        same_column(c, lane, &x, &y);
    }
    agrees_with_itself(c, tl, lane);
}

static void check_cut(const struct check *c, uint64_t at, bool has_all)
{
    struct error err = {.text = ""};
    assert_int_equal(truncate(c->w->path, (off_t)at), 0);
    struct rlt *file = rlt_open(c->w->path, NULL, NULL, &err);
    if (!file)
        return;
    struct timeline *tl = rlt_timeline(file, &world_bounds);
    struct rlt_facts facts = rlt_facts(file);
    assert_false(facts.is_complete);
    assert_int_equal(facts.file_bytes, at);
    assert_true(facts.good_bytes <= at);
    assert_int_equal(rlt_check(file, NULL, NULL), 0);
    for (size_t lane = 0; lane < c->w->n_lanes; lane++)
        check_prefix(c, tl, lane, has_all);
    close_file(file, tl);
}

static void test_a_cut_file_is_read_up_to_the_cut(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < runs_wanted(6); i++) {
        struct world w;
        struct stat st;
        world_open(&w, world_seed() + i, i % 2 ? MIB / 2 : ALL_IN_MEMORY);
        struct check c = {&w, world_seed() + i, "cut"};
        world_record(&w);
        world_live(&w, EVENTS / 2);
        world_finish(&w);
        assert_int_equal(stat(w.path, &st), 0);
        // From its end, where the index is, to its beginning.
        uint64_t all = (uint64_t)st.st_size - 1;
        for (uint64_t at = all; at > 200; at -= 1 + below(&w, at / 10))
            check_cut(&c, at, at == all);
        world_close(&w);
    }
}

// --- damage

static void damage(const char *path, uint64_t at, size_t len)
{
    char noise[64];
    memset(noise, 0x5a, sizeof noise);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t done = 0; done < len; done += sizeof noise)
        assert_int_equal(pwrite(fd, noise, sizeof noise, (off_t)(at + done)), sizeof noise);
    close(fd);
}

// Columns side by side add up to all of it, whatever of it cannot be read; a column that says that
// it is exact is.
static void check_tiles(const struct check *c, const struct timeline *tl, size_t lane)
{
    struct column x, y, sum = {0};
    uint64_t width_ns = 1 + c->w->now_ns / (1 + below(c->w, 300));
    for (uint64_t t_ns = 0; t_ns < c->w->now_ns; t_ns += width_ns) {
        uint64_t t1_ns = t_ns + width_ns < c->w->now_ns ? t_ns + width_ns : c->w->now_ns;
        timeline_column(tl, lane, t_ns, t1_ns, &x);
        timeline_column(c->w->all, lane, t_ns, t1_ns, &y);
        if (x.is_exact)
            same_column(c, lane, &x, &y);
        uint64_t len_ns = 0;
        for (size_t i = 0; i < LANE_STATE_COUNT; i++) {
            len_ns += x.state_ns[i];
            sum.state_ns[i] += x.state_ns[i];
        }
        same(c, lane, "time in a column", len_ns, t1_ns - t_ns);
        for (size_t i = 0; i < MARK_COUNT; i++)
            sum.marks[i] += x.marks[i];
    }
    timeline_column(c->w->all, lane, 0, c->w->now_ns, &y);
    for (size_t i = 0; i < MARK_COUNT; i++)
        same(c, lane, "marks in all columns together", sum.marks[i], y.marks[i]);
}

static void test_what_cannot_be_read_is_not_guessed(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < runs_wanted(20); i++) {
        struct world w;
        struct timeline *tl;
        world_open(&w, world_seed() + i, ALL_IN_MEMORY);
        struct check c = {&w, world_seed() + i, "damaged"};
        world_record(&w);
        world_live(&w, EVENTS);
        world_finish(&w);
        struct rlt *file = open_file(&c, &tl);
        uint64_t hit = 0, n_hits = 1 + below(&w, 4);
        for (uint64_t k = 0; k < n_hits; k++) {
            const struct timeline_lane *lane = &tl->lanes[below(&w, w.n_lanes)];
            if (lane->n_saved == 0)
                continue;
            uint64_t page = below(&w, lane->n_saved);
            damage(w.path, lane->saved[page].offset + 64, (size_t)64 << below(&w, 7));
            hit++;
        }
        close_file(file, tl);
        file = open_file(&c, &tl);
        if (rlt_facts(file).is_complete) {
            assert_true(rlt_check(file, NULL, NULL) > 0 || hit == 0);
            for (size_t lane = 0; lane < w.n_lanes; lane++)
                for (size_t k = 0; k < 4; k++)
                    check_tiles(&c, tl, lane);
            // Singly too: no crash, and those that can be read are right.
            for (size_t lane = 0; lane < w.n_lanes; lane++)
                for (uint64_t k = 0; k < timeline_count(tl, lane); k++) {
                    const struct event *e = timeline_at(tl, lane, k);
                    if (e->kind != EVENT_GAP)
                        same_event(&c, lane, e, timeline_at(w.all, lane, k));
                }
        }
        close_file(file, tl);
        world_close(&w);
    }
}

// The file gets shorter while it is looked at.
static void test_a_file_that_is_cut_while_open(void **state)
{
    (void)state;
    struct world w;
    struct timeline *tl;
    world_open(&w, world_seed(), ALL_IN_MEMORY);
    struct check c = {&w, world_seed(), "cut while open"};
    world_record(&w);
    world_live(&w, EVENTS);
    world_finish(&w);
    struct rlt *file = open_file(&c, &tl);
    assert_int_equal(truncate(w.path, 20000), 0);
    for (size_t lane = 0; lane < w.n_lanes; lane++)
        check_tiles(&c, tl, lane);
    assert_true(rlt_check(file, NULL, NULL) > 0);
    close_file(file, tl);
    world_close(&w);
}

// What will be wanted is looked for at times that a picture may have, at the end of all time too.
static void test_columns_beyond_all_time(void **state)
{
    (void)state;
    struct world w;
    struct timeline *tl;
    world_open(&w, world_seed(), ALL_IN_MEMORY);
    struct check c = {&w, world_seed(), "expected"};
    w.now_ns = UINT64_MAX / 2;
    world_record(&w);
    world_live(&w, EVENTS);
    world_finish(&w);
    struct rlt *file = open_file(&c, &tl);
    for (size_t lane = 0; lane < w.n_lanes; lane++)
        for (uint64_t width_ns = 1; width_ns < UINT64_MAX / 3; width_ns *= 3) {
            timeline_expect(tl, lane, w.now_ns, width_ns, 200);
            timeline_expect(tl, lane, UINT64_MAX - width_ns, width_ns, 200);
        }
    close_file(file, tl);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_recorded_run_is_all_there),
        cmocka_unit_test(test_what_was_kept_is_saved),
        cmocka_unit_test(test_a_cut_file_is_read_up_to_the_cut),
        cmocka_unit_test(test_what_cannot_be_read_is_not_guessed),
        cmocka_unit_test(test_a_file_that_is_cut_while_open),
        cmocka_unit_test(test_columns_beyond_all_time),
    };
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)world_seed());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
