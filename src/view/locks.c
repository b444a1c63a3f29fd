#include "view/locks.h"

#include "base/mem.h"
#include "base/text.h"

// The locks view's rows, and who gets which part of the screen.

enum {
    WIDE = 100,         // from here on two panels stand beside each other
    WAITS_ROWS_MIN = 4, // heading, one row of bars, the scale, the marks below it
    NO_WAITS_ROWS = 2,  // heading, and that there are none
    GRAPH_ROWS_MIN = 3,
    BOTTOM_ROWS_MIN = 6, // of the panels at the foot of a wide screen
};

static struct lock_row row_of_lock(const struct session *session, size_t i)
{
    struct session_lock lock = session_lock(session, i);
    return (struct lock_row){.name = lock.name,
                             .taken = lock.acquisitions,
                             .contended = lock.contended,
                             .wait = lock.wait,
                             .lock = lock};
}

static struct lock_row row_of_semaphore(const struct session *session, size_t i)
{
    struct session_semaphore semaphore = session_semaphore(session, i);
    return (struct lock_row){.name = semaphore.name,
                             .taken = semaphore.waits,
                             .contended = semaphore.contended,
                             .wait = semaphore.wait,
                             .value = semaphore.value,
                             .signals = semaphore.posts};
}

// Whoever waits at a condition waits: all of it is contended.
static struct lock_row row_of_condition(const struct session *session, size_t i)
{
    struct session_condition condition = session_condition(session, i);
    return (struct lock_row){.name = condition.name,
                             .taken = condition.waits,
                             .contended = condition.waits,
                             .wait = condition.wait,
                             .signals = condition.notifies};
}

static struct lock_row row_of(const struct session *session, const struct program *prog, size_t i)
{
    enum lock_type type = prog->locks[i].type;
    struct lock_row row = type == LOCK_MUTEX       ? row_of_lock(session, i)
                          : type == LOCK_SEMAPHORE ? row_of_semaphore(session, i)
                                                   : row_of_condition(session, i);
    row.type = type;
    if (type != LOCK_MUTEX)
        row.lock = (struct session_lock){.owner = EVENT_NO_OBJECT};
    session_waits(session, i, &row.waits);
    return row;
}

static void draw_nothing(struct area area)
{
    struct area below = panel_heading(area, "locks", ROLE_DIM, "");
    draw_text_cut(below, 1, 1, below.w - 2, ROLE_TEXT,
                  "this scenario has no lock: try race, bank, deadlock, philosophers or buffer");
}

// At the foot of a wide screen, who waits and the cost beside each other.
static void draw_wide(const struct locks_scene *locks, struct area rest)
{
    int most = rest.h / 2, rows = locks_graph_rows(locks), waits = locks_waits_rows(locks, rest.w);
    rows = rows < BOTTOM_ROWS_MIN ? BOTTOM_ROWS_MIN : rows;
    rows = rows > most ? most : rows;
    rows = rest.h - rows > waits ? rest.h - waits : rows;
    int half = rest.w / 2;
    locks_waits_draw(locks, area_part(rest, 0, 0, rest.w, rest.h - rows));
    struct area foot = area_part(rest, 0, rest.h - rows, rest.w, rows);
    locks_graph_draw(locks, area_part(foot, 0, 0, half, rows));
    locks_cost_draw(locks, area_part(foot, half + 1, 0, foot.w - half - 1, rows));
    draw_column(foot, half, 1, rows - 1, ROLE_EDGE, GLYPH_VERTICAL);
    draw_glyph(foot, half, 0, ROLE_EDGE, GLYPH_TEE_DOWN);
}

// As a screen gets smaller the waits give way first, then the cost.
static void draw_narrow(const struct locks_scene *locks, struct area rest)
{
    int cost = rest.h >= LOCKS_COST_ROWS + GRAPH_ROWS_MIN ? LOCKS_COST_ROWS : 0;
    int room = rest.h - cost, graph = locks_graph_rows(locks);
    bool has_waits = locks->n_rows > 0 && locks->rows[locks->selected].waits.n > 0;
    int most = !has_waits                         ? room - NO_WAITS_ROWS
               : room - WAITS_ROWS_MIN > room / 2 ? room / 2
                                                  : room - WAITS_ROWS_MIN;
    graph = graph < GRAPH_ROWS_MIN ? GRAPH_ROWS_MIN : graph;
    graph = most < GRAPH_ROWS_MIN ? room : graph > most ? most : graph;
    locks_waits_draw(locks, area_part(rest, 0, 0, rest.w, room - graph));
    locks_graph_draw(locks, area_part(rest, 0, room - graph, rest.w, graph));
    locks_cost_draw(locks, area_part(rest, 0, room, rest.w, cost));
}

void locks_panels_draw(const struct locks_scene *locks, struct area area)
{
    int table = locks_table_rows(locks, area.h);
    locks_table_draw(locks, area_part(area, 0, 0, area.w, table));
    struct area rest = area_part(area, 0, table, area.w, area.h - table);
    if (area.w >= WIDE && rest.h >= 2 * BOTTOM_ROWS_MIN)
        draw_wide(locks, rest);
    else
        draw_narrow(locks, rest);
}

void locks_draw(const struct scene *scene, const struct session *session, size_t selected,
                struct area area)
{
    const struct program *prog = scene->view->prog;
    if (prog->n_locks == 0 && scene->view->gil == GIL_OFF) {
        draw_nothing(area);
        return;
    }
    struct lock_row *rows = mem_array(prog->n_locks, sizeof(*rows));
    for (size_t i = 0; i < prog->n_locks; i++)
        rows[i] = row_of(session, prog, i);
    const struct locks_scene locks = {
        .scene = scene,
        .rows = rows,
        .n_rows = prog->n_locks,
        .selected = selected < prog->n_locks ? selected
                    : prog->n_locks > 0      ? prog->n_locks - 1
                                             : 0,
        .cost = session_lock_cost(session),
    };
    locks_panels_draw(&locks, area);
    mem_free(rows);
}
