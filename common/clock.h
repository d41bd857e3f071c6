/* clock.h - monotonic time, always in milliseconds or microseconds */
#pragma once

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline int64_t now_us(void)
{
	struct timespec t;

	/* Not by the vdso: to find that there costs three page faults, and nobody
	 * here asks often. */
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline int64_t now_ms(void)
{
	return now_us() / 1000;
}
