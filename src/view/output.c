#include "view/scene.h"

#include "base/text.h"

#include <string.h>

// What the lanes have printed. With one row: the newest lines, as many as fit, in the heading.

enum { TEXT_X = 11, LINE_MAX = 60 };

static bool has_factorials(const struct program *prog)
{
    for (size_t i = 0; i < prog->n_ops; i++)
        if (prog->ops[i].code == OP_FACTORIAL)
            return true;
    return false;
}

// The columns of one piece of a printed line, as far as they can be known before it is printed; a
// text that may be a factorial is long.
static int piece_columns(const struct program *prog, const struct piece *piece)
{
    enum { NUMBER_W = 3, SECONDS_W = 3 };
    if (piece->text)
        return (int)text_columns(piece->text);
    if (piece->type == TYPE_DURATION)
        return SECONDS_W + piece->decimals;
    if (piece->type == TYPE_TEXT && has_factorials(prog))
        return LINE_MAX;
    int columns = NUMBER_W;
    for (size_t i = 0; piece->type == TYPE_TEXT && i < prog->n_strings; i++) {
        int text = (int)text_columns(prog->strings[i]);
        columns = text > columns ? text : columns;
    }
    return columns;
}

int output_columns(const struct session_view *view)
{
    enum { LOOK_BACK = 200 };
    const struct program *prog = view->prog;
    int most = 0;
    for (size_t i = 0; prog && i < prog->n_formats; i++) {
        int columns = 0;
        for (size_t k = 0; k < prog->formats[i].n_pieces; k++)
            columns += piece_columns(prog, &prog->formats[i].pieces[k]);
        most = columns > most ? columns : most;
    }
    for (size_t i = view->n_output; i > 0 && view->n_output - i < LOOK_BACK; i--) {
        int columns = (int)text_columns(view->output[i - 1].text);
        most = columns > most ? columns : most;
    }
    return TEXT_X + (most < LINE_MAX ? most : LINE_MAX) + 1;
}

// Takes the last of its parts off a note, or all of it.
static void shorten(char *note)
{
    char *last = NULL;
    for (char *part = note; (part = strstr(part, ", ")); part++)
        last = part;
    *(last ? last : note) = '\0';
}

static void draw_in_one_row(const struct scene *scene, struct area area, char *note)
{
    enum { LINE_GAP = 2 };
    const struct session_view *view = scene->view;
    size_t first = view->n_output;
    int newest = first > 0 ? (int)text_columns(view->output[first - 1].text) : 0;
    int left = TEXT_X + 1, end = area.w - (int)text_columns(note) - 3;
    // What a lane has printed comes before the note.
    while (note[0] != '\0' && left + newest >= end) {
        shorten(note);
        end = area.w - (int)text_columns(note) - 3;
    }
    if (note[0] == '\0')
        end = area.w - 2;
    panel_heading(area, "output", ROLE_GAP, note);
    for (int room = end - left; first > 0; first--) {
        int len = (int)text_columns(view->output[first - 1].text);
        if (len > room && first < view->n_output)
            break;
        room -= len + LINE_GAP;
    }
    int x = left;
    for (size_t i = first; i < view->n_output; i++) {
        draw_glyph(area, x - 1, 0, ROLE_TEXT, GLYPH_BLANK);
        x = draw_text_cut(area, x, 0, end - x, ROLE_TEXT, view->output[i].text);
        x = draw_text(area, x, 0, ROLE_TEXT, "  ");
    }
}

void output_draw(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    char note[96];
    scene_honesty(scene, note, sizeof(note));
    if (area.h == 1) {
        draw_in_one_row(scene, area, note);
        return;
    }
    struct area below = panel_heading(area, "output", ROLE_GAP, note);
    size_t rows = (size_t)below.h;
    size_t first = view->n_output > rows ? view->n_output - rows : 0;
    for (size_t i = first; i < view->n_output; i++) {
        const struct session_output *line = &view->output[i];
        int y = (int)(i - first);
        char time[24];
        scene_time(time, scene, line->t_ns);
        draw_right(below, TEXT_X - 2, y, ROLE_DIM, time);
        draw_text_cut(below, TEXT_X, y, below.w - TEXT_X, ROLE_TEXT, line->text);
    }
}
