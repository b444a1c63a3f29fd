#include "model/stepper.h"

#include "base/mem.h"
#include "model/stepper_private.h"

#include <string.h>

void step_report(struct stepper *s, const struct step_lane *lane, enum event_kind kind,
                 uint32_t object, int64_t value, uint32_t turn)
{
    s->events = mem_room(s->events, &s->cap_events, s->n_events + 1, sizeof *s->events);
    s->events[s->n_events++] = (struct event){
        .t_ns = s->steps,
        .value = value,
        .pc = (uint16_t)lane->machine.pc,
        .object = (uint16_t)object,
        .turn = turn,
        .lane = lane->index,
        .kind = (uint8_t)kind,
        .flags = lane->with_flags,
    };
}

static void print_line(struct stepper *s, const struct step_lane *lane, const char *text,
                       size_t len_bytes)
{
    step_report(s, lane, EVENT_PRINT, EVENT_NO_OBJECT, (int64_t)s->n_lines++, 0);
    s->lines = mem_room(s->lines, &s->cap_lines, s->n_kept_lines + 1, sizeof *s->lines);
    s->lines[s->n_kept_lines++] = (struct stepper_line){
        .step = s->steps, .lane = lane->index, .text = mem_text_n(text, len_bytes)};
}

static void do_print(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    char *text = program_print(s->prog, (size_t)op->arg, machine_values(&lane->machine, op->a));
    const char *from = text;
    for (const char *end = strchr(from, '\n'); end; end = strchr(from, '\n')) {
        print_line(s, lane, from, (size_t)(end - from));
        from = end + 1;
    }
    print_line(s, lane, from, strlen(from));
    mem_free(text);
    machine_complete(&lane->machine, op, 0);
}

static void do_sleep(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    uint64_t ns;
    if (!machine_pause(&lane->machine, op, &ns))
        return;
    lane->pause_ns = ns;
    if (op->code == OP_SLEEP) {
        step_report(s, lane, EVENT_SLEEP, EVENT_NO_OBJECT, (int64_t)ns, 0);
        step_report(s, lane, EVENT_WAKE, EVENT_NO_OBJECT, 0, 0);
    }
    machine_complete(&lane->machine, op, 0);
}

static void do_random(struct step_lane *lane, const struct op *op)
{
    int64_t value;
    if (machine_draw(&lane->machine, op, &lane->dice, &value))
        machine_complete(&lane->machine, op, value);
}

static void do_factorial(struct step_lane *lane, const struct op *op)
{
    int64_t value;
    if (machine_factorial(&lane->machine, op, &value))
        machine_complete(&lane->machine, op, value);
}

static void do_op(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    switch ((enum op_code)op->code) {
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
    case OP_NEG:
    case OP_LT:
    case OP_LE:
    case OP_EQ:
    case OP_NE:
    case OP_IF_LT:
    case OP_IF_LE:
    case OP_IF_EQ:
    case OP_IF_NE:
        machine_execute(&lane->machine, op);
        return;
    case OP_LOAD:
        step_load(s, lane, op);
        return;
    case OP_STORE:
        step_store(s, lane, op);
        return;
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        step_atomic(s, lane, op);
        return;
    case OP_ENTER:
        step_enter(s, lane, op);
        return;
    case OP_LEAVE:
        step_leave(s, lane, op);
        return;
    case OP_ACQUIRE:
        step_acquire(s, lane, op);
        return;
    case OP_RELEASE:
        step_release(s, lane, op);
        return;
    case OP_SLEEP:
    case OP_COMPUTE:
        do_sleep(s, lane, op);
        return;
    case OP_PRINT:
        do_print(s, lane, op);
        return;
    case OP_RANDOM:
        do_random(lane, op);
        return;
    case OP_ELAPSED:
        machine_complete(&lane->machine, op, (int64_t)s->clock_ns);
        return;
    case OP_FACTORIAL:
        do_factorial(lane, op);
        return;
    case OP_WAIT:
        step_wait(s, lane, op);
        return;
    case OP_POST:
        step_post(s, lane, op);
        return;
    case OP_TAKE:
        step_take(s, lane, op);
        return;
    case OP_GIVE:
        step_give(s, lane, op);
        return;
    case OP_RESULT:
        step_result(s, lane, op);
        return;
    case OP_AWAIT:
        step_await(s, lane, op);
        return;
    case OP_RETAKE:
        step_retake(s, lane, op);
        return;
    case OP_NOTIFY:
    case OP_NOTIFY_ALL:
        step_notify(s, lane, op);
        return;
    case OP_MOVE:
    case OP_JUMP:
    case OP_NEXT:
    case OP_NEXT_DOWN:
    case OP_CALL:
    case OP_RETURN:
    case OP_INPUT:
    case OP_SECONDS:
    case OP_START:
    case OP_JOIN:
    case OP_END:
    case OP_COUNT:
        assert(false && "do_op is given no such op");
    }
}

static bool is_step(const struct stepper *s, const struct step_lane *lane, const struct op *op)
{
    size_t lock;
    if (op->code == OP_ENTER || op->code == OP_ACQUIRE)
        return step_takes(s, op, &lock);
    if (op->code == OP_LEAVE || op->code == OP_RELEASE)
        return step_gives(s, lane, op);
    return op_info[op->code].is_step;
}

