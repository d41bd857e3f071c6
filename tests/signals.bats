load helpers
load init

teardown() {
	end_init
}

# start_catch [OPTION...] - minit around catch, not as PID 1; sets MINIT.
start_catch() {
	background minit "$@" -- catch
	MINIT=$PROCESS
	eventually said ready
}

# start_catch1 [OPTION...] - the same as PID 1.
start_catch1() {
	background unshare --pid --fork --kill-child --mount-proc minit "$@" -- catch
	eventually said ready
	MINIT=$(child_of "$PROCESS")
}

# send_all - each signal that can be blocked, one by one, and again the last.
send_all() {
	local n
	for ((n = 1; n <= 64; n++)); do
		((n == 9 || n == 19)) && continue
		send $n
	done
	send_raw 64
	ends_with 0
	for ((n = 1; n <= 64; n++)); do
		((n == 9 || n == 19)) || grep -qx $n "$OUT"
	done
}

send_raw() {
	# bash knows 32 and 33 by number, but kill(1) is quicker to read.
	kill "-$1" "$MINIT"
}

send() {
	send_raw "$1"
	eventually grep -qx "$1" "$OUT"
}

@test "all signals reach the command, by number" {
	start_catch
	send_all
}

@test "all signals reach the command, when minit is PID 1" {
	start_catch1
	send_all
}

@test "all signals reach the command's group with -g" {
	start_catch -g
	send_all
}

@test "-r sends another signal, or none" {
	start_catch -r TERM:QUIT -r 12:0 -r SIGRTMIN+3:RTMAX
	kill -USR2 "$MINIT"
	kill -TERM "$MINIT"
	eventually grep -qx 3 "$OUT"
	kill -37 "$MINIT"
	eventually grep -qx 64 "$OUT"
	not grep -qx -e 12 -e 15 -e 37 "$OUT"
}

@test "in a session of its own the command stops by STOP instead of TSTP" {
	background minit -S -- sleep 60
	eventually child_of "$PROCESS" >/dev/null
	local child
	child=$(child_of "$PROCESS")
	kill -TSTP "$PROCESS"
	eventually grep -q '^State:.T' "/proc/$child/status"
	kill -CONT "$PROCESS"
	eventually grep -q '^State:.S' "/proc/$child/status"
}

@test "with -g all of the group get it, without only the command" {
	local script='trap "echo command; exit" TERM
		(trap "echo other; exit" TERM; echo ready; while kill -0 $$ 2>/dev/null; do sleep 0.05; done) &
		while :; do sleep 0.05; done'
	background minit -- sh -c "$script"
	eventually said ready
	kill -TERM "$PROCESS"
	eventually said command
	ends_with 0
	not said other
	background minit -g -- sh -c "$script"
	eventually said ready
	kill -TERM "$PROCESS"
	eventually said other
	eventually said command
}

@test "what is queued beside a signal comes with it" {
	background minit -- catch -c
	eventually said ready
	local n
	for n in 10 40; do
		/bin/kill -q 77 "-$n" "$PROCESS"
		eventually said "$n=77"
	done
}

# The window of tini, dumb-init and catatonit is right behind the clone.
@test "no TERM is lost in 500 tries around the command's start" {
	local option
	for option in -q -g; do
		run window 250 3000 minit $option -- sleep 60
		echo "$option: $output"
		[[ $output == 0 ]]
	done
}

# Whoever starts a PID 1 may do so; before it runs, the kernel would drop them.
@test "what came before minit began, and was blocked, is not lost either" {
	run timeout 30 blocked 15 minit -- sleep 60
	((status == 143))
	run timeout 30 unshare --pid --fork --kill-child blocked 15 minit -- sleep 60
	((status == 143))
}

@test "a command does not inherit that all signals were blocked" {
	run timeout 30 blocked 28 minit -- grep ^SigBlk: /proc/self/status
	[[ $output == *0000000000000000 ]]
}
