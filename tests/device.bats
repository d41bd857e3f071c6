load helpers
load living

# A pair of veths stands in for a network card and its cable: p0 is plugged.
setup() {
	requires root
	ip link add p0 type veth peer name p1
	ip link set p0 address 02:00:00:00:00:77 mtu 1450
	ip link property add dev p0 altname other0
	ip addr add 10.5.0.1/24 dev p0
	ip link set p1 up
	ip link set p0 up
	ip route add 10.6.0.0/16 via 10.5.0.9 metric 7
	describe >"$BATS_TEST_TMPDIR/before"
}

teardown() {
	end_all
	ip link del p0 || :
}

describe() {
	ip -d link show p0 | sed 's/ qdisc [a-z]*//; s/^[0-9]*: //'
	ip -4 addr show p0 | sed 's/ qdisc [a-z]*//; s/^[0-9]*: //'
	ip -4 route show table all dev p0
}

# given_back - p0 is as it was.
given_back() {
	describe | diff "$BATS_TEST_TMPDIR/before" -
}

@test "a network device goes in by any of its names, as it was, and comes back" {
	background sleep 60
	must device add "$NAME" other0 lan0
	link_gone p0
	must exec "$NAME" ip addr show lan0
	[[ $output == *,UP,*"mtu 1450"*02:00:00:00:00:77*"inet 10.5.0.1/24"* ]]
	must exec "$NAME" ip route
	[[ $output == *"10.6.0.0/16 via 10.5.0.9 dev lan0"* ]]
	must device list --json "$NAME"
	[[ $(json 'j[0]["kind"], j[0]["device"], j[0]["name"]') == "net p0 lan0" ]]
	must device del "$NAME" lan0
	given_back
	must device list --json "$NAME"
	[[ $output == '[]' ]]
}

@test "one that was down stays down, or is brought up when asked" {
	ip link set p0 down
	describe >"$BATS_TEST_TMPDIR/before"
	background sleep 60
	must device add "$NAME" p0
	must exec "$NAME" ip link show p0
	[[ $output != *,UP* && $output != *"<UP"* ]]
	must device del "$NAME" p0
	given_back
	must device add --up --no-addresses "$NAME" p0 up0
	must exec "$NAME" ip addr show up0
	[[ $output == *,UP,* && $output != *"inet 10.5"* ]]
	must device del "$NAME" up0
	given_back
}

@test "it comes back under another name when asked" {
	background sleep 60
	must device add "$NAME" p0
	refuses "cannot call 'p0' 'p1': that name is taken" device del "$NAME" p0 p1
	must device del "$NAME" p0 nic7
	ip addr show nic7 | grep -q 10.5.0.1/24
	ip link set nic7 down
	ip link set nic7 name p0
}

# labels - the names of p0's IPv4 addresses, as ip ARGS... shows them.
labels() {
	"$@" -o -4 addr show | sed -n 's/.* \([a-z0-9.]*:\{0,1\}[a-z0-9]*\)\\.*/\1/p' | tr '\n' ' '
}

@test "the names of its addresses follow its own, there and back" {
	ip addr add 10.5.1.1/24 dev p0 label p0:1
	describe >"$BATS_TEST_TMPDIR/before"
	background sleep 60
	must device add "$NAME" p0 lan0
	[[ $(labels nsenter -n -t "$(state pid)" ip) == *"lan0 lan0:1 " ]]
	must device del "$NAME" lan0
	given_back
	must device add "$NAME" p0 lan0
	must device del "$NAME" lan0 nic7
	[[ $(labels ip) == *"nic7 nic7:1 "* ]]
	ip link set nic7 down
	ip link set nic7 name p0
	ip addr add 10.5.1.1/24 dev p0 label p0:1 || :
	must device add "$NAME" p0 fourteen.bytes
	[[ $(labels nsenter -n -t "$(state pid)" ip) == *"fourteen.bytes fourteen.bytes " ]]
}

