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
