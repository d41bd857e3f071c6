/* cr_steps.h - system calls that a process makes when nothing of its program is left
 *
 * Its memory cannot become another one's while its own code is in it.  So it writes
 * down what is to be called, takes a room where neither it nor the other one has
 * anything, and leaves the rest to a few instructions there:
 *
 *	| code | scratch | steps -->  <-- data | aside |
 *
 * A step is a call, and the least that it has to return.  When one returns less, a
 * word is said and that is the end.  A call costs what it costs any program; from
 * outside, by ptrace(2), it is fifty times that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "cr_image.h"

/* What a process says to who restores it; of any other first byte begins the text of
 * a failure. */
enum cr_word_kind {
	CR_READY = 1,   /* it is about to change its memory */
	CR_WARNING = 2, /* a text follows */
	CR_DONE = 3,
	CR_BROKEN = 4, /* a step has failed */
};

struct cr_word {
	uint8_t kind;
	uint8_t way;         /* in which its memory comes: see cr_lazy.h */
	uint32_t process;    /* which of the image's */
	uint64_t room, span; /* all that is left of where it came from */
	int64_t result;      /* CR_BROKEN: what the step has returned, */
	uint64_t step;       /* and where in the room it is */
};

/* Where in the room the scratch is. */
enum { CR_SCRATCH_AT = 4096 };

/* As the code of cr_machine.c reads it. */
struct cr_step {
	int64_t number;
	uint64_t args[6];
	int64_t least;
};

struct cr_steps {
	char *room;
	size_t span;
	uint64_t aside; /* in the room: for what is moved twice */
	struct cr_step *first, *next;
	char *data; /* behind the last step */
};

/* Take a room for so many steps and bytes of data of process p, and so many bytes
 * aside.  Dies, as all do. */
void cr_steps_begin(struct cr_steps *s, const struct cr_image *image,
		    const struct cr_process *p, size_t count, size_t data,
		    size_t aside);

void cr_step(struct cr_steps *s, int64_t least, long number,
	     const uint64_t args[6]);
#define cr_must(s, number, ...) \
	cr_step((s), 0, (number), (const uint64_t[6]){ __VA_ARGS__ })
#define cr_may(s, number, ...) \
	cr_step((s), INT64_MIN, (number), (const uint64_t[6]){ __VA_ARGS__ })

/* Bytes that a step points to. */
void *cr_steps_data(struct cr_steps *s, size_t size);

/* Nothing is left but the room. */
void cr_steps_empty(struct cr_steps *s);

/* Make them, say the word to that fd, and wait. */
noreturn void cr_steps_run(struct cr_steps *s, int control,
			   struct cr_word *word);

/* Say which step it was.  Returns -1. */
int cr_steps_fail(pid_t pid, int inner, const struct cr_word *word);
