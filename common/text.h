/* text.h - text to value and back, strictly
 *
 * The parsers take the whole string or nothing: no blanks, no sign, no rest.
 * They return 0, or -1 with EINVAL (not of the form) or ERANGE (too large).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Decimal. */
int parse_uint(const char *text, uint64_t max, uint64_t *value);

/* Octal, as modes are written: "755", "0755". */
int parse_mode(const char *text, unsigned int *mode);

/* Bytes: "4096", "64k", "512M", "1g", "2T", in powers of 1024. */
int parse_size(const char *text, uint64_t *bytes);

/* "10" (seconds), "250ms", "1.5s", "2m", "1h" into milliseconds. */
int parse_duration(const char *text, int64_t *ms);

/* A decimal fraction in thousandths: "1.5" is 1500. */
int parse_milli(const char *text, uint64_t *thousandths);

/* A list of CPUs or memory nodes: "0-3,7".  Checked for form only. */
int parse_cpu_list(const char *text);

/* Bytes as hexadecimal digits: returns their number, -1 when there are more than
 * size.  The other way buf needs two digits a byte, and the NUL. */
ssize_t parse_hex(const char *text, uint8_t *bytes, size_t size);
void format_hex(char *buf, const uint8_t *bytes, size_t size);

/* snprintf that fails with ENAMETOOLONG instead of truncating. */
int format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Copy, or fail with ENAMETOOLONG. */
int copy_text(char *buf, size_t size, const char *text);

bool starts_with(const char *text, const char *prefix);

/* Cut text at the first of sep: returns what follows it, or NULL. */
char *split_at(char *text, char sep);

/* Cut the next word, between blanks, off *rest, and take its quotes and
 * backslashes away as a shell would.  NULL at the end, when *rest is NULL too;
 * else a quote has no other, and *rest is the word up to the end. */
char *cut_word(char **rest);

/* How many letters differ (Levenshtein); texts over 63 bytes are far away. */
unsigned int text_distance(const char *a, const char *b);

/* Point *best to candidate if it resembles text more; *best is NULL at first,
 * and stays so while more than a third of the letters differ.  What starts
 * like text, or text like it, comes before what differs. */
void text_nearer(const char *text, const char *candidate, const char **best);
