#ifndef MODEL_EXPLORE_PRIVATE_H
#define MODEL_EXPLORE_PRIVATE_H

#include "base/bigint.h"
#include "model/explore.h"
#include "model/explore_intern.h"
#include "model/explore_live.h"
#include "model/stepper_private.h"
#include "prog/machine.h"

// How explore works; private to its files.
//
// A lane's own state (its place, calls, live registers, locks held) is interned in the lane's
// automaton: a small number, its `local`. What lanes share is cut into slots (a cell, a lock, a
// semaphore, the pool's queue, a result), and each slot's value is interned, too. So a state is a
// tuple of small numbers, packed into a few words:
//
//     | local of A | local of B | ... | value of slot 0 | value of slot 1 | ... |
//
// A step of a lane looks at one slot at most. What it does, given the slot's value, is computed
// once by the machine and remembered as a `move`: the lane's next local and the slot's new value.
// Exploring is then looking up moves. Lanes that are alike share an automaton; where nothing in a
// state names a lane, states that differ only by exchanging such lanes are one (`symmetry`).
//
// A lane that waits at a condition has its place in the order of waiting in its local: 1 is first,
// and at 0 it is notified and wants the lock. So not even that names a lane. A notify is the one
// step that changes locals of others: those who wait move one place ahead.

enum { NOT_NEW = UINT32_MAX };
enum {
    NO_SLOT = UINT32_MAX,
    NO_LOCAL = UINT32_MAX,
    NO_MOVE = 0,
    NO_GOAL = -1,
    EXPLORE_RISE_MAX = 62
};

enum slot_kind { SLOT_CELL, SLOT_LOCK, SLOT_SEMAPHORE, SLOT_CONDITION, SLOT_TAKEN, SLOT_RESULT };

// Its values are arrays of int64_t. CELL: the value, and, for a lock kind that takes no lock, one
// bit for each lane whose load is still fresh. LOCK: whether it is held, and, for a kind that
// serves in order, whether somebody waits and who stands there, first come first. CONDITION: how
// many wait. RESULT: the value and whether it is there.
struct slot {
    enum slot_kind kind;
    uint32_t object; // number of the cell, lock, condition or input
    struct interner values;
};

enum effect_kind { EFFECT_SET, EFFECT_ARRIVE, EFFECT_RELEASE, EFFECT_NOTIFY };

// What a move does to other slots than its own, or, NOTIFY, to lanes that wait.
struct effect {
    uint32_t slot; // NOTIFY: of the condition
    enum effect_kind kind;
    uint32_t value; // SET: of the slot; ARRIVE: the lane; NOTIFY: how many lanes
};

enum move_state { MOVE_UNKNOWN, MOVE_ENABLED, MOVE_DISABLED };

struct move {
    uint32_t next;    // local
    uint32_t value;   // the slot's new one
    uint32_t effects; // first of them
    uint32_t alt;     // number of another move that the same step may make (random), or NO_MOVE
    uint64_t broken;  // `always` over one cell that do not hold now
    uint32_t rise;    // how much the state's level rises
    uint16_t n_effects;
    uint8_t state; // enum move_state
    bool judges;   // the last lock is released: `always` over several cells are to be judged
};

struct local {
    uint32_t slot;    // that its next step looks at, or NO_SLOT
    uint32_t first;   // its moves: by the slot's value, or one for all
    uint32_t n_moves; // that there is room for
    uint32_t level;   // set when it is first reached
    uint64_t held;    // locks, a bit each
    uint32_t waits;   // at the condition of that slot, not notified yet; or NO_SLOT
    uint32_t place;   // among those who wait there, from 1
    uint32_t ahead;   // the local that is one place ahead, or NO_LOCAL: not known yet
    int16_t goal;     // the error of the run that it ended with, or NO_GOAL
    bool by_value;
    bool is_ended;
    bool is_access; // its next step is one that others can notice, or depends on them
};

struct automaton {
    struct interner keys;
    struct local *locals;
    size_t cap_locals;
};

// A lane between two steps, unpacked.
struct runner {
    struct machine machine;
    uint32_t lane;
    uint32_t n_with;
    uint8_t with[STEP_WITH_MAX];
    uint64_t held;
    uint32_t place; // at RETAKE: among those who wait, from 1; 0: it is notified, or elsewhere
};

