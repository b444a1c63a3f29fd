// What the screen costs and how quick it is: racelane in a pseudo-terminal of 120x40, its output
// read and thrown away, beside htop where that is installed.
//
//     bench_screen [seconds at native speed]      20 unless given; 600 are the ten minutes
//
// Frames are told by what brackets them, synchronized output: ESC [ ? 2026 h ... l.
#include "bench.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WIDTH = 120,
    HEIGHT = 40,
    CPU_SECONDS = 10,
    STARTS = 20,
    KEYS = 200,
    MEMORY_SECONDS = 20,
    LIMIT_MS = 10000,
    KEPT = 32 << 10, // newest output that is kept to look for texts in
    NAME_MAX_BYTES = 64,
};

#define FRAME_END "\033[?2026l"
// The last word of the bottom line, in racelane and in htop.
#define LAST_WORD "uit"
#define CLEARED   "\033[2J"
// Only the help has it.
#define HELP_WORD "closes"

struct terminal {
    pid_t pid;
    int fd;
    char kept[KEPT + 1];
    size_t len;
    uint64_t n_frames, n_bytes;
};

static bool terminal_start(struct terminal *terminal, const char *const *argv)
{
    const struct winsize size = {.ws_row = HEIGHT, .ws_col = WIDTH};
    *terminal = (struct terminal){.pid = 0};
    fflush(NULL);
    terminal->pid = forkpty(&terminal->fd, NULL, NULL, &size);
    if (terminal->pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        setenv("XDG_CONFIG_HOME", TESTS_DIR "/pty/config", 1); // frames are synchronized
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    return terminal->pid > 0 && fcntl(terminal->fd, F_SETFL, O_NONBLOCK) == 0;
}

static void terminal_end(struct terminal *terminal)
{
    kill(terminal->pid, SIGTERM);
    close(terminal->fd);
    waitpid(terminal->pid, NULL, 0);
}

static void keep(struct terminal *terminal, const char *bytes, size_t n)
{
    if (n > KEPT / 2) {
        bytes += n - KEPT / 2;
        n = KEPT / 2;
    }
    if (terminal->len + n > KEPT) {
        size_t gone = terminal->len + n - KEPT;
        memmove(terminal->kept, terminal->kept + gone, terminal->len - gone);
        terminal->len -= gone;
    }
    memcpy(terminal->kept + terminal->len, bytes, n);
    terminal->len += n;
}

static uint64_t count_frames(const char *bytes, size_t n)
{
    uint64_t count = 0;
    const char *end = bytes + n;
    while ((bytes = memmem(bytes, (size_t)(end - bytes), FRAME_END, strlen(FRAME_END)))) {
        bytes++;
        count++;
    }
    return count;
}

// Takes in what there is, waiting for it at most so long. False when the program has gone.
static bool terminal_pump(struct terminal *terminal, int limit_ms)
{
    char bytes[16 << 10];
    struct pollfd ready = {.fd = terminal->fd, .events = POLLIN};
    if (poll(&ready, 1, limit_ms) == 0)
        return true;
    ssize_t n = read(terminal->fd, bytes, sizeof bytes);
    if (n <= 0)
        return false;
    terminal->n_bytes += (uint64_t)n;
    terminal->n_frames += count_frames(bytes, (size_t)n);
    keep(terminal, bytes, (size_t)n);
    return true;
}

static bool terminal_run(struct terminal *terminal, uint64_t for_ns)
{
    uint64_t until_ns = clock_now_ns() + for_ns;
    while (clock_now_ns() < until_ns)
        if (!terminal_pump(terminal, (int)((until_ns - clock_now_ns()) / NS_PER_MS) + 1))
            return false;
    return true;
}

// Until the text has been written and then, if the program says so, the end of a frame.
static bool terminal_wait(struct terminal *terminal, const char *text, const char *then)
{
    uint64_t until_ns = clock_now_ns() + LIMIT_MS * (uint64_t)NS_PER_MS;
    while (clock_now_ns() < until_ns) {
        const char *end = terminal->kept + terminal->len;
        const char *found = memmem(terminal->kept, terminal->len, text, strlen(text));
        if (found && (!*then || memmem(found, (size_t)(end - found), then, strlen(then))))
            return true;
        if (!terminal_pump(terminal, 100))
            return false;
    }
    return false;
}

static void terminal_forget(struct terminal *terminal)
{
    terminal->len = 0;
}

static bool terminal_type(const struct terminal *terminal, const char *keys)
{
    return write(terminal->fd, keys, strlen(keys)) == (ssize_t)strlen(keys);
}

// --- Of processes

// The first child of the guardian is the process with the screen. 0: there is none.
static pid_t screen_process(pid_t guardian)
{
    char path[NAME_MAX_BYTES];
    int child = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)guardian, (int)guardian);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%d", &child) != 1)
        child = 0;
    fclose(file);
    return child;
}

