load helpers

@test "the command runs in namespaces of its own" {
	requires root
	local ns
	must --rootfs "$BUSYBOX" ls -l /proc/self/ns
	for ns in mnt pid ipc uts cgroup net; do
		[[ $output == *"$ns:["* ]]
		[[ $output != *"$(readlink "/proc/self/ns/$ns")"* ]]
	done
}

@test "--pid, --ipc, --uts, --cgroupns host and --net host share the caller's" {
	requires root
	local ns
	must --pid host --ipc host --uts host --cgroupns host --net host \
		--rootfs "$BUSYBOX" ls -l /proc/self/ns
	for ns in pid ipc uts cgroup net; do
		[[ $output == *"$(readlink "/proc/self/ns/$ns")"* ]]
	done
	[[ $output != *"$(readlink /proc/self/ns/mnt)"* ]]
}

@test "the command is process 1, in a session of its own" {
	requires root
	must --rootfs "$BUSYBOX" sh -c 'echo $$; cut -d" " -f6,7 /proc/self/stat'
	[[ ${lines[0]} == 1 ]]
	[[ ${lines[1]} == "1 0" ]] # session 1, no terminal
}

@test "the hostname is the container's, and the host keeps its own" {
	requires root
	local before
	before=$(uname -n)
	must --name "$NAME" --rootfs "$BUSYBOX" hostname
	[[ $output == "$NAME" ]]
	must --hostname other.example --rootfs "$BUSYBOX" hostname
	[[ $output == other.example ]]
	[[ $(uname -n) == "$before" ]]
}

@test "the exit status is the command's, or 128 and the signal" {
	requires root
	launch --rootfs "$BUSYBOX" sh -c 'exit 42'
	((status == 42))
	launch --init --rootfs "$BUSYBOX" sh -c 'kill -TERM $$'
	((status == 143))
	launch --rootfs "$BUSYBOX" --init sh -c 'exit 0'
	((status == 0))
}

@test "--init makes the embedded minit process 1 though the root has none" {
	requires root
	copy_root
	rm -f "$BATS_TEST_TMPDIR"/root/sbin/{minit,init}
	must --init --rootfs "$BATS_TEST_TMPDIR/root" sh -c \
		'cat /proc/1/comm; readlink /proc/1/exe; echo $PPID; exit 0'
	[[ ${lines[0]} == *minit ]]
	[[ ${lines[1]} == /memfd:minit* ]]
	[[ ${lines[2]} == 1 ]]
}

@test "the embedded minit is sealed" {
	requires root
	launch --init --rootfs "$BUSYBOX" sh -c 'echo x >>/proc/1/exe'
	((status != 0))
}

@test "the environment holds what was asked for, and no more" {
	requires root
	SECRET=1 must --rootfs "$BUSYBOX" -T -e A=b -e C env
	[[ $output == *A=b* ]]
	[[ $output == *container=launch* ]]
	[[ $output == *PATH=*:/bin* ]]
	[[ $output == *HOME=/root* ]]
	[[ $output != *SECRET* ]]
	SECRET=1 must --rootfs "$BUSYBOX" -e SECRET env
	[[ $output == *SECRET=1* ]]
}

@test "--workdir is where the command begins, / by default" {
	requires root
	must --rootfs "$BUSYBOX" pwd
	[[ $output == / ]]
	must --rootfs "$BUSYBOX" -w /usr/bin pwd
	[[ $output == /usr/bin ]]
	refuses "cannot enter '/nope' (--workdir): No such file" \
		--rootfs "$BUSYBOX" -w /nope pwd
	((status == 125))
}

@test "fds beyond 0-2 and the umask of the caller stay outside" {
	requires root
	exec 7<"$BATS_TEST_FILENAME"
	umask 077
	must --rootfs "$BUSYBOX" sh -c 'ls /proc/self/fd; umask'
	exec 7<&-
	# ls itself has 3 open on the directory.
	[[ $output == $'0\n1\n2\n3\n0022' ]]
}

@test "fds stay outside also where the kernel has no close_range" {
	requires root strace
	exec 7<"$BATS_TEST_FILENAME" 200<&7
	with_fault close_range:EINVAL:1+ --rootfs "$BUSYBOX" ls /proc/self/fd
	exec 7<&- 200<&-
	fault_happened
	[[ $output == $'0\n1\n2\n3' ]]
}

