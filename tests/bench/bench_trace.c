// What tracing costs: one record on the lane's side against a bare time stamp and store, and a race
// at native speed with its ledger against the bare load and exchange that it is about.
//
//     bench_trace [updates of each lane, in thousands]
//
// Alternatives take turns in small portions, so that what else the machine does is shared.
#include "bench.h"
#include "trace/ring.h"

#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PORTION = 256, // records between two looks at the clock
    PORTIONS = 4000,
    RING_BYTES = 2 << 20, // of one lane in a run
    ROUNDS = 9,
    LANE_NICE = 10, // as the lanes of a run have it
    DEFAULT_THOUSANDS = 2000,
};

static const uint32_t is_tsc = 1;

// --- One record

struct record_bench {
    unsigned char *plain; // as many slots as the ring has
    struct ring *ring;
    size_t n_slots;
    uint64_t n; // records so far
    struct bench_samples bare, one, two;
};

static struct ring *make_ring(size_t slot_bytes, size_t *n_slots)
{
    *n_slots = ring_slots(RING_BYTES, slot_bytes);
    struct ring *ring = aligned_alloc(RING_LINE, ring_bytes(*n_slots, slot_bytes));
    if (!ring)
        exit(1);
    memset(ring, 0, ring_bytes(*n_slots, slot_bytes));
    ring_init(ring, *n_slots);
    return ring;
}

// Nanoseconds for one of a portion that began at `from`.
static double share_of(uint64_t from)
{
    return (double)(clock_now_ns() - from) / PORTION;
}

// The least that writing down an instant can cost.
static double bare_portion(struct record_bench *bench, size_t bytes)
{
    uint64_t from = clock_now_ns();
    for (int i = 0; i < PORTION; i++) {
        uint64_t *slot = (uint64_t *)(bench->plain + (bench->n++ & (bench->n_slots - 1)) * bytes);
        slot[0] = clock_ticks(is_tsc);
        for (size_t word = 1; word < bytes / 8; word++)
            __atomic_store_n(&slot[word], bench->n, __ATOMIC_RELAXED);
    }
    return share_of(from);
}

enum stamps { ONE_STAMP, TWO_STAMPS };

static double update_portion(struct record_bench *bench, enum stamps stamps)
{
    uint64_t from = clock_now_ns();
    for (int i = 0; i < PORTION; i++) {
        uint64_t loaded = stamps == TWO_STAMPS ? clock_ticks(is_tsc) : 0;
        uint64_t now = clock_ticks(is_tsc);
        uint64_t seq = ++bench->n;
        uint64_t age = stamps == TWO_STAMPS ? now - loaded : 0;
        struct update update = {
            .t_ns = now,
            .id = write_id(1, seq),
            .old = write_id(2, seq),
            .loaded = write_id(2, seq),
            .value = (int64_t)seq,
            .loaded_value = (int64_t)seq - 1,
            .load_age_ns = age < UINT32_MAX ? (uint32_t)age : UINT32_MAX,
            .pc = 7,
            .flags = ACCESS_UPDATE,
        };
        if (!ring_push_update(bench->ring, &update))
            exit(1);
    }
    return share_of(from);
}

static double event_portion(struct record_bench *bench)
{
    uint64_t from = clock_now_ns();
    for (int i = 0; i < PORTION; i++) {
        struct event event = {
            .t_ns = clock_ticks(is_tsc),
            .value = (int64_t)++bench->n,
            .pc = 7,
            .lane = 1,
            .kind = EVENT_STORE,
        };
        if (!ring_push_event(bench->ring, &event))
            exit(1);
    }
    return share_of(from);
}

static void open_bench(struct record_bench *bench, size_t slot_bytes)
{
    *bench = (struct record_bench){.ring = make_ring(slot_bytes, &bench->n_slots)};
    bench->n_slots = bench->ring->mask + 1;
    bench->plain = mem_array(bench->n_slots, slot_bytes);
}

static void close_bench(struct record_bench *bench)
{
    free(bench->ring);
    mem_free(bench->plain);
    bench_free(&bench->bare);
    bench_free(&bench->one);
    bench_free(&bench->two);
}

