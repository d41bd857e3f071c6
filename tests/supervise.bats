load helpers

setup() {
	requires root
	ready=$BATS_TEST_TMPDIR/shared
	mkdir "$ready"
}

# begin ARGS... - launch in the background, until the command has made /mnt/up.
begin() {
	command launch -T --name "$NAME" -v "$ready:/mnt" --rootfs "$BUSYBOX" "$@" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	eventually test -e "$ready/up"
}

# ended - wait for launch; its status in $status.
ended() {
	status=0
	wait "$pid" || status=$?
}

@test "a signal that the command catches is passed on" {
	local sig
	for sig in HUP INT USR1 USR2 TERM PWR WINCH 34 37 64; do
		rm -f "$ready/up"
		begin sh -c "trap 'echo got; exit 7' $sig; touch /mnt/up; while :; do sleep 0.01; done"
		kill "-$sig" "$pid"
		ended
		((status == 7))
		[[ $(<"$BATS_TEST_TMPDIR/out") == got ]]
	done
}

@test "a signal that the command does not know ends it, as it would on the host" {
	local sig
	for sig in HUP INT TERM USR1 ALRM; do
		rm -f "$ready/up"
		begin sh -c 'touch /mnt/up; exec sleep 30'
		eventually grep -q sleep "/proc/$(pgrep -P "$pid")/cmdline"
		kill "-$sig" "$pid"
		ended
		((status == 128 + $(kill -l "$sig")))
	done
}

@test "a signal that does no harm by default does none here" {
	begin sh -c 'touch /mnt/up; sleep 0.5; exit 3'
	kill -WINCH "$pid"
	kill -CONT "$pid"
	kill -URG "$pid"
	ended
	((status == 3))
}

@test "SIGHUP is not passed on when the caller ignores it, as under nohup" {
	trap '' HUP
	begin sh -c 'touch /mnt/up; sleep 0.5; exit 3'
	trap - HUP
	kill -HUP "$pid"
	ended
	((status == 3))
}

@test "a caller that ignores SIGCHLD gets the exit status all the same" {
	# A shell does not let go of it.
	run timeout -s KILL 30 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' \
		launch --rootfs "$BUSYBOX" sh -c 'exit 5'
	((status == 5))
}

@test "SIGKILL of the command is 137, and nothing stays behind" {
	local before
	before=$(traces)
	begin sh -c 'touch /mnt/up; exec sleep 30'
	kill -KILL "$(pgrep -P "$pid")"
	ended
	((status == 137))
	eventually same_traces "$before"
}

@test "a signal that comes behind the command's end does not change what that was" {
	local child
	begin sh -c 'touch /mnt/up; exec sleep 30'
	child=$(pgrep -P "$pid")
	kill -STOP "$pid"
	kill -KILL "$child"
	eventually grep -q '^State:.Z' "/proc/$child/status"
	kill -TERM "$pid"
	kill -CONT "$pid"
	ended
	((status == 137))
}

@test "SIGKILL of launch ends the container too; the next launch clears up" {
	local before child
	before=$(traces)
	begin sh -c 'touch /mnt/up; exec sleep 30'
	child=$(pgrep -P "$pid")
	kill -KILL "$pid"
	wait "$pid" || :
	eventually test ! -e "/proc/$child"
	must --name "$NAME-next" --rootfs "$BUSYBOX" true
	eventually same_traces "$before"
}

@test "a dead container that nobody has reaped yet does not hold up the next launch" {
	# This process 1 waits for its own children only.
	run -0 unshare --pid --fork --mount-proc perl -e '
		use Time::HiRes qw(time sleep);
		my ($name, $root) = @ARGV;
		my $pid = fork;
		exec "launch", "--net", "none", "--name", $name, "--rootfs",
			$root, "sleep", "30" if !$pid;
		sleep 0.05 until -s "$ENV{LAUNCH_RUNDIR}/$name/state";
		kill KILL => $pid;
		waitpid $pid, 0;
		my $since = time;
		system("launch", "--net", "none", "--rootfs", $root, "true") == 0
			or die "launch failed";
		die "the orphan is still known" if -e "$ENV{LAUNCH_RUNDIR}/$name";
		print int(1000 * (time - $since));
		' "$NAME" "$BUSYBOX" 3>&-
	in_time "$output <= 1500"
}

