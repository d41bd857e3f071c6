load helpers
load living

@test "exec runs in all namespaces, cgroups and walls of the container" {
	local ns
	must -d --name "$NAME" -m 64M --cap-drop KILL --rootfs "$BUSYBOX" sleep 60
	for ns in cgroup ipc mnt net pid uts; do
		must exec "$NAME" readlink "/proc/self/ns/$ns"
		[[ $output == "$(readlink "/proc/$(state pid)/ns/$ns")" ]]
	done
	must exec "$NAME" sh -c 'grep Cap /proc/self/status'
	[[ $output == "$(grep Cap "/proc/$(state pid)/status")" ]]
	must exec "$NAME" sh -c 'echo $PPID; cat /proc/self/cgroup'
	[[ $output == 0$'\n'*memory:/$'\n'* ]]
	command launch exec "$NAME" sleep 61 3>&- &
	eventually pgrep -f "^sleep 61$"
	[[ $(cat "/proc/$(pgrep -f "^sleep 61$")/cgroup") == "$(cat "/proc/$(state pid)/cgroup")" ]]
	kill $!
}

@test "exec's exit status is the command's, or says what was wrong" {
	background sleep 60
	launch exec "$NAME" sh -c 'exit 7'
	((status == 7))
	launch exec "$NAME" sh -c 'kill -KILL $$'
	((status == 137))
	launch exec "$NAME" nonesuch
	((status == 127))
	[[ $stderr == "launch: cannot find 'nonesuch' in the root's PATH"* ]]
	launch exec "$NAME" /etc
	((status == 126))
	launch exec "$NAME" -- sh -c 'exit 3'
	((status == 127))
	refuses "there is no container of that name" exec nope true
	refuses "cannot run 'exec': too few words (launch exec [OPTIONS] NAME COMMAND [ARGUMENT...])" exec "$NAME"
	refuses 'cannot use --memory: this command does not take it' exec --memory 1g "$NAME" true
	refuses "cannot enter '/nope' (--workdir)" exec -w /nope "$NAME" true
}

