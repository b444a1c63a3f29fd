// What it costs to write a run for other programs: bytes an event, and the time as a multiple of
// writing the same bytes, which are there already, with one fwrite.
//
//     bench_export [thousands of updates]      200 unless given
#include "bench.h"

#include "../unit/fake_view.h"
#include "export/csv.h"
#include "export/perfetto.h"

#include <stdlib.h>

enum { DEFAULT_THOUSANDS = 200, ROUNDS = 7, GOAL_BYTES = 150, LOST_ONE_IN = 10 };

struct maker {
    struct timeline *tl;
    uint64_t t_ns, seqs[3];
    uint32_t last;
    int64_t value;
};

static void add(struct maker *m, uint16_t lane, enum event_kind kind, uint32_t turn, uint8_t flags)
{
    m->t_ns += 20;
    timeline_append(m->tl, &(struct event){.t_ns = m->t_ns,
                                           .value = m->value,
                                           .turn = turn,
                                           .replaced = m->last,
                                           .pc = FAKE_STORE,
                                           .lane = lane,
                                           .kind = (uint8_t)kind,
                                           .flags = flags});
}

static void store(struct maker *m, uint16_t lane, uint8_t flag)
{
    uint32_t mark = write_mark(write_id(lane, ++m->seqs[lane]));
    add(m, lane, EVENT_STORE, mark, ACCESS_UPDATE);
    if (flag)
        timeline_mark_store(m->tl, lane, m->t_ns, 0, mark, flag);
    m->last = mark;
}

// Two lanes that take turns; with the lock off every tenth update is lost.
static struct timeline *make(size_t updates, bool is_locked)
{
    struct maker m = {.tl = timeline_new(3, (size_t)1 << 30)};
    for (size_t i = 0; i < updates; i += 2) {
        bool is_loss = !is_locked && i / 2 % LOST_ONE_IN == 0;
        for (uint16_t lane = 1; lane <= 2; lane++) {
            if (is_locked)
                add(&m, lane, EVENT_ACQUIRE, (uint32_t)i, 0);
            add(&m, lane, EVENT_LOAD, m.last, ACCESS_UPDATE);
            m.value++;
            store(&m, lane, !is_loss ? 0 : lane == 1 ? ACCESS_LOST : ACCESS_LOSS);
            if (is_locked)
                add(&m, lane, EVENT_RELEASE, (uint32_t)i, 0);
        }
    }
    timeline_advance(m.tl, m.t_ns);
    return m.tl;
}

static double time_of(uint64_t (*write)(FILE *, const struct session_view *),
                      const struct session_view *view, FILE *out)
{
    rewind(out);
    uint64_t from_ns = clock_now_ns();
    write(out, view);
    fflush(out);
    return (double)(clock_now_ns() - from_ns) / 1e9;
}

static double time_of_fwrite(const char *bytes, size_t len, FILE *out)
{
    rewind(out);
    uint64_t from_ns = clock_now_ns();
    fwrite(bytes, 1, len, out);
    fflush(out);
    return (double)(clock_now_ns() - from_ns) / 1e9;
}

static void bench_writer(const char *what, uint64_t (*write)(FILE *, const struct session_view *),
                         const struct session_view *view)
{
    uint64_t events = 0;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        events += timeline_count(view->timeline, lane);
    char *bytes = NULL, name[120];
    size_t len = 0;
    FILE *memory = open_memstream(&bytes, &len);
    write(memory, view);
    fclose(memory);
    FILE *out = tmpfile();
    struct bench_samples ratios = {0}, rates = {0};
    for (int i = 0; out && i < ROUNDS; i++) {
        double own_s = time_of(write, view, out);
        bench_add(&ratios, own_s / time_of_fwrite(bytes, len, out));
        bench_add(&rates, (double)events / own_s / 1e6);
    }
    double each = (double)len / (double)events;
    snprintf(name, sizeof name, "%s: bytes an event", what);
    bench_row(name, "at most 150", bench_judge(each <= GOAL_BYTES), "%.1f", each);
    snprintf(name, sizeof name, "%s: time : an fwrite of the same bytes", what);
    bench_row(name, "", BENCH_INFO, "%.1f (%.2f M events/s)", bench_median(&ratios),
              bench_median(&rates));
    bench_free(&ratios);
    bench_free(&rates);
    free(bytes);
    if (out)
        fclose(out);
}

int main(int argc, char **argv)
{
    size_t thousands = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_THOUSANDS;
    bench_table();
    for (int is_locked = 0; is_locked < 2; is_locked++) {
        struct fake *fake = fake_open(3, 0);
        timeline_free((struct timeline *)fake->view.timeline);
        fake->view.timeline = make(thousands * 1000, is_locked);
        fake->view.now_ns = timeline_now(fake->view.timeline);
        bench_writer(is_locked ? "perfetto, lock on" : "perfetto, every tenth update lost",
                     perfetto_write, &fake->view);
        bench_writer(is_locked ? "csv, lock on" : "csv, every tenth update lost", csv_write,
                     &fake->view);
        fake_free(fake);
    }
    return 0;
}
