#include "view/hint.h"
#include "view/locks.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

// Waits as a histogram: from left to right ever longer ones, each column 12.5 % longer than the one
// before or a whole number of such steps, as high as there were waits of that length.

enum {
    OCTAVE = 8,       // buckets from one length to its double
    OCTAVES_MIN = 6,  // on the scale
    BUCKET_W_MAX = 4, // columns of one bucket
    GRID_MARGIN = 3,  // columns of a histogram without bars
    GRID_W_MIN = 76,  // of a histogram beside another
    GRID_H_MIN = 9,   // and of one above another
    GRID_H_MAX = 24,  // higher bars tell no more
};

// The part of the scale that is on screen.
struct scale {
    uint32_t first, end; // buckets
    int bucket_w;        // columns of each bucket, or 1
    uint32_t per_column; // buckets of each column, or 1
};

static uint32_t octave_before(uint32_t bucket)
{
    return bucket / OCTAVE * OCTAVE;
}

// From the shortest to the longest of `n_rows` locks, so that they can be compared; by whole powers
// of two, so that it changes seldom.
static struct scale scale_of(const struct lock_row *rows, size_t n_rows, int w)
{
    struct scale scale = {.first = SESSION_WAIT_BUCKETS, .end = 0};
    for (size_t row = 0; row < n_rows; row++)
        for (uint32_t i = 0; i < SESSION_WAIT_BUCKETS; i++)
            if (rows[row].waits.counts[i] > 0) {
                scale.first = scale.first < i ? scale.first : i;
                scale.end = scale.end > i + 1 ? scale.end : i + 1;
            }
    if (scale.end == 0)
        scale.first = 0;
    scale.first = octave_before(scale.first);
    scale.end = octave_before(scale.end + OCTAVE - 1);
    while (scale.end - scale.first < OCTAVE * OCTAVES_MIN) {
        scale.end += scale.end < SESSION_WAIT_BUCKETS ? OCTAVE : 0;
        scale.first -= scale.first > 0 ? OCTAVE : 0;
    }
    uint32_t n = scale.end - scale.first, columns = w > 1 ? (uint32_t)w : 1;
    scale.per_column = (n + columns - 1) / columns;
    scale.bucket_w = (int)(columns / n < 1 ? 1 : columns / n);
    scale.bucket_w = scale.bucket_w > BUCKET_W_MAX ? BUCKET_W_MAX : scale.bucket_w;
    return scale;
}

// Where a wait of that length stands; -1 outside the scale.
static int column_of(const struct scale *scale, uint64_t ns)
{
    uint32_t bucket = session_wait_bucket(ns);
    if (bucket < scale->first || bucket >= scale->end)
        return -1;
    return (int)((bucket - scale->first) / scale->per_column) * scale->bucket_w;
}

static int scale_columns(const struct scale *scale)
{
    return (int)((scale->end - scale->first + scale->per_column - 1) / scale->per_column) *
           scale->bucket_w;
}

static uint64_t count_at(const struct session_waits *waits, const struct scale *scale, int x)
{
    uint32_t from = scale->first + (uint32_t)(x / scale->bucket_w) * scale->per_column;
    uint64_t sum = 0;
    for (uint32_t i = from; i < from + scale->per_column && i < scale->end; i++)
        sum += waits->counts[i];
    return sum;
}

static uint64_t most_of(const struct session_waits *waits, const struct scale *scale)
{
    uint64_t most = 0;
    for (int x = 0; x < scale_columns(scale); x += scale->bucket_w) {
        uint64_t count = count_at(waits, scale, x);
        most = count > most ? count : most;
    }
    return most;
}

// A single wait is seen beside a million.
static int height_of(uint64_t count, uint64_t most, int rows)
{
    int eighths = (int)((double)count / (double)most * rows * 8 + 0.5);
    return count > 0 && eighths == 0 ? 1 : eighths;
}

static void draw_bars(const struct session_waits *waits, const struct scale *scale,
                      struct area area)
{
    uint64_t most = most_of(waits, scale);
    for (int x = 0; x < scale_columns(scale); x++) {
        int height = height_of(count_at(waits, scale, x), most, area.h);
        for (int y = area.h - 1; y >= 0 && height > 0; y--, height -= 8)
            draw_glyph(area, x, y, ROLE_BLOCKED, glyph_of_height(height));
    }
}

// Whether nothing stands in [x, x + n) of the area's first row.
static bool is_free(struct area area, int x, int n)
{
    if (x < 0 || x + n > area.w)
        return false;
    for (int i = x; i < x + n; i++)
        if (frame_at(area.frame, area.x + i, area.y)->utf8[0] != ' ')
            return false;
    return true;
}

// Labels at 1, 10, 100 ..., and where they leave room at 2 and 5 times that.
static void draw_scale(const struct scale *scale, struct area area)
{
    static const uint64_t steps[] = {1, 2, 5};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        for (uint64_t ns = 1; ns <= 1000 * NS_PER_S; ns *= 10) {
            static const char *const units[] = {"ns", "us", "ms", "s"};
            char label[24];
            uint64_t number = ns * steps[i];
            size_t unit = 0;
            for (; unit + 1 < ARRAY_LEN(units) && number >= 1000; unit++)
                number /= 1000;
            int x = column_of(scale, ns * steps[i]);
            int n = (int)text_format(label, sizeof(label), "%llu %s ", (unsigned long long)number,
                                     units[unit]);
            if (x < 0 || !is_free(area, x, n + 1))
                continue;
            draw_glyph(area, x, 0, ROLE_EDGE, GLYPH_TICK);
            draw_text(area, x + 1, 0, ROLE_DIM, label);
        }
}

