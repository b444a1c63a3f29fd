#ifndef TUI_SCREEN_PRIVATE_H
#define TUI_SCREEN_PRIVATE_H

#include "tui/rescue.h"
#include "tui/screen.h"

#include <curses.h>

// The screen's parts, for its three files: the whole, its colours, its keys.

struct look {
    attr_t attributes;
    int pair;
};

struct screen {
    SCREEN *curses;
    WINDOW *input; // reading from it never draws, as reading from stdscr does
    int w, h;
    bool is_utf8;
    bool has_modes; // can be told private modes: paste, mouse, synchronized output
    bool has_sync;  // and is known to know the last
    bool has_mouse;
    uint64_t asked_ns; // when it was asked whether it knows; 0: not, or it has answered
    bool is_left;      // by screen_leave
    bool is_away;      // another process group has the terminal
    bool must_repaint; // what is on the terminal is not to be trusted
    int end_signal;
    struct rescue_terminal rescue;

    int colours;
    bool is_direct;       // colour numbers are RGB
    bool has_own_default; // -1 is the terminal's own colour
    const struct theme *theme;
    struct look looks[ROLE_COUNT + THEME_MORE_MAX]; // of that theme

    struct cell *shown; // w * h, what is on the terminal

    char key[16];
    int pointer_x, pointer_y; // of the last report of the mouse
    bool is_pasting;
    uint64_t paste_until_ns;
    int failed_reads;
};

void colour_open(struct screen *screen);
// What a role looks like from now on.
void colour_use_theme(struct screen *screen, const struct theme *theme);

// The terminal's answer about synchronized output, the second number of DECRPM.
void screen_answered_sync(struct screen *screen, int setting);

void keys_open(struct screen *screen);
// The next key that has a name, or NULL.
const char *keys_read(struct screen *screen);

#endif