@test "a device of the same index inside is not mistaken for it" {
	local index
	index=$(ip -o link show p0 | cut -d: -f1)
	background --cap-add NET_ADMIN sleep 60
	nsenter -n -t "$(state pid)" ip link add own0 index "$index" type bridge
	must device add "$NAME" p0
	[[ $(nsenter -n -t "$(state pid)" ip -o link show p0) != "$index:"* ]]
	must device del "$NAME" p0
	given_back
	[[ $(ip -o link show p0) == "$index:"* ]]
	nsenter -n -t "$(state pid)" ip link show own0
	must device add "$NAME" p0
	must stop "$NAME"
	given_back
	[[ $(ip -o link show p0) == "$index:"* ]]
}

@test "its index is kept, unless somebody has it meanwhile" {
	local index
	index=$(ip -o link show p0 | cut -d: -f1)
	background sleep 60
	nsenter -n -t "$(state pid)" ip link add own0 index "$index" type bridge
	must device add "$NAME" p0
	ip link add br8 index "$index" type bridge
	must device del "$NAME" p0
	ip link del br8
	given_back
	[[ $(ip -o link show p0) != "$index:"* ]]
}

@test "what cannot go in stays where it is, and up" {
	local name
	given_back_but_peer() { ip addr show p0 | grep -q 'inet 10.5.0.1/24'; }
	background sleep 60
	ip link add br7 type bridge
	ip link set br7 up
	ip link set p1 master br7
	refuses "cannot lend 'lo'" device add "$NAME" lo
	refuses "cannot find 'nope'" device add "$NAME" nope
	refuses "cannot call a device '1234567890123456'" device add "$NAME" p0 1234567890123456
	# The kernel moves a device first, and then gives it the name.
	for name in a/b a:b 'a b' a%d .. ''; do
		refuses "cannot call a device '$name' (" device add "$NAME" p0 "$name"
		given_back_but_peer
	done
	launch device add "$NAME" br7
	((status == 125))
	[[ $stderr == "launch: cannot move 'br7' into '$NAME'"* ]]
	ip link show br7 | grep -q ,UP
	ip link show p1 | grep -q 'master br7'
	must device add "$NAME" p1 eth5
	refuses "there is a device 'eth5' in it already" device add "$NAME" p0 eth5
	given_back_but_peer
	# A clash by another name.
	nsenter -n -t "$(state pid)" ip link property add dev eth5 altname other0
	refuses "there is a device 'other0' in it already" device add "$NAME" p0
	given_back_but_peer
	refuses "cannot take 'lo' out of '$NAME': it is its own" device del "$NAME" lo
	refuses "cannot find 'zz' in '$NAME'" device del "$NAME" zz
	refuses "cannot call a device 'a/b' (" device del "$NAME" eth5 a/b
	must device list --json "$NAME"
	[[ $(json 'j[0]["device"], j[0]["name"]') == "p1 eth5" ]]
	must device del "$NAME" eth5
	ip link show p1 | grep -q 'master br7'
	ip link del br7
	refuses "cannot run 'device': bad words" device add "$NAME"
}

@test "a container on the host's network gets no device, and is told why" {
	must -d --name "$NAME" --net host --rootfs "$BUSYBOX" sleep 60
	refuses "'$NAME' has no network of its own" device add "$NAME" p0
	given_back
}

@test "it comes back at the end, also after a crash, and by prune" {
	background sleep 60
	must device add "$NAME" p0 lan0
	must stop "$NAME"
	given_back
	background sleep 60
	must device add "$NAME" p0 lan0
	must kill "$NAME"
	eventually gone
	given_back
	background sleep 60
	must device add "$NAME" p0 lan0
	kill -KILL "$(launcher_of)"
	eventually has_state lost
	must prune
	given_back
	gone
}

