/* embedded.c - the programs that launch carries inside itself */
#include "embedded.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "common/fd.h"
#include "common/io.h"

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

static int open_sealed(const char *name, const char *bytes, uint64_t size)
{
	autofd int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, bytes, size) < 0)
		return -1;
	/* A container must not be able to change what runs next in it. */
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	return fd_take(&fd);
}

int embedded_minit_open(void)
{
	return open_sealed("minit", embedded_minit, embedded_minit_size);
}

int embedded_stage_open(void)
{
	return open_sealed("stage", embedded_stage, embedded_stage_size);
}
