#ifndef TRACE_PAGE_CACHE_H
#define TRACE_PAGE_CACHE_H

#include "trace/timeline_nodes.h"

// The pages of a saved run that have been looked at lately, read from its file when they are
// wanted; of them, the one that was not looked at for the longest time goes first. What is handed
// out stays for the next PAGE_CACHE_STAYS others at least.
struct page_cache;

enum { PAGE_CACHE_STAYS = 500 };

struct cached_page {
    struct node node;
    size_t n; // events; 0: the page could not be read, or is not what it should be
    struct event events[TIMELINE_PAGE];
};

// Fills in *out. False: see above.
typedef bool (*page_read)(void *context, size_t lane, uint64_t page, uint64_t offset,
                          struct cached_page *out);

// The page will soon be wanted: it may be brought nearer, and need not be.
typedef void (*page_expect)(void *context, uint64_t offset);

struct page_cache *page_cache_new(size_t n_lanes, page_read read, page_expect expect,
                                  void *context);
void page_cache_free(struct page_cache *cache); // accepts NULL

// NULL: it could not be read.
const struct cached_page *page_cache_get(struct page_cache *cache, size_t lane, uint64_t page,
                                         uint64_t offset);

// What is not there yet will be wanted.
void page_cache_expect(struct page_cache *cache, size_t lane, uint64_t page, uint64_t offset);

#endif
