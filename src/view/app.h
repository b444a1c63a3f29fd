#ifndef VIEW_APP_H
#define VIEW_APP_H

#include "session/session.h"
#include "view/command.h"
#include "view/frame.h"
#include "view/keymap.h"
#include "view/theme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The state of the user interface, without a terminal: which view, which zoom, where the cursor
// is. The loop of the terminal, the tests and tapes drive this same interface:
//
//     app_resize, then for ever: app_command(app, app_key(app, key)), app_tick, app_draw
//
// Commands change state and never draw; drawing reads state and never changes it.
struct app;

// One line of the menu, the lessons first. Borrowed: must outlive the app; what has been done may
// change meanwhile.
struct menu_item {
    bool is_lesson, is_done;
    const char *name;    // "race"
    const char *section; // "5"
    const char *title;   // "Race condition: counter += 1"
    const char *about;   // one line
};

// A question that is asked, by a tape or by key, and what becomes of it. Borrowed.
enum question_stage {
    QUESTION_ASKED,    // numbers are hidden from now on
    QUESTION_GUESSED,  // the answer is in, and not told yet
    QUESTION_PASSED,   // there is none
    QUESTION_REVEALED, // what is right has been told; of some questions it never is
};
struct question {
    enum question_stage stage;
    unsigned number;         // from 1, of the app
    const char *text;        // ASKED: safe to print
    int64_t guess;           // GUESSED
    int64_t value;           // REVEALED
    struct session *session; // that it is about; NULL: none
};
struct app_listener {
    void (*question)(void *context, struct app *app, const struct question *question);
    void *context;
};

struct app_options {
    const char *theme;             // NULL: the default
    const struct theme *own_theme; // instead; NULL: none. Borrowed, as all here
    const struct keymap *keymap;   // NULL: the keys of the table
    uint64_t lesson_ns;            // how long the lesson is; 0: not known
    const struct menu_item *menu;
    size_t n_menu;                // more than 0: begins with the menu, until a session is attached
    struct app_listener listener; // {NULL}: nobody listens
};

// What the loop has to do after a command or a tick. Flags.
enum reaction {
    REACT_NONE = 0,
    REACT_REDRAW = 1,      // draw and present
    REACT_REPAINT = 2,     // the terminal's contents are not to be trusted: write all of it
    REACT_QUIT = 4,        // leave
    REACT_SUSPEND = 8,     // back to the shell
    REACT_SCREENSHOT = 16, // save the frame, then app_say where
    REACT_CHOSEN = 32,     // app_choice says what: open it and app_attach it
    REACT_SAVE = 64,       // save the run, then app_say where
    REACT_RECORD = 128,    // begin or end a recording, then app_record and app_say where
    REACT_NEXT_PAGE = 256, // of the tape that plays
    REACT_PREVIOUS_PAGE = 512,
    REACT_LEAVE = 1024, // the lesson, for the menu
};

// NULL with an error when the theme is not known.
struct app *app_new(const struct app_options *options, struct error *err);
void app_free(struct app *app); // accepts NULL; does not free the session

// From now on shows and commands this session, which must outlive its stay here; forgets cursor
// and zoom. NULL: back to the menu.
void app_attach(struct app *app, struct session *session);
// Shows the when-to-use table, which is being measured, until app_attach or app_show. The loop
// pumps it; whoever made it frees it.
struct comparison;
void app_compare(struct app *app, struct comparison *comparison);
struct comparison *app_comparison(const struct app *app); // NULL: there is none

// Shows this view instead of a session's own; commands that act on a session then do nothing.
// For tests and pictures. Borrowed until the next call or app_attach.
void app_show(struct app *app, const struct session_view *view);

// The size of the terminal, before the first command and whenever it changes.
void app_resize(struct app *app, int w, int h);

// Scrolls so that this time of the run is in the middle of the lanes. After app_resize.
void app_show_time(struct app *app, uint64_t t_ns);

// What a key means now: depends on what is open. COMMAND_NONE: nothing, and nothing happens.
enum command app_key(const struct app *app, const char *key);
// Both in one: what the key means, and that it is done. Some keys say more than their command:
// which lane.
unsigned app_press(struct app *app, const char *key);
// enum reaction flags.
unsigned app_command(struct app *app, enum command command);
// Time goes by: messages go away. now_ns is any clock that only goes forward.
unsigned app_tick(struct app *app, uint64_t now_ns);
// When the next app_tick has something to do; UINT64_MAX when none has.
uint64_t app_next_tick(const struct app *app);

// Shows a message for a few seconds: what a key did, where a file went.
void app_say(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// The same, of a text that names keys by their commands, see view/hint.h.
void app_hint(struct app *app, const char *text);

// --- what a tape or a recording adds to the screen

// Keeps rows above the keys for what app_caption says, so that nothing jumps when it does, and
// shows each key that is pressed, by its command's name.
void app_keep_captions(struct app *app, bool is_kept);
void app_show_keys(struct app *app, bool is_shown);
// As it was before the first key, for a tape that begins again.
void app_reset(struct app *app);
// CAPTION_TITLE is one line, CAPTION_TEXT is wrapped, below a CAPTION_QUESTION stands its answer;
// each stays until the next, "" for none. Copied and made safe.
enum caption { CAPTION_TITLE, CAPTION_TEXT, CAPTION_QUESTION };
void app_caption(struct app *app, enum caption caption, const char *text);
// Another run begins: what was said, asked and done in the one before is not said of it. A title
// stays.
void app_unsay(struct app *app);
// Whether the tape goes on only with PageDown: the screen then says so.
void app_await_page(struct app *app, bool is_awaited);
// What plays is a lesson: its title stands in the header, and Esc leaves it. "": it is none.
// Copied and made safe.
void app_teach(struct app *app, const char *title);
bool app_is_teaching(const struct app *app);
// Which page of the tape it is, from 1. 0: there are none.
void app_show_page(struct app *app, size_t page, size_t n_pages);

// Asks for a number: the run stands still and its numbers are hidden until the answer is in; the
// keys are the answer's. Copied and made safe. Returns its number.
unsigned app_ask(struct app *app, const char *question);
bool app_is_asking(const struct app *app);
void app_stop_asking(struct app *app); // without an answer
// The answer to the last question, after app_is_asking; false when it was passed over.
bool app_guess(const struct app *app, int64_t *guess);
// Says what is right of the question of that number, and of a guess (NULL: there is none) whether
// it was; keeps the score.
void app_reveal(struct app *app, unsigned number, const char *what, int64_t answer,
                const int64_t *guess);
// Whether the screen says that it is being recorded.
void app_record(struct app *app, bool is_recording);

const struct theme *app_theme(const struct app *app);
// The name that was chosen in the menu, NULL before.
const char *app_choice(const struct app *app);
bool app_choice_is_lesson(const struct app *app);
// Puts the cursor of the menu on that line.
void app_select(struct app *app, size_t item);
// Whether the picture stands still as long as no key comes and the session reports no change.
bool app_is_still(const struct app *app);

// Draws the whole screen: a pure function of the app and its session's view.
void app_draw(const struct app *app, struct frame *frame);

#endif
