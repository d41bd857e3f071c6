# make            both programs, in build/
# make demo       a container to look at: a shell in it, or without a terminal a tour
# make check      unit tests, then bats;  T=tests/net.bats for one file
# make lint       what a reviewer's eye should not be spent on
# make bench      against the floor and what else is installed;  fuzz: SECONDS=60
# V=1 shows the commands;  O=dir builds elsewhere;  PREFIX, DESTDIR for install

PREFIX  ?= /usr/local
O       ?= build
CC      := musl-gcc
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
ARCH    := $(shell uname -m)

# musl-gcc hides the kernel's headers and libcap's; lend it only those.
BORROWED := $(O)/borrowed
# By path: -L would find glibc's libc.a beside it.  Asked when it is used, as
# the package may be installed only then.
LIBCAP    = $(shell gcc -print-file-name=libcap.a)

WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wformat=2 -Wundef -Wvla -Wnull-dereference -Wduplicated-cond \
	-Wlogical-op -Wimplicit-fallthrough -Wno-missing-field-initializers
# What overflows is buffers of characters; -strong guards two thirds of all
# functions, for 12 KiB.
HARDEN := -fstack-protector --param=ssp-buffer-size=4 -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fno-common
CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. -isystem $(BORROWED)
# A twentieth less than -Os alone.  Tests are not worth the time: what they are made of
# is compiled once more, without.
SMALL := $(if $(findstring -O0,$(CFLAGS)),,-Oz -flto=auto)
CFLAGS   ?= -Os -g
# override: these are not a matter of taste, CFLAGS on the command line is.
override CFLAGS += -std=gnu11 $(WARN) $(HARDEN) $(SMALL) -ffunction-sections \
	-fdata-sections -fno-asynchronous-unwind-tables -ffile-prefix-map=$(CURDIR)=. -MMD -MP
# Without the padding between code, constants and data; nor with relro, which nobody
# would protect in a static program.
LDFLAGS  += -static -Wl,-z,norelro,-z,now,-z,noexecstack,-z,noseparate-code \
	-Wl,-z,common-page-size=512,--gc-sections,--fatal-warnings,--build-id=none
# Not PIE by default: it costs each exec 20 page faults.  musl-gcc knows no
# -static-pie, so it is linked by hand, with musl's own start file.
ifdef PIE
override CFLAGS += -fPIE
LDFLAGS  += -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text \
	/usr/lib/$(ARCH)-linux-musl/rcrt1.o
else
override CFLAGS += -fno-pie
LDFLAGS  += -no-pie
endif