@test "a node is made with the source's mode whatever the umask, and removed" {
	copy_root
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	mknod "$BATS_TEST_TMPDIR/node" c 1 5
	chmod 0642 "$BATS_TEST_TMPDIR/node"
	(umask 077 && command launch device add "$NAME" "$BATS_TEST_TMPDIR/node" /dev/deep/er/foo)
	must exec "$NAME" stat -c '%a %t:%T %F' /dev/deep/er/foo
	[[ $output == "642 1:5 character special file" ]]
	must exec "$NAME" sh -c 'head -c 3 /dev/deep/er/foo | od -An -c'
	[[ $output == *'\0'*'\0'*'\0'* ]]
	must device list "$NAME"
	[[ $output == *"c 1:5"*/dev/deep/er/foo* ]]
	refuses "it was added already" device add "$NAME" /dev/zero /dev/deep/er/foo
	must exec "$NAME" stat /dev/deep/er/foo
	rm "$BATS_TEST_TMPDIR/node"
	must device del "$NAME" /dev/deep/er/foo
	must exec "$NAME" sh -c '! test -e /dev/deep/er/foo'
	refuses "it was not added" device del "$NAME" /dev/deep/er/foo
}

@test "a file that is there is refused, not deleted; a symlink leads nowhere outside" {
	copy_root
	echo precious >"$BATS_TEST_TMPDIR/root/file"
	mkdir "$BATS_TEST_TMPDIR/outside"
	ln -s "$BATS_TEST_TMPDIR/outside" "$BATS_TEST_TMPDIR/root/abs"
	ln -s ../../../../../../../../../..$BATS_TEST_TMPDIR/outside "$BATS_TEST_TMPDIR/root/rel"
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	refuses "cannot create '/file' in the container: File exists" device add "$NAME" /dev/zero /file
	[[ $(<"$BATS_TEST_TMPDIR/root/file") == precious ]]
	launch device add "$NAME" /dev/zero /abs/foo
	launch device add "$NAME" /dev/zero /rel/foo
	[[ -z $(ls "$BATS_TEST_TMPDIR/outside") ]]
	refuses "it is no device" device add "$NAME" /etc/passwd
	refuses "cannot find the device '/dev/nope'" device add "$NAME" /dev/nope
	refuses "it has to begin with /" device add "$NAME" /dev/zero foo
}

# As of a container that is ending: its mounts go before it does.
@test "when its /dev is gone, the root's own is left alone" {
	copy_root
	mknod "$BATS_TEST_TMPDIR/root/dev/own" c 1 5
	must -d --name "$NAME" --privileged --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	must device add "$NAME" /dev/zero /dev/own
	must exec "$NAME" umount -l /dev
	refuses "cannot create '/dev/z' in the container: No such process" device add "$NAME" /dev/zero /dev/z
	must device del "$NAME" /dev/own
	[[ $(ls "$BATS_TEST_TMPDIR/root/dev") == own ]]
}

@test "nodes in the root are gone when the container is, also after a crash" {
	copy_root
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	must device add "$NAME" /dev/zero /srv/foo
	[[ -c $BATS_TEST_TMPDIR/root/srv/foo ]]
	must stop "$NAME"
	[[ ! -e $BATS_TEST_TMPDIR/root/srv/foo ]]
	must -d --name "$NAME" --net none --rootfs "$BATS_TEST_TMPDIR/root" sleep 60
	must device add "$NAME" /dev/zero /srv/foo
	kill -KILL "$(launcher_of)"
	eventually has_state lost
	must prune
	[[ ! -e $BATS_TEST_TMPDIR/root/srv/foo ]]
}

@test "200 rounds against a container that ends just then: p0 always comes back" {
	local i
	for ((i = 0; i < 200; i++)); do
		command launch -d --name "$NAME" --net none --rootfs "$BUSYBOX" \
			sleep "0.0$((RANDOM % 4))" >/dev/null
		command launch device add "$NAME" p0 2>/dev/null || :
		command launch device del "$NAME" p0 2>/dev/null || :
		quickly gone
		ip link show p0 >/dev/null
	done
	given_back
}

@test "the examples of docs/ attach and detach a device" {
	background sleep 60
	for example in plug.py plug.sh; do
		run -7 "$ROOT/docs/examples/$example" "$NAME" p0 sh -c 'ip link show p0 && exit 7'
		[[ $output == *p0*,UP,* ]]
		given_back
	done
}
