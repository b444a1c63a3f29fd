#include "trace/page_cache.h"

#include "base/mem.h"

// A frame that shows few lanes reads a page for each of their columns, one that shows many a few
// pages for each lane. Not more than that: memory that is used for the first time is slower than
// what it takes to read a page.
enum { SLOTS_A_LANE = 4, NONE = -1 };

struct slot {
    size_t lane;
    uint64_t page;
    int32_t next_in_bucket;
    int32_t older, newer; // by when they were last wanted
};

struct page_cache {
    page_read read;
    page_expect expect;
    void *context;
    int32_t n_slots, n_used;
    int32_t oldest, newest;
    size_t n_buckets; // a power of two
    int32_t *buckets;
    struct slot *slots;
    struct cached_page *pages; // one a slot
};

struct page_cache *page_cache_new(size_t n_lanes, page_read read, page_expect expect, void *context)
{
    struct page_cache *cache = mem_alloc(sizeof *cache);
    size_t n_slots = PAGE_CACHE_STAYS + SLOTS_A_LANE * n_lanes;
    *cache = (struct page_cache){.read = read,
                                 .expect = expect,
                                 .context = context,
                                 .n_slots = (int32_t)n_slots,
                                 .oldest = NONE,
                                 .newest = NONE,
                                 .n_buckets = 1};
    while (cache->n_buckets < n_slots)
        cache->n_buckets *= 2;
    cache->buckets = mem_array(cache->n_buckets, sizeof *cache->buckets);
    for (size_t i = 0; i < cache->n_buckets; i++)
        cache->buckets[i] = NONE;
    cache->slots = mem_array(n_slots, sizeof *cache->slots);
    cache->pages = mem_array(n_slots, sizeof *cache->pages);
    return cache;
}

void page_cache_free(struct page_cache *cache)
{
    if (!cache)
        return;
    mem_free(cache->buckets);
    mem_free(cache->slots);
    mem_free(cache->pages);
    mem_free(cache);
}

// Fibonacci hashing: Knuth, The Art of Computer Programming 3, 6.4. Pages that are far apart by a
// power of two lie in different buckets too.
static int32_t *bucket_of(const struct page_cache *cache, size_t lane, uint64_t page)
{
    uint64_t mixed = (page * 2048 + lane) * UINT64_C(0x9e3779b97f4a7c15);
    return &cache->buckets[(mixed >> 32) & (cache->n_buckets - 1)];
}

static int32_t find(const struct page_cache *cache, size_t lane, uint64_t page)
{
    int32_t at = *bucket_of(cache, lane, page);
    while (at != NONE && (cache->slots[at].page != page || cache->slots[at].lane != lane))
        at = cache->slots[at].next_in_bucket;
    return at;
}

static void unlink_slot(struct page_cache *cache, int32_t at)
{
    const struct slot *slot = &cache->slots[at];
    *(slot->older == NONE ? &cache->oldest : &cache->slots[slot->older].newer) = slot->newer;
    *(slot->newer == NONE ? &cache->newest : &cache->slots[slot->newer].older) = slot->older;
}

static void make_newest(struct page_cache *cache, int32_t at)
{
    struct slot *slot = &cache->slots[at];
    slot->older = cache->newest;
    slot->newer = NONE;
    *(cache->newest == NONE ? &cache->oldest : &cache->slots[cache->newest].newer) = at;
    cache->newest = at;
}

// A slot for a page that is not there.
static int32_t take_slot(struct page_cache *cache, size_t lane, uint64_t page)
{
    int32_t at = cache->n_used;
    if (at < cache->n_slots) {
        cache->n_used++;
    } else {
        at = cache->oldest;
        int32_t *link = bucket_of(cache, cache->slots[at].lane, cache->slots[at].page);
        while (*link != at)
            link = &cache->slots[*link].next_in_bucket;
        *link = cache->slots[at].next_in_bucket;
        unlink_slot(cache, at);
    }
    int32_t *bucket = bucket_of(cache, lane, page);
    cache->slots[at] = (struct slot){.lane = lane, .page = page, .next_in_bucket = *bucket};
    *bucket = at;
    make_newest(cache, at);
    return at;
}

const struct cached_page *page_cache_get(struct page_cache *cache, size_t lane, uint64_t page,
                                         uint64_t offset)
{
    int32_t at = find(cache, lane, page);
    if (at == NONE) {
        at = take_slot(cache, lane, page);
        if (!cache->read(cache->context, lane, page, offset, &cache->pages[at]))
            cache->pages[at].n = 0;
    } else if (at != cache->newest) {
        unlink_slot(cache, at);
        make_newest(cache, at);
    }
    return cache->pages[at].n ? &cache->pages[at] : NULL;
}

void page_cache_expect(struct page_cache *cache, size_t lane, uint64_t page, uint64_t offset)
{
    if (find(cache, lane, page) == NONE)
        cache->expect(cache->context, offset);
}
