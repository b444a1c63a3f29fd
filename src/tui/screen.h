#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include "base/error.h"
#include "view/frame.h"
#include "view/theme.h"

#include <stdbool.h>
#include <stdint.h>

// The terminal. The only module that includes ncurses; at most one may be open.
struct screen;

// Synchronized output (DEC private mode 2026): the terminal shows a frame whole or not at all.
enum screen_sync {
    SCREEN_SYNC_AUTO, // asked for at the start, used from the answer on, if it is that it is known
    SCREEN_SYNC_ON,   // used without asking
    SCREEN_SYNC_OFF,
};

struct screen_options {
    enum screen_sync sync;
    bool has_mouse; // reports clicks and the wheel, and so takes the selecting of text away
};

// False with a reason when there is no usable terminal (none, TERM unset, unknown or dumb).
struct screen *screen_open(const struct screen_options *options, struct error *err);
void screen_close(struct screen *screen); // restores the terminal; accepts NULL

// Columns and rows, capped at FRAME_W_MAX x FRAME_H_MAX.
void screen_size(const struct screen *screen, int *w, int *h);
// 256, 16, 8 or 0 (NO_COLOR, or the terminal has none).
int screen_colours(const struct screen *screen);
// Whether box-drawing and block characters can be shown: the locale is UTF-8, and it is not a
// terminal whose font lacks them.
bool screen_is_utf8(const struct screen *screen);

// Copies the frame to the terminal: only what changed is written, inside synchronized output where
// the terminal knows that.
// A frame equal to the last one writes nothing at all, nor does one while the terminal is somebody
// else's.
void screen_present(struct screen *screen, const struct frame *frame, const struct theme *theme);
void screen_redraw(struct screen *screen); // Ctrl-L: the next present writes everything

// The next key by its name in view/commands.def ("q", "space", "tab", "ctrl-l", "page-down",
// "f1", "esc", "up", ...), or NULL when none is waiting; valid until the next call. Pasted text is
// swallowed. "resize" when the size has changed, or when the terminal has come back after somebody
// else had it. "gone" when the terminal is, or when a signal asks for the end. With a mouse also
// "click", "wheel-up" and "wheel-down": screen_pointer says where.
const char *screen_read_key(struct screen *screen);
void screen_pointer(const struct screen *screen, int *x, int *y);
// Waits until screen_read_key may have something to say, at most timeout_ns. Not before it has
// returned NULL.
void screen_wait(struct screen *screen, uint64_t timeout_ns);
// The signal that the program is to end by after "gone": SIGHUP when the terminal went away.
int screen_end_signal(const struct screen *screen);

// Leaves the screen for a while (Ctrl-Z) and takes it back, whatever happened to it meanwhile.
void screen_leave(struct screen *screen);
void screen_return(struct screen *screen);

#endif
