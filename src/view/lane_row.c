#include "view/lane_row.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "view/pool.h"
#include "view/theme.h"

#include <string.h>

// When a column holds several marks, the first of these is drawn.
static const enum mark mark_order[] = {
    MARK_LOSS,    MARK_LOST, MARK_BROKEN, MARK_END,   MARK_START, MARK_TOGGLE,
    MARK_RECOVER, MARK_GIVE, MARK_TAKE,   MARK_STORE, MARK_PRINT, MARK_ACQUIRE,
    MARK_RELEASE, MARK_LOAD, MARK_GIL,    MARK_CHECK, MARK_GAP,
};

static enum role mark_role(enum mark mark)
{
    switch (mark) {
    case MARK_LOSS:
    case MARK_LOST:
    case MARK_BROKEN:
        return ROLE_LOST;
    case MARK_END:
    case MARK_START:
    case MARK_PRINT:
        return ROLE_TITLE;
    case MARK_TOGGLE:
        return ROLE_BLOCKED;
    case MARK_GIL:
    case MARK_RECOVER:
    case MARK_ACQUIRE:
    case MARK_RELEASE:
        return ROLE_HOLDING;
    case MARK_GIVE:
    case MARK_STORE:
        return ROLE_STORE;
    case MARK_TAKE:
    case MARK_CHECK:
    case MARK_LOAD:
        return ROLE_LOAD;
    case MARK_GAP:
        return ROLE_GAP;
    case MARK_COUNT:
        break;
    }
    return ROLE_TEXT;
}

// What becomes of one column of the plot.
struct spot {
    bool is_known; // something is drawn
    bool is_folded;
    bool is_loss;
    uint64_t stores;
    enum glyph glyph;
    enum role role;
};

static bool is_known(const struct column *column)
{
    for (int state = 0; state < LANE_STATE_COUNT; state++)
        if (column->state_ns[state] > 0)
            return true;
    return column->has_events;
}

static enum glyph end_glyph(enum lane_state state)
{
    bool is_end = state == LANE_KILLED || state == LANE_FAILED;
    return glyph_of_state(is_end ? state : LANE_FINISHED);
}

static void spot_mark(struct spot *spot, const struct column *column, enum lane_state now)
{
    for (size_t i = 0; i < ARRAY_LEN(mark_order); i++) {
        enum mark mark = mark_order[i];
        // Several in a column say nothing more: there the lane's state does.
        bool is_crowded = (mark == MARK_GIL || mark == MARK_CHECK) && column->marks[mark] > 1;
        if (column->marks[mark] == 0 || is_crowded)
            continue;
        spot->glyph = mark == MARK_END ? end_glyph(now) : glyph_of_mark(mark);
        spot->role = mark_role(mark);
        if (spot->is_folded && (mark == MARK_STORE || mark == MARK_LOAD))
            spot->glyph = GLYPH_MARK_FOLDED;
        return;
    }
}

static struct spot spot_at(const struct scene *scene, size_t lane, int x)
{
    uint64_t from = viewport_time(&scene->port, x);
    struct spot spot = {0};
    if (from > scene->view->now_ns)
        return spot;
    struct column column;
    timeline_column(scene->view->timeline, lane, from, from + scene->port.ns_per_column, &column);
    spot.is_known = is_known(&column);
    if (!spot.is_known)
        return spot;
    if (scene->view->is_saved && !column.is_exact) {
        // Of what the file has not, or cannot be read, nothing is known that could be drawn.
        spot.glyph = glyph_of_mark(MARK_GAP);
        spot.role = ROLE_GAP;
        return spot;
    }
    enum lane_state state = column.main_state;
    spot.glyph = glyph_of_state(state);
    spot.role = state_role(state);
    bool is_over = state == LANE_FINISHED || state == LANE_KILLED || state == LANE_FAILED;
    // Before its start a lane is dotted, after its end there is nothing.
    if (is_over || (state == LANE_NEW && (scene->port.first + (uint64_t)x) % 4 != 0))
        spot.glyph = GLYPH_BLANK;
    spot.stores = column.marks[MARK_STORE];
    spot.is_loss = column.marks[MARK_LOSS] + column.marks[MARK_LOST] > 0;
    spot.is_folded = column.marks[MARK_STORE] + column.marks[MARK_LOAD] > 1;
    if (column.has_events)
        spot_mark(&spot, &column, scene->view->lanes[lane].state);
    return spot;
}

