#include "export/film_row.h"

#include "export/svg_cell.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

// What is drawn in one colour is one element: rectangles a path, lines another, characters a text.

enum kind { KIND_GROUND, KIND_BLOCK, KIND_LINE, KIND_COUNT };

struct rectangle {
    enum kind kind;
    size_t style; // index of its class
    int x, y, w, h;
};

// Characters that have their places one by one. Those of a long word have it together.
enum { LONG_WORD = 12 };

struct letter {
    size_t style;
    int x;
    const char *utf8;
};

// One row of it.
struct pieces {
    struct rectangle rectangles[3 * FRAME_W_MAX];
    size_t n_rectangles;
    struct letter letters[FRAME_W_MAX];
    size_t n_letters;
};

static size_t style_of(struct film_styles *styles, uint32_t fill, unsigned attributes)
{
    for (size_t i = 0; i < styles->n; i++)
        if (styles->items[i].fill == fill && styles->items[i].attributes == attributes)
            return i;
    styles->items = mem_room(styles->items, &styles->cap, styles->n + 1, sizeof(*styles->items));
    styles->items[styles->n] = (struct film_style){fill, attributes};
    return styles->n++;
}

// A letter, and from the 27th on a number behind it.
static const char *class_name(char out[16], size_t style)
{
    size_t len = text_format(out, 16, "%c", (char)('a' + style % 26));
    if (style >= 26)
        text_format(out + len, 16 - len, "%zu", style / 26);
    return out;
}

void film_styles_write(const struct film_styles *styles, FILE *out)
{
    for (size_t i = 0; i < styles->n; i++) {
        char name[16];
        const struct film_style *style = &styles->items[i];
        fprintf(out, ".%s{fill:#%06x;color:#%06x", class_name(name, i), (unsigned)style->fill,
                (unsigned)style->fill);
        if (style->attributes & STYLE_BOLD)
            fputs(";font-weight:bold", out);
        if (style->attributes & STYLE_STRIKE)
            fputs(";text-decoration:line-through", out);
        else if (style->attributes & STYLE_UNDERLINE)
            fputs(";text-decoration:underline", out);
        fputs("}\n", out);
    }
}

static void add_rectangle(struct pieces *pieces, struct rectangle next)
{
    struct rectangle *last =
        pieces->n_rectangles > 0 ? &pieces->rectangles[pieces->n_rectangles - 1] : NULL;
    bool goes_on = last && last->kind == next.kind && last->style == next.style &&
                   last->x + last->w == next.x && last->y == next.y && last->h == next.h;
    if (goes_on)
        last->w += next.w;
    else
        pieces->rectangles[pieces->n_rectangles++] = next;
}

static void write_path(FILE *out, struct pieces *pieces, size_t first)
{
    char name[16];
    const struct rectangle like = pieces->rectangles[first];
    int x = 0, y = 0;
    bool is_line = like.kind == KIND_LINE;
    fprintf(out, "<path class=\"%s%s\" d=\"", class_name(name, like.style),
            is_line ? like.h == 2 ? " two" : " one" : "");
    for (size_t i = first; i < pieces->n_rectangles; i++) {
        struct rectangle *r = &pieces->rectangles[i];
        if (r->kind != like.kind || r->style != like.style || (is_line && r->h != like.h))
            continue;
        if (!is_line)
            fprintf(out, "M%d %dh%dv%dh-%dz", r->x, r->y - BASELINE, r->w, r->h, r->w);
        else if (i == first)
            fprintf(out, "M%d %gh%d", r->x, r->y - BASELINE + r->h / 2.0, r->w);
        else
            fprintf(out, "m%d %dh%d", r->x - x, r->y - y, r->w);
        x = r->x + r->w;
        y = r->y;
        r->kind = KIND_COUNT;
    }
    fputs("\"/>", out);
}

// In the order in which their colours come first, the ground below the others.
static void write_rectangles(FILE *out, struct pieces *pieces)
{
    for (int kind = KIND_GROUND; kind < KIND_COUNT; kind++)
        for (size_t i = 0; i < pieces->n_rectangles; i++)
            if (pieces->rectangles[i].kind == (enum kind)kind)
                write_path(out, pieces, i);
}

