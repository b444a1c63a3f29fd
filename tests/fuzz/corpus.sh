#!/bin/sh
# Makes the inputs that the fuzz targets begin with: corpus.sh RACELANE FUZZ-DIRECTORY SOURCE-DIRECTORY
# Saved runs get a byte in front, which tells fuzz_rlt to seal their blocks.
set -eu
racelane=$1 out=$2 source=$3
mkdir -p "$out/rlt" "$out/lang"
cp "$source"/assets/scenarios/*.lane "$out/lang/"
save() {
    name=$1
    shift
    "$racelane" report "$@" --save "$out/rlt.tmp" > /dev/null || true
    { printf '\0'; cat "$out/rlt.tmp"; } > "$out/rlt/$name"
    rm -f "$out/rlt.tmp"
}
save race race --set N=3 --simulate --lock off
save philosophers philosophers --simulate
save pool pool --simulate
save deadlock deadlock --simulate --schedule "A3 B3"
save live race --set N=400 --lock off
save processes race --mode processes --set N=30
save bare race --set N=30 --bare --lock off
# Recordings, and the tapes that they are of.
mkdir -p "$out/cast" "$out/tape"
cp "$source"/assets/*/*.tape "$out/tape/"
record() {
    "$racelane" run "$2" --simulate --seed 7 --tape "$source/assets/tapes/demo.tape" --size "$3" \
        --record "$out/cast.tmp.cast" > /dev/null || true
    head -c 20000 "$out/cast.tmp.cast" > "$out/cast/$1"
    rm -f "$out/cast.tmp.cast"
}
record small race 40x10
record wide race 100x30
# Transcripts, whole and without their last lines: fuzz_transcript seals them anew.
mkdir -p "$out/transcript"
rm -f "$out/transcript/"*
printf 'run race --simulate --set N=1\nask "how many?" answer 12\nask "and then?" answer 12 finally\n' |
    "$racelane" --tape - --size 40x10 --transcript "$out/transcript/passed" > /dev/null || true
head -n -2 "$out/transcript/passed" | sed '$s/,$//' > "$out/transcript/open"
sed 's/"guess": null/"guess": 12/; s/"right": null/"right": true/; s/"right": 0/"right": 2/; s/"of": 0/"of": 2/' \
    "$out/transcript/open" > "$out/transcript/guessed"
