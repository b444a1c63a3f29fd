// The when-to-use table: measured on small works, and drawn from figures made up here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "export/comparison_report.h"
#include "export/text.h"
#include "golden.h"
#include "support_session.h"
#include "view/overlay.h"

#include <jansson.h>

static const char waits[] = "def work():\n    sleep(40ms)\nlane T[3] = work()\n";
static const char computes[] = "def work():\n    compute(15ms)\nlane T[3] = work()\n";
static const char pool[] = "def cube(x):\n    return x * x * x\n"
                           "pool 2 results = cube(x) for x in [1, 2, 3]\n";

static struct comparison *measure(struct launch *launch, const struct comparison_work *works,
                                  size_t n)
{
    struct lang_problems problems;
    size_t bad;
    const struct session_launcher launcher = {start_host, stop_host, host_ended, launch};
    *launch = (struct launch){.pid = 0};
    struct comparison *c = comparison_new(&launcher, 7, works, n, &problems, &bad);
    assert_non_null(c);
    uint64_t deadline_ns = clock_now_ns() + DEADLINE_NS;
    while (!comparison_view(c).is_done) {
        assert_true(clock_now_ns() < deadline_ns);
        comparison_pump(c);
    }
    assert_false(comparison_pump(c));
    return c;
}

static struct comparison_work work(const char *name, const char *text)
{
    return (struct comparison_work){name, text, strlen(text)};
}

static void test_measured(void **state)
{
    (void)state;
    struct launch launch;
    const struct comparison_work works[] = {work("io", waits), work("cpu", computes)};
    struct comparison *c = measure(&launch, works, 2);
    struct comparison_view view = comparison_view(c);
    static const struct {
        enum run_mode mode;
        enum gil_dial gil;
    } ways[] = {{MODE_SEQUENTIAL, GIL_OFF},
                {MODE_THREADS, GIL_OFF},
                {MODE_THREADS, GIL_3_10},
                {MODE_PROCESSES, GIL_OFF}};
    assert_int_equal(view.n_rows, 8);
    for (size_t i = 0; i < view.n_rows; i++) {
        const struct comparison_row *row = &view.rows[i];
        const struct comparison_row *base = &view.rows[i / 4 * 4];
        assert_string_equal(row->work, i < 4 ? "io" : "cpu");
        assert_int_equal(row->state, ROW_DONE);
        assert_int_equal(row->mode, ways[i % 4].mode);
        assert_int_equal(row->gil, ways[i % 4].gil);
        assert_int_equal(row->workers, 3);
        double speedup = (double)base->elapsed_ns / (double)row->elapsed_ns;
        assert_true(row->speedup > speedup - 1e-9 && row->speedup < speedup + 1e-9);
    }
    // Three waits, one after the other, cannot be shorter than their sum.
    assert_true(view.rows[0].elapsed_ns >= 3 * 40 * (uint64_t)NS_PER_MS);
    assert_true(view.calibration.gives > 0);
    assert_true(view.calibration.burners >= 2);
    assert_true(view.cores >= 1);
    // Somebody's own, whatever they are called, are not the works that the advice is about.
    assert_string_equal(view.advice.io, "");
    assert_string_equal(comparison_heading(&view.rows[0]), "io");
    comparison_free(c);
}

static struct comparison_row took(const char *work, const char *label, enum run_mode mode,
                                  enum gil_dial gil, uint64_t ms)
{
    return (struct comparison_row){.work = work,
                                   .is_ours = true,
                                   .label = label,
                                   .mode = mode,
                                   .gil = gil,
                                   .state = ms ? ROW_DONE : ROW_FAILED,
                                   .elapsed_ns = ms * NS_PER_MS};
}

