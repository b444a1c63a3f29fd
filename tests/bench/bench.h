#ifndef BENCH_H
#define BENCH_H

#include "base/clock.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// What the benchmarks share: samples with their middle, and a table that can be pasted into a page
// of Markdown. They print goals and what was reached, and assert nothing: a loaded machine is no
// fault of the program.

struct bench_samples {
    double *values;
    size_t n, cap;
};

static inline void bench_add(struct bench_samples *samples, double value)
{
    samples->values =
        mem_room(samples->values, &samples->cap, samples->n + 1, sizeof *samples->values);
    samples->values[samples->n++] = value;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

// The value that `percent` of the samples do not pass. Sorts them.
static inline double bench_percentile(struct bench_samples *samples, unsigned percent)
{
    if (!samples->n)
        return 0;
    qsort(samples->values, samples->n, sizeof *samples->values, bench_compare);
    size_t place = (samples->n * percent + 99) / 100;
    return samples->values[place ? place - 1 : 0];
}

static inline double bench_median(struct bench_samples *samples)
{
    return bench_percentile(samples, 50);
}

static inline void bench_free(struct bench_samples *samples)
{
    mem_free(samples->values);
    *samples = (struct bench_samples){0};
}

static inline void bench_table(void)
{
    printf("| what | goal | reached | |\n| --- | --- | --- | --- |\n");
}

enum bench_verdict { BENCH_INFO, BENCH_MET, BENCH_MISSED };

static inline enum bench_verdict bench_judge(bool is_met)
{
    return is_met ? BENCH_MET : BENCH_MISSED;
}

__attribute__((format(printf, 4, 5))) static inline void
bench_row(const char *what, const char *goal, enum bench_verdict verdict, const char *format, ...)
{
    static const char *const verdicts[] = {
        [BENCH_INFO] = "", [BENCH_MET] = "met", [BENCH_MISSED] = "missed"};
    va_list list;
    va_start(list, format);
    printf("| %s | %s | ", what, goal);
    vprintf(format, list);
    printf(" | %s |\n", verdicts[verdict]);
    va_end(list);
    fflush(stdout);
}

#endif
