/* archive.h - unpack an archive that a stranger has made
 *
 * By the host's tar, which knows the formats; but it can write nowhere but in the
 * tmpfs that the root is to be: it runs in a mount namespace where all else is
 * read-only, without a network, and with no more powers than unpacking takes.
 */
#pragma once

struct spec;

/* Unpack spec->rootfs, open as file, into a tmpfs of --root-size.
 * Returns the mount; -1: reported. */
int archive_unpack(const struct spec *spec, int file);
