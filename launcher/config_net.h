/* config_net.h - what LXC's network keys mean for a spec */
#pragma once

struct config;

/* Set what "lxc.net." and "lxc.network." keys say; rest is what stands behind
 * that, "" that all are to be forgotten.  -1: reported. */
int config_set_net(struct config *c, const char *rest, char *value);
int config_set_network(struct config *c, const char *rest, char *value);

/* At the end of all files: hand the interfaces over, in order. */
int config_settle_nets(struct config *c);
