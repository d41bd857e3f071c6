#!/bin/bash
# tour.sh - show a container beside its host, and check what is shown
#
#	tour.sh MEMORY CPUS LAUNCH-OPTIONS...
#
# MEMORY and CPUS are what the options ask for, or '' for nothing.  Exits with 1
# when the container is not as it should be: it is a test, too.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
memory=$1 cpus=$2
shift 2

work=$(mktemp -d)
host=$work/host container=$work/container
launcher=
failures=0

stop() {
	[[ ! $launcher ]] || kill "$launcher" 2>/dev/null || true
	rm -rf "$work"
}

# give_up WHY - with what the container said, as it may know more.
give_up() {
	echo "tour: $*" >&2
	sed 's/^/  | /' "$work/console" >&2
	exit 1
}

# check TEXT COMMAND... - say whether it is so.
check() {
	local text=$1
	shift
	if "$@"; then
		echo "  ok      $text"
	else
		echo "  FAILED  $text"
		((++failures))
	fi
}

# section TITLE - and the heads of the columns.
section() {
	printf '\n%s\n%-48s | %s\n' "$1" host container
	printf '%.0s-' {1..49} && printf '+' && printf '%.0s-' {1..50} && echo
}

# beside FACT [LINES] - a fact of both sides, cut to LINES, in two columns.
beside() {
	local fact=$1 lines=${2:-12} side
	for side in "$host" "$container"; do
		expand "$side/$fact" | awk -v lines="$lines" 'NR <= lines
			END { if (NR > lines) print "... and " NR - lines " more" }' \
			>"$side/$fact.cut"
	done
	paste "$host/$fact.cut" "$container/$fact.cut" |
		awk -F '\t' '{ printf "%-48.48s | %-49.49s\n", $1, $2 }' | sed 's/ *$//'
}

start() {
	mkdir "$host" "$container"
	mkfifo "$work/ready" "$work/go"
	install -m 755 "$here/tour-inside.sh" "$work/inside"
	echo '::once:/mnt/inside' >"$work/inittab"
	launch --name "tour-$$" --pid-file "$work/pid" "$@" \
		-v "$work:/mnt" -v "$work/inittab:/etc/inittab:ro" \
		/sbin/minit </dev/null >"$work/console" 2>&1 &
	launcher=$!
}

# Opened for both ways, so that nobody waits at open for one who is gone.
await_ready() {
	local tries
	exec {ready}<>"$work/ready"
	for ((tries = 0; tries < 60; tries++)); do
		read -r -t 1 <&"$ready" && return
		kill -0 "$launcher" 2>/dev/null || give_up "the container ended too early"
	done
	give_up "the container did not get ready within a minute"
}

end() {
	local tries
		timeout 5 sh -c "echo end >'$work/go'" || give_up "the container hears nothing"
	for ((tries = 0; tries < 100; tries++)); do
		kill -0 "$launcher" 2>/dev/null || break
		sleep 0.1
	done
	status=0
	((tries < 100)) || kill "$launcher"
	wait "$launcher" || status=$?
	launcher=
}

# cgroup_value PID CONTROLLER V1-FILE V2-FILE - the limit, as its file has it.
cgroup_value() {
	local path mount
	path=$(awk -F : -v c=",$2," 'index("," $2 ",", c) { print $3 }' "/proc/$1/cgroup")
	if [[ $path ]]; then
		mount=$(awk -v c=",$2," '$3 == "cgroup" && index("," $4 ",", c) {
			print $2; exit }' /proc/self/mounts)
		cat "$mount$path/$3"
		return
	fi
	path=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	cat "$mount$path/$4" 2>/dev/null || echo max
}

# short_addresses FILE - 'eth0 inet 169.254.1.2/30' a line.
short_addresses() {
	awk '$3 ~ /^inet/ { print $2, $3, $4, ($5 == "peer" ? "peer " $6 : "") }' "$1"
}

# short_mounts FILE - where, and what is mounted there.
short_mounts() {
	awk '{ printf "%-30.30s %-8.8s %.2s\n", $2, $3, $4 }' "$1"
}

# short_replies FILE - of either ping, what matters.
short_replies() {
	sed -nE -e 's/.*from ([0-9.]+):.* (time=.*)/reply from \1, \2/p' \
		-e 's/ packets / /g; s/packet loss.*/loss/; /received/p' "$1"
}

collect() {
	local side inside
	pid=$(<"$work/pid")
	uname -r >"$host/kernel"
	hostname >"$host/hostname"
	ls / >"$host/root"
	ip -o addr >"$host/addresses"
	ps --ppid 2 -p 2 -N -o pid,args >"$host/processes" # no kernel threads
	cat /proc/mounts >"$host/mounts"
	inside=$(<"$container/address")
	: >"$host/ping"
	[[ ! $inside ]] || ping -c 2 -W 2 "$inside" >"$host/ping" 2>&1 || true
	for side in "$host" "$container"; do
		short_addresses "$side/addresses" >"$side/net"
		short_mounts "$side/mounts" >"$side/mount"
		short_replies "$side/ping" >"$side/replies"
	done
	{
		echo "memory  $(cgroup_value $$ memory memory.limit_in_bytes memory.max)"
		echo "cpus    $(cgroup_value $$ cpuset cpuset.cpus cpuset.cpus.effective)"
	} >"$host/limits"
	{
		echo "memory  $(cgroup_value "$pid" memory memory.limit_in_bytes memory.max)"
		echo "cpus    $(cgroup_value "$pid" cpuset cpuset.cpus cpuset.cpus)"
	} >"$container/limits"
	sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status >"$host/allowed"
}

