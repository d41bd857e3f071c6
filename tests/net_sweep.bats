# Whatever fails, the host's network is as it was before: of each kind of link.
load helpers
load network

# A pair of veths stands in for a network card and its cable.
setup() {
	requires root strace nft dnsmasq
	ip link add br7 type bridge
	ip link set br7 addrgenmode none address 02:00:00:00:00:07
	ip addr add 10.7.0.1/24 dev br7
	ip link set br7 up
	ip link add p0 type veth peer name p1
	ip link set p0 addrgenmode none address 02:00:00:00:00:77 mtu 1450
	ip link set p1 addrgenmode none master br7
	ip link property add dev p0 altname other0
	ip addr add 10.5.0.1/24 dev p0
	ip addr add fd05::1/64 nodad dev p0
	ip link set p1 up
	ip link set p0 up promisc on
	ip route add 10.6.0.0/16 via 10.5.0.9 metric 7
	ip route add default via 10.5.0.9 table 99
	ip -6 route add fd06::/64 via fd05::9
	printf 1 >/proc/sys/net/ipv4/conf/p0/arp_ignore
	printf 0 >/proc/sys/net/ipv6/conf/p0/accept_ra
	eventually forwarding
	before=$(everything)
}

# The ports of a bridge take a moment.
forwarding() {
	[[ $(bridge link show dev p1) == *"state forwarding"* ]]
}

teardown() {
	end_pids
	[[ -z $server ]] || kill "$server"
	ip link del p0 || :
	ip link del br7
}

eval "$(declare -f everything | sed '1s/everything/links/')"
everything() {
	links
	grep -H . /proc/sys/net/ipv[46]/conf/{p0,br7}/{arp_ignore,accept_ra,forwarding,rp_filter} 2>/dev/null
}

@test "veth on a bridge" {
	sweep_network "socket sendto recvfrom openat" --net veth,link=br7,pair=up0,ipv4=10.7.0.2/24,gw=auto
}

@test "macvlan" {
	sweep_network "socket sendto recvfrom" --net macvlan,link=p0,ipv4=10.5.0.2/24
}

@test "a lent device" {
	sweep_network "socket sendto recvfrom getdents64 write renameat setns clone" \
		--net phys,link=p0,name=lan0,ipv4=10.5.0.2/24,gw=10.5.0.9
}

@test "a lease from a server" {
	dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=br7 \
		--bind-interfaces --no-ping --dhcp-authoritative \
		--dhcp-range=10.7.0.50,10.7.0.59,255.255.255.0,2m \
		--dhcp-leasefile="$BATS_TEST_TMPDIR/leases" --pid-file= --log-dhcp \
		2>"$BATS_TEST_TMPDIR/log" 3>&- &
	server=$!
	eventually grep -q "sockets bound" "$BATS_TEST_TMPDIR/log"
	sweep_network "socket bind setsockopt sendto recvfrom setns clone" \
		--net veth,link=br7,ipv4=dhcp
}
