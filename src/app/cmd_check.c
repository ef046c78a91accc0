/* orrery check: is this study right, what does it search, and what does it resolve to? */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "base/file.h"
#include "spec/catalogue.h"
#include "spec/study.h"

typedef struct check_options { orr_option_list settings; const char *resolved_path; bool schema; } check_options;

static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(check_options, settings), .argument = "PATH=VALUE", .doc = "override a value: --set engine.tensor_parallel_size=4"},
    {.name = "write-resolved", .kind = ORR_OPTION_TEXT, .offset = offsetof(check_options, resolved_path), .argument = "FILE", .doc = "write every value of the one system (- for stdout)"},
    {.name = "schema", .kind = ORR_OPTION_FLAG, .offset = offsetof(check_options, schema), .doc = "print the JSON Schema of studies, for editors"},
};

static int write_resolved(const orr_study *study, const char *path, orr_diags *diags)
{
    orr_text text = {0};
    orr_study_resolved(study, &text);
    bool good = true;
    if (orr_text_equal(path, "-")) fputs(text.bytes, stdout);
    else good = orr_file_write(path, text.bytes, text.length_bytes, diags);
    orr_text_free(&text);
    return good ? ORR_EXIT_DONE : ORR_EXIT_ENVIRONMENT;
}

static int check(const check_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_text summary = {0};
    orr_answer answer;
    const orr_ask ask = {.path = path, .settings = given->settings.items, .setting_count = given->settings.count};
    orr_ask_check(&ask, &summary, &answer, arena, diags);
    int code = answer.code;
    bool told = code != ORR_EXIT_DONE;
    if (!told && given->resolved_path) {
        orr_study first;
        if (!answer.study && orr_study_bind(answer.file, NULL, arena, &first, diags)) answer.study = &first;
        code = answer.study ? write_resolved(answer.study, given->resolved_path, diags) : orr_app_exit_code(diags, ORR_EXIT_USAGE);
        told = code != ORR_EXIT_DONE || orr_text_equal(given->resolved_path, "-");
    }
    if (!told) printf("%s is right\n%s", path, summary.bytes);
    orr_text_free(&summary);
    return code;
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    check_options given = {0};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code >= 0) { orr_options_free(verb, &given); return code; }
    if (given.schema) {
        orr_text schema = {0};
        orr_study_json_schema(&schema);
        fputs(schema.bytes, stdout);
        orr_text_free(&schema);
        code = ORR_EXIT_DONE;
    } else if (count == 0) {
        fputs("error: no study is named\n  hint: orrery check STUDY.yaml, or orrery check --schema.\n", stderr);
        code = ORR_EXIT_USAGE;
    } else {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = check(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        size_t errors = orr_diags_error_count(diags);
        if (errors) fprintf(stderr, "%zu error%s\n", errors, orr_app_plural(errors));
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_check = {
    .name = "check", .summary = "say whether a study is right, and what it stands for", .usage = "STUDY [options]",
    .details = "Reports every mistake of the study in one go, with its place and the way out. A study without domains is one system: it is laid out and\n"
               "described; one with domains is a search: its axes are listed.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 0, .max_arguments = 1, .run = run,
};
