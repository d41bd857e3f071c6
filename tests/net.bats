load helpers
load network

setup() {
	requires root ping
	ready=$BATS_TEST_TMPDIR/ready
	mkdir "$ready"
	before=$(traces)
}

teardown() {
	local p
	end_pids
	for p in p0 br7; do
		ip link del "$p" 2>/dev/null || :
	done
	eventually same_traces "$before"
}

# begin NAME ARGS... - a container in the background that waits for its end
# once its network is there; its pid in $pid.
begin() {
	begin_with 'ip addr >/mnt/$me.addr; ip route >/mnt/$me.route
		>/mnt/$me.up; exec sleep 60' "$@"
}

# inside NAME - what ip addr and ip route say in there.
inside() {
	cat "$ready/$1.addr" "$ready/$1.route"
}

reach() {
	ping -q -c 1 -W 10 "$1" >/dev/null
}

@test "by default a pair of addresses: both ends are up and reach each other" {
	begin "$NAME"
	[[ $(inside "$NAME") == *"lo: <LOOPBACK,UP"* ]]
	[[ $(inside "$NAME") == *"inet 169.254.1.2/30 brd 169.254.1.3 "*eth0* ]]
	[[ $(ip addr show ve-1) == *"inet 169.254.1.1/30 brd 169.254.1.3 "* ]]
	reach 169.254.1.2
	must --rootfs "$BUSYBOX" ping -c 1 -W 10 127.0.0.1
	must --rootfs "$BUSYBOX" ping -c 1 -W 10 169.254.1.5
	[[ $output == *"1 packets received"* ]]
}

@test "the link is gone when launch is" {
	must --rootfs "$BUSYBOX" true
	link_gone ve-1
	launch --rootfs "$BUSYBOX" /etc/passwd
	((status != 0))
	link_gone ve-1
}

