#include "view/app_control.h"
#include "view/app_loss.h"
#include "view/app_moment.h"
#include "view/app_orders.h"
#include "view/app_steps.h"
#include "view/app_tape.h"
#include "view/density.h"
#include "view/overlay.h"

#include "base/text.h"

// What each command does to the state of the user interface. Those that ask something of the
// session have a file of their own.

bool app_look(const struct app *app, struct sight *sight)
{
    if (!app_view(app, &sight->view))
        return false;
    sight->scene = app_scene(app, &sight->view, app_area(app), &sight->layout);
    return !sight->layout.is_too_small;
}

static unsigned scroll_to(struct app *app, uint64_t left_ns)
{
    app->follows = false;
    app->left_ns = left_ns;
    return REACT_REDRAW;
}

void app_keep_zoom(struct app *app, const struct sight *sight)
{
    app->zoom_mode = ZOOM_CHOSEN;
    app->zoom = 0;
    while (app->zoom < ZOOM_LEVELS - 1 && zoom_ns(app->zoom) < sight->scene.port.ns_per_column)
        app->zoom++;
}

void app_show_time(struct app *app, uint64_t t_ns)
{
    struct sight sight;
    if (!app_look(app, &sight))
        return;
    app_keep_zoom(app, &sight);
    const struct viewport *port = &sight.scene.port;
    uint64_t half_ns = (uint64_t)(port->columns / 2) * port->ns_per_column;
    scroll_to(app, t_ns > half_ns ? t_ns - half_ns : 0);
}

