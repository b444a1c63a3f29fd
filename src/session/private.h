#ifndef SESSION_PRIVATE_H
#define SESSION_PRIVATE_H

#include "engine/run.h"
#include "lang/lang.h"
#include "session/session.h"

// The session's own state; private to its files.

enum {
    FEED_BUDGET_NS = 8 * NS_PER_MS, // of one pump: keys and frames must not wait
    FEED_BATCH = 512,               // records drained at a time
    FEED_BATCHES = 48,              // of one lane in one pump
    // Pieces that the ledger may keep, 150 bytes or so each; then the lanes are held back.
    UNDECIDED_MAX = 1 << 18,
    UNDECIDED_FEW = 1 << 9,          // fit into the nearest cache
    EPOCH_EVERY_NS = 20 * NS_PER_MS, // the ledger's question who is quiet
    SCHED_EVERY_NS = 100 * NS_PER_MS,
    GIL_EVERY_NS = 1000 * NS_PER_MS,
    SCHED_LANES_MAX = 64, // measured for preemption
    DEADLOCK_AFTER_NS = 300 * NS_PER_MS,
    TIMELINE_BYTES = 256 << 20,
    SWITCH_INTERVAL_NS = 5 * NS_PER_MS, // CPython's own
};

// The write that a killed process may have made and not published, see run_lane.draft.
enum draft_phase {
    DRAFT_UNSEEN, // the lane lives, or nobody has looked yet
    DRAFT_OPEN,   // there is one; whether the write was made is not known yet
    DRAFT_DECIDED,
};

enum quiet_phase { QUIET_DONE, QUIET_ASKED, QUIET_MERGING };

// What has been taken in of one lane.
struct feed {
    // Drained, in ticks, and perhaps preceded by updates that are not drained yet.
    struct event held[FEED_BATCH];
    size_t n_held;
    uint64_t drained;      // updates
    uint64_t merged;       // updates, by the ledger
    uint64_t last_ns;      // of what went into the timeline
    uint64_t waited_ns;    // runnable without a core, at the last measurement
    uint64_t sampled_ns;   // and when that was
    uint64_t quiet_target; // QUIET_MERGING: updates that must be merged first
    enum quiet_phase quiet;
    uint64_t made;    // updates taken in
    uint32_t n_stops; // from outside, shown so far
    enum draft_phase draft_phase;
    struct update draft;
    uint64_t draft_word; // its cell's last write when the lane was found dead
    bool is_word_merged; // and the ledger has come to that
    bool is_pinned;
    bool is_started; // the timeline has its start
    bool is_ended;   // and its end
    bool is_partial; // a printed line has begun
    char *partial;   // and this is its text so far
    size_t partial_len;
    uint64_t partial_turn;
};

struct pending_line {
    uint64_t turn;
    struct session_output line;
};

struct pause_span {
    uint64_t from_ns, to_ns; // on the run's clock with pauses counted
};

// The last look of lock_cost.c at what the lanes have done; later ones count from there on.
struct lock_look {
    bool is_open; // nothing has changed since then that would make the difference
    uint64_t t_ns, updates, held_ns;
};

struct last_write {
    uint64_t t_ns;
    uint16_t lane;
};

// What is played as soon as it is found.
enum orders_want { WANT_NOTHING, WANT_FAILURE, WANT_FINAL };

// Every interleaving.
struct orders {
    struct explore *explore; // NULL: not asked for
    enum explore_grain grain;
    enum explore_status status;
    const struct explore_result *result; // NULL while it goes on
    struct explore_tree *tree;           // NULL: too large, or not all is known
    uint64_t began_ns, took_ns;
    bool is_sought, is_seeking; // examples of that final value, which was asked for last
    size_t cell;
    int64_t value;
    struct probe *probe; // for a failure, once exploring takes long; NULL: not begun
    bool is_probed;      // to its end
    enum orders_want want;
    bool is_played;    // what was wanted last
    char why_not[160]; // or why it was not; "" as long as that is not known
};

