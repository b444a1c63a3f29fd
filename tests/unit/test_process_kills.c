// Lanes that are processes, killed at any moment: nobody who lives is stuck, nobody who is dead is
// left over, and every death is told. RACELANE_KILLS says how many are killed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/random.h"
#include "engine/sched.h"
#include "export/report.h"
#include "fake_screen.h"
#include "session/private.h"
#include "support_process.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    N_LANES = 10,
    WIDTH = 140,
    HEIGHT = 50,
    LOCKS_MAX = 3,
};

#define STUCK_NS NS_PER_S
// Between two ops; at native speed the lanes take all cores, and most of the time goes by in
// waiting until each has had one.
#define PACE_NS (20 * NS_PER_US)

// Each lane goes on for as long as it lives, and counts; mostly with a lock, which so are most of
// the moments to be killed at.
struct stage {
    const char *what, *text, *memory, *lock_kind;
    int lock;
    bool is_exact; // nothing can be lost
};

static const char one_lock[] = "shared counter = 5\n"
                               "lock guard\n"
                               "def add():\n"
                               "    for _ in range(1000000000):\n"
                               "        with guard:\n"
                               "            for _ in range(20):\n"
                               "                counter += 1\n"
                               "lane A = add()\n"
                               "lane B = add()\n";

static const char two_locks[] = "shared counter = 5\n"
                                "lock one\n"
                                "lock two\n"
                                "def add():\n"
                                "    for _ in range(1000000000):\n"
                                "        with one:\n"
                                "            with two:\n"
                                "                for _ in range(20):\n"
                                "                    counter += 1\n"
                                "lane A = add()\n"
                                "lane B = add()\n";

// Whoever dies between the two takes a place with him. Without any left all others wait for ever.
static const char places[] = "shared counter = 5\n"
                             "semaphore places = 3\n"
                             "def add():\n"
                             "    for _ in range(1000000000):\n"
                             "        wait places\n"
                             "        for _ in range(20):\n"
                             "            counter += 1\n"
                             "        post places\n"
                             "lane A = add()\n"
                             "lane B = add()\n";

static const char waiting[] = "shared counter = 5\n"
                              "shared items = 0\n"
                              "lock guard\n"
                              "condition filled with guard\n"
                              "condition taken with guard\n"
                              "def put():\n"
                              "    for _ in range(1000000000):\n"
                              "        with guard:\n"
                              "            while items >= 20:\n"
                              "                wait taken\n"
                              "            items += 1\n"
                              "            counter += 1\n"
                              "            notify filled\n"
                              "def take():\n"
                              "    for _ in range(1000000000):\n"
                              "        with guard:\n"
                              "            while items == 0:\n"
                              "                wait filled\n"
                              "            items -= 1\n"
                              "            counter += 1\n"
                              "            notify taken\n"
                              "lane P = put()\n"
                              "lane T = take()\n";

static const char workers[] = "shared counter = 5\n"
                              "lock guard\n"
                              "def add(n):\n"
                              "    for _ in range(1000000000):\n"
                              "        with guard:\n"
                              "            for _ in range(20):\n"
                              "                counter += n\n"
                              "    return n\n"
                              "pool 10 sums = add(n) for n in [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";

static const struct stage stages[] = {
    {"a mutex", one_lock, "shared", "mutex", 1, true},
    {"the lock off", one_lock, "shared", "mutex", 0, false},
    {"atomic", one_lock, "shared", "atomic", 1, true},
    {"two mutexes", two_locks, "shared", "mutex", 1, true},
    {"a semaphore", places, "shared", NULL, -1, false},
    {"conditions", waiting, "shared", "mutex", 1, true},
    {"a pool", workers, "shared", "mutex", 1, true},
    {"memory of their own", one_lock, "private", "mutex", 1, true},
};

// What has come of all runs.
struct tally {
    size_t runs, kills, holding, half_done, deadlocked, starved;
    // Until everybody had gone on, and the death was told.
    uint64_t longest_ns, longest_given_ns;
};

struct hunt {
    const struct stage *stage;
    struct watch w;
    struct session *s;
    struct app *app;
    struct random random;
    uint64_t seed;
    uint64_t updates[N_LANES + 1], acquisitions[LOCKS_MAX]; // at the last kill
    struct tally *tally;
};

static uint64_t updates_of(const struct session *s, size_t lane)
{
    return atomic_load_explicit(&s->run.lanes[lane].updates, memory_order_relaxed);
}

