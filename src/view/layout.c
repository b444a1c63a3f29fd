#include "view/layout.h"
#include "view/hint.h"
#include "view/paragraph.h"
#include "view/pool.h"

// Panels give way in this order as a screen gets smaller (lanes and counter last):
//
//   1. what the scenario is about; the help has it too
//   2. the output shrinks to its newest line; with nothing shared it is a panel of its own, and
//      a pool's inputs and results are another, above it
//   3. the lanes' heading joins the row of the time axis
//   4. the row between two lanes, with the links of lost updates
//   5. three columns of panels become two: the source stands above the log
//   6. the row of losses per time
//   7. the source
//   8. the lanes' second row, with labels, then lanes at the end of the list: they scroll
//   9. the table of the counter, then its big digits: one line of numbers stays
//  10. the line of output
//
// What stays at 40 x 10 is the header, the lanes, the numbers, the log's newest lines, the verdict
// and the keys.

enum {
    TALL = 28,         // rows from which on there is air
    COUNTER_W = 38,    // columns of the counter's panel when it has neighbours
    SOURCE_ROWS = 7,   // with its heading, above the log
    LOG_W = 52,        // columns in which every line of the log has all it says
    SOURCE_W_MIN = 28, // columns below which code cannot be read
    LANES_PER_ROW = 4, // from so many on all of them are seen at once, unless rows are asked for
    READABLE_W = 120,  // a text in wider rows is not read
    OUTPUT_ROWS = 4,   // with its heading, below a pool's inputs and results
    OUTPUT_W = 72,     // that it never asks for more than, so that a long line moves nothing
    POOL_ROWS_MIN = 4, // with its two headings
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

// Rows that the panels below the lanes ask for before the lanes may grow.
static int panel_rows(const struct scene *scene, int h)
{
    enum { BIG_H_MIN = 14 }; // below, there is no room for digits
    if (scene->is_big && scene->has_cell)
        return h < BIG_H_MIN ? 1 : h * 3 / 5;
    if (h < 14)
        return 3;
    if (h < 18)
        return 6;
    if (!scene->has_cell)
        return 7;
    // With a line for each of a few more variables.
    int others = h < TALL ? 0 : scene_other_rows(scene);
    return h < 21 ? 10 : h < 22 ? 12 : 13 + others;
}

// Cuts `rows` off the top of *rest.
static struct area cut_top(struct area *rest, int rows)
{
    rows = least(most(rows, 0), rest->h);
    struct area top = {rest->frame, rest->x, rest->y, rest->w, rows};
    rest->y += rows;
    rest->h -= rows;
    return top;
}

static struct area cut_bottom(struct area *rest, int rows)
{
    rows = least(most(rows, 0), rest->h);
    rest->h -= rows;
    return (struct area){rest->frame, rest->x, rest->y + rest->h, rest->w, rows};
}

static struct area cut_left(struct area *rest, int columns)
{
    columns = least(most(columns, 0), rest->w);
    struct area left = {rest->frame, rest->x, rest->y, columns, rest->h};
    rest->x += columns;
    rest->w -= columns;
    return left;
}

// Rows of each lane below main, 1 to 3, and how many lanes are seen then; or how many lanes share a
// row.
static void choose_lane_rows(struct layout *layout, enum density density, int n_lanes, int room,
                             bool has_air)
{
    layout->lane_rows = 1;
    bool is_overview =
        density == DENSITY_ON || (density == DENSITY_AUTO && n_lanes > LANES_PER_ROW * room);
    if (is_overview && room > 0 && n_lanes > 0) {
        layout->group = (size_t)(n_lanes + room - 1) / (size_t)room;
        layout->visible = ((size_t)n_lanes + layout->group - 1) / layout->group;
        return;
    }
    if (n_lanes * 2 <= room)
        layout->lane_rows = 2;
    if (has_air && n_lanes * 3 <= room)
        layout->lane_rows = 3;
    layout->visible = (size_t)most(least(n_lanes, room / layout->lane_rows), 0);
}

static void place_lanes(const struct scene *scene, struct layout *layout, struct area *rest)
{
    bool is_tall = rest->h >= TALL - 4;
    int panels = panel_rows(scene, rest->h + 3);
    int n_lanes = scene->view->n_lanes > 0 ? (int)scene->view->n_lanes - 1 : 0;
    layout->has_lanes_heading = is_tall;
    layout->axis = cut_top(rest, is_tall ? 2 : 1);
    bool may_have_rate = scene->has_cell && !scene->is_big && !scene->view->is_bare &&
                         !scene_is_private(scene) && rest->h > panels + 4;
    choose_lane_rows(layout, scene->density, n_lanes, rest->h - panels - 1 - (is_tall ? 1 : 0),
                     is_tall && (scene->has_cell || rest->h >= 36));
    int rows = (int)layout->visible * layout->lane_rows;
    layout->lanes = cut_top(rest, 1 + rows);
    bool all_seen = layout->group == 0 && (int)layout->visible == n_lanes;
    if (may_have_rate && all_seen && rest->h > panels)
        layout->rate = cut_top(rest, 1);
}

// Half of w columns, or more where its lines are longer and its neighbour has `spared` columns
// left.
static int source_width(const struct scene *scene, int w, int spared)
{
    return most(w / 2, least(source_columns(scene->view), w - spared));
}

// With a counter: the counter, then the source and the log, beside or above each other.
static void place_counter_panels(const struct scene *scene, struct layout *layout, struct area rest)
{
    if (scene->is_big) {
        layout->counter = rest;
        return;
    }
    if (rest.w < 68) {
        layout->counter = cut_top(&rest, rest.h >= 12 ? 7 : 1);
        layout->losses = rest;
        return;
    }
    if (rest.h < 5) {
        layout->counter = cut_top(&rest, 1);
        layout->losses = rest;
        return;
    }
    layout->counter = cut_left(&rest, rest.w >= 160 ? rest.w * 3 / 8 : COUNTER_W);
    if (rest.w >= 96) {
        layout->source = cut_left(&rest, source_width(scene, rest.w, LOG_W));
    } else if (rest.h >= SOURCE_ROWS + 5) {
        layout->source = cut_top(&rest, most(SOURCE_ROWS, rest.h / 2));
    }
    layout->losses = rest;
}

// Rows that it takes so wide, with its heading.
static int about_rows(const struct scene *scene, int columns)
{
    const char *about = scene->view->prog ? scene->view->prog->about : "";
    return hint_rows(scene->keymap, about, columns) + 1;
}

// What the scenario is about, below the source where that leaves it room.
static void place_about_below(const struct scene *scene, struct layout *layout, int source_rows)
{
    int rows = about_rows(scene, layout->source.w - 3);
    if (rows > 1 && layout->about.h == 0 && layout->source.h - rows >= source_rows)
        layout->about = cut_bottom(&layout->source, rows);
}

// Without a counter: what the lanes print is what there is to see, so it is not cut.
static void place_output_panels(const struct scene *scene, struct layout *layout, struct area rest)
{
    int rows = about_rows(scene, rest.w - 3);
    int needed = most(pool_rows(scene->view->prog) + OUTPUT_ROWS, 8);
    if (rows > 1 && rest.w >= 60 && rest.w <= READABLE_W && rest.h - rows >= needed)
        layout->about = cut_bottom(&rest, rows);
    int output_w = output_columns(scene->view);
    int source_w = least(source_width(scene, rest.w, OUTPUT_W), rest.w - output_w);
    if (source_w >= SOURCE_W_MIN)
        layout->source = cut_left(&rest, source_w);
    int pool = least(pool_rows(scene->view->prog), rest.h - OUTPUT_ROWS);
    if (pool >= POOL_ROWS_MIN)
        layout->pool = cut_top(&rest, pool);
    layout->output = rest;
    place_about_below(scene, layout, SOURCE_ROWS + 1);
}

static void place_panels(const struct scene *scene, struct layout *layout, struct area rest)
{
    if (!scene->has_cell) {
        place_output_panels(scene, layout, rest);
        return;
    }
    place_counter_panels(scene, layout, rest);
    place_about_below(scene, layout, SOURCE_ROWS + 10);
}

struct layout layout_make(const struct scene *scene, struct area whole)
{
    struct layout layout = {.is_too_small = whole.w < LAYOUT_MIN_W || whole.h < LAYOUT_MIN_H};
    if (layout.is_too_small)
        return layout;
    struct area rest = whole;
    layout.header = cut_top(&rest, 1);
    layout.keys = cut_bottom(&rest, 1);
    layout.message = cut_bottom(&rest, 1);
    bool is_big = scene->is_big && scene->has_cell;
    if (scene->has_cell && !is_big && whole.h >= 14)
        layout.output = cut_bottom(&rest, whole.h >= 45 ? 5 : whole.h >= 36 ? 3 : 1);
    place_lanes(scene, &layout, &rest);
    place_panels(scene, &layout, rest);
    layout.columns = lane_columns(scene->view, whole.w, layout.lane_rows,
                                  scene_number_columns(scene), layout.group);
    return layout;
}
