#ifndef SESSION_COMPARISON_H
#define SESSION_COMPARISON_H

#include "session/session.h"

// When to use what: the same work as a sequence, as threads, as threads under the GIL, as processes
// and as a pool, each measured now, one run after the other. Headless, never waits; called by one
// thread. One run at a time goes through the launcher.
struct comparison;

// One scenario to measure; the two works that ship (comparison_new with none) are waiting, as for a
// network, and computing.
struct comparison_work {
    const char *name; // "io"
    const char *text; // of the scenario; borrowed, like the name
    size_t len_bytes;
};

// NULL for problems in a text: `problems` says which, of work *bad.
struct lang_problems;
struct comparison *comparison_new(const struct session_launcher *launcher, uint64_t seed,
                                  const struct comparison_work *works, size_t n_works,
                                  struct lang_problems *problems, size_t *bad);
void comparison_free(struct comparison *c); // ends the run under way; accepts NULL

// True when anything changed that a screen shows.
bool comparison_pump(struct comparison *c);
// When the next call has something to do, at the latest: in so many ns.
uint64_t comparison_pause_ns(const struct comparison *c);

enum row_state { ROW_WAITS, ROW_RUNS, ROW_DONE, ROW_FAILED };

struct comparison_row {
    const char *work;  // "io", "cpu" or a scenario's name
    bool is_ours;      // one of the two works that ship
    const char *label; // "threads + GIL"; "burner, alone" for the calibration
    enum run_mode mode;
    enum gil_dial gil;
    size_t workers; // lanes
    enum row_state state;
    uint64_t elapsed_ns; // ROW_RUNS: so far
    uint64_t whole_ns;   // what the tasks take one after the other, as written; 0: not known
    double speedup;      // against the work's sequential row; 0 while that is not known
    char trouble[160];   // ROW_FAILED: why
};

// What the cores give: the same computing in one process and in `burners` at once.
struct comparison_calibration {
    size_t burners;
    uint64_t alone_ns, together_ns; // 0 while not measured
    double gives; // so many cores' worth of work were done in the time; 0 while not measured
};

enum advice_trust {
    ADVICE_FIRM,
    ADVICE_LOADED, // measured beside other load, through which it shows all the same
    ADVICE_UNTOLD, // of what computes the figures say nothing: the machine was too busy
    ADVICE_NONE,   // nor of what waits
};

// How to run each of the two works that ship, by what was measured; "" before, and without them.
struct comparison_advice {
    const char *io, *cpu;
    enum advice_trust trust;
    char why[160]; // what was measured of other load; unless ADVICE_FIRM
};

struct comparison_view {
    size_t cores; // that this program may use
    struct comparison_calibration calibration;
    const struct comparison_row *rows;
    size_t n_rows;
    size_t n_done; // of all runs, the calibration's too
    size_t n_runs;
    bool is_done;
    struct comparison_advice advice;
};

// What one line says of the machine: cores, and what they gave. out: 160 bytes.
char *comparison_machine(const struct comparison_view *view, char out[160]);
// The least costly way to run the work that is within 15 % of the fastest of those that a Python
// with its GIL has, the rows being in the order of what they cost; "" when none is done.
const char *comparison_advise(const struct comparison_row *rows, size_t n, const char *work);
// All of it, from all rows.
struct comparison_advice comparison_advice_of(const struct comparison_row *rows, size_t n,
                                              const struct comparison_calibration *calibration,
                                              size_t cores);
// "threads for what waits, processes for what computes", or that the machine was too busy to tell.
// out: 160 bytes.
char *comparison_words(const struct comparison_advice *advice, char out[160]);
// "I/O-bound: five waits of 0.3 s, as for a network"; a scenario's name as it is.
const char *comparison_heading(const struct comparison_row *row);

// Valid until the next call with a non-const comparison.
struct comparison_view comparison_view(const struct comparison *c);

#endif
