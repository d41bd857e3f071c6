load helpers
load living
load checkpoint

# counter - a shell that counts into the log.
counter() {
	background "$@" sh -c 'i=0; while :; do i=$((i+1)); echo $i $$; sleep 0.05; done'
	eventually counts
}

counts() {
	[[ $(command launch logs "$NAME" | tail -n 1) == [1-9]* ]]
}

last_count() {
	command launch logs "$NAME" | tail -n 1
}

@test "a counter goes on at the next number with the same pid" {
	local before first
	counter
	save
	[[ $output == "$NAME: "*" processes, "*" KiB, stood for "*" ms" ]]
	gone
	again
	[[ $output == "$NAME" ]]
	has_state running
	eventually counts
	first=$(command launch logs "$NAME" | head -n 1)
	must inspect "$IMAGE/"
	[[ $first == *" 1" ]]
	before=$first
	eventually bash -c '[[ $(command launch logs '"$NAME"' | tail -n 1) != "'"$before"'" ]]'
	(($(last_count | cut -d' ' -f1) > ${first% *}))
}

@test "ten generations count on without a gap" {
	local last=0 first generation
	counter
	for generation in 1 2 3 4 5 6 7 8 9 10; do
		last=$(last_count)
		must checkpoint "$NAME" -D "$IMAGE"
		must restore -D "$IMAGE"
		eventually counts
		first=$(command launch logs "$NAME" | head -n 1)
		echo "generation $generation: $last, $first"
		# What it wrote behind our look is lost with the log.
		((${first% *} > ${last% *} && ${first% *} < ${last% *} + 400))
	done
	must stop "$NAME"
}

@test "a restored container is listed, entered, frozen and stopped as any other" {
	counter
	save
	again
	must list
	[[ $output == *"$NAME"*running* ]]
	[[ $(inside cat /proc/1/cmdline | tr '\0' ' ') == "sh -c "* ]]
	[[ $(inside hostname) == "$NAME" ]]
	must freeze "$NAME"
	has_state frozen
	must thaw "$NAME"
	must stop "$NAME"
	gone
}

# keeps_processes - all of them hang together as before.
keeps_processes() {
	local before
	eventually at_rest
	save
	again
	echo "$before"
	eventually as_before
}

# at_rest - nobody runs, or comes or goes: $before.
at_rest() {
	before=$(processes)
	[[ ! $(awk '$5 ~ /^[RDZ]/' <<<"$before") ]]
	sleep 0.2
	as_before
}

as_before() {
	[[ $(processes) == "$before" ]] || {
		processes
		return 1
	}
}

@test "minit keeps its services, sessions and orphans" {
	background --init sh -c 'sleep 1001 & setsid sleep 1002 & (sleep 1003 &) ; (setsid sh -c "sleep 1004 & sleep 1005" &) ; sleep 1006 | cat & wait'
	eventually runs 'sleep 1005'
	eventually runs 'sleep 1006'
	keeps_processes
	keeps_processes
	must stop "$NAME"
}

@test "minit as the init of a root does" {
	background /sbin/minit
	eventually test -e "/proc/$(state pid)/root/run/minit/control"
	keeps_processes
	[[ -n $(inside minit status) ]]
	must stop "$NAME"
	[[ $output == *"ended by 37"* ]]
}

@test "the group and the session of leaders that are no more are kept" {
	background --init sh -c 'setsid sh -c "sleep 1001 & sleep 1002 & :" & sleep 0.2; set -m; { sleep 1003 & } | :; wait; sleep 1004'
	eventually runs 'sleep 1004'
	eventually runs 'sleep 1002'
	keeps_processes
}

@test "threads keep their locks and what is theirs" {
	survives threads
}

@test "threads of a glibc program do, with restartable sequences" {
	requires gcc
	gcc -O1 -static -o "$BATS_TEST_TMPDIR/persist" "$ROOT/tests/tools/persist.c" -lpthread
	PERSIST=$BATS_TEST_TMPDIR/persist survives threads
}

@test "calls that wait go on waiting" {
	survives calls
}

