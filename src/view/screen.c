#include "view/app_replay.h"
#include "view/app_tape.h"
#include "view/hint.h"
#include "view/locks.h"
#include "view/moment.h"
#include "view/orders.h"
#include "view/overlay.h"
#include "view/pool.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

bool app_view(const struct app *app, struct session_view *view)
{
    if (app->shown)
        *view = *app->shown;
    else if (app->session)
        *view = session_view(app->session);
    else
        return false;
    return true;
}

const char *app_about(const struct app *app)
{
    struct session_view view;
    return app_view(app, &view) && view.prog ? view.prog->about : "";
}

static int zoom_level(const struct app *app, const struct session_view *view, int columns)
{
    bool by_pace = view->pace_ns > 0 && view->prog && view->prog->n_cells > 0;
    if (app->zoom_mode == ZOOM_CHOSEN)
        return app->zoom;
    if (app->zoom_mode == ZOOM_AUTO && view->is_simulated)
        return zoom_pace(view->step_ns);
    if (app->zoom_mode == ZOOM_AUTO && by_pace)
        return zoom_pace(view->pace_ns);
    return zoom_fit(view->now_ns, columns);
}

static struct viewport viewport_of(const struct app *app, const struct session_view *view,
                                   int columns)
{
    struct viewport port = {.ns_per_column = zoom_ns(zoom_level(app, view, columns)),
                            .columns = columns > 0 ? columns : 0};
    if (!app->follows) {
        port.first = app->left_ns / port.ns_per_column;
        return port;
    }
    uint64_t last = view->now_ns / port.ns_per_column;
    port.first = last >= (uint64_t)port.columns ? last - (uint64_t)port.columns + 1 : 0;
    return port;
}

// So that the cursor is among the rows that fit.
static size_t first_lane_seen(const struct app *app, size_t n_lanes, size_t visible)
{
    size_t first = app->first_lane > 0 ? app->first_lane : 1;
    if (n_lanes > 0 && first + visible > n_lanes)
        first = n_lanes > visible ? n_lanes - visible : 1;
    if (first < 1)
        first = 1;
    if (app->cursor_lane > 0 && app->cursor_lane < first)
        first = app->cursor_lane;
    if (app->cursor_lane >= first + visible && visible > 0)
        first = app->cursor_lane - visible + 1;
    return first;
}

struct scene app_scene(const struct app *app, const struct session_view *view, struct area whole,
                       struct layout *layout)
{
    struct scene scene = {.view = view,
                          .cursor_lane = app->cursor_lane,
                          .has_cursor = app->has_cursor,
                          .selected = app->selected,
                          .loss = app->loss,
                          .is_big = app->is_big,
                          .density = app->density,
                          .hides_values = app->prediction.is_open,
                          .title = app_is_teaching(app) ? app->lesson_title : NULL,
                          .keymap = app->keymap,
                          .toast = caption_tells_answer(app) ? "" : app->toast,
                          .is_recording = app->is_recording};
    if (app_has_lesson(app))
        lesson_text(&app->lesson, scene.lesson);
    scene_find_cell(&scene);
    *layout = layout_make(&scene, whole);
    scene.columns = layout->columns;
    scene.lane_rows = layout->lane_rows;
    scene.group = layout->group;
    scene.is_crowded = layout->group > 0 || layout->visible + 1 < view->n_lanes;
    scene.first_lane = scene.group > 0 ? 1 : first_lane_seen(app, view->n_lanes, layout->visible);
    scene.port = viewport_of(app, view, layout->columns.plot);
    return scene;
}

static bool is_blank(struct area plot, int64_t column)
{
    return column < 0 || column >= plot.w ||
           frame_at(plot.frame, plot.x + (int)column, plot.y)->utf8[0] == ' ';
}

// A label of the scale stays readable, the blank between its number and its unit included.
static void draw_on_axis(struct area plot, int64_t column, enum role role, enum glyph glyph)
{
    if (column < 0 || column >= plot.w)
        return;
    bool is_inside = !is_blank(plot, column - 1) && !is_blank(plot, column + 1);
    if (is_blank(plot, column) && !is_inside)
        draw_glyph(plot, (int)column, 0, role, glyph);
    else
        draw_attributes(plot, (int)column, 0, 1, STYLE_REVERSE);
}

