# Orrery. `make` builds build/orrery; `make help` lists the rest.
#
# One file stays one file: sources, tests, fuzzers and embedded data are found by wildcard.
#   CC=gcc|clang    BUILD=dir    SANITIZE=address,undefined | thread    WEB=0 (without the page)    MPI= (without the plugin for mpirun)    JOBS=n    V=1
.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDEXPANSION:

ifeq ($(origin CC),default)
CC := gcc
endif
HOSTCC       ?= gcc
BUILD        ?= build
SANITIZE     ?=
WEB          ?= 1
JOBS         ?= 2
FUZZ_SECONDS ?= 10

# --- flags ---
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
CPPFLAGS := -Isrc -Iinclude -D_POSIX_C_SOURCE=200809L
CFLAGS   := -std=c17 -O2 -g -ffp-contract=off -fno-math-errno -fPIC -fvisibility=hidden $(WARNINGS)
LDFLAGS  := -Wl,--as-needed
LDLIBS   := -lyaml -ljson-c -lxxhash -lnlopt -lsqlite3 -lz -lm -lpthread -ldl
LDLIBS   += $(if $(wildcard src/net/*.c),-lmicrohttpd)
ifneq ($(SANITIZE),)
CPPFLAGS += -DORR_CHECKS
CFLAGS   += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
EXTRA_CFLAGS ?=
CFLAGS   += $(EXTRA_CFLAGS)
COMPILE   = $(CC) $(CPPFLAGS) $(CFLAGS)
# One short line a step; V=1 shows the commands.
quiet     = $(if $(V),,@printf '  %-7s %s\n' $(1) $@; )

# --- what there is ---
OBJ       := $(BUILD)/obj
SOURCES   := $(sort $(filter-out src/mpi/%,$(wildcard src/*/*.c src/*/*/*.c)))
APP_OBJS  := $(patsubst %.c,$(OBJ)/%.o,$(filter src/app/%,$(SOURCES)))
LIB_OBJS  := $(patsubst %.c,$(OBJ)/%.o,$(filter-out src/app/%,$(SOURCES))) $(OBJ)/gen/embedded_data.o $(OBJ)/gen/model_version.o
BASE_OBJS := $(filter $(OBJ)/src/base/%,$(LIB_OBJS))
LIB       := $(BUILD)/liborrery.a
ABI       := $(shell sed -n "s/^\#define ORRERY_ABI_VERSION //p" include/orrery/orrery.h)
SHARED    := $(BUILD)/liborrery.so.$(ABI)
PREFIX    ?= /usr/local
APP       := $(if $(APP_OBJS),$(BUILD)/orrery)
# A plugin for mpirun, where MPI's files are; MPI= for none. Its headers are not ours to keep clean.
MPI       ?= $(firstword $(foreach p,ompi-c mpich,$(shell pkg-config --exists $(p) 2>/dev/null && echo $(p))))
MPI_FLAGS  = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(MPI)))
CREW      := $(if $(MPI),$(BUILD)/orrery-mpi.so)

