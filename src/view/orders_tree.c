// Every schedule by itself: a tree whose branches are who steps next. A leaf has a row, what the
// steps lead to stands at its end:
//
//     ┬─A LOAD──┬─A ADD───┬─ ...  ✓ counter 2
//     │         │         └─ ...  ✗ counter 1, 1 lost
//     │         └─B LOAD──┬─ ...
//     └─B LOAD──┬─ ...
//
// Where there are more steps than columns, those that one lane makes without a choice between them
// are drawn as one: A×5.
#include "view/orders.h"

#include "base/mem.h"
#include "base/text.h"
#include "prog/machine.h"

#include <string.h>

enum { LABEL_W = 24, PITCH_MAX = 28, NAME_MIN = 2, LEAF_BYTES = 128 };

// What an edge says.
enum edge_words { WORDS_VALUE, WORDS_OP, WORDS_NAME, WORDS_NUMBER };

struct sketch {
    const struct orders_scene *o;
    const struct explore_tree *tree;
    struct area plot; // without what stands at the leaves
    struct area labels;
    bool is_folded;
    enum edge_words words;
    int pitch;    // columns of a step
    int leaf_h;   // rows of a leaf
    int top;      // first row of the tree that is shown
    int *columns; // [node]: steps, or folded ones, up to it
    int n_columns;
    bool *is_on_path; // [node]: the run on the screen has come through it
};

static bool is_only_child(const struct explore_tree *tree, uint32_t node)
{
    const struct tree_node *n = &tree->nodes[node];
    return tree->nodes[n->parent].child == node && n->next == 0;
}

// Whether it is drawn as one with the step before.
static bool is_folded(const struct sketch *k, uint32_t node)
{
    const struct tree_node *n = &k->tree->nodes[node];
    return k->is_folded && n->parent != 0 && is_only_child(k->tree, node) &&
           k->tree->nodes[n->parent].lane == n->lane;
}

// Steps in what begins with this one.
static int count_folded(const struct sketch *k, uint32_t node)
{
    int n = 1;
    for (uint32_t at = k->tree->nodes[node].child; at != 0 && is_folded(k, at);
         at = k->tree->nodes[at].child)
        n++;
    return n;
}

static void count_columns(struct sketch *k)
{
    k->n_columns = 0;
    for (uint32_t at = 1; at < k->tree->n_nodes; at++) {
        k->columns[at] = k->columns[k->tree->nodes[at].parent] + !is_folded(k, at);
        if (k->columns[at] > k->n_columns)
            k->n_columns = k->columns[at];
    }
    k->pitch = k->n_columns > 0 ? k->plot.w / k->n_columns : 0;
    k->pitch = k->pitch > PITCH_MAX ? PITCH_MAX : k->pitch;
}

static void edge_text(const struct sketch *k, uint32_t node, char *out, size_t size)
{
    const struct tree_node *n = &k->tree->nodes[node];
    const struct program *prog = k->o->scene->view->prog;
    int times = count_folded(k, node);
    if (k->words == WORDS_NUMBER)
        text_format(out, size, "%u", n->lane);
    else if (times > 1)
        text_format(out, size, "%s×%d", lane_name(k->o->scene, n->lane), times);
    else if (k->words == WORDS_VALUE && n->has_value)
        text_format(out, size, "%s %s %lld", lane_name(k->o->scene, n->lane),
                    op_info[prog->ops[n->pc].code].mnemonic, (long long)n->value);
    else if (k->words == WORDS_VALUE || k->words == WORDS_OP)
        text_format(out, size, "%s %s", lane_name(k->o->scene, n->lane),
                    op_info[prog->ops[n->pc].code].mnemonic);
    else
        text_format(out, size, "%s", lane_name(k->o->scene, n->lane));
}

static int widest_edge(const struct sketch *k)
{
    int widest = 0;
    for (uint32_t at = 1; at < k->tree->n_nodes; at++) {
        char text[LEAF_BYTES];
        edge_text(k, at, text, sizeof(text));
        if (!is_folded(k, at) && (int)text_columns(text) > widest)
            widest = (int)text_columns(text);
    }
    return widest;
}

// As much as finds room: what each step is, and what it loads or stores, else whose, else the
// number of its lane.
static void choose_words(struct sketch *k)
{
    for (int way = 0; way < 2; way++) {
        k->is_folded = way == 1;
        count_columns(k);
        for (int words = WORDS_VALUE; words <= WORDS_NAME; words++) {
            k->words = (enum edge_words)words;
            if (k->pitch >= widest_edge(k) + 2)
                return;
        }
    }
    k->words = WORDS_NUMBER;
    k->pitch = k->pitch < NAME_MIN ? NAME_MIN : k->pitch;
}

static bool is_leaf_shown(const struct sketch *k, size_t leaf)
{
    int y = (int)leaf * k->leaf_h - k->top;
    return y >= 0 && y < k->plot.h;
}

static int row_of(const struct sketch *k, uint32_t node)
{
    return (int)k->tree->nodes[node].first_leaf * k->leaf_h - k->top;
}

