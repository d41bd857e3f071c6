load helpers

# Whatever is typed: one line that says what is wrong (a hint may follow), the
# status that says whose mistake it is, and nothing made.

setup() {
	requires root
	BEFORE=$(traces)
}

teardown() {
	eventually same_traces "$BEFORE"
}

# bad STATUS MESSAGE ARGS... - launch ARGS... ends with STATUS and one line.
bad() {
	local wanted=$1 message=$2
	shift 2
	launch --name "$NAME" "$@"
	((status == wanted))
	[[ ! $output ]]
	[[ $stderr == launch:\ * && $stderr == *"$message"* ]]
	[[ $(grep -cv '^hint: ' <<<"$stderr") == 1 ]]
}

# bad_root STATUS MESSAGE ARGS... - the same, with a root that is all right.
bad_root() {
	local wanted=$1 message=$2
	shift 2
	bad "$wanted" "$message" --rootfs "$BUSYBOX" "$@"
}

@test "a rootfs that is missing, a file, empty or not named" {
	bad 125 "cannot open rootfs '/no/such/root': No such file or directory" \
		--rootfs /no/such/root /bin/true
	bad 125 "'/etc/passwd': it is not a directory, and no image (squashfs, erofs, ext4, tar)" --rootfs /etc/passwd /bin/true
	bad 2 "rootfs" --rootfs '' /bin/true
	bad 2 "rootfs" /bin/true
}

@test "a rootfs that may not be entered" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/private"
	chown 1000:1000 "$BATS_TEST_TMPDIR/private"
	run --separate-stderr setpriv --bounding-set -dac_override,-dac_read_search \
		launch --name "$NAME" --rootfs "$BATS_TEST_TMPDIR/private" /bin/true
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
	((status == 125))
	[[ $stderr == "launch: cannot enter rootfs '"*"/private': Permission denied" ]]
}

@test "an option that does not exist names the nearest one" {
	bad_root 2 "--memory" --memroy 1g /bin/true
	bad_root 2 "--hostname" --hostnme x /bin/true
	bad_root 2 "--xyzzy" --xyzzy /bin/true
	bad_root 2 "-Q" -Q /bin/true
	bad_root 2 "--memory" --memory
}

@test "a memory limit that is no size, zero, negative or too large" {
	local size
	for size in 10x 0 -1 1180591620717411303424 '' 1kB ' 1'; do
		bad_root 2 "--memory" --memory "$size" /bin/true
	done
}

@test "numbers that are none" {
	bad_root 2 "--pids-limit" --pids-limit 10x /bin/true
	bad_root 2 "--cpus" --cpus 0 /bin/true
	bad_root 2 "--cpus" --cpus many /bin/true
	bad_root 2 "--cpuset-cpus" --cpuset-cpus x /bin/true
	bad_root 2 "--cpuset-cpus" --cpuset-cpus 3-1 /bin/true
}

@test "a hostname of 65 bytes, with a newline, or empty" {
	bad_root 2 "--hostname" --hostname "$(printf 'a%.0s' {1..65})" /bin/true
	bad_root 2 "--hostname" --hostname $'a\nb' /bin/true
	bad_root 2 "--hostname" --hostname '' /bin/true
}

@test "a name that could be a path" {
	local name
	for name in ../x x/y . .. '' $'a\nb' "$(printf 'a%.0s' {1..65})"; do
		bad 2 "--name" --name "$name" --rootfs "$BUSYBOX" /bin/true
	done
	[[ ! -e $LAUNCH_RUNDIR/../x ]]
}

@test "a user that the root does not know" {
	bad_root 125 "nobody2" --user nobody2 /bin/true
	bad_root 125 "nogroup2" --user nobody:nogroup2 /bin/true
}

@test "a user id that no user can have" {
	bad_root 2 "--user" --user 4294967296 /bin/true
	bad_root 2 "--user" --user 4294967295 /bin/true
	bad_root 2 "--user" --user -1 /bin/true
	bad_root 2 "--user" --user '' /bin/true
}

@test "CPUs that the machine does not have: the kernel's file is named" {
	bad_root 125 "cpuset.cpus" --cpuset-cpus 0-999 /bin/true
	bad_root 125 "cpuset.mems" --cpuset-mems 63 /bin/true
}

