#ifndef SUPPORT_EXPLORE_WRITER_H
#define SUPPORT_EXPLORE_WRITER_H

// Writes small random programs that use everything which exploring knows.
#include "base/random.h"

#include <stdio.h>

struct writer {
    struct random random;
    char text[4096];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static inline void put(struct writer *w, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(w->text + w->len, sizeof w->text - w->len, fmt, args);
    va_end(args);
    assert_true(n >= 0 && w->len + (size_t)n < sizeof w->text);
    w->len += (size_t)n;
}

static inline unsigned pick(struct writer *w, unsigned n)
{
    return (unsigned)random_below(&w->random, n);
}

static inline void put_statement(struct writer *w, unsigned depth)
{
    static const char *const plain[] = {
        "c0 += 1",        "c1 = c0 + 1",      "c0 = c1 * 2",     "x = c0",        "c1 = x",
        "atomic c0 += 2", "row[x %% 2] += 1", "print(\"{c1}\")", "c1 = half(c0)", "x += me",
        "c0 = 4 // c1",   "row[c1] = 1",      "sleep(1)",        "c0 = x + me",   "pass",
    };
    static const char *const blocks[] = {
        "with g0:", "with g1:", "if c0 > 0:", "if x == c1:", "for i in range(2):", "with g0:"};
    static const char *const syncs[] = {"acquire g0", "release g0", "wait s",
                                        "post s",     "acquire g1", "release g1"};
    unsigned kind = pick(w, depth < 4 ? 12 : 8);
    put(w, "%*s", (int)(4 * depth), "");
    if (kind < 8) {
        put(w, plain[pick(w, ARRAY_LEN(plain))], "");
        put(w, "\n");
    } else if (kind == 8) {
        put(w, "%s\n", syncs[pick(w, ARRAY_LEN(syncs))]);
    } else {
        put(w, "%s\n", blocks[pick(w, ARRAY_LEN(blocks))]);
        put_statement(w, depth + 1);
    }
}

static inline void put_claims(struct writer *w)
{
    static const char *const claims[] = {"expect c0 == 3\n", "always c0 <= 2\n",
                                         "always c0 + c1 < 6\n", "expect c1 <= c0\n"};
    for (size_t i = 0; i < ARRAY_LEN(claims); i++)
        if (pick(w, 2))
            put(w, "%s", claims[i]);
}

static inline void put_program(struct writer *w)
{
    put(w, "shared c0 = %u\nshared c1 = %u\nshared row[2] = 0\nlock g0\nlock g1%s\n", pick(w, 2),
        pick(w, 2), pick(w, 2) ? " off" : "");
    put(w, "semaphore s = %u\n", pick(w, 2));
    put(w, "def half(v):\n    if v > 1:\n        return v // 2\n    return v + 1\n");
    unsigned n_functions = pick(w, 2) + 1;
    for (unsigned f = 0; f < n_functions; f++) {
        put(w, "def work%u(me):\n    x = me\n", f);
        for (unsigned n = pick(w, 3) + 1; n > 0; n--)
            put_statement(w, 1);
    }
    unsigned n_lanes = pick(w, 3) == 0 ? 3 : 2;
    bool alike = pick(w, 2);
    for (unsigned i = 0; i < n_lanes; i++)
        put(w, "lane %c = work%u(%u)\n", 'A' + (char)i, i % n_functions, alike ? 1 : i);
    put_claims(w);
}

// Lanes that wait at two conditions of one lock and one of another, and notify.
static inline void put_condition_block(struct writer *w)
{
    static const char *const in_g0[] = {
        "wait a",       "wait b",           "notify a",     "notify a",         "notify b",
        "notify_all a", "while c0 == 0:",   "if c0 < 2:",   "while c1 > c0:",   "with g1:",
        "c0 += 1",      "c1 = c0 * 2 + me", "notify_all b", "c0 = c0 * 3 + me", "notify_all a",
    };
    static const char *const in_g1[] = {"wait c", "notify c", "notify_all c", "c1 += 1"};
    bool is_second = pick(w, 8) == 0;
    put(w, "    with %s:\n", is_second ? "g1" : "g0");
    for (unsigned n = pick(w, 3) + 1; n > 0; n--) {
        const char *text =
            is_second ? in_g1[pick(w, ARRAY_LEN(in_g1))] : in_g0[pick(w, ARRAY_LEN(in_g0))];
        bool is_block = text[strlen(text) - 1] == ':';
        put(w, "        %s\n", text);
        if (is_block)
            put(w, "            %s\n", pick(w, 3) ? "wait a" : "wait b");
    }
}

static inline void put_condition_program(struct writer *w)
{
    put(w, "shared c0 = %u\nshared c1 = 0\nlock g0\nlock g1%s\n", pick(w, 2),
        pick(w, 4) ? "" : " off");
    put(w, "condition a with g0\ncondition b with g0\ncondition c with g1\n");
    unsigned n_functions = pick(w, 3) + 1;
    for (unsigned f = 0; f < n_functions; f++) {
        put(w, "def work%u(me):\n", f);
        for (unsigned n = pick(w, 5) / 2 + 1; n > 0; n--)
            put_condition_block(w);
    }
    unsigned n_lanes = pick(w, 3) + 2;
    bool alike = pick(w, 2);
    for (unsigned i = 0; i < n_lanes; i++)
        put(w, "lane %c = work%u(%u)\n", 'A' + (char)i, i % n_functions, alike ? 1 : i);
    put_claims(w);
}

#endif
