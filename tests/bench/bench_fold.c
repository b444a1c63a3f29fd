// Folding: what it costs to take an event into the timeline, and what a column costs that covers
// many of them.
//
//     bench_fold [events, in thousands]      4000 unless given, at least 2000
//
// An event is compared with one that is written down as lanes do it, in a ring and with a time
// stamp: so many lanes that do nothing else could one core that folds keep up with. (With the tool
// that users could pick instead it is compared in bench_lttng.sh.) The least that it can cost is a
// copy of its 32 bytes to the end of an array, which is all that a plain log would do with it. In
// memory that is new, what the kernel does to give it is most of both, and folding may be twice the
// copy. That lasts until the memory is used up; then old detail is given up all the time, and the
// array goes round.
//
// A column is to cost by the logarithm of what it covers: from a hundred events to a million that
// is log(1e6) / log(1e2) = 3 times as much. Against counting these events one after another, as a
// plain log would have to, the goal is 1,000 times for a million: a column walks half a page of
// events at each of its ends, 256 in all, and may cost as much as 1,000 all in all.
#include "bench.h"
#include "trace/ring.h"
#include "trace/timeline.h"

#include <string.h>

enum {
    LANES = 8,
    PORTION = 1024, // events between two looks at the clock
    RUN = 64,       // of one lane after each other, as they come out of its ring
    STEP_NS = 50,
    COLUMNS = 16, // between two looks at the clock
    SAMPLES = 400,
    SCANS = 9,
    FEW = 100, // events that a column covers
    SOME = 10000,
    MANY = 1000000,
    KEPT = 131072, // a timeline has room for, where most are given up
    DEFAULT_THOUSANDS = 4000,
    MIN_THOUSANDS = 2000,
    RING_BYTES = 2 << 20, // of one lane in a run
    FULL_MIB = 64,        // a timeline of which old detail is given up all the time
};

// What lanes do that share a lock, over and over.
static const enum event_kind kinds[] = {EVENT_CONTEND, EVENT_ACQUIRE, EVENT_LOAD, EVENT_STORE,
                                        EVENT_RELEASE};

struct feed {
    struct event events[PORTION];
    uint64_t n; // portions so far
};

static void feed_open(struct feed *feed, size_t n_lanes)
{
    *feed = (struct feed){.n = 0};
    for (size_t i = 0; i < PORTION; i++) {
        size_t own = i / RUN / n_lanes * RUN + i % RUN; // the how-manieth of its lane
        feed->events[i] = (struct event){
            .t_ns = own * STEP_NS,
            .lane = (uint16_t)(i / RUN % n_lanes),
            .kind = (uint8_t)kinds[own % (sizeof kinds / sizeof *kinds)],
        };
    }
}

static void feed_next(struct feed *feed, size_t n_lanes)
{
    for (size_t i = 0; i < PORTION; i++)
        feed->events[i].t_ns += PORTION / n_lanes * STEP_NS;
    feed->n++;
}

// --- one event

// The same events in three ways, and where they go.
struct ways {
    struct timeline *tl;
    struct event *plain; // goes round in the room for so many portions
    size_t room;
    struct ring *ring;
    struct bench_samples fold, copy, write;
};

// Median nanoseconds of one event in each way.
struct times {
    double fold, copy, write;
};

// Nanoseconds for one of a portion that began at `from`.
static double share_of(uint64_t from)
{
    return (double)(clock_now_ns() - from) / PORTION;
}

static double fold_portion(struct ways *ways, const struct feed *feed)
{
    uint64_t from = clock_now_ns();
    for (size_t i = 0; i < PORTION; i++)
        timeline_append(ways->tl, &feed->events[i]);
    return share_of(from);
}

// One by one, as they come.
static double copy_portion(struct ways *ways, const struct feed *feed)
{
    struct event *to = &ways->plain[feed->n % ways->room * PORTION];
    uint64_t from = clock_now_ns();
    for (size_t i = 0; i < PORTION; i++) {
        memcpy(&to[i], &feed->events[i], sizeof *to);
        __asm__ volatile("" ::: "memory");
    }
    return share_of(from);
}

