/* orrery pack, orrery verify: an answer with all that it follows from, and the same answer made again. */
#include <stdio.h>
#include "app/study_verb.h"
#include "app/verbs.h"
#include "ask/listing.h"
#include "ask/pack.h"
#include "base/file.h"

typedef struct pack_options { orr_option_list settings, by, changes, against; bool evolves; const char *contours, *cost, *output_dir, *verb, *store, *format; int64_t threads, samples, finalists, seeds, top; } pack_options;

static const char *const packed_verbs[] = {"predict", "explain", "recommend", "sweep", "whatif", NULL};
static const orr_option options[] = {
    {.name = "output-dir", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, output_dir), .argument = "DIR", .doc = "the folder that the pack becomes; it is made"},
    {.name = "as", .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, verb), .argument = "VERB", .doc = "what is asked of the study: predict (default without domains), recommend (default with), explain, sweep, whatif", .choices = packed_verbs},
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(pack_options, settings), .argument = "PATH=VALUE", .doc = "override a value: it stands in the pack's study"},
    {.name = "by", .kind = ORR_OPTION_LIST, .offset = offsetof(pack_options, by), .argument = "PATH", .doc = "of recommend, as its own option"},
    {.name = "change", .kind = ORR_OPTION_LIST, .offset = offsetof(pack_options, changes), .argument = "PATH=VALUE", .doc = "of whatif, what its --set is: the change that is judged"},
    {.name = "samples", .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, samples), .argument = "N", .doc = "of a sweep, as its own option", .min = 1, .max = 20000000},
    {.name = "finalists", .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, finalists), .argument = "N", .doc = "of a sweep, as its own option", .min = 0, .max = 100000},
    {.name = "evolve", .kind = ORR_OPTION_FLAG, .offset = offsetof(pack_options, evolves), .doc = "of a sweep, as its own option"},
    {.name = "against", .kind = ORR_OPTION_LIST, .offset = offsetof(pack_options, against), .argument = "WHAT", .doc = "of a sweep, as its own option"},
    {.name = "contours", .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, contours), .argument = "X,Y", .doc = "of a sweep, as its own option"},
    {.name = "cost", .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, cost), .argument = "WHAT", .doc = "of a sweep, as its own option"},
    {.name = "seeds", .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, seeds), .argument = "N", .doc = "of recommend or a sweep, as their own option", .min = 0, .max = ORR_RIVAL_SEEDS_MOST},
    {.name = "top", .letter = 'n', .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, top), .argument = "N", .doc = "systems that the table lists (default 10)", .min = 1, .max = 1000000},
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
    {.name = "store", .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, store), .argument = "PATH", .doc = "where the answer with this hash is (default: the variable ORRERY_STORE)"},
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, format), .argument = "FORMAT", .doc = "table (default) or json (the manifest)", .choices = orr_format_choices},
};

static const orr_option verify_options[] = {
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(pack_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(pack_options, format), .argument = "FORMAT", .doc = "table (default) or json", .choices = orr_format_choices},
};

static int pack(const pack_options *given, const char *subject, orr_arena *arena, orr_diags *diags)
{
    orr_sweep_search search = {.evolves = given->evolves};
    if (!orr_ask_read_against(given->against.items, given->against.count, &search, diags)) return ORR_EXIT_USAGE;
    orr_pack_question question = {.verb = given->verb, .samples = (size_t)given->samples, .finalists = (size_t)given->finalists, .top = (size_t)given->top, .search = orr_sweep_search_code(&search), .seeds = given->seeds, .contours = given->contours, .contour_cost = given->cost};
    if (!orr_pack_take_texts(&question, given->by.items, given->by.count, given->changes.items, given->changes.count, diags)) return ORR_EXIT_USAGE;
    orr_progress progress = orr_progress_begin("pack", "points");
    orr_ask ask = orr_app_ask(subject, &given->settings, given->threads, &progress);
    orr_answer answer;
    if (orr_pack_wants_store(subject) && !orr_app_need_store(given->store, &ask.store, diags)) return orr_app_exit_code(diags, ORR_EXIT_USAGE);
    orr_ask_pack(&ask, given->output_dir, &question, &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &(orr_answer_options){.format = given->format}, arena, diags);
    orr_answer_free(&answer);
    return orr_app_close_store(ask.store, code, diags);
}

static int verify(const pack_options *given, const char *directory, orr_arena *arena, orr_diags *diags)
{
    orr_progress progress = orr_progress_begin("verify", "points");
    const orr_ask ask = orr_app_ask(NULL, &given->settings, given->threads, &progress);
    orr_answer answer;
    orr_ask_verify(&ask, directory, &answer, arena, diags);
    orr_progress_end(&progress);
    const int code = orr_app_tell(&answer, &(orr_answer_options){.format = given->format}, arena, diags);
    orr_answer_free(&answer);
    return code;
}

static int run_with(const orr_verb *verb, int argc, char **argv, int (*what)(const pack_options *, const char *, orr_arena *, orr_diags *))
{
    pack_options given = {.format = "table", .samples = 100000, .finalists = 16, .top = 10};
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