static void bench_update(void)
{
    struct record_bench bench;
    struct update drained[PORTION];
    open_bench(&bench, sizeof(struct update));
    for (int i = 0; i < PORTIONS; i++) {
        bench_add(&bench.bare, bare_portion(&bench, sizeof(struct update)));
        bench_add(&bench.one, update_portion(&bench, ONE_STAMP));
        ring_drain_updates(bench.ring, drained, PORTION);
        bench_add(&bench.two, update_portion(&bench, TWO_STAMPS));
        ring_drain_updates(bench.ring, drained, PORTION);
    }
    double bare = bench_median(&bench.bare);
    double one = bench_median(&bench.one);
    double two = bench_median(&bench.two);
    bench_row("one update written down (64 B) : a bare time stamp and store", "at most 1.5",
              bench_judge(one <= 1.5 * bare), "%.2f (%.1f ns : %.1f ns)", one / bare, one, bare);
    bench_row("the same with the load's time too, as lanes do it", "", BENCH_INFO, "%.2f (%.1f ns)",
              two / bare, two);
    close_bench(&bench);
}

static void bench_event(void)
{
    struct record_bench bench;
    struct event drained[PORTION];
    open_bench(&bench, sizeof(struct event));
    for (int i = 0; i < PORTIONS; i++) {
        bench_add(&bench.bare, bare_portion(&bench, sizeof(struct event)));
        bench_add(&bench.one, event_portion(&bench));
        ring_drain_events(bench.ring, drained, PORTION);
    }
    double bare = bench_median(&bench.bare);
    double one = bench_median(&bench.one);
    bench_row("one picture event (32 B) : a bare time stamp and store", "at most 1.5",
              bench_judge(one <= 1.5 * bare), "%.2f (%.1f ns : %.1f ns)", one / bare, one, bare);
    close_bench(&bench);
}

// --- A race at native speed

struct bare_race {
    _Alignas(64) _Atomic uint64_t word;
    _Alignas(64) _Atomic uint32_t n_ready;
    _Atomic uint32_t n_placed;
    uint64_t n;
};

// Two lanes that share a core do not race: each gets one of its own, if there are two.
static void take_core(uint32_t number)
{
    cpu_set_t may, mine;
    CPU_ZERO(&mine);
    if (sched_getaffinity(0, sizeof may, &may) != 0)
        return;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &may) && number-- == 0)
            CPU_SET(cpu, &mine);
    if (CPU_COUNT(&mine))
        sched_setaffinity(0, sizeof mine, &mine);
}

static void *bare_lane(void *context)
{
    struct bare_race *race = context;
    take_core(atomic_fetch_add(&race->n_placed, 1));
    atomic_fetch_add(&race->n_ready, 1);
    while (atomic_load(&race->n_ready) < 2)
        continue;
    for (uint64_t i = 0; i < race->n; i++) {
        uint64_t value = atomic_load_explicit(&race->word, memory_order_acquire);
        atomic_exchange_explicit(&race->word, value + 1, memory_order_seq_cst);
    }
    return NULL;
}

struct race_result {
    double wall_s, cpu_s, held_s;
    uint64_t updates, lost;
};

