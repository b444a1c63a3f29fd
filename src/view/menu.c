#include "view/hint.h"
#include "view/overlay.h"
#include "view/paragraph.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { SECTION_W = 8, NAME_W = 14 };

static void draw_item(struct area area, int y, const struct menu_item *item, bool is_selected)
{
    if (is_selected)
        draw_fill(area_part(area, 0, y, area.w, 1), ROLE_CURSOR);
    enum role quiet = is_selected ? ROLE_CURSOR : ROLE_DIM;
    enum role loud = is_selected ? ROLE_CURSOR : ROLE_TITLE;
    if (is_selected)
        draw_glyph(area, 1, y, ROLE_CURSOR, GLYPH_POINTER);
    draw_text_cut(area, 3, y, SECTION_W - 2, quiet, item->section);
    if (item->is_done)
        draw_glyph(area, SECTION_W + 1, y, quiet, GLYPH_PASSES);
    draw_text_cut(area, 3 + SECTION_W, y, NAME_W - 1, loud, item->name);
    int x = 3 + SECTION_W + NAME_W;
    draw_text_cut(area, x, y, area.w - x - 1, is_selected ? ROLE_CURSOR : ROLE_TEXT, item->title);
}

// The list with a heading above the lessons and one above the scenarios; without lessons there is
// none. Rows count both, from 0.
static bool begins_part(const struct menu_item *items, size_t i)
{
    return items[0].is_lesson && (i == 0 || items[i].is_lesson != items[i - 1].is_lesson);
}

static int row_of(const struct menu_item *items, size_t item)
{
    int row = (int)item;
    for (size_t i = 0; i <= item; i++)
        row += begins_part(items, i);
    return row;
}

static void draw_list(const struct menu_item *items, size_t n_items, size_t cursor,
                      struct area area, bool *is_cut)
{
    int last = n_items > 0 ? row_of(items, cursor) : 0,
        top = last >= area.h ? last - area.h + 1 : 0;
    // The heading of the first stays in sight with it.
    for (size_t i = 0; i < n_items; i++) {
        int y = row_of(items, i) - top;
        if (begins_part(items, i) && y >= 1 && y <= area.h)
            draw_text(area, 1, y - 1, ROLE_DIM,
                      items[i].is_lesson ? "lessons, page by page"
                                         : "scenarios, to try things out");
        if (y >= 0 && y < area.h)
            draw_item(area, y, &items[i], i == cursor);
        *is_cut = y >= area.h;
    }
    if (top > 0)
        draw_glyph(area, area.w - 1, 0, ROLE_TITLE, GLYPH_ARROW_UP);
}

void foot_draw(struct area area, const struct keymap *keymap, const struct foot_key *keys, size_t n)
{
    draw_fill(area, ROLE_FOOT);
    int x = 0;
    for (size_t i = 0; i < n; i++) {
        char key[16], and[16] = "";
        if (!keymap_key(keymap, keys[i].command, 0, key))
            continue;
        bool has_and = keys[i].and != COMMAND_NONE && keymap_key(keymap, keys[i].and, 0, and);
        int columns = (int)(text_columns(key) + text_columns(keys[i].label)) + 4;
        // Whole or not at all.
        if (x + columns + (has_and ? (int)text_columns(and) + 1 : 0) > area.w)
            return;
        x = draw_textf(area, x, 0, ROLE_KEY, " %s ", key);
        if (has_and)
            x = draw_textf(area, x, 0, ROLE_KEY, "%s ", and);
        x = draw_textf(area, x, 0, ROLE_FOOT, " %s ", keys[i].label);
    }
}

// As many as the longest text needs, so that nothing moves with the cursor, of those that the list
// leaves free; on a screen that is high enough the list scrolls before the text is cut to a line.
static int about_rows(const struct menu_item *items, size_t n_items, const struct keymap *keymap,
                      struct area area)
{
    enum { HIGH = 20, KEPT = 6 };
    int list = n_items > 0 ? row_of(items, n_items - 1) + 1 : 0;
    int rows = 1, free = area.h - 5 - list;
    if (area.h >= HIGH && free < KEPT)
        free = KEPT;
    for (size_t i = 0; i < n_items; i++) {
        int needed = hint_rows(keymap, items[i].about, paragraph_columns(area.w));
        rows = needed > rows ? needed : rows;
    }
    return rows < free ? rows : free > 1 ? free : 1;
}

static void draw_done(struct area bar, const struct menu_item *items, size_t n_items)
{
    char text[48];
    size_t n = 0, n_done = 0;
    for (size_t i = 0; i < n_items; i++) {
        n += items[i].is_lesson;
        n_done += items[i].is_done;
    }
    if (n == 0)
        return;
    text_format(text, sizeof text, "%zu of %zu lessons done", n_done, n);
    int x = bar.w - 3 - (int)text_columns(text);
    if (x < 2)
        return;
    draw_text(bar, x, 0, ROLE_BAR, text);
    draw_glyph(bar, bar.w - 2, 0, ROLE_BAR, GLYPH_PASSES);
}

void menu_draw(const struct menu_item *items, size_t n_items, size_t cursor, const char *toast,
               bool is_recording, const struct keymap *keymap, struct area area)
{
    struct area bar = area_part(area, 0, 0, area.w, 1);
    draw_fill(bar, ROLE_BAR);
    int x = draw_text(bar, 1 + record_sign_draw(bar, is_recording), 0, ROLE_BAR_TITLE, "racelane");
    x = draw_text(bar, x + 2, 0, ROLE_BAR, "concurrency, made visible");
    draw_done(area_part(bar, x, 0, bar.w - x, 1), items, n_items);
    bool is_lesson = n_items > 0 && items[cursor].is_lesson;
    const struct foot_key begin =
        is_lesson ? (struct foot_key){COMMAND_CHOOSE, COMMAND_NEXT_PAGE, "begin"}
                  : (struct foot_key){COMMAND_CHOOSE, COMMAND_NONE, "run"};
    const struct foot_key keys[] = {{COMMAND_UP, COMMAND_DOWN, "choose"},
                                    begin,
                                    {COMMAND_THEME, COMMAND_NONE, "theme"},
                                    {COMMAND_HELP, COMMAND_NONE, "help"},
                                    {COMMAND_QUIT, COMMAND_NONE, "quit"}};
    foot_draw(area_part(area, 0, area.h - 1, area.w, 1), keymap, keys, ARRAY_LEN(keys));

    // The last rows say what the scenario at the cursor is about; the list keeps its rows first.
    int about = about_rows(items, n_items, keymap, area);
    int rows = area.h - 5 - about < 1 ? 1 : area.h - 5 - about;
    struct area list = area_part(area, 0, 2, area.w, rows);
    bool is_cut = false;
    draw_list(items, n_items, cursor, list, &is_cut);
    if (is_cut)
        draw_glyph(area, area.w - 1, 1 + rows, ROLE_TITLE, GLYPH_ARROW_DOWN);
    draw_run(area, 0, area.h - 2 - about, area.w, ROLE_EDGE, GLYPH_HORIZONTAL);
    struct area foot = area_part(area, 1, area.h - 1 - about, paragraph_columns(area.w), about);
    if (toast[0] != '\0')
        draw_text_cut(foot, 0, 0, foot.w, ROLE_TOAST, toast);
    else if (n_items > 0 && about == 1)
        hint_draw(foot, 0, 0, foot.w, ROLE_TEXT, keymap, items[cursor].about);
    else if (n_items > 0)
        hint_paragraph(foot, 0, ROLE_TEXT, keymap, items[cursor].about);
}