static void end_lane(struct stepper *s, struct step_lane *lane)
{
    enum machine_fault fault = lane->machine.fault;
    lane->next = NULL;
    if (fault != FAULT_NONE)
        step_unwind(s, lane);
    lane->is_ended = true;
    lane->state = fault == FAULT_NONE ? LANE_FINISHED : LANE_FAILED;
    s->n_ended++;
    step_report(s, lane, fault == FAULT_NONE ? EVENT_FINISH : EVENT_FAIL, EVENT_NO_OBJECT, fault,
                0);
}

// Up to the lane's next step, or to a START or JOIN of main.
static void advance(struct stepper *s, struct step_lane *lane)
{
    for (;;) {
        const struct op *op = lane->next = machine_fetch(&lane->machine);
        if (!op || op->code == OP_START || op->code == OP_JOIN)
            return;
        if (op->code == OP_END) {
            end_lane(s, lane);
            return;
        }
        if (is_step(s, lane, op)) {
            step_arrive(s, lane);
            return;
        }
        do_op(s, lane, op);
    }
}

static void begin_lane(struct stepper *s, struct step_lane *lane)
{
    lane->is_started = true;
    lane->state = LANE_RUNNING;
    step_report(s, lane, EVENT_START, EVENT_NO_OBJECT, 0, 0);
    advance(s, lane);
}

static void begin_join(struct stepper *s, struct step_lane *lane, uint32_t other)
{
    step_report(s, lane, EVENT_JOIN, other, 0, 0);
    lane->state = LANE_JOINING;
    lane->waits_for = other;
}

// False while main has to wait in it.
static bool end_join(struct stepper *s, struct step_lane *lane, uint32_t other)
{
    if (!s->lanes[other].is_ended)
        return false;
    lane->state = LANE_RUNNING;
    lane->waits_for = EVENT_NO_OBJECT;
    step_report(s, lane, EVENT_JOINED, other, 0, 0);
    return true;
}

// One START or JOIN of main; false while it cannot be completed.
static bool start_or_join(struct stepper *s, struct step_lane *lane, const struct op *op)
{
    uint32_t other = (uint32_t)op->arg;
    bool is_sequential = s->prog->mode == MODE_SEQUENTIAL;
    if (op->code == OP_START && !s->lanes[other].is_started) {
        step_report(s, lane, EVENT_SPAWN, other, 0, 0);
        // A lane that is called is joined where it starts.
        if (is_sequential)
            begin_join(s, lane, other);
        begin_lane(s, &s->lanes[other]);
    }
    if (op->code == OP_JOIN && !is_sequential && lane->state != LANE_JOINING)
        begin_join(s, lane, other);
    bool is_waiting = (op->code == OP_START) == is_sequential;
    return !is_waiting || end_join(s, lane, other);
}

// Everything that main does without a step.
static void advance_main(struct stepper *s)
{
    struct step_lane *lane = &s->lanes[0];
    while (lane->next && (lane->next->code == OP_START || lane->next->code == OP_JOIN)) {
        const struct op *op = lane->next;
        if (!start_or_join(s, lane, op))
            return;
        machine_complete(&lane->machine, op, 0);
        advance(s, lane);
    }
}

static void init_shared(struct stepper *s)
{
    const struct program *prog = s->prog;
    size_t n_copies = s->is_private ? prog->n_lanes : 1;
    s->cells = mem_array(n_copies * prog->n_cells, sizeof *s->cells);
    for (size_t i = 0; i < n_copies * prog->n_cells; i++)
        s->cells[i] =
            (struct step_cell){WRITE_INITIAL, program_cell_initial(prog, i % prog->n_cells)};
    s->locks = mem_array(prog->n_locks, sizeof *s->locks);
    for (size_t i = 0; i < prog->n_locks; i++)
        s->locks[i] = (struct step_lock){.holder = LOCK_NOBODY, .count = prog->locks[i].initial};
    s->waiting = mem_array(prog->n_locks * prog->n_lanes, sizeof *s->waiting);
    s->results = mem_array(prog->pool.n_items, sizeof *s->results);
}

struct stepper *stepper_new(const struct program *prog, const struct stepper_options *options)
{
    struct stepper *s = mem_alloc(sizeof *s);
    s->prog = prog;
    s->kind = options->lock_kind ? options->lock_kind : lock_kinds[0];
    s->lock_on = options->lock_on;
    s->is_private = program_is_private(prog);
    s->lanes = mem_array(prog->n_lanes, sizeof *s->lanes);
    s->write_seq = mem_array(prog->n_lanes * prog->n_cells, sizeof *s->write_seq);
    init_shared(s);
    for (size_t i = 0; i < prog->n_lanes; i++) {
        struct step_lane *lane = &s->lanes[i];
        machine_init_lane(&lane->machine, prog, i);
        lane->index = (uint16_t)i;
        lane->waits_for = EVENT_NO_OBJECT;
        lane->dice = random_stream(options->seed, 2 * i + 1);
    }
    begin_lane(s, &s->lanes[0]);
    advance_main(s);
    return s;
}

