#include "view/lane_row.h"
#include "view/scene.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "prog/machine.h"

#include <stdlib.h>
#include <string.h>

// Every interleaving: what can come out, in how many schedules, and where the run on screen lies.

enum { VALUE_W = 14, COUNT_W = 22, SHARE_W = 9, TEXT_BYTES = 256 };

// A number of any length as a fraction of another: counts of schedules pass 64 bits early.
static double share_of(const char *part, const char *all)
{
    double value = strtod(part, NULL), whole = strtod(all, NULL);
    // Beyond what a double holds, digits are compared with digits.
    if (whole > 1e300 || whole <= 0) {
        int more = (int)strlen(all) - (int)strlen(part);
        char head[2][16];
        text_format(head[0], sizeof(head[0]), "%.15s", part);
        text_format(head[1], sizeof(head[1]), "%.15s", all);
        value = strtod(head[0], NULL);
        whole = strtod(head[1], NULL);
        for (; more > 0 && strlen(part) >= 15; more--)
            value /= 10;
    }
    return whole > 0 ? value / whole : 0;
}

static int64_t read_value(const void *context, size_t cell)
{
    (void)cell;
    return *(const int64_t *)context;
}

// Whether an end with this value is one that every `expect` allows; known where there is one cell.
static enum role value_role(const struct scene *scene, int64_t value)
{
    const struct program *prog = scene->view->prog;
    if (prog->n_cells != 1 || prog->n_expects == 0)
        return ROLE_RUNNING;
    for (size_t i = 0; i < prog->n_expects; i++) {
        bool holds = true;
        if (machine_judge(prog, &prog->expects[i], read_value, &value, &holds) && !holds)
            return ROLE_LOST_QUIET;
    }
    return ROLE_HOLDING;
}

static void draw_share(struct area area, double share)
{
    char text[16];
    if (share > 0 && share < 0.0001)
        text_format(text, sizeof(text), "<0.01 %%");
    else
        text_format(text, sizeof(text), "%.*f %%", share < 0.1 ? 2 : 1, 100 * share);
    draw_right(area, area.w, 0, ROLE_TEXT, text);
}

static void draw_final(const struct scene *scene, const struct explore_result *result, size_t cell,
                       const struct explore_final *final, struct area row)
{
    char value[28];
    bool is_here = scene->view->is_ended && scene->view->cells[cell] == final->value;
    enum role role = value_role(scene, final->value);
    draw_right(row, VALUE_W, 0, is_here ? ROLE_CURSOR : ROLE_TITLE,
               text_grouped(value, final->value));
    if (is_here)
        draw_glyph(row, 1, 0, ROLE_TITLE, GLYPH_POINTER);
    if (!final->schedules || !result->schedules) {
        draw_text(row, VALUE_W + 2, 0, ROLE_DIM, "can come out");
        return;
    }
    double share = share_of(final->schedules, result->schedules);
    int bar_w = row.w - VALUE_W - COUNT_W - SHARE_W - 4;
    int filled = (int)(share * bar_w + 0.5);
    draw_run(row, VALUE_W + 2, 0, filled > 0 ? filled : 1, role, GLYPH_EIGHTH_6);
    draw_share(area_part(row, VALUE_W + 2 + bar_w, 0, SHARE_W, 1), share);
    struct area count = area_part(row, row.w - COUNT_W - 1, 0, COUNT_W, 1);
    char text[40];
    size_t n = strlen(final->schedules);
    if (n <= 18)
        text_format(text, sizeof(text), "in %s", final->schedules);
    else
        text_format(text, sizeof(text), "in %.1s.%.2se%zu", final->schedules, final->schedules + 1,
                    n - 1);
    draw_right(count, COUNT_W, 0, ROLE_DIM, text);
}

static int draw_cell(const struct scene *scene, const struct explore_result *result, size_t cell,
                     struct area area, int y, int rows)
{
    const struct explore_cell *finals = &result->cells[cell];
    draw_textf(area, 1, y++, ROLE_HEADING, "%s ends as", finals->name);
    size_t shown = finals->n_finals <= (size_t)rows ? finals->n_finals
                   : rows > 1                       ? (size_t)rows - 1
                                                    : 0;
    for (size_t i = 0; i < shown; i++)
        draw_final(scene, result, cell, &finals->finals[i], area_part(area, 0, y++, area.w, 1));
    if (shown < finals->n_finals)
        draw_textf(area, 1, y++, ROLE_DIM, "and %zu more values, up to %lld",
                   finals->n_finals - shown, (long long)finals->finals[finals->n_finals - 1].value);
    return y;
}

