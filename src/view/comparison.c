#include "view/lane_row.h"
#include "view/overlay.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// The when-to-use table: a bar and two numbers for each way to run the same work, of which the
// longest bar is the work done one after the other. All have their rows from the beginning, so
// nothing moves while it is measured.

enum { LABEL_W = 16, TIME_W = 9, SPEEDUP_W = 9, ADVICE_W = 12, NARROW = 70 };

static uint64_t longest(const struct comparison_view *view, const char *work)
{
    uint64_t most = 1;
    for (size_t i = 0; i < view->n_rows; i++) {
        const struct comparison_row *row = &view->rows[i];
        if (strcmp(row->work, work) != 0)
            continue;
        most = row->elapsed_ns > most ? row->elapsed_ns : most;
        most = row->whole_ns > most ? row->whole_ns : most;
    }
    return most;
}

// Whether the advice is this row.
static bool is_advised(const struct comparison_view *view, const struct comparison_row *row)
{
    bool is_io = strcmp(row->work, "io") == 0, is_cpu = strcmp(row->work, "cpu") == 0;
    bool is_told = view->advice.trust < (is_io ? ADVICE_NONE : ADVICE_UNTOLD);
    const char *advice = !is_told ? "" : is_io ? view->advice.io : is_cpu ? view->advice.cpu : "";
    bool is_gil_row = row->mode == MODE_THREADS && row->gil != GIL_OFF;
    return advice[0] != '\0' &&
           (is_gil_row ? strcmp(advice, mode_names[MODE_THREADS]) == 0
                       : strcmp(advice, row->label) == 0 && row->mode != MODE_THREADS);
}

static enum role row_role(const struct comparison_row *row)
{
    return row->state == ROW_RUNS         ? ROLE_RUNNING
           : strcmp(row->work, "io") == 0 ? ROLE_SLEEPING
                                          : ROLE_HOLDING;
}

static void draw_numbers(const struct comparison_view *view, const struct comparison_row *row,
                         struct area area, int x)
{
    char text[24];
    int y = area.h - 1;
    enum role role = row->state == ROW_DONE ? ROLE_TITLE : ROLE_DIM;
    text_format(text, sizeof(text), "%.2f s", (double)row->elapsed_ns / 1e9);
    draw_right(area, x + TIME_W, y, role, text);
    if (row->speedup > 0) {
        text_format(text, sizeof(text), "x %.2f", row->speedup);
        draw_right(area, x + TIME_W + SPEEDUP_W, y, ROLE_TEXT, text);
    }
    if (is_advised(view, row) && area.w >= NARROW) {
        x += TIME_W + SPEEDUP_W + 2;
        draw_glyph(area, x, y, ROLE_HOLDING, GLYPH_ARROW_LEFT);
        draw_text(area, x + 2, y, ROLE_HOLDING, "use this");
    }
}

// The bar is as high as the area; the words stand in its last row.
static void draw_row(const struct comparison_view *view, const struct comparison_row *row,
                     struct area area)
{
    bool is_wide = area.w >= NARROW;
    int y = area.h - 1;
    int bar_w = area.w - LABEL_W - TIME_W - SPEEDUP_W - (is_wide ? ADVICE_W : 1);
    enum role label = row->state == ROW_WAITS ? ROLE_DIM : ROLE_TEXT;
    draw_text_cut(area, 2, y, LABEL_W - 3, label, row->label);
    if (row->state == ROW_FAILED) {
        draw_text_cut(area, LABEL_W, y, area.w - LABEL_W - 1, ROLE_FAILED, row->trouble);
        return;
    }
    if (row->state == ROW_WAITS) {
        draw_glyph(area, LABEL_W, y, ROLE_DIM, GLYPH_STATE_NEW);
        return;
    }
    uint64_t whole = longest(view, row->work);
    int filled = (int)(row->elapsed_ns * (uint64_t)bar_w / whole);
    for (int row_y = 0; row_y < area.h; row_y++)
        draw_run(area, LABEL_W, row_y, filled > 0 ? filled : 1, row_role(row),
                 row_y == 0 ? GLYPH_EIGHTH_6 : GLYPH_BAR_FULL);
    draw_numbers(view, row, area, LABEL_W + bar_w);
}

