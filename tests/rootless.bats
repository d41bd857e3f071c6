# A plain user's containers: no set-up, no setuid bit, and what is missing is said.
load helpers
load living
load plain

setup() {
	plain_user
	GROUPS_MADE=() SERVERS=()
}

teardown() {
	local dir
	[[ ! -d $HIS/run/launch ]] || for dir in "$HIS"/run/launch/*/; do
		[[ ! -d $dir ]] || timeout 20 "$HIS/launch" stop --state-dir "$HIS/run/launch" \
			"$(basename "$dir")" >/dev/null 2>&1 || his stop "$(basename "$dir")" >/dev/null
	done
	for dir in ${GROUPS_MADE[@]+"${GROUPS_MADE[@]}"}; do
		eventually rmdir "$dir" "${dir%/*}"
	done
	[[ ! ${NEIGHBOUR:-} ]] || no_neighbours
	forget_plain
}

# his_background ARGS... - a detached one, $NAME
his_background() {
	his_must -d --name "$NAME" --rootfs "$HIS/root" "$@"
}

# delegated CONTROLLER - he may make groups there, as who runs in one below.
delegated() {
	local dir=/sys/fs/cgroup/$1/$NAME
	mkdir -p "$dir/shell"
	chown -R $PLAIN_ID "$dir"
	GROUPS_MADE+=("$dir/shell")
}

# in_groups ARGS... - his ARGS..., from those groups.
in_groups() {
	run --separate-stderr bash -c 'launch=$1; shift
		for dir in '"${GROUPS_MADE[*]}"'; do echo $$ >$dir/cgroup.procs; done
		exec setpriv --reuid '$PLAIN_ID' --regid '$PLAIN_ID' --clear-groups \
			env -i PATH="$PATH" XDG_RUNTIME_DIR="'"$HIS/run"'" timeout -s KILL 30 "$launch" "$@"' \
		- "$HIS/launch" "$@"
	printf '$ launch %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

@test "without any set-up he is root inside, alone, in namespaces of his own" {
	his_must --rootfs "$HIS/root" sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map
		echo x >/etc/new; hostname; ip link | grep -c mtu; cat /proc/self/setgroups'
	[[ $(sed 's/  */ /g' <<<"$output") == $'0\n0\n 0 61234 1\n 0 61234 1\nc'*$'\n1\ndeny' ]]
	[[ $(stat -c %u "$HIS/root/etc/new") == "$PLAIN_ID" ]]
	his_must --rootfs "$HIS/root" sh -c 'ls /proc | grep -c "^[0-9]"; cat /proc/1/comm; id -G'
	[[ ${lines[1]} == sh && ${lines[2]} == 0 ]]
	[[ ! -u $HIS/launch ]]
}

@test "his walls are the usual ones" {
	local before
	before=$(</proc/sys/kernel/core_pattern)
	his_must --rootfs "$HIS/root" grep -E '^(Cap(Eff|Bnd)|NoNewPrivs|Seccomp):' /proc/self/status
	[[ $output == $'CapEff:\t00000000a00425fb\nCapBnd:\t00000000a00425fb\nNoNewPrivs:\t1\nSeccomp:\t2' ]]
	he_is_told "Read-only file system" --rootfs "$HIS/root" sh -c 'echo h >/proc/sys/kernel/core_pattern'
	[[ $(</proc/sys/kernel/core_pattern) == "$before" ]]
	his_must --rootfs "$HIS/root" sh -c 'wc -c </proc/keys; [ -e /dev/null ] && echo x >/dev/null &&
		head -c 3 /dev/zero | wc -c; ls /dev/pts /dev/shm'
	[[ ${lines[0]} == 0 && ${lines[1]} == 3 ]]
}

@test "a root of root's is as good, to read" {
	chmod 755 "$BUSYBOX"
	cp -a "$BUSYBOX" "$BATS_TEST_TMPDIR/root"
	his_must --rootfs "$BATS_TEST_TMPDIR/root" sh -c 'stat -c %u /; cat /etc/mkrootfs'
	[[ $output == $'65534\nbusybox' ]]
	he_is_told "Permission denied" --rootfs "$BATS_TEST_TMPDIR/root" touch /x
}

