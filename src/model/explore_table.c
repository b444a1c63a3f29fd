// A hash table of states, with numbers of schedules.
#include "base/mem.h"
#include "model/explore_private.h"

#include <string.h>

enum { ROOM_AHEAD = 2048 };

uint64_t table_hash(const uint64_t *state, size_t n_words)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < n_words; i++) {
        hash = (hash ^ state[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash * UINT64_C(0xbf58476d1ce4e5b9);
}

static void index_again(struct table *t, size_t n_slots)
{
    mem_free(t->slots);
    t->slots = mem_array(n_slots, sizeof *t->slots);
    t->n_slots = n_slots;
    for (size_t i = 0; i < t->n; i++) {
        size_t slot = table_hash(&t->keys[i * t->n_words], t->n_words) >> 32 & (n_slots - 1);
        while (t->slots[slot])
            slot = (slot + 1) & (n_slots - 1);
        t->slots[slot] = (uint32_t)i + 1;
    }
}

static size_t row_bytes(const struct table *t)
{
    return (t->n_words + t->n_counts * t->n_limbs) * sizeof(uint64_t) +
           t->n_marks * sizeof(uint32_t);
}

static void make_room(struct table *t)
{
    if (t->n * 3 >= t->n_slots * 2)
        index_again(t, t->n_slots ? t->n_slots * 2 : 64);
    if (t->n < t->cap)
        return;
    size_t cap = t->cap ? t->cap + t->cap / 2 : 32;
    t->keys = mem_resize(t->keys, cap, t->n_words * sizeof *t->keys);
    if (t->n_counts)
        t->counts = mem_resize(t->counts, cap, t->n_counts * t->n_limbs * sizeof *t->counts);
    if (t->n_marks)
        t->marks = mem_resize(t->marks, cap, t->n_marks * sizeof *t->marks);
    t->cap = cap;
}

void table_open(struct table *t, size_t n_words, size_t n_counts, size_t n_limbs, size_t n_marks)
{
    *t = (struct table){
        .n_words = n_words, .n_counts = n_counts, .n_limbs = n_limbs, .n_marks = n_marks};
}

void table_close(struct table *t)
{
    mem_free(t->keys);
    mem_free(t->counts);
    mem_free(t->marks);
    mem_free(t->slots);
    *t = (struct table){0};
}

void table_clear(struct table *t)
{
    t->n = 0;
    if (t->slots)
        memset(t->slots, 0, t->n_slots * sizeof *t->slots);
}

void table_expect(const struct table *t, const uint64_t *state)
{
    if (t->n_slots)
        __builtin_prefetch(&t->slots[table_hash(state, t->n_words) >> 32 & (t->n_slots - 1)]);
}

uint32_t table_add(struct table *t, const uint64_t *state, bool *is_new)
{
    make_room(t);
    size_t slot = table_hash(state, t->n_words) >> 32 & (t->n_slots - 1);
    for (; t->slots[slot]; slot = (slot + 1) & (t->n_slots - 1)) {
        const uint64_t *known = &t->keys[(t->slots[slot] - 1) * t->n_words];
        if (state_equals(known, state, t->n_words)) {
            *is_new = false;
            return t->slots[slot] - 1;
        }
    }
    size_t n_limbs = t->n_counts * t->n_limbs;
    state_copy(&t->keys[t->n * t->n_words], state, t->n_words);
    for (size_t i = 0; i < n_limbs; i++)
        t->counts[t->n * n_limbs + i] = 0;
    for (size_t i = 0; i < t->n_marks; i++)
        t->marks[t->n * t->n_marks + i] = 0;
    t->slots[slot] = (uint32_t)++t->n;
    *is_new = true;
    return (uint32_t)t->n - 1;
}

uint64_t *table_counts(const struct table *t, size_t entry)
{
    return &t->counts[entry * t->n_counts * t->n_limbs];
}

// The states as another layout has them; every entry keeps its number.
void table_repack(struct table *t, const struct explore *x, const struct field *old)
{
    uint64_t *keys = mem_array(t->cap, x->n_words * sizeof *keys);
    struct explore before = *x;
    uint32_t *values = mem_array(x->n_fields, sizeof *values);
    before.fields = (struct field *)(uintptr_t)old;
    for (size_t i = 0; i < t->n; i++) {
        state_unpack(&before, &t->keys[i * t->n_words], values);
        state_pack(x, values, &keys[i * x->n_words]);
    }
    mem_free(values);
    mem_free(t->keys);
    t->keys = keys;
    t->n_words = x->n_words;
    if (t->n_slots)
        index_again(t, t->n_slots);
}

size_t table_bytes(const struct table *t)
{
    return t->cap * row_bytes(t) + t->n_slots * sizeof *t->slots;
}

size_t table_next_bytes(const struct table *t)
{
    size_t cap = t->n + ROOM_AHEAD < t->cap ? t->cap : t->cap + t->cap / 2;
    size_t n_slots = (t->n + ROOM_AHEAD) * 3 < t->n_slots * 2 ? t->n_slots : t->n_slots * 2;
    return cap * row_bytes(t) + n_slots * sizeof *t->slots;
}

void table_widen(struct table *t, size_t n_limbs)
{
    uint64_t *counts = mem_array(t->cap, t->n_counts * n_limbs * sizeof *counts);
    for (size_t i = 0; i < t->n * t->n_counts; i++)
        memcpy(&counts[i * n_limbs], &t->counts[i * t->n_limbs], t->n_limbs * sizeof *counts);
    mem_free(t->counts);
    t->counts = counts;
    t->n_limbs = n_limbs;
}