static void test_advice(void **state)
{
    (void)state;
    struct comparison_row some[] = {
        took("io", "sequential", MODE_SEQUENTIAL, GIL_OFF, 1500),
        took("io", "threads", MODE_THREADS, GIL_OFF, 300),
        took("io", "threads + GIL", MODE_THREADS, GIL_3_10, 310),
        took("io", "processes", MODE_PROCESSES, GIL_OFF, 305),
        took("cpu", "sequential", MODE_SEQUENTIAL, GIL_OFF, 1800),
        took("cpu", "threads", MODE_THREADS, GIL_OFF, 900),
        took("cpu", "threads + GIL", MODE_THREADS, GIL_3_10, 1850),
        took("cpu", "processes", MODE_PROCESSES, GIL_OFF, 950),
    };
    size_t n = ARRAY_LEN(some);
    assert_string_equal(comparison_advise(some, n, "io"), "threads");
    assert_string_equal(comparison_advise(some, n, "cpu"), "processes");
    some[7] = took("cpu", "processes", MODE_PROCESSES, GIL_OFF, 0); // could not be started
    assert_string_equal(comparison_advise(some, n, "cpu"), "sequential");
    some[3].elapsed_ns = 200 * NS_PER_MS;
    assert_string_equal(comparison_advise(some, n, "io"), "processes");
    some[3].is_ours = false;
    assert_string_equal(comparison_advise(some, n, "io"), "threads");
    assert_string_equal(comparison_advise(some, 0, "io"), "");
}

// Of what computes, in ms, on two cores that gave so much.
struct figures {
    uint64_t sequential, gil, processes;
    double gives;
    uint64_t waits; // by processes; 0: as by threads
};

static struct comparison_advice advice_of(struct figures ms)
{
    struct comparison_row some[] = {
        took("io", "threads", MODE_THREADS, GIL_OFF, 300),
        took("io", "threads + GIL", MODE_THREADS, GIL_3_10, 310),
        took("io", "processes", MODE_PROCESSES, GIL_OFF, ms.waits ? ms.waits : 305),
        took("cpu", "sequential", MODE_SEQUENTIAL, GIL_OFF, ms.sequential),
        took("cpu", "threads", MODE_THREADS, GIL_OFF, 900),
        took("cpu", "threads + GIL", MODE_THREADS, GIL_3_10, ms.gil),
        took("cpu", "processes", MODE_PROCESSES, GIL_OFF, ms.processes),
    };
    const struct comparison_calibration all = {2, 300000000, 310000000, ms.gives};
    some[3].whole_ns = 1800 * (uint64_t)NS_PER_MS;
    return comparison_advice_of(some, ARRAY_LEN(some), &all, 2);
}

static void check_advice(struct figures ms, const char *cpu, enum advice_trust trust,
                         const char *words)
{
    char text[160];
    struct comparison_advice advice = advice_of(ms);
    assert_string_equal(advice.io, ms.waits ? "processes" : "threads");
    assert_string_equal(advice.cpu, cpu);
    assert_int_equal(advice.trust, trust);
    assert_string_equal(comparison_words(&advice, text), words);
    assert_true((advice.why[0] == '\0') == (trust == ADVICE_FIRM));
}

// Where other load has had the cores, the advice says so, or that there is none.
static void test_doubt(void **state)
{
    (void)state;
    static const char firm[] = "threads for what waits, processes for what computes";
    static const char loaded[] = "threads for what waits, processes for what computes (busy)";
    static const char untold[] = "threads for what waits; for what computes: too busy to tell";
    check_advice((struct figures){1830, 1870, 970, 1.95, 0}, "processes", ADVICE_FIRM, firm);
    // The cores were not to be had, and it shows or it does not.
    check_advice((struct figures){1830, 1870, 1300, 1.41, 0}, "processes", ADVICE_LOADED, loaded);
    check_advice((struct figures){1830, 1870, 1750, 1.41, 0}, "sequential", ADVICE_UNTOLD, untold);
    check_advice((struct figures){2500, 1400, 1350, 1.41, 0}, "threads", ADVICE_UNTOLD, untold);
    // They were at first, and not later.
    check_advice((struct figures){2500, 1400, 1350, 1.95, 0}, "threads", ADVICE_UNTOLD, untold);
    check_advice((struct figures){2500, 2600, 1350, 1.95, 0}, "processes", ADVICE_LOADED, loaded);
    // No thread under a GIL computes beside another.
    check_advice((struct figures){1830, 1300, 1310, 1.95, 0}, "threads", ADVICE_UNTOLD, untold);
    check_advice((struct figures){2500, 2600, 1350, 1.95, .waits = 200}, "processes", ADVICE_NONE,
                 "too busy to tell; measure again when nothing else runs");
    // Processes do, where there are cores.
    check_advice((struct figures){1830, 1870, 1800, 1.95, 0}, "sequential", ADVICE_UNTOLD, untold);
}

