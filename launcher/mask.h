/* mask.h - what of /proc and /sys a container may not change, or not see
 *
 * Root in a container owns the files of the kernel, too: with a line in
 * /proc/sys/kernel/core_pattern it ran its own program as root on the host.
 * The lists are those of the OCI runtime specification.
 */
#pragma once

/* In the child, inside its root, with its /proc, /sys and /dev mounted; dev is
 * open on the last.  The working directory is / afterwards.  Dies on failure. */
void mask_paths(int dev);
