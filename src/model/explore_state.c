// States packed into words, and what follows a state.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

static uint8_t bits_for(size_t n_numbers)
{
    uint8_t bits = 0;
    while (bits < 32 && n_numbers > UINT64_C(1) << bits)
        bits++;
    return bits;
}

static size_t numbers_of(const struct explore *x, size_t field)
{
    size_t n_lanes = x->prog->n_lanes - 1;
    if (field == turn_field(x))
        return x->prog->n_lanes;
    return field < n_lanes ? x->automata[x->automaton_of[field + 1]].keys.n
                           : x->slots[field - n_lanes].values.n;
}

// Fields never cross a word. With `spare`, each has room to double.
static size_t lay_out(const struct explore *x, struct field *fields, unsigned spare)
{
    uint32_t word = 0;
    unsigned used = 0;
    for (size_t i = 0; i < x->n_fields; i++) {
        size_t n = numbers_of(x, i);
        uint8_t bits = bits_for(n);
        if (n > 1 && i != turn_field(x))
            bits = (uint8_t)(bits + spare > 32 ? 32 : bits + spare);
        if (used + bits > 64) {
            word++;
            used = 0;
        }
        fields[i] = (struct field){.mask = (UINT64_C(1) << bits) - 1,
                                   .word = word,
                                   .shift = (uint8_t)(bits ? used : 0),
                                   .n_bits = bits};
        used += bits;
    }
    return word + 1;
}

void explore_layout_make(struct explore *x)
{
    struct field *spare = mem_array(x->n_fields, sizeof *spare);
    size_t n_words = lay_out(x, x->fields, 0);
    x->n_words = n_words;
    for (unsigned bits = 3; bits > 0; bits--)
        if (lay_out(x, spare, bits) == n_words) {
            memcpy(x->fields, spare, x->n_fields * sizeof *spare);
            break;
        }
    x->version++;
    mem_free(spare);
}

bool explore_layout_fits(const struct explore *x)
{
    for (size_t i = 0; i < x->n_fields; i++)
        if (numbers_of(x, i) > x->fields[i].mask + 1)
            return false;
    return true;
}

void state_pack(const struct explore *x, const uint32_t *values, uint64_t *state)
{
    memset(state, 0, x->n_words * sizeof *state);
    for (size_t i = 0; i < x->n_fields; i++)
        state_set(x, state, i, values[i]);
}

void state_unpack(const struct explore *x, const uint64_t *state, uint32_t *values)
{
    for (size_t i = 0; i < x->n_fields; i++)
        values[i] = state_get(x, state, i);
}

// Lanes that can be exchanged stand in the order of their numbers. Where this one comes to stand,
// when those before it are in order.
static uint32_t sort_back(const struct explore *x, uint64_t *state, uint32_t lane)
{
    uint32_t number = state_get(x, state, lane_field(lane));
    for (uint32_t other; (other = x->peers[lane].before) != 0; lane = other) {
        uint32_t its = state_get(x, state, lane_field(other));
        if (its <= number)
            break;
        state_set(x, state, lane_field(lane), its);
        state_set(x, state, lane_field(other), number);
    }
    return lane;
}

// All others are in order.
static void sort_lane(const struct explore *x, uint64_t *state, uint32_t lane)
{
    uint32_t number = state_get(x, state, lane_field(lane));
    lane = sort_back(x, state, lane);
    for (uint32_t other; (other = x->peers[lane].behind) != 0; lane = other) {
        uint32_t its = state_get(x, state, lane_field(other));
        if (its >= number)
            break;
        state_set(x, state, lane_field(lane), its);
        state_set(x, state, lane_field(other), number);
    }
}

void state_sort(const struct explore *x, uint64_t *state)
{
    if (!x->has_symmetry)
        return;
    for (uint32_t lane = 1; lane < x->prog->n_lanes; lane++)
        sort_back(x, state, lane);
}

static uint64_t factorial(unsigned n)
{
    uint64_t product = 1;
    for (unsigned i = 2; i <= n; i++)
        product *= i;
    return product;
}

uint64_t state_orbit(const struct explore *x, const uint64_t *state)
{
    uint64_t size = 1;
    if (!x->has_symmetry)
        return size;
    for (uint32_t first = 1; first < x->prog->n_lanes; first++) {
        if (x->peers[first].before)
            continue;
        unsigned n = 0;
        unsigned n_equal = 0;
        uint64_t repeats = 1;
        uint32_t last = UINT32_MAX;
        for (uint32_t lane = first; lane != 0; lane = x->peers[lane].behind) {
            uint32_t number = state_get(x, state, lane_field(lane));
            n++;
            n_equal = number == last ? n_equal + 1 : 1;
            repeats *= n_equal;
            last = number;
        }
        size *= factorial(n) / repeats;
    }
    return size;
}

static int64_t read_cell(const void *context, size_t cell)
{
    const struct cell_reader *reader = context;
    uint32_t slot = slot_cell(reader->x, reader->lane, cell);
    return slot_number(reader->x, slot,
                       state_get(reader->x, reader->state, slot_field(reader->x, slot)));
}

