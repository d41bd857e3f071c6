# The filter of system calls: what a container has no business with.
load helpers

setup() {
	TOOL=${BUILD:-$ROOT/build}/tests/tools/forbidden
	copy_root
	root=$BATS_TEST_TMPDIR/root
	cp "$TOOL" "$root/bin/forbidden"
}

# answers ERRNO NAME... - that is how each of these calls ended.
answers() {
	local errno=$1 name
	shift
	for name; do
		grep -qxF "$name: $errno" <<<"$output" || {
			echo "$name: not $errno but $(grep "^$name:" <<<"$output")"
			return 1
		}
	done
}

FORBIDDEN=(mount umount2 pivot_root open_tree move_mount fsopen fsconfig fsmount
	fspick mount_setattr open_tree_attr "unshare mount" "unshare user"
	"unshare time" "clone user" setns open_by_handle_at bpf init_module
	finit_module delete_module kexec_load kexec_file_load io_uring_setup
	io_uring_enter io_uring_register userfaultfd perf_event_open keyctl add_key
	request_key settimeofday clock_settime acct syslog quotactl swapon
	"ioctl TIOCSTI" "ioctl TIOCSTI wide" "ioctl TIOCLINUX" "socket vsock" iopl)

@test "what a container has no business with is refused, the rest is not" {
	must --net none --rootfs "$root" forbidden
	answers 1 "${FORBIDDEN[@]}"
	answers 38 clone3 "x32 mount"
	answers 0 "unshare files" "socket unix" getppid
	answers 9 ioctl
}

@test "the 32-bit way in is watched, too" {
	must --net none --rootfs "$root" forbidden
	[[ $output != *"i386: none"* ]] || skip "this kernel has no 32-bit calls"
	answers 0 "i386 getppid"
	answers 1 "i386 mount" "i386 unshare user"
	answers 38 "i386 clone3"
}

@test "--seccomp none: the kernel itself answers" {
	must --seccomp none --net none --rootfs "$root" forbidden
	answers 9 "ioctl TIOCSTI"
	# Arguments are looked at before capabilities.
	answers 22 clone3 io_uring_register
	must --seccomp none --net none --rootfs "$root" cat /proc/self/status
	[[ $output == *Seccomp:$'\t'0* ]]
}

@test "a capability opens the calls that belong to it, and no others" {
	must --cap-add SYS_ADMIN --net none --rootfs "$root" forbidden
	answers 14 mount
	answers 38 "x32 mount"
	answers 22 clone3 mount_setattr
	answers 1 keyctl io_uring_setup "ioctl TIOCSTI" kexec_load init_module
	must --cap-add SYS_ADMIN --net none --rootfs "$root" \
		sh -c 'mount -t tmpfs tmpfs /mnt && echo mounted'
	[[ $output == mounted ]]
	must --cap-add SYS_TIME --net none --rootfs "$root" forbidden
	answers 14 clock_settime
	answers 1 mount
}

@test "--seccomp log lets through and tells the kernel's log" {
	must --seccomp log --net none --rootfs "$root" forbidden
	answers 9 "ioctl TIOCSTI"
	must --seccomp log --net none --rootfs "$root" cat /proc/self/status
	[[ $output == *Seccomp:$'\t'2* ]]
}

@test "--privileged has no filter unless it is asked for" {
	must --privileged --net none --rootfs "$root" cat /proc/self/status
	[[ $output == *Seccomp:$'\t'0* ]]
	must --privileged --seccomp default --net none --rootfs "$root" forbidden
	answers 1 keyctl "ioctl TIOCSTI"
}

@test "no_new_privs: a setuid program has no more than its caller" {
	chmod 4755 "$root/bin/forbidden"
	must -u 1000 --net none --rootfs "$root" forbidden
	answers 1000 euid
	must --new-privs -u 1000 --net none --rootfs "$root" forbidden
	answers 0 euid
	must --net none --rootfs "$root" grep NoNewPrivs /proc/self/status
	[[ $output == *1 ]]
	must --privileged --net none --rootfs "$root" grep NoNewPrivs /proc/self/status
	[[ $output == *0 ]]
}

@test "a kernel without seccomp is named, and --seccomp none goes without" {
	with_fault seccomp:ENOSYS --net none --rootfs "$root" true
	((status == 125))
	[[ $stderr == *"this kernel has no seccomp (--seccomp none goes without)"* ]]
	must --seccomp none --net none --rootfs "$root" true
}

@test "before Linux 4.17 the filter is set by prctl" {
	with_fault seccomp:EINVAL --net none --rootfs "$root" forbidden
	((status == 0))
	answers 1 "ioctl TIOCSTI" keyctl
}

