# init.bash - for the tests of minit: wrapping commands, booting roots

PATH=${BUILD:-$ROOT/build}/tests/tools:$PATH

# wrap ARGS... - run minit around a command, not as PID 1.
wrap() {
	run --separate-stderr minit "$@"
	printf '$ minit %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

# wrap1 ARGS... - the same as PID 1 of a namespace.
wrap1() {
	run --separate-stderr unshare --pid --fork --kill-child --mount-proc minit "$@"
	printf '$ minit %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

# background COMMAND... - run it with its output in $OUT; sets PROCESS.
background() {
	OUT=$BATS_TEST_TMPDIR/out
	"$@" </dev/null >"$OUT" 2>&1 3>&- &
	PROCESS=$!
}

# child_of PID - its only child.
child_of() {
	local children
	# There is no newline, which read takes for a failure.
	read -r children <"/proc/$1/task/$1/children" || :
	[[ $children ]] && echo "$children"
}

# said TEXT - has what runs in the background said it?
said() {
	grep -qF -- "$1" "$OUT"
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# ends_with STATUS - the background process does, as soon as can be expected.
ends_with() {
	local got=0
	eventually gone_or_zombie "$PROCESS" || {
		cat "$OUT"
		return 1
	}
	wait "$PROCESS" || got=$?
	PROCESS=
	printf '[%d]\n' "$got"
	cat "$OUT"
	((got == $1))
}

gone_or_zombie() {
	[[ ! -e /proc/$1 || $(ps -o state= -p "$1") == Z ]]
}

# inittab [ROOT] - make a root whose /etc/inittab comes on stdin.
inittab() {
	TREE=$BATS_TEST_TMPDIR/root
	if [[ ! -d $TREE ]]; then
		copy_root "$TREE"
		mknod -m 666 "$TREE/dev/null" c 1 3
	fi
	cat >"$TREE/etc/inittab"
}

# boot [COMMAND...] - start the root's minit, or the command, as PID 1; sets INIT.
boot() {
	(($#)) || set -- /sbin/minit
	background unshare --pid --fork --kill-child --mount --mount-proc="$TREE/proc" \
		chroot "$TREE" "$@"
	eventually child_of "$PROCESS" >/dev/null
	INIT=$(child_of "$PROCESS")
}

# inside COMMAND... - run it in the booted root.
inside() {
	nsenter --target "$INIT" --pid --mount --root --wd "$@"
}

# mi ARGS... - tell the booted minit something.
mi() {
	run --separate-stderr inside /sbin/minit "$@"
	printf '$ minit %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

# state NAME STATE - is the service in that state?
state() {
	local name action state rest
	read -r name action state rest < <(inside /sbin/minit status "$1" | tail -n 1)
	[[ $state == "$2" ]]
}

# pid_of NAME - as its process is known inside.
pid_of() {
	inside /sbin/minit status "$1" | awk 'NR == 2 { print $4 }'
}

# To be called by each teardown().
end_init() {
	if [[ ${PROCESS:-} ]]; then
		kill -KILL "$PROCESS" 2>/dev/null || :
		wait "$PROCESS" 2>/dev/null || :
	fi
}
