// Finds out which writes nobody can build on any more, so that the ledger can make losses final and
// forget. Now and then every lane is asked (control.epoch), and answers when it is between two
// statements, or has answered already because it is waiting there (enum run_idle). An answer counts
// once everything that the lane had reported by then has been merged.
#include "session/private.h"

static void open_epoch(struct session *s)
{
    struct run_control *control = &s->run.header->control;
    s->epoch_is_open = true;
    s->epoch_at_ns = clock_now_ns();
    s->n_merged_seen = s->epoch_merged = ledger_merged(s->ledger);
    for (size_t lane = 0; lane < s->run.n_lanes; lane++)
        s->feeds[lane].quiet = QUIET_ASKED;
    // Before the loads of `idle` and `start_ticks`, in the one order of such operations.
    atomic_store_explicit(&control->epoch, ++s->epoch, memory_order_seq_cst);
    run_tell(&s->run, RUN_QUIETLY);
}

// The lane has stopped inside an update: what it has loaded is what it will build on. True when
// that could be established.
static bool pin(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    const struct run_lane *shared = &s->run.lanes[lane];
    const struct ring *ring = run_updates(&s->run, lane);
    uint32_t cell = atomic_load_explicit(&shared->loaded_cell, memory_order_acquire);
    uint64_t id = atomic_load_explicit(&shared->loaded_id, memory_order_acquire);
    uint64_t reported = atomic_load_explicit(&ring->head, memory_order_acquire);
    if (atomic_load_explicit(&shared->idle, memory_order_seq_cst) != RUN_IDLE_PINNED ||
        cell >= s->run.n_cells || feed->merged != reported)
        return false;
    ledger_pinned(s->ledger, lane, cell, id);
    feed->is_pinned = true;
    return true;
}

static void ask(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    const struct run_lane *shared = &s->run.lanes[lane];
    if (feed->is_ended) {
        feed->quiet = QUIET_DONE;
        return;
    }
    bool is_new = atomic_load_explicit(&shared->start_ticks, memory_order_seq_cst) == 0;
    uint32_t idle = atomic_load_explicit(&shared->idle, memory_order_seq_cst);
    // Pairs with the release at the lane's gate.
    uint64_t seen = atomic_load_explicit(&shared->quiet_epoch, memory_order_acquire);
    if (is_new || idle == RUN_IDLE_QUIET || seen >= s->epoch) {
        feed->quiet = QUIET_MERGING;
        feed->quiet_target =
            atomic_load_explicit(&run_updates(&s->run, lane)->head, memory_order_acquire);
    } else if (idle == RUN_IDLE_PINNED && pin(s, lane)) {
        feed->quiet = QUIET_DONE;
    }
}

static void follow_up(struct session *s, size_t lane)
{
    struct feed *feed = &s->feeds[lane];
    if (feed->quiet == QUIET_ASKED)
        ask(s, lane);
    if (feed->quiet == QUIET_MERGING && feed->merged >= feed->quiet_target) {
        if (feed->is_pinned)
            ledger_unpinned(s->ledger, lane);
        feed->is_pinned = false;
        ledger_quiet(s->ledger, lane, s->epoch_merged);
        feed->quiet = QUIET_DONE;
    }
}

void session_ask_quiet(struct session *s)
{
    bool is_due = ledger_merged(s->ledger) != s->n_merged_seen &&
                  clock_now_ns() - s->epoch_at_ns >= EPOCH_EVERY_NS;
    if (!s->epoch_is_open && is_due && !s->is_host_gone)
        open_epoch(s);
    if (s->epoch_is_open) {
        bool is_open = false;
        for (size_t lane = 0; lane < s->run.n_lanes; lane++) {
            follow_up(s, lane);
            is_open |= s->feeds[lane].quiet != QUIET_DONE;
        }
        s->epoch_is_open = is_open;
    }
    ledger_collect(s->ledger);
}
