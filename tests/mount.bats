load helpers

setup() {
	requires root
	src=$BATS_TEST_TMPDIR/src
	mkdir "$src"
	echo hello >"$src/file"
}

# options_of TARGET - the options of a mount, from a listing of /proc/mounts.
options_of() {
	awk -v at="$1" '$2 == at { print $4 }' <<<"$output"
}

@test "-v shows a directory, read and write" {
	must -v "$src:/mnt" --rootfs "$BUSYBOX" sh -c 'cat /mnt/file; echo x >/mnt/new'
	[[ $output == hello ]]
	[[ $(<"$src/new") == x ]]
}

@test "-v with ro, nosuid, nodev and noexec" {
	must -v "$src:/mnt:ro,nosuid,nodev,noexec" --rootfs "$BUSYBOX" cat /proc/mounts
	[[ $(options_of /mnt) == ro,nosuid,nodev,noexec,* ]]
	launch -v "$src:/mnt:ro" --rootfs "$BUSYBOX" touch /mnt/new
	((status != 0))
	[[ ! -e $src/new ]]
}

@test "-v of a file, on a file that it makes" {
	copy_root
	must -v "$src/file:/etc/made/here:create" --rootfs "$BATS_TEST_TMPDIR/root" \
		cat /etc/made/here
	[[ $output == hello ]]
}

@test "-v takes what is mounted below only with rec" {
	mkdir "$src/below"
	mount -t tmpfs below "$src/below"
	touch "$src/below/inside"
	must -v "$src:/mnt" --rootfs "$BUSYBOX" ls /mnt/below
	[[ -z $output ]]
	must -v "$src:/mnt:rec" --rootfs "$BUSYBOX" ls /mnt/below
	[[ $output == inside ]]
	must -v "$src:/mnt:rec,ro" --rootfs "$BUSYBOX" cat /proc/mounts
	[[ $(options_of /mnt/below) == ro,* ]]
	umount "$src/below"
}

@test "a source relative to the caller's directory" {
	cd "$BATS_TEST_TMPDIR"
	must -v src:/mnt --rootfs "$BUSYBOX" cat /mnt/file
	[[ $output == hello ]]
}

@test "a rootfs relative to the caller's directory, also when it is ephemeral" {
	copy_root
	cd "$BATS_TEST_TMPDIR"
	must --rootfs root cat /etc/hostname
	must --rootfs root --ephemeral -v src:/mnt cat /mnt/file
	[[ $output == hello ]]
	cd root
	must --rootfs . true
}

@test "a missing source is refused, an optional one is passed over" {
	refuses "cannot open '$src/nope' (--volume): No such file" \
		-v "$src/nope:/mnt" --rootfs "$BUSYBOX" true
	((status == 125))
	must -v "$src/nope:/mnt:optional" --rootfs "$BUSYBOX" true
}

@test "a missing target is refused by name unless create is given" {
	copy_root
	refuses "cannot mount '$src' on '/nope/here' (the option create makes it): No such file" \
		-v "$src:/nope/here" --rootfs "$BATS_TEST_TMPDIR/root" true
	must -v "$src:/nope/here:create" --rootfs "$BATS_TEST_TMPDIR/root" \
		cat /nope/here/file
	[[ $output == hello ]]
}

@test "what else is wrong with a target is said as a user sees it" {
	refuses "cannot mount '$src' on '/nope' (the option create makes it): No such file" \
		-v "$src:/nope" --rootfs "$BUSYBOX" true
	refuses "cannot mount '$src/file' on '/mnt': Is a directory" \
		-v "$src/file:/mnt" --rootfs "$BUSYBOX" true
	refuses "cannot mount '$src' on '/etc/passwd': Not a directory" \
		-v "$src:/etc/passwd" --rootfs "$BUSYBOX" true
}

@test "a target behind symlinks of the root stays in the root" {
	copy_root
	local root=$BATS_TEST_TMPDIR/root outside=$BATS_TEST_TMPDIR/outside
	mkdir "$outside" "$root/$outside" -p
	ln -s "$outside" "$root/absolute"
	ln -s ../../../../../../../../../../tmp "$root/dots"
	must -v "$src:/absolute" --rootfs "$root" cat "$outside/file"
	[[ $output == hello ]]
	must -v "$src:/dots" --rootfs "$root" cat /tmp/file
	[[ $output == hello ]]
	ln -s /proc/1/root "$root/magic"
	refuses "cannot mount" -v "$src:/magic/mnt" --rootfs "$root" true
	[[ -z $(ls "$outside") ]]
}

@test "--tmpfs is empty, sized, and gone afterwards" {
	must --tmpfs /mnt:size=1m,mode=1777 --rootfs "$BUSYBOX" \
		sh -c 'stat -c %a /mnt; cat /proc/mounts'
	[[ ${lines[0]} == 1777 ]]
	[[ $(options_of /mnt) == *size=1024k* ]]
}

@test "--read-only: nothing of the root can be written, /dev and /tmp can" {
	launch --read-only --rootfs "$BUSYBOX" touch /etc/new
	((status != 0))
	[[ $stderr == *"Read-only file system"* ]]
	must --read-only --tmpfs /tmp --rootfs "$BUSYBOX" \
		sh -c 'touch /tmp/new && echo x >/dev/null && touch /dev/shm/x'
}

