#ifndef BASE_SEARCH_H
#define BASE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

// A key of the i-th of some things whose keys rise.
typedef uint64_t (*search_key)(const void *things, size_t i);

// How many of n things have a key below `bound`. It looks first where that would be if the keys
// rose evenly, as those of a run nearly do, and goes on from there in steps that double: so mostly
// a few looks side by side are enough, and at worst there are twice as many as halving needs.
// (Interpolation search: Perl, Itai and Avni, CACM 1978; with the doubling of Bentley and Yao, IPL
// 1976.) Inline, as is `key` in it.
static inline __attribute__((always_inline)) size_t search_below(const void *things, size_t n,
                                                                 search_key key, uint64_t bound)
{
    if (n == 0 || key(things, 0) >= bound)
        return 0;
    uint64_t first = key(things, 0), last = key(things, n - 1);
    if (last < bound)
        return n;
    // From here on the one at `low` is below the bound, the one at `high` is not.
    size_t low = 0, high = n - 1, step = 1;
    double share = (double)(bound - first) / (double)(last - first);
    size_t at = (size_t)(share * (double)high);
    if (at >= high)
        at = high - 1;
    if (key(things, at) < bound) {
        low = at;
        for (; low + step < high && key(things, low + step) < bound; step *= 2)
            low += step;
        if (low + step < high)
            high = low + step;
    } else {
        high = at;
        for (; low + step < high && key(things, high - step) >= bound; step *= 2)
            high -= step;
        if (low + step < high)
            low = high - step;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (key(things, middle) < bound)
            low = middle;
        else
            high = middle;
    }
    return high;
}

#endif
