load helpers
load init

teardown() {
	end_init
}

# caught NUMBER TIMES - has catch said it so often?  The terminal echoes ^C.
caught() {
	(($(tr -d '\r' <<<"$output" | grep -cE "(^|\^.)$1\$") == $2))
}

# at_prompt STEP... - play the steps to an interactive bash, whose prompt is P>
at_prompt() {
	run --separate-stderr env PS1='P>' pty expect 'P>' "$@" -- bash --norc --noediting -i
	printf '[%d] %s\n%s\n' "$status" "$output" "$stderr"
}

@test "^C reaches the command once" {
	run pty expect ready send '\x03' expect '^C2' send '\x1c' expect '^\3' send '\x03' expect '^C2' \
		-- minit -- catch
	((status == 0))
	caught 2 2
	caught 3 1
}

@test "^C reaches the command once when minit is PID 1" {
	run pty expect ready send '\x03' expect '^C2' send '\x1c' expect '^\3' send '\x03' expect '^C2' \
		-- sh -c 'trap "" INT QUIT; exec unshare --pid --fork --kill-child --mount-proc minit -- catch'
	((status == 0))
	caught 2 2
	caught 3 1
}

@test "^C reaches the command once with -g and with -S" {
	local option
	for option in -g -S; do
		run pty expect ready send '\x03' expect '^C2' send '\x1c' expect '^\3' send '\x03' \
			expect '^C2' -- minit $option -- catch
		echo "$option: $output"
		((status == 0))
		caught 2 2
	done
}

@test "^Z stops the job, fg lets it go on, and its status comes through" {
	local option
	for option in -c -g; do
		at_prompt send "minit $option -- sh -c 'echo go\$((1)); read x; echo got-\$x; exit 5'\r" \
			expect go1 send '\x1a' expect Stopped expect 'P>' \
			send 'echo in-$((40 + 2))\r' expect in-42 expect 'P>' \
			send 'fg\r' expect minit send 'word\r' expect got-word \
			expect 'P>' send 'echo status-$?\r' expect status-5 send 'exit 0\r'
		((status == 0))
	done
}

@test "a stopped job goes on in the background" {
	# read is the shell's own: while it forks, it would not stop.
	cd "$BATS_TEST_TMPDIR"
	mkfifo go
	at_prompt send "minit -- sh -c 'echo go\$((1)); read x <go; echo went-\$((1+1))'\r" \
		expect go1 send '\x1a' expect Stopped expect 'P>' \
		send 'bg\r' expect 'P>' send 'echo >go\r' expect went-2 \
		send 'wait; exec true\r'
	((status == 0))
}

@test "a job in the background leaves the shell its terminal" {
	local option
	for option in -c -g -S; do
		at_prompt send "minit $option -- sleep 0.2 &\r" expect 'P>' \
			send 'echo still-$((40 + 2))\r' expect still-42 expect 'P>' \
			send 'wait; echo after-$((40 + 3))\r' expect after-43 expect 'P>' \
			send 'exit 0\r'
		((status == 0))
	done
}

@test "who reads the terminal from the background is stopped, not lost" {
	at_prompt send "minit -- sh -c 'read x; echo got-\$x' &\r" expect 'P>' \
		send 'until jobs | grep St[o]pped; do sleep 0.1; done\r' expect Stopped expect 'P>' \
		send 'fg\r' expect minit send 'word\r' expect got-word \
		expect 'P>' send 'exit 0\r'
	((status == 0))
}

@test "an interactive shell under minit has job control" {
	local option
	for option in -c -g -S; do
		run --separate-stderr env PS1='P>' pty expect 'P>' \
			send 'sh -c "echo go$((1)); read x"\r' expect go1 send '\x1a' \
			expect Stopped expect 'P>' send 'kill -9 %1; exec sh -c "exit 3"\r' \
			-- minit $option -- bash --norc --noediting -i
		echo "$option: $output"
		((status == 3))
		[[ $output != *"no job control"* ]]
	done
}

@test "a hangup reaches the command" {
	cd "$BATS_TEST_TMPDIR"
	run pty expect ready hangup '' -- minit -- sh -c \
		'trap "echo heard >heard; exit 0" HUP; echo ready; while :; do sleep 0.05; done'
	eventually test -e heard
}

@test "the terminal's new size reaches the command once" {
	run pty expect ready expect 28 send '\x03' expect '^C2' send '\x03' -- sh -c \
		'(until pgrep -x -P $$ catch >/dev/null; do sleep 0.1; done; sleep 0.3; stty -F /dev/tty rows 33) & exec minit -- catch'
	((status == 0))
	caught 28 1
}

@test "minit in an orphaned group is not stopped for ever" {
	# Nobody is there who could continue it: the kernel ignores ^Z then.
	run pty expect ready send '\x1a' send '\x03' expect '^C2' send '\x03' -- minit -g -- catch
	((status == 0))
	run pty expect go send '\x1a' send 'word\r' expect got-word -- \
		minit -g -- sh -c 'echo go; read x; echo got-$x'
	((status == 0))
}

# console_root COMMAND... - boot the root with this terminal as its /dev/console,
# and no other terminal.
console_root() {
	unshare --pid --fork --kill-child --mount --mount-proc="$TREE/proc" sh -c '
		touch "$1/dev/console" && mount --bind "$(tty)" "$1/dev/console" &&
		exec setsid --ctty chroot "$1" /sbin/minit' sh "$TREE"
}

# logs_in GETTY - in and out and in again, by this inittab's getty.
logs_in() {
	inittab <<-EOT
	console::respawn:$1
	::shutdown:echo down >>/log
	EOT
	echo 'root::0:0:root:/:/bin/sh' >"$TREE/etc/passwd"
	mkdir -p "$TREE/var/run"
	: >"$TREE/var/run/utmp"
	export -f console_root
	export TREE
	run --separate-stderr pty expect login: send 'root\r' expect '# ' \
		send 'echo in-$((40+2)); tty\r' expect in-42 expect console expect '# ' \
		send "sh -c 'echo go\$((1)); read x'\\r" expect go1 send '\x1a' expect Stopped \
		expect '# ' send 'fg\r' expect read send 'x\r' expect '# ' send 'exit\r' expect login: send 'root\r' expect '# ' \
		send 'kill -USR2 1\r' -- bash -c console_root
	printf '%s\n' "$output" "$stderr"
	((status == 0))
	[[ $output != *"job control turned off"* ]]
	[[ $(<"$TREE/log") == down ]]
}

@test "getty, login, shell, logout, getty: busybox" {
	logs_in "/bin/busybox getty -L 115200 console vt100"
	# A record of 384 bytes each, as glibc has them: INIT_PROCESS is 5.
	(($(stat -c %s "$TREE/var/run/utmp") % 384 == 0))
	utmpdump "$TREE/var/run/utmp" 2>/dev/null | grep -q '\[cons\]'
}

@test "getty, login, shell, logout, getty: agetty" {
	requires agetty
	inittab <<<""
	local file
	# With its libraries; what it starts is the root's own login.
	for file in "$(command -v agetty)" $(ldd "$(command -v agetty)" | grep -o '/[^ ]*'); do
		(cd / && cp -L --parents "${file#/}" "$TREE")
	done
	logs_in "$(command -v agetty) --login-program /bin/login 115200 console vt100"
}
