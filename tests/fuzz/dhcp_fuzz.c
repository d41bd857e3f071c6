/* dhcp_fuzz.c - any bytes as a DHCP server's answer */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/dhcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[MAC_SIZE] = { 2, 0, 0, 0, 0, 1 };
	struct dhcp_lease lease;
	/* Exactly as long as the input, so that a byte beyond is noticed. */
	uint8_t *copy = malloc(size ? size : 1);
	int type;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	type = dhcp_read(copy, size, 0x04030201, mac, &lease);
	if (type == DHCP_OFFER || type == DHCP_ACK) {
		if (lease.address.prefix < 1 || lease.address.prefix > 32 ||
		    lease.seconds == 0 || lease.renew_seconds == 0 ||
		    lease.renew_seconds > lease.seconds ||
		    strpbrk(lease.domain, " \n/#") ||
		    !memchr(lease.domain, '\0', sizeof(lease.domain)))
			abort();
	}
	free(copy);
	return 0;
}
