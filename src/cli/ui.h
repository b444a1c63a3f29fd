#ifndef CLI_UI_H
#define CLI_UI_H

#include "cli/config.h"
#include "cli/lessons.h"
#include "cli/record.h"
#include "cli/scenario.h"
#include "cli/taped.h"
#include "cli/transcript.h"
#include "session/comparison.h"
#include "tui/loop.h"

// What `racelane run` and the menu are made of, and what they keep in files.

// What the menu and `run` call the when-to-use table, which is no scenario.
extern const char ui_compare_name[];

// What the UI needs; made before the fork, so that the guardian and the UI have the same.
struct ui {
    const struct cli_options *options; // of the command line
    const struct cli_options *run;     // of what runs: those, or of a run of the tape
    struct taped *taped;               // that plays; NULL: none
    struct taped lesson;               // it, when it is a lesson
    size_t lesson_at;                  // of the menu
    bool lesson_has_ended;
    struct player *player; // of the tape; NULL: none
    struct lessons_menu menu;
    struct scenario scenario;
    struct session *session;
    struct comparison *comparison; // instead of a session
    bool wants_comparison;
    const char *saved; // a run from a file; NULL: none
    struct config config;
    struct session_launcher launcher;
    int channel;
    struct record record;
    struct transcript_file transcript;
};

// --- keep.c: files in the current directory, as a key asks for them, never over one that is there.
// For struct loop_hooks: `context` is a struct ui.
void keep_screenshot(void *context, struct app *app, const struct frame *frame);
void keep_run(void *context, struct app *app);
void keep_recording(void *context, struct app *app); // begins one, or ends it
void keep_frame(void *context, struct app *app, const struct frame *frame, uint64_t now_ns);
void keep_chapter(void *context, uint64_t now_ns, const char *label);
// Into the recording, where one is made. False: it cannot go on.
bool ui_record_frame(struct ui *ui, const struct frame *frame, const struct theme *theme,
                     uint64_t now_ns);

#endif
