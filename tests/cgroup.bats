load helpers

setup() {
	requires root
}

# group CONTROLLER - our group's directory there, as the state file has it.
group() {
	sed -n "s|^cgroup=\(/sys/fs/cgroup/$1/.*\)|\1|p" "$LAUNCH_RUNDIR/$NAME/state"
}

# begin ARGS... - a sleeping container in the background.
begin() {
	command launch -T --net none --name "$NAME" "$@" --rootfs "$BUSYBOX" sleep 30 3>&- &
	pid=$!
	eventually grep -q '^pid=[1-9]' "$LAUNCH_RUNDIR/$NAME/state"
}

end() {
	kill "$pid"
	wait "$pid" || :
}

@test "every limit is in its file, and the group goes with the container" {
	requires cgroup1
	local dirs dir
	begin -m 64M --cpus 0.5 --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 20
	[[ $(<"$(group memory)/memory.limit_in_bytes") == 67108864 ]]
	[[ $(<"$(group cpu)/cpu.cfs_quota_us") == 50000 ]]
	[[ $(<"$(group cpu)/cpu.cfs_period_us") == 100000 ]]
	[[ $(<"$(group cpuset)/cpuset.cpus") == 0 ]]
	[[ $(<"$(group cpuset)/cpuset.mems") == 0 ]]
	[[ $(<"$(group pids)/pids.max") == 20 ]]
	dirs=$(sed -n 's/^cgroup=//p' "$LAUNCH_RUNDIR/$NAME/state")
	for dir in $dirs; do
		grep -qx "$(pgrep -P "$pid")" "$dir/cgroup.procs"
	done
	end
	for dir in $dirs; do
		[[ ! -e $dir ]]
	done
}

@test "--memory-swap is memory and swap together, -1 any amount" {
	requires cgroup1
	[[ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ]] ||
		skip "no swap accounting"
	begin -m 64M --memory-swap 96M
	[[ $(<"$(group memory)/memory.memsw.limit_in_bytes") == 100663296 ]]
	end
	begin -m 64M --memory-swap -1
	(($(<"$(group memory)/memory.memsw.limit_in_bytes") > 1 << 40))
	end
}

@test "the limits hold: memory, processes, CPUs" {
	launch -m 16M --net none --rootfs "$BUSYBOX" \
		sh -c 'head -c 64m /dev/zero | tail -n 1 | wc -c; exit 0'
	[[ $output != 67108864 ]]
	launch --pids-limit 5 --net none --rootfs "$BUSYBOX" \
		sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 10 & done; wait'
	[[ $stderr == *"fork"* ]]
	must --cpuset-cpus 0 --net none --rootfs "$BUSYBOX" \
		grep Cpus_allowed_list /proc/self/status
	[[ $output == *$'\t0' ]]
}

@test "inside, the container's group is the root of what it sees" {
	must -m 64M --pids-limit 20 --net none --rootfs "$BUSYBOX" cat /proc/self/cgroup
	[[ $output == *:memory:/$'\n'* ]]
	[[ $output == *:pids:/* ]]
	must -m 64M --cgroupns host --net none --rootfs "$BUSYBOX" cat /proc/self/cgroup
	[[ $output == *:memory:*/launch.* ]]
}

@test "our own group's limits are the container's too: it is made below it" {
	requires cgroup1
	local mine=/sys/fs/cgroup/pids/$NAME-mine
	mkdir "$mine"
	run bash -c "echo \$\$ >$mine/cgroup.procs
		exec launch --net none --pids-limit 20 --cgroupns host --name $NAME-in \
			--rootfs $BUSYBOX grep pids /proc/self/cgroup"
	rmdir "$mine"
	[[ $output == *":pids:/$NAME-mine/launch.$NAME-in" ]]
}

@test "a command that was killed for want of memory: launch says so, and only then" {
	local grow='x=a; while :; do x=$x$x; done'
	launch -m 16M --net none --rootfs "$BUSYBOX" sh -c "$grow"
	((status == 137))
	[[ $stderr == "launch: 'sh' was killed: out of memory (--memory)" ]]
	launch -m 16M --net none --init --rootfs "$BUSYBOX" sh -c "$grow"
	((status == 137))
	[[ $stderr == "launch: 'sh' was killed: out of memory (--memory)" ]]
	launch -m 16M --net none --init --rootfs "$BUSYBOX" sh -c 'kill -KILL $$'
	((status == 137))
	[[ -z $stderr ]]
}

@test "a limit that the kernel refuses is named with its file, and nothing stays" {
	requires cgroup1
	local before
	before=$(traces)
	refuses "cannot set 'cpuset.cpus' to '0-999' in '/sys/fs/cgroup/cpuset" \
		--name "$NAME" --cpuset-cpus 0-999 -m 64M --rootfs "$BUSYBOX" true
	((status == 125))
	[[ $stderr == *"(--cpuset-cpus): there is only '0"*"'" ]]
	[[ $(traces) == "$before" ]]
}

@test "--cgroup-conf sets any file, and names one that there is not" {
	requires cgroup1
	begin --cgroup-conf memory.swappiness=17
	[[ $(<"$(group memory)/memory.swappiness") == 17 ]]
	end
	refuses "cannot set 'memory.nope' to '1'" --cgroup-conf memory.nope=1 \
		--rootfs "$BUSYBOX" true
	refuses "no cgroup hierarchy with that controller is mounted" \
		--cgroup-conf nosuch.file=1 --rootfs "$BUSYBOX" true
}

@test "without limits no cgroup is touched, and none has to be mounted" {
	run unshare --mount sh -c "umount -R /sys/fs/cgroup; exec strace -f -e trace=file -o $BATS_TEST_TMPDIR/calls \
		launch --net none --rootfs $BUSYBOX true"
	((status == 0))
	run ! grep -E 'cgroup' "$BATS_TEST_TMPDIR/calls"
}

@test "a limit where no cgroup is mounted is an error that says so" {
	run unshare --mount sh -c "umount -R /sys/fs/cgroup; exec launch --net none -m 64M --rootfs $BUSYBOX true"
	((status == 125))
	[[ $output == *"cannot limit 'memory' (--memory): no cgroup hierarchy with that controller is mounted" ]]
}

@test "a hierarchy that is mounted in an unusual place is found" {
	requires cgroup1
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	run unshare --mount sh -c "
		mount --move /sys/fs/cgroup/pids $BATS_TEST_TMPDIR/elsewhere 2>/dev/null ||
			mount -t cgroup -o pids pids $BATS_TEST_TMPDIR/elsewhere
		umount -R /sys/fs/cgroup
		launch --net none --pids-limit 7 --rootfs $BUSYBOX true &&
		strace -f -e trace=file -o $BATS_TEST_TMPDIR/calls launch --net none \
			--pids-limit 7 --rootfs $BUSYBOX true"
	((status == 0))
	grep -q "elsewhere/launch" "$BATS_TEST_TMPDIR/calls"
}

@test "groups that the container's keeper made below ours go too, with their processes" {
	requires cgroup1
	local below
	begin --pids-limit 20
	below=$(group pids)
	mkdir -p "$below/a/b" "$below/c"
	sleep 99 3>&- &
	echo $! >"$below/a/b/cgroup.procs"
	end
	[[ ! -e $below ]]
	run ! kill -0 %2
}

@test "the groups of a launcher that was killed go with the next one" {
	requires cgroup1
	local dir
	begin --pids-limit 20
	dir=$(group pids)
	kill -KILL "$pid"
	wait "$pid" || :
	[[ -d $dir ]]
	must --net none --rootfs "$BUSYBOX" true
	[[ ! -e $dir ]]
}
