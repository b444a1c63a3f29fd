// The pages of a saved run that are kept: which of them stay, against a plain list of what was
// wanted last.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "trace/page_cache.h"

#include <stdlib.h>

enum { LANES = 3, PAGES = 400, STEPS = 20000, KEPT = PAGE_CACHE_STAYS + 4 * LANES };

// A file whose page says which one it is; every seventh cannot be read.
struct disk {
    size_t n_read, n_expected;
};

static bool read_page(void *context, size_t lane, uint64_t page, uint64_t offset,
                      struct cached_page *out)
{
    struct disk *disk = context;
    disk->n_read++;
    *out = (struct cached_page){.n = 1, .node.page = page};
    out->events[0] = (struct event){.lane = (uint16_t)lane, .t_ns = offset};
    return page % 7 != 0;
}

static void expect_page(void *context, uint64_t offset)
{
    (void)offset;
    ((struct disk *)context)->n_expected++;
}

static void check(const struct cached_page *found, size_t lane, uint64_t page)
{
    if (page % 7 == 0) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_int_equal(found->node.page, page);
    assert_int_equal(found->events[0].lane, lane);
    assert_int_equal(found->events[0].t_ns, page * 10 + lane);
}

static void test_what_was_wanted_last_is_kept(void **state)
{
    (void)state;
    const char *given = getenv("RACELANE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    print_message("seed %llu\n", (unsigned long long)seed);
    struct random dice = random_stream(seed, 0);
    struct disk disk = {0};
    struct page_cache *cache = page_cache_new(LANES, read_page, expect_page, &disk);
    static size_t wanted[LANES][PAGES]; // by which step; 0: never
    for (size_t step = 1; step <= STEPS; step++) {
        // In strides, as the columns of a picture are.
        size_t lane = random_below(&dice, LANES);
        uint64_t page = random_below(&dice, 2) ? step * 32 % PAGES : random_below(&dice, PAGES);
        size_t n_later = 0;
        for (size_t i = 0; i < LANES * PAGES; i++)
            n_later += wanted[i / PAGES][i % PAGES] > wanted[lane][page];
        bool is_kept = wanted[lane][page] && n_later < KEPT;
        const struct disk before = disk;
        page_cache_expect(cache, lane, page, page * 10 + lane);
        assert_int_equal(disk.n_expected, before.n_expected + !is_kept);
        check(page_cache_get(cache, lane, page, page * 10 + lane), lane, page);
        assert_int_equal(disk.n_read, before.n_read + !is_kept);
        wanted[lane][page] = step;
    }
    page_cache_free(cache);
}

static void test_what_is_handed_out_stays(void **state)
{
    (void)state;
    struct disk disk = {0};
    struct page_cache *cache = page_cache_new(1, read_page, expect_page, &disk);
    for (uint64_t page = 1; page < PAGES; page++)
        page_cache_get(cache, 0, page, page * 10);
    const struct cached_page *held = page_cache_get(cache, 0, 1, 10);
    for (uint64_t other = 0; other < PAGE_CACHE_STAYS; other++)
        page_cache_get(cache, 0, 1024 + other * 1024, 0);
    check(held, 0, 1);
    assert_ptr_equal(page_cache_get(cache, 0, 1, 10), held);
    page_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_wanted_last_is_kept),
        cmocka_unit_test(test_what_is_handed_out_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
