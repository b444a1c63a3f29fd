#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/error.h"
#include "prog/program.h"
#include "session/explore.h"
#include "session/lock_cost.h"
#include "session/lock_figures.h"
#include "trace/ledger.h"
#include "trace/rlt.h"
#include "trace/timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A scenario being watched: its program, the run of it, and what the run has told so far. Headless:
// the terminal, the reports and the tests all drive this same interface. Called by one thread.
struct session;

// Starts and ends the process that hosts the lanes, on the session's behalf; the session itself has
// no power to fork. `memory_fd` is the run's shared memory; the launcher does not keep it.
struct session_launcher {
    bool (*start)(void *context, int memory_fd, struct error *err);
    // Ends the host, whatever it is doing, and waits until it is gone.
    void (*stop)(void *context);
    // True once the host has ended by itself or was killed; *status as from waitpid.
    bool (*ended)(void *context, int *status);
    void *context;
};

struct session_options {
    const char *name; // of the program, see lang_compile
    const char *text; // of the scenario
    size_t len_bytes;
    const struct lang_options *lang; // what the command line says over the file
    const char *lock_kind;           // NULL: mutex
    int lock;                        // -1 as written, 0 off, 1 on
    uint64_t pace_ns;                // 0: native speed
    uint64_t switch_interval_ns;     // of the GIL; 0: CPython's 5 ms
    uint64_t seed;
    bool is_bare;
    uint64_t burn_per_ms; // of compute(), see session_burn_per_ms; 0: measured at the start
    bool is_simulated;    // by the model instead of real lanes; paused at first, unless headless
    const char *schedule; // of a simulated run, see model/schedule.h; NULL: drawn from the seed
    bool is_headless;     // nobody looks: no timeline is kept
    enum explore_grain grain; // of the orders
    size_t memory_bytes;      // for the timeline; 0: the default
    // The run is written into this file while it goes on, later ones beside it; NULL: it is not.
    const char *save_path;
};

// NULL and problems (see lang) when the scenario does not compile; NULL, no problems and an error
// when the machine refuses. `problems` and `err` are non-NULL.
struct lang_problems;
struct session *session_open(const struct session_options *options,
                             const struct session_launcher *launcher,
                             struct lang_problems *problems, struct error *err);
void session_free(struct session *s); // ends the run; accepts NULL

// Takes in what the lanes have reported since the last call. Returns true when anything changed
// that a screen shows. Cheap when nothing happened; never waits; bounded work per call.
bool session_pump(struct session *s);

// From the first call on a simulated run goes by this clock, which its owner moves forward before
// session_pump, and not by the machine's: then what it has come to at a time is always the same.
// Real lanes take no notice.
void session_set_clock(struct session *s, uint64_t now_ns);

// What the lanes do now, kept in the run's memory or derived from it.
struct session_lane {
    const char *name; // safe to print
    enum lane_kind kind;
    enum lane_state state;
    bool is_started;
    uint64_t start_ns; // 0 until it has started
    uint64_t end_ns;   // UINT64_MAX until it has ended
    uint32_t pc;       // op that it is at; n_ops when it has none
    bool has_loaded;   // inside an update: it has loaded and not yet stored
    int64_t loaded;    // the value
    uint32_t
        waits_for;  // lock (semaphore, condition), or lane for JOINING; EVENT_NO_OBJECT when none
    uint32_t owner; // lane that holds that lock, EVENT_NO_OBJECT when not known
    uint64_t
        waits_since_ns; // BLOCKED or GIL: since when; UINT64_MAX: it does not wait, or not known
    uint64_t sleep_from_ns, sleep_until_ns; // SLEEPING: progress of the wait
    bool has_acknowledged;                  // the last switch of the lock
    uint64_t updates;                       // made, by its own count (also with --bare)
    uint64_t gil_wait_ns;                   // waited for the GIL, all in all
    char failure[120];                      // FAILED: why, with the line, as one clause; else ""
    // Of a process that was killed: by which signal, and what it left behind, as "killed by signal
    // 9 holding guard, with counter 25 loaded and not stored"; 0 and "" while it was not.
    int signal;
    char death[160];
    uint32_t pid;          // of a process that lives; 0: none
    uint32_t item;         // of the pool's inputs, the one it works on; EVENT_NO_OBJECT when none
    const int64_t *copies; // its own values of the cells, where each process has some; else NULL
};

enum switch_state { SWITCH_NONE, SWITCH_ON, SWITCH_OFF, SWITCH_TURNING };

struct session_output {
    const char *text; // safe to print, one line
    uint64_t t_ns;
    uint16_t lane;
};

// A claim after the end: "counter == lanes * N" and whether it held. For `always`: where it broke.
struct session_claim {
    const char *text;
    bool is_always;
    bool is_judged; // false while the run goes on, for expect; for always when nobody could look
    bool holds;
    bool is_placed;     // always, broken: when and by whom is known
    bool has_value;     // and the value
    uint64_t broken_ns; // always: the first time
    uint16_t broken_lane;
    int64_t broken_value; // always over one cell: its value then
};

