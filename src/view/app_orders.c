#include "view/app_orders.h"
#include "view/orders.h"

// Lanes again, which play what was asked for.
static unsigned show_played(struct app *app, const char *what)
{
    app->page = PAGE_LANES;
    app->awaits_example = false;
    app_say(app, "%s", what);
    app_begin_run(app);
    return REACT_REDRAW;
}

static unsigned say(struct app *app, const char *what)
{
    app->awaits_example = false;
    app_say(app, "%s", what);
    return REACT_REDRAW;
}

static const char of_probe[] = "this schedule fails; there are too many to try them all";

// It is being looked for, or it is played already.
static unsigned await(struct app *app, const char *what, const char *meanwhile)
{
    struct session_orders orders = session_orders(app->session);
    if (!orders.is_wanted)
        return show_played(app, orders.is_of_probe ? of_probe : what);
    app->awaits_example = true;
    app->awaited = what;
    app_say(app, "%s", meanwhile);
    return REACT_REDRAW;
}

unsigned orders_find(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    if (!session_find(app->session, &err))
        return say(app, err.text);
    return await(app, "this schedule fails, with as few switches as can be",
                 "every interleaving is tried; one that fails is played");
}

unsigned orders_show(struct app *app, int unused)
{
    (void)unused;
    struct error err;
    bool is_begun = session_orders_begin(app->session, &err);
    app->page = is_begun ? PAGE_ORDERS : PAGE_LANES;
    if (!is_begun)
        app_say(app, "%s", err.text);
    return REACT_REDRAW;
}

// The selection, within what there is now.
static bool select_within(struct app *app, const struct session_orders *orders)
{
    size_t n = orders->result ? orders_count(orders->result) : 0;
    if (app->orders_result >= n)
        app->orders_result = n > 0 ? n - 1 : 0;
    if (!orders->tree || app->orders_leaf >= orders->tree->n_leaves)
        app->orders_leaf = 0;
    // Where nothing is shared there is only the tree.
    app->in_tree = orders->tree && (app->in_tree || n == 0);
    return n > 0 || app->in_tree;
}

// An example of what is selected is looked for once it is selected, as only then somebody asks.
static void look_for_example(struct app *app, const struct session_orders *orders)
{
    if (app->page != PAGE_ORDERS || app->awaits_example || !select_within(app, orders))
        return;
    struct orders_item item = orders_item_at(orders->result, app->orders_result);
    if (item.is_final && !app->in_tree)
        session_seek_final(app->session, item.cell,
                           orders->result->cells[item.cell].finals[item.index].value);
}

static size_t moved(size_t at, int by, size_t n)
{
    if (by < 0)
        return at > 0 ? at - 1 : 0;
    return at + 1 < n ? at + 1 : at;
}

unsigned orders_move(struct app *app, int by)
{
    struct session_orders orders = session_orders(app->session);
    if (!select_within(app, &orders))
        return REACT_NONE;
    if (app->awaits_example)
        session_forgo(app->session);
    app->awaits_example = false;
    if (app->in_tree)
        app->orders_leaf = moved(app->orders_leaf, by, orders.tree->n_leaves);
    else
        app->orders_result = moved(app->orders_result, by, orders_count(orders.result));
    look_for_example(app, &orders);
    return REACT_REDRAW;
}

unsigned orders_switch(struct app *app, int unused)
{
    (void)unused;
    if (app->page != PAGE_ORDERS)
        return REACT_NONE;
    struct session_orders orders = session_orders(app->session);
    if (!orders.result)
        return say(app, "not every interleaving has been tried yet");
    if (!orders.tree) {
        app_say(app, "a tree is drawn of at most %d schedules; --set takes smaller numbers",
                TREE_LEAVES_MAX);
        return REACT_REDRAW;
    }
    app->in_tree = !app->in_tree;
    // Where the run has come to.
    if (orders.has_place && orders.place != 0)
        app->orders_leaf = orders.tree->nodes[orders.place].first_leaf;
    return REACT_REDRAW;
}

unsigned orders_play(struct app *app)
{
    struct error err;
    struct session_orders orders = session_orders(app->session);
    if (!select_within(app, &orders))
        return REACT_NONE;
    if (app->in_tree)
        return session_play_leaf(app->session, app->orders_leaf, &err)
                   ? show_played(app, "the schedule that was selected")
                   : say(app, err.text);
    struct orders_item item = orders_item_at(orders.result, app->orders_result);
    if (!item.is_final)
        return session_play_failure(app->session, item.index, &err)
                   ? show_played(app, "this schedule fails so, with as few switches as can be")
                   : say(app, err.text);
    const struct explore_cell *cell = &orders.result->cells[item.cell];
    if (!session_play_final(app->session, item.cell, cell->finals[item.index].value, &err))
        return say(app, err.text);
    return await(app, "a shortest schedule that ends so", "looking for a schedule that ends so");
}

unsigned orders_tick(struct app *app)
{
    if (!app->session || !(app->page == PAGE_ORDERS || app->awaits_example))
        return REACT_NONE;
    struct session_orders orders = session_orders(app->session);
    look_for_example(app, &orders);
    if (!app->awaits_example || orders.is_wanted)
        return REACT_NONE;
    app->awaits_example = false;
    if (orders.is_played)
        return show_played(app, orders.is_of_probe ? of_probe : app->awaited);
    return orders.why_not[0] != '\0' ? say(app, orders.why_not) : REACT_NONE;
}

bool orders_are_going(const struct app *app)
{
    if (!app->session)
        return false;
    struct session_orders orders = session_orders(app->session);
    return orders.is_begun && (orders.status == EXPLORE_GOING || orders.is_seeking);
}
