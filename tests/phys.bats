load helpers

# A pair of veths stands in for a network card and its cable: p0 is lent.
setup() {
	requires root
	ready=$BATS_TEST_TMPDIR/ready
	mkdir "$ready"
	before=$(traces)
	ip link add br7 type bridge
	ip link add p0 type veth peer name p1
	ip link set p0 address 02:00:00:00:00:77 mtu 1450
	ip link property add dev p0 altname other0
	ip addr add 10.5.0.1/24 dev p0
	ip addr add 10.5.0.7/24 dev p0
	ip addr add fd05::1/64 nodad dev p0
	ip link set p1 up
	ip link set p0 up promisc on
	ip route add 10.9.9.9 dev p0
	ip route add 10.6.0.0/16 via 10.5.0.9 metric 7
	ip route add default via 10.5.0.9 table 99
	ip route add fd06::/64 via fd05::9
	eventually settled
	describe >"$BATS_TEST_TMPDIR/before"
}

teardown() {
	[[ -z $pid ]] || kill -TERM "$pid" 2>/dev/null || :
	[[ -z $pid ]] || wait "$pid" || :
	ip link del p0 || :
	ip link del br7
	eventually same_traces "$before"
}

# The kernel makes sure that nobody else has its address.
settled() {
	! ip addr show dev p0 | grep -q tentative
}

# The queue discipline is not a property: it comes with the first "up".
describe() {
	ip -d link show p0 | sed 's/ qdisc [a-z]*//'
	ip addr show p0 | sed 's/ qdisc [a-z]*//'
	ip -4 route show table all dev p0
	ip -6 route show table all dev p0
}

# given_back - p0 is as it was.
given_back() {
	ip link show p0 >/dev/null
	eventually settled
	diff "$BATS_TEST_TMPDIR/before" <(describe)
}

# begin ARGS... - a container in the background that has p0 as eth0.
begin() {
	command launch -T --name "$NAME" -v "$ready:/mnt" --rootfs "$BUSYBOX" \
		--cap-add NET_ADMIN --net phys,link=p0 "$@" 3>&- &
	pid=$!
	eventually test -e "$ready/up"
}

@test "a lent device is up inside, with what was asked for, and gone outside" {
	must --rootfs "$BUSYBOX" -v "$ready:/mnt" --net \
		phys,link=p0,name=lan0,hwaddr=02:00:00:00:00:78,mtu=1400,ipv4=10.5.0.2/24,gw=10.5.0.9 \
		sh -c 'ip addr; ip route'
	[[ $output == *"lan0@"*",UP,"*" mtu 1400 "*"02:00:00:00:00:78"*"inet 10.5.0.2/24"* ]]
	[[ $output == *"default via 10.5.0.9 dev lan0"* ]]
	given_back
	begin sh -c '>/mnt/up; sleep 60'
	run ! ip link show p0
}

@test "it comes back as it was, whatever was done to it inside" {
	must --rootfs "$BUSYBOX" --cap-add NET_ADMIN --net phys,link=p0 sh -c '
		ip addr add 10.77.0.1/24 dev eth0
		ip link set eth0 down
		ip link set eth0 name zzz
		ip link set zzz address 02:11:11:11:11:11 mtu 1300 promisc off
		ip -o link'
	[[ $output == *zzz* && $output == *02:11:11:11:11:11* ]]
	given_back
}

@test "a name that it got inside is no trouble when the host has it" {
	must --rootfs "$BUSYBOX" --cap-add NET_ADMIN --net phys,link=p0 sh -c '
		ip link set eth0 down
		ip link set eth0 name p1'
	given_back
}

@test "one that was down, or a bridge's port, is so again" {
	ip link set p0 promisc off
	ip link set p0 down
	ip addr flush dev p0
	ip link set p0 master br7
	describe >"$BATS_TEST_TMPDIR/before"
	must --rootfs "$BUSYBOX" --net phys,link=p0 ip link show eth0
	[[ $output == *,UP,* ]]
	given_back
}

@test "it comes back when the start fails" {
	refuses "cannot find '/nowhere'" \
		--net phys,link=p0 --rootfs "$BUSYBOX" /nowhere
	given_back
	launch --net phys,link=p0 --tmpfs /etc/passwd --rootfs "$BUSYBOX" true
	((status == 125))
	given_back
	refuses "cannot find 'nope' to be 'eth1'" \
		--net phys,link=p0 --net phys,link=nope --rootfs "$BUSYBOX" true
	given_back
}

@test "it comes back when the command is killed, and when launch is told to end" {
	begin sh -c '>/mnt/up; sleep 60'
	kill -KILL "$(sed -n 's/^pid=//p' "$LAUNCH_RUNDIR/$NAME/state")"
	wait "$pid" || :
	given_back
	rm "$ready/up"
	begin sh -c '>/mnt/up; sleep 60'
	kill -TERM "$pid"
	wait "$pid" || :
	given_back
}

@test "after a launch that was killed the next one gives it back, or lends it" {
	begin sh -c '>/mnt/up; sleep 60'
	kill -KILL "$pid"
	wait "$pid" || :
	must --rootfs "$BUSYBOX" --net none sh -c 'sleep 1'
	given_back
	rm "$ready/up"
	begin sh -c '>/mnt/up; sleep 60'
	kill -KILL "$pid"
	wait "$pid" || :
	must --rootfs "$BUSYBOX" --net phys,link=p0 ip link show eth0
	given_back
}

