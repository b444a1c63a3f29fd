// A saved run of a hundred million events: how long it takes to open and to show, what a frame
// costs at any zoom, and how much memory it takes. Written by the real writer, looked at by a
// process of its own, at 200x60.
//
//     bench_rlt [millions of events] [directory]      100 and . unless given: needs 12 bytes an
//     event
#include "bench.h"

#include "base/random.h"
#include "session/saved.h"
#include "view/app.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WIDTH = 200,
    HEIGHT = 60,
    LANES = 2,
    FRAMES = 200,
    MEMORY_BYTES = 256 << 20,
    PUMP_EVENTS = 100000,
    OPEN_GOAL_MS = 150,
    FRAME_GOAL_MS = 8,
    MEMORY_GOAL_MIB = 200,
    BYTES_GOAL = 32,
};

static const char scenario[] = "param N = 100\n"
                               "shared counter = 0\n"
                               "lock guard off\n"
                               "def increment():\n"
                               "    for _ in range(N):\n"
                               "        with guard:\n"
                               "            counter += 1\n"
                               "lane A = increment()\n"
                               "lane B = increment()\n"
                               "expect counter == lanes * N\n";

static double now_ms(void)
{
    return (double)clock_now_ns() / 1e6;
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool start(void *context, int memory_fd, struct error *err)
{
    (void)context;
    (void)memory_fd;
    return error_set(err, "only simulated runs here");
}

static void stop(void *context)
{
    (void)context;
}

static bool ended(void *context, int *status)
{
    (void)context;
    *status = 0;
    return true;
}

static void die(const struct error *err)
{
    fprintf(stderr, "bench_rlt: %s\n", err->text);
    exit(1);
}

// A small run: what the large one is told of besides its events.
static struct session *small_run(void)
{
    static const struct session_launcher nobody = {start, stop, ended, NULL};
    struct lang_options lang = {0};
    struct lang_problems problems = {0};
    struct error err = {.text = "the scenario does not compile"};
    const struct session_options options = {.name = "race",
                                            .text = scenario,
                                            .len_bytes = sizeof scenario - 1,
                                            .lang = &lang,
                                            .lock = 0,
                                            .seed = 1,
                                            .is_simulated = true,
                                            .is_headless = true};
    struct session *s = session_open(&options, &nobody, &problems, &err);
    if (!s)
        die(&err);
    while (!session_view(s).is_ended)
        session_pump(s);
    return s;
}

// --- writing

struct racer {
    struct random dice;
    struct timeline *tl;
    struct rlt_writer *w;
    uint64_t t_ns[LANES + 1];
    uint32_t n_stores[LANES + 1];
};

static void happen(struct racer *r, size_t lane, enum event_kind kind, uint32_t turn)
{
    timeline_append(r->tl, &(struct event){.t_ns = r->t_ns[lane],
                                           .value = r->n_stores[lane] * LANES,
                                           .turn = turn,
                                           .replaced = turn,
                                           .pc = kind == EVENT_LOAD ? 5 : 7,
                                           .object = kind == EVENT_START ? EVENT_NO_OBJECT : 0,
                                           .lane = (uint16_t)lane,
                                           .kind = (uint8_t)kind,
                                           .flags = ACCESS_UPDATE | ACCESS_OFF});
}

// An update of one lane, every tenth of which is lost; now and then the lane is off its core.
static void update(struct racer *r, size_t lane)
{
    uint32_t seq = ++r->n_stores[lane];
    bool is_away = random_below(&r->dice, 20000) == 0;
    r->t_ns[lane] += is_away ? 4 * NS_PER_MS : 40 + random_below(&r->dice, 60);
    if (is_away)
        timeline_preempted(r->tl, lane, r->t_ns[lane] - 4 * NS_PER_MS, r->t_ns[lane],
                           3 * NS_PER_MS);
    happen(r, lane, EVENT_LOAD, write_mark(write_id((uint16_t)(LANES + 1 - lane), seq)));
    r->t_ns[lane] += 20 + random_below(&r->dice, 40);
    uint32_t mark = write_mark(write_id((uint16_t)lane, seq));
    happen(r, lane, EVENT_STORE, mark);
    if (random_below(&r->dice, 10))
        return;
    const struct rlt_store store = {.t_ns = r->t_ns[lane],
                                    .mark = mark,
                                    .flag = random_below(&r->dice, 2) ? ACCESS_LOSS : ACCESS_LOST};
    rlt_write_mark(r->w, lane, &store,
                   timeline_mark_store(r->tl, lane, store.t_ns, 0, mark, store.flag));
}

static void race(struct racer *r, uint64_t n_events)
{
    for (size_t lane = 0; lane <= LANES; lane++) {
        r->t_ns[lane] = 1000 * lane;
        happen(r, lane, EVENT_START, 0);
    }
    for (uint64_t n = 0; n < n_events; n += 2) {
        size_t lane = r->t_ns[1] < r->t_ns[2] ? 1 : 2;
        update(r, lane);
        if (n % PUMP_EVENTS == 0) {
            timeline_advance(r->tl, r->t_ns[lane]);
            rlt_write_pages(r->w, r->tl, RLT_FULL);
        }
    }
    timeline_advance(r->tl, r->t_ns[1] > r->t_ns[2] ? r->t_ns[1] : r->t_ns[2]);
}

static void write_file(const char *path, uint64_t n_events)
{
    struct error err;
    struct session *s = small_run();
    struct packer run = {0}, state = {0};
    struct racer r = {.dice = random_stream(1, 1), .tl = timeline_new(LANES + 1, MEMORY_BYTES)};
    saved_pack_run(s, &run);
    r.w = rlt_create(path, LANES + 1, run.bytes, run.len, &err);
    if (!r.w)
        die(&err);
    timeline_on_give_up(r.tl, rlt_write_given_up, r.w);
    double from = now_ms();
    race(&r, n_events);
    s->end_ns = timeline_now(r.tl);
    for (size_t lane = 0; lane <= LANES; lane++)
        s->lanes[lane].end_ns = s->end_ns;
    saved_pack_state(s, &state);
    // When it was: the last number of it.
    for (size_t i = 0; i < 8; i++)
        state.bytes[state.len - 8 + i] = (unsigned char)(s->end_ns >> 8 * i);
    rlt_write_pages(r.w, r.tl, RLT_WITH_OPEN);
    rlt_write_state(r.w, r.tl, state.bytes, state.len);
    uint64_t bytes = rlt_bytes(r.w);
    if (!rlt_close(r.w, r.tl, &err))
        die(&err);
    double ms = now_ms() - from;
    bench_row("bytes an event", "32", bench_judge(bytes < BYTES_GOAL * n_events), "%.1f (%.0f MiB)",
              (double)bytes / (double)n_events, (double)bytes / (1 << 20));
    bench_row("made and written", "", BENCH_INFO, "%.1f million events a second",
              (double)n_events / ms / 1e3);
    mem_free(run.bytes);
    mem_free(state.bytes);
    timeline_free(r.tl);
    session_free(s);
}

// --- looking

// Out of the system's memory, as after a day; only what has been written to the disk goes.
static void forget_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static const char *draw_key(struct random *dice)
{
    static const char *const keys[] = {"Left", "Right", "+", "-", "x",    "X",
                                       "Left", "Right", "+", "-", "Home", "0"};
    return keys[random_below(dice, ARRAY_LEN(keys))];
}

static void look_around(struct app *app, struct frame *frame)
{
    struct bench_samples samples = {0};
    double longest = 0;
    struct random dice = random_stream(2, 2);
    for (size_t i = 0; i < FRAMES; i++) {
        for (uint64_t n = random_below(&dice, 6); n > 0; n--)
            app_press(app, draw_key(&dice));
        double from = now_ms(), worked = cpu_ms();
        app_press(app, draw_key(&dice));
        app_draw(app, frame);
        bench_add(&samples, cpu_ms() - worked);
        longest = now_ms() - from > longest ? now_ms() - from : longest;
    }
    double worst = bench_percentile(&samples, 100);
    bench_row("work for a key and its frame: median", "", BENCH_INFO, "%.2f ms",
              bench_median(&samples));
    bench_row("the same: p99", "", BENCH_INFO, "%.2f ms", bench_percentile(&samples, 99));
    bench_row("the same: the worst of 200", "under 8 ms", bench_judge(worst < FRAME_GOAL_MS),
              "%.2f ms of CPU (%.2f ms with waits)", worst, longest);
    bench_free(&samples);
}

// Of this program alone: what getrusage says is also of the one that started it.
static double most_resident_mib(void)
{
    char line[160];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtod(line + 6, NULL);
    if (file)
        fclose(file);
    return kib / 1024;
}

static void look(const char *path, const char *what)
{
    struct error err;
    double from = now_ms();
    struct session *s = session_replay(path, NULL, NULL, &err);
    if (!s)
        die(&err);
    double opened = now_ms() - from;
    struct app *app = app_new(&(struct app_options){0}, &err);
    struct frame *frame = frame_new(WIDTH, HEIGHT, GLYPHS_UTF8);
    app_resize(app, WIDTH, HEIGHT);
    app_attach(app, s);
    app_draw(app, frame);
    double shown = now_ms() - from;
    bench_row(what, "under 150 ms", bench_judge(shown < OPEN_GOAL_MS),
              "%.1f ms, of which %.1f to open", shown, opened);
    look_around(app, frame);
    double mib = most_resident_mib();
    bench_row("resident memory, at most", "under 200 MiB", bench_judge(mib < MEMORY_GOAL_MIB),
              "%.0f MiB", mib);
    frame_free(frame);
    app_free(app);
    session_free(s);
}

// In a process that has never seen it.
static void look_afresh(const char *self, const char *path, const char *what)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        execl(self, self, "look", path, what, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "look") == 0) {
        look(argv[2], argv[3]);
        return 0;
    }
    double millions = argc > 1 ? strtod(argv[1], NULL) : 100;
    char path[4096];
    snprintf(path, sizeof path, "%s/bench_rlt-%ld.rlt", argc > 2 ? argv[2] : ".", (long)getpid());
    bench_table();
    write_file(path, (uint64_t)(millions * 1e6));
    forget_file(path);
    look_afresh(argv[0], path, "opened and shown, from the disk");
    look_afresh(argv[0], path, "opened and shown, again");
    if (truncate(path, (off_t)(millions * 1e6)) == 0)
        look_afresh(argv[0], path, "the same, cut: read from its beginning");
    unlink(path);
    return 0;
}
