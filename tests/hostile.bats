# Roots that strangers made, and callers that are not what one expects.
load helpers
load living

setup() {
	requires root
	TOOLS=${BUILD:-$ROOT/build}/tests/tools
	outside=$BATS_TEST_TMPDIR/outside
	mkdir "$outside"
	chmod 777 "$outside"
	before=$(traces)
}

teardown() {
	[[ ! ${FLIPPER:-} ]] || kill "$FLIPPER" 2>/dev/null || :
	end_all
	eventually same_traces "$before"
}

# untouched - nothing was made outside.
untouched() {
	[[ -z $(ls -A "$outside") && $(stat -c %a:%u "$outside") == 777:0 ]]
}

@test "/dev, /proc, /sys, /run and /etc as symlinks that lead out: nothing is made there" {
	local name target
	copy_root
	root=$BATS_TEST_TMPDIR/root
	ln -sf busybox "$root/bin/init"
	for name in dev proc sys run etc; do
		for target in "$outside" "../../../../../../../../..$outside" \
			"/proc/1/root$outside" "/proc/self/cwd/$outside" /dev/fd/9/; do
			rm -rf "${root:?}/$name"
			ln -s "$target" "$root/$name"
			# All that makes something in one of them.
			run command launch --net none --dns 9.9.9.9 --device /dev/fuse --tmpfs "/$name/x:create" \
				-v "$outside:/$name/y:create" --rootfs "$root" /bin/init 9<"$outside"
			echo "$name -> $target: [$status] $output"
			[[ $output != *"no such applet"* && $status != 0 ]] || ((status == 0 || status == 127))
			untouched
			[[ -z $(grep " $outside" /proc/self/mountinfo) ]]
		done
		rm "$root/$name"
		mkdir "$root/$name"
	done
}

@test "a symlink in place of what is made is not followed: mount points, nodes, resolv.conf" {
	copy_root
	root=$BATS_TEST_TMPDIR/root
	touch "$BATS_TEST_TMPDIR/file"
	ln -s "$outside/file" "$root/mnt/file"
	ln -s "$outside" "$root/mnt/dir"
	ln -sf "$outside/resolv.conf" "$root/etc/resolv.conf"
	launch --net none --dns 9.9.9.9 --rootfs "$root" cat /etc/resolv.conf
	launch --net none -v "$BATS_TEST_TMPDIR/file:/mnt/file:create" --rootfs "$root" true
	launch --net none -v /etc:/mnt/dir/new:create --rootfs "$root" true
	launch --net none --device /dev/null:/mnt/dir/null --rootfs "$root" true
	untouched
}

# In a file of its own: bats looks at every command.
@test "a mount target that turns into a symlink and back during 500 starts" {
	copy_root
	root=$BATS_TEST_TMPDIR/root
	mkdir "$root/target" "$BATS_TEST_TMPDIR/src"
	touch "$BATS_TEST_TMPDIR/src.file"
	ln -s "$outside" "$root/link"
	"$TOOLS/flip" "$root/target" "$root/link" 3>&- &
	FLIPPER=$!
	cat >"$BATS_TEST_TMPDIR/rounds" <<-'END'
	for ((i = 0; i < 500; i++)); do
		launch --name "$3" --net none -T --tmpfs /target/tmpfs:create \
			-v "$2:/target/dir:create" -v "$2.file:/target/file:create" \
			--rootfs "$1" true && echo started
	done 2>&1
	END
	run timeout 400 bash "$BATS_TEST_TMPDIR/rounds" "$root" "$BATS_TEST_TMPDIR/src" "$NAME"
	echo "# started $(grep -cx started <<<"$output") times of 500" >&3
	sort <<<"$output" | uniq -c | head -20
	# Both ways it must have been.
	((${#lines[@]} >= 500))
	untouched
}

@test "a working directory that leads through a descriptor of ours or of the caller's is refused" {
	local dir
	copy_root
	ln -s /proc/self/fd/9 "$BATS_TEST_TMPDIR/root/out"
	touch "$BATS_TEST_TMPDIR/root/inside"
	for dir in /out /proc/self/fd/{3..20} /proc/self/fd/9/../../; do
		launch -w "$dir" --net none --rootfs "$BATS_TEST_TMPDIR/root" \
			sh -c 'pwd; ls ../../..' 9<"$outside"
		# Two of ours are the root itself and its /dev: no harm in those.
		if ((status == 0)); then
			[[ ${lines[0]} == / || ${lines[0]} == /dev ]]
			grep -qx inside <<<"$output"
		else
			((status == 125))
			[[ $stderr == *"(--workdir)"* || $stderr == *"outside the root"* ]]
		fi
	done
}

@test "a caller's fd 9, a directory, a socket, a pipe, a file: nobody inside has it" {
	local kind
	cat >"$BATS_TEST_TMPDIR/list" <<-'END'
	for fd in /proc/[0-9]*/fd/*; do
		case ${fd##*/} in 0 | 1 | 2 | \*) ;; *) readlink "$fd" ;; esac
	done
	exit 0
	END
	copy_root
	cp "$BATS_TEST_TMPDIR/list" "$BATS_TEST_TMPDIR/root/list"
	for kind in directory socket pipe file; do
		case $kind in
		directory) exec 9<"$outside" ;;
		socket) exec 9<>/dev/udp/127.0.0.1/9 ;;
		pipe) exec 9> >(cat >/dev/null 3>&-) ;;
		file) exec 9<>"$BATS_TEST_TMPDIR/list" ;;
		esac
		must --net none --rootfs "$BATS_TEST_TMPDIR/root" sh /list
		# The shell's own, of the script.
		[[ -z $(grep -v '^/list$' <<<"$output") ]]
		must --net none --init --rootfs "$BATS_TEST_TMPDIR/root" sh /list
		[[ -z $(grep -vE '^(/list|anon_inode:\[signalfd\])$' <<<"$output") ]]
		must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
		must exec "$NAME" sh /list
		[[ -z $(grep -v '^/list$' <<<"$output") ]]
		must stop "$NAME"
		exec 9>&-
	done
}