void stepper_free(struct stepper *s)
{
    if (!s)
        return;
    stepper_forget(s);
    mem_free(s->lines);
    mem_free(s->updates);
    mem_free(s->events);
    mem_free(s->results);
    mem_free(s->waiting);
    mem_free(s->locks);
    mem_free(s->write_seq);
    mem_free(s->cells);
    mem_free(s->lanes);
    mem_free(s);
}

static void *copy_of(const void *array, size_t n, size_t size)
{
    void *copy = mem_array(n, size);
    if (n)
        memcpy(copy, array, n * size);
    return copy;
}

struct stepper *stepper_copy(const struct stepper *s)
{
    const struct program *prog = s->prog;
    size_t n_copies = s->is_private ? prog->n_lanes : 1;
    struct stepper *copy = copy_of(s, 1, sizeof *s);
    copy->lanes = copy_of(s->lanes, prog->n_lanes, sizeof *s->lanes);
    copy->cells = copy_of(s->cells, n_copies * prog->n_cells, sizeof *s->cells);
    copy->write_seq = copy_of(s->write_seq, prog->n_lanes * prog->n_cells, sizeof *s->write_seq);
    copy->locks = copy_of(s->locks, prog->n_locks, sizeof *s->locks);
    copy->waiting = copy_of(s->waiting, prog->n_locks * prog->n_lanes, sizeof *s->waiting);
    copy->results = copy_of(s->results, prog->pool.n_items, sizeof *s->results);
    copy->events = NULL;
    copy->updates = NULL;
    copy->lines = NULL;
    copy->n_events = copy->cap_events = copy->n_updates = copy->cap_updates = 0;
    copy->n_kept_lines = copy->cap_lines = 0;
    return copy;
}

size_t stepper_bytes(const struct stepper *s)
{
    return sizeof *s + s->prog->n_lanes * sizeof *s->lanes;
}

bool stepper_is_enabled(const struct stepper *s, size_t index)
{
    const struct step_lane *lane = &s->lanes[index];
    size_t lock;
    if (!lane->is_started || lane->is_ended || lane->is_waiting || lane->state == LANE_JOINING)
        return false;
    if (!lane->next || !step_takes(s, lane->next, &lock))
        return true;
    return step_may_take(s, lane, lock);
}

void stepper_step(struct stepper *s, size_t index)
{
    assert(stepper_is_enabled(s, index));
    struct step_lane *lane = &s->lanes[index];
    s->steps++;
    lane->steps++;
    lane->pause_ns = 0;
    if (lane->next)
        do_op(s, lane, lane->next);
    advance(s, lane);
    advance_main(s);
}

bool stepper_is_over(const struct stepper *s)
{
    return s->n_ended == s->prog->n_lanes;
}

bool stepper_is_stuck(const struct stepper *s)
{
    for (size_t lane = 0; lane < s->prog->n_lanes; lane++)
        if (stepper_is_enabled(s, lane))
            return false;
    return !stepper_is_over(s);
}

uint64_t stepper_steps(const struct stepper *s)
{
    return s->steps;
}

int64_t stepper_cell(const struct stepper *s, size_t cell)
{
    return s->cells[cell].value;
}

int64_t stepper_lane_cell(const struct stepper *s, size_t lane, size_t cell)
{
    return step_cells(s, &s->lanes[lane])[cell].value;
}

void stepper_set_clock(struct stepper *s, uint64_t now_ns)
{
    s->clock_ns = now_ns;
}

uint32_t stepper_holder(const struct stepper *s, size_t lock)
{
    return s->locks[lock].holder;
}

int64_t stepper_semaphore(const struct stepper *s, size_t lock)
{
    return s->locks[lock].count;
}

bool stepper_item(const struct stepper *s, size_t item, int64_t *result)
{
    *result = s->results[item].value;
    return s->results[item].is_there;
}

struct stepper_lane stepper_lane(const struct stepper *s, size_t index)
{
    const struct step_lane *lane = &s->lanes[index];
    return (struct stepper_lane){
        .state = lane->state,
        .steps = lane->steps,
        .next = lane->state == LANE_JOINING ? NULL : lane->next,
        .waits_for = lane->waits_for,
        .fault = lane->machine.fault,
        .fault_line = lane->machine.fault_line,
        .has_loaded = lane->n_pending > 0,
        .loaded = lane->n_pending ? lane->pending[lane->n_pending - 1].value : 0,
        .pause_ns = lane->pause_ns,
        .retries = lane->retries,
    };
}

struct stepper_output stepper_output(const struct stepper *s)
{
    return (struct stepper_output){
        .events = s->events,
        .n_events = s->n_events,
        .updates = s->updates,
        .n_updates = s->n_updates,
        .lines = s->lines,
        .n_lines = s->n_kept_lines,
    };
}

void stepper_forget(struct stepper *s)
{
    for (size_t i = 0; i < s->n_kept_lines; i++)
        mem_free(s->lines[i].text);
    s->n_kept_lines = s->n_events = s->n_updates = 0;
}