@test "exec has an environment, a user, a directory and fds of its own" {
	local out
	export SECRET=caller
	background -e INIT=1 sleep 60
	exec 9<"$BATS_TEST_DIRNAME"
	must exec "$NAME" env
	[[ $(sort <<<"$output" | grep -v ^SHLVL) == $'HOME=/root\nPATH='*$'\ncontainer=launch' ]]
	must exec -e A=b -w /tmp -u 1000:1001 "$NAME" sh -c 'echo $A $PWD; id -u; id -g; grep CapEff /proc/self/status'
	[[ $output == $'b /tmp\n1000\n1001\nCapEff:\t0000000000000000' ]]
	# The last is ls's own, of the directory.
	must exec "$NAME" ls /proc/self/fd
	[[ $output == $'0\n1\n2\n3' ]]
	exec 9<&-
	must exec "$NAME" sh -c umask
	[[ $output == 0022 ]]
	must exec "$NAME" grep -E "Sig(Blk|Ign)" /proc/self/status
	[[ $output == $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000' ]]
}

@test "exec passes stdin, and signals" {
	local pid
	background sleep 60
	[[ $(echo hello | command launch exec "$NAME" cat) == hello ]]
	command launch exec "$NAME" sh -c 'trap "exit 9" USR1; echo up; while :; do sleep 0.05; done' \
		>"$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	eventually grep -q up "$BATS_TEST_TMPDIR/out"
	kill -USR1 "$pid"
	wait "$pid" || status=$?
	((status == 9))
}

@test "exec -it has a terminal of the container's, with job control, and its size" {
	background sleep 60
	run "$BUILD/tests/tools/pty" \
		expect 'up' send 'tty; stty size\r' expect '/dev/pts/' \
		send 'sh -c "echo s$((1+1))t; sleep 100"\r' expect 's2t' send '\x1a' expect 'Stopped' send 'kill -9 %1; wait\r' \
		send 'echo $((6*7))\r' expect '42' send 'exit 5\rexit 5\r' expect 'over 5' \
		-- sh -c "stty rows 40 cols 100; launch exec -it $NAME sh -c 'echo up; exec sh -i'; echo over \$?; stty -a | grep -q ' icanon'"
	echo "[$status] $output"
	((status == 0))
	[[ $output == *"40 100"* ]]
}

@test "what exec runs does not outlive a killed launch" {
	background sleep 60
	command launch exec "$NAME" sleep 62 3>&- &
	eventually pgrep -f "^sleep 62$"
	kill -KILL $!
	eventually bash -c '! pgrep -f "^sleep 62$"'
}

@test "nothing of launch is behind exec's /proc/PID/exe, and no memory to look into" {
	requires strace
	background sleep 60
	strace -f -o "$BATS_TEST_TMPDIR/trace" launch exec "$NAME" true
	# The process that executes the command is one that stage.c has forked.
	grep -q 'execveat([0-9]*, "", \["stage", "[^"]*true", "true"\]' "$BATS_TEST_TMPDIR/trace"
	grep -q 'prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE' "$BATS_TEST_TMPDIR/trace"
	grep -q 'clone(child_stack=NULL, flags=CLONE_PARENT|SIGCHLD' "$BATS_TEST_TMPDIR/trace"
	local brother
	brother=$(awk '/execve\(".*true"/ { print $1 }' "$BATS_TEST_TMPDIR/trace" | tail -1)
	# Its first call is not launch's any more.
	[[ $(grep "^$brother " "$BATS_TEST_TMPDIR/trace" | head -1) == *PR_SET_PDEATHSIG* ]]
}

@test "launch is as it was after attacks by #!/proc/self/exe, in run and in exec" {
	local binary sum
	binary=$BATS_TEST_TMPDIR/launch
	cp "$(type -P launch)" "$binary"
	sum=$(sha256sum <"$binary")
	copy_root
	cat >"$BATS_TEST_TMPDIR/root/attack" <<-'EOT'
		#!/bin/sh
		# Whatever has /proc/self/exe as its interpreter, or its loader.
		while :; do
			for exe in /proc/[0-9]*/exe; do
				case $(readlink $exe) in
				*launch*) echo evil 2>/dev/null >$exe && echo written >>/won ;;
				esac
			done
		done 2>/dev/null
	EOT
	printf '#!/proc/self/exe\n' >"$BATS_TEST_TMPDIR/root/evil"
	ln -s /proc/self/exe "$BATS_TEST_TMPDIR/root/link"
	printf '#!/link\n' >"$BATS_TEST_TMPDIR/root/evil2"
	chmod 755 "$BATS_TEST_TMPDIR/root/"{attack,evil,evil2}
	"$binary" -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" /attack 3>&-
	for _ in {1..30}; do
		timeout 5 "$binary" exec "$NAME" /evil || :
		timeout 5 "$binary" exec "$NAME" /evil2 || :
		timeout 5 "$binary" exec "$NAME" /link || :
		timeout 5 "$binary" --net none --rootfs "$BATS_TEST_TMPDIR/root" /evil || :
		timeout 5 "$binary" --net none --rootfs "$BATS_TEST_TMPDIR/root" /link || :
	done >/dev/null 2>&1
	must stop "$NAME"
	[[ $(sha256sum <"$binary") == "$sum" ]]
	[[ ! -e $BATS_TEST_TMPDIR/root/won ]]
}

@test "launch is not run once more in a container, as first process, by any name" {
	local how
	copy_root
	printf '#!/proc/self/exe --version\n' >"$BATS_TEST_TMPDIR/root/script"
	ln -s /proc/self/exe "$BATS_TEST_TMPDIR/root/link"
	printf '#!/link list\n' >"$BATS_TEST_TMPDIR/root/script2"
	chmod 755 "$BATS_TEST_TMPDIR/root/"script*
	for how in /script /script2 /link "/link --version"; do
		# shellcheck disable=SC2086
		launch --net none --rootfs "$BATS_TEST_TMPDIR/root" $how
		((status == 126))
		[[ $stderr == "launch: cannot execute '/proc/self/exe': that is the host's launch" ]]
	done
	# The root's own may be.
	cp "$(type -P launch)" "$BATS_TEST_TMPDIR/root/own"
	must --net none --rootfs "$BATS_TEST_TMPDIR/root" /own --version
}

@test "a frozen container runs nothing, and says so" {
	requires cgroup1
	background sleep 60
	must freeze "$NAME"
	refuses "cannot run anything in '$NAME': it is frozen" exec "$NAME" true
	must thaw "$NAME"
	must exec "$NAME" true
}

@test "exec against a container that ends just then: it runs, or says what was wrong" {
	local i said
	for ((i = 0; i < 200; i++)); do
		command launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" \
			sleep "0.0$((RANDOM % 3))" >/dev/null
		status=0
		said=$(command launch exec "$NAME" true 2>&1) || status=$?
		echo "$i [$status] $said"
		((status == 0 || status == 125 || status == 137)) || return 1
		[[ $status == 125 || -z $said ]] || return 1
		# Two, when it is killed just behind its own word.
		(($(wc -l <<<"$said") <= 2))
		quickly gone
	done
	eventually same_traces "$before"
}

# CVE-2024-21626: the root's owner has a name that leads through a descriptor,
# and the caller has one that is open on a directory of the host.
@test "a working directory that leads out of the root is refused" {
	copy_root
	ln -s /proc/self/fd/9 "$BATS_TEST_TMPDIR/root/out"
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	refuses "cannot enter '/out' (--workdir)" \
		exec -w /out "$NAME" pwd 9</
	((status == 125))
	must exec -w /etc "$NAME" pwd
	[[ $output == /etc ]]
}

@test "a passwd that is a file of the kernel's is not read by who enters as root" {
	local file
	copy_root
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	for file in /proc/kmsg /proc/cpuinfo /sys/kernel/notes; do
		must exec "$NAME" ln -sf "$file" /etc/passwd
		refuses "cannot read '/etc/passwd' in the root: it is not a regular file" exec -u alice "$NAME" true
	done
}
