load helpers
load living

setup() {
	requires root
	root=$BATS_TEST_TMPDIR/root
}

# row NAME - what the table says of it.
row() {
	grep -E "^$1 " <<<"$output"
}

@test "where it says that a start works, it does; with all that there is" {
	must check "$BUSYBOX"
	must --rootfs "$BUSYBOX" true
	must check
	local name
	for name in namespaces seccomp proc sysfs tmpfs devpts overlay open_tree \
		clone3 openat2 idmapped-mounts veth bridge nf_tables; do
		[[ $(row "$name") == "$name "*" yes "* ]]
	done
	[[ $(row memory) == *"yes"*"cgroup v"[12]* ]]
	not row root
}

@test "JSON says the same, for programs" {
	must check --json "$BUSYBOX"
	[[ $(json 'j["works"]') == True ]]
	[[ $(json '[p["needed"] for p in j["kernel"] if p["name"] == "veth"]') == '[True]' ]]
	[[ $(json '[p["detail"] for p in j["root"] if p["name"] == "shell"]') == "['/bin/sh']" ]]
	must check --json
	[[ $(json 'j["root"]') == '[]' ]]
}

@test "what the kernel refuses is named, with its words and what goes without" {
	with_fault clone:ENOSPC:1+ check
	((status == 1))
	[[ $(row namespaces) == *"MISSING"*"cannot create them: No space left on device (for containers)" ]]
	[[ $(row veth) == *MISSING* ]]
	with_fault seccomp:EINVAL:1+ check
	((status == 1))
	[[ $(row seccomp) == *"MISSING"*"seccomp(2): Invalid argument (for the filter"* ]]
	with_fault openat2,clone3,open_tree,mount_setattr:ENOSYS:1+ check
	((status == 0))
	[[ $(row openat2) == *" no "* && $(row idmapped-mounts) == *" no "*"mount_setattr(2)"* ]]
	with_fault sendto:EOPNOTSUPP:1+ check
	((status == 1))
	[[ $(row veth) == *MISSING*"cannot create one"* && $(row nf_tables) == *" no "* ]]
}

@test "nothing that was tried stays" {
	local before
	before=$(traces; ip link; nft list ruleset)
	must check
	[[ $(traces; ip link; nft list ruleset) == "$before" ]]
}

@test "a root that is none, or lacks what its programs need, is told" {
	launch check /nope
	((status == 1))
	[[ $(row root) == *"MISSING"*"cannot enter '/nope': No such file or directory" ]]
	mkdir -p "$root"/{bin,lib64,etc}
	must check "$root"
	[[ $(row shell) == *" no "*"there is none"* && $(row inittab) == *" no "* ]]
	# Its loader is not there.
	cp /bin/sleep "$root/bin/sh"
	launch check "$root"
	((status == 1))
	[[ $(row shell) == *"MISSING"*"its loader '/lib64/ld-linux"*"' is missing in the root" ]]
	touch "$root/etc/inittab"
	printf '#!/bin/nope\n' >"$root/bin/sh"
	launch check "$root"
	((status == 1))
	[[ $(row shell) == *"its interpreter '/bin/nope' is missing in the root" ]]
	[[ $(row inittab) == *" yes "* ]]
	# Of another machine: s390.
	cp "${BUILD:-$ROOT/build}/launch" "$root/bin/sh"
	must check "$root"
	printf '\026' | dd of="$root/bin/sh" bs=1 seek=18 conv=notrunc status=none
	launch check "$root"
	((status == 1))
	[[ $(row shell) == *"it is for s390, this machine is "* ]]
	chmod -x "$root/bin/sh"
	launch check "$root"
	[[ $(row shell) == *"has no execute bit" ]]
}

@test "a trap for who opens what is there is none" {
	mkdir -p "$root/bin" "$root/etc"
	mkfifo "$root/bin/sh" "$root/etc/inittab"
	run timeout 30 launch check "$root"
	((status == 1))
	[[ $(row shell) == *"it is not a regular file" ]]
}

@test "an old glibc needs vsyscall" {
	mkdir -p "$root/lib64"
	ln -s libc-2.17.so "$root/lib64/libc.so.6"
	must check "$root"
	[[ $(row vsyscall) == *" yes "*"not used in this root" ]]
	ln -sfn libc-2.12.so "$root/lib64/libc.so.6"
	launch check "$root"
	if grep -q vsyscall /proc/self/maps; then
		((status == 0))
		[[ $(row vsyscall) == *" yes "*"glibc 2.12 uses it" ]]
	else
		((status == 1))
		[[ $(row vsyscall) == *"MISSING"*"glibc 2.12 uses it: boot with vsyscall=xonly"* ]]
	fi
}

@test "a plain user is told what he has" {
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" || :
	cp "${BUILD:-$ROOT/build}/launch" "$BATS_TEST_TMPDIR/launch"
	mkdir -p "$root/bin"
	cp -L "$BUSYBOX/bin/busybox" "$root/bin/sh"
	chmod 755 "$BATS_TEST_TMPDIR/launch" "$root/bin/sh"
	run setpriv --reuid 1000 --regid 1000 --clear-groups "$BATS_TEST_TMPDIR/launch" check "$root"
	echo "$output"
	if setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user true; then
		((status == 0))
		[[ $(row user-namespaces) == *" yes "* && $(row shell) == *" yes "* ]]
	else
		((status == 1))
		[[ $(row user-namespaces) == *MISSING* ]]
	fi
}
