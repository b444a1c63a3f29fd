#include "view/app_state.h"
#include "view/overlay.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const uint64_t toast_ns = 4 * NS_PER_S;

struct app *app_new(const struct app_options *options, struct error *err)
{
    const struct theme *theme = options->theme ? theme_find(options->theme) : themes[0];
    if (!theme) {
        error_set(err, "no theme '%s'; there are dark, light, contrast and mono", options->theme);
        return NULL;
    }
    struct app *app = mem_alloc(sizeof(*app));
    app->theme = theme;
    app->menu = options->menu;
    app->n_menu = options->n_menu;
    app->w = 80;
    app->h = 24;
    app_attach(app, NULL);
    return app;
}

void app_free(struct app *app)
{
    mem_free(app);
}

// A run that begins is watched from its beginning, as its pace asks.
static void begin_run(struct app *app)
{
    app->zoom_mode = ZOOM_AUTO;
    app->follows = true;
    app->left_ns = 0;
    app->selected = 0;
}

void app_attach(struct app *app, struct session *session)
{
    app->session = session;
    app->shown = NULL;
    app->first_lane = 1;
    app->cursor_lane = 0;
    app->has_cursor = false;
    app->is_help_open = false;
    begin_run(app);
}

void app_show(struct app *app, const struct session_view *view)
{
    app_attach(app, NULL);
    app->shown = view;
}

void app_resize(struct app *app, int w, int h)
{
    app->w = w;
    app->h = h;
}

const struct theme *app_theme(const struct app *app)
{
    return app->theme;
}

const char *app_choice(const struct app *app)
{
    return app->choice;
}

void app_say(struct app *app, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(app->toast, sizeof(app->toast), fmt, args);
    va_end(args);
    app->toast_is_new = true;
}

unsigned app_tick(struct app *app, uint64_t now_ns)
{
    if (app->toast[0] == '\0')
        return REACT_NONE;
    if (app->toast_is_new) {
        app->toast_is_new = false;
        app->toast_until_ns = now_ns + toast_ns;
    }
    if (now_ns < app->toast_until_ns)
        return REACT_NONE;
    app->toast[0] = '\0';
    return REACT_REDRAW;
}

uint64_t app_next_tick(const struct app *app)
{
    if (app->toast[0] == '\0')
        return UINT64_MAX;
    return app->toast_is_new ? 0 : app->toast_until_ns;
}

bool app_is_still(const struct app *app)
{
    struct session_view view;
    if (app->is_blank || !app_view(app, &view))
        return true;
    return view.is_paused || view.is_ended;
}

enum command app_key(const struct app *app, const char *key)
{
    enum command command = command_of_key(key);
    if (app->is_blank)
        return command == COMMAND_QUIT || command == COMMAND_SUSPEND ? command : COMMAND_BLANK;
    struct session_view view;
    // The clicker's key for a black screen; of a paused run it will be the step forward.
    if (strcmp(key, ".") == 0 && app_view(app, &view) && !view.is_paused && !view.is_ended)
        return COMMAND_BLANK;
    return command;
}

// Commands that only look.

// What is on screen now, as the commands that move need to know it.
struct sight {
    struct session_view view;
    struct scene scene;
    struct layout layout;
};

static bool look(const struct app *app, struct sight *sight)
{
    if (!app_view(app, &sight->view))
        return false;
    sight->scene = app_scene(app, &sight->view, (struct area){.w = app->w, .h = app->h},
                             &sight->layout);
    return !sight->layout.is_too_small;
}

static unsigned scroll_to(struct app *app, uint64_t left_ns)
{
    app->follows = false;
    app->left_ns = left_ns;
    return REACT_REDRAW;
}

// Keeps the zoom that is on screen from now on.
static void keep_zoom(struct app *app, const struct sight *sight)
{
    app->zoom_mode = ZOOM_CHOSEN;
    app->zoom = 0;
    while (app->zoom < ZOOM_LEVELS - 1 && zoom_ns(app->zoom) < sight->scene.port.ns_per_column)
        app->zoom++;
}

static unsigned move_in_time(struct app *app, int direction)
{
    struct sight sight;
    if (!look(app, &sight))
        return REACT_NONE;
    keep_zoom(app, &sight);
    const struct viewport *port = &sight.scene.port;
    uint64_t left = viewport_time(port, 0);
    uint64_t by = (uint64_t)(port->columns / 8 + 1) * port->ns_per_column;
    if (direction < 0)
        return scroll_to(app, left > by ? left - by : 0);
    // Past the present there is nothing: there it follows again.
    if (left + by + (uint64_t)port->columns * port->ns_per_column > sight.view.now_ns) {
        app->follows = true;
        return REACT_REDRAW;
    }
    return scroll_to(app, left + by);
}

