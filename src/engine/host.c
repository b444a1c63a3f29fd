#include "engine/host.h"

#include "base/mem.h"
#include "engine/burn.h"
#include "engine/lane.h"
#include "engine/process.h"
#include "sync/futex.h"
#include "sync/gil.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { LANE_NICE = 10, LANE_STACK_BYTES = 256 << 10 };

struct host_lane {
    struct lane lane;
    pthread_t thread;
};

struct host {
    const struct run *run;
    const struct program *prog;
    struct host_lane **lanes; // [0] is main; of processes only main
    pid_t *pids;              // of processes, until they are reaped; 0: none
    bool *is_to_join;         // started, and not joined yet
    uint64_t burn_per_ms;
    struct gil *gil; // of the threads; NULL: none
    pthread_attr_t attributes;
};

static struct host_lane *prepare(struct host *host, size_t index)
{
    struct host_lane *hl = mem_alloc(sizeof *hl);
    lane_init(&hl->lane, host->run, host->prog, index);
    hl->lane.burn_per_ms = host->burn_per_ms;
    hl->lane.gil = host->gil;
    return hl;
}

static void *thread_main(void *context)
{
    struct host_lane *hl = context;
    lane_run(&hl->lane, LANE_THREAD, NULL, NULL);
    return NULL;
}

// The lane runs here and now, in main: what `sequential` means.
static void call_lane(struct host *host, struct host_lane *hl, uint32_t index)
{
    struct lane *main_lane = &host->lanes[0]->lane;
    lane_report(main_lane, EVENT_SPAWN, index, 0, 0);
    lane_report(main_lane, EVENT_JOIN, index, 0, 0);
    atomic_store_explicit(&main_lane->shared->waits_for, index, memory_order_relaxed);
    lane_set_state(main_lane, LANE_JOINING);
    lane_idle(main_lane);
    lane_run(&hl->lane, LANE_CALL, NULL, NULL);
    lane_busy(main_lane);
    lane_set_state(main_lane, LANE_RUNNING);
    atomic_store_explicit(&main_lane->shared->waits_for, (uint32_t)EVENT_NO_OBJECT,
                          memory_order_relaxed);
    lane_report(main_lane, EVENT_JOINED, index, 0, 0);
}

// In the child, which has copies of all that the host has, and the run's memory in common with it.
static void process_main(void *context, uint32_t index)
{
    struct host *host = context;
    struct host_lane *hl = prepare(host, index);
    lane_run(&hl->lane, LANE_PROCESS, NULL, NULL);
}

// Thread.start() returns once the thread has begun, and waits for that without the GIL: so the new
// thread may run for an interval before main goes on.
static void await_begin(struct host *host, struct run_lane *started)
{
    struct lane *main_lane = &host->lanes[0]->lane;
    lane_gil_drop(main_lane);
    while (!main_lane->is_leaving &&
           !atomic_load_explicit(&started->has_begun, memory_order_acquire)) {
        futex_wait(&started->has_begun, 0, clock_now_ns() + LANE_WAIT_SLICE_NS);
        if (lane_must_look(main_lane))
            lane_gate(main_lane);
    }
    lane_gil_take(main_lane);
}

static bool start_thread(struct host *host, uint32_t index)
{
    struct host_lane *hl = host->lanes[index] = prepare(host, index);
    if (pthread_create(&hl->thread, &host->attributes, thread_main, hl) != 0)
        return false;
    if (host->gil)
        await_begin(host, hl->lane.shared);
    return true;
}

// Publishes that the lane's end is certain, as the kernel has confirmed: whoever sees it sees all
// the lane wrote.
static void confirm_end(struct host *host, uint32_t index)
{
    atomic_store_explicit(&host->run->lanes[index].is_joined, 1, memory_order_release);
}

static void start_lane(struct host *host, uint32_t index)
{
    if (host->prog->mode == MODE_SEQUENTIAL) {
        host->lanes[index] = prepare(host, index);
        call_lane(host, host->lanes[index], index);
        return;
    }
    lane_report(&host->lanes[0]->lane, EVENT_SPAWN, index, 0, 0);
    host->is_to_join[index] = program_uses_processes(host->prog)
                                  ? process_start(process_main, host, index, &host->pids[index])
                                  : start_thread(host, index);
    if (!host->is_to_join[index]) {
        host->pids[index] = 0;
        atomic_fetch_add_explicit(&host->run->header->host.n_refused, 1, memory_order_relaxed);
        confirm_end(host, index); // at once: others may wait for what only this lane would give
    }
}

