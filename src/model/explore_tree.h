#ifndef MODEL_EXPLORE_TREE_H
#define MODEL_EXPLORE_TREE_H

#include "model/explore.h"
#include "prog/machine.h"

// Every schedule of a small program, one by one, as a tree: a branch is who steps next, a leaf is
// where a schedule ends. Made by the stepper, which knows nothing of what explore has counted.
//
//     node 0 --A-- node 1 --A-- node 2 ...   leaf 0
//                        `--B-- node 9 ...   leaf 3
//            `--B-- node 30 ...              leaf 10
//
// Nodes stand in depth-first order, children in the order of their lanes, leaves from top to
// bottom: a node's leaves are [first_leaf, first_leaf + n_leaves).
struct tree_node {
    uint32_t parent; // of node 0: itself
    uint32_t child;  // the first; 0: it is a leaf
    uint32_t next;   // the parent's next child; 0: none
    uint32_t depth;  // steps from the beginning, in explore's grain
    uint32_t first_leaf, n_leaves;
    uint32_t pc;   // the op that leads here; not of node 0
    uint16_t lane; // that makes it
    bool has_value;
    int64_t value; // that it has loaded or stored
};

struct tree_leaf {
    uint32_t node;
    bool is_stuck;
    uint64_t broken;  // claims that do not hold: bit i is expects[i], behind them the always
    uint64_t n_lost;  // updates that are not in any final value; main's cells in private memory
    int64_t *cells;   // final values
    uint32_t n_fault; // lanes that ended with an error of the run
    enum machine_fault fault; // of one of them
    uint32_t fault_line;
};

enum { TREE_LEAVES_MAX = 70, TREE_NODES_MAX = 20000 };

struct explore_tree {
    struct tree_node *nodes;
    size_t n_nodes;
    struct tree_leaf *leaves;
    size_t n_leaves;
    uint32_t depth; // of the deepest leaf
};

// NULL when there are more schedules, or longer ones, than a tree is drawn of, or when what the
// lanes do depends on random() or elapsed(), too. `x` need not have been run.
struct explore_tree *explore_tree_new(const struct explore *x);
void explore_tree_free(struct explore_tree *tree); // accepts NULL

static inline bool tree_leaf_fails(const struct tree_leaf *leaf)
{
    return leaf->is_stuck || leaf->broken || leaf->n_fault > 0;
}

// The lanes that step on the way to a leaf, in explore's grain: newly allocated, as many as the
// leaf's node is deep.
uint16_t *tree_schedule(const struct explore_tree *tree, size_t leaf);

// Where a run of the stepper stands in the tree of `x`, whose steps were those, main's among them:
// *node is the one that it has come to. False: there is no such schedule.
bool tree_find(const struct explore_tree *tree, const struct explore *x, const uint16_t *lanes,
               size_t n, uint32_t *node);

#endif
