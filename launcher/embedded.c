/* embedded.c - the programs that launch carries inside itself */
#include "embedded.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/io.h"
#include "unpack.h"

#define EMBED(name, file)                                             \
	__asm__(".pushsection .rodata." #name ",\"a\"\n"              \
		".balign 16\n"                                        \
		"embedded_" #name ":\n"                               \
		".incbin \"" file "\"\n"                              \
		"embedded_" #name "_end:\n"                           \
		".balign 8\n"                                         \
		"embedded_" #name "_size:\n"                          \
		".quad embedded_" #name "_end - embedded_" #name "\n" \
		".popsection\n");                                     \
	extern const char embedded_##name[];                          \
	extern const uint64_t embedded_##name##_size

EMBED(minit, MINIT);
EMBED(stage, STAGE);

static int new_memfd(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/* A container must not be able to change what runs next in it. */
static int seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS,
		     F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

/* minit is packed: a third of its size is saved, for a fifth of a millisecond
 * with --init. */
int embedded_minit_open(void)
{
	const uint8_t *packed = (const uint8_t *)embedded_minit;
	uint64_t size = unpack_size(packed, embedded_minit_size);
	autofd int fd = new_memfd("minit");
	uint8_t *bytes;
	int result;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return -1;
	bytes = mmap(NULL, size, PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return -1;
	result = unpack(packed, embedded_minit_size, bytes);
	munmap(bytes, size);
	return result < 0 || seal(fd) < 0 ? -1 : fd_take(&fd);
}

int embedded_stage_open(void)
{
	autofd int fd = new_memfd("stage");

	if (fd < 0 || write_all(fd, embedded_stage, embedded_stage_size) < 0 ||
	    seal(fd) < 0)
		return -1;
	return fd_take(&fd);
}
