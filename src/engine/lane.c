#include "engine/lane.h"

#include "base/mem.h"
#include "engine/burn.h"
#include "sync/futex.h"

#include <sys/syscall.h>
#include <unistd.h>

enum { WORK_PART_NS = 100 * NS_PER_US };

void lane_init(struct lane *lane, const struct run *run, const struct program *prog, size_t index)
{
    const struct run_header *h = run->header;
    *lane = (struct lane){
        .run = run,
        .prog = prog,
        .control = &run->header->control,
        .shared = &run->lanes[index],
        .cells = run_cells_of(run, index),
        .updates = run_updates(run, index),
        .events = run_events(run, index),
        .index = (uint16_t)index,
        .is_following = h->spec.n_followed > 0,
        .is_bare = h->spec.is_bare,
        .is_tsc = h->host.scale.is_tsc,
        .began_ticks = h->host.began_ticks,
        .pace_ns = h->spec.pace_ns,
        .seen_seq = UINT32_MAX,
        .lock_seen = UINT32_MAX,
        .jitter = random_stream(h->spec.seed, 2 * index),
        .dice = random_stream(h->spec.seed, 2 * index + 1),
        .write_seq = mem_array(run->n_cells, sizeof(uint64_t)),
    };
    machine_init_lane(&lane->machine, prog, index);
}

void lane_free(struct lane *lane)
{
    mem_free(lane->write_seq);
}

uint64_t lane_elapsed_ns(const struct lane *lane)
{
    const struct clock_scale *scale = &lane->run->header->host.scale;
    uint64_t paused = atomic_load_explicit(&lane->control->paused_ticks, memory_order_relaxed);
    return clock_to_ns(scale, lane_ticks(lane) - paused) - clock_to_ns(scale, lane->began_ticks);
}

void lane_report_at(struct lane *lane, uint64_t ticks, enum event_kind kind, uint32_t object,
                    int64_t value, uint32_t turn)
{
    if (lane->n_pending)
        lane_tell_loads(lane);
    struct event event = {
        .t_ns = ticks,
        .value = value,
        .pc = (uint16_t)lane->machine.pc,
        .object = (uint16_t)object,
        .turn = turn,
        .lane = lane->index,
        .kind = (uint8_t)kind,
        .flags = lane->with_flags,
    };
    ring_push_event(lane->events, &event);
}

void lane_report(struct lane *lane, enum event_kind kind, uint32_t object, int64_t value,
                 uint32_t turn)
{
    lane_report_at(lane, lane_ticks(lane), kind, object, value, turn);
}

void lane_set_state(struct lane *lane, enum lane_state state)
{
    atomic_store_explicit(&lane->shared->state, state, memory_order_relaxed);
}

static void do_print(struct lane *lane, const struct op *op)
{
    char *text = program_print(lane->prog, (size_t)op->arg, machine_values(&lane->machine, op->a));
    lane_print(lane, text);
    mem_free(text);
    machine_complete(&lane->machine, op, 0);
}

// In parts, between which the lane looks at its gate. It stands for a loop of the program's own: so
// each part's end is a check point of the GIL.
static void work(struct lane *lane, uint64_t ns)
{
    for (uint64_t left = ns / WORK_PART_NS; left && !lane->is_leaving; left--) {
        burn(lane->burn_per_ms / (NS_PER_MS / WORK_PART_NS));
        if (lane_must_look(lane))
            lane_gate(lane);
        if (lane->gil)
            lane_gil_yield(lane);
    }
}

static void do_sleep(struct lane *lane, const struct op *op)
{
    uint64_t ns;
    if (!machine_pause(&lane->machine, op, &ns))
        return;
    if (op->code == OP_SLEEP) {
        lane_gil_drop(lane);
        lane_sleep(lane, ns);
        lane_gil_take(lane);
    } else {
        work(lane, ns);
    }
    machine_complete(&lane->machine, op, 0);
}

static void do_random(struct lane *lane, const struct op *op)
{
    int64_t value;
    if (machine_draw(&lane->machine, op, &lane->dice, &value))
        machine_complete(&lane->machine, op, value);
}

static void do_factorial(struct lane *lane, const struct op *op)
{
    int64_t value;
    if (machine_factorial(&lane->machine, op, &value))
        machine_complete(&lane->machine, op, value);
}

static bool is_paced(const struct lane *lane, const struct op *op)
{
    if (op->code == OP_ENTER)
        return atomic_load_explicit(&lane->control->lock_word, memory_order_relaxed) & 1;
    return (op->code >= OP_LOAD && op->code <= OP_ATOMIC_MUL) || op->code == OP_ACQUIRE ||
           op->code == OP_TAKE;
}

