# living.bash - helpers for tests of containers in the background

# What nearly all of these tests begin and end with; a file may have its own.
setup() {
	requires root
	before=$(traces)
}

teardown() {
	end_all
}

# background ARGS... - a detached container $NAME on the busybox root.
background() {
	must -d --name "$NAME" --net none --rootfs "$BUSYBOX" "$@"
}

# state KEY [NAME] - a word of its state file.
state() {
	sed -n "s/^$1=//p" "$LAUNCH_RUNDIR/${2:-$NAME}/state"
}

# launcher_of [NAME] - the pid of its supervisor.
launcher_of() {
	local line
	line=$(state launcher "${1:-$NAME}")
	echo "${line% *}"
}

# json EXPRESSION - of $output, by Python: j is what it holds.
json() {
	python3 -c 'import json,sys; j=json.load(sys.stdin); print('"$1"')' <<<"$output"
}

# hears SIGNAL - its command has said by now what it does on that signal.
hears() {
	local mask number=$1
	[[ $number == [0-9]* ]] || number=$(kill -l "$number")
	while read -r _ mask; do
		! ((0x$mask >> (number - 1) & 1)) || return 0
	done <<<"$(grep -E '^Sig(Blk|Cgt):' "/proc/$(state pid)/status")"
	return 1
}

# has_state STATE [NAME]
has_state() {
	[[ $(command launch inspect "${2:-$NAME}" |
		sed 's/.*"state":"\([a-z]*\)".*/\1/') == "$1" ]]
}

# gone [NAME] - nobody knows it any more.
gone() {
	[[ ! -e $LAUNCH_RUNDIR/${1:-$NAME} ]]
}

# end_all - what a failed test has left.
end_all() {
	local dir
	for dir in "$LAUNCH_RUNDIR"/*/; do
		[[ ! -d $dir ]] || timeout 20 launch stop "$(basename "$dir")" >/dev/null 2>&1 || :
	done
}
