/* memory.h - give memory back that is not needed any more */
#pragma once

#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/* Drop the whole pages of a static object: it is all zeroes again. */
static inline void memory_forget(void *object, size_t size)
{
	uintptr_t page = (uintptr_t)getauxval(AT_PAGESZ);
	uintptr_t from = ((uintptr_t)object + page - 1) & ~(page - 1);
	uintptr_t to = ((uintptr_t)object + size) & ~(page - 1);

	if (to > from)
		madvise((char *)object + (from - (uintptr_t)object), to - from,
			MADV_DONTNEED);
}
