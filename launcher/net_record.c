/* net_record.c - the links in the state file: "net=KIND NAME HOST INDEX ADDRESS..." */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/count.h"
#include "common/lines.h"
#include "common/text.h"
#include "net.h"

enum { STATE_LINE_MAX = 64 + SPEC_ADDRESSES_MAX * ADDRESS_TEXT };

void net_save(const struct net *net, struct lines *lines)
{
	char inside[SPEC_ADDRESSES_MAX * ADDRESS_TEXT];

	for (const struct net_link *l = net->links; l < net->links + net->count;
	     l++) {
		size_t length = 0;

		inside[0] = '\0';
		for (size_t i = 0; i < l->inside_count; i++)
			length += snprintf(inside + length,
					   sizeof(inside) - length, " %s",
					   format_address(&l->inside[i]).text);
		lines_add(lines, "net", "%s %s %s %u%s", net_kind_name(l->kind),
			  l->name, l->host[0] ? l->host : "-", l->index,
			  length > 0 ? inside : " -");
	}
}

/* The word at *text, which moves behind it; "" at the end. */
static char *next_word(char **text)
{
	char *word = *text, *rest = split_at(word, ' ');

	*text = rest ? rest : word + strlen(word);
	return word;
}

/* The words of a line, as net_save() puts them. */
static int parse_link(struct net_link *link, char *rest)
{
	const char *word;
	uint64_t index;

	*link = (struct net_link){ .kind = NET_NONE };
	if (net_kind_find(next_word(&rest), &link->kind) < 0 ||
	    copy_text(link->name, sizeof(link->name), next_word(&rest)) < 0)
		return -1;
	word = next_word(&rest);
	if (strcmp(word, "-") != 0 &&
	    copy_text(link->host, sizeof(link->host), word) < 0)
		return -1;
	if (parse_uint(next_word(&rest), INT32_MAX, &index) < 0)
		return -1;
	link->index = index;
	word = next_word(&rest);
	if (strcmp(word, "-") == 0)
		return 0;
	do {
		if (link->inside_count == COUNT(link->inside) ||
		    parse_address(word, &link->inside[link->inside_count]) < 0)
			return -1;
		link->inside_count++;
		word = next_word(&rest);
	} while (*word);
	return 0;
}

int net_load(struct net *net, const char *key, const char *value)
{
	char copy[STATE_LINE_MAX];

	if (strcmp(key, "net") != 0)
		return 1;
	if (net->count == COUNT(net->links)) {
		errno = ENOSPC;
		return -1;
	}
	if (copy_text(copy, sizeof(copy), value) < 0 ||
	    parse_link(&net->links[net->count], copy) < 0)
		return -1;
	net->count++;
	return 0;
}