// So that the selected schedule is seen, or, while the list has the keys, where the run stands.
static void scroll(struct sketch *k)
{
    const struct orders_scene *o = k->o;
    int all = ((int)k->tree->n_leaves - 1) * k->leaf_h + 1;
    size_t leaf = o->scene->in_tree      ? o->leaf
                  : o->orders->has_place ? k->tree->nodes[o->orders->place].first_leaf
                                         : 0;
    int top = (int)leaf * k->leaf_h - k->plot.h / 2;
    top = top > all - k->plot.h ? all - k->plot.h : top;
    k->top = top > 0 ? top : 0;
}

static void find_path(struct sketch *k)
{
    if (!k->o->orders->has_place)
        return;
    for (uint32_t at = k->o->orders->place;; at = k->tree->nodes[at].parent) {
        k->is_on_path[at] = true;
        if (at == 0)
            return;
    }
}

// Whether the run on the screen can still come there.
static bool is_ahead(const struct sketch *k, uint32_t node)
{
    if (!k->o->orders->has_place)
        return true;
    const struct tree_node *place = &k->tree->nodes[k->o->orders->place];
    uint32_t first = k->tree->nodes[node].first_leaf;
    return k->tree->nodes[node].depth > place->depth && first >= place->first_leaf &&
           first < place->first_leaf + place->n_leaves;
}

static enum role line_role(const struct sketch *k, uint32_t node)
{
    return k->is_on_path[node] ? ROLE_TITLE : is_ahead(k, node) ? ROLE_TEXT : ROLE_EDGE;
}

// From the parent down to the step, past those of the lanes before.
static void draw_branch(const struct sketch *k, uint32_t node, int x)
{
    const struct tree_node *n = &k->tree->nodes[node];
    enum role role = line_role(k, node);
    int y = row_of(k, node), from = row_of(k, n->parent);
    bool is_first = k->tree->nodes[n->parent].child == node;
    if (is_first && n->next == 0) {
        draw_glyph(k->plot, x, y, role, k->is_on_path[node] ? GLYPH_HEAVY : GLYPH_HORIZONTAL);
        return;
    }
    if (is_first) {
        draw_glyph(k->plot, x, y, role, GLYPH_TEE_DOWN);
        return;
    }
    for (int at = from < -1 ? 0 : from + 1; at < y && at < k->plot.h; at++)
        if (at >= 0 && k->plot.h > 0) {
            const struct cell *cell = frame_at(k->plot.frame, k->plot.x + x, k->plot.y + at);
            if (cell->utf8[0] == ' ')
                draw_glyph(k->plot, x, at, role, GLYPH_VERTICAL);
        }
    draw_glyph(k->plot, x, y, role, n->next ? GLYPH_TEE_RIGHT : GLYPH_CORNER_BL);
}

static void draw_edge(const struct sketch *k, uint32_t node)
{
    char text[LEAF_BYTES];
    const struct tree_node *n = &k->tree->nodes[node];
    bool is_path = k->is_on_path[node];
    enum role role = line_role(k, node);
    int x = (k->columns[node] - 1) * k->pitch, y = row_of(k, node);
    if (is_folded(k, node) || x >= k->plot.w)
        return;
    draw_branch(k, node, x);
    if (y < 0 || y >= k->plot.h)
        return;
    draw_run(k->plot, x + 1, y, k->pitch - 1, role, is_path ? GLYPH_HEAVY : GLYPH_HORIZONTAL);
    edge_text(k, node, text, sizeof(text));
    // Where a step has a single column it has no line before its name.
    int at = k->pitch > 2 ? x + 2 : x + 1;
    enum role name = is_path || is_ahead(k, node) ? lane_role(n->lane) : ROLE_DIM;
    draw_text_cut(k->plot, at, y, k->pitch - (at - x), name, text);
}

// Once more, over the rows of the lanes before.
static void draw_path(const struct sketch *k)
{
    for (uint32_t at = 1; at < k->tree->n_nodes; at++) {
        const struct tree_node *n = &k->tree->nodes[at];
        int x = (k->columns[at] - 1) * k->pitch;
        if (!k->is_on_path[at] || is_folded(k, at) || x >= k->plot.w)
            continue;
        for (int y = row_of(k, n->parent); y <= row_of(k, at); y++)
            if (y >= 0 && y < k->plot.h) {
                struct cell was = *frame_at(k->plot.frame, k->plot.x + x, k->plot.y + y);
                draw_text(k->plot, x, y, ROLE_TITLE, was.utf8);
            }
    }
}

// --- what a schedule comes to

static size_t values_text(const struct sketch *k, const struct tree_leaf *leaf, char *out,
                          size_t size)
{
    size_t len = 0;
    const struct program *prog = k->o->scene->view->prog;
    for (size_t cell = 0; cell < prog->n_cells && len + 1 < size; cell++) {
        char name[48];
        len += text_format(out + len, size - len, "%s%s %lld", cell ? " " : "",
                           program_cell_name(prog, cell, name), (long long)leaf->cells[cell]);
    }
    return len;
}

