#include "view/scene.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

void scene_find_cell(struct scene *scene)
{
    const struct program *prog = scene->view->prog;
    scene->has_cell = prog && prog->n_cells > 0;
    scene->cell = 0;
    for (size_t i = 0; prog && i < prog->n_vars; i++)
        if (!prog->vars[i].is_array) {
            scene->cell = prog->vars[i].first_cell;
            return;
        }
}

struct counter_facts scene_counter(const struct scene *scene)
{
    const struct session_view *view = scene->view;
    struct counter_facts facts = {0};
    if (!scene->has_cell)
        return facts;
    facts.value = view->cells[scene->cell];
    facts.has_ledger = !view->is_bare && !view->is_private && view->ledger;
    if (!facts.has_ledger)
        return facts;
    const struct ledger_cell *cell = ledger_cell(view->ledger, scene->cell);
    // The ledger's own sum, with the blind writes: what the value would be with nothing lost.
    facts.expected = (int64_t)((uint64_t)facts.value + (uint64_t)cell->lost_amount);
    facts.made = cell->updates;
    facts.lost = cell->lost;
    return facts;
}

bool scene_is_private(const struct scene *scene)
{
    return scene->view->is_private && scene->has_cell;
}

bool scene_copy(const struct scene *scene, size_t lane, int64_t *value)
{
    const int64_t *copies = scene->view->lanes[lane].copies;
    if (scene_is_private(scene) && lane == 0)
        *value = scene->view->cells[scene->cell];
    else if (scene_is_private(scene) && copies)
        *value = copies[scene->cell];
    else
        return false;
    return true;
}

char *scene_cell_name(const struct scene *scene, char out[64])
{
    char name[48];
    program_cell_name(scene->view->prog, scene->cell, name);
    text_format(out, 64, "%s%s", name, scene_is_private(scene) ? " (main's)" : "");
    return out;
}

bool scene_loss_time(const struct scene *scene, uint64_t *t_ns)
{
    const struct session_view *view = scene->view;
    const struct ledger_entry *entry =
        scene->selected && view->ledger ? ledger_log_at(view->ledger, scene->selected) : NULL;
    if (event_is_kept(view, scene->loss))
        *t_ns = timeline_at(view->timeline, scene->loss.lane, scene->loss.index)->t_ns;
    else if (entry)
        *t_ns = entry->t_ns;
    else
        return false;
    return true;
}

uint64_t scene_detail_from(const struct scene *scene)
{
    uint64_t from_ns = 0;
    for (size_t lane = 0; lane < scene->view->n_lanes; lane++) {
        uint64_t own_ns = timeline_detail_from(scene->view->timeline, lane);
        from_ns = own_ns > from_ns ? own_ns : from_ns;
    }
    return from_ns;
}

uint64_t scene_column_events(const struct scene *scene, int *column)
{
    const struct session_view *view = scene->view;
    const struct viewport *port = &scene->port;
    uint64_t loss_ns;
    size_t lane = scene->cursor_lane;
    bool is_loss = event_is_kept(view, scene->loss) && scene_loss_time(scene, &loss_ns);
    int64_t at = is_loss ? viewport_column(port, loss_ns) : port->columns / 2;
    if (is_loss)
        lane = scene->loss.lane;
    if ((!is_loss && !scene->has_cursor) || lane >= view->n_lanes || at < 0 || at >= port->columns)
        return 0;
    *column = (int)at;
    uint64_t t0_ns = viewport_time(port, *column), t1_ns = t0_ns + port->ns_per_column, n = 0;
    if (t0_ns >= timeline_detail_from(view->timeline, lane))
        return timeline_find(view->timeline, lane, t1_ns) -
               timeline_find(view->timeline, lane, t0_ns);
    // Of what is given up, the sums.
    struct column sums;
    timeline_column(view->timeline, lane, t0_ns, t1_ns, &sums);
    for (size_t mark = 0; mark < MARK_COUNT; mark++)
        n += mark == MARK_LOSS || mark == MARK_LOST ? 0 : sums.marks[mark];
    return n;
}

static int digits_of(uint64_t number)
{
    int digits = 1;
    while (number >= 10) {
        number /= 10;
        digits++;
    }
    return digits;
}