@test "a filter from a file: what it names, and nothing else" {
	cat >"$BATS_TEST_TMPDIR/filter.json" <<-'EOT'
	{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	 {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30},
	 {"names": ["ioctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42,
	  "args": [{"index": 1, "value": 21505, "op": "SCMP_CMP_EQ"}]}]}
	EOT
	launch --seccomp "$BATS_TEST_TMPDIR/filter.json" --net none --rootfs "$root" \
		sh -c 'mkdir /mnt/x || touch /mnt/y && forbidden'
	((status == 0))
	[[ $stderr == *"Read-only file system"* ]]
	answers 42 ioctl
	answers 9 "ioctl TIOCSTI"
}

# Who comes later must not get another, whatever has become of the file.
@test "exec and a restart have the filter of the start" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30}]}' >filter.json
	must -d --restart always --name "$NAME" --seccomp ./filter.json --net none \
		--rootfs "$root" sh -c 'mkdir /mnt/x; sleep 60'
	rm filter.json
	cd /
	launch exec "$NAME" mkdir /mnt/x
	((status == 1))
	[[ $stderr == *"Read-only file system"* ]]
	command launch kill "$NAME"
	eventually grep -q ^restarts=1 "$LAUNCH_RUNDIR/$NAME/state"
	eventually command launch exec "$NAME" true
	launch exec "$NAME" mkdir /mnt/x
	((status == 1))
	must stop "$NAME"
}

# As Debian has it in its package.
@test "docker's own profile loads, and behaves" {
	local tests=${BUILD:-$ROOT/build}/tests
	local profile=$tests/docker.json
	[[ -s $profile ]] || skip "it could not be fetched"
	must --seccomp "$profile" --net none --rootfs "$root" forbidden
	answers 1 mount umount2 pivot_root bpf open_by_handle_at "unshare mount" \
		setns settimeofday acct quotactl
	answers 38 clone3 "x32 mount"
	answers 0 "socket unix" getppid
	# That of Debian 12 still has it.
	answers 14 io_uring_setup
	# The calls that are root's open with the capability.
	must --seccomp "$profile" --cap-add SYS_ADMIN --net none --rootfs "$root" forbidden
	answers 14 mount
	answers 9 setns
	[[ -f $tests/debian/etc/mkrootfs ]] || skip "needs $tests/debian; was there a network?"
	must --seccomp "$profile" --net none --rootfs "$tests/debian" \
		bash -c 'ls -l /etc | sort | head -n 3 && perl -e "print 6*7"'
	[[ $output == *42 ]]
}

@test "a filter that cannot be used is refused before anything is made" {
	local before
	before=$(traces)
	echo '{"defaultAction": "SCMP_ACT_NOTIFY"}' >"$BATS_TEST_TMPDIR/notify.json"
	refuses "cannot use the filter '$BATS_TEST_TMPDIR/notify.json': defaultAction 'SCMP_ACT_NOTIFY' is not known (--seccomp)" \
		--seccomp "$BATS_TEST_TMPDIR/notify.json" --rootfs "$root" true
	echo "{" >"$BATS_TEST_TMPDIR/bad.json"
	refuses "it is no JSON (--seccomp)" --seccomp "$BATS_TEST_TMPDIR/bad.json" --rootfs "$root" true
	refuses "cannot read the filter './none.json' (--seccomp): No such file" \
		--seccomp ./none.json --rootfs "$root" true
	truncate -s 1M "$BATS_TEST_TMPDIR/large.json"
	refuses "it is larger than 256 KiB" --seccomp "$BATS_TEST_TMPDIR/large.json" --rootfs "$root" true
	[[ $(traces) == "$before" ]]
}

@test "a filter that lets nothing through is the end, and no endless loop" {
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["mkdir"], "action": "SCMP_ACT_ALLOW"}]}' >"$BATS_TEST_TMPDIR/none.json"
	run timeout 30 launch --seccomp "$BATS_TEST_TMPDIR/none.json" --net none --rootfs "$root" true
	echo "[$status] $output"
	((status == 125)) # no word of what it was gets out
	[[ $output == "launch: cannot execute"*" (is execve in the filter of --seccomp?): Operation not permitted" ]]
	# Commands that enter have no better end.
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["execve", "execveat", "nanosleep", "clock_nanosleep", "arch_prctl",
			"set_tid_address", "brk", "mmap", "munmap", "mprotect"],
		"action": "SCMP_ACT_ALLOW"}]}' >"$BATS_TEST_TMPDIR/sleep.json"
	must -d --name "$NAME" --seccomp "$BATS_TEST_TMPDIR/sleep.json" --net none --rootfs "$root" sleep 60
	run timeout 30 launch exec "$NAME" true
	((status != 0 && status != 124))
	must stop "$NAME"
}

@test "an unknown filter is refused" {
	refuses "bad filter 'some' for --seccomp" --seccomp some --rootfs "$root" true
	((status == 2))
}
