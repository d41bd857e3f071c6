/* option_table.c - the one table of what can be wanted */
#include "option.h"

#include <sched.h>

#include "common/count.h"
#include "spec.h"

#define AT(field) offsetof(struct spec, field)

#define CONTAINER "Container"
#define COMMAND   "Command"
#define FILES     "Files"
#define LIMITS    "Limits"
#define NETWORK   "Network"
#define WALLS     "Walls"
#define LIFE      "Life and death"
#define RUN       "This run"

/* In the order of --help.  What a row says is explained in launch(1). */
/* clang-format off */
static const struct option_def options[] = {
	{ "rootfs", 0, "DIR", &option_path, AT(rootfs), 0,
	  CONTAINER, "the root directory; required" },
	{ "config", 0, "FILE", &option_config, 0, 0,
	  CONTAINER, "options from a file, see launch.conf(5)" },
	{ "name", 'n', "NAME", &option_name, AT(name), 0,
	  CONTAINER, "default: c and launch's process id" },
	{ "hostname", 'h', "NAME", &option_hostname, AT(hostname), 0,
	  CONTAINER, "default: the container's name" },
	{ "pid-file", 0, "FILE", &option_path, AT(pid_file), 0,
	  CONTAINER, "write the first process's id there" },
	{ "state-dir", 0, "DIR", &option_path, AT(state_dir), 0,
	  CONTAINER, "default: /run/launch" },

	{ "env", 'e', "NAME[=VALUE]", &option_env, 0, 0,
	  COMMAND, "a variable; without value: the caller's" },
	{ "workdir", 'w', "DIR", &option_absolute, AT(workdir), 0,
	  COMMAND, "default: /" },
	{ "user", 'u', "USER[:GROUP]", &option_user, AT(user), 0,
	  COMMAND, "names in the root, or numbers; default: root" },
	{ "tty", 't', NULL, &option_tty, 0, 1,
	  COMMAND, "a terminal; default: if the caller has one" },
	{ "no-tty", 'T', NULL, &option_tty, 0, 0,
	  COMMAND, "no terminal: the caller's fds 0 to 2" },
	{ "interactive", 'i', NULL, &option_nothing, 0, 0,
	  COMMAND, "for the habit of -it: stdin is always passed" },
	{ "rm", 0, NULL, &option_nothing, 0, 0,
	  COMMAND, "for the habit: nothing is ever left behind" },
	{ "init", 0, NULL, &option_flag, AT(init), 0,
	  COMMAND, "minit as process 1, around the command" },
	{ "arg", 0, "WORD", &option_arg, 0, 0,
	  COMMAND, "a word of the command, for config files" },

	{ "volume", 'v', "SRC:DST[:OPTIONS]", &option_volume, 0, 0,
	  FILES, "bind a file or directory of the host" },
	{ "tmpfs", 0, "DST[:OPTIONS]", &option_tmpfs, 0, 0,
	  FILES, "mount an empty tmpfs" },
	{ "mount", 0, "LINE", &option_mount, 0, 0,
	  FILES, "mount as this line of an fstab says" },
	{ "read-only", 0, NULL, &option_flag, AT(read_only), 0,
	  FILES, "no writing to the root" },
	{ "rw", 0, NULL, &option_flag, AT(rw), 0,
	  FILES, "write into the image that is the root (ext4)" },
	{ "root-size", 0, "SIZE", &option_size, AT(root_size), 0,
	  FILES, "what an archive as root may unpack to; 1g" },
	{ "ephemeral", 0, NULL, &option_flag, AT(ephemeral), 0,
	  FILES, "write to memory, and forget it at the end" },

	{ "device", 0, "SRC[:DST][:rwm]", &option_device, 0, 0,
	  FILES, "a device of the host, as a node in /dev" },

	{ "memory", 'm', "SIZE", &option_size, AT(cgroup.memory), 0,
	  LIMITS, "such as 512M" },
	{ "memory-swap", 0, "SIZE", &option_swap, AT(cgroup.memory_swap), 0,
	  LIMITS, "memory and swap; -1: any amount of swap" },
	{ "cpus", 0, "NUMBER", &option_cpus, AT(cgroup.cpus_milli), 0,
	  LIMITS, "how much of the CPUs, such as 1.5" },
	{ "cpuset-cpus", 0, "LIST", &option_cpu_list, AT(cgroup.cpuset_cpus), 0,
	  LIMITS, "which CPUs, such as 0-1,4" },
	{ "cpuset-mems", 0, "LIST", &option_cpu_list, AT(cgroup.cpuset_mems), 0,
	  LIMITS, "which memory nodes" },
	{ "pids-limit", 0, "NUMBER", &option_pids, AT(cgroup.pids), 0,
	  LIMITS, "processes and threads" },
	{ "cgroup-conf", 0, "FILE=VALUE", &option_cgroup_file, 0, 0,
	  LIMITS, "any other file of the cgroup" },

	{ "net", 0, "KIND[,KEY=VALUE...]", &option_net, 0, 0,
	  NETWORK, "default: veth for root, else none" },
	{ "publish", 'p', "[IP:]PORT:PORT[/udp]", &option_publish, 0, 0,
	  NETWORK, "the host's port leads to the container's" },
	{ "dns", 0, "ADDRESS", &option_dns, 0, 0,
	  NETWORK, "a name server; default: see launch(1)" },

	{ "cap-add", 0, "NAME", &option_cap_add, 0, 0,
	  WALLS, "keep a capability, or ALL" },
	{ "cap-drop", 0, "NAME", &option_cap_drop, 0, 0,
	  WALLS, "drop a capability, or ALL" },
	{ "device-cgroup-rule", 0, "RULE", &option_device_rule, 0, 0,
	  WALLS, "allow a device by number, such as \"c 1:3 rwm\"" },
	{ "privileged", 0, NULL, &option_flag, AT(privileged), 0,
	  WALLS, "all capabilities: no boundary at all" },
	{ "seccomp", 0, "FILTER", &option_seccomp, AT(seccomp), 0,
	  WALLS, "of system calls: default, none or log" },
	{ "new-privs", 0, NULL, &option_flag, AT(new_privs), 0,
	  WALLS, "let setuid programs have their owner's powers" },
	{ "userns", 0, "auto|keep-id|host", &option_userns, 0, 0,
	  WALLS, "root inside is nobody outside" },
	{ "uidmap", 0, "IN:OUT:COUNT", &option_id_map, AT(uids), 0,
	  WALLS, "which user inside is which outside" },
	{ "gidmap", 0, "IN:OUT:COUNT", &option_id_map, AT(gids), 0,
	  WALLS, "the same for groups; default: as the users" },
	{ "pid", 0, "host", &option_host_namespace, AT(shared_namespaces),
	  CLONE_NEWPID, WALLS, "see and signal the host's processes" },
	{ "ipc", 0, "host", &option_host_namespace, AT(shared_namespaces),
	  CLONE_NEWIPC, WALLS, "share the host's System V IPC" },
	{ "uts", 0, "host", &option_host_namespace, AT(shared_namespaces),
	  CLONE_NEWUTS, WALLS, "share the host's name" },
	{ "cgroupns", 0, "host", &option_host_namespace, AT(shared_namespaces),
	  CLONE_NEWCGROUP, WALLS, "see the host's cgroups" },

	{ "restart", 0, "POLICY", &option_restart, 0, 0,
	  LIFE, "no, on-failure[:N], always; default: reboot" },
	{ "stop-signal", 0, "SIGNAL", &option_signal, AT(stop_signal), 0,
	  LIFE, "what \"stop\" sends; default: what fits" },
	{ "stop-timeout", 0, "TIME", &option_duration, AT(stop_timeout_ms), 0,
	  LIFE, "how long \"stop\" waits; default: 10 seconds" },
	{ "log-size", 0, "SIZE", &option_size, AT(log_size), 0,
	  LIFE, "how much output -d keeps; default: 1M" },

	{ "detach", 'd', NULL, &option_this_run, AT(detach), 0,
	  RUN, "return when it runs; print its name" },
	{ "timeout", 0, "TIME", &option_run_duration, AT(timeout_ms), 0,
	  RUN, "kill it after that time: status 124" },
	{ "die-with-parent", 0, NULL, &option_this_run, AT(die_with_parent), 0,
	  RUN, "kill it when launch's parent ends" },
	{ "status-fd", 0, "NUMBER", &option_fd, AT(status_fd), 0,
	  RUN, "write what happens there, as JSON" },
	{ "json-errors", 0, NULL, &option_json_errors, 0, 0,
	  RUN, "write errors as JSON" },
	{ "trace", 0, NULL, &option_this_run, AT(trace), 0,
	  RUN, "say how long each step took" },
	{ "print", 0, NULL, &option_this_run, AT(print), 0,
	  RUN, "write all this as a config file, and end" },
	{ "help", 0, NULL, &option_this_run, AT(help), 0,
	  RUN, "this text" },
};
/* clang-format on */

const struct option_def *option_table(size_t *count)
{
	*count = COUNT(options);
	return options;
}
