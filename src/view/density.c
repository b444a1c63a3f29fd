#include "view/density.h"

#include "base/mem.h"
#include "base/text.h"
#include "view/lane_row.h"

#include <string.h>

size_t density_first(size_t lane, size_t group)
{
    return lane == 0 ? 0 : (lane - 1) / group * group + 1;
}

static size_t last_of(const struct session_view *view, size_t first, size_t group)
{
    return first + group < view->n_lanes ? first + group - 1 : view->n_lanes - 1;
}

char *density_range(const struct session_view *view, size_t lane, size_t group, char out[48])
{
    size_t first = density_first(lane, group), last = last_of(view, first, group);
    if (first == last)
        text_format(out, 48, "%zu", first);
    else
        text_format(out, 48, "%zu-%zu", first, last);
    return out;
}

// What counts of a group's states, in the order in which it is worth the room.
static const struct tally {
    const char *word; // NULL: the state's sign
    enum lane_state sign;
    unsigned states; // bit (state)
} tallies[] = {
    {NULL, LANE_KILLED, 1u << LANE_KILLED},
    {NULL, LANE_FAILED, 1u << LANE_FAILED},
    {"run", LANE_RUNNING, 1u << LANE_RUNNING | 1u << LANE_HOLDING},
    {"wait", LANE_BLOCKED,
     1u << LANE_BLOCKED | 1u << LANE_GIL | 1u << LANE_JOINING | 1u << LANE_PREEMPTED},
    {"sleep", LANE_SLEEPING, 1u << LANE_SLEEPING},
    {"paused", LANE_PAUSED, 1u << LANE_PAUSED},
    {"stopped", LANE_STOPPED, 1u << LANE_STOPPED},
    {"new", LANE_NEW, 1u << LANE_NEW},
    {"done", LANE_FINISHED, 1u << LANE_FINISHED},
};

// "61 run  3 wait  2 dagger": what there is room for, the dead last but before all others.
static void draw_counts(const struct scene *scene, struct area area, size_t first, size_t last)
{
    size_t counts[LANE_STATE_COUNT] = {0};
    char texts[ARRAY_LEN(tallies)][24];
    char number[24];
    int digits = (int)text_format(number, sizeof(number), "%zu", scene->group);
    for (size_t lane = first; lane <= last; lane++)
        counts[scene->view->lanes[lane].state]++;
    int room = area.w - 1;
    for (size_t i = 0; i < ARRAY_LEN(tallies); i++) {
        size_t n = 0;
        for (int state = 0; state < LANE_STATE_COUNT; state++)
            n += tallies[i].states >> state & 1 ? counts[state] : 0;
        const char *word = tallies[i].word
                               ? tallies[i].word
                               : glyph_text(glyph_of_state(tallies[i].sign), GLYPHS_UTF8);
        text_format(texts[i], sizeof(texts[i]), "%*zu %s ", digits, n, word);
        int columns = (int)text_columns(texts[i]);
        if (n == 0 || columns - 1 > room)
            texts[i][0] = '\0';
        else
            room -= columns;
    }
    int x = 1;
    for (size_t k = 0; k < ARRAY_LEN(tallies); k++) {
        size_t i = (k + 2) % ARRAY_LEN(tallies);
        x = draw_text(area, x, 0, state_role(tallies[i].sign), texts[i]);
    }
}

static unsigned weight_of(enum lane_state state)
{
    static const uint8_t weights[LANE_STATE_COUNT] = {
        [LANE_RUNNING] = 2, [LANE_HOLDING] = 2,  [LANE_BLOCKED] = 1,
        [LANE_GIL] = 1,     [LANE_SLEEPING] = 1, [LANE_JOINING] = 1,
        [LANE_PAUSED] = 1,  [LANE_STOPPED] = 1,  [LANE_PREEMPTED] = 1,
    };
    return weights[state];
}

// Which lanes of a group died, and in which column.
struct ends {
    bool is_killed[FRAME_W_MAX], is_failed[FRAME_W_MAX];
};

