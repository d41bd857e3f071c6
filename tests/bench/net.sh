#!/bin/bash
# From start to the first answer over the container's network: point to point, on
# a bridge, behind the host.  Against lxc-execute on the same bridge, and a shell
# script of ip commands.  To be run in a network namespace of its own.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-$PWD/build}
ROUNDS=${ROUNDS:-30}
answer=$BUILD/tests/bench/answer
work=$(mktemp -d)
export LAUNCH_RUNDIR=/dev/shm/launch-net-$$
others=0
# Also when something has failed on the way.
clean() {
	local n
	for ((n = 0; n < others; n++)); do
		"$BUILD/launch" kill "o$n" >/dev/null || :
	done
	rm -rf "$work" "$LAUNCH_RUNDIR"
}
trap clean EXIT

root=$work/root
mkdir -p "$root"/{proc,sys,dev,bin}
cp "$answer" "$root/answer"
mount --make-rprivate /
# lxc-execute looks for the bridge in /sys, which shows the network it was mounted
# in.
mkdir "$work/cgroup"
mount --rbind /sys/fs/cgroup "$work/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$work/cgroup" /sys/fs/cgroup
umount -l "$work/cgroup"
ip link set lo up
ip link add br0 type bridge
ip addr add 10.7.0.1/24 dev br0
ip link set br0 up
"$BUILD/tests/bench/pairs" 1 true true >/dev/null

# What people write: the same namespaces by unshare, the link by ip.
cat >"$work/script" <<'END'
#!/bin/sh
# script BRIDGE ADDRESS GATEWAY ROOT
mkfifo "$4.go"
unshare --mount --pid --ipc --uts --net --cgroup --fork sh -c '
	read -r go <"$3.go"
	ip link set lo up
	ip link set eth0 up
	ip addr add "$1" dev eth0
	ip route add default via "$2"
	mount -t proc proc "$3/proc"
	exec chroot "$3" /answer "$2"' - "$2" "$3" "$4" &
pid=$!
until child=$(cat "/proc/$pid/task/$pid/children") && [ -n "$child" ]; do :; done
ip link add "vs$$" type veth peer name eth0 netns "${child% }"
if [ "$1" = - ]; then
	ip addr add "$3/30" dev "vs$$"
else
	ip link set "vs$$" master "$1"
fi
ip link set "vs$$" up
echo go >"$4.go"
wait "$pid"
rm "$4.go"
END
chmod +x "$work/script"
cp -r "$root" "$work/root2"

cat >"$work/lxc.conf" <<EOF2
lxc.rootfs.path = dir:$root
lxc.uts.name = bench
lxc.net.0.type = veth
lxc.net.0.link = br0
lxc.net.0.flags = up
lxc.net.0.ipv4.address = 10.7.0.2/24
lxc.net.0.ipv4.gateway = 10.7.0.1
EOF2
mkdir "$work/lxc"
lxc=()
! command -v lxc-execute >/dev/null ||
	lxc=(+ "lxc-execute, bridge" lxc-execute --quiet -P "$work/lxc"
		-n "bench$$" -f "$work/lxc.conf" -- /answer 10.7.0.1)

launch=$BUILD/launch
echo "== from start to the first answer over the network"
echo "-- point to point"
"$answer" "$ROUNDS" "launch --net veth" "$launch" -T --rootfs "$root" /answer 169.254.1.1 \
	+ "unshare and ip" "$work/script" - 10.9.0.2/30 10.9.0.1 "$work/root2"
echo "-- on a bridge"
"$answer" "$ROUNDS" "launch --net veth,link=br0" "$launch" -T \
	--net veth,link=br0,ipv4=10.7.0.2/24,gw=10.7.0.1 --rootfs "$root" /answer 10.7.0.1 \
	+ "unshare and ip" "$work/script" br0 10.7.0.3/24 10.7.0.1 "$work/root2" "${lxc[@]}"
echo "-- behind the host, beside another container"
cp /bin/busybox "$root/bin/busybox"
"$launch" -d --name keep --net nat --rootfs "$root" /bin/busybox sleep 1000 >/dev/null
"$answer" "$ROUNDS" "launch --net nat" "$launch" -T --net nat --rootfs "$root" /answer 10.88.0.1 \
	"${lxc[@]}"
"$launch" kill keep >/dev/null

# In turns with a bridge of its own, in another namespace, as the machine is never
# quiet.  Not at once: each that has started asks all others for IPv6 routers, four
# seconds apart, and that is not what a start costs.
echo "-- on a bridge with so many others, against none"
touch "$work/alone"
unshare --net="$work/alone" sh -c 'ip link set lo up
	ip link add br0 type bridge
	ip addr add 10.7.0.1/24 dev br0
	ip link set br0 up'
one=("$launch" -T --net "veth,link=br0,ipv4=10.7.0.2/24,gw=10.7.0.1"
	--rootfs "$root" /answer 10.7.0.1)
mkdir "$work/none"
for n in 50 100 200; do
	for ((; others < n; others++)); do
		"$launch" -d --name "o$others" --rootfs "$root" --net \
			"veth,link=br0,ipv4=10.7.1.$((others + 1))/32" \
			/bin/busybox sleep 1000 >/dev/null
	done
	sleep 15
	for ((i = 0; i < 10; i++)); do
		"$answer" 5 with "${one[@]}"
		LAUNCH_RUNDIR=$work/none nsenter --net="$work/alone" "$answer" 5 alone "${one[@]}"
	done >"$work/turns"
	awk -v n="$n" '{ turns[$1, ++count[$1]] = $2 }
		function median(of,   i, j, v) {
			for (i = 1; i <= count[of]; i++)
				for (j = i + 1; j <= count[of]; j++)
					if (turns[of, j] < turns[of, i]) {
						v = turns[of, i]
						turns[of, i] = turns[of, j]
						turns[of, j] = v
					}
			return turns[of, int((count[of] + 1) / 2)]
		}
		END { printf "with %-3d others %25d us   %5.2f of alone\n",
			n, median("with"), median("with") / median("alone") }' "$work/turns"
	! grep -v 'us *[0-9.]*$' "$work/turns" || :
done
umount "$work/alone"
