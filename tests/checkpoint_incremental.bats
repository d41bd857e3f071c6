load helpers
load living
load checkpoint

PERSIST=$BUILD/tests/tools/persist_memory

# step NUMBER - the program changes its memory.
step() {
	touch "$SHARED/step$1"
	eventually test -e "$SHARED/done$1"
}

# saved NUMBER [OPTIONS...] - the image of that number, which builds on the one before.
saved() {
	local number=$1
	shift
	(($number == 1)) || set -- --parent "$IMAGE/$((number - 1))" "$@"
	must checkpoint "$NAME" -D "$IMAGE/$number" "$@"
}

# changes MODE [OPTIONS...] - a chain of three images, between which memory changes;
# restored from it, at once and lazily, it holds what it should.
changes() {
	mkdir -p "$IMAGE"
	persist "$@"
	saved 1 --pre-dump
	step 1
	saved 2 --pre-dump
	step 2
	saved 3
	gone
	for how in --eager --lazy; do
		rm -f "$SHARED/result" "$SHARED/go"
		must restore $how -D "$IMAGE/3"
		kept
		eventually gone
	done
}

# kibibytes NUMBER - that are in the image.
kibibytes() {
	du -sk "$IMAGE/$1" | cut -f 1
}

keeper() {
	cut -d ' ' -f 2 "$LAUNCH_RUNDIR/$NAME/tracked"
}

@test "what is written between images is in the next one, and no more than that" {
	changes some
	# 32 MB, of which each step changes a 64th, and the heap and the stack.
	(($(kibibytes 1) > 32768))
	(($(kibibytes 2) * 10 < $(kibibytes 1) && $(kibibytes 3) * 10 < $(kibibytes 1)))
	must inspect "$IMAGE/3/"
	[[ $(json 'len(j[0]["parents"])') == 2 ]]
	[[ $(json 'j[0]["parents"][0]["path"]') == ../2 ]]
	[[ $(json 'j[0]["parents"][1]["path"]') == ../1 ]]
	(($(json 'j[0]["processes"][0]["memory"]') > 32 << 20))
}

@test "what is unmapped, and mapped again at the same place, is what it is now" {
	changes mappings
}

@test "what is given back is zeroes" {
	changes given
}

@test "what is moved and what grows is what it is now" {
	changes moved
}

@test "shared memory, with a file and without, is written whole" {
	changes shared
}

@test "of huge pages what has changed is, too" {
	changes huge
}

@test "children that are born between have what they have" {
	changes births
}

@test "processes that share memory, born between, have all of it" {
	changes sharers
}

@test "a program that is executed between has nothing of the one before" {
	changes execs
	# But the new one is tracked from then on.
	(($(kibibytes 3) * 4 < $(kibibytes 2)))
}

@test "protected memory is not lost" {
	changes protection
}

# The threads of newer glibcs have them below their stacks.
@test "pages that nobody may touch are such pages again" {
	changes guards
	(($(kibibytes 3) * 10 < $(kibibytes 1)))
}

@test "so they are in an image that builds on no other" {
	persist guards
	step 1
	step 2
	save
	again
	kept
}

@test "a plain user without powers is tracked behind a filter that knows no userfaultfd" {
	install -m 755 "$PERSIST" "$BATS_TEST_TMPDIR/busybox/bin/persist"
	changes some --user 1000 --seccomp default
	(($(kibibytes 3) * 10 < $(kibibytes 1)))
}

@test "a chain under one that never stops writing is of one moment each" {
	local i
	mkdir "$IMAGE"
	PERSIST=$BUILD/tests/tools/persist persist waves
	for i in 1 2 3 4; do
		saved "$i" --pre-dump
		eventually moved "$(ticks)"
	done
	saved 5
	must restore -D "$IMAGE/5"
	kept
}

@test "a chain that is moved as a whole is found, and others can build on any of it" {
	mkdir "$IMAGE"
	persist mappings
	saved 1 --pre-dump
	step 1
	must checkpoint "$NAME" --parent "$IMAGE/1" --leave-running -D "$IMAGE/a"
	step 2
	must checkpoint "$NAME" --parent "$IMAGE/1" --leave-running -D "$IMAGE/b"
	saved 2
	gone
	mv "$IMAGE" "$IMAGE-moved"
	must restore -D "$IMAGE-moved/b"
	kept
	eventually gone
	rm "$SHARED/result" "$SHARED/go"
	must restore -D "$IMAGE-moved/2"
	kept
}

