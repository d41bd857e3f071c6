/* sti.c - type a line into each terminal that can be reached (TIOCSTI)
 *
 *	sti TEXT	prints the name of each, and errno
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int type(int fd, const char *text)
{
	for (; *text; text++)
		if (ioctl(fd, TIOCSTI, text) < 0)
			return errno;
	return ioctl(fd, TIOCSTI, "\n") < 0 ? errno : 0;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "stdin", "stdout", "stderr",
					     "/dev/tty" };

	if (argc < 2)
		return 2;
	for (int i = 0; i < 4; i++) {
		int fd = i < 3 ? i
			       : open(names[i], O_RDWR | O_NOCTTY | O_CLOEXEC);

		printf("%s: %d\n", names[i],
		       fd < 0 ? errno : type(fd, argv[1]));
	}
	return 0;
}
