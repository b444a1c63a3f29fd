#include "view/orders.h"
#include "view/hint.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// Every interleaving: what can come out, in how many schedules, and where the run on screen lies.

enum { HEADING_H = 1, WIDE_W = 120, VERDICT_BYTES = 256 };

// By which steps, as far as there is room.
static const char *grain_words(const struct session_orders *orders, int columns)
{
    static const char *const words[][2] = {
        [GRAIN_OP] = {"orders: every interleaving, step by step", "orders: every interleaving"},
        [GRAIN_ACCESS] = {"orders: every interleaving, by access: a step and all that follows it "
                          "unnoticed",
                          "orders: every interleaving, by access"},
    };
    const char *const *ways = words[orders->grain];
    return (int)text_columns(ways[0]) <= columns ? ways[0] : ways[1];
}

static void note_text(const struct session_orders *orders, char *out, size_t size)
{
    char states[28], took[24] = "", duration[16];
    if (orders->elapsed_ns > 0)
        text_format(took, sizeof(took), ", %s", text_duration(duration, orders->elapsed_ns));
    if (orders->result && orders->result->is_complete)
        text_format(out, size, "%s states%s", orders->result->n_states, took);
    else
        text_format(out, size, "%s states so far%s",
                    text_grouped(states, (int64_t)orders->progress.n_states), took);
}

// What was tried, or why the run on the screen has no mark in it.
static void note_text_apart(const struct orders_scene *o, char *out, size_t size, int columns)
{
    const struct session_orders *orders = o->orders;
    note_text(orders, out, size);
    if (!o->scene->view->is_ended || !orders->result || !orders->why_apart)
        return;
    size_t len = columns >= WIDE_W ? strlen(out) : 0;
    text_format(out + len, size - len, "%sno mark: %s", len ? "; " : "", orders->why_apart);
}

// Nothing that could be told apart.
static void draw_nothing(const struct orders_scene *o, struct area area)
{
    const char *schedules = o->orders->result->schedules;
    if (schedules)
        draw_textf(area, 1, 1, ROLE_TEXT, "%s schedules that end", schedules);
    else if (!o->orders->result->is_complete)
        draw_text(area, 1, 1, ROLE_TEXT, "no schedule was followed to its end");
    if (o->scene->view->prog->n_cells == 0)
        draw_text(area, 1, 2, ROLE_DIM, "nothing is shared that could end as this or as that");
}

static void draw_results(const struct orders_scene *o, struct area area)
{
    int wanted = results_rows(o), spare = area.h - RESULTS_EXAMPLE_ROWS - 2;
    if (wanted == 0) {
        draw_nothing(o, area);
        return;
    }
    // An example of the selected one where there is room; a row between all.
    if (spare < 2) {
        results_draw(o, area);
        return;
    }
    int rows = wanted < spare ? wanted : spare;
    results_draw(o, area_part(area, 0, 1, area.w, rows));
    results_example_draw(o, area_part(area, 0, rows + 2, area.w, RESULTS_EXAMPLE_ROWS));
}

// Alone it has to say by which steps it was tried.
static struct area tree_heading(const struct orders_scene *o, struct area area, bool is_alone)
{
    const struct explore_tree *tree = o->orders->tree;
    const struct session_orders *orders = o->orders;
    char name[64], note[96] = "";
    size_t n_bad = 0;
    for (size_t i = 0; i < tree->n_leaves; i++)
        n_bad += tree->leaves[i].n_lost > 0 || tree_leaf_fails(&tree->leaves[i]);
    const char *grain = !is_alone                   ? ""
                        : orders->grain == GRAIN_OP ? ", step by step"
                                                    : ", by access";
    text_format(name, sizeof(name), "all %zu schedule%s%s: who steps next", tree->n_leaves,
                tree->n_leaves == 1 ? "" : "s", grain);
    const struct session_view *view = o->scene->view;
    if (tree->n_leaves == 1)
        text_format(name, sizeof(name), "the only schedule%s", grain);
    if (view->prog->n_cells > 0 && view->is_ended && !view->is_simulated && !orders->why_apart)
        text_format(note, sizeof(note), "← ends as this run");
    else if (orders->has_place && tree->nodes[orders->place].child != 0)
        text_format(note, sizeof(note), "from here %u of %zu", tree->nodes[orders->place].n_leaves,
                    tree->n_leaves);
    else
        text_format(note, sizeof(note), "%zu lose or fail", n_bad);
    return panel_heading(area, name, ROLE_DIM, note);
}

