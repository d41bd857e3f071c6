load helpers
load living
load checkpoint

# Programs as they are in use: of glibc, linked dynamically, an interpreter, a
# database; and who launch itself is.

setup_file() {
	export DEBIAN=$BUILD/tests/debian
}

background() {
	must -d --name "$NAME" --net none --rootfs "${DEBIAN_ROOT:-$DEBIAN}" "$@"
}

@test "threads of a dynamic program keep their locks and what is theirs" {
	requires gcc
	gcc -O1 -o "$BATS_TEST_TMPDIR/persist" "$ROOT/tests/tools/persist.c" -lpthread
	PERSIST=$BATS_TEST_TMPDIR/persist survives threads
}

@test "a dynamic program's calls go on waiting, as a plain user" {
	requires gcc
	gcc -O1 -o "$BATS_TEST_TMPDIR/persist" "$ROOT/tests/tools/persist.c" -lpthread
	PERSIST=$BATS_TEST_TMPDIR/persist survives calls -u 1000:1000
}

@test "python goes on: threads, generators, files and a random sequence" {
	cat >"$SHARED/program.py" <<-'END'
		import os, random, threading, time

		def count():
		    n = 0
		    while True:
		        n += 1
		        yield n

		random.seed(7)
		expected = [random.random() for _ in range(1000)]
		random.seed(7)
		numbers, lock, seen = count(), threading.Lock(), []
		notes = open("/tmp/notes", "w+")

		def work(own):
		    while not os.path.exists("/mnt/go"):
		        with lock:
		            seen.append((own, next(numbers)))
		        time.sleep(0.01)

		threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
		for t in threads:
		    t.start()
		got = []
		while not os.path.exists("/mnt/go"):
		    got.append(random.random())
		    notes.write("%r\n" % got[-1])
		    with open("/mnt/ticks", "a") as ticks:
		        ticks.write(".")
		    time.sleep(0.01)
		for t in threads:
		    t.join()
		notes.flush()
		notes.seek(0)
		good = (got == expected[:len(got)] and
		        [n for _, n in seen] == list(range(1, len(seen) + 1)) and
		        len({own for own, _ in seen}) == 3 and
		        [float(line) for line in notes] == got)
		open("/mnt/result", "w").write("good" if good else repr(got))
	END
	background -v "$SHARED:/mnt" --tmpfs /tmp /usr/bin/python3 /mnt/program.py
	eventually moved 5
	twice
}

@test "redis keeps what it has been told" {
	redis() {
		inside redis-cli -s /tmp/redis.sock "$@"
	}
	answers() {
		[[ $(redis ping) == PONG ]]
	}
	background --tmpfs /tmp -w /tmp /usr/bin/redis-server --port 0 --unixsocket /tmp/redis.sock --save ''
	eventually answers
	redis set key value
	redis rpush list 1 2 3
	redis set soon gone ex 1000
	save
	gone
	again
	eventually answers
	[[ $(redis get key) == value ]]
	[[ $(redis lrange list 0 -1) == $'1\n2\n3' ]]
	(($(redis ttl soon) > 900))
	redis debug digest
	save
	again
	eventually answers
	[[ $(redis incr counter) == 1 ]]
	must stop "$NAME"
}

@test "redis goes on talking to who has connected from outside, twice" {
	local m s round reply
	# tell FD WORDS... - as people talk to it.
	tell() {
		printf '%s\r\n' "${*:2}" >&"$1"
	}
	# answers FD LINES... - these lines come.
	answers() {
		local line
		for line in "${@:2}"; do
			read -rt 30 -u "$1" reply
			echo "$reply"
			[[ ${reply%$'\r'} == "$line" ]]
		done
	}
	listens() {
		[[ $(inside redis-cli ping) == PONG ]]
	}
	must -d --name "$NAME" --net veth,ipv4=10.9.0.2/24,gw=10.9.0.1 --rootfs "$DEBIAN" --tmpfs /tmp \
		-w /tmp /usr/bin/redis-server --bind 0.0.0.0 --protected-mode no --save ''
	eventually listens
	exec {m}<>/dev/tcp/10.9.0.2/6379 {s}<>/dev/tcp/10.9.0.2/6379
	tell "$m" MULTI
	answers "$m" +OK
	tell "$m" INCR counter
	answers "$m" +QUEUED
	tell "$s" SUBSCRIBE news
	answers "$s" '*3' '$9' subscribe '$4' news :1
	for round in 1 2; do
		refuses "is a connection to 10.9.0.1:" checkpoint "$NAME" -D "$IMAGE"
		save --tcp-established
		gone
		# What is said meanwhile arrives, too.
		tell "$m" INCR counter
		again
		answers "$m" +QUEUED
		[[ $(inside redis-cli publish news "round-$round") == 1 ]]
		answers "$s" '*3' '$7' message '$4' news '$7' "round-$round"
	done
	[[ -z $(inside redis-cli get counter) ]]
	tell "$m" EXEC
	answers "$m" '*3' :1 :2 :3
	[[ $(inside redis-cli get counter) == 3 ]]
	exec {m}>&- {s}>&-
	must stop "$NAME"
}

@test "a launch that is in a chroot itself saves and restores" {
	local jail=$BATS_TEST_TMPDIR/jail
	mkdir -p "$jail"/{proc,sys,dev,run,tmp,root,bin,shared,image} "$BATS_TEST_TMPDIR/bin"
	cp "$BUILD/launch" "$jail/bin/launch"
	cp -a "$BUSYBOX/." "$jail/root"
	cp "$BUILD/tests/tools/persist" "$jail/shared"
	chmod 777 "$jail/shared"
	# Each in mounts of its own: none is there when the directory is removed.
	cat >"$BATS_TEST_TMPDIR/bin/launch" <<-END
		#!/bin/sh
		exec unshare -m sh -c '
			cd $jail && mount --bind . . && cd $jail && mount -t proc proc proc &&
			mount --rbind /sys sys && mount --rbind /dev dev &&
			exec env LAUNCH_RUNDIR=/run/launch chroot . /bin/launch "\$@"' launch "\$@"
	END
	chmod 755 "$BATS_TEST_TMPDIR/bin/launch"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	SHARED=$jail/shared
	must -d --name "$NAME" --net none --rootfs /root -v /shared:/mnt /mnt/persist sharing /mnt
	eventually moved 2
	must checkpoint "$NAME" -D /image
	must restore -D /image
	eventually moved "$(ticks)"
	kept
	launch stop "$NAME" || :
}
