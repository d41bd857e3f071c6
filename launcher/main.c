/* main.c - launch: find the command that was typed and run it */
#include <stdio.h>

#include "common/report.h"

int main(void)
{
	report_name("launch");
	printf("launch " VERSION "\n");
	return 0;
}
