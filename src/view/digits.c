#include "view/digits.h"
#include "view/theme.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

// Seven segments and, for 1, a stem in the middle with a flag. The largest first. Strokes are as
// thick as a projector needs; a row is twice as high as wide.
static const struct digit_size sizes[] = {
    {28, 22, 8, 8}, {24, 19, 7, 7}, {20, 16, 6, 6}, {17, 13, 5, 5}, {14, 11, 4, 4},
    {12, 9, 4, 4},  {10, 7, 3, 3},  {8, 7, 3, 2},   {6, 5, 2, 2},   {5, 5, 2, 2},
    {4, 5, 1, 1},   {3, 5, 1, 1},   {3, 3, 1, 1},
};

int digits_width(const struct digit_size *size, int digits)
{
    int gap = (size->stroke_x + 1) / 2;
    return digits * (size->w + gap) - gap;
}

const struct digit_size *digits_fit(int digits, int w, int h)
{
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        if (sizes[i].rows <= h && digits_width(&sizes[i], digits) <= w)
            return &sizes[i];
    return NULL;
}

enum segment { TOP = 1, MIDDLE = 2, BOTTOM = 4, UL = 8, UR = 16, LL = 32, LR = 64, STEM = 128 };

static const unsigned digit_segments[10] = {
    TOP | BOTTOM | UL | UR | LL | LR,
    STEM | BOTTOM,
    TOP | MIDDLE | BOTTOM | UR | LL,
    TOP | MIDDLE | BOTTOM | UR | LR,
    MIDDLE | UL | UR | LR,
    TOP | MIDDLE | BOTTOM | UL | LR,
    TOP | MIDDLE | BOTTOM | UL | LL | LR,
    TOP | UR | LR,
    TOP | MIDDLE | BOTTOM | UL | UR | LL | LR,
    TOP | MIDDLE | BOTTOM | UL | UR | LR,
};

static unsigned segments_of(char character)
{
    switch (character) {
    case '-':
        return MIDDLE;
    case 'O':
        return digit_segments[0];
    case 'n':
        return MIDDLE | LL | LR;
    case 'F':
        return TOP | MIDDLE | UL | LL;
    default:
        return digit_segments[character - '0'];
    }
}

// The rows that a character is made of: half ones, or whole ones where there are no half blocks.
struct raster {
    int height, stroke;
};

static struct raster raster_of(const struct digit_size *size, enum glyph_set glyphs)
{
    if (glyphs != GLYPHS_ASCII)
        return (struct raster){2 * size->rows, size->stroke_y};
    return (struct raster){size->rows, size->stroke_y > 1 ? size->stroke_y / 2 : 1};
}

// Whether column `x` of such a row is part of the character.
static bool is_lit(const struct digit_size *size, const struct raster *raster, unsigned segments,
                   int x, int half)
{
    int height = raster->height, stroke = raster->stroke;
    int middle = (height - stroke) / 2;
    if ((segments & TOP) && half < stroke)
        return true;
    if ((segments & BOTTOM) && half >= height - stroke)
        return true;
    if ((segments & MIDDLE) && half >= middle && half < middle + stroke)
        return true;
    int stem = (size->w - size->stroke_x) / 2;
    if ((segments & STEM) && x >= stem && x < stem + size->stroke_x)
        return true;
    // Its flag, without which it would be a T upside down.
    if ((segments & STEM) && half < stroke && x >= stem - size->stroke_x && x < stem)
        return true;
    bool is_left = x < size->stroke_x, is_right = x >= size->w - size->stroke_x;
    // The upper and the lower strokes overlap in the middle bar, so that there is no notch.
    bool is_upper = half < middle + stroke, is_lower = half >= middle;
    return (is_left && is_upper && (segments & UL)) || (is_right && is_upper && (segments & UR)) ||
           (is_left && is_lower && (segments & LL)) || (is_right && is_lower && (segments & LR));
}

// In ASCII the sign of a block is full of holes: reversed it is nearly solid.
static void draw_block(struct area area, int x, int y, enum role role)
{
    draw_glyph(area, x, y, role, GLYPH_BAR_FULL);
    if (frame_glyphs(area.frame) == GLYPHS_ASCII)
        draw_attributes(area, x, y, 1, STYLE_REVERSE);
}

static void draw_character(struct area area, int x0, int y0, enum role role,
                           const struct digit_size *size, unsigned segments)
{
    enum glyph_set glyphs = frame_glyphs(area.frame);
    const struct raster raster = raster_of(size, glyphs);
    int halves = glyphs == GLYPHS_ASCII ? 1 : 2;
    for (int y = 0; y < size->rows; y++)
        for (int x = 0; x < size->w; x++) {
            bool upper = is_lit(size, &raster, segments, x, halves * y);
            bool lower = is_lit(size, &raster, segments, x, halves * y + halves - 1);
            if (upper && lower)
                draw_block(area, x0 + x, y0 + y, role);
            else if (upper || lower)
                draw_glyph(area, x0 + x, y0 + y, role, upper ? GLYPH_HALF_UPPER : GLYPH_HALF_LOWER);
        }
}

void digits_draw_text(struct area area, int x_end, int y, enum role role,
                      const struct digit_size *size, const char *text)
{
    int step = digits_width(size, 2) - size->w;
    int x = x_end;
    for (size_t i = strlen(text); i-- > 0; x -= step - size->w) {
        x -= size->w;
        draw_character(area, x, y, role, size, segments_of(text[i]));
    }
}

void digits_draw(struct area area, int x_end, int y, enum role role, const struct digit_size *size,
                 long long number)
{
    char text[24];
    text_format(text, sizeof(text), "%lld", number);
    digits_draw_text(area, x_end, y, role, size, text);
}