struct session {
    struct session_launcher launcher;
    struct program *prog;
    char *text;
    size_t len_bytes;
    struct run_spec spec;
    bool is_headless;
    size_t memory_bytes;

    struct orders orders;
    struct saved *saved;       // a run from a file; NULL: one that runs here
    struct rlt_writer *writer; // into which file this run is written; NULL: none
    char *save_path;
    uint64_t state_due_ns;  // on the real clock
    char save_trouble[240]; // why the run is not saved as was asked; ""
    struct sim *sim;        // instead of a run; NULL: real lanes
    struct run run;
    bool is_ready; // the host's clock is known
    bool is_host_gone;
    uint64_t began_ns;
    uint64_t end_ns;
    size_t runs;

    struct ledger *ledger;
    struct timeline *timeline;
    struct feed *feeds;
    struct session_lane *lanes;
    struct last_write *last_writes; // per cell
    int64_t *cells;
    bool is_private;
    int64_t *copies; // [lane * n_cells + cell] when each process has cells of its own

    struct session_output *output;
    size_t n_output, cap_output, output_bytes;
    uint64_t n_output_dropped;
    struct pending_line *pending; // printed, waiting for an earlier line of another lane
    size_t n_pending, cap_pending;
    uint64_t next_turn;
    uint64_t
        hole_since_ns; // the line of that turn has been missing while others wait; 0: it has not

    struct session_claim *claims;
    size_t n_claims;

    struct pause_span *pauses;
    size_t n_pauses, cap_pauses;
    bool is_paused;
    bool wants_pause; // also before the run's clock is known
    uint64_t paused_at_ns, paused_at_ticks;
    bool has_clock; // its owner's, for a simulated run
    uint64_t clock_ns;

    bool is_ended, has_failed, is_arranging, is_deadlocked;
    uint32_t lock_word;
    bool is_settled;
    uint64_t pace_ns;
    uint64_t events, dropped, arranged, held_ns, overlap_ns, preempted_ns;
    uint64_t n_merged_seen; // at the last epoch
    uint64_t epoch, epoch_merged, epoch_at_ns;
    bool epoch_is_open;
    size_t next_fed; // lane, see feed.c
    size_t n_refused;
    uint64_t gil_seen, gil_seen_ns, gil_rate; // switches at the last look, see session_watch_gil
    struct lock_look lock_look;
    struct session_lock_phase lock_on, lock_off;
    size_t n_deaths, last_dead;
    size_t n_open_drafts;
    int host_signal;
    uint64_t deadlock_since_ns;
    uint64_t deadlock_sign; // a digest of what everybody waits for
    char trouble[240];
    char deadlock[240]; // while is_deadlocked: who waits for whom
    char kept_schedule[240];
};

// --- clock.c
uint64_t session_without_pauses(const struct session *s, uint64_t raw_ns);
uint64_t session_now_ns(const struct session *s);
// What the session itself goes by: the machine's clock, or its owner's.
uint64_t session_clock_ns(const struct session *s);

// On the run's clock, pauses out. Inline, as it is asked for every record.
static inline uint64_t session_ticks_ns(const struct session *s, uint64_t ticks)
{
    uint64_t ns = clock_to_ns(&s->run.header->host.scale, ticks);
    if (ns <= s->began_ns)
        return 0;
    bool has_pauses = s->n_pauses || s->is_paused;
    return has_pauses ? session_without_pauses(s, ns - s->began_ns) : ns - s->began_ns;
}

// Of an instant that a lane has in ticks without pauses.
static inline uint64_t session_unpaused_ns(const struct session *s, uint64_t ticks)
{
    uint64_t ns = clock_to_ns(&s->run.header->host.scale, ticks);
    return ns > s->began_ns ? ns - s->began_ns : 0;
}

static inline uint64_t session_ticks_span(const struct session *s, uint64_t ticks)
{
    return clock_span_ns(&s->run.header->host.scale, ticks);
}

