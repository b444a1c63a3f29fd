#ifndef TUI_LOOP_H
#define TUI_LOOP_H

#include "session/session.h"
#include "tape/player.h"
#include "tui/screen.h"
#include "view/app.h"

// The loop of the terminal: keys to commands, time to frames.
//
// Keys are acted on and their frame is shown at once; without keys at most 30 frames a second are
// drawn, and only when something changed. While the picture stands still (paused, ended, menu)
// nothing is written and the process sleeps until a key comes.

// What the loop asks of the program around it.
struct loop_hooks {
    // REACT_CHOSEN: opens the scenario of that name and returns its session, or NULL after it has
    // said why with app_say. Of a lesson (app_choice_is_lesson) *player is its player, else NULL.
    // The loop pumps both from then on; whoever opened them frees them.
    struct session *(*choose)(void *context, struct app *app, const char *name,
                              struct player **player);
    void (*suspend)(void *context); // REACT_SUSPEND: stops the job, returns after `fg`
    // REACT_SCREENSHOT: saves the frame and says where with app_say.
    void (*screenshot)(void *context, struct app *app, const struct frame *frame);
    void (*save)(void *context, struct app *app); // REACT_SAVE: the run, and says where
    // A run of the tape that plays begins, or begins again: a new session, attached to the app;
    // NULL, and the reason is said, when there is none. The old one is gone in either case.
    struct session *(*open_run)(void *context, struct app *app, size_t run);
    void (*ended)(void *context, struct app *app); // the tape has played to its end
    void (*leave)(void *context, struct app *app); // closes the lesson, back to the menu
    // REACT_RECORD: begins or ends a recording, and says so with app_record and app_say.
    void (*record)(void *context, struct app *app);
    // After each frame that was drawn, and once more at the end and before `record`, with the time
    // on clock_now_ns.
    void (*drawn)(void *context, struct app *app, const struct frame *frame, uint64_t now_ns);
    // A chapter of the tape begins; its title is safe to print.
    void (*chapter)(void *context, uint64_t now_ns, const char *title);
    void *context;
    struct player *player; // of the tape that plays; NULL: none
};

enum loop_end {
    LOOP_QUIT,
    LOOP_GONE, // the terminal has gone, or a signal asks to end
    LOOP_LOST, // the process with the lanes was killed: nothing is left to be watched
};

// `session` may be NULL (the menu). Returns when the user quits, the terminal is gone or the lanes
// are. Pauses the session around a suspension. `ascii`: ASCII only, whatever the terminal could
// show.
enum loop_end loop_run(struct screen *screen, struct app *app, struct session *session, bool ascii,
                       const struct loop_hooks *hooks);

#endif