@test "several at once have different addresses, and free ones are used again" {
	local i
	for i in 1 2 3 4; do
		begin "$NAME-$i"
	done
	[[ $(cat "$ready"/*.addr | grep -o 'inet 169[^ ]*' | sort -u | wc -l) == 4 ]]
	reach 169.254.1.2
	reach 169.254.1.14
	kill -TERM "${pids[1]}"
	eventually link_gone ve-2
	begin "$NAME-5"
	[[ $(inside "$NAME-5") == *"inet 169.254.1.6/30"* ]]
}

@test "addresses and names that others have are left alone" {
	ip link add ve-1 type bridge
	ip addr add 169.254.1.5/24 dev lo
	begin "$NAME"
	ip addr del 169.254.1.5/24 dev lo
	ip link del ve-1
	[[ $(inside "$NAME") == *"inet 169.254.2.2/30"* ]]
}

@test "name, pair, hwaddr, mtu, addresses and gateway are as asked for" {
	begin "$NAME" --net veth,name=web0,pair=up0,hwaddr=02:00:00:12:34:5e,mtu=1400,ipv4=10.7.0.2/24,ipv6=fd07::2/64,gw=10.7.0.1
	[[ $(inside "$NAME") == *"web0@"*" mtu 1400 "*"02:00:00:12:34:5e"* ]]
	[[ $(inside "$NAME") == *"inet 10.7.0.2/24 brd 10.7.0.255 "* ]]
	[[ $(inside "$NAME") == *"inet6 fd07::2/64 "* ]]
	[[ $(inside "$NAME") == *"default via 10.7.0.1 dev web0"* ]]
	[[ $(ip addr show up0) == *" mtu 1400 "*"inet 10.7.0.1/24 "* ]]
	reach 10.7.0.2
}

@test "a gateway outside of the prefix gets its route" {
	begin "$NAME" --net veth,ipv4=10.7.0.2/32,gw=10.8.0.1
	[[ $(inside "$NAME") == *"default via 10.8.0.1 dev eth0"* ]]
	[[ $(inside "$NAME") == *"10.8.0.1 dev eth0 scope link"* ]]
	# And there is a way back.
	reach 10.7.0.2
}

@test "the host's end is the gateway of IPv6, too, in the prefix and outside of it" {
	local gateway
	for gateway in fd07::1 fd08::1 fe80::1; do
		begin "$NAME" --net "veth,ipv4=10.7.0.2/24,ipv6=fd07::2/64,gw6=$gateway"
		[[ $(in_netns "$NAME" ip -6 route) == *"default via $gateway dev eth0"* ]]
		reach fd07::2
		in_netns "$NAME" ping -q -c 1 -W 10 -I eth0 "$gateway"
		kill -TERM "$pid"
		wait "$pid" || :
		rm "$ready/$NAME.up"
	done
}

@test "several interfaces keep their order" {
	begin "$NAME" --net veth --net veth,ipv4=10.7.0.2/24 --net veth,name=x
	[[ $(inside "$NAME") == *"eth0@"*"169.254.1.2/"*"eth1@"*"10.7.0.2/"*"x@"*"169.254.1.6/"* ]]
}

@test "--net none is lo alone, and up" {
	must --net none --rootfs "$BUSYBOX" sh -c 'ip -o link | wc -l; ip link show up'
	[[ $output == *"lo: <LOOPBACK,UP"* ]]
	must --net none --rootfs "$BUSYBOX" ls /sys/class/net
	[[ $output == lo ]]
}

@test "the host takes no router advertisements from the container" {
	begin "$NAME"
	[[ $(</proc/sys/net/ipv6/conf/ve-1/accept_ra) == 0 ]]
}

@test "names that are taken are refused before anything is made" {
	refuses "cannot create veth 'lo' for 'eth0': the host has" \
		--net veth,pair=lo --rootfs "$BUSYBOX" true
	((status == 125))
	refuses "cannot call two interfaces 'eth1'" \
		--net veth,name=eth1 --net veth --rootfs "$BUSYBOX" true
	refuses "cannot call two host interfaces 'a0'" \
		--net veth,pair=a0 --net veth,pair=a0 --rootfs "$BUSYBOX" true
	refuses "cannot call an interface 'lo'" \
		--net veth,name=lo --rootfs "$BUSYBOX" true
}

@test "the pair goes with a launch that is killed" {
	begin "$NAME" --net veth,pair=up0
	kill -KILL "$pid"
	eventually link_gone up0
	must --rootfs "$BUSYBOX" true # clears away the state
}

# sweep_net CALL ARGS... - fail each CALL in turn, up to the last; strace counts
# those of launcher and child apart.
sweep_net() {
	local call=$1 n
	shift
	for ((n = 1; n < 50; n++)); do
		with_fault "$call:EPERM:$n" --name "$NAME" "$@" \
			--rootfs "$BUSYBOX" true
		fault_happened || break
		echo "# $call $n: [$status] $stderr"
		if ((status != 0)); then
			((status == 125))
			[[ $stderr == "launch: cannot "* ]]
			[[ $(wc -l <<<"$stderr") == 1 ]]
		fi
		eventually same_traces "$before"
	done
	((n > 1))
}

@test "no failure at any message to the kernel leaves a trace" {
	requires strace
	local call
	for call in socket sendto recvfrom; do
		sweep_net "$call" --net veth --net veth,pair=up0
	done
	sweep_net ioctl --net veth --net veth,pair=up0
	sweep_net socket --net none
	sweep_net ioctl --net none
}

@test "a veth is the port of a bridge that is there" {
	local mac
	refuses "cannot find bridge 'br7': No such device" \
		--net veth,link=br7 --rootfs "$BUSYBOX" true
	refuses "cannot attach 'eth0' to 'lo': it is not a bridge" \
		--net veth,link=lo --rootfs "$BUSYBOX" true
	ip link add br7 type bridge
	ip addr add 10.7.0.1/24 dev br7
	ip addr add fd07::1/64 nodad dev br7
	ip link set br7 up
	begin "$NAME" --net veth,link=br7,pair=up0,ipv4=10.7.0.2/24,ipv6=fd07::2/64,gw=auto,gw6=fd07::1
	begin "$NAME-2" --net veth,link=br7,ipv4=10.7.0.3/24,gw=dev,metric=9
	[[ $(ip -d link show up0) == *" master br7 "*"UP"* ]]
	[[ $(inside "$NAME") == *"default via 10.7.0.1 dev eth0"* ]]
	[[ $(in_netns "$NAME" ip -6 route) == *"default via fd07::1 dev eth0"* ]]
	[[ $(inside "$NAME-2") == *"default dev eth0 scope link  metric 9"* ]]
	reach 10.7.0.2
	in_netns "$NAME-2" ping -q -c 1 -W 10 10.7.0.2
	ip addr flush dev br7
	refuses "cannot use 'br7' as the gateway of 'eth0': it has no address" \
		--net veth,link=br7,gw=auto --rootfs "$BUSYBOX" true
}

@test "a macvlan of each mode is made inside, and the host sees none of it" {
	local mode
	ip link add p0 type veth peer name p1
	ip link set p0 up
	ip link set p1 up
	for mode in private vepa bridge passthru; do
		begin "$NAME" --net macvlan,link=p0,mode=$mode,hwaddr=02:00:00:00:00:2x,ipv4=10.7.0.2/24
		[[ $(in_netns "$NAME" ip -d link show eth0) == *"macvlan mode $mode"* ]]
		[[ $(inside "$NAME") == *" 10.7.0.2/24"* ]]
		# It takes the parent's own.
		[[ $mode == passthru || $(inside "$NAME") == *" 02:00:00:00:00:2"* ]]
		[[ $(ip -o link | grep -c macvlan) == 0 ]]
		kill -TERM "$pid"
		wait "$pid" || :
		rm "$ready/$NAME.up"
	done
	begin "$NAME" --net macvlan,link=p0
	[[ $(in_netns "$NAME" ip -d link show eth0) == *"macvlan mode private"* ]]
}

@test "macvlans of a bridge mode reach each other" {
	ip link add p0 type veth peer name p1
	ip link set p0 up
	ip link set p1 up
	begin "$NAME" --net macvlan,link=p0,mode=bridge,ipv4=10.7.0.2/24
	begin "$NAME-2" --net macvlan,link=p0,mode=bridge,ipv4=10.7.0.3/24
	in_netns "$NAME-2" ping -q -c 1 -W 10 10.7.0.2
}

@test "a parent that is not there, or lo, is refused; so is what the kernel lacks" {
	local kind
	for kind in macvlan ipvlan vlan,id=7; do
		refuses "cannot find 'nope' for 'eth0': No such device" \
			--net "$kind,link=nope" --rootfs "$BUSYBOX" true
		refuses "cannot put ${kind%,*} 'eth0' on 'lo': it leads nowhere" --net "$kind,link=lo" --rootfs "$BUSYBOX" true
	done
	ip link add p0 type veth peer name p1
	for kind in macvlan vlan,id=7; do
		refuses "cannot give ${kind%,*} 'eth0' an MTU of 9000: 'p0' has 1500" \
			--net "$kind,link=p0,mtu=9000" --rootfs "$BUSYBOX" true
	done
	for kind in ipvlan vlan,id=7; do
		# The tests' kernel may have it; then it has to work.
		launch --net "$kind,link=p0" --rootfs "$BUSYBOX" ip -o link
		((status == 0)) && [[ $output == *eth0@* ]] ||
			[[ $stderr == *"cannot create ${kind%,*} 'eth0' on 'p0' (is there a kernel module "* ]]
	done
}

@test "state=down leaves the interface to the container" {
	begin "$NAME" --net veth,ipv4=10.7.0.2/24,gw=10.7.0.1,state=down
	[[ $(in_netns "$NAME" ip -br link show eth0) == *DOWN* ]]
	[[ $(inside "$NAME") == *10.7.0.2/24* ]]
}

@test "LXC's network keys, old and new, make the same network" {
	local form
	ip link add br7 type bridge
	ip link set br7 up
	printf '%s\n' 'lxc.network.type = veth' 'lxc.network.flags = up' \
		'lxc.network.link = br7' 'lxc.network.name = lan0' \
		'lxc.network.ipv4 = 10.7.0.2/24 10.7.0.255' \
		'lxc.network.ipv4.gateway = 10.7.0.1' >"$BATS_TEST_TMPDIR/old"
	printf 'lxc.net.0.%s\n' 'type = veth' 'flags = up' 'link = br7' \
		'name = lan0' 'ipv4.address = 10.7.0.2/24' \
		'ipv4.gateway = 10.7.0.1' >"$BATS_TEST_TMPDIR/new"
	for form in old new; do
		begin "$NAME" --config "$BATS_TEST_TMPDIR/$form"
		[[ $(inside "$NAME") == *"lan0@"*",UP,"*"inet 10.7.0.2/24 "*"default via 10.7.0.1 dev lan0"* ]]
		[[ $(ip -o link show master br7) == *vp* ]]
		kill -TERM "$pid"
		wait "$pid" || :
		rm "$ready/$NAME.up"
	done
}

@test "--net join enters the network of a container, a process or a file" {
	local target
	begin "$NAME" --net veth,ipv4=10.7.0.2/24
	target=$(sed -n 's/^pid=//p' "$LAUNCH_RUNDIR/$NAME/state")
	touch "$BATS_TEST_TMPDIR/netns"
	mount --bind "/proc/$target/ns/net" "$BATS_TEST_TMPDIR/netns"
	for target in "$NAME" "pid:$target" "$BATS_TEST_TMPDIR/netns"; do
		must --rootfs "$BUSYBOX" --net "join:$target" sh -c 'ip addr; ls /sys/class/net'
		[[ $output == *"inet 10.7.0.2/24"*$'\neth0\nlo' ]]
	done
	umount "$BATS_TEST_TMPDIR/netns"
	# Nothing of it is taken away with the guest.
	reach 10.7.0.2 || [[ $(in_netns "$NAME" ip addr show eth0) == *10.7.0.2/24* ]]
}

@test "what is no network to join is refused by name" {
	refuses "cannot join the network of 'nobody' (join:NAME, join:pid:PID or join:/FILE): No such file or directory" \
		--net join:nobody --rootfs "$BUSYBOX" true
	((status == 125))
	refuses "cannot join the network of 'pid:999999999': No such process" \
		--net join:pid:999999999 --rootfs "$BUSYBOX" true
	refuses "cannot join the network of 'pid:x' (join:NAME, join:pid:PID or join:/FILE): Invalid argument" \
		--net join:pid:x --rootfs "$BUSYBOX" true
	# Its pid may be another's by now.
	begin "$NAME" --net none
	sed -i 's/^start=.*/start=1/' "$LAUNCH_RUNDIR/$NAME/state"
	refuses "cannot join the network of '$NAME': No such process" \
		--net "join:$NAME" --rootfs "$BUSYBOX" true
	refuses "cannot join '/etc/passwd': it is no network namespace" \
		--net join:/etc/passwd --rootfs "$BUSYBOX" true
	refuses "cannot join the network '/proc/self/ns/mnt': Invalid argument" \
		--net join:/proc/self/ns/mnt --rootfs "$BUSYBOX" true
	refuses "bad kind 'join' for --net" --net join --rootfs "$BUSYBOX" true
	refuses "bad kind 'join:' for --net" --net join: --rootfs "$BUSYBOX" true
	refuses "bad key 'name' for --net (this kind has none)" \
		--net join:x,name=y --rootfs "$BUSYBOX" true
}

@test "--net host is the host's own, and takes nothing away" {
	ip link add br7 type bridge
	must --rootfs "$BUSYBOX" --net host ip link show br7
	ip link show br7
	must --rootfs "$BUSYBOX" --net host --net none ls /sys/class/net
	[[ $output == lo ]]
}

@test "what cannot be is refused by name, before anything changes" {
	local links net message
	ip link add br7 type bridge
	ip link add p0 type veth peer name p1
	# The pair of the test before may still be dying.
	eventually bash -c '! ip -o link | grep -q @if'
	links=$(ip -d link)
	while IFS='|' read -r net message; do
		refuses "$message" --net "$net" --rootfs "$BUSYBOX" true
		[[ $(wc -l <<<"$stderr") == 1 && $(ip -d link) == "$links" ]]
	done <<-'EOF'
		veth,name=sixteen-bytes-12|bad interface name 'sixteen-bytes-12' for --net (1 to 15 bytes)
		veth,pair=sixteen-bytes-12|bad interface name 'sixteen-bytes-12' for --net (1 to 15 bytes)
		veth,link=sixteen-bytes-12|bad interface name 'sixteen-bytes-12' for --net (1 to 15 bytes)
		veth,name=a/b|bad interface name 'a/b' for --net (no blanks, none of / : , %)
		veth,ipv4=10.7.0.2/33|bad address '10.7.0.2/33' for --net (such as 10.0.0.2/24)
		veth,ipv4=10.7.0.2/|bad address '10.7.0.2/' for --net
		veth,ipv4=10.7.0.2/-1|bad address '10.7.0.2/-1' for --net
		veth,ipv4=10.7.0.2|bad address '10.7.0.2' for --net (it needs a prefix, such as /24)
		veth,ipv6=fd00::2|bad address 'fd00::2' for --net (it needs a prefix, such as /24)
		veth,ipv6=fd00::2/129|bad address 'fd00::2/129' for --net
		veth,ipv4=fd00::2/64|bad address 'fd00::2/64' for --net
		veth,gw=10.7.0.256|bad gateway '10.7.0.256' for --net
		veth,gw=10.7.0.2,ipv4=10.7.0.2/24|bad gateway '10.7.0.2' for --net (the container's own address)
		veth,hwaddr=02:00:00:00:00|bad hardware address '02:00:00:00:00' for --net (such as
		veth,hwaddr=01:00:5e:00:00:01|bad hardware address '01:00:5e:00:00:01' for --net (a multicast address, or none)
		veth,hwaddr=00:00:00:00:00:00|bad hardware address '00:00:00:00:00:00' for --net (a multicast address, or none)
		veth,mtu=67|bad mtu '67' for --net (68 to 65535)
		veth,pair=br7|cannot create veth 'br7' for 'eth0': the host has a link of that name already
		veth,link=lo|cannot attach 'eth0' to 'lo': it is not a bridge
		veth,link=p0|cannot attach 'eth0' to 'p0': it is not a bridge
		veth,link=nope|cannot find bridge 'nope': No such device
		phys,link=lo|cannot lend 'lo': every network has its own
		phys,link=nope|cannot find 'nope' to be 'eth0': No such device
		macvlan,link=lo|cannot put macvlan 'eth0' on 'lo'
		macvlan,link=nope|cannot find 'nope' for 'eth0': No such device
		ipvlan,link=nope|cannot find 'nope' for 'eth0': No such device
		vlan,link=nope,id=7|cannot find 'nope' for 'eth0': No such device
		vlan,link=p0|bad network 'vlan' for --net (id=NUMBER is missing)
		vlan,link=p0,id=4095|bad VLAN '4095' for --net
		macvlan|bad network 'macvlan' for --net (link=DEVICE is missing)
		phys|bad network 'phys' for --net (link=DEVICE is missing)
		macvlan,link=p0,mode=l2|bad mode 'l2' for --net (private vepa bridge passthru)
		moth|bad kind 'moth' for --net
		veth,colour=red|bad key 'colour' for --net
		veth,mtu|bad key 'mtu' for --net (it needs a value)
		veth,id=7|bad key 'id' for --net (not for this kind)
		phys,link=br7|cannot move 'br7' into the container (The interface netns is immutable
	EOF
	ip link del p0
}

@test "a wireless device moves by nl80211, or it is said that there is none" {
	ip link add p0 type veth peer name p1
	mount -t tmpfs tmpfs /sys/class/net
	mkdir -p /sys/class/net/p0/phy80211
	echo 7 >/sys/class/net/p0/phy80211/index
	launch --net phys,link=p0 --rootfs "$BUSYBOX" true
	umount /sys/class/net
	((status == 125))
	[[ $(wc -l <<<"$stderr") == 1 ]]
	[[ $stderr == "launch: cannot move the radio of 'p0': this kernel has no nl80211 (is there a module cfg80211?)" ||
		$stderr == "launch: cannot move the radio of 'p0'"*": No such device" ]]
	ip link show p0
}

@test "everybody in a network of our own may ping" {
	local net
	# Without the capability that the host's file may give.
	cp "$(command -v ping)" "$ready/ping"
	for net in veth nat; do
		begin "$NAME" --net "$net"
		in_netns "$NAME" setpriv --reuid 1000 --regid 1000 --clear-groups \
			--no-new-privs "$ready/ping" -q -c 1 -W 2 127.0.0.1
		kill -TERM "$pid"
		wait "$pid" || :
		rm "$ready/$NAME.up"
	done
	# What is not ours to decide stays as the kernel has it.
	must --rootfs "$BUSYBOX" --net none cat /proc/sys/net/ipv4/ping_group_range
	[[ $output == $'1\t0' ]]
}
