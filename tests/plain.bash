# plain.bash - a user of the test's own, who is nobody special

PLAIN_ID=61234

# plain_user - make him: known to this mount namespace only, with a home, a
# launch and a root of his own, and with no ids in /etc/subuid.
plain_user() {
	local file
	requires root setpriv newuidmap
	HIS=$BATS_TEST_TMPDIR/home
	mkdir -p "$HIS/run"
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	cp "$(type -P launch)" "$HIS/launch"
	cp -a "$BUSYBOX" "$HIS/root"
	chown -R $PLAIN_ID:$PLAIN_ID "$HIS"
	chmod 700 "$HIS" "$HIS/run"
	for file in passwd subuid subgid; do
		[[ -e /etc/$file ]] || : >"/etc/$file"
		: >"$BATS_TEST_TMPDIR/$file"
		mount --bind "$BATS_TEST_TMPDIR/$file" "/etc/$file"
	done
	echo "plain:x:$PLAIN_ID:$PLAIN_ID::$HIS:/bin/sh" >/etc/passwd
	unset LAUNCH_RUNDIR
}

# gives START COUNT [NAME] - these ids are his.
gives() {
	echo "${3:-plain}:$1:$2" | tee -a /etc/subuid >>/etc/subgid
}

# as_plain COMMAND... - he runs it; PLAIN_GROUPS are his groups, HIS_PATH, XDG.
as_plain() {
	setpriv --reuid $PLAIN_ID --regid $PLAIN_ID \
		"${PLAIN_GROUPS:---clear-groups}" env -i PATH="${HIS_PATH:-$PATH}" HOME="$HIS" \
		XDG_RUNTIME_DIR="${XDG-$HIS/run}" "$@"
}

# his ARGS... - launch ARGS..., run by him; shown if the test fails.
his() {
	run --separate-stderr as_plain timeout -s KILL 30 "$HIS/launch" "$@"
	printf '$ launch %s\n[%d] %s\n%s\n' "$*" "$status" "$output" "$stderr"
}

# his_must ARGS... - and it has to succeed.
his_must() {
	his "$@"
	((status == 0))
}

# he_is_told MESSAGE ARGS... - it has to fail, and say so in one line.
he_is_told() {
	local message=$1
	shift
	his "$@"
	((status != 0))
	[[ $stderr == *"$message"* && $stderr != *$'\n'* ]]
}

# To be called by teardown().
forget_plain() {
	local file
	for file in passwd subuid subgid; do
		umount "/etc/$file" 2>/dev/null || :
	done
}
