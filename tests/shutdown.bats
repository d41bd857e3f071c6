load helpers
load init

teardown() {
	end_init
}

has() {
	grep -qxF -- "$1" "$TREE/log" 2>/dev/null
}

# A service that says TERM when it hears it, and ends.
polite() {
	inittab <<-EOT
	svc::respawn:trap 'echo TERM >>/log; exit' TERM; echo up >>/log; while :; do sleep 0.05; done
	::shutdown:echo shutdown 1 >>/log
	::shutdown:sleep 0.1; echo shutdown 2 >>/log
	EOT
}

@test "each of the signals that end a container ends it with 0, within a second" {
	local signal
	for signal in TERM USR1 USR2 PWR INT 37 38; do
		polite
		rm -f "$TREE/log"
		boot
		eventually has up
		before=$(now_ms)
		kill "-$signal" "$INIT"
		ends_with 0
		took=$(($(now_ms) - before))
		echo "$signal: $took ms"
		in_time 'took < 1300'
		[[ $(<"$TREE/log") == $'up\nshutdown 1\nshutdown 2\nTERM' ]]
	done
}

# contained NAME - boot the root by launch; sets INIT.
contained() {
	background command launch --net none --name "$1" --rootfs "$TREE" /sbin/init
	eventually has up
	INIT=$(sed -n 's/^pid=//p' "$LAUNCH_RUNDIR/$1/state")
}

# The same, sent from outside to PID 1 of launch's container, with the root that
# mkrootfs makes.
@test "so they do in a container of launch" {
	local signal name before took
	for signal in TERM USR1 USR2 PWR INT 37 38; do
		polite
		rm -f "$TREE/log"
		name=$NAME-$signal
		contained "$name"
		before=$(now_ms)
		kill "-$signal" "$INIT"
		ends_with 0
		took=$(($(now_ms) - before))
		echo "$signal: $took ms"
		# Busybox init needs two seconds; a busy machine one.
		in_time 'took < 1900'
		[[ $(<"$TREE/log") == $'up\nshutdown 1\nshutdown 2\nTERM' ]]
	done
}

@test "reboot makes launch start the container again, poweroff does not" {
	polite
	contained "$NAME"
	inside /sbin/minit reboot || :
	eventually up_twice
	INIT=$(sed -n 's/^pid=//p' "$LAUNCH_RUNDIR/$NAME/state")
	inside /sbin/minit poweroff || :
	ends_with 0
	[[ $(<"$TREE/log") == $'up\nshutdown 1\nshutdown 2\nTERM\nup\nshutdown 1\nshutdown 2\nTERM' ]]
}

up_twice() {
	(($(grep -cx up "$TREE/log") == 2))
}

now_ms() {
	echo "${EPOCHREALTIME/./}" | cut -c 1-13
}

@test "from inside, TERM means reboot, as busybox sends it" {
	polite
	boot
	eventually has up
	inside /bin/busybox kill -TERM 1
	# unshare dies as its child did: of SIGHUP, the kernel's word for it.
	ends_with 129
	has TERM
}

@test "without the right to reboot(2), the exit status says reboot" {
	polite
	background unshare --pid --fork --kill-child --mount --mount-proc="$TREE/proc" \
		setpriv --bounding-set -sys_boot --inh-caps -sys_boot chroot "$TREE" /sbin/minit
	eventually child_of "$PROCESS" >/dev/null
	INIT=$(child_of "$PROCESS")
	eventually has up
	kill -39 "$INIT"
	ends_with 129
}

@test "who does not heed TERM gets KILL after three seconds" {
	inittab <<-EOT
	svc::respawn:trap '' TERM; echo up >>/log; while :; do sleep 0.05; done
	EOT
	boot
	eventually has up
	before=$(now_ms)
	kill -TERM "$INIT"
	ends_with 0
	took=$(($(now_ms) - before))
	echo "$took ms"
	((took >= 2900))
	in_time 'took < 4500'
}

@test "who is stopped hears TERM, too" {
	polite
	boot
	eventually has up
	mi signal svc STOP
	kill -TERM "$INIT"
	ends_with 0
	has TERM
}

@test "orphans are told, and waited for" {
	inittab <<-EOT
	::once:setsid sh -c 'trap "sleep 0.3; echo orphan >>/log; exit" TERM; echo up >>/log; while :; do sleep 0.05; done' & true
	EOT
	boot
	eventually has up
	kill -TERM "$INIT"
	ends_with 0
	has orphan
}

