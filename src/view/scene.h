#ifndef VIEW_SCENE_H
#define VIEW_SCENE_H

#include "session/session.h"
#include "view/frame.h"
#include "view/keymap.h"
#include "view/moment_table.h"
#include "view/viewport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether all lanes are seen at once, several in a row. Until somebody chooses: where there are
// many more of them than rows.
enum density { DENSITY_AUTO, DENSITY_ON, DENSITY_OFF };

// The lanes' rows are: name and count | start | plot | state in words.
struct lane_columns {
    int gutter; // before the plot
    int plot;
    int status; // after it
};

// What a panel is drawn from: the session's view and where the person at the keys is looking.
// Made anew for each frame; nothing in it changes while it is drawn.
struct scene {
    const struct session_view *view;
    struct viewport port;
    struct lane_columns columns;
    enum density density; // what is asked for
    size_t group;         // lanes in a row of the overview; 0: each lane has its own rows
    bool is_crowded;      // not every lane has its own row
    int lane_rows;        // of each lane below main: 1 to 3
    size_t first_lane;    // of those below main, the topmost on screen; 1 is the first
    size_t cursor_lane;   // 0 is main
    bool has_cursor;      // somebody has moved it
    uint64_t selected;    // entry of the log; 0: the newest
    struct event_place
        loss;       // store of the loss that is selected; also of one that the log has lost
    bool is_replay; // the view's time and lanes are those of a step of a loss in slow motion
    bool is_big;
    bool has_cell;               // there is a counter to show
    size_t cell;                 // which
    const char *title;           // NULL: the scenario's own
    const char *toast;           // "" for none
    bool hides_values;           // somebody is asked for them: what lanes have loaded is not told
    char lesson[24];             // its clock; "" when it is not shown
    bool is_recording;           // the header says so
    const struct keymap *keymap; // NULL: the table's
    bool is_orders;              // the orders are shown, not the lanes
    bool has_results;            // and something there can be selected
    bool has_tree;               // every schedule by itself, beside the list of results
    bool in_tree;                // and has the keys, else the list of results
};

// Fills has_cell and cell: the first plain shared variable, else the first array's first element.
void scene_find_cell(struct scene *scene);

// The counter as it stands.
struct counter_facts {
    int64_t value;
    bool has_ledger;  // what follows is known
    int64_t expected; // had nothing been lost
    uint64_t made, lost;
};
struct counter_facts scene_counter(const struct scene *scene);

// Whether each process counts in a copy of its own, and what that of a lane is. False while a lane
// has none.
bool scene_is_private(const struct scene *scene);
bool scene_copy(const struct scene *scene, size_t lane, int64_t *value);
// "counter", of private memory "counter (main's)". out: 64 bytes.
char *scene_cell_name(const struct scene *scene, char out[64]);

// When the selected loss was stored. False when none is selected, or it is not kept.
bool scene_loss_time(const struct scene *scene, uint64_t *t_ns);

// From when on every lane's events are kept; before, only sums of them. 0: from the beginning.
uint64_t scene_detail_from(const struct scene *scene);

// The column that is looked at, and on which lane: that of the selected loss, or of the lane at the
// cursor the one in the middle. How many events it holds; 0 when none is looked at.
uint64_t scene_column_events(const struct scene *scene, int *column);

// How many digits the counter is likely to need before the run ends, so that nothing jumps.
int scene_digits(const struct scene *scene);
// The columns of such a number as it is written in a table, "1,234,567".
int scene_number_columns(const struct scene *scene);

// A number in at most `columns`, 5 or more: "1,234,567", "1234567", rounded down "1.23M". A number
// that is cut would be another number.
char *scene_number(char out[28], int64_t number, int columns);

// Updates of the counter by one lane; with --bare or private memory those of all cells, as nothing
// else is known.
struct ledger_lane scene_lane_counts(const struct scene *scene, size_t lane);

// What there is to say of the scenario's claims, for a badge: "holds", "broken"; "" for nothing.
const char *scene_verdict(const struct scene *scene, enum role *role);

// What the picture does not show, in words; "" when it shows all.
void scene_honesty(const struct scene *scene, char *out, size_t size);

// Updates of a lane that can be lost are what the log and the counter panel are about.
bool scene_has_lock(const struct scene *scene);

// " LOCK ON  ", as wide in every state with up to a thousand lanes; NULL when there is no lock.
const char *scene_lock_badge(const struct session_view *view, char out[48], enum role *role);

// Lines that other variables than the counter ask for, before the lanes' lines get theirs.
int scene_other_rows(const struct scene *scene);

// Whether an update of the counter can be lost at all: two lanes make some.
bool scene_can_lose(const struct scene *scene);

// Lane names are meant to be recognised, so each has a colour; states have another.
enum role lane_role(size_t lane);
const char *lane_name(const struct scene *scene, size_t lane);
enum role state_role(enum lane_state state);

// "12.4 s", "21.32 ms": how far into the run, as the log, the source and the clock say it.
char *scene_time(char out[24], const struct scene *scene, uint64_t t_ns);

// A panel's heading: a line with its name in it and, at the right, `note` (may be ""). Returns
// what is below it.
struct area panel_heading(struct area area, const char *name, enum role note_role,
                          const char *note);

// The panels. Each fills its area and needs no more than that.
// At the beginning of a header, that the screen is being recorded. Returns the columns it takes.
int record_sign_draw(struct area bar, bool is_recording);
void header_draw(const struct scene *scene, struct area area);
void lanes_draw(const struct scene *scene, struct area area);
void losses_rate_draw(const struct scene *scene, struct area area);
void counter_draw(const struct scene *scene, struct area area);
void source_draw(const struct scene *scene, struct area area);
void losses_draw(const struct scene *scene, struct area area);
// The number of the log in that row of the panel, 0 for none.
uint64_t losses_number_at(const struct scene *scene, struct area area, int row);
void output_draw(const struct scene *scene, struct area area);
// `note` stands at the right, where it has room.
void message_draw(const struct scene *scene, struct area area, const char *note);
// Of a simulated run: who made the last steps, and that it may be anybody's turn.
void schedule_draw(const struct scene *scene, struct area area);
void keys_draw(const struct scene *scene, struct area area);

// `number_w`: columns of the number in the gutter. `group` as in the scene.
struct lane_columns lane_columns(const struct session_view *view, int w, int lane_rows,
                                 int number_w, size_t group);
// Of the source's panel, so that no line of the scenario is cut.
int source_columns(const struct session_view *view);
// Of the output's panel, so that no line in it is cut unless it is very long.
int output_columns(const struct session_view *view);

#endif
