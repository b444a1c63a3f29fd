#include "view/pool.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum { PROGRAM_TEXT = 48 }; // what program_item_text fills; a text of that length may be cut

bool pool_item_text(const struct program *prog, size_t item, int columns, char out[POOL_TEXT])
{
    char call[PROGRAM_TEXT], safe[POOL_TEXT];
    program_item_text(prog, item, call);
    bool is_whole = strlen(call) + 1 < sizeof(call);
    text_safe_z(safe, sizeof(safe), call);
    const char *arguments = strchr(safe, '(');
    text_format(out, POOL_TEXT, "%s", safe);
    if (is_whole && (int)text_columns(out) <= columns)
        return true;
    text_format(out, POOL_TEXT, "%s", arguments ? arguments : "");
    if (is_whole && arguments && (int)text_columns(out) <= columns)
        return true;
    text_format(out, POOL_TEXT, "%.*s(\u2026)", (int)strcspn(safe, "("), safe);
    return false;
}

bool pool_result_text(const struct program *prog, int64_t value, int columns, char out[POOL_TEXT])
{
    char result[PROGRAM_TEXT];
    program_result_text(prog, value, result);
    bool is_whole = strlen(result) + 1 < sizeof(result);
    text_safe_z(out, POOL_TEXT, result);
    if (is_whole && (int)text_columns(out) <= columns)
        return true;
    if (prog->pool.result_type == TYPE_TEXT) {
        char *text = program_text(prog, value);
        size_t n = strlen(text);
        bool is_number = strspn(text, "0123456789") == n;
        mem_free(text);
        text_format(out, POOL_TEXT, "%zu digits", n);
        if (is_number && (int)text_columns(out) <= columns)
            return true;
    }
    out[0] = '\0';
    return false;
}

enum { PANEL_HEAD = 2, LANE_W = 10, LOOK_BACK = 4096 };

static int item_columns(struct area area)
{
    return area.w * 2 / 5;
}

int pool_rows(const struct program *prog)
{
    size_t n = prog ? prog->pool.n_items : 0;
    return n > 0 ? PANEL_HEAD + (int)n : 0;
}

// What has become of the inputs, as far as the lanes' newest events tell.
struct pool_state {
    struct {
        uint16_t lane; // 0: nobody has taken it
        bool has_result;
        int64_t result;
    } items[PROGRAM_ITEMS_MAX];
    size_t n_taken; // the last that somebody has taken, plus 1
    size_t n_given;
};

static void note_event(struct pool_state *pool, size_t n_items, const struct event *event)
{
    bool is_take = event->kind == EVENT_TAKE, is_give = event->kind == EVENT_GIVE;
    if ((!is_take && !is_give) || event->object >= n_items)
        return;
    pool->items[event->object].lane = event->lane;
    if (event->object >= pool->n_taken)
        pool->n_taken = event->object + 1;
    if (!is_give || pool->items[event->object].has_result)
        return;
    pool->items[event->object].has_result = true;
    pool->items[event->object].result = event->value;
    pool->n_given++;
}

static void read_pool(const struct scene *scene, struct pool_state *pool)
{
    const struct timeline *tl = scene->view->timeline;
    size_t n_items = scene->view->prog->pool.n_items;
    for (size_t lane = 1; lane < scene->view->n_lanes; lane++) {
        uint64_t n = timeline_count(tl, lane), i = timeline_first(tl, lane);
        for (i = n > i + LOOK_BACK ? n - LOOK_BACK : i; i < n; i++)
            note_event(pool, n_items, timeline_at(tl, lane, i));
    }
}

static void draw_item(const struct scene *scene, const struct pool_state *pool, struct area area,
                      int y, size_t item)
{
    const struct session_view *view = scene->view;
    int item_w = item_columns(area), result_x = item_w + LANE_W + 2;
    char text[POOL_TEXT];
    pool_item_text(view->prog, item, item_w - 1, text);
    size_t lane = pool->items[item].lane;
    draw_text_cut(area, 1, y, item_w - 1, lane > 0 ? ROLE_TEXT : ROLE_DIM, text);
    if (lane == 0)
        return;
    draw_text_cut(area, item_w + 1, y, LANE_W - 1, lane_role(lane), lane_name(scene, lane));
    if (pool->items[item].has_result) {
        pool_result_text(view->prog, pool->items[item].result, area.w - result_x - 1, text);
        draw_text(area, result_x, y, ROLE_TITLE, text);
        return;
    }
    enum lane_state state = view->lanes[lane].state;
    bool is_over = view->lanes[lane].end_ns != UINT64_MAX;
    draw_glyph(area, result_x, y, state_role(state), glyph_of_state(state));
    draw_text_cut(area, result_x + 2, y, area.w - result_x - 3, state_role(state),
                  is_over ? "no result" : lane_state_name(state));
}

void pool_draw(const struct scene *scene, struct area area)
{
    const struct pool_decl *decl = &scene->view->prog->pool;
    struct pool_state pool = {.n_taken = 0};
    read_pool(scene, &pool);
    char note[40];
    text_format(note, sizeof(note), "%zu of %u", pool.n_given, decl->n_items);
    struct area below = panel_heading(area, decl->name, ROLE_DIM, note);
    int item_w = item_columns(below);
    draw_text(below, 1, 0, ROLE_DIM, "input");
    draw_text(below, item_w + 1, 0, ROLE_DIM, "worker");
    draw_text(below, item_w + LANE_W + 2, 0, ROLE_DIM, "result");
    size_t rows = below.h > 1 ? (size_t)below.h - 1 : 0;
    // The newest that was taken stays in sight.
    size_t first = pool.n_taken > rows ? pool.n_taken - rows : 0;
    for (size_t i = 0; i < rows && first + i < decl->n_items; i++)
        draw_item(scene, &pool, below, 1 + (int)i, first + i);
}
