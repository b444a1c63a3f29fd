#include "view/scene.h"

#include "base/text.h"

#include <string.h>

// What the lanes have printed. With one row: the newest lines, as many as fit, in the heading.

static void draw_in_one_row(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    panel_heading(area, "output", ROLE_DIM, "");
    int left = 10, room = area.w - left - 2;
    size_t first = view->n_output;
    while (first > 0) {
        int len = (int)text_columns(view->output[first - 1].text) + 3;
        if (len > room && first < view->n_output)
            break;
        room -= len;
        first--;
    }
    int x = left;
    for (size_t i = first; i < view->n_output; i++) {
        draw_glyph(area, x, 0, ROLE_TEXT, GLYPH_BLANK);
        x = draw_text_cut(area, x + 1, 0, area.w - x - 3, ROLE_TEXT, view->output[i].text);
        x = draw_text(area, x, 0, ROLE_TEXT, "  ");
    }
}

void output_draw(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    if (area.h == 1) {
        draw_in_one_row(scene, area);
        return;
    }
    struct area below = panel_heading(area, "output", ROLE_DIM, "");
    size_t rows = (size_t)below.h;
    size_t first = view->n_output > rows ? view->n_output - rows : 0;
    for (size_t i = first; i < view->n_output; i++) {
        const struct session_output *line = &view->output[i];
        int y = (int)(i - first);
        char time[24];
        scene_time(time, scene, line->t_ns);
        draw_right(below, 10, y, ROLE_DIM, time);
        draw_text_cut(below, 12, y, below.w - 13, ROLE_TEXT, line->text);
    }
}