@test "without ids of /etc/subuid there is no other user, and it is said" {
	he_is_told "cannot become user 1500 (--user): the user namespace has no such id (--userns, /etc/subuid)" \
		--rootfs "$HIS/root" -u 1500 true
	he_is_told "cannot find ids for --userns auto: /etc/subuid and /etc/subgid give you none" \
		--rootfs "$HIS/root" --userns auto true
	he_is_told "newuidmap: uid range [0-10) -> [300000-300010) not allowed" \
		--rootfs "$HIS/root" --userns 0:300000:10 true
}

@test "with ids of /etc/subuid there are others, by newuidmap" {
	gives 200000 65536
	his_must --rootfs "$HIS/root" sh -c 'cat /proc/self/uid_map; touch /srv/f; chown 5:7 /srv/f
		stat -c %u:%g /srv/f; grep ^Groups /proc/self/status; cat /proc/self/setgroups'
	[[ $(sed 's/  */ /g' <<<"$output") == $' 0 61234 1\n 1 200000 65536\n5:7\nGroups:\t \nallow' ]]
	[[ $(stat -c %u:%g "$HIS/root/srv/f") == 200004:200006 ]]
	his_must --rootfs "$HIS/root" -u 1500:1600 sh -c 'id -u; id -g'
	[[ $output == $'1500\n1600' ]]
	his_must --rootfs "$HIS/root" -t sh -c 'stat -c %g $(tty)'
	[[ ${output//$'\r'/} == *5 ]]
}

@test "--userns auto and keep-id, for him" {
	his_must --rootfs "$HIS/root" --userns keep-id sh -c 'id -u; id -g; stat -c %u /etc; cat /proc/self/uid_map
		grep CapEff /proc/self/status; touch /tmp/x'
	[[ $(sed 's/  */ /g' <<<"$output") == $'61234\n61234\n61234\n 61234 61234 1\nCapEff:\t0000000000000000' ]]
	gives 200000 65536
	his_must --rootfs "$HIS/root" --userns keep-id sh -c 'id -u; cat /proc/self/uid_map'
	[[ $(sed 's/  */ /g' <<<"$output") == $'61234\n 0 200000 61234\n 61234 61234 1\n 61235 261234 4302' ]]
	his_must --rootfs "$HIS/root" --userns auto cat /proc/self/uid_map
	[[ $(sed 's/  */ /g' <<<"$output") == ' 0 200000 65536' ]]
	his_background --userns auto sleep 60
	he_is_told "all that /etc/subuid gives are in use" --rootfs "$HIS/root" --userns auto true
}

@test "without newuidmap he is alone, unless he asked for more" {
	gives 200000 65536
	mkdir "$HIS/bin"
	ln -s "$(type -P timeout)" "$HIS/bin"
	HIS_PATH=$HIS/bin his_must --rootfs "$HIS/root" cat /proc/self/uid_map
	[[ $(sed 's/  */ /g' <<<"$output") == ' 0 61234 1' ]]
	HIS_PATH=$HIS/bin he_is_told "there is no newuidmap(1)" --rootfs "$HIS/root" --userns auto true
}

@test "the state is in XDG_RUNTIME_DIR, else in /run/user/UID, else in /tmp" {
	his_background sleep 60
	[[ -e $HIS/run/launch/$NAME/state ]]
	his_must stop "$NAME"
	mkdir -p "/run/user/$PLAIN_ID"
	chown $PLAIN_ID "/run/user/$PLAIN_ID"
	XDG='' his_must -d --name "$NAME" --rootfs "$HIS/root" sleep 60
	[[ -e /run/user/$PLAIN_ID/launch/$NAME/state ]]
	XDG='' his_must stop "$NAME"
	rm -r "/run/user/$PLAIN_ID"
	XDG='' his_must -d --name "$NAME" --rootfs "$HIS/root" sleep 60
	[[ -e /tmp/launch-$PLAIN_ID/$NAME/state ]]
	XDG='' his_must stop "$NAME"
	rm -r "/tmp/launch-$PLAIN_ID"
	# Somebody else's trap.
	mkdir -m 777 "/tmp/launch-$PLAIN_ID"
	XDG='' he_is_told "cannot use '/tmp/launch-$PLAIN_ID' (--state-dir): others can write to it" \
		--rootfs "$HIS/root" true
	rmdir "/tmp/launch-$PLAIN_ID"
}

@test "in the background: list, exec, logs, inspect, wait, kill, stop" {
	his_background --init sh -c 'echo hello; exec sleep 60'
	his_must list
	[[ $output == *"$NAME"*running* ]]
	his_must exec "$NAME" sh -c 'id -u; cat /proc/self/uid_map; ps | wc -l'
	[[ $output == $'0\n'*61234* ]]
	his_must exec -it "$NAME" tty
	[[ $output == /dev/pts/* ]]
	eventually said_so
	his_must inspect "$NAME"
	[[ $output == *'"state":"running"'* ]]
	# Nobody else has it.
	launch exec --state-dir "$HIS/run/launch" "$NAME" true
	((status == 125))
	his_must kill "$NAME" KILL
	eventually not test -e "$HIS/run/launch/$NAME"
}

said_so() {
	his logs "$NAME"
	[[ $output == hello ]]
}

@test "it is started again, also as another user, with the same ids" {
	gives 200000 65536
	his_background -u 1000 --restart always sh -c 'echo up >>/tmp/log; [ $(wc -l </tmp/log) != 2 ] || exec sleep 60'
	eventually grep -c up "$HIS/root/tmp/log"
	eventually two_lines "$HIS/root/tmp/log"
	his_must exec "$NAME" sh -c 'id -u; cat /proc/self/uid_map'
	[[ $(sed 's/  */ /g' <<<"$output") == $'1000\n 0 61234 1\n 1 200000 65536' ]]
	his_must stop "$NAME"
}

two_lines() {
	(($(wc -l <"$1") == 2))
}

@test "a launcher that is killed takes it along, whoever it runs as" {
	gives 200000 65536
	local pid launcher
	his_background -u 1000 sleep 60
	pid=$(sed -n s/^pid=//p "$HIS/run/launch/$NAME/state")
	launcher=$(sed -n 's/^launcher=\([0-9]*\) .*/\1/p' "$HIS/run/launch/$NAME/state")
	[[ $(awk '/^Uid:/ { print $2 }' "/proc/$pid/status") == 200999 ]]
	kill -KILL "$launcher"
	eventually not test -e "/proc/$pid"
	his_must prune
	[[ ! -e $HIS/run/launch/$NAME ]]
}

@test "networks: none of his own, the host's with a read-only /sys, no veth" {
	his_must --net host --rootfs "$HIS/root" sh -c 'readlink /proc/self/ns/net; touch /sys/x || ls /sys/class/net'
	[[ $output == "$(readlink /proc/self/ns/net)"$'\n'*lo* && $stderr == *"Read-only"* ]]
	he_is_told "cannot use --net veth: it needs root" --net veth --rootfs "$HIS/root" true
	he_is_told "cannot use --net nat: it needs root" --net nat -p 8080:80 --rootfs "$HIS/root" true
	he_is_told "cannot use --net join: it needs root" --net join:pid:1 --rootfs "$HIS/root" true
	he_is_told "cannot restore: that needs root" restore -D "$HIS"
	((status == 125))
	[[ ! $(ls "$HIS/run/launch") ]]
	his_background --net host sleep 60
	his_must exec "$NAME" readlink /proc/self/ns/net
	[[ $output == "$(readlink /proc/self/ns/net)" ]]
}

# neighbours - a network in which there is somebody else, at 10.9.0.2, and a
# /dev/net/tun for everybody, as udev makes it.
neighbours() {
	unshare --net sleep 300 3>&- &
	NEIGHBOUR=$!
	eventually other_network "$NEIGHBOUR"
	ip link add v0 type veth peer name v1 netns "$NEIGHBOUR"
	nsenter --net -t "$NEIGHBOUR" sh -c 'ip addr add 10.9.0.2/24 dev v1; ip link set v1 up; ip link set lo up'
	ip addr add 10.9.0.1/24 dev v0
	ip link set v0 up
	ip route add default via 10.9.0.2
	mknod -m 666 "$BATS_TEST_TMPDIR/tun" c 10 200
	mount --bind "$BATS_TEST_TMPDIR/tun" /dev/net/tun
}

other_network() {
	[[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]
}

no_neighbours() {
	local group
	for group in ${SERVERS[@]+"${SERVERS[@]}"}; do
		kill -- "-$group"
	done
	umount /dev/net/tun
	kill "$NEIGHBOUR"
}

# serves PORT [COMMAND...] - say hello to who comes, by that command.
serves() {
	local port=$1
	shift
	setsid bash -c 'port=$1; shift; while :; do echo hello | "$@" busybox nc -l -p "$port"; done' \
		- "$port" "$@" >/dev/null 2>&1 3>&- &
	SERVERS+=($!)
}

hears() {
	[[ $(timeout 2 busybox nc "$@" </dev/null) == hello ]]
}

# helper_of PROGRAM - the pid of that of $NAME's launcher.
helper_of() {
	pgrep -P "$(sed -n 's/^launcher=\([0-9]*\) .*/\1/p' "$HIS/run/launch/$NAME/state")" "$1"
}

# speaks_for_it PROGRAM - out to others, in by published ports, not to the host's
# loopback, and it ends with the container and with a launcher that is killed.
speaks_for_it() {
	local helper
	neighbours
	serves 7777 nsenter --net -t "$NEIGHBOUR"
	serves 7778
	eventually hears 10.9.0.2 7777
	his_background --net pasta -p 127.0.0.1:8080:80 -p 9001-9002:81-82/udp \
		sh -c 'while :; do echo hello | nc -l -p 80; done'
	eventually his_must exec "$NAME" sh -c 'nc -w 2 10.9.0.2 7777 </dev/null'
	[[ $output == hello ]]
	eventually hears 127.0.0.1 8080
	eventually hears 127.0.0.1 7778
	for gateway in 10.9.0.2 10.0.2.2 10.0.2.3; do
		his exec "$NAME" sh -c "nc -w 1 $gateway 7778 </dev/null"
		((status != 0))
	done
	[[ $(ss -Hlun | grep -c ':900[12] ') == 2 && ! -e $HIS/run/launch/$NAME/slirp ]]
	helper=$(helper_of "$1")
	his_must exec "$NAME" sh -c 'ip -o -4 addr show eth0; ip route'
	[[ $output == *eth0*default* ]]
	his_must stop "$NAME"
	not test -e "/proc/$helper"
	his_background --net pasta sleep 60
	helper=$(helper_of "$1")
	kill -KILL "$(sed -n 's/^launcher=\([0-9]*\) .*/\1/p' "$HIS/run/launch/$NAME/state")"
	eventually not test -e "/proc/$helper"
}

@test "--net pasta: out to others, in by published ports, not to the host's loopback; and it ends" {
	requires pasta
	speaks_for_it 'pas(ta|st)'
}

@test "--net pasta without pasta is slirp4netns, and as good" {
	requires slirp4netns
	mkdir "$HIS/bin"
	ln -s "$(type -P timeout)" "$(type -P slirp4netns)" "$HIS/bin"
	HIS_PATH=$HIS/bin
	speaks_for_it slirp4netns
}

@test "--net pasta where it cannot be: without it, for root" {
	mkdir "$HIS/bin"
	ln -s "$(type -P timeout)" "$HIS/bin"
	HIS_PATH=$HIS/bin he_is_told "cannot start pasta (--net pasta): there is neither it nor slirp4netns" \
		--net pasta --rootfs "$HIS/root" true
	printf '#!/bin/sh\necho no luck >&2\n' >"$HIS/bin/slirp4netns"
	chmod +x "$HIS/bin/slirp4netns"
	HIS_PATH=$HIS/bin he_is_told "cannot start slirp4netns (--net pasta): no luck" \
		--net pasta --rootfs "$HIS/root" true
	LAUNCH_RUNDIR=$BATS_TEST_TMPDIR/run refuses "cannot use --net pasta as root: use nat" \
		--net pasta --rootfs "$BUSYBOX" true
}

# hangs PROGRAM [OPEN-FD] - a program that never comes to an end, in $HIS/bin; its
# pid is in $HIS/hangs.
hangs() {
	mkdir -p "$HIS/bin"
	printf '#!%s\necho $$ >%s\nexec %s 777 %s\n' "$(type -P bash)" "$HIS/hangs" \
		"$(type -P sleep)" "${2:-}" >"$HIS/bin/$1"
	chmod +x "$HIS/bin/$1"
	ln -sf "$(type -P timeout)" "$HIS/bin"
	: >"$HIS/hangs"
	chown $PLAIN_ID "$HIS/hangs"
}

# given_up MESSAGE ARGS... - a start that such a one holds up is ended by --timeout, and
# by a signal; also stop, and nothing stays.
given_up() {
	local message=$1 said=$BATS_TEST_TMPDIR/said pid
	shift
	HIS_PATH=$HIS/bin he_is_told "$message" --timeout 1 --rootfs "$HIS/root" "$@" true
	((status == 124))
	not kill -0 "$(<"$HIS/hangs")"
	for how in TERM stop; do
		: >"$HIS/hangs"
		HIS_PATH=$HIS/bin as_plain "$HIS/launch" --name "$NAME" --rootfs "$HIS/root" "$@" true 2>"$said" 3>&- &
		pid=$!
		eventually test -s "$HIS/hangs"
		if [[ $how == stop ]]; then his_must stop "$NAME"; else kill -TERM "$(ps -o ppid= -p "$(<"$HIS/hangs")")"; fi
		status=0
		wait "$pid" || status=$?
		echo "$how: [$status] $(<"$said")"
		((status == 143))
		grep -qF "$message" "$said"
		not kill -0 "$(<"$HIS/hangs")"
	done
	[[ ! $(ls "$HIS/run/launch") ]]
}

@test "a helper that hangs holds nobody up who wants to end" {
	hangs pasta
	given_up "cannot start pasta (--net pasta): told to end" --net pasta
	gives 200000 65536
	hangs newuidmap
	given_up "cannot map ids (--userns): told to end"
	hangs newuidmap '2>&- >&-'
	given_up "cannot map ids (--userns): told to end"
}

@test "a port that slirp4netns cannot open is named, and nothing stays" {
	requires slirp4netns
	neighbours
	serves 8080
	eventually hears 127.0.0.1 8080
	mkdir "$HIS/bin"
	ln -s "$(type -P timeout)" "$(type -P slirp4netns)" "$HIS/bin"
	HIS_PATH=$HIS/bin he_is_told "cannot publish port 8080 (--publish)" \
		-p 8080:80 --rootfs "$HIS/root" true
	not pgrep -u $PLAIN_ID slirp4netns
	[[ ! $(ls "$HIS/run/launch") ]]
}

@test "limits where a cgroup of v1 is his, else he is told" {
	requires cgroup1
	he_is_told "cannot create cgroup '/sys/fs/cgroup/pids" --pids-limit 7 --rootfs "$HIS/root" true
	[[ $stderr == *"no cgroup was delegated to you"* ]]
	delegated pids
	in_groups --pids-limit 7 --rootfs "$HIS/root" --name "$NAME" sh -c 'cat /proc/self/cgroup
		for i in 1 2 3 4 5 6 7 8; do sleep 10 & done; wait'
	[[ $output == *":pids:/"* && $stderr == *"fork"* ]]
	[[ ! -e /sys/fs/cgroup/pids/$NAME/shell/launch.$NAME ]]
	delegated freezer
	in_groups -d --rootfs "$HIS/root" --name "$NAME" sleep 60
	((status == 0))
	[[ -e /sys/fs/cgroup/freezer/$NAME/shell/launch.$NAME ]]
	his_must freeze "$NAME"
	his_must list
	[[ $output == *frozen* ]]
	his_must thaw "$NAME"
	in_groups exec "$NAME" id -u
	[[ $output == 0 ]]
	his_must stop "$NAME"
}

@test "a cgroup of v2 that is his is used; one that is not is told" {
	local unified
	unified=$(findmnt -nt cgroup2 -o TARGET | head -1)
	[[ $unified ]] || skip "needs cgroup2"
	he_is_told "no cgroup was delegated to you" --cgroup-conf v2:cgroup.max.depth=3 --rootfs "$HIS/root" true
	delegated "${unified#/sys/fs/cgroup/}"
	in_groups --cgroup-conf v2:cgroup.max.depth=3 --name "$NAME" --rootfs "$HIS/root" cat /proc/self/cgroup
	((status == 0))
	[[ $output == *"0::/"* ]]
	[[ ! -e $unified/$NAME/launch.$NAME ]]
}

@test "the machine's settings in the way are named" {
	requires strace
	local dir=$BATS_TEST_TMPDIR/kernel
	# A namespace in which the number of further ones is none.
	cat >"$BATS_TEST_TMPDIR/limited" <<-END
	echo 0 >/proc/sys/user/max_user_namespaces
	exec setpriv --reuid $PLAIN_ID --regid $PLAIN_ID --clear-groups \
		env -i XDG_RUNTIME_DIR="$HIS/run" "$HIS/launch" --rootfs "$HIS/root" true
	END
	# Root there only once the maps are written.
	unshare --user bash -c 'until [[ $(</proc/self/gid_map) ]]; do sleep 0.01; done; exec bash "$0"' \
		"$BATS_TEST_TMPDIR/limited" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	eventually test -e "/proc/$!/uid_map"
	eventually other_namespace $!
	echo 0 0 100000 >"/proc/$!/uid_map"
	echo 0 0 100000 >"/proc/$!/gid_map"
	wait $! || status=$?
	output=$(<"$BATS_TEST_TMPDIR/out")
	echo "[$status] $output"
	[[ $output == "launch: cannot create a user namespace (user.max_user_namespaces is 0): "* ]]
	mkdir "$dir"
	mount --bind "$dir" /proc/sys/kernel
	echo 0 >"$dir/unprivileged_userns_clone"
	run as_plain strace -f -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:error=EPERM \
		"$HIS/launch" --rootfs "$HIS/root" true
	echo "$output"
	rm "$dir/unprivileged_userns_clone"
	echo 1 >"$dir/apparmor_restrict_unprivileged_userns"
	[[ $output == "launch: cannot create a user namespace (kernel.unprivileged_userns_clone is 0): Operation not permitted" ]]
	run as_plain strace -f -o /dev/null -e trace=mount -e inject=mount:error=EACCES \
		"$HIS/launch" --rootfs "$HIS/root" true
	umount /proc/sys/kernel
	echo "[$status] $output"
	((status == 125))
	[[ $output == "launch: cannot mount in the user namespace (kernel.apparmor_restrict_unprivileged_userns is 1, and no AppArmor profile allows launch to): Permission denied" ]]
}

@test "volumes, --ephemeral, --read-only, --tmpfs: as root's" {
	mkdir "$HIS/volume"
	chown $PLAIN_ID "$HIS/volume"
	his_must --rootfs "$HIS/root" -v "$HIS/volume:/mnt" -v /etc:/srv:ro --tmpfs /opt:create --read-only sh -c '
		touch /mnt/new /opt/x && ! touch /etc/x /srv/x'
	[[ $(stat -c %u "$HIS/volume/new") == "$PLAIN_ID" ]]
	his_must --rootfs "$HIS/root" --ephemeral sh -c 'rm -r /etc && mkdir /etc && touch /etc/x && ls /etc'
	[[ $output == x && -e $HIS/root/etc/mkrootfs ]]
	rmdir "$HIS/root/proc" "$HIS/root/sys" "$HIS/root/dev"
	his_must --rootfs "$HIS/root" test -e /proc/self
}

# The kernel's own rule, CVE-2014-8989: a group may be there to forbid.
@test "groups that forbid him something cannot be dropped inside" {
	echo secret >"$HIS/root/forbidden"
	chown "0:60001" "$HIS/root/forbidden"
	chmod 604 "$HIS/root/forbidden"
	PLAIN_GROUPS=--groups=60001 he_is_told "Permission denied" --rootfs "$HIS/root" cat /forbidden
	PLAIN_GROUPS=--groups=60001 his_must --rootfs "$HIS/root" sh -c 'cat /proc/self/setgroups'
	[[ $output == deny ]]
}

other_namespace() {
	[[ $(readlink "/proc/$1/ns/user") != "$(readlink /proc/self/ns/user)" ]]
}
