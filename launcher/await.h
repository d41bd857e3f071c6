/* await.h - wait for the child, which may never come up
 *
 * A mount whose server does not answer can hold it for ever.  Signals, --timeout
 * and "launch stop" end that; to a start that gets on it costs nothing.
 */
#pragma once

struct start;

/* Are we told to end?  What launch exits with then; 0: no. */
int await_wish(const struct start *s);

/* Wait until the child has let go of our memory.  0, or, when we were told to end
 * meanwhile and have killed it, what launch exits with. */
int await_child(struct start *s);
