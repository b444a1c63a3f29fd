#!/bin/sh
# What a record of ours costs beside an LTTng-UST tracepoint with two integers, in one program and one
# run, in turns; and what it costs to take one into the timeline, from where a picture of any stretch
# of time can be drawn, beside babeltrace2 just counting the events of that trace.
#
#     tests/bench/bench_lttng.sh [SOURCE_FOLDER]
#
# Needs lttng-tools, liblttng-ust-dev, gcc and babeltrace2; without them it says so. Starts a session
# daemon of its own and ends it. Prints ratios and asserts nothing.
set -eu
source=$(realpath "${1:-.}")
for tool in lttng lttng-sessiond gcc babeltrace2; do
    command -v $tool >/dev/null || { echo "bench_lttng: $tool is missing"; exit 0; }
done
work=$(mktemp -d)
export LTTNG_HOME="$work"
daemon=""
finish() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    [ -z "$daemon" ] || wait "$daemon" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
cd "$work"

cat > provider.h <<'END'
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./provider.h"
#if !defined(PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define PROVIDER_H
#include <lttng/tracepoint.h>
LTTNG_UST_TRACEPOINT_EVENT(bench, two, LTTNG_UST_TP_ARGS(int, a, int, b),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(int, a, a)
                                               lttng_ust_field_integer(int, b, b)))
#endif
#include <lttng/tracepoint-event.h>
END

cat > main.c <<'END'
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "provider.h"
#include "base/clock.h"
#include "trace/ring.h"
#include "trace/timeline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORTION = 256, PORTIONS = 4000, RING_BYTES = 2 << 20, MEMORY_BYTES = 16 << 20 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    size_t n_slots = ring_slots(RING_BYTES, sizeof(struct event));
    struct ring *ring = aligned_alloc(RING_LINE, ring_bytes(n_slots, sizeof(struct event)));
    static struct event out[PORTION];
    static double ours[PORTIONS], theirs[PORTIONS], folded[PORTIONS];
    struct timeline *tl = timeline_new(2, MEMORY_BYTES);
    memset(ring, 0, ring_bytes(n_slots, sizeof(struct event)));
    ring_init(ring, n_slots);
    for (int i = 0; i < PORTIONS; i++) {
        uint64_t from = clock_now_ns();
        for (int k = 0; k < PORTION; k++)
            ring_push_event(ring, &(struct event){.t_ns = clock_ticks(1), .value = k, .pc = 3,
                                                  .lane = 1, .kind = EVENT_LOAD});
        ours[i] = (double)(clock_now_ns() - from) / PORTION;
        if (ring_drain_events(ring, out, PORTION) != PORTION)
            return 1;
        from = clock_now_ns();
        for (int k = 0; k < PORTION; k++)
            timeline_append(tl, &out[k]);
        folded[i] = (double)(clock_now_ns() - from) / PORTION;
        from = clock_now_ns();
        for (int k = 0; k < PORTION; k++)
            lttng_ust_tracepoint(bench, two, k, i);
        theirs[i] = (double)(clock_now_ns() - from) / PORTION;
    }
    qsort(ours, PORTIONS, sizeof *ours, by_value);
    qsort(theirs, PORTIONS, sizeof *theirs, by_value);
    double a = ours[PORTIONS / 2], b = theirs[PORTIONS / 2];
    printf("| what | goal | reached | |\n| --- | --- | --- | --- |\n");
    printf("| LTTng-UST tracepoint with two integers : one picture event (medians) | at least 6 | "
           "%.1f (%.1f ns : %.1f ns) | %s |\n", b / a, b, a, b / a >= 6 ? "met" : "missed");
    qsort(folded, PORTIONS, sizeof *folded, by_value);
    fprintf(stderr, "%.1f %d\n", folded[PORTIONS / 2], PORTION * PORTIONS);
    return 0;
}
END
trace="$source/src/trace"
gcc -O2 -D_GNU_SOURCE -std=gnu11 -w -I. -I"$source/src" -o bench main.c "$trace"/timeline*.c \
    "$trace/page_cache.c" "$trace/ring.c" "$trace/event.c" "$source/src/base/clock.c" \
    "$source/src/base/mem.c" -llttng-ust -ldl

lttng-sessiond --no-kernel >/dev/null 2>&1 &
daemon=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    lttng --no-sessiond list >/dev/null 2>&1 && break
    kill -0 "$daemon" 2>/dev/null || { echo "bench_lttng: the session daemon does not run here"; exit 0; }
    sleep 0.5
done
lttng --no-sessiond create bench --output="$work/trace" >/dev/null
lttng --no-sessiond enable-channel --userspace big --subbuf-size=4M --num-subbuf=8 >/dev/null
lttng --no-sessiond enable-event --userspace --channel=big bench:two >/dev/null
lttng --no-sessiond start >/dev/null
./bench 2>folded
lttng --no-sessiond destroy >/dev/null
from=$(date +%s%N)
babeltrace2 --component=sink.utils.counter trace >counted
to=$(date +%s%N)
read -r fold n <folded
grep -q "^ *$n Event" counted || { cat counted; echo "bench_lttng: not all events were traced"; exit 0; }
awk -v fold="$fold" -v theirs="$(((to - from) / (n / 1000)))" 'BEGIN {
    theirs /= 1000
    printf "| an event of that trace counted by babeltrace2 : a picture event folded | at least 6 | "
    printf "%.1f (%.0f ns : %.1f ns) | %s |\n", theirs / fold, theirs, fold, \
        (theirs >= 6 * fold ? "met" : "missed") }'
