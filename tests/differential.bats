# The same inittab under busybox init and under minit, both as PID 1: the same
# commands in the same order with the same surroundings.  Where minit differs on
# purpose, inittab(5) says so under COMPATIBILITY, and the lines here keep off it.
load helpers
load init

teardown() {
	end_init
}

# has LINE - is it in the root's log?
has() {
	grep -qxF -- "$1" "$TREE/log" 2>/dev/null
}

# has_times LINE COUNT - at least so often?
has_times() {
	(($(grep -cxF -- "$1" "$TREE/log") >= $2)) 2>/dev/null
}

# both FUNCTION [COMMAND...] - boot the root's inittab under one and the other,
# have the function play with it, and compare what is in /log.
both() {
	local play=$1 init
	shift
	ln -sf /bin/busybox "$TREE/sbin/init"
	cp "$TREE/etc/inittab" "$BATS_TEST_TMPDIR/inittab"
	for init in init minit; do
		: >"$TREE/log"
		cp "$BATS_TEST_TMPDIR/inittab" "$TREE/etc/inittab"
		"${@:-boot}" env -i "/sbin/$init"
		"$play"
		cp "$TREE/log" "$BATS_TEST_TMPDIR/$init.log"
		end_init
	done
	# Not a test of two times nothing.
	[[ -s $BATS_TEST_TMPDIR/minit.log ]]
	diff "$BATS_TEST_TMPDIR"/{init,minit}.log
}

# halted - switch it off and wait for the end.
halted() {
	kill -USR2 "$INIT"
	eventually gone_or_zombie "$INIT"
}

boots_to_end() {
	eventually has end
	halted
}

@test "order: sysinit, wait, once, respawn, whatever their order in the file" {
	inittab <<-'EOT'
	::respawn:sh -c 'sleep 0.4; echo respawn >>/log; exec sleep 60'
	::shutdown:sh -c 'sleep 0.2; echo shutdown 1 >>/log'
	::once:sh -c 'sleep 0.2; echo once >>/log'
	::wait:sh -c 'sleep 0.1; echo wait 1 >>/log'
	::sysinit:sh -c 'sleep 0.1; echo sysinit 1 >>/log'
	::wait:sh -c 'echo wait 2 >>/log'
	::sysinit:sh -c 'echo sysinit 2 >>/log'
	::shutdown:sh -c 'echo shutdown 2 >>/log'
	EOT
	both to_respawn
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/minit.log") == "shutdown 2" ]]
}

to_respawn() {
	eventually has respawn
	halted
}

@test "surroundings: environment, session, directory, files, signals, arguments" {
	inittab <<-'EOT'
	::sysinit:sh -c 'env | sort >>/log'
	::sysinit:sh -c 'set -- $(cat /proc/self/stat); [ $5 = $6 ] && echo leader >>/log; echo $4 >>/log'
	::sysinit:sh -c 'pwd >>/log; umask >>/log; grep ^SigBlk: /proc/self/status >>/log'
	::sysinit:sh -c 'readlink /proc/self/fd/0 >>/log'
	null::sysinit:sh -c 'readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 >>/log'
	::sysinit:/bin/show one  two	three	  four
	::sysinit:/bin/show 'one two' "$HOME"
	::sysinit:-/bin/show dash
	::sysinit:show by path
	::sysinit:/bin/show with:colons:in::it
	::wait:sh -c 'echo end >>/log'
	EOT
	printf '#!/bin/sh\necho "$0" $# "$@" >>/log\n' >"$TREE/bin/show"
	chmod +x "$TREE/bin/show"
	both boots_to_end
}

@test "comments, missing fields and odd lines" {
	inittab <<-'EOT'
	# a comment
	  # another
	#::sysinit:sh -c 'echo comment >>/log'

	no colons
	:
	::
	:::
	::sysinit
	::sysinit:
	::nothing:sh -c 'echo unknown >>/log'
	::SYSINIT:sh -c 'echo capitals >>/log'
	:::sh -c 'echo no action >>/log'
	::sysinit:/no/such/program
	::sysinit:/etc/passwd
	::sysinit:false
	::sysinit:sh -c 'kill -KILL $$'
	::sysinit:sh -c 'echo trailing blanks >>/log'   
	:345:sysinit:sh -c 'echo runlevels >>/log'
	::once:sh -c 'sleep 0.2; echo end >>/log'
	EOT
	# And no newline at the end.
	printf "::wait:sh -c 'echo last >>/log'" >>"$TREE/etc/inittab"
	both boots_to_end
	[[ $(tail -n 2 "$BATS_TEST_TMPDIR/minit.log") == $'last\nend' ]]
}

