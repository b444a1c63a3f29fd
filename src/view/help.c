#include "view/overlay.h"

#include "base/text.h"

#include <string.h>

// The help: every key with its command's name, then every sign. From the same tables as the keymap
// and the drawing, so that it cannot be wrong.

enum { KEY_W = 10, NAME_W = 15, WIDE = 116, FRAME_ROWS = 2 };

static int columns_of(int w)
{
    return w >= WIDE ? 2 : 1;
}

enum { N_COMMANDS = COMMAND_COUNT - 1, N_SIGNS = GLYPH_BLANK };

int help_rows(int w)
{
    int columns = columns_of(w);
    return (N_COMMANDS + columns - 1) / columns + 2 + (N_SIGNS + columns - 1) / columns;
}

int help_visible(int h)
{
    return h > FRAME_ROWS ? h - FRAME_ROWS : 0;
}

static void draw_command(struct area area, int y, enum command command)
{
    int x = 1;
    char key[16];
    for (int i = 0; command_key(command, i, key); i++) {
        x = draw_text(area, x, y, ROLE_TITLE, key);
        x = draw_text(area, x, y, ROLE_DIM, " ");
    }
    draw_text(area, KEY_W, y, ROLE_DIM, command_table[command].name);
    draw_text_cut(area, KEY_W + NAME_W, y, area.w - KEY_W - NAME_W - 1, ROLE_TEXT,
                  command_table[command].help);
}

static enum role sign_role(enum glyph glyph)
{
    if (glyph <= GLYPH_STATE_FAILED)
        return state_role((enum lane_state)(glyph - GLYPH_STATE_NEW));
    if (glyph <= GLYPH_MARK_BROKEN)
        return ROLE_LOST;
    return ROLE_TITLE;
}

static void draw_sign(struct area area, int y, enum glyph glyph)
{
    bool is_state = glyph <= GLYPH_STATE_FAILED;
    draw_run(area, 2, y, is_state ? 5 : 1, sign_role(glyph), glyph);
    draw_text_cut(area, KEY_W, y, area.w - KEY_W - 1, ROLE_TEXT, glyph_help(glyph));
}

// One row of the text; `part` is one of its columns.
static void draw_row(struct area area, int y, int row, int columns)
{
    int n_command_rows = (N_COMMANDS + columns - 1) / columns;
    int n_sign_rows = (N_SIGNS + columns - 1) / columns;
    for (int column = 0; column < columns; column++) {
        int w = area.w / columns;
        struct area part = area_part(area, column * w, 0, w, area.h);
        int command = 1 + column * n_command_rows + row;
        int sign_row = row - n_command_rows - 2;
        int sign = column * n_sign_rows + sign_row;
        if (row < n_command_rows && command < COMMAND_COUNT)
            draw_command(part, y, (enum command)command);
        else if (sign_row >= 0 && sign_row < n_sign_rows && sign < N_SIGNS)
            draw_sign(part, y, (enum glyph)sign);
    }
    if (row == n_command_rows + 1)
        draw_text(area, 1, y, ROLE_HEADING, "signs of lanes and their marks");
}

void help_draw(struct area area, int top)
{
    draw_fill(area, ROLE_TEXT);
    struct area below = panel_heading(area, "help", ROLE_DIM, "Esc closes");
    int rows = help_rows(area.w), visible = help_visible(area.h);
    for (int y = 0; y < visible && top + y < rows; y++)
        draw_row(below, y, top + y, columns_of(area.w));
    draw_run(area, 0, area.h - 1, area.w, ROLE_EDGE, GLYPH_HORIZONTAL);
    int hidden = rows - top - visible;
    if (hidden <= 0 && top == 0)
        return;
    int x = draw_text(area, 1, area.h - 1, ROLE_HEADING, " Up Down ");
    if (hidden > 0)
        draw_textf(area, x, area.h - 1, ROLE_DIM, "%d more rows below ", hidden);
}
