#include "export/ansi.h"

#include "export/ansi_shift.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// Within a row a jump over unchanged cells takes about as many bytes as these; fewer are written
// again.
enum { JUMP_BYTES = 9 };

struct ansi {
    struct glyph_look *shown; // [w * h]; NULL before the first frame
    int w, h;
    struct style pen;
    int x, y; // of the cursor; x == w: not known
    char *bytes;
    size_t len, cap;
};

struct ansi *ansi_new(void)
{
    return mem_alloc(sizeof(struct ansi));
}

void ansi_free(struct ansi *ansi)
{
    if (!ansi)
        return;
    mem_free(ansi->shown);
    mem_free(ansi->bytes);
    mem_free(ansi);
}

struct style ansi_cell_style(const struct cell *cell, const struct theme *theme)
{
    struct style style = theme_style(theme, (enum role)cell->role, 256);
    // Twice reversed is not reversed: what is marked must differ from what is around it.
    style.attributes ^= cell->attributes & STYLE_REVERSE;
    style.attributes |= cell->attributes & (uint8_t)~STYLE_REVERSE;
    return style;
}

static struct glyph_look look_of(const struct cell *cell, const struct theme *theme)
{
    struct glyph_look look = {.style = ansi_cell_style(cell, theme)};
    memcpy(look.utf8, cell->utf8, sizeof(look.utf8));
    if (strcmp(look.utf8, " ") == 0 && !(look.style.attributes & ~STYLE_BOLD))
        look.style = (struct style){STYLE_DEFAULT, look.style.bg, 0};
    return look;
}

// What the pen is to be for it. Of a blank only the background is seen, so most of it may stay.
static struct style style_for(const struct ansi *ansi, const struct glyph_look *look)
{
    bool is_blank = strcmp(look->utf8, " ") == 0 && !look->style.attributes;
    if (!is_blank)
        return look->style;
    return (struct style){ansi->pen.fg, look->style.bg, ansi->pen.attributes & STYLE_BOLD};
}

static void put_bytes(struct ansi *ansi, const char *bytes, size_t len)
{
    ansi->bytes = mem_room(ansi->bytes, &ansi->cap, ansi->len + len + 1, 1);
    memcpy(ansi->bytes + ansi->len, bytes, len);
    ansi->len += len;
    ansi->bytes[ansi->len] = '\0';
}

static void put(struct ansi *ansi, const char *text)
{
    put_bytes(ansi, text, strlen(text));
}

static size_t add_colour(char *out, size_t size, int number, int base)
{
    if (number < 0)
        return text_format(out, size, ";%d", base + 9);
    return text_format(out, size, ";%d;5;%d", base + 8, number);
}

// The parameters that take the pen from one style to another, each with a semicolon before it.
static void style_change(char *out, size_t size, struct style from, struct style to)
{
    static const struct {
        unsigned attribute;
        int on, off;
    } attributes[] = {{STYLE_BOLD, 1, 22},
                      {STYLE_UNDERLINE, 4, 24},
                      {STYLE_REVERSE, 7, 27},
                      {STYLE_STRIKE, 9, 29}};
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
        bool had = from.attributes & attributes[i].attribute;
        bool has = to.attributes & attributes[i].attribute;
        if (had != has)
            len += text_format(out + len, size - len, ";%d",
                               has ? attributes[i].on : attributes[i].off);
    }
    if (from.fg != to.fg)
        len += add_colour(out + len, size - len, to.fg, 30);
    if (from.bg != to.bg)
        add_colour(out + len, size - len, to.bg, 40);
}

static void use_style(struct ansi *ansi, struct style style)
{
    static const struct style plain = {STYLE_DEFAULT, STYLE_DEFAULT, 0};
    char change[64], anew[64], text[80];
    if (style_is_same(ansi->pen, style))
        return;
    style_change(change, sizeof(change), ansi->pen, style);
    style_change(anew, sizeof(anew), plain, style);
    bool is_shorter = strlen(anew) + 1 < strlen(change);
    text_format(text, sizeof(text), "\x1b[%s%sm", is_shorter ? "0" : "",
                is_shorter ? anew : change + 1);
    put(ansi, text);
    ansi->pen = style;
}

static void put_look(struct ansi *ansi, const struct glyph_look *look)
{
    use_style(ansi, style_for(ansi, look));
    put_bytes(ansi, look->utf8, strnlen(look->utf8, sizeof(look->utf8)));
    // Behind the last column terminals differ in where the cursor is.
    ansi->x++;
}