@test "16 open files are enough, and fewer are told" {
	local i
	run bash -c 'ulimit -n 16; launch --net none -v /etc:/mnt:ro --ephemeral --rootfs "$1" sh -c "ulimit -n; ls /proc/self/fd"' \
		- "$BUSYBOX"
	echo "$output"
	((status == 0))
	[[ ${lines[0]} == 16 ]]
	# With -d there are two for each hierarchy of cgroups.
	run bash -c 'ulimit -n 40; launch -d --name "$2" -m 64M --net none --rootfs "$1" sleep 60 &&
		ulimit -n 16 && launch exec "$2" true' \
		- "$BUSYBOX" "$NAME"
	echo "$output"
	((status == 0))
	must stop "$NAME"
	for ((i = 4; i < 12; i++)); do
		run bash -c 'ulimit -n '$i'; launch --net none --rootfs "$1" true' - "$BUSYBOX"
		echo "$i: [$status] $output"
		[[ $status == 0 || $output == "launch: cannot "*"o file descriptors"* ||
			$output == *"Too many open files" || $output == *"No file descriptors available" ]]
	done
}

@test "from a directory that is gone it starts by an absolute path, and says so of a relative one" {
	mkdir "$BATS_TEST_TMPDIR/gone"
	cd "$BATS_TEST_TMPDIR/gone"
	rmdir "$BATS_TEST_TMPDIR/gone"
	must --net none --rootfs "$BUSYBOX" pwd
	[[ $output == / ]]
	must -d --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60
	must exec "$NAME" pwd
	[[ $output == / ]]
	must stop "$NAME"
	refuses "cannot open rootfs 'root'" --net none --rootfs root true
	cd /
}

