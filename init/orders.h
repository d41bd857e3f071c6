/* orders.h - what can be asked of a running minit */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "inittab.h"

/* One that takes time: until the service has come to rest. */
struct order {
	char name[LINE_NAME_MAX]; /* "": none */
};

/* Carry out a request of size bytes, words each with its NUL, and answer it on
 * fd; or fill in order, to be answered later. */
void order_take(struct order *order, int fd, char *text, size_t size);

/* Has it come to its end, and been answered? */
bool order_is_done(const struct order *order, int fd);

/* Send one packet of the answer. */
void order_answer(int fd, char kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
