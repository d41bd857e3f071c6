# Roots that are files: images of filesystems, and archives.
load helpers
load living

setup() {
	requires root
	before=$(traces)
	loops=$(used_loops)
	image=$BATS_TEST_TMPDIR/root.img
}

teardown() {
	! mountpoint -q "$BATS_TEST_TMPDIR/disk" ||
		fsfreeze --unfreeze "$BATS_TEST_TMPDIR/disk" 2>/dev/null || :
	end_all
}

used_loops() {
	grep -l . /sys/block/loop*/loop/backing_file 2>/dev/null || :
}

# released - no loop device is held, and nothing of ours is left.
released() {
	[[ $(used_loops) == "$loops" ]] && same_traces "$before"
}

make_ext4() {
	truncate -s 16M "$image"
	mkfs.ext4 -q -d "$BUSYBOX" "$image"
}

@test "squashfs, erofs and ext4 are roots that can be written to, and forget it" {
	local kind sum
	for kind in squashfs erofs ext4; do
		rm -f "$image"
		case $kind in
		squashfs) mksquashfs "$BUSYBOX" "$image" -quiet -no-progress >/dev/null ;;
		erofs) mkfs.erofs --quiet "$image" "$BUSYBOX" >/dev/null ;;
		ext4) make_ext4 ;;
		esac
		sum=$(sha256sum <"$image")
		must --net none --rootfs "$image" sh -c \
			'echo hello >/etc/new && cat /etc/new && [ $$ = 1 ] && cat /proc/1/comm && ls /dev/null'
		[[ $output == $'hello\nsh\n/dev/null' ]]
		must --read-only --net none --rootfs "$image" sh -c 'touch /etc/new || echo refused'
		[[ $output == refused ]]
		[[ $(sha256sum <"$image") == "$sum" ]]
		eventually released
	done
}

@test "check looks into an image and an archive as into a directory" {
	local kind
	copy_root
	echo '::respawn:/bin/sh' >"$BATS_TEST_TMPDIR/root/etc/inittab"
	printf '#!/bin/nope\n' >"$BATS_TEST_TMPDIR/bad"
	chmod +x "$BATS_TEST_TMPDIR/bad"
	for kind in squashfs erofs ext4 tar; do
		rm -f "$image"
		case $kind in
		squashfs) mksquashfs "$BATS_TEST_TMPDIR/root" "$image" -quiet -no-progress >/dev/null ;;
		erofs) mkfs.erofs --quiet "$image" "$BATS_TEST_TMPDIR/root" >/dev/null ;;
		ext4) truncate -s 16M "$image" && mkfs.ext4 -q -d "$BATS_TEST_TMPDIR/root" "$image" ;;
		tar) tar -czf "$image" -C "$BATS_TEST_TMPDIR/root" . ;;
		esac
		must check "$image"
		grep -q '^root  *yes' <<<"$output"
		grep -q '^shell  *yes  */bin/sh' <<<"$output"
		grep -q '^inittab  *yes' <<<"$output"
		eventually released
	done
	rm "$BATS_TEST_TMPDIR/root/bin/sh" && cp "$BATS_TEST_TMPDIR/bad" "$BATS_TEST_TMPDIR/root/bin/sh"
	tar -cf "$image" -C "$BATS_TEST_TMPDIR/root" .
	launch check "$image"
	((status == 1))
	grep -q "^shell  *MISSING  *.*'/bin/nope' is missing in the root" <<<"$output"
	echo text >"$image"
	launch check "$image"
	((status == 1))
	grep -q "^root  *MISSING  *cannot look into '$image': it is not a directory, and no image" <<<"$output"
	eventually released
}

