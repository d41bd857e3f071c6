load helpers
load living

# The wall itself, and the nodes; what plugs them in later is in device.bats.

# config LINE... - a file of LXC's.
config() {
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/conf"
}

inside() {
	must --name "$NAME" --net none --rootfs "$BUSYBOX" "$@"
}

# tries NODE... - the words "r" and "w" for what can be done with each.
# shellcheck disable=SC2016
tries='for n; do
	(: <$n) 2>/dev/null && printf r
	(: >$n) 2>/dev/null && printf w
	printf " "
done'

@test "a device is made in /dev, with its mode, under the name that is wished" {
	mknod -m 642 "$BATS_TEST_TMPDIR/node" c 1 5
	umask 077
	inside --device "$BATS_TEST_TMPDIR/node:/dev/deep/er" --device /dev/zero:/dev/z \
		sh -c 'stat -c "%a %t:%T %F" /dev/deep/er; head -c 2 /dev/z | od -An -c; ls -ld /dev/deep'
	[[ $output == "642 1:5 character special file"*'\0'*'\0'*drwxr-xr-x* ]]
	[[ $(traces) == "$before" ]]
}

@test "a directory stands for the devices below it, and no symlink" {
	local dir=$BATS_TEST_TMPDIR/snd i
	mkdir -p "$dir/by-id/deep" "$dir/empty"
	mknod -m 640 "$dir/control" c 1 5
	mknod -m 600 "$dir/by-id/deep/one" b 7 0
	ln -s /dev/mem "$dir/by-id/link"
	ln -s /etc "$dir/etc"
	echo text >"$dir/file"
	inside --device "$dir:/dev/snd:r" --device /dev/zero:/dev/z sh -c \
		"find /dev/snd /dev/z ! -type d | sort | xargs stat -c '%n %a %t:%T'; $tries" - /dev/snd/control /dev/z
	[[ ${lines[*]} == "/dev/snd/by-id/deep/one 600 7:0 /dev/snd/control 640 1:5 /dev/z 666 1:5 r"* ]]
	[[ $(traces) == "$before" ]]
	background --device "$dir:/dev/snd" sleep 60
	must device list --json "$NAME"
	[[ $(json '" ".join(sorted(d["name"] for d in j))') == "/dev/snd/by-id/deep/one /dev/snd/control" ]]
	for ((i = 0; i < 130; i++)); do mknod "$dir/n$i" c 1 5; done
	refuses "cannot take more than 128 devices" --device "$dir:/dev/snd" --net none --rootfs "$BUSYBOX" true
	refuses "cannot create '/dev/null' (--device): File exists" --device /dev/null --net none --rootfs "$BUSYBOX" true
}

@test "without a rule there is no device cgroup to pay for" {
	launch() { run --separate-stderr command strace -f -o "$BATS_TEST_TMPDIR/s" launch "$@"; }
	inside --device /dev/zero:/dev/z true
	not grep -q cgroup "$BATS_TEST_TMPDIR/s"
	inside --device-cgroup-rule 'c 9:9 r' true
	grep -q devices.deny "$BATS_TEST_TMPDIR/s"
}

@test "a device that may only be read cannot be written to" {
	mknod "$BATS_TEST_TMPDIR/loop" b 7 0
	inside --device "$BATS_TEST_TMPDIR/loop:/dev/l:r" --device /dev/zero:/dev/z:w \
		--device /dev/null:/dev/n sh -c "$tries" - /dev/l /dev/z /dev/n /dev/full /dev/urandom
	[[ $output == "r rw rw rw rw " ]]
	inside --device "$BATS_TEST_TMPDIR/loop:/dev/l:w" sh -c "$tries" - /dev/l
	[[ $output == "w " ]]
}

@test "who may make nodes can open none of the host's, but those of a rule" {
	inside --cap-add MKNOD sh -c "mknod /dev/m c 1 1; mknod /dev/k c 1 11; mknod /dev/n c 1 3; $tries" \
		- /dev/m /dev/k /dev/n
	[[ $output == "  rw " ]]
	inside --cap-add MKNOD --device-cgroup-rule 'c 1:11 w' \
		sh -c "mknod /dev/m c 1 1; mknod /dev/k c 1 11; $tries" - /dev/m /dev/k
	[[ $output == " w " ]]
	inside --cap-add MKNOD --privileged sh -c "mknod /dev/k c 1 11; $tries" - /dev/k
	[[ $output == *"w " ]]
}

@test "the rules of LXC's files hold in their order" {
	config 'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:3 rw' \
		'lxc.cgroup.devices.allow = c *:* m' 'lxc.cgroup.devices.allow = c 1:5 rwm' \
		'lxc.cgroup.devices.deny = c 1:5 w' 'lxc.cgroup2.devices.allow = a'
	inside --config "$BATS_TEST_TMPDIR/conf" sh -c "$tries" - /dev/null /dev/zero /dev/full
	[[ $output == "rw r  " ]]
	config 'lxc.cgroup.devices.allow = c 1:5 r' 'lxc.cgroup.devices.deny = a'
	inside --config "$BATS_TEST_TMPDIR/conf" sh -c "$tries" - /dev/null /dev/zero
	[[ $output == "  " ]]
	config 'lxc.cgroup.devices.allow = c 1:5'
	refuses 'bad device rule' --config "$BATS_TEST_TMPDIR/conf" --rootfs "$BUSYBOX" true
	[[ $(traces) == "$before" ]]
}

