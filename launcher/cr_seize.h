/* cr_seize.h - hold all processes of a container where they are
 *
 * By ptrace(2) alone: no signal is sent, and nothing of a cgroup's is touched,
 * so that a container is never left frozen.  What is stopped cannot fork: when a
 * round finds nobody new, all of them are held.
 */
#pragma once

#include "cr_find.h"

/* Find and hold them.  -1: reported, and nobody is held. */
int cr_seize(struct cr_seized *s, pid_t init);

/* Give a process its registers and its mask back, while it is held: from here on
 * our sudden death would not harm it. */
void cr_put_back(struct cr_seized *s, const struct cr_held *p);

/* Has it ended?  Keeps errno. */
bool cr_is_dead(pid_t tid);

/* Hold one thread for a moment, for a call of ours; let it go on.  -1 with errno: ESRCH
 * when it is no more, EBUSY when it does not stop. */
int cr_seize_one(struct cr_task *t);
void cr_let_one_go(const struct cr_task *t);

/* They have been killed: see them die, which otherwise they cannot.  Not for ever: who
 * waits for a disk that does not answer does not die. */
void cr_see_die(void);

/* Let them go on exactly where they were. */
void cr_let_go(struct cr_seized *s);
