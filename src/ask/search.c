/* explain, recommend, sweep, whatif: questions that run many systems, or one many times. */
#include <string.h>
#include "ask/keep.h"
#include "base/version.h"
#include "lab/question.h"

typedef struct counted { const orr_ask *ask; const char *unit; } counted;

static void on_progress(void *context, size_t done, size_t total, size_t simulated, const char *best)
{
    const counted *c = context;
    if (c->ask->on_progress) c->ask->on_progress(c->ask->progress_context, c->unit, done, total, simulated, best);
}

void orr_ask_explain(const orr_ask *ask, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const orr_study *study = orr_ask_read_system(ask, "explain", &answer->file, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (!study) return;
    answer->study = study;
    orr_ask asked = *ask;
    const bool explained = orr_explain_study(study, &(orr_run_options){.cancel = ask->cancel, .on_progress = orr_ask_tell_requests, .progress_context = &asked}, arena, &answer->explanation, diags);
    answer->code = orr_exit_code(diags, explained ? ORR_EXIT_DONE : ORR_EXIT_USAGE);
    if (answer->code != ORR_EXIT_DONE) return;
    answer->report = orr_report_of_explanation(study, &answer->explanation, ORR_VERSION, arena);
    answer->has_report = true;
    if (answer->explanation.run.end == ORR_RUN_CANCELLED) answer->code = ORR_EXIT_INTERRUPTED;
    else if (!answer->explanation.runs) answer->code = ORR_EXIT_NO_ANSWER;
}

/* NULL with diagnostics. */
static orr_study_file *read_search(const orr_ask *ask, orr_arena *arena, orr_diags *diags)
{
    orr_study_file *file = orr_ask_read_study(ask, arena, diags);
    const orr_node *measure = file ? orr_tree_get(file->tree, "measure") : NULL;
    if (!measure) return file;
    orr_diag_hint(orr_diag_error(diags, measure->key_place, "recommend judges whole runs, one of each system: measure says nothing here"), "Take the section out; `orrery predict` of what was found takes it.");
    return NULL;
}

static orr_study_file *read_cell(void *context, const char *const *settings, size_t count, orr_arena *arena, orr_diags *diags)
{
    const orr_ask *ask = context;
    orr_ask cell = *ask;
    const char **all = ORR_NEW_ARRAY(arena, const char *, ask->setting_count + count + 1);
    for (size_t i = 0; i < ask->setting_count; i++) all[i] = ask->settings[i];
    for (size_t i = 0; i < count; i++) all[ask->setting_count + i] = settings[i];
    cell.settings = all;
    cell.setting_count = ask->setting_count + count;
    return read_search(&cell, arena, diags);
}

void orr_ask_best_by(const orr_ask *ask, const char *const *paths, size_t path_count, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    if (ask->seeds > 0) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "seeds tell the best systems of one search apart, and --by makes a search of its own for each choice"), "Leave out --by or --seeds.");
        return;
    }
    counted cells = {ask, "cells"};
    const orr_study_file *file = answer->file = read_search(ask, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (!file) return;
    const orr_asked about = {.verb = "recommend --by", .files = {file}, .file_count = 1, .texts = paths, .text_count = path_count};
    orr_keeping_answer keeping = orr_keep_begin(ask, &about, arena, diags);
    if (orr_keep_find(&keeping, answer, arena)) return;
    const orr_recommend_options search = {.threads = ask->threads, .cancel = ask->cancel, .on_progress = on_progress, .progress_context = &cells, .memo = orr_keep_memo(&keeping)};
    orr_ask how = *ask;
    const orr_best_by *table = answer->best_by = orr_best_by_ask(read_cell, &how, paths, path_count, &search, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (!table) return;
    answer->code = table->interrupted ? ORR_EXIT_INTERRUPTED : ORR_EXIT_NO_ANSWER;
    for (size_t i = 0; i < table->cell_count && !table->interrupted; i++) if (table->cells[i].found) answer->code = ORR_EXIT_DONE;
    orr_keep_put(&keeping, answer, arena, diags);
}

void orr_ask_recommend(const orr_ask *ask, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    const orr_study_file *file = answer->file = read_search(ask, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (!file) return;
    const orr_asked about = {.verb = "recommend", .files = {file}, .file_count = 1};
    orr_keeping_answer keeping = orr_keep_begin(ask, &about, arena, diags);
    if (ask->seeds == 0 && orr_keep_find(&keeping, answer, arena)) return;
    counted points = {ask, "points"};
    const orr_recommend_options search = {.threads = ask->threads, .cancel = ask->cancel, .on_progress = on_progress, .progress_context = &points, .memo = orr_keep_memo(&keeping), .seeds = ask->seeds};
    orr_recommendation *r = answer->recommendation = orr_recommend(file, &search, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (!r) return;
    answer->study = r->winner_study;
    answer->report = orr_report_of_recommendation(file, r, ORR_VERSION, arena);
    answer->has_report = true;
    answer->code = r->interrupted ? ORR_EXIT_INTERRUPTED : r->winner_study ? ORR_EXIT_DONE : ORR_EXIT_NO_ANSWER;
    if (ask->seeds == 0) orr_keep_put(&keeping, answer, arena, diags);       /* its runs are kept */
}

/* For the process that asked: until it has its answer. A study that can't be read is told by that one. */
static void help_sweep(const orr_ask *ask, size_t samples_most, const orr_study_file *file, const orr_keeping_answer *keeping, orr_answer *answer, orr_arena *arena)
{
    orr_sweep_helper *helper = file ? orr_sweep_helper_create(file, samples_most, ask->cancel, arena) : NULL;
    ask->crew->serve(ask->crew, file ? &keeping->memo.space : NULL, ask->threads, orr_sweep_answer, helper);
    if (helper) orr_sweep_helper_destroy(helper);
    answer->code = ORR_EXIT_DONE;
}

static size_t gather(orr_crew *crew, orr_keeping_answer *keeping, orr_diags *diags)
{
    int strangers = 0;
    const size_t hands = crew->gather(crew, &keeping->memo.space, &strangers);
    if (strangers > 0)
        orr_diag_hint(orr_diag_warning(diags, (orr_place){0}, "%d of %d processes hold another study, other files or another version of Orrery: they are left out", strangers, crew->size), "All must see the same files under the same names.");
    keeping->warned = orr_diags_warning_count(diags);       /* of the crew, not of the answer */
    return hands;
}

/* "X,Y" */
static bool read_contours(const orr_ask *ask, orr_contours_wanted *wanted, orr_arena *arena, orr_diags *diags)
{
    const char *comma = ask->contours ? strchr(ask->contours, ',') : NULL;
    *wanted = (orr_contours_wanted){.cost = ask->contour_cost};
    if (comma && comma > ask->contours && comma[1] && !strchr(comma + 1, ',')) {
        wanted->x = orr_arena_strndup(arena, ask->contours, (size_t)(comma - ask->contours));
        wanted->y = comma + 1;
        return true;
    }
    orr_diag_hint(ask->contours ? orr_diag_error(diags, (orr_place){0}, "--contours %s: it takes two paths, X,Y", ask->contours) : orr_diag_error(diags, (orr_place){0}, "--cost %s: of contours, and none are asked for", ask->contour_cost),
                  "For example --contours memory.bandwidth,core.count: of two domains of numbers, by their paths or ends of them.");
    return false;
}

void orr_ask_sweep(const orr_ask *ask, size_t samples_most, size_t finalists, const orr_sweep_search *search, size_t shard, size_t shard_count, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    if (shard_count > 0 && (!ask->store || (search && search->evolves))) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, ask->store ? "what is bred follows from all points: no shard of it can be made alone" : "a shard is kept in a store, and there is none"), ask->store ? "Leave out --evolve or --shard." : "Say where: --store part.db; `orrery merge` puts them together.");
        return;
    }
    const bool draws = ask->contours || ask->contour_cost;
    orr_contours_wanted contours;
    if ((draws || ask->seeds > 0) && shard_count > 0) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "%s, and a shard has a share of the points", draws ? "contours are of all points" : "seeds are for the best of all"), "Leave out %s here; ask for it with --store when the shards are merged.", draws ? "--contours" : "--seeds");
        return;
    }
    if (ask->seeds > 0 && finalists == 0) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "seeds are for systems that are simulated, and none is"), "Leave out --seeds, or have --finalists 2 or more.");
        return;
    }
    if (draws && !read_contours(ask, &contours, arena, diags)) return;
    answer->file = orr_ask_read_study(ask, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    const bool helps = ask->crew && ask->crew->rank > 0;
    if (!answer->file) {
        if (helps) help_sweep(ask, samples_most, NULL, NULL, answer, arena);
        return;
    }
    const orr_asked about = {.verb = "sweep", .files = {answer->file}, .file_count = 1, .numbers = {(int64_t)samples_most, (int64_t)finalists, search ? orr_sweep_search_code(search) : 0}};
    orr_keeping_answer keeping = orr_keep_begin(ask, &about, arena, diags);
    if (helps) {
        help_sweep(ask, samples_most, answer->file, &keeping, answer, arena);
        return;
    }
    const orr_memo *memo = orr_keep_memo(&keeping);
    if (memo) keeping.known = orr_keep_knows(&keeping);
    orr_sweep_keeper keeper;
    if (memo) orr_memo_points(memo, &keeper);
    counted systems = {ask, "systems"};
    const orr_sweep_options how = {.keeper = memo ? &keeper : NULL, .memo = memo, .contours = draws ? &contours : NULL, .seeds = ask->seeds, .threads = ask->threads, .samples_most = samples_most, .finalists = finalists, .search = search ? *search : (orr_sweep_search){0}, .shard = shard, .shard_count = shard_count, .cancel = ask->cancel, .on_progress = on_progress, .progress_context = &systems,
                                   .crew = ask->crew, .hands = ask->crew ? gather(ask->crew, &keeping, diags) : 0};
    const orr_sweep *done = answer->sweep = orr_sweep_study(answer->file, &how, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (!done) return;
    const int lost = ask->crew ? ask->crew->lost(ask->crew) : 0;
    if (lost > 0) {
        orr_diag_warning(diags, (orr_place){0}, "%d of %d processes %s lost; the others did %s work again", lost, ask->crew->size, lost == 1 ? "was" : "were", lost == 1 ? "its" : "their");
        keeping.warned = orr_diags_warning_count(diags);
    }
    if (shard_count > 0) {
        answer->code = done->interrupted ? ORR_EXIT_INTERRUPTED : ORR_EXIT_DONE;
        if (!orr_store_flush(ask->store, diags)) answer->code = orr_exit_code(diags, ORR_EXIT_ENVIRONMENT);
        return;
    }
    const bool found = (done->finalist_count > 0 && done->finalists[0].keeps) || (done->ordered > 0 && finalists == 0);
    answer->code = done->interrupted ? ORR_EXIT_INTERRUPTED : found ? ORR_EXIT_DONE : ORR_EXIT_NO_ANSWER;
    if (done->interrupted && ask->store && !orr_store_flush(ask->store, diags)) {      /* stopped because nothing can be kept any more */
        answer->sweep = NULL;
        answer->code = orr_exit_code(diags, ORR_EXIT_ENVIRONMENT);
        return;
    }
    if (!draws && ask->seeds == 0) orr_keep_put(&keeping, answer, arena, diags);      /* its points and runs are kept: drawn again in no time */
}

void orr_ask_whatif(const orr_ask *ask, const char *const *changes, size_t change_count, orr_answer *answer, orr_arena *arena, orr_diags *diags)
{
    *answer = (orr_answer){.code = ORR_EXIT_USAGE};
    if (change_count == 0) {
        orr_diag_hint(orr_diag_error(diags, (orr_place){0}, "nothing is changed"), "Say what: --set chip.memory.bandwidth=x2, --set chip.architecture.memory.technology=hbm4, --set engine.quantization=fp4.");
        return;
    }
    const char **changed = ORR_NEW_ARRAY(arena, const char *, change_count), **fixed = ORR_NEW_ARRAY(arena, const char *, ask->setting_count + 1);
    for (size_t i = 0; i < change_count; i++) changed[i] = orr_question_setting(changes[i], arena);
    for (size_t i = 0; i < ask->setting_count; i++) fixed[i] = orr_question_setting(ask->settings[i], arena);
    const orr_study_file *sides[2] = {0};
    const bool kept = ask->store && orr_whatif_read(ask->source, fixed, ask->setting_count, changed, change_count, sides, arena);
    orr_ask unkept = *ask;
    if (!kept) unkept.store = NULL;     /* what is wrong with it is told in its turn */
    const orr_asked about = {.verb = "whatif", .files = {sides[0], sides[1]}, .file_count = kept ? 2 : 0, .texts = changed, .text_count = change_count};
    orr_keeping_answer keeping = orr_keep_begin(&unkept, &about, arena, diags);
    if (orr_keep_find(&keeping, answer, arena)) return;
    counted points = {ask, "points"};
    const orr_recommend_options search = {.threads = ask->threads, .cancel = ask->cancel, .on_progress = on_progress, .progress_context = &points, .memo = orr_keep_memo(&keeping)};
    orr_whatif *w = answer->whatif = orr_whatif_ask(ask->source, fixed, ask->setting_count, changed, change_count, &search, arena, diags);
    answer->code = orr_exit_code(diags, ORR_EXIT_USAGE);
    if (w) answer->code = w->interrupted ? ORR_EXIT_INTERRUPTED : w->compared ? ORR_EXIT_DONE : ORR_EXIT_NO_ANSWER;
    if (w) orr_keep_put(&keeping, answer, arena, diags);
}