static void do_effect(struct lane *lane, const struct op *op, lane_starter effect, void *context)
{
    switch ((enum op_code)op->code) {
    case OP_LOAD:
        lane_load(lane, op);
        return;
    case OP_STORE:
        lane_store(lane, op);
        return;
    case OP_ATOMIC_ADD:
    case OP_ATOMIC_SUB:
    case OP_ATOMIC_MUL:
        lane_atomic(lane, op);
        return;
    case OP_ENTER:
        lane_enter(lane, op);
        return;
    case OP_LEAVE:
        lane_leave(lane, op);
        return;
    case OP_ACQUIRE:
        lane_acquire(lane, op);
        return;
    case OP_RELEASE:
        lane_release(lane, op);
        return;
    case OP_SLEEP:
    case OP_COMPUTE:
        do_sleep(lane, op);
        return;
    case OP_PRINT:
        do_print(lane, op);
        return;
    case OP_RANDOM:
        do_random(lane, op);
        return;
    case OP_ELAPSED:
        machine_complete(&lane->machine, op, (int64_t)lane_elapsed_ns(lane));
        return;
    case OP_FACTORIAL:
        do_factorial(lane, op);
        return;
    case OP_START:
    case OP_JOIN:
        effect(context, op);
        machine_complete(&lane->machine, op, 0);
        return;
    case OP_WAIT:
        lane_wait_semaphore(lane, op);
        return;
    case OP_POST:
        lane_post_semaphore(lane, op);
        return;
    case OP_TAKE:
        lane_take(lane, op);
        return;
    case OP_GIVE:
        lane_give(lane, op);
        return;
    case OP_RESULT:
        lane_result(lane, op);
        return;
    case OP_AWAIT:
        lane_await(lane, op);
        return;
    case OP_RETAKE:
        lane_retake(lane, op);
        return;
    case OP_NOTIFY:
    case OP_NOTIFY_ALL:
        lane_notify(lane, op);
        return;
    case OP_MOVE:
    case OP_JUMP:
    case OP_NEXT:
    case OP_NEXT_DOWN:
    case OP_CALL:
    case OP_RETURN:
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
    case OP_INPUT:
    case OP_SECONDS:
    case OP_END:
    case OP_COUNT:
        assert(false && "the machine does these itself");
    }
}

static void do_op(struct lane *lane, const struct op *op, lane_starter effect, void *context)
{
    if (machine_is_local(op)) {
        machine_execute(&lane->machine, op);
        return;
    }
    atomic_store_explicit(&lane->shared->pc, (uint32_t)(op - lane->prog->ops),
                          memory_order_relaxed);
    if (lane->pace_ns && is_paced(lane, op))
        lane_wait_pace(lane);
    if (!lane->is_leaving)
        do_effect(lane, op, effect, context);
}

static void run_ops(struct lane *lane, lane_starter effect, void *context)
{
    for (;;) {
        const struct op *op = machine_fetch(&lane->machine);
        if (lane_must_look(lane))
            lane_gate(lane);
        if (lane->is_leaving)
            return;
        if (!op)
            continue;
        if (op->code == OP_END)
            return;
        if (lane->gil)
            lane_gil_check(lane);
        if (lane->is_following)
            lane_follow(lane, op);
        do_op(lane, op, effect, context);
    }
}

static void begin(struct lane *lane, enum lane_kind kind)
{
    struct run_lane *shared = lane->shared;
    lane->is_process = kind == LANE_PROCESS;
    atomic_store_explicit(&shared->kind, kind, memory_order_relaxed);
    atomic_store_explicit(&shared->tid, (uint32_t)syscall(SYS_gettid), memory_order_relaxed);
    lane_set_state(lane, LANE_RUNNING);
    // The collector that sees the start sees the rest. Sequentially consistent together with the
    // loads at the gate that follows: a collector that changes a control and then finds the lane
    // not started knows that the lane begins with the change.
    atomic_store_explicit(&shared->start_ticks, lane_ticks(lane), memory_order_seq_cst);
}

static void end(struct lane *lane)
{
    struct run_lane *shared = lane->shared;
    enum machine_fault fault = lane->machine.fault;
    if (lane->is_leaving)
        fault = FAULT_KILLED;
    else if (fault != FAULT_NONE)
        lane_unwind(lane);
    atomic_store_explicit(&shared->fault, fault, memory_order_relaxed);
    atomic_store_explicit(&shared->fault_line, lane->machine.fault_line, memory_order_relaxed);
    lane_set_state(lane, fault == FAULT_NONE     ? LANE_FINISHED
                         : fault == FAULT_KILLED ? LANE_KILLED
                                                 : LANE_FAILED);
    lane_gil_drop(lane);
    lane_idle(lane);
    atomic_store_explicit(&shared->end_ticks, lane_ticks(lane), memory_order_release);
    lane_end_turn(lane);
}

void lane_run(struct lane *lane, enum lane_kind kind, lane_starter effect, void *context)
{
    begin(lane, kind);
    lane_gil_take(lane);
    // Whoever started the lane may wait for this, as Thread.start() does.
    atomic_store_explicit(&lane->shared->has_begun, 1, memory_order_release);
    futex_wake_all(&lane->shared->has_begun);
    run_ops(lane, effect, context);
    end(lane);
}
