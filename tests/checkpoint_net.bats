load helpers
load living
load checkpoint

PERSIST=$BUILD/tests/tools/persist_net

@test "pairs of unix sockets keep what waits in both of them" {
	survives pairs
}

@test "a unix socket keeps more than fits into a pipe" {
	survives large
}

@test "unix sockets with names keep them, who has come, and who waits to be let in" {
	survives names
}

@test "datagrams that wait are still from who has sent them" {
	survives datagrams
}

@test "files that are on their way in a message arrive" {
	survives passed
}

@test "who has sent a message is told as before" {
	survives credentials
}

@test "a socket whose other half is outside is refused by who has that" {
	local pid
	"$PERSIST" half "$SHARED" 3>&- &
	pid=$!
	eventually test -S "$SHARED/half"
	persist other_half
	launch checkpoint --check "$NAME"
	((status == 125))
	[[ $output == "process 1 (persist): fd "*" is a unix socket whose other half is outside: process $pid (persist_net) has it, as '$SHARED/half' (--ext-unix)" ]]
	refuses "is a unix socket whose other half is outside: process $pid (persist_net) has it" \
		checkpoint "$NAME" -D "$IMAGE"
	refuses "process $pid (persist_net) has it" checkpoint "$NAME" -D "$IMAGE" --ext-unix=refuse
	kept
	kill "$pid"
}

@test "--ext-unix close: a half whose other one is outside is as if that had ended" {
	local pid
	"$PERSIST" outside "$SHARED" 3>&- &
	pid=$!
	eventually test -S "$SHARED/late"
	persist cut -v "$SHARED/log:/dev/log:create"
	launch checkpoint --check "$NAME"
	((status == 125))
	for socket in log packets stream; do
		grep -F "process $pid (persist_net) has it, as '$SHARED/$socket' (--ext-unix)" <<<"$output"
	done
	grep -F "nobody has it, as '$SHARED/late' (--ext-unix)" <<<"$output"
	(($(wc -l <<<"$output") == 7))
	must checkpoint --check "$NAME" --ext-unix close
	[[ ! $output ]]
	must checkpoint "$NAME" -D "$IMAGE" --ext-unix close --leave-running
	save --ext-unix=close
	again
	eventually moved "$(ticks)"
	save
	again
	kept
	kill "$pid"
	refuses "bad value 'cut' for --ext-unix (close, refuse)" checkpoint "$NAME" -D "$IMAGE" --ext-unix cut
}

@test "what was sent to who has not accepted yet is refused" {
	persist impatient
	launch checkpoint --check "$NAME"
	((status == 125))
	refuses "has sent something to a unix socket that is not accepted yet" checkpoint "$NAME" -D "$IMAGE"
	kept
}

@test "who listens is found, with options and backlog" {
	survives listeners
}

@test "sockets that send packets keep ports, options, filters and groups" {
	survives packets
}

@test "netlink that has a memory is refused by name" {
	persist audit
	refuses "is a netlink socket (netfilter)" checkpoint "$NAME" -D "$IMAGE"
	kept
}

@test "connections to oneself go on" {
	survives loops
}

# connected SCRIPT - python on the host's side, which has "s", a connection to the
# container's port 700; it says by $SHARED/step N that it has come so far.
connected() {
	cat >"$SHARED/client.py" <<-'EOF'
		import hashlib, os, socket, sys, threading, time
		shared = sys.argv[1]
		def step(name, text=""):
		    with open(shared + "/." + name, "w") as f:
		        f.write(text)
		    os.rename(shared + "/." + name, shared + "/" + name)
		def wait(name):
		    while not os.path.exists(shared + "/" + name):
		        time.sleep(0.01)
		s = socket.create_connection((sys.argv[2], 700), 10)
		s.settimeout(40)
	EOF
	printf '%s\n' "$1" >>"$SHARED/client.py"
	timeout 60 python3 "$SHARED/client.py" "$SHARED" "${2:-10.9.0.2}" >"$SHARED/client.log" 2>&1 3>&- &
	client=$!
}

