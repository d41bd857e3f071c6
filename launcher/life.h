/* life.h - the lives of a container, from the first start to the last end */
#pragma once

struct start;

/* Start it, stay with it, start it again for as long as its policy says so.
 * Returns what launch exits with.  ready: see detach.h; -1: in the foreground. */
int life(struct start *s, int ready);
