#ifndef TESTS_FAKE_PROCESS_H
#define TESTS_FAKE_PROCESS_H

// Views whose lanes are processes: with memory of their own, killed, as workers of a pool.
#include "fake_view.h"

// From now on the lanes are processes that share the counter.
static inline void fake_processes(struct fake *fake)
{
    fake->prog.mode = fake->view.mode = MODE_PROCESSES;
    fake->prog.memory = MEMORY_SHARED;
    for (size_t lane = 1; lane < fake->view.n_lanes; lane++)
        fake->lanes[lane].kind = LANE_PROCESS;
}

static inline void fake_advance(struct fake *fake, uint64_t by_ns)
{
    fake->view.now_ns += by_ns;
    timeline_advance((struct timeline *)fake->view.timeline, fake->view.now_ns);
}

// Each process counts in a copy of its own, one op at a time, by a lane drawn by lot.
static inline struct fake *fake_private(size_t n_lanes, size_t n_ops)
{
    struct fake *fake = fake_open(n_lanes, 0);
    struct random random = random_stream(4, 0);
    fake_processes(fake);
    fake->prog.memory = MEMORY_PRIVATE;
    fake->view.is_private = true;
    for (size_t lane = 1; lane < n_lanes; lane++)
        fake->lanes[lane].copies = &fake->copies[lane];
    uint64_t step_ns = FAKE_OP_MS * (uint64_t)NS_PER_MS / (n_lanes - 1), t = 5 * NS_PER_MS;
    for (size_t i = 0; i < n_ops; i++, t += step_ns) {
        size_t lane = 1 + (size_t)random_below(&random, n_lanes - 1);
        struct session_lane *l = &fake->lanes[lane];
        if (l->pc == FAKE_LOAD) {
            l->loaded = fake->copies[lane];
            fake_event(fake, t, lane, EVENT_LOAD, 0, l->loaded);
        } else if (l->pc == FAKE_STORE) {
            fake->copies[lane] = l->loaded + 1;
            l->updates++;
            fake_event(fake, t, lane, EVENT_STORE, 0, fake->copies[lane]);
        }
        l->pc = l->pc == FAKE_STORE ? FAKE_LOAD : l->pc + 1;
        l->has_loaded = l->pc != FAKE_LOAD;
    }
    fake_advance(fake, t);
    return fake;
}

// A signal has ended it, now. death: as a session words it.
static inline void fake_kill(struct fake *fake, size_t lane, const char *death)
{
    struct session_lane *l = &fake->lanes[lane];
    fake_event(fake, fake->view.now_ns, lane, EVENT_KILL, EVENT_NO_OBJECT, 0);
    l->state = LANE_KILLED;
    l->signal = 9;
    l->end_ns = fake->view.now_ns;
    text_format(l->death, sizeof(l->death), "%s", death);
    fake->view.n_deaths++;
    fake->view.last_dead = lane;
}

// B dies with the lock that A waits for; A takes it over and counts on alone.
static inline struct fake *fake_dead(void)
{
    struct fake *fake = fake_new(3, 40);
    fake_processes(fake);
    fake->view.lock = SWITCH_ON;
    fake->view.lock_wanted = true;
    fake_kill(fake, 2, "killed by signal 9 holding guard, with counter 25 loaded and not stored");
    fake_event(fake, fake->view.now_ns, 1, EVENT_CONTEND, 0, 2);
    fake_advance(fake, 300 * NS_PER_MS);
    fake_event(fake, fake->view.now_ns, 1, EVENT_RECOVER, 0, 2);
    fake_event(fake, fake->view.now_ns, 1, EVENT_ACQUIRE, 0, 0);
    fake->lanes[1].state = LANE_HOLDING;
    fake_advance(fake, 400 * NS_PER_MS);
    return fake;
}

// A crowd takes turns at one lock: some run, one holds, many wait or sleep, a third are done, two
// have died, and a few updates were lost.
static inline void fake_turn(struct fake *fake, size_t lane)
{
    static const uint64_t ms = NS_PER_MS;
    struct session_lane *l = &fake->lanes[lane];
    uint64_t t = 100 * ms + lane % 7 * 60 * ms, turn = 400 * ms + lane * 2 * ms;
    if (lane % 3 == 0 && t + 300 * ms < turn) {
        fake_event(fake, t, lane, EVENT_SLEEP, EVENT_NO_OBJECT, (int64_t)(300 * ms));
        fake_event(fake, t += 300 * ms, lane, EVENT_WAKE, EVENT_NO_OBJECT, 0);
    }
    if (t < turn)
        fake_event(fake, t, lane, EVENT_CONTEND, 0, 0);
    fake_event(fake, turn, lane, EVENT_ACQUIRE, 0, 0);
    fake_event(fake, turn + ms, lane, EVENT_STORE, 0, 0);
    if (lane % 60 == 25)
        timeline_mark_store((struct timeline *)fake->view.timeline, lane, turn + ms, 0, 0,
                            ACCESS_LOSS);
    fake_event(fake, turn + 2 * ms, lane, EVENT_RELEASE, 0, 0);
    if (lane % 4 == 0)
        return;
    fake_event(fake, turn + 150 * ms, lane, EVENT_FINISH, EVENT_NO_OBJECT, 0);
    l->end_ns = turn + 150 * ms;
    l->state = LANE_FINISHED;
}

