# For programs: JSON from each command that prints, with the keys that launch(1) names.
load helpers
load living

setup() {
	requires root python3
	before=$(traces)
	out=$BATS_TEST_TMPDIR/json
	ip link add p0 type veth peer name p1
}

teardown() {
	end_all
	ip link del p0 || :
}

# says SECTION... - $out has just their keys.
says() {
	cat "$out"
	python3 "$BATS_TEST_DIRNAME/jsonkeys.py" "$ROOT/docs/launch.1" "$out" "$@"
}

# to_json ARGS... - launch ARGS... writes to $out.
to_json() {
	command launch "$@" >"$out"
}

@test "list, inspect, stats, device list: just the keys of the page" {
	must -d --name "$NAME" -m 64M --pids-limit 20 --rootfs "$BUSYBOX" sleep 60
	must device add "$NAME" p0
	must device add "$NAME" /dev/zero /dev/z
	to_json list --json
	says "Cm list"
	to_json inspect "$NAME"
	says "Cm list" "Cm inspect" -list -run
	to_json stats --json
	says "Cm stats"
	to_json device list --json "$NAME"
	says "Cm device list"
	# Of what is not known the keys are there, too.
	must -d -T --name "$NAME-2" --net none --rootfs "$BUSYBOX" sleep 60
	to_json stats --json "$NAME-2"
	says "Cm stats"
}

@test "stop, prune, check, version, errors: just the keys of the page" {
	background sleep 60
	to_json stop --json "$NAME"
	says "Cm stop"
	to_json check --json "$BUSYBOX"
	says "Cm check"
	to_json version --json
	says "Cm version"
	run -125 --separate-stderr command launch --json-errors --rootfs /nope true
	printf '%s\n' "$stderr" >"$out"
	says "Fl -json-errors"
	background sleep 60
	kill -KILL "$(launcher_of)"
	until has_state lost; do sleep 0.05; done
	to_json prune --json
	[[ $(<"$out") == "[\"$NAME\"]" ]]
	to_json prune --json
	[[ $(<"$out") == '[]' ]]
}

@test "events, --status-fd, wait: just the keys of the page" {
	local watcher
	command launch events --json >"$BATS_TEST_TMPDIR/events" 3>&- &
	watcher=$!
	eventually test -e "$LAUNCH_RUNDIR/.events"
	eventually bash -c "ls $LAUNCH_RUNDIR/.events/* >/dev/null"
	command launch --name "$NAME" --net none --status-fd 4 --rootfs "$BUSYBOX" true 4>"$out"
	launch --name "$NAME" --net none --timeout 100ms --status-fd 4 --rootfs "$BUSYBOX" sleep 60 4>>"$out"
	((status == 124))
	launch --name "$NAME" --net none -m 8M --status-fd 4 --rootfs "$BUSYBOX" tail /dev/zero 4>>"$out"
	((status == 137))
	says "Fl -status-fd"
	must -d --name "$NAME" --net none --restart always --rootfs "$BUSYBOX" sleep 60
	must device add "$NAME" /dev/zero /dev/z
	must kill "$NAME"
	eventually grep -q '"event":"restart"' "$BATS_TEST_TMPDIR/events"
	command launch wait --json "$NAME" >>"$out" 3>&- &
	eventually pgrep -f "^launch wait --json $NAME"
	must stop "$NAME"
	wait $! || :
	says "Fl -status-fd"
	[[ $(tail -n 1 "$out") == *'"event":"exit"'* ]]
	eventually grep -q '"oom":true' "$BATS_TEST_TMPDIR/events"
	kill "$watcher"
	wait "$watcher" || :
	cp "$BATS_TEST_TMPDIR/events" "$out"
	says "Fl -status-fd" "Cm events"
}

@test "each command that has --json in the page takes it, and no other" {
	local command
	for command in $(command launch --help | sed -n '/^Commands/,$s/^  \([a-z]*\) .*/\1/p'); do
		case $command in
		run | exec | update) continue ;; # with options of their own
		esac
		run command launch "$command" --help
		if sed -n "/^\.Cm $command\( list\)\{0,1\}\$/,/^\.Nm/p" "$ROOT/docs/launch.1" | grep -q 'Op Fl -json'; then
			[[ $output == *--json* ]] || { echo "$command lacks --json"; return 1; }
		else
			[[ $output != *--json* ]] || { echo "$command: the page lacks --json"; return 1; }
		fi
	done
}
