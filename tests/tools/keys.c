/* keys.c - keyrings, for tests that have no keyctl(1)
 *
 *	keys hold NAME VALUE COMMAND...	run it in a new session keyring that has
 *					this key
 *	keys find NAME			print the value; 1: there is none
 */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/keyctl.h>

static int hold(char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", argv[0], argv[1], strlen(argv[1]),
		    KEY_SPEC_SESSION_KEYRING) < 0) {
		perror("keys");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror("keys");
	return 2;
}

static int find(const char *name)
{
	char value[64] = "";
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING,
			   "user", name, 0);

	if (key < 0 || syscall(SYS_keyctl, KEYCTL_READ, key, value,
			       sizeof(value) - 1) < 0) {
		perror("keys");
		return 1;
	}
	puts(value);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[1], "hold") == 0)
		return hold(argv + 2);
	if (argc == 3 && strcmp(argv[1], "find") == 0)
		return find(argv[2]);
	fprintf(stderr, "usage: keys hold NAME VALUE COMMAND... | find NAME\n");
	return 2;
}