// "B2 A3 B1", cut at a turn.
static void turns_text(const struct scene *scene, const uint16_t *lanes, size_t n, int columns,
                       char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n;) {
        size_t from = i;
        char turn[64];
        while (i < n && lanes[i] == lanes[from])
            i++;
        text_format(turn, sizeof(turn), "%s%s%zu", from ? " " : "", lane_name(scene, lanes[from]),
                    i - from);
        if ((int)(text_columns(out) + text_columns(turn)) + 4 > columns) {
            text_format(out + len, size - len, " ...");
            return;
        }
        len += text_format(out + len, size - len, "%s", turn);
    }
}

static int draw_failure(const struct scene *scene, const struct explore_result *result,
                        const struct explore_failure *failure, struct area area, int y)
{
    char text[TEXT_BYTES], turns[TEXT_BYTES];
    const char *verb = failure->kind == GOAL_DEADLOCK ? "" : " fails";
    if (failure->schedules && result->schedules && strlen(failure->schedules) <= 24)
        text_format(text, sizeof(text), "%s%s in %s schedules", failure->text, verb,
                    failure->schedules);
    else
        text_format(text, sizeof(text), "%s%s", failure->text, verb);
    draw_text_cut(area, 1, y++, area.w - 2, ROLE_LOST, text);
    if (failure->has_shortest && y < area.h) {
        turns_text(scene, failure->shortest, failure->n_shortest, area.w - 22, turns,
                   sizeof(turns));
        draw_textf(area, 3, y++, ROLE_TEXT, "shortest:        %s", turns);
    }
    if (failure->has_fewest && y < area.h) {
        turns_text(scene, failure->fewest_switches, failure->n_fewest, area.w - 22, turns,
                   sizeof(turns));
        draw_textf(area, 3, y++, ROLE_TEXT, "fewest switches: %s", turns);
    }
    return y;
}

static void note_text(const struct session_orders *orders, char *out, size_t size)
{
    char states[28], took[16];
    text_duration(took, orders->elapsed_ns);
    if (orders->result && orders->result->is_complete)
        text_format(out, size, "%s states, %s", orders->result->n_states, took);
    else
        text_format(out, size, "%s states so far, %s",
                    text_grouped(states, (int64_t)orders->progress.n_states), took);
}

void orders_draw(const struct scene *scene, const struct session_orders *orders, struct area area)
{
    char note[96];
    note_text(orders, note, sizeof(note));
    struct area below =
        panel_heading(area, "orders: every interleaving", ROLE_DIM, orders->is_begun ? note : "");
    const struct explore_result *result = orders->result;
    if (!result) {
        draw_text(below, 1, 1, ROLE_TEXT, "trying every interleaving ...");
        draw_text(below, 1, 3, ROLE_DIM, "Tab goes on with the lanes meanwhile");
        return;
    }
    int y = 1, failures = result->n_failures > 2 ? 2 : (int)result->n_failures;
    int n_cells = (int)result->n_cells, room = below.h - 1 - 4 * failures;
    // The first variable gets what the others can spare: a heading and a value each stay to them.
    for (int cell = 0; cell < n_cells && y + 2 < room; cell++) {
        int rows = room - y - 2 - 3 * (n_cells - cell - 1);
        y = draw_cell(scene, result, (size_t)cell, below, y, rows > 1 ? rows : 1) + 1;
    }
    for (int i = 0; i < failures && y < below.h; i++)
        y = draw_failure(scene, result, &result->failures[i], below, y) + 1;
}

void orders_message_draw(const struct scene *scene, const struct session_orders *orders,
                         struct area area)
{
    const struct explore_result *result = orders->result;
    if (scene->toast[0] != '\0') {
        draw_text_cut(area, 1, 0, area.w - 2, ROLE_TOAST, scene->toast);
        return;
    }
    if (orders->trouble)
        draw_text_cut(area, 1, 0, area.w - 2, ROLE_FAILED, orders->trouble);
    if (!result || orders->trouble)
        return;
    bool fails = result->n_failures > 0;
    enum role role = fails ? ROLE_BROKEN : result->is_complete ? ROLE_HOLDS : ROLE_LUCK;
    const char *words =
        fails ? (result->is_complete ? "every interleaving was tried: some fail; f plays one"
                                     : "some interleavings fail; not all were tried")
        : result->is_complete
            ? "every interleaving was tried: none fails"
            : "none was found to fail, but not all were tried: --set takes smaller numbers";
    draw_fill(area, role);
    draw_text_cut(area, 1, 0, area.w - 2, role, words);
}