static unsigned zoom(struct app *app, int by)
{
    struct sight sight;
    if (!look(app, &sight))
        return REACT_NONE;
    const struct viewport *port = &sight.scene.port;
    uint64_t middle = viewport_time(port, port->columns / 2);
    keep_zoom(app, &sight);
    int level = app->zoom + by;
    app->zoom = level < 0 ? 0 : level >= ZOOM_LEVELS ? ZOOM_LEVELS - 1 : level;
    if (!app->follows) {
        uint64_t half = (uint64_t)(port->columns / 2) * zoom_ns(app->zoom);
        app->left_ns = middle > half ? middle - half : 0;
    }
    return REACT_REDRAW;
}

static unsigned fit(struct app *app)
{
    app->zoom_mode = ZOOM_FIT;
    app->follows = true;
    return REACT_REDRAW;
}

static unsigned move_cursor(struct app *app, int by)
{
    struct sight sight;
    if (!look(app, &sight) || sight.view.n_lanes == 0)
        return REACT_NONE;
    if (by < 0 && app->cursor_lane > 0)
        app->cursor_lane--;
    if (by > 0 && app->cursor_lane + 1 < sight.view.n_lanes)
        app->cursor_lane++;
    app->has_cursor = true;
    if (look(app, &sight))
        app->first_lane = sight.scene.first_lane;
    return REACT_REDRAW;
}

static unsigned scroll_help(struct app *app, int by)
{
    int most = help_rows(app->w) - help_visible(app->h - 2);
    int top = app->help_top + by;
    app->help_top = top > most ? (most > 0 ? most : 0) : top < 0 ? 0 : top;
    return REACT_REDRAW;
}

static unsigned move_in_menu(struct app *app, int by)
{
    if (by < 0 && app->menu_cursor > 0)
        app->menu_cursor--;
    if (by > 0 && app->menu_cursor + 1 < app->n_menu)
        app->menu_cursor++;
    return REACT_REDRAW;
}

static unsigned up_or_down(struct app *app, int by)
{
    if (app->is_help_open)
        return scroll_help(app, by);
    if (!app->session && !app->shown)
        return move_in_menu(app, by);
    return move_cursor(app, by);
}

static unsigned go_to_loss(struct app *app, int direction)
{
    struct sight sight;
    if (!look(app, &sight) || sight.view.is_bare || !sight.view.ledger)
        return REACT_NONE;
    const struct ledger *ledger = sight.view.ledger;
    uint64_t last = ledger_log_last(ledger);
    if (last == 0) {
        app_say(app, "no update has been lost");
        return REACT_REDRAW;
    }
    uint64_t first = last;
    while (first > 1 && ledger_log_at(ledger, first - 1))
        first--;
    uint64_t number = app->selected;
    if (number == 0)
        number = direction > 0 ? first : last;
    else if (direction > 0)
        number = number >= last ? first : number + 1;
    else
        number = number <= first ? last : number - 1;
    const struct ledger_entry *entry = ledger_log_at(ledger, number);
    if (!entry)
        return REACT_NONE;
    app->selected = number;
    keep_zoom(app, &sight);
    uint64_t half = (uint64_t)(sight.scene.port.columns / 2) * sight.scene.port.ns_per_column;
    return scroll_to(app, entry->t_ns > half ? entry->t_ns - half : 0);
}

static unsigned next_theme(struct app *app)
{
    app->theme = theme_next(app->theme);
    app_say(app, "theme %s: %s", app->theme->name, app->theme->help);
    return REACT_REDRAW;
}

static unsigned toggle_help(struct app *app)
{
    app->is_help_open = !app->is_help_open;
    app->help_top = 0;
    return REACT_REDRAW;
}

static unsigned close_open(struct app *app)
{
    if (app->is_help_open)
        return toggle_help(app);
    if (app->toast[0] == '\0' && app->selected == 0)
        return REACT_NONE;
    app->toast[0] = '\0';
    app->selected = 0;
    return REACT_REDRAW;
}

static unsigned choose(struct app *app)
{
    if (app->session || app->shown || app->is_help_open || app->n_menu == 0)
        return REACT_NONE;
    app->choice = app->menu[app->menu_cursor].name;
    return REACT_CHOSEN;
}

// Commands that reach the session.

static unsigned say_pace(struct app *app)
{
    struct session_view view = session_view(app->session);
    char pace[16];
    if (view.pace_ns == 0)
        app_say(app, "native speed");
    else
        app_say(app, "%s before each op on a shared cell", text_duration(pace, view.pace_ns));
    return REACT_REDRAW;
}