static bool has_room_for_both(const struct orders_scene *o, int rows)
{
    const struct explore_tree *tree = o->orders->tree;
    return results_rows(o) > 0 && results_rows(o) + HEADING_H + (int)tree->n_leaves <= rows;
}

// Both where both have room, else what has the keys.
static void draw_found(const struct orders_scene *o, struct area area)
{
    const struct explore_tree *tree = o->orders->tree;
    int list_h = results_rows(o), tree_h = tree ? HEADING_H + (int)tree->n_leaves : 0;
    if (!tree || !has_room_for_both(o, area.h)) {
        draw_results(o, area);
        return;
    }
    int with_example = list_h + RESULTS_EXAMPLE_ROWS + 3;
    int above = with_example + tree_h <= area.h ? with_example
                : list_h + 1 + tree_h <= area.h ? list_h + 1
                                                : list_h;
    draw_results(o, area_part(area, 0, 0, area.w, above == list_h + 1 ? list_h : above));
    tree_draw(o, tree_heading(o, area_part(area, 0, above, area.w, area.h - above), false));
}

void orders_draw(const struct orders_scene *o, struct area area)
{
    char note[160];
    const struct session_orders *orders = o->orders;
    note_text_apart(o, note, sizeof(note), area.w);
    const char *heading = grain_words(orders, area.w - (int)text_columns(note) - 8);
    bool is_tree_alone =
        o->scene->in_tree && orders->tree && !has_room_for_both(o, area.h - HEADING_H);
    // The tree's own heading says what it is; at 24 lines twenty schedules want every row.
    if (is_tree_alone) {
        tree_draw(o, tree_heading(o, area, true));
        return;
    }
    struct area below = panel_heading(area, heading, ROLE_DIM, orders->is_begun ? note : "");
    if (!orders->result) {
        draw_text(below, 1, 1, ROLE_TEXT, "trying every interleaving ...");
        draw_textf(below, 1, 2, ROLE_TEXT, "%llu of %llu MiB",
                   (unsigned long long)(orders->progress.n_bytes >> 20),
                   (unsigned long long)(SESSION_ORDERS_BYTES >> 20));
        hint_draw(below, 1, 4, below.w - 1, ROLE_DIM, o->scene->keymap,
                  "{close} goes on with the lanes meanwhile");
        return;
    }
    draw_found(o, below);
}

// --- the verdict, in a line that can be read out

// The first that finds room; the last in any case.
static void choose_text(char *out, size_t size, int columns, char ways[][VERDICT_BYTES], size_t n)
{
    size_t i = 0;
    while (i + 1 < n && (ways[i][0] == '\0' || (int)text_columns(ways[i]) > columns))
        i++;
    text_format(out, size, "%s", ways[i]);
}

// "18 of 20", where such numbers are known.
static void failing_text(const struct explore_result *result, char *out, size_t size)
{
    const struct explore_failure *failure = &result->failures[0];
    out[0] = '\0';
    if (result->n_failures > 1 || !failure->schedules || !result->schedules ||
        !result->stuck_schedules)
        return;
    if (strcmp(result->stuck_schedules, "0") == 0)
        text_format(out, size, "%s of %s fail", failure->schedules, result->schedules);
    else if (failure->kind == GOAL_DEADLOCK)
        text_format(out, size, "deadlock in %s, %s end", failure->schedules, result->schedules);
}

