#!/bin/bash
# What a checkpoint and a restore cost: of a shell with two children, and of 1 GB
# (SIZE_MB) against a plain write of as much to the same place.  Medians of ROUNDS,
# the first of which is cold.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-$PWD/build}
ROUNDS=${ROUNDS:-9}
SIZE_MB=${SIZE_MB:-1024}
work=$(mktemp -d)
export LAUNCH_RUNDIR=/dev/shm/launch-bench-$$
name=bench$$
end() {
	"$BUILD/launch" list | awk -v name="$name" 'index($1, name) == 1 { print $1 }' |
		xargs -r -n 1 "$BUILD/launch" kill >/dev/null 2>&1 || :
	rm -rf "$work" "$LAUNCH_RUNDIR"
}
trap end EXIT

# measure FILE COMMAND... - its milliseconds go to the file, its output to "said".
measure() {
	local file=$work/$1 start=${EPOCHREALTIME/./}
	shift
	"$@" >"$work/said"
	echo "$(((${EPOCHREALTIME/./} - start) / 10))" >>"$file"
	sed -n 's/.* stood for \([0-9]*\)\.\([0-9][0-9]\).*/\1\2/p' "$work/said" >>"$work/stood"
}

# tell FILE TEXT - the median of that, and the first.
tell() {
	sort -n "$work/$1" | awk -v first="$(head -n 1 "$work/$1")" -v text="$2" \
		'{ v[NR] = $1 } END { printf "%-44s %9.2f ms  (first %.2f)\n", text, v[int((NR + 1) / 2)] / 100, first / 100 }'
}

median() {
	sort -n "$work/$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

background() {
	"$BUILD/launch" -d --name "$name" --net none --rootfs "$BUILD/tests/busybox" "$@" >/dev/null
}

checkpoint() {
	: >"$work/stood"
	measure "$1" "$BUILD/launch" checkpoint "$name" -D "$work/image" "${@:2}"
}

echo "== a shell and two children"
background sh -c 'sleep 1000 & sleep 1000 & echo ready; wait'
until "$BUILD/launch" logs "$name" | grep -q ready; do sleep 0.05; done
for ((i = 0; i < ROUNDS; i++)); do
	checkpoint leave --leave-running
	cat "$work/stood" >>"$work/leave-stood"
	checkpoint save
	cat "$work/stood" >>"$work/save-stood"
	measure restore "$BUILD/launch" restore -D "$work/image"
done
tell leave "checkpoint --leave-running"
tell leave-stood "    of that it stood still"
tell save "checkpoint, up to the end of its launcher"
tell save-stood "    of that until it was saved"
tell restore "restore"
"$BUILD/launch" kill "$name" >/dev/null

echo "== $SIZE_MB MB of memory"
name=big$name
background awk -v mb="$SIZE_MB" 'BEGIN { s = sprintf("%1048576s", "x"); gsub(" ", "y", s)
	for (i = 0; i < mb; i++) a[i] = s i; print "ready"; fflush(); while (1) system("sleep 1000") }'
until "$BUILD/launch" logs "$name" | grep -q ready; do sleep 0.2; done
for ((i = 0; i < 3; i++)); do
	# To free what was there before is no part of either.
	rm -rf "$work/image"
	checkpoint big --leave-running
	cat "$work/stood" >>"$work/big-stood"
	rm -f "$work/bytes"
	measure plain dd if=/dev/zero of="$work/bytes" bs=256k "count=$((SIZE_MB * 4))" status=none
done
rm -rf "$work/bytes" "$work/image"
checkpoint gone
cat "$work/stood" >>"$work/gone-stood"
measure eager "$BUILD/launch" restore --eager -D "$work/image"
"$BUILD/launch" kill "$name" >/dev/null
until [[ ! -e $LAUNCH_RUNDIR/$name ]]; do sleep 0.05; done
for ((i = 0; i < 3; i++)); do
	measure lazy "$BUILD/launch" restore --lazy -D "$work/image"
	# From the first instruction on: until all is there.
	measure rest flock -s "$LAUNCH_RUNDIR/$name/filling" true
	"$BUILD/launch" kill "$name" >/dev/null
	until [[ ! -e $LAUNCH_RUNDIR/$name ]]; do sleep 0.05; done
done
tell plain "a plain write of as much"
tell big "checkpoint --leave-running"
tell big-stood "    of that it stood still"
tell gone-stood "checkpoint, until it was saved"
tell eager "restore --eager"
tell lazy "restore --lazy"
tell rest "    behind that until all is there"
awk -v a="$(median lazy)" -v b="$(median restore)" 'BEGIN {
	printf "%-44s %9.2f\n", "restore --lazy / restore of a shell", a / b }'
