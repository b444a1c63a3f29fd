#include "tui/screen_private.h"

#include <string.h>

// A picture that scrolls is mostly on the terminal already, some columns further to the right. So
// what has moved is moved there: cells are deleted at its left edge, which pulls along what is
// behind them, and as many blanks are inserted at its right one, which pushes what stands beside it
// back. In between, that is not where it belongs, so where something does stand beside it this is
// for terminals that show a frame whole or not at all.

enum {
    STEP_MAX = 12, // columns, in one frame
    GAIN_MIN = 12, // cells that need not be written: about what a shift takes
};

// 1: this cell would be right after a shift by n and is not now; -1: the other way round.
static int gain_of(const struct screen *screen, const struct cell *shown, const struct cell *next,
                   int n)
{
    return (int)cell_is_shown(screen, shown + n, next) - (int)cell_is_shown(screen, shown, next);
}

// What is right now, and would not be with blanks in its place.
static int blanked(const struct screen *screen, const struct cell *shown, const struct cell *next,
                   int n)
{
    static const struct cell blank = {.utf8 = ""};
    int lost = 0;
    for (int x = 0; x < n; x++)
        lost +=
            cell_is_shown(screen, &shown[x], &next[x]) && !cell_is_shown(screen, &blank, &next[x]);
    return lost;
}

// The stretch of a row for which a shift by n gains most. Returns how much.
static int gain_by(const struct screen *screen, const struct cell *shown, const struct cell *next,
                   int w, int n, struct row_shift *shift)
{
    int best = 0, gain = 0, from = 0;
    for (int x = 0; x + n < w; x++) {
        if (gain <= 0) {
            gain = 0;
            from = x;
        }
        gain += gain_of(screen, &shown[x], &next[x], n);
        if (gain > best) {
            best = gain;
            *shift = (struct row_shift){from, x + 1 + n, n};
        }
    }
    int end = best > 0 ? shift->end - n : 0;
    return best > 0 ? best - blanked(screen, &shown[end], &next[end], n) : 0;
}

static bool is_bare(const struct screen *screen, const struct cell *row, int from, int w)
{
    for (int x = from; x < w; x++)
        if (!cell_is_bare(screen, &row[x]))
            return false;
    return true;
}

bool row_shift_find(const struct screen *screen, const struct cell *shown, const struct cell *next,
                    int w, struct row_shift *shift)
{
    int n_changed = 0, best = GAIN_MIN - 1;
    for (int x = 0; x < w; x++)
        n_changed += !cell_is_shown(screen, &shown[x], &next[x]);
    bool is_found = false;
    // Mostly by as much as the row before it: then nothing else is tried.
    for (int i = 0; i <= STEP_MAX && best * 4 < n_changed * 3; i++) {
        int n = i == 0 ? screen->paint.step : i;
        struct row_shift found;
        int gain = n > 0 ? gain_by(screen, shown, next, w, n, &found) : 0;
        if (gain <= best)
            continue;
        best = gain;
        *shift = found;
        is_found = true;
    }
    // Nothing is there to be pushed back.
    if (is_found && is_bare(screen, shown, shift->end, w))
        shift->end = w;
    return is_found;
}

void row_shift_apply(const struct row_shift *shift, struct cell *row)
{
    size_t kept = (size_t)(shift->end - shift->n - shift->x);
    memmove(&row[shift->x], &row[shift->x + shift->n], kept * sizeof(*row));
    memset(&row[shift->end - shift->n], 0, (size_t)shift->n * sizeof(*row));
}
