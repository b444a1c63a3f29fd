#ifndef TAPE_TAPE_H
#define TAPE_TAPE_H

#include "lang/lang.h"
#include "session/session.h"
#include "view/app_wish.h"

// A tape: what somebody would do at the keys and say meanwhile, as text. One language for lessons,
// recordings and tests.
//
//     title "5 The race"               # with the section of the course
//     about "What somebody reads who has to choose."
//     run race --simulate --seed 7     # what is run, if the command line does not say
//     chapter "The race"
//     say "Two lanes add to one counter, without a lock."
//     until lost > 3 or 30s
//     lock on
//     page                             # waits for PageDown
//     run bank --lock on               # from here on another run
//
// This is the tape itself; tape/player.h plays it. Data only: a tape can name no file to write and start
// no program. Safe on any bytes.

enum {
    TAPE_BYTES_MAX = 64 * 1024,
    TAPE_STEPS_MAX = 4096,
    TAPE_TEXT_COLUMNS = 76,    // of a row, so that 80 columns show all of it
    TAPE_SAY_ROWS = 2,         // so wide
    TAPE_TIME_MAX_S = 60 * 60, // a longer wait is a mistake
    TAPE_UNTIL_S = 60,         // how long `until` waits where nothing else is said
    TAPE_RUN_WORDS_MAX = 64,
    TAPE_RUNS_MAX = 32,
};

enum tape_word {
    TAPE_COMMAND, // a command of the table, with what it is wished to come to
    TAPE_PACE,
    TAPE_SAY,
    TAPE_CAPTION,
    TAPE_CHAPTER,
    TAPE_ASK,
    TAPE_WAIT,
    TAPE_UNTIL,
    TAPE_PAGE,
    TAPE_RUN, // the next run begins
};

// Something that a tape can ask of a run: a number, or whether something is so (1 or 0).
enum quantity_kind {
    QUANTITY_NUMBER,
    QUANTITY_CELL,     // a shared variable; as with every name below, of the same name in the tape
    QUANTITY_LOST,     // updates, of all variables
    QUANTITY_UPDATES,  // made, by all lanes
    QUANTITY_STEPS,    // of a simulated run
    QUANTITY_TIME,     // of the run, in ns
    QUANTITY_FINISHED, // lanes that have ended, without main
    QUANTITY_ENDED,    // the run has
    QUANTITY_PAUSED,
};

struct tape_quantity {
    enum quantity_kind kind;
    const char *name;       // as written
    size_t cell;            // CELL, once the tape is bound
    int64_t number;         // NUMBER
    uint32_t column, width; // where it stands in its line
};

enum comparison_sign { SIGN_LESS, SIGN_AT_MOST, SIGN_MORE, SIGN_AT_LEAST, SIGN_EQUAL, SIGN_OTHER };

// `lost > 3`; of what is so or is not, `ended`, as `ended != 0`.
struct tape_condition {
    struct tape_quantity left, right;
    enum comparison_sign sign;
    const char *text; // as written, safe to print
};

struct tape_step {
    enum tape_word word;
    uint32_t line, column; // 1-based, as struct lang_problem counts them
    uint32_t width;
    enum command command; // COMMAND
    struct wish wish;
    uint32_t lane_column, lane_width; // where the wish names a lane
    const char *text;                 // SAY, CAPTION, CHAPTER, ASK: safe to print
    uint64_t ns;                      // PACE, WAIT; UNTIL: its bound
    struct tape_condition condition;  // UNTIL
    struct tape_quantity answer;      // ASK
    bool is_of_end;                   // ASK: what it is at the end of the run
    size_t run;                       // RUN: of tape->runs
};

// A line `run ...`: the words after `run`, which are the command line's to understand.
struct tape_run {
    char **words;
    size_t n_words;
    uint32_t line; // 0: there is no such line, the command line says it all
};

struct tape {
    struct tape_step *steps;
    size_t n_steps;
    struct tape_run runs[TAPE_RUNS_MAX]; // the first is there from the beginning
    size_t n_runs;                       // 1 or more
    const char *title, *about;           // "" when it does not say
    bool has_texts;                      // it says something, so the screen keeps rows for it
    size_t n_pages;                      // how often it waits for PageDown

    char **texts; // everything that the steps point to
    size_t n_texts, cap_texts, cap_steps;
};

// NULL and at least one problem when there is a mistake. The text is copied.
struct tape *tape_parse(const char *text, size_t len_bytes, struct lang_problems *problems);
void tape_free(struct tape *tape); // accepts NULL

// Finds the variables and lanes that the tape names, as long as that run lasts, in the run's
// program. False and problems, behind those that are there, when there is none of such a name.
bool tape_bind(struct tape *tape, size_t run, const struct program *prog,
               struct lang_problems *problems);

// Where it begins again, to get to the rest-th page's end: behind the last `run` that begins a page
// before that.
struct tape_place {
    size_t step, run;
    int rests; // pages that lie before
};
struct tape_place tape_place_before(const struct tape *tape, int rest);

int64_t tape_quantity_now(const struct tape_quantity *quantity, const struct session_view *view);
bool tape_condition_holds(const struct tape_condition *condition, const struct session_view *view);

#endif
