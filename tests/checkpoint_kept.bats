# What else a container has that a program hardly asks for, and what is in the way.
load helpers
load living
load checkpoint

# waits_for_go ARGS... - a shell does that once $SHARED/go is there.
waits_for_go() {
	local script=${*: -1}
	background -v "$SHARED:/mnt" "${@:1:$#-1}" sh -c "while [ ! -e /mnt/go ]; do sleep 0.05; done; $script"
}

@test "ten generations count without a gap, and no number twice" {
	local generation then
	background -v "$SHARED:/mnt" sh -c 'i=0; while :; do i=$((i+1)); echo $i $$ >>/mnt/count; sleep 0.02; done'
	counted() {
		(($(wc -l <"$SHARED/count") > $1))
	}
	eventually counted 5
	for generation in 1 2 3 4 5 6 7 8 9 10; do
		save
		then=$(wc -l <"$SHARED/count")
		again
		eventually counted "$then"
	done
	must kill "$NAME"
	awk '$1 != NR || $2 != 1 { print; exit 1 }' "$SHARED/count"
}

@test "a filter forbids what it has forbidden, and no more" {
	install -m 755 "$BUILD/tests/tools/forbidden" "$SHARED/forbidden"
	must --net none --rootfs "$BUSYBOX" -v "$SHARED:/mnt" /mnt/forbidden
	echo "$output" >"$BATS_TEST_TMPDIR/expected"
	grep -qx 'keyctl: 1' "$BATS_TEST_TMPDIR/expected"
	waits_for_go '/mnt/forbidden >/mnt/said; echo >/mnt/done'
	save
	again
	touch "$SHARED/go"
	eventually test -s "$SHARED/done"
	diff "$BATS_TEST_TMPDIR/expected" "$SHARED/said"
}

# attributes - of the first process, as others see it.
attributes() {
	local pid
	pid=$(state pid)
	cat "/proc/$pid/oom_score_adj" "/proc/$pid/limits" "/proc/$pid/comm"
	awk '{ print "nice", $19 }' "/proc/$pid/stat"
	taskset -p "$pid" | sed 's/.*: //'
}

@test "limits, nice value, processors and oom_score_adj are what they were" {
	local before
	requires taskset
	background -v "$SHARED:/mnt" sh -c 'ulimit -n 77; ulimit -c 0; ulimit -s 4096; echo 321 >/proc/self/oom_score_adj; renice 7 $$ >/dev/null
		taskset -p 1 $$ >/dev/null; printf renamed >/proc/self/comm; echo >/mnt/ready; while :; do sleep 1; done'
	eventually test -s "$SHARED/ready"
	before=$(attributes)
	echo "$before"
	[[ $before == 321* && $before == *'Max open files            77'*renamed*'nice 7'*1 ]]
	save
	again
	diff <(echo "$before") <(attributes)
}

# descriptors - what they lead to, where they are in it, and how they were opened.
descriptors() {
	inside sh -c 'for fd in 3 4 5 6 7; do readlink /proc/1/fd/$fd; grep -v mnt_id /proc/1/fdinfo/$fd | grep -v ^ino; done'
}

@test "directories, devices and a file that is deleted are open as before" {
	local before
	background -v "$SHARED:/mnt" --tmpfs /tmp sh -c 'cd /srv; echo 0123456789 >/tmp/gone; exec 3</etc 4</dev/zero 5>>/dev/null 6<>/tmp/gone 7</dev/urandom
		read -r line <&6; rm /tmp/gone; echo >/mnt/ready; while [ ! -e /mnt/go ]; do sleep 0.05; done
		echo more >&6; cat /proc/1/fd/6 >/mnt/said; head -c 3 <&4 | wc -c >>/mnt/said; pwd >>/mnt/said; echo >/mnt/done'
	eventually test -s "$SHARED/ready"
	before=$(descriptors)
	[[ $before == *'/tmp/gone (deleted)'*'pos:	11'* ]]
	save
	again
	echo "$before"
	# The deleted one has another name.
	diff <(grep -v deleted <<<"$before") <(descriptors | grep -v deleted)
	touch "$SHARED/go"
	eventually test -s "$SHARED/done"
	[[ $(tr '\n' ' ' <"$SHARED/said") == "0123456789 more 3 /srv " ]]
}

