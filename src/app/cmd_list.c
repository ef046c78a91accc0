/* orrery list: what the catalogue holds. */
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/catalogue.h"

typedef struct list_options { const char *format; } list_options;

static const orr_option options[] = {
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(list_options, format), .argument = "FORMAT", .doc = "table (default) or json", .choices = orr_format_choices},
};

static int run(const orr_verb *verb, int argc, char **argv)
{
    list_options given = {.format = "table"};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) return code;
    orr_arena *arena = orr_arena_create();
    orr_diags *diags = orr_diags_create();
    orr_answer answer;
    orr_ask_list(count ? arguments[0] : NULL, &answer, arena, diags);
    code = orr_app_tell(&answer, &(orr_answer_options){.format = given.format}, arena, diags);
    orr_app_print_diags(diags);
    orr_diags_destroy(diags);
    orr_arena_destroy(arena);
    return code;
}

const orr_verb orr_verb_list = {
    .name = "list", .summary = "list models, chips, nodes, fabrics, engines, workloads and stores", .usage = "[KIND] [options]",
    .details = "Columns: kind, name, title, aliases.", .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 0, .max_arguments = 1, .run = run,
};
