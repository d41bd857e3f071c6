load helpers
load living
load checkpoint

# What a restore makes of a system call that fails, whichever of its processes makes it:
# the container goes on as it was, or is not there, and one line says why.  Some are
# tried; SAMPLES=100000 is each of them, and takes an hour or two.

SAMPLES=${SAMPLES:-4} # of the calls of one sweep

# several TOOL/MODE... - a container in which all these programs run, which are MODES.
several() {
	local each
	MODES=("${@#*/}")
	for each; do
		mkdir -m 777 "$SHARED/${each#*/}"
		install -m 755 "$BUILD/tests/tools/${each%/*}" "$SHARED"
	done
	# shellcheck disable=SC2016
	background -v "$SHARED:/mnt" --tmpfs /tmp sh -c \
		'for each; do "/mnt/${each%/*}" "${each#*/}" "/mnt/${each#*/}" & done; wait' - "$@"
	eventually all_moved
}

# all_moved - each of them has come round.
all_moved() {
	local mode
	for mode in "${MODES[@]}"; do
		[[ -s $SHARED/$mode/ticks ]] || return
	done
}

# put_by - saved, and with it the files that it writes to: they have not changed since.
put_by() {
	save
	gone
	cp -a "$SHARED" "$BATS_TEST_TMPDIR/files"
	before=$(traces)
}

# all_good - all is as it was.
all_good() {
	local mode
	for mode in "${MODES[@]}"; do
		[[ $(cat "$SHARED/$mode/result" 2>&1) == good ]] || return
	done
}

# goes_on - it does, and comes to a good end.
goes_on() {
	local mode
	for mode in "${MODES[@]}"; do
		touch "$SHARED/$mode/"{go,all}
	done
	eventually all_good || {
		tail "$SHARED"/*/result
		return 1
	}
}

# fails CALLS:ERRNO:N [OPTIONS...] - what becomes of it?
fails() {
	find "$SHARED" -mindepth 1 -delete
	cp -a "$BATS_TEST_TMPDIR/files/." "$SHARED"
	refusing "$@"
	if ((status == 0)); then
		# If something is not what it was, it has said so.
		[[ $stderr ]] || goes_on || return
		command launch kill "$NAME" 2>/dev/null || :
	else
		((status == 125)) && [[ $stderr == "launch: cannot "* ]] &&
			[[ $(wc -l <<<"$stderr") == 1 ]] || return
	fi
	quickly same_traces "$before"
}

# sweep CALLS:ERRNO [OPTIONS...]
sweep() {
	local count n
	fails "$1:0" "${@:2}"
	((status == 0))
	count=$(<"$BATS_TEST_TMPDIR/count")
	((count > 0))
	for ((n = 1; n <= count; n += (count + SAMPLES - 1) / SAMPLES)); do
		fails "$1:$n" "${@:2}"
		echo "# ${1##*:} $n of $count: [$status] $stderr"
	done
}

# sweep_all [OPTIONS...]
sweep_all() {
	sweep openat,openat2,dup,dup2,dup3,pipe,pipe2,socket,socketpair,memfd_create,epoll_create1,timerfd_create,inotify_init1,eventfd2,signalfd4,pidfd_open,pidfd_getfd,userfaultfd:EMFILE "$@"
	sweep mmap,mremap,mprotect,madvise,munmap,clone3,fork,clone,process_vm_writev:ENOMEM "$@"
	sweep setsid,setpgid,setgroups,setresgid,setresuid,capset,chdir,fchdir,chroot,fchown,fchmod,fchmodat,fchownat,sethostname,setdomainname,mount,seccomp,sigaltstack,rseq,set_tid_address,set_robust_list,tkill,close_range,fcntl,ioctl,lseek,mkdirat,symlinkat,sendfile,preadv,rt_sigaction,waitid:EPERM "$@"
}

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

@test "a shell with a pipe, a terminal and files in memory: what fails is not passed over" {
	MODES=(.)
	# shellcheck disable=SC2016
	background -t -v "$SHARED:/mnt" --tmpfs /tmp sh -c 'umask 027; ulimit -n 77; echo good >/tmp/kept
		while :; do echo; sleep 0.02; done | while read -r _; do
			echo -n . >>/mnt/ticks
			[ ! -e /mnt/go ] || { [ -t 1 ] && cat /tmp/kept >/mnt/result; exit; }
		done'
	eventually all_moved
	put_by
	sweep_all
}

@test "what the kernel keeps for programs: what fails is not passed over" {
	several persist/threads persist/pipes persist/signals persist/sharing persist/zombies \
		persist/memory keeps/timers keeps/locks keeps/ipc keeps/watches keeps/owners \
		keeps/pidfds keeps/queues keeps/seals persist_net/pairs persist_net/names \
		persist_net/datagrams persist_net/passed persist_net/listeners persist_net/packets
	put_by
	sweep_all
	sweep epoll_ctl,inotify_add_watch,timerfd_settime,timer_create,timer_settime,flock,shmget,shmat,semget,semctl,msgget,msgsnd,mq_open,rt_sigqueueinfo,rt_tgsigqueueinfo,bind,listen,connect,accept,setsockopt,sendmsg,ftruncate:ENOSPC
}

@test "memory that comes later: what fails is not passed over" {
	several persist_lazy/shut
	put_by
	sweep_all --lazy
}
