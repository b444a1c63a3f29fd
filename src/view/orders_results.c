// The list of what can come out: in how many schedules, and where the run on the screen lies.
#include "view/orders.h"

#include "base/text.h"
#include "prog/machine.h"

#include <stdlib.h>
#include <string.h>

enum {
    VALUE_W = 14,
    SHARE_W = 9,
    HERE_W = 14,
    BAR_MIN = 6,
    TURNS_BYTES = 256,
    COUNT_DIGITS_MAX = 18
};

size_t orders_count(const struct explore_result *result)
{
    size_t n = result->n_failures;
    for (size_t cell = 0; cell < result->n_cells; cell++)
        n += result->cells[cell].n_finals;
    return n;
}

struct orders_item orders_item_at(const struct explore_result *result, size_t number)
{
    for (size_t cell = 0; cell < result->n_cells; cell++) {
        if (number < result->cells[cell].n_finals)
            return (struct orders_item){.is_final = true, .cell = cell, .index = number};
        number -= result->cells[cell].n_finals;
    }
    return (struct orders_item){.index = number};
}

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

enum verdict { VERDICT_NONE, VERDICT_HOLDS, VERDICT_FAILS };

// Whether an end with this value is one that every `expect` allows; known where there is one cell.
static enum verdict judge(const struct program *prog, int64_t value)
{
    if (prog->n_cells != 1 || prog->n_expects == 0)
        return VERDICT_NONE;
    for (size_t i = 0; i < prog->n_expects; i++) {
        bool holds = true;
        if (machine_judge(prog, &prog->expects[i], read_value, &value, &holds) && !holds)
            return VERDICT_FAILS;
    }
    return VERDICT_HOLDS;
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

// "in 18"; of numbers that are too long, "in 1.18e26".
static void count_text(const char *schedules, char out[32])
{
    size_t n = strlen(schedules);
    if (n <= COUNT_DIGITS_MAX)
        text_format(out, 32, "in %s", schedules);
    else
        text_format(out, 32, "in %.1s.%.2se%zu", schedules, schedules + 1, n - 1);
}

// So wide that every number of schedules has its place.
static int count_columns(const struct explore_result *result)
{
    int columns = 0;
    for (size_t cell = 0; cell < result->n_cells; cell++)
        for (size_t i = 0; i < result->cells[cell].n_finals; i++) {
            char text[32];
            const char *schedules = result->cells[cell].finals[i].schedules;
            if (!schedules)
                continue;
            count_text(schedules, text);
            columns = (int)strlen(text) > columns ? (int)strlen(text) : columns;
        }
    return columns;
}

bool orders_ahead(const struct orders_scene *o, const struct orders_item *item, size_t *n,
                  size_t *n_all)
{
    const struct explore_tree *tree = o->orders->tree;
    if (!o->orders->has_place)
        return false;
    const struct tree_node *node = &tree->nodes[o->orders->place];
    int64_t value = o->orders->result->cells[item->cell].finals[item->index].value;
    *n = 0;
    *n_all = node->n_leaves;
    for (size_t i = 0; i < node->n_leaves; i++) {
        const struct tree_leaf *leaf = &tree->leaves[node->first_leaf + i];
        *n += !leaf->is_stuck && leaf->cells[item->cell] == value;
    }
    return true;
}

static bool is_here(const struct orders_scene *o, size_t cell, int64_t value)
{
    const struct session_view *view = o->scene->view;
    return view->is_ended && !o->orders->why_apart && view->cells[cell] == value;
}

// Where the run on the screen lies: here, or whether it can still come here.
static void draw_here(const struct orders_scene *o, const struct orders_item *item,
                      struct area area)
{
    size_t n, n_all;
    int64_t value = o->orders->result->cells[item->cell].finals[item->index].value;
    if (is_here(o, item->cell, value)) {
        int x = draw_glyph(area, 2, 0, ROLE_TITLE, GLYPH_ARROW_LEFT);
        draw_text(area, x + 1, 0, ROLE_TITLE, "this run");
    } else if (!o->scene->view->is_ended && orders_ahead(o, item, &n, &n_all)) {
        draw_textf(area, 1, 0, n > 0 ? ROLE_TEXT : ROLE_DIM, "%3zu ahead", n);
    }
}

static void draw_mark(struct area row, enum verdict verdict)
{
    if (verdict == VERDICT_FAILS)
        draw_glyph(row, VALUE_W + 1, 0, ROLE_LOST, GLYPH_FAILS);
    if (verdict == VERDICT_HOLDS)
        draw_glyph(row, VALUE_W + 1, 0, ROLE_HOLDING, GLYPH_PASSES);
}

static void draw_bar(struct area area, const struct explore_final *final,
                     const struct explore_result *result, enum role role)
{
    if (area.w < BAR_MIN)
        return;
    int filled = (int)(share_of(final->schedules, result->schedules) * area.w + 0.5);
    draw_run(area, 0, 0, filled > 0 ? filled : 1, role, GLYPH_EIGHTH_6);
}

static void draw_final(const struct orders_scene *o, const struct orders_item *item,
                       bool is_selected, struct area row)
{
    const struct explore_result *result = o->orders->result;
    const struct explore_final *final = &result->cells[item->cell].finals[item->index];
    enum verdict verdict = judge(o->scene->view->prog, final->value);
    enum role role = verdict == VERDICT_FAILS   ? ROLE_LOST_QUIET
                     : verdict == VERDICT_HOLDS ? ROLE_HOLDING
                                                : ROLE_RUNNING;
    char value[28], count[32];
    draw_right(row, VALUE_W, 0, is_selected ? ROLE_CURSOR : ROLE_TITLE,
               text_grouped(value, final->value));
    draw_mark(row, verdict);
    draw_here(o, item, area_part(row, row.w - HERE_W, 0, HERE_W, 1));
    if (!final->schedules || !result->schedules) {
        draw_text(row, VALUE_W + 4, 0, ROLE_DIM, "can come out");
        return;
    }
    // On a narrow screen first the share gives way, then the bar.
    int count_w = count_columns(result) + 2;
    int room = row.w - HERE_W - count_w - VALUE_W - 4;
    int share_w = room >= SHARE_W + BAR_MIN ? SHARE_W : 0;
    struct area middle = area_part(row, VALUE_W + 4, 0, room, 1);
    draw_bar(area_part(middle, 0, 0, middle.w - share_w, 1), final, result, role);
    if (share_w > 0)
        draw_share(area_part(middle, middle.w - share_w, 0, share_w, 1),
                   share_of(final->schedules, result->schedules));
    count_text(final->schedules, count);
    draw_right(row, row.w - HERE_W, 0, ROLE_TEXT, count);
}

static void draw_failure(const struct orders_scene *o, size_t failure, bool is_selected,
                         struct area row)
{
    const struct explore_result *result = o->orders->result;
    const struct explore_failure *f = &result->failures[failure];
    const char *verb = f->kind == GOAL_DEADLOCK || f->kind == GOAL_FAULT ? "happens"
                       : f->kind == GOAL_ALWAYS                          ? "is broken"
                                                                         : "fails";
    char text[TURNS_BYTES], count[32] = "";
    if (f->schedules)
        count_text(f->schedules, count);
    bool is_one = f->schedules && strcmp(f->schedules, "1") == 0;
    text_format(text, sizeof(text), "%s %s%s%s%s", f->text, verb, count[0] ? " " : "", count,
                !count[0] ? ""
                : is_one  ? " schedule"
                          : " schedules");
    draw_glyph(row, 3, 0, ROLE_LOST, GLYPH_FAILS);
    draw_text_cut(row, 5, 0, row.w - 6, is_selected ? ROLE_CURSOR : ROLE_LOST, text);
}

// --- the list: a heading for each cell, its values, and then, a row apart, what fails

static int finals_rows(const struct explore_result *result)
{
    size_t rows = 0;
    for (size_t cell = 0; cell < result->n_cells; cell++)
        if (result->cells[cell].n_finals > 0)
            rows += 1 + result->cells[cell].n_finals;
    return (int)rows;
}

// The first row of what fails, apart from the values.
static int failures_row(const struct explore_result *result)
{
    int rows = finals_rows(result);
    return rows > 0 ? rows + 1 : 0;
}

int results_rows(const struct orders_scene *o)
{
    const struct explore_result *result = o->orders->result;
    return result->n_failures > 0 ? failures_row(result) + (int)result->n_failures
                                  : finals_rows(result);
}

// The row of an item in the list.
static int row_of(const struct explore_result *result, size_t number)
{
    struct orders_item item = orders_item_at(result, number);
    int row = 0;
    if (!item.is_final)
        return failures_row(result) + (int)item.index;
    for (size_t cell = 0; cell < item.cell; cell++)
        if (result->cells[cell].n_finals > 0)
            row += 1 + (int)result->cells[cell].n_finals;
    return row + 1 + (int)item.index;
}

// The first row that is shown: the selected one is among them, near the middle.
static int first_row(const struct orders_scene *o, int rows, int all)
{
    int top = row_of(o->orders->result, o->result) - rows / 2;
    top = top > all - rows ? all - rows : top;
    return top > 0 ? top : 0;
}

void results_draw(const struct orders_scene *o, struct area area)
{
    const struct explore_result *result = o->orders->result;
    int all = results_rows(o), top = first_row(o, area.h, all);
    size_t n_items = orders_count(result);
    for (size_t number = 0; number < n_items; number++) {
        struct orders_item item = orders_item_at(result, number);
        bool is_selected = number == o->result && !o->scene->in_tree;
        int y = row_of(result, number) - top;
        if (item.is_final && item.index == 0 && y > 0)
            draw_textf(area, 1, y - 1, ROLE_HEADING, "%s ends as", result->cells[item.cell].name);
        if (y < 0 || y >= area.h)
            continue;
        struct area row = area_part(area, 0, y, area.w, 1);
        if (is_selected)
            draw_glyph(row, 1, 0, ROLE_CURSOR, GLYPH_POINTER);
        if (item.is_final)
            draw_final(o, &item, is_selected, row);
        else
            draw_failure(o, item.index, is_selected, row);
    }
    if (top > 0)
        draw_glyph(area, area.w - 1, 0, ROLE_DIM, GLYPH_ARROW_UP);
    if (top + area.h < all)
        draw_glyph(area, area.w - 1, area.h - 1, ROLE_DIM, GLYPH_ARROW_DOWN);
}

// --- examples of the selected one

// A name that ends in a digit is kept apart from its number, as schedules are written.
static const char *between(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9' ? "*" : "";
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
        const char *name = lane_name(scene, lanes[from]);
        text_format(turn, sizeof(turn), "%s%s%s%zu", from ? " " : "", name, between(name),
                    i - from);
        if ((int)(text_columns(out) + text_columns(turn)) + 4 > columns) {
            text_format(out + len, size - len, " ...");
            return;
        }
        len += text_format(out + len, size - len, "%s", turn);
    }
}

