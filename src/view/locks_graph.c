#include "view/locks.h"

#include "base/text.h"
#include "view/lane_words.h"

#include <string.h>

// Who holds what and who waits for whom: a row for each lane, which keeps its place; where there
// are more lanes than rows, those that hold or wait. Below them a chain, lane by lane as far as one
// waits for the next. That a chain comes back to where it began is a deadlock, and is called so
// once the session knows that it has stood still.
//
// Lanes say what they do a moment before the locks are asked who holds them, and by then have gone
// on. On one screen the locks have the last word, so that no lock has two holders.

enum { WORDS = 160, DURATION_W = 8, CHAIN_MAX = 64, CHAIN_MIN = 3 };

static bool is_waiting(const struct locks_scene *locks, size_t lane)
{
    const struct session_lane *l = &locks->scene->view->lanes[lane];
    if (l->state != LANE_BLOCKED)
        return l->state == LANE_GIL;
    return l->waits_for >= locks->n_rows || locks->rows[l->waits_for].lock.owner != lane;
}

static bool is_holding(const struct locks_scene *locks, size_t lane)
{
    for (size_t i = 0; i < locks->n_rows; i++)
        if (locks->rows[i].lock.owner == lane)
            return true;
    return false;
}

// For whom a lane waits; n_lanes when for nobody that is known.
static size_t next_of(const struct locks_scene *locks, size_t lane)
{
    const struct session_view *view = locks->scene->view;
    const struct session_lane *l = &view->lanes[lane];
    uint32_t next = EVENT_NO_OBJECT;
    if (l->state == LANE_GIL)
        next = view->gil_holder;
    else if (l->state == LANE_BLOCKED && l->waits_for < locks->n_rows)
        next = locks->rows[l->waits_for].lock.owner;
    return next < view->n_lanes && next != lane ? next : view->n_lanes;
}

// From a lane on, each the one that the lane before waits for. Ends with the lane that waits for
// nobody, or with the first one that comes again.
struct chain {
    size_t lanes[CHAIN_MAX];
    size_t n;
    bool is_ring; // the last is one of those before
};

static struct chain chain_from(const struct locks_scene *locks, size_t lane)
{
    struct chain chain = {.n = 0};
    while (lane < locks->scene->view->n_lanes && chain.n < CHAIN_MAX) {
        for (size_t i = 0; i < chain.n; i++)
            chain.is_ring |= chain.lanes[i] == lane;
        chain.lanes[chain.n++] = lane;
        if (chain.is_ring)
            break;
        lane = next_of(locks, lane);
    }
    return chain;
}

// A ring, if there is one, else the longest. Lanes are read one after the other: so a ring counts
// only in a deadlock.
static struct chain chain_to_show(const struct locks_scene *locks)
{
    const struct session_view *view = locks->scene->view;
    struct chain best = {.n = 0};
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        struct chain chain = chain_from(locks, lane);
        bool comes_back = chain.is_ring && chain.lanes[0] == chain.lanes[chain.n - 1];
        if (chain.is_ring && (!view->is_deadlocked || !comes_back))
            continue;
        if (comes_back)
            return chain;
        best = chain.n > best.n ? chain : best;
    }
    return best;
}

static bool is_in(const struct chain *chain, size_t lane)
{
    for (size_t i = 0; i < chain->n; i++)
        if (chain->lanes[i] == lane)
            return true;
    return false;
}

// What a lane waits for, in a word.
static const char *awaited(const struct locks_scene *locks, const struct session_lane *l)
{
    if (l->state == LANE_GIL)
        return "the GIL";
    return l->waits_for < locks->n_rows ? locks->rows[l->waits_for].name : "a lock";
}

static bool is_at_condition(const struct locks_scene *locks, const struct session_lane *l)
{
    return l->state == LANE_BLOCKED && l->waits_for < locks->n_rows &&
           locks->rows[l->waits_for].type == LOCK_CONDITION;
}

enum length { LONG, SHORT };

