# setup_suite.bash - the roots that tests share, made again only when stale
#
# $BUSYBOX is a busybox root.  Tests leave it as it is: whoever wants to change
# something takes a copy, with copy_root.

setup_suite() {
	local tree made
	tree=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export BUILD=${BUILD:-$tree/build}
	export BUSYBOX=$BUILD/tests/busybox
	made=$BUSYBOX/etc/mkrootfs
	[[ ! -f $made || $(find "$BUILD/minit" "$tree/rootfs" -newer "$made") ]] || return 0
	"$tree/rootfs/mkrootfs" --force -o "$BUSYBOX" busybox
}