@test "what has ended the container, or its keeper, leaves nothing" {
	local pid before
	mkdir "$IMAGE"
	before=$(traces)
	persist some
	saved 1 --pre-dump
	pid=$(keeper)
	[[ $(find "/proc/$pid/fd" -lname 'anon_inode:*userfaultfd*' | wc -l) == 1 ]]
	[[ $(find "/proc/$pid/fd" -lname /dev/null | wc -l) == 3 ]]
	[[ $(find "/proc/$pid/fd" -type l | wc -l) == 5 ]]
	# In the container there is none, nor anything else.
	[[ -z $(find "/proc/$(state pid)/fd" -lname '*userfaultfd*') ]]
	step 1
	saved 2 --pre-dump
	eventually not test -e "/proc/$pid"
	pid=$(keeper)
	must kill "$NAME"
	eventually gone
	eventually not test -e "/proc/$pid"
	eventually same_traces "$before"
}

@test "what is not tracked since a parent is refused, and can be tracked anew" {
	mkdir "$IMAGE"
	persist some
	must checkpoint "$NAME" -D "$IMAGE/0" --leave-running
	refuses "the memory of '$NAME' is not tracked since then (checkpoint --pre-dump)" \
		checkpoint "$NAME" --parent "$IMAGE/0" -D "$IMAGE/2"
	saved 1 --pre-dump
	kill -KILL "$(keeper)"
	refuses "is not tracked since then" checkpoint "$NAME" --parent "$IMAGE/1" -D "$IMAGE/2"
	[[ ! -e $IMAGE/2/core.img ]]
	saved 1 --pre-dump
	step 1
	saved 2 --pre-dump
	refuses "is not tracked since then" checkpoint "$NAME" --parent "$IMAGE/1" -D "$IMAGE/3"
	step 2
	saved 3
	must restore -D "$IMAGE/3"
	kept
}

@test "a parent that is missing, changed or another one is refused in one line" {
	local before
	mkdir "$IMAGE"
	persist some
	before=$(traces)
	refuses "cannot open the image '$IMAGE/1' (--parent): No such file or directory" \
		checkpoint "$NAME" --parent "$IMAGE/1" -D "$IMAGE/2"
	saved 1 --pre-dump
	refuses "cannot write to '$IMAGE/1': it is built on (--dir, --parent)" \
		checkpoint "$NAME" --parent "$IMAGE/1" -D "$IMAGE/1"
	saved 2 --pre-dump
	refuses "cannot write to '$IMAGE/1': it is built on (--dir, --parent)" \
		checkpoint "$NAME" --parent "$IMAGE/2" -D "$IMAGE/1"
	mv "$IMAGE/1" "$IMAGE/x"
	refuses "cannot open '$IMAGE/2/../1', which the image '$IMAGE/2' builds on: No such file or directory" \
		checkpoint "$NAME" --parent "$IMAGE/2" -D "$IMAGE/3"
	mv "$IMAGE/x" "$IMAGE/1"
	saved 3
	gone
	before=$(traces)
	fresh() {
		rm -rf "$IMAGE/1"
		cp -a "$IMAGE/kept" "$IMAGE/1"
	}
	cp -a "$IMAGE/1" "$IMAGE/kept"
	rm "$IMAGE/1/pages.img"
	refused "cannot open '$IMAGE/3/../1', which the image '$IMAGE/3' builds on" "$IMAGE/3"
	fresh
	printf x | dd of="$IMAGE/1/pages.img" bs=1 seek=5000 conv=notrunc status=none
	refused "the checksum of its 'pages.img' is wrong" "$IMAGE/3"
	fresh
	rm "$IMAGE/1/pages-2.img"
	refused "cannot open '$IMAGE/3/../1', which the image '$IMAGE/3' builds on" "$IMAGE/3"
	fresh
	printf x | dd of="$IMAGE/1/pages-2.img" bs=1 seek=5000 conv=notrunc status=none
	refused "cannot use the image '$IMAGE/3/../1': the checksum of its 'pages-2.img' is wrong" "$IMAGE/3"
	fresh
	truncate -s +4096 "$IMAGE/1/pages-2.img"
	refused "which it builds on, is another one now" "$IMAGE/3"
	fresh
	truncate -s -4096 "$IMAGE/1/pages.img"
	refused "which it builds on, is another one now" "$IMAGE/3"
	fresh
	cp "$IMAGE/2/"*.img "$IMAGE/1"
	refused "which it builds on, is another one now" "$IMAGE/3"
	fresh
	must restore -D "$IMAGE/3"
}

