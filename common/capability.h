/* capability.h - capabilities by name, as capabilities(7) has them */
#pragma once

/* Of "CAP_SYS_ADMIN", "SYS_ADMIN" or "sys_admin"; -1: there is none. */
int capability_number(const char *name);

/* "SYS_ADMIN"; NULL: none has that number. */
const char *capability_name(unsigned int number);
