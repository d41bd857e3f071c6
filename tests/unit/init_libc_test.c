/* init_libc_test.c - minit's own strerror knows what it may meet */
#include <errno.h>
#include <string.h>

#include "tap.h"

int main(void)
{
	is_str(strerror(ENOENT), "No such file or directory");
	is_str(strerror(EOVERFLOW), "error 75");
	return done();
}
