#include "model/explore_tree.h"

#include "base/mem.h"
#include "model/explore_play.h"

// What a run does may then depend on more than who steps.
static bool has_chance(const struct program *prog)
{
    for (size_t i = 0; i < prog->n_ops; i++)
        if (prog->ops[i].code == OP_RANDOM ||
            (prog->ops[i].code == OP_ELAPSED && i < prog->main_entry))
            return true;
    return false;
}

// A node for each lane that can step now; false: none can.
static bool add_children(struct explore_tree *tree, const struct play *play, uint32_t parent)
{
    const struct program *prog = play->x->prog;
    uint32_t last = 0;
    for (size_t lane = 1; lane < prog->n_lanes; lane++) {
        if (!stepper_is_enabled(play->stepper, lane))
            continue;
        uint32_t number = (uint32_t)tree->n_nodes++;
        tree->nodes[number] = (struct tree_node){
            .parent = parent,
            .depth = tree->nodes[parent].depth + 1,
            .pc = (uint32_t)(stepper_lane(play->stepper, lane).next - prog->ops),
            .lane = (uint16_t)lane,
        };
        if (last)
            tree->nodes[last].next = number;
        else
            tree->nodes[parent].child = number;
        last = number;
    }
    return last != 0;
}

// Backwards along what each write was built on; an update that is not met is not in the value.
static uint64_t count_lost(const struct play *play)
{
    const struct stepper_output out = stepper_output(play->stepper);
    size_t n_cells = play->x->prog->n_cells;
    uint64_t *survivors = mem_array(n_cells, sizeof *survivors);
    uint64_t n_lost = 0;
    for (size_t cell = 0; cell < n_cells; cell++)
        survivors[cell] = WRITE_UNKNOWN;
    for (size_t i = out.n_updates; i-- > 0;) {
        const struct update *update = &out.updates[i];
        uint64_t *survivor = &survivors[update->cell];
        if (*survivor == WRITE_UNKNOWN || *survivor == update->id)
            *survivor = update->loaded;
        else
            n_lost += (update->flags & ACCESS_UPDATE) != 0;
    }
    mem_free(survivors);
    return n_lost;
}

static int64_t read_cell(const void *context, size_t cell)
{
    return ((const int64_t *)context)[cell];
}

static void judge(const struct play *play, struct tree_leaf *leaf)
{
    const struct program *prog = play->x->prog;
    const struct stepper_output out = stepper_output(play->stepper);
    for (size_t i = 0; i < prog->n_expects && !leaf->is_stuck; i++) {
        bool holds = false;
        machine_judge(prog, &prog->expects[i], read_cell, leaf->cells, &holds);
        leaf->broken |= (uint64_t)!holds << i;
    }
    for (size_t i = 0; i < out.n_events; i++)
        if (out.events[i].kind == EVENT_BROKEN)
            leaf->broken |= UINT64_C(1) << (prog->n_expects + out.events[i].object);
    for (size_t lane = 0; lane < prog->n_lanes; lane++) {
        struct stepper_lane end = stepper_lane(play->stepper, lane);
        if (end.fault == FAULT_NONE)
            continue;
        leaf->n_fault++;
        leaf->fault = end.fault;
        leaf->fault_line = end.fault_line;
    }
}

static void add_leaf(struct explore_tree *tree, const struct play *play, uint32_t node)
{
    size_t n_cells = play->x->prog->n_cells;
    struct tree_leaf *leaf = &tree->leaves[tree->n_leaves++];
    *leaf = (struct tree_leaf){.node = node,
                               .is_stuck = !stepper_is_over(play->stepper),
                               .n_lost = count_lost(play),
                               .cells = mem_array(n_cells, sizeof *leaf->cells)};
    for (size_t cell = 0; cell < n_cells; cell++)
        leaf->cells[cell] = stepper_cell(play->stepper, cell);
    judge(play, leaf);
    if (tree->nodes[node].depth > tree->depth)
        tree->depth = tree->nodes[node].depth;
    for (uint32_t at = node;; at = tree->nodes[at].parent) {
        if (tree->nodes[at].n_leaves++ == 0)
            tree->nodes[at].first_leaf = (uint32_t)tree->n_leaves - 1;
        if (at == 0)
            return;
    }
}

