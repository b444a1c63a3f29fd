#ifndef VIEW_MOMENT_TABLE_H
#define VIEW_MOMENT_TABLE_H

#include "session/session.h"
#include "trace/moment.h"

// A moment as a table is made of it, without drawing: which rows are lines of it, what is folded.

// An event that somebody has chosen: number `index` of its lane.
struct event_place {
    bool is_set;
    uint16_t lane;
    uint64_t index;
};

// Whether the timeline still has it.
bool event_is_kept(const struct session_view *view, struct event_place place);

// What of the moment is looked at.
struct moment_look {
    struct event_place place;
    int scroll;       // lines down from where it begins
    bool is_unfolded; // all rows between the ops of the loss
};

enum { MOMENT_SCROLL_MAX = 4000 };

struct moment_line {
    int row;         // of the moment; MOMENT_NO_ROW: a fold
    uint64_t folded; // of a fold, how many events
};

struct moment_table {
    struct moment *moment;
    struct moment_view view;
    struct moment_line *lines;
    size_t n_lines;
    size_t core_first, core_last; // lines of the first and the last op of the loss
    size_t top;                   // first line that is seen
    size_t zero;                  // row whose time is 0
    int scroll;                   // as it is, where it was asked for more
};

// `room`: lines that are seen. The event must be kept.
struct moment_table moment_table_new(const struct session_view *view, struct moment_look look,
                                     int room);
void moment_table_free(struct moment_table *table);

// What a cell was before the moment's first row, as far as its rows and the timeline know it. False
// when they do not.
bool moment_value_before(const struct session_view *view, const struct moment_view *moment,
                         size_t cell, int64_t *value);

#endif
