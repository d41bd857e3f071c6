#!/bin/bash
# demo.sh - what `make demo` runs: a container to look at
#
# At a terminal: a shell on the container's console, kept there by minit.
# Without one: tour.sh, which shows the same container and checks it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../build}
root=$build/demo
PATH=$build:$PATH

say() {
	echo "demo: $*" >&2
}

# Made again only when it is older than what it is made of.
make_root() {
	local made=$root/etc/mkrootfs
	[[ ! -f $made || $(find "$build/minit" "$here" -newer "$made") ]] || return 0
	"$here/mkrootfs" --force -o "$root" busybox
}

# has_controller NAME - in a hierarchy of its own, or in the unified one.
has_controller() {
	awk -v name="$1" '$3 == "cgroup" && ("," $4 ",") ~ ("," name ",") { found = 1 }
		$3 == "cgroup2" { while ((getline line <($2 "/cgroup.controllers")) > 0)
			if ((" " line " ") ~ (" " name " ")) found = 1 }
		END { exit !found }' /proc/self/mounts
}

# The first two CPUs that we may use, 0-1 nearly everywhere, or the only one; as
# the kernel would write it.
first_cpus() {
	awk '/^Cpus_allowed_list:/ {
		split($2, range, "[,]")
		for (r = 1; r in range && n < 2; r++) {
			split(range[r], end, "-")
			for (i = end[1]; i <= (2 in end ? end[2] : end[1]) && n < 2; i++)
				cpu[++n] = i
		}
		print cpu[1] (n < 2 ? "" : (cpu[2] == cpu[1] + 1 ? "-" : ",") cpu[2])
	}' /proc/self/status
}

((EUID == 0)) || { say "needs root for its network and limits: sudo make demo"; exit 1; }
make_root

memory='' cpus=''
options=(--rootfs "$root" --hostname demo --net veth)
if has_controller memory; then
	memory=512M
	options+=(--memory "$memory")
else
	say "no cgroup here limits memory: starting without --memory 512M"
fi
if has_controller cpuset; then
	cpus=$(first_cpus)
	options+=(--cpuset-cpus "$cpus")
else
	say "no cgroup here binds to CPUs: starting without --cpuset-cpus"
fi

[[ -t 0 && -t 1 ]] || exec "$here/tour.sh" "$memory" "$cpus" "${options[@]}"
cat <<END
A shell in a container: it has ${memory:-no limit} of memory, CPUs ${cpus:-of its choice}, a network and a name of its own.
Look around with ps, mount, ip addr, ping. Leave with 'exit', and minit brings the shell back.
'poweroff' ends the container.
END
exec launch --name "demo-$$" "${options[@]}" /sbin/minit
