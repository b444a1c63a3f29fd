#!/bin/sh
# States a second and bytes a state of `racelane explore` beside Spin's generated verifier, on the
# same model in the same run: lanes that add 1 to one counter without a lock, in three steps.
#
#     tests/bench/bench_explore.sh build/racelane [ROUNDS]
#
# Needs spin and gcc; without spin it says so and measures racelane alone. Prints medians and
# asserts nothing. Spin stores states and counts nothing; racelane counts every schedule as well.
set -eu
racelane=$(realpath "${1:-build/racelane}")
rounds=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The same steps and the same states: a register is cleared after its store, the loop takes no step.
write_model() { # lanes, rounds of each
    cat > model.pml <<END
byte x = 0;
active [$1] proctype lane() {
    byte i = 0; byte r = 0;
end:
    do
    :: d_step { i < $2 -> r = x }
       r = r + 1;
       d_step { x = r; r = 0; i = i + 1 }
    od
}
END
    spin -a model.pml > spin.log && gcc -O3 -DSAFETY -DNOREDUCE -DVECTORSZ=64 -w -o pan pan.c
}

# Alike: lanes that may be exchanged. Unlike: the same with an argument each, so nothing may be.
write_scenario() {
    cat > alike.lane <<END
param N = $2
shared counter = 0
def increment():
    for _ in range(N):
        counter += 1
lane Lane[$1] = increment()
expect counter == lanes * N
END
    sed -e 's/increment()/increment(me)/; s/^lane.*/lane Lane[LANES] = increment(i)/' \
        -e "s/LANES/$1/" alike.lane > unlike.lane
}

median() { sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

field() { sed -n "s/^ \"$1\": \"\{0,1\}\([0-9.]*\).*/\1/p" out.json; }

measure_spin() {
    ./pan -m1000000 -w22 > pan.log
    states=$(awk '/states, stored/ {print $1}' pan.log)
    # Its own clock rounds to 10 ms.
    awk '/elapsed time/ {print $4}' pan.log > elapsed
    bytes=$(awk '/total actual memory usage/ {printf "%.0f", $1 * 1048576}' pan.log)
    awk -v n="$states" -v s="$(cat elapsed)" 'BEGIN {print n / s}' >> spin.rates
    awk -v n="$states" -v b="$bytes" 'BEGIN {printf "%.1f\n", b / n}' > spin.bytes
    # Without the hash table, whose size was asked for.
    awk -v n="$states" '/equivalent memory usage for states/ {e=$1} /actual memory usage for states/ {a=$1}
        END {printf "%.1f\n", a * 1048576 / n}' pan.log > spin.stored
    echo "$states" > spin.states
}

measure_racelane() { # scenario, jobs, name
    "$racelane" explore "$1.lane" --jobs "$2" --memory-limit 4G --json > out.json || true
    awk -v n="$(field states)" -v s="$(field elapsed_s)" 'BEGIN {print n / s}' >> "$3.rates"
    awk -v n="$(field states)" -v b="$(field peak_bytes)" 'BEGIN {printf "%.1f\n", b / n}' > "$3.bytes"
    field states > "$3.states"
}

report() { # lanes, rounds, name, words
    awk -v l="$1" -v k="$2" -v w="$4" -v n="$(cat "$3.states")" -v r="$(median < "$3.rates")" \
        -v b="$(cat "$3.bytes")" -v s="${spin_rate:-0}" 'BEGIN {
        printf "| %d lanes x %d | %s | %d | %.2f | %.1f | ", l, k, w, n, r / 1e6, b
        if (s > 0) printf "%.1f", r / s
        print " |" }'
}

has_spin=$(command -v spin || true)
[ -n "$has_spin" ] || echo "spin is not there (apt-get install spin): no ratio"
echo "| model | by | states | million states/s | bytes/state | : Spin |"
echo "| --- | --- | --- | --- | --- | --- |"
for model in "2 20" "2 30" "3 6"; do
    set -- $model
    rm -f ./*.rates
    write_scenario "$1" "$2"
    [ -z "$has_spin" ] || write_model "$1" "$2"
    for _ in $(seq "$rounds"); do
        [ -z "$has_spin" ] || measure_spin
        measure_racelane alike 1 alike1
        measure_racelane alike 2 alike2
        measure_racelane unlike 1 unlike1
        measure_racelane unlike 2 unlike2
    done
    if [ -n "$has_spin" ]; then
        spin_rate=$(median < spin.rates)
        report "$1" "$2" spin "Spin (states alone: $(cat spin.stored) bytes)"
    fi
    report "$1" "$2" alike1 "racelane, 1 core"
    report "$1" "$2" alike2 "racelane, 2 cores"
    report "$1" "$2" unlike1 "racelane, lanes unlike, 1 core"
    report "$1" "$2" unlike2 "racelane, lanes unlike, 2 cores"
done
for _ in $(seq "$rounds"); do
    "$racelane" explore race --lock off --set N=10 --json > out.json || true
    field elapsed_s
done | median | sed 's/^/2 lanes x 10, complete, seconds (median): /'
