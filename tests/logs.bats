load helpers
load living

# holds TEXT - so does the log
holds() {
	[[ $(command launch logs "$NAME") == *"$1"* ]]
}

@test "logs has stdout and stderr, in order" {
	background sh -c 'echo one; echo two >&2; echo three; exec sleep 60'
	eventually holds three
	must logs "$NAME"
	[[ $output == $'one\ntwo\nthree' ]]
	refuses "cannot find 'nope'" logs nope
	refuses "bad value 'x' for --since" logs --since x "$NAME"
}

@test "any bytes come back as they were" {
	head -c 200000 /dev/urandom >"$BATS_TEST_TMPDIR/bytes"
	background -v "$BATS_TEST_TMPDIR/bytes:/mnt:ro,create" \
		sh -c 'cat /mnt; echo end; exec sleep 60' 2>/dev/null ||
		background -v "$BATS_TEST_TMPDIR/bytes:/etc/hostname:ro" \
			sh -c 'cat /etc/hostname; echo end; exec sleep 60'
	all_there() {
		command launch logs "$NAME" >"$BATS_TEST_TMPDIR/log"
		(($(stat -c %s "$BATS_TEST_TMPDIR/log") == 200004))
	}
	eventually all_there
	head -c 200000 "$BATS_TEST_TMPDIR/log" | cmp - "$BATS_TEST_TMPDIR/bytes"
}

@test "the ring keeps the newest, within its size" {
	background --log-size 512k sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line $i $i $i $i $i $i"; i=$((i+1)); done; echo last; exec sleep 60'
	eventually holds last
	must logs "$NAME"
	[[ ${lines[-1]} == last && ${lines[-2]} == "line 19999 "* ]]
	[[ $output != *"line 1 1 1"* ]]
	(($(cat "$LAUNCH_RUNDIR/$NAME"/log* | wc -c) <= 524288))
	(($(cat "$LAUNCH_RUNDIR/$NAME"/log* | wc -c) > 300000))
}

@test "-f follows, through the turns of the ring, to the end" {
	local pid
	background --ephemeral --log-size 512k sh -c 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done; while [ ! -e /tmp/go ]; do sleep 0.02; done; while [ $i -lt 12000 ]; do echo "line $i and more of it"; [ $((i % 100)) != 0 ] || sleep 0.01; i=$((i+1)); done'
	command launch logs -f "$NAME" >"$BATS_TEST_TMPDIR/log" 3>&- &
	pid=$!
	eventually grep -q 'line 2999' "$BATS_TEST_TMPDIR/log"
	must exec "$NAME" touch /tmp/go
	wait "$pid"
	[[ $(sed 's/ and.*//' "$BATS_TEST_TMPDIR/log" | grep -c '^line') -ge 3000 ]]
	# None is missing, none comes twice.
	awk '{ if ($2 != n) { print "want", n, "got", $0; exit 1 } n++ }' "$BATS_TEST_TMPDIR/log"
}

@test "--since leaves out what is older" {
	local since
	background sh -c 'echo old; while [ ! -e /dev/shm/go ]; do sleep 0.05; done; echo new; exec sleep 60'
	eventually holds old
	sleep 1.1
	must logs --since 1 "$NAME"
	[[ -z $output ]]
	since=$(date +%s)
	must exec "$NAME" touch /dev/shm/go
	eventually holds new
	must logs --since "@$since" "$NAME"
	[[ $output == new ]]
	must logs --since 600 "$NAME"
	[[ $output == $'old\nnew' ]]
	must logs --since @0 "$NAME"
	[[ $output == $'old\nnew' ]]
}

@test "who writes faster than the log is slowed down, not cut off" {
	local pid
	background --log-size 512k sh -c 'echo first; yes | head -c 3000000; echo; echo last; exec sleep 60'
	pid=$(launcher_of)
	kill -STOP "$pid"
	sleep 0.3
	kill -CONT "$pid"
	eventually holds last
	must logs "$NAME"
	[[ ${lines[-1]} == last ]]
}

@test "a container in the foreground has no log, and is told so" {
	command launch -T --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60 3>&- &
	eventually has_state running
	refuses "it has none (was it started with -d?)" logs "$NAME"
	must stop "$NAME"
	wait
}

@test "console connects to the terminal, ctrl-a q leaves it" {
	background -t sh
	run -0 "$BUILD/tests/tools/pty" send 'echo $((40+2))\r' expect 42 \
		send 'stty size\r' expect '30 90' send '\x01q' expect 'left 0' \
		-- sh -c "stty rows 30 cols 90; launch console $NAME; echo left \$?; stty -a | grep -q ' icanon'"
	# It goes on, and can be had again; ctrl-a twice is one for the shell.
	run -0 "$BUILD/tests/tools/pty" send 'echo again\r' expect 'again' send '\x01\x01' \
		send 'exit 3\r' expect 'left 0' \
		-- sh -c "launch console $NAME; echo left \$?"
	eventually gone
}

@test "a second client of the console is told who has it" {
	local pid
	background -t sh
	"$BUILD/tests/tools/pty" send 'echo $((40+2))\r' expect 42 expect never \
		-- launch console "$NAME" >/dev/null 2>&1 3>&- &
	# Beside it is the one that gives the terminal back: it is the younger one.
	eventually pgrep -o -f "^launch console $NAME$"
	told() {
		run -125 timeout 5 launch console "$NAME"
		[[ $output == *"cannot open the console of '$NAME': process $(pgrep -o -f "^launch console $NAME$") has it" ]]
	}
	eventually told
	kill "$(pgrep -o -f "^launch console $NAME$")"
	wait || :
	run -0 "$BUILD/tests/tools/pty" send 'echo $((40+2))\r' expect 42 send '\x01q' \
		-- launch console "$NAME"
}

@test "a client that does not read holds up nobody" {
	local pid
	background -t sh -c 'read x; yes | head -c 2000000; echo over; exec sleep 60'
	"$BUILD/tests/tools/pty" send '\r' expect y -- sh -c \
		"launch console $NAME </dev/tty & echo \$! >$BATS_TEST_TMPDIR/pid; wait" \
		>/dev/null 2>&1 3>&- &
	pid=$!
	eventually test -s "$BATS_TEST_TMPDIR/pid"
	eventually holds y
	kill -STOP "$(<"$BATS_TEST_TMPDIR/pid")"
	eventually holds over
	kill -KILL "$(<"$BATS_TEST_TMPDIR/pid")" "$pid"
	wait "$pid" || :
}

@test "the terminal is restored when the container is killed, and when the client is" {
	background -t -v "$BATS_TEST_TMPDIR:/mnt" sh
	run -0 "$BUILD/tests/tools/pty" send 'echo $((40+2)); touch /mnt/go\r' expect 42 expect 'left' expect sane \
		-- sh -c "(until test -e $BATS_TEST_TMPDIR/go; do sleep 0.05; done; launch kill $NAME) & launch console $NAME; echo left; stty -a | grep -q ' icanon' && echo sane"
	background -t sh
	run -0 "$BUILD/tests/tools/pty" expect 'left' expect sane \
		-- sh -c "launch console $NAME & p=\$!; sleep 0.5; kill -TERM \$p; wait \$p; echo left; stty -a | grep -q ' icanon' && echo sane"
}

@test "one without a terminal has no console" {
	background sleep 60
	refuses "(was it started with -d -t?)" console "$NAME"
}
