#ifndef VIEW_APP_STATE_H
#define VIEW_APP_STATE_H

#include "view/app.h"
#include "view/layout.h"
#include "view/lesson.h"
#include "view/moment_table.h"

// How the zoom is chosen, until somebody chooses it.
enum zoom_mode {
    ZOOM_AUTO,   // by the pace: single ops at a pace, the whole run at native speed
    ZOOM_FIT,    // the whole run, also as it grows
    ZOOM_CHOSEN, // the level stands
};

// What stands between the header and the keys.
enum app_page { PAGE_LANES, PAGE_MOMENT, PAGE_LOCKS, PAGE_ORDERS };

enum { TOAST_MAX = 200, CAPTION_MAX = 640, TITLE_MAX = 96, GUESS_MAX = 18 };

// What is asked, see app_ask; of the key `p`, until the run has ended.
struct prediction {
    unsigned number; // of the last question, 0 before the first
    bool is_open;
    bool is_of_end;   // asked by key: what the counter will be
    bool is_awaiting; // and the guess stands until the end of the run
    size_t run;       // of the session, that it is about
    bool was_paused;
    bool has_guess;
    int64_t guess;
    char question[CAPTION_MAX], typed[GUESS_MAX + 1];
    char answer[TOAST_MAX]; // to the last question, as far as it is known: a guess, then what is
    unsigned n_asked, n_right;
};

// A loss once more, in slow motion: the lines of its moment, one after the other.
struct replay {
    bool is_on;
    struct event_place place;
    size_t step;      // line of the moment's table
    uint64_t next_ns; // when the next one is due; 0: with the next tick
    // What comes back afterwards.
    enum zoom_mode zoom_mode;
    int zoom;
    bool follows;
    enum app_page page;
    uint64_t left_ns;
    enum density density;
};

struct app {
    const struct theme *theme, *first_theme;
    const struct theme *own_theme; // after the others as the themes go round; NULL: none
    const struct keymap *keymap;   // NULL: the table's
    const struct menu_item *menu;
    size_t n_menu, menu_cursor;
    const char *choice;
    bool choice_is_lesson;

    struct session *session;          // NULL: none
    const struct session_view *shown; // instead of a session's own; NULL: none
    struct comparison *comparison;    // instead of either; NULL: none
    int w, h;

    enum app_page page;
    size_t selected_lock; // on the page of locks
    bool in_tree;         // on that of the orders, the tree has the keys
    bool awaits_example;  // it is shown as soon as the session plays it
    const char *awaited;  // and this is said then
    size_t orders_result; // selected, see view/orders.h
    size_t orders_leaf;
    struct moment_look moment;
    struct replay replay;
    struct lesson lesson;
    bool is_blank, is_help_open, is_big;
    bool is_recording;
    int help_top;

    enum zoom_mode zoom_mode;
    int zoom; // level, while ZOOM_CHOSEN
    bool follows;
    uint64_t left_ns; // left edge while it does not follow
    size_t first_lane, cursor_lane;
    bool has_cursor;
    enum density density;
    uint64_t selected;       // entry of the log, 0: the newest
    struct event_place loss; // the store of the loss that is selected, also of one that the log has
                             // pushed out

    char toast[TOAST_MAX];
    size_t key_lane;   // the lane that the last key named, 1 to 9
    size_t asked_lane; // the toast asks whether to kill it; 0: it asks nothing
    bool toast_is_new; // its time begins with the next tick
    uint64_t toast_until_ns;

    bool keeps_captions, has_captions_off;
    enum caption caption;
    char caption_text[CAPTION_MAX];
    bool awaits_page;
    char lesson_title[TITLE_MAX]; // of the lesson that plays; "" when none does
    size_t lesson_page, n_lesson_pages;
    bool shows_keys;
    enum command shown_key; // COMMAND_NONE: none
    bool shown_key_is_new;
    uint64_t shown_key_until_ns;
    struct prediction prediction;
    struct app_listener listener;
};

// A run that begins is watched from its beginning, as its pace asks.
void app_begin_run(struct app *app);

// Whether the header tells how long the lesson has gone on, or is yet.
bool app_has_lesson(const struct app *app);

// Whether there is something to show, and then *view.
bool app_view(const struct app *app, struct session_view *view);

// The screen without the rows that are kept for captions.
struct area app_area(const struct app *app);
// A screen that commands move on, as it is now. False when there is none, or no room for it.
struct sight {
    struct session_view view;
    struct scene scene;
    struct layout layout;
};
bool app_look(const struct app *app, struct sight *sight);
// Keeps the zoom that is on screen from now on.
void app_keep_zoom(struct app *app, const struct sight *sight);

// What the scenario on screen is about, "" when there is none.
const char *app_about(const struct app *app);

// What a screen of that size shows of `view`, and where.
struct scene app_scene(const struct app *app, const struct session_view *view, struct area whole,
                       struct layout *layout);

#endif
