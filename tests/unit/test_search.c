// What a search that guesses finds is what counting finds, however the keys rise.
#include "base/random.h"
#include "base/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KEYS_MAX = 300, ROUNDS = 2000 };

static uint64_t seed_of_run(void)
{
    const char *text = getenv("RACELANE_SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

static uint64_t key_of(const void *keys, size_t i)
{
    return ((const uint64_t *)keys)[i];
}

static size_t count_below(const uint64_t *keys, size_t n, uint64_t bound)
{
    size_t below = 0;
    while (below < n && keys[below] < bound)
        below++;
    return below;
}

// Even steps, or many the same, or one that is nearly all of the range.
static void fill(struct random *dice, uint64_t *keys, size_t n)
{
    uint64_t how = random_below(dice, 4);
    uint64_t key = how == 3 ? UINT64_MAX / 2 : random_below(dice, 5);
    for (size_t i = 0; i < n; i++) {
        keys[i] = key;
        uint64_t step = random_below(dice, how == 0 ? 3 : 100);
        if (how > 1 && random_below(dice, n) == 0)
            step += UINT64_MAX / 8;
        key = key > UINT64_MAX - step ? UINT64_MAX : key + step;
    }
}

static void test_as_counting(void **state)
{
    (void)state;
    struct random dice = random_stream(seed_of_run(), 3);
    print_message("RACELANE_SEED=%llu\n", (unsigned long long)seed_of_run());
    uint64_t keys[KEYS_MAX];
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = random_below(&dice, random_below(&dice, 2) ? 5 : KEYS_MAX);
        fill(&dice, keys, n);
        for (size_t i = 0; i < n; i++)
            for (uint64_t off = 0; off < 3; off++) {
                uint64_t bound = keys[i] + off - 1;
                assert_int_equal(search_below(keys, n, key_of, bound), count_below(keys, n, bound));
            }
        assert_int_equal(search_below(keys, n, key_of, 0), 0);
        assert_int_equal(search_below(keys, n, key_of, UINT64_MAX),
                         count_below(keys, n, UINT64_MAX));
    }
}

// A file may say anything: whatever the keys do, it ends, and looks only at those that there are.
static void test_keys_that_do_not_rise(void **state)
{
    (void)state;
    struct random dice = random_stream(seed_of_run(), 4);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = random_below(&dice, 40);
        uint64_t *keys = malloc((n + 1) * sizeof *keys);
        for (size_t i = 0; i < n; i++)
            keys[i] = random_next(&dice) >> random_below(&dice, 64);
        assert_true(search_below(keys, n, key_of, random_next(&dice)) <= n);
        free(keys);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_counting),
        cmocka_unit_test(test_keys_that_do_not_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
