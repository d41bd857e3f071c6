/* cr_proc.h - what /proc says of processes, for a checkpoint
 *
 * All pids here are the host's; those inside are what the last word of a line
 * NSpid says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Read /proc/PID/NAME as a string.  -1 with errno. */
ssize_t cr_proc_read(pid_t pid, const char *name, char *buf, size_t size);

/* From here on paths are those of a container: where launch is in a chroot itself the
 * kernel puts what is above that before them. */
void cr_proc_begin(pid_t init);

/* Where /proc/PID/NAME points to, always with its end.  -1 with errno. */
ssize_t cr_proc_link(pid_t pid, const char *name, char *buf, size_t size);

/* Behind the key of a line "KEY:\tVALUE", or NULL. */
const char *cr_field(const char *text, const char *key);

/* The number at *at, behind blanks, which goes behind it.  False: there is none. */
bool cr_scan(const char **at, unsigned int base, uint64_t *number);

/* The value of a key; 0: there is none. */
uint64_t cr_number(const char *text, const char *key, unsigned int base);

/* The innermost of "NSpid:\t100\t1"; *depth: how many there are. */
int cr_inner(const char *text, const char *key, unsigned int *depth);

/* The fields of /proc/PID/stat from the third on: fields[3] is the state's
 * letter, fields[n] what proc(5) counts as n. */
enum { CR_STAT_FIELDS = 53 };
int cr_proc_stat(pid_t pid, uint64_t fields[CR_STAT_FIELDS]);

/* The name of a process, for messages; in a buffer that the next call uses. */
const char *cr_proc_name(pid_t pid);

/* A range of memory, from /proc/PID/maps or smaps. */
struct cr_range {
	uint64_t start, end, offset, inode;
	unsigned int prot, major, minor;
	bool shared;
	/* Of smaps: pages of nobody's file, and what somebody else has, too. */
	uint64_t own_kb, common_kb;
	char flags[128];  /* " rd wr mr mw "; "" in maps */
	const char *path; /* "" if none; in the text */
};

/* All ranges of a process, in a buffer that the next call uses.  With flags the kernel
 * walks over all its pages: 12 ms for 1 GB.  NULL with errno. */
char *cr_proc_ranges(pid_t pid, bool flags);

/* Cut the next range off *text. */
bool cr_next_range(char **text, struct cr_range *range);
