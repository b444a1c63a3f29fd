#include "view/overlay.h"
#include "view/paragraph.h"

#include "base/text.h"

#include <string.h>

// The help: what the scenario is about, every key with its command's name, then every sign. From
// the same tables as the keymap and the drawing, so that it cannot be wrong.

enum {
    KEY_W = 10,
    KEYS_SHOWN = 3, // of one command
    NAME_W = 15,
    NARROW = 70, // below this the names of commands give way
    WIDE = 160,  // from here on the signs stand beside the keys
    FRAME_ROWS = 2,
    N_SIGNS = GLYPH_BLANK,
};

static const char log_help[] =
    "A number counts the stores that overwrote updates, not the updates: one store can overwrite "
    "several, and one whose updates are all restored keeps its number. An update is restored when "
    "a "
    "later store was built on it.";

static int about_rows(int w, const char *about)
{
    return about[0] != '\0' ? paragraph_rows(about, paragraph_columns(w)) + 1 : 0;
}

// Where the text beside the keys begins.
static int text_x(int w)
{
    return w < NARROW ? KEY_W : KEY_W + NAME_W;
}

static int command_rows(int w, enum command command)
{
    int rows = paragraph_rows(command_table[command].help, w - text_x(w) - 1);
    return rows > 0 ? rows : 1;
}

static int sign_rows(int w, enum glyph glyph)
{
    int rows = paragraph_rows(glyph_help(glyph), w - KEY_W - 1);
    return rows > 0 ? rows : 1;
}

static int keys_rows(int w)
{
    int rows = 1;
    for (int i = 1; i < COMMAND_COUNT; i++)
        rows += command_rows(w, (enum command)i);
    return rows;
}

static int signs_rows(int w)
{
    int rows = 1;
    for (int i = 0; i < N_SIGNS; i++)
        rows += sign_rows(w, (enum glyph)i);
    return rows + 2 + paragraph_rows(log_help, w - 2);
}

int help_rows(int w, const char *about)
{
    int above = about_rows(w, about);
    if (w < WIDE)
        return above + keys_rows(w) + 1 + signs_rows(w);
    int keys = keys_rows(w / 2), signs = signs_rows(w - w / 2);
    return above + (keys > signs ? keys : signs);
}

int help_visible(int h)
{
    return h > FRAME_ROWS ? h - FRAME_ROWS : 0;
}

// A paragraph that begins in row y, which may lie above the area.
static void draw_wrapped(struct area area, int x, int y, const char *text)
{
    struct area part = area;
    part.x += x;
    part.w -= x + 1;
    paragraph_draw(part, y, ROLE_TEXT, text);
}

static void draw_keys(struct area area, int y, const struct keymap *keymap)
{
    draw_text(area, 1, y++, ROLE_HEADING, "keys");
    for (int i = 1; i < COMMAND_COUNT; i++) {
        enum command command = (enum command)i;
        char key[16];
        int x = 1;
        for (int n = 0; n < KEYS_SHOWN && keymap_key(keymap, command, n, key); n++)
            x = draw_text(area, x, y, ROLE_TITLE, key) + 1;
        if (keymap_key(keymap, command, KEYS_SHOWN, key))
            draw_glyph(area, x, y, ROLE_TITLE, GLYPH_CUT);
        if (area.w >= NARROW)
            draw_text(area, KEY_W, y, ROLE_DIM, command_table[command].name);
        draw_wrapped(area, text_x(area.w), y, command_table[command].help);
        y += command_rows(area.w, command);
    }
}

static enum role sign_role(enum glyph glyph)
{
    if (glyph <= GLYPH_STATE_FAILED)
        return state_role((enum lane_state)(glyph - GLYPH_STATE_NEW));
    if (glyph <= GLYPH_MARK_BROKEN)
        return ROLE_LOST;
    return ROLE_TITLE;
}

static void draw_signs(struct area area, int y)
{
    draw_text(area, 1, y++, ROLE_HEADING, "signs of lanes and their marks");
    for (int i = 0; i < N_SIGNS; i++) {
        enum glyph glyph = (enum glyph)i;
        draw_run(area, 2, y, glyph <= GLYPH_STATE_FAILED ? 5 : 1, sign_role(glyph), glyph);
        draw_wrapped(area, KEY_W, y, glyph_help(glyph));
        y += sign_rows(area.w, glyph);
    }
    draw_text(area, 1, y + 1, ROLE_HEADING, "numbers of lost updates");
    draw_wrapped(area, 1, y + 2, log_help);
}

static void draw_foot(struct area area, int y, int top, int hidden)
{
    draw_run(area, 0, y, area.w, ROLE_EDGE, GLYPH_HORIZONTAL);
    if (hidden <= 0 && top == 0)
        return;
    int x = draw_text(area, 1, y, ROLE_KEY, " Up Down ");
    if (hidden > 0)
        draw_textf(area, x, y, ROLE_TITLE, " scroll: %d more %s below ", hidden,
                   hidden == 1 ? "row" : "rows");
    else
        draw_text(area, x, y, ROLE_TITLE, " scroll: this is the end ");
}

void help_draw(struct area area, int top, const char *about, const struct keymap *keymap)
{
    draw_fill(area, ROLE_TEXT);
    struct area below = panel_heading(area, "help", ROLE_DIM, "Esc closes");
    below.h = help_visible(area.h);
    struct area text = area_part(below, 1, 0, paragraph_columns(area.w), below.h);
    paragraph_draw(text, -top, ROLE_TEXT, about);
    int y = about_rows(area.w, about) - top;
    int w = area.w < WIDE ? area.w : area.w / 2;
    draw_keys(area_part(below, 0, 0, w, below.h), y, keymap);
    if (area.w < WIDE)
        draw_signs(below, y + keys_rows(w) + 1);
    else
        draw_signs(area_part(below, w, 0, area.w - w, below.h), y);
    draw_foot(area, area.h - 1, top, help_rows(area.w, about) - top - below.h);
}
