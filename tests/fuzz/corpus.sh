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
save deadlock deadlock --simulate --schedule "A9 B9 A9 B9 A9 B9"
save live race --set N=400 --lock off
save processes race --mode processes --set N=30
save bare race --set N=30 --bare --lock off