static void draw_example(const struct scene *scene, struct area area, int y, const char *label,
                         const uint16_t *lanes, size_t n)
{
    char turns[TURNS_BYTES];
    int x = draw_text(area, 3, y, ROLE_DIM, label);
    turns_text(scene, lanes, n, area.w - x - 2, turns, sizeof(turns));
    draw_text(area, x, y, ROLE_TEXT, n > 0 ? turns : "before any step");
}

static const char *no_example(const struct orders_scene *o)
{
    return o->orders->is_seeking ? "looking for an example ..."
                                 : "no example was found within the limit of memory";
}

void results_example_draw(const struct orders_scene *o, struct area area)
{
    const struct explore_result *result = o->orders->result;
    if (o->result >= orders_count(result))
        return;
    struct orders_item item = orders_item_at(result, o->result);
    struct explore_failure example = {0};
    if (item.is_final) {
        const struct explore_final *final = &result->cells[item.cell].finals[item.index];
        char value[28];
        draw_textf(area, 1, 0, ROLE_HEADING, "a schedule that ends with %s = %s",
                   result->cells[item.cell].name, text_grouped(value, final->value));
        example = (struct explore_failure){.shortest = final->shortest,
                                           .n_shortest = final->n_shortest,
                                           .has_shortest = final->has_shortest,
                                           .fewest_switches = final->fewest_switches,
                                           .n_fewest = final->n_fewest,
                                           .has_fewest = final->has_fewest};
    } else {
        example = result->failures[item.index];
        draw_text(area, 1, 0, ROLE_HEADING, "a schedule that fails so");
    }
    int y = 1;
    if (example.has_shortest)
        draw_example(o->scene, area, y++, "shortest:         ", example.shortest,
                     example.n_shortest);
    if (example.has_fewest)
        draw_example(o->scene, area, y++, "fewest switches:  ", example.fewest_switches,
                     example.n_fewest);
    if (y == 1)
        draw_text(area, 3, y, ROLE_DIM, no_example(o));
}
