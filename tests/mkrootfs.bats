load helpers

MKROOTFS=$ROOT/rootfs/mkrootfs

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# mkrootfs ARGS... - run it, and show what it said if the test fails.
mkrootfs() {
	run --separate-stderr "$MKROOTFS" "$@"
	printf '$ mkrootfs %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

makes() {
	mkrootfs "$@"
	((status == 0))
}

# fails STATUS MESSAGE ARGS... - one line with MESSAGE, and nothing is there.
fails() {
	local wanted=$1 message=$2
	shift 2
	mkrootfs "$@"
	((status == wanted))
	[[ $stderr == *"$message"* ]]
	[[ $(grep -c 'mkrootfs: \(cannot\|.*--help\)' <<<"$stderr") == 1 ]]
	[[ ! -e root ]]
}

# inside COMMAND... - run it in the root, which gets what launch would mount.
inside() {
	run --separate-stderr unshare --mount --uts --fork --pid sh -c '
		mount -t proc proc root/proc
		hostname inside-it
		exec chroot root "$@"' - "$@"
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
}

mode() {
	stat -c %a "$1"
}

# small_root - a tree that could be a root, in ./tree.
small_root() {
	mkdir -p tree/{bin,etc}
	cp "$(type -P busybox)" tree/bin/sh
}

# boots - the root boots under minit to a login shell, and poweroff ends it.
boots() {
	run --separate-stderr timeout -s KILL 20 unshare --mount --uts --fork --pid \
		--kill-child sh -c '
		mount -t proc proc root/proc
		hostname inside-it
		exec chroot root /sbin/minit' <<-'END'
		echo "$0 as $$ under $(cat /proc/1/comm)"
		poweroff
	END
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
	((status == 0))
	[[ $output == -*sh\ as\ *\ under\ minit* ]]
}

@test "busybox: the root has a shell, minit as init, and the usual modes" {
	makes -o root
	inside /bin/sh -c 'id -un; [ -x /usr/bin/awk ] && echo awk'
	[[ $output == $'root\nawk' ]]
	cmp root/sbin/minit "$BUILD/minit.stripped" || cmp root/sbin/minit "$BUILD/minit"
	[[ $(readlink root/sbin/init) == minit ]]
	[[ $(readlink root/sbin/telinit) == minit && $(readlink root/sbin/shutdown) == minit ]]
	[[ -x root/sbin/poweroff && -x root/sbin/reboot && -x root/sbin/halt ]]
	[[ $(mode root/tmp) == 1777 && $(mode root/root) == 700 ]]
	[[ $(mode root/etc/passwd) == 644 && $(mode root/etc/init.d/rcS) == 755 ]]
}

@test "busybox: it boots under minit" {
	makes -o root
	boots
	[[ $output == *"inside-it is going down"* ]]
}

@test "host: it boots under minit" {
	makes -o root host cat
	boots
}

@test "tar: it boots under minit" {
	small_root
	ln -s sh tree/bin/cat
	tar -C tree -cf root.tar .
	makes -o root tar root.tar
	boots
}

@test "busybox: no applet's link leads nowhere" {
	makes -o root busybox
	run find root -xtype l ! -path root/var/run
	[[ ! $output ]]
}

@test "busybox: the prompt of a login shell names the container" {
	makes -o root
	inside /bin/sh -lc 'eval "echo \"$PS1\""'
	[[ $output == '[container inside-it] /root # ' ]]
}

@test "busybox: a caller's umask does not show" {
	(umask 077 && "$MKROOTFS" -o root)
	[[ $(mode root/etc) == 755 && $(mode root/etc/passwd) == 644 ]]
}

@test "host: programs run without the host's libraries" {
	makes -o root host ls /usr/bin/id bash
	inside /bin/bash -c 'id -u && ls -d /etc'
	[[ $output == $'0\n/etc' ]]
}

@test "host: names are looked up in passwd" {
	makes -o root host id
	inside "$(type -P id)" -un nobody
	[[ $output == nobody ]]
}

@test "host: symbolic links stay, so a merged /usr stays merged" {
	makes -o root host ls
	local link
	for link in /bin /lib64 /sbin; do
		[[ ! -L $link || $(readlink "root$link") == "$(readlink "$link")" ]]
	done
	[[ $(find root -name ls -type f | wc -l) == 1 ]]
}

@test "host: a program is never run" {
	printf '#include <unistd.h>\n__attribute__((constructor)) static void f(void)
		{ rmdir("%s/canary"); }\nint main(void) { return 0; }\n' "$PWD" >p.c
	gcc -o p p.c
	mkdir canary
	makes -o root host ./p
	[[ -d canary ]]
	./p # else this tests nothing
	[[ ! -d canary ]]
}

@test "host: libraries are found by RPATH, RUNPATH and \$ORIGIN" {
	local tag dir=$PWD
	mkdir -p app/lib app/deep
	echo 'int deep(void) { return 7; }' >deep.c
	echo 'int deep(void); int mid(void) { return deep(); }' >mid.c
	echo 'int mid(void); int main(void) { return mid() != 7; }' >main.c
	gcc -shared -fPIC -o app/deep/libdeep.so deep.c
	gcc -shared -fPIC -o app/lib/libmid.so mid.c -Lapp/deep -ldeep \
		-Wl,--enable-new-dtags,-rpath,'${ORIGIN}/../deep'
	for tag in enable disable; do
		gcc -o app/main main.c -Lapp/lib -lmid -Wl,-rpath-link,app/deep \
			-Wl,--$tag-new-dtags,-rpath,'$ORIGIN/lib'
		makes --force -o root host ./app/main
		inside "$dir/app/main"
		((status == 0))
	done
}

@test "host: a library of a library is found by the program's RPATH only" {
	local dir=$PWD
	mkdir lib
	echo 'int deep(void) { return 7; }' >deep.c
	echo 'int deep(void); int mid(void) { return deep(); }' >mid.c
	echo 'int mid(void); int main(void) { return mid() != 7; }' >main.c
	gcc -shared -fPIC -o lib/libdeep.so deep.c
	gcc -shared -fPIC -o lib/libmid.so mid.c -Llib -ldeep
	gcc -o main main.c -Llib -lmid -ldeep -Wl,--as-needed \
		-Wl,--disable-new-dtags,-rpath,"$dir/lib"
	makes -o root host ./main
	inside "$dir/main"
	((status == 0))
	# RUNPATH is for the object alone, as ld.so has it.
	gcc -o main main.c -Llib -lmid -Wl,-rpath-link,lib \
		-Wl,--enable-new-dtags,-rpath,"$dir/lib"
	run -127 ./main
	((status == 127))
	rm -r root
	fails 1 "cannot find 'libdeep.so', which '$dir/lib/libmid.so' needs" -o root host ./main
}

@test "host: a program of another libc gets its own loader" {
	echo 'int main(void) { return 0; }' >main.c
	musl-gcc -o main main.c
	makes -o root host ./main
	inside "$PWD/main"
	((status == 0))
}

@test "host: a script brings its interpreter, also one named through env" {
	printf '#!/usr/bin/env perl\nprint 6 * 7;\n' >answer
	chmod +x answer
	makes -o root host ./answer
	inside "$PWD/answer"
	[[ $output == 42 ]]
}

@test "host: what is missing is named" {
	fails 1 "cannot find 'no-such-program'" -o root host no-such-program
	fails 1 "cannot copy '/etc': not a file" -o root host /etc
	printf '#!/no/interpreter\n' >script
	chmod +x script
	fails 1 "its interpreter '/no/interpreter' is missing" -o root host ./script
	fails 2 "host needs the name" -o root host
}

@test "tar: each compression, with owners and modes" {
	local option
	small_root
	touch tree/etc/owned
	chmod 640 tree/etc/owned
	chown 12:34 tree/etc/owned
	for option in --no-auto-compress --gzip --xz --zstd; do
		tar -C tree "$option" -cf root.tar .
		makes --force -o root tar root.tar
		[[ $(stat -c %u:%g:%a root/etc/owned) == 12:34:640 ]]
		[[ -x root/sbin/minit && -L root/sbin/init ]]
	done
}

@test "tar: an init and an inittab that are there stay" {
	small_root
	mkdir tree/sbin
	echo theirs >tree/sbin/init
	echo 'console::respawn:/bin/sh' >tree/etc/inittab
	tar -C tree -cf root.tar .
	makes -o root tar root.tar
	[[ $(<root/sbin/init) == theirs ]]
	[[ $(<root/etc/inittab) == 'console::respawn:/bin/sh' ]]
}

@test "tar: upstart's inittab makes place for one with a shell" {
	small_root
	echo 'id:3:initdefault:' >tree/etc/inittab
	tar -C tree -cf root.tar .
	makes -o root tar root.tar
	grep -q '^::respawn:-/bin/sh$' root/etc/inittab
	[[ $(<root/etc/inittab.orig) == 'id:3:initdefault:' ]]
}

@test "tar: a root inside a directory is found" {
	small_root
	tar -cf root.tar tree
	makes -o root tar root.tar
	[[ -x root/bin/sh && ! -e root/tree ]]
	[[ $(find root -maxdepth 1 -name '.*' -mindepth 1) == '' ]]
}

@test "tar: a symbolic link does not lead minit out of the root" {
	small_root
	mkdir outside
	ln -s "$PWD/outside" tree/sbin
	ln -s ../../../../../../../../../../../etc/passwd tree/etc/inittab
	tar -C tree -cf root.tar .
	cp /etc/passwd before
	makes -o root tar root.tar
	[[ ! $(ls outside) ]]
	cmp /etc/passwd before
	inside /bin/sh -c '[ -x /sbin/minit ]'
	((status == 0))
}

@test "tar: absolute names land inside, names with .. are refused" {
	small_root
	mkdir work
	tar -cPf absolute.tar "$PWD/tree" -C tree bin etc
	rm -r tree
	makes -o root tar absolute.tar
	[[ ! -e tree && -e root$PWD/tree/bin/sh ]]
	rm -r root
	small_root
	(cd work && tar -cPf ../dots.tar ../tree/etc)
	fails 1 "cannot unpack 'dots.tar'" -o root tar dots.tar
}

@test "tar: what is no root is refused" {
	fails 1 "cannot open 'none.tar': no such file" -o root tar none.tar
	fails 1 "cannot unpack '/etc/passwd'" -o root tar /etc/passwd
	touch alone
	tar -cf alone.tar alone
	fails 1 "cannot find a root in 'alone.tar'" -o root tar alone.tar
	mkdir image
	touch image/{manifest.json,layer.tar}
	tar -C image -cf image.tar .
	fails 1 "an image of layers, not a root" -o root tar image.tar
}

@test "a target that is not empty is refused, and stays as it is" {
	mkdir mine
	touch mine/precious
	mkrootfs -o mine
	((status == 1))
	[[ $stderr == "mkrootfs: cannot make a root in '$PWD/mine': not empty"* ]]
	mkrootfs --force -o mine
	((status == 1))
	[[ $stderr == *"cannot empty '$PWD/mine': mkrootfs did not make it" ]]
	[[ $(ls mine) == precious ]]
	touch file
	mkrootfs -o file
	((status == 1))
	[[ $stderr == *"'file': not a directory" ]]
}

@test "--force makes a root anew, without what was in it" {
	makes -o root
	touch root/old
	mkdir -p root/.hidden
	makes --force -o root
	[[ ! -e root/old && ! -e root/.hidden && -x root/bin/sh ]]
}

@test "--force does not empty what is mounted in the root" {
	makes -o root
	mkdir -p precious
	touch precious/file
	mount --bind precious root/mnt
	mkrootfs --force -o root
	umount root/mnt
	((status == 1))
	[[ $stderr == *"root/mnt' is mounted" ]]
	[[ -e precious/file ]]
}

@test "a failure leaves an empty target empty" {
	mkdir root
	mkrootfs -o root tar /etc/passwd
	((status == 1))
	[[ -d root && ! $(ls -A root) ]]
}

@test "a plain user can make all kinds but Debian" {
	local kind MKROOTFS=$PWD/rootfs/mkrootfs
	# The checkout may be where a plain user cannot look.
	cp -r "$ROOT/rootfs" rootfs
	cp "${BUILD:-$ROOT/build}/minit" minit
	export BUILD=$PWD
	small_root
	tar -C tree -cf root.tar .
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	mkdir user && chown 1234 user
	for kind in busybox 'host id' 'tar root.tar'; do
		# shellcheck disable=SC2086 # words
		setpriv --reuid 1234 --clear-groups "$MKROOTFS" --force -o user/root $kind
		[[ $(stat -c %u user/root/sbin/minit) == 1234 ]]
	done
	run setpriv --reuid 1234 --clear-groups "$MKROOTFS" -o user/debian debian
	((status == 1))
	[[ $output == "mkrootfs: cannot make Debian: only root can" && ! -e user/debian ]]
}

@test "debian: mmdebstrap has none of the caller's descriptors" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/mmdebstrap" <<-'END'
	#!/bin/sh
	for fd in 3 4 5 6 7 8 9; do
		[ ! -e "/proc/$$/fd/$fd" ] || [ "$(readlink "/proc/$$/fd/$fd")" = "$0" ] ||
			echo "E: open: $fd" >&2
	done
	while [ $# -gt 2 ]; do shift; done
	mkdir -p "$1/etc" "$1/bin"
	exit 1
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/mmdebstrap"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -1 "$MKROOTFS" -o "$BATS_TEST_TMPDIR/d" debian \
		3</dev/null 4</ 5</dev/null 6</dev/null 7</dev/null 8</dev/null 9</dev/null
	echo "$output"
	[[ $output != *"open:"* ]]
	[[ $output == *"cannot make Debian bookworm: mmdebstrap failed"* ]]
}

@test "wrong usage exits 2 with one line" {
	fails 2 "unknown option '--frobnicate'" --frobnicate
	fails 2 "unknown kind 'gentoo'" -o root gentoo
	fails 2 "-o needs a directory" -o
	fails 2 "-o needs a directory" -o '' busybox
	fails 2 "takes no argument" -o root busybox extra
	fails 2 "bad suite '../x'" -o root debian ../x
}
