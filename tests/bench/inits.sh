#!/bin/bash
# minit next to the inits that people use, as far as they are installed: as the
# wrapper of one command, and as PID 1 with services.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-$PWD/build}
ROUNDS=${ROUNDS:-200}
SERVICES=${SERVICES:-64}
IDLE=${IDLE:-60}
bench=$BUILD/tests/bench
PATH=$BUILD:$BUILD/tests/tools:$PATH
work=$(mktemp -d)
init=
trap 'stop_init; rm -rf "$work"' EXIT

# Each wrapper with its way to send the signals to a group, as that is where they
# get lost.
wrappers=()
for wrapper in "minit -g --" "tini -s -g --" "dumb-init" "catatonit -g --"; do
	! command -v "${wrapper%% *}" >/dev/null || wrappers+=("$wrapper")
done

row() {
	printf '%-28s %s\n' "$@"
}

echo "== around a static 'true': what a wrapper costs (wanted: 2.0, or the floor's)"
set -- direct "$bench/true" + floor "$bench/wrap" "$bench/true" \
	+ minit "$BUILD/minit" -- "$bench/true"
for wrapper in "tini -s" dumb-init catatonit; do
	# shellcheck disable=SC2086 # a name and an option
	! command -v ${wrapper%% *} >/dev/null ||
		set -- "$@" + "${wrapper%% *}" $wrapper "$bench/true"
done
"$bench/pairs" "$ROUNDS" "$@"

echo "== system calls until the command's exec (wanted: 20)"
for wrapper in "${wrappers[@]}"; do
	# shellcheck disable=SC2086
	strace -f -o "$work/calls" $wrapper "$bench/true" 2>/dev/null || :
	row "$wrapper" "$(awk '!cloned || $1 != first { n += !/resumed/ }
		NR == 1 { first = $1 }
		/clone|fork/ { cloned = 1 }
		/execve\("[^"]*true"/ && NR > 1 { print n; exit }' "$work/calls")"
done

echo "== TERMs lost, of 100 in the first 3 ms (wanted: 0)"
for wrapper in "${wrappers[@]}"; do
	# shellcheck disable=SC2086
	row "$wrapper" "$(WINDOW_MS=300 window 100 3000 $wrapper sleep 2)"
done

echo "== CPU of PID 1 for 10000 orphans (wanted: 300 ms)"
for wrapper in "${wrappers[@]}"; do
	# shellcheck disable=SC2086,SC2016
	row "$wrapper" "$(unshare --pid --fork --kill-child --mount-proc $wrapper \
		sh -c 'orphans 10000 && cut -d " " -f 1 /proc/1/schedstat' |
		awk '{ printf "%d ms", $1 / 1000000 }')"
done

# --- with services ---

# start_init COMMAND... - as PID 1 of a namespace; sets init.
start_init() {
	unshare --pid --fork --kill-child --mount --mount-proc "$@" \
		</dev/null >"$work/said" 2>&1 &
	starter=$!
	for ((i = 0; i < 100; i++)); do
		read -r init <"/proc/$starter/task/$starter/children" || :
		[ -z "$init" ] || [ "$(services | wc -l)" -lt "$SERVICES" ] || return 0
		sleep 0.1
	done
	echo "cannot start $1" >&2
	cat "$work/said" >&2
	return 1
}

stop_init() {
	[ "$init" ] || return 0
	kill -KILL "$init"
	wait "$starter" 2>/dev/null || :
	init=
}

# services - the pids of those that are up.
services() {
	pgrep --ns "$init" --nslist pid -f '^[a-z/ ]*sleep 6000' || :
}

# supervisors - the pids of all others in there.
supervisors() {
	pgrep --ns "$init" --nslist pid . | grep -vxF "$(services)"
}

sum() {
	local pid
	for pid in $(supervisors); do
		grep -E "^($1)" "/proc/$pid/status" || :
	done | awk '{ n += $2 } END { print n }'
}

# measure NAME COMMAND... - memory and wake-ups of all that keeps the services.
measure() {
	local name=$1 before
	shift
	start_init "$@" || return 0
	sleep 6 # runsvdir looks about for five seconds
	before=$(sum '(non)?voluntary_ctxt')
	sleep "$IDLE"
	row "$name" "$(sum VmRSS) KiB in $(supervisors | wc -l) processes, $(($(sum '(non)?voluntary_ctxt') - before)) wake-ups"
	stop_init
}

echo "== $SERVICES services: memory (wanted: 96 KiB), wake-ups in $IDLE s idle (wanted: 0)"
mkdir -p "$work"/root/{bin,etc,proc,dev,sv}
cp "$(command -v busybox)" "$work/root/bin/busybox"
cp "$BUILD/minit" "$work/root/bin/minit"
for applet in init sh sleep; do
	ln -s busybox "$work/root/bin/$applet"
done
mknod -m 666 "$work/root/dev/null" c 1 3
for ((n = 0; n < SERVICES; n++)); do
	# busybox takes two of the same for one.
	echo "::respawn:sleep 6000 $n" >>"$work/root/etc/inittab"
	mkdir -p "$work/runit/$n" "$work/s6/$n"
	printf '#!/bin/sh\nexec sleep 6000\n' | tee "$work/runit/$n/run" >"$work/s6/$n/run"
	chmod +x "$work/runit/$n/run" "$work/s6/$n/run"
done
measure minit chroot "$work/root" /bin/minit
measure "busybox init" chroot "$work/root" /bin/init
! command -v runsvdir >/dev/null || measure "runit (runsvdir)" runsvdir "$work/runit"
! command -v s6-svscan >/dev/null || measure "s6-svscan" s6-svscan "$work/s6"
