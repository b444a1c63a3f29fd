#include "lang/unit.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

// The list of lanes: what is written, repeated or cut to the number that was asked for.

// One lane as written: item `index` of a declaration that makes `count` of them.
struct slot {
    struct node *node;
    struct node *item; // DECL_LANE_LIST
    int64_t index, count;
};

struct slots {
    struct slot *items;
    size_t n, cap;
    uint32_t next_letter; // for lanes that are called A, B, C
};

static void add_slot(struct slots *slots, struct slot slot)
{
    slots->items = mem_room(slots->items, &slots->cap, slots->n + 1, sizeof *slots->items);
    slots->items[slots->n++] = slot;
}

static bool is_letter(const char *name)
{
    return name[0] >= 'A' && name[0] <= 'Z' && name[1] == '\0';
}

static void check_lane_name(struct unit *unit, const struct slots *slots, const struct node *node)
{
    const char *name = unit_name(unit, node->name);
    if (strcmp(name, "main") == 0)
        unit_complain(unit, node->at,
                      "main is the lane that starts the others; choose another name");
    for (size_t i = 0; i < slots->n; i += (size_t)slots->items[i].count)
        if (slots->items[i].node->kind != DECL_LANE_LIST &&
            slots->items[i].node->name == node->name)
            unit_complain(unit, node->at,
                          "lane %s is there already, in line %u; choose another name", name,
                          slots->items[i].node->at.line);
}

static void add_declared(struct unit *unit, struct slots *slots, struct node *node)
{
    int64_t count = 1;
    if (node->kind == DECL_LANE_LIST) {
        count = 0;
        for (const struct node *item = node->b; item; item = item->next)
            count++;
        int64_t index = 0;
        for (struct node *item = node->b; item; item = item->next)
            add_slot(slots, (struct slot){node, item, index++, count});
        return;
    }
    check_lane_name(unit, slots, node);
    if (node->kind == DECL_LANES &&
        !unit_constant_int(unit, node->b, 1, PROGRAM_LANES_MAX, "the number of lanes", &count))
        count = 1;
    const char *name = unit_name(unit, node->name);
    if (node->kind == DECL_LANE && is_letter(name) && (uint32_t)name[0] - 'A' >= slots->next_letter)
        slots->next_letter = (uint32_t)name[0] - 'A' + 1;
    for (int64_t i = 0; i < count; i++)
        add_slot(slots, (struct slot){node, NULL, i, count});
}

// A, B, ..., Z, AA, AB, ..., ZZ, AAA, ...
static void letter_name(char out[PROGRAM_NAME_MAX + 1], uint32_t number)
{
    size_t n = 1;
    for (uint32_t rest = number; rest >= 26; rest = rest / 26 - 1)
        n++;
    out[n] = '\0';
    for (; n > 0; number = number / 26 - 1)
        out[--n] = (char)('A' + number % 26);
}

// `base` cut so that the number has room.
static void numbered_name(char out[PROGRAM_NAME_MAX + 1], const char *base, int64_t number)
{
    char digits[24];
    size_t len = text_format(digits, sizeof digits, " %lld", (long long)number);
    size_t n = text_safe_z(out, PROGRAM_NAME_MAX + 1 - len, base);
    text_format(out + n, PROGRAM_NAME_MAX + 1 - n, "%s", digits);
}

// How many items before this one in its list are called the same.
static int64_t same_before(const struct unit *unit, const struct slot *slot, const char *name)
{
    int64_t same = 0;
    for (struct node *item = slot->node->b; item != slot->item; item = item->next)
        if (item->kind == NODE_TEXT && item->index > 0 &&
            strcmp(unit->prog->strings[item->index - 1], name) == 0)
            same++;
    return same;
}

