#include "view/app_wish.h"
#include "view/app_control.h"
#include "view/app_moment.h"
#include "view/app_orders.h"
#include "view/app_tape.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { HELP_NAME = APP_PAGE_NAMES - 1, TURNS_MAX = 16 };

const char *const app_page_names[APP_PAGE_NAMES] = {
    [PAGE_LANES] = "lanes",   [PAGE_MOMENT] = "moment", [PAGE_LOCKS] = "locks",
    [PAGE_ORDERS] = "orders", [HELP_NAME] = "help",
};

// Whether the state that a command switches is on.
static bool is_on(const struct app *app, enum command command)
{
    struct session_view view;
    bool has_view = app_view(app, &view);
    if (command == COMMAND_PAUSE)
        return has_view && view.is_paused;
    if (command == COMMAND_LOCK)
        return has_view && view.lock_wanted;
    if (command == COMMAND_SIMULATE)
        return has_view && view.is_simulated;
    if (command == COMMAND_DENSITY)
        return app->density == DENSITY_ON;
    if (command == COMMAND_BIG)
        return app->is_big;
    if (command == COMMAND_BLANK)
        return app->is_blank;
    if (command == COMMAND_CAPTION)
        return !app->has_captions_off;
    return app->is_help_open;
}

// The name of the state that a command goes on from.
static const char *state_name(const struct app *app, enum command command)
{
    struct session_view view;
    if (command == COMMAND_THEME)
        return app->theme->name;
    if (!app_view(app, &view))
        return "";
    if (command == COMMAND_KIND)
        return view.lock_kind;
    if (command == COMMAND_MODE)
        return mode_names[view.mode];
    if (command == COMMAND_GIL)
        return gil_names[view.gil];
    return memory_names[view.is_private ? MEMORY_PRIVATE : MEMORY_SHARED];
}

// Why nothing came of a command is what the screen says.
static bool refuse(const struct app *app, struct error *err)
{
    return error_set(err, "%s",
                     app->toast[0] != '\0' ? app->toast : "this cannot be had of this run");
}

static bool switch_to(struct app *app, enum command command, bool wanted, unsigned *reactions,
                      struct error *err)
{
    if (is_on(app, command) != wanted)
        *reactions |= app_command(app, command);
    // Many lanes may be drawn as an overview without being asked.
    if (command == COMMAND_DENSITY)
        app->density = wanted ? DENSITY_ON : DENSITY_OFF;
    return is_on(app, command) == wanted || refuse(app, err);
}

static bool turn_to(struct app *app, enum command command, const char *name, unsigned *reactions,
                    struct error *err)
{
    for (int i = 0; i < TURNS_MAX && strcmp(state_name(app, command), name) != 0; i++)
        *reactions |= app_command(app, command);
    return strcmp(state_name(app, command), name) == 0 || refuse(app, err);
}

// Not by way of the views between, of which one sets the cores to work.
static bool show_page(struct app *app, const char *name, unsigned *reactions)
{
    size_t page = 0;
    while (page + 1 < APP_PAGE_NAMES && strcmp(app_page_names[page], name) != 0)
        page++;
    app->is_help_open = page == HELP_NAME;
    *reactions |= REACT_REDRAW;
    if (page == PAGE_ORDERS)
        *reactions |= orders_show(app, 0);
    else if (page == PAGE_MOMENT)
        moment_begin(app);
    else if (page != HELP_NAME)
        app->page = (enum app_page)page;
    return true;
}

static bool find_lane(const struct app *app, const char *name, size_t *lane)
{
    struct session_view view;
    if (!app_view(app, &view))
        return false;
    for (*lane = 0; *lane < view.n_lanes; ++*lane)
        if (strcmp(view.lanes[*lane].name, name) == 0)
            return true;
    char *end;
    *lane = strtoul(name, &end, 10);
    return end != name && *end == '\0' && *lane < view.n_lanes;
}

// The screen says nothing of a step that was made.
static bool has_stepped(const struct app *app, enum command command)
{
    bool is_step = command == COMMAND_STEP || command == COMMAND_BACK || command == COMMAND_LANE ||
                   command == COMMAND_NEXT_LINE;
    return !is_step || app->toast[0] == '\0';
}

static bool repeat(struct app *app, enum command command, uint64_t times, unsigned *reactions,
                   struct error *err)
{
    for (uint64_t i = 0; i < times; i++) {
        *reactions |= app_command(app, command);
        if (!has_stepped(app, command))
            return refuse(app, err);
    }
    return true;
}

static bool with_lane(struct app *app, enum command command, const struct wish *wish,
                      unsigned *reactions, struct error *err)
{
    size_t lane;
    if (!find_lane(app, wish->name, &lane))
        return error_set(err, "this run has no lane %s", wish->name);
    if (command == COMMAND_LANE) {
        app->key_lane = lane;
        return repeat(app, command, wish->number, reactions, err);
    }
    // The first asks, the second answers.
    app->cursor_lane = lane;
    app->has_cursor = true;
    app->asked_lane = 0;
    *reactions |= app_command(app, command);
    if (app->asked_lane != lane)
        return refuse(app, err);
    *reactions |= app_command(app, command);
    return true;
}

static bool reseed(struct app *app, uint64_t seed, unsigned *reactions, struct error *err)
{
    if (!app->session || !session_restart(app->session, seed, err))
        return false;
    app_begin_run(app);
    app_say(app, "again, seed %llu", (unsigned long long)seed);
    *reactions |= REACT_REDRAW;
    return true;
}

void app_set_pace(struct app *app, uint64_t pace_ns)
{
    if (!app->session)
        return;
    session_set_pace(app->session, pace_ns);
    control_say_pace(app);
}

bool app_wish(struct app *app, enum command command, const struct wish *wish, unsigned *reactions,
              struct error *err)
{
    *reactions = REACT_REDRAW;
    caption_show_key(app, command);
    switch (wish->kind) {
    case WISH_ON:
    case WISH_OFF:
        return switch_to(app, command, wish->kind == WISH_ON, reactions, err);
    case WISH_NAME:
        return command == COMMAND_VIEW ? show_page(app, wish->name, reactions)
                                       : turn_to(app, command, wish->name, reactions, err);
    case WISH_NUMBER:
        return reseed(app, wish->number, reactions, err);
    case WISH_TIMES:
        return wish->name ? with_lane(app, command, wish, reactions, err)
                          : repeat(app, command, wish->number, reactions, err);
    case WISH_ONCE:
        return repeat(app, command, 1, reactions, err);
    }
    return true;
}
