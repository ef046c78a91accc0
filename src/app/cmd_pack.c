/* orrery pack, orrery verify: an answer with all that it follows from, and the same answer made again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/listing.h"
#include "ask/pack.h"
#include "base/file.h"

typedef struct pack_options { orr_option_list settings; const char *output_dir, *verb, *store; int64_t threads, samples, finalists, top; } pack_options;

static const char *const packed_verbs[] = {"predict", "recommend", "sweep", NULL};
static const orr_option options[] = {
    {.name = "output-dir", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, output_dir), .argument = "DIR", .doc = "the folder that the pack becomes; it is made"},
    {.name = "as", .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, verb), .argument = "VERB", .doc = "what is asked of the study: predict (default without domains), recommend (default with), sweep", .choices = packed_verbs},
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(pack_options, settings), .argument = "PATH=VALUE", .doc = "override a value: it stands in the pack's study"},
    {.name = "samples", .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, samples), .argument = "N", .doc = "of a sweep, as its own option", .min = 1, .max = 20000000},
    {.name = "finalists", .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, finalists), .argument = "N", .doc = "of a sweep, as its own option", .min = 0, .max = 100000},
    {.name = "top", .letter = 'n', .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, top), .argument = "N", .doc = "systems that the table lists (default 10)", .min = 1, .max = 1000000},
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
    {.name = "store", .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, store), .argument = "PATH", .doc = "where the answer with this hash is (default: the variable ORRERY_STORE)"},
};

static const orr_option verify_options[] = {
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
};

static bool go_to(const char *directory, orr_diags *diags)
{
    if (chdir(directory) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "there is no folder %s", directory), "`orrery pack STUDY -o DIR` makes one.");
    else orr_diag_environment(diags, "can't go to %s: %s", directory, strerror(errno));
    return false;
}

static int pack(const pack_options *given, const char *subject, orr_arena *arena, orr_diags *diags)
{
    if (!given->output_dir) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "no folder is named"), "Write -o DIR.");
        return ORR_EXIT_USAGE;
    }
    orr_pack_question question = {given->verb, (size_t)given->samples, (size_t)given->finalists, (size_t)given->top, 0};
    orr_progress progress = orr_progress_begin("pack", "points");
    orr_ask ask = orr_app_ask(subject, &given->settings, given->threads, &progress);
    if (!orr_file_exists(subject) && orr_ask_is_hash(subject)) {
        orr_store *store;
        if (!orr_app_need_store(given->store, &store, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
        const bool good = orr_pack_of_store(store, subject, &question, &ask.source, arena, diags);
        orr_store_close(store, diags);
        if (!good) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    }
    if (!orr_pack_write_study(&ask, given->output_dir, &question, arena, diags) || !go_to(given->output_dir, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_text written = {0};
    const int code = orr_pack_write_answer(&ask, &question, arena, &written, diags);
    orr_progress_end(&progress);
    if (orr_diags_error_count(diags) == 0) printf("packed %s of %s in %s; `orrery verify %s` makes it again\n", question.verb, subject, given->output_dir, given->output_dir);
    if (written.length_bytes > 0 && strstr(written.bytes, "is not written")) fprintf(stderr, "%s", strstr(written.bytes, "report.html is not"));
    orr_text_free(&written);
    return code;
}

static int verify(const pack_options *given, const char *directory, orr_arena *arena, orr_diags *diags)
{
    if (!go_to(directory, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    if (!orr_file_exists("manifest.json")) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s is no pack: it has no manifest.json", directory), "`orrery pack STUDY -o DIR` makes one.");
        return ORR_EXIT_USAGE;
    }
    orr_progress progress = orr_progress_begin("verify", "points");
    const orr_ask ask = orr_app_ask(NULL, &given->settings, given->threads, &progress);
    orr_text report = {0};
    const int code = orr_pack_verify(&ask, arena, &report, diags);
    orr_progress_end(&progress);
    if (report.bytes) fputs(report.bytes, stdout);
    orr_text_free(&report);
    return code;
}

static int run_with(const orr_verb *verb, int argc, char **argv, int (*what)(const pack_options *, const char *, orr_arena *, orr_diags *))
{
    pack_options given = {.samples = 100000, .finalists = 16, .top = 10};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = what(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

static int run_pack(const orr_verb *verb, int argc, char **argv) { return run_with(verb, argc, argv, pack); }
static int run_verify(const orr_verb *verb, int argc, char **argv) { return run_with(verb, argc, argv, verify); }

const orr_verb orr_verb_pack = {
    .name = "pack", .summary = "put an answer with all that it follows from into a folder, to be made again by anybody", .usage = "STUDY | HASH -o DIR [options]",
    .details = "Study, the files that it names, resolved inputs, results, tables, the page, versions, hashes, and a script that makes it again. HASH (of `orrery ls`) is an answer of a store.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run_pack,
};

const orr_verb orr_verb_verify = {
    .name = "verify", .summary = "make a pack's answer again and compare it byte by byte", .usage = "DIR [options]",
    .details = "Says of each file whether it is the same, and where it first differs; whether files of the pack were changed; and whether code and data are those that made it. Exits with 1 where a byte differs.",
    .options = verify_options, .option_count = sizeof verify_options / sizeof *verify_options, .min_arguments = 1, .max_arguments = 1, .run = run_verify,
};
