/* unpack.h - what lz4(1) packed */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How long the content of a frame is; 0: it does not say, or it is no frame. */
uint64_t unpack_size(const uint8_t *frame, size_t size);

/* Unpack a frame into out, which has room for unpack_size() bytes.  EINVAL: it
 * is broken.  Checksums are not looked at. */
int unpack(const uint8_t *frame, size_t size, uint8_t *out);
