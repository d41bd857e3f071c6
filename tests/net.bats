load helpers

setup() {
	requires root ping
	ready=$BATS_TEST_TMPDIR/ready
	mkdir "$ready"
	before=$(traces)
}

teardown() {
	local p
	for p in "${pids[@]}"; do
		kill -TERM "$p" 2>/dev/null || :
		wait "$p" || :
	done
	eventually same_traces "$before"
}

# begin NAME ARGS... - a container in the background that waits for its end
# once its network is there; its pid in $pid.
begin() {
	local name=$1
	shift
	command launch -T --name "$name" -v "$ready:/mnt" --rootfs "$BUSYBOX" \
		"$@" sh -c "ip addr >/mnt/$name.addr; ip route >/mnt/$name.route
			>/mnt/$name.up; exec sleep 60" 3>&- &
	pid=$!
	pids+=("$pid")
	eventually test -e "$ready/$name.up"
}

# inside NAME - what ip addr and ip route say in there.
inside() {
	cat "$ready/$1.addr" "$ready/$1.route"
}

reach() {
	ping -q -c 1 -W 2 "$1" >/dev/null
}

@test "by default a pair of addresses: both ends are up and reach each other" {
	begin "$NAME"
	[[ $(inside "$NAME") == *"lo: <LOOPBACK,UP"* ]]
	[[ $(inside "$NAME") == *"inet 169.254.1.2/30 brd 169.254.1.3 "*eth0* ]]
	[[ $(ip addr show ve-1) == *"inet 169.254.1.1/30 brd 169.254.1.3 "* ]]
	reach 169.254.1.2
	must --rootfs "$BUSYBOX" ping -c 1 -W 2 127.0.0.1
	must --rootfs "$BUSYBOX" ping -c 1 -W 2 169.254.1.5
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
	refuses "two interfaces are called 'eth1'" \
		--net veth,name=eth1 --net veth --rootfs "$BUSYBOX" true
	refuses "two host interfaces are called 'a0'" \
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
		sweep_net "$call" --net none
		sweep_net "$call" --net veth --net veth,pair=up0
	done
	sweep_net ioctl --net veth --net veth,pair=up0
}