src   = $(sort $(wildcard $(addsuffix /*.c,$(1))))
obj   = $(patsubst %.c,$(O)/%.o,$(1))
COMMON   := $(call obj,$(call src,common))
LAUNCHER := $(call obj,$(call src,launcher launcher/cmd))
INIT     := $(call obj,$(call src,init))
SOURCES  := $(call src,common init launcher launcher/cmd launcher/generate tests/unit tests/fuzz tests/bench tests/tools)
HEADERS  := $(sort $(wildcard common/*.h init/*.h launcher/*.h launcher/*/*.h))
UNIT     := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(call src,tests/unit))
FUZZ     := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(call src,tests/fuzz))
PAGES    := $(wildcard docs/*.[1-8])
SCRIPTS  := tests/deps tests/layers rootfs/mkrootfs .ci/run \
	$(wildcard rootfs/*.sh tests/*.sh tests/bench/*.sh tests/vm/*)

ifndef V
.SILENT:
endif

# On all processors, unless somebody says how many.
ifeq ($(or $(MAKECMDGOALS),all),all)
JOBS := $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
MAKEFLAGS += $(JOBS)
endif

all: $(O)/launch $(O)/minit

SCRIPT := -Wl,-T,common/link.ld
$(O)/launch $(O)/minit: common/link.ld
$(O)/launch: $(LAUNCHER) $(COMMON)
	echo "  LD      $@"
	$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(LIBCAP) $(LDFLAGS) $(SCRIPT)

$(O)/minit: LDFLAGS += -Wl,--sort-section=alignment
$(O)/minit: $(INIT) $(COMMON)
	echo "  LD      $@"
	$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(LDFLAGS) $(SCRIPT)

# What takes the place of the C library's is called from inside that, too, where
# the optimizer cannot see it; and it does not look into assembly.
$(addprefix $(O)/,init/libc.o common/printf.o launcher/heap.o launcher/embedded.o): override CFLAGS += -fno-lto

# One process less for each file than with echo, and another without mkdir.
DIRS := $(sort $(dir $(call obj,$(SOURCES)))) $(addprefix $(O)/plain/,common/ init/ launcher/ launcher/cmd/)
$(DIRS): ; mkdir -p $@
define compile
	$(info $()  CC      $<)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MT $@ -MT $(O)/tidy/$* -c -o $@ $<
endef
$(O)/%.o: %.c Makefile | $(BORROWED) $(DIRS)
	$(compile)
$(O)/plain/%.o: %.c Makefile | $(BORROWED) $(DIRS)
	$(compile)
$(O)/plain/%.o $(O)/tests/%.o: override CFLAGS += -fno-lto
both  = $(addprefix $(O)/,$(1)) $(addprefix $(O)/plain/,$(1))

# launch carries minit inside itself, for --init, and the last step of exec.
$(call both,launcher/embedded.o): $(O)/minit.lz4 $(O)/stage
$(call both,launcher/embedded.o): CPPFLAGS += -DMINIT='"$(O)/minit.lz4"' -DSTAGE='"$(O)/stage"'

# A page without a libc: see the file.
$(O)/stage: launcher/stage/stage.c Makefile | $(BORROWED)
	echo "  LD      $@"
	$(CC) $(CPPFLAGS) -std=gnu11 $(WARN) -Os -ffreestanding -fno-pie -no-pie \
		-fno-asynchronous-unwind-tables -fno-stack-protector -static \
		-nostdlib -s -Wl,--build-id=none,-z,noseparate-code,-z,norelro \
		-o $@ $<

# What each system call is called, and its numbers: as a table in C, in the order
# of names.  Calls younger than the kernel's headers here are added by number,
# which is the same everywhere since Linux 5.1.
ABIS := $(if $(filter x86_64,$(ARCH)),unistd_64 unistd_32,unistd)
$(O)/syscalls.inc: Makefile | $(BORROWED)
	mkdir -p $(@D)
	for abi in $(ABIS); do \
		echo "#include <asm/$$abi.h>" | $(CC) $(CPPFLAGS) -E -dD - | \
		sed -n "s/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$/\1 $$abi \2/p"; \
		echo "open_tree_attr $$abi 467"; \
	done | LC_ALL=C sort -u | awk -v abis="$(ABIS)" ' \
		function flush() { if (name) printf "CALL(\"%s\", %s, %s)\n", \
			name, a[1] in n ? n[a[1]] : -1, a[2] in n ? n[a[2]] : -1 } \
		BEGIN { split(abis, a) } \
		$$1 != name { flush(); name = $$1; split("", n) } \
		{ n[$$2] = $$3 } END { flush() }' >$@

# The filter that nearly every container gets is made here, not at its start.
$(O)/seccomp.inc: $(O)/mkseccomp
	$< >$@
$(O)/mkseccomp: $(addprefix $(O)/launcher/,generate/seccomp.o seccomp_policy.o seccomp_shrink.o seccomp_default.o)
	$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS)
$(call both,launcher/seccomp_policy.o): $(O)/syscalls.inc
$(call both,launcher/seccomp_policy.o): CPPFLAGS += -DSYSCALLS='"$(O)/syscalls.inc"'
$(call both,launcher/seccomp.o): $(O)/seccomp.inc
$(call both,launcher/seccomp.o): CPPFLAGS += -DDEFAULT_FILTER='"$(O)/seccomp.inc"'

# One block after the other, with the length before them: see unpack.c.  To stdout, as
# a file of lz4's own is given the date of what it was made of: always out of date.
$(O)/minit.lz4: $(O)/minit.stripped
	lz4 -q -c -12 -BD --content-size --no-frame-crc $< >$@

$(O)/%.stripped: $(O)/%
	strip -o $@ $<

$(BORROWED): Makefile | $(O)/.deps-build
	mkdir -p $@/sys
	ln -sfn /usr/include/linux /usr/include/asm-generic \
		/usr/include/$(ARCH)-linux-gnu/asm $@
	ln -sfn /usr/include/jsmn.h $@
	ln -sfn /usr/include/sys/capability.h $@/sys

# What a group of targets needs beyond a fresh machine.
$(O)/.deps-%: tests/deps
	tests/deps $*
	mkdir -p $(@D)
	touch $@

# Archives, so that a test gets what it calls and no more: the two programs
# have functions of the same names.
plain = $(patsubst $(O)/%,$(O)/plain/%,$(filter-out %/main.o,$(1)))
$(O)/launcher.a: $(call plain,$(filter-out %/heap.o,$(LAUNCHER)) $(COMMON))
# What minit has of a libc is only for minit.
$(O)/init.a: $(call plain,$(filter-out %/libc.o,$(INIT)))
$(O)/%.a:
	rm -f $@
	ar rcs $@ $^

$(O)/tests/unit/init_libc_test: $(O)/init/libc.o
$(O)/tests/unit/init_%: $(O)/tests/unit/init_%.o $(O)/init.a $(O)/launcher.a
	echo "  LD      $@"
	$(CC) $(CFLAGS) -fno-lto -o $@ $^ $(LDFLAGS)

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/launcher.a $(O)/init.a
	echo "  LD      $@"
	$(CC) $(CFLAGS) -fno-lto -o $@ $^ $(LIBCAP) $(LDFLAGS)

# Fuzzers and sanitizers need glibc and clang: the code builds with both.
$(O)/fuzz/%: tests/fuzz/%.c $(call src,common launcher) $(O)/seccomp.inc | $(O)/.deps-fuzz
	echo "  FUZZ    $@"
	mkdir -p $(@D)
	clang -g -O1 -std=gnu11 -D_GNU_SOURCE -DVERSION='"fuzz"' \
		-DMINIT='"/dev/null"' -DSTAGE='"/dev/null"' -DSYSCALLS='"$(O)/syscalls.inc"' \
		-DDEFAULT_FILTER='"$(O)/seccomp.inc"' -I. -fsanitize=fuzzer,address,undefined \
		-o $@ $(filter-out launcher/main.c launcher/heap.c,$(filter %.c,$^)) -lcap

# Programs that tests run: terminals and signals are beyond a shell.
TOOLS := $(patsubst tests/tools/%.c,$(O)/tests/tools/%,$(call src,tests/tools))
$(O)/tests/tools/%: $(O)/tests/tools/%.o
	echo "  LD      $@"
	$(CC) $(CFLAGS) -fno-lto -o $@ $^ $(LDFLAGS)
$(O)/tests/tools/refuse.o: $(O)/syscalls.inc
$(O)/tests/tools/refuse.o: CPPFLAGS += -DSYSCALLS='"$(O)/syscalls.inc"'

unit: $(UNIT) | $(O)/.deps-check
	prove -e '' $(UNIT)

# In mount and network namespaces of its own: a test that leaves a bridge or a
# mount behind leaves it nowhere.  prove's last lines are CI's verdict.
TESTS := $(or $(T),$(sort $(wildcard tests/*.bats)))
DEBIAN := $(if $(filter tests/debian.bats tests/checkpoint_debian.bats,$(TESTS)),\
	$(O)/tests/debian/usr/bin/redis-server)
KERNEL := $(if $(filter tests/vm.bats tests/net_vm.bats tests/checkpoint_vm.bats tests/machine.bats,$(TESTS)),\
	$(O)/vm/bookworm/vmlinuz $(O)/vm/bookworm-backports/vmlinuz $(O)/vm/bookworm-full/vmlinuz)
PROFILE := $(if $(filter tests/seccomp.bats,$(TESTS)),$(O)/tests/docker.json)
check: all unit $(TOOLS) $(addprefix $(O)/tests/bench/,pairs true wrap) | $(O)/.deps-check $(DEBIAN) $(KERNEL) $(PROFILE)
	BUILD=$(abspath $(O)) unshare --mount --net \
		$(if $(filter-out 0,$(shell id -u)),--map-root-user) \
		tests/run $(TESTS)

# Made here, as the tests have no network; without one they skip and say so.
# Python and redis are there to be checkpointed.
$(O)/tests/debian/usr/bin/redis-server: | $(O)/minit $(O)/.deps-check
	BUILD=$(abspath $(O)) rootfs/mkrootfs --force -o $(O)/tests/debian \
		debian bookworm python3-minimal redis-server || true

# Not installed: it is one file of thousands.
$(O)/tests/docker.json: | $(O)/.deps-check
	mkdir -p $(@D)/package
	cd $(@D)/package && apt-get download -q golang-github-docker-docker-dev >log 2>&1 && \
		dpkg-deb --fsys-tarfile *.deb | tar -xO --wildcards '*/profiles/seccomp/default.json' \
			>../docker.json || rm -f ../docker.json

$(O)/vm/%/vmlinuz: | $(O)/.deps-check
	echo "  KERNEL  $*"
	BUILD=$(abspath $(O)) tests/vm/kernel $* >/dev/null || true

demo: all | $(O)/.deps-demo
	BUILD=$(abspath $(O)) rootfs/demo.sh

$(O)/tests/bench/%: $(O)/tests/bench/%.o
	echo "  LD      $@"
	$(CC) $(CFLAGS) -fno-lto -o $@ $^ $(LDFLAGS)

BENCH := $(patsubst tests/bench/%.c,$(O)/tests/bench/%,$(call src,tests/bench))
bench: all $(BENCH) $(TOOLS) | $(O)/.deps-bench $(O)/.deps-check
	BUILD=$(abspath $(O)) tests/bench/run.sh

fuzz: $(FUZZ)
	for f in $(FUZZ:$(O)/fuzz/%=%); do mkdir -p $(O)/corpus/$$f; \
		$(O)/fuzz/$$f -max_total_time=$(or $(SECONDS),60) \
			$(O)/corpus/$$f tests/fuzz/corpus/$$f || exit; \
	done

BANNED := strcpy|strcat|sprintf|strncpy|strtok|atoi|strtol|sscanf|gets|system|popen

# The slowest by far, so of each file it is known for itself: what has changed since,
# headers included, is looked at again, and who is interrupted goes on from there.  What
# those are the compiler knows.
TIDY := $(SOURCES:%.c=$(O)/tidy/%)
$(TIDY): $(O)/tidy/%: %.c .clang-tidy | $(O)/%.o $(O)/.deps-lint
	mkdir -p $(@D)
	clang-tidy --quiet $*.c -- -std=gnu11 -D_GNU_SOURCE -DVERSION='""' -DMINIT='"/dev/null"' \
		-DSTAGE='"/dev/null"' -DSYSCALLS='"$(O)/syscalls.inc"' \
		-DDEFAULT_FILTER='"$(O)/seccomp.inc"' -I. 2>/dev/null
	touch $@

tidy: $(TIDY)

$(O)/.headers: $(HEADERS) | $(BORROWED)
	for h in $?; do echo "#include \"$$h\"" | \
		$(CC) $(CPPFLAGS) -fsyntax-only -Wall -x c - || exit; done
	touch $@

lint: all $(O)/.headers | $(O)/.deps-lint
	+$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc)) tidy
	mkdir -p $(O)/cppcheck
	tests/layers
	! grep -nE '(^|[^:"])//' $(SOURCES) $(HEADERS)
	! grep -nwE '($(BANNED))\(' $(SOURCES)
	! nm $(O)/minit | grep -wE 'malloc|calloc|realloc'
	clang-format --dry-run -Werror $(SOURCES) $(HEADERS)
	cppcheck --quiet --std=c11 --enable=warning,portability,performance \
		--inline-suppr --error-exitcode=1 --suppress=missingIncludeSystem \
		-D_GNU_SOURCE -D__GNUC__ -D__x86_64__ -DVERSION='""' \
		-DSYSCALLS='"$(O)/syscalls.inc"' -DDEFAULT_FILTER='"$(O)/seccomp.inc"' \
		--cppcheck-build-dir=$(O)/cppcheck -I. common launcher init
	shellcheck $(wildcard $(SCRIPTS))
	shellcheck -s bash -e SC2154,SC2034,SC2119,SC2120 $(wildcard tests/*.bash docs/*.bash)
	test -z "$(PAGES)" || mandoc -Tlint -W warning $(PAGES)

format: | $(O)/.deps-lint
	clang-format -i $(SOURCES) $(HEADERS)

deps:
	tests/deps build demo check lint fuzz bench

install: all
	install -D -m 755 $(O)/launch $(DESTDIR)$(PREFIX)/bin/launch
	install -D -m 755 $(O)/minit $(DESTDIR)$(PREFIX)/sbin/minit
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/share/minit/rootfs rootfs/mkrootfs
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/minit/rootfs rootfs/elf.sh rootfs/paths.sh
	cp -r rootfs/skeleton $(DESTDIR)$(PREFIX)/share/minit/rootfs
	ln -sfn ../share/minit/rootfs/mkrootfs $(DESTDIR)$(PREFIX)/bin/mkrootfs
	install -D -m 644 docs/launch.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/launch
	for page in $(PAGES); do install -D -m 644 $$page \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done

dist:
	git archive --prefix=minit-$(VERSION)/ -o $(O)/minit-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(O)

.PHONY: all unit check demo bench fuzz lint tidy format deps install dist clean
.DELETE_ON_ERROR:
.SECONDARY:

-include $(patsubst %.o,%.d,$(call obj,$(SOURCES))) $(wildcard $(O)/plain/*/*.d $(O)/plain/*/*/*.d)