// --- feed.c: from the rings to ledger and timeline
bool session_feed(struct session *s);
bool session_merge(struct session *s); // in the ledger, what has been taken in; true: there was any
// Up to when everything has been taken in, at most now_ns: what a read clock says, before the feed.
uint64_t session_taken_until(const struct session *s, uint64_t now_ns);
void session_mark_starts(struct session *s); // before session_feed
void session_mark_ends(struct session *s);   // and after

// --- command.c
bool session_has_lock(const struct session *s);

// --- output.c
void session_add_line(struct session *s, struct session_output line); // owns its text
bool session_take_prints(struct session *s, bool is_last);
void session_output_free(struct session *s);

// --- deaths.c: processes that were killed or stopped
void session_see_stops(struct session *s, size_t lane);
// Everything that the lane had published has been taken in, and it is dead. False while it is not
// known yet whether it made a write that it could not publish.
bool session_settle_death(struct session *s, size_t lane);
// Killed, as the kernel says, before it came to its end.
bool session_is_dead(const struct session *s, size_t lane);
void session_note_merged(struct session *s, const struct update *update); // with n_open_drafts

// A simulated run is of the model, which keeps its ledger whatever had been asked for.
static inline bool session_is_bare(const struct session *s)
{
    return s->spec.is_bare && !s->sim;
}

// --- private memory, in feed.c
static inline bool session_has_copies(const struct session *s, size_t lane)
{
    return s->is_private && lane > 0;
}

// Takes in an update of a lane; its times are on the run's clock.
void session_take_update(struct session *s, size_t lane, const struct update *update);

// --- restart.c: other runs of the same scenario
void session_make_state(struct session *s); // nothing has happened yet
bool session_begin_run(struct session *s, struct program *prog, struct error *err);
void session_begin_again(struct session *s);   // a simulated run, from its beginning
void session_forget_state(struct session *s);  // what has been seen of a run; not the run itself
void session_forget_counts(struct session *s); // and every number of it
void session_forget_run(struct session *s);
struct program *session_compile_spec(const struct run_spec *spec, const char *text,
                                     size_t len_bytes, struct lang_problems *problems);
// Whether the lanes can use that kind of lock: processes need one that survives their death, and
// conditions one that is held.
bool session_kind_fits(const struct session *s, const struct program *prog, uint32_t kind);

// Whether there is one of that type among the program's locks.
bool session_has_type(const struct program *prog, enum lock_type type);

// --- orders.c
bool session_orders_pump(struct session *s); // true: it goes on
bool session_orders_are_going(const struct session *s);
void session_forget_orders(struct session *s);

// --- steps.c: a simulated run, step by step
bool session_load_schedule(struct session *s, const char *text, struct lang_problems *problems);

// --- quiet.c: who can still build on old writes
void session_ask_quiet(struct session *s);

// --- lanes.c: what lanes do now
void session_refresh_lanes(struct session *s);
void session_sample_sched(struct session *s);
void session_watch_gil(struct session *s);
uint64_t session_overlap_ns(const struct session *s);

// --- locks.c
void session_find_deadlock(struct session *s);
// ", and Pong begins only after Ping", where lanes are called one after another; "" else.
size_t session_tell_later(const struct session *s, char *text, size_t size);

// --- lock_figures.c
// p50 and p99 of waits of which the longest is known.
struct session_wait session_wait_of(const struct session_waits *waits, uint64_t max_ns);

// --- lock_cost.c
void session_look_at_lock(struct session *s);
// Something is about to change: what has been until now counts, what comes next does not go with
// it.
void session_close_lock_look(struct session *s);

// --- claims.c
void session_claims_begin(struct session *s);
void session_judge_store(struct session *s, size_t lane, const struct update *update,
                         const int64_t *cells);
void session_settle_prints(struct session *s, size_t lane); // the lane died
void session_broken(struct session *s, size_t claim, uint64_t t_ns, uint16_t lane);
void session_judge_end(struct session *s);

#endif
