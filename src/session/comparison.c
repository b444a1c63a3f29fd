#include "session/comparison.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/sched.h"
#include "lang/lang.h"

#include <string.h>

enum {
    TEXT_BYTES = 512,
    PAUSE_NS = 500 * NS_PER_US,
    BURNERS_MAX = 4,
};

// The two works of the course's table: five waits, as for a network, and four computations.
static const char *const work_names[] = {"io", "cpu"};
static const struct {
    const char *function, *list;
    int n;
    uint64_t whole_ns; // of all tasks, one after the other
} works_built_in[] = {
    {"def work(i):\n    sleep(300ms)\n    return i\n", "0, 1, 2, 3, 4", 5,
     UINT64_C(1500) * NS_PER_MS},
    {"def work(i):\n    compute(450ms)\n    return i\n", "0, 1, 2, 3", 4,
     UINT64_C(1800) * NS_PER_MS},
};

// The ways to run them, the least costly first.
static const struct {
    const char *label, *mode, *gil;
    int workers; // of a pool; 0: a lane for each task
} ways[] = {
    {"sequential", "sequential", "off", 0},  {"threads", "threads", "off", 0},
    {"threads + GIL", "threads", "3.10", 0}, {"processes", "processes", "off", 0},
    {"pool of 2", "pool", "off", 2},         {"pool of 4", "pool", "off", 4},
};

struct plan {
    char *text;
    size_t len_bytes;
    const char *mode, *gil; // NULL: as written
    int64_t n_lanes;
};

struct comparison {
    struct session_launcher launcher;
    uint64_t seed;
    struct plan *plans;
    struct comparison_row *rows; // as the plans; the first two are the calibration
    size_t n, cap;
    size_t at; // the run under way, or the next
    struct session *session;
    size_t cores;
    uint64_t burn_per_ms; // of the first run, for all: the same work each time
    struct comparison_calibration calibration;
    struct comparison_advice advice;
};

static void add(struct comparison *c, struct plan plan, struct comparison_row row)
{
    size_t cap = c->cap;
    c->plans = mem_room(c->plans, &cap, c->n + 1, sizeof *c->plans);
    c->rows = mem_room(c->rows, &c->cap, c->n + 1, sizeof *c->rows);
    plan.len_bytes = strlen(plan.text);
    c->plans[c->n] = plan;
    c->rows[c->n++] = row;
}

static void add_calibration(struct comparison *c)
{
    static const char text[] = "def burn():\n    compute(300ms)\nlane B = burn()\n";
    size_t most = c->cores < BURNERS_MAX ? c->cores : BURNERS_MAX;
    c->calibration.burners = most < 2 ? 2 : most;
    for (size_t i = 0; i < 2; i++) {
        size_t n = i ? c->calibration.burners : 1;
        add(c, (struct plan){.text = mem_text(text), .mode = "processes", .n_lanes = (int64_t)n},
            (struct comparison_row){.work = "calibration",
                                    .label = i ? "burners at once" : "a burner alone",
                                    .mode = MODE_PROCESSES,
                                    .workers = n});
    }
}

static void add_built_in(struct comparison *c, size_t work)
{
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        char text[TEXT_BYTES];
        if (ways[i].workers)
            text_format(text, sizeof text, "%spool %d results = work(i) for i in [%s]\n",
                        works_built_in[work].function, ways[i].workers, works_built_in[work].list);
        else
            text_format(text, sizeof text, "%slane Task[%d] = work(i)\n",
                        works_built_in[work].function, works_built_in[work].n);
        add(c, (struct plan){.text = mem_text(text), .mode = ways[i].mode, .gil = ways[i].gil},
            (struct comparison_row){.work = work_names[work],
                                    .is_ours = true,
                                    .label = ways[i].label,
                                    .whole_ns = works_built_in[work].whole_ns});
    }
}

// Somebody's own scenario: in the ways that it can be run in.
static bool add_own(struct comparison *c, const struct comparison_work *work,
                    struct lang_problems *problems)
{
    struct lang_options as_written = {.mode = NULL};
    struct program *prog =
        lang_compile(work->name, work->text, work->len_bytes, &as_written, problems);
    if (!prog)
        return false;
    bool has_pool = prog->pool.n_items > 0;
    program_free(prog);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (ways[i].workers || (has_pool && strcmp(ways[i].mode, "processes") == 0))
            continue;
        add(c,
            (struct plan){.text = mem_text_n(work->text, work->len_bytes),
                          .mode = ways[i].mode,
                          .gil = ways[i].gil},
            (struct comparison_row){.work = work->name, .label = ways[i].label});
    }
    if (has_pool)
        add(c, (struct plan){.text = mem_text_n(work->text, work->len_bytes), .mode = "pool"},
            (struct comparison_row){.work = work->name, .label = "pool"});
    return true;
}

