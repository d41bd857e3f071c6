/* cr_net.h - the links of a container, into an image and back */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cr_image.h"

struct net;
struct spec;

/* LINKs, of a network of its own.  had: which addresses the launcher has given.
 * -1: reported, as with all functions here. */
int cr_net_dump(struct cr_image *image, pid_t init, const struct net *had);

/* All links of the container go down, before its sockets end. */
int cr_net_silence(pid_t init);

/* In the launcher: links are to have what they had. */
void cr_net_restore(const struct cr_image *image, struct spec *spec);