static inline struct fake *fake_crowd(size_t n_lanes)
{
    static const uint64_t ms = NS_PER_MS;
    struct fake *fake = fake_open(n_lanes, 0);
    uint64_t now = 400 * ms + n_lanes * ms;
    fake->view.lock = SWITCH_ON;
    fake->view.lock_wanted = true;
    fake_processes(fake);
    for (size_t lane = 1; lane < n_lanes; lane++) {
        if (400 * ms + lane * 2 * ms + 150 * ms < now) {
            fake_turn(fake, lane);
            continue;
        }
        bool is_asleep = lane % 3 == 0;
        fake_event(fake, 100 * ms + lane % 7 * 60 * ms, lane,
                   is_asleep ? EVENT_SLEEP : EVENT_CONTEND, 0, 0);
        fake->lanes[lane].state = is_asleep ? LANE_SLEEPING : LANE_BLOCKED;
    }
    fake_advance(fake, now - 50 * ms);
    for (size_t lane = n_lanes / 4 * 3; lane < n_lanes; lane += n_lanes / 6)
        fake_kill(fake, lane, "killed by signal 9");
    fake_advance(fake, 50 * ms);
    return fake;
}

// A pool of four that computes five cubes; it has come so far. The last input is slow.
enum { FAKE_WORKERS = 4, FAKE_ITEMS = 5 };

static int64_t fake_inputs[FAKE_ITEMS] = {1, 2, 3, 4, 5};
static struct function fake_cube = {.name = "cube", .n_params = 1, .line = 4};
static const char *const fake_pool_lines[] = {
    "title  \"7 Pool: cubes by four workers\"",
    "mode   pool",
    "",
    "def cube(x):",
    "    compute(400ms)",
    "    return x * x * x",
    "",
    "pool 4 results = cube(x) for x in [1, 2, 3, 4, 5]",
    "",
    "after:",
    "    print(\"Cubes: {results}\")",
};

static inline void fake_take(struct fake *fake, uint64_t t_ns, size_t lane, uint32_t item)
{
    fake_event(fake, t_ns, lane, EVENT_TAKE, item, 0);
    fake->lanes[lane].item = item;
}

static inline void fake_give(struct fake *fake, uint64_t t_ns, size_t lane)
{
    int64_t x = fake_inputs[fake->lanes[lane].item];
    fake_event(fake, t_ns, lane, EVENT_GIVE, fake->lanes[lane].item, x * x * x);
    fake->lanes[lane].item = EVENT_NO_OBJECT;
}

static inline struct fake *fake_pool(void)
{
    static const uint64_t ms = NS_PER_MS;
    struct fake *fake = fake_open(FAKE_WORKERS + 1, 0);
    fake_unshare(fake);
    fake_processes(fake);
    fake->prog.title = "7 Pool: cubes by four workers";
    fake->prog.lines = (char **)fake_pool_lines;
    fake->prog.n_lines = ARRAY_LEN(fake_pool_lines);
    fake->prog.functions = &fake_cube;
    fake->prog.n_params = 0;
    fake->prog.mode = fake->view.mode = MODE_POOL;
    fake->prog.pool = (struct pool_decl){.name = "results",
                                         .n_items = FAKE_ITEMS,
                                         .n_args = 1,
                                         .args = fake_inputs,
                                         .arg_types = {TYPE_INT},
                                         .result_type = TYPE_INT,
                                         .line = 8};
    for (uint32_t i = 0; i < FAKE_WORKERS; i++)
        fake_take(fake, (20 + 3 * i) * ms, i + 1, i);
    static const uint64_t given_ms[FAKE_WORKERS] = {430, 402, 415, 409};
    fake_give(fake, given_ms[1] * ms, 2);
    fake_take(fake, 404 * ms, 2, 4);
    fake_give(fake, given_ms[3] * ms, 4);
    fake_give(fake, given_ms[2] * ms, 3);
    fake_give(fake, given_ms[0] * ms, 1);
    fake_advance(fake, 700 * ms);
    return fake;
}

#endif
