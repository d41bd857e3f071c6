load helpers
load network

setup() {
	requires root dnsmasq
	ready=$BATS_TEST_TMPDIR/ready
	leases=$BATS_TEST_TMPDIR/leases
	mkdir "$ready"
	ip link add br7 type bridge
	ip addr add 10.7.0.1/24 dev br7
	ip link set br7 up
	before=$(traces)
}

teardown() {
	local status=0
	end_pids
	eventually same_traces "$before" || status=1
	[[ -z $server ]] || kill "$server" || :
	ip link del br7
	return "$status"
}

# serve OPTIONS... - a DHCP server on the bridge.
serve() {
	dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=br7 \
		--bind-interfaces --no-ping --dhcp-authoritative --log-dhcp \
		--dhcp-range=10.7.0.50,10.7.0.59,255.255.255.0,2m \
		--dhcp-leasefile="$leases" --pid-file= "$@" \
		2>"$BATS_TEST_TMPDIR/log" 3>&- &
	server=$!
	eventually grep -q "sockets bound" "$BATS_TEST_TMPDIR/log"
}

# begin NAME ARGS... - a container in the background; its pid in $pid.
begin() {
	local name=$1
	shift
	rm -f "$ready/$name"
	command launch -T --name "$name" -v "$ready:/mnt" --rootfs "$BUSYBOX" \
		--net veth,link=br7,ipv4=dhcp "$@" sh -c \
		"{ ip addr; ip route; cat /etc/resolv.conf; } >/mnt/new
			mv /mnt/new /mnt/$name; exec sleep 60" 3>&- &
	pid=$!
	pids+=("$pid")
	eventually test -e "$ready/$name"
}

said() {
	[[ $(grep -c "$1" "$BATS_TEST_TMPDIR/log") -ge $2 ]]
}

@test "an address, the gateway and name servers come from the server, and go back" {
	serve --dhcp-option=option:dns-server,192.0.2.53,192.0.2.54 --domain=example.org
	begin "$NAME"
	[[ $(<"$ready/$NAME") == *"inet 10.7.0.5"?"/24 brd 10.7.0.255"* ]]
	[[ $(<"$ready/$NAME") == *"default via 10.7.0.1 dev eth0"* ]]
	[[ $(<"$ready/$NAME") == *$'nameserver 192.0.2.53\nnameserver 192.0.2.54\nsearch example.org' ]]
	# It says who it is.
	eventually grep -q "$NAME" "$leases"
	in_netns "$NAME" ping -q -c 1 -W 10 10.7.0.1
	kill -TERM "$pid"
	wait "$pid" || :
	eventually said DHCPRELEASE 1
	eventually not test -s "$leases"
}

# serve_briefly FIRST LAST - another server, with leases of two seconds.
serve_briefly() {
	cat >"$BATS_TEST_TMPDIR/udhcpd.conf" <<-EOF
		start $1
		end $2
		interface br7
		lease_file $BATS_TEST_TMPDIR/udhcpd.leases
		pidfile $BATS_TEST_TMPDIR/udhcpd.pid
		min_lease 1
		option lease 2
		option subnet 255.255.255.0
	EOF
	touch "$BATS_TEST_TMPDIR/udhcpd.leases"
	busybox udhcpd -f "$BATS_TEST_TMPDIR/udhcpd.conf" \
		2>"$BATS_TEST_TMPDIR/log" 3>&- &
	server=$!
	eventually grep -q started "$BATS_TEST_TMPDIR/log"
}

# Its own memory: that of the program depends on who else runs it.
is_small() {
	awk '/^Anonymous/ { print; exit $2 > 100 }' "/proc/$pid/smaps_rollup"
}

@test "a lease is renewed for as long as the container runs" {
	serve_briefly 10.7.0.50 10.7.0.50
	begin "$NAME"
	eventually said "sending ACK" 4
	eventually has_address 10.7.0.50
	# In between it takes no more memory than any other.
	eventually is_small
}

