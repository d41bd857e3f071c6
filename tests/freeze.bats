load helpers
load living

# ticks - how often the command has come round.
ticks() {
	wc -c <"$BATS_TEST_TMPDIR/shared/ticks"
}

ticking() {
	mkdir "$BATS_TEST_TMPDIR/shared"
	background -v "$BATS_TEST_TMPDIR/shared:/mnt" "$@" \
		sh -c 'while :; do echo -n x >>/mnt/ticks; sleep 0.01; done'
	eventually test -s "$BATS_TEST_TMPDIR/shared/ticks"
}

# moved N - more than N ticks
moved() {
	(($(ticks) > $1))
}

@test "freeze stops it where it is, thaw lets it go on" {
	local then
	ticking
	must freeze "$NAME"
	has_state frozen
	then=$(ticks)
	sleep 0.2
	(($(ticks) == then))
	must thaw "$NAME"
	has_state running
	eventually moved "$then"
}

@test "what is frozen can be stopped, killed and pruned" {
	ticking
	must freeze "$NAME"
	must kill "$NAME"
	eventually gone
	rm -r "$BATS_TEST_TMPDIR/shared"
	ticking
	must freeze "$NAME"
	must stop "$NAME"
	gone
	rm -r "$BATS_TEST_TMPDIR/shared"
	ticking
	must freeze "$NAME"
	kill -KILL "$(launcher_of)"
	eventually has_state lost
	must prune
	gone
}

@test "one without a cgroup for it cannot be frozen, and says why" {
	command launch -T --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60 3>&- &
	eventually has_state running
	refuses "cannot freeze '$NAME' (it has no cgroup for that: see --detach)" freeze "$NAME"
	must stop "$NAME"
	wait
}

@test "stats shows what is used, with cgroups and without" {
	local i
	must -d --name "$NAME-a" -m 64M --rootfs "$BUSYBOX" sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; sleep 60'
	command launch -T --name "$NAME-b" --net none --rootfs "$BUSYBOX" sleep 60 3>&- &
	eventually has_state running "$NAME-b"
	cpu_used() {
		must stats --json
		[[ $(json 'j[0]["cpu_us"] > 5000 and j[0]["pids"] >= 1 and j[0]["memory_peak"] > 4096') == True ]]
	}
	eventually cpu_used
	[[ $(json '[x["name"] for x in j]') == "['$NAME-a', '$NAME-b']" ]]
	[[ $(json 'j[1]["pids"], j[1]["memory"] > 0, j[1]["memory_peak"]') == "1 True None" ]]
	[[ $(json 'j[0]["received_bytes"] >= 0') == True ]]
	must stats "$NAME-a"
	((${#lines[@]} == 2))
	refuses "cannot find 'nope'" stats nope
}

@test "update changes the limits of what runs" {
	local dir
	requires cgroup1
	background -m 64M sleep 60
	dir=$(sed -n 's/^cgroup=//p' "$LAUNCH_RUNDIR/$NAME/state" | grep /memory/)
	must update "$NAME" --memory 128M --pids-limit 77
	[[ $(<"$dir/memory.limit_in_bytes") == 134217728 ]]
	[[ $(cat "$(grep ^cgroup=.*/pids/ "$LAUNCH_RUNDIR/$NAME/state" | cut -d= -f2)/pids.max") == 77 ]]
	must update -m 32M "$NAME" --cpus 0.5
	[[ $(<"$dir/memory.limit_in_bytes") == 33554432 ]]
	refuses "cannot limit swap: --memory-swap needs --memory" update "$NAME" --memory-swap 1g
	refuses 'cannot use --rootfs: this command does not take it' update "$NAME" --rootfs /
	refuses "cannot run 'update': too few words" update
	refuses "cannot change the limits of '$NAME' (--cpuset-cpus)" update "$NAME" --cpuset-cpus 900
}

@test "top shows a table that a terminal can redraw" {
	background sh -c 'while :; do :; done'
	must top --rounds 3 --interval 200ms
	[[ $output == *"$NAME"*running*%* ]]
	grep -qE '[▁▂▃▄▅▆▇█]' <<<"$output"
	[[ $(grep -c $'\e\[H' <<<"$output") == 3 ]]
	refuses "bad value 'x' for --interval" top --interval x
}

@test "events tells what happens, to all who listen" {
	local a b
	mkdir -p "$LAUNCH_RUNDIR"
	command launch events >"$BATS_TEST_TMPDIR/text" 3>&- &
	a=$!
	command launch events --json "$NAME" >"$BATS_TEST_TMPDIR/json" 3>&- &
	b=$!
	eventually bash -c '(( $(ls '"$LAUNCH_RUNDIR"'/.events | wc -l) == 2 ))'
	background sh -c 'trap "exit 4" TERM; while :; do sleep 0.05; done'
	command launch --name "$NAME-other" --net none --rootfs "$BUSYBOX" true
	must freeze "$NAME"
	must thaw "$NAME"
	must update "$NAME" --pids-limit 50
	must stop "$NAME"
	eventually grep -q "$NAME exit 4" "$BATS_TEST_TMPDIR/text"
	kill "$a" "$b"
	wait "$a" "$b"
	[[ $(grep -v other "$BATS_TEST_TMPDIR/text" | cut -d' ' -f2- | tr '\n' ' ') == "start freeze thaw update exit 4 " ]]
	grep -q "$NAME-other exit 0" "$BATS_TEST_TMPDIR/text"
	[[ $(python3 -c '
import json,sys
print(*[json.loads(l)["event"] for l in open(sys.argv[1])])' "$BATS_TEST_TMPDIR/json") == "start freeze thaw update exit" ]]
	[[ ! -e $LAUNCH_RUNDIR/.events ]]
}

@test "a listener that was killed is in nobody's way" {
	mkdir -p "$LAUNCH_RUNDIR"
	command launch events 3>&- &
	eventually test -e "$LAUNCH_RUNDIR/.events/$!"
	kill -KILL $!
	wait $! || :
	must --net none --rootfs "$BUSYBOX" true
	[[ -z $(ls -A "$LAUNCH_RUNDIR") ]]
}