@test "extended attributes of an archive stay behind, also those that are powers" {
	copy_root
	mkdir "$BATS_TEST_TMPDIR/root/x"
	python3 - "$BATS_TEST_TMPDIR/root/x" <<-EOF
	import os, struct, sys
	d, f = sys.argv[1], sys.argv[1] + "/f"
	open(f, "w").close()
	powers = struct.pack("<IIIII", 0x02000001, 1 << 13 | 1 << 21, 0, 0, 0)
	os.setxattr(f, "security.capability", powers)
	os.setxattr(d, "trusted.overlay.opaque", b"y")
	try: os.setxattr(f, "user.note", b"hello")
	except OSError: pass
	EOF
	tar --xattrs --xattrs-include='*' -cf "$image" -C "$BATS_TEST_TMPDIR/root" .
	# They are in it, or this tests nothing.
	tar --xattrs --xattrs-include='*' -tvvf "$image" | grep -q security.capability
	must -d --new-privs --userns auto --name "$NAME" --net none --rootfs "$image" sleep 60
	[[ $(python3 -c 'import os, sys; print([os.listxattr(p) for p in sys.argv[1:]])' \
		"/proc/$(state pid)/root/x" "/proc/$(state pid)/root/x/f") == "[[], []]" ]]
	must stop "$NAME"
	eventually released
}

@test "--rw writes into ext4, and only there" {
	make_ext4
	must --rw --net none --rootfs "$image" sh -c 'echo kept >/etc/kept'
	eventually released
	must --net none --rootfs "$image" cat /etc/kept
	[[ $output == kept ]]
	mksquashfs "$BUSYBOX" "$BATS_TEST_TMPDIR/s.img" -quiet -no-progress >/dev/null
	refuses "cannot write into '$BATS_TEST_TMPDIR/s.img': it is squashfs (--rw)" \
		--rw --rootfs "$BATS_TEST_TMPDIR/s.img" true
	eventually released
}

@test "who writes into an image has it alone" {
	make_ext4
	must -d --rw --name "$NAME" --net none --rootfs "$image" sleep 60
	refuses "cannot use '$image': another container writes into it" --rw --net none --rootfs "$image" true
	refuses "cannot use '$image': another container writes into it" --net none --rootfs "$image" true
	must stop "$NAME"
	eventually released
	must -d --name "$NAME" --net none --rootfs "$image" sleep 60
	must --net none --rootfs "$image" true
	refuses "or would lose what it reads (--rw)" --rw --net none --rootfs "$image" true
	must stop "$NAME"
	refuses "cannot both write into '$image' and not (--rw, --read-only)" \
		--rw --read-only --rootfs "$image" true
}

@test "unpacking ends when it is told to" {
	local pid
	mkdir "$BATS_TEST_TMPDIR/zeroes"
	truncate -s 900M "$BATS_TEST_TMPDIR/zeroes/file"
	tar -czf "$image" -C "$BATS_TEST_TMPDIR/zeroes" .
	command launch --net none --rootfs "$image" true 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	pid=$!
	eventually pgrep -P "$pid" tar
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	((status == 125))
	grep -q "cannot unpack '$image': told to end" "$BATS_TEST_TMPDIR/said"
	eventually released
}

@test "the loop device is free again also when launch is killed, or cannot start" {
	mksquashfs "$BUSYBOX" "$image" -quiet -no-progress >/dev/null
	must -d --name "$NAME" --net none --rootfs "$image" sleep 60
	[[ $(used_loops) != "$loops" ]]
	kill -KILL "$(launcher_of)"
	eventually has_state lost
	must prune
	eventually released
	launch --net none --rootfs "$image" nonesuch
	((status == 127))
	eventually released
}

@test "an image in the background: exec, a restart, in a user namespace" {
	mksquashfs "$BUSYBOX" "$image" -quiet -no-progress >/dev/null
	must -d --restart always --name "$NAME" --net none --rootfs "$image" sleep 60
	must exec "$NAME" sh -c 'touch /etc/x; echo ok'
	command launch kill "$NAME"
	eventually grep -q ^restarts=1 "$LAUNCH_RUNDIR/$NAME/state"
	eventually command launch exec "$NAME" test ! -e /etc/x
	must stop "$NAME"
	eventually released
	make_ext4
	must --userns auto --net none --rootfs "$image" stat -c %u /etc/passwd
	[[ $output == 0 ]]
	eventually released
}

@test "an archive, packed or not, is unpacked into memory" {
	local how
	for how in "" z J; do
		tar "-c${how}f" "$image" -C "$BUSYBOX" .
		must --net none --rootfs "$image" sh -c 'echo hello >/etc/new && cat /etc/new; stat -f -c %T /'
		[[ $output == $'hello\ntmpfs' ]]
		eventually released
	done
	mkdir -p "$BATS_TEST_TMPDIR/large"
	head -c 3M /dev/urandom >"$BATS_TEST_TMPDIR/large/file"
	tar -cf "$image" -C "$BATS_TEST_TMPDIR/large" .
	refuses "cannot unpack '$image' into 1 MiB: tar failed (--root-size)" \
		--root-size 1M --rootfs "$image" true
	eventually released
}

