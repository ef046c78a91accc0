/* orrery list: what the catalogue holds. */
#include <stdio.h>
#include <string.h>
#include "app/common.h"
#include "app/verbs.h"
#include "spec/catalogue.h"

/* "models" and "model" are one. */
static int kind_of(const char *word)
{
    size_t length = strlen(word);
    for (int kind = 0; kind < ORR_KIND_COUNT_; kind++) {
        const char *name = orr_catalogue_kind_name((orr_catalogue_kind)kind);
        if (strcmp(word, name) == 0 || (length == strlen(name) + 1 && word[length - 1] == 's' && strncmp(word, name, length - 1) == 0)) return kind;
    }
    return -1;
}

static int unknown_kind(const char *word)
{
    const char *names[ORR_KIND_COUNT_];
    for (int kind = 0; kind < ORR_KIND_COUNT_; kind++) names[kind] = orr_catalogue_kind_name((orr_catalogue_kind)kind);
    const char *near = orr_text_nearest(word, names, ORR_KIND_COUNT_);
    fprintf(stderr, "error: unknown kind \"%s\"\n  hint: ", word);
    if (near) fprintf(stderr, "Did you mean \"%s\"? ", near);
    fputs("The kinds are:", stderr);
    for (int kind = 0; kind < ORR_KIND_COUNT_; kind++) fprintf(stderr, " %s", names[kind]);
    fputs(".\n", stderr);
    return ORR_EXIT_USAGE;
}

static void list_kind(orr_arena *arena, orr_catalogue_kind kind, orr_text *out)
{
    size_t count = 0;
    const orr_catalogue_entry *entries = orr_catalogue_entries(kind, &count);
    orr_columns *columns = orr_columns_begin(arena, 4);
    for (size_t i = 0; i < count; i++) {
        orr_text aliases = {0};
        for (size_t k = 0; k < entries[i].alias_count; k++) orr_text_printf(&aliases, "%s%s", k ? ", " : "", entries[i].aliases[k]);
        orr_columns_row(columns, orr_catalogue_kind_name(kind), entries[i].name, entries[i].title, aliases.bytes);
        orr_text_free(&aliases);
    }
    orr_columns_write(columns, out);
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    char nothing = 0;
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &nothing, arguments, &count);
    if (code >= 0) return code;
    int wanted = count ? kind_of(arguments[0]) : -1;
    if (count && wanted < 0) return unknown_kind(arguments[0]);
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_text out = {0};
    if (orr_catalogue_load(diags))
        for (int kind = 0; kind < ORR_KIND_COUNT_; kind++)
            if (wanted < 0 || wanted == kind) list_kind(arena, (orr_catalogue_kind)kind, &out);
    if (out.bytes) fputs(out.bytes, stdout);
    code = orr_app_exit_code(diags, ORR_EXIT_DONE);
    orr_app_print_diags(diags);
    orr_text_free(&out);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return code;
}

const orr_verb orr_verb_list = {
    .name = "list", .summary = "list models, chips, nodes, fabrics, engines, workloads and stores", .usage = "[KIND]",
    .details = "Columns: kind, name, title, aliases.", .min_arguments = 0, .max_arguments = 1, .run = run,
};