// Whether the cells from the cursor up to x are written again in fewer bytes than jumped over.
static bool is_bridge_short(const struct ansi *ansi, int x)
{
    size_t bytes = 0;
    for (int i = ansi->x; i < x; i++) {
        const struct glyph_look *look = &ansi->shown[ansi->y * ansi->w + i];
        bytes += strnlen(look->utf8, sizeof(look->utf8));
        if (bytes > JUMP_BYTES || !style_is_same(style_for(ansi, look), ansi->pen))
            return false;
    }
    return true;
}

static void jump_to(struct ansi *ansi, int x, int y)
{
    char text[32];
    if (ansi->y == y && ansi->x == x)
        return;
    if (ansi->y == y && ansi->x < x)
        text_format(text, sizeof(text), "\x1b[%dC", x - ansi->x);
    else if (x == 0)
        text_format(text, sizeof(text), "\x1b[%dH", y + 1);
    else
        text_format(text, sizeof(text), "\x1b[%d;%dH", y + 1, x + 1);
    put(ansi, text);
    ansi->x = x;
    ansi->y = y;
}

static void move_to(struct ansi *ansi, int x, int y)
{
    if (ansi->y != y || ansi->x > x || !is_bridge_short(ansi, x))
        jump_to(ansi, x, y);
    while (ansi->x < x)
        put_look(ansi, &ansi->shown[y * ansi->w + ansi->x]);
}

// An empty screen of that size, without a cursor.
static void begin(struct ansi *ansi, int w, int h)
{
    const struct glyph_look blank = {.utf8 = " ", .style = {STYLE_DEFAULT, STYLE_DEFAULT, 0}};
    mem_free(ansi->shown);
    ansi->shown = mem_array((size_t)w * (size_t)h, sizeof(*ansi->shown));
    for (int i = 0; i < w * h; i++)
        ansi->shown[i] = blank;
    ansi->w = w;
    ansi->h = h;
    ansi->pen = blank.style;
    ansi->x = ansi->y = 0;
    put(ansi, "\x1b[0m\x1b[?25l\x1b[2J\x1b[H");
}

// A picture that scrolls is mostly there already: cells are deleted at its left edge, and as many
// inserted at its right one, where they come from; at the screen's edge blanks come by themselves.
static void shift_row(struct ansi *ansi, int y, const struct glyph_look *next)
{
    static const struct style plain = {STYLE_DEFAULT, STYLE_DEFAULT, 0};
    struct glyph_look *row = &ansi->shown[y * ansi->w];
    struct shift shift;
    char text[24];
    if (!shift_find(&shift, row, next, ansi->w))
        return;
    // What comes in has the pen's background.
    if (ansi->pen.bg != STYLE_DEFAULT || (ansi->pen.attributes & ~STYLE_BOLD))
        use_style(ansi, plain);
    jump_to(ansi, shift.x, y);
    text_format(text, sizeof(text), "\x1b[%dP", shift.n);
    put(ansi, text);
    if (shift.end < ansi->w) {
        jump_to(ansi, shift.end - shift.n, y);
        text_format(text, sizeof(text), "\x1b[%d@", shift.n);
        put(ansi, text);
    }
    shift_apply(&shift, row);
}

static void update_row(struct ansi *ansi, int y, const struct glyph_look *next)
{
    shift_row(ansi, y, next);
    for (int x = 0; x < ansi->w; x++) {
        struct glyph_look *shown = &ansi->shown[y * ansi->w + x];
        if (look_is_same(&next[x], shown))
            continue;
        move_to(ansi, x, y);
        put_look(ansi, &next[x]);
        *shown = next[x];
    }
}

const char *ansi_update(struct ansi *ansi, const struct frame *frame, const struct theme *theme,
                        size_t *len_bytes)
{
    struct glyph_look row[FRAME_W_MAX];
    int w = frame_width(frame), h = frame_height(frame);
    ansi->len = 0;
    put(ansi, "");
    if (!ansi->shown || ansi->w != w || ansi->h != h)
        begin(ansi, w, h);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++)
            row[x] = look_of(frame_at(frame, x, y), theme);
        update_row(ansi, y, row);
    }
    *len_bytes = ansi->len;
    return ansi->bytes;
}
