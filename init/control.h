/* control.h - the socket by which minit is asked and told
 *
 * A request is one SOCK_SEQPACKET packet of words, each with its NUL:
 * "stop\0sshd\0".  The answer is packets of a letter and text, ended by end of
 * file: '+' for stdout, '-' for stderr and a failure.  What status answers is
 * for machines: name, action, state, pid, seconds in that state or -1, starts,
 * exit status or -1, command; divided by tabs.
 */
#pragma once

#include <poll.h>
#include <stdint.h>

#define CONTROL_DIR  "/run/minit"
#define CONTROL_PATH CONTROL_DIR "/control"

enum {
	CONTROL_CLIENTS_MAX = 8,
	CONTROL_FDS = 1 + CONTROL_CLIENTS_MAX,
	CONTROL_REQUEST_MAX = 256,
	CONTROL_ANSWER_MAX = 2560,
};

/* Have a socket at CONTROL_PATH, where a line may have hidden the last one by
 * a mount. */
int control_open(void);

/* Fill in what to wait for. */
void control_watch(struct pollfd fds[CONTROL_FDS]);

/* Do what the clients that are ready ask for. */
void control_handle(const struct pollfd fds[CONTROL_FDS]);

/* Answer those whose services have come to rest, drop those who say nothing. */
void control_settle(void);

/* When to call control_settle() at the latest; INT64_MAX: no need. */
int64_t control_wake_ms(void);
