#ifndef VIEW_APP_ORDERS_H
#define VIEW_APP_ORDERS_H

#include "view/app_state.h"

// Commands about the orders. They return enum reaction flags and need app->session, but for
// orders_switch, which does nothing elsewhere than on their page.

unsigned orders_show(struct app *app, int unused);   // tried from now on, if need be
unsigned orders_find(struct app *app, int unused);   // a failing schedule, and plays it
unsigned orders_move(struct app *app, int by);       // the selection
unsigned orders_play(struct app *app);               // what is selected
unsigned orders_switch(struct app *app, int unused); // between the tree and the results

// What has come of them since: an example that was waited for.
unsigned orders_tick(struct app *app);
bool orders_are_going(const struct app *app);

#endif