static double write_portion(struct ways *ways)
{
    static const uint32_t is_tsc = 1;
    struct event drained[PORTION];
    uint64_t from = clock_now_ns();
    for (size_t i = 0; i < PORTION; i++) {
        struct event event = {
            .t_ns = clock_ticks(is_tsc),
            .value = (int64_t)i,
            .pc = 7,
            .lane = 1,
            .kind = EVENT_STORE,
        };
        if (!ring_push_event(ways->ring, &event))
            exit(1);
    }
    double each_ns = share_of(from);
    ring_drain_events(ways->ring, drained, PORTION);
    return each_ns;
}

static struct ring *make_ring(void)
{
    size_t n_slots = ring_slots(RING_BYTES, sizeof(struct event));
    size_t bytes = ring_bytes(n_slots, sizeof(struct event));
    struct ring *ring = aligned_alloc(RING_LINE, bytes);
    if (!ring)
        exit(1);
    memset(ring, 0, bytes);
    ring_init(ring, n_slots);
    return ring;
}

// In turns of a portion each, so that what else the machine does is shared. The first n_warm
// portions do not count; without them all memory is new.
static void time_event(size_t memory_bytes, size_t n_portions, size_t n_warm, struct times *times)
{
    size_t room = n_warm ? n_warm : n_portions;
    struct ways ways = {
        .tl = timeline_new(LANES, memory_bytes),
        .plain = mem_array(room * PORTION, sizeof(struct event)),
        .room = room,
        .ring = make_ring(),
    };
    struct feed feed;
    feed_open(&feed, LANES);
    for (size_t i = 0; i < n_warm + n_portions; i++) {
        double fold_ns = fold_portion(&ways, &feed);
        double copy_ns = copy_portion(&ways, &feed);
        double write_ns = write_portion(&ways);
        feed_next(&feed, LANES);
        if (i < n_warm)
            continue;
        bench_add(&ways.fold, fold_ns);
        bench_add(&ways.copy, copy_ns);
        bench_add(&ways.write, write_ns);
    }
    times->fold = bench_median(&ways.fold);
    times->copy = bench_median(&ways.copy);
    times->write = bench_median(&ways.write);
    bench_free(&ways.fold);
    bench_free(&ways.copy);
    bench_free(&ways.write);
    free(ways.ring);
    mem_free(ways.plain);
    timeline_free(ways.tl);
}

static void bench_event(size_t n_events)
{
    size_t full_bytes = (size_t)FULL_MIB << 20;
    size_t n_full = full_bytes / sizeof(struct event) / PORTION;
    struct times times;
    time_event(full_bytes, n_events / PORTION, n_full, &times);
    bench_row("one event folded, with old detail given up for it : one written down by its lane",
              "", BENCH_INFO, "%.2f (%.1f ns : %.1f ns; a copy of its 32 bytes %.1f ns)",
              times.fold / times.write, times.fold, times.write, times.copy);
    time_event(SIZE_MAX / 2, n_events / PORTION, 0, &times);
    bench_row("one event folded, in memory that is new : a copy of its 32 bytes in such memory",
              "at most 2", bench_judge(times.fold <= 2 * times.copy), "%.2f (%.1f ns : %.1f ns)",
              times.fold / times.copy, times.fold, times.copy);
}

// --- columns

// One lane's events, in a timeline and as a plain log.
struct log {
    struct timeline *tl;
    struct event *events;
    size_t n;
};

static struct log log_new(size_t n_events, size_t memory_bytes)
{
    struct log log = {.tl = timeline_new(1, memory_bytes),
                      .events = mem_array(n_events, sizeof *log.events),
                      .n = n_events};
    struct feed feed;
    feed_open(&feed, 1);
    for (size_t i = 0; i < n_events; i++) {
        if (i > 0 && i % PORTION == 0)
            feed_next(&feed, 1);
        log.events[i] = feed.events[i % PORTION];
        timeline_append(log.tl, &log.events[i]);
    }
    return log;
}

static void log_free(struct log *log)
{
    timeline_free(log->tl);
    mem_free(log->events);
}