@test "an archive cannot write anywhere else" {
	local dir=$BATS_TEST_TMPDIR/bad
	mkdir -p "$dir/sub" "$BATS_TEST_TMPDIR/outside"
	cp -a "$BUSYBOX/." "$dir/sub/"
	echo evil >"$dir/evil"
	ln -s "$BATS_TEST_TMPDIR/outside" "$dir/sub/way"
	# ../, an absolute name, a symlink and then a file behind it, a hard link out.
	tar -cf "$image" -C "$dir/sub" .
	tar -rf "$image" -P -C "$dir" --transform "s,^evil,../../../../../../../$BATS_TEST_TMPDIR/outside/1," evil
	tar -rf "$image" -P -C "$dir" --transform "s,^evil,$BATS_TEST_TMPDIR/outside/2," evil
	tar -rf "$image" -P -C "$dir" --transform "s,^evil,./way/3," evil
	launch --net none --rootfs "$image" ls /
	[[ -z $(ls "$BATS_TEST_TMPDIR/outside") ]]
	eventually released
	mknod "$dir/sub/disk" b 7 0
	tar -cf "$image" -C "$dir/sub" .
	must --net none --rootfs "$image" sh -c 'head -c 1 /disk 2>&1 || :'
	[[ $output == *"Permission denied"* ]]
}

# A hole in tar is a hole in nothing else.
@test "a tar that does what the archive says cannot write anywhere else either" {
	tar -cf "$image" -C "$BUSYBOX" .
	cat >"$BATS_TEST_TMPDIR/tar" <<-EOT
		#!/bin/sh
		echo evil >$BATS_TEST_TMPDIR/written
		echo evil >/proc/sys/kernel/core_pattern
		{ ip link show lo && cat /proc/self/status; } >said
		exec /bin/busybox tar -xf /proc/self/fd/0
	EOT
	chmod 755 "$BATS_TEST_TMPDIR/tar"
	mount --bind "$BATS_TEST_TMPDIR/tar" /usr/bin/tar
	launch --net none --rootfs "$image" cat /said
	umount /usr/bin/tar
	((status == 0))
	[[ ! -e $BATS_TEST_TMPDIR/written ]]
	[[ $stderr == *"Read-only file system"* ]]
	[[ $output == *"state DOWN"*$'CapBnd:\t000000000800001b'*$'NoNewPrivs:\t1'* ]]
}

@test "what is no image is refused by name" {
	echo nothing >"$image"
	refuses "it is not a directory, and no image (squashfs, erofs, ext4, tar)" --rootfs "$image" true
	printf 'hsqsgarbage' >"$image"
	truncate -s 1M "$image"
	refuses "cannot mount '$image' (squashfs)" --rootfs "$image" true
	eventually released
	tar -cf "$image" -C "$BUSYBOX" . && truncate -s 200K "$image"
	refuses "tar failed" --rootfs "$image" true
	eventually released
}

@test "a start that a disk holds up for ever is given up, and cleared away later" {
	local disk=$BATS_TEST_TMPDIR/disk
	make_ext4
	mkdir "$disk"
	mount -o loop "$image" "$disk"
	rmdir "$disk/proc" # to be made again, which has to wait
	fsfreeze --freeze "$disk"
	# To a file: who hangs has it open, too, and a pipe would not end.
	timeout 60 launch --net none --name "$NAME" --timeout 200ms --rootfs "$disk" true \
		>"$BATS_TEST_TMPDIR/said" 2>&1 3>&- && status=0 || status=$?
	fsfreeze --unfreeze "$disk"
	echo "[$status] $(<"$BATS_TEST_TMPDIR/said")"
	((status == 125))
	[[ $(<"$BATS_TEST_TMPDIR/said") == "launch: cannot end '$NAME': process "*" does not die (launch prune)" ]]
	cleared() {
		command launch prune
		umount "$disk" 2>/dev/null || ! mountpoint -q "$disk"
		released
	}
	eventually cleared
}
