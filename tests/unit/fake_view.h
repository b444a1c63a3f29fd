#ifndef TESTS_FAKE_VIEW_H
#define TESTS_FAKE_VIEW_H

// A session_view without a session: two or more lanes that increment a counter at a pace, with the
// lock off, exactly the same on every machine. The timeline and the ledger are real.
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "session/session.h"

#include <string.h>

enum { FAKE_LANES_MAX = 1001, FAKE_OP_MS = 120 };

struct fake {
    struct program prog;
    struct lane_decl decls[FAKE_LANES_MAX];
    struct session_lane lanes[FAKE_LANES_MAX];
    struct session_output output[3];
    struct session_claim claim;
    struct session_view view;
    int64_t cells[1];
    int64_t copies[FAKE_LANES_MAX]; // of the counter, one of each process
    bool updates[2];                // of the function, and of main
    uint64_t last_ns;               // of the store merged last, for the LOST mark at the victim
};

static const char *const fake_lines[] = {
    "title  \"5 Race condition: counter += 1\"",
    "param  N = 100000",
    "shared counter = 0",
    "lock   guard off",
    "",
    "def increment():",
    "    for _ in range(N):",
    "        with guard:",
    "            counter += 1",
    "",
    "lane A = increment()",
    "lane B = increment()",
    "",
    "after:",
    "    print(\"Final Counter: {counter}\")",
    "expect counter == lanes * N",
};

enum { FAKE_NEXT, FAKE_ENTER, FAKE_LOAD, FAKE_ADD, FAKE_STORE, FAKE_LEAVE, FAKE_JUMP, FAKE_END };

static struct op fake_ops[] = {
    [FAKE_NEXT] = {.code = OP_NEXT, .line = 7},
    [FAKE_ENTER] = {.code = OP_ENTER, .line = 8},
    [FAKE_LOAD] =
        {.code = OP_LOAD, .flags = OP_UPDATES | OP_IN_WITH, .dst = 2, .b = REG_NONE, .line = 9},
    [FAKE_ADD] = {.code = OP_ADD, .dst = 2, .a = 2, .b = REG_CONST, .line = 9},
    [FAKE_STORE] =
        {.code = OP_STORE, .flags = OP_UPDATES | OP_IN_WITH, .a = 2, .b = REG_NONE, .line = 9},
    [FAKE_LEAVE] = {.code = OP_LEAVE, .line = 8},
    [FAKE_JUMP] = {.code = OP_JUMP, .arg = FAKE_NEXT, .line = 7},
    [FAKE_END] = {.code = OP_END},
};

static int64_t fake_consts[] = {1};
static struct function fake_function = {.name = "increment", .line = 6};
static struct shared_var fake_var = {.name = "counter", .n_cells = 1, .line = 3};
static struct lock_decl fake_lock = {.name = "guard", .starts_off = true, .lock = -1, .line = 4};
static struct param fake_param = {.name = "N", .value = 100000, .line = 2};

static void fake_program(struct fake *fake, size_t n_lanes)
{
    fake->updates[0] = true;
    fake->prog = (struct program){
        .name = "race",
        .title = "5 Race condition: counter += 1",
        .about = "",
        .lines = (char **)fake_lines,
        .n_lines = ARRAY_LEN(fake_lines),
        .mode = MODE_THREADS,
        .ops = fake_ops,
        .n_ops = ARRAY_LEN(fake_ops),
        .consts = fake_consts,
        .n_consts = 1,
        .functions = &fake_function,
        .n_functions = 1,
        .vars = &fake_var,
        .n_vars = 1,
        .n_cells = 1,
        .updates = fake->updates,
        .locks = &fake_lock,
        .n_locks = 1,
        .params = &fake_param,
        .n_params = 1,
        .lanes = fake->decls,
        .n_lanes = n_lanes,
    };
}

static void fake_lane_name(char out[PROGRAM_NAME_MAX + 1], size_t lane)
{
    if (lane == 0)
        text_format(out, PROGRAM_NAME_MAX + 1, "main");
    else if (lane <= 26)
        text_format(out, PROGRAM_NAME_MAX + 1, "%c", (char)('A' + lane - 1));
    else
        text_format(out, PROGRAM_NAME_MAX + 1, "W%zu", lane);
}

static void fake_event(struct fake *fake, uint64_t t_ns, size_t lane, enum event_kind kind,
                       uint32_t object, int64_t value)
{
    const struct event event = {.t_ns = t_ns,
                                .lane = (uint16_t)lane,
                                .kind = (uint8_t)kind,
                                .object = (uint16_t)object,
                                .value = value};
    timeline_append((struct timeline *)fake->view.timeline, &event);
}

