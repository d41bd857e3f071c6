/* io.h - whole reads and writes, and small files by directory fd */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Write all of it, through EINTR and short writes. */
int write_all(int fd, const void *data, size_t len);

/* Read until end of file or until buf is full; returns the count. */
ssize_t read_all(int fd, void *buf, size_t size);

/* Read a small file into buf as a string without its last newline; returns its
 * length.  EFBIG when it does not fit.  dir may be AT_FDCWD. */
ssize_t read_file_at(int dir, const char *name, char *buf, size_t size);

/* Where a symlink leads, as a string; returns its length.  ENAMETOOLONG when it does
 * not fit. */
ssize_t read_link(const char *path, char *buf, size_t size);

/* Write one value with one write(2), as procfs and cgroupfs require.  Never
 * creates the file. */
int write_file_at(int dir, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Point each of fds 0-2 that is closed at /dev/null. */
int open_standard_fds(void);