@test "--ephemeral: written, read, and gone" {
	copy_root
	local before
	before=$(cd "$BATS_TEST_TMPDIR/root" && find . | sort | sha256sum)
	must --ephemeral --rootfs "$BATS_TEST_TMPDIR/root" \
		sh -c 'echo x >/etc/new && rm -r /home && cat /etc/new'
	[[ $output == x ]]
	[[ $(cd "$BATS_TEST_TMPDIR/root" && find . | sort | sha256sum) == "$before" ]]
}

@test "mounts are made in the order in which they were asked for" {
	mkdir "$src/sub"
	must -v "$src:/mnt" --tmpfs /mnt/sub --rootfs "$BUSYBOX" \
		sh -c 'touch /mnt/sub/x; ls /mnt'
	[[ $output == $'file\nsub' ]]
	[[ -z $(ls "$src/sub") ]]
}

@test "mounts made in the container are not seen on the host" {
	local before
	before=$(cat /proc/self/mountinfo)
	mount --make-rshared /
	must --privileged -v "$src:/mnt" --rootfs "$BUSYBOX" \
		sh -c 'mount -t tmpfs x /mnt && mount -t tmpfs x /tmp && touch /tmp/y /mnt/z'
	mount --make-rprivate /
	[[ $(cat /proc/self/mountinfo) == "$before" ]]
	[[ ! -e $src/z ]]
}

@test "/dev has its nodes, links and mounts, and they work" {
	must --rootfs "$BUSYBOX" sh -c '
		for n in null zero full random urandom tty ptmx; do
			[ -c /dev/$n ] || echo no $n; done
		for n in fd stdin stdout stderr; do [ -L /dev/$n ] || echo no $n; done
		head -c 4 /dev/zero | od -An -tx1; head -c 16 /dev/urandom | wc -c
		echo x >/dev/full || echo full
		stat -c %a /dev/null /dev/shm; cat /proc/mounts'
	[[ $output != *"no "* ]]
	[[ ${lines[0]} == " 00 00 00 00" ]]
	[[ ${lines[1]} == 16 && ${lines[2]} == full ]]
	[[ ${lines[3]} == 666 && ${lines[4]} == 1777 ]]
	[[ $(options_of /dev) == rw,nosuid,noexec* ]]
	[[ $(options_of /dev/pts) == *gid=5,mode=620,ptmxmode=666* ]]
	[[ $(options_of /dev/shm) == rw,nosuid,nodev,noexec* ]]
	[[ -n $(options_of /dev/mqueue) ]]
	[[ $(options_of /sys) == ro,nosuid,nodev,noexec* ]]
	[[ $(options_of /proc) == rw,nosuid,nodev,noexec* ]]
}

@test "/run is a tmpfs when the command is an init, else it is the root's" {
	must --rootfs "$BUSYBOX" cat /proc/mounts
	[[ -z $(options_of /run) ]]
	copy_root
	ln -sf ../bin/busybox "$BATS_TEST_TMPDIR/root/sbin/init"
	printf '#!/bin/sh\ncat /proc/mounts\n' >"$BATS_TEST_TMPDIR/root/sbin/init.new"
	chmod 755 "$BATS_TEST_TMPDIR/root/sbin/init.new"
	mv "$BATS_TEST_TMPDIR/root/sbin/init"{.new,}
	must --rootfs "$BATS_TEST_TMPDIR/root" /sbin/init
	[[ $(options_of /run) == rw,nosuid,nodev* ]]
}

@test "an old kernel: no new mount calls, no openat2, no clone3" {
	requires strace
	local calls=open_tree,move_mount,mount_setattr,openat2,clone3
	with_fault "$calls:ENOSYS:1+" -v "$src:/mnt:ro" --read-only --tmpfs /tmp \
		--rootfs "$BUSYBOX" sh -c 'cat /mnt/file; cat /proc/mounts; touch /mnt/x /y'
	((status == 1))
	[[ ${lines[0]} == hello ]]
	[[ $(options_of /mnt) == ro,* ]]
	[[ $(options_of /) == ro,* ]]
	[[ $(options_of /tmp) == rw,* ]]
	with_fault "$calls:ENOSYS:1+" --ephemeral --rootfs "$BUSYBOX" touch /x
	((status == 0))
}

@test "an old kernel: targets behind symlinks stay in the root there too" {
	requires strace
	copy_root
	local root=$BATS_TEST_TMPDIR/root outside=$BATS_TEST_TMPDIR/outside
	mkdir -p "$outside" "$root/$outside"
	ln -s "$outside" "$root/absolute"
	ln -s ../../../../../../../../../../srv "$root/dots"
	ln -s loop "$root/loop"
	with_fault openat2:ENOSYS:1+ -v "$src:/absolute" -v "$src:/dots" \
		--rootfs "$root" sh -c "cat $outside/file /srv/file"
	[[ $output == $'hello\nhello' ]]
	with_fault openat2:ENOSYS:1+ -v "$src:/loop/x" --rootfs "$root" true
	((status == 125))
	[[ $stderr == *"Symbolic link loop"* || $stderr == *"Too many levels"* ]]
}

@test "where pivot_root says EINVAL, as on an initramfs, another way is found" {
	requires strace
	with_fault pivot_root:EINVAL:1 --rootfs "$BUSYBOX" \
		sh -c 'cat /proc/self/mountinfo; ls /'
	((status == 0))
	[[ $(grep -c ' / / ' <<<"$output") == 0 ]] # the host's root
	[[ ${#lines[@]} -lt 45 ]]
}
