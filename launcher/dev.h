/* dev.h - a /dev of our own on a tmpfs */
#pragma once

/* In the child: make the nodes, links and mounts of a /dev in the directory that
 * dir is open on, a fresh tmpfs.  Dies on failure. */
void dev_fill(int dir);