// Everything that a view may know. Borrowed; valid until the next call with a non-const session.
struct session_view {
    const struct program *prog;
    const struct timeline *timeline; // NULL when the session is headless
    const struct ledger *ledger;     // empty with is_bare
    const struct session_lane *lanes;
    size_t n_lanes; // lanes[0] is main

    uint64_t now_ns; // since the run began; stands still after the end
    bool is_paused;
    bool is_ended; // every lane has ended and everything has been taken in
    bool is_bare;
    bool has_failed;     // a lane failed, or the host died
    int host_signal;     // that killed the process with the lanes, 0: none
    bool is_deadlocked;  // then `trouble` says who waits for whom
    size_t n_refused;    // lanes that the machine did not let start
    const char *trouble; // NULL, or one sentence for the screen: host killed, fewer threads, ...

    bool is_saved;            // a run from a file: it can be looked at, and nothing else
    const char *file;         // then which, safe to print
    bool is_saving;           // it is being written into a file
    const char *save_trouble; // why it is not, though that was asked for; NULL

    enum run_mode mode;
    enum gil_dial gil;     // GIL_OFF too where the dial does not matter: one thread a process
    uint32_t gil_holder;   // lane, EVENT_NO_OBJECT when nobody has it
    uint64_t gil_switches; // from one lane to another
    uint64_t gil_rate; // of those, in the last second or so; after the end, per second on average
    uint64_t switch_interval_ns;
    bool is_simulated;
    const uint16_t *schedule; // simulated: who made each step, and those that were taken back
    size_t n_steps;           // made
    size_t n_known_steps;     // with those taken back
    uint64_t step_ns;         // simulated: what a step takes on the run's clock
    bool is_private;          // lanes are processes with cells of their own; `cells` are main's
    size_t n_deaths;          // processes among the lanes that were killed
    size_t last_dead;         // the lane that died last, with n_deaths
    enum switch_state lock;   // SWITCH_NONE: the program has no lock
    bool lock_wanted;         // where the switch stands, on or off
    size_t lock_acknowledged; // TURNING: this many of
    size_t lock_lanes;        // these many lanes have seen it
    const char *lock_kind;
    const char *lock_kind_help;
    uint64_t pace_ns;
    uint64_t seed;
    size_t runs; // how often this session has started a run, from 1

    const struct session_output *output; // the newest SESSION_OUTPUT_MAX lines, oldest first
    size_t n_output;
    uint64_t n_output_dropped; // older lines, not kept
    const struct session_claim *claims;
    size_t n_claims;

    // Values of the shared cells: with the ledger, as of its last merged write, so that everything
    // on one screen is of one instant; with is_bare, as read just now.
    const int64_t *cells;
    uint64_t events;       // that lanes have produced
    uint64_t dropped;      // picture events among them that found no room
    uint64_t held_ns;      // lanes waited this long in all for the ledger's channel
    bool arranging;        // a loss is being arranged (command `arrange`)
    uint64_t arranged;     // entries of the log that were arranged, as a count
    uint64_t overlap_ns;   // how long at least two lanes were running at once
    uint64_t preempted_ns; // summed over the lanes, as the kernel measured it
};

enum { SESSION_OUTPUT_MAX = 100000, SESSION_OUTPUT_BYTES = 32 << 20 };

struct session_view session_view(const struct session *s);

// An input of the pool: who took it, and what came of it.
struct session_item {
    uint32_t lane; // EVENT_NO_OBJECT: nobody has taken it
    bool is_done;
    int64_t result; // once it is done
};
struct session_item session_item(const struct session *s, size_t item);

// Without a ledger: what the lanes have counted of a cell themselves.
struct session_bare {
    uint64_t updates;
    int64_t amount; // sum of what their updates added; wraps
    bool is_by_one; // every one of them added 1
};
struct session_bare session_bare(const struct session *s, size_t cell);

// Of the events that were taken in, how many there still are: in memory, or in the file that the
// run is written into or was opened from. False: none are kept, nobody looks.
bool session_kept(const struct session *s, struct timeline_kept *kept);

// The scenarios that ship inside the program, in the order of their names.
struct session_title {
    const char *name;
    char *title, *about; // newly allocated
};
size_t session_library_count(void);
struct session_title session_library_title(size_t index);

// How much computing this run takes for a millisecond, 0 while the scenario has none: with it
// another run does exactly the same work.
uint64_t session_burn_per_ms(const struct session *s);

// The host's part: compiles the scenario in the run's memory and runs it. The exit status of the
// process that a launcher has started for this.
int session_host(int memory_fd);

