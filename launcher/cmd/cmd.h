/* cmd.h - the commands of launch, one file each
 *
 * Each takes what was typed behind "launch", its own name included, and returns
 * the exit status.
 */
#pragma once

int cmd_run(int argc, char **argv);
int cmd_version(int argc, char **argv);