@test "an interactive shell does not hold the end up" {
	inittab <<-EOT
	::respawn:-/bin/sh
	EOT
	local began now
	run pty expect '# ' send 'kill -USR2 1\r' -- \
		unshare --pid --fork --kill-child --mount --mount-proc="$TREE/proc" \
		setsid --ctty chroot "$TREE" sh -c 'exec 5>/log; cut -d " " -f 1 /proc/uptime >&5; exec /sbin/minit'
	((status == 0))
	read -r began <"$TREE/log"
	read -r now _ </proc/uptime
	echo "$began $now"
	in_time "${now%.*} - ${began%.*} < 3"
}

@test "stop= is heard first, and has its time" {
	inittab <<-EOT
	db::respawn:trap 'sleep 0.5; echo db INT >>/log; exit' INT; trap 'echo db TERM >>/log; exit' TERM; echo up >>/log; while :; do sleep 0.05; done
	#% db stop=INT:5
	EOT
	boot
	eventually has up
	kill -TERM "$INIT"
	ends_with 0
	[[ $(<"$TREE/log") == $'up\ndb INT' ]]
}

@test "the time of stop= is an end, too" {
	inittab <<-EOT
	db::respawn:trap '' INT TERM; echo up >>/log; while :; do sleep 0.05; done
	#% db stop=INT:0.5
	EOT
	boot
	eventually has up
	SECONDS=0
	kill -TERM "$INIT"
	ends_with 0
	in_time 'SECONDS < 3'
}

@test "nothing is started again on the way down" {
	inittab <<-EOT
	svc::respawn:echo up >>/log; exec sleep 60
	::shutdown:sleep 0.5
	EOT
	boot
	eventually has up
	local child
	child=$(child_of "$INIT")
	kill -TERM "$INIT"
	kill -KILL "$child"
	ends_with 0
	[[ $(<"$TREE/log") == up ]]
}

@test "TERM ends a boot that hangs" {
	inittab <<-EOT
	::sysinit:echo up >>/log; sleep 600
	::once:echo never >>/log
	EOT
	boot
	eventually has up
	SECONDS=0
	kill -TERM "$INIT"
	ends_with 0
	in_time 'SECONDS < 3'
	not has never
}

@test "a second request cuts a hanging shutdown line short" {
	inittab <<-EOT
	svc::respawn:echo up >>/log; exec sleep 60
	::shutdown:echo hanging >>/log; sleep 600
	EOT
	boot
	eventually has up
	kill -TERM "$INIT"
	eventually has hanging
	kill -TERM "$INIT"
	ends_with 0
}

@test "100 TERMs at random times in the first 50 ms of boot all end it" {
	inittab <<-EOT
	::sysinit:true
	::sysinit:sleep 0.01
	::wait:sleep 0.01
	a::once:sleep 60
	b::respawn:sleep 60
	c::respawn:true
	EOT
	run --separate-stderr window -1 100 50000 chroot "$TREE" /sbin/minit
	echo "$output"
	[[ $output == 0 ]]
}

@test "ctrlaltdel: its line decides, or a container ends" {
	inittab <<-EOT
	svc::respawn:echo up >>/log; exec sleep 60
	::ctrlaltdel:echo cad >>/log
	EOT
	boot
	eventually has up
	kill -INT "$INIT"
	eventually has cad
	state svc up
}

@test "restart becomes the restart line's command" {
	inittab <<-EOT
	svc::respawn:echo up >>/log; exec sleep 60
	::restart:/bin/sh -c 'echo new \$\$ >>/log; exit 9'
	EOT
	boot
	eventually has up
	kill -QUIT "$INIT"
	ends_with 9
	has "new 1"
}

@test "with runlevels, the lines of level 0 or 6 are the way down" {
	inittab <<-EOT
	id:3:initdefault:
	svc:3:respawn:echo up >>/log; exec sleep 60
	l0:0:wait:echo zero >>/log
	l6:6:wait:echo six >>/log
	EOT
	boot
	eventually has up
	kill -USR2 "$INIT"
	ends_with 0
	[[ $(<"$TREE/log") == $'up\nzero' ]]
	rm "$TREE/log"
	boot
	eventually has up
	kill -39 "$INIT"
	ends_with 129
	[[ $(<"$TREE/log") == $'up\nsix' ]]
}
