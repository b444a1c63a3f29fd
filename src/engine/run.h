#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "base/clock.h"
#include "base/error.h"
#include "prog/program.h"
#include "sync/condition.h"
#include "sync/lock_kind.h"
#include "trace/ring.h"

#include <stdatomic.h>

// The memory of one run: everything that the lanes, their host and the collector share.
//
// A sealed memfd, created by the collector's side, mapped by the host, inherited by its lanes. It
// holds fixed-width fields, offsets and atomics, no pointers. In it, in this order:
//
//     struct run_header     what is run, the controls, what the host says
//     scenario text         the host compiles it, and so has the same program as the collector
//     struct run_lane[]     one per lane, main first
//     struct run_cell[]     one per shared cell; where each process has cells of its own, one per
//                           lane and cell: main's first
//     struct run_slots[]    values of writes, [lane][cell]
//     struct run_lock[]     one per lock, semaphore or condition, and then their own memory
//     struct run_pool       the pool's queue, and then struct run_item[]: one per input
//     struct run_follow     how far the schedule has been followed, and then uint16_t[]: who makes
//                           each step
//     per lane: ring of updates, ring of events, channel of printed text
//
// Who writes what: the collector writes struct run_control; a lane writes its own run_lane, slots,
// rings; the host writes struct run_host. Nobody blocks on the collector but for the two channels
// that must lose nothing: updates and printed text.

enum {
    RUN_SETTINGS_MAX = 32,
    RUN_BUDGET_BYTES = 64 << 20, // rings of all lanes together
    RUN_TEXT_BYTES = 8 << 10,    // of printed text per lane
    RUN_WAIT_BUCKETS = 64 * 8,   // histogram of lock waits, see run_wait_bucket
};

// What to run, as the command line and the keys have it. Plain data.
struct run_spec {
    uint64_t seed;
    uint64_t pace_ns;
    uint64_t switch_interval_ns; // of the GIL
    uint64_t burn_per_ms;        // of compute(); 0: the host measures it
    int64_t n_lanes;             // --lanes, 0: as written
    char mode[16];               // --mode, --gil, --memory: "" as written
    char gil[16];
    char memory[16];
    uint32_t lock_kind;    // index in lock_kinds
    uint32_t lock_on;      // 1: the switch is on at the start
    uint32_t is_simulated; // no real lanes: the model runs it, in the collector's own process
    uint32_t is_bare;      // plain relaxed loads and stores, no ledger
    uint32_t n_followed;   // the first so many steps are made as run.schedule says; 0: as they come
    uint32_t n_settings;
    struct {
        char name[PROGRAM_NAME_MAX + 1];
        int64_t value;
    } settings[RUN_SETTINGS_MAX];
    char name[PROGRAM_NAME_MAX + 1]; // of the program
};

// Written by the collector, read by the lanes.
struct run_control {
    // Counts changes of anything below; lanes compare it with what they saw last before each op,
    // and waiting lanes wait on it (futex). Stored with release after the change.
    _Alignas(64) _Atomic uint32_t seq;
    _Atomic uint32_t is_paused;
    _Atomic uint32_t is_stopped;   // every lane ends at its next op
    _Atomic uint32_t lock_word;    // how often the lock was switched * 2 + (1: on)
    _Atomic uint32_t lock_settled; // the newest lock_word that every lane has acknowledged
    _Atomic uint64_t pace_ns;
    _Atomic uint64_t paused_ticks; // all pauses that are over, in ticks
    _Atomic uint64_t epoch;        // the ledger asks who is between two statements, see run_lane
    _Atomic uint32_t arrange;      // RUN_ARRANGE_...: a loss is wanted, or a lane is held for it
};

// RUN_ARRANGE_TAKEN + lane: by which lane.
enum { RUN_ARRANGE_NONE, RUN_ARRANGE_WANTED, RUN_ARRANGE_TAKEN };

// Whether a lane is between two ops that nobody needs to wait for: see ledger_quiet and
// ledger_pinned. A lane stores RUN_IDLE_... before it waits for anything and RUN_BUSY after, both
// sequentially consistent; after RUN_BUSY it loads `epoch`, sequentially consistent too. So a
// collector that stores the epoch and then still finds the lane idle knows that the lane's next
// load comes after that store, and sees every write that the collector has seen.
enum run_idle { RUN_BUSY, RUN_IDLE_QUIET, RUN_IDLE_PINNED };

// Written by the lane, read by the collector. One or more cache lines of its own.
struct run_lane {
    _Alignas(64) _Atomic uint32_t state; // enum lane_state
    _Atomic uint32_t pc;
    _Atomic uint32_t waits_for;   // lock, semaphore, condition or lane, EVENT_NO_OBJECT
    _Atomic uint32_t idle;        // enum run_idle
    _Atomic uint64_t quiet_epoch; // the newest control.epoch it has seen between two statements
    _Atomic uint64_t loaded_id;   // inside an update: what its load read
    _Atomic int64_t loaded_value;
    _Atomic uint32_t loaded_cell; // EVENT_NO_OBJECT outside an update

