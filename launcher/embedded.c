/* embedded.c - the minit that launch carries inside itself */
#include "embedded.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "common/fd.h"
#include "common/io.h"

__asm__(".pushsection .rodata.minit,\"a\"\n"
	".balign 16\n"
	"embedded_minit:\n"
	".incbin \"" MINIT "\"\n"
	"embedded_minit_end:\n"
	".balign 8\n"
	"embedded_minit_size:\n"
	".quad embedded_minit_end - embedded_minit\n"
	".popsection\n");

extern const char embedded_minit[];
extern const uint64_t embedded_minit_size;

int embedded_minit_open(void)
{
	autofd int fd = memfd_create("minit", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, embedded_minit, embedded_minit_size) < 0)
		return -1;
	/* A container must not be able to change what runs next in it. */
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	return fd_take(&fd);
}