// Where the selected lost update is, or the column that is looked at; in slow motion, how far it
// has come. And from where on single events are kept.
static void draw_selection(const struct scene *scene, struct area plot)
{
    uint64_t t_ns = scene->view->now_ns, detail_ns = scene_detail_from(scene);
    int column;
    if (detail_ns > 0)
        draw_on_axis(plot, viewport_column(&scene->port, detail_ns), ROLE_GAP, GLYPH_DETAIL);
    if (scene->is_replay)
        draw_on_axis(plot, viewport_column(&scene->port, t_ns), ROLE_TITLE, GLYPH_ARROW_DOWN);
    else if (scene_loss_time(scene, &t_ns))
        draw_on_axis(plot, viewport_column(&scene->port, t_ns), ROLE_LOST, GLYPH_ARROW_DOWN);
    else if (scene_column_events(scene, &column) > 1)
        draw_on_axis(plot, column, ROLE_DIM, GLYPH_ARROW_DOWN);
}

// How many events one column hides: of the one under the arrow.
static void draw_column_events(const struct scene *scene, struct area status)
{
    int column;
    uint64_t n = scene->is_replay || scene->group > 0 ? 0 : scene_column_events(scene, &column);
    if (n < 2)
        return;
    char number[28];
    int x = draw_glyph(status, 1, 0, ROLE_DIM, GLYPH_ARROW_DOWN);
    draw_textf(status, x + 1, 0, ROLE_DIM, "%s events",
               scene_number(number, (int64_t)n, status.w - x - 8));
}

static void axis_note(const struct scene *scene, char *out, size_t size)
{
    char per[24];
    size_t len = 0;
    if (scene->group > 1)
        len = text_format(out, size, "each row is %zu lanes: high they run, low they wait, ",
                          scene->group);
    text_format(out + len, size - len, "%s per column", zoom_text(per, scene->port.ns_per_column));
}

// The scale of time, and what it is a scale of.
static void draw_axis(const struct scene *scene, const struct layout *layout)
{
    struct area area = layout->axis;
    const struct session_view *view = scene->view;
    size_t n = view->n_lanes > 0 ? view->n_lanes - 1 : 0;
    int y = 0;
    if (layout->has_lanes_heading) {
        char note[96];
        axis_note(scene, note, sizeof(note));
        panel_heading(area, "lanes", ROLE_DIM, note);
        y = 1;
    }
    draw_text(area, 1, y, ROLE_DIM, "time");
    struct area plot = area_part(area, scene->columns.gutter, y, scene->columns.plot, 1);
    axis_draw(plot, &scene->port);
    draw_selection(scene, plot);
    int status = scene->columns.status;
    if (layout->visible >= n && status > 0)
        draw_column_events(scene, area_part(area, area.w - status, y, status, 1));
    if (layout->visible >= n || status == 0)
        return;
    char seen[64];
    if (scene->group > 0) {
        text_format(seen, sizeof(seen), "%zu lanes a row", scene->group);
        if ((int)strlen(seen) >= status)
            text_format(seen, sizeof(seen), "%zu a row", scene->group);
        draw_text(area_part(area, area.w - status, y, status, 1), 1, 0, ROLE_BLOCKED, seen);
        return;
    }
    size_t last = scene->first_lane + layout->visible - 1;
    text_format(seen, sizeof(seen), "%zu-%zu of %zu", scene->first_lane, last, n);
    if ((int)strlen(seen) >= status)
        text_format(seen, sizeof(seen), "%zu-%zu", scene->first_lane, last);
    draw_text(area_part(area, area.w - status, y, status, 1), 1, 0, ROLE_BLOCKED, seen);
}

