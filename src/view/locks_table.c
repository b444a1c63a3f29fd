#include "view/hint.h"
#include "view/locks.h"

#include "base/mem.h"
#include "base/text.h"

// The figures of each lock, in columns of which a narrow screen has fewer.

enum { NAME_W_MAX = 24, ROWS_MIN = 2, CELL_TEXT = 40 };

struct figure {
    const char *title;
    int w;
    int from_w; // of the screen, from which on it is there
    void (*text)(const struct locks_scene *locks, const struct lock_row *row, char out[CELL_TEXT]);
};

static void taken_text(const struct locks_scene *locks, const struct lock_row *row,
                       char out[CELL_TEXT])
{
    (void)locks;
    scene_number(out, (int64_t)row->taken, 10);
}

static void contended_text(const struct locks_scene *locks, const struct lock_row *row,
                           char out[CELL_TEXT])
{
    (void)locks;
    scene_number(out, (int64_t)row->contended, 10);
}

// Of what was taken. A wait is counted before what it was for: so it may be ahead by one.
static void share_text(const struct locks_scene *locks, const struct lock_row *row,
                       char out[CELL_TEXT])
{
    (void)locks;
    uint64_t all = row->taken > row->contended ? row->taken : row->contended;
    if (row->type == LOCK_CONDITION || all == 0)
        text_format(out, CELL_TEXT, "-");
    else
        text_format(out, CELL_TEXT, "%.1f %%", 100.0 * (double)row->contended / (double)all);
}

static void wait_text(const struct lock_row *row, uint64_t ns, char out[CELL_TEXT])
{
    char text[16];
    text_format(out, CELL_TEXT, "%s", row->waits.n ? text_duration(text, ns) : "-");
}

static void p50_text(const struct locks_scene *locks, const struct lock_row *row,
                     char out[CELL_TEXT])
{
    (void)locks;
    wait_text(row, row->wait.p50_ns, out);
}

static void p99_text(const struct locks_scene *locks, const struct lock_row *row,
                     char out[CELL_TEXT])
{
    (void)locks;
    wait_text(row, row->wait.p99_ns, out);
}

static void max_text(const struct locks_scene *locks, const struct lock_row *row,
                     char out[CELL_TEXT])
{
    (void)locks;
    wait_text(row, row->wait.max_ns, out);
}

// The longest hold, also one that is not over.
struct hold {
    uint64_t ns, from_ns;
    uint32_t lane; // EVENT_NO_OBJECT: there is none
};

static struct hold longest_hold(const struct locks_scene *locks, const struct lock_row *row)
{
    const struct session_lock *lock = &row->lock;
    struct hold hold = {.lane = EVENT_NO_OBJECT};
    if (row->type != LOCK_MUTEX)
        return hold;
    uint64_t now_ns = locks->scene->view->now_ns;
    bool is_held = lock->owner != EVENT_NO_OBJECT && lock->since_ns < now_ns;
    if (lock->hold_max_lane != EVENT_NO_OBJECT)
        hold = (struct hold){lock->hold_max_ns, lock->hold_max_from_ns, lock->hold_max_lane};
    if (is_held && now_ns - lock->since_ns > hold.ns)
        hold = (struct hold){now_ns - lock->since_ns, lock->since_ns, lock->owner};
    return hold;
}

// Nobody holds a semaphore or a condition: how they stand instead.
static void hold_text(const struct locks_scene *locks, const struct lock_row *row,
                      char out[CELL_TEXT])
{
    char text[28];
    struct hold hold = longest_hold(locks, row);
    if (row->type == LOCK_SEMAPHORE)
        text_format(out, CELL_TEXT, "value %s", scene_number(text, row->value, 5));
    else if (row->type == LOCK_CONDITION)
        text_format(out, CELL_TEXT, "%s calls", scene_number(text, (int64_t)row->signals, 5));
    else
        text_format(out, CELL_TEXT, "%s",
                    hold.lane != EVENT_NO_OBJECT ? text_duration(text, hold.ns) : "-");
}

