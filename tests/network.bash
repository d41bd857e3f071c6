# network.bash - helpers for tests of networks

# end_pids - the launchers that the test began, and what killed ones have left.
end_pids() {
	local p
	for p in "${pids[@]}"; do
		kill -TERM "$p" 2>/dev/null || :
		wait "$p" || :
	done
	command launch prune >/dev/null || :
}

# begin_with SCRIPT NAME ARGS... - a container in the background, its pid in $pid;
# the script ends with "exec", and says by /mnt/$me.up that it is there.
begin_with() {
	local script=$1 me=$2
	shift 2
	rm -f "$ready/$me.up"
	command launch -T --name "$me" -v "$ready:/mnt" --rootfs "$BUSYBOX" \
		"$@" sh -c "me=$me; $script" 3>&- &
	pid=$!
	pids+=("$pid")
	eventually test -e "$ready/$me.up"
}

# in_netns NAME COMMAND... - with the host's programs, in the container's network.
in_netns() {
	local target
	target=$(sed -n 's/^pid=//p' "$LAUNCH_RUNDIR/$1/state")
	shift
	nsenter -t "$target" --net "$@"
}

# everything - what a network could leave behind, or change: timers tick.
everything() {
	traces
	ip -d link 2>/dev/null | sed "s,[a-z_]*_timer *[0-9.]*,,g"
	ip addr 2>/dev/null
	ip route show table all | sort
	ip -6 route show table all | sort
	nft list ruleset
	cat /proc/sys/net/ipv4/ip_forward
}

same_as_before() {
	diff <(echo "$before") <(everything)
}

# sweep_network CALLS ARGS... - fail each of the calls in turn, up to the last:
# afterwards, or after the next launch, all is as it was, to the byte.
sweep_network() {
	local call n calls=$1
	shift
	for call in $calls; do
		for ((n = 1; n < 80; n++)); do
			with_fault "$call:EPERM:$n" --name "$NAME" "$@" \
				--rootfs "$BUSYBOX" true
			fault_happened || break
			echo "# $call $n: [$status] $stderr"
			if ((status != 0)); then
				((status == 125))
				[[ $stderr == "launch: cannot "* ]]
			fi
			# What failed while clearing away is done by the next.
			same_as_before >/dev/null || {
				echo "# cleared away later"
				must --rootfs "$BUSYBOX" --net none sh -c 'sleep 0.1'
			}
			eventually same_as_before
		done
		((n > 1)) || {
			echo "no $call at all"
			return 1
		}
	done
}
