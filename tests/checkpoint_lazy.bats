load helpers
load living
load checkpoint

PERSIST=$BUILD/tests/tools/persist_lazy

# filled - all memory is there, or nobody is left.
filled() {
	gone || flock -sn "$LAUNCH_RUNDIR/$NAME/filling" true
}

# result - what it has found, when it has.
result() {
	eventually test -s "$SHARED/result"
	cat "$SHARED/result"
}

# lazily [OPTIONS...] - restored, until it has worked on memory that was not there.
lazily() {
	local round
	touch "$SHARED/go"
	for ((round = 0; round < 50; round++)); do
		rm -f "$SHARED/result" "$SHARED/all"
		again "$@"
		eventually filled
		touch "$SHARED/all"
		echo "result: $(result)"
		eventually gone
		[[ $(result) == late ]] || break
	done
	[[ $(result) == good ]]
}

# is_right MODE - it is, whatever the program does before all is there.
is_right() {
	persist "$@"
	save
	gone
	lazily
}

@test "memory that is touched before it is there is what it was" {
	is_right whole
}

@test "what is given back before it was there is zeroes" {
	is_right given
}

@test "what is moved and enlarged before it was there is what it was, and zeroes" {
	is_right moved
}

@test "what is unmapped before it was there does not come back" {
	is_right unmapped
}

@test "children that are born before all is there have what there was" {
	is_right born
}

@test "threads that want the same at the same time get it" {
	is_right threads
}

@test "what the kernel writes to at the end of a thread is there" {
	is_right ends
}

@test "what is much comes later, what is little or shared at once, or all if that is wanted" {
	persist idle
	save
	gone
	again --eager
	[[ ! -e $LAUNCH_RUNDIR/$NAME/filling ]]
	must checkpoint "$NAME" -D "$IMAGE"
	gone
	again
	[[ -e $LAUNCH_RUNDIR/$NAME/filling ]]
	touch "$SHARED/go" "$SHARED/all"
	[[ $(result) == good ]]
	eventually gone
	rm "$SHARED/go" "$SHARED/result"
	PERSIST=$BUILD/tests/tools/persist persist pipes
	save
	gone
	again
	[[ ! -e $LAUNCH_RUNDIR/$NAME/filling ]]
	refuses "cannot restore: memory comes later or at once (--lazy, --eager)" restore --lazy --eager -D "$IMAGE"
	((status == 2))
}

@test "a kernel that refuses has it read at once, and says so to who wants to know" {
	# only ERRNO [OPTIONS...] - what the launcher alone asks for fails.
	only() {
		run --separate-stderr strace -o "$BATS_TEST_TMPDIR/strace" -e trace=userfaultfd \
			-e inject="userfaultfd:error=$1" launch restore "${@:2}" -D "$IMAGE"
		echo "$stderr"
		((status == 0))
		fault_happened
		[[ ! -e $LAUNCH_RUNDIR/$NAME/filling ]]
	}
	persist idle
	save
	gone
	only EPERM
	[[ -z $stderr ]]
	must checkpoint "$NAME" -D "$IMAGE"
	gone
	only ENOSYS --lazy
	[[ $stderr == "launch: cannot bring memory when it is needed (--lazy), so it is read at once: Function not implemented" ]]
	touch "$SHARED/go" "$SHARED/all"
	[[ $(result) == good ]]
}

@test "where no process may have it later it is there before they go on, and is what was written" {
	local before ticked
	persist idle
	save
	gone
	before=$(traces)
	ticked=$(ticks)
	cp "$IMAGE/pages.img" "$BATS_TEST_TMPDIR/good.img"
	printf x | dd of="$IMAGE/pages.img" bs=1 seek=20000000 conv=notrunc status=none
	refusing -o userfaultfd:EPERM:1+
	was_refused
	((status == 125))
	[[ $stderr == "launch: cannot use the image '$IMAGE': the checksum of its 'pages.img' is wrong" ]]
	eventually same_traces "$before"
	(($(ticks) == ticked))
	cp "$BATS_TEST_TMPDIR/good.img" "$IMAGE/pages.img"
	refusing -o userfaultfd:EPERM:1+ --lazy
	was_refused
	((status == 0))
	[[ ! -e $LAUNCH_RUNDIR/$NAME/filling ]]
	[[ $stderr == "launch: cannot bring memory when it is needed (--lazy): its processes may not use userfaultfd(2)" ]]
	touch "$SHARED/go" "$SHARED/all"
	[[ $(result) == good ]]
	eventually gone
}

