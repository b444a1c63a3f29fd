#ifndef VIEW_APP_LOSS_H
#define VIEW_APP_LOSS_H

#include "view/app_state.h"

// From one lost update to the next, however far apart they are: those of the log by their numbers,
// and before them those that the log has pushed out, by the marks that the timeline keeps of them.

unsigned loss_go(struct app *app, int direction);

// The event of an entry of the log; not set when it is not kept.
struct event_place loss_place(const struct session_view *view, const struct ledger_entry *entry);

#endif
