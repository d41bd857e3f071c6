/* cr_obstacle.h - what keeps a container from being checkpointed */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cr_held;
struct json;

/* Of the container of that name, for messages. */
void cr_obstacle_of(const char *container);

/* From now on each is told, to list if it is not NULL; nobody fails. */
void cr_obstacle_list(struct json *list);

/* How many there were. */
size_t cr_obstacle_count(void);

/* There is one at a process, or (NULL) at the whole: -1 and reported, or 0 when
 * they are listed. */
int cr_obstacle(const struct cr_held *process, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
