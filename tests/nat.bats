load helpers
load network

# A namespace of its own stands in for the world: 192.0.2.2, at the other end of
# up0, which is 192.0.2.1.
setup() {
	requires root nft nsenter
	hello=${BUILD:-$ROOT/build}/tests/tools/hello
	ready=$BATS_TEST_TMPDIR/ready
	mkdir "$ready"
	cp "$hello" "$ready/hello"
	unshare --net sleep 1000 3>&- &
	world=$!
	eventually other_network
	ip link add up0 type veth peer name up0 netns "$world"
	# An address that comes later would be a difference.
	ip link set up0 addrgenmode none
	ip addr add 192.0.2.1/24 dev up0
	ip link set up0 up
	in_world ip addr add 192.0.2.2/24 dev up0
	in_world ip link set up0 up
	before=$(everything)
}

teardown() {
	end_pids
	eventually same_as_before || tainted=1
	kill "$world"
	ip link del up0
	((!tainted))
}

other_network() {
	[[ $(readlink "/proc/$world/ns/net") != $(readlink /proc/self/ns/net) ]]
}

in_world() {
	nsenter -t "$world" --net "$@"
}

# begin NAME ARGS... - a container in the background that says hello at its port
# 80; its pid in $pid.
begin() {
	begin_with 'ip addr >/mnt/$me.addr; >/mnt/$me.up; exec /mnt/hello 80' "$@"
}

address_of() {
	sed -n 's|.*inet \(10\.[0-9.]*\)/.*|\1|p' "$ready/$1.addr"
}

# says ANSWER COMMAND... - soon; the server may just be starting.  What has no
# answer takes two seconds to say so.
says() {
	local answer=$1 got i
	shift
	for ((i = 0; i < 50; i++)); do
		got=$("$@") || :
		echo "# $*: '$got'"
		[[ $got != "$answer" ]] || return 0
		sleep 0.2
	done
	return 1
}

@test "a container goes out as the host, and nobody comes in" {
	nsenter -t "$world" --net "$hello" 80 3>&- &
	pids+=($!)
	in_world ip route add 10.88.0.0/24 via 192.0.2.1
	begin "$NAME" --net nat
	says "hello 192.0.2.1" in_netns "$NAME" "$hello" 192.0.2.2 80
	says "hello 192.0.2.1" in_netns "$NAME" "$hello" -u 192.0.2.2 80
	[[ $(address_of "$NAME") == 10.88.0.2 ]]
	says "hello 10.88.0.1" "$hello" 10.88.0.2 80
	run ! in_world "$hello" 10.88.0.2 80
	in_netns "$NAME" ping -q -c 1 -W 10 192.0.2.2
}

@test "a published port is reached from everywhere, by TCP and UDP" {
	begin "$NAME" -p 8080:80 -p 8080:80/udp
	begin "$NAME-2" --net nat
	says "hello 192.0.2.2" in_world "$hello" 192.0.2.1 8080
	says "hello 192.0.2.2" in_world "$hello" -u 192.0.2.1 8080
	# The host itself, by any of its addresses.
	says "hello 10.88.0.1" "$hello" 127.0.0.1 8080
	says "hello 10.88.0.1" "$hello" -u 127.0.0.1 8080
	says "hello 192.0.2.1" "$hello" 192.0.2.1 8080
	# Other containers, and the container itself.
	says "hello 10.88.0.1" in_netns "$NAME-2" "$hello" 10.88.0.1 8080
	says "hello 10.88.0.1" in_netns "$NAME-2" "$hello" -u 192.0.2.1 8080
	says "hello 10.88.0.1" in_netns "$NAME" "$hello" 192.0.2.1 8080
	# Directly, too.
	says "hello 10.88.0.3" in_netns "$NAME-2" "$hello" 10.88.0.2 80
}

@test "a port of one address is no other's, and a range is one by one" {
	begin "$NAME" -p 127.0.0.1:8080:80 -p 192.0.2.1:8000-8040:80-120
	says "hello 10.88.0.1" "$hello" 127.0.0.1 8080
	run ! "$hello" 192.0.2.1 8080
	run ! in_world "$hello" 192.0.2.1 8080
	says "hello 192.0.2.2" in_world "$hello" 192.0.2.1 8000
	run ! in_world "$hello" 192.0.2.1 8001
	# Without /etc/protocols nft knows only the number of TCP.
	[[ $(nft list map ip launch0 ports) =~ 192\.0\.2\.1" . "(tcp|6)" . 8040 : 10.88.0.2 . 120" ]]
}