// Arrows below the columns of p50, p99 and the longest, with their names where they fit: those of
// one column together.
static void draw_marks(const struct lock_row *row, const struct scale *scale, struct area area)
{
    const struct {
        const char *name;
        uint64_t ns;
    } marks[] = {{"p50", row->wait.p50_ns}, {"p99", row->wait.p99_ns}, {"max", row->wait.max_ns}};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        draw_glyph(area, column_of(scale, marks[i].ns), 0, ROLE_TITLE, GLYPH_ARROW_UP);
    for (size_t i = 0, next; i < ARRAY_LEN(marks); i = next) {
        char names[16];
        int x = column_of(scale, marks[i].ns);
        int n = (int)text_format(names, sizeof(names), "%s", marks[i].name);
        for (next = i + 1; next < ARRAY_LEN(marks) && column_of(scale, marks[next].ns) == x; next++)
            n += (int)text_format(names + n, sizeof(names) - (size_t)n, " %s", marks[next].name);
        bool has_right =
            is_free(area, x + 1, n + 1) || (x + 1 + n == area.w && is_free(area, x + 1, n));
        if (has_right)
            draw_text(area, x + 1, 0, ROLE_TEXT, names);
        else if (is_free(area, x - n - 1, n + 1))
            draw_text(area, x - n, 0, ROLE_TEXT, names);
    }
}

static void heading_text(const struct lock_row *row, char *out, size_t size)
{
    text_format(out, size,
                row->type == LOCK_CONDITION ? "waits for a notify of %s" : "waits for %s",
                row->name);
}

// "143 waited; the tallest column is 12 of them"
static void note_text(const struct lock_row *row, uint64_t most, int columns, char *out,
                      size_t size)
{
    char n[28], tallest[28];
    out[0] = '\0';
    if (row->waits.n == 0)
        return;
    text_grouped(n, (int64_t)row->waits.n);
    text_format(out, size, "%s waited, %s in the tallest column", n,
                text_grouped(tallest, (int64_t)most));
    if ((int)text_columns(out) > columns)
        text_format(out, size, "%s waited", n);
}

// Why there is no histogram. A wait counts when it is over.
static const char *none_text(const struct scene *scene, const struct lock_row *row, bool is_awaited)
{
    const struct session_view *view = scene->view;
    bool is_off = row->type == LOCK_MUTEX && row->taken == 0 && !view->lock_wanted;
    if (is_awaited)
        return "no wait for it is over yet";
    if (row->taken > 0)
        return view->is_ended ? "nobody had to wait" : "nobody has had to wait yet";
    if (is_off && !view->is_ended)
        return "the lock is off, nobody takes it: {lock} switches it on";
    return view->is_ended ? "nobody took it" : "nobody has taken it yet";
}

static bool is_awaited(const struct locks_scene *locks, size_t row)
{
    const struct session_view *view = locks->scene->view;
    for (size_t lane = 0; lane < view->n_lanes; lane++)
        if (view->lanes[lane].state == LANE_BLOCKED && view->lanes[lane].waits_for == row)
            return true;
    return false;
}

static void draw_one(const struct locks_scene *locks, size_t number, const struct scale *scale,
                     struct area area)
{
    const struct lock_row *row = &locks->rows[number];
    char heading[96], note[96];
    heading_text(row, heading, sizeof(heading));
    if (row->waits.n == 0) {
        hint_draw(panel_heading(area, heading, ROLE_DIM, ""), 1, 0, area.w - 2, ROLE_DIM,
                  locks->scene->keymap, none_text(locks->scene, row, is_awaited(locks, number)));
        return;
    }
    note_text(row, most_of(&row->waits, scale), area.w - (int)text_columns(heading) - 8, note,
              sizeof(note));
    struct area below = panel_heading(area, heading, ROLE_DIM, note);
    struct area plot = area_part(below, 1, 0, below.w - 2, below.h - 2);
    draw_bars(&row->waits, scale, plot);
    draw_scale(scale, area_part(below, 1, below.h - 2, below.w - 2, 1));
    draw_marks(row, scale, area_part(below, 1, below.h - 1, below.w - 2, 1));
}

static int across_of(const struct locks_scene *locks, int w)
{
    int n = (int)locks->n_rows, across = w / GRID_W_MIN;
    return across < 1 ? 1 : across > n ? n : across;
}

static int lines_of(const struct locks_scene *locks, int across)
{
    return across > 0 ? ((int)locks->n_rows + across - 1) / across : 0;
}

int locks_waits_rows(const struct locks_scene *locks, int w)
{
    return GRID_H_MAX * lines_of(locks, across_of(locks, w));
}

// So many beside and above each other as are readable, from the selected one on.
void locks_waits_draw(const struct locks_scene *locks, struct area area)
{
    if (area.h < 2 || locks->n_rows == 0)
        return;
    int n = (int)locks->n_rows, across = across_of(locks, area.w), down = area.h / GRID_H_MIN;
    int lines = lines_of(locks, across);
    down = down < 1 ? 1 : down > lines ? lines : down;
    int first = (int)locks->selected;
    first = first + across * down > n ? n - across * down : first;
    first = first < 0 ? 0 : first;
    int shown = across * down < n - first ? across * down : n - first;
    struct scale scale =
        scale_of(&locks->rows[first], (size_t)shown, area.w / across - GRID_MARGIN);
    for (int i = 0; i < shown; i++) {
        int x0 = area.w * (i % across) / across, x1 = area.w * (i % across + 1) / across;
        int y0 = area.h * (i / across) / down, y1 = area.h * (i / across + 1) / down;
        draw_one(locks, (size_t)(first + i), &scale,
                 area_part(area, x0, y0, x1 - x0 - (x1 < area.w), y1 - y0));
    }
}