static uint64_t acquisitions_of(const struct session *s, size_t lock)
{
    return atomic_load_explicit(&s->run.locks[lock].acquisitions, memory_order_relaxed);
}

// A survivor at random that the kernel knows by a number; 0: there is none.
static size_t choose(struct hunt *h, const struct session_view *view)
{
    size_t chosen = 0, n = 0;
    for (size_t lane = 1; lane <= N_LANES; lane++)
        if (view->lanes[lane].end_ns == UINT64_MAX && view->lanes[lane].pid &&
            random_below(&h->random, ++n) == 0)
            chosen = lane;
    return chosen;
}

static bool holds_something(const struct session *s, size_t lane)
{
    return atomic_load_explicit(&s->run.lanes[lane].held_locks, memory_order_relaxed) != 0;
}

// At any moment, or at one when the lane was just seen with a lock, or in the middle of a write.
static size_t choose_at_a_moment(struct hunt *h)
{
    bool (*const seen[])(const struct session *, size_t) = {NULL, holds_something, is_in_a_store};
    size_t which = (size_t)random_below(&h->random, ARRAY_LEN(seen));
    uint64_t until_ns = clock_now_ns() + random_below(&h->random, 600 * NS_PER_US);
    while (clock_now_ns() < until_ns)
        session_pump(h->s);
    struct session_view view = session_view(h->s);
    size_t lane = choose(h, &view);
    for (int tries = 0; seen[which] && tries < 20000 && !seen[which](h->s, lane); tries++)
        lane = choose(h, &view);
    return lane;
}

// As K does, or from outside.
static bool send_kill(struct hunt *h, size_t lane, pid_t pid)
{
    return random_below(&h->random, 2) ? session_kill_lane(h->s, lane) : kill(pid, SIGKILL) == 0;
}

// What the kernel says of a process; all 0 when there is none.
struct process {
    char state; // 'R': it runs, or would if there were a core for it; 'Z': nobody has reaped it
    int parent;
    unsigned long user, system; // what it has had of the cores, in ticks
};

static struct process process_of(pid_t pid)
{
    char path[32], line[512] = "";
    struct process process = {.state = 0};
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = pid ? fopen(path, "r") : NULL;
    if (!file)
        return process;
    const char *after = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    if (!after || sscanf(after, ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                         &process.state, &process.parent, &process.user, &process.system) != 4)
        return (struct process){.state = 0};
    return process;
}

// As anything: it runs, or nobody has reaped it.
static bool is_child_of_host(const struct hunt *h, pid_t pid)
{
    return process_of(pid).parent == h->w.launch.pid;
}

// Time as far as the machine gave it to this run: all of it while none of its processes wants a
// core, else what the cores did for it. On a machine that is busy with other things it is not the
// lanes that are stuck.
struct given {
    uint64_t ns, seen_ns;
    unsigned long ticks[N_LANES + 1];
};

static void count_given(const struct hunt *h, struct given *given)
{
    struct session_view view = session_view(h->s);
    uint64_t now_ns = clock_now_ns(), tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t had_ns = 0;
    bool is_wanted = false;
    for (size_t lane = 0; lane <= N_LANES; lane++) {
        struct process process = process_of(lane ? (pid_t)view.lanes[lane].pid : h->w.launch.pid);
        unsigned long ticks = process.user + process.system;
        if (given->seen_ns && ticks > given->ticks[lane])
            had_ns += (ticks - given->ticks[lane]) * tick_ns;
        given->ticks[lane] = ticks;
        is_wanted |= process.state == 'R';
    }
    if (given->seen_ns)
        given->ns += is_wanted ? had_ns / sched_cores() : now_ns - given->seen_ns;
    given->seen_ns = now_ns;
}

// A lane that lives has gone on since the kill, or has ended, or is told to wait for ever.
static bool has_gone_on(const struct hunt *h, const struct session_view *view, size_t lane)
{
    return view->is_deadlocked || view->lanes[lane].end_ns != UINT64_MAX ||
           updates_of(h->s, lane) > h->updates[lane];
}

static size_t find_stuck(const struct hunt *h)
{
    struct session_view view = session_view(h->s);
    for (size_t lane = 1; lane <= N_LANES; lane++)
        if (!has_gone_on(h, &view, lane))
            return lane;
    return 0;
}