static void draw_header(const struct comparison_view *view, bool is_recording, struct area bar)
{
    char text[40];
    draw_fill(bar, ROLE_BAR);
    draw_text(bar, 1 + record_sign_draw(bar, is_recording), 0, ROLE_BAR_TITLE,
              "8 When to use what");
    if (view->is_done)
        text_format(text, sizeof(text), " measured ");
    else
        text_format(text, sizeof(text), " measuring %zu of %zu ", view->n_done + 1, view->n_runs);
    draw_right(bar, bar.w, 0, view->is_done ? ROLE_BAR_STILL : ROLE_BAR_LIVE, text);
}

static void draw_advice(const struct comparison_view *view, const char *toast, struct area area)
{
    if (toast[0] != '\0') {
        draw_text_cut(area, 1, 0, area.w - 2, ROLE_TOAST, toast);
        return;
    }
    if (!view->is_done || view->advice.io[0] == '\0' || view->advice.cpu[0] == '\0')
        return;
    char words[160], text[200];
    text_format(text, sizeof(text), "with Python's GIL: %s",
                comparison_words(&view->advice, words));
    draw_fill(area, ROLE_HOLDS);
    draw_text_cut(area, 1, 0, area.w - 2, ROLE_HOLDS, text);
}

static bool begins_work(const struct comparison_view *view, size_t row)
{
    return row == 0 || strcmp(view->rows[row].work, view->rows[row - 1].work) != 0;
}

// Rows of each bar: two, and a free one above it, where all of them have the room. `gap`: free rows
// above each work.
static int bar_rows(const struct comparison_view *view, int room, int *gap)
{
    int works = 0, n = (int)view->n_rows;
    for (size_t i = 0; i < view->n_rows; i++)
        works += begins_work(view, i);
    *gap = room >= n + 2 * works ? 1 : 0;
    return room >= 3 * n + 2 * works ? 2 : 1;
}

void comparison_draw(const struct comparison_view *view, const char *toast, bool is_recording,
                     const struct keymap *keymap, struct area area)
{
    static const struct foot_key keys[] = {{COMMAND_RESTART, COMMAND_NONE, "measure again"},
                                           {COMMAND_THEME, COMMAND_NONE, "theme"},
                                           {COMMAND_SCREENSHOT, COMMAND_NONE, "save"},
                                           {COMMAND_HELP, COMMAND_NONE, "help"},
                                           {COMMAND_QUIT, COMMAND_NONE, "quit"}};
    char machine[160];
    draw_header(view, is_recording, area_part(area, 0, 0, area.w, 1));
    draw_text_cut(area, 1, 1, area.w - 2, ROLE_DIM, comparison_machine(view, machine));
    struct area table = area_part(area, 0, 2, area.w, area.h - 4);
    int gap, y = 0;
    int rows = bar_rows(view, table.h, &gap);
    for (size_t i = 0; i < view->n_rows && y < table.h; i++) {
        const struct comparison_row *row = &view->rows[i];
        if (begins_work(view, i)) {
            y += gap;
            draw_text_cut(table, 1, y++, table.w - 2, ROLE_HEADING, comparison_heading(row));
        }
        y += rows > 1;
        if (y < table.h)
            draw_row(view, row, area_part(table, 0, y, table.w, rows));
        y += rows;
    }
    draw_advice(view, toast, area_part(area, 0, area.h - 2, area.w, 1));
    foot_draw(area_part(area, 0, area.h - 1, area.w, 1), keymap, keys, ARRAY_LEN(keys));
}