// Commands. Those that make no sense now do nothing.
void session_pause(struct session *s, bool paused);
void session_lock_toggle(struct session *s);
void session_lock_kind_next(struct session *s); // from the next `with` on: restarts the run
// A simulated run begins again with the other lock, and by the schedule that was chosen by hand as
// far as its lanes can step. How far that is, as a clause; "" when nothing was chosen. Valid until
// the next run.
const char *session_kept_schedule(const struct session *s);
void session_pace_slower(struct session *s);
void session_pace_faster(struct session *s);
void session_pace_native(struct session *s);
void session_set_pace(struct session *s, uint64_t pace_ns);
// At the next chance, delay a lane between its load and its store until another lane has stored.
// False, and nothing happens, where no loss can come of it: the lock is on, or the run is over, or
// without a ledger.
bool session_arrange(struct session *s);
bool session_restart(struct session *s, uint64_t seed, struct error *err);
// A thread ends at its next op and leaves what it held locked; a process gets SIGKILL. False: there
// is no such lane, it is main, or it has ended.
bool session_kill_lane(struct session *s, size_t lane);
// Runs again in the scenario's next mode that makes sense, or with the other kind of memory. False,
// and `err` says why, where there is none.
bool session_mode_next(struct session *s, struct error *err);
bool session_memory_next(struct session *s, struct error *err);
bool session_gil_next(struct session *s, struct error *err); // off, 3.10, 3.9

// A simulated run instead of real lanes, or the other way round, from the beginning.
bool session_simulate(struct session *s, bool is_simulated, struct error *err);
// One step forward of a lane (SESSION_ANY_LANE: of whoever is next), or back; until the lane that
// steps is at another line of the source. Pauses. False, and `err` says why, when it cannot be.
enum { SESSION_ANY_LANE = UINT16_MAX };
bool session_step(struct session *s, size_t lane, struct error *err);
bool session_step_back(struct session *s, struct error *err);
bool session_next_line(struct session *s, struct error *err);
// Takes a simulated run to after so many of its known steps.
bool session_seek(struct session *s, size_t step, struct error *err);
// The steps made so far, as text: `B2 A27 B3`. Newly allocated.
char *session_schedule(const struct session *s);

// Every interleaving of the scenario as it is set now, tried by session_pump beside the run.
// Forgotten when the scenario is run in another mode or with another lock.
#define SESSION_ORDERS_BYTES (UINT64_C(256) << 20) // of memory, at most

struct session_orders {
    bool is_begun;
    bool is_wanted;      // an example will be played when there is one
    bool is_played;      // what was wanted last has been played
    bool is_of_probe;    // what fails is a schedule that was tried by itself: exploring met none
    const char *why_not; // or could not be, and why; "" as long as that is not known
    enum explore_grain grain;
    enum explore_status status;
    struct explore_progress progress;
    const struct explore_result *result; // NULL while it goes on
    const char *trouble;                 // EXPLORE_FAILED: why
    uint64_t elapsed_ns;                 // 0: nobody knows, as the session has a clock of its own
    bool is_seeking;                     // examples of a final value are being looked for
    const struct explore_tree *tree; // every schedule by itself; NULL: too many, or not all known
    const char *why_apart; // NULL: the run on the screen is one of those that were explored; else
                           // why it need not be
    bool has_place;        // simulated: where in the tree it stands
    uint32_t place;        // a node
};
struct session_orders session_orders(const struct session *s);
bool session_orders_begin(struct session *s, struct error *err); // true as well when it has begun
void session_orders_stop(struct session *s); // what has been found by then stays
// Plays a failing schedule as a simulated run, once one has been found. False, and `err` says why,
// when there is none or nothing can be tried.
bool session_find(struct session *s, struct error *err);
void session_forgo(struct session *s); // nothing is wanted any more
// Looks for examples that end with that value, which then stand in the result; another one that was
// looked for is given up. False: it is not known to come out.
bool session_seek_final(struct session *s, size_t cell, int64_t value);
// Each plays a schedule as a simulated run: the shortest that ends with that value, once it is
// found; an example of result->failures[failure]; that leaf of the tree. False, and `err` says why.
bool session_play_final(struct session *s, size_t cell, int64_t value, struct error *err);
bool session_play_failure(struct session *s, size_t failure, struct error *err);
bool session_play_leaf(struct session *s, size_t leaf, struct error *err);

// --- runs in files

// What has been kept of the run up to now, into a new file. The run goes on.
bool session_save(struct session *s, const char *path, struct error *err);
// A run from a file: it has ended, and is shown as it was. NULL with a message. What was cut is
// told as the view's trouble. `progress`, NULL for none, is asked while a cut file is read.
struct session *session_replay(const char *path, rlt_progress progress, void *context,
                               struct error *err);
bool session_is_saved(const struct session *s);
// Of a run from a file: how much of it there is.
struct rlt_facts session_file(const struct session *s);
// Reads all of it. Returns how many pages of events cannot be read.
uint64_t session_check_file(struct session *s, rlt_progress progress, void *context);

// Blocks until something may have happened, at most timeout_ns. For callers without a screen.
void session_wait(struct session *s, uint64_t timeout_ns);

#endif
