/* rootfs.h - make a directory the root, and let go of everything else
 *
 * In the child, in its own mount namespace; dies on failure.
 */
#pragma once

#include <stdbool.h>

/* From here on, no mount of ours shows on the host. */
void rootfs_stop_propagation(void);

/* Copy the directory path as a mount of its own and attach it in its place.
 * Returns an fd of it. */
int rootfs_open(const char *path);

/* The same below an overlay on a tmpfs: changes are gone with the namespace. */
int rootfs_open_ephemeral(const char *path);

/* Make root the process's / and detach all that was there before. */
void rootfs_enter(int root);