@test "where one process may have it later and another may not both have what they had" {
	local one
	# both WHAT TEXT - that is in both files, and no more.
	both() {
		[[ $(cat "$SHARED"/{1,2}/"$1") == "$2"$'\n'"$2" ]]
	}
	install -m 755 "$PERSIST" "$SHARED/persist"
	mkdir -m 777 "$SHARED"/{1,2}
	background -v "$SHARED:/mnt" sh -c 'for i in 1 2; do /mnt/persist idle /mnt/$i & done; wait'
	eventually eval '(($(cat "$SHARED"/{1,2}/ticks | wc -c) > 5))'
	save
	gone
	for one in 1 2 3; do
		rm -f "$SHARED"/{1,2}/{go,all,result}
		refusing -o "userfaultfd:ENOMEM:$one"
		was_refused 3
		((status == 0))
		touch "$SHARED"/{1,2}/{go,all}
		eventually both result good
		eventually gone
	done
}

# foreground MODE - the same as persist, and saved: but what is restored from it stays in
# the foreground, to be seen to the end.
foreground() {
	install -m 755 "$PERSIST" "$SHARED/persist"
	command launch --name "$NAME" --net none --rootfs "$BUSYBOX" -v "$SHARED:/mnt" \
		/mnt/persist "$1" /mnt >/dev/null 2>&1 3>&- &
	eventually moved 2
	save
	wait
}

# stops - the container has gone on, the filler is there, and has a guard: it is stopped.
stops() {
	local pid pids=
	[[ -e $LAUNCH_RUNDIR/$NAME/state ]] || return
	read -r pids <"/proc/$LAUNCHER/task/$LAUNCHER/children" || :
	for pid in $pids; do
		# The other one is in the container.
		[[ /proc/$pid/ns/pid -ef /proc/self/ns/pid ]] || continue
		FILLER=$pid GUARD=
		read -r GUARD <"/proc/$pid/task/$pid/children" || :
		[[ $GUARD ]] && kill -STOP "$pid" && return
	done
	return 1
} 2>/dev/null

is_at_work() {
	[[ $(find "/proc/$FILLER/fd" -lname 'anon_inode:*userfaultfd*') ]]
}

# hold - restored, by LAUNCHER, and the FILLER is stopped before it is done.
hold() {
	local i k
	for ((i = 0; i < 20; i++)); do
		command launch restore --lazy -D "$IMAGE" >"$SHARED/log" 2>&1 3>&- &
		LAUNCHER=$! FILLER=
		# Without a process more: it is done soon.
		for ((k = 0; k < 100000; k++)); do
			! stops || break
		done
		[[ ! $FILLER ]] || ! is_at_work || return 0
		cat "$SHARED/log"
		kill -CONT "$FILLER" || :
		command launch kill "$NAME" || gone
		wait "$LAUNCHER" || :
	done
	return 1
}