static uint64_t cpu_ns(pid_t pid)
{
    char path[NAME_MAX_BYTES];
    unsigned long long ns = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%llu", &ns) != 1)
        ns = 0;
    fclose(file);
    return ns;
}

static double status_mib(pid_t pid, const char *key)
{
    char path[NAME_MAX_BYTES], line[160];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':')
            kib = strtod(line + strlen(key) + 1, NULL);
    if (file)
        fclose(file);
    return kib / 1024;
}

// --- The goals

static const char *const htop[] = {"htop", "-d", "1", NULL};

struct load {
    double percent, frames, kib; // a second
};

static bool measure_load(const char *const *argv, struct load *load)
{
    struct terminal terminal;
    bool is_guarded = argv != htop;
    if (!terminal_start(&terminal, argv))
        return false;
    bool ok = terminal_wait(&terminal, LAST_WORD, "") && terminal_run(&terminal, NS_PER_S);
    pid_t pid = is_guarded ? screen_process(terminal.pid) : terminal.pid;
    uint64_t cpu = cpu_ns(pid);
    uint64_t from = clock_now_ns();
    uint64_t frames = terminal.n_frames;
    uint64_t bytes = terminal.n_bytes;
    ok = ok && pid && terminal_run(&terminal, CPU_SECONDS * NS_PER_S);
    double wall_ns = (double)(clock_now_ns() - from);
    load->percent = 100 * (double)(cpu_ns(pid) - cpu) / wall_ns;
    load->frames = (double)(terminal.n_frames - frames) / wall_ns * 1e9;
    load->kib = (double)(terminal.n_bytes - bytes) / wall_ns * 1e9 / 1024;
    terminal_end(&terminal);
    return ok;
}

static void bench_load(const char *pace)
{
    const char *const argv[] = {RACELANE, "run", "race",   "--lanes", "8",
                                "--pace", pace,  "--lock", "off",     NULL};
    char what[160];
    struct load load;
    snprintf(what, sizeof what, "lanes view, 8 lanes, 120x40, pace %s: CPU of the screen's process",
             pace);
    if (measure_load(argv, &load))
        bench_row(what, "under 3 %", bench_judge(load.percent < 3),
                  "%.2f %% of a core (%.1f frames/s, %.1f KiB/s)", load.percent, load.frames,
                  load.kib);
    else
        bench_row(what, "under 3 %", BENCH_MISSED, "it ended");
}

static void bench_htop_load(void)
{
    struct load load;
    if (measure_load(htop, &load))
        bench_row("htop at 10 Hz beside it", "", BENCH_INFO, "%.2f %% of a core (%.1f KiB/s)",
                  load.percent, load.kib);
}

static bool measure_start(const char *const *argv, const char *then, struct bench_samples *samples)
{
    struct terminal terminal;
    uint64_t from = clock_now_ns();
    if (!terminal_start(&terminal, argv))
        return false;
    bool ok = terminal_wait(&terminal, LAST_WORD, then);
    bench_add(samples, (double)(clock_now_ns() - from) / 1e6);
    terminal_end(&terminal);
    return ok;
}

static void bench_start(void)
{
    const char *const argv[] = {RACELANE, "run", "race", NULL};
    struct bench_samples mine = {0}, theirs = {0};
    bool ok = true;
    bool has_htop = true;
    for (int i = 0; ok && i < STARTS; i++) {
        ok = measure_start(argv, FRAME_END, &mine);
        has_htop = has_htop && measure_start(htop, "", &theirs);
    }
    double middle = bench_median(&mine);
    bench_row("start to the first full frame (median)", "under 25 ms",
              bench_judge(ok && middle < 25), "%.1f ms (slowest %.1f)", middle,
              bench_percentile(&mine, 100));
    if (has_htop)
        bench_row("htop beside it", "", BENCH_INFO, "%.1f ms", bench_median(&theirs));
    bench_free(&mine);
    bench_free(&theirs);
}

static const char *const spinning[] = {RACELANE, "run",    "race",  "--lock",       "off",
                                       "--pace", "native", "--set", "N=2000000000", NULL};

static bool measure_key(struct terminal *terminal, struct bench_samples *samples)
{
    terminal_forget(terminal);
    uint64_t from = clock_now_ns();
    bool ok = terminal_type(terminal, "?") && terminal_wait(terminal, HELP_WORD, FRAME_END);
    bench_add(samples, (double)(clock_now_ns() - from) / 1e6);
    // Closed again, as the whole frame that follows says; the next key comes at another moment
    // between two frames.
    uint64_t pause_ns = (20 + 7 * samples->n % 53) * (uint64_t)NS_PER_MS;
    return ok && terminal_type(terminal, "?\f") && terminal_wait(terminal, CLEARED, FRAME_END) &&
           terminal_run(terminal, pause_ns);
}

