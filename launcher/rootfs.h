/* rootfs.h - make a directory the root, and let go of everything else
 *
 * In the child, in its own mount namespace; dies on failure.
 */
#pragma once

#include <stdbool.h>

/* From here on, no mount of ours shows on the host. */
void rootfs_stop_propagation(void);

/* Copy the directory path as a mount of its own, unless tree is one already,
 * and attach it in its place.  Returns an fd of it. */
int rootfs_open(const char *path, int tree);

/* The same below an overlay on a tmpfs: changes are gone with the namespace.
 * In two steps: cover the path with the tmpfs, which belongs to whom its data
 * says, and is the working directory; then, as him, build the overlay in it. */
int rootfs_cover(const char *path, int tree, const char *data);
int rootfs_open_ephemeral(const char *path, int lower, bool user_namespace);

/* Make root the process's / and detach all that was there before. */
void rootfs_enter(int root);