static unsigned move_in_time(struct app *app, int direction)
{
    struct sight sight;
    if (app->page == PAGE_MOMENT)
        return moment_scroll(app, direction * MOMENT_PAGE);
    if (!app_look(app, &sight))
        return REACT_NONE;
    app_keep_zoom(app, &sight);
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

// The column that stays where it is while the zoom changes: that of the selected loss where it is
// in sight, else the middle of what is known.
static int zoom_column(const struct sight *sight)
{
    const struct viewport *port = &sight->scene.port;
    uint64_t loss_ns;
    if (scene_loss_time(&sight->scene, &loss_ns)) {
        int64_t column = viewport_column(port, loss_ns);
        if (column >= 0 && column < port->columns)
            return (int)column;
    }
    int64_t known = viewport_column(port, sight->view.now_ns);
    return known >= 0 && known < port->columns ? (int)known / 2 : port->columns / 2;
}

static unsigned zoom(struct app *app, int by)
{
    struct sight sight;
    if (app->page == PAGE_MOMENT || !app_look(app, &sight))
        return REACT_NONE;
    const struct viewport *port = &sight.scene.port;
    int column = zoom_column(&sight);
    uint64_t loss_ns, t_ns = viewport_time(port, column) + port->ns_per_column / 2;
    if (scene_loss_time(&sight.scene, &loss_ns) && viewport_column(port, loss_ns) == column)
        t_ns = loss_ns;
    app_keep_zoom(app, &sight);
    int level = app->zoom + by;
    app->zoom = level < 0 ? 0 : level >= ZOOM_LEVELS ? ZOOM_LEVELS - 1 : level;
    // A run that goes on is followed; of one that stands still the end is not what is looked at.
    if (app->follows && !sight.view.is_ended && !sight.view.is_paused)
        return REACT_REDRAW;
    uint64_t before = (uint64_t)column * zoom_ns(app->zoom);
    return scroll_to(app, t_ns > before ? t_ns - before : 0);
}

static unsigned fit(struct app *app, int unused)
{
    (void)unused;
    if (app->page == PAGE_MOMENT)
        return REACT_NONE;
    app->zoom_mode = ZOOM_FIT;
    app->follows = true;
    return REACT_REDRAW;
}

static unsigned go_to_begin(struct app *app, int unused)
{
    struct sight sight;
    (void)unused;
    if (app->page == PAGE_MOMENT)
        return moment_home(app);
    // In the zoom that is on screen: the whole run would have its beginning there already.
    if (app_look(app, &sight))
        app_keep_zoom(app, &sight);
    return scroll_to(app, 0);
}

static unsigned follow(struct app *app, int unused)
{
    (void)unused;
    if (app->page == PAGE_MOMENT)
        return moment_home(app);
    app->follows = true;
    return REACT_REDRAW;
}

static unsigned toggle_big(struct app *app, int unused)
{
    (void)unused;
    app->is_big = !app->is_big;
    return REACT_REDRAW;
}

static unsigned toggle_blank(struct app *app, int unused)
{
    (void)unused;
    app->is_blank = !app->is_blank;
    return REACT_REDRAW;
}

// In the overview by whole rows: on the first lane of the group above or below.
static size_t cursor_after(const struct app *app, const struct sight *sight, int by)
{
    size_t group = sight->scene.group > 0 ? sight->scene.group : 1;
    size_t first = density_first(app->cursor_lane, group);
    size_t up = first > 1 ? first - group : 0, down = first == 0 ? 1 : first + group;
    if (by < 0)
        return up;
    return down < sight->view.n_lanes ? down : app->cursor_lane;
}

static unsigned move_cursor(struct app *app, int by)
{
    struct sight sight;
    if (!app_look(app, &sight) || sight.view.n_lanes == 0)
        return REACT_NONE;
    app->cursor_lane = cursor_after(app, &sight, by);
    app->has_cursor = true;
    if (app_look(app, &sight))
        app->first_lane = sight.scene.first_lane;
    return REACT_REDRAW;
}

static unsigned toggle_density(struct app *app, int unused)
{
    struct sight sight;
    (void)unused;
    if (app->page == PAGE_MOMENT || !app_look(app, &sight))
        return REACT_NONE;
    app->density = sight.scene.group > 0 ? DENSITY_OFF : DENSITY_ON;
    if (app_look(app, &sight) && sight.scene.group > 0)
        app_say(app, "all lanes, %zu to a row: high where they run, low where they wait",
                sight.scene.group);
    else
        app_say(app, "a row for each lane");
    return REACT_REDRAW;
}

static unsigned scroll_help(struct app *app, int by)
{
    int most = help_rows(app->w, app_about(app), app->keymap) - help_visible(app_area(app).h - 2);
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

static unsigned select_lock(struct app *app, int by)
{
    size_t n = session_view(app->session).prog->n_locks;
    size_t at = app->selected_lock < n ? app->selected_lock : n > 0 ? n - 1 : 0;
    if (by < 0 && at > 0)
        at--;
    else if (by > 0 && at + 1 < n)
        at++;
    app->selected_lock = at;
    return REACT_REDRAW;
}

static unsigned up_or_down(struct app *app, int by)
{
    if (app->is_help_open)
        return scroll_help(app, by);
    if (app->comparison)
        return REACT_NONE;
    if (app->page == PAGE_MOMENT)
        return moment_scroll(app, by);
    if (!app->session && !app->shown)
        return move_in_menu(app, by);
    if (app->page == PAGE_LOCKS)
        return select_lock(app, by);
    return app->page == PAGE_ORDERS ? orders_move(app, by) : move_cursor(app, by);
}

static unsigned next_theme(struct app *app, int unused)
{
    (void)unused;
    app->theme = theme_next(app->theme, app->own_theme);
    app_say(app, "theme %s: %s", app->theme->name, app->theme->help);
    return REACT_REDRAW;
}

static unsigned toggle_help(struct app *app, int unused)
{
    (void)unused;
    app->is_help_open = !app->is_help_open;
    app->help_top = 0;
    return REACT_REDRAW;
}

// Lanes, moment, locks, orders, help, and round again. Orders come late, as the cores are busy with
// them.
static unsigned next_view(struct app *app, int unused)
{
    if (!app->is_help_open && app->page == PAGE_LANES && moment_begin(app))
        return REACT_REDRAW;
    if (app->is_help_open || !app->session) {
        app->page = PAGE_LANES;
        return toggle_help(app, unused);
    }
    switch (app->page) {
    case PAGE_LANES:
    case PAGE_MOMENT:
        app->page = PAGE_LOCKS;
        return REACT_REDRAW;
    case PAGE_LOCKS:
        return orders_show(app, unused);
    case PAGE_ORDERS:
        app->page = PAGE_LANES;
        return toggle_help(app, unused);
    }
    return REACT_NONE;
}

static unsigned close_open(struct app *app, int unused)
{
    (void)unused;
    if (app->is_help_open)
        return toggle_help(app, 0);
    if (app->page != PAGE_LANES) {
        app->page = PAGE_LANES;
        return REACT_REDRAW;
    }
    bool has_selection = app->selected != 0 || app->loss.is_set;
    if (app_is_teaching(app) && !has_selection)
        return REACT_LEAVE;
    if (app->toast[0] == '\0' && !has_selection)
        return REACT_NONE;
    app->toast[0] = '\0';
    app->selected = 0;
    app->loss.is_set = false;
    return REACT_REDRAW;
}

static unsigned choose(struct app *app, int unused)
{
    (void)unused;
    if (app->session && app->page == PAGE_ORDERS && !app->is_help_open)
        return orders_play(app);
    if (app->session || app->shown || app->comparison || app->is_help_open || app->n_menu == 0)
        return REACT_NONE;
    app->choice = app->menu[app->menu_cursor].name;
    app->choice_is_lesson = app->menu[app->menu_cursor].is_lesson;
    return REACT_CHOSEN;
}

// The clicker's keys, in the menu too, so that it needs no other hand from lesson to lesson.
static unsigned turn_page(struct app *app, int reaction)
{
    bool is_menu = !app->session && !app->shown && !app->comparison && app->n_menu > 0;
    if (!is_menu || app->is_help_open)
        return (unsigned)reaction;
    if (reaction == REACT_PREVIOUS_PAGE)
        return move_in_menu(app, -1);
    return app->menu[app->menu_cursor].is_lesson ? choose(app, 0) : REACT_NONE;
}

static unsigned react(struct app *app, int reaction)
{
    (void)app;
    return (unsigned)reaction;
}

// What a command does: a function, and what it is told.
struct action {
    unsigned (*run)(struct app *app, int argument);
    int argument;
    bool needs_session;
};

static const struct action actions[COMMAND_COUNT] = {
    [COMMAND_PAUSE] = {control_pause, 0, true},
    [COMMAND_STEP] = {steps_step, 0, true},
    [COMMAND_BACK] = {steps_back, 0, true},
    [COMMAND_LANE] = {steps_lane, 0, true},
    [COMMAND_NEXT_LINE] = {steps_next_line, 0, true},
    [COMMAND_SIMULATE] = {steps_simulate, 0, true},
    [COMMAND_LOCK] = {control_lock, 0, true},
    [COMMAND_KIND] = {control_kind, 0, true},
    [COMMAND_SLOWER] = {control_pace, -1, true},
    [COMMAND_FASTER] = {control_pace, 1, true},
    [COMMAND_NATIVE] = {control_pace, 0, true},
    [COMMAND_ARRANGE] = {control_arrange, 0, true},
    [COMMAND_RESTART] = {control_restart, 0, true},
    [COMMAND_RESEED] = {control_restart, 1, true},
    [COMMAND_MODE] = {control_mode, 0, false},
    [COMMAND_GIL] = {control_gil, 0, false},
    [COMMAND_MEMORY] = {control_memory, 0, false},
    [COMMAND_KILL] = {control_kill, 0, false},
    [COMMAND_NEXT_LOSS] = {loss_go, 1, false},
    [COMMAND_PREVIOUS_LOSS] = {loss_go, -1, false},
    [COMMAND_MOMENT] = {moment_open, 0, false},
    [COMMAND_REPLAY] = {replay_toggle, 0, false},
    [COMMAND_LEFT] = {move_in_time, -1, false},
    [COMMAND_RIGHT] = {move_in_time, 1, false},
    [COMMAND_UP] = {up_or_down, -1, false},
    [COMMAND_DOWN] = {up_or_down, 1, false},
    [COMMAND_BEGIN] = {go_to_begin, 0, false},
    [COMMAND_FOLLOW] = {follow, 0, false},
    [COMMAND_ZOOM_IN] = {zoom, -1, false},
    [COMMAND_ZOOM_OUT] = {zoom, 1, false},
    [COMMAND_FIT] = {fit, 0, false},
    [COMMAND_DENSITY] = {toggle_density, 0, false},
    [COMMAND_THEME] = {next_theme, 0, false},
    [COMMAND_BIG] = {toggle_big, 0, false},
    [COMMAND_PREDICT] = {predict_begin, 0, true},
    [COMMAND_CAPTION] = {caption_toggle, 0, false},
    [COMMAND_NEXT_PAGE] = {turn_page, REACT_NEXT_PAGE, false},
    [COMMAND_PREVIOUS_PAGE] = {turn_page, REACT_PREVIOUS_PAGE, false},
    [COMMAND_BLANK] = {toggle_blank, 0, false},
    [COMMAND_SCREENSHOT] = {react, REACT_SCREENSHOT, false},
    [COMMAND_SAVE] = {react, REACT_SAVE, false},
    [COMMAND_RECORD] = {react, REACT_RECORD | REACT_REDRAW, false},
    [COMMAND_FIND] = {orders_find, 0, true},
    [COMMAND_TREE] = {orders_switch, 0, false},
    [COMMAND_VIEW] = {next_view, 0, false},
    [COMMAND_HELP] = {toggle_help, 0, false},
    [COMMAND_CLOSE] = {close_open, 0, false},
    [COMMAND_CHOOSE] = {choose, 0, false},
    [COMMAND_REDRAW] = {react, REACT_REPAINT | REACT_REDRAW, false},
    [COMMAND_SUSPEND] = {react, REACT_SUSPEND, false},
    [COMMAND_QUIT] = {react, REACT_QUIT, false},
};

// A question that is not answered by its own key is not to be answered later by mistake.
static unsigned forget_question(struct app *app)
{
    if (app->asked_lane == 0)
        return REACT_NONE;
    app->asked_lane = 0;
    app->toast[0] = '\0';
    return REACT_REDRAW;
}

unsigned app_command(struct app *app, enum command command)
{
    const struct action *action = &actions[command];
    // Measured again from the beginning, as it was chosen.
    if (app->comparison && command == COMMAND_RESTART)
        return REACT_CHOSEN;
    unsigned forgotten = command == COMMAND_KILL ? REACT_NONE : forget_question(app);
    // What is pressed while a loss is shown again is about the picture that it stands before.
    if (command != COMMAND_REPLAY && replay_stop(app)) {
        forgotten |= REACT_REDRAW;
        if (command == COMMAND_CLOSE)
            return forgotten;
    }
    if (!action->run || (action->needs_session && !app->session))
        return forgotten;
    if (command_changes_run(command) && app->session && session_is_saved(app->session)) {
        app_say(app, "a saved run: it can be looked at, not changed");
        return REACT_REDRAW;
    }
    return forgotten | action->run(app, action->argument);
}