@test "signals that the caller ignores or blocks are as new for the command" {
	requires root
	trap '' HUP INT QUIT TERM USR1 RTMIN+5
	must --rootfs "$BUSYBOX" grep -E '^Sig(Blk|Ign)' /proc/self/status
	[[ $output == $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000' ]]
}

@test "closed fds 0-2 are opened on /dev/null, not on anything of the host" {
	requires root
	run bash -c "exec launch --rootfs '$BUSYBOX' sh -c \
		'[ -c /dev/fd/0 ] && [ -c /dev/fd/1 ] && [ -c /dev/fd/2 ]' <&- >&- 2>&-"
	((status == 0))
}

@test "only the default capabilities are left, also in the bounding set" {
	requires root
	must --rootfs "$BUSYBOX" grep Cap /proc/self/status
	# docker's without MKNOD
	[[ $output == *$'CapEff:\t00000000a00425fb'* ]]
	[[ $output == *$'CapBnd:\t00000000a00425fb'* ]]
	[[ $output == *$'CapInh:\t0000000000000000'* ]]
	must --rootfs "$BUSYBOX" --cap-add NET_ADMIN --cap-drop ALL \
		grep Cap /proc/self/status
	[[ $output == *$'CapEff:\t0000000000001000'* ]]
	[[ $output == *$'CapBnd:\t0000000000001000'* ]]
}

@test "--pid-file holds the host's pid of process 1 while it runs" {
	requires root
	local file=$BATS_TEST_TMPDIR/pid pid
	command launch --pid-file "$file" --rootfs "$BUSYBOX" sleep 30 3>&- &
	eventually test -s "$file"
	[[ $(tr '\0' ' ' <"/proc/$(<"$file")/cmdline") == "sleep 30 " ]]
	kill "$!"
	wait "$!" || status=$?
	((status == 143))
	[[ ! -e $file ]]
}

@test "--pid-file removes no device, pipe or link" {
	requires root
	local file=$BATS_TEST_TMPDIR/pid reader
	mknod "$file" c 1 3
	must --pid-file "$file" --net none --rootfs "$BUSYBOX" true
	[[ -c $file ]]
	rm "$file"
	mkfifo "$file"
	cat "$file" >"$BATS_TEST_TMPDIR/read" &
	reader=$!
	must --pid-file "$file" --net none --rootfs "$BUSYBOX" true
	wait "$reader"
	[[ $(<"$BATS_TEST_TMPDIR/read") =~ ^[0-9]+$ && -p $file ]]
	rm "$file"
	ln -s /dev/full "$file"
	refuses "cannot write '$file' (--pid-file): No space left" \
		--pid-file "$file" --net none --rootfs "$BUSYBOX" true
	[[ -L $file ]]
}

@test "--trace names each step with its microseconds" {
	requires root
	must --trace --rootfs "$BUSYBOX" true
	[[ $stderr =~ trace:\ +[0-9]+\ us\ +clone ]]
	[[ $stderr =~ trace:\ +[0-9]+\ us\ +pivot ]]
	[[ $stderr =~ trace:\ +[0-9]+\ us\ +exec ]]
}

@test "two containers of one name: the second is refused, and told so" {
	requires root
	command launch --name "$NAME" --rootfs "$BUSYBOX" sleep 30 3>&- &
	eventually test -s "$LAUNCH_RUNDIR/$NAME/state"
	refuses "cannot start '$NAME': a container of that name is running (--name)" \
		--name "$NAME" --rootfs "$BUSYBOX" true
	((status == 125))
	kill "$!"
	wait "$!" || status=$?
	must --name "$NAME" --rootfs "$BUSYBOX" true
}

@test "a plain user without a directory for the state is asked who it is" {
	mkdir "$BATS_TEST_TMPDIR/roots"
	chmod 700 "$BATS_TEST_TMPDIR/roots"
	# By fd: where it is built may be nobody else's to read.
	exec 9<"$(type -P launch)"
	run -125 setpriv --reuid 65534 --clear-groups --inh-caps=-all \
		env LAUNCH_RUNDIR="$BATS_TEST_TMPDIR/roots/run" \
		/proc/self/fd/9 --rootfs / true
	exec 9<&-
	[[ $output == "launch: cannot open '$BATS_TEST_TMPDIR/roots/run' (--state-dir) (are you root?): Permission denied" ]]
}

@test "a name that is given up while the next launch asks for it is free" {
	requires root strace
	local first second
	command launch --net none --name "$NAME" --rootfs "$BUSYBOX" sleep 30 3>&- &
	first=$!
	eventually test -s "$LAUNCH_RUNDIR/$NAME/state"
	strace -o "$BATS_TEST_TMPDIR/strace" -e trace=flock \
		-e inject=flock:delay_enter=1s:when=1 launch --net none \
		--name "$NAME" --rootfs "$BUSYBOX" true 3>&- &
	second=$!
	eventually grep -q flock "$BATS_TEST_TMPDIR/strace"
	kill "$first"
	wait "$first" || :
	wait "$second"
}

@test "a name that is cleared away while the next launch asks for it is free" {
	requires root
	command launch --net none --name "$NAME" --rootfs "$BUSYBOX" sleep 30 3>&- &
	eventually grep -q ^launcher= "$LAUNCH_RUNDIR/$NAME/state"
	kill -KILL "$!"
	wait "$!" || :
	# As who prunes does: it has the lock, and takes its time.
	flock "$LAUNCH_RUNDIR/$NAME" sleep 1 3>&- &
	eventually not flock -n "$LAUNCH_RUNDIR/$NAME" true
	must --net none --name "$NAME" --rootfs "$BUSYBOX" true
	wait "$!"
}

@test "a state directory of somebody else's, or behind a symlink, is refused" {
	requires root
	mkdir "$BATS_TEST_TMPDIR/theirs"
	chown 65534 "$BATS_TEST_TMPDIR/theirs"
	refuses "it is not yours" --state-dir "$BATS_TEST_TMPDIR/theirs" \
		--rootfs "$BUSYBOX" true
	ln -s "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/link"
	refuses "(--state-dir)" --state-dir "$BATS_TEST_TMPDIR/link" \
		--rootfs "$BUSYBOX" true
}