struct field {
    uint64_t mask;
    uint32_t word;
    uint8_t shift, n_bits;
};

struct goal {
    enum explore_goal_kind kind;
    char *text;
    enum machine_fault fault;
    uint32_t line;
};

// States with what is counted at each of them: a hash table whose entries are dense and keep the
// order in which they came. A row: words of the state, n_counts numbers of schedules of n_limbs
// words each (the first counts all, the others those in which an `always` is broken), marks.
struct table {
    size_t n_words, n_counts, n_limbs, n_marks;
    uint64_t *keys;
    uint64_t *counts;
    uint32_t *marks;
    uint32_t *slots; // entry + 1
    size_t n, cap, n_slots;
};

// A number of schedules keeps so many bits of its last limb free that no sum of one round passes
// the end before somebody has looked.
enum { LIMB_SPARE_BITS = 36 };

// True when the sum has come near the end of its limbs.
static inline bool limbs_add(uint64_t *to, const uint64_t *from, size_t n_limbs)
{
    unsigned carry = 0;
    for (size_t i = 0; i < n_limbs; i++) {
        unsigned __int128 sum = (unsigned __int128)to[i] + from[i] + carry;
        to[i] = (uint64_t)sum;
        carry = (unsigned)(sum >> 64);
    }
    return to[n_limbs - 1] >> LIMB_SPARE_BITS;
}

// States are a word or a few: cheaper than calls of memcpy and memcmp.
static inline void state_copy(uint64_t *to, const uint64_t *from, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++)
        to[i] = from[i];
}