static void find_ends(const struct scene *scene, size_t first, size_t last, int columns,
                      struct ends *ends)
{
    for (size_t lane = first; lane <= last; lane++) {
        const struct session_lane *l = &scene->view->lanes[lane];
        if (l->end_ns == UINT64_MAX || (l->state != LANE_KILLED && l->state != LANE_FAILED))
            continue;
        int64_t x = viewport_column(&scene->port, l->end_ns);
        if (x >= 0 && x < columns && l->state == LANE_KILLED)
            ends->is_killed[x] = true;
        else if (x >= 0 && x < columns)
            ends->is_failed[x] = true;
    }
}

static void draw_height(struct area plot, int x, uint64_t column, const struct crowd *crowd)
{
    uint64_t all_ns = 0, weight = 0;
    enum lane_state most = LANE_NEW;
    for (int i = 0; i < LANE_STATE_COUNT; i++) {
        enum lane_state state = (enum lane_state)i;
        all_ns += crowd->state_ns[i];
        weight += crowd->state_ns[i] * weight_of(state);
        if (weight_of(state) > 0 &&
            (most == LANE_NEW || crowd->state_ns[i] > crowd->state_ns[most]))
            most = state;
    }
    if (weight > 0) {
        // What is there is never drawn as nothing.
        int eighths = (int)((weight * 4 + all_ns - 1) / all_ns);
        draw_glyph(plot, x, 0, state_role(most), glyph_of_height(eighths));
    } else if (crowd->state_ns[LANE_NEW] > 0 && column % 4 == 0) {
        draw_glyph(plot, x, 0, ROLE_NEW, GLYPH_STATE_NEW);
    }
}

// As in a lane's own row, the mark that matters most wins over what is below it.
static void draw_marks(struct area plot, int x, const struct crowd *crowd, const struct ends *ends)
{
    if (crowd->losses > 0)
        draw_glyph(plot, x, 0, ROLE_LOST, GLYPH_MARK_LOSS);
    else if (crowd->broken > 0)
        draw_glyph(plot, x, 0, ROLE_LOST, GLYPH_MARK_BROKEN);
    else if (ends->is_killed[x])
        draw_glyph(plot, x, 0, ROLE_KILLED, GLYPH_STATE_KILLED);
    else if (ends->is_failed[x])
        draw_glyph(plot, x, 0, ROLE_FAILED, GLYPH_STATE_FAILED);
}

static void draw_plot(const struct scene *scene, struct area plot, size_t first, size_t last)
{
    struct crowd crowd[FRAME_W_MAX] = {0};
    struct ends ends = {.is_killed = {false}};
    size_t columns = plot.w > 0 ? (size_t)plot.w : 0;
    for (size_t lane = first; lane <= last; lane++)
        timeline_crowd(scene->view->timeline, lane, viewport_time(&scene->port, 0),
                       scene->port.ns_per_column, columns, crowd);
    find_ends(scene, first, last, plot.w, &ends);
    for (int x = 0; x < plot.w; x++) {
        draw_height(plot, x, scene->port.first + (uint64_t)x, &crowd[x]);
        draw_marks(plot, x, &crowd[x], &ends);
    }
}

static void draw_group(const struct scene *scene, struct area row, size_t first, size_t last)
{
    const struct lane_columns columns = scene->columns;
    bool is_selected =
        scene->has_cursor && scene->cursor_lane >= first && scene->cursor_lane <= last;
    struct area gutter = area_part(row, 0, 0, columns.gutter, 1);
    enum role role = is_selected ? ROLE_CURSOR : scene->group == 1 ? lane_role(first) : ROLE_TEXT;
    char range[48];
    if (is_selected)
        draw_glyph(gutter, 0, 0, ROLE_TITLE, GLYPH_POINTER);
    if (scene->group == 1)
        draw_text_cut(gutter, 1, 0, gutter.w - 3, role, lane_name(scene, first));
    else
        draw_right(gutter, gutter.w - 2, 0, role,
                   density_range(scene->view, first, scene->group, range));
    draw_plot(scene, area_part(row, columns.gutter, 0, columns.plot, 1), first, last);
    draw_counts(scene, area_part(row, columns.gutter + columns.plot, 0, columns.status, 1), first,
                last);
}

void density_draw(const struct scene *scene, struct area rows)
{
    const struct session_view *view = scene->view;
    size_t first = 1;
    for (int y = 0; y < rows.h && first < view->n_lanes; y++, first += scene->group)
        draw_group(scene, area_part(rows, 0, y, rows.w, 1), first,
                   last_of(view, first, scene->group));
}