@test "a stream has no parents" {
	mkdir "$IMAGE"
	persist some
	run --separate-stderr bash -c 'launch checkpoint "$1" --stream --pre-dump | cat; exit "${PIPESTATUS[0]}"' - "$NAME"
	((status == 2))
	[[ $stderr == "launch: cannot checkpoint '$NAME': a stream has no parent, and is none (--stream, --parent, --pre-dump)" ]]
	saved 1 --pre-dump
	run --separate-stderr bash -c 'launch checkpoint "$1" --stream --parent "$2" | cat; exit "${PIPESTATUS[0]}"' - "$NAME" "$IMAGE/1"
	((status == 2))
}

@test "much memory is in two files, each of which has to be what it was" {
	# both_write - each takes what it can get: on a busy machine one may get all.
	both_write() {
		must checkpoint "$NAME" -D "$IMAGE" --leave-running
		(($(stat -c %s "$IMAGE/pages.img") > 1 << 20 && $(stat -c %s "$IMAGE/pages-2.img") > 1 << 20))
	}
	persist some
	eventually both_write
	must kill "$NAME"
	eventually gone
	must inspect "$IMAGE/"
	[[ $(json 'j[0]["pages_bytes"]') == $(cat "$IMAGE"/pages*.img | wc -c) ]]
	cp "$IMAGE/pages-2.img" "$BATS_TEST_TMPDIR/kept"
	# refused TEXT - as the image is now.
	refused() {
		refuses "$1" restore --eager -D "$IMAGE"
		((status == 125))
		[[ $(wc -l <<<"$stderr") == 1 ]]
		rm -f "$IMAGE/pages-2.img"
		cp "$BATS_TEST_TMPDIR/kept" "$IMAGE/pages-2.img"
	}
	printf x | dd of="$IMAGE/pages-2.img" bs=1 seek=5000 conv=notrunc status=none
	refuses "cannot use the image '$IMAGE/': the checksum of its 'pages-2.img' is wrong" inspect "$IMAGE/"
	refused "cannot use the image '$IMAGE': the checksum of its 'pages-2.img' is wrong"
	truncate -s -4096 "$IMAGE/pages-2.img"
	refused "cannot use the image '$IMAGE': its 'pages-2.img' is of another length"
	rm "$IMAGE/pages-2.img"
	refused "cannot open 'pages-2.img' of the image '$IMAGE': No such file or directory"
	ln -sf "$BATS_TEST_TMPDIR/kept" "$IMAGE/pages-2.img"
	refused "cannot open 'pages-2.img' of the image '$IMAGE': Symbolic link loop"
	# Each has a place that the other has not.
	mv "$IMAGE/pages.img" "$IMAGE/pages-3.img"
	mv "$IMAGE/pages-2.img" "$IMAGE/pages.img"
	mv "$IMAGE/pages-3.img" "$IMAGE/pages-2.img"
	refuses "cannot use the image '$IMAGE': " restore -D "$IMAGE"
	mv "$IMAGE/pages-2.img" "$IMAGE/pages.img"
	cp "$BATS_TEST_TMPDIR/kept" "$IMAGE/pages-2.img"
	touch "$SHARED/step1" "$SHARED/step2"
	again
	eventually test -e "$SHARED/done2"
	kept
	eventually gone
	# Of what is small there is one, whatever was there before.
	background sleep 1000
	save
	[[ $(cd "$IMAGE" && echo *) == "core.img pages.img" ]]
}

@test "who cannot write one half of the memory leaves nothing, and the container as it was" {
	local how
	persist some
	# failing HOW - what becomes of the third write to the second file.
	failing() {
		rm -rf "$IMAGE"
		mkdir "$IMAGE"
		run -125 strace -f -qqq -o "$BATS_TEST_TMPDIR/strace" -P "$IMAGE/pages-2.img" \
			-e "inject=pwrite64:$1:when=3" launch checkpoint "$NAME" "${@:2}" -D "$IMAGE"
		echo "$output"
		[[ -z $(ls "$IMAGE") ]]
		nobody_held
	}
	for how in "" --leave-running; do
		failing error=ENOSPC $how
		[[ $output == "launch: cannot write to 'pages-2.img' (--dir): No space left on device" ]]
		failing signal=KILL $how
		[[ $output == "launch: cannot copy memory: who was to do one half of it has died" ]]
	done
	touch "$SHARED/step1" "$SHARED/step2"
	eventually test -e "$SHARED/done2"
	kept
}

