#include "trace/timeline_pyramid.h"

#include "base/mem.h"

#include <string.h>

enum { BUCKETS_MIN = 4 };

static_assert(TIMELINE_BUCKET_NS == UINT64_C(1) << 20, "level_shift says how wide a bucket is");
static_assert(sizeof(struct sum) == PYRAMID_WORDS * sizeof(uint64_t), "a sum is its words");

static size_t word_bytes(size_t level)
{
    return level < PYRAMID_WIDE ? sizeof(uint32_t) : sizeof(uint64_t);
}

static size_t bucket_bytes(size_t level)
{
    return PYRAMID_WORDS * word_bytes(level);
}

uint32_t pyramid_buckets_for(size_t bytes)
{
    size_t all_levels = 0;
    for (size_t k = 0; k < TIMELINE_LEVELS; k++)
        all_levels += bucket_bytes(k);
    size_t n = bytes / all_levels;
    if (n < BUCKETS_MIN)
        return BUCKETS_MIN;
    return n < TIMELINE_BUCKETS ? (uint32_t)n : TIMELINE_BUCKETS;
}

void pyramid_clear(struct pyramid *pyramid)
{
    for (size_t k = 0; k < TIMELINE_LEVELS; k++)
        mem_free(pyramid->levels[k].words);
    *pyramid = (struct pyramid){.buckets_max = pyramid->buckets_max};
}

static void *bucket_at(const struct level *level, size_t k, uint64_t index)
{
    return (unsigned char *)level->words + index % level->cap * bucket_bytes(k);
}

// Doubles the ring, as long as it holds fewer buckets than it may.
static void grow(struct level *level, size_t k, uint32_t buckets_max)
{
    struct level larger = *level;
    larger.cap = level->cap ? 2 * level->cap : BUCKETS_MIN;
    if (larger.cap > buckets_max)
        larger.cap = buckets_max;
    larger.words = mem_array(larger.cap, bucket_bytes(k));
    for (uint64_t i = level->oldest; i < level->next; i++)
        memcpy(bucket_at(&larger, k, i), bucket_at(level, k, i), bucket_bytes(k));
    mem_free(level->words);
    *level = larger;
}

// Makes the ring reach to `index`, with empty buckets.
static void extend(struct level *level, size_t k, uint64_t index, uint32_t buckets_max)
{
    if (level->next == 0)
        level->oldest = level->next = index;
    if (index >= level->next + buckets_max) {
        // All that is kept is too old by now.
        level->oldest = level->next = index - buckets_max + 1;
        level->has_evicted = true;
    }
    while (level->next <= index) {
        if (level->next - level->oldest == level->cap) {
            if (level->cap < buckets_max) {
                grow(level, k, buckets_max);
            } else {
                level->oldest++;
                level->has_evicted = true;
            }
        }
        memset(bucket_at(level, k, level->next), 0, bucket_bytes(k));
        level->next++;
    }
}

static void add_words(void *words, size_t k, const struct sum *sum)
{
    uint64_t from[PYRAMID_WORDS];
    memcpy(from, sum, sizeof from);
    if (k < PYRAMID_WIDE) {
        uint32_t *narrow = words;
        for (size_t i = 0; i < PYRAMID_WORDS; i++)
            narrow[i] += (uint32_t)from[i];
    } else {
        uint64_t *wide = words;
        for (size_t i = 0; i < PYRAMID_WORDS; i++)
            wide[i] += from[i];
    }
}

static void add_state(void *words, size_t k, enum lane_state state, uint64_t ns)
{
    if (k < PYRAMID_WIDE)
        ((uint32_t *)words)[state] += (uint32_t)ns;
    else
        ((uint64_t *)words)[state] += ns;
}

static bool is_kept(const struct level *level, uint64_t index)
{
    return index >= level->oldest && index < level->next;
}

void pyramid_add(struct pyramid *pyramid, size_t level, uint64_t t_ns, const struct sum *sum)
{
    for (size_t k = level; k < TIMELINE_LEVELS; k++) {
        struct level *at = &pyramid->levels[k];
        uint64_t index = t_ns >> level_shift(k);
        if (index >= at->next)
            extend(at, k, index, pyramid->buckets_max);
        if (is_kept(at, index))
            add_words(bucket_at(at, k, index), k, sum);
    }
}

void pyramid_add_span(struct pyramid *pyramid, enum lane_state state, uint64_t t0_ns,
                      uint64_t t1_ns)
{
    if (t0_ns >= t1_ns)
        return;
    for (size_t k = 0; k < TIMELINE_LEVELS; k++) {
        struct level *at = &pyramid->levels[k];
        unsigned shift = level_shift(k);
        uint64_t first = t0_ns >> shift;
        uint64_t last = (t1_ns - 1) >> shift;
        if (first >= at->next)
            extend(at, k, first, pyramid->buckets_max);
        if (last >= at->next)
            extend(at, k, last, pyramid->buckets_max);
        for (uint64_t i = first > at->oldest ? first : at->oldest; i <= last; i++) {
            uint64_t from = i << shift > t0_ns ? i << shift : t0_ns;
            uint64_t to = (i + 1) << shift < t1_ns ? (i + 1) << shift : t1_ns;
            add_state(bucket_at(at, k, i), k, state, to - from);
        }
    }
}

void pyramid_preempt(struct pyramid *pyramid, size_t level, uint64_t t_ns, struct sum_move move)
{
    // The words wrap, so that adding the complement subtracts.
    for (size_t k = level; k < TIMELINE_LEVELS; k++) {
        const struct level *at = &pyramid->levels[k];
        uint64_t index = t_ns >> level_shift(k);
        if (!is_kept(at, index))
            continue;
        void *words = bucket_at(at, k, index);
        add_state(words, k, LANE_RUNNING, 0 - move.running_ns);
        add_state(words, k, LANE_HOLDING, 0 - move.holding_ns);
        add_state(words, k, LANE_PREEMPTED, move.running_ns + move.holding_ns);
    }
}

void pyramid_read(const struct pyramid *pyramid, size_t level, uint64_t index, struct sum *out)
{
    const struct level *at = &pyramid->levels[level];
    if (!is_kept(at, index))
        return;
    struct sum sum;
    const void *words = bucket_at(at, level, index);
    if (level < PYRAMID_WIDE) {
        uint64_t to[PYRAMID_WORDS];
        for (size_t i = 0; i < PYRAMID_WORDS; i++)
            to[i] = ((const uint32_t *)words)[i];
        memcpy(&sum, to, sizeof sum);
    } else {
        memcpy(&sum, words, sizeof sum);
    }
    sum_add(out, &sum);
}

uint64_t pyramid_serves_from(const struct pyramid *pyramid, size_t level)
{
    const struct level *at = &pyramid->levels[level];
    if (!at->has_evicted || level + 1 == TIMELINE_LEVELS)
        return 0;
    unsigned shift = level_shift(level);
    return ((at->oldest + 1) >> 1) << (shift + 1);
}
