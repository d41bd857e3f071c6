/* descendants.h - everyone below us */
#pragma once

/* Send the signal to all processes below us, and make them run to see it.  As
 * PID 1 that is everybody; otherwise who is found in /proc. */
void descendants_signal(int number);
