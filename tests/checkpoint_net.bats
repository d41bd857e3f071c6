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
	[[ $output == "process 1 (persist): fd "*" is a unix socket whose other half is outside: process $pid (persist_net) has it" ]]
	refuses "is a unix socket whose other half is outside: process $pid (persist_net) has it" \
		checkpoint "$NAME" -D "$IMAGE"
	kept
	kill "$pid"
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
	wait "$client"
	cat "$SHARED/client.log" "$SHARED/sums"
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
	refuses "either --tcp-established or --tcp-close" checkpoint "$NAME" -D "$IMAGE" --tcp-close --tcp-established
}
