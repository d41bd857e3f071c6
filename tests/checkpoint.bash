# checkpoint.bash - helpers for tests of checkpoint and restore

setup() {
	requires root
	IMAGE=$BATS_TEST_TMPDIR/image
	SHARED=$BATS_TEST_TMPDIR/shared
	mkdir -m 777 "$SHARED"
	# What programs leave in it is no business of other tests.
	copy_root "$BATS_TEST_TMPDIR/busybox"
	BUSYBOX=$BATS_TEST_TMPDIR/busybox
	[[ ! ${DEBIAN:-} || -x $DEBIAN/usr/bin/redis-server ]] ||
		skip "needs $DEBIAN; was there a network?"
}

teardown() {
	end_all
}

# save, again - there and back.
save() {
	must checkpoint "$NAME" -D "$IMAGE" "$@"
}

again() {
	must restore -D "$IMAGE" "$@"
}

# inside COMMAND... - as "launch exec", for its output alone.
inside() {
	command launch exec -T "$NAME" "$@"
}

# refused TEXT DIR - one line, and nothing is left of it: traces are those "before".
refused() {
	refuses "$1" restore --eager -D "$2"
	((status == 125))
	[[ $(wc -l <<<"$stderr") == 1 ]]
	eventually same_traces "$before"
}

# refusing [-o] CALL[,CALL...]:ERRNO[:N[+]] [OPTIONS...] - restored, while that fails:
# see tests/tools/refuse.c.  Whatever happens, it does not take long.
refusing() {
	local how=(-c "$BATS_TEST_TMPDIR/count")
	[[ $1 != -o ]] || {
		how+=(-o)
		shift
	}
	run --separate-stderr timeout 15 "$BUILD/tests/tools/refuse" "${how[@]}" "$1" \
		"$BUILD/launch" restore -D "$IMAGE" "${@:2}"
	printf '$ refusing %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

# was_refused [N] - so many calls were made.
was_refused() {
	(($(<"$BATS_TEST_TMPDIR/count") >= ${1:-1}))
}

# processes - how they hang together.  But for who looks.
processes() {
	inside ps -o pid,ppid,pgid,sid,stat,args | grep -v ' ps -o ' | sed 's/ *$//'
}

# runs TEXT - a process with that in its command.
runs() {
	processes | grep -v 'sh -c' | grep -qF -- "$1"
}

# ticks - how often it has come round.
ticks() {
	wc -c <"$SHARED/ticks"
}

moved() {
	(($(ticks) > $1))
}

# persist MODE [OPTIONS...] - a container with something to be kept.
persist() {
	local mode=$1
	shift
	install -m 755 "${PERSIST:-$BUILD/tests/tools/persist}" "$SHARED/persist"
	background -v "$SHARED:/mnt" "$@" /mnt/persist "$mode" /mnt
	eventually moved 2
}

# nobody_held - no process is traced or stopped.
nobody_held() {
	local pid
	for pid in $(command launch exec -T "$NAME" sh -c 'cat /proc/[0-9]*/status' |
		sed -n 's/^State:[[:space:]]*\([tT]\).*/\1/p; s/^TracerPid:[[:space:]]*\([1-9]\)/\1/p'); do
		echo "held: $pid"
		return 1
	done
}

# kept - it ticks on, and at the end all is as it was.
kept() {
	eventually moved "$(ticks)"
	touch "$SHARED/go"
	eventually test -s "$SHARED/result"
	echo "result: $(<"$SHARED/result")"
	[[ $(<"$SHARED/result") == good ]]
}

# twice - two generations, and at the end all is as it was.
twice() {
	save
	gone
	again
	eventually moved "$(ticks)"
	save
	again
	kept
}

# survives MODE [OPTIONS...] - the same of a program with something to be kept.
survives() {
	persist "$@"
	twice
}

# change_record TYPE NTH OFFSET FORMAT VALUE - in the image, which stays whole.
change_record() {
	python3 - "$IMAGE/core.img" "$@" <<-'EOF'
		import struct, sys
		path, kind, nth, offset, form, value = sys.argv[1:]
		data = bytearray(open(path, "rb").read())
		at, seen = 72, 0
		while at < len(data):
		    this, size = struct.unpack_from("II", data, at)
		    if this == int(kind):
		        seen += 1
		        if seen == int(nth):
		            struct.pack_into(form, data, at + 8 + int(offset), int(value))
		    at += 8 + (size + 7 & ~7)
		a = b = 0
		for number, (word,) in enumerate(struct.iter_unpack("Q", data[72:]), 1):
		    a = (a + word) % 2**64
		    b = (b + word * number) % 2**64
		struct.pack_into("Q", data, 24, a ^ (b << 32 | b >> 32) % 2**64)
		open(path, "wb").write(data)
	EOF
}
