# What is done to a container that ends at that moment: it works, or says in one line
# why not, and nothing stays.  exec, stop and network devices are in files of their own.
load helpers
load living

setup() {
	requires root
	copy_root
	root=$BATS_TEST_TMPDIR/root
	before=$(traces)
}

# short - a container that ends soon.
short() {
	command launch -d --name "$NAME" --net none --rootfs "$root" "$@" \
		sleep "0.0$((RANDOM % 4))" >/dev/null
}

# races ROUNDS ARGS... - against "launch ARGS...": "%" is the name.
races() {
	local i said status rounds=$1
	shift
	for ((i = 0; i < rounds; i++)); do
		short --pids-limit 50
		status=0
		said=$(command timeout -s KILL 20 launch "${@/\%/$NAME}" 2>&1 >/dev/null </dev/null) || status=$?
		((status == 0 || status == 125)) && [[ $said != *$'\n'* ]] &&
			[[ ! $said || $said == "launch: cannot "* ]] || {
			echo "$i: launch $*: [$status] $said"
			return 1
		}
		# What was frozen does not end by itself.
		command launch stop "$NAME" >/dev/null 2>&1 || :
		eventually gone || lingers
	done
}

# lingers - say what there is of it, and give a stalled machine more time.
lingers() {
	command launch inspect "$NAME" || :
	ps -eo pid,ppid,stat,wchan:20,args | grep -F "$NAME" || :
	eventually gone
}

@test "200 rounds of device nodes, in and out" {
	races 100 device add % /dev/zero /mnt/deep/z
	races 100 device add % /dev/zero /dev/z
	[[ ! -e $root/mnt/deep/z && ! $(ls -A "$root/dev") ]]
	eventually same_traces "$before"
}

@test "each of the other commands" {
	races 20 freeze %
	races 20 thaw %
	races 20 kill %
	races 20 update --pids-limit 30 %
	races 20 inspect %
	races 20 list
	races 20 stats %
	races 20 device list %
	races 20 console %
	races 20 logs -f %
	races 20 prune
	eventually same_traces "$before"
}

@test "who waits for another's change is not told that the container has ended" {
	local updating
	command launch -d --name "$NAME" --net none --pids-limit 50 --rootfs "$root" sleep 60 >/dev/null
	# The options are replaced while they are locked.
	strace -o /dev/null -e trace=renameat -e inject=renameat:delay_enter=3s \
		"$BUILD/launch" update "$NAME" --pids-limit 30 3>&- &
	updating=$!
	eventually test -e "$LAUNCH_RUNDIR/$NAME/spec.new"
	must device add "$NAME" /dev/zero /dev/z
	wait "$updating"
	must exec "$NAME" test -c /dev/z
}

@test "who is pruned between making its directory and locking it starts all the same" {
	local starting pruning
	strace -f -o /dev/null -e trace=flock -e inject=flock:delay_enter=2s:when=1 \
		"$BUILD/launch" --name "$NAME" --net none --rootfs "$root" true 3>&- &
	starting=$!
	eventually test -d "$LAUNCH_RUNDIR/$NAME"
	# It holds the directory, and takes it away at last.
	strace -o /dev/null -e trace=unlinkat -e inject=unlinkat:delay_enter=800ms \
		"$BUILD/launch" prune 3>&- &
	pruning=$!
	wait "$starting"
	wait "$pruning"
	gone
}

# is_empty - nothing is left of its state but the directory.
is_empty() {
	[[ ! $(ls -A "$LAUNCH_RUNDIR/$NAME") ]]
}

@test "a wish to stop that is written at the last moment keeps no state" {
	# The directory goes slowly: state, spec, a first try and the log come before.
	strace -f -o /dev/null -e trace=unlinkat -e inject=unlinkat:delay_enter=2s:when=5+ \
		"$BUILD/launch" -d --name "$NAME" --net none --rootfs "$root" \
		sh -c 'until test -e /go; do sleep 0.05; done' 3>&- &
	eventually test -e "$LAUNCH_RUNDIR/$NAME/log"
	: >"$root/go"
	eventually not test -e "$LAUNCH_RUNDIR/$NAME/log"
	is_empty
	# As "launch stop" would.
	: >"$LAUNCH_RUNDIR/$NAME/stop"
	wait $!
	gone
	same_traces "$before"
}

@test "half a state is never seen: who looks all the time finds all or nothing" {
	local i looker
	cat >"$BATS_TEST_TMPDIR/look" <<-LOOK
	while :; do
		launch list --json >"$BATS_TEST_TMPDIR/seen.new" 2>>"$BATS_TEST_TMPDIR/said" &&
			python3 -c 'import json, sys
	for c in json.load(open(sys.argv[1])):
	    assert c["name"] and c["state"] in ("starting", "running", "ending"), c
	    assert c["state"] != "running" or c["pid"] > 0 and c["rootfs"], c' \
			"$BATS_TEST_TMPDIR/seen.new" 2>>"$BATS_TEST_TMPDIR/said"
	done
	LOOK
	bash "$BATS_TEST_TMPDIR/look" 3>&- &
	looker=$!
	for ((i = 0; i < 60; i++)); do
		short
		eventually gone
	done
	kill "$looker"
	wait "$looker" || :
	[[ -e $BATS_TEST_TMPDIR/seen.new ]]
	[[ ! -s $BATS_TEST_TMPDIR/said ]] || { cat "$BATS_TEST_TMPDIR/said"; return 1; }
}
