#!/bin/sh
# What it costs to write a run down while it goes on: the race at native speed, without the lock, with
# and without --save in turn, and what memory that takes. Every event has to be accounted for.
#
#     tests/bench/bench_record.sh build/racelane [UPDATES] [ROUNDS]      20000000 of each lane, 3
#
# The time that the lanes waited for the ledger (held_s) is told beside the ratio: it depends on
# the machine's cores, and so does all of it. Needs python3 and 22 bytes of disk an update.
set -eu
racelane=$(realpath "${1:-build/racelane}")
updates=${2:-20000000}
rounds=${3:-3}
work=$(mktemp -d -p "${TMPDIR:-/tmp}")
trap 'rm -rf "$work"' EXIT
cd "$work"
for round in $(seq "$rounds"); do
    "$racelane" report race --lock off --set N="$updates" --json > "plain-$round.json" || test $? = 1
    "$racelane" report race --lock off --set N="$updates" --json --save run.rlt > "saved-$round.json" &
    pid=$!
    peak=0
    while kill -0 $pid 2> /dev/null; do
        now=$(awk '/^VmHWM/ { print $2 }' /proc/$pid/status 2> /dev/null || true)
        peak=${now:-$peak}
        sleep 0.2
    done
    wait $pid || test $? = 1
    echo "$peak" > "peak-$round"
    "$racelane" check run.rlt > "check-$round"
    stat -c %s run.rlt > "bytes-$round"
    "$racelane" report run.rlt --json > again.json || test $? = 1
    cmp again.json "saved-$round.json"
done
python3 - "$rounds" <<'END'
import json, statistics, sys
rounds = range(1, int(sys.argv[1]) + 1)
plain = [json.load(open(f"plain-{i}.json")) for i in rounds]
saved = [json.load(open(f"saved-{i}.json")) for i in rounds]
rate = lambda run: run["trace"]["events"] / run["elapsed_s"]
ratio = statistics.median(rate(s) / rate(p) for s, p in zip(saved, plain))
print("| what | reached |\n| --- | --- |")
print(f"| events a second, written down : not written down, median | {ratio:.2f} "
      f"({statistics.median(map(rate, saved)) / 1e6:.1f} M/s, held {saved[-1]['held_s']:.1f} s of "
      f"{saved[-1]['elapsed_s']:.1f} s; {statistics.median(map(rate, plain)) / 1e6:.1f} M/s, held "
      f"{plain[-1]['held_s']:.1f} s of {plain[-1]['elapsed_s']:.1f} s) |")
for i, run in zip(rounds, saved):
    trace, cell = run["trace"], run["cells"][0]
    assert trace["events"] == trace["kept"] + trace["given_up"]
    assert cell["lost"] == cell["updates"] - cell["final"] == sum(p["count"] for p in run["pairs"])
    print(f"| {trace['events'] + trace['dropped']:,} events produced in {run['elapsed_s']:.1f} s | "
          f"{trace['kept']:,} kept, {trace['given_up']:,} given up, {trace['dropped']:,} dropped; "
          f"{int(open(f'bytes-{i}').read()) / trace['kept']:.1f} bytes each; at most "
          f"{int(open(f'peak-{i}').read()) / 1024:.0f} MiB |")
print(open(f"check-{rounds[-1]}").read(), end="")
END