# wired [OPTIONS] - the echo, with a veth.
wired() {
	install -m 755 "$PERSIST" "$SHARED/persist"
	must -d --name "$NAME" --net "${1:-veth,ipv4=10.9.0.2/24,ipv6=fd09::2/64,gw=10.9.0.1}" --rootfs "$BUSYBOX" \
		-v "$SHARED:/mnt" /mnt/persist echo /mnt
	eventually moved 2
}

talk='
s.sendall(b"one"); assert s.recv(9) == b"one"
step("talked"); wait("restored")
s.sendall(b"two"); assert s.recv(9) == b"two"
step("done")'

@test "a connection goes on with --tcp-established" {
	wired
	connected "$talk"
	eventually test -e "$SHARED/talked"
	refuses "is a connection to 10.9.0.1:" checkpoint "$NAME" -D "$IMAGE"
	save --tcp-established
	again
	touch "$SHARED/restored"
	eventually test -e "$SHARED/done"
	wait "$client"
	# The one who listens has a next guest.
	rm "$SHARED"/{talked,done}
	connected "$talk"
	wait "$client"
}

@test "10 MB arrive as they were sent, with two checkpoints on the way" {
	wired
	connected '
data = os.urandom(10 << 20)
def send():
    for i in range(0, len(data), 65536):
        s.sendall(data[i:i + 65536]); time.sleep(0.005)
thread = threading.Thread(target=send); thread.start()
got = bytearray()
while len(got) < len(data):
    more = s.recv(65536)
    assert more
    got += more
    if len(got) > 1 << 20 and not os.path.exists(shared + "/talked"): step("talked")
thread.join()
step("sums", hashlib.md5(data).hexdigest() + " " + hashlib.md5(got).hexdigest() + "\n")'
	eventually test -e "$SHARED/talked"
	save --tcp-established
	again
	eventually moved "$(ticks)"
	save --tcp-established
	again
	wait "$client" || cat "$SHARED/client.log"
	cat "$SHARED/sums"
	read -r sent got <"$SHARED/sums"
	[[ $sent == "$got" ]]
}

@test "with --leave-running a connection is left alone" {
	wired
	connected "$talk"
	eventually test -e "$SHARED/talked"
	save --tcp-established --leave-running
	touch "$SHARED/restored"
	eventually test -e "$SHARED/done"
	wait "$client"
}

@test "--tcp-close resets connections, and both ends are told" {
	wired
	connected '
s.sendall(b"one"); assert s.recv(9) == b"one"
step("talked")
try:
    s.recv(9); step("end", "eof")
except ConnectionResetError: step("end.client", "reset")'
	eventually test -e "$SHARED/talked"
	save --tcp-close
	eventually test -e "$SHARED/end.client"
	[[ $(<"$SHARED/end.client") == reset ]]
	again
	eventually test -s "$SHARED/end"
	eventually grep -q '^0 0' "$SHARED/end"
	[[ $(<"$SHARED/end") == "-1 104"$'\n'"0 0" ]]
	refuses "cannot checkpoint '$NAME': connections are kept or reset (--tcp-established, --tcp-close)" checkpoint "$NAME" -D "$IMAGE" --tcp-close --tcp-established
}

# network - as it is inside, but for what changes by itself.
network() {
	local command
	for command in '-d link' addr 'route show table all' '-6 route show table all'; do
		# Of the words, as they are.
		# shellcheck disable=SC2086
		nsenter -t "$(state pid)" --net ip $command
	done | sed 's/ promiscuity.*//; s/@if[0-9]*//; s/ qlen.*//; s/link-netnsid [0-9]*//; s/ pref medium//; s/state [A-Z]*//; /valid_lft/d' |
		grep -v 'fe80:\|ff00:' | sort
}

# inside_net COMMAND... - with the host's programs.
inside_net() {
	nsenter -t "$(state pid)" --net "$@"
}

# settled - no address waits for somebody else to have it.
settled() {
	[[ $(inside_net ip addr) != *tentative* ]]
}

# same_network NET [CHANGE] - before and after.
same_network() {
	local before
	must -d --name "$NAME" --net "$1" --rootfs "$BUSYBOX" sleep 1000
	inside_net sh -c "${2:-:}"
	eventually settled
	before=$(network)
	save
	again
	eventually settled
	diff <(echo "$before") <(network)
}

