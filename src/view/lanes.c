#include "view/density.h"
#include "view/lane_row.h"
#include "view/lane_words.h"
#include "view/links.h"
#include "view/scene.h"

#include "base/text.h"

#include <string.h>

enum { NAME_W_MIN = 4, NAME_W_MAX = 12 };

// Before the number in the gutter that is a lane's own.
#define OWN_WORD "own "
#define OWN_SIGN "="

static int status_columns(int w)
{
    return w >= 140 ? 22 : w >= 100 ? 18 : w >= 60 ? 15 : 0;
}

// Columns of the longest name, of those that stand before the plot.
static int name_columns(const struct session_view *view, int w, size_t group)
{
    int most = NAME_W_MIN;
    int longest = w >= 80 ? NAME_W_MAX : 8;
    if (group > 1) {
        char range[48];
        int columns =
            (int)text_format(range, sizeof(range), "%zu-%zu", view->n_lanes - 1, view->n_lanes - 1);
        return columns > most ? columns : most;
    }
    for (size_t i = 0; i < view->n_lanes; i++) {
        int len = (int)text_columns(view->lanes[i].name);
        if (len > most)
            most = len < longest ? len : longest;
    }
    return most;
}

struct lane_columns lane_columns(const struct session_view *view, int w, int lane_rows,
                                 int number_w, size_t group)
{
    int name_w = name_columns(view, w, group);
    // The count of updates stands below the name where there is a row for it, else beside it.
    bool has_count = view->prog && view->prog->n_cells > 0 && group == 0;
    if (view->is_private)
        number_w += (int)strlen(lane_rows > 1 ? OWN_WORD : OWN_SIGN);
    int below = has_count && lane_rows > 1 && number_w > name_w ? number_w : name_w;
    int beside = has_count && lane_rows == 1 && w >= 60 ? number_w + 1 : 0;
    struct lane_columns columns = {.gutter = 1 + below + beside + 2};
    columns.status = status_columns(w);
    columns.plot = w - columns.gutter - columns.status;
    return columns;
}

static void draw_status(const struct scene *scene, size_t lane, struct area area)
{
    const struct session_lane *l = &scene->view->lanes[lane];
    enum role role = state_role(l->state);
    char words[64] = "";
    lane_status_words(scene, lane, area.w - 3, words, sizeof(words));
    draw_glyph(area, 1, 0, role, glyph_of_state(l->state));
    draw_text_cut(area, 3, 0, area.w - 3, role, words);
    bool is_asleep = l->state == LANE_SLEEPING && l->sleep_until_ns > l->sleep_from_ns;
    bool is_told_below = !scene->has_cell && scene->view->prog->pool.n_items == 0;
    if (is_asleep && area.h > 1 && !is_told_below)
        bar_draw(area, 3, 1, area.w - 4, ROLE_SLEEPING, scene->view->now_ns - l->sleep_from_ns,
                 l->sleep_until_ns - l->sleep_from_ns);
}

// How many updates the lane has made; of a process with memory of its own what its copy is.
static void gutter_count(const struct scene *scene, size_t lane, struct area area, char *out,
                         size_t size)
{
    int64_t number = (int64_t)scene_lane_counts(scene, lane).updates;
    bool is_copy = scene_copy(scene, lane, &number);
    const char *word = !is_copy ? "" : area.h > 1 ? OWN_WORD : OWN_SIGN;
    char text[28];
    int room = scene_number_columns(scene);
    int most = area.w - 3 - (int)strlen(word);
    if (scene_is_private(scene) && !is_copy)
        out[0] = '\0'; // it has none yet
    else
        text_format(out, size, "%s%s", word, scene_number(text, number, room < most ? room : most));
}

static void draw_gutter(const struct scene *scene, size_t lane, struct area area, bool has_count)
{
    const struct session_lane *l = &scene->view->lanes[lane];
    bool is_selected = scene->has_cursor && scene->cursor_lane == lane;
    if (is_selected)
        draw_glyph(area, 0, 0, ROLE_TITLE, GLYPH_POINTER);
    char count[40] = "";
    if (has_count)
        gutter_count(scene, lane, area, count, sizeof(count));
    int name_w = area.w - 3;
    if (count[0] != '\0' && area.h == 1)
        name_w -= (int)strlen(count) + 1;
    draw_text_cut(area, 1, 0, name_w, is_selected ? ROLE_CURSOR : lane_role(lane), l->name);
    enum role role = scene_is_private(scene) ? ROLE_TITLE : ROLE_DIM;
    draw_right(area, area.w - 2, area.h > 1 ? 1 : 0, role, count);
    if (l->is_started)
        draw_glyph(area, area.w - 1, 0, ROLE_TITLE, GLYPH_MARK_START);
}

static void draw_lane(const struct scene *scene, size_t lane, struct area row)
{
    const struct lane_columns columns = scene->columns;
    bool has_count = scene->has_cell && lane > 0 && row.w >= 60;
    draw_gutter(scene, lane, area_part(row, 0, 0, columns.gutter, row.h), has_count);
    lane_row_draw(scene, lane, area_part(row, columns.gutter, 0, columns.plot, row.h));
    draw_status(scene, lane,
                area_part(row, columns.gutter + columns.plot, 0, columns.status, row.h));
}

