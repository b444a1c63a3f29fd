#include "lang/unit.h"

#include "base/mem.h"

// Who waits at a condition or notifies holds its lock. That is known for certain only when the lane
// gets there; what is reported here cannot be right on any way: no `with` of the lock around it, in
// its function or around a call of that, and nowhere an acquire of the lock.

struct walk {
    struct unit *unit;
    size_t lock;
    bool *may_hold; // by routine: when it is entered
    bool may_hold_now;
    bool has_acquire;
    bool changed;
    bool is_final; // reports
};

static void visit_sync(struct walk *walk, const struct node *node)
{
    const struct lock_decl *decl = &walk->unit->prog->locks[node->index];
    if (node->value == OP_ACQUIRE && node->index == walk->lock)
        walk->has_acquire = true;
    if (!walk->is_final || walk->may_hold_now || decl->type != LOCK_CONDITION ||
        decl->lock != (int32_t)walk->lock)
        return;
    const char *lock = walk->unit->prog->locks[walk->lock].name;
    unit_complain(walk->unit, node->at, "%s needs %s, the lock of %s; write it inside with %s:",
                  node->value == OP_WAIT ? "wait" : "notify", lock, decl->name, lock);
}

static void visit(struct walk *walk, const struct node *node)
{
    if (node->kind == NODE_SYNC)
        visit_sync(walk, node);
    bool is_call = node->kind == NODE_CALL && node->symbol == SYMBOL_FUNCTION;
    if (is_call && walk->may_hold_now && !walk->may_hold[node->index])
        walk->changed = walk->may_hold[node->index] = true;
}

static void walk_list(struct walk *walk, const struct node *first)
{
    for (const struct node *node = first; node; node = node->next) {
        bool before = walk->may_hold_now;
        visit(walk, node);
        walk->may_hold_now |= node->kind == NODE_WITH && node->index == walk->lock;
        walk_list(walk, node->a);
        walk_list(walk, node->b);
        walk->may_hold_now = before;
    }
}

static void walk_all(struct walk *walk)
{
    for (size_t i = 0; i < walk->unit->n_routines; i++) {
        walk->may_hold_now = walk->may_hold[i];
        walk_list(walk, walk->unit->routines[i].body);
    }
}

static void check_lock(struct unit *unit, size_t lock)
{
    struct walk walk = {.unit = unit, .lock = lock};
    walk.may_hold = mem_array(unit->n_routines, sizeof *walk.may_hold);
    do {
        walk.changed = false;
        walk_all(&walk);
    } while (walk.changed);
    walk.is_final = true;
    if (!walk.has_acquire)
        walk_all(&walk);
    mem_free(walk.may_hold);
}

void unit_check_conditions(struct unit *unit)
{
    bool is_used[PROGRAM_LOCKS_MAX] = {false};
    if (unit->problems->n > 0)
        return; // names may not stand for what they should
    for (size_t i = 0; i < unit->prog->n_locks; i++)
        if (unit->prog->locks[i].type == LOCK_CONDITION)
            is_used[unit->prog->locks[i].lock] = true;
    for (size_t i = 0; i < unit->prog->n_locks; i++)
        if (is_used[i])
            check_lock(unit, i);
}
