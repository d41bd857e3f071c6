load helpers
load living
load checkpoint

@test "who is behind a filter of system calls restores what is behind another" {
	persist threads
	save
	gone
	# A call that nobody makes.
	refusing acct:EPERM
	((status == 0))
	[[ -z $stderr ]]
	not was_refused
	kept
}
