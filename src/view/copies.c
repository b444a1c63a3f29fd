#include "view/copies.h"

#include "base/text.h"

#include <string.h>

enum { NAME_W = 10, COPY_END = 22, MADE_END = 34, NUMBER_W = 11 };

static void draw_copy(const struct scene *scene, struct area area, int y, size_t lane)
{
    char number[28];
    int64_t copy = 0;
    draw_text_cut(area, 1, y, NAME_W - 1, lane_role(lane), lane_name(scene, lane));
    bool has_copy = scene_copy(scene, lane, &copy);
    draw_right(area, COPY_END, y, ROLE_TITLE,
               has_copy ? scene_number(number, copy, NUMBER_W) : "none yet");
    int64_t updates = (int64_t)scene_lane_counts(scene, lane).updates;
    draw_right(area, MADE_END, y, ROLE_TEXT, scene_number(number, updates, NUMBER_W));
}

int copies_draw_table(const struct scene *scene, struct area area)
{
    size_t n_lanes = scene->view->n_lanes;
    int y = 0;
    draw_right(area, COPY_END, y, ROLE_DIM, "own copy");
    draw_right(area, MADE_END, y++, ROLE_DIM, "updates");
    // Main has one too, but it is already there in large.
    bool has_main = (int)n_lanes <= area.h - 1;
    size_t lane = has_main ? 0 : 1;
    for (; lane < n_lanes && (y < area.h - 1 || lane + 1 == n_lanes) && y < area.h; lane++)
        draw_copy(scene, area, y++, lane);
    if (lane < n_lanes && y < area.h)
        draw_textf(area, 1, y++, ROLE_DIM, "and %zu more processes", n_lanes - lane);
    return y;
}

void copies_draw_row(const struct scene *scene, struct area area)
{
    int x = 2;
    for (size_t lane = 1; lane < scene->view->n_lanes; lane++) {
        char number[28];
        int64_t copy;
        if (!scene_copy(scene, lane, &copy))
            continue;
        text_grouped(number, copy);
        const char *name = lane_name(scene, lane);
        if (x + (int)(text_columns(name) + strlen(number)) + 1 > area.w)
            return;
        x = draw_text(area, x, 0, lane_role(lane), name);
        x = draw_textf(area, x, 0, ROLE_TITLE, " %s", number) + 2;
    }
}

void copies_draw_big(const struct scene *scene, struct area area, const struct digit_size *size)
{
    bool is_chosen = scene->has_cursor && scene->cursor_lane > 0;
    size_t lane = is_chosen ? scene->cursor_lane : 1;
    int64_t copy;
    if (lane >= scene->view->n_lanes || !scene_copy(scene, lane, &copy))
        return;
    char name[80];
    text_format(name, sizeof(name), "%s's own", lane_name(scene, lane));
    draw_right(area, area.w - 2, 0, lane_role(lane), name);
    digits_draw(area, area.w - 2, 1, ROLE_TITLE, size, (long long)copy);
}
