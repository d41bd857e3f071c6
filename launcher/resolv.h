/* resolv.h - which name servers the container asks
 *
 * In the child.  The file is on a tmpfs of ours and bound over the root's own,
 * which stays as it was; a symlink there is covered itself, not followed.
 */
#pragma once

struct spec;

/* Those of --dns; else leased, a text for resolv.conf, unless it is empty; else
 * the host's, if the container has a network behind it; else the root's own.
 * dev is our directory.  Dies on failure. */
void resolv_fill(int root, int dev, const struct spec *spec,
		 const char *leased);
