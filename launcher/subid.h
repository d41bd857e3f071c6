/* subid.h - ids that were given to somebody to use in user namespaces */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct id_map;
struct id_range;

/* What name has in /etc/passwd for uid, else $USER; newuidmap(1) does not
 * believe us anyway.  False: neither knows. */
bool subid_name(uid_t uid, char *buf, size_t size);

/* Append the ranges that a file as subuid(5) gives to name or to uid, as
 * outside and count. */
void subid_read(const char *file, const char *name, uid_t uid,
		struct id_map *given);

/* Take want ids, or all there are, off what is given, to be those from inside
 * on in map.  Returns how many. */
size_t subid_take(struct id_map *given, struct id_map *map, size_t inside,
		  size_t want);

/* The first piece of 65536 ids of what is given that is in no namespace of a
 * process that we see, and the piece of gids with the same number.  False:
 * there is none. */
bool subid_free(const struct id_map *uids, const struct id_map *gids,
		struct id_range *uid, struct id_range *gid);