static void await_end(struct host *host, uint32_t index)
{
    if (!program_uses_processes(host->prog))
        pthread_join(host->lanes[index]->thread, NULL);
    else if (host->pids[index])
        process_await(host->run, host->pids, host->pids[index]);
}

static void join_lane(struct host *host, uint32_t index)
{
    struct lane *main_lane = &host->lanes[0]->lane;
    if (host->is_to_join[index]) {
        host->is_to_join[index] = false;
        lane_report(main_lane, EVENT_JOIN, index, 0, 0);
        atomic_store_explicit(&main_lane->shared->waits_for, index, memory_order_relaxed);
        lane_gil_drop(main_lane);
        lane_set_state(main_lane, LANE_JOINING);
        lane_idle(main_lane);
        await_end(host, index);
        lane_busy(main_lane);
        lane_gil_take(main_lane);
        lane_set_state(main_lane, LANE_RUNNING);
        atomic_store_explicit(&main_lane->shared->waits_for, (uint32_t)EVENT_NO_OBJECT,
                              memory_order_relaxed);
        lane_report(main_lane, EVENT_JOINED, index, 0, 0);
    }
    confirm_end(host, index);
}

static void main_effect(void *context, const struct op *op)
{
    struct host *host = context;
    if (op->code == OP_START)
        start_lane(host, (uint32_t)op->arg);
    else
        join_lane(host, (uint32_t)op->arg);
}

static bool uses_compute(const struct program *prog)
{
    for (size_t i = 0; i < prog->n_ops; i++)
        if (prog->ops[i].code == OP_COMPUTE)
            return true;
    return false;
}

static void release_lanes(struct host *host)
{
    for (size_t i = 0; i < host->prog->n_lanes; i++) {
        if (host->lanes[i])
            lane_free(&host->lanes[i]->lane);
        mem_free(host->lanes[i]);
    }
    mem_free(host->lanes);
    mem_free(host->pids);
    mem_free(host->is_to_join);
    gil_free(host->gil);
    pthread_attr_destroy(&host->attributes);
}

int engine_host(const struct run *run, const struct program *prog)
{
    struct run_host *said = &run->header->host;
    struct host host = {.run = run, .prog = prog};
    // Lanes are kept below the screen, so that it and the keys stay quick beside spinning lanes.
    int was = nice(LANE_NICE);
    (void)was;
    pthread_attr_init(&host.attributes);
    pthread_attr_setstacksize(&host.attributes, LANE_STACK_BYTES);
    if (uses_compute(prog)) {
        uint64_t given = run->header->spec.burn_per_ms;
        host.burn_per_ms = given ? given : burn_calibrate();
    }
    // Between processes each has a GIL of its own, and one thread alone has it always.
    if (prog->gil != GIL_OFF && prog->mode == MODE_THREADS)
        host.gil = gil_new(run->header->spec.switch_interval_ns,
                           (struct gil_shown){&said->gil_holder, &said->gil_switches});
    host.lanes = mem_array(prog->n_lanes, sizeof *host.lanes);
    host.pids = mem_array(prog->n_lanes, sizeof *host.pids);
    host.is_to_join = mem_array(prog->n_lanes, sizeof *host.is_to_join);
    atomic_store_explicit(&said->pid, (uint32_t)getpid(), memory_order_relaxed);
    said->scale = clock_scale_make();
    said->burn_per_ms = host.burn_per_ms;
    said->began_ticks = clock_ticks(said->scale.is_tsc);
    // Publishes the scale and the zero of the run's clock.
    atomic_store_explicit(&said->is_ready, 1, memory_order_release);

    host.lanes[0] = prepare(&host, 0);
    lane_run(&host.lanes[0]->lane, LANE_MAIN, main_effect, &host);
    for (uint32_t i = 1; i < prog->n_lanes; i++)
        join_lane(&host, i);
    confirm_end(&host, 0);
    release_lanes(&host);
    // Publishes that nothing more will come.
    atomic_store_explicit(&said->is_done, 1, memory_order_release);
    return 0;
}

void engine_host_refuse(const struct run *run, const char *why)
{
    struct run_host *said = &run->header->host;
    strncpy(said->trouble, why, sizeof said->trouble - 1);
    atomic_store_explicit(&said->is_done, 1, memory_order_release);
}
