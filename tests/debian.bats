load helpers

# A real distribution as the root: glibc, perl, dpkg, bash.  make check makes it
# once, as there is no network where tests run.

setup_file() {
	export DEBIAN=$BUILD/tests/debian
	[[ ! -f $DEBIAN/etc/mkrootfs ]] ||
		install -m 755 "$BUILD/minit" "$DEBIAN/sbin/minit"
}

setup() {
	requires root
	BEFORE=$(traces)
	[[ -f $DEBIAN/etc/mkrootfs ]] || skip "needs $DEBIAN; was there a network?"
}

teardown() {
	eventually same_traces "$BEFORE"
}

debian() {
	must --name "$NAME" --rootfs "$DEBIAN" "$@"
}

# boots INITTAB - Debian under minit, with these lines as its inittab.
boots() {
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/inittab"
	debian -v "$BATS_TEST_TMPDIR/inittab:/etc/inittab:ro" /sbin/minit
}

@test "bash, perl and dpkg run" {
	debian /bin/bash -lc 'perl -e "print 6*7, qq(\n)" && dpkg --audit && . /etc/os-release && echo $ID'
	[[ $output == $'42\ndebian' ]]
}

@test "a user of its passwd runs the command" {
	debian -u _apt /usr/bin/id -un
	[[ $output == _apt ]]
	debian -u www-data:tty /usr/bin/id -gn
	[[ $output == tty ]]
}

@test "it boots under minit: sysinit first, services then, poweroff ends it" {
	boots '::sysinit:/bin/echo sysinit' \
		'::once:/bin/bash -c "ps -p 1 -o comm= || cat /proc/1/comm; kill -USR2 1"'
	[[ $output == $'sysinit\nminit' ]]
}

@test "a terminal program gets a pty" {
	debian /usr/bin/script -qec 'tty; stty size' /dev/null
	[[ $output == /dev/pts/* ]]
}

@test "apt works in it, in a copy that is gone afterwards" {
	debian --ephemeral /bin/bash -c 'echo "Package: x" >/var/lib/dpkg/x && apt-get -q --version | head -n 1'
	[[ $output == apt\ * ]]
	[[ ! -e $DEBIAN/var/lib/dpkg/x ]]
}

@test "its time, locale and name services are its own" {
	debian -h debian-host /bin/bash -c 'getent hosts localhost; hostname; id -un; locale -a | head -n 1'
	[[ $output == *localhost*debian-host$'\n'root* ]]
}
