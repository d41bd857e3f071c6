load helpers
load init

setup() {
	inittab <<-EOT
	svc::respawn:trap 'sleep 0.3; exit' TERM; while :; do sleep 0.05; done
	job::once:true
	idle::off:sleep 600
	tty9::respawn:sleep 600
	::shutdown:echo down >>/log
	EOT
	boot
	eventually state svc up
	eventually state job down
}

teardown() {
	[[ ! ${NUISANCE:-} ]] || kill "$NUISANCE" 2>/dev/null || :
	end_init
}

@test "status shows all, or those asked for" {
	mi status
	((status == 0))
	[[ ${lines[0]} =~ ^name\ +action\ +state\ +pid\ +seconds\ +starts\ +status\ +command$ ]]
	[[ ${lines[1]} =~ ^svc\ +respawn\ +up\ +[0-9]+\ +[0-9]+\ +1\ +-\ +trap ]]
	[[ ${lines[2]} =~ ^job\ +once\ +down\ +0\ +-\ +1\ +0\ +true$ ]]
	[[ ${lines[3]} =~ ^idle\ +off\ +down ]]
	[[ ${lines[4]} =~ ^tty9\ +respawn\ +parked ]]
	mi status job idle
	((${#lines[@]} == 3 || ${#lines[@]} == 4))
	[[ $output != *svc* ]]
	mi status nobody
	((status == 1))
	[[ $stderr == "minit: there is no service 'nobody'" ]]
}

@test "status --json is JSON" {
	mi status --json
	((status == 0))
	perl -MJSON::PP -e '
		my $list = decode_json(join "", <STDIN>);
		my ($svc, $job) = @$list[0, 1];
		die "count" unless @$list == 5;
		die "svc" unless $svc->{name} eq "svc" && $svc->{state} eq "up" && $svc->{pid} > 1;
		die "command" unless $svc->{command} =~ /^trap .sleep 0.3; exit. TERM/;
		die "null" if defined $svc->{status} || defined $job->{seconds};
		die "job" unless $job->{status} == 0 && $job->{starts} == 1;' <<<"$output"
}

@test "stop answers when it has stopped, start and restart when it runs" {
	mi stop svc
	((status == 0))
	state svc down
	mi start svc
	((status == 0))
	state svc up
	local before
	before=$(pid_of svc)
	mi restart svc
	((status == 0))
	state svc up
	[[ $(pid_of svc) != "$before" ]]
}

@test "what was stopped stays so, also over a reload" {
	mi stop svc
	mi reload
	((status == 0))
	state svc down
}

@test "off is not started by itself, once not again" {
	state idle down
	mi start idle
	state idle up
	mi stop idle
	mi once svc
	state svc up
	mi signal svc TERM
	eventually state svc down
}

@test "start tells of what is in its way" {
	mi start tty9
	((status == 0))
	[[ $stderr == "minit: 'tty9' is parked" ]]
}

@test "signal takes names and numbers" {
	mi signal svc SIGTERM
	((status == 0))
	eventually restarted
	mi signal svc 9
	((status == 0))
	mi signal svc NONSENSE
	((status == 1))
	[[ $stderr == "minit: there is no signal 'NONSENSE'" ]]
	mi signal job TERM
	((status == 1))
	[[ $stderr == "minit: 'job' is down" ]]
}

restarted() {
	[[ $(inside /sbin/minit status svc | awk 'NR == 2 { print $6 }') == 2 ]]
}

@test "halt, poweroff and reboot, by word and by name" {
	local word want
	for word in halt poweroff reboot; do
		want=0
		[[ $word != reboot ]] || want=129
		mi "$word"
		ends_with $want
		[[ $(<"$TREE/log") == down ]]
		rm "$TREE/log"
		boot
		eventually state svc up
		ln -sf minit "$TREE/sbin/$word"
		# It may be gone with the rest before it has its answer.
		inside "/sbin/$word" || :
		ends_with $want
		[[ $(<"$TREE/log") == down ]]
		rm "$TREE/log"
		boot
		eventually state svc up
	done
}

@test "telinit and shutdown" {
	run inside /sbin/telinit q
	((status == 0))
	run inside /sbin/shutdown +5
	((status == 1))
	inside /sbin/shutdown -h now || :
	ends_with 0
	boot
	eventually state svc up
	inside /sbin/telinit 6 || :
	ends_with 129
}

@test "by name, they also speak to another init" {
	end_init
	inittab <<-EOT
	::respawn:sleep 600
	::shutdown:echo down >>/log
	EOT
	ln -sf /bin/busybox "$TREE/sbin/init"
	ln -sf minit "$TREE/sbin/poweroff"
	rm -rf "$TREE/run/minit"
	boot /sbin/init
	eventually child_of "$INIT"
	inside /sbin/poweroff || :
	eventually grep -qx down "$TREE/log"
}

@test "without a minit as PID 1 that is what is said" {
	run minit status
	((status == 1))
	[[ $output == *"cannot reach minit at '/run/minit/control'"* ]]
}

@test "only root may speak to it, whatever the mode of its file" {
	local mode
	for mode in 600 666; do
		[[ $mode == 666 || $(stat -c %a "$TREE/run/minit/control") == 600 ]]
		chmod $mode "$TREE/run/minit/control"
		run nsenter --target "$INIT" --mount --root --wd --setuid 65534 --setgid 65534 \
			/sbin/minit status
		((status != 0))
		[[ $output != *svc* ]]
	done
}

@test "a socket hidden by a mount is made anew" {
	end_init
	inittab <<-EOT
	::sysinit:mount -t tmpfs tmpfs /run
	svc::respawn:sleep 600
	EOT
	boot
	eventually state svc up
}

# Asked over and over for 0.1 s at most, while others do their worst.
answers() {
	local before after
	before=${EPOCHREALTIME/./}
	inside /sbin/minit status svc >/dev/null
	after=${EPOCHREALTIME/./}
	echo "$((after - before)) us"
	((after - before < 1000000))
}

# fastest - the least of ten times that asking takes, in microseconds: what a busy
# machine adds is not minit's.
fastest() {
	inside sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do
		before=$(cut -d " " -f 1 /proc/uptime | tr -d .)
		/sbin/minit status svc >/dev/null || exit
		echo $(($(cut -d " " -f 1 /proc/uptime | tr -d .) - before))0000
	done' | sort -n | head -n 1
}

@test "garbage, too much, silence and half-closed clients leave it answering, at rest" {
	local control=$TREE/run/minit/control used
	nuisance "$control" 20 3>&- &
	NUISANCE=$!
	eventually answers
	in_time "$(fastest) <= 100000"
	used=$(cut -d ' ' -f 1 "/proc/$INIT/schedstat")
	sleep 1
	used=$((($(cut -d ' ' -f 1 "/proc/$INIT/schedstat") - used) / 1000))
	kill "$NUISANCE"
	echo "# $used us of CPU in a second" >&3
	in_time 'used < 5000'
	state svc up
}

@test "200 silent clients at once: each new one is heard within 100 ms" {
	local control=$TREE/run/minit/control
	nuisance "$control" 0 200 3>&- &
	NUISANCE=$!
	eventually answers
	in_time "$(fastest) <= 100000"
	kill "$NUISANCE"
}
