/* self.h - whose launch this is */
#pragma once

#include <stdbool.h>

/* Whether we are process 1 of a container by a magic link: a script with
 * "#!/proc/self/exe", or a link to that, makes the kernel execute once more what
 * is just executing it, here the host's own launch (CVE-2019-5736).  Whatever
 * runs beside it later could open /proc/1/exe and wait for its chance to write;
 * as the first process it is alone, and when it ends at once nobody ever is. */
bool self_is_strayed(void);