static void test_a_pool_of_ones_own(void **state)
{
    (void)state;
    struct launch launch;
    const struct comparison_work works[] = {work("mine", pool)};
    struct comparison *c = measure(&launch, works, 1);
    struct comparison_view view = comparison_view(c);
    assert_int_equal(view.n_rows, 4);
    assert_int_equal(view.rows[3].mode, MODE_POOL);
    assert_int_equal(view.rows[3].workers, 2);
    assert_int_equal(view.rows[0].workers, 1);
    assert_string_equal(view.advice.io, "");
    char *text = comparison_json(c);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    json_t *row = json_array_get(json_object_get(root, "rows"), 3);
    assert_string_equal(json_string_value(json_object_get(row, "mode")), "pool");
    assert_true(json_is_real(json_object_get(row, "elapsed_s")));
    assert_true(json_is_object(json_object_get(root, "recommendation")));
    json_decref(root);
    mem_free(text);
    comparison_free(c);
}

static void test_a_mistake(void **state)
{
    (void)state;
    struct launch launch = {.pid = 0};
    struct lang_problems problems;
    size_t bad;
    const struct session_launcher launcher = {start_host, stop_host, host_ended, &launch};
    const struct comparison_work works[] = {work("good", waits), work("bad", "lane A = f()\n")};
    assert_null(comparison_new(&launcher, 7, works, 2, &problems, &bad));
    assert_int_equal(bad, 1);
    assert_true(problems.n > 0);
}

// --- drawn

static const struct comparison_row rows[] = {
    {"io", true, "sequential", MODE_SEQUENTIAL, GIL_OFF, 5, ROW_DONE, 1500000000, 1500000000, 1.0,
     ""},
    {"io", true, "threads", MODE_THREADS, GIL_OFF, 5, ROW_DONE, 300000000, 1500000000, 5.0, ""},
    {"io", true, "threads + GIL", MODE_THREADS, GIL_3_10, 5, ROW_DONE, 300000000, 1500000000, 5.0,
     ""},
    {"io", true, "pool of 2", MODE_POOL, GIL_OFF, 2, ROW_FAILED, 0, 1500000000, 0, "no processes"},
    {"cpu", true, "sequential", MODE_SEQUENTIAL, GIL_OFF, 4, ROW_RUNS, 900000000, 1800000000, 0,
     ""},
    {"cpu", true, "threads", MODE_THREADS, GIL_OFF, 4, ROW_WAITS, 0, 1800000000, 0, ""},
};

static void draw(const char *name, struct comparison_view view, int w, int h)
{
    struct frame *frame = frame_new(w, h, GLYPHS_UTF8);
    frame_clear(frame);
    view.rows = rows;
    view.n_rows = ARRAY_LEN(rows);
    view.cores = 2;
    comparison_draw(&view, "", false, NULL, frame_area(frame));
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_write(out, frame);
    fclose(out);
    check_golden_text(name, text);
    frame_free(frame);
}

static void test_drawn(void **state)
{
    (void)state;
    const struct comparison_calibration good = {2, 300000000, 310000000, 1.94};
    const struct comparison_calibration busy = {2, 300000000, 560000000, 1.07};
    draw("compare-80x24",
         (struct comparison_view){
             .calibration = good, .n_done = 6, .n_runs = 14, .advice = {.io = "", .cpu = ""}},
         80, 24);
    draw("compare-done-60x20",
         (struct comparison_view){.calibration = busy,
                                  .n_done = 14,
                                  .n_runs = 14,
                                  .is_done = true,
                                  .advice = {.io = "threads", .cpu = "processes"}},
         60, 20);
    draw("compare-busy-80x24",
         (struct comparison_view){.calibration = busy,
                                  .n_done = 14,
                                  .n_runs = 14,
                                  .is_done = true,
                                  .advice = {"threads", "sequential", ADVICE_UNTOLD, "busy"}},
         80, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measured),  cmocka_unit_test(test_advice),
        cmocka_unit_test(test_doubt),     cmocka_unit_test(test_a_pool_of_ones_own),
        cmocka_unit_test(test_a_mistake), cmocka_unit_test(test_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
