load helpers
load living

setup() {
	requires root script
	seen=
}

# terminal COMMAND - run it at a terminal of 40 rows and 100 columns.
terminal() {
	coproc TERMINAL { script -qec "stty rows 40 cols 100; $1" /dev/null 3>&-; }
	terminal_pid=$!
	# Copies: bash takes its own away when the process ends.
	exec {from_terminal}<&"${TERMINAL[0]}" {to_terminal}>&"${TERMINAL[1]}"
}

type_in() {
	printf '%b' "$1" >&"$to_terminal"
}

# expect TEXT - read on until it appears; twenty seconds at most.
expect() {
	local bytes end=$((SECONDS + 20))
	while [[ $seen != *"$1"* ]]; do
		((SECONDS < end)) || {
			printf 'expected %q in %q\n' "$1" "$seen"
			return 1
		}
		IFS= read -r -t 0.1 -n 512 -d '' -u "$from_terminal" bytes || :
		seen+=$bytes
	done
	seen=${seen#*"$1"}
}

terminal_ended() {
	status=0
	wait "$terminal_pid" || status=$?
}

@test "at a terminal the command gets one of its own, as /dev/console" {
	terminal "launch --rootfs $BUSYBOX sh -c 'tty; stty size; [ /dev/console -ef /dev/pts/0 ] && echo same; cut -d\" \" -f7 /proc/self/stat'"
	expect /dev/pts/0
	expect "40 100"
	expect same
	expect 34816 # tty 136:0
	terminal_ended
	((status == 0))
}

@test "-T leaves the caller's terminal as it is, and out of the container's control" {
	terminal "launch -T --rootfs $BUSYBOX sh -c 'cut -d\" \" -f7 /proc/self/stat; ls /dev/console /dev/pts'"
	expect 0
	expect ptmx
	terminal_ended
	[[ $seen != *console* ]]
}

@test "-t without a terminal makes one all the same" {
	must -t --rootfs "$BUSYBOX" tty </dev/null
	[[ $output == /dev/pts/0* ]]
	printf 'echo in$((1+1))\nexit 6\n' >"$BATS_TEST_TMPDIR/script"
	launch -t --rootfs "$BUSYBOX" sh <"$BATS_TEST_TMPDIR/script"
	((status == 6))
	[[ $output == *in2* ]]
}

@test "^C, ^Z and ^D work inside, for the foreground job there" {
	terminal "launch --rootfs $BUSYBOX sh"
	expect "# "
	type_in 'sh -c "echo r$((1+1))n; exec sleep 100"\r'
	expect r2n
	type_in '\x03'
	expect "# "
	type_in 'echo code-$?\r'
	expect code-130
	type_in 'sh -c "echo r$((2+2))n; exec sleep 100"\r'
	expect r4n
	type_in '\x1a'
	expect Stopped
	type_in 'kill %1; exit 9\r'
	sleep 0.1
	type_in 'exit 9\r'
	terminal_ended
	((status == 9))
}

@test "a change of the window's size is passed on" {
	terminal "launch --name $NAME --rootfs $BUSYBOX sh -c 'trap \"stty size; exit\" WINCH; echo ready; while :; do sleep 0.05; done'"
	expect ready
	# Change the size of the terminal that launch runs at: by two calls, for both.
	stty rows 33 <"/proc/$(pgrep -f -n "^launch --name $NAME")/fd/0"
	expect "33 100"
	terminal_ended
}

@test "the caller's terminal is as before, after an end and after SIGKILL" {
	terminal "stty -a >$BATS_TEST_TMPDIR/before
		launch --rootfs $BUSYBOX true; stty -a >$BATS_TEST_TMPDIR/after
		launch --name $NAME --rootfs $BUSYBOX sh -c 'kill -9 \$\$; sleep 60 & echo up; wait'
		stty -a >$BATS_TEST_TMPDIR/killed; echo over"
	expect up
	kill -KILL "$(sed -n 's/^pid=//p' "$LAUNCH_RUNDIR/$NAME/state")"
	expect over
	cmp "$BATS_TEST_TMPDIR"/{before,after}
	cmp "$BATS_TEST_TMPDIR"/{before,killed}
	terminal_ended
}

# raw_by ARGS - "launch ARGS" has made its terminal raw; the first of that name,
# as the guard has it, too.
raw_by() {
	pid=$(pgrep -f -o "^launch $1") && stty -a <"/proc/$pid/fd/0" | grep -q -- " -icanon"
}

@test "the caller's terminal is as before also when launch itself is killed" {
	local how pid
	must -d -t --name "$NAME" --rootfs "$BUSYBOX" sleep 60
	for how in "--name $NAME-2 --rootfs $BUSYBOX sh" "exec -it $NAME sh" "console $NAME"; do
		terminal "stty -a >$BATS_TEST_TMPDIR/before
			launch $how
			until stty -a | grep -q ' icanon'; do sleep 0.01; done
			stty -a >$BATS_TEST_TMPDIR/killed; echo over"
		eventually raw_by "$how"
		kill -KILL "$pid"
		expect over
		cmp "$BATS_TEST_TMPDIR"/{before,killed}
		terminal_ended
		eventually not pgrep -f "^launch $how"
	done
	must stop "$NAME"
}

# is_cooked - the terminal of $pid is as a shell wants it.
is_cooked() {
	stty -a <"/proc/$pid/fd/0" | grep -q -- " icanon"
}

@test "who is stopped from outside gives the terminal back until he goes on" {
	local how pid
	must -d -t --name "$NAME" --rootfs "$BUSYBOX" sh
	for how in "--name $NAME-2 --rootfs $BUSYBOX sh" "exec -it $NAME sh" "console $NAME"; do
		terminal "launch $how; echo over"
		eventually raw_by "$how"
		kill -TSTP "$pid"
		eventually grep -q '^State:.*stopped' "/proc/$pid/status"
		is_cooked
		kill -CONT "$pid"
		eventually raw_by "$how"
		type_in 'echo $((40+2))\r'
		expect 42
		type_in "$([[ $how == console* ]] && echo '\x01q' || echo 'exit\r')"
		expect over
		terminal_ended
	done
	must stop "$NAME"
}

@test "in the background the terminal is the shell's, until fg" {
	local pid
	terminal "PS1='host> ' bash --norc --noediting"
	expect "host> "
	type_in "launch -t --name $NAME --rootfs $BUSYBOX sh &\r"
	eventually grep -q '^pid=' "$LAUNCH_RUNDIR/$NAME/state"
	type_in 'echo $((40+1))\r'
	expect 41
	pid=$(launcher_of)
	is_cooked
	type_in 'fg\r'
	eventually raw_by "-t --name $NAME"
	type_in 'echo $((40+2)); exit 3\r'
	expect 42
	expect "host> "
	type_in 'echo code-$?\r'
	expect code-3
	type_in 'exit\r'
	terminal_ended
}

# Without the filter it is the controlling terminal that counts.
@test "nothing can be typed into the caller's terminal, in none of the ways" {
	local how
	copy_root
	cp "$BUILD/tests/tools/sti" "$BATS_TEST_TMPDIR/root/bin/sti"
	must -d --name "$NAME" --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	# As the caller it can be done, or this tests nothing.
	run "$BUILD/tests/tools/pty" expect 'got stolen' -- \
		bash -c "$BUILD/tests/tools/sti stolen; read -r -t 5 line; echo got \$line"
	((status == 0))
	for how in "-T" "-t" "-T --seccomp none" "-t --seccomp none" \
		"exec $NAME" "exec -t $NAME"; do
		[[ $how == exec* ]] || how="--rootfs $BATS_TEST_TMPDIR/root $how"
		run "$BUILD/tests/tools/pty" expect 'got nothing' -- \
			bash -c "launch $how sti stolen; read -r -t 0.3 line; echo got \${line:-nothing}"
		echo "$how: [$status] $output"
		((status == 0))
		[[ $output == *"/dev/tty: "* ]]
	done
}

@test "nothing inside can type into the caller's terminal" {
	terminal "launch -T --rootfs $BUSYBOX sh -c 'echo >/dev/tty || echo no tty'"
	expect "no tty"
	terminal_ended
}

@test "all output arrives, however much and however late" {
	terminal "launch --rootfs $BUSYBOX sh -c 'seq 1 20000; echo the end' | tail -n 1; echo"
	terminal_ended
	launch -t --rootfs "$BUSYBOX" sh -c 'seq 1 50000; echo the end' </dev/null
	((status == 0))
	[[ ${#lines[@]} == 50001 ]]
	[[ ${lines[50000]} == "the end"* ]]
}
