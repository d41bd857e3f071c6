load helpers
load init

teardown() {
	end_init
}

# lines N - the log has at least so many.
lines() {
	[[ -e $TREE/log ]] && (($(wc -l <"$TREE/log") >= $1))
}

@test "what is kept is started again, and again" {
	inittab <<-EOT
	svc::respawn:echo up >>/log; exec sleep 60
	EOT
	boot
	local n
	for n in 1 2 3; do
		eventually lines $n
		mi signal svc KILL
		((status == 0))
	done
	eventually lines 4
}

# Uptimes in hundredths of a second, one a start.
@test "who crashes waits longer each time, from 0.1 s on" {
	inittab <<-EOT
	svc::respawn:cut -d " " -f 1 /proc/uptime | tr -d . >>/log
	EOT
	boot
	eventually lines 5
	local times i pause=10
	mapfile -t times <"$TREE/log"
	for ((i = 1; i < 5; i++, pause *= 2)); do
		echo "$pause: $((times[i] - times[i - 1]))"
		((times[i] - times[i - 1] >= pause))
		in_time 'times[i] - times[i - 1] < pause * 2 + 50'
	done
	said "minit: 'svc' has ended with status 0, again in 100 ms"
	said "minit: 'svc' has ended with status 0, again in 800 ms"
}

@test "start does not wait for the pause, and begins anew" {
	inittab <<-EOT
	svc::respawn:echo up >>/log
	EOT
	boot
	eventually lines 5
	mi start svc
	eventually lines 6
	said "again in 1600 ms"
	eventually again_from_the_shortest
}

again_from_the_shortest() {
	(($(grep -c "again in 100 ms" "$OUT") == 2))
}

@test "who ran for ten seconds starts again at once" {
	inittab <<-EOT
	svc::respawn:cut -d " " -f 1 /proc/uptime | tr -d . >>/log; sleep 10.2; cut -d " " -f 1 /proc/uptime | tr -d . >>/log
	EOT
	boot
	eventually lines 2
	eventually lines 3
	not said "has ended"
	local times
	mapfile -t times <"$TREE/log"
	in_time 'times[2] - times[1] < 10'
}

@test "limit= gives up, start tries again" {
	inittab <<-EOT
	svc::respawn:echo up >>/log; exit 3
	#% svc limit=3
	EOT
	boot
	eventually said "minit: 'svc' has ended 3 times in a row: given up"
	[[ $(wc -l <"$TREE/log") == 3 ]]
	state svc failed
	mi start svc
	eventually lines 6
	[[ $(wc -l <"$TREE/log") == 6 ]]
}

@test "a command that does not exist is said, and does not spin" {
	local ms
	inittab <<-EOT
	svc::respawn:/no/such/thing
	EOT
	boot
	eventually said "minit: cannot execute '/no/such/thing': No such file or directory"
	eventually said "again in 400 ms"
	# Each pause is twice the one before, however slow we look.
	for ms in 100 200 400; do
		[[ $(grep -c "again in $ms ms" "$OUT") == 1 ]]
	done
}

@test "an idle minit sleeps: no wake-up, no CPU" {
	inittab <<-EOT
	a::respawn:sleep 600
	tty9::respawn:sleep 600
	EOT
	boot
	eventually state a up
	eventually asleep
	local before
	before=$(switches)
	sleep 3
	[[ $(switches) == "$before" ]]
	# Nor later: poll(2) has no time to come back by.
	local timeout
	read -r _ _ _ timeout _ <"/proc/$INIT/syscall"
	[[ $timeout =~ ^0x(ffffffff){1,2}$ ]]
}

switches() {
	grep ctxt_switches "/proc/$INIT/status"
}

# The client that has asked for the state is gone, too.
asleep() {
	grep -q '^State:.S' "/proc/$INIT/status" && ! inside ps | grep -q '[m]init status'
}

@test "64 services take at most 96 KiB of memory" {
	inittab < <(for ((i = 0; i < 64; i++)); do
		echo "service-$i::respawn:sleep 6000"
	done)
	boot env -i /sbin/minit
	eventually all_up
	grep -E '^(Size|Rss|[0-9a-f]+-)' "/proc/$INIT/smaps" | grep -B2 'Rss.* [1-9]'
	awk '/^VmRSS/ { print "# " $2 " KiB"; exit $2 > 96 }' "/proc/$INIT/status" >&3
}

all_up() {
	(($(wc -w <"/proc/$INIT/task/$INIT/children") == 64))
}

@test "minit is at most 48 KiB, and has no malloc" {
	strip -o "$BATS_TEST_TMPDIR/minit" "$(command -v minit)"
	(($(stat -c %s "$BATS_TEST_TMPDIR/minit") <= 49152))
	not grep -qwE 'malloc|calloc|realloc' <<<"$(nm "$(command -v minit)")"
}
