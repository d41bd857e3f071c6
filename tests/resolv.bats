load helpers

setup() {
	requires root
	copy_root
	root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root/etc"
	# The tests have a mount namespace of their own.
	host=$BATS_TEST_TMPDIR/host
	printf '%s\n' '# of the host' 'nameserver 192.0.2.53' 'search example.org' >"$host"
	mount --bind "$host" /etc/resolv.conf
}

teardown() {
	umount /etc/resolv.conf
	umount /run/systemd/resolve 2>/dev/null || :
}

# shows LINES ARGS... - the container reads this.
shows() {
	local want=$1
	shift
	must -T --rootfs "$root" "$@" cat /etc/resolv.conf
	[[ $output == "$want" ]]
}

@test "behind the host the container asks the host's servers" {
	printf 'nameserver 198.51.100.1\n' >"$root/etc/resolv.conf"
	shows "$(<"$host")" --net nat
	[[ $(<"$root/etc/resolv.conf") == "nameserver 198.51.100.1" ]]
	shows "nameserver 198.51.100.1"
	shows "nameserver 198.51.100.1" --net none
}

@test "--dns says who is asked, whatever the network" {
	shows $'nameserver 9.9.9.9\nnameserver fd00::1' --net none --dns 9.9.9.9 --dns fd00::1
	shows "nameserver 9.9.9.9" --net nat --dns 9.9.9.9 --read-only
	shows "nameserver 9.9.9.9" --net host --dns 9.9.9.9 --ephemeral
	refuses "bad name server 'ns.example.org' for --dns" --dns ns.example.org
	refuses "bad name server '1.2.3.4' for --dns (too many)" \
		--dns 1.1.1.1 --dns 2.2.2.2 --dns 3.3.3.3 --dns 1.2.3.4
}

@test "servers on the host's loopback are replaced by those behind them" {
	printf '%s\n' 'nameserver 127.0.0.53' 'options edns0' >"$host"
	mkdir -p /run/systemd/resolve
	mount -t tmpfs tmpfs /run/systemd/resolve
	printf '%s\n' 'nameserver 127.0.0.54' 'nameserver 192.0.2.1' >/run/systemd/resolve/resolv.conf
	shows "nameserver 192.0.2.1" --net nat
	printf '%s\n' 'nameserver ::1' 'nameserver 192.0.2.7' 'options x' >"$host"
	shows $'nameserver 192.0.2.7\noptions x' --net nat
	umount /run/systemd/resolve
	# Nobody at all: the root's own.
	printf 'nameserver 127.0.0.1\n' >"$host"
	printf 'own\n' >"$root/etc/resolv.conf"
	shows own --net nat
}

@test "a symlink is covered, not followed" {
	local victim=$BATS_TEST_TMPDIR/victim
	echo precious >"$victim"
	ln -sf "$victim" "$root/etc/resolv.conf"
	shows "nameserver 9.9.9.9" --net none --dns 9.9.9.9
	[[ $(<"$victim") == precious && -L $root/etc/resolv.conf ]]
	ln -sfn ../run/nowhere/stub "$root/etc/resolv.conf"
	shows "nameserver 9.9.9.9" --net none --dns 9.9.9.9
	[[ -L $root/etc/resolv.conf && ! -e $root/run/nowhere ]]
	rm -rf "$root/etc"
	ln -s "$BATS_TEST_TMPDIR" "$root/etc"
	refuses "cannot cover '/etc/resolv.conf' (--dns): No such file" \
		-T --rootfs "$root" --net none --dns 9.9.9.9 true
	[[ ! -e $BATS_TEST_TMPDIR/resolv.conf ]]
}

@test "a volume at its place is what the user wants" {
	echo mine >"$BATS_TEST_TMPDIR/mine"
	shows mine --net none --dns 9.9.9.9 -v "$BATS_TEST_TMPDIR/mine:/etc/resolv.conf:create"
}

@test "a root without one gets an empty file to cover, a read-only one is left alone" {
	rm -f "$root/etc/resolv.conf"
	mount --bind -o ro "$root" "$root"
	mount -o remount,bind,ro "$root"
	launch -T --rootfs "$root" --net nat cat /etc/resolv.conf
	[[ $stderr == *"No such file"* ]]
	refuses "cannot cover '/etc/resolv.conf' (--dns): Read-only file system" \
		-T --rootfs "$root" --net none --dns 9.9.9.9 true
	umount "$root"
	shows "nameserver 9.9.9.9" --net none --dns 9.9.9.9
	[[ -f $root/etc/resolv.conf && ! -s $root/etc/resolv.conf ]]
}

@test "it is a file of the container's own, and nothing of it is in /dev" {
	must -T --rootfs "$root" --net none --dns 9.9.9.9 sh -c \
		'ls -A /dev; echo nameserver ::1 >/etc/resolv.conf; cat /etc/resolv.conf'
	[[ $output == *"nameserver ::1" && $output != *.resolv* ]]
	cmp "$root/etc/resolv.conf" "$BUSYBOX/etc/resolv.conf"
}

@test "on a kernel before open_tree it is bound by name" {
	requires strace
	with_fault open_tree,move_mount:ENOSYS:1+ -T --rootfs "$root" --net none \
		--dns 9.9.9.9 cat /etc/resolv.conf
	((status == 0))
	[[ $output == "nameserver 9.9.9.9" ]]
}