// "started A, B" where main did it; returns the column after it, -1 when it is not on screen.
static int draw_started(const struct scene *scene, struct area plot)
{
    const struct timeline *tl = scene->view->timeline;
    uint64_t i = timeline_find(tl, 0, viewport_time(&scene->port, 0));
    uint64_t end = timeline_find(tl, 0, viewport_time(&scene->port, plot.w));
    int x = -1, words_end = plot.w * 2 / 3;
    size_t more = 0;
    for (; i < end; i++) {
        const struct event *event = timeline_at(tl, 0, i);
        if (event->kind != EVENT_SPAWN || event->object >= scene->view->n_lanes)
            continue;
        const char *name = scene->view->lanes[event->object].name;
        int64_t at = viewport_column(&scene->port, event->t_ns) + 2;
        bool is_first = x < 0, fits = x + (int)text_columns(name) + 2 < words_end;
        if (is_first && at < words_end)
            x = draw_textf(plot, (int)at, 0, ROLE_TEXT, " started %s", name);
        else if (!is_first && fits && more == 0)
            x = draw_textf(plot, x, 0, ROLE_TEXT, ", %s", name);
        else
            more++;
    }
    char rest[32];
    text_format(rest, sizeof(rest), " and %zu more", more);
    if (x >= 0 && more > 0 && x + (int)strlen(rest) < plot.w)
        x = draw_text(plot, x, 0, ROLE_TEXT, rest);
    return x < 0 ? x : draw_text(plot, x, 0, ROLE_TEXT, " ");
}

// Of a crowd, how many; its names would not say more.
static int draw_started_crowd(const struct scene *scene, struct area plot)
{
    size_t n = 0, first = 0;
    for (size_t lane = scene->view->n_lanes; lane-- > 1;)
        if (scene->view->lanes[lane].is_started) {
            first = lane;
            n++;
        }
    int64_t at = viewport_column(&scene->port, scene->view->lanes[first].start_ns) + 2;
    if (n == 0 || at < 2 || at >= plot.w * 2 / 3)
        return -1;
    return draw_textf(plot, (int)at, 0, ROLE_TEXT, " started %zu lanes ", n);
}

// Main's row has few events, so they are told in words.
static void draw_main_words(const struct scene *scene, struct area plot)
{
    static const char words[] = " waiting in join ";
    int x = scene->is_crowded ? draw_started_crowd(scene, plot) : draw_started(scene, plot);
    int at = plot.w * 3 / 5;
    int64_t now = viewport_column(&scene->port, scene->view->now_ns);
    bool has_room = at > x + 2 && now > at + (int)sizeof(words) && at + (int)sizeof(words) < plot.w;
    if (scene->view->lanes[0].state == LANE_JOINING && has_room)
        draw_text(plot, at, 0, ROLE_JOINING, words);
}

void lanes_draw(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    const struct lane_columns columns = scene->columns;
    int lane_rows = scene->lane_rows;
    if (view->n_lanes == 0)
        return;
    struct area main_row = area_part(area, 0, 0, area.w, 1);
    draw_lane(scene, 0, main_row);
    draw_main_words(scene, area_part(main_row, columns.gutter, 0, columns.plot, 1));
    struct area rows = area_part(area, 0, 1, area.w, area.h - 1);
    if (scene->group > 0) {
        density_draw(scene, rows);
        return;
    }
    for (int y = 0; y + lane_rows <= rows.h; y += lane_rows) {
        size_t lane = scene->first_lane + (size_t)(y / lane_rows);
        if (lane >= view->n_lanes)
            break;
        draw_lane(scene, lane, area_part(rows, 0, y, rows.w, lane_rows < 2 ? 1 : 2));
    }
    links_draw(scene, area_part(rows, columns.gutter, 0, columns.plot, rows.h));
}

// Losses of all lanes in each column of the plot.
static void count_losses(const struct scene *scene, int columns, struct crowd *crowd)
{
    size_t n = columns > 0 ? (size_t)columns : 0;
    for (size_t lane = 1; lane < scene->view->n_lanes; lane++)
        timeline_crowd(scene->view->timeline, lane, viewport_time(&scene->port, 0),
                       scene->port.ns_per_column, n, crowd);
}

void losses_rate_draw(const struct scene *scene, struct area area)
{
    const struct lane_columns columns = scene->columns;
    struct area plot = area_part(area, columns.gutter, 0, columns.plot, 1);
    struct crowd crowd[FRAME_W_MAX] = {0};
    uint64_t total = 0;
    count_losses(scene, plot.w, crowd);
    draw_text(area, 1, 0, ROLE_DIM, "lost");
    for (int x = 0; x < plot.w; x++) {
        bool is_past = viewport_time(&scene->port, x) <= scene->view->now_ns;
        uint64_t losses = is_past ? crowd[x].losses : 0;
        total += losses;
        int height = losses == 0 ? 1 : 5;
        for (uint64_t rest = losses; rest > 1 && height < 8; rest /= 2)
            height++;
        if (is_past)
            draw_glyph(plot, x, 0, losses ? ROLE_LOST_QUIET : ROLE_EDGE, glyph_of_height(height));
    }
    if (columns.status > 0) {
        char number[28];
        struct area note = area_part(area, area.w - columns.status, 0, columns.status, 1);
        enum role role = total ? ROLE_LOST_QUIET : ROLE_DIM;
        int x = draw_text(note, 3, 0, role, scene_number(number, (int64_t)total, note.w - 4));
        // Not updates: one loss can take many with it.
        const char *words = total == 1 ? " loss" : " losses";
        if (x + (int)strlen(words) <= note.w)
            draw_text(note, x, 0, role, words);
    }
}