static void list_name(struct unit *unit, const struct slot *slot, const struct constant *item,
                      int64_t round, char out[PROGRAM_NAME_MAX + 1])
{
    char base[PROGRAM_NAME_MAX + 1];
    const char *function = unit_name(unit, slot->node->a->a->name);
    int64_t same = round;
    if (item->type == TYPE_TEXT) {
        const char *text = unit->prog->strings[item->value];
        same += same_before(unit, slot, text);
        text_safe_z(base, sizeof base, *text ? text : function);
    } else {
        numbered_name(base, function, item->type == TYPE_INT ? item->value : slot->index);
    }
    if (same > 0)
        numbered_name(out, base, same + 1);
    else
        text_format(out, PROGRAM_NAME_MAX + 1, "%s", base);
}

// lane W[2] = work(j): who counts lanes by another name than i is told so.
static bool check_number_name(struct unit *unit, const struct node *arg,
                              const struct binding *binding, const struct routine *routine)
{
    bool is_unknown = arg->kind == NODE_NAME && unit->symbols[arg->name].kind == SYMBOL_NONE;
    if (!is_unknown || !binding || binding->name != unit->name_i || arg->name == unit->name_i)
        return true;
    char what[PROGRAM_NAME_MAX + 50];
    text_format(what, sizeof what, "the lane's number is i: write %s(i)", routine->name);
    return unit_unknown(unit, arg, what);
}

bool lane_arguments(struct unit *unit, const struct node *call, const struct binding *binding,
                    const struct routine *routine, int64_t *args)
{
    size_t n = 0;
    for (struct node *arg = call->a; arg; arg = arg->next) {
        struct constant value;
        if (!check_number_name(unit, arg, binding, routine) ||
            !unit_constant(unit, arg, binding, &value))
            return false;
        struct local *local = &unit->locals[routine->first_local + n];
        if (local->type == TYPE_UNKNOWN)
            local->type = value.type;
        else if (local->type != value.type)
            return unit_complain(unit, arg->at, "%s of %s is %s elsewhere and %s here",
                                 unit_name(unit, local->name), routine->name,
                                 type_name(local->type), type_name(value.type));
        args[n++] = value.value;
    }
    return true;
}

static bool make_lane(struct unit *unit, struct slots *slots, const struct slot *slot,
                      int64_t round, struct lane_decl *lane)
{
    struct node *node = slot->node;
    struct node *call = node->kind == DECL_LANE_LIST ? node->a->a : node->a;
    struct routine *routine;
    struct binding binding = {.name = unit->name_i};
    const char *name = node->kind == DECL_LANE_LIST ? "" : unit_name(unit, node->name);
    *lane = (struct lane_decl){.n_args = 0}; // the place of one with a mistake is used again
    if (!check_lane_call(unit, call, &routine))
        return false;
    if (node->kind == DECL_LANES) {
        binding.constant = (struct constant){TYPE_INT, slot->index + round * slot->count};
        numbered_name(lane->name, name, binding.constant.value);
    } else if (node->kind == DECL_LANE_LIST) {
        binding.name = node->a->name;
        if (!unit_constant(unit, slot->item, NULL, &binding.constant))
            return false;
        list_name(unit, slot, &binding.constant, round, lane->name);
    } else if (round > 0 && is_letter(name)) {
        letter_name(lane->name, slots->next_letter++);
    } else if (round > 0) {
        numbered_name(lane->name, name, round + 1);
    } else {
        text_format(lane->name, sizeof lane->name, "%s", name);
    }
    lane->function = (int32_t)(routine - unit->routines);
    lane->line = node->kind == DECL_LANE_LIST ? call->at.line : node->at.line;
    lane->n_args = (uint16_t)routine->n_parameters;
    return lane_arguments(unit, call, node->kind == DECL_LANE ? NULL : &binding, routine,
                          lane->args);
}

// --lanes; 0 when it is as written.
static int64_t wanted_lanes(struct unit *unit)
{
    int64_t wanted = unit->options->n_lanes;
    if (wanted >= 0 && wanted <= PROGRAM_LANES_MAX)
        return wanted;
    unit_complain(unit, (struct place){0}, "--lanes is 1 to %d", PROGRAM_LANES_MAX);
    return 1;
}