static void hold_by_text(const struct locks_scene *locks, const struct lock_row *row,
                         char out[CELL_TEXT])
{
    uint32_t lane = longest_hold(locks, row).lane;
    text_format(out, CELL_TEXT, "%.12s",
                lane != EVENT_NO_OBJECT ? lane_name(locks->scene, lane) : "");
}

static void hold_at_text(const struct locks_scene *locks, const struct lock_row *row,
                         char out[CELL_TEXT])
{
    char time[24];
    struct hold hold = longest_hold(locks, row);
    text_format(out, CELL_TEXT, "%s",
                hold.lane != EVENT_NO_OBJECT ? scene_time(time, locks->scene, hold.from_ns) : "");
}

// With the hold that is not over.
static uint64_t held_ns(const struct locks_scene *locks, const struct lock_row *row)
{
    uint64_t now_ns = locks->scene->view->now_ns;
    bool is_held = row->lock.owner != EVENT_NO_OBJECT && row->lock.since_ns < now_ns;
    return row->lock.held_ns + (is_held ? now_ns - row->lock.since_ns : 0);
}

static void held_text(const struct locks_scene *locks, const struct lock_row *row,
                      char out[CELL_TEXT])
{
    char text[16];
    text_format(out, CELL_TEXT, "%s",
                row->type == LOCK_MUTEX ? text_duration(text, held_ns(locks, row)) : "");
}

static void held_share_text(const struct locks_scene *locks, const struct lock_row *row,
                            char out[CELL_TEXT])
{
    uint64_t all = locks->scene->view->now_ns;
    out[0] = '\0';
    if (row->type == LOCK_MUTEX && all > 0)
        text_format(out, CELL_TEXT, "%.1f %%", 100.0 * (double)held_ns(locks, row) / (double)all);
}

static const struct figure figures[] = {
    {"taken", 11, 0, taken_text},
    {"contended", 11, 64, contended_text},
    {"share", 8, 0, share_text},
    {"wait p50", 9, 78, p50_text},
    {"p99", 8, 56, p99_text},
    {"max", 8, 0, max_text},
    {"hold max", 12, 72, hold_text},
    {"by", 13, 100, hold_by_text},
    {"at", 10, 120, hold_at_text},
    {"held in all", 13, 120, held_text},
    {"of the time", 13, 140, held_share_text},
};

static int figures_columns(int w)
{
    int sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        sum += w >= figures[i].from_w ? figures[i].w : 0;
    return sum;
}

static int name_columns(int w)
{
    int left = w - figures_columns(w) - 1;
    return left > NAME_W_MAX ? NAME_W_MAX : left;
}

static void draw_titles(struct area area)
{
    int x = name_columns(area.w);
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        if (area.w < figures[i].from_w)
            continue;
        x += figures[i].w;
        draw_right(area, x, 0, ROLE_DIM, figures[i].title);
    }
}

// "items (semaphore)", in fewer words where that finds no room.
static void name_text(const struct lock_row *row, int room, char *out, size_t size)
{
    static const char *const types[][2] = {[LOCK_MUTEX] = {"", ""},
                                           [LOCK_SEMAPHORE] = {" (semaphore)", " (sem)"},
                                           [LOCK_CONDITION] = {" (condition)", " (cond)"}};
    for (int i = 0; i < 2; i++) {
        text_format(out, size, "%s%s", row->name, types[row->type][i]);
        if ((int)text_columns(out) <= room)
            return;
    }
    text_format(out, size, "%s", row->name);
}