static void fake_merged(void *context, const struct ledger_step *step)
{
    struct fake *fake = context;
    if (step->overwritten > 0) {
        struct timeline *tl = (struct timeline *)fake->view.timeline;
        timeline_mark_store(tl, step->lane, step->update->t_ns, 0, write_mark(step->update->id),
                            ACCESS_LOSS);
        timeline_mark_store(tl, step->old_lane, fake->last_ns, 0, write_mark(step->update->old),
                            ACCESS_LOST);
    }
    fake->last_ns = step->update->t_ns;
}

static void fake_store(struct fake *fake, uint64_t t_ns, size_t lane, uint64_t *last,
                       uint64_t loaded, int64_t loaded_value)
{
    struct session_lane *l = &fake->lanes[lane];
    const struct update update = {
        .t_ns = t_ns,
        .id = write_id((uint16_t)lane, ++l->updates),
        .old = *last,
        .loaded = loaded,
        .value = loaded_value + 1,
        .loaded_value = loaded_value,
        .load_age_ns = 2 * FAKE_OP_MS * NS_PER_MS,
        .pc = FAKE_STORE,
        .flags = ACCESS_UPDATE | ACCESS_OFF,
    };
    *last = update.id;
    fake->cells[0] = update.value;
    struct event event = event_of_store(&update, (uint16_t)lane);
    timeline_append((struct timeline *)fake->view.timeline, &event);
    ledger_push((struct ledger *)fake->view.ledger, lane, &update, 1);
    ledger_merge((struct ledger *)fake->view.ledger, 0, fake_merged, fake);
}

// One op at a time, by a lane drawn by lot: the picture of a race at a pace that can be watched.
static void fake_race(struct fake *fake, size_t n_lanes, size_t n_ops)
{
    uint64_t loaded[FAKE_LANES_MAX] = {0}, last = WRITE_INITIAL;
    int64_t value[FAKE_LANES_MAX] = {0};
    struct random random = random_stream(4, 0);
    uint64_t t = 5 * NS_PER_MS;
    for (size_t i = 0; i < n_ops; i++, t += FAKE_OP_MS * (uint64_t)NS_PER_MS / (n_lanes - 1)) {
        size_t lane = 1 + (size_t)random_below(&random, n_lanes - 1);
        struct session_lane *l = &fake->lanes[lane];
        if (l->pc == FAKE_LOAD) {
            loaded[lane] = last;
            value[lane] = fake->cells[0];
            timeline_append((struct timeline *)fake->view.timeline,
                            &(struct event){.t_ns = t,
                                            .value = value[lane],
                                            .turn = write_mark(last),
                                            .pc = FAKE_LOAD,
                                            .lane = (uint16_t)lane,
                                            .kind = EVENT_LOAD,
                                            .flags = ACCESS_UPDATE | ACCESS_OFF});
            l->pc = FAKE_ADD;
        } else if (l->pc == FAKE_ADD) {
            l->pc = FAKE_STORE;
        } else {
            fake_store(fake, t, lane, &last, loaded[lane], value[lane]);
            l->pc = FAKE_LOAD;
        }
        l->has_loaded = l->pc != FAKE_LOAD;
        l->loaded = value[lane];
    }
    fake->view.now_ns = t;
    timeline_advance((struct timeline *)fake->view.timeline, t);
}

static void fake_begin(struct fake *fake, size_t n_lanes)
{
    for (size_t lane = 0; lane < n_lanes; lane++) {
        struct session_lane *l = &fake->lanes[lane];
        fake_lane_name(fake->decls[lane].name, lane);
        l->name = fake->decls[lane].name;
        l->kind = lane == 0 ? LANE_MAIN : LANE_THREAD;
        l->is_started = true;
        l->start_ns = lane * 1000;
        l->end_ns = UINT64_MAX;
        l->state = lane == 0 ? LANE_JOINING : LANE_RUNNING;
        l->pc = lane == 0 ? UINT32_MAX : FAKE_LOAD;
        l->waits_for = lane == 0 ? 1 : EVENT_NO_OBJECT;
        l->owner = EVENT_NO_OBJECT;
        l->item = EVENT_NO_OBJECT;
        fake_event(fake, l->start_ns, lane, EVENT_START, EVENT_NO_OBJECT, 0);
    }
    for (size_t lane = 1; lane < n_lanes; lane++)
        fake_event(fake, n_lanes * 1000, 0, EVENT_SPAWN, (uint32_t)lane, 0);
    fake_event(fake, n_lanes * 1000, 0, EVENT_JOIN, 1, 0);
}