// Neither a mutex nor a semaphore is fair: a lane may wait while others take it and give it back.
// It is shown as what it is, a wait for what others have.
static bool is_starved(struct hunt *h, size_t lane)
{
    const struct session_lane *view = &session_view(h->s).lanes[lane];
    uint32_t number = view->waits_for;
    if (view->state != LANE_BLOCKED || number >= h->s->run.n_locks ||
        h->s->prog->locks[number].type == LOCK_CONDITION)
        return false;
    uint64_t before = h->acquisitions[number];
    h->acquisitions[number] = acquisitions_of(h->s, number);
    return h->acquisitions[number] > before;
}

static void fail_stuck(const struct hunt *h, size_t victim, pid_t pid, size_t stuck)
{
    struct session_view view = session_view(h->s);
    struct process process = process_of(pid);
    fail_msg("RACELANE_SEED=%llu: %s, %s killed: %s is stuck, %s; the death is%s told, the process "
             "%s",
             (unsigned long long)h->seed, h->stage->what, view.lanes[victim].name,
             stuck ? view.lanes[stuck].name : "nobody",
             stuck ? lane_state_name(view.lanes[stuck].state) : "all go on",
             view.lanes[victim].signal ? "" : " not",
             !process.state         ? "gone"
             : process.state == 'Z' ? "not reaped"
                                    : "not dead");
}

static void await_survivors(struct hunt *h, size_t victim, pid_t pid)
{
    struct given given = {.ns = 0};
    uint64_t from_ns = clock_now_ns();
    for (;;) {
        session_pump(h->s);
        size_t stuck = find_stuck(h);
        if (!stuck && session_view(h->s).lanes[victim].signal && !is_child_of_host(h, pid))
            break;
        count_given(h, &given);
        if (clock_now_ns() - from_ns >= DEADLINE_NS)
            fail_stuck(h, victim, pid, stuck);
        if (given.ns >= STUCK_NS) {
            if (!is_starved(h, stuck))
                fail_stuck(h, victim, pid, stuck);
            h->tally->starved++;
            given.ns = 0;
        }
        session_wait(h->s, NS_PER_MS);
    }
    uint64_t took_ns = clock_now_ns() - from_ns;
    if (took_ns > h->tally->longest_ns)
        h->tally->longest_ns = took_ns;
    if (given.ns > h->tally->longest_given_ns)
        h->tally->longest_given_ns = given.ns;
}

// The lane's row says "died holding guard", or that in fewer words, or "killed".
static bool is_told_in(const char *row, const struct session_lane *lane)
{
    static const char *const ways[] = {"\u2020 died holding ", "\u2020 died with ",
                                       "\u2020 died: "};
    const char *name = row + strspn(row, " \u25b8");
    size_t len_name = strlen(lane->name);
    if (strncmp(name, lane->name, len_name) != 0 || name[len_name] != ' ')
        return false;
    const char *held = strstr(lane->death, " holding ");
    if (!held)
        return strstr(row, "\u2020 killed") != NULL;
    held += strlen(" holding ");
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        const char *told = strstr(row, ways[i]);
        if (told && strncmp(told + strlen(ways[i]), held, strcspn(held, ",")) == 0)
            return true;
    }
    return false;
}

static void check_screen(const struct hunt *h, size_t victim)
{
    const struct session_lane *lane = &session_view(h->s).lanes[victim];
    char *text = screen_text(h->app, WIDTH, HEIGHT, GLYPHS_UTF8);
    bool is_told = false;
    for (char *rest = text, *row; (row = strsep(&rest, "\n"));)
        is_told |= is_told_in(row, lane);
    if (!is_told)
        fail_msg("RACELANE_SEED=%llu: %s, not on the screen: %s, %s", (unsigned long long)h->seed,
                 h->stage->what, lane->name, lane->death);
    free(text);
}

static void check_report(const struct hunt *h, size_t victim)
{
    const struct session_lane *lane = &session_view(h->s).lanes[victim];
    char *text = report_json(h->s);
    json_t *root = json_loads(text, 0, NULL);
    const json_t *told = json_array_get(json_object_get(root, "lanes"), victim);
    const json_t *death = json_object_get(told, "death");
    assert_string_equal(json_string_value(json_object_get(told, "state")), "killed");
    assert_int_equal(json_integer_value(json_object_get(death, "signal")), SIGKILL);
    assert_string_equal(json_string_value(json_object_get(death, "text")), lane->death);
    assert_true(strncmp(lane->death, "killed by SIGKILL", 17) == 0);
    json_decref(root);
    mem_free(text);
}

static void count_death(struct hunt *h, size_t victim)
{
    const struct session_lane *lane = &session_view(h->s).lanes[victim];
    h->tally->kills++;
    h->tally->holding += strstr(lane->death, " holding ") != NULL;
    h->tally->half_done += strstr(lane->death, "loaded and not stored") != NULL;
}

