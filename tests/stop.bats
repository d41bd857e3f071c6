load helpers
load living

# polite - a command that ends when it is asked to.
polite() {
	background "$@" sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'
	eventually hears TERM
}

@test "stop sends TERM, and says what the end was" {
	polite
	must stop "$NAME"
	[[ $output == "$NAME: ended by TERM" ]]
	same_traces "$before"
}

@test "stop kills who does not know the signal, at once" {
	background --stop-timeout 60s sleep 60
	SECONDS=0
	must stop --json "$NAME"
	((SECONDS < 30))
	[[ $(json 'j["name"], j["signal"], j["killed"]') == "$NAME KILL True" ]]
	same_traces "$before"
}

@test "stop kills who does not end in time" {
	background --stop-timeout 200ms sh -c 'trap : TERM; while :; do sleep 0.05; done'
	eventually hears TERM
	must stop "$NAME"
	[[ $output == "$NAME: killed, as it has not ended by TERM" ]]
}

@test "--stop-signal is what is sent" {
	background --stop-signal USR1 sh -c 'trap "exit 0" USR1; while :; do sleep 0.05; done'
	eventually hears USR1
	must stop "$NAME"
	[[ $output == "$NAME: ended by USR1" ]]
	refuses "bad signal 'NONE' for --stop-signal" --stop-signal NONE --rootfs / true
}

@test "stop knows what inits want to hear: minit, busybox" {
	copy_root
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" /sbin/minit
	eventually hears 37
	must stop "$NAME"
	[[ $output == "$NAME: ended by 37" ]]
	printf '::respawn:/bin/sleep 60\n' >"$BATS_TEST_TMPDIR/root/etc/inittab"
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" /bin/busybox init
	ln -sf busybox "$BATS_TEST_TMPDIR/root/bin/init"
	must stop "$NAME"
	must -d --name "$NAME" --net none --cap-add SYS_BOOT --rootfs "$BATS_TEST_TMPDIR/root" /bin/init
	# It listens only after a while.
	eventually grep -q sigtimedwait "/proc/$(state pid)/wchan"
	must stop "$NAME"
	[[ $output == "$NAME: ended by USR2" ]]
	gone
}

@test "several are stopped, and the missing one is told" {
	must -d --name "$NAME-a" --net none --rootfs "$BUSYBOX" sleep 60
	must -d --name "$NAME-b" --net none --rootfs "$BUSYBOX" sleep 60
	launch stop "$NAME-a" "$NAME-none" "$NAME-b"
	((status == 125))
	[[ $stderr == "launch: cannot find '$NAME-none': there is no container of that name" ]]
	same_traces "$before"
}

@test "kill sends a signal to the first process" {
	background sh -c 'trap "exit 7" USR2; while :; do sleep 0.05; done'
	command launch wait "$NAME" 3>&- &
	eventually test -e "$LAUNCH_RUNDIR/.events/$!"
	eventually hears USR2
	must kill "$NAME" USR2
	wait $! || status=$?
	((status == 7))
	refuses "bad signal 'XYZ'" kill "$NAME" XYZ
	background sleep 60
	must kill "$NAME"
	eventually gone
	refuses "there is no container of that name" kill "$NAME"
}

@test "wait exits as the container does, also for several waiters" {
	local i waiters=()
	background sh -c 'trap "exit 5" TERM; while :; do sleep 0.05; done'
	for i in 1 2 3; do
		command launch wait --json "$NAME" >"$BATS_TEST_TMPDIR/wait.$i" 3>&- &
		waiters+=($!)
	done
	eventually bash -c '(( $(ls '"$LAUNCH_RUNDIR"'/.events | wc -l) == 3 ))'
	eventually hears TERM
	kill -TERM "$(state pid)"
	for i in "${waiters[@]}"; do
		status=0
		wait "$i" || status=$?
		((status == 5))
	done
	grep -q '"event":"exit","exit":5' "$BATS_TEST_TMPDIR/wait.1"
	eventually same_traces "$before"
}

@test "wait does not hang when the supervisor is killed" {
	background sleep 60
	command launch wait "$NAME" 3>&- 2>"$BATS_TEST_TMPDIR/said" &
	eventually test -e "$LAUNCH_RUNDIR/.events/$!"
	kill -KILL "$(launcher_of)"
	wait $! || status=$?
	((status == 125))
	grep -q "its launcher is dead" "$BATS_TEST_TMPDIR/said"
}

