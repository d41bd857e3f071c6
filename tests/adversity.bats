# What the world does to an init: it goes on, says so once, and still ends when
# told to.
load helpers
load init

teardown() {
	end_init
	[[ ! ${GROUP:-} ]] || eventually rmdir "$GROUP"
}

# boot_after SCRIPT [COMMAND...] - boot the root once the script has run, in the
# mount namespace and in the root's directory.
boot_after() {
	local script=$1
	shift
	(($#)) || set -- chroot . /sbin/minit
	background unshare --pid --fork --kill-child --mount --mount-proc="$TREE/proc" \
		sh -c 'cd "$0" && eval "$1" && shift && exec "$@"' "$TREE" "$script" "$@"
	eventually child_of "$PROCESS" >/dev/null
	INIT=$(child_of "$PROCESS")
}

# A service that is up, and says so.
simple() {
	inittab <<-EOT
	::sysinit:echo first
	svc::respawn:echo up; exec sleep 60
	::shutdown:echo down
	EOT
}

# ends [SECONDS] - told to, it ends with 0, in that time.
ends() {
	SECONDS=0
	kill -TERM "$INIT"
	ends_with 0
	in_time "SECONDS <= ${1:-2}"
}

# times TEXT - how often it was said.
times() {
	grep -cF -- "$1" "$OUT"
}

# limited COUNT - so many processes at most, by a cgroup.
limited() {
	make_group "$1"
	boot_after "echo \$\$ >'$GROUP/cgroup.procs'"
}

make_group() {
	requires cgroup1
	GROUP=/sys/fs/cgroup/pids/$NAME
	mkdir "$GROUP"
	echo "$1" >"$GROUP/pids.max"
}

@test "an inittab full of NULs and CRs: what can be read runs" {
	inittab < <(printf '::sysinit:echo first\r\n\0\0\0::once:echo second\n::once:echo th\0ird\n::once:echo fourth')
	boot
	eventually said fourth
	tr -d '\r' <"$OUT" | grep -qx first
	said second
	said "minit: inittab:7: not of the form id:runlevels:action:command"
	not grep -q $'\r' "$OUT"
	ends
}

@test "an inittab longer than its room: the lines that fit run" {
	inittab < <(
		echo '::once:echo early'
		printf '#%070000d\n' 0
		echo '::once:echo late'
	)
	boot
	eventually said early
	said "minit: inittab: longer than 32768 bytes: the rest is ignored"
	not said late
	ends
}

@test "an inittab of ten thousand lines: the first 128 run" {
	inittab < <(for ((i = 1; i <= 10000; i++)); do echo "::once:echo $i"; done)
	boot
	eventually grep -qx 128 "$OUT"
	not grep -qx 129 "$OUT"
	said "minit: inittab:129: more than 128 lines: the rest is ignored"
	(($(times minit:) == 2))
	ends
}

@test "a command longer than its room is refused, the rest runs" {
	inittab < <(
		printf '::sysinit:echo %05000d\n' 0
		echo '::once:echo after'
	)
	boot
	eventually said after
	said "minit: cannot execute 'echo 0000"
	ends
}

@test "a directory as inittab is said, and there is a shell" {
	inittab <<<""
	rm "$TREE/etc/inittab"
	mkdir "$TREE/etc/inittab"
	boot
	eventually said "Please press Enter"
	said "minit: cannot read '/etc/inittab': Is a directory"
	ends
}

@test "without /dev, /proc and /run it runs, and ends" {
	simple
	boot_after "umount proc; rm -rf dev run; rmdir proc"
	eventually said up
	ends
	grep -qx first "$OUT"
	grep -qx down "$OUT"
}

@test "a root that is read-only costs the control socket, and a line" {
	simple
	boot_after "mount --bind . . && cd . && mount -o remount,bind,ro '$TREE'" chroot "$TREE" /sbin/minit
	eventually said up
	[[ $(grep minit: "$OUT") == "minit: cannot listen at '/run/minit/control': Read-only file system" ]]
	ends
	said down
}

@test "a /run that is full costs the control socket, and a line" {
	simple
	boot_after "mount -t tmpfs -o nr_inodes=1 tmpfs run"
	eventually said up
	[[ $(grep minit: "$OUT") == "minit: cannot listen at '/run/minit/control': No space left on device" ]]
	ends
	said down
}

@test "who is not root has no control socket, and no word of it" {
	simple
	boot_after : chroot --userspec=65534:65534 . /sbin/minit
	eventually said up
	ends
	not said minit:
	said down
}

@test "no room for a process: said once, tried again, and it ends" {
	inittab <<-EOT
	a::respawn:echo a; exec sleep 60
	b::respawn:echo b; exec sleep 60
	c::respawn:echo c; exec sleep 60
	EOT
	limited 2
	eventually said "minit: cannot start 'b': Resource temporarily unavailable"
	# Two more tries fail.
	eventually denied 6
	(($(times "cannot start") == 2))
	echo max >"$GROUP/pids.max"
	eventually said b
	eventually grep -qx c "$OUT"
	ends
}

# denied COUNT - has the cgroup refused so many processes?
denied() {
	local count
	read -r _ count <"$GROUP/pids.events"
	((count >= $1))
}

@test "a sysinit line for which there was no room is waited for" {
	inittab <<-EOT
	::sysinit:sleep 0.3; echo sysinit
	::once:echo once
	EOT
	limited 1
	eventually said "cannot start"
	echo max >"$GROUP/pids.max"
	eventually grep -qx once "$OUT"
	[[ $(grep -v minit: "$OUT") == $'sysinit\nonce' ]]
}

@test "no room for the command: the wrapper's status is 125" {
	make_group 1
	run --separate-stderr sh -c "echo \$\$ >'$GROUP/cgroup.procs'; exec minit -- true"
	((status == 125))
	[[ $stderr == "minit: cannot start 'true': Resource temporarily unavailable" ]]
}

@test "PID 1 with stdin, stdout and stderr closed: its services have them" {
	inittab <<-'EOT'
	::once:ls /proc/self/fd >>/log; echo out; echo err >&2; echo $? >>/log; exec sleep 60
	EOT
	boot sh -c 'exec /sbin/minit <&- >&- 2>&-'
	eventually has_all_three
	ends
}

# 3 is the directory that ls reads; the last 0 is echo's.
has_all_three() {
	[[ $(tr '\n' ' ' <"$TREE/log") == "0 1 2 3 0 " ]]
}

@test "a service that forks without end does not outlive the shutdown" {
	inittab <<-EOT
	bomb::respawn:sh -c 'f() { f & f; }; f' 2>/dev/null
	svc::respawn:echo up; exec sleep 60
	EOT
	limited 100
	eventually said up
	eventually denied 10
	ends 6
	[[ ! -s $GROUP/cgroup.procs ]]
}

@test "all services stopped: they end nevertheless" {
	simple
	boot
	eventually said up
	kill -STOP $(<"/proc/$INIT/task/$INIT/children")
	ends
}

# The buffer's last bytes are what a message would wait for.
@test "a terminal that nobody reads does not hold PID 1" {
	local room
	inittab <<-EOT
	a::respawn:/no/such/thing
	b::respawn:exit 3
	::once:sleep 0.5; kill -USR2 1
	EOT
	for room in 0 100 300 700; do
		run timeout -s KILL 30 stall "$room" unshare --pid --fork --kill-child \
			--mount --mount-proc="$TREE/proc" chroot "$TREE" /sbin/minit
		echo "$room: $status"
		((status == 0))
	done
}

@test "a shell with nobody to talk to is said once, and not tried too often" {
	inittab <<-EOT
	::respawn:-/bin/sh
	::respawn:echo >>/log
	EOT
	boot
	eventually said "'echo' has ended with status 0, again in 800 ms"
	(($(times "minit: 'sh' has ended") == 1))
	ends
}