# ended STATUS [TEXT] - it has ended so, and has said so.
ended() {
	local status=0
	wait "$LAUNCHER" || status=$?
	cat "$SHARED/log"
	echo "status: $status"
	((status == $1)) && gone && { (($# == 1)) || grep -Fx "launch: $2" "$SHARED/log"; }
}

# has_checked - the guard has seen all of the image.
has_checked() {
	grep -q "^34 " "/proc/$GUARD/syscall"
}

# waits_for_memory - it sleeps, and in no call.
waits_for_memory() {
	local pid
	pid=$(state pid)
	[[ $(cut -d ' ' -f 3 "/proc/$pid/stat") == S && $(cut -d ' ' -f 1 "/proc/$pid/syscall") == -1 ]]
}

@test "when the filler is killed the container is, in one sentence" {
	local before
	before=$(traces)
	foreground idle
	hold
	# It waits for what does not come, and sees no zeroes.
	touch "$SHARED/go" "$SHARED/all"
	eventually waits_for_memory
	kill -KILL "$FILLER"
	ended 137 "cannot go on with '$NAME': who brings its memory was killed"
	[[ ! -e $SHARED/result ]]
	eventually same_traces "$before"
}

@test "so it is when the guard of the filler is killed" {
	foreground idle
	hold
	kill -KILL "$GUARD"
	kill -CONT "$FILLER"
	ended 137 "cannot go on with '$NAME': who brings its memory was killed"
}

@test "an image that cannot be read ends the container" {
	foreground idle
	hold
	eventually has_checked
	truncate -s 1M "$IMAGE/pages.img"
	kill -CONT "$FILLER"
	ended 137 "cannot bring the memory of '$NAME': I/O error"
}

@test "an image that is not what was written ends the container, or is refused" {
	local ticked
	foreground idle
	printf x | dd of="$IMAGE/pages.img" bs=1 seek=20000000 conv=notrunc status=none
	launch restore -D "$IMAGE"
	((status == 137))
	[[ $stderr == *"launch: cannot go on with '$NAME': the checksum of its 'pages.img' is wrong" ]]
	gone
	ticked=$(ticks)
	refuses "the checksum of its 'pages.img' is wrong" restore --eager -D "$IMAGE"
	((status == 125))
	(($(ticks) == ticked))
	gone
}

# memory_of FILE - in the group of the container that limits memory.
memory_of() {
	cat "$(sed -n 's|^cgroup=\(.*/memory/.*\)|\1|p' "$LAUNCH_RUNDIR/$NAME/state")/memory.$1"
}

@test "what is read at once is the container's memory, and who has brought it is gone" {
	requires cgroup1
	local children
	persist idle -m 400M
	save
	gone
	again --eager
	read -r children <"/proc/$(launcher_of)/task/$(launcher_of)/children" || :
	[[ ${children% } == "$(state pid)" ]]
	(($(memory_of usage_in_bytes) > 256 << 20))
	touch "$SHARED/go" "$SHARED/all"
	[[ $(result) == good ]]
}

@test "what is more than the container may have is not read at once" {
	requires cgroup1
	local at before ticked
	persist idle -m 400M
	save
	gone
	before=$(traces)
	at=$(grep -abo 'memory = 400M' "$IMAGE/core.img")
	change_record 1 1 $((${at%%:*} + 9 - 72 - 8)) B 49 # 100M
	ticked=$(ticks)
	refused "cannot restore process 1: it died" "$IMAGE"
	(($(ticks) == ticked))
}

@test "memory that nobody may write to is what it was, at once and later" {
	local how
	persist shut
	save
	gone
	for how in --eager --lazy; do
		rm -f "$SHARED/go" "$SHARED/all" "$SHARED/result"
		again "$how"
		touch "$SHARED/go" "$SHARED/all"
		[[ $(result) == good ]]
		eventually gone
	done
}

@test "who brings it has nothing else, and ends with the container or the work" {
	local before
	before=$(traces)
	foreground idle
	hold
	# Not everywhere root may do this.
	[[ $(<"/proc/$FILLER/oom_score_adj") == \
		$(bash -c 'echo -1000 2>/dev/null >/proc/$$/oom_score_adj; cat /proc/$$/oom_score_adj') ]]
	[[ $(readlink "/proc/$FILLER/cwd") == / ]]
	[[ $(find "/proc/$FILLER/fd" -lname /dev/null | wc -l) == 3 ]]
	ls -l "/proc/$FILLER/fd"
	# The image's two files, one process, the container, the guard, what is said between them, a lock.
	eventually eval '(($(find "/proc/$FILLER/fd" -type l | wc -l) == 3 + 7))'
	kill -CONT "$FILLER"
	eventually filled
	eventually not is_at_work
	eventually not test -e "/proc/$GUARD"
	touch "$SHARED/go" "$SHARED/all"
	[[ $(result) == good ]]
	ended 0
	rm "$SHARED/go"
	hold
	must kill "$NAME"
	kill -CONT "$FILLER"
	ended 137
	not grep cannot "$SHARED/log"
	eventually same_traces "$before"
}

@test "a checkpoint waits until all is there" {
	local options
	foreground idle
	for options in "" --leave-running --pre-dump; do
		hold
		eventually test -e "$LAUNCH_RUNDIR/$NAME/state"
		command launch checkpoint "$NAME" $options -D "$IMAGE/next" >"$SHARED/said" 2>&1 3>&- &
		eventually grep -Fx "launch: '$NAME' is still being restored: waiting for the rest of its memory" "$SHARED/said"
		[[ ! -e $IMAGE/next/core.img ]]
		kill -CONT "$FILLER"
		wait $!
		[[ -z $options ]] || must kill "$NAME"
		ended 137
		(($(cat "$IMAGE/next/"pages*.img | wc -c) > 256 << 20))
		rm "$IMAGE"/*.img
		mv "$IMAGE/next/"* "$IMAGE"
	done
	touch "$SHARED/go" "$SHARED/all"
	again
	[[ $(result) == good ]]
}

@test "one image goes on twice at once" {
	local name
	persist idle
	save
	gone
	for name in "$NAME" "$NAME-2"; do
		must restore --lazy --name "$name" -D "$IMAGE"
		command launch wait "$name" 3>&- &
	done
	touch "$SHARED/go" "$SHARED/all"
	# Each says by its status, too, whether all is as it was.
	wait %1
	wait %2
	[[ $(result) == good ]]
}

@test "what comes as a stream is brought, too" {
	persist idle
	command launch checkpoint "$NAME" --stream 2>/dev/null >"$BATS_TEST_TMPDIR/stream"
	gone
	touch "$SHARED/go" "$SHARED/all"
	must restore - <"$BATS_TEST_TMPDIR/stream"
	[[ $(result) == good ]]
	eventually gone
}
