#include "export/svg.h"

#include "export/svg_cell.h"

#include <string.h>

static bool is_same(const struct cell *a, const struct cell *b)
{
    return a->role == b->role && a->attributes == b->attributes;
}

static void write_rectangle(FILE *out, int x, int y, int w, int h, uint32_t colour)
{
    fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
            MARGIN + x, MARGIN + y, w, h, (unsigned)colour);
}

// The same block, or the same line, n times: one rectangle where it fills the cell's width.
static void write_blocks(FILE *out, int x, int y, int n, const struct svg_block *block,
                         uint32_t colour)
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
                       const struct svg_look *look)
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
        svg_put_escaped(out, frame_at(frame, x + i, y)->utf8);
    fputs("</text>\n", out);
}

// Cells from x on that are drawn by one element; other blanks are left out.
static int write_run(FILE *out, const struct frame *frame, int x, int y, const struct theme *theme)
{
    const struct cell *first = frame_at(frame, x, y);
    if (svg_is_blank(first))
        return x + 1;
    const struct svg_block *block = svg_block_of(first);
    struct svg_look look = svg_look_of(first, theme);
    int end = x + 1;
    for (; end < frame_width(frame); end++) {
        const struct cell *cell = frame_at(frame, end, y);
        bool is_part = block ? strcmp(cell->utf8, first->utf8) == 0 && is_same(cell, first)
                             : svg_goes_on(frame, end, y, first);
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
        struct svg_look look = svg_look_of(first, theme);
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
            " viewBox=\"0 0 %d %d\" font-family=\"" SVG_FONTS "\""
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
