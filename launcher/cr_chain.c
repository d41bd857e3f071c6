/* cr_chain.c - the images that an image builds on */
#include "cr_chain.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/report.h"
#include "common/text.h"
#include "cr_store.h"
#include "spec.h"

enum { WHERE_MAX = SPEC_PATH_MAX + 1 };

/* What is built on. */
static struct {
	struct cr_image image;
	char where[WHERE_MAX], child[WHERE_MAX];
	const struct cr_image *base; /* the same, or what is copied already */
	const struct cr_memory *memory; /* who was asked for last */
	const struct cr_pages *pages;   /* the next of his */
} parent;

static int open_dir(const char *path)
{
	return openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_as_long(int fd, const struct cr_store *store)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (uint64_t)st.st_size == store->length;
}

static bool is_same(int core, const struct cr_parent *p)
{
	struct cr_header header;

	return pread(core, &header, sizeof(header), 0) == sizeof(header) &&
	       memcmp(header.magic, CR_MAGIC, sizeof(header.magic)) == 0 &&
	       header.version == CR_VERSION && header.id == p->id &&
	       memcmp(header.stores, p->stores, sizeof(p->stores)) == 0;
}

/* The files of one image but for those that are open, or empty.  -1 with errno. */
static int open_stores(int dir, const struct cr_store *stores, int *fds)
{
	for (size_t i = 0; i < CR_STORES; i++) {
		if (fds[i] >= 0 || !stores[i].length)
			continue;
		fds[i] = cr_image_open(dir, cr_store_names[i]);
		if (fds[i] < 0)
			return -1;
	}
	return 0;
}

static int open_own(const struct cr_image *image, const char *where,
		    const char *path, int *fds)
{
	autofd int dir = open_dir(where);

	if (open_stores(dir, image->stores, fds) < 0)
		return fail("cannot open '%s' of the image '%s'",
			    cr_store_names[fds[0] >= 0], path);
	for (size_t i = 0; i < CR_STORES; i++)
		if (fds[i] >= 0 && !is_as_long(fds[i], image->stores + i))
			return failx(
				"cannot use the image '%s': its '%s' is of another length",
				path, cr_store_names[i]);
	return 0;
}

static int open_parent(const struct cr_parent *p, const char *where,
		       const char *path, int *fds)
{
	char name[2 * WHERE_MAX];
	autofd int dir = -1;
	autofd int core = -1;
	bool same;

	if (format(name, sizeof(name), "%s/%s", where, p->path) < 0)
		return fail("cannot open the parent of the image '%s'", path);
	dir = open_dir(name);
	core = dir < 0 ? -1 : cr_image_open(dir, "core.img");
	if (core < 0 || open_stores(dir, p->stores, fds) < 0)
		return fail("cannot open '%s', which the image '%s' builds on",
			    name, path);
	same = is_same(core, p);
	for (size_t i = 0; i < CR_STORES; i++)
		same &= fds[i] < 0 || is_as_long(fds[i], p->stores + i);
	return same ? 0
		    : failx("cannot use the image '%s': '%s', which it builds on, is another one now",
			    path, name);
}

int cr_chain_open(const struct cr_image *image, const char *where,
		  const char *path, int fds[CR_STORES_MAX])
{
	int result;

	for (size_t i = 1; i < image->store_count; i++)
		fds[i] = -1;
	result = open_own(image, where, path, fds);
	for (size_t i = 0; result == 0 && i < image->parent_count; i++)
		result = open_parent(image->parents[i], where, path,
				     fds + CR_STORES * (i + 1));
	if (result < 0)
		cr_chain_close(image, fds);
	return result;
}

void cr_chain_close(const struct cr_image *image, int fds[CR_STORES_MAX])
{
	for (size_t i = 0; i < image->store_count; i++)
		fd_close(&fds[i]);
}

int cr_chain_check(const struct cr_image *image, const int fds[CR_STORES_MAX],
		   const char *path)
{
	for (size_t i = 0; i < image->store_count; i++) {
		char name[2 * WHERE_MAX];

		copy_text(name, sizeof(name), path);
		if (i >= CR_STORES)
			format(name, sizeof(name), "%s/%s", path,
			       image->parents[i / CR_STORES - 1]->path);
		if (fds[i] >= 0 &&
		    cr_store_check(fds[i], image->stores + i, i, name) < 0)
			return -1;
	}
	return 0;
}