@test "respawn comes back however it ended, once and wait do not" {
	inittab <<-'EOT'
	::wait:sh -c 'echo wait >>/log'
	::once:sh -c 'echo once >>/log; kill -KILL $$'
	::respawn:sh -c 'sleep 0.2; echo respawn >>/log; [ $(grep -c respawn /log) -gt 2 ] && exec sleep 60; [ $(grep -c respawn /log) = 2 ] && kill -KILL $$; exit 3'
	EOT
	both three_times
}

three_times() {
	eventually has_times respawn 3
	halted
}

@test "on the way down: shutdown lines first, TERM then, no respawn" {
	inittab <<-'EOT'
	::respawn:sh -c 'trap "echo TERM >>/log; exit" TERM; echo up >>/log; while :; do sleep 0.05; done'
	::shutdown:sh -c 'sleep 0.1; echo shutdown 1 >>/log'
	::shutdown:sh -c 'echo shutdown 2 >>/log; exit 1'
	::shutdown:/no/such/program
	::shutdown:sh -c 'echo shutdown 3 >>/log'
	EOT
	both up_and_down
	[[ $(<"$BATS_TEST_TMPDIR/minit.log") == $'up\nshutdown 1\nshutdown 2\nshutdown 3\nTERM' ]]
}

up_and_down() {
	eventually has up
	halted
}

@test "ctrlaltdel: the line runs, what is kept stays" {
	inittab <<-'EOT'
	::respawn:sh -c 'echo up >>/log; exec sleep 60'
	::ctrlaltdel:sh -c 'echo three fingers >>/log; kill -USR2 1'
	::shutdown:sh -c 'echo down >>/log'
	EOT
	both three_fingers
	[[ $(<"$BATS_TEST_TMPDIR/minit.log") == $'up\nthree fingers\ndown' ]]
}

three_fingers() {
	eventually has up
	kill -INT "$INIT"
	eventually gone_or_zombie "$INIT"
}

@test "restart: shutdown lines, and then the restart line is PID 1" {
	inittab <<-'EOT'
	::respawn:sh -c 'trap "echo TERM >>/log; exit" TERM; echo up >>/log; while :; do sleep 0.05; done'
	::shutdown:sh -c 'echo down >>/log'
	::restart:/bin/next one two
	EOT
	printf '#!/bin/sh\necho next $$ "$@" >>/log\nexec sleep 60\n' >"$TREE/bin/next"
	chmod +x "$TREE/bin/next"
	both restarted
	[[ $(<"$BATS_TEST_TMPDIR/minit.log") == $'up\ndown\nTERM\nnext 1 one two' ]]
}

restarted() {
	eventually has up
	kill -QUIT "$INIT"
	eventually has "next 1 one two"
}

@test "reload: new lines of what is kept start, others do not, the same go on" {
	inittab <<-'EOT'
	::sysinit:sh -c 'echo sysinit >>/log'
	::respawn:sh -c 'echo same >>/log; exec sleep 60'
	EOT
	both reloaded
	[[ $(<"$BATS_TEST_TMPDIR/minit.log") == $'sysinit\nsame\nnew' ]]
}

reloaded() {
	eventually has same
	cat >>"$TREE/etc/inittab" <<-'EOT'
	::once:sh -c 'echo once >>/log'
	::wait:sh -c 'echo wait >>/log'
	::respawn:sh -c 'sleep 0.3; echo new >>/log; exec sleep 60'
	EOT
	kill -HUP "$INIT"
	eventually has new
	halted
}

@test "askfirst asks, waits for Enter, and asks again when the command has ended" {
	inittab <<-'EOT'
	::askfirst:-/bin/sh
	::shutdown:sh -c 'echo down >>/log'
	EOT
	both true at_terminal
}

# at_terminal COMMAND... - boot it at a terminal, and press the keys.
at_terminal() {
	run pty expect 'Please press Enter to activate this console.' send 'x\r' expect '# ' \
		send 'case $0 in -*) echo login; esac >>/log; exit\r' expect 'Please press Enter' send '\r' expect '# ' \
		send 'echo again >>/log; kill -USR2 1\r' -- \
		unshare --pid --fork --kill-child --mount --mount-proc="$TREE/proc" \
		setsid --ctty chroot "$TREE" "$@"
	echo "$output"
	((status != 99))
}