// Lines between panels that stand side by side; `tee` joins it to the heading at the top.
static void draw_separator(struct area whole, struct area right, enum glyph tee)
{
    if (right.w == 0 || right.h < 2 || right.x <= whole.x)
        return;
    int x = right.x - whole.x - 1, y = right.y - whole.y;
    draw_column(whole, x, y + 1, right.h - 1, ROLE_EDGE, GLYPH_VERTICAL);
    draw_glyph(whole, x, y, ROLE_EDGE, tee);
}

static void draw_separators(struct area whole, const struct layout *layout)
{
    bool is_stacked = layout->losses.y > layout->source.y && layout->source.h > 0;
    draw_separator(whole, layout->source, GLYPH_TEE_DOWN);
    draw_separator(whole, layout->losses, is_stacked ? GLYPH_TEE_RIGHT : GLYPH_TEE_DOWN);
    draw_separator(whole, layout->pool, GLYPH_TEE_DOWN);
    draw_separator(whole, layout->output, layout->pool.h > 0 ? GLYPH_TEE_RIGHT : GLYPH_TEE_DOWN);
    draw_separator(whole, layout->about, GLYPH_TEE_RIGHT);
}

static void draw_about(const struct scene *scene, struct area area)
{
    struct area below = panel_heading(area, "about", ROLE_DIM, "");
    hint_paragraph(area_part(below, 1, 0, below.w - 3, below.h), 0, ROLE_TEXT, scene->keymap,
                   scene->view->prog->about);
}

// The lines below the panels. What a tape says stands between the last two.
static void draw_foot(const struct app *app, const struct scene *scene, struct layout *layout,
                      const char *note)
{
    message_draw(scene, caption_leave_corner(app, layout->message), note);
    caption_draw(app, layout);
    // While somebody types, the other keys mean nothing.
    static const struct foot_key keys[] = {{COMMAND_QUIT, COMMAND_NONE, "quit"}};
    if (app->prediction.is_open)
        foot_draw(layout->keys, app->keymap, keys, ARRAY_LEN(keys));
    else
        keys_draw(scene, layout->keys);
}

static void draw_lanes_screen(const struct app *app, const struct session_view *view,
                              struct area whole)
{
    struct layout layout;
    struct replay_frame replay;
    struct scene scene = app_scene(app, view, whole, &layout);
    struct scene shown = scene;
    shown.is_replay = replay_frame_make(app, view, &replay);
    if (shown.is_replay)
        shown.view = &replay.view;
    header_draw(&scene, layout.header);
    draw_axis(&shown, &layout);
    lanes_draw(&shown, layout.lanes);
    if (layout.rate.h > 0)
        losses_rate_draw(&scene, layout.rate);
    if (layout.counter.h > 0)
        counter_draw(&scene, layout.counter);
    if (layout.source.h > 0)
        source_draw(&shown, layout.source);
    if (layout.losses.h > 0)
        losses_draw(&scene, layout.losses);
    if (layout.pool.h > 0)
        pool_draw(&scene, layout.pool);
    if (layout.output.h > 0)
        output_draw(&scene, layout.output);
    if (layout.about.h > 0)
        draw_about(&scene, layout.about);
    char note[96] = "";
    if (layout.output.h == 0)
        scene_honesty(&scene, note, sizeof(note));
    predict_hide(app, &scene, &layout);
    draw_separators(whole, &layout);
    draw_foot(app, &scene, &layout, note);
    if (shown.is_replay && !app->prediction.is_open) {
        draw_fill(layout.message, ROLE_TEXT);
        draw_text_cut(layout.message, 1, 0, layout.message.w - 2,
                      replay.is_loss ? ROLE_LOST : ROLE_TOAST, replay.words);
    }
    replay_frame_free(&replay);
}

