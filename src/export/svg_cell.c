#include "export/svg_cell.h"

#include "export/ansi.h"

#include "base/mem.h"

#include <string.h>

static const struct svg_block blocks[] = {
    {"█", 0, 0, 10, 20, 0, 0, 0, 0},  {"▀", 0, 0, 10, 10, 0, 0, 0, 0},
    {"▄", 0, 10, 10, 10, 0, 0, 0, 0}, {"▁", 0, 17, 10, 3, 0, 0, 0, 0},
    {"▂", 0, 15, 10, 5, 0, 0, 0, 0},  {"▃", 0, 12, 10, 8, 0, 0, 0, 0},
    {"▅", 0, 7, 10, 13, 0, 0, 0, 0},  {"▆", 0, 5, 10, 15, 0, 0, 0, 0},
    {"▇", 0, 2, 10, 18, 0, 0, 0, 0},  {"━", 0, 9, 10, 2, 0, 0, 0, 0},
    {"─", 0, 10, 10, 1, 0, 0, 0, 0},  {"│", 5, 0, 1, 20, 0, 0, 0, 0},
    {"┃", 4, 0, 2, 20, 0, 0, 0, 0},   {"╷", 5, 10, 1, 10, 0, 0, 0, 0},
    {"┬", 0, 10, 10, 1, 5, 11, 1, 9}, {"├", 5, 0, 1, 20, 6, 10, 4, 1},
    {"┌", 5, 10, 5, 1, 5, 11, 1, 9},  {"┐", 0, 10, 6, 1, 5, 11, 1, 9},
    {"└", 5, 0, 1, 10, 5, 10, 5, 1},  {"┘", 5, 0, 1, 10, 0, 10, 6, 1},
};

const struct svg_block *svg_block_of(const struct cell *cell)
{
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        if (strcmp(blocks[i].utf8, cell->utf8) == 0)
            return &blocks[i];
    return NULL;
}

struct svg_look svg_look_of(const struct cell *cell, const struct theme *theme)
{
    struct style style = ansi_cell_style(cell, theme);
    struct svg_look look = {
        .fg = style.fg < 0 ? theme_foreground(theme) : theme_rgb(style.fg),
        .bg = style.bg < 0 ? theme_background(theme) : theme_rgb(style.bg),
        .has_bg = style.bg >= 0,
        .attributes = style.attributes,
    };
    if (style.attributes & STYLE_REVERSE) {
        uint32_t fg = look.fg;
        look.fg = look.bg;
        look.bg = fg;
        look.has_bg = true;
    }
    return look;
}

static bool is_same(const struct cell *a, const struct cell *b)
{
    return a->role == b->role && a->attributes == b->attributes;
}

bool svg_is_blank(const struct cell *cell)
{
    return strcmp(cell->utf8, " ") == 0;
}

void svg_put_escaped(FILE *out, const char *utf8)
{
    if (strcmp(utf8, "&") == 0)
        fputs("&amp;", out);
    else if (strcmp(utf8, "<") == 0)
        fputs("&lt;", out);
    else if (strcmp(utf8, ">") == 0)
        fputs("&gt;", out);
    else
        fputs(utf8, out);
}

bool svg_goes_on(const struct frame *frame, int x, int y, const struct cell *first)
{
    const struct cell *cell = frame_at(frame, x, y);
    if (svg_block_of(cell) || !is_same(cell, first))
        return false;
    if (!svg_is_blank(cell))
        return true;
    if (x + 1 >= frame_width(frame))
        return false;
    const struct cell *next = frame_at(frame, x + 1, y);
    return !svg_is_blank(next) && !svg_block_of(next) && is_same(next, first);
}
