#!/bin/bash
# What a start costs, against the floor and what else is installed, in one
# interleaved run: quote the ratios, the machine is never quiet.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-$PWD/build}
ROUNDS=${ROUNDS:-200}
bench=$BUILD/tests/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LAUNCH_RUNDIR=$work/run
# A state directory is on a tmpfs where /run is one; be fair where it is not.
[ "$(stat -fc %T "$work")" = tmpfs ] || {
	LAUNCH_RUNDIR=/dev/shm/launch-bench-$$
	trap 'rm -rf "$work" "$LAUNCH_RUNDIR"' EXIT
}

root=$work/root
mkdir -p "$root"/{proc,sys,dev,bin}
cp "$bench/true" "$root/true"
"$bench/pairs" 1 true true >/dev/null

echo "== start and end of a static 'true': new mount, pid, ipc, uts, cgroup, net namespaces"
set -- "floor" "$bench/floor" "$root" /true \
	+ "launch --net none" "$BUILD/launch" --net none --rootfs "$root" /true
if command -v unshare >/dev/null; then
	set -- "$@" + "unshare -mpiunC --fork -R" \
		unshare --mount --pid --ipc --uts --net --cgroup --fork \
		--root="$root" /true
fi
if command -v bwrap >/dev/null; then
	set -- "$@" + "bwrap --unshare-all" \
		bwrap --unshare-all --bind "$root" / --proc /proc --dev /dev /true
fi
if command -v runc >/dev/null; then
	mkdir -p "$work/bundle"
	(cd "$work/bundle" && runc spec)
	sed -i -e 's|"terminal": true|"terminal": false|' \
		-e 's|"sh"|"/true"|' -e "s|\"rootfs\"|\"$root\"|" \
		-e 's|"path": "rootfs"|"path": "'"$root"'"|' "$work/bundle/config.json"
	set -- "$@" + "runc run" runc --root "$work/runc" run \
		--bundle "$work/bundle" "bench$$"
fi
if command -v lxc-execute >/dev/null; then
	mkdir -p "$work/lxc"
	cat >"$work/lxc.conf" <<-EOF
	lxc.rootfs.path = dir:$root
	lxc.uts.name = bench
	lxc.net.0.type = empty
	EOF
	set -- "$@" + "lxc-execute" lxc-execute --quiet -P "$work/lxc" \
		-n "bench$$" -f "$work/lxc.conf" -- /true
fi
"$bench/pairs" "$ROUNDS" "$@"

# Two processes that take turns are woken on two CPUs: that is the machine's
# cost, and the larger the more virtual it is.
echo "== the same on one CPU"
taskset -c "$(($(nproc) - 1))" "$bench/pairs" "$ROUNDS" \
	"floor" "$bench/floor" "$root" /true \
	+ "launch --net none" "$BUILD/launch" --net none --rootfs "$root" /true

# Capabilities, filter, masks, nodev: the difference is to be 0.2 ms at most.
echo "== with all walls, and with none, on one CPU"
taskset -c "$(($(nproc) - 1))" "$bench/pairs" "$ROUNDS" \
	"launch --privileged" "$BUILD/launch" --privileged --net none --rootfs "$root" /true \
	+ "launch" "$BUILD/launch" --net none --rootfs "$root" /true

echo "== with the default veth pair"
"$bench/pairs" 30 "launch --net none" "$BUILD/launch" --net none --rootfs "$root" /true \
	+ "launch" "$BUILD/launch" --rootfs "$root" /true

echo "== with a limit on memory and processes"
"$bench/pairs" 50 "launch --net none" "$BUILD/launch" --net none --rootfs "$root" /true \
	+ "launch -m 512M --pids-limit 100" "$BUILD/launch" --net none -m 512M \
	--pids-limit 100 --rootfs "$root" /true

echo "== size, stripped"
for program in launch minit; do
	strip -o "$work/$program" "$BUILD/$program"
	printf '%-28s %9d bytes\n' "$program" "$(stat -c %s "$work/$program")"
done

echo "== system calls of launch --net none, to the end"
strace -f -c -o "$work/calls" "$BUILD/launch" --net none --rootfs "$root" /true
tail -n 1 "$work/calls" | awk '{ printf "%-28s %9d\n", "calls", $(NF - 2) + 0 ? $(NF - 2) : $(NF - 1) }'

echo "== a waiting launch"
mkfifo "$work/fifo"
cp /bin/busybox "$root/bin/busybox"
"$BUILD/launch" --net none --rootfs "$root" /bin/busybox sleep 30 &
pid=$!
while [ -z "$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)" ]; do :; done
sleep 0.3
# Clean pages of the program are shared with the next launch.
awk '/^(Rss|Private_Dirty):/ { a[$1] += $2 }
	END { printf "%-28s %9d KiB RSS, %d KiB its own\n", "launch",
	a["Rss:"], a["Private_Dirty:"] }' "/proc/$pid/smaps_rollup"
kill "$pid"
wait "$pid" || :

tests/bench/inits.sh

ROUNDS=$((ROUNDS < 30 ? ROUNDS : 30)) unshare --net --mount tests/bench/net.sh

unshare --mount tests/bench/crowd.sh

tests/bench/checkpoint.sh