@test "containers cannot reach what listens at the host's 127.0.0.1" {
	begin "$NAME" -p 8081:80
	"$hello" 8089 3>&- &
	pids+=($!)
	says "hello 127.0.0.1" "$hello" -u 127.0.0.1 8089
	# Its 127.0.0.1 is the host's, as far as it can say so.
	in_netns "$NAME" sh -ec 'ip rule add pref 10 lookup local
		ip rule del pref 0
		ip route add 127.0.0.1 via 10.88.0.1 table 9
		ip rule add pref 5 to 127.0.0.1 lookup 9
		echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet'
	says "hello 10.88.0.2" in_netns "$NAME" "$hello" -u 10.88.0.1 8089
	run ! in_netns "$NAME" "$hello" -u 127.0.0.1 8089
	# Nor with an address of it.
	nft list chain ip launch0 raw | grep -q 'ip daddr 127.0.0.0/8 drop'
	nft list chain ip launch0 raw | grep -q 'ip saddr 127.0.0.0/8 drop'
}

@test "a taken port is refused by name, before anything is made" {
	begin "$NAME" -p 8080:80
	refuses "cannot publish '8080:81': the host's port is taken (--publish)" \
		-p 8079:80 -p 8080:81 --rootfs "$BUSYBOX" true
	((status == 125))
	"$hello" 8090 3>&- &
	pids+=($!)
	says "hello 127.0.0.1" "$hello" 127.0.0.1 8090
	refuses "cannot publish '8090:81/udp'" \
		-p 8090:81/udp --rootfs "$BUSYBOX" true
	refuses "cannot publish '127.0.0.1:8090:81'" \
		-p 127.0.0.1:8089-8091:80-82 --rootfs "$BUSYBOX" true
	refuses "cannot publish '198.51.100.1:80:80' (--publish): Address not available" \
		-p 198.51.100.1:80:80 --rootfs "$BUSYBOX" true
	# And no program can have one that is published.
	run -1 timeout 5 "$hello" 8080
	[[ $output == *"in use"* ]]
	# Several at the same time: one of them.
	local i
	for i in 1 2 3 4; do
		command launch -T -p 8070:80/udp -v "$ready:/mnt" --rootfs "$BUSYBOX" \
			sh -c '>/mnt/won; exec sleep 60' 2>>"$BATS_TEST_TMPDIR/said" 3>&- &
		pids+=($!)
	done
	three_failed() {
		[[ $(grep -c "cannot publish '8070:80/udp'" "$BATS_TEST_TMPDIR/said") == 3 ]]
	}
	eventually three_failed
	eventually test -e "$ready/won"
}

@test "what makes no sense is refused" {
	refuses "cannot publish a port: --publish needs --net nat" \
		--net veth -p 80:80 --rootfs "$BUSYBOX" true
	((status == 2))
	refuses "cannot make two networks: --net nat is given twice" \
		--net nat --net nat --rootfs "$BUSYBOX" true
	local bad
	for bad in '' 80 :80 80: 0:80 80:0 80:65536 80-70:80-90 a:80 80:80/sctp \
		1.2.3:80:80 ::1:80:80 80:80:80:80 -80:80 80-81-82:80; do
		refuses "bad ports '$bad' for --publish (" \
			-p "$bad" --rootfs "$BUSYBOX" true
	done
	refuses "bad ports '80-82:80' for --publish (as many inside as outside)" \
		-p 80-82:80 --rootfs "$BUSYBOX" true
	refuses "bad key 'link' for --net (not for this kind)" \
		--net nat,link=br0 --rootfs "$BUSYBOX" true
}

@test "name, pair, hwaddr and mtu are as asked for" {
	begin "$NAME" --net nat,name=lan0,pair=mine0,hwaddr=02:00:00:12:34:5e,mtu=1400
	[[ $(<"$ready/$NAME.addr") == *"lan0@"*" mtu 1400 "*"02:00:00:12:34:5e"* ]]
	[[ $(ip link show mine0) == *" mtu 1400 "*" master launch0 "* ]]
	refuses "cannot create veth 'mine0'" \
		--net nat,pair=mine0 --rootfs "$BUSYBOX" true
}

