/* early.h - PID 1, before its first line */
#pragma once

/* Make the process fit to be the parent of all: its terminal, directory,
 * environment, dispositions; on a machine also what is to be mounted. */
void early(void);