@test "whatever can be waited for is waited for, and comes" {
	local round
	PERSIST=$BUILD/tests/tools/waits persist calls
	for round in 1 2 3; do
		save --leave-running
		eventually moved "$(ticks)"
	done
	twice
}

@test "wide registers keep what is in them" {
	survives registers
}

@test "what is unread in a pipe is still there" {
	survives pipes
}

@test "signals that wait, handlers and their stack are kept" {
	survives signals
}

@test "files, their offsets and memory are shared by the same processes" {
	survives sharing
}

@test "a child that nobody has asked for is still there to be asked" {
	survives zombies
}

@test "memory is what it was, and can be given back" {
	survives memory
}

@test "memory that comes lazily is, too" {
	persist threads
	save
	again --lazy
	eventually moved "$(ticks)"
	save
	again
	kept
}

# keeps MODE [OPTIONS...] - two generations of what the kernel keeps.
keeps() {
	PERSIST=$BUILD/tests/tools/keeps survives "$@"
}

@test "timers of a process go on, with their numbers" {
	keeps timers
}

@test "locks of files are still there, and nobody else gets them" {
	keeps locks
}

@test "shared memory, semaphores and queues of System V are kept" {
	keeps ipc
}

@test "what inotify watches it watches on" {
	keeps watches
}

@test "policy, priority and processors of a thread are its own" {
	keeps scheduling --cap-add sys_nice
}

@test "who is told that a file is ready is told" {
	keeps owners
}

@test "descriptors of processes lead to them" {
	keeps pidfds
}

@test "queues of messages are kept, and refused while they hold some" {
	keeps queues
	must stop "$NAME" || :
	rm -f "$SHARED"/{go,result,ticks}
	PERSIST=$BUILD/tests/tools/keeps persist full-queue
	refuses "the queue '/full' holds messages" checkpoint "$NAME" -D "$IMAGE"
	nobody_held
	has_state running
}

@test "seals of memory stay" {
	keeps seals
}

@test "a plain user stays one" {
	persist threads -u 1000:1001
	save
	again
	[[ $(grep -E '^(Uid|Gid|CapEff|NoNewPrivs|Seccomp):' "/proc/$(state pid)/status" | tr -s '\t\n' '  ') == \
		"Uid: 1000 1000 1000 1000 Gid: 1001 1001 1001 1001 CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 " ]]
	kept
}

@test "capabilities, filters and limits are those it had" {
	local before keys='^(Cap[A-Z][a-z]*|NoNewPrivs|Seccomp|Seccomp_filters|Umask|Groups|Sig(Blk|Ign|Cgt)|Threads):'
	background sh -c 'ulimit -n 77; umask 027; trap : USR1; trap "" USR2; while :; do sleep 0.1; done'
	eventually grep -q 'Max open files *77' "/proc/$(state pid)/limits"
	before=$(grep -E "$keys" "/proc/$(state pid)/status"; cat "/proc/$(state pid)/limits")
	save
	again
	diff <(echo "$before") <(grep -E "$keys" "/proc/$(state pid)/status"; cat "/proc/$(state pid)/limits")
}

@test "a job that is stopped stays so, and can go on" {
	local pid
	background --init sh -c 'while :; do echo -n x; sleep 0.05; done & echo $!; wait'
	eventually inside test -e /proc/3/status
	inside kill -STOP 3
	eventually inside grep -q 'State:.*T (stopped)' /proc/3/status
	save
	again
	eventually inside grep -q 'State:.*T (stopped)' /proc/3/status
	inside kill -CONT 3
	eventually inside grep -q 'State:.*S (sleeping)' /proc/3/status
}

@test "what exec has put in comes along" {
	background --init sleep 1000
	command launch exec -T "$NAME" sh -c 'sleep 1001 & wait' </dev/null 3>&- &
	eventually runs 'sleep 1001'
	save
	wait
	again
	eventually runs 'sleep 1001'
}

