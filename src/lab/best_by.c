#include "lab/best_by.h"

#include <math.h>
#include "base/cancel.h"
#include "lab/space.h"

static bool find_domains(const orr_study_file *file, const char *const *paths, size_t count, orr_domain *found, orr_diags *diags)
{
    for (size_t i = 0; i < count; i++) {
        bool several;
        const orr_domain *domain = orr_domain_find(file->domains, file->domain_count, paths[i], &several);
        if (domain && !several) { found[i] = *domain; continue; }
        orr_diag *diag = orr_diag_error(diags, (orr_place){0}, several ? "--by %s: several domains of the study end so" : "--by %s: the study has no such domain", paths[i]);
        if (file->domain_count == 0) orr_diag_hint(diag, "It has none: write a value as {choices: [..]}, or --set PATH={choices: [..]}.");
        else for (size_t d = 0; d < file->domain_count; d++) orr_diag_note(diag, file->domains[d].place, "%s is one", file->domains[d].path);
        return false;
    }
    return true;
}

static void keep_winner(orr_best_cell *cell, const orr_recommendation *r, orr_arena *arena)
{
    const orr_candidate *first = &r->candidates[0];
    cell->found = r->winner_study != NULL;
    cell->label = orr_arena_strdup(arena, first->label);
    cell->reason = first->reason ? orr_arena_strdup(arena, first->reason) : NULL;
    cell->objective = NAN;
    if (!cell->found) return;
    const orr_run_result *run = &r->winner;
    cell->gpus = first->gpus;
    cell->objective = first->objective;
    cell->ttft_p99_ns = run->latency.by_metric[ORR_METRIC_TTFT].p99;
    cell->tpot_p99_ns = run->latency.by_metric[ORR_METRIC_TPOT].p99;
    cell->tokens_per_s_per_user = first->tokens_per_s_per_user;
    cell->tokens_per_s_per_gpu = first->tokens_per_s_per_gpu;
    cell->usd_per_mtok = run->usd_per_mtok_output;
    cell->joules_per_token = run->joules_per_output_token;
    cell->binding = r->explanation.binding;
    cell->next = r->explanation.next_binding;
    cell->grade = r->intervals.grade;
    cell->interval = r->intervals.by[ORR_INTERVAL_THROUGHPUT];
}

typedef struct cell_progress { const orr_recommend_options *options; size_t done, total, simulated; } cell_progress;

static void on_progress(void *context, size_t decided, size_t total, size_t simulated, const char *best)
{
    const cell_progress *p = context;
    (void)decided, (void)total;
    if (p->options->on_progress) p->options->on_progress(p->options->progress_context, p->done, p->total, p->simulated + simulated, best);
}

orr_best_by *orr_best_by_ask(orr_best_by_read *read, void *context, const char *const *paths, size_t path_count, const orr_recommend_options *options, orr_arena *arena, orr_diags *diags)
{
    const orr_study_file *whole = read(context, NULL, 0, arena, diags);
    orr_domain *domains = ORR_NEW_ARRAY(arena, orr_domain, path_count + 1);
    if (!whole || !find_domains(whole, paths, path_count, domains, diags)) return NULL;
    orr_best_by *table = ORR_NEW(arena, orr_best_by);
    const orr_node *title = orr_tree_get(whole->tree, "title");
    *table = (orr_best_by){.domains = domains, .domain_count = path_count, .cell_count = 1, .title = title ? title->scalar : NULL};
    for (size_t d = 0; d < path_count; d++) table->cell_count *= domains[d].choice_count;
    table->cells = ORR_NEW_ARRAY(arena, orr_best_cell, table->cell_count);
    cell_progress progress = {.options = options, .total = table->cell_count};
    orr_recommend_options search = *options;
    search.on_progress = on_progress;
    search.progress_context = &progress;
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t *choices = ORR_NEW_ARRAY(arena, size_t, path_count);
        const char **settings = ORR_NEW_ARRAY(arena, const char *, path_count);
        for (size_t d = path_count, rest = i; d-- > 0; rest /= domains[d].choice_count) choices[d] = rest % domains[d].choice_count;
        for (size_t d = 0; d < path_count; d++) settings[d] = orr_domain_setting(&domains[d], choices[d], arena);
        table->cells[i].choices = choices;
        orr_arena *own = orr_arena_create();
        const orr_study_file *file = read(context, settings, path_count, own, diags);
        orr_recommendation *r = file ? orr_recommend(file, &search, own, diags) : NULL;
        if (r) {
            keep_winner(&table->cells[i], r, arena);
            table->objective = r->objective;
            progress.simulated = table->simulated += r->simulated;
            table->interrupted |= r->interrupted;
            orr_recommendation_free(r);
        }
        orr_arena_destroy(own);
        progress.done = i + 1;
        if (!r) return NULL;
        if (table->interrupted || orr_cancel_asked(options->cancel)) { table->cell_count = i + 1; break; }
    }
    return table;
}