@test "what cannot be a device or a rule is refused by name" {
	refuses "bad device rule 'c 1:3 x' for --device-cgroup-rule" --device-cgroup-rule 'c 1:3 x'
	refuses "bad target '/x' for --device" --device /dev/zero:/x
	refuses "bad device 'zero' for --device" --device zero
	refuses "bad device 'rx' for --device" --device /dev/zero:rx
	refuses "bad device '' for --device" --device /dev/zero:
	refuses "cannot find the device '/dev/nope'" --device /dev/nope --rootfs "$BUSYBOX" true
	refuses "cannot use '/etc/passwd': it is no device" --device /etc/passwd:/dev/x --rootfs "$BUSYBOX" true
	mkdir -p "$BATS_TEST_TMPDIR/none/at/all"
	refuses "cannot find a device below '$BATS_TEST_TMPDIR/none' (--device)" \
		--device "$BATS_TEST_TMPDIR/none:/dev/x" --rootfs "$BUSYBOX" true
	refuses "cannot create '/dev/null' (--device): File exists" --net none \
		--device /dev/zero:/dev/null --rootfs "$BUSYBOX" true
	[[ $(traces) == "$before" ]]
}

@test "a wall that cannot be built is an error" {
	with_fault write:EPERM:2 --name "$NAME" --net none --device-cgroup-rule 'c 9:9 r' \
		--rootfs "$BUSYBOX" true
	((status == 125))
	[[ $stderr == "launch: cannot set 'devices.deny' to 'a' in '"*"(--device-cgroup-rule)"* ]]
	[[ $(traces) == "$before" ]]
}

@test "the nodes of a start are listed, and taken out; the root's own stay" {
	copy_root
	mknod "$BATS_TEST_TMPDIR/root/dev/z" c 1 5
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" \
		--device /dev/zero:/dev/z --device /dev/full:/dev/f:r sleep 60
	must device list "$NAME"
	[[ $output == *"c 1:5"*/dev/z*"c 1:7"*/dev/f* ]]
	must device del "$NAME" /dev/f
	must exec "$NAME" ls /dev
	[[ $output == *$'\nz'* && $output != *$'\nf\n'* ]]
	must stop "$NAME"
	[[ -c $BATS_TEST_TMPDIR/root/dev/z ]]
}

@test "behind a wall a plugged node is allowed, and not any more when it is out" {
	mknod "$BATS_TEST_TMPDIR/kmsg" c 1 11
	background --device-cgroup-rule 'c 9:9 r' --cap-add MKNOD sleep 60
	must exec "$NAME" mknod /dev/own c 1 11
	must exec "$NAME" sh -c "$tries" - /dev/own
	[[ $output == " " ]]
	must device add "$NAME" "$BATS_TEST_TMPDIR/kmsg" /dev/k
	must device add "$NAME" /dev/zero /dev/z
	must exec "$NAME" sh -c "$tries" - /dev/own /dev/k /dev/z
	[[ $output == "w w rw " ]]
	must device del "$NAME" /dev/k
	must device del "$NAME" /dev/z
	must exec "$NAME" sh -c "$tries" - /dev/own /dev/zero
	[[ $output == " rw " ]]
}

@test "without a wall the container's own devices work on when another is out" {
	background sleep 60
	must device add "$NAME" /dev/zero /dev/z
	must device del "$NAME" /dev/z
	must exec "$NAME" sh -c "$tries" - /dev/zero
	[[ $output == "rw " ]]
}

@test "a container that starts again has its nodes, each once" {
	background --restart always --device /dev/zero:/dev/z sh -c 'sleep 1; test -c /dev/z'
	has_restarted() { [[ $(state restarts) == [1-9]* ]] && has_state running; }
	eventually has_restarted
	must exec "$NAME" ls /dev/z
	must device list "$NAME"
	[[ $(grep -c /dev/z <<<"$output") == 1 ]]
}

@test "no failure at any call of a start with devices and rules leaves a trace" {
	requires strace
	local call n
	for call in mknodat renameat write mkdirat rmdir; do
		for ((n = 1; n < 60; n++)); do
			with_fault "$call:EPERM:$n" --name "$NAME" --net none --rootfs "$BUSYBOX" \
				--device /dev/zero:/dev/deep/z:r --device-cgroup-rule 'c 9:9 r' true
			fault_happened || break
			echo "# $call $n: [$status] $stderr"
			((status == 0)) || [[ $stderr == "launch: cannot "* ]]
			[[ $call == rmdir ]] || [[ $(wc -l <<<"$stderr") -le 1 ]]
			# What could not be cleared away is so by the next.
			[[ $(traces) == "$before" ]] || must prune
			[[ $(traces) == "$before" ]]
		done
		((n > 1))
	done
}
