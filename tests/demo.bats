load helpers

setup() {
	requires root
	BUILD=${BUILD:-$ROOT/build}
	CONSOLE=$BATS_TEST_TMPDIR/console
}

# tour MEMORY CPUS OPTIONS... - the tour of a container with these options.
tour() {
	local memory=$1 cpus=$2
	shift 2
	run --separate-stderr "$ROOT/rootfs/tour.sh" "$memory" "$cpus" \
		--rootfs "$BUSYBOX" "$@" </dev/null
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
}

@test "without a terminal the demo is a tour, and all of it is so" {
	local before
	before=$(traces)
	run --separate-stderr "$ROOT/rootfs/demo.sh" </dev/null
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
	((status == 0))
	[[ $output != *FAILED* ]]
	[[ $output == *"ok      the host reaches the container"* ]]
	[[ $output == *"ok      the container reaches the host"* ]]
	[[ $output == *"ok      memory is limited to 512M"* ]]
	[[ $output == *"tour: all is as it should be" ]]
	eventually same_traces "$before"
}

@test "the tour fits into 100 columns" {
	tour '' '' --hostname demo
	[[ ! $(awk 'length > 100' <<<"$output") ]]
}

@test "the tour fails when the hostname is the host's" {
	tour '' '' --hostname "$(hostname)"
	((status == 1))
	[[ $output == *"FAILED  two hostnames"* ]]
}

@test "the tour fails when the limits are others" {
	tour 256M 0 --hostname demo --memory 512M --cpuset-cpus 0
	((status == 1))
	[[ $output == *"FAILED  memory is limited to 256M"* ]]
	[[ $output != *"FAILED  the CPUs"* ]]
	(($(nproc --all) > 1)) || return 0
	tour 512M 0 --hostname demo --memory 512M --cpuset-cpus 1
	((status == 1))
	[[ $output == *"FAILED  the CPUs are 0"* ]]
	[[ $output == *"FAILED  the loop may use 0 only"* ]]
	[[ $output == *"FAILED  the loop was on 0 only"* ]]
}

@test "the tour fails when there is no network between the two" {
	tour '' '' --hostname demo --net none
	((status == 1))
	[[ $output == *"FAILED  the host reaches the container"* ]]
	[[ $output == *"FAILED  the container reaches the host"* ]]
}

@test "the tour fails when the container does not start" {
	tour '' '' --rootfs /nope
	((status == 1))
	[[ $stderr == *"the container ended too early"*"cannot open rootfs '/nope'"* ]]
}

says() {
	grep -q "$1" "$CONSOLE"
}

teardown() {
	[[ ! -f $CONSOLE ]] || cat -v "$CONSOLE"
}

@test "at a terminal minit brings the shell back until poweroff" {
	requires script
	mkfifo "$BATS_TEST_TMPDIR/keys"
	script -qfec "$ROOT/rootfs/demo.sh" "$CONSOLE" <"$BATS_TEST_TMPDIR/keys" \
		>/dev/null 2>&1 3>&- &
	exec 7>"$BATS_TEST_TMPDIR/keys"
	eventually says "'poweroff' ends the container"
	echo 'echo first $(hostname) $$' >&7
	eventually says '^first demo [0-9]'
	echo 'exit' >&7
	echo 'echo second $(hostname) $$' >&7
	eventually says '^second demo [0-9]'
	[[ $(sed -n 's/^first demo //p' "$CONSOLE") != $(sed -n 's/^second demo //p' "$CONSOLE") ]]
	echo 'poweroff' >&7
	wait $!
}
