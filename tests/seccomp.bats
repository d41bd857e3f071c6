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

@test "an unknown filter is refused" {
	refuses "bad filter 'some' for --seccomp" --seccomp some --rootfs "$root" true
	((status == 2))
}