// One lane, or two within a moment: the holder and the next one.
static void kill_and_look(struct hunt *h)
{
    size_t victims[2] = {choose_at_a_moment(h), 0}, n = 0;
    pid_t pids[2];
    size_t wanted = random_below(&h->random, 4) ? 1 : 2;
    while (n < wanted && victims[n] && (n == 0 || victims[1] != victims[0])) {
        struct session_view view = session_view(h->s);
        pids[n] = (pid_t)view.lanes[victims[n]].pid;
        if (!send_kill(h, victims[n], pids[n]))
            fail_msg("RACELANE_SEED=%llu: %s cannot be killed", (unsigned long long)h->seed,
                     view.lanes[victims[n]].name);
        if (++n < wanted)
            victims[n] = choose(h, &view);
    }
    for (size_t lane = 1; lane <= N_LANES; lane++)
        h->updates[lane] = updates_of(h->s, lane);
    for (size_t lock = 0; lock < h->s->run.n_locks; lock++)
        h->acquisitions[lock] = acquisitions_of(h->s, lock);
    for (size_t i = 0; i < n; i++) {
        await_survivors(h, victims[i], pids[i]);
        check_report(h, victims[i]);
        check_screen(h, victims[i]);
        count_death(h, victims[i]);
    }
    h->tally->deadlocked += session_view(h->s).is_deadlocked;
}

static bool some_started(const struct session_view *view)
{
    return view->lanes[1].is_started;
}

static void check_end(struct hunt *h, size_t deaths)
{
    struct session_view view = session_view(h->s);
    if (!view.is_ended || view.n_deaths != deaths || deaths != N_LANES)
        fail_msg("RACELANE_SEED=%llu: %s: ended %d, deaths %zu and %zu; %s",
                 (unsigned long long)h->seed, h->stage->what, view.is_ended, view.n_deaths, deaths,
                 view.trouble ? view.trouble : "");
    if (h->stage->is_exact)
        assert_int_equal(ledger_cell(view.ledger, 0)->lost, 0);
    if (!view.is_private)
        check_identities(&view);
}

// A run of ten lanes, all of which are killed.
static void hunt_once(const struct stage *stage, uint64_t seed, struct tally *tally)
{
    struct error err;
    struct hunt h = {
        .stage = stage, .random = random_stream(seed, 3), .seed = seed, .tally = tally};
    h.s = open_processes(&h.w, stage->text,
                         &(struct how){.memory = stage->memory,
                                       .lock_kind = stage->lock_kind,
                                       .lock = stage->lock,
                                       .pace_ns = random_below(&h.random, 4) ? PACE_NS : 0,
                                       .n_lanes = N_LANES});
    h.app = app_new(&(struct app_options){.menu = NULL}, &err);
    app_attach(h.app, h.s);
    app_resize(h.app, WIDTH, HEIGHT);
    bool is_early = random_below(&h.random, 4) == 0;
    pump_until(h.s, is_early ? some_started : all_started, "the start of lanes");
    size_t before = tally->kills;
    while (tally->kills - before < N_LANES && !session_view(h.s).is_ended)
        kill_and_look(&h);
    pump_until(h.s, is_ended, "the end");
    check_end(&h, tally->kills - before);
    app_free(h.app);
    session_free(h.s);
    // The host is gone, and with it everything that it had started.
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    tally->runs++;
}

static void test_killed_at_any_moment(void **state)
{
    (void)state;
    uint64_t seed = number_from("RACELANE_SEED", (uint64_t)time(NULL));
    uint64_t wanted = number_from("RACELANE_KILLS", 80);
    struct tally sum = {.runs = 0};
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed);
    // What the host leaves behind would be this process's.
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (; sum.kills < wanted; seed++)
        hunt_once(&stages[seed % ARRAY_LEN(stages)], seed, &sum);
    print_message(
        "%zu lanes killed in %zu runs, %zu of them with a lock, %zu in the middle of an "
        "update; %zu times all others waited for ever, as was told; %zu times one waited a "
        "second while others had the lock\n",
        sum.kills, sum.runs, sum.holding, sum.half_done, sum.deadlocked, sum.starved);
    print_message("the longest until all others had gone on and the death was told: %.1f ms, of "
                  "which %.1f ms were given to the run\n",
                  (double)sum.longest_ns / 1e6, (double)sum.longest_given_ns / 1e6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
