/* orrery: finds the verb and runs it. Only this folder ends the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/verbs.h"
#include "base/mem.h"
#include "base/panic.h"

#define ORR_VERB_ENTRY(name) &orr_verb_##name,
static const orr_verb *const verbs[] = {ORR_VERBS(ORR_VERB_ENTRY)};
enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

const orr_verb *const *orr_verbs(size_t *count)
{
    *count = VERB_COUNT;
    return verbs;
}

static void on_exhausted(size_t wanted_bytes)
{
    fprintf(stderr, "error: out of memory (%zu bytes were wanted)\n  hint: a smaller study, or fewer threads.\n", wanted_bytes);
    exit(ORR_EXIT_ENVIRONMENT);
}

static void on_panic(const char *message)
{
    fprintf(stderr, "error: a fault of Orrery itself: %s\n  hint: please report it with the study; the result was not written.\n", message);
    exit(ORR_EXIT_ENVIRONMENT);
}

static const orr_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i]->name, name) == 0) return verbs[i];
    return NULL;
}

static void print_overview(FILE *to)
{
    fputs("orrery: what an LLM inference system will do, why, how sure that is, and what would be better\n\nUsage: orrery VERB [arguments]\n\nVerbs:\n", to);
    for (size_t i = 0; i < VERB_COUNT; i++) fprintf(to, "  %-12s %s\n", verbs[i]->name, verbs[i]->summary);
    fputs("\n`orrery help VERB` tells more; `orrery --version` prints the version.\n", to);
}

static int unknown_verb(const char *name)
{
    const char *names[VERB_COUNT + 1];
    for (size_t i = 0; i < VERB_COUNT; i++) names[i] = verbs[i]->name;
    names[VERB_COUNT] = "help";
    const char *near = orr_text_nearest(name, names, VERB_COUNT + 1);
    fprintf(stderr, "error: unknown verb \"%s\"\n", name);
    if (near) fprintf(stderr, "  hint: Did you mean \"%s\"?\n", near);
    else fputs("  hint: `orrery help` lists the verbs.\n", stderr);
    return ORR_EXIT_USAGE;
}

static int help(int argc, char **argv)
{
    if (argc < 2) { print_overview(stdout); return ORR_EXIT_DONE; }
    const orr_verb *verb = find_verb(argv[1]);
    if (!verb) return unknown_verb(argv[1]);
    orr_text text = {0};
    orr_options_help(verb, &text);
    fputs(text.bytes, stdout);
    orr_text_free(&text);
    return ORR_EXIT_DONE;
}

/* What a full disk or a closed pipe ate must not look like success. */
static int flushed(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    if (code != ORR_EXIT_DONE) return code;
    fputs("error: the output could not be written\n", stderr);
    return ORR_EXIT_ENVIRONMENT;
}

int main(int argc, char **argv)
{
    orr_mem_keep_freed();
    orr_mem_on_exhausted(on_exhausted);
    orr_panic_on(on_panic);
    if (argc < 2) { print_overview(stderr); return ORR_EXIT_USAGE; }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) { puts("orrery " ORR_VERSION); return flushed(ORR_EXIT_DONE); }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) return flushed(help(argc - 1, argv + 1));
    const orr_verb *verb = find_verb(name);
    if (!verb) return unknown_verb(name);
    return flushed(verb->run(verb, argc - 1, argv + 1));
}
