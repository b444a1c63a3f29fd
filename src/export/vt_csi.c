#include "export/vt_private.h"

#include "base/mem.h"

// Sequences that begin with ESC [ .

// A parameter that counts, 1 when it is not given.
static int count_of(const struct vt *vt, int index)
{
    int value = index < vt->n_parameters ? vt->parameters[index] : -1;
    return value > 0 ? value : 1;
}

static int number_of(const struct vt *vt, int index)
{
    int value = index < vt->n_parameters ? vt->parameters[index] : -1;
    return value > 0 ? value : 0;
}

// The nearest colour of the 256: of the cube, or a grey.
static int16_t nearest(int r, int g, int b)
{
    const int rgb[3] = {r & 255, g & 255, b & 255};
    static const int levels[6] = {0, 95, 135, 175, 215, 255};
    int cube = 0, cube_off = 0, grey_off = 0;
    int grey = ((rgb[0] + rgb[1] + rgb[2]) / 3 - 3) / 10;
    grey = grey < 0 ? 0 : grey > 23 ? 23 : grey;
    for (int i = 0; i < 3; i++) {
        int best = 0;
        for (int level = 1; level < 6; level++) {
            int off = levels[level] - rgb[i], best_off = levels[best] - rgb[i];
            if (off * off < best_off * best_off)
                best = level;
        }
        cube = cube * 6 + best;
        cube_off += (levels[best] - rgb[i]) * (levels[best] - rgb[i]);
        grey_off += (8 + 10 * grey - rgb[i]) * (8 + 10 * grey - rgb[i]);
    }
    return (int16_t)(grey_off < cube_off ? 232 + grey : 16 + cube);
}

// 38 and 48: behind them how the colour is written, and the colour. Returns the index of the last
// parameter that belongs to it.
static int extended_colour(const struct vt *vt, int index, int16_t *colour)
{
    if (number_of(vt, index + 1) == 5) {
        *colour = (int16_t)(number_of(vt, index + 2) & 255);
        return index + 2;
    }
    if (number_of(vt, index + 1) == 2) {
        *colour =
            nearest(number_of(vt, index + 2), number_of(vt, index + 3), number_of(vt, index + 4));
        return index + 4;
    }
    return vt->n_parameters;
}

static bool set_attribute(struct vt *vt, int number)
{
    static const struct {
        int on, off;
        uint8_t attribute;
    } attributes[] = {{1, 22, STYLE_BOLD},
                      {4, 24, STYLE_UNDERLINE},
                      {7, 27, STYLE_REVERSE},
                      {9, 29, STYLE_STRIKE}};
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
        if (number == attributes[i].on)
            vt->pen.attributes |= attributes[i].attribute;
        else if (number == attributes[i].off)
            vt->pen.attributes &= (uint8_t)~attributes[i].attribute;
        else
            continue;
        return true;
    }
    return false;
}

// The colours that have a number of their own: 30 to 37 and 90 to 97, and 10 more for the ground.
static void set_colour(struct vt *vt, int number)
{
    bool is_bright = number >= 90;
    int at = number - (is_bright ? 90 : 30);
    int16_t *place = at >= 10 ? &vt->pen.bg : &vt->pen.fg;
    at -= at >= 10 ? 10 : 0;
    if (at == 9 && !is_bright)
        *place = STYLE_DEFAULT;
    else if (at >= 0 && at < 8)
        *place = (int16_t)(at + (is_bright ? 8 : 0));
}

static void set_pen(struct vt *vt)
{
    for (int i = 0; i < vt->n_parameters; i++) {
        int number = number_of(vt, i);
        if (number == 0)
            vt->pen = (struct style){STYLE_DEFAULT, STYLE_DEFAULT, 0};
        else if (number == 38)
            i = extended_colour(vt, i, &vt->pen.fg);
        else if (number == 48)
            i = extended_colour(vt, i, &vt->pen.bg);
        else if (!set_attribute(vt, number) && number >= 30 && number <= 107)
            set_colour(vt, number);
    }
}

