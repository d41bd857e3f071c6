load helpers
load living

@test "-d returns when the command runs, says its name, and leaves nothing open" {
	local started
	run -0 timeout 30 bash -c 'echo "$(launch -d --net none --name "$1" --rootfs "$2" sleep 60)"' \
		- "$NAME" "$BUSYBOX"
	[[ $output == "$NAME" ]]
	[[ $(tr '\0' ' ' <"/proc/$(state pid)/cmdline") == "sleep 60 " ]]
	[[ $(readlink "/proc/$(launcher_of)/fd/"[012]) == $'/dev/null\n/dev/null\n/dev/null' ]]
	[[ $(ps -o sid= -p "$(launcher_of)") -eq $(launcher_of) ]]
}

@test "a start that fails exits as in the foreground, and leaves no supervisor" {
	launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" nonesuch
	((status == 127))
	[[ $stderr == "launch: cannot find 'nonesuch' in the root's PATH"* ]]
	launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" /etc
	((status == 126))
	launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" --tmpfs /etc/passwd true
	((status == 125))
	same_traces "$before"
}

@test "a name is for one container: the second start fails with 125" {
	local i
	background sleep 60
	launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60
	((status == 125))
	[[ $stderr == "launch: cannot start '$NAME': a container of that name is running (--name)" ]]
	# And of many at once one wins.
	for i in 1 2 3 4 5 6 7 8; do
		command launch -d --name "$NAME-race" --net none --rootfs "$BUSYBOX" \
			sleep 60 2>/dev/null 3>&- &
	done
	wait
	[[ $(pgrep -fc -- "--name $NAME-race") == 1 ]]
}

@test "the supervisor is small: 256 KiB at most, 100 of them its own" {
	# Two of them: what both map is not private.
	background sleep 60
	must -d -t --name "$NAME-b" --net none -m 64M --rootfs "$BUSYBOX" sh
	local name
	for name in "$NAME" "$NAME-b"; do
		eventually awk '/^Rss:/ { rss = $2 } /^Private/ { own += $2 }
			END { print rss, own; exit !(rss <= 256 && own <= 100) }' \
			"/proc/$(launcher_of "$name")/smaps_rollup"
	done
}

@test "signals to the supervisor are passed on, and its end is the container's" {
	background sh -c 'trap "exit 3" TERM; while :; do sleep 0.05; done'
	kill -TERM "$(launcher_of)"
	eventually gone
	same_traces "$before"
}

@test "a container does not outlive its supervisor" {
	local pid
	background sleep 60
	pid=$(state pid)
	kill -KILL "$(launcher_of)"
	eventually test ! -d "/proc/$pid"
	eventually has_state lost
	must list
	[[ $output == *"$NAME"*lost* ]]
	must prune
	[[ $output == "$NAME" ]]
	same_traces "$before"
}

@test "--pid-file holds the pid for as long as it runs" {
	background --pid-file "$BATS_TEST_TMPDIR/pid" sleep 60
	[[ $(<"$BATS_TEST_TMPDIR/pid") == "$(state pid)" ]]
	must stop "$NAME"
	[[ ! -e $BATS_TEST_TMPDIR/pid ]]
}

# restarted TIMES - at least so often.
restarted() {
	(($(state restarts) + 0 >= $1))
}

@test "--restart always starts it again, later each time, until it is stopped" {
	background --restart always sh -c 'exit 3'
	eventually restarted 2
	must stop "$NAME"
	gone
	same_traces "$before"
}

@test "--restart on-failure gives up after so many, and not after success" {
	mkdir "$BATS_TEST_TMPDIR/shared"
	background --restart on-failure:2 -v "$BATS_TEST_TMPDIR/shared:/mnt" \
		sh -c 'echo life >>/mnt/lives; exit 3'
	eventually gone
	[[ $(wc -l <"$BATS_TEST_TMPDIR/shared/lives") == 3 ]]
	background --restart on-failure -v "$BATS_TEST_TMPDIR/shared:/mnt" \
		sh -c 'echo life >>/mnt/lives; exit 0'
	eventually gone
	[[ $(wc -l <"$BATS_TEST_TMPDIR/shared/lives") == 4 ]]
}