    _Atomic uint32_t lock_seen;                // the newest control.lock_word it has acknowledged
    _Alignas(64) _Atomic uint64_t start_ticks; // 0 until started
    _Atomic uint64_t end_ticks;                // 0 until ended
    _Atomic uint64_t sleep_from_ticks, sleep_until_ticks;
    _Atomic uint64_t wait_ticks; // when it began to wait for what waits_for says; without pauses
    _Atomic uint64_t gil_since_ticks; // when it asked for the GIL last; without pauses
    _Atomic uint64_t updates;         // made
    _Atomic uint64_t held_ticks;      // waited for room in the channel of updates
    _Atomic uint64_t sum_amounts;     // of its updates; wraps
    _Atomic uint64_t gil_ticks;       // waited for the GIL
    _Atomic uint64_t retries;         // of compare-and-swap
    _Atomic uint32_t has_begun;       // it has had the GIL, where there is one
    _Atomic uint32_t tid;             // of the kernel
    _Atomic uint32_t fault;           // enum machine_fault
    _Atomic uint32_t fault_line;
    _Atomic uint32_t kind;       // enum lane_kind as it really runs
    _Atomic uint32_t is_killed;  // set by the collector: end at the next op
    _Atomic uint64_t held_locks; // bit (lock): it holds it, or held it when it died
    _Atomic uint32_t item;       // of the pool's inputs, the one it works on; EVENT_NO_OBJECT

    // Of a process, by the host, who has them from the kernel.
    _Atomic uint32_t is_joined;    // ended, confirmed; for threads too
    _Atomic uint32_t exit_signal;  // that killed it; 0: it ended by itself
    _Atomic uint32_t n_stops;      // odd while a signal from outside has stopped it
    _Atomic uint64_t reaped_ticks; // when it was found dead
    _Atomic uint64_t stop_ticks;   // of the last change of n_stops

    // The write that the lane is about to make, or has made and not yet published, so that it is
    // known of a process that was killed then: (number of updates published + 1) * 2, plus 1 when
    // its record lies in `aside` instead of the channel's next slot. Any other value is history.
    _Atomic uint64_t draft;
    struct update aside;
};

struct run_cell {
    // Id of the last write; with is_bare the value itself.
    _Alignas(64) _Atomic uint64_t word;
};

// The newest two writes of one lane to one cell. A lane fills slot[seq & 1] before it publishes
// write `seq` by its exchange, so the slot of the write before stays valid meanwhile.
struct run_slots {
    // A line of its own: the lanes write theirs all the time.
    struct {
        _Alignas(32) _Atomic uint64_t seq;
        _Atomic int64_t value;
    } slot[2];
};

// A hold of a lock that is over. Ticks without pauses.
struct run_hold {
    _Atomic uint64_t from_ticks, to_ticks;
    _Atomic uint32_t lane;
};

struct run_lock {
    _Alignas(64) _Atomic uint32_t owner; // lane, EVENT_NO_OBJECT when free
    _Atomic uint32_t turn;               // orders its hand-offs; wraps. Of a condition, its waits
                                         // and notifies, in the order of its lock
    _Atomic uint64_t acquisitions;
    _Atomic uint64_t contended; // of those, the lane had to wait
    _Atomic uint64_t wait_max_ticks;
    // Of a lock, written by its holder, in ticks without pauses. A hold lasts from when the lane
    // has the lock (it may have to wait for the GIL then) to when it begins to give it back; one
    // whose process was killed is not over, and counts nowhere.
    _Atomic uint64_t since_ticks; // when the newest hold began; stored before its owner
    _Atomic uint64_t held_ticks;  // all that are over
    _Atomic uint64_t hold_max_ticks;
    _Atomic uint32_t n_longest;
    // The longest is [n_longest & 1], of n_longest > 0. The other one may be half written.
    struct run_hold longest[2];
    _Atomic uint64_t recovered; // taken over from a holder that had died
    _Atomic uint64_t posts;     // of a semaphore; notifies of a condition
    // Contended acquisitions by how long they waited; of a condition, the waits for a notify.
    _Atomic uint64_t waits[RUN_WAIT_BUCKETS];
};

// The pool: inputs are taken in order, by whoever comes.
struct run_pool {
    _Alignas(64) _Atomic uint32_t next; // number of the next input; may pass n_items
};

struct run_item {
    _Atomic int64_t result;
    _Atomic uint32_t lane;    // that has taken it; 0 while nobody has
    _Atomic uint32_t is_done; // the result is there
};

// Lanes that follow a schedule: each makes its next step only when the schedule has come to it, and
// what is no step follows at once. A step is one of the model, see model/stepper.h, and a sleep is
// over when the lane is awake again. Beyond its end the lanes go on as they come.
struct run_follow {
    // Steps of the schedule that are over; the lane whose turn it is goes on to the next, and for a
    // lane that has ended another does (futex).
    _Alignas(64) _Atomic uint32_t at;
};

