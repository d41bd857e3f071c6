load helpers

@test "both programs are static: no interpreter, no needed library" {
	local program
	for program in launch minit; do
		run readelf -ldW "${BUILD:-$ROOT/build}/$program"
		((status == 0))
		[[ $output != *INTERP* ]]
		[[ $output != *NEEDED* ]]
	done
}

@test "two builds in two directories are identical" {
	local dir
	for dir in one two; do
		mkdir "$BATS_TEST_TMPDIR/$dir"
		(cd "$ROOT" && tar -cf - Makefile common init launcher tests/deps) |
			tar -xf - -C "$BATS_TEST_TMPDIR/$dir"
		make -s -C "$BATS_TEST_TMPDIR/$dir" VERSION=same
	done
	cmp "$BATS_TEST_TMPDIR"/{one,two}/build/launch
	cmp "$BATS_TEST_TMPDIR"/{one,two}/build/minit
}

@test "launch, with minit inside, is at most 400 KiB (docs/decisions/0007)" {
	strip -o "$BATS_TEST_TMPDIR/launch" "${BUILD:-$ROOT/build}/launch"
	(($(stat -c %s "$BATS_TEST_TMPDIR/launch") <= 400 * 1024))
}

@test "what is installed makes a root and starts it" {
	local to=$BATS_TEST_TMPDIR/to
	make -s -C "$ROOT" install O="${BUILD:-$ROOT/build}" DESTDIR="$to" PREFIX=/usr
	PATH=$PATH:$to/usr/sbin "$to/usr/bin/mkrootfs" -o "$to/root"
	run "$to/usr/bin/launch" -T --net none --rootfs "$to/root" /sbin/minit --version
	((status == 0))
	[[ $output == *minit* ]]
}
