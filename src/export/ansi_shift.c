#include "export/ansi_shift.h"

#include "base/mem.h"
#include "view/frame.h"

#include <string.h>

// What things take in a recording, in bytes, about.
enum { JUMP_COST = 12, STYLE_COST = 16, DELETE_COST = 25, INSERT_COST = 21, SHIFT_MAX = 20 };

bool style_is_same(struct style a, struct style b)
{
    return a.fg == b.fg && a.bg == b.bg && a.attributes == b.attributes;
}

bool look_is_same(const struct glyph_look *a, const struct glyph_look *b)
{
    return memcmp(a->utf8, b->utf8, sizeof(a->utf8)) == 0 && style_is_same(a->style, b->style);
}

static int cost_of(const struct glyph_look *shown, const struct glyph_look *next, int w)
{
    const struct style *pen = NULL;
    bool is_near = false;
    int cost = 0;
    for (int x = 0; x < w; x++) {
        if (look_is_same(&shown[x], &next[x])) {
            is_near = false;
            continue;
        }
        cost += is_near ? 0 : JUMP_COST;
        cost += pen && style_is_same(*pen, next[x].style) ? 0 : STYLE_COST;
        cost += (int)strnlen(next[x].utf8, sizeof(next[x].utf8));
        pen = &next[x].style;
        is_near = true;
    }
    return cost;
}

// The longest stretch that would be right after a shift by n. Returns how many cells in it change.
static int stretch_of(const struct glyph_look *shown, const struct glyph_look *next, int w, int n,
                      struct shift *shift)
{
    int best = 0, changed = 0, first = 0;
    for (int x = 0; x + n < w; x++) {
        if (!look_is_same(&shown[x + n], &next[x])) {
            changed = 0;
            continue;
        }
        if (look_is_same(&shown[x], &next[x]))
            continue;
        first = changed == 0 ? x : first;
        if (++changed > best) {
            best = changed;
            *shift = (struct shift){first, x + 1 + n, n};
        }
    }
    return best;
}

void shift_apply(const struct shift *shift, struct glyph_look *row)
{
    const struct glyph_look blank = {.utf8 = " ", .style = {STYLE_DEFAULT, STYLE_DEFAULT, 0}};
    size_t kept = (size_t)(shift->end - shift->n - shift->x);
    memmove(&row[shift->x], &row[shift->x + shift->n], kept * sizeof(*row));
    for (int i = shift->end - shift->n; i < shift->end; i++)
        row[i] = blank;
}

// What a row takes that is shifted so, and then made right.
static int cost_after(const struct shift *shift, const struct glyph_look *shown,
                      const struct glyph_look *next, int w)
{
    struct glyph_look row[FRAME_W_MAX];
    memcpy(row, shown, (size_t)w * sizeof(*row));
    shift_apply(shift, row);
    return DELETE_COST + (shift->end < w ? INSERT_COST : 0) + cost_of(row, next, w);
}

bool shift_find(struct shift *shift, const struct glyph_look *shown, const struct glyph_look *next,
                int w)
{
    struct shift stretch = {0, 0, 0};
    int least = cost_of(shown, next, w);
    bool is_found = false;
    for (int n = 1; n <= SHIFT_MAX && least > DELETE_COST; n++) {
        if (stretch_of(shown, next, w, n, &stretch) == 0)
            continue;
        // Where nothing stands to the right of it that would have to be put back, the whole row.
        const struct shift candidates[] = {stretch, {stretch.x, w, n}};
        for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
            int cost = cost_after(&candidates[i], shown, next, w);
            if (cost >= least)
                continue;
            least = cost;
            *shift = candidates[i];
            is_found = true;
        }
    }
    return is_found;
}