// Buckets of lock waits: 8 to each power of two of nanoseconds, so within 12.5 %.
uint32_t run_wait_bucket(uint64_t ns);
uint64_t run_wait_bucket_ns(uint32_t bucket); // its upper edge

// Written by the host.
struct run_host {
    _Alignas(64) struct clock_scale scale; // valid once is_ready
    uint64_t began_ticks;                  // the run's zero
    uint64_t burn_per_ms;                  // see engine/burn.h; 0 when nothing computes
    _Atomic uint32_t is_ready;
    _Atomic uint32_t is_done; // main has ended and every lane has been joined
    _Atomic uint32_t pid;
    _Atomic uint32_t n_refused;    // lanes that the machine refused to start
    _Atomic uint64_t print_turn;   // lines printed so far, all lanes: their order
    _Atomic uint32_t gil_holder;   // lane, EVENT_NO_OBJECT: nobody, or there is no GIL
    _Atomic uint64_t gil_switches; // how often it has gone from one lane to another
    _Atomic uint64_t broken;       // claims of `always` over several cells that broke, as bits
    char trouble[200];             // why it could not run, "" when it could; valid once is_done
};

struct run_header {
    uint64_t magic;
    uint32_t version;
    uint32_t n_lanes, n_cells, n_locks; // lanes with main
    uint32_t n_copies;                  // of all cells: n_lanes or 1
    uint32_t n_items;
    uint32_t update_slots, event_slots; // per lane
    uint32_t lock_bytes;                // of one lock of the kind
    uint64_t text_len;
    uint64_t off_text, off_lanes, off_cells, off_slots, off_locks, off_lock_memory, off_pool,
        off_follow, off_rings;
    uint64_t ring_stride, off_events, off_print; // within a lane's part
    uint64_t size_bytes;
    struct run_spec spec;
    struct run_control control;
    struct run_host host;
};

// A mapping of it.
struct run {
    struct run_header *header;
    const char *text;
    struct run_lane *lanes;
    struct run_cell *cells;
    struct run_slots *slots;
    struct run_lock *locks;
    unsigned char *lock_memory;
    struct run_pool *pool;
    struct run_item *items;
    struct run_follow *follow;
    uint16_t *schedule; // lanes, spec.n_followed of them; written before the host is started
    unsigned char *rings;
    const struct lock_kind *kind;
    int fd;
    size_t n_lanes, n_cells, n_locks;
};

// Creates the memory for running `prog` (compiled from `text`) as `spec` says. Whoever sets
// spec->n_followed fills in run->schedule.
bool run_create(struct run *run, const struct program *prog, const struct run_spec *spec,
                const char *text, size_t len_bytes, struct error *err);
// Maps memory that run_create made, in another process. The fd stays the caller's.
bool run_map(struct run *run, int fd, struct error *err);
// Whether `prog` is of the shape that the memory was laid out for. Else a lane would write outside.
bool run_fits(const struct run *run, const struct program *prog);
void run_close(struct run *run); // unmaps; closes the fd if run_create made it

struct ring *run_updates(const struct run *run, size_t lane);
struct ring *run_events(const struct run *run, size_t lane);
struct print_channel *run_prints(const struct run *run, size_t lane);
void *run_lock_memory(const struct run *run, size_t lock);
uint32_t run_semaphore_count(const struct run *run, size_t lock); // of one that is a semaphore
// Of one that is a condition: whether a lane has been notified and has not gone on yet.
bool run_condition_is_owed(const struct run *run, size_t lock);
// The lanes as those see them who wait at a condition; borrows the run.
struct condition_lanes run_condition_lanes(const struct run *run);

// The cells that a lane works on: everybody's, or its own copies.
static inline struct run_cell *run_cells_of(const struct run *run, size_t lane)
{
    return run->header->n_copies > 1 ? &run->cells[lane * run->n_cells] : run->cells;
}

static inline struct run_slots *run_slots_of(const struct run *run, size_t lane, size_t cell)
{
    return &run->slots[lane * run->n_cells + cell];
}

// Kills a lane: a thread is told to end at its next op, a process gets SIGKILL, and never a
// stranger that has got its number since. False when it has ended, or has not begun.
bool run_kill_lane(const struct run *run, size_t lane);

// Whether the lane has ended, by itself or killed, as far as is known.
bool run_has_ended(const struct run *run, size_t lane);

// Steps of the schedule that are over, spec.n_followed at most.
uint32_t run_followed(const struct run *run);

// Tells the lanes that a control has changed; RUN_WAKE also wakes those that wait.
enum run_tell { RUN_QUIETLY, RUN_WAKE };
void run_tell(const struct run *run, enum run_tell how);

#endif