static void draw_row(const struct locks_scene *locks, size_t number, struct area area)
{
    const struct lock_row *row = &locks->rows[number];
    bool is_selected = number == locks->selected && locks->n_rows > 1;
    enum role role = is_selected ? ROLE_TITLE : ROLE_TEXT;
    char text[CELL_TEXT], name[96];
    int x = name_columns(area.w);
    if (is_selected)
        draw_glyph(area, 0, 0, ROLE_TITLE, GLYPH_POINTER);
    name_text(row, x - 2, name, sizeof(name));
    draw_text_cut(area, 1, 0, x - 2, role, name);
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        if (area.w < figures[i].from_w)
            continue;
        x += figures[i].w;
        figures[i].text(locks, row, text);
        draw_right(area, x, 0, role, text);
    }
}

// "GIL 3.10: 1,234 switches, A has it; waited: A 1.20 s, B 1.31 s"
static void draw_gil(const struct scene *scene, struct area area)
{
    const struct session_view *view = scene->view;
    char number[28], waited[16];
    int x = draw_textf(area, 1, 0, ROLE_TEXT, "GIL %s: %s switches", gil_names[view->gil],
                       text_grouped(number, (int64_t)view->gil_switches));
    if (!view->is_ended && view->gil_holder < view->n_lanes)
        x = draw_textf(area, x, 0, ROLE_TEXT, ", %s has it", lane_name(scene, view->gil_holder));
    x = draw_text(area, x, 0, ROLE_TEXT, "; waited:");
    for (size_t lane = 1; lane < view->n_lanes && x < area.w; lane++) {
        text_duration(waited, view->lanes[lane].gil_wait_ns);
        int columns_needed = (int)(text_columns(view->lanes[lane].name) + text_columns(waited)) + 3;
        if (x + columns_needed >= area.w) {
            draw_glyph(area, x + 1, 0, ROLE_DIM, GLYPH_CUT);
            return;
        }
        x = draw_textf(area, x, 0, lane_role(lane), " %s", view->lanes[lane].name);
        x = draw_textf(area, x, 0, ROLE_TEXT, " %s", waited);
    }
}

static bool has_gil(const struct locks_scene *locks)
{
    return locks->scene->view->gil != GIL_OFF;
}

int locks_table_rows(const struct locks_scene *locks, int h)
{
    int fixed = (locks->n_rows > 0 ? 2 : 1) + has_gil(locks);
    int most = h / 4 < ROWS_MIN ? ROWS_MIN : h / 4;
    return fixed + ((int)locks->n_rows < most ? (int)locks->n_rows : most);
}

static void note_text(const struct locks_scene *locks, size_t shown, char *out, size_t size)
{
    char choose[48];
    const struct keymap *keymap = locks->scene->keymap;
    const struct session_view *view = locks->scene->view;
    size_t len = 0;
    out[0] = '\0';
    if (shown < locks->n_rows)
        len = text_format(out, size, "%zu of %zu, %s; ", shown, locks->n_rows,
                          hint_text(keymap, "{up} and {down} choose", choose, sizeof choose));
    if (view->is_simulated)
        text_format(out + len, size - len, "modelled: a step takes 100 ms");
    else if (view->lock != SWITCH_NONE)
        text_format(out + len, size - len, "%s: %s", view->lock_kind, view->lock_kind_help);
}

void locks_table_draw(const struct locks_scene *locks, struct area area)
{
    int rows = area.h - 2 - has_gil(locks);
    size_t shown = rows < 0 ? 0 : (size_t)rows < locks->n_rows ? (size_t)rows : locks->n_rows;
    char note[160];
    note_text(locks, shown, note, sizeof(note));
    struct area below = panel_heading(area, "locks", ROLE_DIM, note);
    if (has_gil(locks))
        draw_gil(locks->scene, area_part(area, 0, area.h - 1, area.w, 1));
    if (shown == 0)
        return;
    draw_titles(below);
    size_t first = locks->selected >= shown ? locks->selected - shown + 1 : 0;
    for (size_t i = 0; i < shown; i++)
        draw_row(locks, first + i, area_part(below, 0, 1 + (int)i, below.w, 1));
}