static void draw_moment_screen(const struct app *app, const struct session_view *view,
                               struct area whole)
{
    struct layout layout;
    struct scene scene = app_scene(app, view, whole, &layout);
    struct area area = area_part(whole, 0, 1, whole.w, whole.h - 3);
    header_draw(&scene, layout.header);
    if (event_is_kept(view, app->moment.place))
        moment_draw(&scene, app->moment, area);
    else
        hint_draw(area, 1, 1, area.w - 1, ROLE_TEXT, app->keymap,
                  "what was here is not kept any more; {close} goes back");
    draw_foot(app, &scene, &layout, "");
    static const struct foot_key keys[] = {{COMMAND_CLOSE, COMMAND_NONE, "lanes"},
                                           {COMMAND_MOMENT, COMMAND_NONE, "all"},
                                           {COMMAND_UP, COMMAND_DOWN, "rows"},
                                           {COMMAND_NEXT_LOSS, COMMAND_PREVIOUS_LOSS, "loss"},
                                           {COMMAND_REPLAY, COMMAND_NONE, "slowly"},
                                           {COMMAND_HELP, COMMAND_NONE, "help"},
                                           {COMMAND_QUIT, COMMAND_NONE, "quit"}};
    foot_draw(layout.keys, app->keymap, keys, ARRAY_LEN(keys));
}

static void draw_orders_screen(const struct app *app, const struct session_view *view,
                               struct area whole)
{
    struct layout layout;
    struct scene scene = app_scene(app, view, whole, &layout);
    struct session_orders orders = session_orders(app->session);
    scene.is_orders = true;
    bool is_list = orders.result && orders_count(orders.result) > 0;
    scene.has_tree = is_list && orders.tree;
    scene.has_results = is_list || orders.tree;
    scene.in_tree = orders.tree && (app->in_tree || !is_list);
    const struct orders_scene o = {
        .scene = &scene, .orders = &orders, .result = app->orders_result, .leaf = app->orders_leaf};
    header_draw(&scene, layout.header);
    orders_draw(&o, area_part(whole, 0, 1, whole.w, whole.h - 3));
    orders_message_draw(&o, caption_leave_corner(app, layout.message));
    caption_draw(app, &layout);
    keys_draw(&scene, layout.keys);
}

static void draw_locks_screen(const struct app *app, const struct session_view *view,
                              struct area whole)
{
    struct layout layout;
    struct scene scene = app_scene(app, view, whole, &layout);
    header_draw(&scene, layout.header);
    locks_draw(&scene, app->session, app->selected_lock,
               area_part(whole, 0, 1, whole.w, whole.h - 3));
    draw_foot(app, &scene, &layout, "");
}

static void draw_comparison(const struct app *app, struct area whole)
{
    struct comparison_view view = comparison_view(app->comparison);
    comparison_draw(&view, app->toast, app->is_recording, app->keymap, whole);
}

void app_draw(const struct app *app, struct frame *frame)
{
    frame_clear(frame);
    struct area whole = frame_area(frame);
    if (app->is_blank)
        return;
    if (whole.w < LAYOUT_MIN_W || whole.h < LAYOUT_MIN_H) {
        char text[64];
        text_format(text, sizeof(text), "window too small: %dx%d needed", LAYOUT_MIN_W,
                    LAYOUT_MIN_H);
        draw_text(whole, 0, 0, ROLE_TITLE, text);
        return;
    }
    whole.h -= caption_rows_at(app, whole.h);
    struct session_view view;
    if (app->comparison)
        draw_comparison(app, whole);
    else if (app->session && app->page == PAGE_LOCKS && app_view(app, &view))
        draw_locks_screen(app, &view, whole);
    else if (app->session && app->page == PAGE_ORDERS && app_view(app, &view))
        draw_orders_screen(app, &view, whole);
    else if (app->page == PAGE_MOMENT && !app->prediction.is_open && app_view(app, &view) &&
             view.timeline)
        draw_moment_screen(app, &view, whole);
    else if (app_view(app, &view) && view.timeline)
        draw_lanes_screen(app, &view, whole);
    else
        menu_draw(app->menu, app->n_menu, app->menu_cursor, app->toast, app->is_recording,
                  app->keymap, whole);
    if (app->is_help_open)
        help_draw(area_part(whole, 0, 1, whole.w, whole.h - 2), app->help_top, app_about(app),
                  app->keymap);
}
