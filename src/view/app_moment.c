#include "view/app_moment.h"

#include "view/app_loss.h"
#include "view/hint.h"
#include "view/moment.h"

// Rows of the moment view: the whole screen but the header, the message and the keys.
static int room_of(const struct app *app)
{
    return moment_room(app_area(app).h - 3);
}

void moment_show(struct app *app, struct event_place place)
{
    if (!place.is_set) {
        app_say(app, "this loss is counted, its ops are not kept any more");
        return;
    }
    app->moment = (struct moment_look){.place = place};
    app->page = PAGE_MOMENT;
    app->toast[0] = '\0'; // the moment says it itself
}

// Of one lane, or of all below main: the event that is nearest to that time.
static struct event_place nearest_event(const struct session_view *view, size_t from, size_t to,
                                        uint64_t t_ns)
{
    const struct timeline *tl = view->timeline;
    struct event_place found = {0};
    uint64_t best_ns = UINT64_MAX;
    for (size_t lane = from; lane < to; lane++) {
        uint64_t first = timeline_first(tl, lane), at = timeline_find(tl, lane, t_ns);
        for (uint64_t i = at > first ? at - 1 : at; i <= at && i < timeline_count(tl, lane); i++) {
            uint64_t event_ns = timeline_at(tl, lane, i)->t_ns;
            uint64_t distance_ns = event_ns < t_ns ? t_ns - event_ns : event_ns - t_ns;
            if (distance_ns >= best_ns)
                continue;
            best_ns = distance_ns;
            found = (struct event_place){true, (uint16_t)lane, i};
        }
    }
    return found;
}

// What is selected, else what is in the middle.
static struct event_place place_of_interest(const struct app *app, const struct sight *sight)
{
    const struct session_view *view = &sight->view;
    const struct viewport *port = &sight->scene.port;
    if (event_is_kept(view, app->loss))
        return app->loss;
    const struct ledger_entry *entry =
        app->selected && view->ledger ? ledger_log_at(view->ledger, app->selected) : NULL;
    if (entry)
        return loss_place(view, entry);
    uint64_t left_ns = viewport_time(port, 0), right_ns = viewport_time(port, port->columns);
    right_ns = right_ns > view->now_ns ? view->now_ns : right_ns;
    uint64_t middle_ns = left_ns < right_ns ? left_ns + (right_ns - left_ns) / 2 : right_ns;
    bool has_lane = app->has_cursor && app->cursor_lane < view->n_lanes;
    return nearest_event(view, has_lane ? app->cursor_lane : 1,
                         has_lane ? app->cursor_lane + 1 : view->n_lanes, middle_ns);
}

bool moment_begin(struct app *app)
{
    struct sight sight;
    if (!app_look(app, &sight) || !sight.view.timeline)
        return false;
    struct event_place place = place_of_interest(app, &sight);
    if (place.is_set)
        moment_show(app, place);
    return place.is_set;
}

unsigned moment_open(struct app *app, int unused)
{
    (void)unused;
    if (app->is_help_open || app->comparison || app->page == PAGE_ORDERS)
        return REACT_NONE;
    if (app->page == PAGE_MOMENT)
        app->moment.is_unfolded = !app->moment.is_unfolded;
    else if (!app_view(app, &(struct session_view){0}))
        return REACT_NONE;
    else if (!moment_begin(app))
        app_say(app, "nothing has happened here yet");
    return REACT_REDRAW;
}

unsigned moment_scroll(struct app *app, int by)
{
    struct session_view view;
    if (!app_view(app, &view) || !event_is_kept(&view, app->moment.place))
        return REACT_NONE;
    struct moment_look look = app->moment;
    look.scroll += by;
    if (look.scroll > MOMENT_SCROLL_MAX || look.scroll < -MOMENT_SCROLL_MAX) {
        app_hint(app, "{close}, then {left} or {right}, goes further");
        return REACT_REDRAW;
    }
    struct moment_table table = moment_table_new(&view, look, room_of(app));
    app->moment.scroll = table.scroll;
    moment_table_free(&table);
    return REACT_REDRAW;
}

unsigned moment_home(struct app *app)
{
    app->moment.scroll = 0;
    return REACT_REDRAW;
}
