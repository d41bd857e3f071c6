load helpers
load init

teardown() {
	end_init
}

# logged LINE... - the root's log has exactly these lines.
logged() {
	[[ $(<"$TREE/log") == "$(printf '%s\n' "$@")" ]] || {
		cat "$TREE/log"
		return 1
	}
}

has() {
	grep -qxF -- "$1" "$TREE/log" 2>/dev/null
}

@test "lines run in the order of their actions, and are waited for" {
	inittab <<-EOT
	::respawn:echo respawn >>/log; exec sleep 60
	::once:echo once >>/log
	::wait:sleep 0.1; echo wait 1 >>/log
	::wait:echo wait 2 >>/log
	x::boot:echo boot >>/log
	y::bootwait:echo bootwait >>/log
	::sysinit:sleep 0.1; echo sysinit 1 >>/log
	::sysinit:echo sysinit 2 >>/log
	EOT
	boot
	eventually has respawn
	eventually has once
	[[ $(head -n 6 "$TREE/log" | sort) == "$(printf '%s\n' boot bootwait 'sysinit 1' 'sysinit 2' 'wait 1' 'wait 2')" ]]
	[[ $(head -n 2 "$TREE/log") == $'sysinit 1\nsysinit 2' ]]
	[[ $(sed -n 5,6p "$TREE/log") == $'wait 1\nwait 2' ]]
}

@test "a command with operators runs as a whole" {
	inittab <<-EOT
	::sysinit:false || echo or >>/log
	::sysinit:true && echo and >>/log; echo then >>/log
	::sysinit:WORD=x; echo \$WORD >>/log
	::sysinit:VALUE=y sh -c 'echo \$VALUE' >>/log
	EOT
	boot
	eventually has y
	logged or and then x y
}

@test "runlevels: initdefault chooses, early lines are for all" {
	inittab <<-EOT
	id:3:initdefault:
	si:2:sysinit:echo sysinit >>/log
	l2:2:wait:echo two >>/log
	l3:3:wait:echo three >>/log
	l4:2345:wait:echo many >>/log
	a::once:echo any >>/log
	EOT
	boot
	eventually has any
	logged sysinit three many any
}

@test "runlevels: the command line decides against initdefault" {
	inittab <<-EOT
	id:3:initdefault:
	s:S:wait:echo single >>/log
	l2:2:wait:echo two >>/log
	l3:3:wait:echo three >>/log
	EOT
	boot /sbin/minit single
	eventually has single
	logged single
	end_init
	rm "$TREE/log"
	boot /sbin/minit 2
	eventually has two
	logged two
}

@test "telinit goes over to another runlevel" {
	inittab <<-EOT
	id:2:initdefault:
	l3:3:wait:echo three >>/log
	a:2:respawn:sleep 60
	b:3:respawn:sleep 60
	c:23:respawn:sleep 60
	EOT
	boot
	eventually state c up
	state a up
	state b down
	local kept
	kept=$(pid_of c)
	inside /sbin/telinit 3
	eventually state b up
	eventually state a down
	[[ $(pid_of c) == "$kept" ]]
	has three
}

@test "what is wrong is named by its line, and the rest runs" {
	inittab <<-EOT
	no colons at all
	::nonsense:true
	::respawn:
	#% nobody user=root
	::once:echo ran >>/log
	#% echo colour=red
	#% echo stop=NOSUCH
	#% echo after=ghost
	EOT
	boot
	eventually has ran
	said "minit: inittab:1: not of the form id:runlevels:action:command"
	said "minit: inittab:2: unknown action 'nonsense'"
	said "minit: inittab:3: no command"
	said "minit: inittab:4: there is no line 'nobody'"
	said "minit: inittab:6: unknown key 'colour'"
	said "minit: inittab:7: bad value for stop"
	said "minit: 'echo' is after 'ghost', which does not exist"
}

@test "user=, dir=, env= and log= make the service's surroundings" {
	inittab <<-EOT
	svc::once:/bin/sh -c 'id -u; id -g; id -G; pwd; echo "\$WORDS"; echo \$OTHER; exec sleep 60'
	#% svc user=somebody dir=/tmp log=/svc.log
	#% svc env="WORDS=two words" env=OTHER=1
	EOT
	echo 'somebody:x:1234:1235::/:/bin/sh' >>"$TREE/etc/passwd"
	printf '%s\n' 'one:x:77:root,somebody' 'two:x:78:nobody' 'three:x:79:somebody' >>"$TREE/etc/group"
	boot
	eventually grep -qx 1 "$TREE/svc.log"
	cat "$TREE/svc.log"
	[[ $(<"$TREE/svc.log") == $'1234\n1235\n1235 77 79\n/tmp\ntwo words\n1' ]]
}