// Nanoseconds of a column that covers n_covered events, anywhere that leaves room for MANY and for
// what is kept to the end.
static double time_columns(const struct log *log, size_t n_covered, uint64_t *seed)
{
    struct column column;
    uint64_t from = clock_now_ns();
    for (int k = 0; k < COLUMNS; k++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t t_ns = (*seed >> 33) % (log->n - MANY - KEPT) * STEP_NS + STEP_NS / 2;
        timeline_column(log->tl, 0, t_ns, t_ns + n_covered * STEP_NS, &column);
        if (column.state_ns[LANE_RUNNING] + column.state_ns[LANE_HOLDING] == 0)
            exit(1);
    }
    return (double)(clock_now_ns() - from) / COLUMNS;
}

// The medians of columns that cover FEW, SOME and MANY, in turns.
static void time_widths(const struct log *log, double medians[3])
{
    static const size_t widths[3] = {FEW, SOME, MANY};
    struct bench_samples samples[3] = {{0}};
    uint64_t seed = 1;
    for (int i = 0; i < SAMPLES; i++)
        for (size_t k = 0; k < 3; k++)
            bench_add(&samples[k], time_columns(log, widths[k], &seed));
    for (size_t k = 0; k < 3; k++) {
        medians[k] = bench_median(&samples[k]);
        bench_free(&samples[k]);
    }
}

// What a plain log would do for a column: the median nanoseconds of going through n of its events
// for how long the lane was in which state and how often it did what.
static double time_scan(const struct log *log, size_t n)
{
    struct bench_samples samples = {0};
    for (int i = 0; i < SCANS; i++) {
        uint64_t state_ns[LANE_STATE_COUNT] = {0}, counts[EVENT_KIND_COUNT] = {0};
        const struct event *first = &log->events[(log->n - n) * (size_t)i / SCANS];
        struct walker walker = {.state = LANE_RUNNING};
        uint64_t from = clock_now_ns(), since_ns = first->t_ns;
        for (const struct event *event = first; event < first + n; event++) {
            state_ns[walker.state] += event->t_ns - since_ns;
            since_ns = event->t_ns;
            walk_event(&walker, event);
            counts[event->kind]++;
        }
        bench_add(&samples, (double)(clock_now_ns() - from));
        if (counts[EVENT_STORE] == 0 || state_ns[LANE_HOLDING] == 0)
            exit(1);
    }
    double median = bench_median(&samples);
    bench_free(&samples);
    return median;
}

static void bench_columns(size_t n_events)
{
    struct log log = log_new(n_events, SIZE_MAX / 2);
    double ns[3];
    time_widths(&log, ns);
    double scan = time_scan(&log, MANY);
    bench_row("a column of 1,000,000 events : one of 100", "at most 3 (logarithm)",
              bench_judge(ns[2] <= 3 * ns[0]), "%.2f (%.0f ns : %.0f ns; of 10,000 %.0f ns)",
              ns[2] / ns[0], ns[2], ns[0], ns[1]);
    bench_row("counting these 1,000,000 one by one : the column", "at least 1,000",
              bench_judge(scan >= 1000 * ns[2]), "%.0f (%.2f ms : %.2f us); of 10,000 %.0f",
              scan / ns[2], scan / 1e6, ns[2] / 1e3, time_scan(&log, SOME) / ns[1]);
    log_free(&log);
}

// Where the events are given up, and of the sums only some are left.
static void bench_old(size_t n_events)
{
    struct log log = log_new(n_events, KEPT * sizeof(struct event));
    double ns[3];
    time_widths(&log, ns);
    bench_row("a column of 1,000,000 events that are given up : one of 100",
              "at most 3 (logarithm)", bench_judge(ns[2] <= 3 * ns[0]), "%.2f (%.0f ns : %.0f ns)",
              ns[2] / ns[0], ns[2], ns[0]);
    log_free(&log);
}

int main(int argc, char **argv)
{
    size_t thousands = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_THOUSANDS;
    size_t n = (thousands > MIN_THOUSANDS ? thousands : MIN_THOUSANDS) * 1000;
    bench_table();
    bench_event(n);
    bench_columns(n);
    bench_old(n);
    return 0;
}