@test "with all signals blocked it runs, ends and is ended; the command has none blocked" {
	run timeout -s KILL 60 "$TOOLS/blocked" 0 launch --net none --rootfs "$BUSYBOX" \
		sh -c 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status; exit 3'
	echo "[$status] $output"
	((status == 3))
	[[ $output == $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n'* ]]
	run timeout -s KILL 60 "$TOOLS/blocked" 0 launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60
	((status == 0))
	run timeout -s KILL 60 "$TOOLS/blocked" 0 launch exec "$NAME" grep SigBlk /proc/self/status
	[[ $output == $'SigBlk:\t0000000000000000' ]]
	run timeout -s KILL 60 "$TOOLS/blocked" 0 launch stop "$NAME"
	((status == 0))
}

@test "a umask of 077 does not show in what is made" {
	copy_root
	cd "$BATS_TEST_TMPDIR"
	rmdir root/proc root/sys root/dev
	touch file
	chmod 644 file
	umask 077
	must --net none -u 1000 -v "$outside:/new/dir:create" -v "$PWD/file:/new/file:create" --tmpfs /opt/t:create \
		--rootfs root sh -c 'stat -c %a /new /new/dir /new/file /opt /dev /dev/null /dev/shm /proc; ls /dev >/dev/null && ls /new/dir && echo x >/dev/null && umask'
	[[ $output == $'755\n777\n644\n755\n755\n666\n1777\n555\n0022' ]]
}

@test "the caller's groups are gone, and setgroups brings none back without SETGID" {
	run -0 setpriv --groups 60001,60002 launch --net none --rootfs "$BUSYBOX" grep ^Groups /proc/self/status
	[[ $output == $'Groups:\t ' ]]
	run -0 setpriv --groups 60001,60002 launch --net none -u 1000:1000 --rootfs "$BUSYBOX" id -G
	[[ $output == 1000 ]]
	run -0 setpriv --groups 60001 launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" sleep 60
	run -0 setpriv --groups 60001 launch exec "$NAME" grep ^Groups /proc/self/status
	[[ $output == $'Groups:\t ' ]]
}

@test "the caller's keys cannot be asked for, with the filter and without" {
	copy_root
	cp "$TOOLS/keys" "$BATS_TEST_TMPDIR/root/bin"
	run -0 "$TOOLS/keys" hold ours secret "$TOOLS/keys" find ours
	[[ $output == secret ]]
	for filter in default log none; do
		run "$TOOLS/keys" hold ours secret launch --seccomp "$filter" --net none \
			--rootfs "$BATS_TEST_TMPDIR/root" keys find ours
		echo "$filter: $output"
		((status == 1))
		[[ $output != *secret* ]]
	done
	run "$TOOLS/keys" hold ours secret launch --privileged --net none \
		--rootfs "$BATS_TEST_TMPDIR/root" keys find ours
	((status == 1))
	run -0 "$TOOLS/keys" hold ours secret launch -d --name "$NAME" --seccomp none --net none \
		--rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	run "$TOOLS/keys" hold ours secret launch exec "$NAME" keys find ours
	((status == 1))
	[[ $output != *secret* ]]
}

@test "a process inside sees nothing of launch in /proc while others are executed" {
	copy_root
	cp "$TOOLS/snoop" "$BATS_TEST_TMPDIR/root/bin"
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" snoop
	eventually snooping
	cat >"$BATS_TEST_TMPDIR/rounds" <<-'END'
	for ((i = 0; i < 150; i++)); do
		launch exec "$1" true || echo failed
		launch exec -u 1000 "$1" id -u || echo failed
	done
	END
	run timeout 300 bash "$BATS_TEST_TMPDIR/rounds" "$NAME" 3>&-
	[[ $output != *failed* ]]
	must logs "$NAME"
	[[ $output == snooping ]]
}

# Root with a container's powers may trace whoever has no more: launch's child while
# it drops its own shares the launcher's memory, and has its descriptors.
@test "a process inside that sees the host's processes gets nothing of launch either" {
	copy_root
	cp "$TOOLS/snoop" "$BATS_TEST_TMPDIR/root/bin"
	must -d --name "$NAME" --pid host --net none --rootfs "$BATS_TEST_TMPDIR/root" snoop
	must -d --name "$NAME-2" --net none --rootfs "$BUSYBOX" sleep 100
	eventually snooping
	cat >"$BATS_TEST_TMPDIR/rounds" <<-'END'
	for ((i = 0; i < 100; i++)); do
		launch --net none --rootfs "$2" true || echo failed
		launch exec "$1-2" true || echo failed
	done
	END
	run timeout 300 bash "$BATS_TEST_TMPDIR/rounds" "$NAME" "$BUSYBOX" 3>&-
	[[ $output != *failed* ]]
	# Others' processes it may see.
	command launch logs "$NAME" >"$BATS_TEST_TMPDIR/seen"
	not grep "^[a-z]* of ${BUILD:-$ROOT/build}/launch" "$BATS_TEST_TMPDIR/seen"
}

snooping() {
	[[ $(command launch logs "$NAME") == snooping* ]]
}

# What GNU tar knows, and what launch makes of the rest.
@test "a tar root: ../, absolute names, symlink-then-write, hard links out: nothing is made outside" {
	cd "$BATS_TEST_TMPDIR"
	cp -a "$BUSYBOX" tree
	echo secret >secret
	local evil
	for evil in dots absolute symlink hardlink hardsymlink; do
		python3 - "$evil" "$outside" "$PWD/secret" <<-'END'
		import io, sys, tarfile
		kind, outside, secret = sys.argv[1:]
		t = tarfile.open("evil.tar", "w")
		t.add("tree", ".")
		def put(name, type=tarfile.REGTYPE, link="", data=b"evil"):
		    i = tarfile.TarInfo(name)
		    i.type, i.linkname, i.mode = type, link, 0o644
		    i.size = len(data) if type == tarfile.REGTYPE else 0
		    t.addfile(i, io.BytesIO(data))
		if kind == "dots":
		    put("../" * 20 + outside.lstrip("/") + "/x")
		    put("etc/../../outside/x")
		elif kind == "absolute":
		    put(outside + "/x")
		elif kind == "symlink":
		    put("srv/out", tarfile.SYMTYPE, outside)
		    put("srv/out/x")
		elif kind == "hardlink":
		    put("srv/hard", tarfile.LNKTYPE, secret)
		    put("srv/hard")
		else:
		    put("srv/link", tarfile.SYMTYPE, secret)
		    put("srv/hard", tarfile.LNKTYPE, "srv/link")
		    put("srv/hard")
		t.close()
		END
		rm -rf root
		run --separate-stderr "$ROOT/rootfs/mkrootfs" -o root tar evil.tar
		echo "$evil: [$status] $stderr"
		untouched
		[[ $(<secret) == secret && $(stat -c %h secret) == 1 ]]
	done
}

@test "a tar root with nodes of disks and setuid files: of no use inside" {
	cd "$BATS_TEST_TMPDIR"
	cp -a "$BUSYBOX" tree
	mknod -m 666 tree/srv/zero c 1 5
	cp "$TOOLS/forbidden" tree/bin/forbidden
	chmod 4755 tree/bin/forbidden
	tar -C tree -cf root.tar .
	"$ROOT/rootfs/mkrootfs" -o root tar root.tar 2>/dev/null
	[[ -c root/srv/zero && -u root/bin/forbidden ]]
	refuses "Permission denied" --net none --rootfs root head -c 1 /srv/zero
	must --net none -u 1000 --rootfs root forbidden
	grep -qxF "euid: 1000" <<<"$output"
}

@test "a state file with a stranger's pid: stop, kill, exec and freeze leave him alone" {
	background sleep 60
	local stranger state=$LAUNCH_RUNDIR/$NAME/state pid
	pid=$(state pid)
	sleep 60 3>&- &
	stranger=$!
	eventually not started_as "$stranger"
	sed -i "s/^pid=.*/pid=$stranger/" "$state"
	launch kill "$NAME" KILL
	launch exec "$NAME" true
	((status != 0))
	kill -0 "$stranger"
	sed -i "s/^pid=.*/pid=$pid/" "$state"
	must exec "$NAME" true
	must stop "$NAME"
	kill -0 "$stranger"
	kill "$stranger"
}

# started_as PID - in the very tick in which the container's was.
started_as() {
	[[ $(awk '{ print $22 }' "/proc/$1/stat") == "$(state start)" ]]
}

@test "a user who is not root has what --cap-add names, also in what he executes, and no more" {
	must --net none -u 1000 --cap-add NET_ADMIN,sys_time --rootfs "$BUSYBOX" \
		sh -c 'grep ^Cap /proc/self/status; ip link set lo down && echo down'
	[[ $output == $'CapInh:\t0000000002001000\nCapPrm:\t0000000002001000\nCapEff:\t0000000002001000\nCapBnd:\t00000000a20435fb\nCapAmb:\t0000000002001000\ndown' ]]
	must --net none -u 1000 --cap-add NET_ADMIN --cap-drop NET_ADMIN --rootfs "$BUSYBOX" grep CapAmb /proc/self/status
	[[ $output == *0000000000000000 ]]
	must -d --name "$NAME" --net none --cap-add NET_ADMIN --rootfs "$BUSYBOX" sleep 60
	must exec -u 1000 "$NAME" grep -E 'Cap(Eff|Amb)' /proc/self/status
	[[ $output == $'CapEff:\t0000000000001000\nCapAmb:\t0000000000001000' ]]
	must exec "$NAME" grep -E 'Cap(Inh|Amb)' /proc/self/status
	[[ $output == $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000' ]]
}

@test "--cap-add ALL is all that launch has itself; one that it has not is told" {
	must --net none --cap-add ALL --rootfs "$BUSYBOX" grep CapEff /proc/self/status
	[[ $output == "$(grep CapEff /proc/self/status)" ]]
	run setpriv --bounding-set -sys_time launch --net none --cap-add SYS_TIME --rootfs "$BUSYBOX" true
	((status == 125))
	[[ $output == "launch: cannot limit the capabilities (is one of --cap-add not ours?): Operation not permitted" ]]
}

@test "never by default: SYS_ADMIN, SYS_MODULE, SYS_PTRACE, SYS_RAWIO, MKNOD" {
	local bounding cap
	must --net host --rootfs "$BUSYBOX" grep CapBnd /proc/self/status
	bounding=0x${output##*$'\t'}
	for cap in 21 16 19 17 27 13; do # the last is NET_RAW, on the host's network
		((!(bounding >> cap & 1)))
	done
}

@test "--privileged says that it is no boundary, where one reads of it" {
	must --help
	[[ $(grep -- --privileged <<<"$output") == *"no boundary"* ]]
	grep -A8 'It Fl -privileged' "$ROOT/docs/launch.1" | grep -q "do to the host what it likes"
	run "$BUILD/tests/tools/pty" -- launch -T --privileged --net none --rootfs "$BUSYBOX" echo yes
	[[ $output == "launch: --privileged is no boundary: "*$'\n'yes* && ${#lines[@]} == 2 ]]
	# Nobody reads it: scripts have a clean stderr.
	must --privileged --net none --rootfs "$BUSYBOX" true
	[[ ! $stderr ]]
}
