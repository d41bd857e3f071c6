load helpers

setup() {
	requires root
	BEFORE=$(traces)
}

teardown() {
	umount -R "$BATS_TEST_TMPDIR"/* 2>/dev/null || true
	eventually same_traces "$BEFORE"
}

# inside ARGS... - launch ARGS... in a container without a network; it succeeds.
inside() {
	must --name "$NAME" --net none --rootfs "$@"
}

@test "the root need not be a mount point" {
	not mountpoint -q "$BUSYBOX"
	inside "$BUSYBOX" /bin/sh -c 'ls -d /bin /etc && cat /etc/mkrootfs'
	[[ $output == $'/bin\n/etc\nbusybox' ]]
}

@test "a relative path, a symbolic link and a trailing slash are roots as well" {
	cd "$BUILD/tests"
	inside busybox /bin/true
	inside ./busybox/ /bin/true
	ln -s "$BUSYBOX" "$BATS_TEST_TMPDIR/link"
	inside "$BATS_TEST_TMPDIR/link" /bin/true
	cd "$BUSYBOX"
	inside . /bin/true
}

@test "a read-only file system can be the root" {
	mkdir "$BATS_TEST_TMPDIR/ro"
	mount --bind "$BUSYBOX" "$BATS_TEST_TMPDIR/ro"
	mount -o remount,bind,ro "$BATS_TEST_TMPDIR/ro"
	inside "$BATS_TEST_TMPDIR/ro" /bin/sh -c '
		touch /new 2>/dev/null || echo read-only
		[ -e /proc/self ] && [ -c /dev/null ] && echo mounted'
	[[ $output == $'read-only\nmounted' ]]
}

@test "a root without /proc, /sys and /dev gets them" {
	copy_root
	cd "$BATS_TEST_TMPDIR"
	rm -rf root/proc root/sys root/dev root/run root/tmp
	inside root /bin/sh -c '[ -e /proc/self ] && [ -e /sys/kernel ] && [ -c /dev/null ]'
}

@test "a read-only root gets /proc, /sys and /dev as well, and stays read-only" {
	copy_root
	cd "$BATS_TEST_TMPDIR"
	rmdir root/proc root/sys root/dev
	mount --bind root root
	mount -o remount,bind,ro root
	inside root /bin/sh -c '[ -e /proc/self ] && [ -e /sys/kernel ] && [ -c /dev/null ] &&
		! touch /new'
	[[ ! -e root/proc && $stderr == *"Read-only file system"* ]]
}

@test "a root of nothing but one static program" {
	mkdir -p "$BATS_TEST_TMPDIR/root"
	cp "$BUSYBOX/bin/busybox" "$BATS_TEST_TMPDIR/root/ls"
	inside "$BATS_TEST_TMPDIR/root" /ls /
	[[ $output == *ls* && $output == *proc* ]]
}

@test "nothing of the host is mounted inside" {
	local line
	inside "$BUSYBOX" /bin/cat /proc/self/mountinfo
	while read -r line; do
		set -- $line
		case $5 in
		/) [[ $4 == */tests/busybox ]] ;;
		/proc | /proc/* | /sys | /sys/* | /dev | /dev/*) [[ $4 != "$ROOT"* ]] ;;
		*) false ;;
		esac
	done <<<"$output"
}

@test "nothing of the host is reachable by a path" {
	echo secret >"$BATS_TEST_TMPDIR/secret"
	inside "$BUSYBOX" /bin/sh -c '
		for root in / /.. /../.. /proc/1/root /proc/self/root /proc/1/cwd /proc/self/cwd/../..; do
			[ "$(stat -c %d:%i $root/)" = "$(stat -c %d:%i /)" ] || echo "$root leads out"
		done
		find / -xdev -name secret
		[ ! -e /proc/1/root/'"$BATS_TEST_TMPDIR"' ] || echo reachable'
	[[ ! $output ]]
}

@test "no descriptor of the launcher's is open inside" {
	exec 8</ 9</etc/passwd
	inside "$BUSYBOX" /bin/sh -c 'for fd in /proc/self/fd/*; do
		[ ! -e $fd ] || echo ${fd##*/}; done'
	exec 8<&- 9<&-
	[[ $output == $'0\n1\n2' ]]
}