@test "files of a tmpfs come along, with all that they are" {
	local before
	background --tmpfs /tmp sh -c 'cd /tmp; mkdir -p a/b; echo one >a/b/one; ln a/b/one two; ln -s a/b/one three;
		mkfifo four; dd if=/dev/urandom of=a/big bs=1k count=300 2>/dev/null; chmod 2751 a; chown 12:13 a/big;
		touch -d "2001-02-03 04:05:06" a/b; echo shm >/dev/shm/file; : >/tmp/done; sleep 1000'
	eventually inside test -e /tmp/done
	sums() {
		inside sh -c 'cd / && tar c tmp dev/shm | sha256sum'
	}
	before=$(sums)
	save
	again
	[[ $(sums) == "$before" ]]
	[[ $(inside stat -c %h /tmp/two) == 2 ]]
}

@test "cgroups and their limits are made again" {
	requires cgroup1
	background -m 64M --pids-limit 50 sleep 1000
	save
	again
	[[ $(cat "$(grep ^cgroup=.*/memory/ "$LAUNCH_RUNDIR/$NAME/state" | cut -d= -f2)/memory.limit_in_bytes") == 67108864 ]]
	[[ $(cat "$(grep ^cgroup=.*/pids/ "$LAUNCH_RUNDIR/$NAME/state" | cut -d= -f2)/pids.max") == 50 ]]
	grep -qx "$(state pid)" "$(grep ^cgroup=.*/memory/ "$LAUNCH_RUNDIR/$NAME/state" | cut -d= -f2)/cgroup.procs"
}

@test "what was started in the foreground has its new caller's files" {
	command launch -T --name "$NAME" --net none --rootfs "$BUSYBOX" \
		sh -c 'echo one; read -r line; echo "two $line" >&2; exit 7' \
		<>"$(mkfifo "$SHARED/in" && echo "$SHARED/in")" >"$SHARED/out1" 2>"$SHARED/err1" 3>&- &
	eventually grep -q one "$SHARED/out1"
	save
	wait
	run --separate-stderr command launch restore -D "$IMAGE" <<<"hello"
	((status == 7))
	[[ $stderr == *"two hello"* ]]
	[[ ! -s $SHARED/err1 ]]
}

@test "--leave-running lets it go on, and the image is good" {
	local then
	persist threads
	save --leave-running
	has_state running
	nobody_held
	then=$(ticks)
	eventually moved "$then"
	must kill "$NAME"
	eventually gone
	again
	kept
}

@test "memory is that of one moment, though it goes on, and nothing is left in it" {
	local before
	persist waves --init
	eventually at_rest
	save --leave-running
	eventually as_before
	nobody_held
	eventually moved "$(ticks)"
	save --leave-running
	eventually as_before
	must kill "$NAME"
	eventually gone
	again
	kept
}

@test "memory that processes have in common since fork is not copied by being read" {
	PERSIST=$BUILD/tests/tools/persist_memory persist forked --memory 1g
	command launch events --json "$NAME" >"$BATS_TEST_TMPDIR/events" 3>&- &
	eventually test -e "$LAUNCH_RUNDIR/.events/$!"
	save
	eventually grep -q '"exit"' "$BATS_TEST_TMPDIR/events"
	kill "$!"
	# 32 MB, and not that for each of four.
	(($(grep -o '"memory_peak":[0-9]*' "$BATS_TEST_TMPDIR/events" | cut -d: -f2) < 64 << 20))
	again
	kept
}

# advice - what its ranges of memory are marked with.
advice() {
	inside grep -h VmFlags /proc/1/smaps | grep -ow 'dc\|wf\|hg\|nh\|dd\|lo'
}

