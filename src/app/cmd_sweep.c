/* orrery sweep: a whole space in closed form, the best of it simulated, and what moves the objective. */
#include <stdio.h>
#include "app/crew.h"
#include "app/study_verb.h"
#include "app/verbs.h"
#include "base/file.h"
#include "report/sweep_report.h"

typedef struct sweep_options { orr_option_list settings, against; bool evolves; const char *points, *store, *shard, *contours, *cost; orr_answer_options how; int64_t threads, samples, finalists, seeds; } sweep_options;

static const char *const formats[] = {"table", "json", NULL};
static const orr_option options[] = {
    {.name = "set", .letter = 's', .kind = ORR_OPTION_LIST, .offset = offsetof(sweep_options, settings), .argument = "PATH=VALUE", .doc = "override a value or a domain: --set 'hardware.chip.memory.bandwidth={choices: [x1, x2, x4]}'"},
    {.name = "samples", .kind = ORR_OPTION_INT, .offset = offsetof(sweep_options, samples), .argument = "N", .doc = "points at most; of a larger space so many, spread evenly (default 100000)", .min = 1, .max = 20000000},
    {.name = "evolve", .kind = ORR_OPTION_FLAG, .offset = offsetof(sweep_options, evolves), .doc = "of a larger space a quarter of the points spread evenly, the others bred from the best of them (NSGA-II)"},
    {.name = "against", .kind = ORR_OPTION_LIST, .offset = offsetof(sweep_options, against), .argument = "WHAT", .doc = "beside the objective, a front: cost, energy, tokens_per_mw, gpus, tokens_per_gpu, tpot, ttft; three at most"},
    {.name = "shard", .kind = ORR_OPTION_TEXT, .offset = offsetof(sweep_options, shard), .argument = "I/N", .doc = "estimate this share of the points alone and keep it in --store: for arrays of jobs; `orrery merge` puts shards together"},
    {.name = "finalists", .kind = ORR_OPTION_INT, .offset = offsetof(sweep_options, finalists), .argument = "N", .doc = "of the best, how many to simulate (default 16; 0: none)", .min = 0, .max = 100000},
    {.name = "seeds", .kind = ORR_OPTION_INT, .offset = offsetof(sweep_options, seeds), .argument = "N", .doc = "simulate the best four again under N further seeds, the same for all, and say which can be told apart (default 0: not)", .min = 0, .max = ORR_RIVAL_SEEDS_MOST},
    {.name = "top", .letter = 'n', .kind = ORR_OPTION_INT, .offset = offsetof(sweep_options, how.top), .argument = "N", .doc = "systems that the table lists (default 10)", .min = 1, .max = 1000000},
    {.name = "contours", .kind = ORR_OPTION_TEXT, .offset = offsetof(sweep_options, contours), .argument = "X,Y", .doc = "over two domains of numbers (paths or ends of them): a map of the objective, lines of equal objective and equal cost, and the best at each cost"},
    {.name = "cost", .kind = ORR_OPTION_TEXT, .offset = offsetof(sweep_options, cost), .argument = "WHAT", .doc = "of contours: usd_per_gpu_h, usd_per_h, chip_usd (default: the first that differs over the map), die_mm2, tdp, power"},
    {.name = "points", .kind = ORR_OPTION_TEXT, .offset = offsetof(sweep_options, points), .argument = "FILE", .doc = "write every point, a line each, as CSV"},
    ORR_STORE_OPTION(sweep_options, store),
    {.name = "threads", .letter = 'j', .kind = ORR_OPTION_INT, .offset = offsetof(sweep_options, threads), .argument = "N", .doc = "threads (default 0: one a core); the answer is the same with any", .min = 0, .max = 256},
    {.name = "output-dir", .letter = 'o', .kind = ORR_OPTION_TEXT, .offset = offsetof(sweep_options, how.output_dir), .argument = "DIR", .doc = "also write sweep.json, contours.csv and report.html there"},
    {.name = "format", .letter = 'f', .kind = ORR_OPTION_TEXT, .offset = offsetof(sweep_options, how.format), .argument = "FORMAT", .doc = "table (default) or json", .choices = formats},
};

