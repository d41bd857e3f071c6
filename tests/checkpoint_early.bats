#!/usr/bin/env bats
# Of a large process that goes on most memory is copied while it runs.

load helpers
load living
load checkpoint

export PERSIST=$BUILD/tests/tools/persist_churn

# asked - the word in "tracked" for whether somebody will build on it.
asked() {
	cut -d ' ' -f 4 "$LAUNCH_RUNDIR/$NAME/tracked"
}

# leave DIR [OPTIONS...] - an image of a container that goes on.
leave() {
	local dir=$1
	shift
	must checkpoint "$NAME" -D "$IMAGE/$dir" --leave-running "$@"
}

# replay DIR [OPTIONS...] - what was saved there is right when it goes on, and at the end.
replay() {
	local dir=$1
	shift
	must kill "$NAME"
	eventually gone
	rm -f "$SHARED/go" "$SHARED/result"
	must restore -D "$IMAGE/$dir" "$@"
	kept
	eventually gone
}

@test "an image of memory that changes in all ways is of one moment" {
	mkdir "$IMAGE"
	persist steady
	leave 1
	[[ $(asked) == 0 ]]
	eventually moved "$(ticks)"
	leave 2
	nobody_held
	keeper=$(cut -d ' ' -f 2 "$LAUNCH_RUNDIR/$NAME/tracked")
	[[ $(<"/proc/$keeper/comm") == launch ]]
	replay 2
	eventually not test -e "/proc/$keeper"
	rm -f "$SHARED/go" "$SHARED/result"
	must restore -D "$IMAGE/1" --eager
	kept
}

@test "and of memory that hardly changes, in one range or in many" {
	local mode
	mkdir "$IMAGE"
	for mode in sparse many; do
		rm -f "$SHARED"/*
		persist "$mode"
		leave "$mode.1"
		eventually moved "$(ticks)"
		leave "$mode.2"
		replay "$mode.2"
	done
}

@test "and of memory that changes faster than it can be copied" {
	mkdir "$IMAGE"
	persist storm
	leave 1
	[[ $(asked) == 0 ]]
	leave 2
	replay 2
}

@test "it can be built on, and what somebody wants to build on stays" {
	mkdir "$IMAGE"
	persist steady
	leave 1
	leave 2 --parent "$IMAGE/1"
	refuses "is not tracked since then" \
		checkpoint "$NAME" -D "$IMAGE/3" --leave-running --parent "$IMAGE/2"
	must checkpoint "$NAME" -D "$IMAGE/4" --pre-dump
	[[ $(asked) == 1 ]]
	leave 5
	[[ $(asked) == 1 ]]
	leave 6 --parent "$IMAGE/4"
	replay 6
}

@test "a large process may end while it is copied, or execute something else" {
	mkdir "$IMAGE"
	printf '%s\n' 'while :; do' \
		'	awk "BEGIN { s = sprintf(\"%70000000s\", 1); exit }"' \
		'	awk "BEGIN { s = sprintf(\"%70000000s\", 1); system(\"\"); }" ; echo . >>/mnt/rounds' \
		'done' >"$SHARED/loop"
	background -v "$SHARED:/mnt" sh /mnt/loop
	eventually test -s "$SHARED/rounds"
	for round in 0 1 2 3 4; do
		leave "$round"
	done
	rounds=$(wc -l <"$SHARED/rounds")
	must kill "$NAME"
	eventually gone
	must restore -D "$IMAGE/4"
	more() {
		(($(wc -l <"$SHARED/rounds") > rounds))
	}
	eventually more
}

@test "who is killed on the way lets it run, and leaves nothing" {
	mkdir "$IMAGE"
	persist steady
	for round in 0 1 2 3 4 5 6 7 8 9; do
		launch checkpoint "$NAME" -D "$IMAGE/1" --leave-running >/dev/null 2>&1 3>&- &
		sleep "0.$(printf %02d $((round * 3)))"
		kill -9 $! 2>/dev/null || :
		wait $! || :
		eventually flock -n "$LAUNCH_RUNDIR/$NAME/tracked" true
		eventually nobody_held
		eventually moved "$(ticks)"
	done
	leave 2
	replay 2
}

@test "it goes into a stream, and past the page cache, too" {
	mkdir "$IMAGE"
	persist sparse
	command launch checkpoint "$NAME" --leave-running --stream >"$BATS_TEST_TMPDIR/stream"
	[[ $(asked) == 0 ]]
	must kill "$NAME"
	eventually gone
	run -0 command launch restore - <"$BATS_TEST_TMPDIR/stream"
	kept
	eventually gone
	rm -f "$SHARED/ticks" "$SHARED/go" "$SHARED/result"
	persist sparse
	leave 1 --direct
	replay 1
}

@test "advice that comes just then is not lost, but noticed" {
	mkdir "$IMAGE"
	persist fickle
	noticed() {
		launch checkpoint "$NAME" -D "$IMAGE/1" --leave-running
		((status == 125)) &&
			[[ $stderr == "launch: cannot checkpoint process 1: its memory has changed just then" ]]
	}
	eventually noticed
	[[ ! -e $IMAGE/1/core.img ]]
	nobody_held
	kept
}

@test "who is tracked already is held once, until it executes something else" {
	# held TIMES - so often its first process is, for an image: to be tracked, to run
	# once behind that if it sleeps, and to be saved.  Who traces that also traces the
	# keeper, and ends with it.
	held() {
		strace -D -f -qq -e trace=ptrace -o "$BATS_TEST_TMPDIR/trace" \
			launch checkpoint "$NAME" -D "$IMAGE" --leave-running 3>&-
		(($(grep -c "PTRACE_SEIZE, $(state pid)," "$BATS_TEST_TMPDIR/trace") $1))
		rm -r "$IMAGE" "$BATS_TEST_TMPDIR/trace"
	}
	requires strace
	printf '%s\n' 'x=$(head -c 70000000 /dev/zero | tr "\0" x); touch /mnt/1' \
		'until [ -e /mnt/go ]; do sleep 0.1; done' \
		'exec /bin/busybox awk "BEGIN { s = sprintf(\"%70000000s\", 1); system(\"touch /mnt/2; sleep 1000\") }"' \
		>"$SHARED/program"
	background -v "$SHARED:/mnt" sh /mnt/program
	eventually test -e "$SHARED/1"
	held '> 1'
	held '== 1'
	touch "$SHARED/go"
	eventually test -e "$SHARED/2"
	held '> 1'
	held '== 1'
	must kill "$NAME"
}