static void leaf_text(const struct sketch *k, const struct tree_leaf *leaf, char *out, size_t size)
{
    if (leaf->is_stuck) {
        text_format(out, size, "deadlock");
        return;
    }
    if (leaf->n_fault > 0) {
        text_format(out, size, "line %u: %s", leaf->fault_line, machine_fault_text(leaf->fault));
        return;
    }
    out[0] = '\0';
    size_t len = values_text(k, leaf, out, size);
    const char *separator = len > 0 ? ", " : "";
    if (leaf->n_lost > 0)
        text_format(out + len, size - len, "%s%llu lost", separator,
                    (unsigned long long)leaf->n_lost);
    else if (leaf->broken)
        text_format(out + len, size - len, "%sfails", separator);
    else if (len == 0)
        text_format(out, size, "ends");
}

// The run on the screen is this schedule, or, of real lanes, ended as this one does.
static bool is_this_run(const struct sketch *k, size_t number)
{
    const struct session_orders *orders = k->o->orders;
    const struct session_view *view = k->o->scene->view;
    const struct tree_leaf *leaf = &k->tree->leaves[number];
    if (orders->has_place)
        return orders->place == leaf->node;
    return view->prog->n_cells > 0 && view->is_ended && !view->is_simulated && !orders->why_apart &&
           !leaf->is_stuck &&
           memcmp(view->cells, leaf->cells, view->prog->n_cells * sizeof(*view->cells)) == 0;
}

static void draw_leaf(const struct sketch *k, size_t number)
{
    char text[LEAF_BYTES];
    const struct tree_leaf *leaf = &k->tree->leaves[number];
    int y = (int)number * k->leaf_h - k->top;
    bool is_bad = leaf->n_lost > 0 || tree_leaf_fails(leaf);
    bool is_selected = k->o->scene->in_tree && number == k->o->leaf;
    bool is_path = k->is_on_path[leaf->node];
    int x = k->columns[leaf->node] * k->pitch;
    enum role role = is_selected                ? ROLE_CURSOR
                     : is_path                  ? ROLE_TITLE
                     : !is_ahead(k, leaf->node) ? ROLE_DIM
                     : is_bad                   ? ROLE_LOST_QUIET
                                                : ROLE_HOLDING;
    if (x > k->plot.w)
        draw_glyph(k->plot, k->plot.w - 1, y, ROLE_DIM, GLYPH_CUT);
    draw_run(k->plot, x, y, k->plot.w - x, line_role(k, leaf->node),
             is_path ? GLYPH_HEAVY : GLYPH_HORIZONTAL);
    if (is_selected)
        draw_glyph(k->labels, 0, y, ROLE_CURSOR, GLYPH_POINTER);
    draw_glyph(k->labels, 1, y, is_bad ? ROLE_LOST : ROLE_HOLDING,
               is_bad ? GLYPH_FAILS : GLYPH_PASSES);
    leaf_text(k, leaf, text, sizeof(text));
    draw_text_cut(k->labels, 3, y, k->labels.w - 5, role, text);
    if (is_this_run(k, number))
        draw_glyph(k->labels, k->labels.w - 1, y, ROLE_TITLE, GLYPH_ARROW_LEFT);
}

// Where the run stands, in front of what may come next.
static void draw_place(const struct sketch *k)
{
    if (!k->o->orders->has_place || k->tree->nodes[k->o->orders->place].child == 0)
        return;
    uint32_t place = k->o->orders->place;
    draw_glyph(k->plot, k->columns[place] * k->pitch, row_of(k, place), ROLE_TITLE, GLYPH_POINTER);
}

static void draw_more(const struct sketch *k)
{
    int all = ((int)k->tree->n_leaves - 1) * k->leaf_h + 1, x = k->labels.w - 2;
    if (k->top > 0)
        draw_glyph(k->labels, x, 0, ROLE_DIM, GLYPH_ARROW_UP);
    if (k->top + k->plot.h < all)
        draw_glyph(k->labels, x, k->plot.h - 1, ROLE_DIM, GLYPH_ARROW_DOWN);
}

void tree_draw(const struct orders_scene *o, struct area area)
{
    const struct explore_tree *tree = o->orders->tree;
    int labels_w = area.w >= 2 * LABEL_W ? LABEL_W : area.w / 2;
    bool is_roomy = 2 * (int)tree->n_leaves - 1 <= area.h;
    struct sketch k = {
        .o = o,
        .tree = tree,
        .plot = area_part(area, 1, 0, area.w - labels_w - 1, area.h),
        .labels = area_part(area, area.w - labels_w, 0, labels_w, area.h),
        .leaf_h = is_roomy ? 2 : 1,
        .columns = mem_array(tree->n_nodes, sizeof *k.columns),
        .is_on_path = mem_array(tree->n_nodes, sizeof *k.is_on_path),
    };
    choose_words(&k);
    scroll(&k);
    find_path(&k);
    for (uint32_t at = 1; at < tree->n_nodes; at++)
        draw_edge(&k, at);
    draw_path(&k);
    for (size_t leaf = 0; leaf < tree->n_leaves; leaf++)
        if (is_leaf_shown(&k, leaf))
            draw_leaf(&k, leaf);
    draw_place(&k);
    draw_more(&k);
    mem_free(k.columns);
    mem_free(k.is_on_path);
}
