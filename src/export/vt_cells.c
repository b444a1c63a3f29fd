#include "export/vt_private.h"

#include "base/mem.h"

#include <string.h>

static struct vt_cell *cell_at(struct vt *vt, int x, int y)
{
    return &vt->cells[y * vt->w + x];
}

// What is erased has the pen's background.
static struct vt_cell blank_of(const struct vt *vt)
{
    return (struct vt_cell){.utf8 = " ", .style = {STYLE_DEFAULT, vt->pen.bg, 0}};
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

void vt_move(struct vt *vt, int x, int y)
{
    vt->x = clamp(x, 0, vt->w - 1);
    vt->y = clamp(y, 0, vt->h - 1);
    vt->is_wrap_due = false;
}

void vt_erase(struct vt *vt, int x0, int y0, int x1, int y1)
{
    const struct vt_cell blank = blank_of(vt);
    for (int y = clamp(y0, 0, vt->h); y < clamp(y1, 0, vt->h); y++)
        for (int x = clamp(x0, 0, vt->w); x < clamp(x1, 0, vt->w); x++)
            *cell_at(vt, x, y) = blank;
    vt->is_wrap_due = false;
}

void vt_scroll(struct vt *vt, int from, int to, int n)
{
    int rows = to - from;
    if (rows <= 0 || n == 0)
        return;
    n = clamp(n, -rows, rows);
    size_t row_bytes = (size_t)vt->w * sizeof(struct vt_cell);
    size_t kept = (size_t)(rows - (n < 0 ? -n : n)) * row_bytes;
    if (n > 0)
        memmove(cell_at(vt, 0, from), cell_at(vt, 0, from) + n * vt->w, kept);
    else
        memmove(cell_at(vt, 0, from) - n * vt->w, cell_at(vt, 0, from), kept);
    if (n > 0)
        vt_erase(vt, 0, to - n, vt->w, to);
    else
        vt_erase(vt, 0, from, vt->w, from - n);
}

void vt_shift(struct vt *vt, int n)
{
    int columns = vt->w - vt->x;
    n = clamp(n, -columns, columns);
    struct vt_cell *from = cell_at(vt, vt->x, vt->y);
    size_t kept = (size_t)(columns - (n < 0 ? -n : n)) * sizeof(*from);
    if (n > 0)
        memmove(from, from + n, kept);
    else
        memmove(from - n, from, kept);
    if (n > 0)
        vt_erase(vt, vt->w - n, vt->y, vt->w, vt->y + 1);
    else
        vt_erase(vt, vt->x, vt->y, vt->x - n, vt->y + 1);
}

void vt_line_feed(struct vt *vt)
{
    vt->is_wrap_due = false;
    if (vt->y + 1 == vt->bottom)
        vt_scroll(vt, vt->top, vt->bottom, 1);
    else if (vt->y + 1 < vt->h)
        vt->y++;
}

void vt_put(struct vt *vt, const char *utf8, size_t len_bytes, int columns)
{
    if (vt->is_wrap_due || vt->x + columns > vt->w) {
        vt->x = 0;
        vt_line_feed(vt);
    }
    for (int i = 0; i < columns && vt->x + i < vt->w; i++) {
        struct vt_cell *cell = cell_at(vt, vt->x + i, vt->y);
        *cell = (struct vt_cell){.utf8 = " ", .style = vt->pen};
        if (i == 0)
            memcpy(cell->utf8, utf8, len_bytes);
    }
    vt->is_wrap_due = vt->x + columns >= vt->w;
    vt->x = clamp(vt->x + columns, 0, vt->w - 1);
}

void vt_reset(struct vt *vt)
{
    static const struct style plain = {STYLE_DEFAULT, STYLE_DEFAULT, 0};
    vt->pen = vt->saved_pen = plain;
    vt->x = vt->y = vt->saved_x = vt->saved_y = 0;
    vt->top = 0;
    vt->bottom = vt->h;
    vt->state = VT_GROUND;
    vt->n_partial = 0;
    vt_erase(vt, 0, 0, vt->w, vt->h);
}

void vt_resize(struct vt *vt, int w, int h)
{
    mem_free(vt->cells);
    vt->w = w < 1 ? 1 : w;
    vt->h = h < 1 ? 1 : h;
    vt->cells = mem_array((size_t)vt->w * (size_t)vt->h, sizeof(*vt->cells));
    vt_reset(vt);
}

struct vt *vt_new(int w, int h)
{
    struct vt *vt = mem_alloc(sizeof(*vt));
    vt_resize(vt, w, h);
    return vt;
}

void vt_free(struct vt *vt)
{
    if (!vt)
        return;
    mem_free(vt->cells);
    mem_free(vt);
}

int vt_width(const struct vt *vt)
{
    return vt->w;
}

int vt_height(const struct vt *vt)
{
    return vt->h;
}

const struct vt_cell *vt_at(const struct vt *vt, int x, int y)
{
    return &vt->cells[y * vt->w + x];
}
