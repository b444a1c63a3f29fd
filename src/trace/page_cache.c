#include "trace/page_cache.h"

#include "base/mem.h"

enum { SETS = 1024, WAYS = 4 };

struct slot {
    size_t lane;
    uint64_t page;
    uint64_t used; // 0: never
    struct cached_page *cached;
};

struct page_cache {
    page_read read;
    page_expect expect;
    void *context;
    uint64_t clock;
    struct slot slots[SETS][WAYS];
};

struct page_cache *page_cache_new(page_read read, page_expect expect, void *context)
{
    struct page_cache *cache = mem_alloc(sizeof *cache);
    cache->read = read;
    cache->expect = expect;
    cache->context = context;
    return cache;
}

void page_cache_free(struct page_cache *cache)
{
    for (size_t set = 0; cache && set < SETS; set++)
        for (size_t way = 0; way < WAYS; way++)
            mem_free(cache->slots[set][way].cached);
    mem_free(cache);
}

// Neighbours lie in different sets, and so do the same pages of two lanes.
static struct slot *set_of(struct page_cache *cache, size_t lane, uint64_t page)
{
    return cache->slots[(page + lane * 173) % SETS];
}

const struct cached_page *page_cache_get(struct page_cache *cache, size_t lane, uint64_t page,
                                         uint64_t offset)
{
    struct slot *set = set_of(cache, lane, page);
    struct slot *oldest = &set[0];
    cache->clock++;
    for (size_t way = 0; way < WAYS; way++) {
        struct slot *slot = &set[way];
        if (slot->used && slot->lane == lane && slot->page == page) {
            slot->used = cache->clock;
            return slot->cached->n ? slot->cached : NULL;
        }
        if (slot->used < oldest->used)
            oldest = slot;
    }
    if (!oldest->cached)
        oldest->cached = mem_alloc(sizeof *oldest->cached);
    oldest->lane = lane;
    oldest->page = page;
    oldest->used = cache->clock;
    if (!cache->read(cache->context, lane, page, offset, oldest->cached))
        oldest->cached->n = 0;
    return oldest->cached->n ? oldest->cached : NULL;
}

void page_cache_expect(struct page_cache *cache, size_t lane, uint64_t page, uint64_t offset)
{
    const struct slot *set = set_of(cache, lane, page);
    for (size_t way = 0; way < WAYS; way++)
        if (set[way].used && set[way].lane == lane && set[way].page == page)
            return;
    cache->expect(cache->context, offset);
}
