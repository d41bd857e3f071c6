# A whole kernel under qemu: what this machine's own kernel cannot show.
load helpers

# boot SUITE APPEND [INIT] - boot Debian's kernel of that suite with launch and a
# root.
boot() {
	local root=$BATS_TEST_TMPDIR/vm kernel module
	kernel=$("$ROOT/tests/vm/kernel" "$1") || skip "no network to fetch Debian's kernel"
	mkdir -p "$root"/{bin,proc,sys,dev,modules}
	cp /bin/busybox "${BUILD:-$ROOT/build}/launch" "$root/bin/"
	cp "$ROOT/tests/vm/${3:-launch-init}" "$root/init"
	cp -a "$BUSYBOX" "$root/root"
	touch "$root/secret"
	for module in veth overlay; do
		find "$kernel/lib/modules" -name "$module.ko*" -exec cp {} "$root/modules/" \;
	done
	"$ROOT/tests/vm/boot" "$kernel" "$root" "$2" </dev/null | tr -d '\r' \
		>"$BATS_TEST_TMPDIR/console"
	cat "$BATS_TEST_TMPDIR/console"
}

# says LINE - the machine printed exactly this.
says() {
	grep -qxF "$1" "$BATS_TEST_TMPDIR/console" || {
		echo "not on the console: $1"
		return 1
	}
}

@test "on an initramfs the root is entered, and nothing outside can be reached" {
	requires root qemu-system-x86_64
	boot bookworm cgroups=v2
	says "mounts: 7"
	says "outside: ls: /secret: No such file or directory"
	run ! grep -E '(init|secret).*<- escaped' "$BATS_TEST_TMPDIR/console"
	says "ephemeral: /new"
	says "kept out: ls: /root/new: No such file or directory"
	says "none status: 125"
	says "1 packets transmitted, 1 packets received, 0% packet loss"

	# cgroup v2, from a group that has processes
	says "v2 memory.max: 67108864"
	says "v2 pids.max: 20"
	says "v2 cpu.max: 50000 100000"
	says "v2 cpuset.cpus: 0"
	says "v2 inside: 1"
	says "v2 status: 143"
	says "v2 tiny: 1000 1000000"
	says "v2 left: 0"
	says "v2 devices: passed"
}

@test "where v1 has some controllers and v2 the others, each limit finds its own" {
	requires root qemu-system-x86_64
	boot bookworm cgroups=hybrid
	says "hybrid memory.max: 67108864"
	says "hybrid cpu.max: 50000 100000"
	says "hybrid pids.max: 20"
	says "hybrid inside: 2"
	says "hybrid status: 143"
	says "hybrid left: 0"
	says "shared: one group"
	says "shared left: 0"
}

@test "living containers on v2: devices, freeze, stats, update, kill, want of memory" {
	requires root qemu-system-x86_64
	boot bookworm '' living-init
	says "usual: rw.rw.."
	says "a rule: rw.rw.w."
	says "no wall: rw.rw.rw."
	says "of LXC: rw.r.."
	says "before: rw.."
	says "plugged: rw.w.w."
	says "out: rw.."
	says "frozen: 1 frozen"
	says "stands: 0"
	says "thawed: 0 running"
	says "goes on: 1"
	for name in cpu_us memory pids; do
		says "stats $name: a number"
	done
	says "updated: 33554432 7 50000 100000 "
	says "killed: ls: /sys/fs/cgroup/system/launch.box: No such file or directory"
	says "lingering: 0 ls: /sys/fs/cgroup/system/launch.box: No such file or directory"
	says "oom status: 137"
	says "oom: true 9"
	says "left: 0 0"
}