static uint64_t magnitude(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

// What the counter may come to: the product of the parameters, as in `N visits of amount each`, for
// each of the lanes that share it.
static uint64_t likely_most(const struct program *prog, bool is_private)
{
    uint64_t most = prog->n_lanes > 1 && !is_private ? prog->n_lanes - 1 : 1;
    for (size_t i = 0; i < prog->n_params; i++) {
        uint64_t value = magnitude(prog->params[i].value);
        if (value > 0 && __builtin_mul_overflow(most, value, &most))
            return UINT64_MAX;
    }
    return prog->n_params > 0 ? most : 0;
}

// The widest of the lanes' own copies.
static int copy_digits(const struct scene *scene)
{
    int digits = 0;
    for (size_t lane = 1; scene_is_private(scene) && lane < scene->view->n_lanes; lane++) {
        int64_t copy = 0;
        scene_copy(scene, lane, &copy);
        int own = digits_of(magnitude(copy)) + (copy < 0);
        digits = own > digits ? own : digits;
    }
    return digits;
}

int scene_digits(const struct scene *scene)
{
    const struct program *prog = scene->view->prog;
    if (!scene->has_cell)
        return 2;
    int64_t value = scene->view->cells[scene->cell];
    int initial = digits_of(magnitude(program_cell_initial(prog, scene->cell)));
    int now = digits_of(magnitude(value)) + (value < 0);
    int digits = digits_of(likely_most(prog, scene_is_private(scene)));
    digits = digits > 7 ? 7 : digits < 2 ? 2 : digits;
    digits = initial > digits ? initial : digits;
    digits = now > digits ? now : digits;
    int own = copy_digits(scene);
    digits = own > digits ? own : digits;
    int lost = digits_of(scene_counter(scene).lost);
    return lost > digits ? lost : digits;
}

int scene_number_columns(const struct scene *scene)
{
    struct counter_facts facts = scene_counter(scene);
    int digits = scene_digits(scene);
    int expected = digits_of(magnitude(facts.expected)) + (facts.expected < 0);
    int made = digits_of(facts.made);
    digits = expected > digits ? expected : digits;
    digits = made > digits ? made : digits;
    return digits + (digits - 1) / 3;
}

char *scene_number(char out[28], int64_t number, int columns)
{
    static const char units[] = " kMGTPE";
    if ((int)strlen(text_grouped(out, number)) <= columns)
        return out;
    text_format(out, 28, "%lld", (long long)number);
    uint64_t rest = magnitude(number), step = 1;
    size_t unit = 0;
    for (; rest >= 1000; rest /= 1000, unit++)
        step *= 1000;
    uint64_t part = magnitude(number) % step;
    const char *sign = number < 0 ? "-" : "";
    for (int decimals = 2; unit > 0 && decimals >= 0 && (int)strlen(out) > columns; decimals--) {
        unsigned long long shown = part / (step / (decimals == 2 ? 100 : 10));
        if (decimals > 0)
            text_format(out, 28, "%s%llu.%0*llu%c", sign, (unsigned long long)rest, decimals, shown,
                        units[unit]);
        else
            text_format(out, 28, "%s%llu%c", sign, (unsigned long long)rest, units[unit]);
    }
    return out;
}

struct ledger_lane scene_lane_counts(const struct scene *scene, size_t lane)
{
    const struct session_view *view = scene->view;
    if (view->is_bare || view->is_private || !view->ledger || !scene->has_cell)
        return (struct ledger_lane){.updates = view->lanes[lane].updates};
    return ledger_lane_cell(view->ledger, lane, scene->cell);
}

bool scene_has_lock(const struct scene *scene)
{
    return scene->view->lock != SWITCH_NONE;
}

int scene_other_rows(const struct scene *scene)
{
    enum { ROWS_MAX = 4 };
    size_t others = scene->has_cell ? scene->view->prog->n_cells - 1 : 0;
    return others < ROWS_MAX ? (int)others : ROWS_MAX;
}

bool scene_can_lose(const struct scene *scene)
{
    const struct program *prog = scene->view->prog;
    size_t n = 0;
    bool is_shared = scene->has_cell && !scene->view->is_private;
    for (size_t lane = 0; is_shared && lane < prog->n_lanes && n < 2; lane++)
        n += program_lane_updates(prog, lane, scene->cell);
    return n >= 2;
}

enum role lane_role(size_t lane)
{
    if (lane == 0)
        return ROLE_LANE_MAIN;
    return (enum role)(ROLE_LANE_A + (int)((lane - 1) % ROLE_LANES));
}

const char *lane_name(const struct scene *scene, size_t lane)
{
    return lane < scene->view->n_lanes ? scene->view->lanes[lane].name : "?";
}

enum role state_role(enum lane_state state)
{
    static const enum role roles[LANE_STATE_COUNT] = {
        [LANE_NEW] = ROLE_NEW,           [LANE_RUNNING] = ROLE_RUNNING,
        [LANE_HOLDING] = ROLE_HOLDING,   [LANE_BLOCKED] = ROLE_BLOCKED,
        [LANE_GIL] = ROLE_BLOCKED,       [LANE_SLEEPING] = ROLE_SLEEPING,
        [LANE_JOINING] = ROLE_JOINING,   [LANE_PAUSED] = ROLE_PAUSED,
        [LANE_STOPPED] = ROLE_PAUSED,    [LANE_PREEMPTED] = ROLE_PREEMPTED,
        [LANE_FINISHED] = ROLE_FINISHED, [LANE_KILLED] = ROLE_KILLED,
        [LANE_FAILED] = ROLE_FAILED,
    };
    return roles[state];
}

char *scene_time(char out[24], const struct scene *scene, uint64_t t_ns)
{
    // At a pace that can be watched tenths are enough; at native speed a run lasts milliseconds.
    // Nine columns at the most, which is what the panels have.
    bool is_slow = scene->view->pace_ns >= NS_PER_MS || t_ns >= 10 * NS_PER_S;
    uint64_t native_step = t_ns >= NS_PER_S ? NS_PER_MS : NS_PER_US * 10;
    return time_text(out, t_ns, is_slow ? NS_PER_S / 10 : native_step);
}

struct area panel_heading(struct area area, const char *name, enum role note_role, const char *note)
{
    draw_run(area, 0, 0, area.w, ROLE_EDGE, GLYPH_HORIZONTAL);
    draw_textf(area, 1, 0, ROLE_HEADING, " %s ", name);
    int x = area.w - (int)text_columns(note) - 4;
    if (note[0] != '\0' && x > (int)text_columns(name) + 3)
        draw_textf(area, x + 1, 0, note_role, " %s ", note);
    return area_part(area, 0, 1, area.w, area.h - 1);
}
