load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# config LINE... - x.conf of these lines.
config() {
	printf '%s\n' "$@" >x.conf
}

@test "a file of LXC's says what the options say" {
	config '# a comment' 'lxc.rootfs.path = dir:/srv/web' \
		'lxc.uts.name = web' 'lxc.ephemeral = 1' \
		'lxc.mount.entry = /srv/data data none bind,ro,create=dir 0 0' \
		'lxc.cgroup.memory.limit_in_bytes = 64M' \
		'lxc.cgroup2.pids.max = 50' 'lxc.cgroup2.cpu.max = 150000' \
		'lxc.cgroup.devices.deny = a' 'lxc.environment = PATH=/p' \
		'lxc.init.cmd = /bin/sh -c "a b"' 'lxc.init.uid = 7' \
		'lxc.init.cwd = /tmp' 'lxc.cap.drop = kill' 'lxc.tty.max = 4'
	must --config x.conf --name n --net none --no-tty --print
	printf '%s\n' "$output" >file
	must --rootfs /srv/web -h web --ephemeral -m 64M --pids-limit 50 --cpus 1.5 \
		--mount '/srv/data data none bind,ro,create' --cgroup-conf v1:devices.deny=a \
		-e PATH=/p -u 7:0 -w /tmp --cap-drop KILL --name n --net none -T \
		--print /bin/sh -c 'a b'
	diff file <(printf '%s\n' "$output")
}

@test "mistakes are named with file and line, and nothing is done" {
	local before
	before=$(traces)
	config '' 'lxc.utz.name = x'
	launch --config x.conf /bin/true
	((status == 2))
	[[ $stderr == "launch: unknown key 'lxc.utz.name' at x.conf:2 (did you mean lxc.uts.name?)" ]]
	config 'memory = 12x'
	refuses "launch: bad size '12x' for memory at x.conf:1" --config x.conf /bin/true
	((status == 2))
	config 'memory'
	refuses "launch: cannot read 'memory' at x.conf:1: there is no '='" --config x.conf /bin/true
	refuses "launch: cannot open 'y.conf': No such file" --config y.conf /bin/true
	((status == 2))
	same_traces "$before"
}

@test "a file that was written on another system" {
	printf '\xef\xbb\xbfrootfs = /srv/web\r\nhostname = web\r\n' >x.conf
	must --config x.conf --print true
	[[ $output == *$'rootfs = /srv/web\n'* && $output == *$'hostname = web\n'* ]]
	# Elsewhere it is no blank.
	printf 'rootfs = /srv/web\n\xef\xbb\xbfhostname = web\n' >x.conf
	refuses "at x.conf:2" --config x.conf true
}

@test "files and directories are included" {
	mkdir d
	echo 'env = A=d' >d/b.conf
	echo 'env = A=c' >d/a.conf
	echo 'rubbish' >d/a.conf~
	echo '/a /b none bind 0 0' >fstab
	config 'lxc.include = d' 'lxc.mount.fstab = fstab' 'rootfs = /r' 'arg = x'
	must --config x.conf --print
	[[ $output == *$'\nenv = A=d\n'* ]]
	[[ $output != *A=c* ]]
	[[ $output == *$'\nmount = /a /b none bind 0 0\n'* ]]
	config 'lxc.include = x.conf'
	refuses "cannot include 'x.conf': files are included too deep" --config x.conf
}

@test "a file may be a pipe" {
	must --print --config <(printf 'rootfs = /r\narg = x\n')
	[[ $output == 'rootfs = /r'* ]]
}

@test "what makes a wall is not ignored silently" {
	config 'lxc.seccomp.profile = /a' 'lxc.seccomp.profile = /b' \
		'rootfs = /r' 'arg = x'
	must --config x.conf --print
	[[ $stderr == 'launch: ignoring lxc.seccomp.profile at x.conf:1' ]]
}

@test "a container starts from a file alone" {
	requires root
	mkdir data
	echo content >data/file
	config "lxc.rootfs.path = $BUSYBOX" 'lxc.uts.name = from.file' \
		"lxc.mount.entry = $PWD/data mnt none bind,ro 0 0" \
		'lxc.environment = A=b c' 'lxc.init.uid = 7' 'lxc.init.cwd = /tmp' \
		'net = none' \
		"lxc.init.cmd = /bin/sh -c 'hostname; cat /mnt/file; echo \$A; id -u; pwd'"
	must --config x.conf
	[[ $output == $'from.file\ncontent\nb c\n7\n/tmp' ]]
}

@test "what a file of LXC's mounts itself may be there already" {
	requires root
	config "lxc.rootfs.path = $BUSYBOX" 'net = none' \
		'lxc.mount.auto = cgroup:mixed proc:mixed sys:mixed' \
		'lxc.mount.entry = proc proc proc nodev,noexec,nosuid 0 0' \
		'lxc.mount.entry = sysfs sys sysfs defaults 0 0'
	must --config x.conf grep -c ' /sys ' /proc/mounts
	[[ $output == 1 ]]
}

@test "LXC's empty beside other interfaces leaves them alone" {
	config 'lxc.net.0.type = veth' 'lxc.net.0.flags = up' 'lxc.net.1.type = empty' \
		'rootfs = /r' 'arg = x'
	must --config x.conf --print
	[[ $output == *'net = veth'* && $output != *'net = none'* ]]
	config 'lxc.net.0.type = empty' 'rootfs = /r' 'arg = x'
	must --config x.conf --print
	[[ $output == *'net = none'* && $output != *'net = veth'* ]]
}

@test "an empty value takes back what was to be written to a cgroup's file" {
	config 'lxc.cgroup.devices.deny = a' 'lxc.cgroup.devices.allow = c 1:3 r' \
		'lxc.cgroup2.devices.deny = a' 'lxc.cgroup.devices.allow =' \
		'rootfs = /r' 'arg = x'
	must --config x.conf --print
	[[ $output != *devices.allow* ]]
	[[ $output == *'cgroup-conf = v1:devices.deny=a'*'v2:devices.deny=a'* ]]
}
