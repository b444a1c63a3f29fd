#include "view/app_mouse.h"

#include "view/app_state.h"
#include "view/density.h"
#include "view/overlay.h"

// The lanes with what is around them, when they are on screen.
static bool look_at_lanes(const struct app *app, struct sight *sight)
{
    if (app->is_blank || app->is_help_open || app->comparison || app->page != PAGE_LANES ||
        !app_view(app, &sight->view))
        return false;
    sight->scene =
        app_scene(app, &sight->view, (struct area){.w = app->w, .h = app->h}, &sight->layout);
    return !sight->layout.is_too_small;
}

static bool is_in(struct area area, int x, int y)
{
    return x >= area.x && x < area.x + area.w && y >= area.y && y < area.y + area.h;
}

// The lane whose row that is, of the overview the first of its group; false below the last.
static bool lane_at(const struct sight *sight, int y, size_t *lane)
{
    const struct scene *scene = &sight->scene;
    int row = y - sight->layout.lanes.y;
    if (row == 0)
        *lane = 0;
    else if (scene->group > 0)
        *lane = density_first(1 + (size_t)(row - 1) * scene->group, scene->group);
    else
        *lane = scene->first_lane + (size_t)((row - 1) / scene->lane_rows);
    return *lane < sight->view.n_lanes;
}

static unsigned select_lane(struct app *app, const struct sight *sight, size_t lane)
{
    app->cursor_lane = lane;
    app->has_cursor = true;
    app->first_lane = sight->scene.first_lane;
    return REACT_REDRAW;
}

// The zoom that is on screen, as a level.
static int level_of(const struct viewport *port)
{
    int level = 0;
    while (level < ZOOM_LEVELS - 1 && zoom_ns(level) < port->ns_per_column)
        level++;
    return level;
}

static unsigned zoom_at(struct app *app, const struct sight *sight, int column, int by)
{
    const struct viewport *port = &sight->scene.port;
    int level = level_of(port) + by;
    if (level < 0 || level >= ZOOM_LEVELS)
        return REACT_NONE;
    uint64_t under_ns = viewport_time(port, column), before_ns = (uint64_t)column * zoom_ns(level);
    app->zoom_mode = ZOOM_CHOSEN;
    app->zoom = level;
    app->follows = false;
    app->left_ns = under_ns > before_ns ? under_ns - before_ns : 0;
    return REACT_REDRAW;
}

unsigned app_click(struct app *app, int x, int y)
{
    struct sight sight;
    size_t lane;
    if (app->is_blank)
        return app_command(app, COMMAND_BLANK);
    if (!look_at_lanes(app, &sight))
        return REACT_NONE;
    if (is_in(sight.layout.lanes, x, y) && lane_at(&sight, y, &lane))
        return select_lane(app, &sight, lane);
    uint64_t number =
        is_in(sight.layout.losses, x, y)
            ? losses_number_at(&sight.scene, sight.layout.losses, y - sight.layout.losses.y)
            : 0;
    if (number == 0)
        return REACT_NONE;
    app->selected = number;
    return REACT_REDRAW;
}

unsigned app_wheel(struct app *app, int x, int y, int by)
{
    struct sight sight;
    enum command scroll = by < 0 ? COMMAND_UP : COMMAND_DOWN;
    if (!look_at_lanes(app, &sight))
        return app->is_blank ? REACT_NONE : app_command(app, scroll);
    const struct scene *scene = &sight.scene;
    int column = x - scene->columns.gutter;
    bool is_over = y >= sight.layout.axis.y && y < sight.layout.lanes.y + sight.layout.lanes.h;
    if (!is_over || column < 0 || column >= scene->port.columns)
        return REACT_NONE;
    return zoom_at(app, &sight, column, by);
}
