# Kinds of network for which the machine of the tests may have no modules, with
# Debian's kernel and its own.
load helpers

says() {
	grep -qF -- "$1" "$BATS_TEST_TMPDIR/console" || {
		echo "not on the console: $1"
		return 1
	}
}

@test "vlan, ipvlan, a real lent device and nat, on Debian's kernel" {
	requires root qemu-system-x86_64
	local root=$BATS_TEST_TMPDIR/vm kernel module missing
	kernel=$("$ROOT/tests/vm/kernel" bookworm) || skip "no network to fetch Debian's kernel"
	mkdir -p "$root"/{bin,proc,sys,dev,modules}
	cp /bin/busybox "${BUILD:-$ROOT/build}/launch" "$root/bin/"
	cp "$ROOT/tests/vm/net-init" "$root/init"
	cp -a "$BUSYBOX" "$root/root"
	for module in veth dummy llc stp bridge garp mrp 8021q ipvlan \
		crc32c_generic libcrc32c nfnetlink nf_defrag_ipv4 nf_defrag_ipv6 \
		nf_conntrack nf_nat nf_tables nft_chain_nat nft_ct nft_fib \
		nft_fib_ipv4 nft_nat nft_masq; do
		find "$kernel/lib/modules" -name "$module.ko*" -exec cp {} "$root/modules/" \;
	done
	"$ROOT/tests/vm/boot" "$kernel" "$root" </dev/null | tr -d '\r' \
		>"$BATS_TEST_TMPDIR/console"
	cat "$BATS_TEST_TMPDIR/console"

	says "vlan: eth0 | 7 | d0 "
	says "inet 10.7.0.2/24 default via 10.7.0.1 dev eth0"
	says "vlan twice: launch: cannot create vlan 'b' on 'd0'"
	for module in l2 l3 l3s; do
		says "ipvlan $module: 1 packets received"
	done
	says "ipvlan mac: 1"
	says "inet 10.9.0.2/24"
	says "phys: back"
	says "nat: launch: cannot open a socket to nf_tables (is there a kernel module nfnetlink?)"
	for missing in nft_chain_nat nft_nat nft_fib_ipv4 nft_ct nft_masq; do
		says "cannot create the nf_tables rules of 'launch0' (is there a kernel module $missing?)"
	done
	says "left: 0 0"
	says "published: hello"
	says "nat to host: 1 packets received"
}

@test "a radio moves by nl80211 and comes back, on Debian's kernel with its simulated ones" {
	requires root qemu-system-x86_64
	local root=$BATS_TEST_TMPDIR/vm kernel module
	kernel=$("$ROOT/tests/vm/kernel" bookworm-full) || skip "no network to fetch Debian's kernel"
	mkdir -p "$root"/{bin,proc,sys,dev,modules}
	cp /bin/busybox "${BUILD:-$ROOT/build}/launch" "$root/bin/"
	cp "$ROOT/tests/vm/radio-init" "$root/init"
	cp -a "$BUSYBOX" "$root/root"
	for module in libarc4 rfkill cfg80211 virtio_ring virtio mac80211 mac80211_hwsim; do
		find "$kernel/lib/modules" -name "$module.ko*" -exec cp {} "$root/modules/" \;
	done
	"$ROOT/tests/vm/boot" "$kernel" "$root" </dev/null | tr -d '\r' \
		>"$BATS_TEST_TMPDIR/console"
	cat "$BATS_TEST_TMPDIR/console"

	not says "rtnetlink moves it"
	says "inside: lo radio0 as outside"
	says "inet 10.9.0.2/24"
	says "back: as it was"
	says "after a failed start: as it was"
	says "killed: it has it"
	says "after prune: as it was"
	says "plugged: lo wlan0"
	says "unplugged: as it was"
	says "at the end: hwsim0 lo wlan0 wlan1"
}
