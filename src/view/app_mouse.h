#ifndef VIEW_APP_MOUSE_H
#define VIEW_APP_MOUSE_H

#include "view/app.h"

// The mouse: (x, y) counts from the screen's upper left corner. enum reaction flags.

// A click selects what is there: a lane, a line of the log, a line of the menu. Elsewhere it does
// nothing.
unsigned app_click(struct app *app, int x, int y);
// Over the lanes the wheel zooms, and what is under the pointer stays there; over a list it
// scrolls. Less than 0: up, which zooms in.
unsigned app_wheel(struct app *app, int x, int y, int by);

#endif