struct comparison *comparison_new(const struct session_launcher *launcher, uint64_t seed,
                                  const struct comparison_work *works, size_t n_works,
                                  struct lang_problems *problems, size_t *bad)
{
    struct comparison *c = mem_alloc(sizeof *c);
    c->launcher = *launcher;
    c->seed = seed;
    c->cores = sched_cores();
    c->advice = (struct comparison_advice){.io = "", .cpu = ""};
    add_calibration(c);
    for (size_t i = 0; i < ARRAY_LEN(works_built_in) && n_works == 0; i++)
        add_built_in(c, i);
    for (*bad = 0; *bad < n_works; ++*bad) {
        if (add_own(c, &works[*bad], problems))
            continue;
        comparison_free(c);
        return NULL;
    }
    return c;
}

void comparison_free(struct comparison *c)
{
    if (!c)
        return;
    session_free(c->session);
    for (size_t i = 0; i < c->n; i++)
        mem_free(c->plans[i].text);
    mem_free(c->plans);
    mem_free(c->rows);
    mem_free(c);
}

static void fail(struct comparison *c, const char *why)
{
    struct comparison_row *row = &c->rows[c->at];
    row->state = ROW_FAILED;
    text_format(row->trouble, sizeof row->trouble, "%s", why);
    session_free(c->session);
    c->session = NULL;
    c->at++;
}

static void begin(struct comparison *c)
{
    const struct plan *plan = &c->plans[c->at];
    struct comparison_row *row = &c->rows[c->at];
    struct error err;
    struct lang_problems problems;
    const struct lang_options lang = {
        .mode = plan->mode, .gil = plan->gil, .n_lanes = plan->n_lanes};
    const struct session_options options = {
        .name = row->work,
        .text = plan->text,
        .len_bytes = plan->len_bytes,
        .lang = &lang,
        .lock = -1,
        .seed = c->seed,
        .burn_per_ms = c->burn_per_ms,
        .is_headless = true,
    };
    c->session = session_open(&options, &c->launcher, &problems, &err);
    if (!c->session) {
        fail(c, problems.n ? problems.items[0].text : err.text);
        return;
    }
    struct session_view view = session_view(c->session);
    row->state = ROW_RUNS;
    row->mode = view.mode;
    row->gil = view.gil;
    row->workers = view.n_lanes - 1;
}

static void calibrate(struct comparison *c)
{
    struct comparison_calibration *all = &c->calibration;
    all->alone_ns = c->rows[0].state == ROW_DONE ? c->rows[0].elapsed_ns : 0;
    all->together_ns = c->rows[1].state == ROW_DONE ? c->rows[1].elapsed_ns : 0;
    if (all->alone_ns && all->together_ns)
        all->gives = (double)all->burners * (double)all->alone_ns / (double)all->together_ns;
}

static const struct comparison_row *sequential_row(const struct comparison *c, const char *work)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->rows[i].mode == MODE_SEQUENTIAL && c->rows[i].state == ROW_DONE &&
            strcmp(c->rows[i].work, work) == 0)
            return &c->rows[i];
    return NULL;
}

static void finish(struct comparison *c, const struct session_view *view)
{
    struct comparison_row *row = &c->rows[c->at];
    if (view->has_failed || view->is_deadlocked || view->n_refused) {
        fail(c, view->trouble ? view->trouble : "a lane failed");
        return;
    }
    row->state = ROW_DONE;
    row->elapsed_ns = view->now_ns;
    const struct comparison_row *base = sequential_row(c, row->work);
    if (base && row->elapsed_ns)
        row->speedup = (double)base->elapsed_ns / (double)row->elapsed_ns;
    if (!c->burn_per_ms)
        c->burn_per_ms = session_burn_per_ms(c->session);
    session_free(c->session);
    c->session = NULL;
    calibrate(c);
    if (++c->at == c->n)
        c->advice = comparison_advice_of(c->rows, c->n, &c->calibration, c->cores);
}

bool comparison_pump(struct comparison *c)
{
    if (c->at == c->n)
        return false;
    if (!c->session) {
        begin(c);
        return true;
    }
    session_pump(c->session);
    struct session_view view = session_view(c->session);
    c->rows[c->at].elapsed_ns = view.now_ns;
    if (view.is_ended || view.is_deadlocked)
        finish(c, &view);
    return true;
}

uint64_t comparison_pause_ns(const struct comparison *c)
{
    return c->at == c->n ? UINT64_MAX : PAUSE_NS;
}

struct comparison_view comparison_view(const struct comparison *c)
{
    enum { CALIBRATIONS = 2 };
    return (struct comparison_view){
        .cores = c->cores,
        .calibration = c->calibration,
        .rows = c->rows + CALIBRATIONS,
        .n_rows = c->n - CALIBRATIONS,
        .n_done = c->at,
        .n_runs = c->n,
        .is_done = c->at == c->n,
        .advice = c->advice,
    };
}

const char *comparison_heading(const struct comparison_row *row)
{
    return !row->is_ours                  ? row->work
           : strcmp(row->work, "io") == 0 ? "I/O-bound: five waits of 0.3 s, as for a network"
                                          : "CPU-bound: four computations of 0.45 s";
}
