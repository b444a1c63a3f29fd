#ifndef TUI_SCREEN_PRIVATE_H
#define TUI_SCREEN_PRIVATE_H

#include "tui/rescue.h"
#include "tui/screen.h"

#include <curses.h>

// The screen's parts, for its files: the whole, its colours, its keys, and how frames are written
// to the terminals that most people have: without ncurses, see screen_paint.c.

enum { COLOUR_BYTES = 32 };

// How a role looks: to ncurses, and as it is written.
struct look {
    attr_t attributes;
    int pair;
    unsigned style;                                          // enum style_attribute
    char foreground[COLOUR_BYTES], background[COLOUR_BYTES]; // "": the terminal's own
};

// Writing frames without ncurses.
struct paint {
    bool is_able;   // this terminal is such that it can be done
    bool can_shift; // and it can move part of a row
    const char *clear, *plain, *bold, *underline, *reverse; // from terminfo
    const struct look *pen;                                 // NULL: plain
    unsigned style;                                         // of the pen
    int x, y;                                               // of the cursor; x < 0: not known
    int step;                                               // columns of the last shift
    char *bytes;                                            // of a frame
    size_t len, cap;
    size_t pen_end; // where in them the last part of a pen ends
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

    struct cell *shown; // w * h, what is on the terminal; a cell of zeros: the terminal's own blank
    struct paint paint;

    char key[16];
    int pointer_x, pointer_y; // of the last report of the mouse
    bool is_pasting;
    uint64_t paste_until_ns;
    int failed_reads;
};

extern const char sync_begin[], sync_end[];

// Past ncurses, which has written all of its own by the time this is called.
void screen_write(const char *bytes, size_t len_bytes);

// What terminfo says; NULL for nothing.
const char *screen_terminfo(const char *capability);

void colour_open(struct screen *screen);
// What a role looks like from now on.
void colour_use_theme(struct screen *screen, const struct theme *theme);

void paint_open(struct screen *screen); // after the colours
void paint_close(struct screen *screen);
enum paint_from {
    PAINT_FROM_SHOWN,
    PAINT_FROM_UNKNOWN, // all cells are written
    PAINT_FROM_NOTHING, // the terminal is cleared first
};
// Writes what has changed, in one go; nothing where nothing has.
void paint_frame(struct screen *screen, const struct frame *frame, enum paint_from from);
// Whether what is shown looks like that cell.
bool cell_is_shown(const struct screen *screen, const struct cell *shown, const struct cell *cell);

// Whether nothing is seen of it.
bool cell_is_bare(const struct screen *screen, const struct cell *cell);

// Cells [x + n, end) of a row go to [x, end - n), and n blanks behind them.
struct row_shift {
    int x, end, n;
};
// Whether it pays to shift part of what is shown before the rest of `next` is written; rows of w
// cells. Where shift->end is w, nothing stands behind what moves.
bool row_shift_find(const struct screen *screen, const struct cell *shown, const struct cell *next,
                    int w, struct row_shift *shift);
void row_shift_apply(const struct row_shift *shift, struct cell *row);

// The terminal's answer about synchronized output, the second number of DECRPM.
void screen_answered_sync(struct screen *screen, int setting);

void keys_open(struct screen *screen);
// The next key that has a name, or NULL.
const char *keys_read(struct screen *screen);

#endif
