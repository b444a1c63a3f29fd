// What the collector does with one update, without lanes that take the cores: from the rings into
// the ledger, into the timeline, into a file.
//
//     bench_feed [thousands of updates] [FILE.rlt] [lts]      8000, /tmp/bench_feed.rlt, all three
//
// The lanes are played: two that add to one counter, each update as a lane would have reported it,
// the same ones every time. Only what session_pump takes is counted. The digest is of everything
// that the session then says, so that two builds can be compared.
#include "base/checksum.h"
#include "base/random.h"
#include "bench.h"
#include "session/private.h"
#include "trace/rlt.h"

#include <string.h>
#include <unistd.h>

enum {
    DEFAULT_THOUSANDS = 8000,
    LANES = 2,
    PORTION = 16384, // updates of both lanes between two calls of session_pump
    STAY = 166,      // of 256: how often the same lane makes the next access
};

static const char text[] = "shared x = 0\n"
                           "def work():\n"
                           "    for _ in range(1000000000):\n"
                           "        x += 1\n"
                           "lane A = work()\n"
                           "lane B = work()\n";

// A run whose host and lanes are this program.
struct played {
    struct run run;
    struct session *session;
    struct random random;
    uint64_t t_ns;
    uint64_t last_write;
    int64_t value;
    uint16_t turn; // lane that makes the next access
    struct {
        bool has_loaded;
        uint64_t loaded, t_ns, seq;
        int64_t value;
    } lanes[LANES + 1];
};

static bool start(void *context, int memory_fd, struct error *err)
{
    struct played *played = context;
    if (!run_map(&played->run, memory_fd, err))
        return false;
    struct run_host *host = &played->run.header->host;
    host->scale = (struct clock_scale){.is_tsc = 0};
    host->began_ticks = 1;
    for (size_t i = 1; i <= LANES; i++)
        atomic_store_explicit(&played->run.lanes[i].start_ticks, 2, memory_order_relaxed);
    atomic_store_explicit(&host->is_ready, 1, memory_order_release);
    return true;
}

static void stop(void *context)
{
    (void)context;
}

static bool ended(void *context, int *status)
{
    (void)context;
    *status = 0;
    return false;
}

static struct session *open_played(struct played *played, bool is_headless, const char *path)
{
    struct lang_problems problems;
    struct error err = {.text = ""};
    struct lang_options as_written = {.n_lanes = 0};
    struct session_launcher launcher = {
        .start = start, .stop = stop, .ended = ended, .context = played};
    *played = (struct played){.t_ns = 1000, .turn = 1, .random = random_stream(7, 1)};
    played->session = session_open(&(struct session_options){.name = "bench",
                                                             .text = text,
                                                             .len_bytes = sizeof text - 1,
                                                             .lang = &as_written,
                                                             .lock = -1,
                                                             .seed = 7,
                                                             .is_headless = is_headless,
                                                             .save_path = path},
                                   &launcher, &problems, &err);
    if (!played->session) {
        fprintf(stderr, "bench_feed: %s %s\n", problems.n ? problems.items[0].text : "", err.text);
        exit(1);
    }
    session_pause(played->session, false);
    return played->session;
}

// The next access to the counter, as the lane that makes it reports it.
static void play_access(struct played *played)
{
    if (random_next(&played->random) % 256 >= STAY)
        played->turn = (uint16_t)(LANES + 1 - played->turn);
    played->t_ns += 5 + random_next(&played->random) % 16;
    size_t lane = played->turn;
    if (!played->lanes[lane].has_loaded) {
        played->lanes[lane].has_loaded = true;
        played->lanes[lane].loaded = played->last_write;
        played->lanes[lane].value = played->value;
        played->lanes[lane].t_ns = played->t_ns;
        return;
    }
    struct update update = {
        .t_ns = played->t_ns,
        .id = write_id((uint16_t)lane, ++played->lanes[lane].seq),
        .old = played->last_write,
        .loaded = played->lanes[lane].loaded,
        .value = played->lanes[lane].value + 1,
        .loaded_value = played->lanes[lane].value,
        .load_age_ns = (uint32_t)(played->t_ns - played->lanes[lane].t_ns),
        .pc = 3,
        .flags = ACCESS_UPDATE,
    };
    if (!ring_push_update(run_updates(&played->run, lane), &update))
        exit(1);
    played->lanes[lane].has_loaded = false;
    played->last_write = update.id;
    played->value = update.value;
}