@test "with minit inside, reboot starts it again and poweroff ends it" {
	local first
	copy_root
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" /sbin/minit
	first=$(state pid)
	kill -TERM "$first"   # from outside: the wish to end
	eventually gone
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" /sbin/minit
	first=$(state pid)
	eventually command launch exec "$NAME" /sbin/minit status >/dev/null
	# It may be ended with all the others before it can say so.
	command launch exec "$NAME" /sbin/minit reboot || (($? == 143 || $? == 137))
	eventually restarted 1
	eventually has_state running
	[[ $(state pid) != "$first" ]]
	eventually command launch exec "$NAME" /sbin/minit status >/dev/null
	command launch exec "$NAME" /sbin/minit poweroff || (($? == 143 || $? == 137))
	eventually gone
	same_traces "$before"
}

@test "what cannot start again leaves nothing" {
	copy_root
	must -d --name "$NAME" --restart always --pid-file "$BATS_TEST_TMPDIR/pid" \
		--net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	mv "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/gone"
	command launch kill "$NAME"
	eventually gone
	[[ ! -e $BATS_TEST_TMPDIR/pid ]]
	eventually same_traces "$before"
}

@test "--restart no lets a reboot be the end" {
	background --restart no --cap-add SYS_BOOT sh -c 'busybox reboot -f'
	eventually gone
}

@test "--timeout kills it and exits with 124" {
	launch --timeout 300ms --net none --rootfs "$BUSYBOX" sleep 60
	((status == 124))
	launch --timeout 1m --net none --rootfs "$BUSYBOX" sh -c 'exit 4'
	((status == 4))
	launch --timeout 300ms -t --net none --rootfs "$BUSYBOX" sleep 60
	((status == 124))
	same_traces "$before"
}

@test "--die-with-parent: it ends when the parent of launch does" {
	local parent
	mkdir "$BATS_TEST_TMPDIR/shared"
	bash -c 'launch -T --die-with-parent --name "$1" --net none -v "$3:/mnt" \
		--rootfs "$2" sh -c "trap : TERM; touch /mnt/up; while :; do sleep 0.1; done"; :' \
		- "$NAME" "$BUSYBOX" "$BATS_TEST_TMPDIR/shared" 3>&- &
	parent=$!
	eventually test -e "$BATS_TEST_TMPDIR/shared/up"
	kill -KILL "$parent"
	wait "$parent" || :
	eventually gone
	eventually same_traces "$before"
	refuses "cannot start: --die-with-parent does not go with --detach" \
		-d --die-with-parent --rootfs "$BUSYBOX" true
}

@test "--status-fd tells of start and end, a JSON object a line" {
	local out=$BATS_TEST_TMPDIR/status
	must --status-fd 7 --name "$NAME" --net none --rootfs "$BUSYBOX" true 7>"$out"
	launch --status-fd 7 --name "$NAME" --net none --rootfs "$BUSYBOX" \
		sh -c 'kill -KILL $$' 7>>"$out"
	launch -d --status-fd 7 --name "$NAME" -m 16M --net none --rootfs "$BUSYBOX" \
		sh -c 'exit 9' 7>>"$out"
	eventually gone
	python3 - "$out" "$NAME" <<-'EOT'
	import json, sys
	e = [json.loads(l) for l in open(sys.argv[1])]
	assert [x["event"] for x in e] == ["start", "exit"] * 3, e
	assert all(x["name"] == sys.argv[2] and x["time_ms"] > 1e12 for x in e)
	assert e[0]["pid"] > 1 and e[1]["exit"] == 0
	assert e[3].get("exit") is not None or e[3]["signal"] == 9
	assert e[5]["exit"] == 9 and e[5]["memory_peak"] > 0
	EOT
	refuses "bad descriptor '77' for --status-fd" --status-fd 77 --rootfs / true
}

@test "what the kernel killed for want of memory is told" {
	requires cgroup1
	launch --status-fd 7 -m 8M --net none --rootfs "$BUSYBOX" \
		sh -c 'exec tail -c 100000000 /dev/zero' 7>"$BATS_TEST_TMPDIR/status"
	((status == 137))
	grep -q '"signal":9,"oom":true' "$BATS_TEST_TMPDIR/status"
}

@test "--json-errors makes errors JSON" {
	launch --json-errors --rootfs /nope/$'\xff' true
	((status == 125))
	python3 -c 'import json,sys; assert "cannot open rootfs" in json.loads(sys.argv[1])["error"]' "$stderr"
}

@test "a pipe that the caller has open ends when launch -d returns" {
	run -0 timeout 30 bash -c 'exec 9> >(cat >/dev/null; echo ended >&2)
		launch -d --net none --name "$1" --rootfs "$2" sleep 60 >/dev/null
		exec 9>&-; wait $!' - "$NAME" "$BUSYBOX"
	[[ $output == ended ]]
}