// `always` over several cells, when no lane holds a lock.
uint64_t state_judge(const struct explore *x, const uint64_t *state, uint32_t lane)
{
    const struct program *prog = x->prog;
    struct cell_reader reader = {x, state, lane};
    uint64_t broken = 0;
    for (uint32_t other = 1; other < prog->n_lanes; other++)
        if (other != lane && local_of(x, other, state_get(x, state, lane_field(other)))->held)
            return 0;
    for (size_t i = 0; i < prog->n_always; i++) {
        bool holds = true;
        if (prog->always[i].cell < 0 &&
            machine_judge(prog, &prog->always[i], read_cell, &reader, &holds) && !holds)
            broken |= UINT64_C(1) << i;
    }
    return broken;
}

static uint64_t *add_edge(struct expansion *out, size_t n_words)
{
    out->edges = mem_room(out->edges, &out->cap_edges, out->n + 1, sizeof *out->edges);
    out->states =
        mem_room(out->states, &out->cap_words, (out->n + 1) * n_words, sizeof *out->states);
    return out->states + out->n++ * n_words;
}

// What the move does to other slots and lanes. False as state_expand.
static bool take_effects(struct explore *x, const struct move *move, enum knowledge knowledge,
                         uint64_t *next)
{
    for (uint32_t i = 0; i < move->n_effects; i++) {
        const struct effect effect = x->effects[move->effects + i];
        if (effect.kind == EFFECT_NOTIFY) {
            if (!state_notify(x, next, effect, knowledge))
                return false;
            continue;
        }
        size_t field = slot_field(x, effect.slot);
        if (knowledge == KNOWN_ONLY && effect.kind != EFFECT_SET)
            return false;
        uint32_t value = effect_value(x, &effect, state_get(x, next, field));
        if (!state_fits(x, field, value))
            return false;
        state_set(x, next, field, value);
    }
    return true;
}

static bool notifies(const struct explore *x, const struct move *move)
{
    return move->n_effects > 0 && x->effects[move->effects].kind == EFFECT_NOTIFY;
}

// False: a number has outgrown its field.
static bool take_move(struct explore *x, const uint64_t *state, uint32_t lane, uint32_t slot,
                      uint32_t number, struct expansion *out)
{
    const struct move move = x->moves[number];
    uint64_t *next = add_edge(out, x->n_words);
    state_copy(next, state, x->n_words);
    if (!state_fits(x, lane_field(lane), move.next))
        return false;
    state_set(x, next, lane_field(lane), move.next);
    if (slot != NO_SLOT) {
        if (!state_fits(x, slot_field(x, slot), move.value))
            return false;
        state_set(x, next, slot_field(x, slot), move.value);
    }
    if (!take_effects(x, &move, out->knowledge, next))
        return false;
    uint64_t broken = move.broken | (move.judges ? state_judge(x, next, lane) : 0);
    int16_t goal = local_of(x, lane, move.next)->goal;
    out->edges[out->n - 1] = (struct edge){.goals = broken << x->prog->n_expects |
                                                    (goal == NO_GOAL ? 0 : UINT64_C(1) << goal),
                                           .lane = (uint16_t)lane,
                                           .rise = move.rise};
    if (x->has_symmetry && out->sorting == SORTED && notifies(x, &move))
        state_sort(x, next);
    else if (x->has_symmetry && out->sorting == SORTED)
        sort_lane(x, next, lane);
    return true;
}

static bool move_known(const struct explore *x, uint32_t lane, uint32_t number, uint32_t value,
                       uint32_t *move)
{
    const struct local *local = local_of(x, lane, number);
    uint32_t at = local->by_value ? value : 0;
    *move = local->first + at;
    return at < local->n_moves && x->moves[*move].state != MOVE_UNKNOWN;
}

static bool expand_lane(struct explore *x, const uint64_t *state, uint32_t lane,
                        struct expansion *out)
{
    uint32_t number = state_get(x, state, lane_field(lane));
    const struct local *local = local_of(x, lane, number);
    uint32_t slot = local->slot;
    if (local->waits != NO_SLOT)
        return true;
    uint32_t value = slot == NO_SLOT ? 0 : state_get(x, state, slot_field(x, slot));
    uint32_t move;
    if (!(out->knowledge == KNOWN_ONLY ? move_known(x, lane, number, value, &move)
                                       : move_find(x, lane, number, value, &move)))
        return false;
    if (x->moves[move].state == MOVE_DISABLED)
        return true;
    for (; move != NO_MOVE; move = x->moves[move].alt)
        if (!take_move(x, state, lane, slot, move, out))
            return false;
    return true;
}

bool state_expand(struct explore *x, const uint64_t *state, struct expansion *out)
{
    out->n = 0;
    for (uint32_t lane = 1; lane < x->prog->n_lanes; lane++) {
        if (local_of(x, lane, state_get(x, state, lane_field(lane)))->is_ended)
            continue;
        if (!expand_lane(x, state, lane, out))
            return false;
        if (x->is_sequential)
            return true; // the next lane starts when this one has ended
    }
    return true;
}

bool state_is_over(const struct explore *x, const uint64_t *state)
{
    for (uint32_t lane = 1; lane < x->prog->n_lanes; lane++)
        if (!local_of(x, lane, state_get(x, state, lane_field(lane)))->is_ended)
            return false;
    return true;
}

void expansion_close(struct expansion *out)
{
    mem_free(out->edges);
    mem_free(out->states);
}
