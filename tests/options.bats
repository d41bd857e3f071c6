load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# misuse MESSAGE ARGS... - wrong usage: exit 2, one line, nothing done.
misuse() {
	local message=$1 before
	shift
	before=$(traces)
	launch "$@"
	((status == 2))
	[[ -z $output ]]
	[[ $stderr == "launch: $message"* ]]
	((${#stderr_lines[@]} == 1))
	same_traces "$before"
}

@test "no command, no root: says what is missing" {
	misuse "cannot start: no command given" --rootfs /
	misuse "cannot start: no command given" run --rootfs / --
	misuse "cannot start: no root directory given (--rootfs DIR, see launch --help)" /bin/true
	misuse "cannot start: no root directory given (--rootfs DIR, see launch --help)"
	misuse "bad path '' for --rootfs" --rootfs '' /bin/true
}

@test "an unknown option is refused with the nearest" {
	misuse "unknown option '--memroy' (did you mean --memory?)" --memroy 1g
	misuse "unknown option '--read-olny' (did you mean --read-only?)" \
		--rootfs / --read-olny /bin/true
	misuse "unknown option '-Z' (see launch --help)" -itZ
	misuse "--memory needs a value: SIZE" --rootfs / -m
}

@test "bad sizes are refused" {
	local size
	for size in 10x 0 -1 1180591620717411303424 '' 1kB ' 1'; do
		misuse "bad size '$size' for --memory" --rootfs / --memory "$size" /bin/true
	done
	misuse "bad number '0' for --cpus (too small)" --rootfs / --cpus 0 /bin/true
	misuse "cannot limit swap: --memory-swap needs --memory" --rootfs / --memory-swap 1g /bin/true
	misuse "bad list '3-1' for --cpuset-cpus" --rootfs / --cpuset-cpus 3-1 /bin/true
}

@test "bad names are refused" {
	local name
	for name in ../x '' .x 'a b' a/b "$(printf '%064d' 0)"; do
		misuse "bad name '$name' for --name" --rootfs / --name "$name" /bin/true
	done
	for name in '' 'a b' a/b -x "$(printf '%065d' 0)"; do
		misuse "bad hostname '$name' for --hostname" \
			--rootfs / --hostname "$name" /bin/true
	done
	misuse "bad hostname 'a?b' for --hostname" --rootfs / -h $'a\nb' /bin/true
}

@test "bad users are refused" {
	local user
	for user in 4294967296 4294967295 0:4294967295 '' : a: :a a:b:c; do
		misuse "bad user '$user' for --user" --rootfs / --user "$user" /bin/true
	done
}

@test "bad mounts are refused" {
	misuse "bad target 'b' for --volume (it must start with /)" \
		--rootfs / -v /a:b /bin/true
	misuse "bad mount option 'or' for --volume" --rootfs / -v /a:/b:or /bin/true
	misuse "bad mount option 'size=1x' for --tmpfs" \
		--rootfs / --tmpfs /t:size=1x /bin/true
}

@test "bad networks are refused" {
	misuse "bad kind 'vteh' for --net" --rootfs / --net vteh /bin/true
	misuse "bad address '10.0.0.2' for --net (it needs a prefix" \
		--rootfs / --net veth,ipv4=10.0.0.2 /bin/true
	misuse "bad interface name '1234567890123456' for --net" \
		--rootfs / --net veth,name=1234567890123456 /bin/true
}

@test "options end at the command" {
	must --rootfs / --print -- /bin/echo --help -m
	[[ $output == *$'\narg = /bin/echo\narg = --help\narg = -m\n'* ]]
	must run --rootfs / --print /bin/echo -- --help
	[[ $output == *$'\narg = /bin/echo\narg = --\narg = --help\n'* ]]
}

@test "the last of an option counts, and the command line before a file" {
	printf '%s\n' 'memory = 1M' 'hostname = file' 'env = A=1' >x.conf
	must --rootfs / -m 2M --hostname typed --config x.conf -m 3M -e B=2 --print /bin/true
	[[ $output == *$'\nhostname = typed\n'* ]]
	[[ $output == *$'\nmemory = 3M\n'* ]]
	[[ $output == *$'\nenv = A=1\nenv = B=2\n'* ]]
}

@test "a printed spec has all that was asked for, and reads back as the same" {
	must --rootfs "it's" --name web -h web.example -u 7:8 -w '/a b' -it \
		-e A=$'x\ny' -e B=' "' -e C= -e PATH=/p -e TERM=t -v 'a b:/c\d:ro,rec,optional' \
		--tmpfs /t:size=1m,mode=700 --mount 'p /proc proc nosuid 0 0' \
		-m 1g --memory-swap -1 --cpus 1.5 --cpuset-cpus 0-1 --cpuset-mems 0 \
		--pids-limit 9 --cgroup-conf v2:memory.high=1 \
		--net veth,name=a,ipv4=10.0.0.2/24 --net veth --cap-add ALL \
		--cap-drop kill --privileged --init --read-only --ephemeral --pid host \
		--ipc host --uts host --cgroupns host --pid-file p --state-dir s \
		--trace --print -- sh -c 'a; b' '' \#
	printf '%s\n' "$output" >printed
	diff - printed <<-'EOF'
	rootfs = it's
	name = web
	hostname = web.example
	pid-file = p
	state-dir = s
	env = $'A=x\012y'
	env = B= "
	env = C=
	env = PATH=/p
	env = TERM=t
	env = container=launch
	workdir = /a b
	user = 7:8
	tty = yes
	init = yes
	arg = sh
	arg = -c
	arg = a; b
	arg = $''
	arg = #
	mount = a\040b /c\134d none bind,rec,ro,optional 0 0
	mount = tmpfs /t tmpfs nosuid,nodev,size=1m,mode=700 0 0
	mount = p /proc proc nosuid 0 0
	read-only = yes
	ephemeral = yes
	memory = 1G
	memory-swap = -1
	cpus = 1.5
	cpuset-cpus = 0-1
	cpuset-mems = 0
	pids-limit = 9
	cgroup-conf = v2:memory.high=1
	net = veth,name=a,ipv4=10.0.0.2/24
	net = veth
	cap-add = ALL
	cap-drop = KILL
	privileged = yes
	pid = host
	ipc = host
	uts = host
	cgroupns = host
	EOF
	must --config printed --print
	diff printed <(printf '%s\n' "$output")
}

@test "the words that a user types are not changed by printing" {
	must --rootfs / --print /bin/sh -c $'printf "a\\n"\n\ttrue # \'x\''
	[[ $output == *"arg = \$'printf \"a\\\\n\"\\012\\011true # \\'x\\''"* ]]
}