static double usage_s(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static void bare_child(int fd, uint64_t n)
{
    struct bare_race race = {.n = n};
    pthread_t lanes[2];
    int was = nice(LANE_NICE);
    (void)was;
    uint64_t from = clock_now_ns();
    for (int i = 0; i < 2; i++)
        if (pthread_create(&lanes[i], NULL, bare_lane, &race) != 0)
            _exit(1);
    for (int i = 0; i < 2; i++)
        pthread_join(lanes[i], NULL);
    double wall_s = (double)(clock_now_ns() - from) / 1e9;
    _exit(write(fd, &wall_s, sizeof wall_s) == sizeof wall_s ? 0 : 1);
}

static bool bare_run(uint64_t n, struct race_result *result)
{
    int ends[2];
    struct rusage usage;
    int status;
    if (pipe(ends) != 0)
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        bare_child(ends[1], n);
    close(ends[1]);
    bool ok = pid > 0 && read(ends[0], &result->wall_s, sizeof(double)) == sizeof(double);
    close(ends[0]);
    ok &= pid > 0 && wait4(pid, &status, 0, &usage) == pid && status == 0;
    result->cpu_s = usage_s(&usage);
    result->updates = 2 * n;
    return ok;
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static bool take_report(json_t *report, struct race_result *result)
{
    const json_t *cell = json_array_get(json_object_get(report, "cells"), 0);
    const json_t *lanes = json_object_get(report, "lanes");
    double from = 1e9;
    double to = 0;
    for (size_t i = 1; i < json_array_size(lanes); i++) {
        const json_t *lane = json_array_get(lanes, i);
        double start = number_of(lane, "start_s");
        double finish = number_of(lane, "finish_s");
        from = start < from ? start : from;
        to = finish > to ? finish : to;
    }
    result->wall_s = to - from;
    result->held_s = number_of(report, "held_s");
    result->updates = (uint64_t)number_of(cell, "updates");
    result->lost = (uint64_t)number_of(cell, "lost");
    return json_array_size(lanes) == 3;
}

static bool racelane_run(uint64_t n, struct race_result *result)
{
    char setting[40];
    int ends[2];
    struct rusage usage;
    int status;
    snprintf(setting, sizeof setting, "N=%llu", (unsigned long long)n);
    if (pipe(ends) != 0)
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(RACELANE, RACELANE, "report", "race", "--lock", "off", "--set", setting, "--json",
              (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *file = fdopen(ends[0], "r");
    json_t *report = file ? json_loadf(file, 0, NULL) : NULL;
    if (file)
        fclose(file);
    bool ok = pid > 0 && wait4(pid, &status, 0, &usage) == pid && WIFEXITED(status);
    ok = ok && report && take_report(report, result);
    json_decref(report);
    result->cpu_s = usage_s(&usage);
    return ok;
}

static void print_race(struct bench_samples *bare, struct bench_samples *traced,
                       struct bench_samples *ratios, struct bench_samples *costs,
                       struct bench_samples *held)
{
    double best = bench_percentile(traced, 100) / bench_percentile(bare, 100);
    double middle = bench_median(ratios);
    bench_row("race with trace and ledger : bare load and exchange, updates/s (best of each)",
              "at least 0.2", bench_judge(best >= 0.2), "%.2f (%.1f M/s : %.1f M/s)", best,
              bench_percentile(traced, 100) / 1e6, bench_percentile(bare, 100) / 1e6);
    bench_row("the same, median of the rounds", "at least 0.2", bench_judge(middle >= 0.2), "%.2f",
              middle);
    bench_row("the same by CPU time of all processes, collector too (median)", "", BENCH_INFO,
              "%.2f", bench_median(costs));
    bench_row("lanes held for the collector, share of both lanes' time (median)", "", BENCH_INFO,
              "%.1f %%", 100 * bench_median(held));
}

static bool bench_race(uint64_t n)
{
    struct bench_samples bare = {0}, traced = {0}, ratios = {0}, costs = {0}, held = {0};
    bool ok = true;
    for (int i = 0; ok && i < ROUNDS; i++) {
        struct race_result plain = {0}, real = {0};
        // The bare one is given more to do, so that both take about as long.
        ok = bare_run(4 * n, &plain) && racelane_run(n, &real);
        if (!ok)
            break;
        double plain_rate = (double)plain.updates / plain.wall_s;
        double real_rate = (double)real.updates / real.wall_s;
        bench_add(&bare, plain_rate);
        bench_add(&traced, real_rate);
        bench_add(&ratios, real_rate / plain_rate);
        bench_add(&costs,
                  (double)real.updates / real.cpu_s / ((double)plain.updates / plain.cpu_s));
        bench_add(&held, real.held_s / (2 * real.wall_s));
        fprintf(stderr, "round %d: bare %5.1f M/s, traced %5.1f M/s, lost %4.1f %%, held %.0f ms\n",
                i + 1, plain_rate / 1e6, real_rate / 1e6,
                100 * (double)real.lost / (double)real.updates, 1e3 * real.held_s);
    }
    if (ok)
        print_race(&bare, &traced, &ratios, &costs, &held);
    bench_free(&bare);
    bench_free(&traced);
    bench_free(&ratios);
    bench_free(&costs);
    bench_free(&held);
    return ok;
}

int main(int argc, char **argv)
{
    uint64_t thousands = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_THOUSANDS;
    bench_table();
    bench_update();
    bench_event();
    if (bench_race(thousands * 1000))
        return 0;
    fprintf(stderr, "bench_trace: " RACELANE " does not give its report\n");
    return 1;
}