static void measure_keys(struct terminal *terminal, const char *what)
{
    struct bench_samples samples = {0};
    bool ok = true;
    for (int i = 0; ok && i < KEYS; i++)
        ok = measure_key(terminal, &samples);
    double p99 = bench_percentile(&samples, 99);
    bench_row(what, "under 35 ms", bench_judge(ok && p99 < 35),
              "%.1f ms (median %.1f, slowest %.1f, of %zu)", p99, bench_median(&samples),
              bench_percentile(&samples, 100), samples.n);
    bench_free(&samples);
}

static uint64_t number(const json_t *trace, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(trace, key));
}

// Saves the run as it stands, by key, and asks for what is in the file.
static void measure_saved(struct terminal *terminal)
{
    static const char command[] = RACELANE " report racelane-race-1.rlt --json";
    terminal_forget(terminal);
    bool ok = terminal_type(terminal, "w") && terminal_wait(terminal, ".rlt", FRAME_END);
    FILE *report = ok ? popen(command, "r") : NULL;
    json_t *run = report ? json_loadf(report, 0, NULL) : NULL;
    const json_t *trace = json_object_get(run, "trace");
    uint64_t produced = number(trace, "events"), kept = number(trace, "kept");
    uint64_t given_up = number(trace, "given_up"), dropped = number(trace, "dropped");
    bench_row("its events: produced = kept + given up + dropped", "exactly",
              bench_judge(produced && produced == kept + given_up + dropped),
              "%llu = %llu + %llu + %llu", (unsigned long long)produced, (unsigned long long)kept,
              (unsigned long long)given_up, (unsigned long long)dropped);
    const json_t *cell = json_array_get(json_object_get(run, "cells"), 0);
    uint64_t lost = number(cell, "updates") - (number(cell, "final") - number(cell, "initial"));
    bench_row("its counter: lost = updates - (final - initial)", "exactly",
              bench_judge(cell && lost == number(cell, "lost")), "%llu = %llu - %llu",
              (unsigned long long)number(cell, "lost"), (unsigned long long)number(cell, "updates"),
              (unsigned long long)(number(cell, "final") - number(cell, "initial")));
    json_decref(run);
    if (report)
        pclose(report);
}

// A long run at native speed: the keys at its beginning and at its end, and what it takes.
static void bench_native(uint64_t seconds)
{
    struct terminal terminal;
    bool ok = terminal_start(&terminal, spinning) && terminal_wait(&terminal, LAST_WORD, "") &&
              terminal_run(&terminal, NS_PER_S);
    if (ok)
        measure_keys(&terminal, "a key to its frame while two lanes spin at native speed (p99)");
    pid_t pid = ok ? screen_process(terminal.pid) : 0;
    uint64_t cpu = cpu_ns(pid), frames = terminal.n_frames;
    for (uint64_t i = 0; ok && i < seconds; i++) {
        ok = terminal_run(&terminal, NS_PER_S);
        if (i % 5 == 4)
            fprintf(stderr, "%4llu s: %.1f MiB\n", (unsigned long long)i + 1,
                    status_mib(pid, "VmRSS"));
    }
    double s = (double)(seconds ? seconds : 1);
    double mib = status_mib(pid, "VmRSS");
    char what[160];
    snprintf(what, sizeof what, "memory of the screen's process after %llu s at native speed",
             (unsigned long long)seconds);
    bench_row(what, "under 320 MiB", bench_judge(ok && pid && mib < 320),
              "%.1f MiB (own %.1f, shared with the lanes %.1f, program and libraries %.1f)", mib,
              status_mib(pid, "RssAnon"), status_mib(pid, "RssShmem"), status_mib(pid, "RssFile"));
    bench_row("its frames and its CPU meanwhile", "", BENCH_INFO,
              "%.1f a second, %.0f %% of a core", (double)(terminal.n_frames - frames) / s,
              100 * (double)(cpu_ns(pid) - cpu) / 1e9 / s);
    if (ok)
        measure_keys(&terminal, "a key to its frame then (p99)");
    if (ok)
        measure_saved(&terminal);
    terminal_end(&terminal);
}

// What keys save is written where the program runs.
static bool enter_folder(char folder[])
{
    return mkdtemp(folder) && chdir(folder) == 0;
}

static void leave_folder(const char *folder)
{
    unlink("racelane-race-1.rlt");
    if (chdir("/") != 0 || rmdir(folder) != 0)
        perror(folder);
}

int main(int argc, char **argv)
{
    uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : MEMORY_SECONDS;
    bench_table();
    bench_load("120ms");
    bench_load("20ms");
    bench_htop_load();
    bench_start();
    char folder[] = "/tmp/bench_screen.XXXXXX";
    if (!enter_folder(folder))
        return EXIT_FAILURE;
    bench_native(seconds);
    leave_folder(folder);
    return EXIT_SUCCESS;
}
