#!/bin/sh
# tour-inside.sh - the container's half of tour.sh, run by minit in it
#
# /mnt is a directory of the host's: facts go to files in /mnt/container, and
# two FIFOs say when: 'ready' when the facts are there, 'go' for the next step.

facts=/mnt/container

uname -r >$facts/kernel
hostname >$facts/hostname
ls / >$facts/root
: >$facts/ping
ip -o addr >$facts/addresses
ps -o pid,args >$facts/processes
cat /proc/mounts >$facts/mounts

# Who has the other address of our link is the host.
inside=$(awk '/ inet 169\.254\./ { sub(/\/.*/, "", $4); print $4 }' $facts/addresses)
last=${inside##*.}
outside=${inside:+${inside%.*}.$((last % 4 == 2 ? last - 1 : last + 1))}
echo "$inside" >$facts/address
echo "$outside" >$facts/peer
[ -z "$outside" ] || ping -c 2 -W 2 "$outside" >$facts/ping 2>&1

# A loop that never waits, and where it is found at twenty looks.
while :; do :; done &
loop=$!
sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/$loop/status >$facts/allowed
i=0
while [ $i -lt 20 ]; do
	awk '{ print $39 }' /proc/$loop/stat
	usleep 50000
	i=$((i + 1))
done >$facts/seen
kill $loop
wait $loop 2>/dev/null

echo ready >/mnt/ready
read -r word </mnt/go
[ "$word" = end ] && poweroff