static void erase_in_line(struct vt *vt)
{
    int from = number_of(vt, 0) == 0 ? vt->x : 0;
    int to = number_of(vt, 0) == 1 ? vt->x + 1 : vt->w;
    vt_erase(vt, from, vt->y, to, vt->y + 1);
}

static void erase_in_screen(struct vt *vt)
{
    int what = number_of(vt, 0);
    if (what == 3)
        return; // what has scrolled away, which is not kept
    if (what != 2)
        erase_in_line(vt);
    vt_erase(vt, 0, what == 0 ? vt->y + 1 : 0, vt->w, what == 1 ? vt->y : vt->h);
}

static void set_scroll_rows(struct vt *vt)
{
    int top = count_of(vt, 0) - 1;
    int bottom = number_of(vt, 1) > 0 ? number_of(vt, 1) : vt->h;
    bottom = bottom < vt->h ? bottom : vt->h;
    if (top + 1 >= bottom)
        return;
    vt->top = top;
    vt->bottom = bottom;
    vt_move(vt, 0, 0);
}

// Lines in or out at the cursor, where it is among the rows that scroll.
static void move_lines(struct vt *vt, int n)
{
    if (vt->y >= vt->top && vt->y < vt->bottom)
        vt_scroll(vt, vt->y, vt->bottom, n);
    vt_move(vt, 0, vt->y);
}

// The other screen that full-screen programs have is the same here, but empty.
static void set_mode(struct vt *vt)
{
    for (int i = 0; i < vt->n_parameters; i++) {
        int mode = number_of(vt, i);
        if (mode == 47 || mode == 1047 || mode == 1049)
            vt_erase(vt, 0, 0, vt->w, vt->h);
    }
}

static void move_cursor(struct vt *vt, char final)
{
    int n = count_of(vt, 0);
    switch (final) {
    case 'A':
        vt_move(vt, vt->x, vt->y - n);
        break;
    case 'B':
    case 'e':
        vt_move(vt, vt->x, vt->y + n);
        break;
    case 'C':
    case 'a':
        vt_move(vt, vt->x + n, vt->y);
        break;
    case 'D':
        vt_move(vt, vt->x - n, vt->y);
        break;
    case 'E':
        vt_move(vt, 0, vt->y + n);
        break;
    case 'F':
        vt_move(vt, 0, vt->y - n);
        break;
    case 'G':
    case '`':
        vt_move(vt, n - 1, vt->y);
        break;
    case 'd':
        vt_move(vt, vt->x, n - 1);
        break;
    default:
        vt_move(vt, count_of(vt, 1) - 1, n - 1);
        break;
    }
}

static void change_cells(struct vt *vt, char final)
{
    int n = count_of(vt, 0);
    switch (final) {
    case 'J':
        erase_in_screen(vt);
        break;
    case 'K':
        erase_in_line(vt);
        break;
    case 'X':
        vt_erase(vt, vt->x, vt->y, vt->x + n, vt->y + 1);
        break;
    case '@':
        vt_shift(vt, -n);
        break;
    case 'P':
        vt_shift(vt, n);
        break;
    case 'L':
        move_lines(vt, -n);
        break;
    case 'M':
        move_lines(vt, n);
        break;
    case 'S':
        vt_scroll(vt, vt->top, vt->bottom, n);
        break;
    default:
        vt_scroll(vt, vt->top, vt->bottom, -n);
        break;
    }
}

static bool is_among(char c, const char *which)
{
    for (; *which; which++)
        if (*which == c)
            return true;
    return false;
}

void vt_csi(struct vt *vt, char final)
{
    if (vt->prefix == '?' && (final == 'h' || final == 'l'))
        set_mode(vt);
    if (vt->prefix)
        return;
    if (is_among(final, "ABCDEFGHadef`"))
        move_cursor(vt, final);
    else if (is_among(final, "JKX@PLMST"))
        change_cells(vt, final);
    else if (final == 'm')
        set_pen(vt);
    else if (final == 'r')
        set_scroll_rows(vt);
}
