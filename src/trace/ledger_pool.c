#include "trace/ledger_private.h"

#include "base/mem.h"

#include <string.h>

void pool_grow(struct pool *pool)
{
    unsigned char *block = mem_array(POOL_BLOCK, pool->size);
    pool->blocks =
        mem_room(pool->blocks, &pool->blocks_cap, pool->n_blocks + 1, sizeof *pool->blocks);
    pool->blocks[pool->n_blocks++] = block;
    for (size_t i = POOL_BLOCK; i-- > 0;) {
        void *piece = block + i * pool->size;
        memcpy(piece, &pool->unused, sizeof pool->unused);
        pool->unused = piece;
    }
}

void pool_clear(struct pool *pool)
{
    for (size_t i = 0; i < pool->n_blocks; i++)
        mem_free(pool->blocks[i]);
    mem_free(pool->blocks);
}

// Place of the first entry whose lane is not below `lane`.
static uint32_t counts_place(const struct counts *counts, uint16_t lane)
{
    uint32_t low = 0;
    uint32_t high = counts->len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (counts->list[middle].lane < lane)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void counts_reserve(struct counts *counts, uint32_t need)
{
    size_t cap = counts->cap;
    counts->list = mem_room(counts->list, &cap, need, sizeof *counts->list);
    counts->cap = (uint32_t)cap; // at most twice the number of lanes
}

void counts_add(struct counts *counts, uint16_t lane, uint64_t n)
{
    uint32_t place = counts_place(counts, lane);
    if (place < counts->len && counts->list[place].lane == lane) {
        counts->list[place].n += n;
        return;
    }
    counts_reserve(counts, counts->len + 1);
    memmove(counts->list + place + 1, counts->list + place,
            (counts->len - place) * sizeof *counts->list);
    counts->list[place] = (struct count){.n = n, .lane = lane};
    counts->len++;
}

void counts_add_all(struct counts *counts, const struct counts *more)
{
    for (uint32_t i = 0; i < more->len; i++)
        counts_add(counts, more->list[i].lane, more->list[i].n);
}

void counts_subtract(struct counts *counts, uint16_t lane, uint64_t n)
{
    counts_add(counts, lane, 0 - n);
}

void counts_clear(struct counts *counts)
{
    mem_free(counts->list);
    *counts = (struct counts){0};
}
