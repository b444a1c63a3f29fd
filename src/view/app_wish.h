#ifndef VIEW_APP_WISH_H
#define VIEW_APP_WISH_H

#include "view/app.h"

// What a tape asks for: a command, with what a key cannot say. A key switches over; a tape names
// the state that it wants, so that it shows the same wherever it begins.

// What COMMAND_VIEW can be told.
enum { APP_PAGE_NAMES = 5 };
extern const char *const app_page_names[APP_PAGE_NAMES];

enum wish_kind {
    WISH_ONCE,  // as the key does
    WISH_TIMES, // `number` times; of COMMAND_LANE by the lane `name`
    WISH_ON,    // unless it is so already
    WISH_OFF,
    WISH_NAME,   // the state of that name: a mode, a theme, a view; of COMMAND_KILL the lane
    WISH_NUMBER, // COMMAND_RESEED: that seed
};

struct wish {
    enum wish_kind kind;
    uint64_t number;
    const char *name; // NULL where there is none
};

// enum reaction flags. False with a reason when the state cannot be had here.
bool app_wish(struct app *app, enum command command, const struct wish *wish, unsigned *reactions,
              struct error *err);

// The delay before each op on a shared cell, and says so.
void app_set_pace(struct app *app, uint64_t pace_ns);

#endif
