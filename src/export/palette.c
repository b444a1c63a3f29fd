#include "export/palette.h"

#include "base/mem.h"

#include <string.h>

struct palette {
    struct style styles[THEME_MORE_MAX];
    int n;
    // Shown in turns, so that whoever compares pointers sees a change.
    struct theme themes[2];
    struct style shown[2][THEME_MORE_MAX];
    int turn;
};

struct palette *palette_new(const struct theme *theme)
{
    struct palette *palette = mem_alloc(sizeof(*palette));
    palette->themes[0] = palette->themes[1] = *theme;
    return palette;
}

void palette_free(struct palette *palette)
{
    mem_free(palette);
}

// The index of a pair of colours, -1 when there is no room for it.
static int index_of(struct palette *palette, struct style style)
{
    for (int i = 0; i < palette->n; i++)
        if (palette->styles[i].fg == style.fg && palette->styles[i].bg == style.bg)
            return i;
    if (palette->n == THEME_MORE_MAX)
        return -1;
    palette->styles[palette->n] = (struct style){style.fg, style.bg, 0};
    return palette->n++;
}

// False as soon as a pair found no room.
static bool draw_cells(struct palette *palette, const struct vt *vt, struct area area)
{
    bool has_all = true;
    int w = vt_width(vt) < area.w ? vt_width(vt) : area.w;
    int h = vt_height(vt) < area.h ? vt_height(vt) : area.h;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const struct vt_cell *cell = vt_at(vt, x, y);
            int index = index_of(palette, cell->style);
            has_all &= index >= 0;
            int role = index >= 0 ? ROLE_COUNT + index : ROLE_TEXT;
            draw_text(area, x, y, (enum role)role, cell->utf8);
            draw_attributes(area, x, y, 1, cell->style.attributes);
        }
    return has_all;
}

// Those in use are a beginning of those that were shown, or the theme is another one.
static void show(struct palette *palette)
{
    const struct theme *now = &palette->themes[palette->turn];
    size_t bytes = (size_t)palette->n * sizeof(palette->styles[0]);
    if (palette->n <= now->n_more &&
        memcmp(palette->shown[palette->turn], palette->styles, bytes) == 0)
        return;
    palette->turn = !palette->turn;
    memcpy(palette->shown[palette->turn], palette->styles, bytes);
    palette->themes[palette->turn].more = palette->shown[palette->turn];
    palette->themes[palette->turn].n_more = palette->n;
}

void palette_draw(struct palette *palette, const struct vt *vt, struct area area)
{
    if (!draw_cells(palette, vt, area)) {
        // Those of earlier frames make room.
        palette->n = 0;
        draw_cells(palette, vt, area);
    }
    show(palette);
}

const struct theme *palette_theme(const struct palette *palette)
{
    return &palette->themes[palette->turn];
}
