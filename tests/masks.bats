# What of the kernel's files a container's root may not change, or not see.
load helpers

@test "the files that run programs on the host cannot be written" {
	local file
	for file in sys/kernel/core_pattern sys/kernel/modprobe sys/kernel/hotplug \
		sys/vm/panic_on_oom sysrq-trigger irq/default_smp_affinity; do
		[[ -e /proc/$file ]] || continue
		before=$(cat "/proc/$file" 2>/dev/null || true)
		launch --net none --rootfs "$BUSYBOX" sh -c "echo h >/proc/$file"
		((status != 0))
		[[ $stderr == *"Read-only file system"* ]]
		[[ $(cat "/proc/$file" 2>/dev/null || true) == "$before" ]]
	done
}

@test "what tells of the host is hidden: files are empty, directories, too" {
	local path
	for path in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/interrupts; do
		[[ -e $path ]] || continue
		must --net none --rootfs "$BUSYBOX" wc -c "$path"
		[[ $output == "0 $path" ]]
	done
	for path in /proc/acpi /proc/scsi /proc/asound /sys/firmware; do
		[[ -e $path ]] || continue
		must --net none --rootfs "$BUSYBOX" ls -A "$path"
		[[ -z $output ]]
		refuses "" --net none --rootfs "$BUSYBOX" touch "$path/x"
	done
	[[ -z $(ls -A "$BUSYBOX/dev") ]]
	must --net none --rootfs "$BUSYBOX" ls -A /dev
	[[ $output != *empty* ]]
}

# Of the list of OCI's, what this kernel has.
@test "each path that is to be covered is, read-only or by nothing" {
	local path
	must --net none --rootfs "$BUSYBOX" cat /proc/mounts
	for path in sys sysrq-trigger irq bus fs; do
		[[ ! -e /proc/$path ]] || grep -q "^proc /proc/$path proc ro,nosuid,nodev,noexec" <<<"$output"
	done
	for path in /proc/{kcore,keys,latency_stats,timer_list,timer_stats,sched_debug,interrupts} \
		/proc/{acpi,asound,scsi} /sys/firmware /sys/devices/virtual/powercap; do
		[[ ! -e $path ]] || grep -q "^tmpfs $path tmpfs " <<<"$output"
	done
}

@test "a process may still write to its own files of /proc" {
	must --net none --rootfs "$BUSYBOX" sh -c 'echo 500 >/proc/self/oom_score_adj && cat /proc/self/oom_score_adj'
	[[ $output == 500 ]]
}

@test "nodes in the root are of no use, those of /dev are" {
	copy_root
	root=$BATS_TEST_TMPDIR/root
	mknod -m 666 "$root/zero" c 1 5
	refuses "" --net none --rootfs "$root" head -c 1 /zero
	[[ $stderr == *"Permission denied"* ]]
	refuses "" --ephemeral --net none --rootfs "$root" head -c 1 /zero
	must --net none --rootfs "$root" sh -c 'head -c 1 /dev/zero | wc -c; ! mknod /x c 1 5'
	[[ $output == 1* ]]
}

@test "--privileged hides and protects nothing" {
	must --privileged --net none --rootfs "$BUSYBOX" grep -c ' /proc/' /proc/mounts || ((status == 1))
	[[ $output == 0 ]]
}

@test "a /proc that leads elsewhere while we look is noticed" {
	copy_root
	root=$BATS_TEST_TMPDIR/root
	# In place of the race: what the name leads to after the mount.
	with_fault fstatfs:EIO --net none --rootfs "$root" true
	((status == 125))
	[[ $stderr == *"cannot look at '/proc'"* ]]
	mkdir "$root/other"
	ln -s other "$root/link"
	"${BUILD:-$ROOT/build}/tests/tools/flip" "$root/proc" "$root/link" 3>&- &
	local flipper=$!
	# In a shell of its own: bats looks at every command.
	cat >"$BATS_TEST_TMPDIR/rounds" <<-'END'
	for ((i = 0; i < 40; i++)); do
		launch --net none -T --rootfs "$1" sh -c 'echo started
			for f in /proc /other; do echo h >$f/sys/kernel/core_pattern; done'
		[[ $(</proc/sys/kernel/core_pattern) != h ]] || echo written
	done 2>&1
	END
	run bash "$BATS_TEST_TMPDIR/rounds" "$root"
	kill "$flipper"
	wait "$flipper" || :
	[[ $output != *written* ]]
	[[ $output == *"somebody is changing the root"* ]]
	echo "# started $(grep -cx started <<<"$output") times of 40" >&3
}