static void draw_spot(struct area plot, int x, const struct spot *spot)
{
    draw_glyph(plot, x, 0, spot->role, spot->glyph);
    if (spot->is_folded)
        draw_attributes(plot, x, 0, 1, STYLE_REVERSE);
}

// How full a folded column is: doubling the number of stores is one step up.
static int height_of(uint64_t stores)
{
    int height = 0;
    for (; stores > 0; stores /= 2)
        height++;
    return height > 8 ? 8 : height;
}

// Labels: "L25" under a load of 25, "S26" under a store of 26; "cube(3)" from where a worker of the
// pool took that input, "=27" up to where it gave the result.

enum { LABELS_MAX = FRAME_W_MAX, LABEL_PASSES = 3 };

struct label {
    int x;    // of the mark
    int pass; // of drawing: what matters more is drawn first and keeps its place
    enum role role;
    const struct event *event;
};

static bool label_of(const struct event *event, const struct spot *spot, struct label *label)
{
    *label = (struct label){.event = event};
    if (event->kind == EVENT_TAKE) {
        label->role = ROLE_LOAD;
        return true;
    }
    if (event->kind == EVENT_GIVE) {
        label->pass = 1;
        label->role = ROLE_STORE;
        return true;
    }
    if (spot->is_folded || (event->kind != EVENT_LOAD && event->kind != EVENT_STORE))
        return false;
    bool is_store = event->kind == EVENT_STORE;
    label->pass = is_store ? (spot->is_loss ? 0 : 1) : 2;
    label->role = !is_store ? ROLE_LOAD : spot->is_loss ? ROLE_LOST : ROLE_STORE;
    return true;
}

static size_t collect_labels(const struct scene *scene, size_t lane, int columns,
                             const struct spot *spots, struct label *labels)
{
    const struct timeline *tl = scene->view->timeline;
    uint64_t i = timeline_find(tl, lane, viewport_time(&scene->port, 0));
    uint64_t end_ns = viewport_time(&scene->port, columns), now_ns = scene->view->now_ns;
    uint64_t end = timeline_find(tl, lane, end_ns <= now_ns ? end_ns : now_ns + 1);
    size_t n = 0;
    // More than this cannot be told apart anyway.
    if (end <= i || end - i > 8 * (uint64_t)columns)
        return 0;
    for (; i < end && n < LABELS_MAX; i++) {
        const struct event *event = timeline_at(tl, lane, i);
        int64_t x = viewport_column(&scene->port, event->t_ns);
        if (x < 0 || x >= columns)
            continue;
        if (label_of(event, &spots[x], &labels[n]))
            labels[n++].x = (int)x;
    }
    return n;
}

// The second row of a plot, and which of its columns have something.
struct label_row {
    struct area plot;
    bool is_taken[FRAME_W_MAX];
};

// With a blank on either side; false, and nothing happens, where that is not free.
static bool place_label(struct label_row *row, int x, enum role role, const char *text)
{
    int len = (int)text_columns(text), w = row->plot.w;
    x = x < 0 ? 0 : x + len > w ? w - len : x;
    int from = x > 0 ? x - 1 : 0, to = x + len + 1 < w ? x + len + 1 : w;
    if (x < 0 || memchr(row->is_taken + from, true, (size_t)(to - from)))
        return false;
    memset(row->is_taken + x, true, (size_t)len);
    draw_text(row->plot, x, 1, role, text);
    return true;
}

// From the mark to the next input at the most, whole or not at all.
static void place_item(const struct scene *scene, struct label_row *row, const struct label *labels,
                       size_t n, size_t i)
{
    int x = labels[i].x + 1, end = row->plot.w;
    for (size_t next = i + 1; next < n; next++)
        if (labels[next].event->kind == EVENT_TAKE) {
            end = labels[next].x;
            break;
        }
    // The newest stands at the edge, where it may grow to the left.
    int room = end < row->plot.w ? end - x : end;
    char text[POOL_TEXT];
    if (labels[i].event->object < scene->view->prog->pool.n_items &&
        pool_item_text(scene->view->prog, labels[i].event->object, room, text))
        place_label(row, x, labels[i].role, text);
}

