/* main.c - minit: reap, respawn, forward, shut down */
#include <stdio.h>

int main(void)
{
	printf("minit " VERSION "\n");
	return 0;
}
