#ifndef VIEW_APP_CONTROL_H
#define VIEW_APP_CONTROL_H

#include "view/app_state.h"

// Commands that ask something of the session, and say what has come of it. They return enum
// reaction flags; all but control_kill need app->session. What an `unused` argument is for: see
// the table of actions.

unsigned control_pause(struct app *app, int unused);
unsigned control_lock(struct app *app, int unused);
unsigned control_kind(struct app *app, int unused);
unsigned control_mode(struct app *app, int unused);
unsigned control_gil(struct app *app, int unused);
unsigned control_memory(struct app *app, int unused);
unsigned control_kill(struct app *app, int unused);    // asks first
unsigned control_restart(struct app *app, int seeds);  // with the seed that many further on
unsigned control_pace(struct app *app, int direction); // -1 slower, 1 faster, 0 native speed
unsigned control_say_pace(struct app *app);
unsigned control_arrange(struct app *app, int unused);

#endif
