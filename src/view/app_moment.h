#ifndef VIEW_APP_MOMENT_H
#define VIEW_APP_MOMENT_H

#include "view/app_state.h"

// The moment view as keys move it, and a loss shown again in slow motion.

enum { MOMENT_PAGE = 10 };

unsigned moment_open(struct app *app, int unused); // or, when it is open, folds and unfolds it
bool moment_begin(struct app *app);                // false: there is no event to show
void moment_show(struct app *app, struct event_place place);
unsigned moment_scroll(struct app *app, int by);
unsigned moment_home(struct app *app);

unsigned replay_toggle(struct app *app, int unused);
bool replay_stop(struct app *app); // false: none was on
unsigned replay_tick(struct app *app, uint64_t now_ns);

#endif