@test "wait knows who has just ended from who was killed" {
	background sleep 60
	strace -o /dev/null -e trace=bind -e inject=bind:delay_enter=5s \
		"$BUILD/launch" wait "$NAME" 3>&- 2>"$BATS_TEST_TMPDIR/said" &
	eventually pgrep -f "^$BUILD/launch wait $NAME"
	# It is at the bind now, or will be late as well.
	must kill "$NAME"
	wait $! || status=$?
	((status == 125))
	cat "$BATS_TEST_TMPDIR/said"
	grep -qE "cannot tell how '$NAME' ended: it has done so just before|there is no container of that name" \
		"$BATS_TEST_TMPDIR/said"
}

@test "stop clears away what a killed supervisor left" {
	background sleep 60
	kill -KILL "$(launcher_of)"
	eventually has_state lost
	must stop "$NAME"
	same_traces "$before"
}

# lives COUNT - it has begun so often.
lives() {
	(($(wc -l <"$BATS_TEST_TMPDIR/shared/lives") == $1))
}

@test "stop ends who was started again just before its wish was there" {
	mkdir "$BATS_TEST_TMPDIR/shared"
	background --restart always -v "$BATS_TEST_TMPDIR/shared:/mnt" \
		sh -c 'echo >>/mnt/lives; until test -e /mnt/go; do sleep 0.05; done; rm /mnt/go'
	eventually lives 1
	strace -o "$BATS_TEST_TMPDIR/trace" -P stop -e inject=openat:delay_enter=4s \
		"$BUILD/launch" stop "$NAME" 3>&- &
	eventually test -s "$BATS_TEST_TMPDIR/trace"
	: >"$BATS_TEST_TMPDIR/shared/go"
	eventually lives 2
	wait $!
	gone
	eventually same_traces "$before"
}

# started_in TICK - would a process of now have that start time?
started_in() {
	[[ $(awk '{print $22}' /proc/self/stat) == "$1" ]]
}

@test "a state file with a stranger's start time harms no stranger" {
	local pid
	background sleep 60
	# Not in the same tick of the clock: no pid comes round so soon.
	eventually not started_in "$(sed -n 's/^start=//p' "$LAUNCH_RUNDIR/$NAME/state")"
	sleep 60 3>&- &
	pid=$!
	kill -KILL "$(launcher_of)"
	eventually has_state lost
	sed -i "s/^pid=.*/pid=$pid/" "$LAUNCH_RUNDIR/$NAME/state"
	must prune
	kill -0 "$pid"
	kill "$pid"
}

@test "kill -9 of the supervisor at 100 random moments, and prune leaves nothing" {
	local i pid
	for ((i = 0; i < 100; i++)); do
		command launch -d --name "$NAME" --pids-limit 20 --rootfs "$BUSYBOX" sleep 77 \
			>/dev/null 2>&1 3>&- &
		sleep "0.0$(printf %03d $((RANDOM % 60)))"
		for pid in $(pgrep -f -- "^launch.*--name $NAME "); do
			kill -KILL "$pid" 2>/dev/null || :
		done
		wait
		command launch prune >/dev/null
		[[ ! -e $LAUNCH_RUNDIR/$NAME || -z $(ls "$LAUNCH_RUNDIR") ]] || must prune
	done
	eventually bash -c '! pgrep -f "^sleep 77$"'
	must prune
	eventually same_traces "$before"
}

@test "options that are gone already: stop stops, and exec says it" {
	must -d --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 1000
	rm "$LAUNCH_RUNDIR/$NAME/spec"
	refuses "cannot read the options of '$NAME': it has ended" exec "$NAME" true
	must inspect "$NAME"
	[[ $(command launch stop "$NAME" 2>&1) == "$NAME: killed, as it does not know TERM" ]]
	eventually same_traces "$before"
}

@test "200 rounds of stop against a container that ends just then" {
	local i said
	for ((i = 0; i < 200; i++)); do
		command launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" \
			sleep "0.0$((RANDOM % 3))" >/dev/null
		status=0
		said=$(command launch stop "$NAME" 2>&1) || status=$?
		echo "$i [$status] $said"
		case $status in
		0) [[ $said == "$NAME: "* ]] || return 1 ;;
		125) [[ $said == *"there is no container of that name" ]] || return 1 ;;
		*) return 1 ;;
		esac
		quickly gone
	done
	eventually same_traces "$before"
}