@test "a network is taken that nobody uses, and names that nobody has" {
	ip addr add 10.88.0.7/24 dev up0
	ip route add unreachable 10.88.2.0/23
	ip link add launch0 type bridge
	begin "$NAME" --net nat
	ip route add 10.88.1.128/25 via 192.0.2.2 table 99
	[[ $(address_of "$NAME") == 10.88.1.2 ]]
	kill -TERM "$pid"
	wait "$pid" || :
	ip addr add 10.88.4.1/32 dev lo
	begin "$NAME-2" --net nat
	[[ $(address_of "$NAME-2") == 10.88.5.2 ]]
	kill -TERM "$pid"
	wait "$pid" || :
	ip route add 10.0.0.0/8 via 192.0.2.2
	begin "$NAME-3" --net nat
	sed -n 's|.*inet \(172[0-9.]*\)/.*|\1|p' "$ready/$NAME-3.addr" | grep -qx 172.30.0.2
	kill -TERM "$pid"
	wait "$pid" || :
	ip link show launch0 # it was not ours
	ip link del launch0
	ip addr del 10.88.0.7/24 dev up0
	ip addr del 10.88.4.1/32 dev lo
	ip route del unreachable 10.88.2.0/23
	ip route del 10.0.0.0/8
	ip route del 10.88.1.128/25 table 99
}

@test "the last one to go turns forwarding off, if we turned it on" {
	begin "$NAME" --net nat
	begin "$NAME-2" --net nat
	[[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]]
	kill -TERM "$pid"
	wait "$pid" || :
	ip link show launch0
	[[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]]
	kill -TERM "${pids[0]}"
	wait "${pids[0]}" || :
	same_as_before
	echo 1 >/proc/sys/net/ipv4/ip_forward
	must --net nat --rootfs "$BUSYBOX" true
	[[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]]
	echo 0 >/proc/sys/net/ipv4/ip_forward
}

@test "what a launch that was killed leaves behind goes with the next one" {
	begin "$NAME" -p 8080:80
	kill -KILL "$pid"
	wait "$pid" || :
	must --net none --rootfs "$BUSYBOX" sh -c 'sleep 0.2'
	eventually same_as_before
	begin "$NAME" -p 8080:80
	kill -KILL "$pid"
	wait "$pid" || :
	# The port is free, and the other container stays reachable.
	begin "$NAME-2" -p 8080:80
	says "hello 10.88.0.1" "$hello" 127.0.0.1 8080
}

@test "rules that somebody flushes are there again with the next container" {
	begin "$NAME" --net nat
	nft flush ruleset
	begin "$NAME-2" --net nat
	[[ $(nft list ruleset) == *"table ip launch0"* ]]
	ip link del launch0
	begin "$NAME-3" -p 8080:80
	says "hello 192.0.2.2" in_world "$hello" 192.0.2.1 8080
	[[ $(address_of "$NAME-3") == 10.88.0.4 ]]
}

@test "many at once have addresses of their own" {
	local i
	for ((i = 0; i < 12; i++)); do
		command launch -T --net nat --rootfs "$BUSYBOX" sh -c \
			'ip -o addr show eth0; exec sleep 60' >"$ready/$i" 3>&- &
		pids+=($!)
	done
	twelve_addresses() {
		[[ $(cat "$ready"/[0-9]* | grep -o 'inet 10[^ ]*' | sort -u | wc -l) == 12 ]]
	}
	eventually twelve_addresses
}

@test "a container that starts again keeps its port" {
	must -T --restart on-failure:1 -p 8080:80 --rootfs "$BUSYBOX" \
		-v "$ready:/mnt" sh -c '[ -e /mnt/twice ] || { >/mnt/twice; exit 1; }'
	[[ -e $ready/twice ]]
}

@test "the rules can be listed and read back by nft" {
	begin "$NAME" -p 8080:80 -p 127.0.0.1:53:53/udp
	nft list ruleset >"$BATS_TEST_TMPDIR/rules"
	nft -c -f "$BATS_TEST_TMPDIR/rules"
}

@test "no failure at any message or file leaves a trace" {
	requires strace
	sweep_network "socket sendto recvfrom ioctl bind listen setsockopt flock pwrite64 ftruncate" \
		-p 8080:80
}

@test "killed at any moment, it leaves nothing that the next one does not find" {
	requires strace
	local call n
	for call in sendto pwrite64 flock; do
		for ((n = 1; n < 60; n++)); do
			run strace -f -o "$BATS_TEST_TMPDIR/strace" -e trace="$call" \
				-e inject="$call:signal=KILL:when=$n" launch -T \
				--name "$NAME" -p 8080:80 --rootfs "$BUSYBOX" true
			grep -q "killed by SIGKILL" "$BATS_TEST_TMPDIR/strace" || break
			must --rootfs "$BUSYBOX" --net none sh -c 'sleep 0.1'
			eventually same_as_before
		done
		((n > 2))
	done
}
