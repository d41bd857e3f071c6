/* cr_tcp.h - connections of TCP, into an image and back
 *
 * What arrives while the state is read, and until the socket has ended, would be
 * acknowledged and lost: so each socket gets a filter that lets nothing through.
 * What is not acknowledged is sent again by the other end, to who is there then.
 */
#pragma once

#include "cr_places.h"
#include "cr_socket.h"

/* As linux/tcp.h has it, which goes with no libc's header. */
enum { CR_RECV_QUEUE = 1, CR_SEND_QUEUE };
enum { CR_REPAIR_WINDOW = 29, CR_REPAIR_SILENT = -1 };

enum cr_tcp_mode { CR_TCP_REFUSE, CR_TCP_KEEP, CR_TCP_CLOSE };

/* What is to be done with those to others; both ends inside are always kept.
 * is_lonely: there is no network of its own.  Forgets those of before. */
void cr_tcp_begin(enum cr_tcp_mode wanted, bool is_lonely);

/* Is it said what to do with them? */
bool cr_tcp_is_free(void);

/* One that is connected: now, and when everybody stands still and all are known.
 * -1: reported. */
int cr_tcp_note(const struct cr_found *f);
int cr_tcp_finish(struct cr_image *image, bool content);

/* Is any of them one to somebody outside that goes on? */
bool cr_tcp_is_kept(void);

/* They are to end without a word, or with a reset; or let them go on. */
void cr_tcp_end(void);
void cr_tcp_release(void);

/* Give back what was needed: when all are dead. */
void cr_tcp_forget(void);

/* In the stem: one that is at its place, with its name; and when all are there. */
void cr_tcp_restore(const struct cr_image *image, const struct cr_socket *s,
		    int fd);
void cr_tcp_resume(const struct cr_image *image, const struct cr_places *at);

/* NULL, or what is wrong with a record. */
const char *cr_tcp_check(const struct cr_tcp *t);