@test "a veth is the same as before, with what was changed inside" {
	same_network veth,ipv4=10.9.0.2/24,ipv6=fd09::2/64,gw=10.9.0.1 '
		ip link add x0 type veth peer x1; ip link del x0
		ip addr add 10.9.0.77/24 dev eth0; ip addr add 10.66.0.1/16 dev eth0; ip addr del 10.9.0.2/24 dev eth0
		ip addr add 127.9.9.9/8 dev lo; ip -6 addr add fd66::1/64 dev eth0
		ip route del default; ip route add 10.55.0.0/16 via 10.66.0.9 metric 7; ip route add blackhole 10.56.0.0/16'
	[[ $(network) == *10.66.0.1/16* && $(network) == *"10.55.0.0/16 via 10.66.0.9"* && $(network) != *10.9.0.2/* ]]
}

@test "an index that a new network would not give is given again" {
	# The two of before have taken those that come first.
	must -d --name "$NAME" --net veth,name=one0 --net veth,name=two0 --rootfs "$BUSYBOX" sleep 1000
	before=$(network)
	save
	python3 - "$IMAGE/core.img" <<-'EOF'
		import struct, sys
		data = bytearray(open(sys.argv[1], "rb").read())
		at = 72
		for name, index in (b"one0", 2), (b"two0", 3):
		    at = data.index(name + bytes(12)) - 16
		    assert struct.unpack_from("I", data, at)[0] == index
		    struct.pack_into("I", data, at, index + 40)
		a = b = 0
		for number, (word,) in enumerate(struct.iter_unpack("Q", data[72:]), 1):
		    a = (a + word) % 2**64
		    b = (b + word * number) % 2**64
		struct.pack_into("Q", data, 24, a ^ (b << 32 | b >> 32) % 2**64)
		open(sys.argv[1], "wb").write(data)
	EOF
	again
	inside_net ip link
	[[ $(inside_net ip -o link show one0) == 42:* && $(inside_net ip -o link show two0) == 43:* ]]
}

@test "a numbered veth gets its number again, or none" {
	command launch -T --name "$NAME-first" --net veth --rootfs "$BUSYBOX" sleep 1000 3>&- &
	eventually has_state running "$NAME-first"
	same_network veth
	save
	# Now somebody else has it.
	must -d --name "$NAME-other" --net veth --rootfs "$BUSYBOX" sleep 1000
	refuses "cannot give 'eth0' its address '169.254." restore -D "$IMAGE"
	((status == 125))
	must stop "$NAME-first"
	refuses "again: it is taken" restore -D "$IMAGE"
	must stop "$NAME-other"
	again
}

@test "a port of a bridge, a macvlan and nat are the same as before" {
	requires nft
	ip link add br8 type bridge
	ip addr add 10.8.0.1/24 dev br8
	ip link set br8 up
	same_network veth,link=br8,ipv4=10.8.0.2/24,gw=auto
	inside_net ping -c 1 -W 10 10.8.0.1
	must stop "$NAME"
	ip link add p0 type veth peer p1
	ip link set p0 up
	ip link set p1 up
	same_network macvlan,link=p0,mode=bridge,ipv4=10.7.0.2/24
	must stop "$NAME"
	must -d --name "$NAME-first" --net nat --rootfs "$BUSYBOX" sleep 1000
	same_network nat
	save
	must stop "$NAME-first"
	again
	must stop "$NAME"
	ip link del br8
	ip link del p0
}

@test "a name that the host has is taken, and a link made inside is refused" {
	must -d --name "$NAME" --net veth,ipv4=10.9.0.2/24,gw=10.9.0.1,pair=mine --rootfs "$BUSYBOX" sleep 1000
	inside_net ip link add own type bridge
	inside_net ip link set own up
	refuses "it has made the link 'own' (bridge)" checkpoint "$NAME" -D "$IMAGE"
	inside_net ip link del own
	ip link add plug type veth peer name socket
	must device add "$NAME" plug
	refuses "cannot checkpoint '$NAME': 'plug' is plugged into it (launch device del)" \
		checkpoint "$NAME" -D "$IMAGE"
	must device del "$NAME" plug
	ip link del plug
	save
	ip link add mine type bridge
	refuses "the host has a link of that name already" restore -D "$IMAGE"
	((status == 125))
	ip link del mine
	again
}
