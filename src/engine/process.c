#include "engine/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool process_start(void (*body)(void *context, uint32_t lane), void *context, uint32_t lane,
                   pid_t *pid)
{
    pid_t parent = getpid();
    *pid = fork();
    if (*pid != 0)
        return *pid > 0;
    // SIGKILL, since it also ends a process that is stopped. The parent may have gone before.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        body(context, lane);
    _exit(0);
}

static size_t lane_of(const struct run *run, const pid_t *pids, pid_t pid)
{
    size_t lane = 1;
    while (lane < run->n_lanes && pids[lane] != pid)
        lane++;
    return lane;
}

static uint64_t now_ticks(const struct run *run)
{
    return clock_ticks(run->header->host.scale.is_tsc);
}

static void note_stop(const struct run *run, struct run_lane *lane, bool is_stopped)
{
    uint32_t n = atomic_load_explicit(&lane->n_stops, memory_order_relaxed);
    if ((n & 1) == is_stopped)
        return;
    atomic_store_explicit(&lane->stop_ticks, now_ticks(run), memory_order_relaxed);
    // Publishes the time.
    atomic_store_explicit(&lane->n_stops, n + 1, memory_order_release);
}

static void note_end(const struct run *run, struct run_lane *lane, const siginfo_t *child)
{
    uint32_t signal = child->si_code == CLD_EXITED ? 0 : (uint32_t)child->si_status;
    // Who leaves by _exit without having come to its end (a sanitizer's report) was not killed by a
    // signal, and did not finish either.
    if (signal == 0 && atomic_load_explicit(&lane->end_ticks, memory_order_acquire) == 0)
        signal = SIGABRT;
    atomic_store_explicit(&lane->exit_signal, signal, memory_order_relaxed);
    atomic_store_explicit(&lane->reaped_ticks, now_ticks(run), memory_order_relaxed);
    // Before its number is given back, see run_kill_lane. Whoever sees it sees all the lane wrote.
    atomic_store_explicit(&lane->is_joined, 1, memory_order_seq_cst);
}

// One thing that has happened to a child. False: there are no children.
static bool take_one(const struct run *run, pid_t *pids)
{
    enum { ENDS = WEXITED, HALTS = WSTOPPED | WCONTINUED };
    siginfo_t child = {.si_pid = 0};
    // Only looked at: its number stays the lane's until the end has been written down.
    if (waitid(P_ALL, 0, &child, ENDS | HALTS | WNOWAIT) != 0)
        return errno == EINTR;
    pid_t pid = child.si_pid;
    size_t lane = lane_of(run, pids, pid);
    bool is_known = lane < run->n_lanes;
    if (child.si_code == CLD_STOPPED || child.si_code == CLD_CONTINUED) {
        // By now it may be another of the two than was seen: what is taken is what is noted.
        child.si_pid = 0;
        if (waitid(P_PID, (id_t)pid, &child, HALTS | WNOHANG) == 0 && child.si_pid == pid &&
            is_known)
            note_stop(run, &run->lanes[lane], child.si_code == CLD_STOPPED);
        return true;
    }
    if (is_known) {
        note_end(run, &run->lanes[lane], &child);
        pids[lane] = 0;
    }
    waitid(P_PID, (id_t)pid, &child, ENDS);
    return true;
}

void process_await(const struct run *run, pid_t *pids, pid_t pid)
{
    while (lane_of(run, pids, pid) < run->n_lanes && take_one(run, pids))
        ;
}