// "waits for guard, held by A"; in short "wants guard (A)".
static size_t waits_text(const struct locks_scene *locks, size_t lane, enum length length,
                         char *out, size_t size)
{
    const struct session_view *view = locks->scene->view;
    const struct session_lane *l = &view->lanes[lane];
    size_t next = next_of(locks, lane);
    const char *name = awaited(locks, l);
    bool is_notify = is_at_condition(locks, l);
    if (next >= view->n_lanes && length == SHORT)
        return text_format(out, size, "awaits %s", name);
    if (next >= view->n_lanes)
        return text_format(out, size, "waits for %s%s", is_notify ? "a notify of " : "", name);
    bool has_ended = l->state == LANE_BLOCKED && view->lanes[next].end_ns != UINT64_MAX;
    const char *ended = !has_ended ? "" : length == LONG ? ", which has ended" : ": ended";
    size_t len = text_format(out, size, length == LONG ? "waits for %s" : "wants %s", name);
    return len + text_format(out + len, size - len, length == LONG ? ", held by %s%s" : " (%s%s)",
                             lane_name(locks->scene, next), ended);
}

// All that a lane has to do with locks; "" for nothing. Since when, in *since_ns: it has waited, or
// else has held the newest.
static void lock_words(const struct locks_scene *locks, size_t lane, enum length length, char *out,
                       size_t size, uint64_t *since_ns)
{
    size_t len = 0;
    out[0] = '\0';
    *since_ns = UINT64_MAX;
    for (size_t i = 0; i < locks->n_rows; i++) {
        const struct session_lock *lock = &locks->rows[i].lock;
        if (lock->owner != lane)
            continue;
        const char *verb = len ? " and" : length == LONG ? "holds" : "has";
        len += text_format(out + len, size - len, "%s %s", verb, lock->name);
        *since_ns = lock->since_ns;
    }
    if (!is_waiting(locks, lane))
        return;
    len += text_format(out + len, size - len, "%s", len ? ", " : "");
    waits_text(locks, lane, length, out + len, size - len);
    *since_ns = locks->scene->view->lanes[lane].waits_since_ns;
}

static bool is_involved(const struct locks_scene *locks, size_t lane)
{
    return is_waiting(locks, lane) || is_holding(locks, lane);
}

static void draw_since(const struct session_view *view, uint64_t since_ns, enum role role,
                       struct area area)
{
    char text[16];
    if (since_ns == UINT64_MAX)
        return;
    draw_right(area, area.w - 1, 0, role,
               text_duration(text, view->now_ns > since_ns ? view->now_ns - since_ns : 0));
}

// As the locks have it: see above.
static enum lane_state state_of(const struct locks_scene *locks, size_t lane)
{
    enum lane_state state = locks->scene->view->lanes[lane].state;
    if (state != LANE_HOLDING && state != LANE_BLOCKED)
        return state;
    return is_waiting(locks, lane)   ? LANE_BLOCKED
           : is_holding(locks, lane) ? LANE_HOLDING
                                     : LANE_RUNNING;
}

static void other_words(const struct locks_scene *locks, size_t lane, int columns, char *out,
                        size_t size)
{
    if (locks->scene->view->lanes[lane].state == LANE_HOLDING)
        text_format(out, size, "holds nothing");
    else
        lane_status_words(locks->scene, lane, columns, out, size);
}

static void draw_lane(const struct locks_scene *locks, size_t lane, bool is_stuck, struct area area)
{
    const struct session_view *view = locks->scene->view;
    const char *name = view->lanes[lane].name;
    enum lane_state state = state_of(locks, lane);
    char words[WORDS];
    uint64_t since_ns;
    int room = area.w - 3 - (int)text_columns(name) - 1 - DURATION_W;
    lock_words(locks, lane, LONG, words, sizeof(words), &since_ns);
    if ((int)text_columns(words) > room)
        lock_words(locks, lane, SHORT, words, sizeof(words), &since_ns);
    bool is_plain = words[0] == '\0';
    if (is_plain)
        other_words(locks, lane, room, words, sizeof(words));
    enum role role = is_plain ? ROLE_DIM : is_stuck ? ROLE_LOST : ROLE_TEXT;
    if (is_stuck)
        draw_glyph(area, 0, 0, ROLE_LOST, GLYPH_RING);
    draw_glyph(area, 1, 0, state_role(state), glyph_of_state(state));
    int x = draw_text(area, 3, 0, lane_role(lane), name);
    draw_text_cut(area, x + 1, 0, room, role, words);
    draw_since(view, since_ns, role, area);
}