@test "--leave-running keeps the advice for memory, and what is not for children" {
	local mode before
	for mode in advised withheld; do
		rm -f "$SHARED"/*
		persist $mode
		before=$(advice)
		save --leave-running
		[[ $(advice) == "$before" ]]
		must kill "$NAME"
		eventually gone
		again
		[[ $(advice) == "$before" ]]
		kept
		eventually gone
	done
	[[ $before == *dc*lo*wf* || $before == *wf*dc*lo* || $before == *wf*lo*dc* ]]
}

@test "advice that changes while it is looked at makes no wrong image" {
	local round
	persist wavering
	for ((round = 0; round < 12; round++)); do
		launch checkpoint "$NAME" --leave-running -D "$IMAGE"
		if ((status == 0)); then
			(($(stat -c %s "$IMAGE/pages.img") > 1 << 20))
		else
			[[ $stderr == *"its memory has changed just then" ]]
		fi
	done
	save
	again
	kept
}

@test "who ends as soon as it goes on is gone" {
	local round
	persist enders
	save
	touch "$SHARED/go"
	for ((round = 0; round < 10; round++)); do
		again
		eventually gone
	done
}

@test "one image makes several containers" {
	counter
	save
	must restore -D "$IMAGE" --name "$NAME-a"
	must restore -D "$IMAGE" --name "$NAME-b"
	has_state running "$NAME-a"
	has_state running "$NAME-b"
	refuses "a container of that name is running (--name)" restore -D "$IMAGE" --name "$NAME-a"
	refuses "bad value 'a/b' for --name" restore -D "$IMAGE" --name a/b
}

@test "a checkpoint that is killed leaves the container as it was" {
	local i then
	persist threads
	for ((i = 0; i < 100; i++)); do
		command launch checkpoint "$NAME" --leave-running -D "$IMAGE-$((i % 5))" >/dev/null 2>&1 3>&- &
		read -rt "0.$(printf %03d $((RANDOM % 60)))" <> <(:) || :
		kill -KILL $! 2>/dev/null || :
		wait $! || :
	done
	eventually nobody_held
	then=$(ticks)
	eventually moved "$then"
	has_state running
	kept
}

@test "a restart begins anew, not from the image" {
	background -v "$SHARED:/mnt" --restart always sh -c 'echo -n b >>/mnt/began; while [ ! -e /mnt/end ]; do sleep 0.05; done'
	eventually test -s "$SHARED/began"
	save
	gone
	again
	[[ $(<"$SHARED/began") == b ]]
	touch "$SHARED/end"
	eventually grep -q bb "$SHARED/began"
}

@test "--check tells what is in the way, and touches nothing" {
	background --init sh -c 'sleep 1000'
	must checkpoint --check "$NAME"
	[[ -z $output ]]
	[[ ! -e $IMAGE ]]
	command launch exec -T "$NAME" udhcpc -f -t 1000 -i lo </dev/null >/dev/null 2>&1 3>&- &
	eventually runs 'udhcpc -f'
	eventually refuses "is a socket of family 17" checkpoint "$NAME" -D "$IMAGE"
	launch checkpoint --check "$NAME"
	((status == 125))
	[[ $output == *"(udhcpc): fd "*" is a socket of family 17" ]]
	launch checkpoint --check --json "$NAME"
	[[ $(json 'j[0]["name"], j[0]["reason"][:3]') == "udhcpc fd " ]]
	refuses "cannot checkpoint process" checkpoint "$NAME" -D "$IMAGE"
	[[ -z $(ls "$IMAGE") ]]
	nobody_held
	must thaw "$NAME"
	must freeze "$NAME"
	refuses "it is frozen (launch thaw)" checkpoint "$NAME" -D "$IMAGE"
	must stop "$NAME"
	wait
}

@test "what cannot be saved is refused before anything is touched" {
	refuses "cannot find 'nope'" checkpoint nope -D "$IMAGE"
	background --ephemeral sleep 1000
	refuses "what it writes is lost at its end (--ephemeral)" checkpoint "$NAME" -D "$IMAGE"
	must stop "$NAME"
	background sleep 1000
	refuses "cannot checkpoint '$NAME': no directory is given (-D DIR, or --stream)" checkpoint "$NAME"
	refuses "cannot create '/nope/x' (--dir)" checkpoint "$NAME" -D /nope/x
	has_state running
}

@test "an older image stays where a newer one is refused" {
	background sleep 1000
	save --leave-running
	must freeze "$NAME"
	refuses "cannot checkpoint '$NAME': it is frozen (launch thaw)" checkpoint "$NAME" -D "$IMAGE"
	must inspect "$IMAGE/"
	must stop "$NAME"
	again
	has_state running
}

@test "a bad image is refused with one line, and leaves nothing" {
	local before byte size
	counter
	save
	before=$(traces)
	fresh() {
		rm -rf "$IMAGE/bad"
		mkdir "$IMAGE/bad"
		cp "$IMAGE"/*.img "$IMAGE/bad"
	}
	# change FILE OFFSET BYTE
	change() {
		printf '%b' "$3" | dd of="$IMAGE/bad/$1" bs=1 seek="$2" conv=notrunc status=none
	}
	refuses "cannot open the image '$IMAGE/bad'" restore -D "$IMAGE/bad"
	fresh
	before=$(traces)
	rm "$IMAGE/bad/pages.img"
	refused "cannot open 'pages.img' of the image '$IMAGE/bad' (--dir)" "$IMAGE/bad"
	fresh
	# A file of the host's would be memory of the container's, were it only seen lazily.
	ln -sf "$IMAGE/pages.img" "$IMAGE/bad/pages.img"
	refuses "cannot open 'pages.img' of the image '$IMAGE/bad' (--dir): Symbolic link loop" \
		restore --lazy -D "$IMAGE/bad"
	refused "Symbolic link loop" "$IMAGE/bad"
	fresh
	rm "$IMAGE/bad/core.img"
	mkfifo "$IMAGE/bad/core.img"
	refused "cannot open 'core.img' of the image '$IMAGE/bad' (--dir): Invalid argument" "$IMAGE/bad"
	fresh
	: >"$IMAGE/bad/core.img"
	refused "it is no image of a container" "$IMAGE/bad"
	fresh
	truncate -s -8 "$IMAGE/bad/core.img"
	refused "it is cut short" "$IMAGE/bad"
	fresh
	truncate -s -4096 "$IMAGE/bad/pages.img"
	refused "its 'pages.img' is of another length" "$IMAGE/bad"
	fresh
	change core.img 8 '\x63'
	refused "another version of launch has written it" "$IMAGE/bad"
	fresh
	change core.img 12 '\x63'
	refused "it is of another kind of machine" "$IMAGE/bad"
	fresh
	change core.img 500 '\xff\xfe'
	refused "its checksum is wrong" "$IMAGE/bad"
	fresh
	change pages.img 5000 '\xff\xfe\xfd'
	refused "the checksum of its 'pages.img' is wrong" "$IMAGE/bad"
}

@test "a restore that fails on the way leaves nothing" {
	local before
	cp -a "$BUSYBOX" "$BATS_TEST_TMPDIR/root"
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" \
		sh -c 'cd /srv; exec 5</etc/passwd; while :; do sleep 0.1; done'
	before=$(processes)
	save
	before=$(traces)
	mv "$BATS_TEST_TMPDIR/root/etc/passwd" "$BATS_TEST_TMPDIR/passwd"
	refuses "cannot open '/etc/passwd' again: No such file or directory" restore -D "$IMAGE"
	((status == 125))
	eventually same_traces "$before"
	mv "$BATS_TEST_TMPDIR/passwd" "$BATS_TEST_TMPDIR/root/etc/passwd"
	rmdir "$BATS_TEST_TMPDIR/root/srv" 2>/dev/null || mv "$BATS_TEST_TMPDIR/root/srv" "$BATS_TEST_TMPDIR/srv"
	refuses "cannot open '/srv' again" restore -D "$IMAGE"
	mkdir -p "$BATS_TEST_TMPDIR/root/srv"
	cp -a "$BATS_TEST_TMPDIR/root/etc/passwd" "$BATS_TEST_TMPDIR/passwd"
	echo >>"$BATS_TEST_TMPDIR/root/etc/passwd"
	again
	[[ $stderr == *"'/etc/passwd' has changed since it was saved" ]]
	must kill "$NAME"
	eventually gone
	refuses "cannot restore '/etc/passwd': it has changed since it was saved (--strict-files)" restore --strict-files -D "$IMAGE"
	((status == 125))
	# A program is a file, too.
	mv "$BATS_TEST_TMPDIR/passwd" "$BATS_TEST_TMPDIR/root/etc/passwd"
	touch "$BATS_TEST_TMPDIR/root/bin/busybox"
	refuses "cannot restore '/bin/busybox': it has changed since it was saved (--strict-files)" restore --strict-files -D "$IMAGE"
}

@test "what another machine lacks is said in one line" {
	local before
	counter
	save
	cp "$IMAGE/core.img" "$BATS_TEST_TMPDIR/core.img"
	before=$(traces)
	change_record 1 1 32 Q 1234567890 # CR_CONTAINER: features
	refuses "this processor lacks features of the one it ran on" restore -D "$IMAGE"
	((status == 125))
	[[ $(wc -l <<<"$stderr") == 1 ]]
	cp "$BATS_TEST_TMPDIR/core.img" "$IMAGE/core.img"
	change_record 1 1 24 Q 1 # the sum of the vdso
	refuses "cannot restore '$IMAGE' on this kernel: its vdso is not that of $(uname -r)" restore -D "$IMAGE"
	((status == 125))
	[[ $(wc -l <<<"$stderr") == 1 ]]
	eventually same_traces "$before"
	cp "$BATS_TEST_TMPDIR/core.img" "$IMAGE/core.img"
	again
}

@test "clocks do not go back behind a reboot, nor in the next generation" {
	local uptime generation
	persist clocks
	must checkpoint "$NAME" -D "$IMAGE"
	# As if the machine that saved it had run for a year.
	change_record 1 1 8 q 31536000000000000
	change_record 1 1 16 q 31536000000000000
	for generation in 1 2 3; do
		again
		eventually moved "$(ticks)"
		uptime=$(inside cut -d. -f1 /proc/uptime)
		((uptime >= 31536000 && uptime < 31536500))
		save
	done
	again
	kept
	((generation == 3))
}

@test "a hundred restores of one image at once" {
	local i
	background sleep 1000
	save
	for ((i = 0; i < 100; i++)); do
		command launch restore -D "$IMAGE" --name "$NAME-$i" >/dev/null 2>"$BATS_TEST_TMPDIR/err-$i" 3>&- &
	done
	wait
	cat "$BATS_TEST_TMPDIR"/err-*
	for ((i = 0; i < 100; i++)); do
		has_state running "$NAME-$i"
	done
	must kill --all || must stop "$NAME"-{0..99}
}

@test "a restore that fails when half of it is done leaves nothing" {
	local before
	background --init sh -c 'sleep 1000 & sleep 1001'
	eventually runs 'sleep 1001'
	save
	before=$(traces)
	# The third process gets a memory map that the kernel does not believe.
	change_record 5 3 72 Q 9223372036854775808 # CR_PROCESS: its memory map
	refuses "cannot make the memory of process 3 what it was" restore -D "$IMAGE"
	((status == 125))
	eventually same_traces "$before"
}

@test "inspect shows what is in an image" {
	counter
	save
	must inspect "$IMAGE/"
	[[ $(json 'j[0]["name"]') == "$NAME" ]]
	[[ $(json 'j[0]["processes"][0]["name"], j[0]["processes"][0]["program"], j[0]["detached"]') == "sh /bin/busybox True" ]]
	refuses "cannot open the image '/nope/'" inspect /nope/
}

@test "nothing but launch is executed" {
	requires strace
	counter
	strace -f -qq -e trace=execve -o "$BATS_TEST_TMPDIR/trace" launch checkpoint "$NAME" -D "$IMAGE"
	[[ $(grep -c execve "$BATS_TEST_TMPDIR/trace") == 1 ]]
}

@test "nothing but launch is executed for a restore" {
	local tracing=$BATS_TEST_TMPDIR/tracing own status=0
	background --init sh -c 'sleep 1000 | sleep 1001'
	eventually runs 'sleep 1001'
	save
	gone
	# The kernel itself writes it down: who traces others is not to be traced.
	mkdir "$tracing"
	mount -t tracefs tracefs "$tracing" 2>/dev/null || skip "needs tracefs"
	own=$tracing/instances/$NAME
	mkdir "$own"
	echo 1 >"$own/options/event-fork"
	(
		# It knows processes as the machine does, in whatever namespace we are.
		echo who >"$own/trace_marker"
		sed -n 's/.*-\([0-9][0-9]*\) *\[.*: who$/\1/p' "$own/trace" >"$own/set_event_pid"
		echo 1 >"$own/events/sched/sched_process_exec/enable"
		exec "$BUILD/launch" restore -D "$IMAGE"
	) 3>&- || status=$?
	echo 0 >"$own/events/sched/sched_process_exec/enable"
	grep -o 'filename=[^ ]*' "$own/trace" >"$BATS_TEST_TMPDIR/executed" || :
	rmdir "$own"
	umount "$tracing"
	cat "$BATS_TEST_TMPDIR/executed"
	((status == 0))
	# Once by its name, and once more, in the container, as what it is.
	[[ $(sed 's|/fd/[0-9]*$|/fd/N|' "$BATS_TEST_TMPDIR/executed") == \
		"filename=$BUILD/launch"$'\n'"filename=/dev/fd/N" ]]
	runs 'sleep 1001'
}

@test "a console is alive again: who types, its size, its modes and ^C" {
	background -t sh -i
	run "$BUILD/tests/tools/pty" send 'stty rows 33 cols 77; set -m; sleep 1001 & x=41\r' expect '# ' \
		send 'stty -echoctl; echo $((x+1))\r' expect 42 send '\x01q' -- launch console "$NAME"
	local before
	at_terminal() {
		inside ps -o pid,pgid,sid,tty,stat,args | grep -v ' ps '
	}
	at_terminal_before() {
		[[ $(at_terminal) == "$before" ]]
	}
	before=$(at_terminal)
	save
	again
	eventually at_terminal_before
	run "$BUILD/tests/tools/pty" send 'echo $((x+2))\r' expect 43 \
		send 'stty -a\r' expect '-echoctl' send "sh -c 'echo up\$((1+1)); sleep 1002'\r" expect up2 \
		send '\x03' expect '# ' send 'echo a$?; fg\r' expect a130 expect 'sleep 1001' send '\x1a' expect 'Stopped' \
		send '\x01q' -- launch console "$NAME"
	echo "$output"
	((status == 0))
}

@test "who has logged in at a getty still is, and logs out" {
	local screen
	echo 'console::respawn:/sbin/getty -L 0 console vt100' >"$BUSYBOX/etc/inittab"
	sed -i 's/^root:[^:]*:/root::/' "$BUSYBOX/etc/passwd"
	rm -f "$BUSYBOX/etc/shadow"
	background -t /sbin/minit
	run "$BUILD/tests/tools/pty" send '\r' expect login: send 'root\r' expect '# ' \
		send 'cd /tmp; x=$((6*7)); echo on-$x\r' expect on-42 send '\x01q' -- launch console "$NAME"
	((status == 0))
	screen=$(processes)
	[[ $screen == *"-sh"* ]]
	save
	again
	[[ $(processes) == "$screen" ]]
	run "$BUILD/tests/tools/pty" send 'echo $x-in-$PWD-of-$LOGNAME\r' expect 42-in-/tmp-of-root \
		send 'exit\r' expect login: send 'root\r' expect '# ' send '\x01q' -- launch console "$NAME"
	echo "$output"
	((status == 0))
}

@test "ptys of processes inside keep both ends and who is in front" {
	install -m 755 "$BUILD/tests/tools/pty" "$SHARED/pty"
	background --init -v "$SHARED:/mnt" sh -c \
		'PTY_SECONDS=30 /mnt/pty expect ready expect one expect size=44 -- sh -c "stty rows 44; echo ready; while [ ! -e /mnt/go ]; do sleep 0.1; done; tty >/mnt/tty; echo one; echo size=\$(stty size)"; echo $? >/mnt/result; sleep 1000'
	eventually runs 'sleep 0.1'
	save
	again
	touch "$SHARED/go"
	eventually test -s "$SHARED/result"
	[[ $(<"$SHARED/result") == 0 ]]
	[[ $(<"$SHARED/tty") == /dev/pts/0 ]]
}
