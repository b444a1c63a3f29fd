#include "lang/unit.h"

#include "base/mem.h"

// Which names a function gives values to: those are its own variables, as in Python.

// The rest of the registers is for what an expression holds meanwhile.
enum { LOCALS_MAX = PROGRAM_REGS_MAX - 28 };

static bool add_local(struct unit *unit, struct routine *routine, const struct node *node)
{
    if (unit->local_of[node->name])
        return true;
    if (routine->n_locals == LOCALS_MAX) {
        unit->names.is_lost[node->name] = true;
        return unit_complain(unit, node->at, "too many variables in a function; at most %d",
                             LOCALS_MAX);
    }
    unit->locals =
        mem_room(unit->locals, &unit->cap_locals, unit->n_locals + 1, sizeof *unit->locals);
    unit->locals[unit->n_locals++] = (struct local){node->name, TYPE_UNKNOWN};
    unit->local_of[node->name] = (uint32_t)++routine->n_locals;
    return true;
}

static void add_parameter(struct unit *unit, struct routine *routine, const struct node *node)
{
    const char *name = unit_name(unit, node->name);
    const struct symbol *symbol = &unit->symbols[node->name];
    if (unit_is_reserved(name))
        unit_complain(unit, node->at, "%s is a word of the language; choose another name", name);
    else if (symbol->kind != SYMBOL_NONE)
        unit_complain(unit, node->at, "%s is %s already; choose another name", name,
                      symbol_kind_name(unit, symbol));
    else if (unit->local_of[node->name])
        unit_complain(unit, node->at, "there are two parameters called %s", name);
    // Counted all the same, so that each parameter has the register of its place.
    unit->local_of[node->name] = 0;
    add_local(unit, routine, node);
}

static void collect_block(struct unit *unit, struct routine *routine, const struct node *first);

static void collect_statement(struct unit *unit, struct routine *routine, const struct node *node)
{
    bool sets_name = node->kind == NODE_SET && node->a->kind == NODE_NAME;
    const struct node *target = sets_name ? node->a : node->kind == NODE_FOR ? node : NULL;
    if (target && unit->symbols[target->name].kind == SYMBOL_NONE &&
        !unit_is_reserved(unit_name(unit, target->name)))
        add_local(unit, routine, target);
    if (node->kind == NODE_IF)
        for (const struct node *arm = node->a; arm; arm = arm->next)
            collect_block(unit, routine, arm->b);
    if (node->kind == NODE_WHILE || node->kind == NODE_FOR || node->kind == NODE_WITH)
        collect_block(unit, routine, node->b);
}

static void collect_block(struct unit *unit, struct routine *routine, const struct node *first)
{
    for (const struct node *node = first; node; node = node->next)
        collect_statement(unit, routine, node);
}

static void collect_routine(struct unit *unit, struct routine *routine)
{
    routine->first_local = unit->n_locals;
    for (const struct node *node = routine->parameters; node; node = node->next)
        add_parameter(unit, routine, node);
    collect_block(unit, routine, routine->body);
    for (size_t i = 0; i < routine->n_locals; i++)
        unit->local_of[unit->locals[routine->first_local + i].name] = 0;
}

static void add_claim(struct unit *unit, struct node *node)
{
    if (unit->n_routines >= PROGRAM_FUNCTIONS_MAX) {
        unit_complain(unit, node->at, "too many functions; at most %d with expect and always",
                      PROGRAM_FUNCTIONS_MAX);
        return;
    }
    unit->routines[unit->n_routines++] =
        (struct routine){.name = node->kind == DECL_EXPECT ? "expect" : "always",
                         .claim = node,
                         .at = node->at,
                         .result = TYPE_INT,
                         .has_result = true};
}

static void add_worker(struct unit *unit)
{
    if (unit->n_routines >= PROGRAM_FUNCTIONS_MAX) {
        unit_complain(unit, unit->pool->at, "too many functions; at most %d with that of the pool",
                      PROGRAM_FUNCTIONS_MAX);
        return;
    }
    unit->routines[unit->n_routines++] = (struct routine){
        .name = "pool", .at = unit->pool->at, .result = TYPE_NONE, .is_worker = true};
}

void unit_collect_locals(struct unit *unit)
{
    for (struct node *node = unit->declarations; node; node = node->next)
        if (node->kind == DECL_EXPECT || node->kind == DECL_ALWAYS)
            add_claim(unit, node);
    if (unit->pool)
        add_worker(unit);
    struct routine *after = &unit->routines[unit->n_routines++];
    *after = (struct routine){.name = "main", .result = TYPE_NONE, .is_after = true};
    for (struct node *node = unit->declarations; node; node = node->next) {
        if (node->kind != DECL_AFTER)
            continue;
        if (after->body)
            unit_complain(unit, node->at, "a second after:; a scenario has one");
        after->body = node->b;
        after->at = node->at;
    }
    for (size_t i = 0; i < unit->n_routines; i++)
        collect_routine(unit, &unit->routines[i]);
}

void unit_bind_locals(struct unit *unit, struct routine *routine)
{
    unit->routine = routine;
    for (size_t i = 0; i < routine->n_locals; i++)
        unit->local_of[unit->locals[routine->first_local + i].name] = (uint32_t)i + 1;
}

void unit_unbind_locals(struct unit *unit)
{
    for (size_t i = 0; i < unit->routine->n_locals; i++)
        unit->local_of[unit->locals[unit->routine->first_local + i].name] = 0;
    unit->routine = NULL;
}