// Columns of the lanes' names, with `between` columns between two.
static int chain_columns(const struct locks_scene *locks, const struct chain *chain, int between)
{
    int columns = between * ((int)chain->n - 1);
    for (size_t i = 0; i < chain->n; i++)
        columns += (int)text_columns(lane_name(locks->scene, chain->lanes[i]));
    return columns;
}

// "C → B → A", and of a ring what it means.
static void draw_chain(const struct locks_scene *locks, const struct chain *chain, struct area area)
{
    static const char words[] = "none of them can go on";
    enum role role = chain->is_ring ? ROLE_LOST : ROLE_DIM;
    int x = draw_text(area, 1, 0, role, chain->is_ring ? "ring" : "chain") + 1;
    int gap = x + chain_columns(locks, chain, 3) <= area.w ? 1 : 0;
    for (size_t i = 0; i < chain->n; i++) {
        const char *name = lane_name(locks->scene, chain->lanes[i]);
        bool is_last = i + 1 == chain->n;
        if (x + (int)text_columns(name) + (is_last ? 0 : 2) > area.w) {
            draw_glyph(area, x < area.w ? x : area.w - 1, 0, role, GLYPH_CUT);
            return;
        }
        x = draw_text(area, x, 0, lane_role(chain->lanes[i]), name);
        if (!is_last)
            x = draw_glyph(area, x + gap, 0, role, GLYPH_ARROW_RIGHT) + gap;
    }
    if (chain->is_ring && x + (int)sizeof(words) + 1 < area.w)
        draw_text(area, x + 2, 0, role, words);
}

// Main's row is there only when it has to do with a lock.
static bool is_listed(const struct locks_scene *locks, size_t lane, bool all)
{
    return (all && lane > 0) || is_involved(locks, lane);
}

static int listed(const struct locks_scene *locks, bool all)
{
    int n = 0;
    for (size_t lane = 0; lane < locks->scene->view->n_lanes; lane++)
        n += is_listed(locks, lane, all);
    return n;
}

int locks_graph_rows(const struct locks_scene *locks)
{
    // With a row for a chain, where one can be.
    return 1 + listed(locks, true) + (locks->scene->view->n_lanes > CHAIN_MIN ? 1 : 0) +
           (locks->n_rows > 1 && locks->scene->view->n_lanes == CHAIN_MIN);
}

// A waiting lane counts when there is no row left for it.
static void draw_lanes(const struct locks_scene *locks, const struct chain *ring, struct area area)
{
    const struct session_view *view = locks->scene->view;
    bool all = listed(locks, true) <= area.h;
    int n = listed(locks, all), y = 0, hidden = 0;
    int rows = n > area.h ? area.h - 1 : area.h;
    for (size_t lane = 0; lane < view->n_lanes; lane++) {
        if (!is_listed(locks, lane, all))
            continue;
        if (y < rows)
            draw_lane(locks, lane, is_in(ring, lane), area_part(area, 0, y++, area.w, 1));
        else
            hidden++;
    }
    if (hidden > 0)
        draw_textf(area, 1, y, ROLE_DIM, "and %d more", hidden);
    else if (n == 0)
        draw_text(area, 1, 0, ROLE_DIM, "nobody holds a lock or waits for one");
}

void locks_graph_draw(const struct locks_scene *locks, struct area area)
{
    const struct session_view *view = locks->scene->view;
    if (area.h < 2)
        return;
    struct chain chain = chain_to_show(locks), none = {.n = 0};
    struct area below =
        panel_heading(area, "who waits for whom", view->is_deadlocked ? ROLE_BROKEN : ROLE_DIM,
                      view->is_deadlocked  ? "deadlock"
                      : view->is_simulated ? "on the model's clock"
                                           : "now, and for how long");
    bool has_chain = (chain.is_ring || chain.n >= CHAIN_MIN) && below.h > 1;
    if (has_chain)
        draw_chain(locks, &chain, area_part(below, 0, below.h - 1, below.w, 1));
    draw_lanes(locks, chain.is_ring ? &chain : &none,
               area_part(below, 0, 0, below.w, below.h - (has_chain ? 1 : 0)));
}
