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

# eventually COMMAND... - retry for up to five seconds.
eventually() {
	local i
	for ((i = 0; i < 50; i++)); do
		"$@" && return
		sleep 0.1
	done
	return 1
}

# with_fault SYSCALL:ERRNO[:WHEN] ARGS... - launch, but that system call fails.
with_fault() {
	local call error when
	IFS=: read -r call error when <<<"$1"
	shift
	run --separate-stderr strace -f -o /dev/null -e trace="$call" \
		-e inject="$call:error=$error:when=${when:-1}" launch "$@"
	printf '$ launch %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}
