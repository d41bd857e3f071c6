load helpers
load living
load checkpoint

# flip FILE OFFSET - make a byte another one.
flip() {
	local old
	old=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\x$(printf %02x $((old ^ 255)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# counting - a shell that counts; says who it is, too.
counting() {
	background sh -c 'i=0; while :; do i=$((i+1)); echo $i $$; sleep 0.05; done'
	eventually has_counted 3 "$NAME"
}

has_counted() {
	local last
	last=$(command launch logs "$2" | tail -n 1)
	[[ $last ]] && ((${last% *} >= $1))
}

@test "a container moves through a pipe, and goes on under another name" {
	local last pid
	counting
	run bash -c 'set -o pipefail
		launch checkpoint "$1" --stream 2>"$2" | launch restore - --name "$1-b"' \
		- "$NAME" "$BATS_TEST_TMPDIR/said"
	echo "$output"
	((status == 0))
	[[ $output == "$NAME-b" ]]
	[[ $(<"$BATS_TEST_TMPDIR/said") == "$NAME: "*" processes, "*" KiB, stood for "*" ms" ]]
	gone
	eventually has_counted 4 "$NAME-b"
	last=$(command launch logs "$NAME-b" | head -n 1)
	((${last% *} > 3))
	pid=${last#* }
	[[ $(command launch exec -T "$NAME-b" cat "/proc/$pid/comm") == sh ]]
	# The supervisor has nothing of it any more.
	[[ -z $(find "/proc/$(launcher_of "$NAME-b")/fd" -lname '*memfd*') ]]
	must stop "$NAME-b"
}

@test "it keeps its name on the same box, which is free when the stream is closed" {
	local last round
	counting
	for round in 1 2 3 4 5; do
		last=$(command launch logs "$NAME" | tail -n 1)
		run bash -c 'set -o pipefail
			launch checkpoint "$1" --stream 2>/dev/null | launch restore -' - "$NAME"
		echo "$output"
		((status == 0))
		[[ $output == "$NAME" ]]
		eventually has_counted "$((${last% *} + 2))" "$NAME"
	done
}

@test "a stream can be kept in a directory on the way" {
	counting
	command launch checkpoint "$NAME" --stream >"$BATS_TEST_TMPDIR/stream"
	gone
	run -0 command launch restore - -D "$IMAGE" <"$BATS_TEST_TMPDIR/stream"
	eventually has_counted 4 "$NAME"
	must inspect "$IMAGE/"
	must kill "$NAME"
	eventually gone
	must restore -D "$IMAGE"
	eventually has_counted 4 "$NAME"
	# What comes then and is cut off, or no stream, leaves it.
	must kill "$NAME"
	eventually gone
	for part in 0 12 20000; do
		run -125 bash -c 'head -c "$1" "$2" | launch restore - -D "$3"' \
			- "$part" "$BATS_TEST_TMPDIR/stream" "$IMAGE"
		[[ $(cd "$IMAGE" && echo *) == "core.img pages.img" ]]
		run -125 bash -c 'head -c "$1" "$2" | launch restore - -D "$3"' \
			- "$part" "$BATS_TEST_TMPDIR/stream" "$IMAGE-new"
		[[ ! -e $IMAGE-new ]]
	done
	# Nor is a directory taken away that was there.
	mkdir "$IMAGE-new"
	run -125 command launch restore - -D "$IMAGE-new" </dev/null
	[[ -z $(ls "$IMAGE-new") ]]
	must restore -D "$IMAGE"
	eventually has_counted 4 "$NAME"
}

@test "who stops reading leaves the container as it was" {
	counting
	run bash -c 'launch checkpoint "$1" --stream | head -c 1000 >"$2"; exit "${PIPESTATUS[0]}"' \
		- "$NAME" "$BATS_TEST_TMPDIR/part"
	((status == 125))
	[[ $output == "launch: cannot write "*": Broken pipe" ]]
	has_state running
	eventually has_counted 10 "$NAME"
	run grep -h ^TracerPid "/proc/$(state pid)/status"
	[[ $output == TracerPid:*[[:space:]]0 ]]
}

@test "what is no stream, or part of one, is refused in one line, and nothing is started" {
	local n size
	counting
	command launch checkpoint "$NAME" --stream >"$BATS_TEST_TMPDIR/stream"
	gone
	size=$(stat -c %s "$BATS_TEST_TMPDIR/stream")
	for n in 0 5 8 12 1000 $((size / 2)) $((size - 20000)) $((size - 1)); do
		run bash -c 'head -c "$1" "$2" | launch restore -' - "$n" "$BATS_TEST_TMPDIR/stream"
		echo "$n: $output"
		((status == 125))
		[[ $output == "launch: cannot read the image from standard input: it is cut short" ]]
	done
	run bash -c 'head -c 100000 /dev/urandom | launch restore -'
	((status == 125))
	[[ $output == "launch: cannot use what comes from standard input: it is no image of a container" ]]
	# A byte of the memory is another one.
	flip "$BATS_TEST_TMPDIR/stream" 9001
	run -125 command launch restore - <"$BATS_TEST_TMPDIR/stream"
	[[ $output == "launch: cannot use the image '-': the checksum of its 'pages.img' is wrong" ]]
	[[ -z $(find "$LAUNCH_RUNDIR" -mindepth 1) ]]
}

@test "a stream goes to a pipe or a file, and says so" {
	counting
	launch checkpoint "$NAME" --stream -D "$IMAGE"
	((status == 2))
	[[ $stderr == *"cannot checkpoint '$NAME': it goes into a directory or a stream (--dir, --stream)" ]]
	launch checkpoint "$NAME"
	((status == 2))
	run "$BUILD/tests/tools/pty" -- launch checkpoint "$NAME" --stream
	[[ $output == *"standard output is a terminal (--stream)"* ]]
	launch restore elsewhere
	((status == 2))
	[[ $stderr == *"cannot restore 'elsewhere': only a directory (-D DIR) or -, standard input" ]]
	has_state running
}