static void write_letters(FILE *out, struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->n_letters; i++) {
        char name[16];
        size_t style = pieces->letters[i].style;
        if (!pieces->letters[i].utf8)
            continue;
        fprintf(out, "<text class=\"%s\" x=\"", class_name(name, style));
        for (size_t j = i; j < pieces->n_letters; j++)
            if (pieces->letters[j].utf8 && pieces->letters[j].style == style)
                fprintf(out, "%s%d", j > i ? " " : "", pieces->letters[j].x);
        fputs("\">", out);
        for (size_t j = i; j < pieces->n_letters; j++)
            if (pieces->letters[j].utf8 && pieces->letters[j].style == style) {
                svg_put_escaped(out, pieces->letters[j].utf8);
                pieces->letters[j].utf8 = NULL;
            }
        fputs("</text>", out);
    }
}

static void write_word(FILE *out, const struct frame *frame, int x, int end, int y, size_t style)
{
    char name[16];
    fprintf(out, "<text class=\"%s\" x=\"%d\" textLength=\"%d\">", class_name(name, style),
            x * CELL_W, (end - x) * CELL_W);
    for (; x < end; x++)
        svg_put_escaped(out, frame_at(frame, x, y)->utf8);
    fputs("</text>", out);
}

static void add_block(struct pieces *pieces, const struct svg_block *block, int x, size_t style)
{
    bool is_line = block->w == CELL_W && block->h <= 2;
    add_rectangle(pieces, (struct rectangle){is_line ? KIND_LINE : KIND_BLOCK, style,
                                             x * CELL_W + block->x, block->y, block->w, block->h});
    if (block->arm_w)
        add_rectangle(pieces, (struct rectangle){KIND_BLOCK, style, x * CELL_W + block->arm_x,
                                                 block->arm_y, block->arm_w, block->arm_h});
}

// Characters up to the returned column; a long word at once.
static int add_text(struct pieces *pieces, const struct frame *frame, int x, int y, size_t style,
                    FILE *words)
{
    const struct cell *first = frame_at(frame, x, y);
    int end = x + 1;
    while (end < frame_width(frame) && svg_goes_on(frame, end, y, first))
        end++;
    if (end - x >= LONG_WORD)
        write_word(words, frame, x, end, y, style);
    else
        for (int i = x; i < end; i++)
            if (!svg_is_blank(frame_at(frame, i, y)))
                pieces->letters[pieces->n_letters++] =
                    (struct letter){style, i * CELL_W, frame_at(frame, i, y)->utf8};
    return end;
}

static void take_row(struct pieces *pieces, const struct frame *frame, int y,
                     const struct theme *theme, struct film_styles *styles, FILE *words)
{
    for (int x = 0; x < frame_width(frame); x++) {
        struct svg_look look = svg_look_of(frame_at(frame, x, y), theme);
        if (look.has_bg)
            add_rectangle(pieces, (struct rectangle){KIND_GROUND, style_of(styles, look.bg, 0),
                                                     x * CELL_W, 0, CELL_W, CELL_H});
    }
    for (int x = 0; x < frame_width(frame);) {
        const struct cell *cell = frame_at(frame, x, y);
        const struct svg_block *block = svg_block_of(cell);
        struct svg_look look = svg_look_of(cell, theme);
        unsigned attributes = block ? 0 : look.attributes & ~(unsigned)STYLE_REVERSE;
        size_t style = svg_is_blank(cell) ? 0 : style_of(styles, look.fg, attributes);
        if (block)
            add_block(pieces, block, x, style);
        x = block || svg_is_blank(cell) ? x + 1 : add_text(pieces, frame, x, y, style, words);
    }
}

char *film_row_svg(const struct frame *frame, int y, const struct theme *theme,
                   struct film_styles *styles)
{
    char *text = NULL, *words_text = NULL;
    size_t len = 0, words_len = 0;
    FILE *out = open_memstream(&text, &len);
    FILE *words = open_memstream(&words_text, &words_len);
    struct pieces *pieces = mem_alloc(sizeof(*pieces));
    take_row(pieces, frame, y, theme, styles, words);
    fclose(words);
    write_rectangles(out, pieces);
    write_letters(out, pieces);
    fputs(words_text, out);
    fclose(out);
    char *copy = mem_text_n(text, len);
    mem_free(pieces);
    free(words_text);
    free(text);
    return copy;
}
