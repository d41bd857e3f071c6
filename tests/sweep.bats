load helpers

# sweep CALL ERRNO ARGS... - fail the nth CALL in turn, until there is no nth.
# Each time: it works all the same, or says in one line what it could not do;
# and nothing stays behind.
sweep() {
	local call=$1 errno=$2 n
	shift 2
	for ((n = 1; n < 100; n++)); do
		with_fault "$call:$errno:$n" --name "$NAME" "$@"
		fault_happened || break
		echo "# $call $n: [$status] $stderr"
		if ((status != 0)); then
			((status == 125))
			[[ $stderr == "launch: cannot "* || $stderr == "launch: container "* ]]
			[[ $(wc -l <<<"$stderr") == 1 ]]
		fi
		eventually same_traces "$before"
	done
	((n > 1)) || ((optional))
}

setup() {
	requires root strace
	before=$(traces)
	optional=0
}

@test "no failure at any call of a plain start leaves a trace" {
	local call
	for call in openat openat2 mkdirat flock socketpair clone3 setsid \
		sethostname mount open_tree move_mount fchdir mknodat symlinkat \
		mkdir pivot_root umount2 chdir setgroups setresgid setresuid capset \
		write; do
		sweep "$call" EPERM --net none --rootfs "$BUSYBOX" true
	done
}

@test "no failure at any call of a start with everything leaves a trace" {
	local call src=$BATS_TEST_TMPDIR/src
	mkdir "$src"
	for call in openat openat2 mkdirat mount open_tree move_mount \
		mount_setattr memfd_create fcntl execveat unshare; do
		optional=1 sweep "$call" ENOMEM --init -m 64M --pids-limit 50 \
			-v "$src:/mnt:ro" --tmpfs /tmp --ephemeral --read-only -u 1000 \
			-w /mnt --net none --rootfs "$BUSYBOX" true
	done
}