@test "one that is killed while both write leaves nothing" {
	local how
	persist some
	for how in "" --leave-running; do
		# Each write takes its time.
		strace -f -qqq -o "$BATS_TEST_TMPDIR/strace" -P "$IMAGE/pages-2.img" \
			-e inject=pwrite64:delay_enter=50000 \
			launch checkpoint "$NAME" $how -D "$IMAGE" 3>&- &
		eventually test -s "$IMAGE/pages-2.img"
		kill -KILL "$(pgrep -P $!)"
		eventually rmdir "$IMAGE"
		wait $! || :
		eventually nobody_held
	done
	touch "$SHARED/step1" "$SHARED/step2"
	eventually test -e "$SHARED/done2"
	kept
}

@test "memory is written past the page cache, or refused where that cannot be" {
	persist some
	mkdir -p "$BATS_TEST_TMPDIR/ram"
	mount -t ramfs ramfs "$BATS_TEST_TMPDIR/ram"
	refuses "cannot write 'pages.img' past the page cache (--direct): Invalid argument" \
		checkpoint "$NAME" --direct -D "$BATS_TEST_TMPDIR/ram/image"
	umount "$BATS_TEST_TMPDIR/ram"
	run strace -f -o "$BATS_TEST_TMPDIR/strace" -e trace=openat launch checkpoint "$NAME" -D "$IMAGE" --direct
	echo "$output"
	((status == 0))
	grep -q '"pages.img".*O_DIRECT' "$BATS_TEST_TMPDIR/strace"
	grep -q '"pages-2.img".*O_DIRECT' "$BATS_TEST_TMPDIR/strace"
	# A tmpfs is nothing but page cache.
	[[ $(stat -fc %T "$IMAGE") == tmpfs ]] ||
		(($(fincore -nbo RES "$IMAGE/pages.img") * 2 < $(stat -c %s "$IMAGE/pages.img")))
	gone
	touch "$SHARED/step1" "$SHARED/step2"
	again
	eventually test -e "$SHARED/done2"
	kept
}

@test "a kernel that cannot is named before anything is touched" {
	mkdir "$IMAGE"
	persist some
	with_fault userfaultfd:ENOSYS checkpoint "$NAME" --pre-dump -D "$IMAGE/1"
	fault_happened
	((status == 125))
	[[ $stderr == "launch: cannot track memory (--pre-dump, --parent): that needs Linux 6.7 with userfaultfd, and this is $(uname -r)" ]]
	[[ ! -e $IMAGE/1 ]]
}

@test "one that is killed on the way leaves a chain that is right, or refused" {
	local i last=1
	mkdir "$IMAGE"
	PERSIST=$BUILD/tests/tools/persist persist waves
	saved 1 --pre-dump
	for i in 2 3 4 5 6 7 8 9; do
		command launch checkpoint "$NAME" --pre-dump --parent "$IMAGE/$last" -D "$IMAGE/$i" >/dev/null 2>&1 3>&- &
		read -rt "0.$(printf %03d $((RANDOM % 150)))" <> <(:) || :
		kill -KILL $! 2>/dev/null || :
		wait $! || :
		eventually nobody_held
		eventually flock -n "$LAUNCH_RUNDIR/$NAME/tracked" true
		if [[ ! -e $IMAGE/$i/core.img ]] &&
			! command launch checkpoint "$NAME" --pre-dump --parent "$IMAGE/$last" -D "$IMAGE/$i"; then
			# It had protected memory anew already.
			must checkpoint "$NAME" --pre-dump -D "$IMAGE/$i"
		fi
		last=$i
	done
	must checkpoint "$NAME" --parent "$IMAGE/$last" -D "$IMAGE/10"
	must restore -D "$IMAGE/10"
	kept
}

@test "one that is killed when it has protected memory anew leaves none to build on" {
	mkdir "$IMAGE"
	persist some
	saved 1 --pre-dump
	step 1
	run strace -f -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL:when=1 \
		launch checkpoint "$NAME" --pre-dump --parent "$IMAGE/1" -D "$IMAGE/2"
	((status != 0))
	[[ ! -e $IMAGE/2/core.img ]]
	eventually nobody_held
	refuses "is not tracked since then" checkpoint "$NAME" --parent "$IMAGE/1" -D "$IMAGE/2"
	saved 1 --pre-dump
	step 2
	saved 2
	must restore -D "$IMAGE/2"
	kept
}