@test "with a terminal it is renewed, too" {
	serve_briefly 10.7.0.50 10.7.0.50
	must -t -d --name "$NAME" --rootfs "$BUSYBOX" \
		--net veth,link=br7,ipv4=dhcp sleep 60 3>&-
	eventually said "sending ACK" 3
	must stop "$NAME"
}

# has_address ADDRESS - the container has it, and no other.
has_address() {
	# shellcheck disable=SC2053 # a pattern
	[[ $(in_netns "$NAME" ip -4 -o addr show eth0) == *"inet "$1"/24 "* &&
		$(in_netns "$NAME" ip -4 -o addr show eth0 | wc -l) == 1 ]]
}

@test "a lease that runs out is given up, and another one found" {
	serve_briefly 10.7.0.50 10.7.0.50
	begin "$NAME"
	eventually has_address 10.7.0.50
	kill "$server"
	wait "$server" || :
	rm "$BATS_TEST_TMPDIR/udhcpd.leases"
	serve_briefly 10.7.0.80 10.7.0.80
	eventually has_address 10.7.0.80
	in_netns "$NAME" ping -q -c 1 -W 10 10.7.0.1
}

@test "a server that refuses to renew is believed" {
	serve_briefly 10.7.0.90 10.7.0.90
	begin "$NAME"
	eventually has_address 10.7.0.90
	kill "$server"
	wait "$server" || :
	serve
	eventually said DHCPNAK 1
	eventually said DHCPACK 1
	eventually has_address '10.7.0.5?'
	in_netns "$NAME" ip route | grep -q "default via 10.7.0.1 "
}

@test "a start without a server ends in time, and says why" {
	begin_us=${EPOCHREALTIME/./}
	refuses "cannot get an address for 'eth0': no DHCP server gave one within 15 seconds (ipv4=dhcp)" \
		--net veth,link=br7,ipv4=dhcp --rootfs "$BUSYBOX" true
	((status == 125))
	in_time "${EPOCHREALTIME/./} - begin_us < 25000000"
}

# has_port - somebody is at the bridge.
has_port() {
	[[ $(ip link show master br7) ]]
}

@test "waiting for a server can be interrupted" {
	command launch -T --name "$NAME" --net veth,link=br7,ipv4=dhcp \
		--rootfs "$BUSYBOX" true 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	local waiting=$!
	eventually has_port
	eventually test -d "$LAUNCH_RUNDIR/$NAME"
	kill -TERM "$waiting"
	wait "$waiting" || :
	grep -q "cannot wait for an address for 'eth0': interrupted" "$BATS_TEST_TMPDIR/said"
}

@test "a server that comes late is found" {
	command launch -T --name "$NAME" --net veth,link=br7,ipv4=dhcp \
		--rootfs "$BUSYBOX" ip -4 -o addr show eth0 >"$ready/late" 3>&- &
	local waiting=$!
	eventually test -d "$LAUNCH_RUNDIR/$NAME"
	serve
	wait "$waiting"
	grep -q 10.7.0.5 "$ready/late"
}

@test "a macvlan and a lent device get one, too" {
	serve
	ip link add p0 type veth peer name p1
	ip link set p1 master br7
	ip link set p1 up
	must --rootfs "$BUSYBOX" --net phys,link=p0,ipv4=dhcp ip -4 -o addr show eth0
	[[ $output == *10.7.0.5* ]]
	ip link set p0 up
	must --rootfs "$BUSYBOX" --net macvlan,link=p0,ipv4=dhcp ip -4 -o addr show eth0
	[[ $output == *10.7.0.5* ]]
	ip link del p0
}

@test "where there can be no server it is refused" {
	refuses "bad address 'dhcp' for --net (it needs link=BRIDGE)" \
		--net veth,ipv4=dhcp --rootfs "$BUSYBOX" true
	refuses "bad address 'dhcp' for --net (not for this kind)" \
		--net ipvlan,link=br7,ipv4=dhcp --rootfs "$BUSYBOX" true
	refuses "bad key 'ipv4' for --net (not for this kind)" \
		--net nat,ipv4=dhcp --rootfs "$BUSYBOX" true
}
