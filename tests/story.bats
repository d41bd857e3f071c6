load helpers
load living

setup() {
	requires root cgroup1
	before=$(traces)
}

teardown() {
	end_all
	ip link del br0 2>/dev/null || :
	ip link del nic0 2>/dev/null || :
}

# counts_on - what it counts in its log is more than before.
counts_on() {
	local now
	now=$(command launch logs "$NAME" | grep -c tick)
	((now > ${ticks:-0})) && ticks=$now
}

memory_limit() {
	cat "$(find /sys/fs/cgroup/memory -type d -name "*$NAME")/memory.limit_in_bytes"
}

@test "a life: on a bridge, looked into, plugged into, frozen, talked to, stopped" {
	local ticks=0 pid
	# A bridge of the host's, and a card with its cable.
	ip link add br0 type bridge
	ip addr add 10.7.0.1/24 dev br0
	ip link set br0 up
	ip link add nic0 type veth peer name cable0
	ip addr add 10.8.0.1/24 dev nic0
	ip link set nic0 up
	ip link set cable0 up
	before=$(traces)

	must -d -t --name "$NAME" -m 64M --restart on-failure \
		--net veth,link=br0,ipv4=10.7.0.2/24,gw=10.7.0.1 --rootfs "$BUSYBOX" \
		sh -c 'while :; do echo tick; sleep 0.1; done & while read -r line; do echo "heard $line"; done; wait'
	[[ $output == "$NAME" ]]
	must list --json
	[[ $(json 'j[0]["name"], j[0]["state"], j[0]["addresses"][0]') == "$NAME running 10.7.0.2" ]]
	ping -c 1 -W 10 10.7.0.2

	# Into it.
	must exec "$NAME" ping -c 1 -W 10 10.7.0.1
	must exec -e A=b "$NAME" sh -c 'echo $A; cat /proc/1/comm; exit 0'
	[[ $output == $'b\nsh' ]]

	# Plug in and out.
	must device add "$NAME" nic0 lan1
	must device add "$NAME" /dev/zero /dev/plugged
	must exec "$NAME" sh -c 'ip addr show lan1; head -c 3 /dev/plugged | hexdump -C; stat -c "%t:%T" /dev/plugged'
	[[ $output == *"inet 10.8.0.1/24"*"00 00 00"*"1:5" ]]
	must device list "$NAME"
	[[ $output == *lan1*nic0* || $output == *nic0*lan1* ]]
	must device del "$NAME" lan1
	must device del "$NAME" /dev/plugged
	ip -4 addr show nic0 | grep -q 10.8.0.1/24
	launch exec "$NAME" test -e /dev/plugged
	((status == 1))

	# Limits, and rest.
	must update "$NAME" --memory 32M
	must inspect "$NAME"
	[[ $(json 'j[0]["options"]["memory"]') == "['32M']" ]]
	(($(memory_limit) == 32 * 1024 * 1024))
	eventually counts_on
	must freeze "$NAME"
	ticks=$(command launch logs "$NAME" | grep -c tick)
	sleep 0.5
	not counts_on
	must thaw "$NAME"
	eventually counts_on

	# Its terminal, and what it has written.
	run "$BUILD/tests/tools/pty" expect tick send 'hello\r' expect 'heard hello' \
		send '\x01q' -- launch console "$NAME"
	((status == 0))
	must logs "$NAME"
	[[ $output == *"heard hello"* ]]

	# A crash: it starts again, on the same bridge, with the card given back.
	must device add "$NAME" nic0
	pid=$(state pid)
	kill -KILL "$pid"
	eventually eval '[[ $(state pid) != 0 && $(state pid) != "$pid" ]]'
	eventually ping -c 1 -W 1 10.7.0.2
	(($(memory_limit) == 32 * 1024 * 1024))
	eventually ip link show nic0

	must stop "$NAME"
	[[ $output == "$NAME: "* ]]
	must list --json
	[[ $output == '[]' ]]
	eventually same_traces "$before"
	ip -4 addr show nic0 | grep -q 10.8.0.1/24
}
