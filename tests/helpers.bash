# helpers.bash - what every .bats file loads

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
PATH=${BUILD:-$ROOT/build}:$PATH
export LAUNCH_RUNDIR=$BATS_TEST_TMPDIR/run
# Container names are unique, as cgroups are shared by all tests.
NAME=t$$-$BATS_TEST_NUMBER

# launch ARGS... - run launch, and show what it said if the test fails.
launch() {
	run --separate-stderr command launch "$@"
	printf '$ launch %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

# must ARGS... - launch ARGS..., and it has to succeed.
must() {
	launch "$@"
	((status == 0))
}

# refuses MESSAGE ARGS... - launch ARGS... has to fail and say MESSAGE.
refuses() {
	local message=$1
	shift
	launch "$@"
	((status != 0))
	[[ $stderr == *"$message"* ]]
}

# not COMMAND... - it has to fail.  A line that begins with "!" fails no test.
not() {
	! "$@"
}

# requires root|userns|cgroup2|... - skip where the machine can't.
requires() {
	local need
	for need; do
		case $need in
		root) ((EUID == 0)) ;;
		cgroup2) [[ -e /sys/fs/cgroup/cgroup.controllers ]] ;;
		cgroup1) [[ -d /sys/fs/cgroup/memory ]] ;;
		*) command -v "$need" >/dev/null ;;
		esac || skip "needs $need"
	done
}

# retry TIMES SECONDS COMMAND... - until it succeeds, with a pause after each failure.
retry() {
	local i
	for ((i = 0; i < $1; i++)); do
		"${@:3}" && return
		sleep "$2"
	done
	return 1
}

# eventually COMMAND... - retry for up to twenty seconds, which is for a machine that
# does much else: nobody waits longer than it takes.
eventually() {
	retry 200 0.1 "$@"
}

# quickly COMMAND... - the same for rounds: a look every few milliseconds.
quickly() {
	retry 3000 0.005 "$@"
}

# in_time CONDITION - ((CONDITION)), of time that something has taken.  If it fails, the
# test has three more tries: the machine may have had other things to do.
in_time() {
	((${1})) || {
		BATS_TEST_RETRIES=3
		return 1
	}
}

# with_fault SYSCALL[,SYSCALL...]:ERRNO[:WHEN] ARGS... - launch, but those system
# calls fail; "fault_happened" tells whether one was made at all.
with_fault() {
	local call error when
	IFS=: read -r call error when <<<"$1"
	shift
	run --separate-stderr strace -f -o "$BATS_TEST_TMPDIR/strace" -e trace="$call" \
		-e inject="$call:error=$error:when=${when:-1}" launch "$@"
	printf '$ launch %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

fault_happened() {
	grep -q INJECTED "$BATS_TEST_TMPDIR/strace"
}

# copy_root [DIR] - a busybox root of the test's own, to be changed; ./root
copy_root() {
	cp -a "$BUSYBOX" "${1:-$BATS_TEST_TMPDIR/root}"
}

# traces - print what containers of this test are on the host: cgroups, links,
# mounts, state, processes.  The same before and after, or something was left.
traces() {
	find /sys/fs/cgroup -type d -name "*$NAME*" 2>/dev/null || :
	ip -o link | awk '{ print "link", $2 }'
	awk '{ print "mount", $4, $5 }' /proc/self/mountinfo
	find "$LAUNCH_RUNDIR" -mindepth 1 2>/dev/null || :
	find /proc/[0-9]*/exe -lname "${BUILD:-$ROOT/build}/launch" 2>/dev/null || :
	# A process whose root is one of ours.
	grep -lsE "($(in_its_mount "$BATS_TEST_TMPDIR")|$(in_its_mount "$BUILD/tests"))/[^ ]* / " \
		/proc/[0-9]*/mountinfo || :
}

# in_its_mount PATH - as mountinfo has it, which begins at the mount's root.
in_its_mount() {
	local point
	point=$(stat -c %m "$1")
	echo "${1#"${point%/}"}"
}

# link_gone NAME - there is no such link here.  Not by /sys, which shows the
# links of where it was mounted.
link_gone() {
	! ip link show "$1" >/dev/null 2>&1
}

# same_traces BEFORE - to be waited for: the kernel deletes a veth when it likes.
same_traces() {
	local now
	now=$(traces)
	[[ $now == "$1" ]] || {
		echo "$1" >"$BATS_TEST_TMPDIR/traces"
		echo "$now" | diff "$BATS_TEST_TMPDIR/traces" - | grep '^[<>]'
		return 1
	}
}
