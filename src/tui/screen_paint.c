#include "tui/screen_private.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// A frame as bytes for the terminal, all of it in one write. ncurses does not know of it: it would
// take several times as long, and writes at each move of the cursor. It still says what terminal
// this is, reads the keys, and enters and leaves the screen; before and after a frame the pen is as
// it has left it, plain.

enum { BRIDGE_MAX = 4 };

// Without padding, which is for the terminals of paper's time.
static const char *text_of(const char *capability)
{
    const char *text = screen_terminfo(capability);
    return text && !strstr(text, "$<") ? text : NULL;
}

static bool is_said(const char *capability, const char *expected)
{
    const char *text = text_of(capability);
    return text && strcmp(text, expected) == 0;
}

// "" where there is none.
static const char *attribute_of(const char *capability)
{
    const char *text = text_of(capability);
    return text ? text : "";
}

// Terminfo's goes back to the ordinary set of characters too, which is never left here.
static const char *plain_of(const char *sgr0)
{
    bool is_ecma = sgr0 && (strstr(sgr0, "\x1b[m") || strstr(sgr0, "\x1b[0m"));
    return is_ecma ? "\x1b[0m" : sgr0;
}

void paint_open(struct screen *screen)
{
    struct paint *paint = &screen->paint;
    paint->clear = text_of("clear");
    paint->plain = plain_of(text_of("sgr0"));
    paint->bold = attribute_of("bold");
    paint->underline = attribute_of("smul");
    paint->reverse = attribute_of("rev");
    bool has_colours = text_of("setaf") && text_of("setab");
    // The last column can be written, and the cursor moved, with any pen; a pen takes no cell and
    // keeps its attributes whatever its colours.
    bool is_plain = tigetflag("xenl") > 0 && tigetflag("msgr") > 0 && tigetflag("xhp") <= 0 &&
                    tigetnum("xmc") <= 0 && tigetnum("ncv") <= 0;
    paint->is_able = screen->is_utf8 && is_plain && paint->clear && paint->plain &&
                     (screen->colours == 0 || has_colours) && is_said("cup", "\x1b[%i%p1%d;%p2%dH");
    paint->can_shift = is_said("dch", "\x1b[%p1%dP") && is_said("ich", "\x1b[%p1%d@");
}

void paint_close(struct screen *screen)
{
    mem_free(screen->paint.bytes);
}

static void put(struct paint *paint, const char *bytes, size_t len)
{
    if (len == 0) // and perhaps nothing to copy to
        return;
    paint->bytes = mem_room(paint->bytes, &paint->cap, paint->len + len, 1);
    memcpy(paint->bytes + paint->len, bytes, len);
    paint->len += len;
}

static void put_text(struct paint *paint, const char *text)
{
    put(paint, text, strlen(text));
}

// A part of the pen; right behind another one it becomes one sequence with it.
static void put_pen(struct paint *paint, const char *text)
{
    bool is_sgr = strncmp(text, "\x1b[", 2) == 0 && text[strlen(text) - 1] == 'm';
    if (is_sgr && paint->len > 0 && paint->len == paint->pen_end) {
        paint->bytes[paint->len - 1] = ';';
        text += 2;
    }
    put_text(paint, text);
    if (is_sgr)
        paint->pen_end = paint->len;
}

static unsigned style_of(const struct look *look, const struct cell *cell)
{
    // Twice reversed is not reversed: what is marked must differ from what is around it.
    return (look->style ^ (cell->attributes & STYLE_REVERSE)) |
           (cell->attributes & ~(unsigned)STYLE_REVERSE);
}

// Whether a blank in it is seen.
static bool is_bare(const struct look *look, unsigned style)
{
    return look->background[0] == '\0' && !(style & (STYLE_UNDERLINE | STYLE_REVERSE));
}

bool cell_is_bare(const struct screen *screen, const struct cell *cell)
{
    if (cell->utf8[0] == '\0')
        return true;
    const struct look *look = &screen->looks[cell->role];
    return cell->utf8[0] == ' ' && is_bare(look, style_of(look, cell));
}

bool cell_is_shown(const struct screen *screen, const struct cell *shown, const struct cell *cell)
{
    if (memcmp(shown, cell, sizeof(*cell)) == 0)
        return true;
    bool may_be_blank = (unsigned char)shown->utf8[0] <= ' ' && cell->utf8[0] == ' ';
    return may_be_blank && cell_is_bare(screen, shown) && cell_is_bare(screen, cell);
}

static void use_plain(struct paint *paint)
{
    if (paint->pen)
        put_pen(paint, paint->plain);
    paint->pen = NULL;
    paint->style = 0;
}

