/* user.h - becoming another user, by the files of the C library's getpwnam
 * (which allocates) */
#pragma once

/* Become who is NAME or NAME:GROUP, or numbers, with the groups that /etc/group
 * lists for NAME.  -1: reported. */
int user_become(const char *who);
