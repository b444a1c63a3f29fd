#include "view/frame.h"

#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct frame {
    int w, h;
    enum glyph_set glyphs;
    struct cell cells[]; // row by row
};

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct frame *frame_new(int w, int h, enum glyph_set glyphs)
{
    w = clamp(w, 1, FRAME_W_MAX);
    h = clamp(h, 1, FRAME_H_MAX);
    struct frame *frame =
        mem_alloc(sizeof(*frame) + (size_t)w * (size_t)h * sizeof(frame->cells[0]));
    frame->w = w;
    frame->h = h;
    frame->glyphs = glyphs;
    frame_clear(frame);
    return frame;
}

void frame_free(struct frame *frame)
{
    mem_free(frame);
}

static size_t frame_cells(const struct frame *frame)
{
    return (size_t)frame->w * (size_t)frame->h;
}

void frame_clear(struct frame *frame)
{
    const struct cell blank = {.utf8 = " ", .role = ROLE_TEXT};
    for (size_t i = 0; i < frame_cells(frame); i++)
        frame->cells[i] = blank;
}

int frame_width(const struct frame *frame)
{
    return frame->w;
}

int frame_height(const struct frame *frame)
{
    return frame->h;
}

enum glyph_set frame_glyphs(const struct frame *frame)
{
    return frame->glyphs;
}

const struct cell *frame_at(const struct frame *frame, int x, int y)
{
    assert(x >= 0 && x < frame->w && y >= 0 && y < frame->h);
    return &frame->cells[(size_t)y * (size_t)frame->w + (size_t)x];
}

bool frame_equal(const struct frame *a, const struct frame *b)
{
    return a->w == b->w && a->h == b->h &&
           memcmp(a->cells, b->cells, frame_cells(a) * sizeof(a->cells[0])) == 0;
}

void frame_copy(struct frame *to, const struct frame *from)
{
    assert(to->w == from->w && to->h == from->h);
    memcpy(to->cells, from->cells, frame_cells(from) * sizeof(from->cells[0]));
}

struct area frame_area(struct frame *frame)
{
    return (struct area){.frame = frame, .w = frame->w, .h = frame->h};
}

struct area area_part(struct area area, int x, int y, int w, int h)
{
    int x0 = clamp(x, 0, area.w), y0 = clamp(y, 0, area.h);
    int x1 = w > area.w - x ? area.w : clamp(x + w, x0, area.w);
    int y1 = h > area.h - y ? area.h : clamp(y + h, y0, area.h);
    return (struct area){area.frame, area.x + x0, area.y + y0, x1 - x0, y1 - y0};
}

// The cell at (x, y) of the area, NULL outside it.
static struct cell *cell_at(struct area area, int x, int y)
{
    if (x < 0 || x >= area.w || y < 0 || y >= area.h)
        return NULL;
    return &area.frame->cells[(size_t)(area.y + y) * (size_t)area.frame->w + (size_t)(area.x + x)];
}

// One character of len bytes, known to be safe.
static void put(struct area area, int x, int y, enum role role, const char *utf8, size_t len)
{
    struct cell *cell = cell_at(area, x, y);
    if (!cell)
        return;
    *cell = (struct cell){.role = (uint8_t)role};
    memcpy(cell->utf8, utf8, len);
    if (area.frame->glyphs == GLYPHS_UTF8 || len == 1)
        return;
    const char *ascii = glyph_to_ascii(cell->utf8);
    memset(cell->utf8, 0, sizeof(cell->utf8));
    cell->utf8[0] = ascii ? ascii[0] : '?';
}

int draw_text(struct area area, int x, int y, enum role role, const char *utf8)
{
    char safe[4 * FRAME_W_MAX + 64];
    size_t len = text_safe_z(safe, sizeof(safe), utf8);
    for (size_t i = 0; i < len;) {
        uint32_t code;
        size_t n = text_decode(safe + i, len - i, &code);
        put(area, x++, y, role, safe + i, n);
        i += n;
    }
    return x;
}

int draw_textf(struct area area, int x, int y, enum role role, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return draw_text(area, x, y, role, text);
}

int draw_text_cut(struct area area, int x, int y, int columns, enum role role, const char *utf8)
{
    if (columns <= 0)
        return x;
    struct area part = area;
    part.w = clamp(x + columns, 0, area.w);
    int end = draw_text(part, x, y, role, utf8);
    if (end <= x + columns)
        return end;
    return draw_glyph(part, x + columns - 1, y, role, GLYPH_CUT);
}

int draw_right(struct area area, int x_end, int y, enum role role, const char *utf8)
{
    int x = x_end - (int)text_columns(utf8);
    draw_text(area, x, y, role, utf8);
    return x;
}

int draw_glyph(struct area area, int x, int y, enum role role, enum glyph glyph)
{
    const char *utf8 = glyph_text(glyph, area.frame->glyphs);
    put(area, x, y, role, utf8, strlen(utf8));
    return x + 1;
}

int draw_run(struct area area, int x, int y, int n, enum role role, enum glyph glyph)
{
    for (int end = clamp(x + n, x, area.w); x < end; x++)
        draw_glyph(area, x, y, role, glyph);
    return x;
}

int draw_column(struct area area, int x, int y, int n, enum role role, enum glyph glyph)
{
    for (int end = clamp(y + n, y, area.h); y < end; y++)
        draw_glyph(area, x, y, role, glyph);
    return x + 1;
}

void draw_fill(struct area area, enum role role)
{
    for (int y = 0; y < area.h; y++)
        draw_run(area, 0, y, area.w, role, GLYPH_BLANK);
}

void draw_attributes(struct area area, int x, int y, int n, unsigned attributes)
{
    for (int end = x + n; x < end; x++) {
        struct cell *cell = cell_at(area, x, y);
        if (cell)
            cell->attributes |= (uint8_t)attributes;
    }
}