TEST_FOLDERS   := unit laws golden cli accuracy e2e
TEST_SOURCES   := $(sort $(foreach f,$(TEST_FOLDERS),$(wildcard tests/$(f)/test_*.c)))
TEST_PROGRAMS  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TEST_SOURCES))
THREAD_TESTS   := $(foreach p,$(TEST_PROGRAMS),$(if $(findstring threads,$(notdir $(p))),$(p)))
FUZZ_SOURCES   := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PROGRAMS  := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SOURCES))
# Support code of a folder: linked into every test of it.
support_objects = $(patsubst %.c,$(OBJ)/%.o,$(sort $(filter-out $(wildcard tests/$(1)/test_*.c),$(wildcard tests/$(1)/*.c))))

.PHONY: all lib base tests thread-tests fuzzers setup setup-build test check sanitize fuzz bench demo test-one install clean help FORCE
all: $(APP) $(LIB) $(SHARED) $(CREW)
lib: $(LIB) $(SHARED)
base: $(BASE_OBJS)
tests: all $(TEST_PROGRAMS)
thread-tests: $(THREAD_TESTS)
fuzzers: $(FUZZ_PROGRAMS)

# --- objects ---
# A change of flags rebuilds everything; the file is written only when they change.
$(OBJ)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' > $@

$(OBJ)/src/%.o: src/%.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(COMPILE) -MMD -MP -c $< -o $@

$(OBJ)/tests/%.o: tests/%.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(COMPILE) -MMD -MP -c $< -o $@

# Made aside and renamed, so that a build running beside never links half of it.
$(LIB): $(LIB_OBJS)
	$(call quiet,AR)rm -f $@.$$$$ && ar rcs $@.$$$$ $(LIB_OBJS) && mv $@.$$$$ $@

# Only what include/orrery marks is seen from outside.
$(SHARED): $(LIB_OBJS)
	$(call quiet,LINK)$(COMPILE) $(LDFLAGS) -shared -Wl,-soname,$(notdir $@) $^ -o $@.$$$$ $(LDLIBS) && mv $@.$$$$ $@

$(BUILD)/orrery: $(APP_OBJS) $(LIB)
	$(call quiet,LINK)$(COMPILE) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(OBJ)/src/mpi/%.o: src/mpi/%.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(COMPILE) $(MPI_FLAGS) -MMD -MP -c $< -o $@

$(CREW): $(patsubst %.c,$(OBJ)/%.o,$(wildcard src/mpi/*.c)) $(LIB)
	$(call quiet,LINK)$(COMPILE) $(LDFLAGS) -shared $^ -o $@.$$$$ $(shell pkg-config --libs $(MPI)) $(LDLIBS) && mv $@.$$$$ $@

# --- embedded files: the catalogue and the page ---
EMBED_DIRS := data:.yaml $(if $(filter-out 0,$(WEB)),web/dist)
EMBED      := $(BUILD)/gen/embed
PAGE       := $(if $(filter-out 0,$(WEB)),$(if $(wildcard web/package.json),web/dist/.built))

$(EMBED): tools/embed.c
	@mkdir -p $(@D)
	$(call quiet,HOSTCC)$(HOSTCC) -std=c17 -O1 -g $(WARNINGS) -D_XOPEN_SOURCE=700 $< -o $@

# Runs each time and writes only when the bytes differ, so that files added or removed are seen.
$(BUILD)/gen/embedded_data.c: $(EMBED) $(PAGE) FORCE
	@$(EMBED) $@ $(EMBED_DIRS)

$(OBJ)/gen/embedded_data.o: $(BUILD)/gen/embedded_data.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(COMPILE) -Wno-overlength-strings -MMD -MP -c $< -o $@

# The model's version: a hash of all code and data that an answer may follow from (base/version.h). Written only when it differs.
$(BUILD)/gen/model_version.c: FORCE
	@mkdir -p $(@D)
	@hash=$$(find src data -path src/app -prune -o -path src/library -prune -o -type f \( -name '*.[ch]' -o -path 'data/*' \) -print | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-32) && \
	  printf '#include "base/version.h"\nconst char orr_model_version[] = "%s";\n' "$$hash" | cmp -s - $@ || \
	  printf '#include "base/version.h"\nconst char orr_model_version[] = "%s";\n' "$$hash" > $@

$(OBJ)/gen/model_version.o: $(BUILD)/gen/model_version.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(COMPILE) -MMD -MP -c $< -o $@

WEB_SOURCES := $(shell find web -name node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
web/dist/.built: $(WEB_SOURCES)
	@command -v npm >/dev/null || { echo 'make: the page needs node and npm: run tools/setup.sh build, or make WEB=0' >&2; exit 1; }
	cd web && npm ci --no-audit --no-fund && npm run build
	@touch $@

# --- tests ---
$(TEST_PROGRAMS): $(BUILD)/tests/%: $(OBJ)/tests/%.o $$(call support_objects,$$(firstword $$(subst /, ,$$*))) $(LIB)
	@mkdir -p $(@D)
	$(call quiet,LINK)$(COMPILE) $(LDFLAGS) $^ -o $@ -lcmocka $(LDLIBS)

BENCH_PROGRAMS := $(patsubst bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard bench/bench_*.c)))
$(BENCH_PROGRAMS): $(BUILD)/bench/%: $(OBJ)/bench/%.o $(LIB)
	@mkdir -p $(@D)
	$(call quiet,LINK)$(COMPILE) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(OBJ)/bench/%.o: bench/%.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(COMPILE) -MMD -MP -c $< -o $@

# Fuzzers want: make fuzzers CC=clang BUILD=build/fuzz SANITIZE=fuzzer-no-link,address,undefined
$(FUZZ_PROGRAMS): $(BUILD)/fuzz/%: $(OBJ)/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(call quiet,LINK)$(COMPILE) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@ $(LDLIBS)

RUN_TESTS = FUZZ_SECONDS=$(FUZZ_SECONDS) JOBS=$(JOBS) WEB=$(WEB) MAKE='$(MAKE)' tools/run-tests.sh

setup:
	@tools/setup.sh test
setup-build:
	@tools/setup.sh build
test: setup
	@$(MAKE) --no-print-directory check
check:
	@+$(RUN_TESTS) gcc clang asan tsan fuzz
sanitize:
	@+$(RUN_TESTS) asan tsan
fuzz:
	@+$(RUN_TESTS) fuzz
# make test-one T=unit/test_text
test-one: all $(if $(wildcard tests/$(T).c),$(BUILD)/tests/$(T))
	@case '$(T)' in '') echo 'usage: make test-one T=unit/test_text' >&2; exit 2;; esac
	$(if $(wildcard tests/$(T).sh),ORRERY=$(BUILD)/orrery bash tests/$(T).sh,$(BUILD)/tests/$(T))

bench: all $$(BENCH_PROGRAMS) $(BUILD)/tests/laws/test_oracle
	@if [ -f bench/run.sh ]; then bash bench/run.sh; else echo 'bench/run.sh is not there' >&2; exit 1; fi
demo: setup-build
	@$(MAKE) --no-print-directory all
	$(BUILD)/orrery recommend examples/chat-llama70b-h100.yaml --output-dir $(BUILD)/demo

# make install PREFIX=/opt/orrery
install: all
	@tools/install.sh $(BUILD) $(PREFIX)

clean:
	rm -rf $(BUILD) web/dist

help:
	@echo 'make              build/orrery, build/liborrery.a and build/liborrery.so.$(ABI)'
	@echo 'make test         installs what is missing, then make check'
	@echo 'make check        everything a change must pass: gcc and clang, sanitizers, laws, goldens, fuzzers in brief'
	@echo 'make test-one T=unit/test_text'
	@echo 'make sanitize     the tests under address, undefined and thread sanitizers'
	@echo 'make fuzz         the fuzzers, FUZZ_SECONDS=10 each'
	@echo 'make bench        the benchmarks'
	@echo 'make demo         a recommendation for a chat service on H100s, into build/demo'
	@echo 'make install      binary, header, libraries, pkg-config file and Python module, into PREFIX=/usr/local'
	@echo 'make clean'
	@echo 'Variables: V=1 CC=gcc|clang BUILD=dir SANITIZE=address,undefined|thread WEB=0 MPI= JOBS=n FUZZ_SECONDS=n'

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