static size_t count_lanes(struct unit *unit, const struct slots *slots)
{
    if (unit->pool)
        return pool_count_workers(unit, wanted_lanes(unit));
    if (slots->n == 0)
        return 0;
    int64_t wanted = wanted_lanes(unit);
    if (slots->n > PROGRAM_LANES_MAX)
        unit_complain(unit, slots->items[PROGRAM_LANES_MAX].node->at, "too many lanes; at most %d",
                      PROGRAM_LANES_MAX);
    size_t n = wanted > 0 ? (size_t)wanted : slots->n;
    return n > PROGRAM_LANES_MAX ? PROGRAM_LANES_MAX : n;
}

static void make_lanes(struct unit *unit, struct slots *slots)
{
    struct program *prog = unit->prog;
    prog->lanes = mem_array(unit->n_lanes + 1, sizeof *prog->lanes);
    prog->lanes[0] = (struct lane_decl){.name = "main", .function = -1};
    prog->n_lanes = 1;
    for (size_t i = 0; i < unit->n_lanes && unit->problems->n_more == 0; i++) {
        const struct slot *slot = &slots->items[i % slots->n];
        if (slot->node->type == TYPE_BAD)
            continue;
        if (make_lane(unit, slots, slot, (int64_t)(i / slots->n), &prog->lanes[prog->n_lanes]))
            prog->n_lanes++;
        else
            slot->node->type = TYPE_BAD; // reported once
    }
}

void unit_make_lanes(struct unit *unit)
{
    struct slots slots = {0};
    for (struct node *node = unit->declarations; node; node = node->next)
        if ((node->kind == DECL_LANE || node->kind == DECL_LANES || node->kind == DECL_LANE_LIST) &&
            slots.n <= PROGRAM_LANES_MAX)
            add_declared(unit, &slots, node);
    unit->n_lanes = count_lanes(unit, &slots);
    uint32_t lanes = names_add(&unit->names, "lanes", 5);
    unit->symbols[lanes] = (struct symbol){.kind = SYMBOL_CONST, .value = (int64_t)unit->n_lanes};
    if (unit->pool && slots.n > 0)
        unit_complain(unit, slots.items[0].node->at,
                      "the pool in line %u makes the lanes of this scenario; leave out one of them",
                      unit->pool->at.line);
    if (unit->pool)
        pool_make(unit);
    else if (slots.n > 0)
        make_lanes(unit, &slots);
    else if (!unit->is_partial)
        unit_complain(unit, (struct place){1, 1, 1},
                      "no lanes: a scenario needs at least one, for example lane A = f()");
    mem_free(slots.items);
}

static void declare_count(struct unit *unit, struct node *node)
{
    const struct symbol *symbol = &unit->symbols[node->name];
    if (symbol->kind == SYMBOL_LOCK && symbol->line == node->at.line)
        unit_constant_int(unit, node->a, 0, SEMAPHORE_INITIAL_MAX, "a semaphore",
                          &unit->prog->locks[symbol->index].initial);
}

void unit_declare_cells(struct unit *unit)
{
    struct program *prog = unit->prog;
    for (struct node *node = unit->declarations; node; node = node->next) {
        if (node->kind == DECL_SEMAPHORE)
            declare_count(unit, node);
        if (node->kind != DECL_SHARED)
            continue;
        const struct symbol *symbol = &unit->symbols[node->name];
        if (symbol->kind != SYMBOL_SHARED || symbol->line != node->at.line)
            continue;
        struct shared_var *var = &prog->vars[symbol->index];
        int64_t n_cells = 1;
        if (node->b)
            unit_constant_int(unit, node->b, 1, PROGRAM_CELLS_MAX, "the size of an array",
                              &n_cells);
        unit_constant_int(unit, node->a, INT64_MIN, INT64_MAX, "a shared variable", &var->initial);
        if (prog->n_cells + (size_t)n_cells > PROGRAM_CELLS_MAX) {
            unit_complain(unit, node->at, "too many shared variables; at most %d elements in all",
                          PROGRAM_CELLS_MAX);
            return;
        }
        var->is_array = node->b != NULL;
        var->first_cell = (uint32_t)prog->n_cells;
        var->n_cells = (uint32_t)n_cells;
        prog->n_cells += (size_t)n_cells;
    }
}