static void place_result(const struct scene *scene, struct label_row *row,
                         const struct label *label)
{
    char result[POOL_TEXT], text[POOL_TEXT + 1];
    if (!pool_result_text(scene->view->prog, label->event->value, label->x - 1, result))
        return;
    text_format(text, sizeof(text), "=%s", result);
    place_label(row, label->x - (int)text_columns(text), label->role, text);
}

static void place_access(struct label_row *row, const struct label *label)
{
    char text[24];
    bool is_store = label->event->kind == EVENT_STORE;
    size_t len = text_format(text, sizeof(text), "%c%lld", is_store ? 'S' : 'L',
                             (long long)label->event->value);
    place_label(row, label->x - (int)len / 2, label->role, text);
}

static void draw_labels(const struct scene *scene, struct label_row *row,
                        const struct label *labels, size_t n)
{
    for (int pass = 0; pass < LABEL_PASSES; pass++)
        for (size_t i = 0; i < n; i++) {
            if (labels[i].pass != pass)
                continue;
            if (labels[i].event->kind == EVENT_TAKE)
                place_item(scene, row, labels, n, i);
            else if (labels[i].event->kind == EVENT_GIVE)
                place_result(scene, row, &labels[i]);
            else
                place_access(row, &labels[i]);
        }
}

static void draw_second_row(const struct scene *scene, size_t lane, struct area plot,
                            const struct spot *spots)
{
    struct label_row row = {.plot = plot};
    struct label labels[LABELS_MAX];
    size_t n = collect_labels(scene, lane, plot.w, spots, labels);
    for (int x = 0; x < plot.w; x++)
        if (spots[x].is_folded && spots[x].stores > 1) {
            row.is_taken[x] = true;
            draw_glyph(plot, x, 1, spots[x].is_loss ? ROLE_LOST_QUIET : ROLE_LOAD,
                       glyph_of_height(height_of(spots[x].stores)));
        }
    draw_labels(scene, &row, labels, n);
}

void bar_draw(struct area area, int x, int y, int columns, enum role role, uint64_t done,
              uint64_t whole)
{
    if (done > whole)
        done = whole;
    int filled = whole ? (int)(done * (uint64_t)columns / whole) : columns;
    draw_run(area, x, y, filled, role, GLYPH_BAR_FULL);
    draw_run(area, x + filled, y, columns - filled, ROLE_EDGE, GLYPH_BAR_EMPTY);
}

// How far a sleep has come: the progress of a download.
static bool draw_progress(const struct scene *scene, size_t lane, struct area plot)
{
    const struct session_lane *l = &scene->view->lanes[lane];
    // A pool's inputs and results are worth more.
    bool has_labels = scene->has_cell || scene->view->prog->pool.n_items > 0;
    if (l->sleep_until_ns <= l->sleep_from_ns || has_labels)
        return false;
    uint64_t now = scene->view->now_ns;
    if (l->state == LANE_FINISHED)
        now = l->sleep_until_ns;
    if (now < l->sleep_from_ns)
        now = l->sleep_from_ns;
    uint64_t whole = l->sleep_until_ns - l->sleep_from_ns, done = now - l->sleep_from_ns;
    if (done > whole)
        done = whole;
    int columns = plot.w - 22 < 60 ? plot.w - 22 : 60;
    if (columns < 4)
        return false;
    bar_draw(plot, 0, 1, columns, ROLE_HOLDING, done, whole);
    int x = draw_textf(plot, columns + 1, 1, ROLE_TEXT, "%3llu %%",
                       (unsigned long long)(done * 100 / whole));
    char left[24];
    if (done < whole)
        draw_textf(plot, x, 1, ROLE_DIM, "%8s left", time_text(left, whole - done, NS_PER_S / 10));
    return true;
}

void lane_row_draw(const struct scene *scene, size_t lane, struct area plot)
{
    struct spot spots[FRAME_W_MAX];
    timeline_expect(scene->view->timeline, lane, viewport_time(&scene->port, 0),
                    scene->port.ns_per_column, plot.w > 0 ? (size_t)plot.w : 0);
    for (int x = 0; x < plot.w; x++) {
        spots[x] = spot_at(scene, lane, x);
        if (spots[x].is_known)
            draw_spot(plot, x, &spots[x]);
    }
    if (plot.h > 1 && !draw_progress(scene, lane, plot))
        draw_second_row(scene, lane, plot, spots);
}
