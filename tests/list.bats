load helpers
load living

@test "list shows what runs, by name, as a table and as JSON" {
	must list
	[[ $output == NAME*PID*STATE*UPTIME*ADDRESS*MEMORY*ROOTFS ]]
	must list --json
	[[ $output == '[]' ]]
	must -d --name "b$NAME" --rootfs "$BUSYBOX" sleep 60
	must -d --name "a$NAME" --net none --rootfs "$BUSYBOX" sleep 60
	must list
	((${#lines[@]} == 3))
	[[ ${lines[1]} == "a$NAME "*" running "*"$BUSYBOX" ]]
	[[ ${lines[2]} == "b$NAME "*" running "*" 169.254."* ]]
	must list --json
	[[ $(json '[x["name"] for x in j]') == "['a$NAME', 'b$NAME']" ]]
	[[ $(json 'j[1]["pid"]') == "$(state pid "b$NAME")" ]]
	[[ $(json 'j[1]["addresses"][0][:8]') == 169.254. ]]
	[[ $(json 'j[0]["memory"] > 4096 and j[0]["uptime_ms"] < 60000') == True ]]
}

@test "a container in the foreground is listed too, without a cgroup" {
	command launch -T --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60 3>&- &
	eventually has_state running
	must list --json
	[[ $(json 'j[0]["memory"] > 4096') == True ]]
	must stop "$NAME"
	wait
}

@test "the state is never seen half" {
	local i
	for ((i = 0; i < 30; i++)); do
		command launch --name "$NAME" --net none --pids-limit 9 --rootfs "$BUSYBOX" true
	done 3>&- &
	while kill -0 $! 2>/dev/null; do
		must list --json
		[[ $(json 'all(x["state"] in ("starting","running","ending") for x in j)') == True ]]
	done
	wait
}

@test "a state directory of somebody else's, or behind a symlink, is refused" {
	mkdir "$BATS_TEST_TMPDIR/theirs"
	chown 1000 "$BATS_TEST_TMPDIR/theirs"
	ln -s "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/link"
	refuses "it is not yours" list --state-dir "$BATS_TEST_TMPDIR/theirs"
	chown 0 "$BATS_TEST_TMPDIR/theirs"
	chmod g+w "$BATS_TEST_TMPDIR/theirs"
	refuses "others can write to it" list --state-dir "$BATS_TEST_TMPDIR/theirs"
	refuses "cannot open '$BATS_TEST_TMPDIR/link'" list --state-dir "$BATS_TEST_TMPDIR/link"
	must list --state-dir "$BATS_TEST_TMPDIR/none"
}

@test "list and inspect have all addresses of an interface" {
	local all="10.7.0.2/24 10.7.1.2/24 fd07::2/64"
	must -d --name "$NAME" --net veth,ipv4=10.7.0.2/24,ipv4=10.7.1.2/24,ipv6=fd07::2/64 --rootfs "$BUSYBOX" sleep 60
	must inspect "$NAME"
	[[ $(json '*j[0]["net"][0]["addresses"]') == "$all" ]]
	must list --json
	[[ $(json '*j[0]["addresses"]') == "10.7.0.2 10.7.1.2 fd07::2" ]]
}

@test "inspect has the facts and the options" {
	must -d --name "$NAME" -m 64M -e "A=b
c" --rootfs "$BUSYBOX" sleep 60
	must inspect "$NAME"
	[[ $(json 'j[0]["name"], j[0]["state"], j[0]["pid"]') == "$NAME running $(state pid)" ]]
	[[ $(json 'j[0]["options"]["memory"]') == "['64M']" ]]
	[[ $(json '"A=b\nc" in j[0]["options"]["env"]') == True ]]
	[[ $(json 'j[0]["options"]["arg"]') == "['sleep', '60']" ]]
	[[ $(json 'j[0]["net"][0]["kind"], j[0]["net"][0]["name"]') == "veth eth0" ]]
	[[ $(json 'any("memory" in x for x in j[0]["cgroups"])') == True ]]
	refuses "cannot find 'nope': there is no container of that name" inspect nope
	refuses "cannot find '../x': there is no container of that name" stop ../x
	# With a slash it is an image of a checkpoint.
	refuses "cannot open the image './nope/x'" inspect ./nope/x
	mkdir "$BATS_TEST_TMPDIR/empty"
	refuses "cannot open 'core.img' of the image '$BATS_TEST_TMPDIR/empty'" \
		inspect "$BATS_TEST_TMPDIR/empty"
}

@test "an unknown command is told apart from a missing root" {
	refuses "unknown command 'lsit' (did you mean list?)" lsit
	((status == 2))
	refuses "unknown command 'zzzzzz' (see launch --help)" zzzzzz
	refuses "unknown option '--jsno' of list (did you mean --json?)" list --jsno
	refuses "cannot run 'stop': too few words (launch stop [OPTIONS] NAME...)" stop
	refuses "cannot run 'list': too many words (launch list [OPTIONS])" list x
	refuses "--state-dir needs a value: DIR" list --state-dir
	must list --help
	[[ $output == "usage: launch list [--json] [--state-dir DIR]"* ]]
}
