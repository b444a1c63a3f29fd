#include "view/links.h"

#include "view/lane_row.h"

#include <string.h>

// A lost update and the store that overwrote it, as places on the screen.
struct link {
    int victim_y, culprit_y; // rows of the lanes' lines
    int64_t x0, x1;          // of the lost update and of the store
    int lane_rows;
    bool is_selected;
};

static bool is_on_screen(const struct scene *scene, struct area rows, size_t lane, int *y)
{
    *y = ((int)lane - (int)scene->first_lane) * scene->lane_rows;
    return lane >= scene->first_lane && *y < rows.h;
}

// False when one of the two is not to be seen.
static bool make_link(const struct scene *scene, struct area rows, const struct event *store,
                      struct link *link)
{
    const struct timeline *tl = scene->view->timeline;
    size_t victim = store->replaced >> WRITE_MARK_SEQ_BITS;
    *link = (struct link){.lane_rows = scene->lane_rows};
    if (store->t_ns > scene->view->now_ns || victim == store->lane ||
        victim >= scene->view->n_lanes ||
        !is_on_screen(scene, rows, store->lane, &link->culprit_y) ||
        !is_on_screen(scene, rows, victim, &link->victim_y))
        return false;
    uint64_t lost = timeline_find_store(tl, victim, store->object, store->replaced);
    if (lost == UINT64_MAX)
        return false;
    link->x0 = viewport_column(&scene->port, timeline_at(tl, victim, lost)->t_ns);
    link->x1 = viewport_column(&scene->port, store->t_ns);
    // Of one that began left of the picture something must be seen of where it comes from.
    int64_t first = link->x0 < 0 ? 1 : link->x0;
    return link->x0 <= link->x1 && link->x1 >= first && link->x1 < rows.w;
}

// Blank, or a lane's line where nothing happens.
static bool is_free(struct area rows, int x, int y)
{
    if (y < 0 || y >= rows.h)
        return false;
    enum glyph_set set = frame_glyphs(rows.frame);
    const struct cell *cell = frame_at(rows.frame, rows.x + x, rows.y + y);
    if (cell->utf8[0] == ' ')
        return true;
    // A line of another link looks like one of a lane.
    if (cell->role == ROLE_LOST || cell->role == ROLE_LOST_QUIET)
        return false;
    for (int state = 0; state <= LANE_PREEMPTED; state++)
        if (strcmp(cell->utf8, glyph_text(glyph_of_state((enum lane_state)state), set)) == 0)
            return cell->attributes == 0;
    return false;
}

// The row in which the link leaves the victim's time for the store's; -1: rows stand too close.
static int turn_row(const struct link *link)
{
    if (link->lane_rows == 1)
        return -1;
    return link->culprit_y > link->victim_y ? link->victim_y + link->lane_rows - 1
                                            : link->victim_y - 1;
}

// Labels of the two stores may be in the way: of them it is clear what they belong to.
static bool is_own_label(const struct link *link, int y)
{
    return link->lane_rows > 1 && (y == link->victim_y + 1 || y == link->culprit_y + 1);
}

static bool is_way_free(struct area rows, const struct link *link)
{
    int turn = turn_row(link), step = link->culprit_y > link->victim_y ? 1 : -1;
    for (int64_t x = link->x0 < 0 ? 0 : link->x0; turn >= 0 && x <= link->x1; x++)
        if (frame_at(rows.frame, rows.x + (int)x, rows.y + turn)->utf8[0] != ' ')
            return false;
    for (int y = link->victim_y + step; y != link->culprit_y; y += step)
        if (y != turn && !is_own_label(link, y) && !is_free(rows, (int)link->x1, y))
            return false;
    return true;
}

// Over more than one lane in between, only the selected one is worth its line.
static bool is_short(const struct link *link)
{
    int distance = link->culprit_y - link->victim_y;
    return distance <= 2 * link->lane_rows && distance >= -2 * link->lane_rows;
}

static void draw_piece(struct area rows, int x, int y, enum role role, enum glyph glyph)
{
    if (is_free(rows, x, y))
        draw_glyph(rows, x, y, role, glyph);
}

static void draw_link(struct area rows, const struct link *link)
{
    enum role role = link->is_selected ? ROLE_LOST : ROLE_LOST_QUIET;
    bool is_down = link->culprit_y > link->victim_y;
    int turn = turn_row(link), step = is_down ? 1 : -1, x1 = (int)link->x1;
    // Without a row to turn in, what is not in one column is told by the marks alone.
    int from = turn >= 0 ? turn + step : link->victim_y + step;
    for (int y = from;
         y != link->culprit_y && (is_down ? y < link->culprit_y : y > link->culprit_y); y += step)
        draw_piece(rows, x1, y, role, GLYPH_LINK);
    if (turn < 0)
        return;
    if (link->x0 == link->x1) {
        draw_piece(rows, x1, turn, role, GLYPH_LINK);
        return;
    }
    for (int x = link->x0 < 0 ? 0 : (int)link->x0 + 1; x < x1; x++)
        draw_piece(rows, x, turn, role, GLYPH_HORIZONTAL);
    if (link->x0 >= 0)
        draw_piece(rows, (int)link->x0, turn, role, is_down ? GLYPH_CORNER_BL : GLYPH_CORNER_TL);
    draw_piece(rows, x1, turn, role, is_down ? GLYPH_CORNER_TR : GLYPH_CORNER_BR);
}

static const struct event *store_of(const struct scene *scene, const struct ledger_entry *entry)
{
    const struct timeline *tl = scene->view->timeline;
    uint64_t at = timeline_find_store(tl, entry->lane, entry->cell, write_mark(entry->id));
    return at == UINT64_MAX ? NULL : timeline_at(tl, entry->lane, at);
}

// Those of the log that are in the picture, unless they are so dense that nobody could follow.
static void draw_quiet(const struct scene *scene, struct area rows)
{
    enum { LINKS_MAX = 24 };
    const struct ledger *ledger = scene->view->ledger;
    uint64_t left_ns = viewport_time(&scene->port, 0);
    const struct ledger_entry *entry;
    uint64_t n = 0;
    for (uint64_t number = ledger_log_last(ledger);
         number > 0 && (entry = ledger_log_at(ledger, number)) && entry->t_ns >= left_ns;
         number--) {
        if (viewport_column(&scene->port, entry->t_ns) >= rows.w)
            continue;
        if (++n > LINKS_MAX)
            return;
        struct link link;
        const struct event *store = store_of(scene, entry);
        if (store && make_link(scene, rows, store, &link) && link.x0 < link.x1 && is_short(&link) &&
            is_way_free(rows, &link))
            draw_link(rows, &link);
    }
}

static void draw_selected(const struct scene *scene, struct area rows)
{
    const struct event *store = NULL;
    const struct ledger_entry *entry = NULL;
    if (event_is_kept(scene->view, scene->loss))
        store = timeline_at(scene->view->timeline, scene->loss.lane, scene->loss.index);
    else if (scene->selected && (entry = ledger_log_at(scene->view->ledger, scene->selected)))
        store = store_of(scene, entry);
    struct link link;
    if (!store || !make_link(scene, rows, store, &link))
        return;
    link.is_selected = true;
    draw_link(rows, &link);
}

void links_draw(const struct scene *scene, struct area rows)
{
    if (scene->view->is_bare || scene->view->is_private || !scene->view->ledger)
        return;
    // The selected one is drawn first, so that the others leave it its way.
    draw_selected(scene, rows);
    if (scene->lane_rows == 3)
        draw_quiet(scene, rows);
}
