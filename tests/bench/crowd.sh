#!/bin/bash
# Many containers at once, each a sleep under an init: how long it takes to start,
# list and stop them all, and the memory of all processes that are there for them
# (proportional set size), per container.  CROWD=500 of ours, ten of the others.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-$PWD/build}
CROWD=${CROWD:-500}
OTHERS=10
work=$(mktemp -d)
export LAUNCH_RUNDIR=/dev/shm/launch-crowd-$$
trap 'rm -rf "$work" "$LAUNCH_RUNDIR"' EXIT
root=$work/root
mkdir -p "$root"/{proc,sys,dev,bin,sbin,etc}
cp /bin/busybox "$root/bin/busybox"
cp "$BUILD/minit" "$root/sbin/minit"

processes() {
	(cd /proc && printf '%s\n' [0-9]*) | sort
}

# memory BEFORE COUNT NAME - of all processes that were not there before.
memory() {
	local pid
	comm -13 "$1" <(processes) | while read -r pid; do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null || :
	done | awk -v n="$2" -v name="$3" '
		/^Pss:/ { pss += $2 } /^Private_Dirty:/ { own += $2 }
		END { printf "%-34s %6.0f KiB a container, %.0f of them its own\n",
			name, pss / n, own / n }'
}

# timed WHAT COUNT COMMAND...
timed() {
	local what=$1 count=$2 from to
	shift 2
	from=$(date +%s%N)
	"$@"
	to=$(date +%s%N)
	printf '%-34s %6d us a container\n' "$what" $(((to - from) / 1000 / count))
}

start_all() {
	local i
	for ((i = 0; i < CROWD; i++)); do
		"$BUILD/launch" -d --init --name "crowd$i" --net none \
			--rootfs "$root" /bin/busybox sleep 1000 >/dev/null
	done
}

start_lxc() {
	local i
	for ((i = 0; i < OTHERS; i++)); do
		lxc-start --quiet -d -P "$work/lxc" -n "crowd$i" -f "$work/lxc.conf"
	done
}

start_runc() {
	local i
	for ((i = 0; i < OTHERS; i++)); do
		runc --root "$work/runc" run -d --bundle "$work/bundle" \
			"crowd$$-$i" </dev/null >/dev/null 2>&1
	done
}

stop_all() {
	local i names=()
	for ((i = 0; i < CROWD; i++)); do
		names+=("crowd$i")
	done
	"$BUILD/launch" stop "${names[@]}" >/dev/null
}

list_all() {
	(($("$BUILD/launch" list | wc -l) == CROWD + 1))
}

# What has run for a while lets go of what starting took.
rest() {
	sleep 0.5
}

echo "== $CROWD containers at once, each a sleep under an init"
processes >"$work/before"
timed "launch, start" "$CROWD" start_all
rest
memory "$work/before" "$CROWD" "launch and minit"
timed "launch, list" "$CROWD" list_all
timed "launch, stop" "$CROWD" stop_all

if command -v lxc-start >/dev/null; then
	mkdir "$work/lxc"
	cat >"$work/lxc.conf" <<-EOF2
	lxc.rootfs.path = dir:$root
	lxc.uts.name = bench
	lxc.net.0.type = empty
	lxc.init.cmd = /sbin/minit -- /bin/busybox sleep 1000
	EOF2
	processes >"$work/before"
	timed "lxc-start" "$OTHERS" start_lxc
	memory "$work/before" "$OTHERS" "lxc-start and minit"
	for ((i = 0; i < OTHERS; i++)); do
		lxc-stop -k -P "$work/lxc" -n "crowd$i"
	done
fi

# It leaves no process of its own: conmon or a shim of containerd's stays where it
# is used, and would have to be added.
if command -v runc >/dev/null; then
	mkdir "$work/bundle"
	(cd "$work/bundle" && runc spec)
	sed -i -e 's|"terminal": true|"terminal": false|' \
		-e 's|"sh"|"/sbin/minit", "--", "/bin/busybox", "sleep", "1000"|' \
		-e 's|"path": "rootfs"|"path": "'"$root"'"|' "$work/bundle/config.json"
	processes >"$work/before"
	timed "runc run -d" "$OTHERS" start_runc
	memory "$work/before" "$OTHERS" "runc (nothing stays) and minit"
	for ((i = 0; i < OTHERS; i++)); do
		runc --root "$work/runc" delete -f "crowd$$-$i"
	done
fi