@test "user= takes numbers and a group, and refuses what does not exist" {
	inittab <<-EOT
	a::once:/bin/sh -c 'echo \$(id -u) \$(id -g)'
	b::once:/bin/sh -c 'echo \$(id -u) \$(id -g)'
	c::once:echo ran
	#% a user=4242 log=/log.a
	#% b user=root:daemons log=/log.b
	#% c user=ghost log=/log.c
	EOT
	echo 'daemons:x:88:' >>"$TREE/etc/group"
	boot
	eventually grep -q . "$TREE/log.a"
	eventually grep -q . "$TREE/log.b"
	eventually grep -q . "$TREE/log.c"
	[[ $(<"$TREE/log.a") == "4242 4242" ]]
	[[ $(<"$TREE/log.b") == "0 88" ]]
	[[ $(<"$TREE/log.c") == "minit: there is no user 'ghost'" ]]
}

@test "after= waits for what runs once to end, and for what is kept to run" {
	inittab <<-EOT
	last::once:echo last >>/log
	#% last after=kept,first
	kept::respawn:echo kept >>/log; exec sleep 60
	#% kept after=first
	first::once:sleep 0.3; echo first >>/log
	EOT
	boot
	eventually has last
	eventually has kept
	[[ $(head -n 1 "$TREE/log") == first ]]
}

@test "a circle of after= is said and broken" {
	inittab <<-EOT
	a::once:echo a >>/log
	b::once:echo b >>/log
	#% a after=b
	#% b after=a
	EOT
	boot
	eventually has a
	eventually has b
	said "minit: 'a' waits for itself: its after= is ignored"
}

@test "main ends everything with its status" {
	inittab <<-EOT
	::respawn:sleep 60
	job::once:sleep 0.2; exit 7
	#% job main
	EOT
	boot
	ends_with 7
	inittab <<-EOT
	job::respawn:sleep 0.2; kill -TERM \$\$
	#% job main
	EOT
	boot
	ends_with 143
}

@test "a line whose terminal is missing waits until it is there" {
	inittab <<-EOT
	tty9::respawn:sleep 60
	1:2345:respawn:/sbin/getty 38400 ttyX1
	EOT
	boot
	eventually state tty9 parked
	eventually state 1 parked
	not said ended
	mknod "$TREE/dev/tty9" c 1 3
	eventually state tty9 up
	state 1 parked
}

@test "without an inittab: rcS, and a shell that asks first" {
	inittab <<<""
	rm "$TREE/etc/inittab"
	mkdir -p "$TREE/etc/init.d"
	printf '#!/bin/sh\necho rcS >>/log\n' >"$TREE/etc/init.d/rcS"
	chmod +x "$TREE/etc/init.d/rcS"
	run pty expect 'Please press Enter' send '\r' expect '# ' \
		send 'tty; echo shell-$((1+1)); kill -USR2 1\r' expect shell-2 -- \
		unshare --pid --fork --kill-child --mount --mount-proc="$TREE/proc" \
		setsid --ctty chroot "$TREE" /sbin/minit
	echo "$output"
	((status == 0))
	has rcS
	[[ $output != *"job control"* ]]
}

@test "reload keeps what has not changed, ends what is gone, starts what is new" {
	inittab <<-EOT
	same::respawn:sleep 60
	changed::respawn:sleep 61
	noted::respawn:sleep 60
	gone::respawn:sleep 62
	EOT
	boot
	eventually state gone up
	local same changed noted
	same=$(pid_of same) changed=$(pid_of changed) noted=$(pid_of noted)
	inittab <<-EOT
	new::respawn:sleep 60
	noted::respawn:sleep 60
	#% noted dir=/tmp
	changed::respawn:sleep 63
	same::respawn:sleep 60
	EOT
	kill -HUP "$INIT"
	eventually state new up
	eventually changed_its_pid changed "$changed"
	eventually changed_its_pid noted "$noted"
	[[ $(pid_of same) == "$same" ]]
	eventually is_unknown gone
	not grep -q '[s]leep 62' <<<"$(inside ps)"
}

changed_its_pid() {
	state "$1" up && [[ $(pid_of "$1") != "$2" ]]
}

is_unknown() {
	mi status "$1"
	[[ $stderr == *"there is no service '$1'"* ]]
}

@test "orphans of services are reaped" {
	inittab <<-EOT
	::once:(sleep 0.1 & echo \$! >/orphan) &
	EOT
	boot
	eventually test -s "$TREE/orphan"
	eventually is_reaped
}

is_reaped() {
	! inside test -d "/proc/$(<"$TREE/orphan")"
}
