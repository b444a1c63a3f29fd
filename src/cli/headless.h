#ifndef CLI_HEADLESS_H
#define CLI_HEADLESS_H

#include "cli/options.h"
#include "tape/player.h"
#include "tui/loop.h"
#include "view/frame.h"
#include "view/theme.h"

#include <stdint.h>

// A run without a terminal: `racelane run race --simulate --tape demo.tape --size 100x30`.
//
// The same app and the same frames as on a terminal, handed to a sink instead. A simulated run is
// driven by a virtual clock, so it takes no longer than its computing and gives the same frames
// each time; real lanes are driven by the real clock.

// Where the frames go: a recording, a file, a test. Either function may be NULL.
struct frame_sink {
    // The screen as it is from t_ns on, counted from the first frame, which is at 0; times never go
    // back. Only frames that differ from the one before, and the last one once more at the end, so
    // that the end has its time. Borrowed until the call returns.
    void (*frame)(void *context, const struct frame *frame, const struct theme *theme,
                  uint64_t t_ns);
    // A chapter begins at t_ns, before the frame of that time. The label is safe to print.
    void (*marker)(void *context, uint64_t t_ns, const char *label);
    void *context;
};

enum {
    HEADLESS_W = 80, // where nothing else is said
    HEADLESS_H = 24,
    HEADLESS_FRAME_MS = 36, // a whole number of the player's quanta; less than 30 frames a second
};

struct headless {
    struct player *player;   // for PLAYER_ALONE or PLAYER_QUICK
    struct app *app;         // of the frame's size
    struct session *session; // of the first run
    struct frame *frame;     // is drawn on, and is the last one in the end
    const struct frame_sink *sink;
    const struct loop_hooks *hooks; // what the tape asks for: a screenshot, the next run, ...
};

// Plays the tape to its end. EXIT_HELD, or EXIT_BROKEN when a claim of the run did not hold or the
// tape could not be played on; `err` then says why, or is empty.
enum exit_status headless_run(const struct headless *headless, struct error *err);

#endif