@test "SIGKILL of launch at any moment of the start leaves no process" {
	local i delay
	for ((i = 0; i < 60; i++)); do
		command launch -T --pids-limit 20 --name "$NAME" --rootfs "$BUSYBOX" sleep 77 3>&- &
		pid=$!
		delay=$((RANDOM % 6000))
		sleep "0.00$(printf %04d "$delay")"
		kill -KILL "$pid"
		wait "$pid" || :
	done
	eventually bash -c '! pgrep -f "^sleep 77$"'
	must --name "$NAME" --rootfs "$BUSYBOX" true
	[[ -z $(ls "$LAUNCH_RUNDIR") ]]
	[[ -z $(find /sys/fs/cgroup -name "launch.$NAME*") ]]
}

# silent_root - a root with a filesystem whose server never answers.
silent_root() {
	copy_root
	exec 8<>/dev/fuse
	mount -t fuse -o fd=8,rootmode=40000,user_id=0,group_id=0 silent \
		"$BATS_TEST_TMPDIR/root/etc"
}

answer() {
	umount -l "$BATS_TEST_TMPDIR/root/etc"
	exec 8>&-
}

# hangs ARGS... - launch ARGS... in the background: the child does not come up.
hangs() {
	command launch --name "$NAME" --user nobody --rootfs "$BATS_TEST_TMPDIR/root" "$@" \
		true 2>"$BATS_TEST_TMPDIR/said" 3>&- 8>&- &
	pid=$!
	eventually held
}

# held - the process $child waits for that server.
held() {
	for child in $(pgrep -f "^launch --name $NAME "); do
		! grep -qs fuse "/proc/$child/wchan" "/proc/$child/stack" || return 0
	done
	return 1
}

@test "SIGKILL of launch ends a child that hangs on the way to the command" {
	local child
	silent_root
	hangs --net none
	kill -KILL "$pid"
	eventually test ! -e "/proc/$child"
	answer
}

@test "a signal or --timeout ends a child that hangs, and nothing stays" {
	local child signal
	silent_root
	for signal in TERM INT QUIT HUP; do
		# Also one that the caller ignores, as "&" makes it of INT and QUIT.
		hangs --pids-limit 9
		kill -$signal "$pid"
		ended
		((status == 128 + $(kill -l $signal)))
		[[ $(<"$BATS_TEST_TMPDIR/said") == "launch: cannot start 'true': told to end before it ran" ]]
		[[ ! -e /proc/$child && ! $(ls "$LAUNCH_RUNDIR") ]]
	done
	launch --timeout 700ms -t --name "$NAME" --user nobody --rootfs "$BATS_TEST_TMPDIR/root" true </dev/null
	((status == 124))
	[[ $stderr == *'told to end before it ran (--timeout)' ]]
	launch -d --timeout 300ms --name "$NAME" --user nobody --rootfs "$BATS_TEST_TMPDIR/root" true
	((status == 124))
	[[ ! $(ls "$LAUNCH_RUNDIR") ]]
	answer
}

@test "launch stop ends a child that hangs, of any kind of start" {
	local child
	silent_root
	for how in "--net none" "--pids-limit 9" -d -d -d -d; do
		# shellcheck disable=SC2086
		hangs $how
		must stop "$NAME"
		[[ $output == "$NAME: ended by TERM" ]]
		ended
		((status == 143))
		[[ ! -e /proc/$child && ! $(ls "$LAUNCH_RUNDIR") ]]
	done
	answer
}

@test "the stopped caller is stopped alone, the container runs on" {
	begin sh -c 'touch /mnt/up; sleep 0.6; touch /mnt/later; exit 4'
	kill -TSTP "$pid"
	eventually grep -q '^State:.*stopped' "/proc/$pid/status"
	eventually test -e "$ready/later"
	kill -CONT "$pid"
	ended
	((status == 4))
}

@test "processes that the command leaves behind end with it" {
	begin sh -c 'setsid sleep 88 & setsid sh -c "sleep 88 & sleep 88" & touch /mnt/up; exit 5'
	ended
	((status == 5))
	eventually bash -c '! pgrep -f "^sleep 88$"'
}

@test "a waiting launch is small: 256 KiB at most, 100 of them its own" {
	# Two of them: what both map is not private.
	command launch -T --rootfs "$BUSYBOX" sleep 30 3>&- &
	begin sh -c 'touch /mnt/up; exec sleep 30'
	eventually awk '/^Rss:/ { rss = $2 } /^Private/ { own += $2 }
		END { print rss, own; exit !(rss <= 256 && own <= 100) }' \
		"/proc/$pid/smaps_rollup"
	kill "$pid" %1
	ended
}
