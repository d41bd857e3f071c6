load helpers

setup() {
	requires root
	copy_root
	root=$BATS_TEST_TMPDIR/root
	echo 'alice:x:1500:1001::/home/alice:/bin/sh' >>"$root/etc/passwd"
	printf 'alice:x:1001:\nwheelies:x:2000:bob,alice\nothers:x:2001:alicent\n' \
		>>"$root/etc/group"
}

@test "--user NAME is looked up in the root: uid, gid, groups, home" {
	must --rootfs "$root" -u alice sh -c 'id -u; id -g; id -G; echo $HOME'
	[[ $output == $'1500\n1001\n1001 2000\n/home/alice' ]]
}

@test "--user NAME:GROUP and numbers are taken as they are" {
	must --rootfs "$root" -u alice:wheelies sh -c 'id -u; id -g'
	[[ $output == $'1500\n2000' ]]
	must --rootfs "$root" -u 1234:4321 sh -c 'id -u; id -g; id -G; echo $HOME'
	[[ $output == $'1234\n4321\n4321\n/' ]]
	must --rootfs "$root" -u 1500 sh -c 'id -g; echo $HOME'
	[[ $output == $'1001\n/home/alice' ]]
}

@test "a user or group that the root does not know is refused by name" {
	refuses "cannot find user 'nobody2' in the root's /etc/passwd (--user)" \
		--rootfs "$root" -u nobody2 true
	((status == 125))
	refuses "cannot find group 'nogroup2'" --rootfs "$root" -u alice:nogroup2 true
}

@test "another user has no capabilities, and the caller's groups are gone" {
	must --rootfs "$root" -u alice grep -E '^(Cap(Prm|Eff|Amb)|Groups)' /proc/self/status
	[[ $output == *$'CapPrm:\t0000000000000000'* ]]
	[[ $output == *$'CapEff:\t0000000000000000'* ]]
	[[ $output == *$'CapAmb:\t0000000000000000'* ]]
	[[ $output == *$'Groups:\t1001 2000'* || $output == *$'Groups:\t2000'* ]]
}

@test "what the caller's securebits and inheritable set would keep is gone too" {
	run -0 setpriv --inh-caps +sys_admin --ambient-caps +sys_admin \
		--securebits +no_setuid_fixup \
		launch --rootfs "$root" -u alice grep ^Cap /proc/self/status
	[[ $output == *$'CapInh:\t0000000000000000'* ]]
	[[ $output == *$'CapPrm:\t0000000000000000'* ]]
	[[ $output == *$'CapEff:\t0000000000000000'* ]]
}

@test "the host's passwd is not asked: a symlink in the root stays inside" {
	rm "$root/etc/passwd"
	ln -s /../../../../../../etc/passwd "$root/etc/passwd"
	refuses "cannot find user 'daemon'" --rootfs "$root" -u daemon true
}

@test "lines of garbage and of any length do no harm" {
	{
		printf ':::::\n\n:x\nx:x:notanumber:1::/:\n'
		head -c 6000 /dev/zero | tr '\0' a
		printf '\nlate:x:77:77::/:\n'
	} >>"$root/etc/passwd"
	must --rootfs "$root" -u alice id -u
	refuses "cannot find user 'x'" --rootfs "$root" -u x true
}

@test "a fifo, a directory or a device for passwd or group is refused, not waited for" {
	local file make
	for file in passwd group; do
		for make in mkfifo mkdir "mknod -m 666"; do
			rm -r "$root/etc/$file"
			$make "$root/etc/$file" $([[ $make != mknod* ]] || echo c 1 5)
			run timeout -s KILL 5 launch --rootfs "$root" -u alice:wheelies true
			((status == 125))
			# The root is mounted nodev: a node in it cannot even be opened.
			[[ $output == *"cannot read '/etc/$file' in the root: it is not a regular file" ||
				$make$output == mknod*"cannot read '/etc/$file' in the root: Permission denied" ]]
		done
		cp "$BUSYBOX/etc/$file" "$root/etc/"
		rm -rf "$root/etc/passwd"
		echo 'alice:x:1500:1001::/home/alice:/bin/sh' >"$root/etc/passwd"
	done
}

@test "an id of -1, which would change nothing, is no entry" {
	echo 'same:x:4294967295:4294967295::/:' >>"$root/etc/passwd"
	echo 'same:x:4294967295:' >>"$root/etc/group"
	refuses "cannot find user 'same'" --rootfs "$root" -u same true
	refuses "cannot find group 'same'" --rootfs "$root" -u alice:same true
}