static uint16_t *path_to(const struct explore_tree *tree, uint32_t node)
{
    uint32_t n = tree->nodes[node].depth;
    uint16_t *lanes = mem_array(n, sizeof *lanes);
    for (uint32_t at = node; at != 0; at = tree->nodes[at].parent)
        lanes[--n] = tree->nodes[at].lane;
    return lanes;
}

// The next node that has not been visited, in front of which `play` is set; 0: there is none.
static uint32_t go_to_next(const struct explore_tree *tree, struct play *play, uint32_t node)
{
    while (node != 0 && tree->nodes[node].next == 0)
        node = tree->nodes[node].parent;
    if (node == 0)
        return 0;
    const struct explore *x = play->x;
    uint16_t *path = path_to(tree, node);
    play_close(play);
    play_open(play, x);
    play_settle(play);
    for (uint32_t i = 0; i + 1 < tree->nodes[node].depth; i++)
        play_step(play, path[i]);
    mem_free(path);
    return tree->nodes[node].next;
}

// The step that leads to the node, and what it has loaded or stored.
static void make_step(struct explore_tree *tree, struct play *play, uint32_t number)
{
    struct tree_node *node = &tree->nodes[number];
    size_t from = stepper_output(play->stepper).n_events;
    play_step(play, node->lane);
    const struct stepper_output out = stepper_output(play->stepper);
    for (size_t i = from; i < out.n_events && !node->has_value; i++) {
        const struct event *event = &out.events[i];
        if (event->lane != node->lane || (event->kind != EVENT_LOAD && event->kind != EVENT_STORE))
            continue;
        node->has_value = true;
        node->value = event->value;
    }
}

// False: it is too large.
static bool grow(struct explore_tree *tree, struct play *play)
{
    uint32_t node = 0;
    do {
        if (node != 0)
            make_step(tree, play, node);
        if (tree->n_nodes + play->x->prog->n_lanes > TREE_NODES_MAX)
            return false;
        if (add_children(tree, play, node)) {
            node = tree->nodes[node].child;
            continue;
        }
        if (tree->n_leaves == TREE_LEAVES_MAX)
            return false;
        add_leaf(tree, play, node);
        node = go_to_next(tree, play, node);
    } while (node != 0);
    return true;
}

struct explore_tree *explore_tree_new(const struct explore *x)
{
    if (has_chance(x->prog))
        return NULL;
    struct play play;
    struct explore_tree *tree = mem_alloc(sizeof *tree);
    tree->nodes = mem_array(TREE_NODES_MAX, sizeof *tree->nodes);
    tree->leaves = mem_array(TREE_LEAVES_MAX, sizeof *tree->leaves);
    tree->n_nodes = 1;
    play_open(&play, x);
    play_settle(&play);
    bool is_whole = grow(tree, &play);
    play_close(&play);
    if (is_whole)
        return tree;
    explore_tree_free(tree);
    return NULL;
}

void explore_tree_free(struct explore_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->n_leaves; i++)
        mem_free(tree->leaves[i].cells);
    mem_free(tree->leaves);
    mem_free(tree->nodes);
    mem_free(tree);
}

uint16_t *tree_schedule(const struct explore_tree *tree, size_t leaf)
{
    return path_to(tree, tree->leaves[leaf].node);
}

static bool descend(const struct explore_tree *tree, uint16_t lane, uint32_t *node)
{
    uint32_t child = tree->nodes[*node].child;
    while (child != 0 && tree->nodes[child].lane != lane)
        child = tree->nodes[child].next;
    *node = child;
    return child != 0;
}

bool tree_find(const struct explore_tree *tree, const struct explore *x, const uint16_t *lanes,
               size_t n, uint32_t *node)
{
    struct play play;
    play_open(&play, x);
    *node = 0;
    bool is_there = true;
    for (size_t i = 0; i < n && is_there; i++) {
        is_there = stepper_is_enabled(play.stepper, lanes[i]) &&
                   (!play_is_noticed(&play, lanes[i]) || descend(tree, lanes[i], node));
        if (is_there)
            stepper_step(play.stepper, lanes[i]);
    }
    play_close(&play);
    return is_there;
}
