#!/bin/sh
# Builds and runs all benchmarks and prints one table: what, the goal or the other tool's figure,
# what was reached, and whether that meets it.
#
#     tests/bench/all.sh [BUILD_FOLDER]      build unless given; run it on a machine that is idle
#
# What is not installed (LTTng, Spin, htop, python3) is left out, and said. Asserts nothing.
set -eu
source=$(realpath "$(dirname "$0")/../..")
build=$(realpath "${1:-$source/build}")
here=$source/tests/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --build "$build" --target racelane bench_trace bench_feed bench_fold bench_view bench_screen \
    bench_export bench_rlt >&2

# The rows of a benchmark in four columns; what is no row goes to the terminal.
rows() { # what runs, its arguments
    echo "$*" >&2
    "$@" > "$work/out" || echo "all.sh: $1 failed" >&2
    grep -v '^|' "$work/out" >&2 || true
    awk -F '|' '/^\| (what|model) / || /^\| ?-/ { next }
        NF == 4 { print "|" $2 "| |" $3 "| |"; next }
        NF == 8 { print "| explore," $2 "by" $3 "| |" $5 "million states/s," $6 \
                        "bytes a state," $7 "times Spin | |"; next }
        /^\|/ { print }' "$work/out"
}

echo "| what | goal | reached | |"
echo "| --- | --- | --- | --- |"
rows "$build/tests/bench_trace"
rows "$build/tests/bench_feed" 2000 "$work/feed.rlt"
rows sh "$here/bench_lttng.sh" "$source"
rows "$build/tests/bench_fold"
rows "$build/tests/bench_view" 50
rows "$build/tests/bench_export"
rows "$build/tests/bench_rlt" 20 "$work"
rows "$build/tests/bench_screen" 5
if command -v python3 > /dev/null; then
    rows sh "$here/bench_record.sh" "$build/racelane" 2000000 1
    rows sh "$here/bench_explore.sh" "$build/racelane" 1
else
    echo "all.sh: python3 is missing: without the rows of --save and of explore" >&2
fi