static unsigned toggle_lock(struct app *app)
{
    session_lock_toggle(app->session);
    struct session_view view = session_view(app->session);
    if (view.lock == SWITCH_NONE)
        app_say(app, "this scenario has no lock");
    else if (view.is_ended)
        app_say(app, "lock %s from the next run on", view.lock_wanted ? "on" : "off");
    else
        app_say(app, "lock %s: acknowledged by %zu of %zu", view.lock_wanted ? "on" : "off",
                view.lock_acknowledged, view.lock_lanes);
    return REACT_REDRAW;
}

static unsigned next_kind(struct app *app)
{
    session_lock_kind_next(app->session);
    struct session_view view = session_view(app->session);
    if (view.lock == SWITCH_NONE)
        app_say(app, "this scenario has no lock");
    else
        app_say(app, "lock %s: %s", view.lock_kind, view.lock_kind_help);
    begin_run(app);
    return REACT_REDRAW;
}

static unsigned restart(struct app *app, uint64_t seed)
{
    struct error err;
    if (!session_restart(app->session, seed, &err)) {
        app_say(app, "%s", err.text);
        return REACT_REDRAW;
    }
    begin_run(app);
    app_say(app, "again, seed %llu", (unsigned long long)seed);
    return REACT_REDRAW;
}

static unsigned session_command(struct app *app, enum command command)
{
    struct session_view view = session_view(app->session);
    switch ((int)command) {
    case COMMAND_PAUSE:
        session_pause(app->session, !view.is_paused);
        return REACT_REDRAW;
    case COMMAND_LOCK:
        return toggle_lock(app);
    case COMMAND_KIND:
        return next_kind(app);
    case COMMAND_SLOWER:
        session_pace_slower(app->session);
        return say_pace(app);
    case COMMAND_FASTER:
        session_pace_faster(app->session);
        return say_pace(app);
    case COMMAND_NATIVE:
        session_pace_native(app->session);
        return say_pace(app);
    case COMMAND_ARRANGE:
        session_arrange(app->session);
        app_say(app, "a loss will be arranged at the next chance");
        return REACT_REDRAW;
    case COMMAND_RESTART:
        return restart(app, view.seed);
    case COMMAND_RESEED:
        return restart(app, view.seed + 1);
    }
    return REACT_NONE;
}

unsigned app_command(struct app *app, enum command command)
{
    switch (command) {
    case COMMAND_NONE:
    case COMMAND_COUNT:
        return REACT_NONE;
    case COMMAND_PAUSE:
    case COMMAND_LOCK:
    case COMMAND_KIND:
    case COMMAND_SLOWER:
    case COMMAND_FASTER:
    case COMMAND_NATIVE:
    case COMMAND_ARRANGE:
    case COMMAND_RESTART:
    case COMMAND_RESEED:
        return app->session ? session_command(app, command) : REACT_NONE;
    case COMMAND_NEXT_LOSS:
        return go_to_loss(app, 1);
    case COMMAND_PREVIOUS_LOSS:
        return go_to_loss(app, -1);
    case COMMAND_LEFT:
        return move_in_time(app, -1);
    case COMMAND_RIGHT:
        return move_in_time(app, 1);
    case COMMAND_UP:
        return up_or_down(app, -1);
    case COMMAND_DOWN:
        return up_or_down(app, 1);
    case COMMAND_BEGIN:
        return scroll_to(app, 0);
    case COMMAND_FOLLOW:
        app->follows = true;
        return REACT_REDRAW;
    case COMMAND_ZOOM_IN:
        return zoom(app, -1);
    case COMMAND_ZOOM_OUT:
        return zoom(app, 1);
    case COMMAND_FIT:
        return fit(app);
    case COMMAND_THEME:
        return next_theme(app);
    case COMMAND_BIG:
        app->is_big = !app->is_big;
        return REACT_REDRAW;
    case COMMAND_BLANK:
        app->is_blank = !app->is_blank;
        return REACT_REDRAW;
    case COMMAND_SCREENSHOT:
        return REACT_SCREENSHOT;
    case COMMAND_VIEW:
    case COMMAND_HELP:
        return toggle_help(app);
    case COMMAND_CLOSE:
        return close_open(app);
    case COMMAND_CHOOSE:
        return choose(app);
    case COMMAND_REDRAW:
        return REACT_REPAINT | REACT_REDRAW;
    case COMMAND_SUSPEND:
        return REACT_SUSPEND;
    case COMMAND_QUIT:
        return REACT_QUIT;
    }
    return REACT_NONE;
}
