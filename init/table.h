/* table.h - what status answers, for people or as JSON */
#pragma once

#include <stdbool.h>

struct table {
	bool json;
	unsigned int rows;
};

/* Write the head, a row for each answer (which is cut up), the end. */
void table_begin(const struct table *t);
void table_add(struct table *t, char *answer);
void table_end(const struct table *t);
