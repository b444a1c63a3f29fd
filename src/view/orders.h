#ifndef VIEW_ORDERS_H
#define VIEW_ORDERS_H

#include "view/scene.h"

// The orders: what can come out of every interleaving, and, where they are few, each by itself.
struct orders_scene {
    const struct scene *scene;
    const struct session_orders *orders;
    size_t result; // the selected one, see orders_result_at
    size_t leaf;   // the selected schedule of the tree
};

// What can be selected: final values, cell by cell, and behind them what fails.
struct orders_item {
    bool is_final; // else failures[index]
    size_t cell, index;
};
size_t orders_count(const struct explore_result *result);
struct orders_item orders_item_at(const struct explore_result *result, size_t number);

// The whole screen between the header and the two lines at the foot.
void orders_draw(const struct orders_scene *o, struct area area);
void orders_message_draw(const struct orders_scene *o, struct area area);

// --- its panels
// Rows that the list of results wants, without what is said of the selected one.
int results_rows(const struct orders_scene *o);
void results_draw(const struct orders_scene *o, struct area area);
// What the selected result is an example of, RESULTS_EXAMPLE_ROWS rows.
enum { RESULTS_EXAMPLE_ROWS = 3 };
void results_example_draw(const struct orders_scene *o, struct area area);
void tree_draw(const struct orders_scene *o, struct area area);

// Schedules that can still come from here and end with this value, and all that can: of a simulated
// run, where there is a tree.
bool orders_ahead(const struct orders_scene *o, const struct orders_item *item, size_t *n,
                  size_t *n_all);

#endif
