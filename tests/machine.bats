# minit as /init of a real kernel under qemu, on the serial console.
load helpers
load init

setup() {
	requires root qemu-system-x86_64
}

# machine - make $BATS_TEST_TMPDIR/vm, an initramfs of busybox and minit, whose
# /etc/inittab comes on stdin.
machine() {
	root=$BATS_TEST_TMPDIR/vm
	cp -a "$BUSYBOX" "$root"
	cp "${BUILD:-$ROOT/build}/minit" "$root/init"
	cp "${BUILD:-$ROOT/build}/launch" "$root/bin/launch"
	cat >"$root/etc/inittab"
	# Any password will do: there is none.
	sed -i 's/^root:[^:]*:/root::/' "$root/etc/passwd"
	rm -f "$root/etc/shadow"
}

# boots SUITE SCRIPT... - boot it, and play the script at the serial console; qemu
# ends by itself when the machine powers off.
boots() {
	local kernel suite=$1
	shift
	kernel=$("$ROOT/tests/vm/kernel" "$suite") || skip "no network to fetch Debian's kernel"
	run --separate-stderr env PTY_SECONDS=240 pty "$@" -- \
		"$ROOT/tests/vm/boot" "$kernel" "$root"
	output=${output//$'\r'/}
	printf '%s\n' "$output" "$stderr"
	((status == 0))
}

story() {
	machine <<-'END'
	::sysinit:echo first; echo pid1-is-$(cat /proc/1/comm)
	::sysinit:sleep 0.3; echo second; mount | grep -cE ' on /(proc|sys|dev|dev/pts|run|sys/fs/cgroup) '
	::wait:echo third
	::once:echo fourth
	ttyS0::respawn:/sbin/getty -L ttyS0 115200 vt100
	::shutdown:echo going
	END
	boots "$1" \
		expect login: send 'root\r' expect '# ' \
		send 'tty; echo is-$((40+2))\r' expect ttyS0 expect is-42 \
		send 'exit\r' \
		expect login: send 'root\r' expect '# ' \
		send 'launch -T --net none --hostname b$((40+2))x --rootfs / hostname\r' expect b42x \
		send 'poweroff\r' expect going expect 'Power down'
	[[ $output == *first*pid1-is-*init*second*6*third*fourth*login:*login:*going* ]]
	[[ $output != *anic* ]]
}

@test "an initramfs: sysinit in order, login, respawn after logout, launch, poweroff: Linux 6.1" {
	story bookworm
}

@test "the same on Linux 6.12" {
	story bookworm-backports
}

@test "ctrl-alt-del runs its line, and a reboot ends the emulated machine" {
	machine <<-'END'
	::sysinit:echo ready
	ttyS0::respawn:/bin/sh
	::ctrlaltdel:echo three fingers; kill -TERM 1
	::shutdown:echo going
	END
	# ^A c leads to qemu's own monitor.
	boots bookworm expect ready expect '# ' \
		send '\x01c' expect '(qemu)' send 'sendkey ctrl-alt-delete\r' \
		expect 'three fingers' expect going
}

@test "without an inittab there is a shell on the serial console" {
	machine <<<''
	rm "$root/etc/inittab"
	boots bookworm expect Enter send '\r' expect '# ' send 'echo up-$((40 + 2))\r' expect up-42 \
		send 'poweroff\r' expect 'Power down'
}

@test "a sysinit that hangs does not keep the machine from going down" {
	machine <<-'END'
	ttyS0::once:sh -c 'sleep 2; echo now; kill -USR2 1'
	::sysinit:sh -c 'echo hanging; (sleep 1; kill -USR2 1) & sleep 1000'
	END
	boots bookworm expect hanging expect 'Power down'
}

# What it takes to have a disk.
modules=(virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci
	virtio_blk)

# add_modules - put them into $root.
add_modules() {
	local kernel name
	kernel=$("$ROOT/tests/vm/kernel" bookworm) || skip "no network to fetch Debian's kernel"
	mkdir -p "$root/modules"
	for name in "${modules[@]}"; do
		find "$kernel/lib/modules" -name "$name.ko" -exec cp {} "$root/modules" \;
	done
}

# is_clean - was the disk's file system unmounted, or made read-only, at the end?
is_clean() {
	run dumpe2fs -h "$DISK"
	[[ $output == *"Filesystem state:         clean"* ]]
	[[ $output != *needs_recovery* ]]
}

@test "a disk is clean after the machine was switched off, whoever sits on it" {
	requires mkfs.ext4
	export DISK=$BATS_TEST_TMPDIR/disk
	truncate -s 16M "$DISK"
	mkfs.ext4 -q "$DISK"
	machine <<-END
	::sysinit:cd /modules; for m in ${modules[*]}; do insmod \$m.ko; done
	::sysinit:mount -t ext4 /dev/vda /mnt && mkdir "/mnt/a b" && mount -t tmpfs tmpfs "/mnt/a b"
	::wait:echo data >/mnt/file; echo written-\$((1)); poweroff
	stay::respawn:cd /mnt; trap '' TERM; while :; do sleep 0.1; done
	END
	mkdir -p "$root/mnt"
	add_modules
	boots bookworm expect written-1 expect 'Power down'
	is_clean
	[[ $(debugfs -R 'cat file' "$DISK" 2>/dev/null) == data ]]
}

# The swap file keeps / from being made read-only until swap is off.
@test "/sbin/init of a disk: swap goes off, / is read-only at the end" {
	requires mkfs.ext4
	export DISK=$BATS_TEST_TMPDIR/disk
	machine <<-END
	::sysinit:dd if=/dev/zero of=/swap bs=1M count=4; chmod 600 /swap; mkswap /swap; swapon /swap
	::wait:echo data >/file; grep -c /swap /proc/swaps; echo root-is-\$(stat -f -c %T /)
	::once:echo swaps-\$(grep -c /swap /proc/swaps); minit poweroff
	stay::respawn:trap '' TERM; while :; do sleep 0.1; done
	END
	mkdir -p "$root/modules"
	cp "$root/init" "$root/sbin/init.new" && mv "$root/sbin/init.new" "$root/sbin/minit"
	truncate -s 32M "$DISK"
	mkfs.ext4 -q -d "$root" "$DISK"
	add_modules
	cat >"$root/init" <<-END
	#!/bin/sh
	for m in ${modules[*]}; do insmod /modules/\$m.ko; done
	mount -t devtmpfs none /dev
	mount -t ext4 /dev/vda /mnt
	umount /dev
	exec switch_root /mnt /sbin/init
	END
	boots bookworm expect root-is-ext expect swaps-1 expect 'Power down'
	is_clean
	[[ $(debugfs -R 'cat file' "$DISK" 2>/dev/null) == data ]]
}

@test "a clock that jumps holds nothing up" {
	machine <<-'END'
	svc::respawn:echo x >>/log
	::once:more() { n=$(($(grep -c x /log) + 2)); until [ $(grep -c x /log) -ge $n ]; do sleep 0.1; done; }; date -s '2001-01-01 00:00:00'; more; date -s '2037-01-01 00:00:00'; more; echo went-$((40 + 2)); minit poweroff
	END
	boots bookworm expect went-42 expect 'Power down'
}

@test "the power fails, runs low and is back; a key asks: each has its line" {
	machine <<-'END'
	fail::powerfail:echo fails >>/log
	wait::powerwait:echo fails-too >>/log
	low::powerfailnow:echo low >>/log
	back::powerokwait:echo back >>/log
	key::kbrequest:echo key >>/log
	::once:has() { until grep -qsx $1 /log; do sleep 0.1; done; }; kill -PWR 1; has fails; has fails-too; sort /log; echo L >/var/run/powerstatus; kill -PWR 1; has low; echo O >/var/run/powerstatus; kill -PWR 1; has back; kill -WINCH 1; has key; tail -n 3 /log | tr '\n' -; echo end; minit poweroff
	END
	boots bookworm expect fails expect fails-too expect low-back-key-end expect 'Power down'
}

@test "the power fails without a line for it: off" {
	machine <<-'END'
	::once:kill -PWR 1; sleep 600
	::shutdown:echo going
	END
	boots bookworm expect going expect 'Power down'
}

@test "signals that end processes do not end PID 1" {
	machine <<-END
	::once:for n in 3 9 11 19 31; do kill -\$n 1; done; sleep 0.5; echo alive-\$((1)); minit poweroff
	END
	boots bookworm expect alive-1 expect 'Power down'
	[[ $output != *anic* ]]
}

@test "poweroff -f asks the kernel itself" {
	machine <<-END
	::once:minit poweroff -f
	::shutdown:echo going
	END
	boots bookworm expect 'Power down'
	[[ $output != *going* ]]
}