@test "classic escapes from a chroot end in the root" {
	# mkdir, chroot into it, and up: out of a chroot, but not of a pivoted root.
	inside "$BUSYBOX" /bin/sh -c 'mkdir -p /dev/shm/jail && cd / &&
		chroot /dev/shm/jail /bin/true 2>/dev/null
		cd ../../../../.. && [ -e etc/mkrootfs ] && [ ! -e '"$BUSYBOX"' ]'
}

# shared COMMAND... - as on most machines: / is a shared mount.
shared() {
	unshare --mount --propagation shared bash -c '
		mount --make-rshared / && "$@"' - "$@"
}

@test "with a shared / on the host, mounts do not come out of the container" {
	run --separate-stderr shared bash -c '
		before=$(cat /proc/self/mountinfo)
		launch --name '"$NAME"' --net none --cap-add sys_admin \
			--rootfs "$BUSYBOX" /bin/sh -c "
			mount -t tmpfs tmpfs /mnt && mkdir /mnt/x && echo mounted" || exit
		[[ $(cat /proc/self/mountinfo) == "$before" ]] && [[ ! -e $BUSYBOX/mnt/x ]]'
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
	((status == 0))
	[[ $output == mounted ]]
}

@test "with a shared / on the host, nothing of it is mounted inside" {
	run --separate-stderr shared launch --name "$NAME" --net none \
		--rootfs "$BUSYBOX" /bin/sh -c 'cut -d" " -f5 /proc/self/mountinfo'
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
	((status == 0))
	[[ ! $(grep -vE '^/$|^/(proc|sys|dev)(/|$)' <<<"$output") ]]
}

# With private propagation a disk of the host would stay busy for as long as
# the container runs, and could not be removed.
@test "with a shared / on the host, what it unmounts goes away inside as well" {
	copy_root
	cd "$BATS_TEST_TMPDIR"
	run --separate-stderr shared bash -c '
		mount -t tmpfs disk root/mnt && touch root/mnt/file && mkfifo root/go root/ready
		launch --name '"$NAME"' --net none --rootfs root /bin/sh -c "
			ls /mnt; echo >/ready; read x </go; ls /mnt" 3>&- &
		timeout 30 cat root/ready && umount root/mnt && echo unmounted &&
			timeout 30 sh -c "echo >root/go" || kill $!
		wait $!'
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
	((status == 0))
	[[ $output == $'file\n\nunmounted' ]]
}

@test "a root of 2010: no /run, files in /dev, upstart's inittab" {
	copy_root
	cd "$BATS_TEST_TMPDIR/root"
	rm -r run var/run sbin/init
	mkdir var/run
	echo stale >dev/null
	mknod dev/console c 5 1
	mkdir dev/pts
	echo '/dev/sda1 / ext3 rw 0 0' >etc/mtab
	echo 'id:3:initdefault:' >etc/inittab
	inside "$PWD" /bin/sh -c 'echo lost >/dev/null && [ -c /dev/null ] &&
		stat -c %a:%g /dev/pts && [ -e /dev/pts/ptmx ]'
	[[ $output == 755:0 ]]
	[[ $(<dev/null) == stale && ! -e run ]]
}

@test "ptys are as old programs want them: of group tty, mode 620" {
	inside "$BUSYBOX" /bin/sh -c 'script -qc "stat -c %a:%g \$(tty)" /dev/null ||
		grep " /dev/pts " /proc/mounts'
	[[ $output == *"620:5"* || $output == *gid=5,mode=620* ]]
}

@test "a program that calls the vsyscall page gets an answer or SIGSEGV" {
	requires musl-gcc
	[[ $(uname -m) == x86_64 ]] || skip "x86-64 only"
	copy_root
	cat >"$BATS_TEST_TMPDIR/old.c" <<-END
	#include <time.h>
	int main(void)
	{
		time_t (*old)(time_t *) = (time_t (*)(time_t *))0xffffffffff600400;
		return old(0) < 1000000000;
	}
	END
	musl-gcc -static -o "$BATS_TEST_TMPDIR/root/bin/old" "$BATS_TEST_TMPDIR/old.c"
	launch --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" /bin/old
	if grep -q vsyscall /proc/self/maps; then
		((status == 0))
	else
		((status == 139))
	fi
}
