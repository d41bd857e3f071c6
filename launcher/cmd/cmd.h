/* cmd.h - the commands of launch, one file each */
#pragma once

#include <stdbool.h>

/* What was typed behind a command: operands, and the options that it takes. */
struct args {
	char **operands; /* NULL-terminated */
	int count;
	const char *state_dir, *since, *interval, *rounds, *name, *dir, *parent,
		*ext_unix;
	bool json, follow, up, no_addresses;
	bool leave_running, pre_dump, direct, check, lazy, eager, stream,
		strict_files, tcp_established, tcp_close;
};

struct command {
	const char *name;
	/* It reads all of its words itself; NULL: the rest is for args.c. */
	int (*run)(int argc, char **argv);
	int (*run_args)(const struct args *args);
	const char *options; /* of args.c, with blanks between them */
	const char *operands, *help;
	int least, most; /* operands */
};

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

/* The nth; NULL behind the last. */
const struct command *command_at(unsigned int n);

/* Run it with argv[0] being its name; returns the exit status. */
int command_run(const struct command *command, int argc, char **argv);

/* Write how it is called. */
void command_usage(const struct command *command);

/* Say what is wrong with the value of an option; returns the exit status. */
int command_bad(const char *value, const char *option, const char *why);

/* Say that there are too few or too many words; returns the exit status. */
int command_miscounted(const struct command *command, bool few);

struct restore;
struct spec;

/* Start what a spec wants, in the background if it says so, and stay until it
 * ends; restore: in place of its command what an image holds, or NULL. */
int run_container(struct spec *wanted, bool tty, struct restore *restore);

/* Each takes its own name too, and returns the exit status. */
int cmd_run(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_update(int argc, char **argv);

int cmd_list(const struct args *args);
int cmd_inspect(const struct args *args);
int cmd_stop(const struct args *args);
int cmd_kill(const struct args *args);
int cmd_wait(const struct args *args);
int cmd_prune(const struct args *args);
int cmd_freeze(const struct args *args);
int cmd_checkpoint(const struct args *args);
int cmd_restore(const struct args *args);
int cmd_thaw(const struct args *args);
int cmd_console(const struct args *args);
int cmd_logs(const struct args *args);
int cmd_device(const struct args *args);
int cmd_stats(const struct args *args);
int cmd_top(const struct args *args);
int cmd_events(const struct args *args);
int cmd_check(const struct args *args);
int cmd_version(const struct args *args);