/* One of several processes that works for the first: says nothing, for that one says it. */
static int help(orr_ask *ask, const sweep_options *given, orr_arena *arena)
{
    orr_diags *unheard = orr_diags_create();
    orr_answer answer;
    ask->on_progress = NULL;
    orr_ask_sweep(ask, (size_t)given->samples, 0, NULL, 0, 0, &answer, arena, unheard);
    orr_answer_free(&answer);
    orr_diags_destroy(unheard);
    return answer.code;
}

static int sweep_with(orr_crew *crew, const sweep_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_progress progress = orr_progress_begin("sweep", "systems");
    orr_ask ask = orr_app_ask(path, &given->settings, given->threads, &progress);
    ask.crew = crew;
    if (crew && ask.threads == 0) ask.threads = 1;      /* who starts processes says how many of them */
    if (crew && crew->rank > 0) return help(&ask, given, arena);
    orr_sweep_search search = {.evolves = given->evolves};
    if (!orr_ask_read_against(given->against.items, given->against.count, &search, diags)) return ORR_EXIT_USAGE;
    size_t shard, shard_count;
    if (!orr_ask_read_shard(given->shard, &shard, &shard_count, diags)) return ORR_EXIT_USAGE;
    if (!orr_app_open_store(given->store, &ask.store, diags)) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    ask.top = (size_t)given->how.top;
    ask.seeds = given->seeds;
    ask.contours = given->contours;
    ask.contour_cost = given->cost;
    orr_answer answer;
    orr_ask_sweep(&ask, (size_t)given->samples, (size_t)given->finalists, &search, shard, shard_count, &answer, arena, diags);
    orr_progress_end(&progress);
    int code = orr_app_tell(&answer, &given->how, arena, diags);
    if (answer.sweep && given->points) {
        orr_text csv = {0};
        orr_sweep_write_csv(answer.sweep, arena, &csv);
        if (!orr_file_write(given->points, csv.bytes, csv.length_bytes, diags)) code = orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
        orr_text_free(&csv);
    }
    orr_answer_free(&answer);
    return orr_app_close_store(ask.store, code, diags);
}

static int sweep(const sweep_options *given, const char *path, orr_arena *arena, orr_diags *diags)
{
    orr_crew *crew;
    if (!orr_app_join_crew(&crew, diags)) return orr_app_exit_code(diags, ORR_EXIT_ENVIRONMENT);
    const int code = sweep_with(crew, given, path, arena, diags);
    if (crew) crew->leave(crew);
    return code;
}

static int run(const orr_verb *verb, int argc, char **argv)
{
    sweep_options given = {.how = {.format = "table", .top = 10}, .samples = 100000, .finalists = 16};
    const char *arguments[argc + 1];
    int count = 0, code = orr_options_parse(verb, argc, argv, &given, arguments, &count);
    if (code < 0) {
        orr_arena *arena = orr_arena_create();
        orr_diags *diags = orr_diags_create();
        code = sweep(&given, arguments[0], arena, diags);
        orr_app_print_diags(diags);
        orr_diags_destroy(diags);
        orr_arena_destroy(arena);
    }
    orr_options_free(verb, &given);
    return code;
}

const orr_verb orr_verb_sweep = {
    .name = "sweep", .summary = "estimate every system of a study's domains in closed form, and say what moves the objective", .usage = "STUDY [options]",
    .details = "Thousands of systems a second: steady states in closed form, without queues of their own. The best are then simulated with the whole traffic, which decides; what the closed form may have\n"
               "lost is said. Of each domain: how much of the objective's variance it decides, and what moving it alone does to the best system.",
    .options = options, .option_count = sizeof options / sizeof *options, .min_arguments = 1, .max_arguments = 1, .run = run,
};
