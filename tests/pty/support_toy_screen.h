#ifndef SUPPORT_TOY_SCREEN_H
#define SUPPORT_TOY_SCREEN_H

#include "support_pty.h"

#include <stdbool.h>

// A small program on the screen: draws a known frame, shows the names of the keys it reads, and
// ends at "Q". It has no guardian: what is restored, the screen has restored.
//
// A test program is that program too, started again as `--screen`, with synchronized frames, or as
// one of the others below.
#define TOY_SCREEN         "--screen"
#define TOY_ASKING         "--screen-asking" // whether the terminal knows synchronized frames
#define TOY_UNSYNCHRONIZED "--screen-unsynchronized"
#define TOY_MOUSE          "--screen-mouse"
#define TOY_UNWAITING      "--screen-unwaiting" // what it writes to does not wait until it can

// The keys with which a part of the frame, but for the columns at its sides, goes to the left: a
// third of the rows by so many columns, a third by twice as many, a third by three times as many.
// Then "end N." at the end of the last row says that the frame with N keys is there.
#define TOY_SCROLL_KEYS "123456789"
enum { TOY_PLOT_Y = 3, TOY_PLOT_X = 10, TOY_PLOT_RIGHT = 12 };

bool toy_is_asked_for(int argc, char **argv);
int toy_screen_main(const char *kind); // returns the exit status

// In a terminal of w x h, 0: 80x24.
struct pty *toy_start(const char *kind, const char *const *env, int w, int h);
struct pty *toy_start_ready(const char *const *env); // its first frame is there
int toy_ended(struct pty *pty);                      // and all is restored; returns its status
void toy_finish(struct pty *pty);
// Fails where the screen is not as that of one that has just been started.
void toy_assert_like_fresh(struct pty *pty, int w, int h);
// Whether two cells look the same.
bool toy_is_same_cell(const VTermScreenCell *a, const VTermScreenCell *b);

// Not every machine has the description of every terminal.
bool toy_is_installed(const char *term);

#endif