/* Would it write over what it builds on? */
static bool is_itself(int dir, const char *path)
{
	autofd int other = open_dir(path);
	struct stat a, b;

	return fstat(dir, &a) == 0 && fstat(other, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int check_parent(const char *path, int dir)
{
	const struct cr_image *image = &parent.image;
	bool itself = is_itself(dir, parent.where);

	if (image->parent_count == CR_PARENTS_MAX)
		return failx(
			"cannot build on '%s', which builds on %d others: make one without --parent",
			path, CR_PARENTS_MAX);
	for (size_t i = 0; !itself && i < image->parent_count; i++) {
		char name[2 * WHERE_MAX];

		format(name, sizeof(name), "%s/%s", parent.where,
		       image->parents[i]->path);
		itself = is_itself(dir, name);
	}
	return itself ? failx("cannot write to '%s': it is built on (--dir, --parent)",
			      parent.child)
		      : 0;
}

int cr_chain_begin(const char *path, int dir)
{
	autofd int at = open_dir(path);
	autofd int core = at < 0 ? -1 : cr_image_open(at, "core.img");
	int fds[CR_STORES_MAX] = { -1 };

	if (core < 0 ||
	    cr_image_where(at, parent.where, sizeof(parent.where)) < 0 ||
	    cr_image_where(dir, parent.child, sizeof(parent.child)) < 0)
		return fail("cannot open the image '%s' (--parent)", path);
	if (cr_image_read(&parent.image, core, path) < 0 ||
	    cr_chain_open(&parent.image, parent.where, path, fds) < 0)
		return -1;
	cr_chain_close(&parent.image, fds);
	parent.base = &parent.image;
	return check_parent(path, dir);
}

uint64_t cr_chain_id(void)
{
	return parent.image.bytes ? cr_header_of(&parent.image)->id : 0;
}

/* "/a/b/c" is "../b/c" from "/a/d". */
static int relate(char *buf, size_t size, const char *from, const char *to)
{
	size_t same = 0, used = 0;

	for (size_t i = 0;; i++) {
		if ((from[i] == '/' || !from[i]) && (to[i] == '/' || !to[i]))
			same = i;
		if (from[i] != to[i] || !from[i])
			break;
	}
	for (from += same; *from; from++) {
		if (*from != '/')
			continue;
		if (format(buf + used, size - used, "../") < 0)
			return -1;
		used += strlen("../");
	}
	to += same;
	return format(buf + used, size - used, "%s%s", used || *to ? "" : ".",
		      to + (*to == '/'));
}

static int add_parent(struct cr_image *image, uint64_t id,
		      const struct cr_store *stores, const char *path)
{
	autofd int dir = open_dir(path);
	char where[WHERE_MAX], name[2 * WHERE_MAX];
	struct cr_parent *p;

	if (cr_image_where(dir, where, sizeof(where)) < 0 ||
	    relate(name, sizeof(name), parent.child, where) < 0)
		return fail("cannot find '%s' (--parent)", path);
	p = cr_add(image, CR_PARENT, sizeof(*p) + strlen(name) + 1);
	p->id = id;
	memcpy(p->stores, stores, sizeof(p->stores));
	memcpy(p->path, name, strlen(name) + 1);
	return 0;
}

int cr_chain_describe(struct cr_image *image)
{
	const struct cr_header *header = cr_header_of(&parent.image);

	if (!header)
		return 0;
	if (add_parent(image, header->id, header->stores, parent.where) < 0)
		return -1;
	for (size_t i = 0; i < parent.image.parent_count; i++) {
		const struct cr_parent *p = parent.image.parents[i];
		char name[2 * WHERE_MAX];

		if (format(name, sizeof(name), "%s/%s", parent.where, p->path) <
			    0 ||
		    add_parent(image, p->id, p->stores, name) < 0)
			return -1;
	}
	return 0;
}

static const struct cr_memory *memory_of(int pid)
{
	const struct cr_memory *m;

	cr_each (m, parent.base, NULL, CR_MEMORY, 0)
		if (m->pid == pid)
			break;
	return m;
}

void cr_chain_go_on(const struct cr_image *copied)
{
	parent.base = copied;
	parent.memory = NULL;
}

bool cr_chain_find(int pid, uint64_t from, uint64_t to, struct cr_pages *found)
{
	const struct cr_pages *p;
	uint64_t skipped;

	if (!parent.memory || parent.memory->pid != pid) {
		parent.memory = memory_of(pid);
		parent.pages = parent.memory
				       ? cr_next(parent.base, parent.memory,
						 CR_PAGES, CR_STOP(CR_MEMORY))
				       : NULL;
	}
	while ((p = parent.pages) && p->address + p->length <= from)
		parent.pages =
			cr_next(parent.base, p, CR_PAGES, CR_STOP(CR_MEMORY));
	if (!p || p->address >= to)
		return false;
	skipped = from > p->address ? from - p->address : 0;
	*found = (struct cr_pages){
		.address = p->address + skipped,
		.length = p->length - skipped,
		.offset = p->offset + skipped,
		.source = p->source +
			  (parent.base == &parent.image ? CR_STORES : 0),
	};
	if (found->length > to - found->address)
		found->length = to - found->address;
	return true;
}
