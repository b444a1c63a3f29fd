#ifndef TRACE_MOMENT_H
#define TRACE_MOMENT_H

#include "trace/timeline.h"

// The instant around one event: what all lanes did just then, as rows in the order in which it
// happened. Clocks alone do not give that order, since a lane may lose its core between an op and
// the look at the clock. What is proven does:
//
//     each lane's own order
//     a STORE comes after the write that it replaced
//     a LOAD comes after the write that it read, and before the STORE that replaced that
//     an ACQUIRE comes after the RELEASE of the turn before; semaphores count their turns too
//     a join comes after the end of the lane
//
// Among what is left open the clock decides. Where a clock contradicts what is proven, the order
// wins, and the row says when its op happened at the latest.
struct moment;

enum { MOMENT_CORE = 1024 }; // rows from the first to the last op of a loss, at most

// The four ops that a lost update is made of.
enum moment_part {
    MOMENT_LOAD,         // of the store that overwrote the update
    MOMENT_STORE,        // it itself
    MOMENT_VICTIM_LOAD,  // of the update that was overwritten
    MOMENT_VICTIM_STORE, // it itself
    MOMENT_PARTS
};

enum { MOMENT_NO_ROW = -1 };

struct moment_row {
    const struct event *event; // a copy, the moment's own
    uint64_t index;            // of the event in its lane
    uint64_t t_ns;             // of the event; with is_late: by when it had happened
    uint64_t hidden;           // events before this row that are left out
    bool is_gap; // what comes right before it is not here, and not counted in `hidden`
    // Its clock was read after an op that is proven to come later; or a LOAD before whose STORE the
    // process was stopped from outside, which stands before it here.
    bool is_late;
};

struct moment_view {
    const struct moment_row *rows;
    size_t n_rows;
    size_t middle; // row of the event that was asked for
    bool is_loss;
    int parts[MOMENT_PARTS]; // rows of a loss; MOMENT_NO_ROW: not kept, or there is none
    // Updates that the store overwrote, found by going back from the write that it replaced to the
    // one that it had loaded; 0: too many, or not kept.
    size_t n_gone;
    bool is_broken; // what is said of the order contradicts itself: a fault of whoever recorded it
};

struct moment_question {
    const struct timeline *timeline;
    size_t n_lanes;
    uint16_t lane; // of the event; it is a loss where its flags say so
    uint64_t index;
    size_t before, after; // rows around it, or around the ops of the loss
    bool is_private;      // lanes have cells of their own
    bool has_ids;         // LOAD and STORE name their writes; false: a bare run
};

// The event must be kept.
struct moment *moment_new(const struct moment_question *question);
void moment_free(struct moment *moment); // accepts NULL

struct moment_view moment_view(const struct moment *moment); // borrowed from the moment

#endif