@test "a device that the container removed is said to be lost" {
	launch --rootfs "$BUSYBOX" --cap-add NET_ADMIN --net phys,link=p0 sh -c \
		'ip link del eth0'
	((status == 0))
	[[ $stderr == "launch: cannot set up 'p0', which was lent: it is gone" ]]
	ip link add p0 type dummy 2>/dev/null || ip link add p0 type bridge
}

@test "when its name is taken meanwhile it comes back under another one" {
	begin sh -c '>/mnt/up; sleep 60' 2>"$BATS_TEST_TMPDIR/said"
	ip link add p0 type bridge
	kill -TERM "$pid"
	wait "$pid" || :
	[[ $(<"$BATS_TEST_TMPDIR/said") == *"cannot give 'p0' its name back"* ]]
	ip link show lent0 | grep -q 02:00:00:00:00:77
	[[ $(ip addr show p0) != *10.5.0.1* ]]
	ip link del lent0
}

@test "no failure at any message keeps it inside" {
	requires strace
	local call n with_p0
	with_p0=$(traces)
	for call in socket sendto recvfrom ioctl mount; do
		for ((n = 1; n < 40; n++)); do
			with_fault "$call:EPERM:$n" --name "$NAME" \
				--net phys,link=p0 --rootfs "$BUSYBOX" true
			fault_happened || break
			echo "# $call $n: [$status] $stderr"
			# What failed while giving it back is done by the next.
			must --rootfs "$BUSYBOX" --net none sh -c 'sleep 0.1'
			ip link show p0 >/dev/null
			eventually same_traces "$with_p0"
		done
		((n > 1))
	done
}

@test "lo, what is not there, and what is lent already are refused by name" {
	refuses "cannot lend 'lo'" --net phys,link=lo --rootfs "$BUSYBOX" true
	refuses "cannot find 'nope' to be 'eth0'" \
		--net phys,link=nope --rootfs "$BUSYBOX" true
	refuses "cannot use 'p0' for both 'eth0' and 'eth1': it is lent" \
		--net phys,link=p0 --net phys,link=p0 --rootfs "$BUSYBOX" true
	refuses "cannot use 'p0' for both 'eth0' and 'eth1': it is lent" \
		--net macvlan,link=p0 --net phys,link=p0 --rootfs "$BUSYBOX" true
	begin sh -c '>/mnt/up; sleep 60'
	refuses "cannot find 'p0' to be 'eth0'" \
		--net phys,link=p0 --rootfs "$BUSYBOX" true
}

@test "the settings of a bridge's port come back with it" {
	ip addr flush dev p0
	ip link set p0 master br7
	bridge link set dev p0 cost 77 priority 9 hairpin on learning off \
		flood off isolated on guard on
	bridge -d link show dev p0 | sed 's/ state [a-z]*//' >"$BATS_TEST_TMPDIR/port"
	must --rootfs "$BUSYBOX" --net phys,link=p0 true
	diff "$BATS_TEST_TMPDIR/port" <(bridge -d link show dev p0 | sed 's/ state [a-z]*//')
}

@test "routes by several devices at once are whole again" {
	ip link add p2 type veth peer name p3
	ip addr add 10.4.0.1/24 dev p2
	ip link set p2 up
	ip link set p3 up
	ip route add 10.20.0.0/16 nexthop via 10.5.0.9 weight 3 nexthop via 10.4.0.9 weight 5
	ip route add 10.21.0.0/16 nexthop via 10.5.0.9 nexthop via 10.5.0.8
	ip -6 route add fd21::/64 nexthop via fd05::9 nexthop via fd05::8
	ip route show >"$BATS_TEST_TMPDIR/routes"
	ip -6 route show fd21::/64 >>"$BATS_TEST_TMPDIR/routes"
	must --rootfs "$BUSYBOX" --net phys,link=p0 true
	diff "$BATS_TEST_TMPDIR/routes" <(ip route show; ip -6 route show fd21::/64)
	ip link del p2
}

# settings DEVICE - its files below /proc/sys/net, but for those that only say.
settings() {
	grep -H . /proc/sys/net/ipv[46]/conf/"$1"/* 2>/dev/null | sort
}

@test "its settings below /proc/sys/net come back with it" {
	local conf=/proc/sys/net
	echo 1 >$conf/ipv4/conf/p0/arp_ignore
	echo 2 >$conf/ipv4/conf/p0/rp_filter
	# An address is tentative for as many seconds.
	echo 2 >$conf/ipv6/conf/p0/dad_transmits
	echo 33 >$conf/ipv6/conf/p0/hop_limit
	settings p0 >"$BATS_TEST_TMPDIR/settings"
	must --rootfs "$BUSYBOX" --net phys,link=p0 true
	diff "$BATS_TEST_TMPDIR/settings" <(settings p0)
	begin sh -c '>/mnt/up; sleep 60'
	kill -KILL "$pid"
	wait "$pid" || :
	must prune
	given_back
	diff "$BATS_TEST_TMPDIR/settings" <(settings p0)
}

@test "settings that forbid IPv6 hold before it is up again" {
	ip -6 addr flush dev p0
	echo 1 >/proc/sys/net/ipv6/conf/p0/disable_ipv6
	must --rootfs "$BUSYBOX" --net phys,link=p0 true
	[[ $(</proc/sys/net/ipv6/conf/p0/disable_ipv6) == 1 ]]
	[[ -z $(ip -6 addr show dev p0) ]]
}
