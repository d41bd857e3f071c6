# A checkpoint outlives the machine: saved, switched off, booted, restored.
load helpers

# boots - boot Debian's kernel with the disk; what it prints is in $output.
boots() {
	run --separate-stderr "$ROOT/tests/vm/boot" "$kernel" "$root" </dev/null
	output=${output//$'\r'/}
	printf '%s\n' "$output" "$stderr"
}

says() {
	grep -qxF "$1" <<<"$output" || {
		echo "not on the console: $1"
		return 1
	}
}

@test "a container goes on after a reboot of its machine, and its clocks with it" {
	requires root qemu-system-x86_64 mkfs.ext4
	kernel=$("$ROOT/tests/vm/kernel" bookworm) || skip "no network to fetch Debian's kernel"
	root=$BATS_TEST_TMPDIR/vm
	mkdir -p "$root"/{bin,proc,sys,dev,modules}
	cp /bin/busybox "$BUILD/launch" "$root/bin/"
	cp "$ROOT/tests/vm/reboot-init" "$root/init"
	cp -a "$BUSYBOX" "$root/root"
	for module in veth virtio{,_ring,_pci,_pci_legacy_dev,_pci_modern_dev,_blk}; do
		find "$kernel/lib/modules" -name "$module.ko" -exec cp {} "$root/modules/" \;
	done
	export DISK=$BATS_TEST_TMPDIR/disk
	truncate -s 64M "$DISK"
	mkfs.ext4 -q "$DISK"
	boots
	says "saved: 0"
	boots
	says "restored: 0"
	says "it goes on: 1"
	says "and on: 1"
	says "processes: the same"
	says "its clock: ahead"
	says "memory.max: 67108864"
	says "pids.max: 20"
	says "cpu.max: 90000 100000"
	says "cpuset.cpus: 0"
	says "limits: the same"
	says "1 packets transmitted, 1 packets received, 0% packet loss"
}