static void answer_quiet(struct played *played)
{
    uint64_t epoch = atomic_load_explicit(&played->run.header->control.epoch, memory_order_relaxed);
    for (size_t i = 1; i <= LANES; i++)
        if (!played->lanes[i].has_loaded)
            atomic_store_explicit(&played->run.lanes[i].quiet_epoch, epoch, memory_order_release);
}

static uint64_t taken(const struct played *played)
{
    return played->session->feeds[1].merged + played->session->feeds[2].merged;
}

// Nanoseconds of CPU for each update, portion by portion.
static void feed_all(struct played *played, uint64_t n, struct bench_samples *samples)
{
    for (uint64_t done = 0; done < n;) {
        uint64_t wanted = done + PORTION;
        while (played->lanes[1].seq + played->lanes[2].seq < wanted)
            play_access(played);
        answer_quiet(played);
        uint64_t from_ns = clock_cpu_ns();
        while ((done = taken(played)) < wanted)
            session_pump(played->session);
        bench_add(samples, (double)(clock_cpu_ns() - from_ns) / PORTION);
    }
}

static uint64_t digest_of_timeline(const struct timeline *tl, uint64_t sum)
{
    for (size_t lane = 1; lane <= LANES; lane++) {
        struct column column = {.has_events = false};
        uint64_t from = timeline_first(tl, lane), count = timeline_count(tl, lane);
        for (uint64_t i = from; i < count; i++)
            sum = checksum(sum, timeline_at(tl, lane, i), sizeof(struct event));
        timeline_column(tl, lane, 0, timeline_now(tl) / 2, &column);
        sum = checksum(sum, column.marks, sizeof column.marks);
    }
    return sum;
}

static uint64_t digest_of_ledger(const struct session *s)
{
    uint64_t sum = checksum(1, ledger_cell(s->ledger, 0), sizeof(struct ledger_cell));
    for (size_t lane = 1; lane <= LANES; lane++) {
        struct ledger_lane of = ledger_lane(s->ledger, lane);
        sum = checksum(sum, &of, sizeof of);
    }
    for (uint64_t i = 1; i <= ledger_log_last(s->ledger); i++) {
        const struct ledger_entry *entry = ledger_log_at(s->ledger, i);
        if (entry)
            sum = checksum(sum, entry, offsetof(struct ledger_entry, is_final));
    }
    return sum;
}

static uint64_t digest_of_file(const char *path, uint64_t sum)
{
    struct error err;
    struct rlt *file = rlt_open(path, NULL, NULL, &err);
    if (!file)
        return 0;
    struct rlt_bounds bounds = {.n_ops = 1000, .n_cells = 1, .n_locks = 1, .n_always = 1};
    struct timeline *tl = rlt_timeline(file, &bounds);
    sum = digest_of_timeline(tl, sum);
    timeline_free(tl);
    rlt_free(file);
    return sum;
}

static void bench(const char *what, uint64_t n, bool is_headless, const char *path)
{
    struct played played;
    struct session *s = open_played(&played, is_headless, path);
    struct bench_samples samples = {0};
    feed_all(&played, n, &samples);
    const struct ledger_cell *cell = ledger_cell(s->ledger, 0);
    double lost = 100 * (double)cell->lost / (double)cell->updates;
    uint64_t sum = digest_of_ledger(s);
    if (s->timeline && !path)
        sum = digest_of_timeline(s->timeline, sum);
    session_free(s);
    run_close(&played.run);
    if (path)
        sum = digest_of_file(path, sum);
    bench_row(what, "", BENCH_INFO, "%.1f ns (a tenth of them: %.1f)", bench_median(&samples),
              bench_percentile(&samples, 10));
    bench_free(&samples);
    fprintf(stderr, "digest %016llx, lost %.1f %%\n", (unsigned long long)sum, lost);
}

int main(int argc, char **argv)
{
    uint64_t n = 1000 * (argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_THOUSANDS);
    const char *path = argc > 2 ? argv[2] : "/tmp/bench_feed.rlt";
    bench_table();
    const char *only = argc > 3 ? argv[3] : "lts";
    if (strchr(only, 'l'))
        bench("collector, one update, into the ledger", n, true, NULL);
    if (strchr(only, 't'))
        bench("the same, and its two events into the timeline", n, false, NULL);
    if (strchr(only, 's'))
        bench("the same, and into a file (--save)", n, false, path);
    unlink(path);
    return 0;
}