static void use_pen(struct paint *paint, const struct look *look, unsigned style)
{
    const struct look *pen = paint->pen;
    bool is_near = pen && style == paint->style && strcmp(pen->background, look->background) == 0;
    bool is_same = is_near && strcmp(pen->foreground, look->foreground) == 0;
    if (!is_same && (!is_near || look->foreground[0] == '\0')) {
        use_plain(paint);
        put_pen(paint, style & STYLE_BOLD ? paint->bold : "");
        put_pen(paint, style & STYLE_UNDERLINE ? paint->underline : "");
        put_pen(paint, style & STYLE_REVERSE ? paint->reverse : "");
        put_pen(paint, look->background);
    }
    if (!is_same)
        put_pen(paint, look->foreground);
    paint->pen = look;
    paint->style = style;
}

// Whether the cell can be written with the pen as it is: of a blank little is seen.
static bool has_pen_for(const struct screen *screen, const struct cell *cell)
{
    const struct paint *paint = &screen->paint;
    const struct look *look = &screen->looks[cell->role];
    if (cell_is_bare(screen, cell))
        return !paint->pen || is_bare(paint->pen, paint->style);
    return paint->pen == look && paint->style == style_of(look, cell);
}

static void put_cell(struct screen *screen, const struct cell *cell)
{
    struct paint *paint = &screen->paint;
    const struct look *look = &screen->looks[cell->role];
    if (!has_pen_for(screen, cell))
        use_pen(paint, look, style_of(look, cell));
    if ((unsigned char)cell->utf8[0] < ' ')
        put_text(paint, " ");
    else
        put(paint, cell->utf8, strnlen(cell->utf8, sizeof(cell->utf8)));
    paint->x++; // behind the last column terminals differ, and nothing goes on from there
}

static void jump_to(struct paint *paint, int x, int y)
{
    char text[24];
    if (paint->x != x || paint->y != y)
        put(paint, text, text_format(text, sizeof(text), "\x1b[%d;%dH", y + 1, x + 1));
    paint->x = x;
    paint->y = y;
}

// Over cells of its row that are right: a few are written again in fewer bytes than jumped over.
static void move_to(struct screen *screen, int x, int y)
{
    const struct paint *paint = &screen->paint;
    const struct cell *row = &screen->shown[y * screen->w];
    bool is_near = paint->y == y && paint->x >= 0 && paint->x < x && x - paint->x <= BRIDGE_MAX;
    for (int i = paint->x; is_near && i < x; i++)
        is_near = has_pen_for(screen, &row[i]);
    while (is_near && paint->x < x)
        put_cell(screen, &row[paint->x]);
    jump_to(&screen->paint, x, y);
}

static void shift_row(struct screen *screen, int y, struct cell *shown,
                      const struct row_shift *shift)
{
    struct paint *paint = &screen->paint;
    char text[16];
    use_plain(paint); // the blanks that come in have the pen's look
    jump_to(paint, shift->x, y);
    put(paint, text, text_format(text, sizeof(text), "\x1b[%dP", shift->n));
    if (shift->end < screen->w) {
        jump_to(paint, shift->end - shift->n, y);
        put(paint, text, text_format(text, sizeof(text), "\x1b[%d@", shift->n));
    }
    row_shift_apply(shift, shown);
    paint->step = shift->n;
}

static void paint_row(struct screen *screen, int y, const struct cell *next, int w)
{
    struct cell *shown = &screen->shown[y * screen->w];
    struct row_shift shift;
    if (memcmp(shown, next, (size_t)w * sizeof(*next)) == 0)
        return;
    bool may_shift = screen->paint.can_shift && w == screen->w;
    if (may_shift && row_shift_find(screen, shown, next, w, &shift) &&
        (screen->has_sync || shift.end == w))
        shift_row(screen, y, shown, &shift);
    for (int x = 0; x < w; x++) {
        if (!cell_is_shown(screen, &shown[x], &next[x])) {
            move_to(screen, x, y);
            put_cell(screen, &next[x]);
        }
        shown[x] = next[x];
    }
}

void paint_frame(struct screen *screen, const struct frame *frame, enum paint_from from)
{
    struct paint *paint = &screen->paint;
    size_t size = (size_t)screen->w * (size_t)screen->h * sizeof(*screen->shown);
    int w = frame_width(frame) < screen->w ? frame_width(frame) : screen->w;
    int h = frame_height(frame) < screen->h ? frame_height(frame) : screen->h;
    paint->len = paint->pen_end = 0;
    paint->x = -1;
    put_text(paint, screen->has_sync ? sync_begin : "");
    size_t empty = paint->len;
    switch (from) {
    case PAINT_FROM_NOTHING:
        put_text(paint, paint->plain);
        put_text(paint, paint->clear);
        memset(screen->shown, 0, size);
        break;
    case PAINT_FROM_UNKNOWN:
        memset(screen->shown, 0xff, size);
        break;
    case PAINT_FROM_SHOWN:
        break;
    }
    for (int y = 0; y < h; y++)
        paint_row(screen, y, frame_at(frame, 0, y), w);
    if (paint->len == empty)
        return;
    use_plain(paint);
    put_text(paint, screen->has_sync ? sync_end : "");
    screen_write(paint->bytes, paint->len);
}