@test "a command that is missing" {
	bad_root 127 "'/bin/nope'" /bin/nope
	bad_root 127 "'nope'" nope
	bad_root 127 "''" ''
	bad_root 2 "command"
}

@test "a command that cannot be executed" {
	copy_root
	echo 'echo hello' >"$BATS_TEST_TMPDIR/root/bin/data"
	bad 126 "'/bin'" --rootfs "$BATS_TEST_TMPDIR/root" /bin
	bad 126 "'/bin/data': its mode 0644" --rootfs "$BATS_TEST_TMPDIR/root" /bin/data
	bad 126 "noexec" -v "$BATS_TEST_TMPDIR/root/bin:/mnt:noexec" \
		--rootfs "$BATS_TEST_TMPDIR/root" /mnt/busybox
	bad 127 "'/bin/sh/x'" --rootfs "$BATS_TEST_TMPDIR/root" /bin/sh/x
}

@test "a command whose interpreter or loader is not in the root" {
	copy_root
	local bin=$BATS_TEST_TMPDIR/root/bin
	printf '#!/usr/bin/python9\n' >"$bin/script"
	chmod 755 "$bin/script"
	bad 126 "/usr/bin/python9" --rootfs "$BATS_TEST_TMPDIR/root" /bin/script
	cp "$(type -P cat)" "$bin/dynamic"
	bad 126 "/ld-" --rootfs "$BATS_TEST_TMPDIR/root" /bin/dynamic
}

@test "a command for another machine" {
	copy_root
	local bin=$BATS_TEST_TMPDIR/root/bin
	# e_machine, two bytes at 18: 243 is RISC-V.
	cp "$bin/busybox" "$bin/other"
	printf '\363\0' | dd of="$bin/other" bs=1 seek=18 conv=notrunc status=none
	bad 126 "'/bin/other'" --rootfs "$BATS_TEST_TMPDIR/root" /bin/other
	: >"$bin/empty"
	chmod 755 "$bin/empty"
	bad 126 "'/bin/empty'" --rootfs "$BATS_TEST_TMPDIR/root" /bin/empty
}

@test "a volume whose source is missing, or that is no volume" {
	bad_root 125 "'/no/such/source'" -v /no/such/source:/mnt /bin/true
	bad_root 2 "--volume" -v /etc /bin/true
	bad_root 2 "--volume" -v :/mnt /bin/true
	bad_root 2 "--volume" -v /etc:mnt /bin/true
	bad_root 2 "nope" -v /etc:/mnt:nope /bin/true
}

@test "a working directory that is missing or a file" {
	bad_root 125 "'/no/such/dir'" --workdir /no/such/dir /bin/true
	bad_root 125 "'/etc/passwd'" --workdir /etc/passwd /bin/true
	bad_root 2 "--workdir" --workdir relative /bin/true
}

@test "an environment variable without a name" {
	bad_root 2 "--env" -e =value /bin/true
	bad_root 2 "--env" -e '' /bin/true
}

@test "a network that does not exist" {
	bad_root 2 "--net" --net nonsense /bin/true
	bad_root 2 "--net" --net '' /bin/true
}

@test "capabilities and devices that do not exist" {
	bad_root 2 "--cap-add" --cap-add cap_fly /bin/true
	bad_root 2 "--cap-drop" --cap-drop nonsense /bin/true
}

@test "a config file that is missing, or says what nobody understands" {
	bad_root 2 "'/no/such/config'" --config /no/such/config /bin/true
	printf 'lxc.uts.name = x\nlxc.no.such = 1\n' >"$BATS_TEST_TMPDIR/config"
	bad_root 2 "'lxc.no.such' at $BATS_TEST_TMPDIR/config:2" --config "$BATS_TEST_TMPDIR/config" /bin/true
	printf 'lxc.uts.name\n' >"$BATS_TEST_TMPDIR/config"
	bad_root 2 "at $BATS_TEST_TMPDIR/config:1" --config "$BATS_TEST_TMPDIR/config" /bin/true
}

@test "what comes late is taken back: network, cgroup and state are gone" {
	bad_root 127 "'/bin/nope'" --net veth --memory 64M --pids-limit 10 \
		--cpuset-cpus 0 --hostname late -v /etc:/mnt:ro /bin/nope
}
