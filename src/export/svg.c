#include "export/svg.h"

#include "base/mem.h"

#include <string.h>

// Size of a cell and of its type, in the picture's units.
enum { CELL_W = 10, CELL_H = 20, FONT_SIZE = 16, BASELINE = 15, MARGIN = 10 };

// Characters that are rectangles, in twentieths of a cell's height and tenths of its width.
struct block {
    const char *utf8;
    int x, y, w, h;
    int arm_x, arm_y, arm_w, arm_h; // a second one; nothing: arm_w 0
};

static const struct block blocks[] = {
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

static const struct block *block_of(const struct cell *cell)
{
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        if (strcmp(blocks[i].utf8, cell->utf8) == 0)
            return &blocks[i];
    return NULL;
}

struct look {
    uint32_t fg, bg; // 0xRRGGBB
    bool has_bg;
    unsigned attributes;
};

static struct look look_of(const struct cell *cell, const struct theme *theme)
{
    struct style style = theme_style(theme, (enum role)cell->role, 256);

    unsigned attributes = style.attributes | cell->attributes;
    struct look look = {
        .fg = style.fg < 0 ? theme_foreground(theme) : theme_rgb(style.fg),
        .bg = style.bg < 0 ? theme_background(theme) : theme_rgb(style.bg),
        .has_bg = style.bg >= 0,
        .attributes = attributes,
    };
    if (attributes & STYLE_REVERSE) {
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

static bool is_blank(const struct cell *cell)
{
    return strcmp(cell->utf8, " ") == 0;
}

static void put_escaped(FILE *out, const char *utf8)
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

static void write_rectangle(FILE *out, int x, int y, int w, int h, uint32_t colour)
{
    fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
            MARGIN + x, MARGIN + y, w, h, (unsigned)colour);
}

// The same block, or the same line, n times: one rectangle where it fills the cell's width.
static void write_blocks(FILE *out, int x, int y, int n, const struct block *block, uint32_t colour)
{
    bool is_joined = block->w == CELL_W;
    for (int i = 0; i < (is_joined ? 1 : n); i++)
        write_rectangle(out, (x + i) * CELL_W + block->x, y * CELL_H + block->y,
                        is_joined ? n * CELL_W : block->w, block->h, colour);
    for (int i = 0; block->arm_w && i < n; i++)
        write_rectangle(out, (x + i) * CELL_W + block->arm_x, y * CELL_H + block->arm_y,
                        block->arm_w, block->arm_h, colour);
}

static void write_text(FILE *out, const struct frame *frame, int x, int y, int n,
                       const struct look *look)
{
    fprintf(out,
            "<text x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\""
            " fill=\"#%06x\"",
            MARGIN + x * CELL_W, MARGIN + y * CELL_H + BASELINE, n * CELL_W, (unsigned)look->fg);
    if (look->attributes & STYLE_BOLD)
        fputs(" font-weight=\"bold\"", out);
    if (look->attributes & STYLE_STRIKE)
        fputs(" text-decoration=\"line-through\"", out);
    else if (look->attributes & STYLE_UNDERLINE)
        fputs(" text-decoration=\"underline\"", out);
    fputs(">", out);
    for (int i = 0; i < n; i++)
        put_escaped(out, frame_at(frame, x + i, y)->utf8);
    fputs("</text>\n", out);
}

// Whether the cell at x goes on with the text that began with `first`: one blank between two words
// is part of it.
static bool goes_on(const struct frame *frame, int x, int y, const struct cell *first)
{
    const struct cell *cell = frame_at(frame, x, y);
    if (block_of(cell) || !is_same(cell, first))
        return false;
    if (!is_blank(cell))
        return true;
    if (x + 1 >= frame_width(frame))
        return false;
    const struct cell *next = frame_at(frame, x + 1, y);
    return !is_blank(next) && !block_of(next) && is_same(next, first);
}

// Cells from x on that are drawn by one element; other blanks are left out.
static int write_run(FILE *out, const struct frame *frame, int x, int y, const struct theme *theme)
{
    const struct cell *first = frame_at(frame, x, y);
    if (is_blank(first))
        return x + 1;
    const struct block *block = block_of(first);
    struct look look = look_of(first, theme);
    int end = x + 1;
    for (; end < frame_width(frame); end++) {
        const struct cell *cell = frame_at(frame, end, y);
        bool is_part = block ? strcmp(cell->utf8, first->utf8) == 0 && is_same(cell, first)
                             : goes_on(frame, end, y, first);
        if (!is_part)
            break;
    }
    if (block)
        write_blocks(out, x, y, end - x, block, look.fg);
    else
        write_text(out, frame, x, y, end - x, &look);
    return end;
}

static void write_backgrounds(FILE *out, const struct frame *frame, int y,
                              const struct theme *theme)
{
    for (int x = 0, end; x < frame_width(frame); x = end) {
        const struct cell *first = frame_at(frame, x, y);
        for (end = x + 1; end < frame_width(frame) && is_same(frame_at(frame, end, y), first);)
            end++;
        struct look look = look_of(first, theme);
        if (look.has_bg)
            write_rectangle(out, x * CELL_W, y * CELL_H, (end - x) * CELL_W, CELL_H, look.bg);
    }
}

// Without ligatures: where a font draws == as one sign, each character would lose its column.
void svg_write(FILE *out, const struct frame *frame, const struct theme *theme)
{
    int w = frame_width(frame) * CELL_W + 2 * MARGIN;
    int h = frame_height(frame) * CELL_H + 2 * MARGIN;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            " viewBox=\"0 0 %d %d\" font-family=\"'JetBrains Mono','DejaVu Sans Mono',monospace\""
            " font-size=\"%d\" style=\"font-variant-ligatures:none\""
            " shape-rendering=\"crispEdges\">\n",
            w, h, w, h, FONT_SIZE);
    fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", w, h,
            (unsigned)theme_background(theme));
    for (int y = 0; y < frame_height(frame); y++) {
        write_backgrounds(out, frame, y, theme);
        for (int x = 0; x < frame_width(frame);)
            x = write_run(out, frame, x, y, theme);
    }
    fputs("</svg>\n", out);
}
