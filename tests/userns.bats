# User namespaces: root inside is somebody else outside.
load helpers
load living
load plain

setup() {
	requires root newuidmap
	BEFORE=$(traces)
}

teardown() {
	end_all
	forget_plain
	umount "$BATS_TEST_TMPDIR"/* 2>/dev/null || :
	eventually same_traces "$BEFORE"
}

# inside ARGS... - launch ARGS... in ids of its own; it succeeds.
inside() {
	must --name "$NAME" --userns auto --net none --rootfs "$@"
}

# ids ARGS... - the uid_map of such a container, with single blanks.
ids() {
	must --name "$NAME" --net none --rootfs "$BUSYBOX" "$@" cat /proc/self/uid_map /proc/self/gid_map >&2
	echo $output
}

# detached NAME - one in the background.
detached() {
	must -d --name "$1" --userns auto --net none --rootfs "$BUSYBOX" sleep 60
}

# first_id NAME - who its root is.
first_id() {
	awk 'NR == 1 { print $2 }' "/proc/$(state pid "$1")/uid_map"
}

@test "--userns auto: root inside is nobody outside, with 65536 ids" {
	detached "$NAME"
	local pid
	pid=$(state pid)
	[[ $(awk '{ print $1, $3 }' "/proc/$pid/uid_map" "/proc/$pid/gid_map") == $'0 65536\n0 65536' ]]
	(($(first_id "$NAME") >= 65536))
	[[ $(awk '/^(Uid|Gid):/ { print $2 }' "/proc/$pid/status") == $(first_id "$NAME")$'\n'$(first_id "$NAME") ]]
	must exec "$NAME" sh -c 'id -u; id -g; cat /proc/self/setgroups'
	[[ $output == $'0\n0\nallow' ]]
	[[ $(readlink "/proc/$pid/ns/user") != "$(readlink /proc/self/ns/user)" ]]
}

@test "no file is chowned: the mount translates, root's files are its root's" {
	copy_root
	cd "$BATS_TEST_TMPDIR"
	chown 1000:1001 root/srv
	inside root sh -c 'stat -c "%u:%g" / /srv /bin/busybox; echo x >/etc/new &&
		chown 77:78 /etc/new && rm /etc/mkrootfs'
	[[ $output == $'0:0\n1000:1001\n0:0' ]]
	[[ $(stat -c %u:%g root root/srv root/etc/new) == $'0:0\n1000:1001\n77:78' ]]
	[[ ! -e root/etc/mkrootfs ]]
}

@test "volumes are translated, too, also those below and files" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p volume/sub
	mount -t tmpfs tmpfs volume/sub
	touch volume/file volume/sub/file
	chown 1000:1000 volume/file volume/sub/file
	copy_root
	inside root -v "$PWD/volume:/mnt:rec" -v "$PWD/volume/file:/srv/f:create,ro" \
		sh -c 'stat -c "%u %g" /mnt /mnt/file /mnt/sub/file /srv/f
			touch /mnt/new /mnt/sub/new; touch /srv/f 2>/dev/null || echo read-only'
	[[ $output == $'0 0\n1000 1000\n1000 1000\n1000 1000\nread-only' ]]
	[[ $(stat -c %u volume/new volume/sub/new) == $'0\n0' ]]
	umount volume/sub
}

@test "a translated volume is no peer of the host's: mounts do not come out" {
	cd "$BATS_TEST_TMPDIR"
	mkdir volume volume/here
	mount --bind volume volume
	mount --make-shared volume
	inside "$BUSYBOX" --seccomp none --cap-add SYS_ADMIN -v "$PWD/volume:/mnt" \
		sh -c 'mount -t tmpfs tmpfs /mnt/here && touch /mnt/here/x && echo mounted'
	[[ $output == mounted ]]
	[[ ! -e volume/here/x ]]
	! grep -q " $PWD/volume/here " /proc/self/mountinfo
}

@test "two containers do not share an id, also those that start together" {
	local i
	for i in {1..6}; do
		command launch -d --name "$NAME-$i" --userns auto --net none \
			--rootfs "$BUSYBOX" sleep 60 >/dev/null 3>&- &
	done
	wait
	[[ $(for i in {1..6}; do first_id "$NAME-$i"; done | sort -u | wc -l) == 6 ]]
	must stop "$NAME-2"
	i=$(first_id "$NAME-3")
	detached "$NAME-7"
	[[ $(first_id "$NAME-7") != "$i" ]]
}

@test "root takes what /etc/subuid gives to containers or root, until it is used up" {
	plain_user
	export LAUNCH_RUNDIR=$BATS_TEST_TMPDIR/run
	gives 3000000 131072 root
	detached "$NAME"
	detached "$NAME-2"
	[[ $(first_id "$NAME") == 3000000 && $(first_id "$NAME-2") == 3065536 ]]
	refuses "cannot find ids for --userns auto: all that /etc/subuid gives are in use" \
		--userns auto --net none --rootfs "$BUSYBOX" true
	gives 4000000 65536 containers
	detached "$NAME-3"
	[[ $(first_id "$NAME-3") == 4000000 ]]
}

@test "a root that was chowned to the ids is taken as it is" {
	copy_root
	cd "$BATS_TEST_TMPDIR"
	chown -hR 700000:700000 root
	must --name "$NAME" --userns 0:700000:65536 --net none --rootfs root \
		sh -c 'stat -c "%u:%g" / /bin/busybox; touch /new'
	[[ $output == $'0:0\n0:0' ]]
	[[ $(stat -c %u:%g root/new) == 700000:700000 ]]
}

@test "a filesystem that cannot translate is named: as root refused, as volume said" {
	cd "$BATS_TEST_TMPDIR"
	mkdir other
	mount -t ramfs ramfs other
	cp -a "$BUSYBOX" other/root
	refuses "cannot map the owners of '$PWD/other/root' (--userns) (its filesystem cannot, on this kernel)" \
		--userns auto --net none --rootfs "$PWD/other/root" true
	((status == 125))
	inside "$BUSYBOX" -v "$PWD/other:/mnt" stat -c %u /mnt
	[[ $output == 65534 ]]
	[[ $stderr == "launch: cannot map the owners of '$PWD/other' (--volume) (its filesystem cannot, on this kernel): Invalid argument" ]]
}

@test "before Linux 5.12 only a root that was chowned will do" {
	requires strace
	with_fault mount_setattr,clone3:ENOSYS:1+ --userns auto --net none --rootfs "$BUSYBOX" true
	((status == 125))
	[[ $stderr == "launch: cannot map the owners of '$BUSYBOX' (--userns)"* ]]
	copy_root
	chown -hR 700000:700000 "$BATS_TEST_TMPDIR/root"
	with_fault mount_setattr,open_tree,move_mount,clone3:ENOSYS:1+ --userns 0:700000:65536 --net none \
		--rootfs "$BATS_TEST_TMPDIR/root" sh -c 'id -u; touch /x; echo x >/dev/null; ls /proc/self/fd'
	((status == 0))
	[[ $output == 0$'\n'* ]]
}

@test "maps: --userns MAP, --uidmap, --gidmap, and both ways of LXC" {
	[[ $(ids --userns 0:500000:1000) == "0 500000 1000 0 500000 1000" ]]
	[[ $(ids --uidmap 0:500000:10 --uidmap 10:600000:5 --gidmap 0:700000:9) == \
		"0 500000 10 10 600000 5 0 700000 9" ]]
	[[ $(ids --gidmap 0:700000:9) == "0 700000 9 0 700000 9" ]]
	cat >"$BATS_TEST_TMPDIR/conf" <<-'END'
	lxc.idmap = u 0 100000 65536
	lxc.idmap = g 0 200000 65536
	lxc.id_map = u 70000 300000 5
	END
	[[ $(ids --config "$BATS_TEST_TMPDIR/conf") == \
		"0 100000 65536 70000 300000 5 0 200000 65536" ]]
	echo 'lxc.idmap = x 0 1 1' >"$BATS_TEST_TMPDIR/conf"
	refuses "bad map 'x 0 1 1' for lxc.idmap" --config "$BATS_TEST_TMPDIR/conf" --rootfs / true
}

@test "what cannot be a map is refused before anything is made" {
	local bad
	for bad in 0:1 0:1:0 0:1:2:3 a:0:1 0:4294967295:1 1:4294967295:4294967295 -1:0:1; do
		refuses "bad map '$bad' for --uidmap (INSIDE:OUTSIDE:COUNT)" --uidmap "$bad" --rootfs / true
		((status == 2))
	done
	refuses "bad user namespace 'some' for --userns" --userns some --rootfs / true
	refuses "cannot map ids: --userns does not go with --uidmap" --userns auto --uidmap 0:1:1 --rootfs / true
	refuses "cannot map ids: --userns keep-id is not for root" --userns keep-id --rootfs / true
	refuses "nobody is 0 inside" --userns 1:500000:10 --net none --rootfs "$BUSYBOX" true
	refuses "cannot write the ids to '/proc/" --uidmap 0:5:5 --uidmap 1:50:5 \
		--net none --rootfs "$BUSYBOX" true
}

@test "the root need not be reachable for the ids: its owner's directories may be closed" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	cd "$BATS_TEST_TMPDIR/closed"
	copy_root root
	echo hello >file
	inside "$PWD/root" -v "$PWD/file:/mnt/f:create" cat /mnt/f
	[[ $output == hello ]]
	inside root --ephemeral -v "$PWD/file:/mnt/f:create" sh -c 'cat /mnt/f; rm -r /etc &&
		mkdir /etc && touch /etc/x && ls /etc'
	[[ $output == $'hello\nx' && -e root/etc/mkrootfs ]]
}

@test "users, a terminal, --init, --read-only, veth: all as without" {
	inside "$BUSYBOX" -u 1000:1001 sh -c 'id -u; id -g; grep CapEff /proc/self/status'
	[[ $output == $'1000\n1001\nCapEff:\t0000000000000000' ]]
	inside "$BUSYBOX" -t sh -c 'tty; stat -c %g $(tty)'
	[[ ${lines[0]//$'\r'/} == /dev/pts/0 && ${lines[1]//$'\r'/} == 5 ]]
	inside "$BUSYBOX" --init sh -c 'readlink /proc/1/exe'
	[[ $output == *minit* ]]
	launch --userns auto --net none --read-only --rootfs "$BUSYBOX" touch /x
	[[ $stderr == *"Read-only file system"* ]]
	must --name "$NAME" --userns auto --rootfs "$BUSYBOX" ip -o -4 addr show eth0
	[[ $output == *169.254.* ]]
	refuses "cannot become user 70000 (--user): the user namespace has no such id" \
		--userns auto --net none -u 70000 --rootfs "$BUSYBOX" true
}

@test "/dev has the host's nodes, which work; none can be made" {
	inside "$BUSYBOX" sh -c 'head -c 4 /dev/zero | wc -c; echo x >/dev/null && echo ok
		mknod /tmp/n c 1 3 2>/dev/null || echo no; mount | grep -c "on /dev/null "'
	[[ $output == $'4\nok\nno\n1' ]]
	refuses "Operation not permitted" --userns auto --net none --cap-add MKNOD \
		--rootfs "$BUSYBOX" mknod /tmp/n c 1 3
	[[ ! -e $BUSYBOX/tmp/n ]]
}

@test "/proc of the host's processes and /sys of its network: bound, the latter read-only" {
	refuses "Read-only file system" --userns auto --net host --rootfs "$BUSYBOX" \
		sh -c 'ls /sys/class/net; grep -c " /sys sysfs ro" /proc/mounts; touch /sys/x'
	[[ $output == *lo*$'\n'1* ]]
	refuses "Read-only file system" --userns auto --net none --pid host --rootfs "$BUSYBOX" \
		sh -c '[ -e /proc/'"$$"' ] && echo seen; echo h >/proc/sys/kernel/core_pattern'
	[[ $output == seen ]]
}

@test "--net join: born in the other network, entered by exec, and launch comes home" {
	local home target
	home=$(readlink /proc/self/ns/net)
	must -d --name "$NAME" --net veth,ipv4=10.7.0.2/24 --rootfs "$BUSYBOX" sleep 60
	target=$(readlink "/proc/$(state pid)/ns/net")
	must --userns auto --net "join:$NAME" --rootfs "$BUSYBOX" sh -c \
		'readlink /proc/self/ns/net; ip addr; ip link set lo down; cut -c 22- /proc/self/uid_map'
	[[ ${lines[0]} == "$target" && $output == *"inet 10.7.0.2/24"* && ${lines[-1]} == *65536 ]]
	[[ $stderr == *"Operation not permitted"* ]]
	# Also where what is missing in a root that nobody can write to is found late.
	copy_root
	cd "$BATS_TEST_TMPDIR"
	rmdir root/dev
	mount --bind root root
	mount -o remount,bind,ro root
	for root in "$BUSYBOX" root; do
		launch --userns auto --net "join:$NAME" --rootfs "$root" \
			sh -c 'ls /sys/class/net; echo x >/sys/kernel/mm/ksm/run'
		[[ $output == $'eth0\nlo' && $stderr == *"Read-only file system" ]]
	done
	umount root
	must -d --name "$NAME-2" --userns auto --net "join:$NAME" --restart always --rootfs "$BUSYBOX" \
		sh -c '[ ! -e /dev/shm/stop ] || exit; exec sleep 60'
	must exec "$NAME-2" readlink /proc/self/ns/net
	[[ $output == "$target" ]]
	[[ $(readlink "/proc/$(launcher_of "$NAME-2")/ns/net") == "$home" ]]
	must kill "$NAME-2"
	runs_again() { [[ $(state restarts "$NAME-2") == 1 && $(state pid "$NAME-2") -gt 0 ]]; }
	eventually runs_again
	must exec "$NAME-2" readlink /proc/self/ns/net
	[[ $output == "$target" ]]
}

@test "no process outside can be signalled, and none of its files read" {
	sleep 60 3>&- &
	local pid=$!
	launch --name "$NAME" --userns auto --net none --pid host --rootfs "$BUSYBOX" \
		sh -c "kill -9 $pid; cat /proc/$pid/environ; ls /proc/$pid/fd /proc/1/root"
	[[ $stderr == *"Operation not permitted"* && $stderr == *"ermission denied"* ]]
	kill -0 "$pid"
	kill "$pid"
}

@test "exec, signals, stop and restart know the ids" {
	must -d --name "$NAME" --userns auto --restart always --net none --rootfs "$BUSYBOX" \
		sh -c 'trap "exit 0" TERM; id -u; while :; do sleep 0.05; done'
	must exec -u 1000 -it "$NAME" sh -c 'id -u; tty'
	[[ ${lines[0]//$'\r'/} == 1000 && ${lines[1]} == /dev/pts/* ]]
	must exec "$NAME" cat /proc/self/uid_map
	[[ $output == *" 65536" ]]
	local pid
	pid=$(state pid)
	kill -KILL "$pid"
	eventually restarted "$pid"
	must exec "$NAME" cat /proc/self/uid_map
	[[ $output == *" 65536" ]]
	must stop "$NAME"
}

# restarted PID - there is another first process now.
restarted() {
	[[ $(state pid) != "$1" && $(state pid) != 0 ]] && has_state running
}

@test "before Linux 5.8 exec enters the namespaces one by one" {
	requires strace
	detached "$NAME"
	with_fault setns:EINVAL:1 exec "$NAME" id -u
	((status == 0))
	[[ $output == 0 ]]
	fault_happened
}

@test "without a user namespace no call is made for one" {
	requires strace
	strace -f -o "$BATS_TEST_TMPDIR/trace" launch --net none --rootfs "$BUSYBOX" true
	not grep -E 'CLONE_NEWUSER|uid_map|subuid|setgroups.*deny|keyctl|MOUNT_ATTR_IDMAP' \
		"$BATS_TEST_TMPDIR/trace"
	[[ $(grep -cE '(setresuid|setresgid|setgroups)\(' "$BATS_TEST_TMPDIR/trace") == 3 ]]
}
