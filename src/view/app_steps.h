#ifndef VIEW_APP_STEPS_H
#define VIEW_APP_STEPS_H

#include "view/app_state.h"

// Commands of a simulated run. They return enum reaction flags and need app->session.

unsigned steps_simulate(struct app *app, int unused); // and back to real lanes
unsigned steps_step(struct app *app, int unused);
unsigned steps_back(struct app *app, int unused);
unsigned steps_lane(struct app *app, int unused); // of the lane that the key names
unsigned steps_next_line(struct app *app, int unused);

#endif