static inline bool state_equals(const uint64_t *a, const uint64_t *b, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

// What follows a state, one edge for each step that may come next.
struct edge {
    uint64_t goals; // met by the step itself: an `always` that is broken, an error of the run
    uint32_t rise;
    uint16_t lane;
};

enum knowledge { RESOLVE, KNOWN_ONLY }; // whether moves that are not known are computed

enum sorting { UNSORTED, SORTED }; // whether states that are alike by symmetry are one

struct expansion {
    enum sorting sorting;
    enum knowledge knowledge;
    struct edge *edges;
    uint64_t *states; // n_words each
    size_t n, cap_edges, cap_words;
};

// The end of a schedule: a state in which no lane can go on.
struct leaf {
    bool is_stuck;
    uint64_t goals;   // that are met by standing here; `always` only if broken by main's code
    uint32_t *finals; // [cell]: number of the value in main's slot
};

struct cell_reader {
    const struct explore *x;
    const uint64_t *state;
    uint32_t lane;
};

// Lanes that may be exchanged, in a chain; 0: none.
struct peers {
    uint32_t before, behind;
};

// Examples of what was found: a schedule is a list of lanes.
struct example {
    uint16_t *shortest, *fewest;
    size_t n_shortest, n_fewest;
    bool has_shortest, has_fewest;
};

// A final value of a cell.
struct final {
    struct bigint *schedules; // NULL: not found
    uint32_t distance;        // steps to it at least
    struct example example;   // see explore_seek
};

// What is found, added up.
struct tally {
    struct bigint *deadlocks, *schedules, *stuck_schedules;
    struct bigint *goals[EXPLORE_GOALS_MAX]; // schedules
    uint32_t distance[EXPLORE_GOALS_MAX];    // steps to it at least; UINT32_MAX: not found
    struct final **finals;                   // [cell][value]
    size_t *n_finals;                        // [cell]
};

enum explore_phase {
    PHASE_LEVELS,
    PHASE_STATES,
    PHASE_COUNTS,
    PHASE_SHORTEST,
    PHASE_FEWEST,
    PHASE_DONE
};

// The final that an example is looked for; PHASE_SHORTEST, PHASE_FEWEST, or PHASE_DONE: none.
struct seek {
    enum explore_phase phase;
    size_t cell;
    uint32_t value;
    enum explore_status status; // of what was explored, whatever comes of it
};

struct graph;
struct levels;
struct search;

struct explore {
    const struct program *prog;
    const struct lock_kind *kind;
    struct explore_options options;
    bool is_private, is_sequential, keeps_order, is_lock_free, has_symmetry;
    bool has_joint_always; // over several cells
    bool is_graded;        // all ways to a local are equally long, as far as is known
    bool has_after;        // main's code behind the joins can change something
    struct live_set *live;
    uint32_t *heights;  // [op]: the longest way to it in its function, in steps
    uint32_t *exits;    // [op]: the height of its function's highest return
    uint64_t n_choices; // of random(), met so far

    struct automaton *automata;
    size_t n_automata;
    uint32_t *automaton_of; // [lane]
    struct peers *peers;    // [lane]
    uint32_t *initial;      // [lane]: its first local
    struct move *moves;
    size_t n_moves, cap_moves;
    struct effect *effects;
    size_t n_effects, cap_effects;
    struct slot *slots;
    size_t n_slots;
    uint32_t first_lock, taken, first_result;

    struct field *fields; // lanes from 1 on, slots, the turn
    size_t n_fields, n_words;
    uint32_t *first_state; // values of all fields
    bool first_judges;     // as struct move, before any step
    uint32_t version;      // of the layout

    enum explore_phase phase;
    struct graph *graph;
    struct levels *levels;
    struct search *search;
    struct tally tally;
    struct example examples[EXPLORE_GOALS_MAX];
    struct seek seek;
    bool is_endless, is_short_of_memory, used_levels;
    bool is_covered;            // all states, and all numbers
    unsigned __int128 n_states; // without symmetry
    uint64_t n_explored;        // expanded in this phase
    uint64_t n_expanded;        // states of the graph that were expanded
    struct explore_result result;

    struct goal goals[EXPLORE_GOALS_MAX];
    size_t n_goals;
    size_t deadlock_goal;
    char trouble[200];
    enum explore_status status;
    uint64_t peak_bytes;
};

static inline size_t lane_field(uint32_t lane)
{
    return lane - 1;
}

static inline size_t slot_field(const struct explore *x, uint32_t slot)
{
    return x->prog->n_lanes - 1 + slot;
}

// The lane whose turn it is; used only where turns matter, else 0.
static inline size_t turn_field(const struct explore *x)
{
    return x->n_fields - 1;
}

static inline uint32_t state_get(const struct explore *x, const uint64_t *state, size_t field)
{
    const struct field *f = &x->fields[field];
    return (uint32_t)(state[f->word] >> f->shift & f->mask);
}

static inline void state_set(const struct explore *x, uint64_t *state, size_t field, uint32_t value)
{
    const struct field *f = &x->fields[field];
    state[f->word] = (state[f->word] & ~(f->mask << f->shift)) | (uint64_t)(value & f->mask)
                                                                     << f->shift;
}

static inline bool state_fits(const struct explore *x, size_t field, uint32_t value)
{
    return value <= x->fields[field].mask;
}

static inline struct local *local_of(const struct explore *x, uint32_t lane, uint32_t number)
{
    return &x->automata[x->automaton_of[lane]].locals[number];
}

// --- explore_slot.c: what lanes share
void slots_open(struct explore *x);
void slots_close(struct explore *x);
uint32_t slot_cell(const struct explore *x, uint32_t lane, size_t cell);
// Number of a value.
uint32_t slot_intern(struct explore *x, uint32_t slot, const int64_t *value, size_t n);
uint32_t slot_intern_one(struct explore *x, uint32_t slot, int64_t value);
// The first number of a value.
int64_t slot_number(const struct explore *x, uint32_t slot, uint32_t value);
const int64_t *slot_value(const struct explore *x, uint32_t slot, uint32_t value, size_t *n);
// Of a lock.
bool lock_may_take(const struct explore *x, uint32_t slot, uint32_t value, uint32_t lane);
uint32_t lock_take(struct explore *x, uint32_t slot, uint32_t value, uint32_t lane);
uint32_t lock_release(struct explore *x, uint32_t slot, uint32_t value);
uint32_t lock_arrive(struct explore *x, uint32_t slot, uint32_t value, uint32_t lane);

// --- explore_local.c: a lane's own state
void runner_begin(struct runner *r, const struct explore *x, uint32_t lane);
void runner_unpack(struct runner *r, const struct explore *x, uint32_t lane, uint32_t local);
uint32_t runner_intern(struct explore *x, const struct runner *r); // a local; level not set
bool runner_enters(const struct explore *x, const struct op *op);  // with takes its lock
bool runner_is_access(const struct explore *x, const struct op *op);
// The lane comes to its local `next` at this level; no longer graded if it was on another before.
void local_reach(struct explore *x, uint32_t lane, uint32_t next, uint32_t level);

// --- explore_settle.c: what follows a step
void heights_open(struct explore *x);

// --- explore_move.c: what a step does
void moves_open(struct explore *x); // first locals, first state
// The move that the lane makes at `local` when its slot has `value`; computed when unknown. False
// when exploring cannot go on (x->status says so).
bool move_find(struct explore *x, uint32_t lane, uint32_t local, uint32_t value, uint32_t *move);
// The new value of the effect's slot, which has `value`.
uint32_t effect_value(struct explore *x, const struct effect *effect, uint32_t value);

// --- explore_condition.c: a notify as it changes the lanes of a state; returns as state_expand
bool state_notify(struct explore *x, uint64_t *state, struct effect notify, enum knowledge knows);

// --- explore_state.c: states packed into words
void explore_layout_make(struct explore *x); // room for all numbers that there are now
bool explore_layout_fits(const struct explore *x);
void state_pack(const struct explore *x, const uint32_t *values, uint64_t *state);
void state_unpack(const struct explore *x, const uint64_t *state, uint32_t *values);

void state_sort(const struct explore *x, uint64_t *state);
uint64_t state_orbit(const struct explore *x, const uint64_t *state); // states that are this one
bool state_is_over(const struct explore *x, const uint64_t *state);   // every lane has ended
uint64_t state_judge(const struct explore *x, const uint64_t *state, uint32_t lane);
// False: a number has outgrown its field and a new layout is due, or exploring has failed. With
// KNOWN_ONLY it changes nothing but `out`, so that several threads may do it, and is false, too,
// when it would have to change something.
bool state_expand(struct explore *x, const uint64_t *state, struct expansion *out);
void expansion_close(struct expansion *out);

// --- explore_table.c
void table_open(struct table *t, size_t n_words, size_t n_counts, size_t n_limbs, size_t n_marks);
void table_close(struct table *t);
uint64_t table_hash(const uint64_t *state, size_t n_words);
uint32_t table_add(struct table *t, const uint64_t *state, bool *is_new); // its entry
void table_expect(const struct table *t, const uint64_t *state);          // it will be added soon
uint64_t *table_counts(const struct table *t, size_t entry);
void table_repack(struct table *t, const struct explore *x, const struct field *old);
void table_clear(struct table *t); // no entries; the memory stays
void table_widen(struct table *t, size_t n_limbs);
size_t table_bytes(const struct table *t);
size_t table_next_bytes(const struct table *t); // when it has no room for a few hundred more

// --- explore_leaf.c
bool leaf_look(struct explore *x, const uint64_t *state, struct leaf *leaf);
bool leaf_has_after(const struct program *prog); // main's code can change or fail something

// --- explore_tally.c: what is found
void tally_open(struct explore *x);
void tally_close(struct explore *x);
// Whether a cell ends as that value, and then the number of it.
bool tally_has_final(const struct explore *x, size_t cell, int64_t value, uint32_t *number);
void tally_clear_counts(struct explore *x); // what was found stays
// A leaf: what is found there, unless the distance is NOT_NEW, and the numbers of schedules that
// end there, unless they are NULL.
bool tally_leaf(struct explore *x, const uint64_t *state, uint32_t distance, const uint64_t *counts,
                size_t n_limbs);
void tally_goals(struct explore *x, uint64_t goals, uint32_t distance);

// --- the ways to explore, each for about n states more; true: it is done
// Level by level; done without being right when x->is_graded is false: then by the graph.
bool levels_run(struct explore *x, uint64_t n_states);
void levels_close(struct explore *x);
bool graph_run(struct explore *x, uint64_t n_states);
void graph_close(struct explore *x);
size_t graph_bytes(const struct explore *x);
bool shortest_run(struct explore *x, uint64_t n_states);
bool fewest_run(struct explore *x, uint64_t n_states);
void search_close(struct explore *x);
void example_clear(struct example *example);
void explore_free_result(struct explore *x);
// Memory in all, and what it is about to be, against the limit. False: beyond it.
bool explore_has_room(struct explore *x, size_t n_bytes, size_t n_next_bytes);

// --- explore_local.c, too: the number of a kind of error of the run
int16_t goal_of_fault(struct explore *x, enum machine_fault fault, uint32_t line);

bool explore_fail(struct explore *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