# pings SIDE - two out of two came back.
pings() {
	grep -qE '2 (packets )?received' "$1/ping"
}

# within CPUS FILE - each number of FILE is in a list such as 0-1,4.
within() {
	[[ -s $2 ]] && tr ',' '\n' <<<"$1" | awk -F - '
		NR == FNR { for (i = $1; i <= ($2 == "" ? $1 : $2); i++) may[i] = 1; next }
		!($1 in may) { exit 1 }' - "$2"
}

show_identity() {
	section "Kernel release and hostname"
	beside kernel
	beside hostname
	check "one kernel for both" cmp -s "$host/kernel" "$container/kernel"
	check "two hostnames" differ "$host/hostname" "$container/hostname"
	section "ls /"
	beside root 30
	check "two roots" differ "$host/root" "$container/root"
}

differ() {
	[[ -s $1 && -s $2 ]] && ! cmp -s "$1" "$2"
}

show_network() {
	local inside outside
	inside=$(<"$container/address") outside=$(<"$container/peer")
	section "ip addr"
	beside net
	case $inside in
	169.254.1.2) ;;
	'') echo "  The container has no address on a link of its own." ;;
	*) echo "  169.254.1.1 is taken; this container has the pair $outside, $inside." ;;
	esac
	section "ping ${inside:--}, and ping ${outside:--}"
	beside replies
	check "the host reaches the container" pings "$host"
	check "the container reaches the host" pings "$container"
}

show_processes() {
	section "Processes"
	beside processes
	check "PID 1 of the container is minit" grep -qE '^ *1 .*minit' "$container/processes"
	section "Mounts"
	beside mount 20
	check "no mount of the host's is visible" no_host_mounts
}

# Only the root and what the tour itself asked for may be on one of the host's
# filesystems, and nothing may be mounted where launch mounts nothing.
no_host_mounts() {
	awk -v own='^/(mnt|etc/inittab)?$' '
		$2 !~ own && ($2 !~ "^/(proc|sys|dev|run)(/|$)" ||
			$3 !~ "^(proc|sysfs|tmpfs|devpts|mqueue|cgroup2?)$") { exit 1 }' \
		"$container/mounts"
}

show_limits() {
	section "Limits, as the cgroup files have them"
	beside limits
	[[ ! $memory ]] || check "memory is limited to $memory" \
		grep -qx "memory  $(numfmt --from=iec "$memory")" "$container/limits"
	[[ ! $cpus ]] || check "the CPUs are $cpus" \
		grep -qx "cpus    $cpus" "$container/limits"
}

show_loop() {
	section "A busy loop in the container: Cpus_allowed_list, and where it ran"
	uniq -c "$container/seen" | awk '{ print "on CPU " $2 " for " $1 " of 20 looks" }' |
		cat "$container/allowed" - >"$container/loop"
	cp "$host/allowed" "$host/loop"
	beside loop 8
	[[ $cpus ]] || return 0
	check "the loop may use $cpus only" grep -qx "$cpus" "$container/allowed"
	check "the loop was on $cpus only" within "$cpus" "$container/seen"
	[[ $cpus == 0 ]] || show_last_cpu "$@"
}

# Where the CPUs are all that there are, staying on them says little.
show_last_cpu() {
	local last=${cpus##*-}
	# shellcheck disable=SC2016 # for the shell inside
	launch "$@" --net none --cpuset-cpus "$last" /bin/sh -c '
		while :; do :; done & i=0
		while [ $((i += 1)) -le 20 ]; do
			awk "{ print \$39 }" /proc/$!/stat; usleep 20000
		done' </dev/null >"$work/last" 2>"$work/console" ||
		give_up "a second container did not start"
	check "a loop in a second container, on CPU $last only, was there only" \
		within "$last" "$work/last"
}

is_gone() {
	local peer
	peer=$(<"$container/peer")
	[[ ! $(find /sys/fs/cgroup -type d -name "*tour-$$*") ]] &&
		[[ ! $peer || ! $(ip -o addr show to "$peer") ]]
}

trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start "$@"
await_ready
collect
show_identity
show_network
show_processes
show_limits
show_loop "$@"
end
printf '\nThe end\n'
check "poweroff in the container ended it with 0" test "$status" = 0
check "its address and its cgroups are gone" is_gone

if ((failures > 0)); then
	give_up "$failures of the checks failed"
fi
echo "tour: all is as it should be"