// n_lanes with main, which have begun and done nothing yet. initial: of the counter.
static inline struct fake *fake_open(size_t n_lanes, int64_t initial)
{
    struct fake *fake = mem_alloc(sizeof(*fake));
    fake_program(fake, n_lanes);
    fake->cells[0] = initial;
    bool *updates = mem_array(n_lanes, sizeof(*updates));
    memset(updates + 1, true, n_lanes - 1);
    const struct ledger_shape shape = {
        .n_lanes = n_lanes, .n_cells = 1, .initial = &initial, .updates = updates};
    fake->view = (struct session_view){
        .prog = &fake->prog,
        .timeline = timeline_new(n_lanes, (size_t)16 << 20),
        .ledger = ledger_new(&shape),
        .lanes = fake->lanes,
        .n_lanes = n_lanes,
        .mode = MODE_THREADS,
        .lock = SWITCH_OFF,
        .lock_acknowledged = n_lanes - 1,
        .lock_lanes = n_lanes - 1,
        .lock_kind = "mutex",
        .lock_kind_help = "sleeps while it waits",
        .pace_ns = FAKE_OP_MS * NS_PER_MS,
        .seed = 7,
        .runs = 1,
        .cells = fake->cells,
        .claims = &fake->claim,
    };
    mem_free(updates);
    fake_begin(fake, n_lanes);
    return fake;
}

// n_ops: how far it has come.
static inline struct fake *fake_new_at(size_t n_lanes, size_t n_ops, int64_t initial)
{
    struct fake *fake = fake_open(n_lanes, initial);
    fake_race(fake, n_lanes, n_ops);
    return fake;
}

static inline struct fake *fake_new(size_t n_lanes, size_t n_ops)
{
    return fake_new_at(n_lanes, n_ops, 0);
}

// Of a new one: A and B n times load the same and both store, without a picture.
static inline void fake_lose(struct fake *fake, size_t n)
{
    struct ledger *ledger = (struct ledger *)fake->view.ledger;
    uint64_t last = WRITE_INITIAL;
    for (size_t i = 0; i < n; i++) {
        uint64_t loaded = last;
        for (size_t lane = 1; lane <= 2; lane++) {
            const struct update update = {.t_ns = i * 1000,
                                          .id = write_id((uint16_t)lane, i + 1),
                                          .old = last,
                                          .loaded = loaded,
                                          .value = fake->cells[0] + 1,
                                          .loaded_value = fake->cells[0],
                                          .flags = ACCESS_UPDATE | ACCESS_OFF};
            last = update.id;
            ledger_push(ledger, lane, &update, 1);
        }
        fake->cells[0]++;
        ledger_merge(ledger, 0, NULL, NULL);
    }
    ledger_collect(ledger);
}

// Every lane ends, the claim is judged.
static inline void fake_end(struct fake *fake)
{
    uint64_t t = fake->view.now_ns;
    for (size_t lane = fake->view.n_lanes; lane-- > 0;) {
        fake_event(fake, t, lane, EVENT_FINISH, EVENT_NO_OBJECT, 0);
        fake->lanes[lane].end_ns = t;
        fake->lanes[lane].state = LANE_FINISHED;
        fake->lanes[lane].waits_for = EVENT_NO_OBJECT;
    }
    fake->output[0] = (struct session_output){.text = "Final Counter: 13", .t_ns = t};
    fake->view.output = fake->output;
    fake->view.n_output = 1;
    fake->claim = (struct session_claim){.text = "counter == lanes * N", .is_judged = true};
    fake->view.n_claims = 1;
    fake->view.is_ended = true;
    fake->view.overlap_ns = t;
    timeline_advance((struct timeline *)fake->view.timeline, t);
}

// A scenario that is about waiting: nothing is shared, there is no lock, and a text says so.
static inline void fake_unshare(struct fake *fake)
{
    fake->prog.n_cells = fake->prog.n_vars = fake->prog.n_ops = fake->prog.n_locks = 0;
    fake->prog.about = "One two three.\nFour five six, seven eight.";
    fake->view.lock = SWITCH_NONE;
}

static inline void fake_free(struct fake *fake)
{
    timeline_free((struct timeline *)fake->view.timeline);
    ledger_free((struct ledger *)fake->view.ledger);
    mem_free(fake);
}

#endif