@test "the name of the host, and what is mounted inside" {
	background -v "$SHARED:/mnt" --cap-add sys_admin --seccomp none sh -c 'hostname other; mkdir /tmp/on /tmp/proc; mount -t tmpfs -o noexec none /tmp/on
		mount -t proc none /tmp/proc; echo kept >/tmp/on/file; echo >/mnt/ready; while :; do sleep 1; done'
	eventually test -s "$SHARED/ready"
	save
	again
	[[ $(inside hostname) == other ]]
	[[ $(inside cat /tmp/on/file) == kept ]]
	inside grep -q ' /tmp/on tmpfs .*noexec' /proc/mounts
	inside test -e /tmp/proc/self/status
}

@test "a root that is missing, or has become a file, is named, and nothing is left" {
	local before
	copy_root
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 1000
	save
	before=$(traces)
	mv "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/moved"
	refused "cannot open rootfs '$BATS_TEST_TMPDIR/root': No such file or directory" "$IMAGE"
	: >"$BATS_TEST_TMPDIR/root"
	refused "'$BATS_TEST_TMPDIR/root'" "$IMAGE"
}

# is_listed REASON [WHO] - by --check, as that of somebody.
is_listed() {
	launch checkpoint --check "$NAME"
	((status == 125))
	[[ $output == ${2-process}*"$1"* ]]
}

# in_the_way REASON MODE - it is listed with its process, refused for the same reason, and
# the container has seen nothing of that.
in_the_way() {
	local reason=$1 mode=$2
	rm -f "$SHARED/ticks"
	PERSIST=$BUILD/tests/tools/obstacles persist "$mode" --seccomp none --cap-add sys_admin --cap-add sys_ptrace
	eventually is_listed "$reason"
	[[ ! -e $IMAGE ]]
	refuses "$reason" checkpoint "$NAME" -D "$IMAGE"
	((status == 125))
	[[ $(wc -l <<<"$stderr") == 1 && ! -e $IMAGE ]]
	eventually moved "$(ticks)"
	[[ $mode == traced ]] || nobody_held
	must kill "$NAME"
	eventually gone
}

@test "what is in the way is listed with its process and reason, and refused" {
	in_the_way "fd 4 is 'anon_inode:[io_uring]'" io_uring
	in_the_way "fd 4 is 'anon_inode:[userfaultfd]'" userfaultfd
	in_the_way "it has a namespace of its own: uts:[" namespace
	in_the_way "it is in seccomp's strict mode" strict
	in_the_way "traces it" traced
	in_the_way "fd 4 has a lock of kind LEASE" lease
}

@test "a mount made inside that nobody could make again is in the way" {
	background -v "$SHARED:/mnt" --tmpfs /tmp --cap-add sys_admin --seccomp none sh -c \
		'mount --bind /etc /srv; echo >/mnt/ready; while :; do sleep 1; done'
	eventually test -s "$SHARED/ready"
	is_listed "' on '/srv' was mounted inside" "container: '"
	refuses "cannot checkpoint '$NAME': '" checkpoint "$NAME" -D "$IMAGE"
	[[ $stderr == *"' on '/srv' was mounted inside" ]]
	has_state running
	inside umount /srv
	save
	again
}

@test "what was asked to be mounted is not in the way, on whatever it is" {
	mkdir -p "$BATS_TEST_TMPDIR/outer/deep" "$BUSYBOX/else/where"
	mount -t ramfs ramfs "$BATS_TEST_TMPDIR/outer/deep"
	ln -s else "$BUSYBOX/link"
	background --privileged -v "$BATS_TEST_TMPDIR/outer:/link/where:rec" -v "$SHARED:/mnt" -v "$SHARED:/mnt" \
		-v /etc/passwd:/etc/passwd --device /dev/null:/dev/other sh -c 'while :; do sleep 1; done'
	must checkpoint --check "$NAME"
	[[ -z $output ]]
	save
	again
	inside grep -q ' /else/where/deep ramfs ' /proc/mounts
	must kill "$NAME"
	eventually gone
	umount "$BATS_TEST_TMPDIR/outer/deep"
}