static const char *play_hint(const struct orders_scene *o, char out[48])
{
    return hint_text(o->scene->keymap, "{find} plays one", out, 48);
}

static void fails_text(const struct orders_scene *o, char *out, size_t size, int columns)
{
    const struct explore_result *result = o->orders->result;
    char play[48], failing[VERDICT_BYTES], ways[4][VERDICT_BYTES] = {{0}};
    play_hint(o, play);
    failing_text(result, failing, sizeof(failing));
    if (failing[0] != '\0') {
        text_format(ways[0], VERDICT_BYTES, "every interleaving was tried: %s; %s", failing, play);
        text_format(ways[1], VERDICT_BYTES, "all tried: %s; %s", failing, play);
    }
    text_format(ways[2], VERDICT_BYTES, "every interleaving was tried: some fail; %s", play);
    text_format(ways[3], VERDICT_BYTES, "all tried: some fail; %s", play);
    choose_text(out, size, columns, ways, ARRAY_LEN(ways));
}

static void none_text(const struct orders_scene *o, char *out, size_t size, int columns)
{
    const struct program *prog = o->scene->view->prog;
    const char *more = o->orders->result->is_endless           ? "; some never end, so no numbers"
                       : prog->n_expects + prog->n_always == 0 ? " (it has no `expect` or `always`)"
                                                               : "";
    char ways[2][VERDICT_BYTES];
    text_format(ways[0], VERDICT_BYTES, "every interleaving was tried: none fails%s", more);
    text_format(ways[1], VERDICT_BYTES, "all tried: none fails");
    choose_text(out, size, columns, ways, ARRAY_LEN(ways));
}

// What was tried says nothing of the rest.
static void partial_text(const struct orders_scene *o, char *out, size_t size, int columns)
{
    const struct session_orders *orders = o->orders;
    const struct explore_result *result = orders->result;
    bool fails = result->n_failures > 0 || orders->is_of_probe;
    const char *what = result->n_failures > 0 ? "some fail" : "none fails";
    char play[48];
    const char *hint = fails ? play_hint(o, play) : "--set takes smaller numbers";
    char ways[3][VERDICT_BYTES];
    char then[32] = "it was stopped";
    if (orders->status == EXPLORE_MEMORY)
        text_format(then, sizeof(then), "%llu MiB were full",
                    (unsigned long long)(SESSION_ORDERS_BYTES >> 20));
    text_format(ways[0], VERDICT_BYTES, "not all was tried: of %s states %s, then %s; %s",
                result->n_states, what, then, hint);
    const char *of_it = result->n_failures > 0 ? "some of it fails" : "none of it fails";
    text_format(ways[1], VERDICT_BYTES, "not all was tried: %s; %s", of_it, hint);
    text_format(ways[2], VERDICT_BYTES, "not all tried: %s", of_it);
    choose_text(out, size, columns, ways, ARRAY_LEN(ways));
}

void orders_message_draw(const struct orders_scene *o, struct area area)
{
    const struct session_orders *orders = o->orders;
    const struct explore_result *result = orders->result;
    char text[VERDICT_BYTES];
    if (o->scene->toast[0] != '\0') {
        draw_text_cut(area, 1, 0, area.w - 2, ROLE_TOAST, o->scene->toast);
        return;
    }
    if (orders->trouble)
        draw_text_cut(area, 1, 0, area.w - 2, ROLE_FAILED, orders->trouble);
    if (!result || orders->trouble)
        return;
    bool fails = result->n_failures > 0 || orders->is_of_probe;
    enum role role = fails ? ROLE_BROKEN : result->is_complete ? ROLE_HOLDS : ROLE_LUCK;
    if (!result->is_complete)
        partial_text(o, text, sizeof(text), area.w - 2);
    else if (fails)
        fails_text(o, text, sizeof(text), area.w - 2);
    else
        none_text(o, text, sizeof(text), area.w - 2);
    draw_fill(area, role);
    draw_text_cut(area, 1, 0, area.w - 2, role, text);
}
