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
