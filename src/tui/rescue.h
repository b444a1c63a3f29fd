#ifndef TUI_RESCUE_H
#define TUI_RESCUE_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

// Signals of the UI process, and the terminal brought back when one of them is fatal.
//
// A handler can reach nothing but file scope, so this is the one module with state there. What it
// needs in a handler is worked out beforehand: the bytes that leave the screen, and the modes.

enum { RESCUE_BYTES_MAX = 512 };

struct rescue_terminal {
    char bytes[RESCUE_BYTES_MAX]; // undo what the screen has switched on
    size_t len_bytes;
    struct termios modes_before, modes_own;
};

// What has happened since it was last asked for.
enum rescue_news {
    RESCUE_RESIZED,   // SIGWINCH
    RESCUE_CONTINUED, // SIGCONT: somebody else may have had the terminal
    RESCUE_SUSPEND,   // SIGTSTP: asked to go back to the shell
    RESCUE_NEWS_COUNT
};

// Takes over the signals. Call before ncurses starts, which then leaves them alone.
void rescue_open(void);
void rescue_close(void); // gives them back

// From now on a fatal signal restores this terminal; NULL: there is nothing to restore.
void rescue_arm(const struct rescue_terminal *terminal);
// Restores it now, if armed; for whoever ends the process on another way.
void rescue_restore(void);

bool rescue_take(enum rescue_news news); // true once for each time it was news
// The signal that asks this process to end, 0 when none does. Unless rescue_close is called soon
// after, the process ends by itself, so that a terminal that reads nothing cannot keep it.
int rescue_end_signal(void);
// Becomes readable with each signal; rescue_drain makes it unreadable again. -1: there is none.
int rescue_wake_fd(void);
void rescue_drain(void);

#endif
